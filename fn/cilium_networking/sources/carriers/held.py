"""What a carrier is shown, and what it gives: texts that stand in a document, and sentences about those that do not.

The tree is looked at and not made to data: a text keeps its path, its style and its tag, and a hostile document costs
no more than its size. Merge keys are followed, as the tools do that read these documents.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...lossless import Mapping, Node, Path, Scalar, Sequence, follow
from ...records import dataclass
from ...resources import Resource, Severity
from ..layer import Target


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its tree, the Kubernetes object that it is, and which ConfigMaps are known to hold manifests."""

    root: Mapping
    resource: Resource | None
    #: Namespace and name.
    manifests: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Held:
    """A text in a document."""

    path: Path
    scalar: Scalar
    #: What goes with it when nothing of it is left.
    entry: Path
    #: As cloud-init spells it; ``data URL`` and ``data URL+gzip`` for Ignition's; ``maybe`` where the text decides.
    encoding: str = ""
    target: Target | None = None
    #: Written after all that is not deferred.
    deferred: bool = False
    #: Why nobody ever reads it.
    replaced: str = ""
    #: Why ``write_files`` in it is not read, where it is cloud-config.
    ignored: str = ""
    #: Whether it is user data or manifests whatever it looks like.
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence about a place in a document."""

    severity: Severity
    message: str
    path: Path
    node: Node


def at(node: Node | None, *names: str) -> Node | None:
    """What stands under these keys, through aliases and merge keys; of a key that stands twice the last counts."""
    for name in names:
        node = _one(node, name)
        if node is None:
            return None
    return node


def _one(node: Node | None, name: str, depth: int = 0) -> Node | None:
    if not isinstance(node, Mapping) or depth > 8:
        return None
    found = [entry.value for entry in node.entries if entry.name == name]
    if found:
        return follow(found[-1])
    for entry in node.entries:
        if entry.merges:
            given = follow(entry.value)
            for source in given.items if isinstance(given, Sequence) else [given]:
                merged = _one(follow(source), name, depth + 1)
                if merged is not None:
                    return merged
    return None


def text(node: Node | None, *names: str) -> str | None:
    """The text of the scalar there, ``None`` for a null and for what is no scalar."""
    found = at(node, *names)
    if not isinstance(found, Scalar) or (found.style == "" and found.data is None):
        return None
    return found.value


def is_true(node: Node | None, name: str) -> bool:
    """A switch as cloud-init reads it: YAML 1.1's words and the text of them."""
    return (text(node, name) or "").lower() in ("true", "1", "on", "yes")


def items(node: Node | None) -> Iterator[tuple[int, Mapping]]:
    """The mappings of a list with their places."""
    if isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            found = follow(item)
            if isinstance(found, Mapping):
                yield index, found


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """All nodes below one with their paths, in the order of the text; what an alias stands for comes once, itself."""
    todo: list[tuple[Path, Node]] = [(path, node)]
    while todo:
        where, here = todo.pop()
        yield where, here
        if isinstance(here, Mapping):
            todo += [((*where, entry.name), entry.value) for entry in reversed(here.entries) if entry.name is not None]
        elif isinstance(here, Sequence):
            todo += [((*where, index), item) for index, item in reversed(list(enumerate(here.items)))]
