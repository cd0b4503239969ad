"""What a cluster brings into a ClusterMesh: its name and id, the networks of its Pods and Services, its limits.

Source: Cilium 1.19, install/kubernetes/cilium (cluster.*, clustermesh.*, ipam.*), and the inventory where there is one.
What neither says is not known: RKE2 keeps the networks of Pods and Services in a file that is on the servers alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from ..addressing import Address, Cidr, parse_cidr
from ..records import dataclass, replace
from .helm import Values
from .spot import Spot, below, is_open, members, text, words

if TYPE_CHECKING:
    from .cluster import Cluster

#: What RKE2 and k3s give to the Pods and the ClusterIPs of every cluster whose servers are not told otherwise.
RKE2_PODS: Final = Cidr(Address(4, 10 << 24 | 42 << 16), 16)
RKE2_SERVICES: Final = Cidr(Address(4, 10 << 24 | 43 << 16), 16)
#: Secrets that an agent and KVStoreMesh read the other clusters from.
SECRETS: Final = ("cilium-clustermesh", "cilium-kvstoremesh")
#: The chart's own, under ``POOL_LIST``, where IPAM is Cilium's and nobody says otherwise (values.yaml, 1.15 to 1.20).
_POOL: Final = "10.0.0.0/8"
POOL_LIST: Final = ("ipam", "operator", "clusterPoolIPv4PodCIDRList")
_LIST6: Final = ("ipam", "operator", "clusterPoolIPv6PodCIDRList")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is said of a cluster, and where; ``keys`` where that is in ``values``."""

    value: Any
    spot: Spot
    values: Values | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Net:
    """A network of a cluster: ``the Pods``, ``the ClusterIPs``."""

    cidr: Cidr
    what: str
    fact: Fact
    #: Whether nobody says it, and it is the chart's own.
    default: bool = False


@dataclass(frozen=True, slots=True)
class Membership:
    """A cluster as others of a mesh see it."""

    #: What messages call it.
    called: str
    meshed: bool
    #: Which mesh, where an inventory says it.
    mesh: str | None
    name: Fact | None
    id: Fact | None
    limit: Fact | None
    pods: tuple[Net, ...]
    services: tuple[Net, ...]
    #: Something of this cluster to point at.
    spot: Spot | None
    #: Whether RKE2 gives the networks that nobody says; where a template may say them, nobody knows.
    rke2: bool
    #: The clusters that it is told to connect to, by name.
    peers: frozenset[str] = frozenset()

    def with_(self, other: Membership) -> bool:
        """Whether the two are in one mesh, as far as anybody says."""
        return self.meshed and other.meshed and (self.mesh == other.mesh or None in (self.mesh, other.mesh))

    def named_by(self, other: Membership) -> bool:
        """Whether another cluster is told to connect to this one."""
        return self.name is not None and self.name.value in other.peers


def read_membership(cluster: Cluster) -> Membership:
    """What a cluster's input says of it."""
    inventory = cluster.inventory
    name = _value(cluster, "cluster", "name")
    secret = any(one.name in SECRETS for one in cluster.of("Secret", "ExternalSecret"))
    enabled = any(
        values.get("clustermesh", "useAPIServer") is True or values.get("clustermesh", "config", "enabled") is True
        for values in cluster.values
    )
    mesh = inventory.mesh if inventory is not None else None
    told = name if name is not None and isinstance(name.value, str) else None
    first = next(iter(cluster.resources), None)
    return Membership(
        called=_called(cluster, told),
        meshed=secret or enabled or mesh is not None,
        mesh=mesh,
        name=told,
        id=_number(_value(cluster, "cluster", "id")),
        limit=_value(cluster, "clustermesh", "maxConnectedClusters"),
        pods=_pods(cluster),
        services=tuple(
            Net(cidr, "the ClusterIPs", Fact(cidr, spot)) for spot, cidr in (inventory.services if inventory else ())
        ),
        spot=cluster.values[0].spot if cluster.values else Spot(first) if first is not None else None,
        rke2=any(
            values.rke2 and not values.partial and values.get("ipam", "mode") in (None, "kubernetes")
            for values in cluster.values
        ),
        peers=frozenset(_peers(cluster)),
    )


def _called(cluster: Cluster, told: Fact | None) -> str:
    if told is not None:
        return str(told.value)
    return cluster.inventory.name if cluster.inventory is not None else cluster.name or "another cluster"


def _peers(cluster: Cluster) -> Iterator[str]:
    """The names under `clustermesh.config.clusters`, a list or a mapping, and in the Secret that is made of it."""
    for values in cluster.values:
        said = values.get("clustermesh", "config", "clusters")
        if isinstance(said, dict):
            yield from (name for name, each in said.items() if below(each, "enabled") is not False)
        yield from (
            name
            for _, each in members(values.data, "clustermesh", "config", "clusters")
            if below(each, "enabled") is not False and (name := text(each, "name")) is not None
        )
    for secret in cluster.of("Secret"):
        if secret.name in SECRETS:
            yield from (*words(secret.data, "data"), *words(secret.data, "stringData"))


def _number(fact: Fact | None) -> Fact | None:
    """The fact as a number; a Flux variable gives one as text."""
    said = str(fact.value) if fact is not None and not isinstance(fact.value, bool) else ""
    return replace(fact, value=int(said)) if fact is not None and said.isascii() and said.isdigit() else None


def _value(cluster: Cluster, *keys: str) -> Fact | None:
    """The value under a key of the CNI's values, with Flux's variables put in; ``None`` where it is not known."""
    for values in cluster.values:
        found = values.get(*keys)
        if isinstance(found, str) and is_open(found):
            found = cluster.flux.resolve(found, values.spot.resource)
        if found is not None and not isinstance(found, (dict, list)) and not is_open(found):
            return Fact(found, values.spot, values, keys)
    return None


def _pods(cluster: Cluster) -> tuple[Net, ...]:
    """The networks of Pods: as the inventory has them, else Cilium's own pools, else the nodes' parts."""
    inventory = cluster.inventory
    if inventory is not None and inventory.pods:
        return tuple(Net(cidr, "the Pods", Fact(cidr, spot)) for spot, cidr in inventory.pods)
    found: list[Net] = []
    for values in cluster.values:
        mode = values.get("ipam", "mode")
        # RKE2 sets IPAM to Kubernetes', whose networks are not in the values.
        if mode != "cluster-pool" and (mode is not None or values.rke2 or values.partial or values.data is None):
            continue
        for keys in (POOL_LIST, _LIST6):
            said = values.get(*keys)
            listed = said if isinstance(said, list) else said.split() if isinstance(said, str) else []
            default = said is None and keys == POOL_LIST and not values.partial
            for each in [_POOL] if default else listed:
                cidr = parse_cidr(each) if isinstance(each, str) and not is_open(each) else None
                if isinstance(cidr, Cidr):
                    fact = Fact(cidr, values.spot, values, keys if said else ())
                    found.append(Net(cidr, "the Pods", fact, default))
    if found:
        return tuple(found)
    return tuple(
        Net(cidr, f"the Pods of node {node.name}", Fact(cidr, node.spot))
        for node in cluster.nodes
        for cidr in node.pods
    )
