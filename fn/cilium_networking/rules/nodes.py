"""Which nodes a selector takes, as far as the input tells: shared by what announces (L2) and what peers (BGP).

Known are Node and CiliumNode objects and the machines of the inventory; one of one name is one node. Promises silence
where a label is not known: a selector is said to take nobody only if every node is known with its labels, or if it
asks for a value of a role's label that RKE2 never gives, in an input that shows RKE2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ..fabric import Cluster, Requirement, Selector, Spot
from ..fabric.inventory import Interface
from ..lossless.edit import Put
from .rule import Said

#: Roles whose label RKE2 and k3s set to ``true``, and kubeadm and Talos to nothing.
ROLE_LABELS: Final = tuple(f"node-role.kubernetes.io/{role}" for role in ("control-plane", "master", "etcd"))
_FEW: Final = 5


@dataclass(frozen=True, slots=True)
class KnownNode:
    """A node by its name. ``labels`` is ``None`` where nobody says; ``interfaces`` are the inventory's."""

    name: str
    labels: Mapping[str, str] | None
    interfaces: tuple[Interface, ...]
    spot: Spot


def known_nodes(cluster: Cluster) -> tuple[KnownNode, ...]:
    """Every node that the input names, once."""
    labels: dict[str, dict[str, str] | None] = {}
    spots: dict[str, Spot] = {}
    interfaces: dict[str, tuple[Interface, ...]] = {}
    for node in cluster.nodes:
        spots.setdefault(node.name, node.spot)
        labels[node.name] = {**(labels.get(node.name) or {}), **node.labels}
    for machine in cluster.inventory.machines if cluster.inventory else ():
        spots.setdefault(machine.name, machine.spot)
        interfaces[machine.name] = machine.interfaces
        if machine.labels is not None:
            labels[machine.name] = {**machine.labels, **(labels.get(machine.name) or {})}
    return tuple(KnownNode(name, labels.get(name), interfaces.get(name, ()), spot) for name, spot in spots.items())


def selected(nodes: tuple[KnownNode, ...], selector: Selector | None) -> tuple[KnownNode, ...] | None:
    """The nodes that a selector takes, an absent one all of them; ``None`` where nobody can know."""
    if selector is None or selector.everything:
        return nodes
    if selector.open or any(node.labels is None for node in nodes):
        return None
    return tuple(node for node in nodes if node.labels is not None and selector.matches(node.labels))


def takes_no_node(cluster: Cluster, selector: Selector | None) -> Said | None:
    """What is wrong with a node selector that takes no node, or nothing."""
    if selector is None or selector.open:
        return None
    nodes = known_nodes(cluster)
    found = selected(nodes, selector)
    if found:
        return None
    for requirement in selector.requirements:
        if requirement.key in ROLE_LABELS and requirement.operator == "In" and requirement.values == ("",):
            proof = _rke2(cluster, requirement.key)
            if proof is not None:
                return _empty_role(requirement, proof)
    if not nodes or found is None:
        return None
    names = ", ".join(sorted(node.name for node in nodes)[:_FEW]) + (", …" if len(nodes) > _FEW else "")
    message = f"`{selector}` selects none of the nodes that are known ({names}): select by labels that they have"
    return Said(selector.spot, message, str(selector))


def _empty_role(requirement: Requirement, proof: Spot) -> Said:
    message = (
        f'RKE2 gives `{requirement.key}` the value "true", so `""` selects no node; '
        f"that this is RKE2 is seen in {proof}: "
        'say "true", or use the operator Exists'
    )
    path = requirement.spot.path
    fix = (Put(path, "true"),) if "matchLabels" in path[-2:] else ()
    return Said(requirement.spot, message, '""', '"true"', fix)


def _rke2(cluster: Cluster, key: str) -> Spot | None:
    """What in the input shows that the label has RKE2's value."""
    for values in cluster.values:
        if values.spot.resource.kind == "HelmChartConfig" and values.spot.resource.name == "rke2-cilium":
            return Spot(values.spot.resource)
    for node in known_nodes(cluster):
        if node.labels is not None and node.labels.get(key) == "true":
            return node.spot
    for selector in _node_selectors(cluster):
        for each in selector.requirements:
            if each.key in ROLE_LABELS and each.operator == "In" and each.values == ("true",):
                return each.spot
    return None


def _node_selectors(cluster: Cluster) -> Iterator[Selector]:
    selectors = [policy.nodes for policy in cluster.l2_policies]
    selectors += [config.nodes for config in cluster.cluster_configs]
    yield from (selector for selector in selectors if selector is not None)
