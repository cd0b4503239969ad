"""Where things stand in a text: lines, columns, the comments that belong to a node, the style of what is around it."""

from __future__ import annotations

import re
from typing import Final

from ..errors import EditError
from .fragment import Fragment
from .node import BOM, Alias, Entry, Mapping, Node, Path, Scalar, Sequence, field_path, follow
from .stream import dashes


def locate(fragment: Fragment, path: Path, *, alias: bool = False) -> Node | None:
    """The node to edit at ``path``; ``None`` where there is none. Raises EditError where the way is not safe.

    With ``alias`` it may be an alias itself, for who does not look behind it.
    """
    node: Node = fragment.root
    for depth, step in enumerate(path):
        where = field_path(path[: depth + 1])
        if isinstance(node, Mapping) and isinstance(step, str):
            found = [entry for entry in node.entries if entry.name == step]
            if len(found) > 1:
                line = fragment.line(found[1].key)
                raise EditError(f"`{where}` stands {len(found)} times in the same mapping", line=line)
            if not found:
                _refuse_merged(fragment, node, step, where)
                return None
            node = found[0].value
        elif isinstance(node, Sequence) and isinstance(step, int):
            if not 0 <= step < len(node.items):
                return None
            node = node.items[step]
        else:
            return None
        if isinstance(node, Alias) and not (alias and depth + 1 == len(path)):
            raise EditError(f"`{where}` is the alias *{node.name}: edit its anchor instead", line=fragment.line(node))
    return node


def _refuse_merged(fragment: Fragment, node: Mapping, key: str, where: str) -> None:
    """A key that a merge gives may not be added beside it: it would stop following its source."""
    for entry in node.entries:
        if not entry.merges:
            continue
        given = follow(entry.value)
        sources = given.items if isinstance(given, Sequence) else [given]
        for source in (follow(one) for one in sources):
            # What a source merges itself is not looked up: to refuse it is safe.
            if isinstance(source, Mapping) and (source.entry(key) or any(one.merges for one in source.entries)):
                line = fragment.line(entry.key)
                raise EditError(f"`{where}` comes from a merge key: edit its source instead", line=line)


# --- lines ----------------------------------------------------------------------------------------------------------


def line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Where the line ends, before its line break."""
    end = text.find("\n", at)
    if end < 0:
        return len(text)
    return end - 1 if text[end - 1 : end] == "\r" else end


def next_line(text: str, at: int) -> int:
    """Where the next line starts, or the text ends."""
    return text.find("\n", at) + 1 or len(text)


def column_of(text: str, at: int) -> int:
    start = line_start(text, at)
    return at - start - text.startswith(BOM, start)


def begins_line(text: str, at: int) -> bool:
    """Whether nothing but spaces stands before it on its line."""
    return not text[line_start(text, at) : at].strip(" \t" + BOM)


# --- comments -------------------------------------------------------------------------------------------------------


def comments_above(text: str, first: int, column: int) -> int:
    """Where the comment lines right above a line begin: they are about it if they stand at its column."""
    pad = " " * column + "#"
    while first:
        above = text.rfind("\n", 0, first - 1) + 1
        if not text.startswith(pad, above):
            break
        first = above
    return first


def comments_below(text: str, end: int, column: int) -> int:
    """Where the comment lines inside a block end that begins at ``column``: they stand deeper than it."""
    inside = re.compile(rf"(?:[ \t]*+\r?\n)*+ {{{column + 1},}}#.*+(?:\n|\Z)")
    while True:
        match = inside.match(text, end)
        if match is None:
            return end
        end = match.end()


# --- what is around a node ------------------------------------------------------------------------------------------

# Anchors and tags right before a node.
_PROPERTIES: Final = re.compile(r"(?:(?<=[\s,\[{:-])[&!]\S*+\s*+)+\Z")


def properties(text: str, node: Node, after: int = 0) -> tuple[int, str]:
    """Where a node with its anchor and tag begins, and the anchor to keep when its value changes."""
    if isinstance(node, Alias) or (node.anchor is None and node.tag is None):
        return node.start, ""
    match = _PROPERTIES.search(text, max(after, line_start(text, node.start) - 1, 0), node.start)
    start = match.start() if match else node.start
    return start, f"&{node.anchor} " if node.anchor is not None and start < node.start else ""


def gap_before(text: str, node: Node, start: int) -> str:
    """What must stand between an empty value's colon or dash and what is written at ``start`` in its place."""
    empty = isinstance(node, Scalar) and node.start == node.end
    return " " if empty and text[start - 1 : start] not in ("", " ", "\n", "\t") else ""


