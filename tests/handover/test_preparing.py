"""What a migration comes to before anything is written: what contradicts what, what is lost, and what is not known."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from cilium_networking.cli import main
from cilium_networking.handover import Migration, Request, prepare
from cilium_networking.sources import File, read


def pool(*blocks: str, extra: str = "", spec: str = "") -> str:
    listed = "".join(f"  - cidr: {block}\n" for block in blocks)
    return (
        f"apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata:\n  name: lan\n{extra}"
        f"spec:\n{spec}  blocks:\n{listed}"
    )


LIVE = "  uid: 6f1f9d0e-0c55-4a83-8a51-6a2f0e6d0f3a\n"


def service(address: str) -> str:
    return (
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: shop\n  uid: 0b6c7a52-2d61\n"
        "spec:\n  type: LoadBalancer\n  ports:\n  - port: 80\n"
        f"status:\n  loadBalancer:\n    ingress:\n    - ip: {address}\n"
    )


def prepared(*texts: str, release: str | None = "1.19") -> Migration:
    """The migration of files called `1.yaml`, `2.yaml`, …"""
    files = [File(f"{number}.yaml", text.encode()) for number, text in enumerate(texts, 1)]
    return prepare(read(files), Request(release, "net"))


def said(migration: Migration) -> list[str]:
    """Errors and warnings, with their files."""
    return [f"{one.file or '-'}: {one.severity}: {one.message}" for one in migration.findings if one.severity != "info"]


def test_a_block_that_only_the_cluster_has_is_lost() -> None:
    """A live object says which addresses are given out: the file that lacks a block of it takes an address away."""
    migration = prepared(pool("10.0.0.0/24"), pool("10.0.0.0/24", "10.77.0.0/24", extra=LIVE), service("10.77.0.5"))
    assert migration.failed
    assert [line for line in said(migration) if "error" in line] == [
        (
            "3.yaml: error: Service shop/web loses 10.77.0.5, which it has from CiliumLoadBalancerIPPool lan (2.yaml): "
            "CiliumLoadBalancerIPPool lan (1.yaml) gives out 10.0.0.0-10.0.0.255 in the new form: add the address to "
            "it, or move the Service"
        )
    ]
    more = [line.partition("warning: ")[2] for line in said(migration) if "10.77.0.0/24" in line]
    assert more == [
        "the cluster has `10.77.0.0/24` for `spec.blocks[1].cidr`, and the file does not: it goes with this"
    ]


def test_a_pool_that_is_disabled_in_the_cluster_alone_is_said() -> None:
    """What somebody switched off by hand is not switched on by a file that says nothing of it."""
    migration = prepared(pool("10.0.0.0/24"), pool("10.0.0.0/24", extra=LIVE, spec="  disabled: true\n"))
    assert said(migration) == [
        (
            "1.yaml: warning: is disabled in the cluster, and the file does not say so: it stays disabled until the "
            "package does"
        )
    ]


def test_labels_contradict_one_another_too() -> None:
    """By its labels an advertisement is selected: two sources that label it differently cannot both be right."""
    labelled = "  labels:\n    advertise: {}\n"
    one, other = (pool("10.0.0.0/24", extra=labelled.format(word)) for word in ("rack-a", "bgp"))
    assert said(prepared(one, other)) == [
        (
            "2.yaml: error: `metadata.labels.advertise` is `rack-a` in 1.yaml, line 1, and `bgp` in 2.yaml, line 1: "
            "make both say what the cluster is to have, or leave one of them out of this call"
        )
    ]


def test_two_exports_contradict_one_another() -> None:
    """Of two clusters, or two days, neither is silently taken."""
    migration = prepared(pool("10.0.0.0/24", extra=LIVE), pool("10.9.0.0/24", extra=LIVE))
    assert migration.failed
    assert len([line for line in said(migration) if "`spec.blocks[0].cidr` is `10.0.0.0/24` in 1.yaml" in line]) == 1


def test_every_address_is_told_with_its_pool() -> None:
    """Of each Service it is said which pool gives its address, or that none of these does."""
    migration = prepared(pool("10.0.0.0/24"), service("10.0.0.7"), service("10.9.9.9").replace("web", "far"))
    assert [(one.service, one.verb, one.address, one.pools) for one in migration.addresses] == [
        ("shop/web", "has", "10.0.0.7", ("lan",)),
        ("shop/far", "has", "10.9.9.9", ()),
    ]


def test_a_release_that_nothing_says_is_said() -> None:
    """Objects take the form of the release that is likely, and who runs another one is told how to say so."""
    assert said(prepared(pool("10.0.0.0/24"), release=None)) == [
        "-: warning: taken for a cluster with Cilium 1.19, because nothing here says which it has: `--release` does"
    ]


def test_a_file_that_speaks_of_what_moves_and_cannot_be_read_stops() -> None:
    """A package without a part of the cluster's pools would look whole."""
    foreign = "config:\n  user.user-data: |\n    #unknown\n    kind: CiliumLoadBalancerIPPool\n"
    migration = prepared(pool("10.0.0.0/24"), foreign)
    assert [line for line in said(migration) if "error" in line] == [
        (
            "2.yaml: error: speaks of a CiliumLoadBalancerIPPool, and no object of it can be read: give the user data "
            "or the manifests that it makes, rendered and by themselves"
        )
    ]


def test_a_name_that_a_declared_setting_has_is_not_taken() -> None:
    """A derived setting of a declared name would be read as that one."""
    policy = (
        "apiVersion: cilium.io/v2alpha1\nkind: CiliumL2AnnouncementPolicy\nmetadata:\n  name: l2\n"
        "spec:\n  interfaces:\n  - ^lan0$\n  - ^lan1$\n  loadBalancerIPs: true\n"
    )
    migration = prepared(policy)
    assert not migration.failed
    assert [one.name for one in migration.setters] == ["l2-interface", "l2-interface-2-value"]


def test_values_of_the_sources_own_settings_count() -> None:
    """A package that was never rendered has its values in its ConfigMap."""
    settings = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: s\n  annotations:\n"
        '    config.kubernetes.io/local-config: "true"\n'
        "data:\n  lb-cidr: 10.0.0.0/24\n"
    )
    migration = prepared(pool("${lb-cidr}"), settings)
    assert said(migration) == []
    assert [(one.name, one.value) for one in migration.setters] == [("lan-cidr", "10.0.0.0/24")]


def test_what_is_found_is_hidden_where_it_is_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rules and comparisons quote what stands there: not where its name says that it is a secret."""
    monkeypatch.chdir(tmp_path)
    for name, token in (("a.yaml", "topSecret123"), ("b.yaml", "otherSecret9")):
        Path(name).write_text(pool("10.0.0.0/24", spec=f"  token: {token}\n"))
    assert main(["migrate", "a.yaml", "b.yaml", "--to", "net", "--format", "json"]) == 1
    told = "".join(capsys.readouterr())
    assert "topSecret123" not in told
    assert "otherSecret9" not in told


def test_a_named_file_that_cannot_be_read_is_no_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, with the reason, and nothing is made of the rest."""
    monkeypatch.chdir(tmp_path)
    Path("pool.yaml").write_text(pool("10.0.0.0/24"))
    Path("user-data").write_bytes(gzip.compress(b"#cloud-config\n" * 100)[:-20])
    assert main(["migrate", "pool.yaml", "user-data", "--to", "net"]) == 2
    assert capsys.readouterr().err.startswith("cilium-networking: `user-data`: is no whole gzip: ")
    assert not Path("net").exists()
