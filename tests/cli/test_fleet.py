"""Several clusters in one run, several releases, and what an inventory from outside is for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cilium_networking.rules import Case, Rule, Said

from .conftest import POOL, Call, Called

INVENTORY = """\
apiVersion: fn.kpt.dev/v1alpha1
kind: NetworkInventory
metadata:
  name: {name}
spec:
  networks:
  - name: lan
    cidr: 10.80.0.0/20
"""


def compared(case: Case) -> Iterator[Said]:
    """A rule for these tests: each pool with the clusters that it is compared with."""
    for pool in case.cluster.pools:
        others = [one.pools[0].spot.resource.file or "" for one in case.fleet if one is not case.cluster]
        yield Said(pool.spot, f"beside {', '.join(others) or 'nothing'}")


def network(case: Case) -> Iterator[Said]:
    """A rule for these tests: which inventory counts."""
    for inventory in case.cluster.inventories[:1]:
        yield Said(inventory.networks[0].spot, f"{inventory.name} of {len(case.cluster.inventories)}")


def since(case: Case) -> Iterator[Said]:
    """A rule for these tests: something breaks with 1.18, something else is said of each release by its name."""
    for pool in case.cluster.pools:
        if case.cluster.minor >= (1, 18):
            yield Said(pool.spot, "breaks")
        if case.cluster.minor <= (1, 18):
            yield Said(pool.spot, f"Cilium {case.cluster.release} cannot")
        severity: Any = "error" if case.cluster.minor == (1, 19) else "warning"
        yield Said(pool.spot, f"is seen by Cilium {case.cluster.release}", severity=severity)
        yield Said(pool.spot, "stands")


@pytest.fixture
def rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two clusters `a` and `b`, and one rule instead of all."""
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.yaml").write_text(POOL.replace("load-balancers", f"pool-{name}"))

    def only(check: Any) -> None:
        monkeypatch.setattr("cilium_networking.validate.asked", lambda _: (Rule("CN101", "error", check),))

    return only


def messages(called: Called) -> list[tuple[str, str]]:
    return [(one["file"], one["message"]) for one in json.loads(called.out)["findings"]]


def test_paths_are_clusters_of_one_run(rule: Any, call: Call) -> None:
    """Each PATH is judged beside the others; what lies in another PATH is not compared with it."""
    rule(compared)
    assert messages(call("validate", "a", "b", "--format", "json")) == [
        ("a/a.yaml", "CN101 beside b.yaml"),
        ("b/b.yaml", "CN101 beside a.yaml"),
    ]
    assert messages(call("validate", "a", "b/b.yaml", "b", "./a", "--format", "json")) == [
        ("a/a.yaml", "CN101 beside b.yaml"),
        ("b/b.yaml", "CN101 beside nothing"),
        ("b/b.yaml", "CN101 beside a.yaml"),
        ("a/a.yaml", "CN101 beside nothing"),
    ]


def test_wrong_settings_of_one_cluster(rule: Any, tmp_path: Path, call: Call) -> None:
    """A cluster whose settings are wrong says so and is not judged; the others are."""
    rule(compared)
    setters = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {lb-pool-cidr: nonsense}\n"
    kptfile = (
        "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: b}\npipeline:\n  mutators:\n"
        "  - {image: cilium-networking, configPath: s.yaml}\n"
    )
    (tmp_path / "b" / "Kptfile").write_text(kptfile)
    (tmp_path / "b" / "s.yaml").write_text(setters)
    called = call("validate", "a", "b", "--format", "json")
    assert called.code == 1
    assert [file for file, _ in messages(called)] == ["a/a.yaml", "b/s.yaml"]
    assert messages(called)[0] == ("a/a.yaml", "CN101 beside nothing")


def test_a_bug_is_a_finding(rule: Any, call: Call) -> None:
    """A rule that breaks is said with its place; it does not look as if all were well."""

    def broken(_: Case) -> Iterator[Said]:
        raise RuntimeError("boom")

    rule(broken)
    called = call("validate", "a", "b")
    assert called.code == 1
    assert called.out.startswith("error: a bug in cilium-networking ")
    assert called.out.count("\n") == 1


def test_releases(rule: Any, call: Call) -> None:
    """What holds in some releases says in which; what is said of several by name names them together."""
    rule(since)
    called = call("validate", "a", "--release", "1.17", "--release", "v1.18.2", "--release", "1.19", "--format", "json")
    assert [(one["message"], one["releases"], one["severity"]) for one in json.loads(called.out)["findings"]] == [
        ("CN101 Cilium 1.17/1.18 cannot", ["1.17", "1.18"], "error"),
        ("CN101 stands", None, "error"),
        ("CN101 in Cilium 1.18 and 1.19: breaks", ["1.18", "1.19"], "error"),
        ("CN101 is seen by Cilium 1.19", ["1.19"], "error"),
        ("CN101 is seen by Cilium 1.17/1.18", ["1.17", "1.18"], "warning"),
    ]


