"""What resources cannot say about a network: the typed ``NetworkInventory``, a file beside the package.

::

    apiVersion: fn.kpt.dev/v1alpha1
    kind: NetworkInventory
    metadata:
      name: bioskop
      annotations:
        config.kubernetes.io/local-config: "true"
    spec:
      mesh: home
      podCIDRs: [10.42.0.0/16]
      serviceCIDRs: [10.43.0.0/16]
      apiServer: [10.80.0.5]
      networks:
      - name: lan
        cidr: 10.80.0.0/20
        gateway: 10.80.0.1
        dhcp: [10.80.1.0-10.80.1.255]
        reserved:
        - {addresses: 10.80.8.150, for: the shared Gateway}
      nodes:
      - name: node-a
        labels: {node-role.kubernetes.io/control-plane: "true"}
        interfaces:
        - {name: vmnet0, addresses: [10.80.0.11/20]}
      routers:
      - {name: gateway, address: 10.80.0.1, asn: 65000}

Promises: every fact knows its line; what is not said is not known, and no default stands in for it. Clusters whose
inventories name the same network by the same ``name`` and ``cidr`` share it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from ..addressing import HOST_BITS, Address, Cidr, Range, Wrong, parse_address, parse_cidr, range_of
from ..kinds import Schema
from ..records import dataclass
from ..resources import Resource
from .spot import Spot, below, is_open, members, number, text, texts, words

API_VERSION: Final = "fn.kpt.dev/v1alpha1"
KIND: Final = "NetworkInventory"


@dataclass(frozen=True, slots=True)
class Taken:
    """Addresses that somebody else has, and who: ``the gateway of network lan``."""

    spot: Spot
    range: Range
    what: str


@dataclass(frozen=True, slots=True)
class Network:
    """A segment: who has an address in it hears ARP and NDP of all others."""

    spot: Spot
    name: str
    cidr: Cidr


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface of a node; the addresses have their network's length."""

    spot: Spot
    name: str
    addresses: tuple[Address, ...]
    networks: tuple[Cidr, ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """A node as the inventory has it. ``labels`` is ``None`` where nobody says."""

    spot: Spot
    name: str
    labels: Mapping[str, str] | None
    interfaces: tuple[Interface, ...]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A router that nodes may peer with."""

    spot: Spot
    name: str
    address: Address | None
    asn: int | None


@dataclass(frozen=True, slots=True)
class Wronged:
    """A text of the inventory that is not what its field takes."""

    spot: Spot
    text: str
    wrong: Wrong


@dataclass(frozen=True, slots=True)
class Inventory:
    """What is known beyond the resources. An empty tuple is: nobody said."""

    spot: Spot
    name: str
    #: The ClusterMesh that the cluster is in; ``None`` where nobody says.
    mesh: str | None
    pods: tuple[tuple[Spot, Cidr], ...]
    services: tuple[tuple[Spot, Cidr], ...]
    networks: tuple[Network, ...]
    machines: tuple[Machine, ...]
    routers: tuple[Neighbour, ...]
    #: API server, gateways, DHCP, reserved: whatever no pool may give out.
    taken: tuple[Taken, ...]
    wrong: tuple[Wronged, ...]


def read_inventory(resource: Resource, data: Any) -> Inventory:
    """The facts that can be read; the texts that cannot are in ``wrong``."""
    return _Reading(Spot(resource)).inventory(resource.name, data)


class _Reading:
    """Texts to facts, keeping what is none."""

    def __init__(self, spot: Spot) -> None:
        self.spot = spot
        self.wrong: list[Wronged] = []

    def inventory(self, name: str, data: Any) -> Inventory:
        networks = list(self._networks(data))
        taken = [one for network, several in networks for one in several]
        taken += self._plain(data, "apiServer", "the API server's address")
        return Inventory(
            spot=self.spot,
            name=name,
            mesh=text(data, "spec", "mesh"),
            pods=tuple(self._cidrs(data, "podCIDRs")),
            services=tuple(self._cidrs(data, "serviceCIDRs")),
            networks=tuple(network for network, _ in networks if network is not None),
            machines=tuple(self._machines(data)),
            routers=tuple(self._routers(data)),
            taken=tuple(taken),
            wrong=tuple(self.wrong),
        )

    def _cidrs(self, data: Any, key: str) -> Iterator[tuple[Spot, Cidr]]:
        for i, said in enumerate(texts(data, "spec", key) or ()):
            spot = self.spot.at("spec", key, i)
            found = self._judged(spot, said, parse_cidr(said))
            if found is not None:
                yield spot, found

    def _networks(self, data: Any) -> Iterator[tuple[Network | None, list[Taken]]]:
        for i, each in members(data, "spec", "networks"):
            spot = self.spot.at("spec", "networks", i)
            name = text(each, "name") or ""
            cidr = text(each, "cidr")
            found = self._judged(spot.at("cidr"), cidr, parse_cidr(cidr)) if cidr else None
            taken = [*self._ranges(each, spot, "gateway", f"the gateway of network {name}")]
            taken += self._ranges(each, spot, "dhcp", f"the DHCP range of network {name}")
            for j, reserved in members(each, "reserved"):
                purpose = text(reserved, "for") or "something else"
                taken += self._ranges(reserved, spot.at("reserved", j), "addresses", f"what is reserved for {purpose}")
            yield (Network(spot, name, found) if found is not None else None), taken

    def _plain(self, data: Any, key: str, what: str) -> Iterator[Taken]:
        return self._ranges(data.get("spec") if isinstance(data, dict) else None, self.spot.at("spec"), key, what)

    def _ranges(self, data: Any, spot: Spot, key: str, what: str) -> Iterator[Taken]:
        """One text or a list of them: an address, a network, or two addresses with a dash between."""
        one = text(data, key)
        self._no_text(below(data, key), spot.at(key))
        for i, said in enumerate(texts(data, key) or ((one,) if one else ())):
            here = spot.at(key) if one else spot.at(key, i)
            found = self._judged(here, said, parse_range(said))
            if found is not None:
                yield Taken(here, found, what)

    def _no_text(self, value: Any, spot: Spot) -> None:
        """Keeps what is neither a text nor a list of texts: the schema takes both, and so cannot say it."""
        for i, one in enumerate(value) if isinstance(value, list) else ((None, value),):
            if one is not None and not isinstance(one, str):
                here = spot if i is None else spot.at(i)
                self.wrong.append(Wronged(here, str(one), Wrong("is no text of an address, a network or a range")))

    def _machines(self, data: Any) -> Iterator[Machine]:
        for i, each in members(data, "spec", "nodes"):
            spot = self.spot.at("spec", "nodes", i)
            interfaces = tuple(
                self._interface(interface, spot.at("interfaces", j)) for j, interface in members(each, "interfaces")
            )
            labels = words(each, "labels") if "labels" in each else None
            yield Machine(spot, text(each, "name") or "", labels, interfaces)

    def _interface(self, data: dict[str, Any], spot: Spot) -> Interface:
        addresses: list[Address] = []
        networks: list[Cidr] = []
        for i, said in enumerate(texts(data, "addresses") or ()):
            head, _, length = said.partition("/")
            address = self._judged(spot.at("addresses", i), said, parse_address(head))
            if address is None:
                continue
            addresses.append(address)
            network = parse_cidr(said) if length else None
            if isinstance(network, Wrong) and network.why == HOST_BITS and network.proposed:
                network = parse_cidr(network.proposed)
            if isinstance(network, Wrong):
                self.wrong.append(Wronged(spot.at("addresses", i), said, network))
            elif network is not None:
                networks.append(network)
        return Interface(spot, text(data, "name") or "", tuple(addresses), tuple(networks))

    def _routers(self, data: Any) -> Iterator[Neighbour]:
        for i, each in members(data, "spec", "routers"):
            spot = self.spot.at("spec", "routers", i)
            said = text(each, "address")
            address = self._judged(spot.at("address"), said, parse_address(said)) if said else None
            yield Neighbour(spot, text(each, "name") or "", address, number(each, "asn"))

    def _judged(self, spot: Spot, said: str, found: Any) -> Any:
        if not isinstance(found, Wrong):
            return found
        if not is_open(said):
            self.wrong.append(Wronged(spot, said, found))
        return None


def parse_range(said: str) -> Range | Wrong:
    """``10.80.1.0-10.80.1.255``, ``10.80.1.0/24`` or ``10.80.1.5``."""
    if "/" in said:
        network = parse_cidr(said)
        return network.all if isinstance(network, Cidr) else network
    head, dash, tail = said.partition("-")
    first = parse_address(head.strip())
    last = parse_address(tail.strip()) if dash else first
    for end in (first, last):
        if isinstance(end, Wrong):
            return Wrong("is neither an address, a network, nor two addresses with `-` between", end.proposed)
    assert isinstance(first, Address)
    assert isinstance(last, Address)
    found = range_of(first, last)
    if isinstance(found, Wrong):
        return Wrong("ends before it begins" if first.family == last.family else "is neither IPv4 nor IPv6 throughout")
    return found


@cache
def inventory_schema() -> Schema:
    """The schema of a ``NetworkInventory``."""
    string = Schema("string")

    def strings(doc: str) -> Schema:
        return Schema("array", items=string, doc=doc)

    def named(doc: str, **fields: Schema) -> Schema:
        name = Schema("string", min_length=1, doc="How findings call it.")
        entry = Schema("object", fields={"name": name, **fields}, required=("name",))
        return Schema("array", items=entry, list_keys=("name",), doc=doc)

    reserved = Schema(
        "object",
        fields={
            "addresses": Schema("any", doc="An address, a network or a range; or a list of them."),
            "for": Schema("string", doc="What they are kept for; findings quote it."),
        },
        required=("addresses",),
    )
    spec = {
        "mesh": Schema("string", min_length=1, doc="The ClusterMesh that the cluster is in, by a name of your own."),
        "podCIDRs": strings("Networks of Pods, of the whole cluster."),
        "serviceCIDRs": strings("Networks of ClusterIPs."),
        "apiServer": Schema("any", doc="Virtual addresses of the API server; one, or a list."),
        "networks": named(
            "The segments that nodes are in.",
            cidr=Schema("string", doc="Its network."),
            gateway=Schema("any", doc="Addresses of its gateway; one, or a list."),
            dhcp=Schema("any", doc="What its DHCP server hands out: networks, ranges or addresses."),
            reserved=Schema("array", items=reserved, doc="What is kept for something else."),
        ),
        "nodes": named(
            "The machines.",
            labels=Schema("map", items=string, doc="Labels of the Node."),
            interfaces=named(
                "Its network interfaces.",
                addresses=strings("Their addresses, with the length of the network."),
            ),
        ),
        "routers": named(
            "Routers that nodes may peer with.",
            address=Schema("string", doc="Its address in a network of the nodes."),
            asn=Schema("integer", minimum=1, maximum=4294967295, doc="Its AS number."),
        ),
    }
    metadata = Schema(
        "object",
        fields={
            "name": Schema("string", min_length=1),
            "annotations": Schema("map", items=string),
            "labels": Schema("map", items=string),
        },
        required=("name",),
    )
    return Schema(
        "object",
        fields={
            "apiVersion": Schema("string", enum=(API_VERSION,)),
            "kind": Schema("string", enum=(KIND,)),
            "metadata": metadata,
            "spec": Schema("object", fields=spec),
        },
        required=("apiVersion", "kind", "metadata"),
    )
