"""CN3xx, networks: what the inventory says of the interfaces and networks that L2 policies announce on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ...addressing import Cidr, Range, Spans
from ...fabric import KnownNode, L2Policy, Machines, Meetings, Pool, Selector, contradiction
from ...fabric.inventory import Interface
from ...fabric.machines import takes
from ...kinds.spelling import nearest
from ..rule import Case, Rule, Said
from .interfaces import compiled
from .services import speaks_bgp

_FEW: Final = 4


def takes_no_interface(case: Case) -> Iterator[Said]:
    """Patterns of an L2 policy take no interface of a node that it selects

    Why: A selected node takes part in the leases whether it has a matching interface or not. One without any takes
    the lease of a Service now and then, and announces its address nowhere. Judged for nodes whose interfaces the
    inventory lists.

    Source: Cilium 1.19, pkg/l2announcer: a lease is asked for by Service, interfaces are looked at afterwards.

    Bad::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          interfaces:
          - ^eth0$
        ---
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: home
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          nodes:
          - name: node-a
            interfaces:
            - name: ens18
              addresses: [192.168.1.11/24]

    Good::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          interfaces:
          - ^ens18$
        ---
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: home
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          nodes:
          - name: node-a
            interfaces:
            - name: ens18
              addresses: [192.168.1.11/24]
    """
    machines = case.cluster.machines
    for policy in case.cluster.l2_policies:
        expressions = [compiled(pattern) for pattern in policy.interfaces]
        possible = machines.possible(policy.nodes) if policy.interfaces else []
        here = [node for node in possible if node.interfaces]
        if not here or not policy.interfaces or None in expressions:
            continue
        empty = [node for node in here if not _matched(policy, node)]
        if len(empty) == len(here):
            names = sorted({interface.name for node in here for interface in node.interfaces})
            near = nearest(re.sub(r"\W", "", policy.interfaces[0]), names)
            known = ", ".join(f"`{name}`" for name in names[:_FEW])
            message = f"takes no interface of the nodes that the inventory knows, which have {known}"
            first = policy.spot.at("spec", "interfaces", 0)
            certain = len(here) == len(possible)
            yield Said(
                first, message, policy.interfaces[0], near and f"^{re.escape(near)}$",
                severity=None if certain else "warning",
            )  # fmt: skip
            continue
        for node in empty:
            if takes(policy.nodes, node):
                names = sorted(interface.name for interface in node.interfaces)
                known = ", ".join(f"`{name}`" for name in names[:_FEW])
                message = (
                    f"takes no interface of node {node.name}, which has {known}: with the lease of a Service it "
                    "announces nothing; select its interface, or not the node"
                )
                yield Said(policy.spot.at("spec", "interfaces"), message, severity="warning")


def every_interface(case: Case) -> Iterator[Said]:
    """An L2 policy names no interfaces, and its nodes have several

    Why: Without `spec.interfaces` addresses are answered for on every device that Cilium manages, on networks between
    nodes and for storage as well. That may be meant.

    Source: Cilium 1.19, pkg/l2announcer.

    Bad::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
        ---
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: home
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          nodes:
          - name: node-a
            interfaces:
            - name: lan0
              addresses: [192.168.1.11/24]
            - name: storage0
              addresses: [10.9.0.11/24]

    Good::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          interfaces:
          - ^lan0$
        ---
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: home
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          nodes:
          - name: node-a
            interfaces:
            - name: lan0
              addresses: [192.168.1.11/24]
            - name: storage0
              addresses: [10.9.0.11/24]
    """
    for policy in case.cluster.l2_policies:
        if policy.interfaces:
            continue
        for node in case.cluster.machines.taken(policy.nodes):
            names = sorted(interface.name for interface in node.interfaces if interface.addresses)
            if len(names) > 1:
                known = ", ".join(f"`{name}`" for name in names[:_FEW])
                yield Said(policy.spot, f"names no interfaces, so node {node.name} announces on each of {known}")
                break


def outside_of_the_segment(case: Case) -> Iterator[Said]:
    """A pool has addresses outside of every network that is announced on

    Why: Hosts ask by ARP only for addresses of their own network; for all others they ask a router, which knows no
    route, because L2 gives it none. Judged where the inventory has the networks of the announcing interfaces and
    nothing speaks BGP.

    Source: RFC 826 and RFC 4861; Cilium documentation, L2 announcements.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: lan
        spec:
          blocks:
          - start: 192.168.2.30
            stop: 192.168.2.50
        ---
        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          interfaces:
          - ^lan0$
        ---
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: home
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          nodes:
          - name: node-a
            interfaces:
            - name: lan0
              addresses: [192.168.1.11/24]

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: lan
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
          interfaces:
          - ^lan0$
        ---
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: home
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          nodes:
          - name: node-a
            interfaces:
            - name: lan0
              addresses: [192.168.1.11/24]
    """
    cluster = case.cluster
    policies = [policy for policy in cluster.l2_policies if policy.load_balancer_ips is not False]
    if not policies or speaks_bgp(cluster):
        return
    # What policies with one selector reach together.
    reach: dict[str, tuple[Selector | None, set[Cidr]]] = {}
    for policy in policies:
        networks = _networks(policy, cluster.machines)
        if networks is None:
            return
        words = str(policy.services) if policy.services is not None and not policy.services.open else ""
        reach.setdefault(words, (policy.services, set()))[1].update(networks)
    selectors = [selector for selector, _ in reach.values()]
    several = [networks for _, networks in reach.values()]
    meetings = Meetings(selectors)
    segments: dict[tuple[int, ...], _Segments] = {}
    for pool in cluster.pools:
        near = meetings.with_(pool.selector)
        met = tuple(place for place in near if contradiction((selectors[place], pool.selector)) is None)
        if met not in segments:
            segments[met] = _Segments(set().union(*(several[place] for place in met)))
        yield from _outside(pool, segments[met], policies[0])


class _Segments:
    """The networks that some policies announce on together."""

    def __init__(self, networks: set[Cidr]) -> None:
        self._spans = Spans((network.all, network) for network in networks)
        self._named = {
            family: [network for network in sorted(networks, key=str) if network.family == family][:_FEW]
            for family in (4, 6)
        }

    def missed_by(self, block: Range) -> list[Cidr]:
        """The first networks of a block's family, if it lies outside of all of them."""
        return self._named[block.family] if self._spans.meeting(block) is None else []


