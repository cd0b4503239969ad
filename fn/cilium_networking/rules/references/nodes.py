"""CN409 to CN411: selectors that select nothing, and nodes that two configurations of BGP select.

Left out: selectors of pools and of L2 policies, which are judged with their families of rules.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from ...fabric import Cluster, KnownNode, Machines, Meetings, Selector, Spot, contradiction
from ...fabric.machines import takes_every_node
from ...fabric.selector import read_selector
from ...fabric.spot import below
from ...records import dataclass
from ..nodes import taking_no_node
from ..rule import Case, Rule, Said

_POLICY: Final = "CiliumBGPPeeringPolicy"
#: From this release on there are no policies any more, and another rule says so.
_WITHOUT_POLICIES: Final = (1, 19)


def selector_of_nothing(case: Case) -> Iterator[Said]:
    """A selector of BGP objects selects nothing

    Why: `In` and `NotIn` need values, and `Exists` and `DoesNotExist` take none. The API server stores a selector of a
    custom resource that breaks this, and what reads it stops with an error. Conditions that no label
    meets together select nothing at all.

    Source: Kubernetes 1.34, apimachinery pkg/apis/meta/v1 LabelSelectorAsSelector; Cilium 1.19, operator/pkg/bgp and
    pkg/bgp/manager/reconciler.

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
            selector:
              matchExpressions:
              - key: announce
                operator: In

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
            selector:
              matchExpressions:
              - key: announce
                operator: In
                values:
                - bgp
    """
    for selector in _selectors(case.cluster):
        for each in selector.unreadable:
            message = "needs `values`, so Cilium cannot use the selector: name them"
            if each.values:
                message = "takes no `values`, so Cilium cannot use the selector: leave them out"
            yield Said(each.spot, f"`{each.operator}` {message}", each.operator)
        clash = None if selector.unreadable else contradiction((selector,))
        if clash is not None:
            one, other = clash
            message = f"`{one}` and `{other}` are never met together, so this selects nothing: take one of them out"
            yield Said(other.spot, message, str(selector))


def _selectors(cluster: Cluster) -> Iterator[Selector]:
    every = [config.nodes for config in cluster.cluster_configs]
    every += [family.advertisements for config in cluster.peer_configs for family in config.families or ()]
    every += [advert.selector for advertisement in cluster.advertisements for advert in advertisement.adverts]
    yield from (selector for selector in every if selector is not None and not selector.open)


def config_without_nodes(case: Case) -> Iterator[Said]:
    """A cluster config selects no node

    Why: No node runs the instances, so no session exists; the condition `cilium.io/NoMatchingNode` says so, where
    somebody looks. RKE2 and k3s give the label of a role the value `true`; selectors that are copied from manifests for
    kubeadm or Talos ask for an empty value, and take no node here.

    Source: Cilium 1.19, operator/pkg/bgp/cluster.go; node labels of RKE2 and k3s.

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
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          nodeSelector:
            matchLabels:
              node-role.kubernetes.io/control-plane: ""
          bgpInstances:
          - name: main
            localASN: 65001
            peers:
            - name: gateway
              peerASN: 65000
              peerAddress: 10.80.0.1
              peerConfigRef:
                name: peer

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
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          nodeSelector:
            matchExpressions:
            - key: node-role.kubernetes.io/control-plane
              operator: Exists
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
    selectors = (config.nodes for config in case.cluster.cluster_configs if config.nodes is not None)
    readable = (each for each in selectors if not each.unreadable and contradiction((each,)) is None)
    yield from taking_no_node(case.cluster, readable)


@dataclass(frozen=True, slots=True)
class _Holder:
    """A cluster config or a policy of the old API, and the nodes that it selects."""

    spot: Spot
    nodes: Selector | None
    old: bool


def node_of_two(case: Case) -> Iterator[Said]:
    """Two objects configure BGP on one node

    Why: A node runs the instances of one cluster config. Of two that select it the first one keeps it, and if both are
    new nobody knows which that is; the other has the condition `cilium.io/ConflictingClusterConfig` and no effect
    there. A CiliumBGPPeeringPolicy, which exists until 1.18, wins over cluster configs, and two policies on one node
    are both ignored. One cluster config takes up to 16 instances, and each of them any number of peers.

    Source: Cilium 1.19, operator/pkg/bgp/cluster.go; cilium/cilium #32774, #35601.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: gateway
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
        kind: CiliumBGPClusterConfig
        metadata:
          name: spine
        spec:
          nodeSelector:
            matchLabels:
              rack: r1
          bgpInstances:
          - name: spine
            localASN: 65001
            peers:
            - name: spine
              peerASN: 65100
              peerAddress: 10.80.0.2
              peerConfigRef:
                name: peer

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: gateway
        spec:
          nodeSelector:
            matchLabels:
              rack: r0
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
        kind: CiliumBGPClusterConfig
        metadata:
          name: spine
        spec:
          nodeSelector:
            matchLabels:
              rack: r1
          bgpInstances:
          - name: spine
            localASN: 65001
            peers:
            - name: spine
              peerASN: 65100
              peerAddress: 10.80.0.2
              peerConfigRef:
                name: peer
    """
    holders = [holder for holder in _holders(case.cluster) if _judged(holder)]
    for one, other, shared in _meeting(holders, case.cluster.machines):
        every = next((each for each in (one, other) if takes_every_node(each.nodes)), None)
        if shared is not None:
            how = f"node {shared.name} is selected by {one.spot} too"
        elif every is not None:
            how = f"{one.spot} selects every node" if every is one else f"selects every node, also those of {one.spot}"
            if _dropped(every):
                how += " (conditions outside of `matchLabels` and `matchExpressions` are dropped)"
        else:
            yield Said(
                _where(other), f"may select nodes of {one.spot} too, which nobody can tell here", severity="info"
            )
            continue
        yield Said(_where(other), f"{how}, and {_what_then(one, other)}", _words(other))


