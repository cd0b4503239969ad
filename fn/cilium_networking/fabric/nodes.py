"""Machines of a cluster, as far as resources tell of them: Node and CiliumNode objects.

Cilium evaluates node selectors on CiliumNodes, whose labels are those of the Nodes; one of either kind is enough here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..addressing import Address, Cidr, parse_address, parse_cidr
from ..records import dataclass
from ..resources import Resource
from .spot import Spot, below, members, text, texts, words


@dataclass(frozen=True, slots=True)
class Node:
    """A node by its name; ``addresses`` are its InternalIPs, ``pods`` its networks for Pods."""

    spot: Spot
    name: str
    labels: Mapping[str, str]
    addresses: tuple[Address, ...]
    pods: tuple[Cidr, ...]


def read_node(resource: Resource, data: Any) -> Node:
    """A Node or a CiliumNode."""
    said = [
        text(each, "address") or text(each, "ip")
        for where in (("status", "addresses"), ("spec", "addresses"))
        for _, each in members(data, *where)
        if below(each, "type") == "InternalIP"
    ]
    networks = texts(data, "spec", "podCIDRs") or texts(data, "spec", "ipam", "podCIDRs") or ()
    addresses = (parse_address(one) for one in said if one)
    pods = (parse_cidr(one) for one in networks)
    return Node(
        spot=Spot(resource),
        name=resource.name,
        labels=words(data, "metadata", "labels"),
        addresses=tuple(one for one in addresses if isinstance(one, Address)),
        pods=tuple(one for one in pods if isinstance(one, Cidr)),
    )
