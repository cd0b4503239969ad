"""The routers of the lab against a speaker that is known: GoBGP, told each route by hand.

Six routers, each kind once for external and once for internal peers, in one subnet of each family with two nodes and a
stranger. Every node dials every router over IPv4 and over IPv6, and sends both families over both.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_interface
from pathlib import Path
from typing import Any, Final, Literal

import pytest

from lab.network import Namespace, Network
from lab.parts import Part, PartDiedError
from lab.routers import ReceivedPath, Router, RouterError, RouterSpec, router
from lab.waiting import until

pytestmark = pytest.mark.needs("ip", "frr", "bird", "gobgp")

Kind = Literal["frr", "bird", "gobgp"]
KINDS: Final[tuple[Kind, ...]] = ("frr", "bird", "gobgp")
MD5_KEY: Final = "secret-of-the-fabric"
#: The routers' number where peers are external; the nodes' own is the other.
FABRIC, CLUSTER = 64512, 65001
#: GoBGP dials in its own time: it waits for up to 5 s before the first attempt and for longer after a failed one.
PATIENCE: Final = 90


def _spec(number: int, kind: Kind, peers: Literal["external", "internal"]) -> RouterSpec:
    addresses = (ip_interface(f"10.9.0.{number}/24"), ip_interface(f"fd00:9::{number}/64"))
    return RouterSpec(f"{kind}-{peers}", kind, addresses, FABRIC if peers == "external" else CLUSTER, peers)


SPECS: Final = {
    spec.name: spec
    for spec in (
        *(_spec(number, kind, "external") for number, kind in enumerate(KINDS, 1)),
        *(_spec(number, kind, "internal") for number, kind in enumerate(KINDS, 4)),
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
                made.routers[name] = router(spec, host, directory / name)
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


@pytest.mark.parametrize("name", ROUTERS)
def test_a_path_has_what_the_peer_gave_it(fabric: Fabric, name: str) -> None:
    """Communities, next hop and AS path arrive as sent; a local preference only from an internal peer."""
    external = ROUTERS[name].peers == "external"
    as_path = (CLUSTER,) if external else ()
    ipv4 = ReceivedPath(
        "",
        "",
        as_path,
        frozenset({"65001:100", "65535:65281"}),
        frozenset({"65001:1:2"}),
        None if external else 150,
    )
    plain = replace(ipv4, communities=frozenset({"65001:200"}), large_communities=frozenset())
    ipv6 = replace(plain, local_preference=None if external else 100)
    fabric.sees(lambda one: one.routes(), HELD, [name])
    peers = [(node, peer) for family in (0, 1) for node in ("node1", "node2") for peer in [addresses(node)[family]]]
    assert fabric.routers[name].paths("192.0.2.10/32") == tuple(
        replace(ipv4, peer=peer, next_hop=addresses(node)[0]) for node, peer in peers
    )
    assert fabric.routers[name].paths("2001:0db8::10/128") == tuple(
        replace(ipv6, peer=peer, next_hop=addresses(node)[1]) for node, peer in peers
    )
    assert fabric.routers[name].paths("192.0.2.99/32") == ()


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


# ------------------------------------------------------------------------------------------- one router by itself


def test_gobgp_is_not_declared_with_a_password() -> None:
    """A password that a router would not ask for is an error, not an open door."""
    with pytest.raises(ValueError, match=r"^router gobgp-external: GoBGP asks no password of neighbours by subnet"):
        replace(SPECS["gobgp-external"], password=MD5_KEY)


def test_an_ipv6_router_has_a_router_id() -> None:
    """Without an IPv4 address the id is made of the IPv6 address, as 32 bits of it must be."""
    assert replace(SPECS["frr-external"], addresses=(ip_interface("fd00:9::1:2/64"),)).router_id == "10.1.0.2"


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Callable[..., Router]]:
    """Makes a router that nobody dials."""
    network = Network()
    made: list[Router] = []

    def make(kind: Kind, config: str = "") -> Router:
        spec = replace(SPECS[f"{kind}-external"], name="gateway", config=config)
        host = network.host(f"gateway{len(made)}")
        network.plug(host, "eth0", spec.addresses)
        # A path that is longer than a socket's may be.
        made.append(router(spec, host, tmp_path / ("deep" * 30) / str(len(made))))
        return made[-1]

    yield make
    for one in made:
        one.stop()
    network.close()


def homes() -> list[str]:
    return [path.name for path in Path(tempfile.gettempdir()).glob(f"cnlab-{os.getpid()}-*")]


def pid_of(one: Router, program: str) -> int:
    return next(part.pid for part in one._parts if part.name == f"router gateway ({program})")


@pytest.mark.parametrize(
    ("kind", "program"), [("frr", "bgpd"), ("frr", "zebra"), ("bird", "bird"), ("gobgp", "gobgpd")]
)
def test_a_daemon_that_dies_is_named(alone: Callable[..., Router], kind: Kind, program: str) -> None:
    """`check` and every question after it say which daemon of which router is dead; a router can be started again."""
    one = alone(kind)
    one.start()
    assert (one.sessions(), one.routes()) == ({}, {})
    os.kill(pid_of(one, program), signal.SIGKILL)

    def dead() -> str:
        try:
            one.check()
        except PartDiedError as error:
            return str(error).partition(";")[0]
        return ""

    until(dead, bool, "the death is noticed", seconds=PATIENCE)
    assert dead() == f"router gateway ({program}) was ended by SIGKILL"
    with pytest.raises(PartDiedError, match=rf"^router gateway \({program}\) was ended by SIGKILL"):
        one.routes()
    one.start()
    one.check()
    assert (one.sessions(), one.routes()) == ({}, {})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("end", [Router.stop, Router.kill])
def test_a_router_that_ended_leaves_nothing(
    alone: Callable[..., Router], kind: Kind, end: Callable[[Router], None]
) -> None:
    """Ended on purpose is no death; no process and no directory of sockets is left, and a question is an error."""
    others = homes()
    one = alone(kind)
    one.start()
    pids = [part.pid for part in one._parts]
    end(one)
    one.check()
    assert [pid for pid in pids if Path("/proc", str(pid)).exists()] == []
    assert homes() == others
    with pytest.raises(RouterError, match=r"^router gateway is not started$"):
        one.sessions()


@pytest.mark.parametrize(
    ("kind", "error", "said"),
    [
        ("frr", RouterError, "No such command on config line"),
        ("bird", PartDiedError, "syntax error"),
        ("gobgp", PartDiedError, "gobgpd.toml"),
    ],
)
def test_a_line_that_the_router_does_not_take_is_an_error(
    alone: Callable[..., Router], kind: Kind, error: type[Exception], said: str
) -> None:
    """A wrong line of the declaration's `config` is reported in the router's own words, and nothing of it runs."""
    others = homes()
    one = alone(kind, "no such thing")
    with pytest.raises(error, match=said):
        one.start()
    assert homes() == others


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        (
            "frr",
            "router bgp 64512\n no bgp network import-check\n address-family ipv4 unicast\n  network 192.0.2.0/24\n",
        ),
        ("bird", "protocol static { ipv4; route 192.0.2.0/24 blackhole; }"),
    ],
)
def test_the_routers_own_routes_are_not_received(alone: Callable[..., Router], kind: Kind, config: str) -> None:
    """Raw lines are in force, and a route that they make is none that a peer announced."""
    one = alone(kind, config)
    one.start()
    shell = next(command for command in one.how_to_look() if "route" in command or "ipv4" in command)
    until(
        lambda: subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True).stdout,
        lambda text: "192.0.2.0/24" in text,
        f"`{shell}` shows the route",
        seconds=PATIENCE,
    )
    assert one.routes() == {}
