"""From the tables to a :class:`~.shape.Schema`: the view of one kind that one release has in one version.

Nothing is read before somebody asks for a kind, and then only that kind's table and the shared shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Final, TypeVar, cast, get_args

from ..records import dataclass, field
from .catalog import GROUP, KINDS, RELEASES, gone, served, versions
from .notation import Place, Row, read, steps
from .patterns import PATTERNS
from .shape import Elsewhere, Schema, Type

T = TypeVar("T")

_TYPES: Final = frozenset(get_args(Type))

_EVERY_OBJECT: Final = read(
    """
apiVersion  string
    # Group and version: which form of the kind this object is written in.
kind        string
    # The kind.
"""
)


@dataclass(slots=True)
class _Field:
    """A path with all its rows, whatever the release, and what is below it."""

    rows: list[Row] = field(default_factory=list)
    below: dict[str, _Field] = field(default_factory=dict)

    def row(self, place: Place) -> Row | None:
        return next((row for row in self.rows if row.exists(place)), None)


def rows(kind: str) -> tuple[Row, ...]:
    """What :func:`cilium_networking.kinds.rows` promises."""
    if kind not in KINDS:
        raise LookupError(f"{kind} is not a kind of Cilium's that is known here")
    return _rows(KINDS[kind].plural)


@cache
def schema(kind: str, release: str, api_version: str | None = None) -> Schema:
    """What :func:`cilium_networking.kinds.schema` promises."""
    offered = served(kind, release)
    if not offered:
        raise LookupError(gone(kind, release))
    if api_version is None:
        api_version = offered[0]
    if api_version not in offered:
        raise LookupError(f"Cilium {release} serves {kind} as {' and '.join(offered)}, not as {api_version}")
    every = [
        (name, version.name) for name in RELEASES for version in versions(kind, name)
    ]  # in the order of time, so that "since" and "until" can be told
    place = (release, api_version.removeprefix(f"{GROUP}/"))
    root = _tree(_EVERY_OBJECT + rows(kind))
    return _Builder(place, every).build(Row("", "object"), root)


@cache
def _rows(module: str) -> tuple[Row, ...]:
    table: str = import_module(f"{__package__}.tables.{module}").TABLE
    return read(table)


@cache
def _shapes() -> Mapping[str, _Field]:
    return _tree(_rows("shapes")).below


def _tree(table: Iterable[Row]) -> _Field:
    root = _Field()
    for row in table:
        here = root
        for step in steps(row.path):
            here = here.below.setdefault(step, _Field())
        here.rows.append(row)
    return root


class _Built(Mapping[str, T]):
    """Names whose values are made when they are asked for: an object uses a few of the fields that its kind has."""

    __slots__ = ("made", "make", "names")

    def __init__(self, names: Iterable[str], make: Callable[[str], T]) -> None:
        self.names = dict.fromkeys(names)
        self.make = make
        self.made: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self.made:
            if name not in self.names:
                raise KeyError(name)
            self.made[name] = self.make(name)
        return self.made[name]

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        return repr(dict(self))


class _Builder:
    """Builds for one release and version; ``every`` is all of them, to say where else a field exists."""

    def __init__(self, place: Place, every: Sequence[Place]) -> None:
        self.place = place
        self.every = every

    def build(self, row: Row, here: _Field) -> Schema:
        kind = row.type
        if kind.endswith(("[]", "{}")):
            return self._schema("array" if kind.endswith("[]") else "map", row, here, self._items(kind, here))
        if kind in _shapes():
            shape = _shapes()[kind]
            base = shape.row(self.place)
            assert base is not None, f"{row.path}: the shape {kind} is not in {self.place}"
            merged = Row(row.path, base.type, row.tokens + base.tokens, (), row.doc or base.doc)
            return self.build(merged, shape)
        if kind not in _TYPES:
            raise ValueError(f"{row.path} has no known type: {kind}")
        return self._schema(cast(Type, kind), row, here, None)

    def _items(self, kind: str, here: _Field) -> Schema:
        item = here.below.get(kind[-2:], _Field())
        return self.build(item.row(self.place) or Row("", kind[:-2]), item)

    def _schema(self, kind: Type, row: Row, here: _Field, items: Schema | None) -> Schema:
        below = {name: child for name, child in here.below.items() if name not in ("[]", "{}")}
        present = {name: found for name, child in below.items() if (found := child.row(self.place)) is not None}
        default = self._one(row, "default")
        pattern, form = PATTERNS[name] if (name := self._one(row, "pattern")) else (None, None)
        minimum, maximum = self._bounds(row, "bounds")
        min_items, max_items = self._bounds(row, "items")
        min_length, max_length = self._bounds(row, "len")
        enum = self._enum(row, self.place)
        return Schema(
            type=kind,
            fields=_Built(present, lambda name: self.build(present[name], below[name])),
            items=items,
            required=tuple(name for name, found in present.items() if found.values("required", self.place)),
            enum=enum,
            minimum=minimum,
            maximum=maximum,
            min_items=min_items,
            max_items=max_items,
            min_length=min_length,
            max_length=max_length,
            pattern=pattern,
            form=form,
            format=self._one(row, "format"),
            default=None if default is None else _value(default, kind),
            doc=row.doc,
            list_keys=tuple(row.values("key", self.place)),
            agreements=tuple(row.values("rule", self.place)),
            deprecated=bool(row.values("deprecated", self.place)),
            other_fields=_Built(
                {name: child for name, child in below.items() if name not in present},
                lambda name: self._field_elsewhere(below[name]),
            ),
            other_values=self._values_elsewhere(here, enum),
            mistaken={
                word: name
                for name, found in present.items()
                for words in found.values("mistaken", self.place)
                for word in words.split(",")
            },
        )

    def _one(self, row: Row, word: str) -> str | None:
        return next(iter(row.values(word, self.place)), None)

    def _bounds(self, row: Row, word: str) -> tuple[int | None, int | None]:
        text = self._one(row, word)
        if text is None:
            return None, None
        low, _, high = text.partition("..")
        return (int(low) if low else None, int(high) if high else None)

    def _enum(self, row: Row, place: Place) -> tuple[str, ...]:
        return tuple(value for group in row.values("enum", place) for value in group.split("|"))

    def _field_elsewhere(self, child: _Field) -> Elsewhere:
        use = next((token.value for row in child.rows for token in row.tokens if token.word == "use"), None)
        having = [place for place in self.every if child.row(place) is not None]
        return Elsewhere(_history(self.place, having, self.every), use)

    def _values_elsewhere(self, here: _Field, enum: tuple[str, ...]) -> dict[str, Elsewhere]:
        other: dict[str, Elsewhere] = {}
        for row in here.rows:
            renamed = dict(token.value.split(":") for token in row.tokens if token.word == "renamed")
            groups = [token for token in row.tokens if token.word == "enum"]
            for value in [value for token in groups for value in token.value.split("|") if value not in enum]:
                having = [place for place in self.every if row.exists(place) and value in self._enum(row, place)]
                other[value] = Elsewhere(_history(self.place, having, self.every), renamed.get(value))
        return other


def _history(here: Place, having: Sequence[Place], every: Sequence[Place]) -> str:
    """Where a thing is that is not here: "was removed in Cilium 1.16", "exists only in cilium.io/v2"."""
    release, _ = here
    names = sorted({version for _, version in having})
    if any(name == release for name, _ in having):
        return f"exists only in {GROUP}/{next(version for name, version in having if name == release)}"
    now = RELEASES.index(release)
    before = [name for name, _ in having if RELEASES.index(name) < now]
    if before:
        return f"was removed in Cilium {RELEASES[RELEASES.index(before[-1]) + 1]}"
    only = len(names) == 1 and any(version != names[0] for name, version in every if name == having[0][0])
    return f"exists since Cilium {having[0][0]}" + (f", in {GROUP}/{names[0]} only" if only else "")


def _value(text: str, kind: Type) -> Any:
    if kind == "boolean":
        return text == "true"
    if kind == "integer":
        return int(text)
    return tuple(text.split("|")) if kind == "array" else text
