"""Edits: splices of text, each read back and compared with what was asked before it is accepted.

``edit(fragment, Put(path, data), Delete(path), …)`` gives a new fragment. What the edit does not name keeps its
bytes: quoting, comments, spacing and the order of keys live in text that is never rewritten. A value that already is
what was asked for is left alone, so the same edit twice changes nothing the second time.

Refused, with the place and the reason (:class:`EditError`): a path through an alias, through or beside a merge key
that gives the key, or over a duplicate key; and any splice that does not read back as asked.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Union

from ..errors import EditError, InputError
from .fragment import Fragment
from .node import Mapping, Node, Path, Scalar, Sequence, field_path
from .scalars import resolve


class Put(NamedTuple):
    """Make ``data`` stand at ``path``: a scalar, or a collection, which then holds this and nothing else.

    An index equal to the list's length appends. Missing mappings on the way are made.
    """

    path: Path
    data: Any


class Delete(NamedTuple):
    """Take away the key or item at ``path``, with its own comments; nothing happens where there is none."""

    path: Path


class SetText(NamedTuple):
    """Write ``text`` where a scalar stands, as setters do: in its quotes, or plain and then typed by its look."""

    path: Path
    text: str


class Rename(NamedTuple):
    """Give the key at ``path`` another name, where it stands; nothing happens where there is none."""

    path: Path
    name: str


Edit = Union[Put, Delete, SetText, Rename]


def edit(fragment: Fragment, *edits: Edit) -> Fragment:
    """The fragment after all edits, in their order; the one given never changes.

    Raises EditError, and InputError when the fragment cannot be read to begin with.
    """
    for one in edits:
        root = fragment.root
        # Most of what is asked for stands already, and then none of the modules that write are even imported.
        if isinstance(one, Put) and stands(_plainly(root, one.path), one.data):
            continue
        try:
            fragment = _apply(fragment, one)
        except InputError as error:
            message = f"`{field_path(one.path)}` cannot be edited here: {error.message}"
            raise EditError(message, line=error.line) from error
    return fragment


def _plainly(root: Node, path: Path) -> Node | None:
    """The node at ``path`` where nothing on the way needs a thought: no alias, no key that stands twice."""
    node: Node | None = root
    for step in path:
        if isinstance(node, Mapping) and isinstance(step, str):
            found = [entry.value for entry in node.entries if entry.name == step]
            node = found[0] if len(found) == 1 else None
        elif isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
            node = node.items[step]
        else:
            return None
    return node


def stands(node: Node | None, data: Any) -> bool:
    """Whether a node says exactly ``data``, types and the order of keys included, with no alias, tag or merge in it."""
    if isinstance(node, Scalar):
        found = node.data
        kind = str if isinstance(data, str) else type(data)
        return node.tag is None and type(found) is kind and found == data
    if isinstance(node, Mapping) and isinstance(data, dict):
        entries = node.entries
        return (
            [entry.name for entry in entries] == list(data)
            and not any(entry.merges for entry in entries)
            and all(stands(entry.value, value) for entry, value in zip(entries, data.values(), strict=True))
        )
    if isinstance(node, Sequence) and isinstance(data, list) and len(node.items) == len(data):
        return all(map(stands, node.items, data))
    return False


def _apply(fragment: Fragment, one: Edit) -> Fragment:
    from .places import in_json, locate
    from .put import put
    from .rewrite import replace_scalars

    if isinstance(one, Put):
        return put(fragment, one.path, one.data)
    if isinstance(one, Delete):
        from .delete import delete

        return delete(fragment, one.path)
    if isinstance(one, Rename):
        from .rename import rename

        return rename(fragment, one.path, one.name)
    node = locate(fragment, one.path)
    if not isinstance(node, Scalar):
        raise EditError(f"`{field_path(one.path)}` is not a scalar", line=fragment.line(node or fragment.root))
    quoted = node.style == '"' or (node.style == "" and isinstance(resolve(one.text, plain=True), str))
    if quoted and in_json(fragment, one.path):
        # Text is quoted in JSON, whatever was there, and with no escapes but JSON's.
        return put(fragment, one.path, one.text)
    return replace_scalars(fragment, [(node, one.path, one.text)])
