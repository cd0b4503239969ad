"""CN219: what a session carries and over which addresses it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..rule import Case, Rule, Said


def family_without_a_next_hop(case: Case) -> Iterator[Said]:
    """IPv6 routes go over sessions between IPv4 addresses

    Why: A route needs a next hop of its own family. Over a session between IPv4 addresses Cilium sends IPv6 routes
    with the node's IPv4 address in IPv6 form, `::ffff:10.80.0.11`. FRR and BIRD show such a route as usable, and Linux
    does not take it: nothing is forwarded. The other way round works: a session between IPv6 addresses carries both.

    Source: Cilium 1.19.4 beside FRR 8.4 and BIRD 2.0.12, in this project's lab (docs/lab.md).

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
                name: both
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: both
        spec:
          families:
          - afi: ipv6
            safi: unicast
            advertisements:
              matchLabels:
                advertise: bgp
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: six
        spec:
          blocks:
          - cidr: fd00:80:8::/112

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
              peerAddress: fd00:80::1
              peerConfigRef:
                name: both
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: both
        spec:
          families:
          - afi: ipv6
            safi: unicast
            advertisements:
              matchLabels:
                advertise: bgp
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: six
        spec:
          blocks:
          - cidr: fd00:80:8::/112
    """
    cluster = case.cluster
    # Without a pool of the family there may be nothing to route: a peer config may list it for later.
    if not any(block.range and block.range.family == 6 for pool in cluster.pools for block in pool.blocks):
        return
    peers = list(cluster.peers())
    # Any session over IPv6, or one that may become one, may be the way for these routes.
    if any(peer.ip is None or peer.ip.family == 6 for _, _, peer in peers):
        return
    for config in cluster.peer_configs:
        names = sorted(str(peer.name) for _, _, peer in peers if peer.config == config.name)
        for family in config.families or () if names else ():
            if family.afi == "ipv6":
                shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
                message = f"IPv6 goes to {shown} over IPv4, with a next hop that no router can use"
                yield Said(family.spot, f"{message}: add a peer with the router's IPv6 address")


RULES: Final = (Rule("CN219", "warning", family_without_a_next_hop),)
