"""`kpt fn eval` and `kpt fn doc` with the real image."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Tree = Callable[[Path], dict[str, bytes]]
MakePackage = Callable[..., Path]

pytestmark = pytest.mark.needs("kpt", "docker")

#: kpt's own layout: what it would change by itself is not in here.
OTHER = """\
    # kept as it is
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: other # beside the name
    data:
      on: "010"
      list: [a, 'b', "c"]
      text: |
        é
"""


def _evaluate(run: Run, package: Path, image: str, *words: str | Path, code: int = 0) -> str:
    done = run("kpt", "fn", "eval", package, "--image", image, "--truncate-output=false", *words, code=code)
    return done.stderr


def test_nothing_asked_nothing_made(image: str, run: Run, tree: Tree, make_package: MakePackage) -> None:
    """Without settings a package comes back byte for byte."""
    package = make_package("site", {"other.yaml": OTHER})
    before = tree(package)
    _evaluate(run, package, image)
    assert tree(package) == before


def test_what_is_asked_for_is_made(image: str, run: Run, make_package: MakePackage) -> None:
    """`lb-pool-cidr=…` on an empty package makes that pool and nothing else."""
    package = make_package("site", {})
    _evaluate(run, package, image, "--", "lb-pool-cidr=10.80.8.128/26")
    made = list(package.rglob("*.yaml"))
    assert len(made) == 1, made
    pool = yaml.safe_load(made[0].read_text())
    assert (pool["kind"], pool["metadata"]["name"]) == ("CiliumLoadBalancerIPPool", "load-balancers")
    assert pool["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "cilium-networking"
    assert pool["spec"]["blocks"] == [{"start": "10.80.8.129", "stop": "10.80.8.190"}]
    assert "namespace" not in pool["metadata"]


def test_twice_is_once(image: str, run: Run, tree: Tree, make_package: MakePackage) -> None:
    """A second run on the output of the first changes nothing and says the same."""
    package = make_package("site", {"other.yaml": OTHER})
    settings = ("--", "lb-pool-cidr=10.80.8.128/26", "l2-interface-1=lan0", "cilium-version=1.19")
    results = package.parent / "results"
    said, trees = [], []
    for number in ("1", "2"):
        _evaluate(run, package, image, "--results-dir", results / number, *settings)
        said.append((results / number / "results.yaml").read_text())
        trees.append(tree(package))
    assert trees[0] == trees[1]
    assert said[0] == said[1]


def test_an_error_leaves_the_package(image: str, run: Run, tree: Tree, make_package: MakePackage) -> None:
    """A bad value is told with what would be right, in the results file too, and no byte of the package changes."""
    package = make_package("site", {"other.yaml": OTHER})
    before = tree(package)
    results = package.parent / "results"
    words = ("--results-dir", results, "--", "lb-pool-cidr=10.80.8.130/26", "bgp-peer-asn=70000000000")
    shown = _evaluate(run, package, image, *words, code=1)
    assert tree(package) == before
    assert "`10.80.8.130/26` has host bits set; did you mean `10.80.8.128/26`?" in shown
    item = yaml.safe_load((results / "results.yaml").read_text())["items"][0]
    assert item["exitCode"] == 1
    errors = [result for result in item["results"] if result["severity"] == "error"]
    assert any("10.80.8.128/26" in error["message"] for error in errors)
    assert any("70000000000" in error["message"] for error in errors), "all errors at once, not the first"


def test_the_ancestors_example(image: str, run: Run, package: Path, tree: Tree) -> None:
    """`bgp-peer-asn=65010 node-gateway-ip=10.80.0.254` changes those two values where they stand, and nothing else."""
    before = tree(package)
    _evaluate(run, package, image, "--", "bgp-peer-asn=65010", "node-gateway-ip=10.80.0.254")
    after = tree(package)
    assert after.keys() == before.keys()
    changed = [
        (old, new)
        for name in before
        for old, new in zip(before[name].splitlines(), after[name].splitlines(), strict=True)
        if old != new
    ]
    assert sorted((old.split(b" #")[0].strip(), new.split(b" #")[0].strip()) for old, new in changed) == [
        (b"peerASN: 65000", b"peerASN: 65010"),
        (b"peerAddress: 10.80.0.1", b"peerAddress: 10.80.0.254"),
    ]


def test_doc(image: str, run: Run) -> None:
    """`kpt fn doc` shows the help of the function."""
    assert "cilium-networking" in run("kpt", "fn", "doc", "--image", image).stdout


def test_setter_comments_of_others(image: str, run: Run, make_package: MakePackage) -> None:
    """A package that has only setter comments gets them applied, with no object added."""
    package = make_package(
        "site",
        {
            "service.yaml": """
            apiVersion: v1
            kind: Service
            metadata:
              name: web # kpt-set: ${name}-web
            spec:
              type: LoadBalancer
            """
        },
    )
    _evaluate(run, package, image, "--", "name=shop")
    assert sorted(file.name for file in package.iterdir()) == ["Kptfile", "service.yaml"]
    assert "  name: shop-web # kpt-set: ${name}-web\n" in (package / "service.yaml").read_text()


def test_migrate_brings_a_package_forward(image: str, run: Run, tree: Tree, make_package: MakePackage) -> None:
    """`verb=migrate` on a package of `v2alpha1` gives what 1.19 stores, comments kept; the second time nothing."""
    old = """\
    # page 3 of the rack plan
    apiVersion: cilium.io/v2alpha1
    kind: CiliumLoadBalancerIPPool
    metadata:
      name: rack # ours
    spec:
      cidrs:
      - cidr: 10.80.8.128/26 # the upper half
    """
    package = make_package("site", {"pool.yaml": old, "other.yaml": OTHER})
    before = tree(package)
    results = package.parent / "results"
    settings = ("--", "verb=migrate", "cilium-version=1.19")
    _evaluate(run, package, image, "--results-dir", results, *settings)
    after = tree(package)
    new = before["pool.yaml"].replace(b"cilium.io/v2alpha1", b"cilium.io/v2").replace(b"cidrs:", b"blocks:")
    assert after == before | {"pool.yaml": new + b'  allowFirstLastIPs: "No"\n'}
    said = yaml.safe_load((results / "results.yaml").read_text())["items"][0]["results"]
    assert [one["field"]["path"] for one in said if "field" in one] == [
        "apiVersion",
        "spec.cidrs",
        "spec.allowFirstLastIPs",
    ]
    _evaluate(run, package, image, *settings)
    assert tree(package) == after
