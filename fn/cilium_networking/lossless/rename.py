"""A key's new name in the place of the old one: its value, the comments in it and the order of the keys stay."""

from __future__ import annotations

from ..errors import EditError, InputError
from .fragment import Fragment
from .node import Alias, Entry, Mapping, Node, Path, Scalar, Sequence, field_path
from .places import locate
from .proof import same, same_key, splice
from .scalars import spell_verbatim


def rename(fragment: Fragment, path: Path, name: str) -> Fragment:
    """The fragment with another key at ``path``; the same one where there is none.

    Raises EditError where that name is taken, or comes from a merge key.
    """
    if locate(fragment, path, alias=True) is None:
        return fragment
    home = (*path[:-1], name)
    parent = locate(fragment, path[:-1])
    if not isinstance(parent, Mapping):
        raise EditError(f"`{field_path(path)}` is no key", line=fragment.line(fragment.root))
    entry = next(one for one in parent.entries if one.name == path[-1])
    if locate(fragment, home, alias=True) is not None:
        raise EditError(f"`{field_path(home)}` stands there already", line=fragment.line(entry.key))
    key = entry.key
    assert isinstance(key, Scalar)  # it has a name
    changed = splice(fragment, [(key.start, key.end, spell_verbatim(name, key.style, flow=parent.flow))])
    try:
        agreed = _agree(fragment.root, changed.root, path, name)
    except InputError:
        agreed = False
    if not agreed:
        raise EditError(f"`{field_path(path)}` cannot be renamed here", line=fragment.line(key))
    return changed


def _agree(old: Node, new: Node, path: Path, name: str) -> bool:
    """Whether ``new`` is ``old`` but for the one key."""
    if isinstance(old, (Alias, Scalar)) or isinstance(new, (Alias, Scalar)):
        return False
    step, rest = path[0], path[1:]
    if type(old) is not type(new) or (old.anchor, old.tag) != (new.anchor, new.tag):
        return False
    if isinstance(old, Sequence) and isinstance(new, Sequence):
        pairs = list(zip(old.items, new.items, strict=False))
        return len(old.items) == len(new.items) and all(
            _agree(one, other, rest, name) if place == step else same(one, other)
            for place, (one, other) in enumerate(pairs)
        )
    assert isinstance(old, Mapping)
    assert isinstance(new, Mapping)
    return len(old.entries) == len(new.entries) and all(
        _agree_entry(one, other, path, name)
        if one.name == step
        else same_key(one, other) and same(one.value, other.value)
        for one, other in zip(old.entries, new.entries, strict=True)
    )


def _agree_entry(old: Entry, new: Entry, path: Path, name: str) -> bool:
    if len(path) > 1:
        return same_key(old, new) and _agree(old.value, new.value, path[1:], name)
    before, after = old.key, new.key
    return (
        isinstance(before, Scalar)
        and isinstance(after, Scalar)
        and (before.anchor, before.tag, name) == (after.anchor, after.tag, after.value)
        and same(old.value, new.value)
    )
