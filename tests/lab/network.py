"""The lab's own network: namespaces as hosts, bridges as switches, veth pairs as cables.

Promises: nothing of it is in the machine's own namespace, so that labs collide neither with each other nor with what
the machine does. Whoever has an address in a subnet is plugged into that subnet's switch: a scenario names addresses
and no cables. Closing deletes every namespace; `sweep` deletes those whose owner was killed before it could.

Left out: packets of Services. There is no eBPF here; what a node announces is looked at, not answered.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from pathlib import Path
from typing import Final

Interface = IPv4Interface | IPv6Interface
Subnet = IPv4Network | IPv6Network

#: Names of our namespaces: this, the owner's process id, a number for the lab, what it is.
_MARK: Final = "cnlab"
#: Not $TMPDIR, which may be long.
_SCRATCH: Final = Path("/tmp")  # noqa: S108 - mkdtemp makes it private
_numbers: Final = itertools.count(1)


class NetworkError(RuntimeError):
    """The kernel or `ip` refused; the text is what it said."""


def _ip(*arguments: str) -> str:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NetworkError(f"`ip {' '.join(arguments)}`: {done.stderr.strip()}")
    return done.stdout


@dataclass(frozen=True, slots=True)
class Namespace:
    """One host of a lab. `name` is what `ip netns` calls it."""

    name: str

    def inside(self, *command: str) -> list[str]:
        """The command that runs `command` on this host."""
        return ["ip", "netns", "exec", self.name, *command]


class Network:
    """All hosts and switches of one lab. A network that joins another one plugs its hosts into the other's switches."""

    def __init__(self, *, beside: Network | None = None) -> None:
        self._prefix = f"{_MARK}-{os.getpid()}-{next(_numbers)}"
        self._made: list[Namespace] = []
        self._cables: Iterator[int] = beside._cables if beside else itertools.count(1)
        self._switches: dict[Subnet, str] = beside._switches if beside else {}
        self._wires: Namespace = beside._wires if beside else self.host("wires")

    def host(self, name: str) -> Namespace:
        namespace = Namespace(f"{self._prefix}-{name}")
        _ip("netns", "add", namespace.name)
        self._made.append(namespace)
        _ip("-n", namespace.name, "link", "set", "lo", "up")
        return namespace

    def plug(self, host: Namespace, interface: str, addresses: Sequence[Interface]) -> None:
        """Give the host an interface with these addresses, on the switch of their subnets."""
        self.lay([addresses])
        switch = self._switches[addresses[0].network]
        port = f"port{next(self._cables)}"
        _ip(
            "-n",
            host.name,
            "link",
            "add",
            "name",
            interface,
            "type",
            "veth",
            "peer",
            "name",
            port,
            "netns",
            self._wires.name,
        )
        _ip("-n", self._wires.name, "link", "set", "dev", port, "master", switch, "up")
        for address in addresses:
            # An address that waits for duplicate detection cannot be bound; nobody else is here to have it.
            late = ["nodad"] if address.version == 6 else []
            _ip("-n", host.name, "addr", "add", str(address), "dev", interface, *late)
        _ip("-n", host.name, "link", "set", "dev", interface, "up")

    def lay(self, interfaces: Iterable[Sequence[Interface]]) -> None:
        """Make the switches for all these interfaces: an interface with two subnets makes one segment of them.

        Raises `NetworkError` where that would join two switches that are there already.
        """
        groups: list[set[Subnet]] = []
        for addresses in interfaces:
            group = {address.network for address in addresses}
            joined = [other for other in groups if other & group]
            groups = [other for other in groups if not other & group] + [group.union(*joined)]
        for group in groups:
            known = {self._switches[subnet] for subnet in group if subnet in self._switches}
            if len(known) > 1:
                raise NetworkError(
                    f"{', '.join(map(str, sorted(group, key=str)))} are on switches of their own already"
                )
            self._switches.update(dict.fromkeys(group, known.pop() if known else self._new_switch()))

    def _new_switch(self) -> str:
        name = f"switch{len(set(self._switches.values())) + 1}"
        _ip("-n", self._wires.name, "link", "add", "name", name, "type", "bridge")
        _ip("-n", self._wires.name, "link", "set", "dev", name, "up")
        return name

    def cut(self, host: Namespace, interface: str) -> None:
        """Pull the cable: the interface is there and has no carrier's way out."""
        _ip("-n", host.name, "link", "set", "dev", interface, "down")

    def close(self) -> None:
        for namespace in reversed(self._made):
            _delete(namespace.name)
        self._made.clear()


def _delete(name: str) -> None:
    """End what still runs in a namespace of ours, and delete it."""
    for pid in _ip("netns", "pids", name).split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    _ip("netns", "delete", name)


def scratch() -> Path:
    """A new directory under a short path, since a socket's may have 107 characters; `sweep` knows whose it is."""
    return Path(tempfile.mkdtemp(prefix=f"{_MARK}-{os.getpid()}-", dir=_SCRATCH))


def sweep() -> list[str]:
    """Delete what labs left whose owner was killed: namespaces with what runs in them, directories; their names."""
    namespaces = [line.split()[0] for line in _ip("netns", "list").splitlines()]
    gone = [name for name in namespaces if _orphaned(name)]
    for name in gone:
        _delete(name)
    for directory in _SCRATCH.glob(f"{_MARK}-*"):
        if _orphaned(directory.name):
            shutil.rmtree(directory)
            gone.append(directory.name)
    return gone


def _orphaned(name: str) -> bool:
    """Whether a name is one of ours and its owner is gone."""
    mark, _, rest = name.partition("-")
    owner = rest.partition("-")[0]
    return mark == _MARK and owner.isdigit() and not Path("/proc", owner).exists()


def free_subnet(taken: Sequence[Subnet]) -> IPv4Network:
    """A /24 for the lab's own management that none of `taken` overlaps, out of the documentation ranges of RFC 5737."""
    candidates = [IPv4Network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
    free = [
        one for one in candidates if not any(one.version == other.version and one.overlaps(other) for other in taken)
    ]
    if not free:
        raise NetworkError("the scenario uses all three documentation ranges: leave one to the lab's management")
    return free[0]
