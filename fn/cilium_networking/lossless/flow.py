"""Brackets on one line, for the line reader: ``[a, 'b']``, ``{start: 10.0.0.1, stop: 10.0.0.9}``, nested.

A subset in which every token shows what it is: words without indicators, quotes without escapes, a space behind each
colon; no trailing commas, no empty values, no pairs in lists. For the rest it says ``None``.
"""

from __future__ import annotations

import re
from typing import Final

from .node import Entry, Mapping, Node, Scalar, Sequence

#: How deep brackets may nest here; the line reader keeps that much of :data:`~.node.MAX_DEPTH` free for them.
MAX_FLOW_DEPTH: Final = 16
# An implicit key ends within 1,024 characters (YAML 1.2, 7.4.2).
_LONGEST: Final = 1000

_QUOTED: Final = r"""'([^'\n]*+)'|"([^"\\\n]*+)\""""
_KEY: Final = re.compile(rf"(?:([A-Za-z0-9_][A-Za-z0-9_./-]*+)|{_QUOTED}): ++")
# Words, with colons and spaces only where a word goes on behind them.
_VALUE: Final = re.compile(
    r"((?:[A-Za-z0-9_./~^$(]|-(?=[A-Za-z0-9_./-]))"
    r"(?:[A-Za-z0-9_./@%+=~^$*()\\-]|:(?=[A-Za-z0-9_./:])| ++(?=[A-Za-z0-9_./]))*+)"
    rf"|{_QUOTED}"
)
_NEXT: Final = re.compile(r" *+(?:(, *+)|([\]}]))")
_BEHIND: Final = re.compile(r" +#.*| *")


def read_flow(rest: str, start: int) -> Mapping | Sequence | None:
    """The collection that the ``rest`` of a line holds, with at most a comment behind it; ``start`` is its offset."""
    if len(rest) > _LONGEST:
        return None
    opened: list[Mapping | Sequence] = []
    at = 0
    while True:
        top = opened[-1] if opened else None
        entry: Entry | None = None
        if isinstance(top, Mapping):
            match = _KEY.match(rest, at)
            if match is None:
                return None
            entry = Entry(_scalar(match, start), _NOTHING)
            top.entries.append(entry)
            at = match.end()
        node: Node
        bracket = rest[at : at + 1]
        if bracket in ("[", "{"):
            node = Mapping(start + at, 0, [], True) if bracket == "{" else Sequence(start + at, 0, [], True)
            at += 1
            while rest[at : at + 1] == " ":
                at += 1
            opened.append(node)
            if len(opened) > MAX_FLOW_DEPTH:
                return None
        else:
            match = _VALUE.match(rest, at)
            if match is None:
                return None
            node = _scalar(match, start)
            at = match.end()
        if entry is not None:
            entry.value = node
        elif isinstance(top, Sequence):
            top.items.append(node)
        if bracket in ("[", "{") and rest[at : at + 1] not in ("]", "}"):
            continue
        while True:
            match = _NEXT.match(rest, at)
            if match is None:
                return None
            at = match.end()
            if match.group(1):
                break
            closed = opened.pop()
            if match.group(2) != ("}" if isinstance(closed, Mapping) else "]"):
                return None
            closed.end = start + at
            if not opened:
                return closed if _BEHIND.fullmatch(rest, at) else None


_NOTHING: Final = Scalar(0, 0, "")


def _scalar(match: re.Match[str], start: int) -> Scalar:
    """The scalar of a match's first three groups: a word, single quotes, double quotes."""
    word, single, double = match.groups()
    begin = start + match.start()
    if word is not None:
        return Scalar(begin, begin + len(word), word)
    if single is not None:
        return Scalar(begin, begin + len(single) + 2, single, "'")
    return Scalar(begin, begin + len(double) + 2, double, '"')
