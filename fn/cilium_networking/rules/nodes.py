"""Which nodes a selector takes, as far as the input tells: shared by what announces (L2) and what peers (BGP).

Known are Node and CiliumNode objects and the machines of the inventory; one of one name is one node. Promises silence
where a label is not known: a selector is said to take nobody only if every node is known with its labels, or if it
asks for a value of a role's label that RKE2 never gives, in an input that shows RKE2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ..addressing import Address
from ..fabric import Cluster, Requirement, Selector, Spot
from ..fabric.inventory import Interface
from ..lossless.edit import Put
from ..records import dataclass
from .rule import Said

#: Roles whose label RKE2 and k3s set to ``true``, and kubeadm and Talos to nothing.
_ROLES: Final = "node-role.kubernetes.io"
ROLE_LABELS: Final = tuple(f"{_ROLES}/{role}" for role in ("control-plane", "master", "etcd"))
_FEW: Final = 5
#: What every node that Cilium runs on says of its system (Kubernetes, well-known labels).
_EVERYWHERE: Final = {"kubernetes.io/os": "linux", "beta.kubernetes.io/os": "linux"}
_HOSTNAME: Final = "kubernetes.io/hostname"
#: Whose labels the kubelet and cloud providers set, so that hardly anybody writes them into a file.
_SET_BY_ITSELF: Final = ("kubernetes.io", "k8s.io")


@dataclass(frozen=True, slots=True)
class KnownNode:
    """A node by its name. ``labels`` is ``None`` where nobody says; ``interfaces`` are the inventory's."""

    name: str
    labels: Mapping[str, str] | None
    interfaces: tuple[Interface, ...]
    spot: Spot
    #: Of the objects and of the inventory.
    addresses: tuple[Address, ...]


def known_nodes(cluster: Cluster) -> tuple[KnownNode, ...]:
    """Every node that the input names, once."""
    labels: dict[str, dict[str, str] | None] = {}
    spots: dict[str, Spot] = {}
    interfaces: dict[str, tuple[Interface, ...]] = {}
    addresses: dict[str, tuple[Address, ...]] = {}
    for node in cluster.nodes:
        spots.setdefault(node.name, node.spot)
        addresses[node.name] = addresses.get(node.name, ()) + node.addresses
        labels[node.name] = {**(labels.get(node.name) or {}), **node.labels}
    for machine in cluster.inventory.machines if cluster.inventory else ():
        spots.setdefault(machine.name, machine.spot)
        interfaces[machine.name] = machine.interfaces
        of_machine = tuple(each for interface in machine.interfaces for each in interface.addresses)
        addresses[machine.name] = addresses.get(machine.name, ()) + of_machine
        if machine.labels is not None:
            labels[machine.name] = {**machine.labels, **(labels.get(machine.name) or {})}
    return tuple(
        KnownNode(name, labels.get(name), interfaces.get(name, ()), spot, addresses.get(name, ()))
        for name, spot in spots.items()
    )


def takes(selector: Selector | None, node: KnownNode) -> bool | None:
    """Whether a selector takes a node, an absent one all of them; ``None`` where nobody can know."""
    if selector is None or selector.everything:
        return True
    if selector.open:
        return None
    labels = {**_EVERYWHERE, _HOSTNAME: node.name, **(node.labels or {})}
    answers = [each.accepts(labels) if _known(each.key, labels, node) else None for each in selector.requirements]
    return False if False in answers else None if None in answers else True


def _known(key: str, labels: Mapping[str, str], node: KnownNode) -> bool:
    """Whether a label that is not among those of a node is not on it either."""
    if key in labels:
        return True
    if node.labels is None:
        return False
    if _HOSTNAME in node.labels:
        return True  # the live object, with all of them
    domain = key.rpartition("/")[0]
    if domain == _ROLES:
        return any(label.startswith(f"{_ROLES}/") for label in node.labels)
    return not domain.endswith(_SET_BY_ITSELF)


def takes_every_node(selector: Selector | None) -> bool:
    """Whether it takes all nodes of any cluster; ``kubernetes.io/os: linux`` does, for Cilium runs on no other."""
    if selector is None:
        return True
    accepted = (each.key in _EVERYWHERE and each.accepts(_EVERYWHERE) for each in selector.requirements)
    return not selector.open and all(accepted)


def selected(nodes: tuple[KnownNode, ...], selector: Selector | None) -> tuple[KnownNode, ...] | None:
    """The nodes that a selector takes, an absent one all of them; ``None`` where nobody can know."""
    answers = [takes(selector, node) for node in nodes]
    return None if None in answers else tuple(node for node, taken in zip(nodes, answers, strict=True) if taken)


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
