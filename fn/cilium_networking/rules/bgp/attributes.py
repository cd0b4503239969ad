"""CN215 to CN218: what routes carry, how they are joined, and which of them a cluster and a family can have.

Left out: who selects an advertisement, and what it selects (:mod:`..references.advertisements`). Forms of communities
are the schema's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from ...addressing import BITS, Address, Family, Range
from ...fabric import Advertisement, Cluster, FamilyConfig, PeerConfig, Pool, Selector, contradiction
from ...fabric.spot import is_open
from ..rule import Case, Rule, Said

_HIGHEST: Final = 4294967295
#: IPAM modes in which a node has networks of its own for Pods, and the one with pools (pkg/ipam/option).
_NODE_NETWORKS: Final = ("kubernetes", "cluster-pool")
_POD_POOLS: Final = "multi-pool"


def preference_without_effect(case: Case) -> Iterator[Said]:
    """A local preference has no effect

    Why: LOCAL_PREF stays inside an AS: routes that go to an eBGP peer leave without it, so routers of another AS prefer
    nothing. The field takes any number since the API of version 2, and BGP has 32 bits for it.

    Source: RFC 4271 section 5.1.5; Cilium 1.19, pkg/k8s/apis/cilium.io/v2/bgp_advert_types.go.

    Bad::

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
            attributes:
              localPreference: 4294967296

    Good::

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
            attributes:
              localPreference: 200
    """
    for advertisement in case.cluster.advertisements:
        for advert in advertisement.adverts:
            value = advert.local_preference
            if value is None:
                continue
            spot = advert.spot.at("attributes", "localPreference")
            if not 0 <= value <= _HIGHEST:
                message = f"{value} is no local preference, which has 32 bits: take 0 to {_HIGHEST}"
                yield Said(spot, message, str(value), severity="error")
            elif (config := _only_outside(case.cluster, advertisement)) is not None:
                message = f"a local preference stays in its AS, and every peer with {config.spot} is of another one"
                yield Said(spot, f"{message}: take it out, or use communities", str(value))


def _only_outside(cluster: Cluster, advertisement: Advertisement) -> PeerConfig | None:
    """A peer config that takes an advertisement, if all that do have peers here, and all of those are eBGP's."""
    families = [(config, family.advertisements) for config in cluster.peer_configs for family in config.families or ()]
    if advertisement.open or any(selector is not None and selector.open for _, selector in families):
        return None
    takers = {
        config.name: config
        for config, selector in families
        if selector is not None and selector.matches(advertisement.labels)
    }
    overridden = {each.name for override in cluster.overrides for each in override.instances if each.asn}
    used: set[str] = set()
    for _, instance, peer in cluster.peers():
        if peer.config is None and peer.has_config:
            return None  # a placeholder, which may be any of them
        if peer.config in takers:
            if instance.asn is None or not peer.asn or instance.asn == peer.asn or instance.name in overridden:
                return None
            used.add(peer.config)
    return next(iter(takers.values())) if takers and used == set(takers) else None


def aggregate_of_others(case: Case) -> Iterator[Said]:
    """An aggregate takes in addresses that no pool has

    Why: An aggregated route says that the nodes have all addresses of its network. Packets to those that no pool has
    come to the nodes, which have nothing to do with them and send them back to the router: they go round until their
    TTL is spent, and whoever really has the addresses is cut off where the router has no better route.

    Source: Cilium 1.19, pkg/bgp/manager/reconciler/service.go; cilium/cilium #37623.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
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
              aggregationLengthIPv4: 24
            selector: {}

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
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
              aggregationLengthIPv4: 26
            selector: {}
    """
    pools = case.cluster.pools
    if not pools or any(not pool.blocks or any(block.open for block in pool.blocks) for pool in pools):
        return
    held = _Held(pools)
    for advertisement in case.cluster.advertisements:
        for advert in advertisement.adverts:
            for family, length in advert.aggregation.items() if "LoadBalancerIP" in advert.addresses else ():
                found = next(held.not_filled(family, length, advert.selector), None)
                if found is not None:
                    pool, part, network = found
                    spot = advert.spot.at("service", f"aggregationLengthIPv{family}")
                    message = (
                        f"announces all of {network}/{length}, of which {pool.spot} has {part} and no pool has the"
                    )
                    yield Said(spot, f"{message} rest: take a length whose networks the pools fill", str(length))


