"""CN407 and CN408: what an advertisement selects: Services, pod pools, and whether those can have addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...fabric import Meetings, Pool, Selector, contradiction
from ..rule import Case, Rule, Said

#: Types that announce what their selector takes, and what that is (pkg/bgp/manager/reconciler).
_BY_SELECTOR: Final = {"Service": "Service", "CiliumPodIPPool": "pod pool"}


def nothing_to_announce(case: Case) -> Iterator[Said]:
    """An advertisement announces nothing

    Why: Since Cilium 1.16 an absent `selector` takes no Service and no pod pool, where an empty one, `{}`, takes all;
    until 1.15 both took all. An empty list of advertisements passes the schema too. The session is up and empty.

    Source: Cilium 1.19, pkg/bgp/manager/reconciler/service.go and pod_ip_pool.go; cilium/cilium #33076.

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
    """
    if case.cluster.minor < (1, 16):
        return
    for advertisement in case.cluster.advertisements:
        spot = advertisement.spot.at("spec", "advertisements")
        if not advertisement.adverts and spot.empty:
            yield Said(spot, "an empty list announces nothing: say what to announce, or take the object away")
        for advert in advertisement.adverts:
            what = _BY_SELECTOR.get(advert.type or "")
            # One under `service` has a finding of its own, which says where it belongs.
            written = any(advert.spot.at(*path).written for path in (("selector",), ("service", "selector")))
            if what is not None and advert.selector is None and not written:
                message = (
                    f"has no `selector`, so it announces no {what}: select by labels, or all with `selector: {{}}`"
                )
                yield Said(advert.spot, message)


def services_without_an_address(case: Case) -> Iterator[Said]:
    """An advertisement selects Services that no pool serves

    Why: An advertisement announces the addresses of Services that it selects, and a pool gives addresses to those that
    it selects. Where no labels meet both, the one never announces what the other gives. It happens to a pool that
    wants a label absent and an advertisement that wants it present, with the pool's name behind it.

    Source: Cilium 1.19, operator/pkg/lbipam and pkg/bgp/manager/reconciler/service.go.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: cluster
        spec:
          blocks:
          - cidr: 10.80.8.128/26
          serviceSelector:
            matchExpressions:
            - key: io.cilium/lb-ipam-pool
              operator: DoesNotExist
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
            selector:
              matchLabels:
                io.cilium/lb-ipam-pool: cluster

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: cluster
        spec:
          blocks:
          - cidr: 10.80.8.128/26
          serviceSelector:
            matchLabels:
              io.cilium/lb-ipam-pool: cluster
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
            selector:
              matchLabels:
                io.cilium/lb-ipam-pool: cluster
    """
    pools = case.cluster.pools
    if not pools or any(_unknown(pool) for pool in pools):
        return
    # One of each selector, and none that is at odds with itself, which another rule says.
    distinct = list({str(pool.selector or ""): pool for pool in reversed(pools)}.values())[::-1]
    distinct = [pool for pool in distinct if contradiction((pool.selector,)) is None]
    if not distinct:
        return
    meetings = Meetings(pool.selector for pool in distinct)
    named: dict[str, list[tuple[int, Pool]]] = {}
    for place, pool in enumerate(distinct):
        named.setdefault(pool.name, []).append((place, pool))
    for advertisement in case.cluster.advertisements:
        for advert in advertisement.adverts:
            selector = advert.selector
            if "LoadBalancerIP" not in advert.addresses or selector is None or selector.open:
                continue
            if contradiction((selector,)) is not None:
                continue
            mentioned = sorted(
                (one for value in _values(selector) for one in named.get(value, ())), key=lambda one: one[0]
            )
            meant = next((pool for _, pool in mentioned if contradiction((selector, pool.selector)) is not None), None)
            near = (distinct[place].selector for place in meetings.with_(selector))
            if meant is not None:
                message = f"means {meant.spot} by its name, which serves only Services with `{meant.selector}`"
                yield Said(selector.spot, f"`{selector}` {message}: ask for the same", str(selector))
            elif all(contradiction((selector, each)) is not None for each in near):
                message = f"and the `{distinct[0].selector}` of {distinct[0].spot} meet in no Service"
                if len(pools) > 1:
                    message += ", and neither do those of the other pools"
                message += ": ask for the same, or nothing that has an address is announced"
                yield Said(selector.spot, f"`{selector}` {message}", str(selector))


def _values(selector: Selector) -> set[str]:
    """The values that it asks for."""
    return {value for each in selector.requirements if each.operator == "In" for value in each.values}


def _unknown(pool: Pool) -> bool:
    if pool.selector is None:
        return pool.spot.at("spec", "serviceSelector").written
    return pool.selector.open


RULES: Final = (
    Rule("CN407", "error", nothing_to_announce),
    Rule("CN408", "warning", services_without_an_address),
)
