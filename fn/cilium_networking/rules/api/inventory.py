"""CN5xx: the inventory, on which other rules stand: its own form, and whether it agrees with itself and the nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...addressing import Spans
from ...fabric import Spot
from ...fabric.inventory import inventory_schema
from ...kinds import check
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...addressing import Address, Cidr, Range
    from ...fabric import Inventory


def unreadable_fact(case: Case) -> Iterator[Said]:
    """A field of the inventory is not what it takes

    Why: What the inventory says is compared with pools, policies and peers. A misspelled field or an address that is
    none would leave those checks out without anybody knowing.

    Source: The schema of `NetworkInventory`, docs/networkinventory.schema.json.

    Bad::

        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: bioskop
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          networks:
          - name: lan
            cidr: 10.80.0.0/20
            gatway: 10.80.0.1

    Good::

        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: bioskop
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          networks:
          - name: lan
            cidr: 10.80.0.0/20
            gateway: 10.80.0.1
    """
    for inventory in case.cluster.inventories:
        resource = inventory.spot.resource
        for problem in check(resource.root, inventory_schema(), allow_placeholders=True):
            yield Said(Spot(resource, problem.path), problem.message, problem.current, problem.proposed)
        for one in inventory.wrong:
            yield Said(one.spot, one.wrong.about(one.text), one.text, one.wrong.proposed)


def contradicting_facts(case: Case) -> Iterator[Said]:
    """The inventory contradicts itself, the nodes, or another inventory

    Why: A gateway outside of its network, an address on two nodes or a node that the cluster knows by another address
    is a slip of the pen, and every rule that relies on it judges a network that does not exist. Of two inventories in
    one cluster only the first counts.

    Source: What a network is: RFC 4632 for prefixes, RFC 2131 for what a DHCP server gives out.

    Bad::

        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: bioskop
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          networks:
          - name: lan
            cidr: 10.80.0.0/20
            gateway: 10.81.0.1

    Good::

        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: bioskop
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          networks:
          - name: lan
            cidr: 10.80.0.0/20
            gateway: 10.80.0.1
    """
    first = case.cluster.inventory
    for other in case.cluster.inventories[1:]:
        message = f"the first inventory of a cluster alone counts, {case.cluster.inventories[0].spot}: join the two"
        yield Said(other.spot, message)
    for inventory in case.cluster.inventories:
        yield from _outside(inventory)
        yield from _overlaps(inventory)
        yield from _machines(inventory)
    if first is not None:
        yield from _nodes(case, first)


def _outside(inventory: Inventory) -> Iterator[Said]:
    """A gateway, a DHCP range or a reserved range that is not in the network that it is written under."""
    networks = {network.spot.path: network for network in inventory.networks}
    for taken in inventory.taken:
        network = networks.get(taken.spot.path[:3])
        if network is None or (taken.range.first in network.cidr and taken.range.last in network.cidr):
            continue
        message = f"{taken.what}, `{_short(taken.range)}`, is not in that network, which is {network.cidr}"
        yield Said(taken.spot, message, _short(taken.range))


def _overlaps(inventory: Inventory) -> Iterator[Said]:
    """Two networks that share addresses, of whatever kind they are."""
    every: list[tuple[Spot, Cidr, str]] = [(one.spot, one.cidr, f"network {one.name}") for one in inventory.networks]
    every += [(spot, cidr, "the network of Pods") for spot, cidr in inventory.pods]
    every += [(spot, cidr, "the network of ClusterIPs") for spot, cidr in inventory.services]
    every.sort(key=lambda one: (one[1].network, one[1].prefix))
    outer: tuple[Spot, Cidr, str] | None = None
    for spot, cidr, what in every:
        # Networks nest or are apart, so the last one that is not inside another holds all that overlaps.
        if outer is None or cidr.network not in outer[1]:
            outer = (spot, cidr, what)
            continue
        message = f"{what}, {cidr}, and {outer[2]}, {outer[1]}, have addresses in common: each needs its own"
        yield Said(spot, message, str(cidr))


def _machines(inventory: Inventory) -> Iterator[Said]:
    """Addresses of nodes: in a network, with its length, and nobody else's."""
    owners: dict[Address, str] = {}
    routers = {router.address: router for router in inventory.routers if router.address is not None}
    spans = Spans((one.cidr.all, one) for one in inventory.networks)
    families = {one.cidr.family for one in inventory.networks}
    for machine in inventory.machines:
        for interface in machine.interfaces:
            for address in interface.addresses:
                if address.link_local:
                    continue
                here = f"{address} of node {machine.name}"
                owner = owners.setdefault(address, machine.name)
                if owner != machine.name:
                    yield Said(interface.spot.at("addresses"), f"{here} is also an address of node {owner}")
                if address in routers:
                    router = routers[address]
                    yield Said(interface.spot.at("addresses"), f"{here} is also the address of router {router.name}")
                if address.family in families and spans.holding(address) is None:
                    message = f"{here} is in none of the networks: add its network, or correct the address"
                    yield Said(interface.spot.at("addresses"), message)
            for network in interface.networks:
                found = spans.holding(network.network)
                if found is not None and found[1].cidr != network:
                    other = found[1]
                    message = (
                        f"interface {interface.name} of node {machine.name} is in {network}, and network "
                        f"{other.name} is {other.cidr}: one of the two lengths is wrong"
                    )
                    yield Said(interface.spot.at("addresses"), message)


def _nodes(case: Case, inventory: Inventory) -> Iterator[Said]:
    """What the cluster's own nodes say against the inventory."""
    machines = {machine.name: machine for machine in inventory.machines}
    pods = Spans((cidr.all, cidr) for _, cidr in inventory.pods)
    families = {cidr.family for _, cidr in inventory.pods}
    for node in case.cluster.nodes:
        machine = machines.get(node.name)
        known = {address for one in machine.interfaces for address in one.addresses} if machine is not None else set()
        known_families = {address.family for address in known}
        for address in node.addresses:
            if machine is not None and address not in known and address.family in known_families:
                message = f"node {node.name} has no such address as {node.spot} says it has: {address}"
                yield Said(machine.spot.at("interfaces"), message)
        for network in node.pods:
            if network.family in families and pods.holding(network.network) is None:
                message = f"{node.spot} has Pods in {network}, and `podCIDRs` does not hold that"
                yield Said(inventory.spot.at("spec", "podCIDRs"), message)
                break


def _short(span: Range) -> str:
    return str(span.first) if span.size == 1 else str(span)


RULES: Final = (
    Rule("CN509", "error", unreadable_fact),
    Rule("CN510", "warning", contradicting_facts),
)
