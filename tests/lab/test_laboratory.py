"""The lab itself: it leaves nothing behind, names what died, and is alone with its scenario."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

import real_tools
from lab import Lab, NeverSeenError, PartDiedError, conftest, leftovers, read_scenario
from lab.__main__ import main
from lab.checkout import ROOT
from lab.leases import holders
from lab.waiting import throughout, until

NEEDS = pytest.mark.needs("lab", "kubectl")

#: The quickest lab that has every kind of part.
WHOLE = """
nodes: {node-a: {interfaces: {lan0: 10.80.0.11/24}}}
routers: {gateway: {runs: frr, address: 10.80.0.1/24, asn: 65000}}
"""
#: An API server alone.
BARE = "operator: false\nrelease: '1.19'\n"


def traces(owner: int) -> set[str]:
    """What there is of the labs of a process: namespaces, directories, and programs that name one of these."""
    found = leftovers.left_by(owner)
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = command.read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it ended while we looked
            continue
        if f"cnlab-{owner}-" in text:
            found.add(text)
    return found


def pool(name: str) -> dict[str, object]:
    blocks = [{"cidr": "10.80.9.0/28"}]
    head = {"apiVersion": "cilium.io/v2", "kind": "CiliumLoadBalancerIPPool", "metadata": {"name": name}}
    return {**head, "spec": {"blocks": blocks}}


@NEEDS
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
    shutil.rmtree(lab.logs)


@NEEDS
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


def test_nothing_else_for_so_long() -> None:
    """Whoever looks for a time is told what else came; and that a part died, after which nothing could come."""
    throughout(lambda: 1, 1, seconds=0.1)
    with pytest.raises(NeverSeenError, match=r"^after 0\.0 of 9 s there was 2, not 1 throughout$"):
        throughout(lambda: 2, 1, seconds=9)

    def dead() -> None:
        raise PartDiedError("the operator")

    with pytest.raises(PartDiedError, match=r"^the operator$"):
        throughout(lambda: 1, 1, seconds=9, alive=dead)


def test_what_the_playground_lacks_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is started each missing tool is named, with how to get it; kpt only where it is called."""
    reasons = {"lab": "kube-apiserver is not built", "kpt": "kpt is not on PATH"}
    monkeypatch.setattr(real_tools, "missing", reasons.__getitem__)
    story = ROOT / "tests" / "lab" / "stories" / "demo.yaml"
    assert main([str(story), "--once"]) == 1
    lab, kpt = (f"lab: {name}: {reason}\n    {real_tools.TOOLS[name].remedy}\n" for name, reason in reasons.items())
    assert capsys.readouterr().err == lab + kpt
    assert main(["/dev/null", "--once"]) == 1
    assert capsys.readouterr().err == lab


class Clusters(NamedTuple):
    one: Lab
    other: Lab


def test_every_lab_of_a_failed_test_keeps_its_logs() -> None:
    """Logs stay and are named, also of labs that a fixture gives together; those of a test that passes do not."""
    clusters = Clusters(Lab(read_scenario("")), Lab(read_scenario("")))
    alone = Lab(read_scenario(""))
    item = SimpleNamespace(
        path=Path(__file__),
        config=SimpleNamespace(stash={conftest._seconds: {}}),
        funcargs={"clusters": clusters, "by_name": {"alone": [alone]}, "again": alone},
    )
    assert sections(item, failed=False) == []
    assert [lab.keep_logs for lab in (*clusters, alone)] == [False] * 3
    assert sections(item, failed=True) == [
        ("the lab", f"the logs of its parts: {lab.logs}") for lab in (*clusters, alone)
    ]
    assert [lab.keep_logs for lab in (*clusters, alone)] == [True] * 3


def sections(item: Any, *, failed: bool) -> list[tuple[str, str]]:
    """What the report of a test gets beside the failure."""
    report: Any = SimpleNamespace(failed=failed, duration=0.0, sections=[])
    hook = conftest.pytest_runtest_makereport(item)
    next(hook)
    with pytest.raises(StopIteration):
        hook.send(report)
    return list(report.sections)


def test_a_lease_is_found_by_its_service() -> None:
    """Hyphens and namespaces do not mix Services up; where Cilium itself does, both have the holder.

    One that has run out is nobody's.
    """
    now = datetime(2026, 1, 31, 12, 0, 9, tzinfo=UTC)

    def item(kind: str, name: str, namespace: str, holder: str | None = None, renewed: int = 5) -> dict[str, Any]:
        spec = {"holderIdentity": holder, "leaseDurationSeconds": 5, "renewTime": f"2026-01-31T12:00:{renewed:02}Z"}
        return {"kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}

    found = [
        item("Service", "web", "default"),
        item("Service", "b", "team-a"),
        item("Service", "a-b", "team"),
        item("Service", "default-x", "kube-public"),
        item("Lease", "cilium-l2announce-default-web", "kube-system", "node-a"),
        item("Lease", "cilium-l2announce-team-a-b", "kube-system", "node-b"),
        item("Lease", "cilium-l2announce-kube-public-default-x", "kube-system", ""),
        item("Lease", "cilium-l2announce-default-gone", "kube-system", "node-c"),
        item("Lease", "cilium-l2announce-default-old", "kube-system", "node-c", renewed=3),
        item("Lease", "cilium-operator-resource-lock", "kube-system", "operator"),
        item("Lease", "cilium-l2announce-default-web", "team", "somebody"),
    ]
    assert holders(found, now) == {
        "web": "node-a",
        "team-a/b": "node-b",
        "team/a-b": "node-b",
        "cilium-l2announce-default-gone": "node-c",
    }


@NEEDS
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
        assert leftovers.sweep() != []
    assert traces(run.pid) == set()
