"""Splices, and the proof that one changed what it was to change and nothing else.

A spliced text is read again and must say what the old one said with the one change made: the same keys in the same
order, duplicates, aliases, anchors and tags where they were, every scalar of the same type and value. Whatever a
splice gets wrong becomes a refusal here, never a damaged file.
"""

from __future__ import annotations

from math import isnan
from typing import Any

from ..errors import EditError, InputError
from .fragment import Fragment
from .node import Alias, Entry, Mapping, Node, Path, Scalar, Sequence, field_path

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
        found = changed.root
    except InputError as error:
        raise EditError(f"`{field_path(path)}` cannot be edited here: {error.message}", line=line) from error
    if not _agree(fragment.root, found, path, data, insert=insert):
        raise EditError(f"`{field_path(path)}` cannot be edited here without changing something else", line=line)
    return changed


def _agree(old: Node, new: Node, path: Path, data: Any, *, insert: bool) -> bool:
    """Whether ``new`` is ``old`` with the one change in it; both trees are walked once, side by side."""
    if isinstance(old, Alias) or isinstance(new, Alias):
        return False  # nobody edits through one
    if not path:
        return new.anchor == old.anchor and new.tag is None and outline(new)[1:] == outline_of(data)[1:]
    step, rest = path[0], path[1:]
    if isinstance(old, Scalar):
        # An empty value becomes a collection with this one member.
        return old.data is None and outline(new) == (old.anchor, *outline_of(_nested(path, data))[1:])
    if type(old) is not type(new) or (old.anchor, old.tag) != (new.anchor, new.tag):
        return False
    if isinstance(old, Sequence) and isinstance(new, Sequence):
        befores, afters = list(old.items), list(new.items)
        assert isinstance(step, int)
        index = step
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        names = [entry.name for entry in old.entries]
        index = names.index(str(step)) if step in names else len(names)
        keys, kept = list(new.entries), list(old.entries)
        if data is GONE and not rest:
            del kept[index]
        elif index == len(names) and (not keys or outline(keys.pop().key) != outline_of(step)):
            return False
        if len(keys) != len(kept) or not all(map(same_key, kept, keys)):
            return False
        befores, afters = [entry.value for entry in old.entries], [entry.value for entry in new.entries]
    else:
        return False
    if data is GONE and not rest:
        del befores[index]
    elif (insert and not rest and isinstance(old, Sequence)) or index == len(befores):
        # What is new says what was asked for, and all else is as it was.
        if index >= len(afters) or outline(afters.pop(index)) != outline_of(_nested(rest, data)):
            return False
    else:
        before, after = befores.pop(index), afters.pop(index) if index < len(afters) else None
        if after is None or not _agree(before, after, rest, data, insert=insert):
            return False
    return len(befores) == len(afters) and all(map(same, befores, afters))


def _nested(path: Path, data: Any) -> Any:
    for step in reversed(path):
        data = [data] if isinstance(step, int) else {step: data}
    return data


def same_key(old: Entry, new: Entry) -> bool:
    return old.name == new.name if old.is_word and new.is_word else same(old.key, new.key)


def same(old: Node, new: Node) -> bool:
    """Whether two nodes say the same: aliases by name, scalars by text and by whether quotes decide their type."""
    if type(old) is not type(new):
        return False
    if isinstance(old, Alias) and isinstance(new, Alias):
        return old.name == new.name
    if isinstance(old, Alias) or isinstance(new, Alias) or (old.anchor, old.tag) != (new.anchor, new.tag):
        return False
    if isinstance(old, Scalar) and isinstance(new, Scalar):
        return old.value == new.value and (old.style == "") is (new.style == "")
    if isinstance(old, Sequence) and isinstance(new, Sequence):
        return len(old.items) == len(new.items) and all(map(same, old.items, new.items))
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return len(old.entries) == len(new.entries) and all(
            same_key(one, other) and same(one.value, other.value)
            for one, other in zip(old.entries, new.entries, strict=True)
        )
    return False


def outline(node: Node) -> Any:
    """All that a tree says, comparable: pairs in their order, aliases by name, typed scalars; anchor and tag first."""
    if isinstance(node, Alias):
        return ("alias", node.name)
    if isinstance(node, Scalar):
        data = node.data
        return (node.anchor, node.tag, type(data).__name__, _comparable(data))
    if isinstance(node, Sequence):
        return (node.anchor, node.tag, [outline(item) for item in node.items])
    return (node.anchor, node.tag, {"pairs": [(_key(entry.key), outline(entry.value)) for entry in node.entries]})


def _key(key: Node) -> Any:
    """A key is what it says, whatever type it is read as: ``1`` and ``true`` are field names like others."""
    return (key.anchor, key.tag, type(key.data).__name__, key.value) if isinstance(key, Scalar) else outline(key)


def _comparable(data: Any) -> Any:
    return "nan" if isinstance(data, float) and isnan(data) else data


def outline_of(data: Any) -> Any:
    """The outline of plain data."""
    if isinstance(data, dict):
        return (None, None, {"pairs": [(outline_of(key), outline_of(value)) for key, value in data.items()]})
    if isinstance(data, list):
        return (None, None, [outline_of(item) for item in data])
    if isinstance(data, str):
        return (None, None, "str", str(data))
    return (None, None, type(data).__name__, _comparable(data))
