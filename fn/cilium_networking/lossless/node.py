"""The view of a YAML text: a tree whose every node knows where it stands.

Nodes are views, never the truth: the text is. They are built by :mod:`.lines` (a line reader for plain block
style) or :mod:`.compose` (PyYAML's parser for everything else), and both build the same tree for the same text.

Offsets are characters into the text of one :class:`~.fragment.Fragment`. A scalar's span holds its quotes but
neither its anchor nor its tag; a collection ends with its last leaf (block) or its bracket (flow), so the
comments that follow it belong to nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, TypeAlias, Union

from .scalars import CORE, Data, resolve

Style = Literal["", "'", '"', "|", ">"]
"""Plain, single quoted, double quoted, literal, folded."""

Step = Union[str, int]
Path: TypeAlias = tuple[Step, ...]
"""Keys and list positions from a root down to a node: ``("spec", "blocks", 0, "cidr")``."""

BOM: Final = "\ufeff"

MERGE_KEY: Final = "<<"
MERGE_TAG: Final = CORE + "merge"

#: Deeper than this no Kubernetes object nests, and a reader that follows a hostile one exhausts its stack.
MAX_DEPTH: Final = 200


class Scalar:
    """A leaf. ``value`` is its text after unquoting and unfolding; ``data`` what YAML 1.2 core makes of it."""

    __slots__ = ("anchor", "end", "start", "style", "tag", "value")

    def __init__(
        self, start: int, end: int, value: str, style: Style = "", tag: str | None = None, anchor: str | None = None
    ) -> None:
        self.start = start
        self.end = end
        self.value = value
        self.style = style
        self.tag = tag
        self.anchor = anchor

    @property
    def data(self) -> Data:
        """The scalar as ``None``, ``bool``, ``int``, ``float`` or ``str``, typed as go-yaml types it."""
        return resolve(self.value, plain=self.style == "", tag=self.tag)


class Entry:
    """One ``key: value`` of a mapping. ``key`` is a scalar but for exotic YAML, which we read and never edit.

    The line reader gives a plain key as its place and text: a tree has as many keys as values, and hardly any of
    them is ever looked at as a node.
    """

    __slots__ = ("_key", "value")

    def __init__(self, key: Node | tuple[int, str], value: Node) -> None:
        self._key = key
        self.value = value

    @property
    def key(self) -> Node:
        key = self._key
        if isinstance(key, tuple):
            start, text = key
            key = self._key = Scalar(start, start + len(text), text)
        return key

    @property
    def name(self) -> str | None:
        """The key's text, ``None`` when the key is itself a collection or an alias."""
        key = self._key
        if isinstance(key, tuple):
            return key[1]
        return key.value if isinstance(key, Scalar) else None

    @property
    def is_word(self) -> bool:
        """Whether the key is a plain word as the line reader gives it, with no quotes, anchor or tag."""
        return isinstance(self._key, tuple)

    @property
    def merges(self) -> bool:
        """Whether this is a merge key; a quoted ``"<<"`` is a key like any other (go-yaml's ``isMerge``)."""
        key = self._key
        return (
            isinstance(key, Scalar)
            and key.value == MERGE_KEY
            and key.tag in (None, "!", MERGE_TAG)
            and (key.style == "" or key.tag == MERGE_TAG)
        )


class Mapping:
    """A block or flow mapping, its entries in the order of the text, duplicates included."""

    __slots__ = ("anchor", "end", "entries", "flow", "start", "tag")

    def __init__(
        self,
        start: int,
        end: int,
        entries: list[Entry],
        flow: bool = False,
        tag: str | None = None,
        anchor: str | None = None,
    ) -> None:
        self.start = start
        self.end = end
        self.entries = entries
        self.flow = flow
        self.tag = tag
        self.anchor = anchor

    def entry(self, name: str) -> Entry | None:
        """The first entry of that name. Merge keys are not followed: what stands here is what counts."""
        for entry in self.entries:
            if entry.name == name:
                return entry
        return None

    def get(self, name: str) -> Node | None:
        entry = self.entry(name)
        return None if entry is None else follow(entry.value)

    def count(self, name: str) -> int:
        """How many entries have that name; more than one means that the key is a duplicate."""
        return sum(1 for entry in self.entries if entry.name == name)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)


class Sequence:
    """A block or flow sequence."""

    __slots__ = ("anchor", "end", "flow", "items", "start", "tag")

    def __init__(
        self,
        start: int,
        end: int,
        items: list[Node],
        flow: bool = False,
        tag: str | None = None,
        anchor: str | None = None,
    ) -> None:
        self.start = start
        self.end = end
        self.items = items
        self.flow = flow
        self.tag = tag
        self.anchor = anchor

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


class Alias:
    """``*name``: its own span, and the node that it stands for."""

    __slots__ = ("end", "name", "start", "target")

    def __init__(self, start: int, end: int, name: str, target: Node) -> None:
        self.start = start
        self.end = end
        self.name = name
        self.target = target


Node = Union[Scalar, Mapping, Sequence, Alias]

Comment = tuple[Path, Union[Node, None], str]
"""A comment at the end of a line, from its ``#`` on, with the node that it stands behind. The comment on the line of
a key whose value is a block collection belongs to that collection; ``None`` where no tree was made to have it from."""


def line_comments(text: str, root: Node, marker: str) -> list[Comment]:
    """All line comments below ``root`` that hold ``marker``, in the order of the text."""
    found: list[Comment] = []
    todo: list[tuple[Path, Node, int]] = [((), root, -1)]
    while todo:
        path, node, colon = todo.pop()
        if isinstance(node, (Mapping, Sequence)):
            steps = enumerate(node.items) if isinstance(node, Sequence) else ((e.name, e.value) for e in node.entries)
            ends = (-1,) * len(node.items) if isinstance(node, Sequence) else tuple(e.key.end for e in node.entries)
            todo += [
                ((*path, step), value, end) for (step, value), end in zip(steps, ends, strict=True) if step is not None
            ][::-1]
            place = node.end if node.flow else colon
        elif isinstance(node, Scalar) and node.style in ("|", ">"):
            place = node.start
        else:
            place = node.end
        if place < 0:
            continue
        match = _LINE_COMMENT.match(text, place)
        if match and marker in match.group(1):
            found.append((path, node, match.group(1).rstrip("\r")))
    return found


# Behind a value, a key's colon, a flow item's comma or a block scalar's header.
_LINE_COMMENT: Final = re.compile(r"[|>]?[-+0-9]*:?,?[ \t]++(#.*)")


def follow(node: Node) -> Node:
    """The node itself, or what an alias stands for."""
    return node.target if isinstance(node, Alias) else node


def child(node: Node, step: Step) -> Node | None:
    """One step down, through aliases; ``None`` where there is nothing."""
    node = follow(node)
    if isinstance(node, Mapping) and isinstance(step, str):
        return node.get(step)
    if isinstance(node, Sequence) and isinstance(step, int) and -len(node.items) <= step < len(node.items):
        return follow(node.items[step])
    return None


def find(node: Node, path: Path) -> Node | None:
    """The node at ``path`` below ``node``; ``None`` where there is nothing."""
    here: Node | None = node
    for step in path:
        if here is None:
            return None
        here = child(here, step)
    return here


def field_path(path: Path) -> str:
    """A path as KRM results write it: ``spec.blocks[0].cidr``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
