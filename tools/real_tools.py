"""The programs of other people that tests and scripts run: whether they are here, and how to get them.

Why: a test that quietly does without kpt or Docker proves nothing, and a message "kpt: not found" helps nobody. The
tests (tests/conftest.py), `make tools`, `make lab-tools` and the scripts that need a Docker daemon ask this one table.

Promises: a probe runs the tool, not just looks for a file of its name. A Docker daemon that this module starts, it
stops again, by its own process; one that runs already is left alone. A router or a store that is installed for the lab
does not become a service of the machine.

Left out: downloads. Debian's packages are installed by name; what Debian does not have is named, with the version. What
is compiled for the lab is made by tools/lab_tools.py.

::

    python3 tools/real_tools.py list                    say what is here
    python3 tools/real_tools.py install                 apt-get what can be had so, as root
    python3 tools/real_tools.py install lab             the same for the parts of the lab
    python3 tools/real_tools.py with-docker COMMAND...  run a command while a Docker daemon answers
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import lab_tools

#: The first kpt whose wire format the product is written for.
KPT_VERSION: Final = "1.0.0-beta.56"
#: Seconds for a daemon to answer; a first start makes its storage.
_DAEMON_PATIENCE: Final = 60
#: Seconds for any tool to say that it is there.
_PROBE_PATIENCE: Final = 60
#: Where Debian keeps programs that are not on everybody's PATH; FRR's daemons have a folder of their own.
_FOLDERS: Final = ("/usr/sbin", "/sbin", "/usr/lib/frr")
#: invoke-rc.d(8) and deb-systemd-invoke ask this program before they start a service.
POLICY = Path("/usr/sbin/policy-rc.d")
#: Where the machine's settings are.
ETC = Path("/etc")
_REFUSAL: Final = (
    "#!/bin/sh\n# tools/real_tools.py put this here while it installs packages, and removes it.\nexit 101\n"
)


class ToolMissingError(Exception):
    """A tool cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Tool:
    """`probe` gives the tool's version or raises `ToolMissingError`; `packages` are Debian's names for it.

    `program` says that the packages are there, where it is not called as the tool is; `services` are what Debian would
    start at once and at each boot, where we want the program alone. `off` is a file below /etc that the program heeds,
    and that keeps it off where disabling its services is not enough. `group` is "lab" for the parts of the lab, which
    are installed together and which `lab` implies.
    """

    name: str
    probe: Callable[[], str]
    remedy: str
    packages: tuple[str, ...] = ()
    program: str = ""
    services: tuple[str, ...] = ()
    off: str = ""
    group: str = ""


def _find(program: str) -> str | None:
    return shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), *_FOLDERS]))


def _run(*command: str) -> str:
    return _done(*command).stdout.strip()


def _done(*command: str) -> subprocess.CompletedProcess[str]:
    executable = _find(command[0])
    if executable is None:
        raise ToolMissingError(f"{command[0]} is not on PATH")
    try:
        done = subprocess.run(
            command, executable=executable, capture_output=True, text=True, check=False, timeout=_PROBE_PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolMissingError(f"`{' '.join(command)}`: {error}") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise ToolMissingError(f"`{' '.join(command)}` says: {said[-1] if said else f'exit {done.returncode}'}")
    return done


def _order(version: str) -> tuple[int, ...]:
    """A key that puts `1.0.0-beta.56` after `1.0.0-beta.9` and before `1.0.0`."""
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)(?:-[a-z]+\.?(\d+))?", version)
    if match is None:
        raise ToolMissingError(f"`{version}` is no version that can be compared")
    major, minor, patch, beta = match.groups()
    return (int(major), int(minor), int(patch), 0 if beta else 1, int(beta or 0))


def _kpt() -> str:
    version = _run("kpt", "version")
    if _order(version) < _order(KPT_VERSION):
        raise ToolMissingError(f"kpt is {version}, older than {KPT_VERSION}")
    return version


def _docker() -> str:
    version = _run("docker", "info", "--format", "{{.ServerVersion}}")
    if not version:  # some clients exit 0 when no daemon answers
        raise ToolMissingError("no Docker daemon answers")
    return version


def _of_debian(package: str) -> str:
    return f"`make lab-tools` as root, or: apt-get install {package}"


def _go() -> str:
    try:
        return lab_tools.go_version()
    except lab_tools.LabToolsError as error:
        raise ToolMissingError(str(error)) from None


def _frr() -> str:
    _run("vtysh", "--help")
    return _run("bgpd", "--version").splitlines()[0]


def _bird() -> str:
    return _done("bird", "--version").stderr.strip()


