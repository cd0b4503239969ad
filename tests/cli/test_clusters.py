"""One cluster out of several PATHs: `--cluster NAME PATH...`."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from cilium_networking.rules import Case, Rule, Said

from .conftest import KPTFILE, POOL, RENDERED, SETTERS, Call, Called

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  type: LoadBalancer
  loadBalancerIP: 10.80.8.200
  ports:
  - port: 80
"""
SHARED_NETWORK = """\
apiVersion: fn.kpt.dev/v1alpha1
kind: NetworkInventory
metadata:
  name: {name}
spec:
  networks:
  - name: lan
    cidr: 10.80.0.0/20
"""


def seen(case: Case) -> Iterator[Said]:
    """A rule for these tests: each pool with its cluster's name, all pools of it, and the clusters compared with it."""
    for pool in case.cluster.pools:
        beside = ",".join(each.name for each in case.cluster.pools)
        others = ",".join(one.name or "-" for one in case.fleet if one is not case.cluster)
        yield Said(pool.spot, f"{pool.name} of {case.cluster.name or '-'} with {beside}; others {others}")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Three directories with a pool each, whose files have the same name."""
    for name in ("core", "ipam", "bgp"):
        (tmp_path / "apps" / name).mkdir(parents=True)
        (tmp_path / "apps" / name / "pool.yaml").write_text(POOL.replace("load-balancers", name))
    return tmp_path / "apps"


def messages(called: Called) -> list[tuple[str, str]]:
    found = json.loads(called.out)["findings"]
    return [(one["file"], one["message"].removeprefix("CN101 ")) for one in found]


def test_paths_behind_a_name_are_one_cluster(site: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are judged together; PATHs before the first name are clusters by themselves."""
    monkeypatch.setattr("cilium_networking.validate.asked", lambda _: (Rule("CN101", "error", seen),))
    called = call("validate", "apps/core", "--cluster", "b", "apps/ipam", "apps/bgp", "--format", "json")
    assert messages(called) == [
        ("apps/core/pool.yaml", "core of - with core; others b"),
        ("apps/ipam/pool.yaml", "ipam of b with ipam,bgp; others -"),
        ("apps/bgp/pool.yaml", "bgp of b with ipam,bgp; others -"),
    ]
    assert site.is_dir()


