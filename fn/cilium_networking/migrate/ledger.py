"""What became of every field of the input: the book that a conversion has to balance.

A conversion tells only what it changed. The lines are made here, by comparing what went in with what came out, so that
no conversion can forget a field: what stands in the result at the same place with the same value is carried, what
differs has to be told, and what nobody told of is a line that says so, as a bug of ours.

Left out: objects that no conversion takes. Nothing happens to them, and so there is nothing to tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Literal

from ..lossless import Path, field_path
from ..records import dataclass, replace
from ..resources import Resource

Fate = Literal["carried", "changed", "lost", "decide"]
"""``lost``: the new form cannot say it, and ``why`` says what to do instead. ``decide``: the owner has to."""

#: Begins the reason of a line that no conversion accounts for.
BUG: Final = "a bug in cilium-networking"


@dataclass(frozen=True, slots=True)
class Told:
    """What a conversion says of one field of its input, and of all that is below it.

    A field that the input does not have is one that is added, such as a default that is written out. ``to`` is the
    field of the result, where it is another one. The empty path is the object: it has a line of its own.
    """

    path: Path
    fate: Fate
    why: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class Converted:
    """One object of the input, what was made of it, and what there is to say of its fields."""

    origin: Resource
    made: tuple[Resource, ...]
    told: tuple[Told, ...]

    @property
    def same(self) -> bool:
        """Whether it came out as the text that went in."""
        return len(self.made) == 1 and self.made[0].fragment.text == self.origin.fragment.text


@dataclass(frozen=True, slots=True)
class Releases:
    """The release that the cluster goes to, and the one that it comes from, where that is known: ``1.15``, ``1.19``."""

    target: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Conversion:
    """One way from an old form to the new one. ``convert`` answers ``None`` where nothing is to be done."""

    name: str
    takes: Callable[[Resource], bool]
    convert: Callable[[Resource, Releases], Converted | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the fidelity report. ``before`` is empty for an added field, ``after`` for one that is gone."""

    path: Path
    #: The field of the input as text: ``spec.cidrs[0].cidr``.
    field: str
    fate: Fate
    before: str
    after: str
    why: str
    #: The field of the result, where it is another one.
    to: str = ""


def lines(converted: Converted) -> tuple[Line, ...]:
    """A line for every leaf of the input in its order, then one for each field that is added."""
    origin = dict(leaves(converted.origin.fragment.data()))
    made = _successor(converted)
    result = {} if made is None else dict(leaves(made.fragment.data()))
    # Of an object that stays what it is said is no field's; one that is not made any more takes its fields with it.
    told = [one for one in converted.told if one.path or made is None]
    found = [Line((), "", one.fate, "", "", one.why) for one in converted.told if not one.path]
    places = {field_path(path): value for path, value in result.items()} if any(one.to for one in told) else {}
    found += [_of_input(path, value, result, told, places) for path, value in origin.items()]
    found += _added(origin, result, told)
    return tuple(found)


def followed(first: Converted, then: Converted) -> Converted:
    """Two conversions as one; what the second tells of a field, it tells of the one that the first had there."""
    # What an owner has to decide is asked once: that the field is not known, too, is no news.
    asked = {one.path for one in first.told if one.fate == "decide"}
    moved = (_of_first(one, first, then) for one in then.told)
    told = tuple(one for one in moved if one.fate != "lost" or one.path not in asked)
    said = {one.path for one in told if one.path}
    kept = tuple(replace(one, to=_onward(one.to, then.told)) for one in first.told if one.path not in said)
    return Converted(first.origin, then.made, (*kept, *told))


def _of_first(one: Told, first: Converted, then: Converted) -> Told:
    """What is told of a field that had moved, told of where it was; where it is now is then its new place."""
    path = original(one.path, first.told)
    stands = any(made.kind == then.origin.kind and made.fragment.at(one.path) is not None for made in then.made)
    return replace(one, path=path, to=one.to or (field_path(one.path) if path != one.path and stands else ""))


