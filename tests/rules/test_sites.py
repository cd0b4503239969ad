"""Several clusters in one input: told apart by what no cluster has both of, and not held against one another."""

from __future__ import annotations

import pytest

from cilium_networking.settings import read
from cilium_networking.validate import Member, validate_fleet
from rules.judging import findings_of, resources_of, said_of

POOL = """\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: {name}
  annotations:
    config.kubernetes.io/path: {path}
spec:
  blocks:
  - cidr: {cidr}
  serviceSelector:
    matchLabels:
      pool: {name}
---
"""
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: cilium
  namespace: kube-system
  annotations:
    config.kubernetes.io/path: {path}
spec:
  chart:
    spec:
      chart: cilium
      version: 1.19.1
  values:
    cluster:
      name: {name}
---
"""
FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: flux-system
  namespace: flux-system
  annotations:
    config.kubernetes.io/path: {path}
spec:
  path: ./clusters
---
"""
KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
metadata:
  name: k
  annotations:
    config.kubernetes.io/path: {path}
resources:
- {resource}
---
"""
#: Two pools that overlap, in directories of two clusters.
TWO = POOL.format(name="one", path="clusters/a/one.yaml", cidr="10.80.8.128/26") + POOL.format(
    name="other", path="clusters/b/other.yaml", cidr="10.80.8.0/24"
)


def rules_of(text: str) -> list[str]:
    return [rule for rule, _ in said_of(text)]


def test_without_a_proof_it_is_one_cluster() -> None:
    """Directories by themselves tell nothing: a repository may keep each feature in its own."""
    assert rules_of(TWO) == ["CN107"]
    once = RELEASE.format(path="clusters/a/cilium.yaml", name="a")
    assert rules_of(TWO + once) == ["CN107"]


@pytest.mark.parametrize(
    "proof",
    [
        RELEASE.format(path="clusters/a/cilium.yaml", name="a")
        + RELEASE.format(path="clusters/b/net/c.yaml", name="b"),
        FLUX.format(path="clusters/a/flux-system/sync.yaml") + FLUX.format(path="clusters/b/flux-system/sync.yaml"),
        POOL.format(name="same", path="clusters/a/pool.yaml", cidr="10.1.0.0/24")
        + POOL.format(name="same", path="clusters/b/pool.yaml", cidr="10.1.0.0/24"),
        POOL.format(name="same", path="catalog/pool.yaml", cidr="10.1.0.0/24")
        + KUSTOMIZATION.format(path="catalog/kustomization.yaml", resource="pool.yaml")
        + KUSTOMIZATION.format(path="clusters/a/kustomization.yaml", resource="../../catalog")
        + KUSTOMIZATION.format(path="clusters/b/kustomization.yaml", resource="../../catalog/"),
    ],
    ids=["names", "flux", "pools", "overlays"],
)
def test_what_no_cluster_has_twice_is_a_proof(proof: str) -> None:
    """Then pools of both may overlap, and that they are judged apart is said once, with what to type."""
    said = said_of(TWO + proof)
    assert [rule for rule, _ in said] == ["CN618"]
    shared = " catalog" if "path: catalog/" in proof else ""
    assert said[0][1].endswith(
        "so a and b are judged apart, each with what they share; name all directories of each to judge them whole: "
        f"`cilium-networking validate --cluster a clusters/a{shared} --cluster b clusters/b{shared}`"
    )


@pytest.mark.parametrize(
    "no_proof",
    [
        "".join(
            FLUX.format(path=f"clusters/{name}/apps/ks.yaml").replace("  namespace: flux-system\n", "") for name in "ab"
        ),
        RELEASE.format(path="clusters/a/cilium.yaml", name="a") + RELEASE.format(path="clusters/b/c.yaml", name="a"),
        RELEASE.format(path="clusters/a/cilium.yaml", name="a") + RELEASE.format(path="clusters/b/c.yaml", name="${N}"),
        POOL.format(name="same", path="clusters/base/pool.yaml", cidr="10.1.0.0/24")
        + POOL.format(name="same", path="clusters/b/pool.yaml", cidr="10.1.0.0/24"),
        POOL.format(name="same", path="pool.yaml", cidr="10.1.0.0/24")
        + POOL.format(name="same", path="clusters/pool.yaml", cidr="10.1.0.0/24"),
        POOL.format(name="same", path="catalog/pool.yaml", cidr="10.1.0.0/24")
        + KUSTOMIZATION.format(path="clusters/a/kustomization.yaml", resource="../../catalog")
        + "namePrefix: a-\n---\n"
        + KUSTOMIZATION.format(path="clusters/b/kustomization.yaml", resource="../../catalog"),
        POOL.format(name="same", path="catalog/pool.yaml", cidr="10.1.0.0/24")
        + KUSTOMIZATION.format(path="clusters/a/kustomization.yaml", resource="../../catalog")
        + KUSTOMIZATION.format(path="clusters/b/kustomization.yaml", resource="../a"),
    ],
    ids=["no namespace", "one name", "placeholder", "base", "above", "prefix", "chain"],
)
def test_what_one_cluster_may_hold_is_no_proof(no_proof: str) -> None:
    """One name in two files, a base and what is laid over it, and a base that is taken under other names."""
    text = (TWO + no_proof).replace("---\nnamePrefix", "namePrefix")
    assert "CN618" not in rules_of(text)
    assert "CN107" in rules_of(text)


def test_what_holds_inside_of_one_cluster_is_said() -> None:
    """With what is shared too, and in the words of the cluster that it holds in."""
    proof = FLUX.format(path="clusters/a/flux-system/sync.yaml") + FLUX.format(path="clusters/b/flux-system/sync.yaml")
    shared = POOL.format(name="shared", path="catalog/pool.yaml", cidr="10.80.8.192/26")
    found = {(one.rule, one.file): one.message for one in findings_of(TWO + shared + proof)}
    assert sorted(found) == [
        ("CN107", "catalog/pool.yaml"),
        ("CN618", "clusters/b/flux-system/sync.yaml"),
    ]
    # Together with b's pool it overlaps as well: a's comes first, and is what is said.
    assert "of CiliumLoadBalancerIPPool" in found["CN107", "catalog/pool.yaml"]


def test_a_name_says_that_it_is_one_cluster() -> None:
    """Whoever names a cluster and its directories knows what belongs to it."""
    settings, _ = read(None, {})
    proof = FLUX.format(path="clusters/a/flux-system/sync.yaml") + FLUX.format(path="clusters/b/flux-system/sync.yaml")
    (said,) = validate_fleet([Member(resources_of(TWO + proof), settings, name="a")])
    assert [finding.rule for finding, _, _ in said if finding.severity != "info"] == ["CN107"]


def test_thousands_of_findings_are_bounded_there_too() -> None:
    """Fifty of a rule, and the number of the others."""
    proof = FLUX.format(path="clusters/a/flux-system/sync.yaml") + FLUX.format(path="clusters/b/flux-system/sync.yaml")
    pools = "".join(
        POOL.format(name=f"p{n}", path="clusters/a/pools.yaml", cidr="10.0.0.0/8").replace("cidr", "cird")
        for n in range(60)
    )
    said = [message for rule, message in said_of(proof + pools) if rule == "CN501"]
    assert len(said) == 51
    assert said[-1] == "and 10 more of this kind"
