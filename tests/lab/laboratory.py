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
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from ipaddress import IPv4Interface, ip_address
from itertools import chain, count
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import lab_tools
from lab import leftovers, pools
from lab.condition import Condition, conditions_of
from lab.control_plane import CommandError, ControlPlane
from lab.leases import holders, short_name
from lab.network import CONTROL, MANAGEMENT, Network, Subnet, free_subnet
from lab.nodes import Announcement, RunningNode, manifests
from lab.package import Package
from lab.parts import PartDiedError
from lab.routers import Router
from lab.scenario import Node, Scenario, Service
from lab.servers import Pass, RunningServer, definitions, write_command
from lab.software import RouterSpec
from lab.waiting import throughout, until

T = TypeVar("T")
Announcements = set[Announcement]
#: Prefix to the nodes that it was learnt from.
Routes = dict[str, set[str]]

#: Seconds in which the system shows what it is going to show. A BGP session takes up to 12, a lease 5.
PATIENCE: Final = 60
_numbers: Final = count(1)


class Lab:
    """A running scenario. `say` is told what is being started."""

    def __init__(
        self, scenario: Scenario, *, beside: Lab | None = None, say: Callable[[str], None] | None = None
    ) -> None:
        self.scenario = scenario
        self._beside = beside
        self._say = say or (lambda _: None)
        # The time comes first, so that the oldest are found; who it is that writes comes behind it.
        self.logs = lab_tools.LAB / "logs" / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}-{next(_numbers)}"
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
        try:
            if error is None:
                # Nothing looked since, perhaps: what was seen of a dead part would count.
                self.check()
        except PartDiedError as died:
            self._close(died)
            raise
        self._close(error)

    # ------------------------------------------------------------------------------------------ bringing it up

    def _open(self) -> None:
        leftovers.sweep()
        leftovers.prune(lab_tools.LAB / "logs")
        self.directory = leftovers.scratch()
        self._closing.callback(shutil.rmtree, self.directory)
        self.logs.mkdir(parents=True)
        self.package = Package(self.directory, self.command)
        self.nodes: dict[str, RunningNode] = {}
        self.servers: dict[str, RunningServer] = {}
        self.routers: dict[str, Router] = dict(self._beside.routers) if self._beside else {}

        self._network: Network = Network(beside=self._beside._network if self._beside else None)
        self._closing.callback(self._network.close)
        management = free_subnet([*self.scenario.subnets, *(self._beside.subnets if self._beside else ())])
        self.subnets: tuple[Subnet, ...] = (*self.scenario.subnets, management)
        addresses = (IPv4Interface((int(host), management.prefixlen)) for host in management.hosts())

        nodes = chain.from_iterable(node.interfaces.values() for node in self.scenario.nodes)
        self._network.lay([*nodes, *(spec.addresses for spec in self.scenario.routers)])
        host = self._network.host(CONTROL)
        here = next(addresses)
        self._network.plug(host, MANAGEMENT, [here])
        self.control_plane = ControlPlane(host, here, self.directory, self.logs)
        self._closing.callback(self.control_plane.stop)
        self._say("etcd and the API server")
        self.control_plane.start()
        applies = self.scenario.applied and bool(self.scenario.package or self.scenario.settings)
        with ThreadPoolExecutor(1) as meanwhile:
            # kpt's own kind takes it ten seconds, as long as the operator's take: both at once.
            kind = meanwhile.submit(self.kpt, "live", "install-resource-group") if applies else None
            self._start_operator()
            self._start_machines(addresses)
        self._start_servers()
        self.package.make(self.scenario.package, self.scenario.setters, self.scenario.settings)
        if kind:
            kind.result()
            self._say("the package, by kpt")
            self.package.init()
            self.package.apply()
        self.create(*(service.manifest() for service in self.scenario.services))
        self.eventually(self._silent_nodes, [])

    def _start_operator(self) -> None:
        if self.scenario.operator:
            self._say("Cilium's operator, which registers its CRDs")
            self.control_plane.start_operator()
        else:
            self.control_plane.load_crds(self.scenario.release)

    def _start_machines(self, addresses: Iterator[IPv4Interface]) -> None:
        """Routers and nodes; each node gets one of the addresses for the management."""
        for spec in self.scenario.routers:
            self._say(f"router {spec.name} ({spec.runs})")
            self._start_router(spec)
        for node in self.scenario.nodes:
            self._say(f"node {node.name}")
            self._start_node(node, next(addresses))

    def _start_router(self, spec: RouterSpec) -> None:
        host = self._network.host(spec.name)
        self._network.plug(host, "lan0", spec.addresses)
        directory = self.logs / f"router-{spec.name}"
        directory.mkdir()
        running = Router(spec, host, directory)
        self._closing.callback(running.stop)
        running.start()
        self.routers[spec.name] = running

    def _start_node(self, node: Node, address: IPv4Interface) -> None:
        host = self._network.host(node.name)
        self._network.plug(host, MANAGEMENT, [address])
        for interface, addresses in node.interfaces.items():
            self._network.plug(host, interface, addresses)
        self.create(*manifests(node))
        running = RunningNode(node, host, self.control_plane.kubeconfig, self.directory, self.logs)
        self._closing.callback(running.stop)
        running.start()
        self.nodes[node.name] = running

    def _start_servers(self) -> None:
        """Each server's deploy controller, until its first pass is done: the files are in the cluster, or refused."""
        #: Runs a command on a server: `[*server_command, "node-a", "ls /var/lib/rancher/rke2"]`, as ssh would.
        on_server = write_command(self.directory, self.control_plane.host, self.control_plane.kubeconfig)
        self.server_command = [str(on_server)]
        if self.scenario.servers:
            self.create(*definitions())
            self.control_plane.wait_for("addons.k3s.cattle.io", "helmchartconfigs.helm.cattle.io")
        for server in self.scenario.servers:
            self._say(f"server {server.name}")
            running = RunningServer(server, self.server_command, self.directory, self.logs)
            self._closing.callback(running.stop)
            running.start()
            self.servers[server.name] = running
        self.deployed(since=dict.fromkeys(self.servers, 0))

    def _silent_nodes(self) -> list[str]:
        """The nodes whose speaker has not said yet what it announces."""
        return [name for name, node in self.nodes.items() if node.announcements() is None]

    # ------------------------------------------------------------------------------------------ taking it down

    def _close(self, error: BaseException | None) -> None:
        with _undisturbed():
            failed = self.keep_logs or (error is not None and not isinstance(error, (KeyboardInterrupt, SystemExit)))
            try:
                self._closing.close()
            finally:
                if self.logs.exists() and not failed:
                    shutil.rmtree(self.logs)
            if error is not None and self.logs.exists():
                error.add_note(f"the logs of this lab's parts: {self.logs}")

    def check(self) -> None:
        """Raises `PartDiedError` when a part ended that nobody asked to end."""
        self.control_plane.check()
        for node in self.nodes.values():
            node.check()
        for running in self.routers.values():
            running.check()
        for server in self.servers.values():
            server.check()

    # ------------------------------------------------------------------------------------------ acting on it

    def command(self, *command: str, stdin: str = "", code: int = 0) -> str:
        """Run a command beside the package, where this cluster is the current one; its stdout."""
        try:
            return self.control_plane.command(*command, stdin=stdin, cwd=self.directory, code=code)
        except CommandError:
            # Where a part died it is the part that is to be named, and not who missed it.
            self.check()
            raise

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        return self.command("kubectl", "--request-timeout=30s", *arguments, stdin=stdin)

    def kpt(self, *arguments: str) -> str:
        return self.command("kpt", *arguments)

    def get(self, *arguments: str) -> Any:
        """What `kubectl get … -o json` says, as data."""
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))

    def create(self, *objects: Mapping[str, Any]) -> None:
        """Send objects to the API server, strictly."""
        if objects:
            # JSON: kubectl takes a plain `y` for a boolean, and PyYAML writes it so.
            self.kubectl("create", "--validate=strict", "-f", "-", stdin="\n".join(map(json.dumps, objects)))

    def service(self, name: str, **said: Any) -> None:
        """A Service of type LoadBalancer, in the words of a scenario."""
        self.create(Service(name, **said).manifest())

    def apply(self, **setters: str) -> None:
        """Apply the package with kpt, with other setters where some are given.

        Returns when the operator has done what the pools then say.
        """
        if setters:
            self.package.change(**setters)
        self.package.apply()
        self.eventually(lambda: pools.unread(self), [])

    def on_server(self, name: str, command: str) -> str:
        """Run a shell command on a server, where its directory is at RKE2's own place; its stdout."""
        return self.command(*self.server_command, name, command)

    def deployed(self, since: Mapping[str, int] | None = None) -> dict[str, Pass]:
        """Wait for a pass of each server that began after now, and so has seen what its directory holds now."""
        begun = {name: server.begun() for name, server in self.servers.items()} if since is None else since
        found = {}
        for name, number in begun.items():
            look = partial(self.servers[name].pass_after, number)
            done = self.eventually(look, lambda seen: seen is not None, f"a pass of {name} behind number {number}")
            assert done is not None
            found[name] = done
        return found

    # ------------------------------------------------------------------------------------------ looking at it

    def addresses(self) -> dict[str, list[str]]:
        """What each Service got, by its name; one that waits has no address."""
        found = {}
        for service in self.get("services", "--all-namespaces")["items"]:
            if service["spec"]["type"] == "LoadBalancer":
                given = service["status"].get("loadBalancer", {}).get("ingress", [])
                found[short_name(service)] = [one["ip"] for one in given]
        return found

    def conditions(self, kind: str, name: str, *, namespace: str = "default") -> dict[str, Condition]:
        """The conditions of an object's status, by their type."""
        return conditions_of(self.get("--namespace", namespace, kind, name))

    def announcements(self) -> Announcements:
        """Which node announces which address on which interface."""
        return {one for node in self.nodes.values() for one in node.announcements() or ()}

    def leases(self) -> dict[str, str]:
        """Which node holds the L2 lease of each Service, by the Service's name. A lease of none goes by its own."""
        return holders(self.get("services,leases", "--all-namespaces")["items"], datetime.now(UTC))

    def node_configs(self) -> dict[str, Any]:
        """The spec of each CiliumBGPNodeConfig, by the node's name: what the operator made of the cluster config."""
        return {one["metadata"]["name"]: one["spec"] for one in self.get("ciliumbgpnodeconfigs")["items"]}

    def routes(self, router_name: str) -> Routes:
        """Which nodes each prefix was learnt from by a router. A peer that is none of ours goes by its address."""
        names = self.node_names()
        known = self.routers[router_name].routes()
        return {prefix: {names.get(peer, peer) for peer in peers} for prefix, peers in known.items()}

    def sessions(self, router_name: str) -> dict[str, str]:
        """The state of each session of a router, by the node: "node-a", and "node-a over IPv6" for one that is.

        A peer that is none of ours goes by its address.
        """
        names = self.node_names()
        over = {peer: f"{name} over IPv6" if ip_address(peer).version == 6 else name for peer, name in names.items()}
        return {over.get(peer, peer): state for peer, state in self.routers[router_name].sessions().items()}

    def node_names(self) -> dict[str, str]:
        """The node of each address, those of a lab beside this one too."""
        beside = self._beside.node_names() if self._beside else {}
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

    def throughout(self, look: Callable[[], Any], expected: object, *, seconds: float) -> None:
        """Nothing but `expected` is seen for so long, while every part lives. Raises as `eventually` does."""
        throughout(look, expected, seconds=seconds, alive=self.check)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Neither a second Ctrl-C nor a second kill interrupts the cleaning up after the first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {sign: signal.signal(sign, signal.SIG_IGN) for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
