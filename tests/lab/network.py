"""The lab's own network: namespaces as hosts, bridges as switches, veth pairs as cables.

Promises: nothing of it is in the machine's own namespace, so that labs collide neither with each other nor with what
the machine does. Whoever has an address in a subnet is plugged into that subnet's switch: a scenario names addresses
and no cables. Closing deletes every namespace; for one that is killed before it can there is lab.leftovers.

Left out: packets of Services. There is no eBPF here; what a node announces is looked at, not answered.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from typing import Final

Interface = IPv4Interface | IPv6Interface
Subnet = IPv4Network | IPv6Network

#: Names of our namespaces: this, the owner's process id, a number for the lab, what it is.
MARK: Final = "cnlab"
#: The hosts of the lab's own, of the switches and of the control plane: no scenario has one of these names.
RACK: Final = "switches"
CONTROL: Final = "control"
#: The interface by which a node reaches the API server. Cilium does not manage it.
MANAGEMENT: Final = "mgmt0"
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

    def rename(self, interface: str, name: str) -> None:
        """Give an interface another name. It is down for a moment, as it has to be."""
        _ip("-n", self.name, "link", "set", "dev", interface, "down")
        _ip("-n", self.name, "link", "set", "dev", interface, "name", name)
        _ip("-n", self.name, "link", "set", "dev", name, "up")

    def delete(self) -> None:
        """End what still runs in it, and delete it."""
        for pid in _ip("netns", "pids", self.name).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        _ip("netns", "delete", self.name)


def namespaces() -> list[Namespace]:
    """Every namespace of this machine that has a name, those of others too."""
    return [Namespace(line.split()[0]) for line in _ip("netns", "list").splitlines()]


class Network:
    """All hosts and switches of one lab. A network that joins another one plugs its hosts into the other's switches."""

    def __init__(self, *, beside: Network | None = None) -> None:
        self._prefix = f"{MARK}-{os.getpid()}-{next(_numbers)}"
        self._made: list[Namespace] = []
        self._cables: Iterator[int] = beside._cables if beside else itertools.count(1)
        self._switches: dict[Subnet, str] = beside._switches if beside else {}
        self._rack: Namespace = beside._rack if beside else self.host(RACK)

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
        here, there = ("name", interface), ("name", port, "netns", self._rack.name)
        _ip("-n", host.name, "link", "add", *here, "type", "veth", "peer", *there)
        _ip("-n", self._rack.name, "link", "set", "dev", port, "master", switch, "up")
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
        _ip("-n", self._rack.name, "link", "add", "name", name, "type", "bridge")
        _ip("-n", self._rack.name, "link", "set", "dev", name, "up")
        return name

    def close(self) -> None:
        for namespace in reversed(self._made):
            namespace.delete()
        self._made.clear()


def free_subnet(taken: Sequence[Subnet]) -> IPv4Network:
    """A /24 for the lab's own management that none of `taken` overlaps, out of the documentation ranges of RFC 5737."""
    candidates = [IPv4Network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
    free = [
        one for one in candidates if not any(one.version == other.version and one.overlaps(other) for other in taken)
    ]
    if not free:
        raise NetworkError("the scenario uses all three documentation ranges: leave one to the lab's management")
    return free[0]
