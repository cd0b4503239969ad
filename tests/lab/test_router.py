"""One router by itself, whom nobody dials: how it starts, what it says when it dies, and what it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from ipaddress import ip_interface
from pathlib import Path
from typing import Any, Final, get_args

import pytest

from lab.leftovers import directories
from lab.network import Network
from lab.parts import PartDiedError
from lab.routers import Router
from lab.software import RouterError, RouterSpec, Runs
from lab.waiting import until

SOFTWARE: Final[tuple[Runs, ...]] = get_args(Runs)
#: Seconds; a router is there within one on an idle machine.
PATIENCE: Final = 30
NEEDS: Final = pytest.mark.needs("ip", "frr", "bird", "gobgp")


def spec(runs: Runs, **said: Any) -> RouterSpec:
    addresses = (ip_interface("10.9.0.1/24"), ip_interface("fd00:9::1/64"))
    return RouterSpec(**{"name": "gateway", "runs": runs, "addresses": addresses, "asn": 64512, **said})


def test_gobgp_is_not_declared_with_a_password() -> None:
    """A password that a router would not ask for is an error, not an open door."""
    with pytest.raises(ValueError, match=r"^router gateway: GoBGP asks no password of neighbours by subnet"):
        spec("gobgp", password="secret")  # noqa: S106 - of nothing


def test_an_ipv6_router_has_a_router_id() -> None:
    """Without an IPv4 address the id is made of the IPv6 address, as 32 bits of it must be."""
    assert spec("frr", addresses=(ip_interface("fd00:9::1:2/64"),)).router_id == "10.1.0.2"


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Callable[..., Router]]:
    """Makes a router that nobody dials."""
    network = Network()
    made: list[Router] = []

    def make(runs: Runs, config: str = "") -> Router:
        declared = spec(runs, config=config)
        host = network.host(f"gateway{len(made)}")
        network.plug(host, "eth0", declared.addresses)
        # A path that is longer than a socket's may be.
        made.append(Router(declared, host, tmp_path / ("deep" * 30) / str(len(made))))
        return made[-1]

    yield make
    for one in made:
        one.stop()
    network.close()


def dead(one: Router) -> str:
    """What is said of the daemon that died; nothing while all live."""
    try:
        one.check()
    except PartDiedError as error:
        return str(error).partition(";")[0]
    return ""


@NEEDS
@pytest.mark.parametrize(
    ("runs", "program"), [("frr", "bgpd"), ("frr", "zebra"), ("bird", "bird"), ("gobgp", "gobgpd")]
)
def test_a_daemon_that_dies_is_named(alone: Callable[..., Router], runs: Runs, program: str) -> None:
    """`check` and every question after it say which daemon of which router is dead; a router can be started again."""
    one = alone(runs)
    one.start()
    os.kill(one.pids[program], signal.SIGKILL)
    until(partial(dead, one), bool, "the death is noticed", seconds=PATIENCE)
    assert dead(one) == f"router gateway ({program}) was ended by SIGKILL"
    with pytest.raises(PartDiedError, match=rf"^router gateway \({program}\) was ended by SIGKILL"):
        one.routes()
    one.start()
    assert (dead(one), one.sessions(), one.routes()) == ("", {}, {})


@NEEDS
@pytest.mark.parametrize("runs", SOFTWARE)
@pytest.mark.parametrize("end", [Router.stop, Router.kill])
def test_a_router_that_ended_leaves_nothing(
    alone: Callable[..., Router], runs: Runs, end: Callable[[Router], None]
) -> None:
    """Ended on purpose is no death; no process and no directory of sockets is left, and a question is an error."""
    others = directories(os.getpid())
    one = alone(runs)
    one.start()
    assert len(directories(os.getpid())) == len(others) + 1
    pids = one.pids.values()
    end(one)
    one.check()
    assert [pid for pid in pids if Path("/proc", str(pid)).exists()] == []
    assert directories(os.getpid()) == others
    with pytest.raises(RouterError, match=r"^router gateway is not started$"):
        one.sessions()


@NEEDS
@pytest.mark.parametrize(
    ("runs", "error", "said"),
    [
        ("frr", RouterError, "No such command on config line"),
        ("bird", PartDiedError, "syntax error"),
        ("gobgp", PartDiedError, "gobgpd.toml"),
    ],
)
def test_a_line_that_the_router_does_not_take_is_an_error(
    alone: Callable[..., Router], runs: Runs, error: type[Exception], said: str
) -> None:
    """A wrong line of the declaration's `config` is reported in the router's own words, and nothing of it runs."""
    others = directories(os.getpid())
    one = alone(runs, "no such thing")
    with pytest.raises(error, match=said):
        one.start()
    assert directories(os.getpid()) == others


@NEEDS
@pytest.mark.parametrize(
    ("runs", "config"),
    [
        (
            "frr",
            "router bgp 64512\n no bgp network import-check\n address-family ipv4 unicast\n  network 192.0.2.0/24\n",
        ),
        ("bird", "protocol static { ipv4; route 192.0.2.0/24 blackhole; }"),
    ],
)
def test_the_routers_own_routes_are_not_received(alone: Callable[..., Router], runs: Runs, config: str) -> None:
    """Raw lines are in force, and a route that they make is none that a peer announced."""
    one = alone(runs, config)
    one.start()
    shell = next(command for command in one.how_to_look() if "route" in command or "ipv4" in command)
    until(
        lambda: subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True).stdout,
        lambda text: "192.0.2.0/24" in text,
        f"`{shell}` shows the route",
        seconds=PATIENCE,
    )
    assert one.routes() == {}
