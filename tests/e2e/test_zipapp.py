"""The single file program: the same output whichever YAML library it finds."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Tree = Callable[[Path], dict[str, bytes]]


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """A Python without PyYAML, as on a machine where nothing was installed."""
    folder = tmp_path_factory.mktemp("bare")
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    return folder / "bin" / "python"


def test_brings_what_it_needs(zipapp: Path, bare_python: Path, run: Run) -> None:
    """With a Python that has no package installed it runs."""
    assert "cilium-networking" in run(bare_python, zipapp, "--help").stdout


def test_same_output_from_both_libraries(zipapp: Path, bare_python: Path, root: Path, run: Run) -> None:
    """libyaml and pure Python read the same: every layout of the benchmarks comes out with the same bytes."""
    inputs = run(
        "env", f"PYTHONPATH={root / 'bench'}", sys.executable, root / "bench" / "inputs.py", "mixed shapes", "80"
    )
    fast = run(sys.executable, zipapp, "fn", stdin=inputs.stdout)
    pure = run(bare_python, zipapp, "fn", stdin=inputs.stdout)
    assert pure.stdout == fast.stdout
    assert pure.stderr == fast.stderr
    assert "10.96.0.0/16 # kpt-set: ${site-cidr}" in fast.stdout


def test_is_reproducible(zipapp: Path, root: Path, run: Run, tmp_path: Path) -> None:
    """Built again in another time zone under another umask it has the same bytes."""
    again = tmp_path / "again.pyz"
    build = f"umask 077 && TZ=Asia/Tokyo exec '{root / 'tools' / 'build-zipapp'}' '{again}'"
    run("sh", "-c", build)
    assert again.read_bytes() == zipapp.read_bytes()


def test_content(zipapp: Path) -> None:
    """No library for one machine, no table of hardware vendors, and the licences of what it brings."""
    names = zipfile.ZipFile(zipapp).namelist()
    assert [name for name in names if name.endswith((".so", ".pyc", "oui.txt", "iab.txt"))] == []
    assert sorted(name.partition("-")[0] for name in names if name.startswith("licences/")) == [
        "licences/netaddr",
        "licences/pyyaml",
    ]


@pytest.mark.needs("kpt")
def test_as_exec_function(zipapp: Path, package: Path, run: Run, tree: Tree) -> None:
    """`kpt fn eval --exec` runs it; the package with its own setters is as it was."""
    before = tree(package)
    config = ("--fn-config", package / "setters.yaml")
    run("kpt", "fn", "eval", package, "--exec", f"{sys.executable} {zipapp} fn", *config)
    assert tree(package) == before