def _what_then(one: _Holder, other: _Holder) -> str:
    if one.old and other.old:
        return "two policies on one node are both ignored: make one of them"
    if one.old or other.old:
        return "there the old policy wins over the cluster config: let their selectors exclude each other"
    return "a node runs one cluster config only: put the instances into one, or let the selectors exclude each other"


def _dropped(holder: _Holder) -> bool:
    """Whether something stands in its selector, of which nothing is left."""
    spot = _where(holder)
    known = any(spot.at(key).written for key in ("matchLabels", "matchExpressions"))
    return holder.nodes is not None and holder.nodes.everything and not known and not spot.empty


def _words(holder: _Holder) -> str | None:
    return None if holder.nodes is None or holder.nodes.everything else str(holder.nodes)


def _where(holder: _Holder) -> Spot:
    return holder.spot.at("spec", "nodeSelector")


def _holders(cluster: Cluster) -> Iterator[_Holder]:
    if cluster.minor < _WITHOUT_POLICIES:
        for policy in cluster.of(_POLICY):
            spot = policy.spot.at("spec", "nodeSelector")
            yield _Holder(policy.spot, read_selector(below(policy.data, "spec", "nodeSelector"), spot), True)
    for config in cluster.cluster_configs:
        yield _Holder(config.spot, config.nodes, False)


def _judged(holder: _Holder) -> bool:
    """Whether its selector is known, and selects anything."""
    if holder.nodes is None:
        return not _where(holder).written
    return not holder.nodes.open and contradiction((holder.nodes,)) is None


def _meeting(holders: list[_Holder], machines: Machines) -> Iterator[tuple[_Holder, _Holder, KnownNode | None]]:
    """Pairs that share a node, or may, in the order of the input, with the first node that certainly is of both."""
    shared = _shared(holders, machines)
    # Those of which some nodes are not known, or all: they may meet whomever their labels let them meet.
    loose = [
        place
        for place, holder in enumerate(holders)
        if not machines.nodes
        or takes_every_node(holder.nodes)
        or next(machines.doubtful(holder.nodes), None) is not None
    ]
    anybody, unsure = Meetings(each.nodes for each in holders), Meetings(holders[place].nodes for place in loose)
    for here, holder in enumerate(holders):
        at = bisect_left(loose, here)
        if loose[at : at + 1] == [here]:
            near = set(anybody.with_(holder.nodes, here))
        else:
            near = {loose[place] for place in unsure.with_(holder.nodes, at)}
        for other in sorted(near | shared[here].keys()):
            node = shared[here].get(other)
            if node is not None or contradiction((holders[other].nodes, holder.nodes)) is None:
                yield holders[other], holder, node


def _shared(holders: list[_Holder], machines: Machines) -> list[dict[int, KnownNode]]:
    """For each holder those before it that take a node which it takes, with the first such node."""
    takers: dict[str, int] = dict.fromkeys((node.name for node in machines.nodes), 0)
    for place, holder in enumerate(holders):
        for node in machines.taken(holder.nodes):
            takers[node.name] |= 1 << place
    # Nodes with the same takers, as those of a rack have, are one case.
    cases: dict[int, KnownNode] = {}
    for node in machines.nodes:
        cases.setdefault(takers[node.name], node)
    found: list[dict[int, KnownNode]] = [{} for _ in holders]
    # Holders as bits, so that a pair that many nodes share is looked at once, for the first of them.
    known = [0] * len(holders)
    for several, node in cases.items():
        for here in _places(several):
            new = several & ((1 << here) - 1) & ~known[here]
            if new:
                known[here] |= new
                found[here] |= dict.fromkeys(_places(new), node)
    return found


def _places(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


RULES: Final = (
    Rule("CN409", "error", selector_of_nothing),
    Rule("CN410", "error", config_without_nodes),
    Rule("CN411", "error", node_of_two),
)
