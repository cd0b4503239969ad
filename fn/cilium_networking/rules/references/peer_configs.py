"""CN401 to CN404: the way from a peer to its peer config and on to the families that it advertises.

Left out: which advertisements a family selects (:mod:`.advertisements`), and which nodes a cluster config selects
(:mod:`.nodes`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...fabric import Cluster, PeerConfig
from ...fabric.spot import is_open
from ...kinds import nearest
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...resources import Severity


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
    here = {config.name for config in cluster.peer_configs}
    if any(peer.has_config and peer.config not in here for _, _, peer in cluster.peers()):
        return  # whatever that config advertises
    advertised = {family.afi for family in families}
    for pool in cluster.pools:
        for afi in sorted({f"ipv{block.range.family}" for block in pool.blocks if block.range} - advertised):
            message = f"advertises no {afi}, and pool {pool.name} has such addresses: add the family to `spec.families`"
            yield Said(configs[0].spot.at("spec", "families"), message)


def missing_peer_config(case: Case) -> Iterator[Said]:
    """A peer and its peer config do not find each other

    Why: A peer whose `peerConfigRef` names a config that does not exist is never made: there is no session, and the
    condition `cilium.io/MissingPeerConfigs` of the cluster config is the only sign.

    Source: Cilium 1.19, operator/pkg/bgp/peer.go.

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
                name: cilium-peer
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: peer
        spec:
          families:
          - afi: ipv4
            safi: unicast
            advertisements:
              matchLabels:
                advertise: bgp

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
                name: peer
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: peer
        spec:
          families:
          - afi: ipv4
            safi: unicast
            advertisements:
              matchLabels:
                advertise: bgp
    """
    cluster = case.cluster
    here = {config.name for config in cluster.peer_configs}
    if any(map(is_open, here)) or not _complete(cluster):
        return
    asked: set[str | None] = set()
    missing = False
    for _, _, peer in cluster.peers():
        asked.add(peer.config if peer.has_config else "")
        if peer.config is None or peer.config in here:
            continue
        missing = True
        proposed = nearest(peer.config, here) or (next(iter(here)) if len(here) == 1 else None)
        known = f"here are {', '.join(sorted(here))}" if here else "there is none at all here"
        message = f"no CiliumBGPPeerConfig is named `{peer.config}`, so the peer is never made: {known}"
        yield Said(peer.spot.at("peerConfigRef", "name"), message, peer.config, proposed)
    if cluster.cluster_configs and not missing and None not in asked:
        for config in cluster.peer_configs:
            if config.name not in asked:
                yield Said(config.spot, "no peer here uses this config", severity="info")


def _complete(cluster: Cluster) -> bool:
    """Whether peer configs would be here if there were any, for a part of them is, or what they select."""
    return bool(cluster.peer_configs or cluster.advertisements)


def peer_without_a_config(case: Case) -> Iterator[Said]:
    """A peer has no peer config

    Why: What is advertised to a peer is said by the families of its peer config and nowhere else. A peer without
    `peerConfigRef` gets a session with default timers, which comes up, and not a single route.

    Source: Cilium 1.19, pkg/bgp/manager/reconciler/peer_advertisements.go.

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
                name: peer
    """
    for _, _, peer in case.cluster.peers():
        if not peer.has_config and not peer.spot.at("peerConfigRef").written:
            message = (
                f"peer `{peer.name or '?'}` has no `peerConfigRef`, so nothing is advertised to it: name a peer config"
            )
            yield Said(peer.spot, message)


def config_without_routes(case: Case) -> Iterator[Said]:
    """A peer config advertises nothing

    Why: Routes come from the advertisements that the families of a peer config select. Without `families`, or with
    families that have no `advertisements`, the session comes up and carries no route: an absent selector takes nothing
    here, and an empty one everything. The families that a session has by default do not count for this.

    Source: Cilium 1.19, pkg/bgp/manager/reconciler/peer_advertisements.go.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: gateway
        spec:
          families:
          - afi: ipv4
            safi: unicast

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: gateway
        spec:
          families:
          - afi: ipv4
            safi: unicast
            advertisements:
              matchLabels:
                advertise: bgp
    """
    for config in case.cluster.peer_configs:
        spot = config.spot.at("spec", "families")
        if config.families is None and spot.written:
            continue
        if not config.families:
            yield Said(spot, "has no families, so nothing is advertised: give `families` with `advertisements`")
            continue
        bare = _bare(config)
        # One that sends something in another family does its work in part.
        milder: Severity | None = "warning" if len(bare) < len(config.families) else None
        for number in bare:
            family = config.families[number]
            message = (
                f"{family.afi or '?'}/{family.safi or '?'} has no `advertisements`, so nothing of it is advertised"
            )
            message += ": select advertisements by their labels"
            yield Said(family.spot, message, severity=milder)


def _bare(config: PeerConfig) -> list[int]:
    """Positions of the families that select nothing because they have no selector."""
    return [
        number
        for number, family in enumerate(config.families or ())
        if family.advertisements is None and not family.spot.at("advertisements").written
    ]


RULES: Final = (
    Rule("CN401", "warning", family_without_a_way_out),
    Rule("CN402", "error", missing_peer_config),
    Rule("CN403", "error", peer_without_a_config),
    Rule("CN404", "error", config_without_routes),
)
