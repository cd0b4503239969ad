"""CN3xx, Services: what an L2 policy selects and cannot announce as it should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ...fabric import Choosers, Cluster, L2Policy, Selector, Service
from ...fabric.services import BGP_CLASS, L2_CLASS
from ...fabric.spot import below, words
from ..rule import Case, Rule, Said


def local_traffic_policy(case: Case) -> Iterator[Said]:
    """A Service with externalTrafficPolicy Local is announced by L2

    Why: Up to Cilium 1.19 one node answers for the address, whether it runs a Pod of the Service or not, and with
    `Local` it drops what it has no Pod for. The Service is dead whenever the lease is on such a node. A Service whose
    Pods run on every node, because a DaemonSet makes them, is left alone.

    Source: Cilium documentation, L2 announcements, limitations; cilium/cilium #27800; nodes without a Pod stay silent
    since 1.20.2.

    Bad::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: shop
        spec:
          type: LoadBalancer
          externalTrafficPolicy: Local
          ports:
          - port: 80

    Good::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: shop
        spec:
          type: LoadBalancer
          externalTrafficPolicy: Cluster
          ports:
          - port: 80
    """
    if case.cluster.minor >= (1, 20):
        return
    everywhere = _on_every_node(case.cluster)
    for service in case.cluster.services:
        if not service.local or service.made_by or _runs_everywhere(service, everywhere):
            continue
        policy = announcer(case.cluster, service)
        if policy is not None:
            message = (
                f"`Local` does not go with L2: the node that answers for the address, by {policy.spot}, need not have "
                f"a Pod of {service.name}, and drops what comes then: use `Cluster`"
            )
            yield Said(service.spot.at("spec", "externalTrafficPolicy"), message, "Local", "Cluster")


def no_ipv6_yet(case: Case) -> Iterator[Said]:
    """A pool has IPv6 addresses that only L2 would announce, before Cilium 1.19

    Why: Up to 1.18 Cilium answers ARP, and not the neighbour solicitations of IPv6: addresses are given out that no
    host of the segment finds.

    Source: cilium/cilium #28985; support came with 1.19 (#39648).

    Settings: cilium-version=1.18

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: six
        spec:
          blocks:
          - cidr: fd00:80:8::/112
        ---
        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: four
        spec:
          blocks:
          - start: 192.168.1.30
            stop: 192.168.1.50
        ---
        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
    """
    cluster = case.cluster
    policies = [policy for policy in cluster.l2_policies if policy.load_balancer_ips]
    if cluster.minor >= (1, 19) or not policies or speaks_bgp(cluster):
        return
    for pool in cluster.pools:
        for block in pool.blocks:
            if block.range is not None and block.range.family == 6:
                message = (
                    f"`{block.words}` is IPv6, which L2 does not announce before Cilium 1.19, "
                    f"and {policies[0].spot} is all that announces here"
                )
                yield Said(block.spot, message, block.words)


def only_other_classes(case: Case) -> Iterator[Said]:
    """An L2 policy selects only Services of another load balancer class

    Why: L2 announces a Service without `loadBalancerClass` or with `io.cilium/l2-announcer`. A policy whose selector
    names Services of another class announces nothing of them.

    Source: Cilium 1.19, pkg/l2announcer.

    Bad::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          serviceSelector:
            matchLabels:
              announce: lan
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: shop
          labels:
            announce: lan
        spec:
          type: LoadBalancer
          loadBalancerClass: tailscale
          ports:
          - port: 80

    Good::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          serviceSelector:
            matchLabels:
              announce: lan
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: shop
          labels:
            announce: lan
        spec:
          type: LoadBalancer
          loadBalancerClass: io.cilium/l2-announcer
          ports:
          - port: 80
    """
    judged: list[Selector] = []
    for policy in case.cluster.l2_policies:
        wanted = policy.services
        named = wanted is not None and any(each.operator in ("In", "Exists") for each in wanted.requirements)
        if wanted is not None and not wanted.open and named and policy.external_ips is False:
            judged.append(wanted)
    choosers = Choosers({str(each): (each, str(each)) for each in judged}.values())
    announced: set[str] = set()
    firsts: dict[str, Service] = {}
    for service in case.cluster.services if judged else ():
        for asked, certain in choosers.of(service):
            if not _of_another(service, case.cluster):
                announced.add(asked)
            elif certain:
                firsts.setdefault(asked, service)
    for wanted in judged:
        first = firsts.get(str(wanted)) if str(wanted) not in announced else None
        if first is not None:
            found = f"{first.spot} has `{first.load_balancer_class}`"
            message = f"selects no Service of a class that L2 announces: {found}, and `{L2_CLASS}` or none is announced"
            yield Said(wanted.spot, message, str(wanted))


def _of_another(service: Service, cluster: Cluster) -> bool:
    """Whether somebody else serves a Service for certain; Cilium's classes that nobody serves are another rule's."""
    name = service.load_balancer_class
    return name is not None and (not name.startswith("io.cilium/") or (name == BGP_CLASS and speaks_bgp(cluster)))


def announcer(cluster: Cluster, service: Service) -> L2Policy | None:
    """A policy that announces the load balancer addresses of a Service for certain."""
    if service.load_balancer_class not in (None, L2_CLASS):
        return None
    return next((policy for policy, certain in cluster.announcers.of(service) if certain), None)


def speaks_bgp(cluster: Cluster) -> bool:
    """Whether anything in the input advertises by BGP, in the new way or the old."""
    return bool(
        cluster.cluster_configs
        or cluster.advertisements
        or next(cluster.of("CiliumBGPPeeringPolicy"), None) is not None
    )


#: Labels of Pods, by their namespace and each of their labels.
_Pods = dict[tuple[str, str, str], list[Mapping[str, str]]]


def _on_every_node(cluster: Cluster) -> _Pods:
    """The Pods that run on every node."""
    found: _Pods = {}
    for each in cluster.of("DaemonSet"):
        pod = below(each.data, "spec", "template", "spec")
        if below(pod, "nodeSelector") is None and below(pod, "affinity") is None:
            labels = words(each.data, "spec", "template", "metadata", "labels")
            for label in labels.items():
                found.setdefault((each.namespace or "default", *label), []).append(labels)
    return found


def _runs_everywhere(service: Service, everywhere: _Pods) -> bool:
    near = [everywhere.get((service.namespace, *label), []) for label in service.pods.items()]
    return any(service.pods.items() <= labels.items() for labels in min(near, key=len, default=()))


RULES: Final = (
    Rule("CN305", "error", local_traffic_policy),
    Rule("CN306", "error", no_ipv6_yet),
    Rule("CN307", "warning", only_other_classes),
)