def test_one_release_is_the_one(rule: Any, call: Call) -> None:
    """One `--release` is what is judged for, whatever the settings say."""
    rule(since)
    called = call("validate", "a", "--release", "1.20", "--set", "cilium-version=1.17", "--format", "json")
    assert [message for _, message in messages(called) if message.startswith("CN101")] == [
        "CN101 breaks",
        "CN101 stands",
        "CN101 is seen by Cilium 1.20",
    ]


@pytest.mark.usefixtures("package")
def test_an_upgrade_that_stops_serving_a_version(call: Call) -> None:
    """With all rules: which release takes which version of a pool, and a setting does not count as drift."""
    call("render", "net")
    called = call("validate", "net", "--release", "1.17", "--release", "1.19", "--format", "json")
    found = [one for one in json.loads(called.out)["findings"] if one["rule"] == "CN502"]
    assert [(one["message"], one["releases"]) for one in found] == [
        (
            "CN502 Cilium 1.17 does not serve cilium.io/v2 of CiliumLoadBalancerIPPool: use `cilium.io/v2alpha1`",
            ["1.17"],
        )
    ]
    assert "CN503" not in called.out


def test_inventory_from_outside(rule: Any, tmp_path: Path, call: Call) -> None:
    """It counts before one in the package, and its findings are at the file as it was typed."""
    rule(network)
    (tmp_path / "a" / "inventory.yaml").write_text(INVENTORY.format(name="inside"))
    (tmp_path / "site.yaml").write_text(INVENTORY.format(name="outside"))
    assert messages(call("validate", "a", "--format", "json")) == [("a/inventory.yaml", "CN101 inside of 1")]
    called = call("validate", "a", "--inventory", "./site.yaml")
    assert called.out.startswith("./site.yaml:7: error: CN101 outside of 2\n")


def test_an_inventory_for_each_path(rule: Any, tmp_path: Path, call: Call) -> None:
    """Given as often as PATHs, each is of its cluster."""
    rule(network)
    for name in "ab":
        (tmp_path / f"site-{name}.yaml").write_text(INVENTORY.format(name=name))
    called = call("validate", "a", "b", "--inventory", "site-a.yaml", "--inventory", "site-b.yaml", "--format", "json")
    assert messages(called) == [("site-a.yaml", "CN101 a of 1"), ("site-b.yaml", "CN101 b of 1")]


def test_an_inventory_from_outside_is_nobodys_drift(package: Path, call: Call) -> None:
    """It is not of the package: nothing asks for it to be rendered, and `--fix` never writes it."""
    call("render", "net")
    (package.parent / "site.yaml").write_text(INVENTORY.format(name="lan"))
    called = call("validate", "net", "--inventory", "site.yaml", "--fix")
    assert "CN503" not in called.out
    assert (package.parent / "site.yaml").read_text() == INVENTORY.format(name="lan")


def test_an_export_of_a_cluster(tmp_path: Path, call: Call) -> None:
    """A `kind: List` is judged object by object, each finding at its line."""
    item = "".join(f"  {line}\n" for line in POOL.replace("stop", "end").splitlines()[1:])
    (tmp_path / "export.yaml").write_text(f"apiVersion: v1\nkind: List\nitems:\n-{item[1:]}")
    called = call("validate", "export.yaml")
    assert called.code == 1
    assert called.out.startswith("export.yaml:13: error: CN501 unknown field `spec.blocks[0].end`")


POLICY = """\
apiVersion: cilium.io/v2alpha1
kind: CiliumL2AnnouncementPolicy
metadata:
  name: lan
spec:
  loadBalancerIPs: true
"""
VALUES = """\
# what the bootstrap installs
kubeProxyReplacement: true
l2announcements:
  enabled: false
"""


def test_values_from_a_file(tmp_path: Path, call: Call) -> None:
    """A file of Helm values counts like an object with them: findings are at its lines, and `--fix` leaves it alone."""
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "values.yaml").write_text(VALUES)
    called = call("validate", "policy.yaml", "--values", "./values.yaml", "--fix")
    assert called.code == 1
    assert called.out == (
        "./values.yaml:4: error: CN707 `l2announcements.enabled` is false, and CiliumL2AnnouncementPolicy lan "
        "(policy.yaml) does nothing without it: set it to true\n"
        "    HelmValues values.yaml, l2announcements.enabled: false -> l2announcements.enabled: true\n"
    )
    assert (tmp_path / "values.yaml").read_text() == VALUES
    (tmp_path / "values.yaml").write_text(VALUES.replace("false", "true"))
    assert call("validate", "policy.yaml", "--values", "values.yaml") == Called(0, "", "")


def test_values_for_each_cluster(tmp_path: Path, call: Call) -> None:
    """Given as often as clusters, each is of its own."""
    for name in "ab":
        (tmp_path / f"{name}.yaml").write_text(POLICY)
        (tmp_path / f"{name}-values.yaml").write_text(VALUES.replace("false", str(name == "a").lower()))
    called = call(
        "validate", "a.yaml", "b.yaml", "--values", "a-values.yaml", "--values=b-values.yaml", "--format=json"
    )
    assert [file for file, _ in messages(called)] == ["b-values.yaml"]
