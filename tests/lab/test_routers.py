"""The routers of the lab against a speaker that is known: GoBGP, told each route by hand.

Six routers, each software once for external and once for internal peers, in one subnet of each family with two nodes
and a stranger. Every node dials every router over IPv4 and over IPv6, and sends both families over both.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_interface
from pathlib import Path
from typing import Any, Final

import pytest

from lab.network import Namespace, Network
from lab.parts import Part
from lab.routers import Router
from lab.software import Peers, ReceivedPath, RouterSpec, Runs
from lab.waiting import until

pytestmark = pytest.mark.needs("ip", "frr", "bird", "gobgp")

SOFTWARE: Final[tuple[Runs, ...]] = ("frr", "bird", "gobgp")
MD5_KEY: Final = "secret-of-the-fabric"
#: The routers' number where peers are external; the nodes' own is the other.
FABRIC, CLUSTER = 64512, 65001
#: GoBGP dials in its own time: it waits for up to 5 s before the first attempt and for longer after a failed one.
PATIENCE: Final = 90


def _spec(number: int, runs: Runs, peers: Peers) -> RouterSpec:
    addresses = (ip_interface(f"10.9.0.{number}/24"), ip_interface(f"fd00:9::{number}/64"))
    return RouterSpec(f"{runs}-{peers}", runs, addresses, FABRIC if peers == "external" else CLUSTER, peers)


SPECS: Final = {
    spec.name: spec
    for spec in (
        *(_spec(number, runs, "external") for number, runs in enumerate(SOFTWARE, 1)),
        *(_spec(number, runs, "internal") for number, runs in enumerate(SOFTWARE, 4)),
    )
}
#: Those that ask for the password.
GUARDED: Final = ["frr-external", "bird-external"]
ROUTERS: Final = {name: replace(spec, password=MD5_KEY if name in GUARDED else None) for name, spec in SPECS.items()}
NODES: Final = {"node1": 11, "node2": 12, "stranger": 13}


def addresses(name: str) -> tuple[str, str]:
    number = NODES[name]
    return f"10.9.0.{number}", f"fd00:9::{number}"


@dataclass(slots=True)
class Speaker:
    """A GoBGP that dials all routers from the addresses of its node."""

    name: str
    namespace: Namespace
    directory: Path
    socket: Path
    part: Part | None = None

    def start(self, *routes: str, password: str = MD5_KEY) -> None:
        self.socket.unlink(missing_ok=True)
        configuration = self.directory / f"{self.name}.toml"
        configuration.write_text(self._configuration(password))
        command = ("gobgpd", "-f", str(configuration), "--api-hosts", f"unix://{self.socket}", "--pprof-disable")
        log = self.directory / f"{self.name}.log"
        self.part = Part(f"speaker {self.name}", self.namespace.inside(*command), log)
        until(self._answers, bool, f"{self.name} answers", seconds=PATIENCE, alive=self.part.check)
        for route in routes:
            family = "ipv6" if ":" in route.split()[0] else "ipv4"
            self._ask("global", "rib", "add", "-a", family, *route.split())

    def _ask(self, *question: str) -> str:
        command = ["gobgp", "--target", f"unix://{self.socket}", *question]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout

    def _answers(self) -> bool:
        try:
            return bool(json.loads(self._ask("-j", "global")).get("asn") == CLUSTER)
        except subprocess.CalledProcessError:
            return False

    def kill(self) -> None:
        assert self.part is not None
        self.part.kill()

    def _configuration(self, password: str) -> str:
        ipv4, ipv6 = addresses(self.name)
        neighbors = "".join(
            _neighbor(str(remote.ip), ipv4 if remote.version == 4 else ipv6, spec, password)
            for spec in ROUTERS.values()
            for remote in spec.addresses
        )
        return f'[global.config]\nas = {CLUSTER}\nrouter-id = "{ipv4}"\nport = -1\n{neighbors}'


def _neighbor(remote: str, local: str, spec: RouterSpec, password: str) -> str:
    families = "".join(
        f"""\
