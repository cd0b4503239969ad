"""CN4xx: objects that name or select one another, and whether anything is at the other end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .rule import Case, Rule, Said


def family_without_a_way_out(case: Case) -> Iterator[Said]:
    """A pool has addresses of a family that no peer config advertises

    Why: A peer config sends only the families that it lists. Addresses of another family are given out, and no router
    ever hears of them; nothing says so. It happens to a pool that moves to IPv6 while the peer configs stay.

    Source: Cilium 1.19, pkg/bgp/manager/reconciler: advertisements come from `spec.families` alone.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: six
        spec:
          blocks:
          - cidr: fd00:80:8::/112
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
            - name: gateway
              peerASN: 65000
              peerAddress: 10.80.0.1
              peerConfigRef:
                name: four
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: four
        spec:
          families:
          - afi: ipv4
            safi: unicast
            advertisements:
              matchLabels:
                advertise: bgp
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPAdvertisement
        metadata:
          name: services
          labels:
            advertise: bgp
        spec:
          advertisements:
          - advertisementType: Service
            service:
              addresses:
              - LoadBalancerIP
            selector: {}

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: four
        spec:
          blocks:
          - cidr: 10.80.8.128/26
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
            - name: gateway
              peerASN: 65000
              peerAddress: 10.80.0.1
              peerConfigRef:
                name: four
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: four
        spec:
          families:
          - afi: ipv4
            safi: unicast
            advertisements:
              matchLabels:
                advertise: bgp
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPAdvertisement
        metadata:
          name: services
          labels:
            advertise: bgp
        spec:
          advertisements:
          - advertisementType: Service
            service:
              addresses:
              - LoadBalancerIP
            selector: {}
    """
    cluster = case.cluster
    # What L2 announces needs no route, and a family that a placeholder decides may be any.
    configs = [config for config in cluster.peer_configs if config.families]
    families = [family for config in configs for family in config.families or ()]
    if not families or cluster.l2_policies or any(family.afi is None for family in families):
        return
    advertised = {family.afi for family in families}
    for pool in cluster.pools:
        for afi in sorted({f"ipv{block.range.family}" for block in pool.blocks if block.range} - advertised):
            message = f"advertises no {afi}, and pool {pool.name} has such addresses: add the family to `spec.families`"
            yield Said(configs[0].spot.at("spec", "families"), message)


RULES: Final = (Rule("CN401", "warning", family_without_a_way_out),)
