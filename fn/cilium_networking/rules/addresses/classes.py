"""CN123: `loadBalancerClass` of a Service, and whether anything here serves it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...fabric.services import BGP_CLASS, L2_CLASS, NODE_CLASS
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...fabric import Cluster, Spot

_PREFIX: Final = "io.cilium/"
#: What announces a class, and the flag in the CNI's values without which it gets not even an address.
_SERVED: Final = {
    L2_CLASS: ("L2", ("l2announcements", "enabled")),
    BGP_CLASS: ("BGP", ("bgpControlPlane", "enabled")),
}


def class_nobody_serves(case: Case) -> Iterator[Said]:
    """A Service has a class that nobody here announces

    Why: `io.cilium/l2-announcer` is announced by L2 policies alone, and `io.cilium/bgp-control-plane` by BGP alone. A
    Service of the other one's class has an address that nobody reaches. Where the feature is off in the CNI's values it
    has not even that: LB IPAM does not look at it, which is an error. BGP announces it only where an advertisement is
    of type Service; those of the networks of Pods do not. Any other class of `io.cilium/` is nobody's.

    Source: Cilium 1.19, operator/pkg/lbipam/cell.go; pkg/l2announcer; pkg/bgp/manager/reconciler/service.go.

    Bad::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
        spec:
          type: LoadBalancer
          loadBalancerClass: io.cilium/bgp-control-plane
          ports:
          - port: 80
        ---
        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: host
        spec:
          loadBalancerIPs: true
          interfaces:
          - ^eth0$

    Good::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
        spec:
          type: LoadBalancer
          loadBalancerClass: io.cilium/l2-announcer
          ports:
          - port: 80
        ---
        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: host
        spec:
          loadBalancerIPs: true
          interfaces:
          - ^eth0$
    """
    cluster = case.cluster
    present = {L2_CLASS: _l2(cluster), BGP_CLASS: _bgp(cluster)}
    off = {name: _off(cluster, keys) for name, (_, keys) in _SERVED.items()}
    for service in cluster.services:
        name = service.load_balancer_class
        if name is None or not name.startswith(_PREFIX) or name == NODE_CLASS:
            continue
        spot = service.spot.at("spec", "loadBalancerClass")
        if name not in _SERVED:
            from ...kinds import nearest

            classes = (L2_CLASS, BGP_CLASS, NODE_CLASS)
            # Who leaves the end off means the one that begins so, however far away that is.
            begun = [each for each in classes if each.startswith(name) and name != _PREFIX]
            right = begun[0] if len(begun) == 1 else nearest(name, classes)
            hint = f"; did you mean `{right}`?" if right else ""
            yield Said(spot, f"`{name}` is no class that Cilium serves, so nobody does{hint}", name, right)
            continue
        what, keys = _SERVED[name]
        other = BGP_CLASS if name == L2_CLASS else L2_CLASS
        if (where := off[name]) is not None:
            message = f"`{name}` needs `{'.'.join(keys)}`, which is off in {where}: the Service gets no address"
            yield Said(spot, message, name, severity="error")
        elif present[name] is None and (beside := present[other]) is not None:
            message = f"`{name}` is announced by {what} alone, of which there is nothing here beside {beside}"
            yield Said(spot, message, name, other)
        elif name == BGP_CLASS and (others := _no_services(cluster)) is not None:
            message = (
                f"`{name}` is announced by an advertisement of type Service alone, and there is none here beside "
                f"{others}: add one, or nobody reaches this address"
            )
            yield Said(spot, message, name)


def _no_services(cluster: Cluster) -> Spot | None:
    """An advertisement, where all that there are leave Services out for certain."""
    if next(cluster.of("CiliumBGPPeeringPolicy"), None) is not None:
        return None  # of the old way, which has Services in itself
    every = [advert for one in cluster.advertisements for advert in one.adverts]
    if not every or any(advert.type in ("Service", None) for advert in every):
        return None
    return cluster.advertisements[0].spot


def _l2(cluster: Cluster) -> Spot | None:
    return cluster.l2_policies[0].spot if cluster.l2_policies else None


def _bgp(cluster: Cluster) -> Spot | None:
    """Any object of BGP: the others may stand elsewhere."""
    for several in (cluster.cluster_configs, cluster.advertisements, cluster.peer_configs):
        for one in several:
            return one.spot
    old = next(cluster.of("CiliumBGPPeeringPolicy"), None)
    return old.spot if old else None


def _off(cluster: Cluster, keys: tuple[str, ...]) -> Spot | None:
    """The values that leave a feature off: by saying so, or as the only ones and complete by saying nothing."""
    for values in cluster.values:
        said = values.get(*keys)
        if said is False or (said is None and len(cluster.values) == 1 and not values.partial):
            return values.spot
    return None


RULES: Final = (Rule("CN123", "warning", class_nobody_serves),)
