"""CN316: Services that L2 and BGP announce at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...fabric import Choosers
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...fabric import Cluster, L2Policy, Selector, Service, Spot


def announced_twice(case: Case) -> Iterator[Said]:
    """L2 and BGP announce the same Services

    Why: A host of the segment asks who has the address, and one node answers; a router has a route to it over all nodes
    that advertise it. Both work, and they differ: in the node that gets the traffic, in what fails with that node, and
    in whom a firewall sees. Where one of them is meant, a label on the Services says which: `serviceSelector` of the
    policy, `selector` of the advertisement.

    Source: Cilium 1.19, pkg/l2announcer and pkg/bgp/manager/reconciler/service.go: neither looks at the other.

    Bad::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: host
        spec:
          loadBalancerIPs: true
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

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: host
        spec:
          loadBalancerIPs: true
          serviceSelector:
            matchLabels:
              announce: lan
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
                announce: bgp
    """
    adverts = list(_adverts(case.cluster))
    # Policies that select alike are one here.
    policies = {
        str(policy.services or ""): policy
        for policy in reversed(case.cluster.l2_policies)
        if policy.load_balancer_ips and (policy.services is None or not policy.services.open)
    }
    both = _of_both(case.cluster, [*reversed(policies.values())], adverts)
    # Said once: with one pair it is known that the two are not kept apart.
    if both is not None:
        policy, where, what = both
        message = f"announces {what} by L2, which {where} does by BGP as well"
        yield Said(policy.spot.at("spec", "serviceSelector"), message)


def _adverts(cluster: Cluster) -> Iterator[tuple[Spot, Selector]]:
    for advertisement in cluster.advertisements:
        for advert in advertisement.adverts:
            selector = advert.selector
            if "LoadBalancerIP" in advert.addresses and selector is not None and not selector.open:
                yield advertisement.spot, selector


def _of_both(
    cluster: Cluster, policies: list[L2Policy], adverts: list[tuple[Spot, Selector]]
) -> tuple[L2Policy, Spot, str] | None:
    """The first pair that certainly takes the same, and what: a Service of the input, or all there may ever be."""
    found: dict[tuple[int, int], str] = {}
    wide = next((i for i, one in enumerate(policies) if one.services is None or not one.services.requirements), None)
    every = next((i for i, (_, selector) in enumerate(adverts) if not selector.requirements), None)
    if wide is not None and every is not None:
        found[wide, every] = "all Services"
    by_l2 = Choosers((one.services, place) for place, one in enumerate(policies))
    by_bgp = Choosers((selector, place) for place, (_, selector) in enumerate(adverts))
    for service in cluster.services if policies and adverts else ():
        if service.load_balancer_class is None:
            policy, advert = _first(by_l2, service), _first(by_bgp, service)
            if policy is not None and advert is not None:
                found.setdefault((policy, advert), f"{service.spot}")
    if not found:
        return None
    first = min(found)
    return policies[first[0]], adverts[first[1]][0], found[first]


def _first(choosers: Choosers[int], service: Service) -> int | None:
    """The first that certainly takes a Service."""
    return next((place for place, certain in choosers.of(service) if certain), None)


RULES: Final = (Rule("CN316", "info", announced_twice),)