def _built(name: str, *arguments: str) -> str:
    program = lab_tools.binary(name)
    if not program.is_file():
        raise ToolMissingError(f"{name} is not built")
    return _run(str(program), *arguments)


def _ip() -> str:
    """Its version, if it can make network namespaces; a container's root, for one, may not."""
    version = _run("ip", "-V")
    if os.geteuid() != 0:
        raise ToolMissingError("only root can make network namespaces")
    scratch = f"lab-probe-{os.getpid()}"
    _run("ip", "netns", "add", scratch)
    _run("ip", "netns", "delete", scratch)
    return version


def _lab() -> str:
    parts = [tool.name for tool in TOOLS.values() if tool.group == "lab"]
    reasons = [f"{name}: {reason}" for name in (*parts, "kubectl") if (reason := missing(name))]
    try:
        reasons += lab_tools.stale()
    except (OSError, lab_tools.LabToolsError) as error:  # half a module: somebody is at work there
        reasons.append(str(error))
    if reasons:
        raise ToolMissingError("; ".join(reasons))
    return ", ".join(row.name for row in lab_tools.rows())


TOOLS: Final = {
    tool.name: tool
    for tool in (
        Tool("git", lambda: _run("git", "--version"), "`make tools` as root, or: apt-get install git", ("git",)),
        Tool(
            "docker",
            _docker,
            "`make tools` as root; where no service runs it, the tests start dockerd themselves, as root",
            ("docker.io",),
            program="dockerd",
        ),
        Tool(
            "debootstrap",
            lambda: _run("debootstrap", "--version"),
            "`make tools` as root, or: apt-get install debootstrap",
            ("debootstrap",),
        ),
        Tool("zsh", lambda: _run("zsh", "--version"), "as root: apt-get install zsh", ("zsh",)),
        Tool("fish", lambda: _run("fish", "--version"), "as root: apt-get install fish", ("fish",)),
        Tool(
            "kpt",
            _kpt,
            f"put kpt v{KPT_VERSION} or newer on PATH, from https://github.com/kptdev/kpt/releases",
        ),
        Tool(
            "kubectl",
            lambda: _run("kubectl", "version", "--client").splitlines()[0],
            "put kubectl 1.28 or newer on PATH, from https://kubernetes.io/docs/tasks/tools/",
        ),
        Tool(
            "cloud-init",
            lambda: _run("cloud-init", "--version"),
            "`make tools` as root, or: apt-get install cloud-init, which its next boot must not run",
            ("cloud-init",),
            services=("cloud-init-local", "cloud-init", "cloud-config", "cloud-final", "cloud-init-hotplugd.socket"),
            # A generator enables them anew at each boot unless this file is there (cloud-init's manual, "disabling").
            off="cloud/cloud-init.disabled",
        ),
        Tool("go", _go, lab_tools.GO_REMEDY),
        Tool("ip", _ip, f"{_of_debian('iproute2')}; and be root", ("iproute2",), group="lab"),
        Tool(
            "etcd",
            lambda: _run("etcd", "--version").splitlines()[0],
            _of_debian("etcd-server"),
            ("etcd-server",),
            services=("etcd",),
            group="lab",
        ),
        Tool("frr", _frr, _of_debian("frr"), ("frr",), program="bgpd", services=("frr",), group="lab"),
        Tool("bird", _bird, _of_debian("bird2"), ("bird2",), services=("bird",), group="lab"),
        Tool(
            "gobgp",
            lambda: _run("gobgp", "--version"),
            _of_debian("gobgpd"),
            ("gobgpd",),
            services=("gobgpd",),
            group="lab",
        ),
        Tool("kubeconform", lambda: _built("kubeconform", "-v"), "`make lab-tools`"),
        Tool("kustomize", lambda: _built("kustomize", "version"), "`make lab-tools`"),
        Tool("lab", _lab, "`make lab-tools` as root, and be root"),
    )
}


@cache
def missing(name: str) -> str:
    """Why the tool cannot be used; empty when it can. A missing Docker daemon is started first, if that is possible."""
    try:
        if name == "docker":
            _daemons.enter_context(docker_daemon())
        TOOLS[name].probe()
    except ToolMissingError as error:
        return str(error)
    return ""


_daemons: Final = contextlib.ExitStack()


def stop_daemons() -> None:
    """Stop what `missing` started."""
    _daemons.close()
    missing.cache_clear()


