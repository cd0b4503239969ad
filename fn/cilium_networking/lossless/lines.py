"""Plain block style to a tree, line by line: the fast reader for what nearly every Kubernetes file looks like.

It serves a subset in which each line can be judged by itself: ``key: value``, ``- item``, comments, blank lines;
scalars plain or quoted on one line, without escapes; brackets on one line (:mod:`.flow`); literal scalars without an
indent indicator; any indents, sequences at or below their key's column. Whatever else it meets (anchors, aliases,
tags, folded scalars, continuation lines, tabs, control characters) it says ``None`` and :mod:`.compose` reads the
text instead, or refuses it.

The promise, held by a property test: where this reader gives a tree, PyYAML's parser gives the same tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from .flow import MAX_FLOW_DEPTH, read_flow
from .node import MAX_DEPTH, Comment, Entry, Mapping, Node, Path, Scalar, Sequence, Style
from .scalars import is_printable

# A line as indent, dash, key, gap, rest. It matches every line: what the subset lacks is found in the groups. A key is
# short, because an implicit one ends within 1,024 characters (YAML 1.2, 7.4.2).
_LINE: Final = re.compile(r"( *)(- +)?(?:([A-Za-z0-9_][A-Za-z0-9_./-]{0,511}):(?=[ \n])( *))?(.*)\n")
_QUOTES: Final[dict[str, Style]] = {"'": "'", '"': '"'}
_SINGLE: Final = re.compile(r"'((?:[^']|'')*+)'(?: +#.*| *)")
_DOUBLE: Final = re.compile(r'"([^"\\]*+)"(?: +#.*| *)')
_LITERAL: Final = re.compile(r"\|([-+]?)(?: +#.*| *)")
_INDENT: Final = re.compile(r"( +)[^ \n]")
# What begins neither a plain scalar nor anything else that this reader knows.
_INDICATORS: Final = frozenset("?:,]}#&*!>%@`")
# Beyond this a tuple for each line costs more memory than PyYAML takes; etcd holds no object of that size.
_LONGEST_TEXT: Final = 4_000_000

Collection = Mapping | Sequence
Lines = Iterator[tuple[str, str, str, str, str]]


def read(text: str, marker: str = "", comments: list[Comment] | None = None) -> Mapping | None:
    """The tree of ``text`` if it is a block mapping in the plain subset, else ``None``.

    ``comments`` collects the line comments that hold ``marker``, on the way and at no cost where there are none.
    """
    if len(text) > _LONGEST_TEXT or not is_printable(text):
        return None
    stack: list[tuple[int, Collection]] = []
    root: Mapping | None = None
    column = -1  # of the innermost open collection, which is stack[-1]
    top: Collection | None = None
    expected = -1  # the column of a line that needs no thought: the next key of an open mapping
    pending: Entry | None = None  # its value has not begun yet
    colon = last = 0  # where a pending key's line ends; where the last leaf ends
    at = 0
    marked: list[tuple[Path, Entry | None, Node, str]] = []
    watch = comments is not None and marker in text
    rows: Lines = iter(_LINE.findall(text if text.endswith("\n") else text + "\n"))
    for indent, dash, key, gap, rest in rows:
        begin = len(indent)
        position = at + begin + len(dash)
        start = position + (len(key) + 1 + len(gap) if key else 0)
        at = start + len(rest) + 1
        if begin != expected or dash or not key:
            if not key and not dash and (not rest or rest[0] == "#"):
                continue
            # What this line's column says about the collections that are open.
            if pending is not None:
                if dash and begin >= column:
                    pending.value = top = Sequence(position - len(dash), 0, [])
                elif begin > column:
                    pending.value = top = Mapping(position, 0, [])
                else:
                    last = colon
                    pending = None
                if pending is not None:
                    pending = None
                    column = begin
                    stack.append((column, top))
                    if len(stack) > MAX_DEPTH:
                        return None
            while stack and (column > begin or (column == begin and not dash and type(top) is Sequence)):
                top.end = last
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
            expected = column if type(top) is Mapping else -1
        # The line's own key and value.
        if key:
            if not rest or rest[0] == "#":
                colon = position + len(key) + 1
                pending = Entry((position, key), Scalar(colon, colon, ""))
                top.entries.append(pending)
                expected = -1
                if watch and marker in rest:
                    marked.append((_path(stack), pending, pending.value, rest))
                continue
        elif not rest:
            return None
        first = rest[0]
        value: Node | None
        if first.isalnum() and "#" not in rest and ":" not in rest and rest[-1] != " ":
            value = Scalar(start, at - 1, rest)
        elif first == "|":
            value, at = _literal(text, start, at, column, rest, rows)
        elif first in "[{":
            value = read_flow(rest, start) if len(stack) + MAX_FLOW_DEPTH <= MAX_DEPTH else None
        else:
            value = _scalar(rest, start)
        if value is None:
            return None
        last = value.end
        if key:
            top.entries.append(Entry((position, key), value))
        else:
            top.items.append(value)
        if watch and marker in rest:
            comment = rest[rest.index("#") if first == "|" else last - start :].lstrip(" ")
            if marker in comment:
                marked.append((_path(stack), None, value, comment))
    if pending is not None:
        last = colon
    for _, open_collection in stack:
        open_collection.end = last
    if comments is not None:
        comments += [(path, node if entry is None else entry.value, comment) for path, entry, node, comment in marked]
    return root


def _path(stack: list[tuple[int, Collection]]) -> Path:
    """The path of what was read last: the newest entry or item of each open collection."""
    return tuple(
        node.entries[-1].name or "" if isinstance(node, Mapping) else len(node.items) - 1 for _, node in stack
    )


def _scalar(rest: str, start: int) -> Scalar | None:
    """The scalar that begins a rest of line; ``None`` for what this reader leaves to the parser."""
    first = rest[0]
    if first in _QUOTES and rest[-1] == first and rest.count(first) == 2 and "\\" not in rest:
        # Nothing inside and nothing behind: most quotes are like this, and it is cheaper to see than to match.
        return Scalar(start, start + len(rest), rest[1:-1], _QUOTES[first])
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
        return None
    if " #" in rest:
        rest = rest[: rest.index(" #")]
    if rest[-1] == " ":
        rest = rest.rstrip(" ")
    if ": " in rest or rest[-1] == ":":
        return None
    return Scalar(start, start + len(rest), rest)


def _literal(text: str, start: int, body: int, column: int, header: str, rows: Lines) -> tuple[Scalar | None, int]:
    """The literal scalar whose content begins at ``body``, and where its lines end; ``rows`` moves on behind them."""
    match = _LITERAL.fullmatch(header)
    indent = _INDENT.match(text, body)
    if match is None or indent is None or len(indent.group(1)) <= column or not text.endswith("\n"):
        return None, body
    width = len(indent.group(1))
    content = _content(width).match(text, body)
    assert content is not None
    lines = content.group().split("\n")
    lines.pop()
    for _ in lines:
        next(rows)
    value = "\n".join(line[width:] for line in lines)
    stripped = value.rstrip("\n")
    chomp = match.group(1)
    end = content.end() - 1
    if chomp != "+":
        # Blank lines behind the last line of content stand between it and what follows.
        while len(lines[-1]) <= width:
            end -= len(lines.pop()) + 1
    value = stripped if chomp == "-" else stripped + "\n" if not chomp else value + "\n"
    return Scalar(start, end, value, "|"), content.end()


@lru_cache(maxsize=64)
def _content(width: int) -> re.Pattern[str]:
    """Lines indented by ``width`` or more, and blank ones."""
    return re.compile(rf"(?: {{{width}}}.*+\n| *+\n)*+")
