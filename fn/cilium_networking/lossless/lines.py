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
from typing import Any, Final

from .flow import MAX_FLOW_DEPTH, read_flow
from .node import MAX_DEPTH, Comment, Entry, Mapping, Node, Path, Scalar, Sequence, Style
from .scalars import is_printable

# A line as indent, dash, key, gap, rest. It matches every line: what the subset lacks is found in the groups. A key is
# short, because an implicit one ends within 1,024 characters (YAML 1.2, 7.4.2).
_LINE: Final = re.compile(r"( *)(- +)?(?:([A-Za-z0-9_][A-Za-z0-9_./-]{0,511}):(?=[ ]|\Z)( *))?(.*)")
_HEAD: Final = re.compile(r"( *)(- +)?([A-Za-z0-9_][A-Za-z0-9_./-]{0,511})")
_QUOTES: Final[dict[str, Style]] = {"'": "'", '"': '"'}
_SINGLE: Final = re.compile(r"'((?:[^']|'')*+)'(?: +#.*| *)")
_DOUBLE: Final = re.compile(r'"([^"\\]*+)"(?: +#.*| *)')
_LITERAL: Final = re.compile(r"\|([-+]?)(?: +#.*| *)")
_INDENT: Final = re.compile(r"( +)[^ \n]")
# What begins neither a plain scalar nor anything else that this reader knows.
_INDICATORS: Final = frozenset("?:,]}#&*!>%@`")
# Beyond this a tuple for each line costs more memory than PyYAML takes; etcd holds no object of that size.
LONGEST_TEXT: Final = 4_000_000

Collection = Mapping | Sequence
Lines = Iterator[str]


class NotPlainError(Exception):
    """The text leaves the subset; the parser reads it."""


# --- one line -------------------------------------------------------------------------------------------------------

BLANK: Final = 0  # nothing, or a comment
SCALAR: Final = 1
LATER: Final = 2  # a key whose value begins on a later line, or never
FLOW: Final = 3
BLOCK: Final = 4  # the header of a literal scalar

#: What decides about structure: what a line is, its indent, its dash's width, its key.
Head = tuple[int, int, int, str]
#: Then position of key or item, start and end of the value, the scalar's text and style, and the rest from there on.
Fields = tuple[Head, int, int, int, str, Style, str]


@lru_cache(maxsize=4096)
def fields_of(line: str) -> Fields:
    """A line taken apart. Remembered, because the lines of one Kubernetes object are mostly those of the one before.

    Raises NotPlainError for a line that only PyYAML can judge.
    """
    split = line.find(": ")
    if split > 0:
        # Most lines that were not seen before differ in a plain or quoted value only: no need to match all of them.
        head = _head(line[:split])
        rest = line[split + 2 :]
        first = rest[:1]
        if head is None:
            pass
        elif first.isalnum():
            if "#" not in rest and ":" not in rest and rest[-1] != " ":
                return head[0], head[1], split + 2, len(line), rest, "", rest
        elif first in _QUOTES and rest[-1] == first and rest.count(first) == 2 and "\\" not in rest:
            return head[0], head[1], split + 2, len(line), rest[1:-1], _QUOTES[first], rest
    match = _LINE.fullmatch(line)
    assert match is not None
    indent, dash, key, gap, rest = match.groups("")
    begin = len(indent)
    position = begin + len(dash)
    start = position + (len(key) + 1 + len(gap) if key else 0)
    if not rest or rest[0] == "#":
        kind = LATER if key else BLANK
        if dash and not key:
            raise NotPlainError
        colon = position + len(key) + 1
        return (kind, begin, len(dash), key), position, colon, colon, "", "", rest
    first = rest[0]
    if first in "[{":
        return (FLOW, begin, len(dash), key), position, start, start, "", "", rest
    if first == "|":
        return (BLOCK, begin, len(dash), key), position, start, start, "", "|", rest
    scalar = _scalar(rest, start)
    if scalar is None:
        raise NotPlainError
    return (SCALAR, begin, len(dash), key), position, start, scalar.end, scalar.value, scalar.style, rest


@lru_cache(maxsize=1024)
def _head(text: str) -> tuple[Head, int] | None:
    """Indent, dash and key of a line with a scalar behind them; ``None`` where the key is no plain word."""
    match = _HEAD.fullmatch(text)
    if match is None:
        return None
    indent, dash, key = match.groups("")
    return (SCALAR, len(indent), len(dash), key), len(indent) + len(dash)


# --- the place of a line --------------------------------------------------------------------------------------------

# What a line opens: the value of the key above it, as a mapping or as a sequence; the mapping of a list item.
MAPPING: Final = 1
SEQUENCE: Final = 2
ITEM: Final = 4


