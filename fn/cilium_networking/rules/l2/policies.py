"""CN3xx, policies: what a CiliumL2AnnouncementPolicy selects, and whether it can announce any of it.

Not said: that two policies select the same Services on the same nodes. Cilium adds up what they give, and the lease is
the Service's, so nothing is announced twice. Nor that Services are announced by L2 and by BGP, which many want: hosts
of the segment ask by ARP, and routers have a route.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...fabric import Meetings, Requirement, Selector, contradiction, takes
from ..nodes import taking_no_node
from ..rule import Case, Rule, Said


def announces_nothing(case: Case) -> Iterator[Said]:
    """An L2 policy announces neither load balancer addresses nor external ones

    Why: `spec.loadBalancerIPs` and `spec.externalIPs` are both off unless they are set. Such a policy is accepted, its
    agents pass over each Service that it selects, and nobody answers for any address.

    Source: Cilium 1.19, pkg/l2announcer: only the two flags add addresses to what is announced.

    Bad::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          interfaces:
          - ^eth0$

    Good::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          interfaces:
          - ^eth0$
    """
    for policy in case.cluster.l2_policies:
        if policy.load_balancer_ips is False and policy.external_ips is False:
            message = "announces nothing: neither `spec.loadBalancerIPs` nor `spec.externalIPs` is true"
            spot = policy.spot.at("spec", "loadBalancerIPs")
            yield Said(spot, message, "false" if spot.written else None, "true")


def announces_nowhere(case: Case) -> Iterator[Said]:
    """The node selector of an L2 policy takes no node

    Why: Only nodes that the selector takes answer for addresses. RKE2 and k3s give the labels of roles the value
    "true", kubeadm and Talos an empty one: a selector that was copied from the other world takes no node, and no
    condition says so.

    Source: Cilium 1.19, pkg/l2announcer; labels of RKE2 nodes as its servers set them.

    Bad::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          nodeSelector:
            matchLabels:
              node-role.kubernetes.io/control-plane: ""
        ---
        apiVersion: v1
        kind: Node
        metadata:
          name: node-a
          labels:
            node-role.kubernetes.io/control-plane: "true"

    Good::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          nodeSelector:
            matchLabels:
              node-role.kubernetes.io/control-plane: "true"
        ---
        apiVersion: v1
        kind: Node
        metadata:
          name: node-a
          labels:
            node-role.kubernetes.io/control-plane: "true"
    """
    selectors = (policy.nodes for policy in case.cluster.l2_policies)
    # Of those that contradict themselves another rule speaks.
    judged = (each for each in selectors if _clash(each) is None and not _unreadable(each))
    yield from taking_no_node(case.cluster, judged)


def never_matches(case: Case) -> Iterator[Said]:
    """A selector of an L2 policy can never match

    Why: The conditions of a selector all have to hold. Two that exclude one another leave nothing to announce, or no
    node that could. A condition In or NotIn without values, or Exists or DoesNotExist with some, is none at all: the
    agent refuses the whole policy, and says so only in the condition `io.cilium/bad-service-selector` or
    `io.cilium/bad-node-selector`.

    Source: Label selectors of Kubernetes: matchLabels and matchExpressions are joined by and; Cilium 1.19,
    pkg/l2announcer.

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
            matchExpressions:
            - key: announce
              operator: DoesNotExist

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
    """
    for policy in case.cluster.l2_policies:
        for selector, what in ((policy.services, "Service"), (policy.nodes, "node")):
            for bad in _unreadable(selector)[:1]:
                message = f"`{bad.key}` {bad.operator} has {bad.unreadable}: the agent refuses the whole policy"
                yield Said(bad.spot, message, bad.operator)
            clash = _clash(selector)
            if clash is not None:
                message = f"`{clash[0]}` and `{clash[1]}` exclude one another: no {what} is selected"
                yield Said(clash[1].spot, message, str(clash[1]))


def selects_what_has_no_address(case: Case) -> Iterator[Said]:
    """An L2 policy selects only Services that no pool gives an address

    Why: A Service gets an address from a pool whose selector takes it, and is announced by a policy whose selector
    takes it. If no labels meet the policy's selector and that of any pool, there is never anything to announce.

    Source: Cilium 1.19, operator/pkg/lbipam and pkg/l2announcer.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: lan
        spec:
          blocks:
          - start: 192.168.1.30
            stop: 192.168.1.50
          serviceSelector:
            matchExpressions:
            - key: pool
              operator: DoesNotExist
        ---
        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          serviceSelector:
            matchLabels:
              pool: lan

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: lan
        spec:
          blocks:
          - start: 192.168.1.30
            stop: 192.168.1.50
          serviceSelector:
            matchLabels:
              pool: lan
        ---
        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          serviceSelector:
            matchLabels:
              pool: lan
    """
    pools = case.cluster.pools
    judged = [pool.selector for pool in pools if _clash(pool.selector) is None]
    meetings = Meetings(judged)
    for policy in case.cluster.l2_policies:
        wanted = policy.services
        if wanted is None or wanted.open or policy.external_ips is not False or _clash(wanted) is not None:
            continue
        if _unreadable(wanted):
            continue
        clash = contradiction((wanted, judged[0])) if judged else None
        if clash is None or any(contradiction((wanted, judged[place])) is None for place in meetings.with_(wanted)):
            continue
        if all(takes(wanted, one) is False for one in case.cluster.services):
            here, there = clash
            other = f"{pools[0].spot}" if len(pools) == 1 else f"each of {len(pools)} pools, like {pools[0].spot}"
            message = f"`{wanted}` selects no Service that a pool gives an address: {other} wants `{there}`"
            yield Said(wanted.spot, message, str(here))


def _clash(selector: Selector | None) -> tuple[Requirement, Requirement] | None:
    """Conditions that exclude one another."""
    return None if _unreadable(selector) else contradiction((selector,))


def _unreadable(selector: Selector | None) -> tuple[Requirement, ...]:
    return selector.unreadable if selector is not None else ()


RULES: Final = (
    Rule("CN301", "error", announces_nothing),
    Rule("CN302", "error", announces_nowhere),
    Rule("CN303", "error", never_matches),
    Rule("CN304", "warning", selects_what_has_no_address),
)
