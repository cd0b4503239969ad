"""The rule for real tools: what is missing is said or fails, and a daemon that was started is stopped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import real_tools

HERE = Path(__file__).resolve().parent


def script(folder: Path, name: str, body: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


def test_versions_are_in_their_order() -> None:
    """A beta is before its release, and its number is a number."""
    texts = ["1.0.0", "1.0.0-beta.57", "v1.2.0", "1.0.0-beta.9", "v1.0.0-beta.56"]
    ordered = ["1.0.0-beta.9", "v1.0.0-beta.56", "1.0.0-beta.57", "1.0.0", "v1.2.0"]
    assert sorted(texts, key=real_tools._order) == ordered


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("1.0.0-beta.55", "kpt is 1.0.0-beta.55, older than 1.0.0-beta.56"),
        ("1.0.0-beta.56", ""),
        ("v1.0.0", ""),
        ("unknown", "`unknown` is no version that can be compared"),
    ],
)
def test_an_old_kpt_is_a_missing_kpt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, reason: str
) -> None:
    """kpt counts from the version on that the product is written for."""
    script(tmp_path, "kpt", f"echo {version}")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    real_tools.missing.cache_clear()
    try:
        assert real_tools.missing("kpt") == reason
    finally:
        real_tools.missing.cache_clear()


DOCKER = 'if [ -f "$DAEMON" ]; then echo 20.10.24; else echo "no daemon" >&2; exit 1; fi'


def test_a_started_daemon_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no daemon answers, one is started for the time that it is needed, and ended by its own process."""
    alive = tmp_path / "alive"
    script(tmp_path, "docker", DOCKER)
    script(tmp_path, "dockerd", 'trap \'rm "$DAEMON"; exit\' TERM\necho $$ >"$DAEMON"\nwhile :; do sleep 0.05; done')
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DAEMON", str(alive))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with real_tools.docker_daemon():
        first = alive.read_text()
        with real_tools.docker_daemon():
            assert alive.read_text() == first
        assert alive.read_text() == first
    assert not alive.exists()


@pytest.mark.parametrize(
    ("user", "daemon", "reason"),
    [
        (0, "echo no storage driver fits >&2; exit 1", "dockerd does not start: no storage driver fits"),
        (
            1000,
            "exit 0",
            "`docker info --format {{.ServerVersion}}` says: no daemon, and only root can start dockerd",
        ),
    ],
)
def test_a_daemon_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, daemon: str, reason: str
) -> None:
    """The reason is the daemon's own last word, or the right that is missing."""
    script(tmp_path, "docker", DOCKER)
    script(tmp_path, "dockerd", daemon)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DAEMON", str(tmp_path / "alive"))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    with pytest.raises(real_tools.ToolMissingError) as caught, real_tools.docker_daemon():
        pass
    assert str(caught.value) == reason


TESTS = """
import pytest

@pytest.mark.needs("kpt")
def test_with():
    pass

def test_without():
    pass
"""


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """pytest over one test that needs a kpt that is not there and one that needs nothing, under our conftest."""
    (folder / "tests").mkdir()
    (folder / "tests" / "test_it.py").write_text(TESTS)
    (folder / "tests" / "conftest.py").write_text((HERE / "conftest.py").read_text())
    markers = "[pytest]\nmarkers = needs(*tools): real tools\n"
    (folder / "pytest.ini").write_text(markers)
    clean = {"PATH": str(folder), "PYTHONPATH": str(HERE.parent / "tools")}
    return subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no", "tests"],
        cwd=folder,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_missing_tool_is_named_at_the_end(tmp_path: Path) -> None:
    """The test is skipped, and the last lines name the tool, why it does not do, and how to get it."""
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout
    *_, head, why, how, last = done.stdout.splitlines()
    assert head.strip("= ") == "real tools missing"
    assert why == "kpt: kpt is not on PATH (1 test)"
    assert how == (
        "    to get it: put kpt v1.0.0-beta.56 or newer on PATH, from https://github.com/kptdev/kpt/releases"
    )
    assert last.startswith("1 passed, 1 skipped in ")


def test_a_missing_tool_fails_in_ci(tmp_path: Path) -> None:
    """Under CI=true a run without a tool that a test needs is a failed run."""
    done = run(tmp_path, CI="true")
    assert done.returncode == 1
    assert "needs kpt: kpt is not on PATH" in done.stdout
    assert "to get it: put kpt" in done.stdout
