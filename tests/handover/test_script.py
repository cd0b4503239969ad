"""The script of a runbook before programs that do as they are told: when it stops, and how it goes on and back.

tests/lab runs it before a real cluster, where nothing fails. Here kubectl, kpt and the way to a server are fakes that
answer from files, write down each call, and fail where a test wants them to.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from cilium_networking.handover.advice import Origin
from cilium_networking.handover.runbook import ServerFile, write_runbook
from cilium_networking.lossless import parse
from cilium_networking.report.runbook import script
from cilium_networking.resources import read_resource

POOL: Final = "apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata:\n  name: lan\nspec: {}\n"
FILE: Final = "/var/lib/rancher/rke2/server/manifests/lan.yaml"
#: Answers by what a call has in it, the first that fits; then it wrote the call down, and all is well.
_FAKE: Final = f"""\
#!{sys.executable}
import pathlib, sys
name, *words = [pathlib.Path(sys.argv[0]).name, *sys.argv[1:]]
call = " ".join([name, *words])
here = pathlib.Path(sys.argv[0]).parent
with (here / "log").open("a") as log:
    log.write(call.replace("\\n", " ") + "\\n")
wrong = (here / "fails").read_text().splitlines()
if any(part in call + "$" for part in wrong):
    sys.exit("refused: " + call)
if "live init" in call:
    pathlib.Path("resourcegroup.yaml").write_text("metadata:\\n  name: inventory-1\\n")
if call.startswith("kpt live destroy") and not pathlib.Path("resourcegroup.yaml").exists():
    sys.exit("error: no ResourceGroup object was provided within the stream or package")
for line in (here / "answers").read_text().splitlines():
    part, _, answer = line.partition(" => ")
    if part in call:
        print(answer.replace("\\\\n", "\\n"), end="")
        break
"""
ANSWERS: Final = {
    "get namespace kube-system": "cluster-1",
    "get nodes": "s1 s2",
    "get services": "shop/web 10.0.0.1\\n",
    "{.metadata.uid} {.items": "uid-1",
    "{.spec}": "{}\\n",
    "get ciliumbgpnodeconfigs": "",
    "-o json": '"config.k8s.io/owning-inventory": "objectset.rio.cattle.io/hash":',
    "events": "",
    "-o name": "",
}


class Scene:
    """A package with its script, and the programs that it calls."""

    def __init__(self, folder: Path) -> None:
        self.package = folder / "net"
        self.programs = folder / "bin"
        self.package.mkdir()
        self.programs.mkdir()
        pool = read_resource(parse(POOL))
        object.__setattr__(pool, "file", "ip-pools.yaml")
        files = [ServerFile(FILE, ("CiliumLoadBalancerIPPool/lan",))]
        book = write_runbook([pool], [pool], files, Origin(frozenset({"cloud-init"}), on_servers=True))
        self.steps = len(book.steps)
        (self.package / "runbook.sh").write_text(script(book))
        (self.package / "ip-pools.yaml").write_text(POOL)
        for name in ("kubectl", "kpt", "server", "sleep"):
            (self.programs / name).write_text(_FAKE)
            (self.programs / name).chmod(0o755)
        self.answer()
        self.fail()

    def answer(self, **changed: str) -> None:
        answers = ANSWERS | {key.replace("_", " "): text for key, text in changed.items()}
        (self.programs / "answers").write_text("".join(f"{part} => {text}\n" for part, text in answers.items()))

    def fail(self, *parts: str) -> None:
        (self.programs / "fails").write_text("\n".join(parts))

    def run(self, *words: str, said: str = "", env: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Exit code, and the last line that says why it stopped."""
        outside = {"PATH": f"{self.programs}:{os.environ['PATH']}", "SERVER_COMMAND": "server", "SUDO": "", "PASS": "0"}
        done = subprocess.run(
            ["bash", str(self.package / "runbook.sh"), *words],
            input=said,
            env=outside | dict(env or {}),
            text=True,
            capture_output=True,
            check=False,
        )
        stopped = [line for line in done.stderr.splitlines() if line.startswith("stopped: ")]
        return done.returncode, stopped[-1].removeprefix("stopped: ") if stopped else ""

    def done(self) -> int:
        noted = self.package / ".runbook" / "done"
        return len(noted.read_text().splitlines()) if noted.exists() else 0

    def calls(self, *parts: str) -> list[str]:
        return [
            line for line in (self.programs / "log").read_text().splitlines() if all(part in line for part in parts)
        ]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path)
    # The check that RKE2's marks are gone comes between two that say they are there: it looks for none.
    made.answer(**{"-o json": '"config.k8s.io/owning-inventory":'})
    return made


