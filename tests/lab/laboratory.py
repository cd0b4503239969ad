"""The lab: a scenario brought to life, looked at and taken down.

Promises: inside `with Lab(scenario) as lab:` there is a real API server, the real operator, a speaker for each node and
real routers, and the package is applied to them by kpt. Afterwards there is no process, no namespace and no file of
them, however the block was left; only the logs of a scenario that failed stay, and the failure names them. Two labs run
side by side; one opened `beside` another shares its switches, so that its nodes reach the other's routers.

Left out: the datapath. Which node would answer and what the routers learn is looked at; no packet of a Service flows.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Interface
from itertools import chain, count
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import yaml

from lab import network
from lab.control_plane import BUILT, ControlPlane
from lab.nodes import MANAGEMENT, Announcement, RunningNode, manifests
from lab.routers import Router, router
from lab.scenario import Scenario, Service
from lab.waiting import until

T = TypeVar("T")
Announcements = set[Announcement]
#: Prefix to the nodes that it was learnt from.
Routes = dict[str, set[str]]

ROOT: Final = Path(__file__).resolve().parents[2]
#: Seconds in which the system shows what it is going to show. A BGP session takes up to 12, a lease 5.
PATIENCE: Final = 60
#: The directory of the package inside the lab's own, named as the package's README has it.
PACKAGE: Final = "networking"
_KPTFILE: Final = f"apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: {PACKAGE}\n"
#: How Cilium names the lease of a Service, behind which namespace and name follow (pkg/l2announcer).
_LEASE: Final = "cilium-l2announce-"
_numbers: Final = count(1)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of an object's status."""

    status: str
    reason: str
    message: str