@contextlib.contextmanager
def docker_daemon() -> Iterator[None]:
    """A Docker daemon that answers: the one that runs, else one of our own for as long as this lasts."""
    try:
        _docker()
    except ToolMissingError as error:
        reason = str(error)
    else:
        yield
        return
    if "DOCKER_HOST" in os.environ:
        raise ToolMissingError(f"{reason} (DOCKER_HOST names the daemon to use, so none is started)")
    executable = _find("dockerd")
    if shutil.which("docker") is None or executable is None:
        raise ToolMissingError(f"{reason}, and there is no dockerd to start")
    if os.geteuid() != 0:
        raise ToolMissingError(f"{reason}, and only root can start dockerd")
    with tempfile.TemporaryDirectory(prefix="dockerd-") as scratch:
        log = Path(scratch, "log")
        with log.open("wb") as sink:
            daemon = subprocess.Popen(
                [executable], stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
            )
        try:
            _wait(daemon, log)
            yield
        finally:
            daemon.terminate()
            try:
                daemon.wait(_DAEMON_PATIENCE)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


def _wait(daemon: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _DAEMON_PATIENCE
    while daemon.poll() is None:
        try:
            _docker()
        except ToolMissingError as error:
            if time.monotonic() > deadline:
                raise ToolMissingError(f"dockerd was started and does not answer: {error}") from None
            time.sleep(0.2)
        else:
            return
    said = log.read_text(errors="replace").strip().splitlines()
    raise ToolMissingError(f"dockerd does not start: {said[-1] if said else f'exit {daemon.returncode}'}")


def _absent(group: str) -> list[Tool]:
    """The tools that apt-get has to install: their program is not there. A stopped daemon is no reason."""
    return [
        tool
        for tool in TOOLS.values()
        if tool.packages and tool.group == group and not _find(tool.program or tool.name)
    ]


@contextlib.contextmanager
def no_services(tools: list[Tool]) -> Iterator[None]:
    """While these are installed none of their services starts, and none does at the next boot.

    A policy that the machine has already is its owner's word and stays.
    """
    services = [service for tool in tools for service in tool.services]
    for tool in tools:
        if tool.off:
            (ETC / tool.off).parent.mkdir(exist_ok=True)
            (ETC / tool.off).touch()
    ours = bool(services) and (not POLICY.exists() or POLICY.read_text(errors="replace") == _REFUSAL)
    if ours:
        POLICY.write_text(_REFUSAL)
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            POLICY.unlink()
        for service in services if _find("systemctl") else []:
            subprocess.run(["systemctl", "--quiet", "disable", service], capture_output=True, check=False)


def _apt_get(*arguments: str) -> None:
    subprocess.run(["apt-get", *arguments], env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, check=True)


def install(group: str = "") -> int:
    absent = _absent(group)
    wanted = [package for tool in absent for package in tool.packages]
    command = "make lab-tools" if group else "make tools"
    if wanted and shutil.which("apt-get") is None:
        print(f"no apt-get here; install these by your system's own means: {' '.join(wanted)}", file=sys.stderr)
        return 1
    if wanted and os.geteuid() != 0:
        print(f"only root can install {' '.join(wanted)}: run `{command}` as root", file=sys.stderr)
        return 1
    if wanted:
        _apt_get("update", "-q")
    # What has a service that we want goes first: while the others are installed none starts.
    for some in ([tool for tool in absent if not tool.services], [tool for tool in absent if tool.services]):
        packages = [package for tool in some for package in tool.packages]
        if "docker.io" in packages and shutil.which("docker") is None:
            # Debian 13 and later have the client in a package of its own, which docker.io only recommends.
            client = subprocess.run(["apt-cache", "show", "docker-cli"], capture_output=True, check=False)
            packages += ["docker-cli"] if client.returncode == 0 else []
        if packages:
            with no_services(some):
                _apt_get("install", "-q", "-y", "--no-install-recommends", "ca-certificates", *packages)
    return report([tool.name for tool in TOOLS.values() if group in {"", tool.group}])


def report(names: Iterable[str] = ()) -> int:
    """Print each tool with its version or with how to get it. What is missing is for the tests to judge."""
    for tool in (TOOLS[name] for name in names or TOOLS):
        try:
            print(f"{tool.name}: {tool.probe()}")
        except ToolMissingError as error:
            print(f"{tool.name}: missing: {error}\n    {tool.remedy}")
    return 0


def with_docker(command: list[str]) -> int:
    try:
        with docker_daemon():
            return subprocess.run(command, check=False).returncode
    except ToolMissingError as error:
        print(f"docker: {error}\n    {TOOLS['docker'].remedy}", file=sys.stderr)
        return 1


def main(arguments: list[str]) -> int:
    match arguments:
        case ["list"]:
            return report()
        case ["install", *group] if group in ([], ["lab"]):
            return install(*group)
        case ["with-docker", _, *_]:
            return with_docker(arguments[1:])
        case _:
            print("usage: real_tools.py list | install [lab] | with-docker COMMAND...", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
