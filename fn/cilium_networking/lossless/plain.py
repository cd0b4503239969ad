"""Plain data of a text, without a tree: what judging ten thousand objects takes of each of them.

As in :mod:`.skim`, the structure of a text of the line reader's subset follows from its lines' indents, dashes and
keys alone. It is worked out once for each such shape, as a form to fill in; a text of a known shape then costs a look
at its lines. What has no such shape is read as a tree.

The promise, held by a property test: where this gives data, the tree gives the same.
"""

from __future__ import annotations

from collections.abc import Sequence as Items
from functools import lru_cache
from typing import Any, Final, Union

from .flow import MAX_FLOW_DEPTH, read_flow
from .lines import (
    BLANK,
    BLOCK,
    FLOW,
    ITEM,
    LATER,
    LONGEST_TEXT,
    MAPPING,
    SEQUENCE,
    Columns,
    Head,
    NotPlainError,
    fields_of,
    read_literal,
)
from .node import MAX_DEPTH, Mapping, Node, Scalar, Sequence
from .scalars import is_printable, resolve

#: How many shapes are remembered, as in :mod:`.skim`.
_MOST_SHAPES: Final = 512

#: The number of a leaf's line, the parts of a mapping, or those of a list; ``None`` for a key without a value.
Form = Union[int, None, dict[str, "Form"], list["Form"]]

_BRACKETS: Final = (Mapping, Sequence)

_forms: dict[tuple[Head, ...], Form] = {}


def plain_data(text: str) -> dict[str, Any] | None:
    """What ``text`` says; ``None`` for a text that takes a tree."""
    if len(text) > LONGEST_TEXT or not is_printable(text):
        return None
    try:
        lines = list(map(_line, text.split("\n"))) if "|" not in text else _beside_literals(text)
    except NotPlainError:
        return None
    shape = tuple([one[0] for one in lines])
    if shape in _forms:
        form = _forms[shape]
    else:
        if len(_forms) >= _MOST_SHAPES:
            _forms.clear()
        form = _forms[shape] = _form(shape)
    return _filled(form, lines) if isinstance(form, dict) else None


@lru_cache(maxsize=4096)
def _line(line: str) -> tuple[Head, Any]:
    """What decides about a line's structure, and its value; brackets as their node, to be made anew for each text."""
    head, _, _, _, value, style, rest = fields_of(line)
    if head[0] == FLOW:
        node = read_flow(rest, 0)
        if node is None:
            raise NotPlainError
        return head, node
    return head, resolve(value, plain=style == "")


def _filled(form: dict[str, Form], lines: Items[tuple[Head, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, part in form.items():
        if type(part) is int:
            value = lines[part][1]
            made[key] = _fresh(value) if isinstance(value, _BRACKETS) else value
        else:
            made[key] = None if part is None else _filled_part(part, lines)
    return made


def _filled_part(part: Form, lines: Items[tuple[Head, Any]]) -> Any:
    if isinstance(part, dict):
        return _filled(part, lines)
    if isinstance(part, list):
        return [_filled_part(one, lines) for one in part]
    value = None if part is None else lines[part][1]
    return _fresh(value) if isinstance(value, _BRACKETS) else value


def _fresh(node: Node) -> Any:
    """Brackets as data."""
    if isinstance(node, Mapping):
        return {entry.name: _fresh(entry.value) for entry in node.entries}
    if isinstance(node, Sequence):
        return [_fresh(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.data


def _form(shape: Items[Head]) -> Form:
    """The form of a shape; ``None`` for one that takes a tree, a duplicate key for example."""
    columns = Columns()
    root: dict[str, Form] = {}
    opened: list[Any] = []
    key_above = ""
    try:
        for number, (kind, begin, dash, key) in enumerate(shape):
            if kind == BLANK:
                continue
            keep, opens = columns.place(begin, dash, key)
            del opened[keep:]
            if opens & (MAPPING | SEQUENCE):
                new: Any = {} if opens & MAPPING else []
                if not opened:
                    new = root
                elif isinstance(opened[-1], dict):
                    opened[-1][key_above] = new
                else:
                    return None
                opened.append(new)
            if opens & ITEM:
                opened[-1].append({})
                opened.append(opened[-1][-1])
            if kind == FLOW and len(opened) + MAX_FLOW_DEPTH > MAX_DEPTH:
                return None
            part = None if kind == LATER else number
            top = opened[-1]
            if not key:
                top.append(part)
            elif key in top:
                return None
            else:
                top[key] = part
            key_above = key
            columns.pending = kind == LATER
    except NotPlainError:
        return None
    return root or None


def _beside_literals(text: str) -> list[tuple[Head, Any]]:
    """The lines that are not content of literals, and a literal's text as the value of its line."""
    found: list[tuple[Head, Any]] = []
    at = 0
    rows = iter(text.split("\n"))
    for row in rows:
        start, at = at, at + len(row) + 1
        head, _, offset, _, _, _, rest = fields_of(row)
        if head[0] != BLOCK:
            found.append(_line(row))
            continue
        _, begin, dash, key = head
        literal, at = read_literal(text, start + offset, at, begin + dash if key else begin, rest, rows)
        if literal is None:
            raise NotPlainError
        found.append((head, literal.value))
    return found