class Lab:
    """A running scenario. `say` is told what is being started."""

    def __init__(
        self, scenario: Scenario, *, beside: Lab | None = None, say: Callable[[str], None] | None = None
    ) -> None:
        self.scenario = scenario
        self._beside = beside
        self._say = say or (lambda _: None)
        #: Set when something failed that does not pass through `__exit__`: the logs stay.
        self.keep_logs = False

    def __enter__(self) -> Self:
        self._closing = contextlib.ExitStack()
        try:
            self._open()
        except BaseException as error:
            self._close(error)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(error)

    # ------------------------------------------------------------------------------------------ bringing it up

    def _open(self) -> None:
        network.sweep()
        self.directory = network.scratch()
        self._closing.callback(shutil.rmtree, self.directory)
        self.logs = BUILT / "logs" / f"{os.getpid()}-{next(_numbers)}"
        self.logs.mkdir(parents=True)
        self.package = self.directory / PACKAGE
        self.nodes: dict[str, RunningNode] = {}
        self.routers: dict[str, Router] = dict(self._beside.routers) if self._beside else {}

        self._wires: network.Network = network.Network(beside=self._beside._wires if self._beside else None)
        self._closing.callback(self._wires.close)
        management = network.free_subnet([*self.scenario.subnets, *(self._beside.subnets if self._beside else ())])
        self.subnets: tuple[network.Subnet, ...] = (*self.scenario.subnets, management)
        addresses = (IPv4Interface((int(host), management.prefixlen)) for host in management.hosts())

        nodes = chain.from_iterable(node.interfaces.values() for node in self.scenario.nodes)
        self._wires.lay([*nodes, *(spec.addresses for spec in self.scenario.routers)])
        host = self._wires.host("control")
        here = next(addresses)
        self._wires.plug(host, MANAGEMENT, [here])
        self.control_plane = ControlPlane(host, here, self.directory, self.logs)
        self._closing.callback(self.control_plane.stop)
        self._say("etcd and the API server")
        self.control_plane.start()
        applies = self.scenario.applied and bool(self.scenario.package or self.scenario.settings)
        with ThreadPoolExecutor(1) as beside:
            # kpt's own kind takes it ten seconds, as long as the operator's take: both at once.
            kind = beside.submit(self.kpt, "live", "install-resource-group") if applies else None
            self._start_kinds()
            self._start_machines(addresses)
        self._make_package()
        self.create(*self.scenario.objects)
        if kind:
            kind.result()
            self._say("the package, by kpt")
            self.kpt_init()
            self.kpt_apply()
        self.create(*(service.manifest() for service in self.scenario.services))
        self.eventually(self._silent_nodes, [])

    def _start_kinds(self) -> None:
        if self.scenario.operator:
            self._say("Cilium's operator, which registers its CRDs")
            self.control_plane.start_operator()
        else:
            self.control_plane.load_kinds(self.scenario.release)

    def _start_machines(self, addresses: Iterator[IPv4Interface]) -> None:
        """Routers and nodes; each node gets one of the addresses for the management."""
        for spec in self.scenario.routers:
            self._say(f"router {spec.name} ({spec.runs})")
            self._start_router(spec)
        for node in self.scenario.nodes:
            self._say(f"node {node.name}")
            self._start_node(node, next(addresses))

    def _start_router(self, spec: Any) -> None:
        host = self._wires.host(spec.name)
        self._wires.plug(host, "lan0", spec.addresses)
        directory = self.logs / f"router-{spec.name}"
        directory.mkdir()
        running = router(spec, host, directory)
        self._closing.callback(running.stop)
        running.start()
        self.routers[spec.name] = running

    def _start_node(self, node: Any, address: IPv4Interface) -> None:
        host = self._wires.host(node.name)
        self._wires.plug(host, MANAGEMENT, [address])
        for interface, addresses in node.interfaces.items():
            self._wires.plug(host, interface, addresses)
        self.create(*manifests(node))
        running = RunningNode(node, host, self.control_plane.kubeconfig, self.directory, self.logs)
        self._closing.callback(running.stop)
        running.start()
        self.nodes[node.name] = running

    def _silent_nodes(self) -> list[str]:
        """The nodes whose speaker has not said yet what it announces."""
        return [name for name, node in self.nodes.items() if node.announcements() is None]

    # ------------------------------------------------------------------------------------------ taking it down

    def _close(self, error: BaseException | None) -> None:
        with _undisturbed():
            failed = self.keep_logs or (error is not None and not isinstance(error, (KeyboardInterrupt, SystemExit)))
            logs = getattr(self, "logs", None)
            try:
                self._closing.close()
            finally:
                if logs is not None and not failed:
                    shutil.rmtree(logs)
            if error is not None and logs is not None and failed:
                error.add_note(f"the logs of this lab's parts: {logs}")

    def check(self) -> None:
        """Raises `PartDiedError` when a part ended that nobody asked to end."""
        self.control_plane.check()
        for node in self.nodes.values():
            node.check()
        for running in self.routers.values():
            running.check()

    # ------------------------------------------------------------------------------------------ acting on it

    def command(self, *command: str, stdin: str = "", code: int = 0) -> str:
        """Run a command beside the package, where this cluster is the current one; its stdout."""
        return self.control_plane.command(*command, stdin=stdin, cwd=self.directory, code=code)

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        return self.command("kubectl", *arguments, stdin=stdin)

    def kpt(self, *arguments: str) -> str:
        return self.command("kpt", *arguments)

    def get(self, *arguments: str) -> Any:
        """What `kubectl get … -o json` says, as data."""
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))

    def create(self, *objects: Mapping[str, Any]) -> None:
        """Send objects to the API server, strictly."""
        if objects:
            self.kubectl("create", "--validate=strict", "-f", "-", stdin=yaml.safe_dump_all(objects))

    def service(self, name: str, **said: Any) -> None:
        """A Service of type LoadBalancer, in the words of a scenario."""
        self.create(Service(name, **said).manifest())

    def _make_package(self) -> None:
        if self.scenario.package:
            shutil.copytree(ROOT / self.scenario.package, self.package)
        else:
            self.package.mkdir()
            (self.package / "Kptfile").write_text(_KPTFILE)
        if self.scenario.settings:
            head = {"apiVersion": "fn.kpt.dev/v1alpha1", "kind": "CiliumNetworking"}
            metadata = {"name": "settings", "annotations": {"config.kubernetes.io/local-config": "true"}}
            config = {**head, "metadata": metadata, "spec": self.scenario.settings}
            (self.package / "settings.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
        if self.scenario.setters:
            self.set(**self.scenario.setters)
        elif self.scenario.settings:
            self.render()

    def set(self, **setters: str) -> None:
        """Write values into the package's `setters.yaml`, as a user does, and render. Underscores stand for hyphens."""
        file = self.package / "setters.yaml"
        text = file.read_text()
        for key, value in setters.items():
            name = key.replace("_", "-")
            text, found = re.subn(
                rf"^  (?:# )?{re.escape(name)}: .*$", f"  {name}: {json.dumps(value)}", text, flags=re.MULTILINE
            )
            if found != 1:
                raise ValueError(f"setters.yaml has {found} lines for `{name}`")
        file.write_text(text)
        self.render()

    def render(self) -> None:
        """What `cilium-networking render` makes of the package, with the code of this checkout."""
        config = ["--config", f"{PACKAGE}/settings.yaml"] if self.scenario.settings else []
        command = [sys.executable, "-m", "cilium_networking", "render", PACKAGE, *config]
        self.command("env", f"PYTHONPATH={ROOT / 'fn'}", *command)

    def kpt_init(self) -> None:
        self.kpt("live", "init", PACKAGE, "--namespace", "kube-system")

    def kpt_apply(self, *options: str) -> str:
        return self.kpt("live", "apply", PACKAGE, "--reconcile-timeout=1m", "--output=events", *options)

    # ------------------------------------------------------------------------------------------ looking at it

    def addresses(self) -> dict[str, list[str]]:
        """What each Service got, by its name; one that waits has no address."""
        found = {}
        for service in self.get("services", "--all-namespaces")["items"]:
            if service["spec"]["type"] == "LoadBalancer":
                given = service["status"].get("loadBalancer", {}).get("ingress", [])
                found[_short(service["metadata"])] = [one["ip"] for one in given]
        return found

    def conditions(self, kind: str, name: str, *, namespace: str = "default") -> dict[str, Condition]:
        """The conditions of an object's status, by their type."""
        status = self.get("--namespace", namespace, kind, name).get("status", {})
        return {
            one["type"]: Condition(one["status"], one.get("reason", ""), one.get("message", ""))
            for one in status.get("conditions", [])
        }

    def announcements(self) -> Announcements:
        """Which node announces which address on which interface."""
        return {one for node in self.nodes.values() for one in node.announcements() or ()}

    def leases(self) -> dict[str, str]:
        """Which node holds the L2 lease of each Service, by the Service's name."""
        found = {}
        for lease in self.get("--namespace=kube-system", "leases")["items"]:
            name, holder = lease["metadata"]["name"], lease["spec"].get("holderIdentity")
            if name.startswith(_LEASE) and holder:
                found[name.removeprefix(_LEASE).removeprefix("default-")] = holder
        return found

    def node_configs(self) -> dict[str, Any]:
        """The spec of each CiliumBGPNodeConfig, by the node's name: what the operator made of the cluster config."""
        return {one["metadata"]["name"]: one["spec"] for one in self.get("ciliumbgpnodeconfigs")["items"]}

    def routes(self, router_name: str) -> Routes:
        """Which nodes each prefix was learnt from by a router. A peer that is none of ours goes by its address."""
        names = self._node_names()
        known = self.routers[router_name].routes()
        return {prefix: {names.get(peer, peer) for peer in peers} for prefix, peers in known.items()}

    def sessions(self, router_name: str) -> dict[str, str]:
        """The state of each node's session with a router; both families of a node under its name and address family."""
        names = self._node_names()
        return {names.get(peer, peer): state for peer, state in self.routers[router_name].sessions().items()}

    def _node_names(self) -> dict[str, str]:
        beside = self._beside._node_names() if self._beside else {}
        mine = {
            str(address.ip): name
            for name, running in self.nodes.items()
            for addresses in running.node.interfaces.values()
            for address in addresses
        }
        return beside | mine

    def eventually(
        self, look: Callable[[], T], expected: T | Callable[[T], bool], describe: str = "", *, seconds: float = PATIENCE
    ) -> T:
        """Wait until `look()` is what is expected, or is accepted by it; what was seen.

        Raises `NeverSeenError` with what was there instead, or `PartDiedError` when a part of the lab died meanwhile.
        """
        if callable(expected):
            return until(look, expected, describe or expected.__name__, seconds=seconds, alive=self.check)
        return until(look, lambda seen: seen == expected, describe or repr(expected), seconds=seconds, alive=self.check)


def _short(metadata: Mapping[str, Any]) -> str:
    namespace = metadata.get("namespace", "default")
    return metadata["name"] if namespace == "default" else f"{namespace}/{metadata['name']}"


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C does not interrupt the cleaning up after the first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