class _Held:
    """The addresses that pools have, joined where they touch, so that a network is looked up and not walked over."""

    def __init__(self, pools: tuple[Pool, ...]) -> None:
        self._pools = pools
        self._ends: dict[Family, list[tuple[int, int]]] = {}
        ranges = sorted(
            (block.range.family, block.range.first.value, block.range.last.value)
            for pool in pools
            for block in pool.blocks
            if block.range is not None
        )
        for family, first, last in ranges:
            spans = self._ends.setdefault(family, [])
            if spans and first <= spans[-1][1] + 1:
                spans[-1] = (spans[-1][0], max(spans[-1][1], last))
            else:
                spans.append((first, last))

    def not_filled(
        self, family: Family, length: int, selector: Selector | None
    ) -> Iterator[tuple[Pool, Range, Address]]:
        """Ranges of pools whose Services a selector may take, each with a network around it that no pools fill."""
        size = 1 << max(BITS[family] - length, 0)
        for pool in self._pools:
            if selector is None or contradiction((selector, pool.selector)) is not None:
                continue
            for block in pool.blocks:
                if block.range is None or block.range.family != family:
                    continue
                for end in (block.range.first, block.range.last):
                    start = end.value - end.value % size
                    if not self._has(family, start, start + size - 1):
                        yield pool, block.range, Address(end.family, start)

    def _has(self, family: Family, first: int, last: int) -> bool:
        spans = self._ends[family]
        before = bisect_right(spans, (first, 1 << 128)) - 1
        return before >= 0 and spans[before][1] >= last


def kind_without_networks(case: Case) -> Iterator[Said]:
    """The cluster has none of the networks that an advertisement is about

    Why: `PodCIDR` announces the networks that each node has for its Pods, which exist with the IPAM modes `kubernetes`
    and `cluster-pool`; `CiliumPodIPPool` announces shares of pod pools, which exist with `multi-pool` only. With
    another mode there is nothing to announce, and nothing says so. RKE2 sets `kubernetes`.

    Source: Cilium 1.19, pkg/bgp/manager/reconciler/pod_cidr.go and pod_ip_pool.go; `ipam.mode` of the chart.

    Bad::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            bgpControlPlane:
              enabled: true
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPAdvertisement
        metadata:
          name: pods
          labels:
            advertise: bgp
        spec:
          advertisements:
          - advertisementType: CiliumPodIPPool
            selector: {}

    Good::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            bgpControlPlane:
              enabled: true
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPAdvertisement
        metadata:
          name: pods
          labels:
            advertise: bgp
        spec:
          advertisements:
          - advertisementType: PodCIDR
    """
    every = case.cluster.values
    modes = {mode for values in every if (mode := values.get("ipam", "mode")) is not None}
    known = bool(every) and not any(values.data is None or values.partial for values in every)
    if len(modes) > 1 or any(is_open(mode) or not isinstance(mode, str) for mode in modes) or not (modes or known):
        return
    mode = next(iter(modes), None)
    said = f"`ipam.mode` is `{mode}`" if mode else "`ipam.mode` is not set"
    for advertisement in case.cluster.advertisements:
        for advert in advertisement.adverts:
            spot = advert.spot.at("advertisementType")
            if advert.type == "CiliumPodIPPool" and mode != _POD_POOLS:
                message = f"{said} in {every[0].spot}, and pod pools exist with `{_POD_POOLS}` only: announce `PodCIDR`"
                yield Said(spot, message, advert.type, "PodCIDR" if mode in (None, *_NODE_NETWORKS) else None)
            elif advert.type == "PodCIDR" and mode is not None and mode not in _NODE_NETWORKS:
                message = f"{said} in {every[0].spot}, with which nodes have no networks for Pods to announce"
                if mode == _POD_POOLS:
                    message += ": announce `CiliumPodIPPool`"
                yield Said(spot, message, advert.type, "CiliumPodIPPool" if mode == _POD_POOLS else None)


def family_twice(case: Case) -> Iterator[Said]:
    """A peer config has a family twice

    Why: What a family advertises is kept by its name: of two entries for `ipv4` and `unicast` only the last one's
    advertisements are sent, and the first one's are not added to them. One selector has to take all.

    Source: Cilium 1.16 to 1.19, pkg/bgp/manager/reconciler/peer_advertisements.go.

    Bad::

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
                advertise: services
          - afi: ipv4
            safi: unicast
            advertisements:
              matchLabels:
                advertise: pods

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: peer
        spec:
          families:
          - afi: ipv4
            safi: unicast
            advertisements:
              matchExpressions:
              - key: advertise
                operator: In
                values:
                - services
                - pods
    """
    for config in case.cluster.peer_configs:
        seen: dict[tuple[str, str], FamilyConfig] = {}
        for family in config.families or ():
            if not family.afi or not family.safi:
                continue
            first = seen.setdefault((family.afi, family.safi), family)
            lost = first.advertisements
            if lost is not None and str(lost) != str(family.advertisements):
                message = f"{family.afi}/{family.safi} stands here twice, and only the last one counts"
                yield Said(family.spot, f"{message}: what `{lost}` selects is not sent; make one selector of both")


RULES: Final = (
    Rule("CN215", "warning", preference_without_effect),
    Rule("CN216", "warning", aggregate_of_others),
    Rule("CN217", "warning", kind_without_networks),
    Rule("CN218", "warning", family_twice),
)