def _outside(pool: Pool, segments: _Segments, policy: L2Policy) -> Iterator[Said]:
    for block in pool.blocks:
        missed = segments.missed_by(block.range) if block.range is not None else []
        if not missed:
            continue
        found = ", ".join(f"`{network}`" for network in missed)
        message = (
            f"`{block.words}` lies outside of {found}, the networks that {policy.spot} announces on: no host asks "
            "for such an address by ARP"
        )
        yield Said(block.spot, message, block.words)


def _matched(policy: L2Policy, node: KnownNode) -> list[Interface]:
    """The interfaces of a node that a policy takes; no patterns take all."""
    expressions = [compiled(pattern) for pattern in policy.interfaces]
    return [
        interface
        for interface in node.interfaces
        if not expressions or any(each is None or each.found_in(interface.name) is not False for each in expressions)
    ]


def _networks(policy: L2Policy, machines: Machines) -> set[Cidr] | None:
    """The networks that a policy announces on, ``None`` where not all of them are known."""
    if any(compiled(pattern) is None for pattern in policy.interfaces):
        return None
    found: set[Cidr] = set()
    for node in machines.possible(policy.nodes):
        matched = _matched(policy, node)
        if not node.interfaces or any(
            len(each.networks) < len(each.addresses) or not each.networks for each in matched
        ):
            return None
        found.update(network for interface in matched for network in interface.networks)
    return found or None


RULES: Final = (
    Rule("CN311", "error", takes_no_interface),
    Rule("CN312", "info", every_interface),
    Rule("CN313", "warning", outside_of_the_segment),
)
