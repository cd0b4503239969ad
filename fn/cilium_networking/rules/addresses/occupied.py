"""CN111: pools over addresses that somebody else has.

Nodes are known from Node objects and the inventory, BGP peers from cluster configs, everything else from the inventory
alone.

Left out: whether anybody would hear of an address in a pool; that is L2's and BGP's.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeVar

from ...addressing import Range, Spans
from ...records import dataclass
from ..rule import Case, Rule, Said
from .overlaps import shared

if TYPE_CHECKING:
    from ...fabric import Block, Pool
    from ...fabric.inventory import Network, Taken
    from ...resources import Severity

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whoever has addresses: ``text`` names him and where that stands. Nodes are told together."""

    range: Range
    text: str
    node: bool = False
    severity: Severity | None = None


def address_of_another(case: Case) -> Iterator[Said]:
    """A pool holds an address that somebody else has

    Why: A Service may be given the address of a node, a router, a BGP peer, the API server or a DHCP client. Two answer
    for it then, or Cilium takes the node's own traffic for the Service's: with a router's address the whole segment
    loses its way out. The pools most often copied, a node network as a whole, do exactly this.

    Source: addresses of Node objects, of BGP cluster configs, and of the inventory.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
        ---
        apiVersion: v1
        kind: Node
        metadata:
          name: node-a
        status:
          addresses:
          - type: InternalIP
            address: 10.80.8.141

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
        ---
        apiVersion: v1
        kind: Node
        metadata:
          name: node-a
        status:
          addresses:
          - type: InternalIP
            address: 10.80.0.11
    """
    owners = _Owners(_having(case))
    inventory = case.cluster.inventory
    networks = Spans((one.cidr.all, (i, one)) for i, one in enumerate(inventory.networks if inventory else ()))
    for _, block, given in given_out(case):
        met = owners.meeting(given)
        nodes = [one for one in met if one.node]
        for one in [*(each for each in met if not each.node), *nodes[:1]]:
            more = f" (and {len(nodes) - 1} more of nodes)" if one.node and len(nodes) > 1 else ""
            message = (
                f"`{block.words}` holds {shared(given, one.range)}, {one.text}{more}: "
                "leave it out, or a Service may be given it"
            )
            yield Said(block.spot, message, block.words, severity=one.severity)
        for network in _in_order(networks.every(given)) if not met else ():
            if _covers(given, network):
                message = (
                    f"`{block.words}` holds all of network {network.name} in {network.spot}: "
                    "a Service may be given the address of whatever is there"
                )
                yield Said(block.spot, message, block.words)


def given_out(case: Case) -> Iterator[tuple[Pool, Block, Range]]:
    """What each block of a pool that is not disabled may give out."""
    for pool in case.cluster.pools:
        for block in pool.blocks if not pool.disabled else ():
            given = pool.gives(block, case.cluster.minor)
            if given is not None:
                yield pool, block, given


def _having(case: Case) -> Iterator[_Owner]:
    """Who has which addresses; of several for one address the first is told."""
    cluster = case.cluster
    inventory = cluster.inventory
    asked = {request.address for service in cluster.services for request in service.requests}
    for taken in inventory.taken if inventory else ():
        if not reserved(taken):
            # An address of the API server's that a Service asks for is most likely that Service's.
            ours = taken.spot.path[:2] == ("spec", "apiServer") and taken.range.first in asked
            severity: Severity | None = "warning" if ours else None
            yield _Owner(taken.range, f"{taken.what} in {taken.spot}", severity=severity)
    for network in inventory.networks if inventory else ():
        if network.cidr.usable != network.cidr.all and network.cidr.family == 4:
            first, last = network.cidr.all.first, network.cidr.all.last
            yield _Owner(Range(first, first), f"the address of network {network.name} itself in {network.spot}")
            yield _Owner(Range(last, last), f"the broadcast address of network {network.name} in {network.spot}")
    for router in inventory.routers if inventory else ():
        if router.address is not None:
            yield _Owner(Range(router.address, router.address), f"an address of router {router.name} in {router.spot}")
    for config, _, peer in cluster.peers():
        if peer.ip is not None:
            yield _Owner(Range(peer.ip, peer.ip), f"the address of BGP peer {peer.name} in {config.spot}")
    for node in cluster.machines.nodes:
        for address in dict.fromkeys(node.addresses):
            text = f"an address of node {node.name} in {node.spot}"
            yield _Owner(Range(address, address), text, node=True)


def reserved(taken: Taken) -> bool:
    """Whether the inventory keeps it for something that may well be a Service."""
    return "reserved" in taken.spot.path


class _Owners:
    """Owners by address: those of ranges in the order in which they are known, then those of single addresses."""

    def __init__(self, owners: Iterator[_Owner]) -> None:
        wide: list[_Owner] = []
        single: dict[tuple[int, int], _Owner] = {}
        for one in owners:
            if one.range.size > 1:
                wide.append(one)
            else:
                single.setdefault((one.range.family, one.range.first.value), one)
        self._wide = Spans((one.range, (place, one)) for place, one in enumerate(wide))
        self._keys = sorted(single)
        self._single = [single[key] for key in self._keys]

    def meeting(self, given: Range) -> list[_Owner]:
        first = bisect_left(self._keys, (given.family, given.first.value))
        last = bisect_right(self._keys, (given.family, given.last.value))
        return [*_in_order(self._wide.every(given)), *self._single[first:last]]


def _in_order(met: Iterator[tuple[Range, tuple[int, T]]]) -> list[T]:
    """What meets a block, in the order in which it is known."""
    return [one for _, one in sorted((numbered for _, numbered in met), key=lambda each: each[0])]


def _covers(given: Range, network: Network) -> bool:
    usable = network.cidr.usable
    return usable.size > 1 and usable.first in given and usable.last in given


RULES: Final = (Rule("CN111", "error", address_of_another),)