def comment_behind(text: str, at: int) -> str:
    """The rest of a line from ``at`` on, as the comment that it is, with a blank before it."""
    rest = text[at : line_end(text, at)].rstrip()
    return f" {rest}" if rest.startswith("#") else rest


def in_flow(fragment: Fragment, path: Path) -> bool:
    """Whether a collection above ``path`` is in flow style."""
    return any(isinstance(node, (Mapping, Sequence)) and node.flow for node in _above(fragment, path))


def in_json(fragment: Fragment, path: Path) -> bool:
    """Whether what stands at ``path`` is inside JSON: brackets whose keys, or strings, are double quoted."""
    known: bool | None = None
    flow = False
    for node in _above(fragment, path):
        if not isinstance(node, (Mapping, Sequence)) or not node.flow:
            continue
        flow = True
        if isinstance(node, Mapping):
            looked = [entry.key for entry in node.entries]
        else:
            looked = [item for item in node.items if isinstance(item, Scalar) and isinstance(item.data, str)]
        if looked:
            known = all(isinstance(one, Scalar) and one.style == '"' for one in looked)
    if known is None:
        # `{}` is JSON as much as YAML; alone in a file it is more likely JSON.
        root = fragment.root
        known = flow and isinstance(root, (Mapping, Sequence)) and root.flow
    return known


def _above(fragment: Fragment, path: Path) -> list[Node]:
    nodes: list[Node] = []
    node: Node | None = fragment.root
    for step in path:
        if node is None:
            break
        nodes.append(node)
        if isinstance(node, Mapping):
            entry = node.entry(str(step))
            node = None if entry is None else entry.value
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            node = None
    return nodes


def value_start(fragment: Fragment, path: Path) -> int:
    """Right behind the colon or dash of what stands at ``path`` in block style."""
    parent = locate(fragment, path[:-1])
    if isinstance(parent, Mapping):
        entry = parent.entry(str(path[-1]))
        assert entry is not None
        return fragment.text.index(":", entry.key.end) + 1
    assert isinstance(parent, Sequence)
    return dashes(fragment.source, parent)[int(path[-1])] + 1


def block_column(fragment: Fragment, path: Path, *, sequence: bool) -> int:
    """At which column a block collection at ``path`` begins: as its likes do, else two to the right of its key."""
    text = fragment.text
    parent = locate(fragment, path[:-1])
    if isinstance(parent, Mapping):
        entry = parent.entry(str(path[-1]))
        assert entry is not None
        column = column_of(text, entry.key.start)
        return column if sequence and not is_wide(fragment) else column + 2
    assert isinstance(parent, Sequence)
    return column_of(text, dashes(fragment.source, parent)[int(path[-1])]) + 2


def owner_column(fragment: Fragment, path: Path) -> int:
    """The column of the key or dash that a value belongs to."""
    parent = locate(fragment, path[:-1])
    if isinstance(parent, Mapping):
        entry = parent.entry(str(path[-1]))
        assert entry is not None
        return column_of(fragment.text, entry.key.start)
    assert isinstance(parent, Sequence)
    return column_of(fragment.text, parent.start)


def is_wide(fragment: Fragment) -> bool:
    """Whether the first list below a key is indented deeper than it; kpt writes new ones compact."""
    todo: list[Node | Entry] = [fragment.root]
    while todo:
        node = todo.pop()
        if isinstance(node, Entry):
            value = node.value
            if isinstance(value, Sequence) and not value.flow:
                return column_of(fragment.text, value.start) > column_of(fragment.text, node.key.start)
            todo.append(value)
        elif isinstance(node, Mapping):
            todo += reversed(node.entries)
        elif isinstance(node, Sequence):
            todo += reversed(node.items)
    return False
