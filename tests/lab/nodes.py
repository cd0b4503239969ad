"""A node as Cilium's control plane sees one: the two objects that describe it, and the speaker that is its agent.

Promises: the objects hold what a kubelet and an agent would write. What the node announces is what its own speaker
says, in the words of `programs/cilium/speaker`; a speaker that has said nothing yet is told from one that announces
nothing.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lab_tools
from lab.network import Namespace
from lab.parts import Part
from lab.scenario import Node


@dataclass(frozen=True, slots=True, order=True)
class Announcement:
    """An address that a node answers for by ARP or NDP, on one of its interfaces."""

    address: str
    node: str
    interface: str


def manifests(node: Node) -> list[dict[str, Any]]:
    """The Node that a kubelet registers, and the CiliumNode that an agent makes of it."""
    labels = {"kubernetes.io/hostname": node.name, "kubernetes.io/os": "linux", **node.labels}
    pods = [str(subnet) for subnet in node.pods]
    addresses = [str(address.ip) for address in node.addresses]
    kubelet = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": node.name, "labels": labels},
        "spec": {"podCIDR": pods[0], "podCIDRs": pods} if pods else {},
        "status": {"addresses": [{"type": "InternalIP", "address": address} for address in addresses]},
    }
    agent = {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNode",
        "metadata": {"name": node.name, "labels": labels},
        "spec": {
            "addresses": [{"type": "InternalIP", "ip": address} for address in addresses],
            "ipam": {"podCIDRs": pods},
        },
    }
    return [kubelet, agent]


class RunningNode:
    """A node whose speaker can be stopped, cut off, held and started again."""

    def __init__(self, node: Node, namespace: Namespace, kubeconfig: Path, directory: Path, logs: Path) -> None:
        self.node = node
        self.name = node.name
        self.namespace = namespace
        self._kubeconfig = kubeconfig
        self._directory = directory
        self._log = logs / f"speaker-{node.name}.log"
        self._starts = 0
        self._speaker: Part | None = None

    def start(self) -> None:
        if self.running:
            raise RuntimeError(f"the speaker of {self.name} runs already: stop or kill it first")
        self._starts += 1
        command = [
            # What the chart's list of the agent's capabilities has not, and root here would.
            *("setpriv", "--bounding-set=-net_bind_service", "--"),
            str(lab_tools.binary("cilium-speaker")),
            f"--kubeconfig={self._kubeconfig}",
            f"--node-name={self.name}",
            f"--devices={','.join(self.node.interfaces)}",
            # A third of the chart's 15, 5 and 2 seconds: what is waited for in a hand-over is this.
            "--l2-lease-duration=5s",
            "--l2-lease-renew-deadline=3s",
            "--l2-lease-retry-period=500ms",
            # Leases are renewed by requests; the client's own 10 a second would hold up more than a few Services
            # (Cilium's manual on L2 announcements, "Sizing the client rate limit").
            "--k8s-client-qps=100",
            "--k8s-client-burst=200",
        ]
        name = f"cilium-speaker of {self.name}"
        self._speaker = Part(name, self.namespace.inside(*command), self._log, output=self._said)

    @property
    def _said(self) -> Path:
        """What the speaker that runs now has said; each start has a file of its own."""
        return self._directory / f"speaker-{self.name}-{self._starts}.jsonl"

    @property
    def running(self) -> bool:
        return self._speaker is not None and self._speaker.running

    def check(self) -> None:
        if self._speaker:
            self._speaker.check()

    def stop(self) -> None:
        if self._speaker:
            self._speaker.stop()

    def kill(self) -> None:
        """As a power cut: no goodbye to the router, no lease given back."""
        if self._speaker:
            self._speaker.kill()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Meanwhile its speaker hangs: it closes no connection and says nothing."""
        if self._speaker is None:
            raise RuntimeError(f"no speaker of {self.name} was started")
        self._speaker.pause()
        try:
            yield
        finally:
            self._speaker.resume()

    def rename(self, interface: str, name: str) -> None:
        """Give one of its interfaces another name."""
        self.namespace.rename(interface, name)

    def announcements(self) -> set[Announcement] | None:
        """What it announces now; None as long as it has said nothing, and nothing at all once it is stopped.

        Raises `PartDiedError` when its speaker ended by itself: that one announces nothing either.
        """
        self.check()
        if self._speaker is None or not self._speaker.running:
            return set()
        state = self._last("announcements")
        return None if state is None else {Announcement(one["address"], self.name, one["interface"]) for one in state}

    def _last(self, word: str) -> Any:
        """The newest state of that name. A line that is not written to its end yet is not read."""
        lines = self._said.read_text().split("\n")[:-1]
        states = (json.loads(line) for line in reversed(lines))
        return next((state[word] for state in states if word in state), None)
