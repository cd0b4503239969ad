"""`kpt fn render` with the real image as mutator and validator: the package that users get, and what they do to it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Tree = Callable[[Path], dict[str, bytes]]

pytestmark = pytest.mark.needs("kpt", "docker")


def _render(run: Run, package: Path, *words: str | Path, code: int = 0) -> str:
    return run("kpt", "fn", "render", package, "--truncate-output=false", *words, code=code).stderr


def _set(package: Path, name: str, value: str) -> None:
    """Change one setter in setters.yaml as a person would, in its line."""
    file = package / "setters.yaml"
    lines = file.read_text().splitlines(keepends=True)
    found = [number for number, line in enumerate(lines) if line.startswith(f"  {name}:")]
    assert len(found) == 1, f"{name} stands {len(found)} times in setters.yaml"
    lines[found[0]] = f'  {name}: "{value}"\n'
    file.write_text("".join(lines))


def _objects(package: Path) -> dict[tuple[str, str], dict[str, object]]:
    found = {}
    for file in [*package.rglob("*.yaml"), *package.rglob("Kptfile")]:
        for document in yaml.safe_load_all(file.read_text()):
            found[document["kind"], document["metadata"]["name"]] = document
    return found


@pytest.mark.usefixtures("image")
def test_the_package_is_rendered_already(run: Run, package: Path, tree: Tree) -> None:
    """With its own setters the package comes out as it stands: nothing to review after `kpt pkg get`."""
    before = tree(package)
    _render(run, package)
    assert tree(package) == before


@pytest.mark.usefixtures("image")
def test_changed_setters(run: Run, package: Path) -> None:
    """A changed CIDR and peer reach the pool's range and the session, with everything else unchanged."""
    before = _objects(package)
    _set(package, "lb-pool-cidr", "192.0.2.0/27")
    _set(package, "lb-pool-min", "10")
    _set(package, "lb-pool-max", "20")
    _set(package, "bgp-peer-asn", "64999")
    _render(run, package)
    after = _objects(package)
    assert after["CiliumLoadBalancerIPPool", "load-balancers"]["spec"]["blocks"] == [  # type: ignore[index]
        {"start": "192.0.2.10", "stop": "192.0.2.20"}
    ]
    differing = {identity for identity in before if before[identity] != after[identity]}
    assert differing == {
        ("CiliumLoadBalancerIPPool", "load-balancers"),
        ("CiliumBGPClusterConfig", "bgp-cluster-config"),
        ("ConfigMap", yaml.safe_load((package / "setters.yaml").read_text())["metadata"]["name"]),
    }


@pytest.mark.usefixtures("image")
def test_twice_is_once(run: Run, package: Path, tree: Tree) -> None:
    """Rendering the result again changes nothing and gives the same results file."""
    _set(package, "node-gateway-ip", "10.80.0.254")
    results = package.parent / "results"
    said, trees = [], []
    for number in ("1", "2"):
        _render(run, package, "--results-dir", results / number)
        said.append((results / number / "results.yaml").read_text())
        trees.append(tree(package))
    assert trees[0] == trees[1]
    assert said[0] == said[1]


@pytest.mark.usefixtures("image")
def test_an_error_leaves_the_package(run: Run, package: Path, tree: Tree) -> None:
    """After an error the package is as the person left it, and the message says what would be right."""
    _set(package, "vip-pool-cidr", "10.80.15.1/24")
    before = tree(package)
    shown = _render(run, package, code=1)
    assert "did you mean `10.80.15.0/24`?" in shown
    assert tree(package) == before


@pytest.mark.usefixtures("image")
def test_the_validator_refuses(run: Run, package: Path, tree: Tree) -> None:
    """A field that the release does not have, in an object of the user's own, fails the render at the validator."""
    (package / "own-pool.yaml").write_text(
        "apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata:\n  name: own\n"
        "spec:\n  blocks:\n  - cidr: 198.51.100.0/24\n  serviceSelecter: {}\n"
    )
    before = tree(package)
    shown = _render(run, package, code=1)
    assert "serviceSelector" in shown, "the nearest known name is told"
    assert tree(package) == before


@pytest.mark.usefixtures("image")
def test_inline_settings(run: Run, package: Path, tree: Tree) -> None:
    """Setters in the Kptfile (`configMap`) give what the same setters in a file (`configPath`) give."""
    inline = package.parent / "inline" / package.name
    shutil.copytree(package, inline)
    data = yaml.safe_load((package / "setters.yaml").read_text())["data"]
    lines = "".join(f'        {name}: "{value}"\n' for name, value in {**data, "bgp-local-asn": "64777"}.items())
    kptfile = (inline / "Kptfile").read_text()
    assert kptfile.count("configPath: setters.yaml") == 1
    (inline / "Kptfile").write_text(kptfile.replace("configPath: setters.yaml", f"configMap:\n{lines}".rstrip()))
    (inline / "setters.yaml").unlink()
    _set(package, "bgp-local-asn", "64777")
    _render(run, package)
    _render(run, inline)
    ours, theirs = tree(package), tree(inline)
    for own in ("Kptfile", "setters.yaml"):
        ours.pop(own)
        theirs.pop(own, None)
    assert ours == theirs


@pytest.mark.usefixtures("image")
def test_as_a_subpackage(run: Run, package: Path, tree: Tree) -> None:
    """Below another package ours renders with its own setters, and touches nothing of the parent."""
    parent = package.parent / "fleet"
    parent.mkdir()
    (parent / "Kptfile").write_text("apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: fleet\n")
    (parent / "own.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: own\ndata:\n  a: b\n")
    package = package.rename(parent / "networking")
    before = tree(parent)
    _set(package, "bgp-peer-asn", "64999")
    _render(run, parent)
    after = tree(parent)
    changed = [name for name in after if after[name] != before.get(name)]
    assert after.keys() == before.keys()
    assert {Path(name).parts[0] for name in changed} == {"networking"}
    assert "peerASN: 64999" in "".join(after[name].decode() for name in changed)


@pytest.mark.usefixtures("image")
def test_the_root_example(run: Run, root: Path, tree: Tree, tmp_path: Path) -> None:
    """The example deployment at the top of the repository renders to what stands there."""
    copy = tmp_path / "example"
    listed = run("git", "ls-files", cwd=root).stdout.split()
    for name in listed:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, copy / name)
    before = tree(copy)
    _render(run, copy)
    assert tree(copy) == before