class Columns:
    """The open collections by their columns: what a line's indent says about them.

    A line at ``expected`` with a key and no dash is the next key of the innermost mapping and needs no thought.
    """

    __slots__ = ("column", "expected", "is_sequence", "open", "pending", "rooted")

    def __init__(self) -> None:
        self.open: list[int] = []  # a sequence's column stands as ~column
        self.column = -1  # of the innermost one
        self.is_sequence = False
        self.rooted = False
        self.expected = -1
        self.pending = False  # whether the key above still waits for its value

    def place(self, begin: int, dash: int, key: str) -> tuple[int, int]:
        """How many open collections a line leaves open, and what it opens."""
        keep = len(self.open)
        opens = 0
        if self.pending and dash and begin >= self.column:
            opens, self.is_sequence = SEQUENCE, True
        elif self.pending and not dash and begin > self.column:
            opens, self.is_sequence = MAPPING, False
        else:
            while self.open and (self.column > begin or (self.column == begin and self.is_sequence and not dash)):
                self.open.pop()
                self.is_sequence = bool(self.open) and self.open[-1] < 0
                self.column = -1 if not self.open else ~self.open[-1] if self.is_sequence else self.open[-1]
            keep = len(self.open)
            if self.column != begin:
                if self.rooted or dash or not key:
                    raise NotPlainError
                opens, self.rooted = MAPPING, True
        if opens:
            self.column = begin
            self.open.append(~begin if self.is_sequence else begin)
        if dash:
            if not self.is_sequence:
                raise NotPlainError
            if key:
                opens |= ITEM
                self.column, self.is_sequence = begin + dash, False
                self.open.append(self.column)
        elif not key or self.is_sequence:
            raise NotPlainError
        if len(self.open) > MAX_DEPTH:
            raise NotPlainError
        self.expected = -1 if self.is_sequence else self.column
        return keep, opens


# --- the whole text -------------------------------------------------------------------------------------------------


def read(text: str, marker: str = "", comments: list[Comment] | None = None) -> Mapping | None:
    """The tree of ``text`` if it is a block mapping in the plain subset, else ``None``.

    ``comments`` collects the line comments that hold ``marker``, on the way and at no cost where there are none.
    """
    if len(text) > LONGEST_TEXT or not is_printable(text):
        return None
    root: Mapping | None = None
    opened: list[Collection] = []
    top: Any = None
    columns = Columns()
    pending: Entry | None = None
    last = at = 0  # where the last leaf ends; where the line begins
    marked: list[tuple[Path, Entry | None, Node, str]] = []
    watch = comments is not None and marker in text
    lines: Lines = iter(text.split("\n"))
    try:
        for line in lines:
            here = at
            at += len(line) + 1
            (kind, begin, dash, key), position, start, end, value, style, rest = fields_of(line)
            if begin != columns.expected or dash or not key:
                if kind == BLANK:
                    continue
                keep, opens = columns.place(begin, dash, key)
                while len(opened) > keep:
                    opened.pop().end = last
                if opens & (MAPPING | SEQUENCE):
                    top = Mapping(here + position, 0, []) if opens & MAPPING else Sequence(here + begin, 0, [])
                    if pending is None:
                        root = top
                    else:
                        pending.value = top
                    opened.append(top)
                if opens & ITEM:
                    item = Mapping(here + position, 0, [])
                    opened[-1].items.append(item)  # type: ignore[union-attr]  # a dash stands in a sequence
                    opened.append(item)
                top = opened[-1]
            pending = None
            columns.pending = False
            node: Node
            if kind in (SCALAR, LATER):
                node = Scalar(here + start, here + end, value, style)
            else:
                node, at = _beyond(text, here + start, at, kind, columns, rest, lines)
            last = node.end
            if key:
                entry = Entry((here + position, key), node)
                top.entries.append(entry)
                if kind == LATER:
                    pending = entry
                    columns.pending = True
                    columns.expected = -1
            else:
                top.items.append(node)
            if watch and marker in rest:
                comment = comment_of(rest, node, here + start, kind)
                if marker in comment:
                    marked.append((_path(opened), pending, node, comment))
    except NotPlainError:
        return None
    for collection in opened:
        collection.end = last
    if comments is not None:
        comments += [(path, node if entry is None else entry.value, comment) for path, entry, node, comment in marked]
    return root


def _beyond(text: str, start: int, body: int, kind: int, columns: Columns, rest: str, lines: Lines) -> tuple[Node, int]:
    """A value that is more than its line's fields, brackets or a literal, and where the next line begins."""
    node: Node | None = None
    if kind == BLOCK:
        node, body = read_literal(text, start, body, columns.column, rest, lines)
    elif len(columns.open) + MAX_FLOW_DEPTH <= MAX_DEPTH:
        node = read_flow(rest, start)
    if node is None:
        raise NotPlainError
    return node, body


def comment_of(rest: str, node: Node, start: int, kind: int) -> str:
    """The comment at the end of a line whose value begins at ``start``; empty where there is none."""
    if kind == LATER:
        return rest
    if kind == BLOCK:
        return rest[rest.index("#") :] if "#" in rest else ""
    return rest[node.end - start :].lstrip(" ")


def _path(opened: list[Collection]) -> Path:
    """The path of what was read last: the newest entry or item of each open collection."""
    return tuple(node.entries[-1].name or "" if isinstance(node, Mapping) else len(node.items) - 1 for node in opened)


# --- values ---------------------------------------------------------------------------------------------------------


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


def read_literal(text: str, start: int, body: int, column: int, header: str, rows: Lines) -> tuple[Scalar | None, int]:
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
