"""Edits for what the schema finds, where only one answer can be meant; the rest is for a person.

A comment is never thrown away for it: what would have to be written anew around a comment is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ...addressing import Address, parse_address
from ...kinds import check, schema
from ...lossless import Mapping, Path, Scalar, field_path, parse
from ...lossless.edit import Delete, Put, SetText

if TYPE_CHECKING:
    from ...kinds import Problem, Schema
    from ...lossless.edit import Edit
    from ...resources import Resource

_VERSION: Final = ("apiVersion",)
_SELECTOR: Final = {"matchLabels", "matchExpressions"}
#: What people write for the ends of a range; any other slip may mean two things.
_ENDS: Final = ("start", "stop")


def mended(resource: Resource, problem: Problem) -> tuple[Edit, ...]:
    """The edits that put one problem right; none where a person has to say what is meant."""
    path, proposed = problem.path, problem.proposed
    if proposed is None or not path:
        return ()
    if problem.rule == "wrong-type":
        return (Put(path, _typed(proposed)),)
    if problem.rule == "malformed" and path[-1] == "peerAddress":
        return (Put(path, proposed),)
    if problem.rule == "other-release" and path == ("spec", "cidrs"):
        return _renamed(resource, path, (*path[:-1], proposed))
    if problem.rule == "misplaced-field":
        homes = ((*path[:up], path[-1]) for up in range(len(path) - 1))
        home = next((one for one in homes if field_path(one) == proposed), None)
        return _renamed(resource, path, home) if home is not None else ()
    if problem.rule == "unknown-field" and proposed in _ENDS and path[:2] == ("spec", "blocks"):
        block = resource.fragment.at(path[:-1])
        end = resource.fragment.at(path)
        free = isinstance(block, Mapping) and not {"cidr", proposed} & {entry.name for entry in block.entries}
        if free and isinstance(end, Scalar) and isinstance(parse_address(end.value), Address):
            return _renamed(resource, path, (*path[:-1], proposed))
    return ()


def as_label(resource: Resource, problem: Problem, schema: Schema) -> tuple[str, tuple[Edit, ...]] | None:
    """What to say of a condition that stands beside ``matchLabels`` and not in it, and the edits that put it there."""
    path = problem.path
    selector = schema.at(path[:-1]) if problem.rule == "unknown-field" and problem.proposed is None else None
    if selector is None or set(selector.fields) != _SELECTOR:
        return None
    name = str(path[-1])
    message = f"`{field_path(path)}` is dropped, and `{name}` may then be anything: write it under `matchLabels`"
    value = resource.fragment.at(path)
    plain = isinstance(value, Scalar) and isinstance(value.data, str)
    return message, _renamed(resource, path, (*path[:-1], "matchLabels", name)) if plain else ()


def moved(resource: Resource, release: str, version: str) -> tuple[Edit, ...]:
    """The edit to another version, where all that stands in the object means the same there."""
    found = check(resource.root, schema(resource.kind, release, version), allow_placeholders=True)
    return () if any(found) else (SetText(_VERSION, version),)


def quoted(resource: Resource, path: Path, word: str) -> tuple[Edit, ...]:
    """A plain word that old readers take for a boolean, written anew: with quotes, as every such word is."""
    return () if _commented(resource, path) else (Delete(path), Put(path, word))


def _renamed(resource: Resource, path: Path, home: Path) -> tuple[Edit, ...]:
    """The value under another key, if that is free and no comment would be lost."""
    node = resource.fragment.at(path)
    if node is None or resource.fragment.at(home) is not None or _commented(resource, path):
        return ()
    return (Put(home, resource.fragment.data(node)), Delete(path))


def _commented(resource: Resource, path: Path) -> bool:
    """Whether a comment stands with a field, which would be lost with it."""
    above = resource.fragment.at(path[:-1])
    entry = next((one for one in above.entries if one.name == path[-1]), None) if isinstance(above, Mapping) else None
    if entry is None:
        return True
    text = resource.fragment.text
    line_end = text.find("\n", entry.value.end)
    return "#" in text[entry.key.start : line_end if line_end >= 0 else len(text)]


def _typed(proposed: str) -> Any:
    """What a proposal stands for: a text in quotes, else what YAML takes it for."""
    return parse(f"value: {proposed}\n").data()["value"]
