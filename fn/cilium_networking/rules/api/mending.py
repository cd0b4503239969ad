"""Edits for what the schema finds, where only one answer can be meant; the rest is for a person.

Left out: comments that such an edit would lose. Whoever carries edits out refuses those, and says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ...addressing import Address, parse_address
from ...fabric.spot import is_open
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
    if _is_end(problem):
        block = resource.fragment.at(path[:-1])
        end = resource.fragment.at(path)
        free = isinstance(block, Mapping) and not {"cidr", proposed} & {entry.name for entry in block.entries}
        if free and isinstance(end, Scalar) and isinstance(parse_address(end.value), Address):
            return _renamed(resource, path, (*path[:-1], proposed))
    return ()


def as_end(resource: Resource, problem: Problem) -> str | None:
    """What to say of an end of a range by another name, where what it holds is not an address yet."""
    end = resource.fragment.at(problem.path) if _is_end(problem) else None
    if not isinstance(end, Scalar) or is_open(end.value) or isinstance(parse_address(end.value), Address):
        return None
    return f"{problem.message} It takes a whole address, and `{end.value}` is none"


def _is_end(problem: Problem) -> bool:
    return problem.rule == "unknown-field" and problem.proposed in _ENDS and problem.path[:2] == ("spec", "blocks")


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


def quoted(path: Path, word: str) -> tuple[Edit, ...]:
    """A plain word that old readers take for a boolean, quoted where it stands: by way of a value that it is not."""
    return (Put(path, word == "Yes"), Put(path, word))


def _renamed(resource: Resource, path: Path, home: Path) -> tuple[Edit, ...]:
    """The value under another key, if that is free."""
    above = resource.fragment.at(path[:-1])
    own = isinstance(above, Mapping) and any(entry.name == path[-1] for entry in above.entries)
    node = resource.fragment.at(path) if own else None
    if node is None or resource.fragment.at(home) is not None:
        return ()
    return (Put(home, resource.fragment.data(node)), Delete(path))


def _typed(proposed: str) -> Any:
    """What a proposal stands for: a text in quotes, else what YAML takes it for."""
    return parse(f"value: {proposed}\n").data()["value"]
