"""The routers of a lab: started, asked and ended in one way, whoever wrote the software.

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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final, TypeVar

from lab.bird import Bird
from lab.frr import Frr
from lab.gobgp import Gobgp
from lab.leftovers import scratch
from lab.network import Namespace
from lab.parts import Part
from lab.software import ReceivedPath, RouterError, RouterSpec, Runs, Software, ask
from lab.waiting import until

Seen = TypeVar("Seen")

#: Seconds for a router to answer. On an idle machine all three do within one.
_PATIENCE: Final = 30
_SOFTWARE: Final[Mapping[Runs, Callable[[RouterSpec, Path], Software]]] = {"frr": Frr, "bird": Bird, "gobgp": Gobgp}


@dataclass(slots=True)
class Router:
    """A router of a lab, in a namespace that has its addresses already. It can be started again after it ended."""

    spec: RouterSpec
    namespace: Namespace
    directory: Path
    #: The running programs, by the name of each.
    _parts: dict[str, Part] = field(default_factory=dict)
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
        self._parts = {}
        what = f"router {self.name} ({self.spec.runs})"
        software = self._software()
        logs = {}
        for program in software.programs(self.directory):
            if program.after is not None:
                until(program.after.exists, bool, f"{what} has {program.after}", seconds=_PATIENCE, alive=self.check)
            log = self.directory / f"{program.name}.log"
            logs[log] = log.stat().st_size if log.exists() else 0
            name = f"router {self.name} ({program.name})"
            self._parts[program.name] = Part(name, self.namespace.inside(*program.command), log)

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

    @property
    def pids(self) -> dict[str, int]:
        """The process of each daemon, by the daemon's name."""
        return {name: part.pid for name, part in self._parts.items()}

    def check(self) -> None:
        """Raises `PartDiedError` when a daemon ended and nobody asked it to."""
        for part in self._parts.values():
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

    def log_updates(self, file: Path) -> None:
        """From now on each update that the router gets is written into a file, in its own words. FRR alone does."""

        def log(software: Software) -> None:
            if not isinstance(software, Frr):
                raise RouterError(f"{self.spec.runs} does not tell of its updates")
            software.log_updates(file)

        self._read(log)

    def how_to_look(self) -> tuple[str, ...]:
        """Commands that a person can type while the router runs."""
        routes = [f"ip {family}-n {self.namespace.name} route" for family in ("", "-6 ")]
        return (*self._software().looks(), *(routes if self.spec.runs != "gobgp" else ()))

    def _software(self) -> Software:
        if self._home is None:
            raise RouterError(f"router {self.name} is not started")
        return _SOFTWARE[self.spec.runs](self.spec, self._home)

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
        for part in reversed(self._parts.values()):
            how(part)
        if self._home is not None:
            shutil.rmtree(self._home)
            self._home = None