[[neighbors.afi-safis]]
[neighbors.afi-safis.config]
afi-safi-name = "{family}-unicast"
[neighbors.afi-safis.mp-graceful-restart.config]
enabled = true
"""
        for family in ("ipv4", "ipv6")
    )
    secret = f'auth-password = "{password}"\n' if spec.password else ""
    return f"""\
[[neighbors]]
[neighbors.config]
neighbor-address = "{remote}"
peer-as = {spec.asn}
{secret}[neighbors.transport.config]
local-address = "{local}"
[neighbors.timers.config]
connect-retry = 1
idle-hold-time-after-reset = 1
[neighbors.graceful-restart.config]
enabled = true
restart-time = 120
{families}"""


#: What each node announces, in the words of `gobgp global rib add`.
ANNOUNCED: Final = {
    "node1": (
        "192.0.2.10/32 nexthop 10.9.0.11 community 65001:100,no-export large-community 65001:1:2 local-pref 150",
        "2001:db8::10/128 nexthop fd00:9::11 community 65001:200",
    ),
    "node2": (
        "192.0.2.10/32 nexthop 10.9.0.12 community 65001:100,no-export large-community 65001:1:2 local-pref 150",
        "192.0.2.12/32 nexthop 10.9.0.12",
        "2001:db8::10/128 nexthop fd00:9::12 community 65001:200",
    ),
}
BOTH: Final = frozenset({*addresses("node1"), *addresses("node2")})
NODE2: Final = frozenset(addresses("node2"))
HELD: Final = {"192.0.2.10/32": BOTH, "192.0.2.12/32": NODE2, "2001:db8::10/128": BOTH}


@dataclass(frozen=True, slots=True)
class Fabric:
    routers: dict[str, Router]
    speakers: dict[str, Speaker]

    def check(self) -> None:
        for one in self.routers.values():
            one.check()
        for speaker in self.speakers.values():
            if speaker.part:
                speaker.part.check()

    def sees(self, look: Callable[[Router], Any], wanted: Any, names: list[str] | None = None) -> None:
        """Every one of the routers comes to say just this."""
        chosen = {name: self.routers[name] for name in names or self.routers}

        def looked() -> dict[str, Any]:
            return {name: look(one) for name, one in chosen.items()}

        expected = dict.fromkeys(chosen, wanted)
        until(looked, lambda seen: seen == expected, repr(expected), seconds=PATIENCE, alive=self.check)


@pytest.fixture(scope="module")
def fabric(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fabric]:
    """Six routers, two nodes that announce, and a stranger that dials with a wrong password."""
    network = Network()
    directory = tmp_path_factory.mktemp("fabric")
    made = Fabric({}, {})
    try:
        with tempfile.TemporaryDirectory() as sockets:
            for name, spec in ROUTERS.items():
                host = network.host(name)
                network.plug(host, "eth0", spec.addresses)
                made.routers[name] = Router(spec, host, directory / name)
                made.routers[name].start()
            for name in NODES:
                host = network.host(name)
                ipv4, ipv6 = addresses(name)
                network.plug(host, "eth0", [ip_interface(f"{ipv4}/24"), ip_interface(f"{ipv6}/64")])
                made.speakers[name] = Speaker(name, host, directory, Path(sockets, name))
                made.speakers[name].start(*ANNOUNCED.get(name, ()), password="wrong" if name == "stranger" else MD5_KEY)
            yield made
    finally:
        for part in made.routers.values():
            part.stop()
        for speaker in made.speakers.values():
            if speaker.part:
                speaker.part.stop()
        network.close()


def test_every_router_holds_what_is_announced_and_from_whom(fabric: Fabric) -> None:
    """A router names each prefix that it was sent, and every peer that sent it."""
    fabric.sees(lambda one: one.routes(), HELD)


def of_nodes(path: ReceivedPath, family: int) -> tuple[ReceivedPath, ...]:
    """The same path from both nodes, over sessions of both families, with next hops of this one."""
    return tuple(
        replace(path, peer=addresses(node)[session], next_hop=addresses(node)[family])
        for session in (0, 1)
        for node in ("node1", "node2")
    )


@pytest.mark.parametrize("name", ROUTERS)
def test_a_path_has_what_the_peer_gave_it(fabric: Fabric, name: str) -> None:
    """Communities, next hop and AS path arrive as sent; a local preference only from an internal peer."""
    external = ROUTERS[name].peers == "external"
    plain = ReceivedPath("", "", as_path=(CLUSTER,) if external else ())
    rich = replace(
        plain,
        communities=frozenset({"65001:100", "65535:65281"}),
        large_communities=frozenset({"65001:1:2"}),
        local_preference=None if external else 150,
    )
    poor = replace(plain, communities=frozenset({"65001:200"}), local_preference=None if external else 100)
    fabric.sees(lambda one: one.routes(), HELD, [name])
    paths = {prefix: fabric.routers[name].paths(prefix) for prefix in ("192.0.2.10/32", "2001:db8::10/128")}
    assert paths == {"192.0.2.10/32": of_nodes(rich, 0), "2001:db8::10/128": of_nodes(poor, 1)}


def test_a_prefix_is_found_however_it_is_written(fabric: Fabric) -> None:
    """A question about a prefix is one about its value; about one that nobody announces the answer is nothing."""
    fabric.sees(lambda one: len(one.paths("2001:0db8::10/128")), 4)
    fabric.sees(lambda one: one.paths("192.0.2.99/32"), ())


@pytest.mark.parametrize("name", [name for name in ROUTERS if not name.startswith("gobgp")])
def test_the_kernel_forwards_to_every_node(fabric: Fabric, name: str) -> None:
    """Equal paths stand side by side in the kernel's table; a prefix that nobody announces is not in it."""
    fabric.sees(lambda one: one.forwarding("192.0.2.10/32"), frozenset({"10.9.0.11", "10.9.0.12"}), [name])
    fabric.sees(lambda one: one.forwarding("192.0.2.12/32"), frozenset({"10.9.0.12"}), [name])
    fabric.sees(lambda one: one.forwarding("2001:db8::10/128"), frozenset({"fd00:9::11", "fd00:9::12"}), [name])
    assert fabric.routers[name].forwarding("192.0.2.99/32") == frozenset()


