"""The rule for real tools: what is missing is said or fails, and a daemon that was started is stopped."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import lab_tools
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


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine on whose PATH is nothing but what the test puts into this folder; of the lab nothing is built."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(real_tools, "_FOLDERS", (str(tmp_path / "frr"),))
    monkeypatch.setattr(real_tools, "POLICY", tmp_path / "policy-rc.d")
    monkeypatch.setattr(real_tools, "ETC", tmp_path / "etc")
    (tmp_path / "etc").mkdir()
    monkeypatch.setattr(lab_tools, "LAB", tmp_path / ".lab")
    monkeypatch.setattr(lab_tools, "SCHEMAS", ())
    monkeypatch.setattr(lab_tools, "PROGRAMS", lab_tools.PROGRAMS[:1])
    real_tools.missing.cache_clear()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    yield folder
    real_tools.missing.cache_clear()


def test_the_lab_is_all_of_its_parts(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that needs the lab needs each program, each package and the right to make namespaces, and is told all."""
    absent = {"ip": "ip", "etcd": "etcd", "frr": "vtysh", "bird": "bird", "gobgp": "gobgp", "kubectl": "kubectl"}
    reason = "".join(f"{name}: {program} is not on PATH; " for name, program in absent.items())
    assert real_tools.missing("lab") == f"{reason}kube-apiserver is not built"
    for part in ("etcd", "bgpd", "vtysh", "bird", "gobgp", "kubectl"):
        script(bare, part, "echo 1.0")
    # Root of a container may be forbidden what root of a machine may.
    script(bare, "ip", '[ "$1" = -V ] || { echo "mount --make-shared failed: Operation not permitted" >&2; exit 1; }')
    (lab_tools.LAB / "bin").mkdir(parents=True)
    (lab_tools.LAB / "stamps").mkdir()
    server = lab_tools.PROGRAMS[0]
    lab_tools.binary(server.name).touch()
    lab_tools._stamp(server).write_text("\n".join(lab_tools._recipe(server)))
    real_tools.missing.cache_clear()
    forbidden = f"ip: `ip netns add lab-probe-{os.getpid()}` says: mount --make-shared failed: Operation not permitted"
    assert real_tools.missing("lab") == forbidden
    script(bare, "ip", f'echo "$@" >>{tmp_path}/asked')
    real_tools.missing.cache_clear()
    assert real_tools.missing("lab") == ""
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked == ["-V", f"netns add lab-probe-{os.getpid()}", f"netns delete lab-probe-{os.getpid()}"]
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    real_tools.missing.cache_clear()
    assert real_tools.missing("lab") == "ip: only root can make network namespaces"


def test_programs_in_folders_of_their_own_are_found(bare: Path, tmp_path: Path) -> None:
    """FRR's daemon lies where no PATH leads, and is there all the same."""
    (tmp_path / "frr").mkdir()
    script(tmp_path / "frr", "bgpd", "echo bgpd version 8.4.4")
    script(bare, "vtysh", "exit 0")
    assert real_tools.TOOLS["frr"].probe() == "bgpd version 8.4.4"


# apt-get as far as we ask it: it writes down its words, and whether the policy of that moment lets a service start.
APT = """
echo "apt-get $*" >>"$LOG"
[ "$1" = update ] || { "$POLICY" frr start; echo "policy $?" >>"$LOG"; }
"""


@pytest.mark.parametrize(
    ("group", "plain", "served", "services", "off"),
    [
        ("lab", "iproute2", "etcd-server frr bird2 gobgpd", "etcd frr bird gobgpd", []),
        (
            "",
            "git docker.io debootstrap zsh fish",
            "cloud-init",
            "cloud-init-local cloud-init cloud-config cloud-final cloud-init-hotplugd.socket",
            ["cloud/cloud-init.disabled"],
        ),
    ],
)
def test_what_is_installed_for_its_program_is_no_service(
    bare: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    group: str,
    plain: str,
    served: str,
    services: str,
    off: list[str],
) -> None:
    """These packages start nothing, now or at the next boot, and the policy that sees to it is gone afterwards.

    Docker's service is wanted, so that its package comes before the policy.
    """
    log = tmp_path / "log"
    monkeypatch.setenv("LOG", str(log))
    monkeypatch.setenv("POLICY", str(real_tools.POLICY))
    script(bare, "apt-get", APT)
    script(bare, "apt-cache", "exit 1")
    script(bare, "systemctl", 'echo "systemctl $*" >>"$LOG"')
    assert real_tools.install(group) == 0
    assert log.read_text().splitlines() == [
        "apt-get update -q",
        f"apt-get install -q -y --no-install-recommends ca-certificates {plain}",
        "policy 127",
        f"apt-get install -q -y --no-install-recommends ca-certificates {served}",
        "policy 101",
        *(f"systemctl --quiet disable {name}" for name in services.split()),
    ]
    assert not real_tools.POLICY.exists()
    etc = real_tools.ETC
    assert [str(path.relative_to(etc)) for path in etc.rglob("*") if path.is_file()] == off


def test_the_machines_own_policy_stays(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy that somebody else put there decides, during the installation and after it."""
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    monkeypatch.setenv("POLICY", str(real_tools.POLICY))
    script(tmp_path, "policy-rc.d", "exit 104")
    before = real_tools.POLICY.read_text()
    script(bare, "apt-get", APT)
    assert real_tools.install("lab") == 0
    assert "policy 104" in (tmp_path / "log").read_text().splitlines()
    assert real_tools.POLICY.read_text() == before


def test_a_policy_that_a_killed_run_left_is_removed(bare: Path) -> None:
    """Our own policy is known by its text."""
    real_tools.POLICY.write_text(real_tools._REFUSAL)
    script(bare, "apt-get", "exit 0")
    assert real_tools.install("lab") == 0
    assert not real_tools.POLICY.exists()


@pytest.mark.parametrize(
    ("apt", "user", "said"),
    [
        (False, 0, "no apt-get here; install these by your system's own means: {}"),
        (True, 1000, "only root can install {}: run `make lab-tools` as root"),
    ],
)
def test_what_cannot_be_installed_is_named(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], apt: bool, user: int, said: str
) -> None:
    """Without apt-get or root the reader learns which packages are wanted, and nothing is touched."""
    if apt:
        script(bare, "apt-get", "exit 9")
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert real_tools.install("lab") == 1
    assert capsys.readouterr().err == said.format("iproute2 etcd-server frr bird2 gobgpd") + "\n"


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
