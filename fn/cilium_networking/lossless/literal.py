"""The text of a literal scalar changed line by line: lines that stay keep their bytes, those that go leave no trace.

Between the text and its lines in the file there is an indent and nothing else, so that an edit of a text inside a text
is as small as it would be in a file of its own. What a literal's header says of the end of the text stays true.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Final

from ..errors import EditError
from .edit import SetText, edit
from .fragment import Fragment
from .node import Path, Scalar, field_path
from .places import locate, next_line, owner_column
from .proof import Splice, checked

_HEADER: Final = re.compile(r"\|([-+0-9]*)")
#: Up to so many lines in the middle are compared with one another; beyond it they are taken in order.
_COMPARED: Final = 4000


def write_scalar(fragment: Fragment, path: Path, text: str) -> Fragment:
    """The fragment with another text in the scalar at ``path``: by lines in a literal, as setters write it elsewhere.

    Raises EditError where the text cannot stand there.
    """
    node = locate(fragment, path)
    if not isinstance(node, Scalar):
        raise EditError(f"`{field_path(path)}` is not a scalar", line=fragment.line(node or fragment.root))
    if node.style == "|":
        return _write_literal(fragment, path, node, text)
    return edit(fragment, SetText(path, text))


def _write_literal(fragment: Fragment, path: Path, node: Scalar, text: str) -> Fragment:
    source = fragment.text
    header = _HEADER.match(source, node.start)
    assert header is not None
    text = _ended(text, header.group(1))
    body = next_line(source, node.start)
    old = node.value.split("\n")
    if node.value.endswith("\n"):
        old.pop()
    new = text.split("\n")
    if text.endswith("\n"):
        new.pop()
    starts = [body]
    for _ in old:
        starts.append(next_line(source, starts[-1]))
    told = re.search(r"\d", header.group(1))
    owner = owner_column(fragment, path)
    indent = " " * (owner + int(told.group())) if told else _indent(source[body : starts[-1]])
    splices: list[Splice] = []
    for tag, first, last, one, other in _changes(old, new):
        if tag != "equal":
            lines = "".join((indent + line if line else "") + "\n" for line in new[one:other])
            splices.append((starts[first], starts[last], lines))
    splices = _shortened(source, splices)
    first_line = next((line for line in new if line.strip()), "")
    if first_line.startswith((" ", "\t")) and told is None:
        # The indent is told by the first line, unless the header says it.
        width = len(indent) - owner
        if not 1 <= width <= 9:
            raise EditError(f"`{field_path(path)}` cannot begin with a blank here", line=fragment.line(node))
        splices.insert(0, (node.start + 1, node.start + 1, str(width)))
    return checked(fragment, path, text, *splices) if splices else fragment


def _ended(text: str, header: str) -> str:
    """The text as it reads in a literal of that header."""
    if "+" in header:
        return text
    stripped = text.rstrip("\n")
    return stripped if "-" in header or not stripped else stripped + "\n"


def _indent(lines: str) -> str:
    match = re.search(r"(?m)^( +)(?=\S)", lines)
    return match.group(1) if match else ""


def _changes(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    """How the lines differ: runs that are equal, gone or other, with their places on both sides."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    before, after = old[head : len(old) - tail], new[head : len(new) - tail]
    if not before and not after:
        return []
    if max(len(before), len(after)) > _COMPARED or not before or not after:
        return [("replace", head, len(old) - tail, head, len(new) - tail)]
    found = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [(tag, head + a, head + b, head + c, head + d) for tag, a, b, c, d in found]


def _shortened(source: str, splices: list[Splice]) -> list[Splice]:
    """Where the last line of a file has no line break, none is left behind, and none is made."""
    if not splices or source.endswith("\n") or splices[-1][1] < len(source):
        return splices
    start, end, lines = splices[-1]
    if lines:
        splices[-1] = (start, end, lines.removesuffix("\n"))
    elif source[:start].endswith("\n"):
        at = start - 1 - source.startswith("\r\n", start - 2)
        splices[-1] = (at, end, "")
    return splices
