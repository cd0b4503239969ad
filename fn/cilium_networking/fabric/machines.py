"""Every node that the input names, once, and which of them a selector takes.

Known are Node and CiliumNode objects and the machines of the inventory; one of one name is one node. A label that the
input does not show may be there all the same: whether it can be is judged by who sets such labels.

Promises: a selector is asked of the nodes that have what it asks for, and of those whose label nobody knows; not of
all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ..addressing import Address
from ..records import dataclass
from .inventory import Interface, Inventory
from .nodes import Node
from .selector import Requirement, Selector
from .spot import Spot

#: Roles whose label RKE2 and k3s set to ``true``, and kubeadm and Talos to nothing.
_ROLES: Final = "node-role.kubernetes.io"
ROLE_LABELS: Final = tuple(f"{_ROLES}/{role}" for role in ("control-plane", "master", "etcd"))
#: What every node that Cilium runs on says of its system (Kubernetes, well-known labels).
EVERYWHERE: Final = {"kubernetes.io/os": "linux", "beta.kubernetes.io/os": "linux"}
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

    @property
    def shown(self) -> Mapping[str, str]:
        """The labels that it certainly has."""
        return {**EVERYWHERE, _HOSTNAME: self.name, **(self.labels or {})}


def takes(selector: Selector | None, node: KnownNode) -> bool | None:
    """Whether a selector takes a node, an absent one all of them; ``None`` where nobody can know."""
    if selector is None or selector.everything:
        return True
    if selector.open:
        return None
    labels = node.shown
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
    accepted = (each.key in EVERYWHERE and each.accepts(EVERYWHERE) for each in selector.requirements)
    return not selector.open and all(accepted)


class Machines:
    """The nodes of a cluster, filed by their labels."""

    def __init__(self, nodes: Iterable[Node], inventory: Inventory | None) -> None:
        self.nodes = tuple(_known_nodes(nodes, inventory))
        self._places: dict[str, dict[str, list[int]]] = {}
        for place, node in enumerate(self.nodes):
            for key, value in node.shown.items():
                self._places.setdefault(key, {}).setdefault(value, []).append(place)
        self._unlabelled = [place for place, node in enumerate(self.nodes) if node.labels is None]
        #: Those that have not all of their labels in the input.
        self._partial = [
            place for place, node in enumerate(self.nodes) if node.labels is None or _HOSTNAME not in node.labels
        ]
        self._hidden: dict[str, list[int]] = {}

    def taken(self, selector: Selector | None) -> list[KnownNode]:
        """The nodes that a selector certainly takes, in the order of the input."""
        having, _ = self._asked(selector)
        return [node for node in map(self.nodes.__getitem__, sorted(having)) if takes(selector, node)]

    def doubtful(self, selector: Selector | None) -> Iterator[KnownNode]:
        """The nodes of which nobody can know whether a selector takes them."""
        having, hidden = self._asked(selector)
        return (node for node in map(self.nodes.__getitem__, (*hidden, *having)) if takes(selector, node) is None)

    def possible(self, selector: Selector | None) -> list[KnownNode]:
        """The nodes that a selector takes, or may, in the order of the input."""
        having, hidden = self._asked(selector)
        every = map(self.nodes.__getitem__, sorted({*having, *hidden}))
        return [node for node in every if takes(selector, node) is not False]

    def selected(self, selector: Selector | None) -> list[KnownNode] | None:
        """The nodes that a selector takes, an absent one all of them; ``None`` where nobody can know."""
        return None if next(self.doubtful(selector), None) is not None else self.taken(selector)

    def _asked(self, selector: Selector | None) -> tuple[Iterable[int], Iterable[int]]:
        """The places of nodes with what one condition asks for, and of those whose label is not known."""
        wanted = () if selector is None or selector.open else selector.requirements
        asking = [each for each in wanted if each.operator in ("In", "Exists")]
        best = min(asking, key=self._crowd, default=None)
        if best is None:
            return range(len(self.nodes)), ()
        return self._having(best), self._without(best.key)

    def _having(self, wanted: Requirement) -> list[int]:
        by_value = self._places.get(wanted.key, {})
        values = by_value if wanted.operator == "Exists" else dict.fromkeys(wanted.values)
        return [place for value in values for place in by_value.get(value, ())]

    def _crowd(self, wanted: Requirement) -> int:
        return len(self._having(wanted)) + len(self._without(wanted.key))

    def _without(self, key: str) -> list[int]:
        """The places of nodes that may have a label which is not shown."""
        if key.rpartition("/")[0].endswith(_SET_BY_ITSELF):
            if key not in self._hidden:
                nodes = ((place, self.nodes[place]) for place in self._partial)
                self._hidden[key] = [place for place, node in nodes if not _known(key, node.shown, node)]
            return self._hidden[key]
        return self._unlabelled


def _known_nodes(nodes: Iterable[Node], inventory: Inventory | None) -> Iterator[KnownNode]:
    labels: dict[str, dict[str, str] | None] = {}
    spots: dict[str, Spot] = {}
    interfaces: dict[str, tuple[Interface, ...]] = {}
    addresses: dict[str, tuple[Address, ...]] = {}
    for node in nodes:
        spots.setdefault(node.name, node.spot)
        addresses[node.name] = addresses.get(node.name, ()) + node.addresses
        labels[node.name] = {**(labels.get(node.name) or {}), **node.labels}
    for machine in inventory.machines if inventory else ():
        spots.setdefault(machine.name, machine.spot)
        interfaces[machine.name] = machine.interfaces
        of_machine = tuple(each for interface in machine.interfaces for each in interface.addresses)
        addresses[machine.name] = addresses.get(machine.name, ()) + of_machine
        if machine.labels is not None:
            labels[machine.name] = {**machine.labels, **(labels.get(machine.name) or {})}
    for name, spot in spots.items():
        yield KnownNode(name, labels.get(name), interfaces.get(name, ()), spot, addresses.get(name, ()))
