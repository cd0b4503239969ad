"""The routers of a lab: what one is told to be, and what can be read from it, whoever wrote its software.

A router accepts a session from any neighbour in its own subnets and dials nobody, as a leaf switch in front of a rack
does. So a scenario names the router and no node twice, and two clusters with AS numbers of their own can share it.

Promises: it takes all that it is sent and announces nothing. What it holds is read from its own control socket, in one
form for all kinds. `start` returns when the router answers with the configuration that it was given; a line that the
router does not take is an error with the router's own words.

Left out: policy. A router that filters is one with raw lines in `config`. Where kinds differ, `ReceivedPath` says so.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final, Literal, Protocol, TypeVar

from lab.network import Interface, Namespace, scratch
from lab.parts import Part, PartDiedError
from lab.waiting import until

Seen = TypeVar("Seen")

#: Seconds for a router to answer. On an idle machine all three do within one.
_PATIENCE: Final = 30
#: Seconds for one question. Every control program ends by itself when its daemon is gone; this is for one that hangs.
_ANSWER: Final = 20


class RouterError(AssertionError):
    """The router does not answer, or does not take its configuration; the text is what it said."""


@dataclass(frozen=True, slots=True)
class RouterSpec:
    """`peers`: whether neighbours are of other AS numbers or of the router's own. `config`: raw lines of the daemon."""

    name: str
    runs: Literal["frr", "bird", "gobgp"]
    addresses: tuple[Interface, ...]
    asn: int
    peers: Literal["external", "internal"] = "external"
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


@dataclass(slots=True)
class Router:
    """A router of a lab, in a namespace that has its addresses already. It can be started again after it ended."""

    spec: RouterSpec
    namespace: Namespace
    directory: Path
    software: Callable[[RouterSpec, Path], Software]
    _parts: list[Part] = field(default_factory=list)
    _home: Path | None = None

    @property
    def name(self) -> str:
        return self.spec.name

    def start(self) -> None:
        """Raises `PartDiedError`, `RouterError` or `NeverSeenError` if it does not come up; then nothing runs."""
        self._end(Part.stop)
        try:
            self._start()
        except BaseException:
            self._end(Part.kill)
            raise

    def _start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        # Sockets need a short path (unix(7)), and the directory may be deep: pytest's are.
        self._home = scratch()
        self._parts = []
        what = f"router {self.name} ({self.spec.runs})"
        software = self._software()
        logs = {}
        for program in software.programs(self.directory):
            if program.after is not None:
                until(program.after.exists, bool, f"{what} has {program.after}", seconds=_PATIENCE, alive=self.check)
            log = self.directory / f"{program.name}.log"
            logs[log] = log.stat().st_size if log.exists() else 0
            part = Part(f"router {self.name} ({program.name})", self.namespace.inside(*program.command), log)
            self._parts.append(part)

        def ready() -> bool:
            with contextlib.suppress(RouterError):
                return software.ready()
            return False

        until(ready, bool, f"{what} answers", seconds=_PATIENCE, alive=self.check)
        for log, before in logs.items():
            if refused := software.refused(log.read_text(errors="replace")[before:]):
                raise RouterError(f"{what} does not take its configuration in {self.directory}:\n{refused}")

    def stop(self) -> None:
        """End it in order: peers are told, and the kernel's routes are taken back."""
        self._end(Part.stop)

    def kill(self) -> None:
        """End it as a power cut does; the kernel's routes stay until the next start."""
        self._end(Part.kill)

    def check(self) -> None:
        """Raises `PartDiedError` when a daemon ended and nobody asked it to."""
        for part in self._parts:
            part.check()

    def sessions(self) -> dict[str, str]:
        """The state of each peer by its address: "established", or what the router calls it.

        A peer that is gone is forgotten, save while its graceful restart lasts.
        """
        return self._read(lambda software: software.sessions())

    def routes(self) -> dict[str, frozenset[str]]:
        """The peers of which the router has a usable path to each prefix, IPv4 and IPv6."""
        held = {
            prefix: frozenset(path.peer for path in paths if path.usable)
            for prefix, paths in self._read(lambda software: software.received()).items()
        }
        return {prefix: peers for prefix, peers in held.items() if peers}

    def paths(self, prefix: str) -> tuple[ReceivedPath, ...]:
        """All paths to the prefix by address of the peer, also those that cannot be used."""
        paths = self._read(lambda software: software.received()).get(str(ip_network(prefix)), ())
        return tuple(sorted(paths, key=lambda path: (ip_address(path.peer).version, int(ip_address(path.peer)))))

    def forwarding(self, prefix: str) -> frozenset[str]:
        """The next hops in the kernel's table. GoBGP has no part in the kernel: there it is always empty."""
        network = ip_network(prefix)
        family = f"-{network.version}"
        entries = json.loads(ask("ip", "-j", family, "-n", self.namespace.name, "route", "show", str(network)) or "[]")
        hops = [hop for entry in entries for hop in (entry, *entry.get("nexthops", ()))]
        return frozenset(
            hop["gateway"] if "gateway" in hop else hop["via"]["host"]
            for hop in hops
            if {"gateway", "via"} & hop.keys()
        )

    def how_to_look(self) -> tuple[str, ...]:
        """Commands that a person can type while the router runs."""
        routes = [f"ip {family}-n {self.namespace.name} route" for family in ("", "-6 ")]
        return (*self._software().looks(), *(routes if self.spec.runs != "gobgp" else ()))

    def _software(self) -> Software:
        if self._home is None:
            raise RouterError(f"router {self.name} is not started")
        return self.software(self.spec, self._home)

    def _read(self, question: Callable[[Software], Seen]) -> Seen:
        """An answer of a router all of whose daemons live."""
        self.check()
        software = self._software()
        try:
            return question(software)
        except RouterError as error:
            self.check()
            raise RouterError(f"router {self.name}: {error}") from None

    def _end(self, how: Callable[[Part], None]) -> None:
        for part in reversed(self._parts):
            how(part)
        if self._home is not None:
            shutil.rmtree(self._home)
            self._home = None


def router(spec: RouterSpec, namespace: Namespace, directory: Path) -> Router:
    """The router of this declaration, not started. `directory` gets its configuration and its logs, and keeps them."""
    from lab import bird, frr, gobgp

    kinds: dict[str, Callable[[RouterSpec, Path], Software]] = {"frr": frr.Frr, "bird": bird.Bird, "gobgp": gobgp.Gobgp}
    return Router(spec, namespace, directory, kinds[spec.runs])


__all__ = [
    "PartDiedError",
    "Program",
    "Received",
    "ReceivedPath",
    "Router",
    "RouterError",
    "RouterSpec",
    "ask",
    "router",
]
