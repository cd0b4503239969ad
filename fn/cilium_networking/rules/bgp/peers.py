"""CN205 to CN208: where a peer is, and whether its address can be reached.

Left out: AS numbers (:mod:`.as_numbers`) and what a peer config says of its sessions (:mod:`.peer_configs`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...addressing import Address
from ...fabric import Instance, Peer, PeerConfig
from ...fabric.machines import takes
from ..rule import Case, Rule, Said


def peer_without_an_address(case: Case) -> Iterator[Said]:
    """A peer has no address

    Why: A peer with neither `peerAddress` nor `autoDiscovery` is passed over without a word: no condition and no event
    tell of it, and the session never exists.

    Source: Cilium 1.19, pkg/bgp/manager/reconciler/neighbor.go.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          bgpInstances:
          - name: main
            localASN: 65001
            peers:
            - name: gateway
              peerASN: 65000
              peerConfigRef:
                name: gateway

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          bgpInstances:
          - name: main
            localASN: 65001
            peers:
            - name: gateway
              peerASN: 65000
              autoDiscovery:
                mode: DefaultGateway
                defaultGateway:
                  addressFamily: ipv4
              peerConfigRef:
                name: gateway
    """
    for _, _, peer in case.cluster.peers():
        if peer.address is None and not peer.discovered and not peer.spot.at("peerAddress").written:
            yield Said(peer.spot, f"peer `{peer.name or '?'}` has no `peerAddress` and is passed over: give one")


def impossible_peer(case: Case) -> Iterator[Said]:
    """A peer's address is none that a router has

    Why: Nobody answers at the address: it is of a group, of a whole network, of no interface in particular, or of the
    very node that is to connect to it. The session stays in Active or Connect for ever.

    Source: RFC 1122 section 3.2.1.3, RFC 4291 sections 2.4 to 2.7; link-local addresses need a zone, which the field
    `peerAddress` does not take (Cilium 1.19, pkg/k8s/apis/cilium.io/v2/bgp_cluster_types.go).

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          bgpInstances:
          - name: main
            localASN: 65001
            peers:
            - name: gateway
              peerASN: 65000
              peerAddress: 0.0.0.0
              peerConfigRef:
                name: gateway

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          bgpInstances:
          - name: main
            localASN: 65001
            peers:
            - name: gateway
              peerASN: 65000
              peerAddress: 10.80.0.1
              peerConfigRef:
                name: gateway
    """
    owners = {address: node for node in case.cluster.machines.nodes for address in node.addresses}
    networks = case.cluster.inventory.networks if case.cluster.inventory else ()
    empty = {each.cidr.network: each for each in networks if each.cidr.network != each.cidr.usable.first}
    for config, _, peer in case.cluster.peers():
        address = peer.ip
        if address is None:
            continue
        spot = peer.spot.at("peerAddress")
        special = _special(address)
        if special is None and address in empty and address.family == 4:
            special = f"the address of the whole network {empty[address].name} ({empty[address].spot})"
        if special is not None:
            yield Said(spot, f"`{address}` is {special} and no router's: give the router's own", str(address))
        elif address in owners and takes(config.nodes, owners[address]):
            node = owners[address]
            message = f"`{address}` is node {node.name}'s own ({node.spot}), which would peer with itself"
            yield Said(spot, f"{message}: give the router's", str(address), severity="warning")


def _special(address: Address) -> str | None:
    if address.value == 0:
        return "no address in particular"
    if address.family == 4:
        if address.value == 0xFFFFFFFF:
            return "the broadcast address"
        return "a multicast address" if address.value >> 28 == 0b1110 else None
    if address.value >> 120 == 0xFF:
        return "a multicast address"
    return "link-local, which nobody reaches without naming an interface," if address.link_local else None


def one_address_twice(case: Case) -> Iterator[Said]:
    """Two peers have one address

    Why: The BGP speaker in the agent keeps its neighbours by address: of two peers of one instance with the same
    address the second is refused, and the instance reports an error again and again. Only the condition
    `cilium.io/BGPReconcileError` of the node's CiliumBGPNodeConfig says so: the status of the second peer repeats that
    of the first. Two instances with one AS number connect to the router from the same node as the same neighbour, and
    the router closes one of both sessions.

    Source: Cilium 1.19, pkg/bgp/gobgp; RFC 4271 section 6.8.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          bgpInstances:
          - name: main
            localASN: 65001
            peers:
            - name: gateway
              peerASN: 65000
              peerAddress: 10.80.0.1
              peerConfigRef:
                name: gateway
            - name: gateway-six
              peerASN: 65000
              peerAddress: 10.80.0.1
              peerConfigRef:
                name: gateway

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          bgpInstances:
          - name: main
            localASN: 65001
            peers:
            - name: gateway
              peerASN: 65000
              peerAddress: 10.80.0.1
              peerConfigRef:
                name: gateway
            - name: gateway-six
              peerASN: 65000
              peerAddress: fd00:80::1
              peerConfigRef:
                name: gateway
    """
    # A node that connects from another address is another neighbour to the router.
    elsewhere = any(
        peer.local_address for each in case.cluster.overrides for one in each.instances for peer in one.peers
    )
    for config in case.cluster.cluster_configs:
        across: dict[tuple[Address, int | None, str | None], tuple[Instance, Peer]] = {}
        for instance in config.instances:
            inside: dict[Address, Peer] = {}
            for peer in instance.peers:
                address = peer.ip
                if address is None:
                    continue
                spot = peer.spot.at("peerAddress")
                first = inside.setdefault(address, peer)
                other, twin = across.setdefault((address, instance.asn, peer.config), (instance, peer))
                if first is not peer:
                    message = f"peer `{first.name}` of this instance has `{address}` already, and the second is refused"
                    yield Said(spot, f"{message}: make one peer of both", str(address))
                elif twin is not peer and instance.asn is not None and not elsewhere:
                    message = f"instance `{other.name}` peers with `{address}` from AS {instance.asn} too"
                    message += ", and the router keeps one session of a neighbour: peer in one instance"
                    yield Said(spot, message, str(address), severity="warning")


def out_of_reach(case: Case) -> Iterator[Said]:
    """A peer config's TTL does not fit its peers

    Why: Packets to an eBGP peer leave with a TTL of 1 unless `ebgpMultihop` says more, so a router that is on none of
    the node's own networks never sees them, and the session stays in Active. In sessions inside one AS `ebgpMultihop`
    is ignored.

    Source: Cilium 1.19, pkg/bgp/gobgp; RFC 4271. The networks of the nodes are the inventory's.

    Bad::

        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: bioskop
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          nodes:
          - name: node-a
            interfaces:
            - name: vmnet0
              addresses: [10.80.0.11/20]
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          bgpInstances:
          - name: main
            localASN: 65001
            peers:
            - name: spine
              peerASN: 65000
              peerAddress: 192.0.2.1
              peerConfigRef:
                name: spine
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: spine
        spec:
          families:
          - afi: ipv4
            safi: unicast
            advertisements: {}

    Good::

        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: bioskop
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          nodes:
          - name: node-a
            interfaces:
            - name: vmnet0
              addresses: [10.80.0.11/20]
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          bgpInstances:
          - name: main
            localASN: 65001
            peers:
            - name: spine
              peerASN: 65000
              peerAddress: 192.0.2.1
              peerConfigRef:
                name: spine
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: spine
        spec:
          ebgpMultihop: 4
          families:
          - afi: ipv4
            safi: unicast
            advertisements: {}
    """
    configs = {config.name: config for config in case.cluster.peer_configs}
    overridden = {each.name for override in case.cluster.overrides for each in override.instances if each.asn}
    inside: dict[str, bool] = {}
    for config, instance, peer in case.cluster.peers():
        named = configs.get(peer.config) if peer.config else None
        if instance.asn is None or not peer.asn or instance.name in overridden:
            if named is not None:
                inside[named.name] = False
            continue
        if named is not None:
            inside[named.name] = inside.get(named.name, True) and instance.asn == peer.asn
        ttl = _ttl(peer, named)
        address = peer.ip
        if ttl != 1 or address is None or instance.asn == peer.asn or _special(address) is not None:
            continue
        for node in case.cluster.machines.taken(config.nodes):
            networks = [net for each in node.interfaces for net in each.networks if net.family == address.family]
            if networks and not any(address in network for network in networks):
                has = ", ".join(map(str, networks))
                message = (
                    f"`{address}` is on no network of node {node.name} ({has}; {node.spot}), and packets to it leave"
                )
                where = named.spot if named is not None else "the peer's config"
                message += f" with a TTL of 1: set `ebgpMultihop` of {where} to the number of hops"
                yield Said(peer.spot.at("peerAddress"), message, str(address))
                break
    for name, all_inside in inside.items():
        multihop = configs[name].multihop
        if all_inside and multihop is not None and multihop > 1:
            message = f"`ebgpMultihop` {multihop} is ignored: each peer with this config has the nodes' own AS number"
            yield Said(configs[name].spot.at("spec", "ebgpMultihop"), message, str(multihop), severity="info")


def _ttl(peer: Peer, config: PeerConfig | None) -> int | None:
    """TTL of packets to an eBGP peer; ``None`` where nobody can know, for its config is not here."""
    if config is None:
        return None if peer.has_config else 1
    if config.multihop is None:
        return None if config.spot.at("spec", "ebgpMultihop").written else 1
    return config.multihop


RULES: Final = (
    Rule("CN205", "error", peer_without_an_address),
    Rule("CN206", "error", impossible_peer),
    Rule("CN207", "error", one_address_twice),
    Rule("CN208", "warning", out_of_reach),
)