def _onward(to: str, told: Iterable[Told]) -> str:
    """Where a field is that stood at ``to`` before it was moved as it is told."""
    for one in told:
        before = field_path(one.path)
        if to and one.to and _within(to, before):
            return one.to + to[len(before) :]
    return to


def original(path: Path, told: Iterable[Told]) -> Path:
    """Where the field stood before it was moved as it is told."""
    for one in told:
        for length in range(len(path), 0, -1) if one.to else ():
            if field_path(path[:length]) == one.to:
                return (*one.path, *path[length:])
    return path


def leaves(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every scalar in plain data with its path, and every list and mapping that holds nothing."""
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from leaves(value, (*path, key))
    elif isinstance(data, list) and data:
        for position, value in enumerate(data):
            yield from leaves(value, (*path, position))
    else:
        yield path, data


def spelled(value: Any) -> str:
    """A leaf as a report quotes it."""
    if value is None:
        return "null"
    if value == "":
        return '""'
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _successor(converted: Converted) -> Resource | None:
    """What the object has become, where it is still one of its kind: of its name, or the only one."""
    origin = converted.origin
    alike = [one for one in converted.made if one.kind == origin.kind]
    only = alike[0] if len(alike) == 1 else None
    return next((one for one in alike if one.name == origin.name), only)


def _of_input(path: Path, value: Any, result: dict[Path, Any], told: Sequence[Told], places: dict[str, Any]) -> Line:
    carried = _alike(result[path], value) if path in result else _filled(path, value, result)
    teller = _teller(path, told)
    before = spelled(value)
    if carried and (teller is None or teller.fate not in ("lost", "decide")):
        return Line(path, field_path(path), "carried", before, before, "")
    if teller is None:
        why = f"{BUG}: nothing says what became of this field"
        return Line(path, field_path(path), "lost", before, "", why)
    to = teller.to and teller.to + _rest(path, teller.path)
    # A field that moved with all that is below it is found at its new place; others at their own.
    after = spelled(places[to]) if to in places else spelled(result[path]) if path in result else ""
    return Line(path, field_path(path), teller.fate, before, after, teller.why, to)


def _filled(path: Path, value: Any, result: dict[Path, Any]) -> bool:
    """Whether a list or mapping that held nothing is still there: what stands in it now has lines of its own."""
    return value in (None, [], {}) and any(_leads(path, other) for other in result)


def _added(origin: dict[Path, Any], result: dict[Path, Any], told: Sequence[Told]) -> Iterator[Line]:
    """What stands in the result and not in the input, and what is told of fields that stand in neither."""
    homes = {one.to: one for one in told if one.to}
    used: set[int] = set()
    for path, value in result.items():
        emptied = value in ([], {}) and any(_leads(path, other) for other in origin)
        if path in origin or emptied or any(_within(field_path(path), home) for home in homes):
            continue
        teller = _teller(path, told)
        if teller is None:
            why = f"{BUG}: nothing says why this field is added"
            yield Line(path, field_path(path), "lost", "", spelled(value), why)
        elif not any(_leads(teller.path, other) for other in origin):
            used.add(id(teller))
            yield Line(path, field_path(path), teller.fate, "", spelled(value), teller.why)
    for one in told:
        if id(one) not in used and not any(_leads(one.path, other) for other in origin):
            yield Line(one.path, field_path(one.path), one.fate, "", "", one.why, one.to)


def _teller(path: Path, told: Iterable[Told]) -> Told | None:
    """Who speaks of a field: the one whose path leads nearest to it."""
    return max((one for one in told if _leads(one.path, path)), key=lambda one: len(one.path), default=None)


def _leads(head: Path, path: Path) -> bool:
    return path[: len(head)] == head


def _rest(path: Path, head: Path) -> str:
    below = field_path(path[len(head) :])
    return f".{below}" if below and not below.startswith("[") else below


def _within(field: str, home: str) -> bool:
    return field == home or field.startswith((f"{home}.", f"{home}["))


def _alike(one: Any, other: Any) -> bool:
    """The same value of the same type: ``true`` is not ``1``, and ``1`` not ``"1"``."""
    return type(one) is type(other) and bool(one == other)
