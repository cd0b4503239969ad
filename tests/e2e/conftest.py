"""What the tests with real tools share: the image and the zipapp, built once, and packages to work on, copied.

Each test names its tools (`@pytest.mark.needs("kpt", "docker")`). Nothing here reaches a network beyond what
`tools/build-image` does, and no test writes into the source tree.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Tree = Callable[[Path], dict[str, bytes]]


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's own folder, to read from."""
    return ROOT


@pytest.fixture(scope="session")
def run() -> Run:
    """Run a command to its end: `run("kpt", "fn", …, cwd=…, code=0)`; another exit shows all that it said."""

    def _run(
        *argv: str | Path,
        cwd: Path | None = None,
        code: int = 0,
        stdin: str = "",
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(word) for word in argv],
            cwd=cwd,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=300,
            env={**os.environ, "NO_COLOR": "1"},
        )
        assert done.returncode == code, f"{argv}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return _run


@pytest.fixture(scope="session")
def image(run: Run) -> str:
    """The name of the function's image, built from this tree."""
    return run(ROOT / "tools" / "build-image").stdout.strip()


@pytest.fixture(scope="session")
def zipapp(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The single file program, built from this tree."""
    target = tmp_path_factory.mktemp("zipapp") / "cilium-networking.pyz"
    run(ROOT / "tools" / "build-zipapp", target)
    return target


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package that users get, as it stands in this repository."""
    target = tmp_path / "cilium-networking"
    shutil.copytree(ROOT / "packages" / "cilium-networking", target)
    return target


@pytest.fixture
def make_package(tmp_path: Path) -> Callable[..., Path]:
    """Write a package of one's own: `make_package("name", {"pool.yaml": text})`; a Kptfile is added."""

    def _make(name: str, files: dict[str, str]) -> Path:
        folder = tmp_path / name
        kptfile = f"apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: {name}\n"
        for path, text in {"Kptfile": kptfile, **files}.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(textwrap.dedent(text).lstrip("\n"))
        return folder

    return _make


@pytest.fixture(scope="session")
def tree() -> Tree:
    """Every file below a folder with its bytes: two trees are equal when nothing differs."""

    def _tree(folder: Path) -> dict[str, bytes]:
        return {
            str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()
        }

    return _tree
