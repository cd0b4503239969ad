"""A Cilium control plane to play with: `make lab`.

It brings up a scenario, the package of this repository on two nodes between two routers unless another is named, prints
how to look at it, and waits. Ctrl-C takes everything down again.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

import real_tools
from lab import CommandError, Lab, NeverSeenError, PartDiedError, Scenario, ScenarioError, read_scenario
from lab.checkout import ROOT
from lab.network import NetworkError
from lab.software import RouterError

STORY: Final = Path(__file__).with_name("stories") / "demo.yaml"
#: Seconds between two looks at whether every part still runs.
_WATCH: Final = 1.0


def _leave(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make lab", description="bring up a Cilium control plane to play with")
    parser.add_argument("story", nargs="?", type=Path, default=STORY, help="a scenario's YAML (the demo unless given)")
    parser.add_argument("--once", action="store_true", help="take it down again as soon as it is up")
    asked = parser.parse_args(arguments)
    start = time.monotonic()

    def say(what: str) -> None:
        sys.stderr.write(f"{time.monotonic() - start:5.1f} s  {what}\n")

    try:
        scenario = read_scenario(asked.story.read_text())
        if lacks := _lacks(scenario):
            sys.stderr.write("".join(f"lab: {line}\n" for line in lacks))
            return 1
        for sign in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, _leave)
        with Lab(scenario, say=say) as lab:
            _settle(lab, scenario, say)
            say("up")
            sys.stdout.write(_how_to_look(lab))
            sys.stdout.flush()
            while not asked.once:
                lab.check()
                threading.Event().wait(_WATCH)
    except KeyboardInterrupt:
        say("down")
    except (CommandError, NetworkError, NeverSeenError, OSError, PartDiedError, RouterError, ScenarioError) as error:
        notes = "".join(f"\n{note}" for note in getattr(error, "__notes__", ()))
        sys.stderr.write(f"lab: {error}{notes}\n")
        return 1
    return 0


def _lacks(scenario: Scenario) -> list[str]:
    """The tools that the scenario needs and the machine has not, with how to get each."""
    needed = ["lab", *(["kpt"] if scenario.package or scenario.settings else [])]
    reasons = {name: real_tools.missing(name) for name in needed}
    return [f"{name}: {reason}\n    {real_tools.TOOLS[name].remedy}" for name, reason in reasons.items() if reason]


def _settle(lab: Lab, scenario: Scenario, say: Callable[[str], None]) -> None:
    """Wait until there is something to see; a story may mean that there is nothing."""
    looks: list[tuple[str, Callable[[], object]]] = []
    if scenario.services:
        looks.append(("an address for every Service", lambda: all(lab.addresses().values())))
    if scenario.package or scenario.settings:
        looks += [(f"a route at router {name}", partial(lab.routes, name)) for name in lab.routers]
    for what, look in looks:
        say(f"waiting for {what}")
        try:
            lab.eventually(look, bool, what)
        except NeverSeenError:
            say(f"not seen: {what}")


def _how_to_look(lab: Lab) -> str:
    inside = " ".join(lab.control_plane.host.inside())
    lines = [
        "",
        f"export KUBECONFIG={lab.control_plane.kubeconfig}",
        f"cd {lab.directory}    # the package is in {lab.package.directory.name}/",
        "",
        "# the API server is inside a network namespace: run kubectl and kpt there",
        f"{inside} kubectl get svc,ciliumloadbalancerippools,ciliumbgpnodeconfigs",
        f"{inside} kubectl -n kube-system get leases",
        f"{inside} kpt live status {lab.package.directory.name}",
        "",
        "# change a setting in setters.yaml, then",
        f"env PYTHONPATH={ROOT / 'fn'} {sys.executable} -m cilium_networking render {lab.package.directory.name}",
        f"{inside} kpt live apply {lab.package.directory.name}",
        "",
        "# the routers",
    ]
    for router in lab.routers.values():
        lines += router.how_to_look()
    lines += ["", f"# logs: {lab.logs}", "# Ctrl-C takes it down"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
