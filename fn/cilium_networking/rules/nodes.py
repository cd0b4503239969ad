"""Node selectors that take no node: said in one way of what announces (L2) and of what peers (BGP).

Promises silence where a label is not known: a selector is said to take nobody only if every node is known with its
labels, or if it asks for a value of a role's label that RKE2 never gives, in an input that shows RKE2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ..fabric import Cluster, Requirement, Selector, Spot
from ..fabric.machines import ROLE_LABELS
from ..lossless.edit import Put
from .rule import Said

_FEW: Final = 5


def taking_no_node(cluster: Cluster, selectors: Iterable[Selector | None]) -> Iterator[Said]:
    """What is wrong with those of the selectors that take no node."""
    machines = cluster.machines
    names = sorted(node.name for node in machines.nodes)
    known = ", ".join(names[:_FEW]) + (", …" if len(names) > _FEW else "")
    proofs: dict[str, Spot | None] = {}
    for selector in selectors:
        if selector is None or selector.open:
            continue
        found = machines.selected(selector)
        if found:
            continue
        roles = [each for each in selector.requirements if each.key in ROLE_LABELS and _empty(each)]
        for each in roles:
            if each.key not in proofs:
                proofs[each.key] = _rke2(cluster, each.key)
        proved = next(((each, proof) for each in roles if (proof := proofs[each.key]) is not None), None)
        if proved is not None:
            yield _empty_role(*proved)
        elif names and found is not None:
            message = f"`{selector}` selects none of the nodes that are known ({known})"
            yield Said(selector.spot, f"{message}: select by labels that they have", str(selector))


def _empty(requirement: Requirement) -> bool:
    return requirement.operator == "In" and requirement.values == ("",)


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
    for node in cluster.machines.nodes:
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
