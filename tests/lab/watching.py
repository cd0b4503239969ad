"""A watcher: whether any Service lost an address, or any router a route, at any moment between two looks.

Why: that a cluster is at its end as it was at its beginning says nothing of the minutes between. A pool that is deleted
and put back at once leaves the same state, and an outage.

Promises: nothing is polled. Addresses come from one watch of the API server, which tells every change of a Service, in
order. Routes come from the router itself: FRR writes down every update that it is sent, and the kernel tells every
change of its table, so that a session that only breaks off is seen too. `seen` answers when all that happened before it
was asked has arrived; a watch that died is an error and not a quiet one.

Left out: routers other than FRR, of which one is an error. And what has not reached the router yet: who says that
nothing was lost makes a Service last of all, and waits for its route from every node.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from lab.laboratory import PATIENCE, Lab
from lab.leases import short_name
from lab.parts import Part
from lab.software import ask
from lab.waiting import NeverSeenError, until

#: Puts the time before each line that it reads.
_CLOCK: Final = 'import sys, time\nfor line in sys.stdin: print(time.time(), line, end="", flush=True)'
#: All Services as they are, then every change; the server ends a watch by itself after half an hour, unless it is told.
_SERVICES: Final = "/api/v1/services?watch=true&timeoutSeconds=86400"
#: A table of the kernel that nobody routes by, and addresses (RFC 2544) for it: marks in the stream of its changes.
_TABLE: Final = ("table", "4242")
_FIRST_MARK: Final = ip_address("198.18.0.0")

#: FRR 8.4: bgpd/bgp_route.c, bgp_withdraw; bgpd/bgp_fsm.c, bgp_fsm_change_status.
_WITHDRAWN: Final = re.compile(
    r"^(\S+ \S+) BGP: \S+ ([0-9a-f.:]+)\(.*\) rcvd UPDATE about (\S+) .*-- withdrawn", re.MULTILINE
)
_DOWN: Final = re.compile(r"^(\S+ \S+) BGP: \S+ %ADJCHANGE: neighbor ([0-9a-f.:]+)\(.*\) .* Down ", re.MULTILINE)
#: iproute2, ip -ts monitor: a route of BGP that has no way left.
_DELETED: Final = re.compile(r"^\[(\S+)\] Deleted (\S+) .*proto bgp", re.MULTILINE)
_numbers: Final = count(1)


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """A Service that lost an address. `at` is in seconds since the watch began, here and below."""

    at: float
    service: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Withdrawal:
    """A prefix that a node took back from a router, which may have it from others still."""

    at: float
    router: str
    prefix: str
    node: str


@dataclass(frozen=True, slots=True, order=True)
class Break:
    """A session of a router that ended."""

    at: float
    router: str
    node: str


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """A prefix to which a router had no way any more: its packets were dropped."""

    at: float
    router: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Seen:
    """All that was lost while somebody watched, also what came back."""

    changes: tuple[Change, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    breaks: tuple[Break, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def lost(self) -> dict[str, set[str]]:
        """The addresses that each Service lost, by its name."""
        found: dict[str, set[str]] = defaultdict(set)
        for change in self.changes:
            found[change.service] |= set(change.before) - set(change.after)
        return dict(found)

    @property
    def withdrawn(self) -> dict[str, set[str]]:
        """The nodes that took each prefix back, from whichever router."""
        found: dict[str, set[str]] = defaultdict(set)
        for one in self.withdrawals:
            found[one.prefix].add(one.node)
        return dict(found)

    @property
    def unreachable(self) -> set[str]:
        """The prefixes to which a router had no way any more."""
        return {gap.prefix for gap in self.gaps}


NOTHING: Final = Seen()


class Watcher:
    """Watches a lab from `with` to its end, and may be asked at any time, also afterwards."""

    def __init__(self, lab: Lab) -> None:
        if others := [name for name, router in lab.routers.items() if router.spec.runs != "frr"]:
            raise ValueError(f"only FRR tells of every update that it gets, and {', '.join(others)} is none")
        self._lab = lab
        self._number = next(_numbers)
        self._marks = count(1)
        self._parts: list[Part] = []
        self._result: Seen | None = None

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._stop()
            raise
        return self

    def _open(self) -> None:
        self._begin = time.time()
        plane = self._lab.control_plane
        watch = shlex.join(["kubectl", f"--kubeconfig={plane.kubeconfig}", "get", "--raw", _SERVICES])
        clock = shlex.join([sys.executable, "-c", _CLOCK])
        self._start("services", plane.host.inside("sh", "-c", f"{watch} | {clock}"))
        for name, router in self._lab.routers.items():
            self._file(f"updates-{name}").touch()
            router.log_updates(self._file(f"updates-{name}"))
            self._start(f"kernel-{name}", router.namespace.inside("ip", "-ts", "monitor", "route"))
        self._arrive()

    def _stop(self) -> None:
        for part in self._parts:
            part.stop()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._result = self.seen()
        finally:
            self._stop()

    def seen(self) -> Seen:
        """What was lost so far. Raises `PartDiedError` when one of the watches ended by itself."""
        if self._result is not None:
            return self._result
        self._arrive()
        routers = self._lab.routers
        return Seen(
            changes=tuple(self._changes()),
            withdrawals=tuple(sorted(one for name in routers for one in self._withdrawals(name))),
            breaks=tuple(sorted(one for name in routers for one in self._breaks(name))),
            gaps=tuple(sorted(one for name in routers for one in self._gaps(name))),
        )

    # ------------------------------------------------------------------------------------------ streams

    def _file(self, name: str) -> Path:
        return self._lab.logs / f"watch-{self._number}-{name}"

    def _start(self, name: str, command: list[str]) -> None:
        file = self._file(name)
        self._parts.append(Part(f"the watch {file.name}", command, file.with_suffix(".log"), output=file))

    def _read(self, name: str) -> str:
        """All that a watch has written. A line that is not written to its end yet is not read."""
        return self._file(name).read_text().rpartition("\n")[0] + "\n"

    def _check(self) -> None:
        self._lab.check()
        for part in self._parts:
            part.check()

    def _arrive(self) -> None:
        """Returns when all that happened until now stands in the files: what is put in last comes out last."""
        number = next(self._marks)
        service, route = f"watch-{self._number}-{number}", ("blackhole", str(_FIRST_MARK + number))
        self._lab.service(service, spec={"type": "ClusterIP"})
        for router in self._lab.routers.values():
            ask("ip", "-n", router.namespace.name, "route", "add", *route, *_TABLE)
            router.sessions()  # what bgpd has logged is in the file by the time that it answers a question
        self._wait("services", service)
        for name, router in self._lab.routers.items():
            self._wait(f"kernel-{name}", " ".join(route) + " ")
            ask("ip", "-n", router.namespace.name, "route", "delete", *route, *_TABLE)
        self._lab.kubectl("delete", "service", service)

    def _wait(self, name: str, mark: str) -> None:
        what = f"{mark} in the watch {name}"
        until(lambda: mark in self._read(name), bool, what, seconds=PATIENCE, alive=self._check)

    # ------------------------------------------------------------------------------------------ what they say

    def _changes(self) -> Iterator[Change]:
        """Each change that took an address from a Service, in the order of the API server."""
        known: dict[str, tuple[str, ...]] = {}
        for line in self._read("services").splitlines():
            at, _, text = line.partition(" ")
            event = json.loads(text)
            if event["type"] not in {"ADDED", "MODIFIED", "DELETED"}:
                raise NeverSeenError(f"the watch of Services says {text}")
            service = event["object"]
            name = short_name(service)
            given = () if event["type"] == "DELETED" else service["status"].get("loadBalancer", {}).get("ingress", ())
            before, after = known.get(name, ()), tuple(one["ip"] for one in given)
            if set(before) - set(after):
                yield Change(self._since(float(at)), name, before, after)
            known[name] = after

    def _withdrawals(self, router: str) -> Iterator[Withdrawal]:
        for at, peer, prefix in _WITHDRAWN.findall(self._read(f"updates-{router}")):
            yield Withdrawal(self._since(_seconds(at)), router, str(ip_network(prefix)), self._node(peer))

    def _breaks(self, router: str) -> Iterator[Break]:
        for at, peer in _DOWN.findall(self._read(f"updates-{router}")):
            yield Break(self._since(_seconds(at)), router, self._node(peer))

    def _gaps(self, router: str) -> Iterator[Gap]:
        for at, prefix in _DELETED.findall(self._read(f"kernel-{router}")):
            yield Gap(self._since(_seconds(at)), router, str(ip_network(prefix)))

    def _node(self, address: str) -> str:
        return self._lab.node_names().get(address, address)

    def _since(self, at: float) -> float:
        return round(at - self._begin, 3)


def _seconds(text: str) -> float:
    """The time that FRR and iproute2 write, in the machine's own zone."""
    return datetime.fromisoformat(text.replace("/", "-")).timestamp()