def test_all_steps_are_done(scene: Scene) -> None:
    """Without anything wrong each step is done, on each server, and noted."""
    assert scene.run("--yes") == (0, "")
    assert scene.done() == scene.steps
    assert [line.split()[1] for line in scene.calls("server", "touch")] == ["s1", "s2"]


def test_no_answer_is_no(scene: Scene) -> None:
    """Whoever says no, or nothing, has nothing done."""
    assert scene.run(said="n\n") == (1, "not done")
    assert scene.run() == (1, "there is nobody to ask; --yes goes on without")
    assert scene.done() == 0


def test_without_servers_nothing_is_done(scene: Scene) -> None:
    """A cluster that names no server is no reason to think that all is well on them."""
    scene.answer(get_nodes="")
    assert scene.run("--yes")[0] == 1
    assert scene.done() == 0


def test_all_servers_have_to_be_named(scene: Scene) -> None:
    """One that is left out keeps its file."""
    assert scene.run("--yes", env={"SERVERS": "s1"}) == (1, "s2 is a server too: name all of them in SERVERS")
    assert scene.done() == 0


def test_a_failing_command_is_no_answer(scene: Scene) -> None:
    """Where kubectl fails to say what marks there are, they do not count as gone."""
    scene.run("--one", "--yes")
    while scene.done() < 4:
        scene.run("--one", "--yes")
    scene.fail("-o json$")
    assert scene.run("--yes") == (1, "RKE2 marked them again: a server has the file still")
    assert scene.done() == 4


def test_a_lost_address_stops_and_the_way_back_is_open(scene: Scene) -> None:
    """A Service whose address is gone stops whatever comes next; taking back goes on to the first step."""
    while scene.done() < 6:
        assert scene.run("--one", "--yes") == (0, "")
    scene.answer(get_services="shop/web \\n", **{"-o json": '"objectset.rio.cattle.io/hash":'})
    assert scene.run("--yes") == (1, "a Service has not the addresses that it had")
    assert scene.run("undo", "--all", "--yes") == (0, "")
    assert scene.done() == 0
    assert scene.calls("kpt live destroy")


def test_services_that_come_and_go_stop_nothing(scene: Scene) -> None:
    """A Service that is new, and one that somebody deleted, are nobody's loss."""
    scene.run("--one", "--yes")
    scene.answer(get_services="shop/new 10.0.0.2\\n", **{"-o json": '"config.k8s.io/owning-inventory":'})
    assert scene.run("--yes") == (0, "")
    assert scene.done() == scene.steps


def test_an_object_that_was_made_anew_stops(scene: Scene) -> None:
    """The same name with another identity is another object."""
    scene.run("--one", "--yes")
    scene.answer(**{"{.metadata.uid} {.items": "uid-2"})
    assert scene.run("--yes") == (1, "an object is gone, or was made anew")
    assert scene.done() == 1


def test_another_cluster_stops(scene: Scene) -> None:
    """A kubeconfig that points elsewhere since the first step is noticed before anything is done."""
    scene.run("--one", "--yes")
    before = len(scene.calls(""))
    scene.answer(**{"get namespace kube-system": "cluster-2"})
    assert scene.run("--yes") == (1, "this is another cluster")
    assert scene.run("undo", "--yes") == (1, "this is another cluster")
    assert [line for line in scene.calls("")[before:] if "get" not in line] == []


def test_a_step_that_broke_off_is_taken_back_first(scene: Scene) -> None:
    """What was begun and did not end is the first to go, whatever part of it was done."""
    while scene.done() < 5:
        scene.run("--one", "--yes")
    scene.fail("kpt live apply")
    assert scene.run("--yes")[0] == 1
    scene.fail()
    assert scene.run("undo", "--yes") == (0, "")
    assert scene.done() == 5
    assert not (scene.package / "resourcegroup.yaml").exists()
    assert scene.calls("kpt live destroy")


def test_a_step_that_is_half_taken_back_is_not_gone_on_from(scene: Scene) -> None:
    """Where taking back broke off, only taking back goes on, and it may be run again."""
    while scene.done() < 6:
        scene.run("--one", "--yes")
    scene.fail("kubectl patch")
    assert scene.run("undo", "--yes")[0] == 1
    assert scene.run("--yes") == (1, "step 6 is taken back by half: undo first")
    scene.fail()
    assert scene.run("undo", "--yes") == (0, "")
    assert scene.done() == 5


def test_two_at_once(scene: Scene) -> None:
    """A second script beside the first is told so."""
    (scene.package / ".runbook" / "lock").mkdir(parents=True)
    code, stopped = scene.run("--yes")
    assert (code, stopped) == (1, "another one runs; if that is not so, remove .runbook/lock")


def test_status_needs_no_cluster(scene: Scene) -> None:
    """What is done is known here."""
    scene.run("--one", "--yes")
    scene.fail("kubectl")
    assert scene.run("status")[0] == 0
