"""The life of a package: got from git, changed, updated from upstream, rendered."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

_AUTHOR = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")


def _commit(run: Run, repository: Path, message: str, tag: str) -> None:
    run("git", "add", "--all", cwd=repository)
    run("git", *_AUTHOR, "commit", "--quiet", "--message", message, cwd=repository)
    run("git", "tag", tag, cwd=repository)


@pytest.mark.needs("kpt", "docker", "git")
@pytest.mark.usefixtures("image")
def test_update_keeps_edits(run: Run, root: Path, tmp_path: Path) -> None:
    """`kpt pkg get`, own setters, render, `kpt pkg update`, render: no conflict, no lost edit, upstream's change."""
    upstream = tmp_path / "upstream"
    shutil.copytree(root / "packages" / "cilium-networking", upstream / "cilium-networking")
    run("git", "init", "--quiet", "--initial-branch=main", upstream)
    _commit(run, upstream, "first", "v1")

    site = tmp_path / "site"
    site.mkdir()
    run("git", "init", "--quiet", "--initial-branch=main", site)
    run("kpt", "pkg", "get", f"file://{upstream}.git/cilium-networking@v1".replace(".git/", "/.git/"), "net", cwd=site)
    package = site / "net"
    setters = package / "setters.yaml"
    own = setters.read_text().replace("65000", "64999")
    assert own != setters.read_text()
    setters.write_text(own)
    run("kpt", "fn", "render", package)
    _commit(run, site, "ours", "mine")

    (upstream / "cilium-networking" / "notes.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: notes\n  annotations:\n"
        '    config.kubernetes.io/local-config: "true"\ndata:\n  since: v2\n'
    )
    _commit(run, upstream, "second", "v2")
    run("kpt", "pkg", "update", "net@v2", cwd=site)
    run("kpt", "fn", "render", package)

    assert (package / "notes.yaml").is_file()
    assert "64999" in setters.read_text()
    everything = "".join(file.read_text() for file in package.rglob("*") if file.is_file())
    assert "peerASN: 64999" in everything
    assert "<<<<<<<" not in everything
