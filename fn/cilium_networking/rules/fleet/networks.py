"""CN6xx: several clusters in one network. Each thing is said once, of the later cluster of the run.

Only clusters whose inventories name the same network, by name and prefix, are compared: two clusters behind different
routers may have the same addresses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...addressing import Range, Spans
from ...fabric import Spot
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...addressing import Address
    from ...fabric import Block, Cluster, Pool


def pools_of_two_clusters(case: Case) -> Iterator[Said]:
    """Pools of two clusters in one network hold the same addresses

    Why: Each cluster gives out its addresses without knowing of the other. With L2 announcements two nodes answer for
    one address, and which of them a client reaches changes with its ARP cache; with BGP the router has two ways to one
    address and takes one, or both in turn. A pool that is `disabled` in one of the two is no conflict.

    Source: Cilium 1.19, operator/pkg/lbipam: conflicts are looked for inside one cluster.

    Bad::

        # cluster alcide
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: alcide
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          networks:
          - name: lan
            cidr: 10.80.0.0/20
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
        # cluster bioskop
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
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.160/27

    Good::

        # cluster alcide
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: alcide
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          networks:
          - name: lan
            cidr: 10.80.0.0/20
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
        # cluster bioskop
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
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.192/26
    """
    neighbours = _neighbours(case)
    others = Spans(
        (block.range, (cluster, pool, block))
        for cluster in neighbours
        for pool, block in _giving(cluster)
        if block.range is not None
    )
    for _, block in _giving(case.cluster) if neighbours else ():
        met = others.meeting(block.range) if block.range is not None else None
        if met is not None:
            cluster, theirs, other = met[1]
            message = (
                f"`{block.words}` and `{other.words}` of {theirs.spot} in cluster {cluster.membership.called} have "
                "addresses in common, and the clusters share a network: give each its own range"
            )
            yield Said(block.spot, message, block.words)


def node_of_two_clusters(case: Case) -> Iterator[Said]:
    """Nodes of two clusters have the same address

    Why: In one network, or in one mesh, an address belongs to one machine. The neighbours of the two see their traffic
    go to either, and in a mesh the agents build a tunnel to the wrong node.

    Source: Cilium's requirements for a ClusterMesh; RFC 5227 for what happens on a segment.

    Bad::

        # cluster alcide
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: alcide
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          networks:
          - name: lan
            cidr: 10.80.0.0/20
          nodes:
          - name: alcide-1
            interfaces:
            - {name: lan0, addresses: [10.80.0.11/20]}
        # cluster bioskop
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
          nodes:
          - name: bioskop-1
            interfaces:
            - {name: lan0, addresses: [10.80.0.11/20]}

    Good::

        # cluster alcide
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: alcide
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          networks:
          - name: lan
            cidr: 10.80.0.0/20
          nodes:
          - name: alcide-1
            interfaces:
            - {name: lan0, addresses: [10.80.0.11/20]}
        # cluster bioskop
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
          nodes:
          - name: bioskop-1
            interfaces:
            - {name: lan0, addresses: [10.80.0.12/20]}
    """
    theirs: dict[Address, tuple[str, str]] = {}
    for cluster in _earlier(case):
        shared = _shared(cluster, case.cluster)
        meshed = cluster.membership.with_(case.cluster.membership)
        for _, name, address in _nodes(cluster):
            if meshed or any(address in span for span in shared):
                theirs.setdefault(address, (name, cluster.membership.called))
    for spot, name, address in _nodes(case.cluster) if theirs else ():
        if address in theirs:
            other, called = theirs[address]
            message = f"{address} of node {name} is also that of node {other} of cluster {called}: give it another"
            yield Said(spot, message, str(address))


def pool_over_another_cluster(case: Case) -> Iterator[Said]:
    """A pool holds an address that another cluster in the network has

    Why: A Service of one cluster is given the address of a node, a gateway or an API server that the other cluster
    relies on. Both answer, and what was there before is out of reach for part of the network.

    Source: What each cluster's inventory says of the network that they share.

    Bad::

        # cluster alcide
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: alcide
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          apiServer: 10.80.8.150
          networks:
          - name: lan
            cidr: 10.80.0.0/20
        # cluster bioskop
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
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26

    Good::

        # cluster alcide
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: alcide
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          apiServer: 10.80.0.5
          networks:
          - name: lan
            cidr: 10.80.0.0/20
        # cluster bioskop
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
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
    """
    here = case.cluster
    for cluster in _neighbours(case):
        for block, held, what, _, _ in _over(here, cluster):
            message = (
                f"`{block.words}` holds {held}, which is {what} in cluster {cluster.membership.called}: leave it out"
            )
            yield Said(block.spot, message, block.words)
        for block, held, what, pool, spot in _over(cluster, here):
            message = (
                f"{held}, {what}, is in `{block.words}` of {pool.spot} in cluster {cluster.membership.called}: leave "
                "it out of that pool"
            )
            yield Said(spot, message, held)


def _over(cluster: Cluster, other: Cluster) -> Iterator[tuple[Block, str, str, Pool, Spot]]:
    """Blocks of a cluster over what another has, unless it knows of that itself: another rule says so then."""
    shared = _shared(cluster, other)
    known = {taken.range for taken in cluster.inventory.taken} if cluster.inventory is not None else set()
    spans = [
        (taken.range, (taken.what, taken.spot))
        for taken in (other.inventory.taken if other.inventory is not None else ())
        if taken.range not in known
    ]
    spans += [(Range(address, address), (f"the address of node {name}", spot)) for spot, name, address in _nodes(other)]
    found = Spans(one for one in spans if any(span.overlaps(one[0]) for span in shared))
    for pool, block in _giving(cluster) if spans else ():
        met = found.meeting(block.range) if block.range is not None else None
        if met is not None:
            held = str(met[0].first) if met[0].size == 1 else str(met[0])
            yield block, held, met[1][0], pool, met[1][1]


def _earlier(case: Case) -> tuple[Cluster, ...]:
    """The clusters of the run before this one; none where it is not one of them."""
    place = next((number for number, one in enumerate(case.fleet) if one is case.cluster), 0)
    return case.fleet[:place]


def _neighbours(case: Case) -> tuple[Cluster, ...]:
    return tuple(cluster for cluster in _earlier(case) if _shared(cluster, case.cluster))


def _shared(one: Cluster, other: Cluster) -> list[Range]:
    """The networks that two clusters are in, as both their inventories have it."""
    if one.inventory is None or other.inventory is None:
        return []
    named = {(network.name, network.cidr) for network in one.inventory.networks}
    return [network.cidr.all for network in other.inventory.networks if (network.name, network.cidr) in named]


def _giving(cluster: Cluster) -> Iterator[tuple[Pool, Block]]:
    """Blocks of the pools that give out addresses, as far as anybody can know."""
    for pool in cluster.pools:
        disabled = pool.disabled
        if disabled is None:
            said = pool.spot.resource.fragment.at(("spec", "disabled"))
            text = cluster.flux.resolve(getattr(said, "value", ""), pool.spot.resource)
            disabled = {"true": True, "false": False}.get(text or "")
        if disabled is False:
            for block in pool.blocks:
                yield pool, block


def _nodes(cluster: Cluster) -> Iterator[tuple[Spot, str, Address]]:
    """Addresses of nodes, each once, from the inventory and from the nodes themselves."""
    seen: set[Address] = set()
    for machine in cluster.inventory.machines if cluster.inventory is not None else ():
        for interface in machine.interfaces:
            for address in interface.addresses:
                if address not in seen and not address.link_local:
                    seen.add(address)
                    yield interface.spot.at("addresses"), machine.name, address
    for node in cluster.nodes:
        for address in node.addresses:
            if address not in seen:
                seen.add(address)
                yield node.spot, node.name, address


RULES: Final = (
    Rule("CN601", "error", pools_of_two_clusters),
    Rule("CN602", "error", node_of_two_clusters),
    Rule("CN603", "error", pool_over_another_cluster),
)