def test_a_wrong_password_is_no_session(fabric: Fabric) -> None:
    """The peer with the wrong password is never met, while those beside it are; with the right one it is let in."""
    strangers = frozenset(addresses("stranger"))
    established = dict.fromkeys(BOTH, "established")
    fabric.sees(lambda one: one.sessions(), established, GUARDED)
    # Where no password is asked for it is met: it does dial.
    everyone = established | dict.fromkeys(strangers, "established")
    fabric.sees(lambda one: one.sessions(), everyone, [name for name in ROUTERS if name not in GUARDED])
    assert {name: fabric.routers[name].sessions() for name in GUARDED} == dict.fromkeys(GUARDED, established)
    fabric.speakers["stranger"].kill()
    fabric.speakers["stranger"].start()
    fabric.sees(lambda one: one.sessions(), everyone)


def test_a_route_stays_while_its_peer_restarts(fabric: Fabric) -> None:
    """A killed peer's paths are stale and held; when it is back, what it says again is fresh and the rest is gone."""
    node2 = fabric.speakers["node2"]

    def stale(one: Router) -> dict[str, bool]:
        return {path.peer: path.stale for path in one.paths("192.0.2.10/32")}

    fabric.sees(stale, dict.fromkeys(BOTH, False))
    node2.kill()
    fabric.sees(stale, {peer: peer in NODE2 for peer in BOTH})
    fabric.sees(lambda one: one.routes(), HELD)
    node2.start(ANNOUNCED["node2"][0])
    fabric.sees(lambda one: one.routes(), {"192.0.2.10/32": BOTH, "2001:db8::10/128": frozenset(addresses("node1"))})
    fabric.sees(stale, dict.fromkeys(BOTH, False))
