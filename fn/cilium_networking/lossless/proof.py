"""Splices, and the proof that one changed what it was to change and nothing else.

A spliced text is read again and must say what the old one said with the one change made: the same keys in the same
order, duplicates, aliases, anchors and tags where they were, every scalar of the same type and value. Whatever a
splice gets wrong becomes a refusal here, never a damaged file.
"""

from __future__ import annotations

from typing import Any

from ..errors import EditError, InputError
from .fragment import Fragment
from .node import Alias, Node, Path, Scalar, Sequence, field_path

Splice = tuple[int, int, str]
"""Start, end, and the text that takes their place; line breaks in it become those of the text around it."""


def splice(fragment: Fragment, splices: list[Splice]) -> Fragment:
    """The fragment with all splices made; they may not overlap."""
    text = fragment.text
    newline = "\r\n" if "\r\n" in text else "\n"
    parts = []
    at = 0
    for start, end, new in sorted(splices, key=lambda one: one[:2]):
        parts += [text[at:start], new if newline == "\n" else new.replace("\n", newline)]
        at = end
    parts.append(text[at:])
    return Fragment("".join(parts), dash=fragment.dash, first_line=fragment.first_line)


class _Gone:
    """What an outline has where a key or item is taken away."""


GONE = _Gone()


def checked(fragment: Fragment, path: Path, data: Any, *splices: Splice, insert: bool = False) -> Fragment:
    """The spliced fragment, if it reads as the old one with ``data`` at ``path``, or nothing there for :data:`GONE`.

    ``insert`` makes room for it before the item that stands there.
    """
    changed = splice(fragment, list(splices))
    line = fragment.first_line + fragment.text.count("\n", 0, splices[0][0])
    try:
        found = outline(changed.root)
    except InputError as error:
        raise EditError(f"`{field_path(path)}` cannot be edited here: {error.message}", line=line) from error
    expected = _with(outline(fragment.root), path, data if data is GONE else outline_of(data), insert=insert)
    if found != expected:
        raise EditError(f"`{field_path(path)}` cannot be edited here without changing something else", line=line)
    return changed


def outline(node: Node) -> Any:
    """All that a tree says, comparable: pairs in their order, aliases by name, typed scalars; anchor and tag first."""
    if isinstance(node, Alias):
        return ("alias", node.name)
    if isinstance(node, Scalar):
        data = node.data
        return (node.anchor, node.tag, type(data).__name__, data if data == data else "nan")
    if isinstance(node, Sequence):
        return (node.anchor, node.tag, [outline(item) for item in node.items])
    return (node.anchor, node.tag, {"pairs": [(_key(entry.key), outline(entry.value)) for entry in node.entries]})


def _key(key: Node) -> Any:
    """A key is what it says, whatever type it is read as: ``1`` and ``true`` are field names like others."""
    return (key.anchor, key.tag, type(key.data).__name__, key.value) if isinstance(key, Scalar) else outline(key)


def outline_of(data: Any) -> Any:
    """The outline of plain data."""
    if isinstance(data, dict):
        return (None, None, {"pairs": [(outline_of(key), outline_of(value)) for key, value in data.items()]})
    if isinstance(data, list):
        return (None, None, [outline_of(item) for item in data])
    if isinstance(data, str):
        return (None, None, "str", str(data))
    return (None, None, type(data).__name__, data if data == data else "nan")


def _with(tree: Any, path: Path, value: Any, *, insert: bool) -> Any:
    """An outline after one change; a key that was not there comes last, and an anchor stays where it was."""
    if not path:
        return (tree[0], *value[1:])
    step, rest = path[0], path[1:]
    anchor, tag, inside = tree if len(tree) == 3 else (tree[0], None, {"pairs": []} if isinstance(step, str) else [])
    if isinstance(step, int):
        items = list(inside)
        if rest:
            items[step] = _with(items[step], rest, value, insert=insert)
        elif value is GONE:
            del items[step]
        elif insert or step == len(items):
            items.insert(step, value)
        else:
            items[step] = _with(items[step], rest, value, insert=insert)
        return (anchor, tag, items)
    pairs = list(inside["pairs"])
    names = [key[3] if len(key) == 4 else None for key, _ in pairs]
    if step not in names:
        pairs.append((outline_of(step), value))
    elif value is GONE and not rest:
        del pairs[names.index(step)]
    else:
        at = names.index(step)
        pairs[at] = (pairs[at][0], _with(pairs[at][1], rest, value, insert=insert))
    return (anchor, tag, {"pairs": pairs})