def test_what_clusters_share(site: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory may stand behind several names: it is judged with each; a PATH in another counts once."""
    monkeypatch.setattr("cilium_networking.validate.asked", lambda _: (Rule("CN101", "error", seen),))
    monkeypatch.chdir(site)
    argv = ("--cluster", "a", "core", "ipam", "ipam/pool.yaml", "--cluster=b", "core", "bgp", "--format", "json")
    assert messages(call("validate", *argv)) == [
        ("core/pool.yaml", "core of a with core,ipam; others b"),
        ("ipam/pool.yaml", "ipam of a with core,ipam; others b"),
        ("core/pool.yaml", "core of b with core,bgp; others a"),
        ("bgp/pool.yaml", "bgp of b with core,bgp; others a"),
    ]


def test_findings_name_both_files(site: Path, call: Call) -> None:
    """A Service in one directory is held against the pools of another; each file is named from where one stands."""
    (site / "core" / "web.yaml").write_text(SERVICE)
    (site / "core" / "pool.yaml").unlink()
    called = call("validate", "--cluster", "a", "apps/core", "apps/ipam")
    assert called.out.startswith("apps/core/web.yaml:8: error: CN115 ")
    absolute = call("validate", "--cluster", "a", str(site / "core"), str(site / "ipam"))
    assert absolute.out == called.out.replace("apps/", f"{site}/", 1)


def test_a_path_without_objects_is_said(site: Path, call: Call) -> None:
    """One of several that holds nothing is likely a slip."""
    (site / "empty").mkdir()
    called = call("validate", "--cluster", "a", "apps/core", "apps/empty")
    assert called.out == "apps/empty: warning: holds no Kubernetes object: nothing was judged\n"


def test_settings_of_one_of_them(site: Path, call: Call) -> None:
    """The Kptfile of one directory gives the settings; two that do are refused."""
    (site / "core" / "Kptfile").write_text(KPTFILE)
    (site / "core" / "setters.yaml").write_text(SETTERS)
    (site / "ipam" / "pool.yaml").write_text(RENDERED)
    (site / "core" / "pool.yaml").unlink()
    assert call("validate", "--cluster", "a", "apps/core", "apps/ipam") == Called(0, "", "")
    (site / "ipam" / "pool.yaml").write_text(POOL)
    drifted = call("validate", "--cluster", "a", "apps/core", "apps/ipam")
    assert drifted.out.startswith("apps/ipam/pool.yaml:11: error: CN503 ")
    (site / "core" / "setters.yaml").write_text(SETTERS.replace('"170"', "none"))
    wrong = call("validate", "--cluster", "a", "apps/core", "apps/ipam")
    assert wrong.out.startswith("apps/core/setters.yaml:10: error: ")
    for name in ("Kptfile", "setters.yaml"):
        (site / "bgp" / name).write_text((site / "core" / name).read_text())
    two = call("validate", "--cluster", "a", "apps/core", "apps/ipam", "apps/bgp")
    assert two == Called(
        2,
        "",
        "cilium-networking: `apps/core` and `apps/bgp` both have settings, and `a` is one cluster: "
        "give them with `--config`\n",
    )


def test_fixes_reach_every_directory(site: Path, call: Call) -> None:
    """`--fix` writes the files of all of them, at their places."""
    for name in ("core", "ipam"):
        (site / name / "pool.yaml").write_text(
            POOL.replace("load-balancers", f"{name}\n  namespace: kube-system").replace(
                "10.80.8", f"10.8{name[0] < 'd'}.8"
            )
        )
    before = {name: (site / name / "pool.yaml").read_text() for name in ("core", "ipam")}
    diff = call("validate", "--cluster", "a", "apps/core", "apps/ipam", "--fix", "--diff")
    assert "+++ b/core/pool.yaml" in diff.out
    call("validate", "--cluster", "a", "apps/core", "apps/ipam", "--fix")
    for name, text in before.items():
        assert (site / name / "pool.yaml").read_text() == text.replace("  namespace: kube-system\n", "")


def test_clusters_with_what_they_share_are_compared(site: Path, call: Call) -> None:
    """A pool that both take from one directory is given out twice, where their inventories say one network."""
    for name in "ab":
        (site / f"{name}.yaml").write_text(SHARED_NETWORK.format(name=f"site-{name}"))
    called = call(
        "validate", "--cluster", "a", "apps/core", "apps/a.yaml", "--cluster", "b", "apps/core", "apps/b.yaml"
    )
    assert called.code == 1
    assert called.out.startswith(
        "apps/core/pool.yaml:10: error: CN601 `10.80.8.129-10.80.8.190` and `10.80.8.129-10.80.8.190` of "
        "CiliumLoadBalancerIPPool core (core/pool.yaml) in cluster site-a have addresses in common, "
    )


def test_the_command_that_is_proposed(call: Call) -> None:
    """For several clusters in one PATH what is printed can be run as it is, and then everything is judged."""
    pool = "apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata:\n  name: {name}\nspec:\n  blocks:\n"
    files = {
        "clusters/a/pool.yaml": pool.format(name="lan") + "  - cidr: 10.1.0.0/24\n",
        "clusters/b/pool.yaml": pool.format(name="lan") + "  - cidr: 10.2.0.0/24\n",
        "clusters/c d/pool.yaml": pool.format(name="lan") + "  - cidr: 10.3.0.0/24\n",
        "catalog/all/pool.yaml": pool.format(name="shared") + "  - start: 10.9.0.9\n    stop: 10.9.0.1\n",
        "own.yaml": pool.format(name="own") + "  - start: 10.8.0.9\n    stop: 10.8.0.1\n",
    }
    for name, text in files.items():
        (Path("fleet repo") / name).parent.mkdir(parents=True, exist_ok=True)
        (Path("fleet repo") / name).write_text(text)

    def said(*arguments: str) -> list[tuple[str, str, str]]:
        findings = json.loads(call("validate", *arguments, "--format", "json").out)["findings"]
        return [(one["rule"], one["file"], one["message"]) for one in findings]

    (told,) = (message for rule, _, message in said("fleet repo") if rule == "CN618")
    command = told.rpartition(": `")[2].removesuffix("`")
    shared = "'fleet repo/own.yaml' 'fleet repo/catalog'"
    assert command == "cilium-networking validate " + " ".join(
        f"--cluster {name} {place} {shared}"
        for name, place in (
            ("a", "'fleet repo/clusters/a'"), ("b", "'fleet repo/clusters/b'"), ("'c d'", "'fleet repo/clusters/c d'"),
        )
    )  # fmt: skip
    found = {(rule, file) for rule, file, _ in said(*shlex.split(command)[2:])}
    wrong = [one for one in sorted(found) if one[0] == "CN101"]
    assert wrong == [("CN101", "fleet repo/catalog/all/pool.yaml"), ("CN101", "fleet repo/own.yaml")]
    assert "CN618" not in {rule for rule, _ in found}
