"""CN316: Services that L2 and BGP announce at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...fabric import takes
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...fabric import Cluster, Selector, Spot


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
    # Said once: with one pair it is known that the two are not kept apart.
    for policy in reversed(policies.values()):
        for where, selector in adverts:
            both = _of_both(case.cluster, policy.services, selector)
            if both:
                message = f"announces {both} by L2, which {where} does by BGP as well"
                yield Said(policy.spot.at("spec", "serviceSelector"), message)
                return


def _adverts(cluster: Cluster) -> Iterator[tuple[Spot, Selector]]:
    for advertisement in cluster.advertisements:
        for advert in advertisement.adverts:
            selector = advert.selector
            if "LoadBalancerIP" in advert.addresses and selector is not None and not selector.open:
                yield advertisement.spot, selector


def _of_both(cluster: Cluster, one: Selector | None, other: Selector) -> str:
    """What both certainly take: a Service of the input, or all there may ever be."""
    if (one is None or not one.requirements) and not other.requirements:
        return "all Services"
    for service in cluster.services:
        if service.load_balancer_class is None and takes(one, service) and takes(other, service):
            return f"{service.spot}"
    return ""


RULES: Final = (Rule("CN316", "info", announced_twice),)
