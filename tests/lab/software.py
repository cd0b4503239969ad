"""What a router of the lab is told to be, what can be read from it, and what FRR, BIRD and GoBGP have to offer for it.

Why: the three are asked in three ways and answer in three. Each has a module (lab.frr, lab.bird, lab.gobgp) that turns
a `RouterSpec` into its configuration and its answers into `ReceivedPath`s; lab.routers runs whichever it is given.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal, Protocol

from lab.network import Interface

#: The software that a router can be.
Runs = Literal["frr", "bird", "gobgp"]
#: Whether a router's neighbours are of other AS numbers or of its own.
Peers = Literal["external", "internal"]
#: Seconds for one question. Every control program ends by itself when its daemon is gone; this is for one that hangs.
_ANSWER: Final = 20


class RouterError(AssertionError):
    """The router does not answer, or does not take its configuration; the text is what it said."""


@dataclass(frozen=True, slots=True)
class RouterSpec:
    """`peers`: whether neighbours are of other AS numbers or of the router's own. `config`: raw lines of the daemon."""

    name: str
    runs: Runs
    addresses: tuple[Interface, ...]
    asn: int
    peers: Peers = "external"
    password: str | None = None
    config: str = ""

    def __post_init__(self) -> None:
        if self.runs == "gobgp" and self.password is not None:
            # GoBGP 3.10 sets TCP MD5 for neighbours that its configuration names, and ours are ranges.
            raise ValueError(f"router {self.name}: GoBGP asks no password of neighbours by subnet; take frr or bird")

    @property
    def subnets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(address.network) for address in self.addresses))

    @property
    def router_id(self) -> str:
        """The first IPv4 address, else one of 10.0.0.0/8 out of the end of the IPv6 address: it must only be unique."""
        first = next((str(address.ip) for address in self.addresses if address.version == 4), None)
        return first or str(ip_address((10 << 24) | (int(self.addresses[0].ip) & 0xFFFFFF)))


@dataclass(frozen=True, slots=True)
class ReceivedPath:
    """One way to a prefix, as one peer announced it.

    Communities are numbers also where they have a name ("65535:65281" is no-export). `next_hop` is the global address.
    `local_preference` is None from an external peer, which sends none (RFC 4271, 5.1.5). `usable`: the router can reach
    the next hop; GoBGP does not look and says yes. `stale`: kept for a peer that restarts; BIRD knows this of peers, so
    that all paths of one are stale until it has sent its last.
    """

    peer: str
    next_hop: str
    as_path: tuple[int, ...] = ()
    communities: frozenset[str] = frozenset()
    large_communities: frozenset[str] = frozenset()
    local_preference: int | None = None
    stale: bool = False
    usable: bool = True


#: What a router holds: each prefix, in canonical text, with its paths in no order.
Received = Mapping[str, tuple[ReceivedPath, ...]]


@dataclass(frozen=True, slots=True)
class Program:
    """One daemon of a router. It is started once the file `after` is there."""

    name: str
    command: tuple[str, ...]
    after: Path | None = None


class Software(Protocol):
    """What FRR, BIRD and GoBGP each do in their own way. `home` has a short name: sockets in it can be bound."""

    def __init__(self, spec: RouterSpec, home: Path, /) -> None: ...
    def programs(self, directory: Path, /) -> tuple[Program, ...]:
        """Writes the configuration into `directory`, and says what is to be run."""

    def refused(self, log: str, /) -> str:
        """What the daemons did not take of the configuration and only logged; empty when they took it all."""

    def ready(self) -> bool: ...
    def sessions(self) -> dict[str, str]: ...
    def received(self) -> Received: ...
    def looks(self) -> tuple[str, ...]: ...


def ask(*command: str) -> str:
    """What a control program prints. Raises `RouterError` with what it said instead of an answer."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_ANSWER)
    except subprocess.TimeoutExpired as error:
        raise RouterError(str(error)) from None
    if done.returncode:
        raise RouterError(f"`{' '.join(command)}`: {(done.stderr or done.stdout).strip()}")
    return done.stdout
