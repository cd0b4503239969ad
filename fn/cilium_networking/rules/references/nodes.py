"""CN409 to CN411: selectors that select nothing, and nodes that two configurations of BGP select.

Left out: selectors of pools and of L2 policies, which are judged with their families of rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from ...fabric import Cluster, Requirement, Selector, Spot, contradiction
from ...fabric.selector import read_selector
from ...fabric.spot import below
from ...records import dataclass
from ..nodes import known_nodes, takes, takes_every_node, takes_no_node
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
    for config in case.cluster.cluster_configs:
        if config.nodes is not None and not config.nodes.unreadable and contradiction((config.nodes,)) is None:
            said = takes_no_node(case.cluster, config.nodes)
            if said is not None:
                yield said


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
    nodes = known_nodes(case.cluster)
    for one, other in _pairs([holder for holder in _holders(case.cluster) if _judged(holder)]):
        if contradiction((one.nodes, other.nodes)) is not None:
            continue
        shared = next((node for node in nodes if takes(one.nodes, node) and takes(other.nodes, node)), None)
        every = next((each for each in (one, other) if takes_every_node(each.nodes)), None)
        if shared is not None:
            how = f"node {shared.name} is selected by {one.spot} too"
        elif every is not None:
            how = f"{one.spot} selects every node" if every is one else f"selects every node, also those of {one.spot}"
            if _dropped(every):
                how += " (conditions outside of `matchLabels` and `matchExpressions` are dropped)"
        elif any(takes(one.nodes, node) is None or takes(other.nodes, node) is None for node in nodes) or not nodes:
            yield Said(
                _where(other), f"may select nodes of {one.spot} too, which nobody can tell here", severity="info"
            )
            continue
        else:
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


def _pairs(holders: list[_Holder]) -> Iterator[tuple[_Holder, _Holder]]:
    """Pairs that may share a node, in the order of the input.

    Clusters of many racks tell them apart by the values of one label: holders of different values need no comparing.
    """
    told = [{each.key: each.values[0] for each in _equalities(holder.nodes)} for holder in holders]
    keys = Counter(key for labels in told for key in labels)
    key = max(keys, key=lambda each: keys[each], default="")
    alike: dict[str, list[int]] = {}
    loose: list[int] = []
    for here, labels in enumerate(told):
        value = labels.get(key)
        others = range(here) if value is None else sorted([*alike.get(value, ()), *loose])
        for other in others:
            yield holders[other], holders[here]
        (loose if value is None else alike.setdefault(value, [])).append(here)


def _equalities(selector: Selector | None) -> Iterator[Requirement]:
    for each in selector.requirements if selector is not None else ():
        if each.operator == "In" and len(each.values) == 1:
            yield each


RULES: Final = (
    Rule("CN409", "error", selector_of_nothing),
    Rule("CN410", "error", config_without_nodes),
    Rule("CN411", "error", node_of_two),
)
