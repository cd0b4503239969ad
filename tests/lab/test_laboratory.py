"""The lab itself: it leaves nothing behind, names what died, and is alone with its scenario."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab import Lab, NeverSeenError, PartDiedError, network, read_scenario
from lab.waiting import until

pytestmark = pytest.mark.needs("lab", "kubectl")

ROOT = Path(__file__).resolve().parents[2]
#: The quickest lab that has every kind of part.
WHOLE = """
nodes: {node-a: {interfaces: {lan0: 10.80.0.11/24}}}
routers: {gateway: {runs: frr, address: 10.80.0.1/24, asn: 65000}}
"""
#: An API server alone.
BARE = "operator: false\nrelease: '1.19'\n"


def traces(owner: int) -> set[str]:
    """What there is of the labs of a process: namespaces, directories, and programs that name one of these."""
    mark = f"cnlab-{owner}-"
    namespaces = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout.split()
    found = {name for name in namespaces if name.startswith(mark)}
    found |= {path.name for path in Path("/tmp").glob(f"{mark}*")}  # noqa: S108 - where they would be
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = command.read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it ended while we looked
            continue
        if mark in text:
            found.add(text)
    return found


def pool(name: str) -> dict[str, object]:
    blocks = [{"cidr": "10.80.9.0/28"}]
    head = {"apiVersion": "cilium.io/v2", "kind": "CiliumLoadBalancerIPPool", "metadata": {"name": name}}
    return {**head, "spec": {"blocks": blocks}}


def test_a_killed_operator_is_named_and_its_log_stays() -> None:
    """A part that dies ends the wait at once with its name and log; nothing else of the lab is left."""
    lab = Lab(read_scenario(WHOLE))

    def story() -> None:
        with lab:
            os.kill(lab.control_plane.part("cilium-operator").pid, signal.SIGKILL)
            lab.eventually(lab.addresses, {"a Service that nobody made": []})

    with pytest.raises(PartDiedError) as caught:
        story()
    log = lab.logs / "cilium-operator.log"
    head, _, shown = str(caught.value).partition("\n")
    assert head == f"cilium-operator was ended by SIGKILL; the end of {log}:"
    assert shown == "\n".join(log.read_text().splitlines()[-15:])
    assert caught.value.__notes__ == [f"the logs of this lab's parts: {lab.logs}"]
    assert traces(os.getpid()) == set()
    for kept in sorted(lab.logs.rglob("*"), reverse=True):
        kept.unlink() if kept.is_file() else kept.rmdir()
    lab.logs.rmdir()


def test_two_labs_side_by_side() -> None:
    """Each lab has a cluster of its own, and closing one leaves the other as it is, logs included."""
    with Lab(read_scenario(BARE)) as one:
        with Lab(read_scenario(BARE)) as other:
            one.create(pool("one"))
            other.create(pool("other"))
            assert one.kubectl("get", "ciliumloadbalancerippools", "-o", "name").split("/")[1:] == ["one\n"]
            assert other.kubectl("get", "ciliumloadbalancerippools", "-o", "name").split("/")[1:] == ["other\n"]
        assert not other.logs.exists()
        assert one.kubectl("get", "ciliumloadbalancerippools", "-o", "name").split("/")[1:] == ["one\n"]
    assert not one.logs.exists()
    assert traces(os.getpid()) == set()


def test_what_never_comes_is_told_with_what_was_there() -> None:
    """A wait in vain says what was wanted and what was seen."""
    with pytest.raises(NeverSeenError) as caught:
        until(lambda: {"web": []}, lambda seen: seen == {"web": ["10.0.0.1"]}, "{'web': ['10.0.0.1']}", seconds=0)
    assert str(caught.value) == "after 0 s not seen: {'web': ['10.0.0.1']}\nthere was instead: {'web': []}"


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_leaving_the_playground(sign: signal.Signals, code: int, tmp_path: Path) -> None:
    """Ctrl-C and SIGTERM take the lab down; after SIGKILL its programs are gone and the next lab sweeps up the rest."""
    story = tmp_path / "story.yaml"
    story.write_text(BARE)
    command = [sys.executable, "-m", "lab", str(story)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / name) for name in ("fn", "tests", "tools"))}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if line == "# Ctrl-C takes it down\n":
                break
        assert traces(run.pid)
        run.send_signal(sign)
        run.communicate()
    assert run.returncode == code
    if sign == signal.SIGKILL:
        until(lambda: {one for one in traces(run.pid) if " " in one}, lambda seen: not seen, "no program", seconds=10)
        assert network.sweep() != []
    assert traces(run.pid) == set()
