"""Plain block style to a tree, line by line: the fast reader for what nearly every Kubernetes file looks like.

It serves a subset in which each line can be judged by itself: ``key: value``, ``- item``, comments, blank lines;
scalars plain or quoted on one line, without escapes; ``{}`` and ``[]``; two- and n-column indents, sequences at or
below their key's column. Whatever else it meets (anchors, aliases, tags, flow, block scalars, continuation lines,
tabs, odd indents, control characters) it says ``None`` and :mod:`.compose` reads the text instead, or refuses it.

The promise, held by a property test: where this reader gives a tree, PyYAML's parser gives the same tree.
"""

from __future__ import annotations

import re
from typing import Final

from .compose import MAX_DEPTH
from .node import Comment, Entry, Mapping, Node, Path, Scalar, Sequence
from .scalars import is_printable

# A line as indent, dash, key, gap, rest. It matches every line: what the subset lacks is found in the groups.
_LINE: Final = re.compile(r"( *)(- +)?(?:([A-Za-z0-9_][A-Za-z0-9_./-]*):(?=[ \n])( *))?(.*)\n")
_SINGLE: Final = re.compile(r"'((?:[^']|'')*)'(?: +#.*| *)")
_DOUBLE: Final = re.compile(r'"([^"\\]*)"(?: +#.*| *)')
_EMPTY: Final = re.compile(r"(?:\{\}|\[\])(?: +#.*| *)")
_INDICATORS: Final = frozenset("?:,[]{}#&*!|>%@`")
# An implicit key ends within 1,024 characters (YAML 1.2, 7.4.2); so do our lines, keys included.
_LONGEST_KEY: Final = 512


def read(text: str, marker: str = "", comments: list[Comment] | None = None) -> Mapping | None:
    """The tree of ``text`` if it is a block mapping in the plain subset, else ``None``.

    ``comments`` collects the line comments that hold ``marker``, on the way and at no cost where there are none.
    """
    if not is_printable(text):
        return None
    stack: list[tuple[int, Mapping | Sequence]] = []
    root: Mapping | None = None
    column = -1  # of the innermost open collection, which is stack[-1]
    top: Mapping | Sequence | None = None
    pending: Entry | None = None  # its value has not begun yet
    colon = last = 0  # where a pending key's line ends; where the last leaf ends
    at = 0
    marked: list[tuple[Path, Entry | None, Node, str]] = []
    watch = comments is not None and marker in text
    for indent, dash, key, gap, rest in _LINE.findall(text if text.endswith("\n") else text + "\n"):
        begin = len(indent)
        position = at + begin + len(dash)
        at = position + len(rest) + 1
        if key:
            at += len(key) + 1 + len(gap)
        elif not dash and (not rest or rest[0] == "#"):
            continue
        # What this line's column says about the collections that are open.
        if pending is not None:
            if dash and begin >= column:
                top = Sequence(position - len(dash), 0, [])
            elif begin > column:
                top = Mapping(position, 0, [])
            else:
                last = colon
                pending = None
            if pending is not None:
                pending.value = top
                pending = None
                column = begin
                stack.append((column, top))
                if len(stack) > MAX_DEPTH:
                    return None
        if column != begin or (not dash and type(top) is Sequence):
            while stack and (column > begin or (column == begin and not dash and type(top) is Sequence)):
                top.end = last  # type: ignore[union-attr]
                stack.pop()
                column, top = stack[-1] if stack else (-1, None)
            if column != begin:
                if root is not None or dash or not key:
                    return None
                root = top = Mapping(position, 0, [])
                column = begin
                stack.append((column, root))
        if dash:
            if type(top) is not Sequence:
                return None
            if key:
                item = Mapping(position, 0, [])
                top.items.append(item)
                top = item
                column = begin + len(dash)
                stack.append((column, item))
                if len(stack) > MAX_DEPTH:
                    return None
        elif not key or type(top) is not Mapping:
            return None
        # The line's own key and value.
        if key:
            if len(key) > _LONGEST_KEY:
                return None
            colon = position + len(key) + 1
            start = colon + len(gap)
            entry = Entry(Scalar(position, colon - 1, key), _NOTHING)
            top.entries.append(entry)  # type: ignore[union-attr]
            if not rest or rest[0] == "#":
                entry.value = Scalar(colon, colon, "")
                pending = entry
                if watch and marker in rest:
                    marked.append((_path(stack), entry, entry.value, rest))
                continue
        else:
            start = position
        value = _scalar(rest, start)
        if value is None:
            return None
        last = value.end
        if key:
            entry.value = value
        else:
            top.items.append(value)  # type: ignore[union-attr]
        if watch and marker in rest:
            comment = rest[last - start :].lstrip(" ")
            if marker in comment:
                marked.append((_path(stack), None, value, comment))
    if pending is not None:
        last = colon
    for _, open_collection in stack:
        open_collection.end = last
    if comments is not None:
        comments += [(path, node if entry is None else entry.value, comment) for path, entry, node, comment in marked]
    return root


def _path(stack: list[tuple[int, Mapping | Sequence]]) -> Path:
    """The path of what was read last: the newest entry or item of each open collection."""
    return tuple(
        node.entries[-1].key.value if isinstance(node, Mapping) else len(node.items) - 1  # type: ignore[union-attr]
        for _, node in stack
    )


_NOTHING: Final = Scalar(0, 0, "")


def _scalar(rest: str, start: int) -> Node | None:
    """The value that begins a rest of line; ``None`` for what this reader leaves to the parser."""
    first = rest[0]
    if first == "'":
        match = _SINGLE.fullmatch(rest)
        if match is None:
            return None
        inner = match.group(1)
        return Scalar(start, start + len(inner) + 2, inner.replace("''", "'") if "'" in inner else inner, "'")
    if first == '"':
        match = _DOUBLE.fullmatch(rest)
        if match is None:
            return None
        inner = match.group(1)
        return Scalar(start, start + len(inner) + 2, inner, '"')
    if first in _INDICATORS or (first == "-" and rest[1:2] in ("", " ")):
        if not _EMPTY.fullmatch(rest):
            return None
        return Mapping(start, start + 2, [], True) if first == "{" else Sequence(start, start + 2, [], True)
    if " #" in rest:
        rest = rest[: rest.index(" #")]
    if rest[-1] == " ":
        rest = rest.rstrip(" ")
    if ": " in rest or rest[-1] == ":":
        return None
    return Scalar(start, start + len(rest), rest)
