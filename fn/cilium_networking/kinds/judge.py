"""Walks a tree beside a schema and says all that is wrong, in the order of the text.

It judges what the API server judges: fields, types, bounds, patterns, required fields, entries told apart by a key,
and the rules of one object. As the server does, it takes a field without a value for one that is not there, and reads
through aliases and merge keys. It knows nothing of the meaning of a value beyond its field; rules do.

The work is bounded by the text: what an alias stands for is judged once for each field that it is used in.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Map

from ..lossless.node import MERGE_KEY, Alias, Entry, Mapping, Node, Path, Scalar, Sequence, field_path, follow
from ..records import dataclass
from .agreements import AGREEMENTS, Agreement
from .leaves import leaf, limits, named, outside, wrong_type
from .problem import Problem
from .shape import Schema
from .spelling import listed, nearest

#: How Flux and kpt mark a value that is put in later.
_PLACEHOLDER = "${"


@dataclass(frozen=True, slots=True)
class _Level:
    """An object above the one that is judged: where it is, what it may have, what it has."""

    path: Path
    schema: Schema
    present: Map[str, Entry]


def judge(root: Node, schema: Schema, path: Path = (), *, allow_placeholders: bool = False) -> Iterator[Problem]:
    """What :func:`cilium_networking.kinds.check` promises."""
    yield from _Judge(allow_placeholders).value(root, schema, path, ())


class _Judge:
    def __init__(self, allow_placeholders: bool) -> None:
        self.allow_placeholders = allow_placeholders
        self.judged: set[tuple[int, int]] = set()

    def value(self, node: Node, schema: Schema, path: Path, above: tuple[_Level, ...]) -> Iterator[Problem]:
        if isinstance(node, Alias):
            use = (id(node.target), id(schema))
            if use in self.judged:
                return
            self.judged.add(use)
            node = follow(node)
        if schema.type == "any":
            return
        if isinstance(node, Mapping) and schema.type == "object":
            yield from self._object(node, schema, path, above)
        elif isinstance(node, Mapping) and schema.type == "map":
            yield from self._map(node, schema, path, above)
        elif isinstance(node, Sequence) and schema.type == "array":
            yield from self._array(node, schema, path, above)
        elif isinstance(node, Scalar) and schema.type not in ("object", "map", "array"):
            if not self._placeholder(node):
                yield from leaf(node, schema, path)
        else:
            yield wrong_type(node, schema, path)

    def _placeholder(self, node: Node) -> bool:
        return self.allow_placeholders and isinstance(node, Scalar) and _PLACEHOLDER in node.value

    def _object(self, node: Mapping, schema: Schema, path: Path, above: tuple[_Level, ...]) -> Iterator[Problem]:
        yield from _duplicates(node, path)
        present = _entries(node)
        below = (*above, _Level(path, schema, present))
        for name, entry in present.items():
            field = schema.fields.get(name)
            if field is None:
                yield _unknown(entry, name, schema, path, above)
            elif not _is_null(entry.value):
                yield from self.value(entry.value, field, (*path, name), below)
        values = {name: follow(entry.value) for name, entry in present.items() if not _is_null(entry.value)}
        for name in schema.required:
            if name not in values:
                proposed = only[0] if len(only := schema.fields[name].enum) == 1 else None
                yield Problem((*path, name), node, f"{named((*path, name))} is missing", None, proposed, "missing")
        for agreement in schema.agreements:
            yield from self._agreement(AGREEMENTS[agreement], node, values, schema, path)

    def _map(self, node: Mapping, schema: Schema, path: Path, above: tuple[_Level, ...]) -> Iterator[Problem]:
        yield from _duplicates(node, path)
        if schema.items is not None:
            for name, entry in _entries(node).items():
                if not _is_null(entry.value):
                    yield from self.value(entry.value, schema.items, (*path, name), above)

    def _array(self, node: Sequence, schema: Schema, path: Path, above: tuple[_Level, ...]) -> Iterator[Problem]:
        if outside(len(node), schema.min_items, schema.max_items):
            limit = limits(schema.min_items, schema.max_items)
            items = "item" if limit.endswith(" 1") else "items"
            message = f"{named(path)} must have {limit} {items}, not {len(node)}"
            yield Problem(path, node, message, str(len(node)), None, "wrong-count")
        first: dict[tuple[object, ...], int] = {}
        for index, item in enumerate(node):
            if schema.items is not None:
                yield from self.value(item, schema.items, (*path, index), above)
            key = self._key(item, schema.list_keys)
            if key is not None and first.setdefault(key, index) != index:
                yield _repeated(follow(item), schema.list_keys, (*path, index), (*path, first[key]))

    def _key(self, item: Node, names: tuple[str, ...]) -> tuple[object, ...] | None:
        """What tells an entry from others; ``None`` when that is not said, or not yet."""
        item = follow(item)
        if not names or not isinstance(item, Mapping):
            return None
        present = _entries(item)
        values = [follow(present[name].value) for name in names if name in present]
        told = [value.data for value in values if isinstance(value, Scalar) and not self._placeholder(value)]
        return tuple(told) if len(told) == len(names) else None

    def _agreement(
        self, agreement: Agreement, node: Mapping, values: Map[str, Node], schema: Schema, path: Path
    ) -> Iterator[Problem]:
        if agreement.claim == "at most":
            yield from self._order(agreement, node, values, schema, path)
            return
        other = values.get(agreement.other)
        if not isinstance(other, Scalar) or other.data not in schema.fields[agreement.other].enum:
            return  # said already, or not said yet
        if not agreement.broken(agreement.field in values, other.data):
            return
        where = (*path, agreement.field)
        if agreement.claim == "needed when":
            message = f"{named(where)} is missing: {agreement.other} `{other.value}` needs it"
            yield Problem(where, node, _quoting(agreement, message), None, None, "missing")
        else:
            message = f"{named(where)} does not go with {agreement.other} `{other.value}`"
            yield Problem(where, values[agreement.field], _quoting(agreement, message), None, None, "contradiction")

    def _order(
        self, agreement: Agreement, node: Mapping, values: Map[str, Node], schema: Schema, path: Path
    ) -> Iterator[Problem]:
        numbers: list[int] = []
        told: list[str] = []
        for name in (agreement.field, agreement.other):
            value = values.get(name)
            number = value.data if isinstance(value, Scalar) else schema.fields[name].default
            if isinstance(number, bool) or not isinstance(number, int):
                return  # said already, or not said yet
            numbers.append(number)
            told.append(f"{number}" if value is not None else f"{number} (the default)")
        small, large = numbers
        if small > large:
            where = (*path, agreement.field)
            at = values.get(agreement.field, node)
            message = f"{named(where)} is {told[0]}, more than `{agreement.other}` {told[1]}"
            # A third is what RFC 4271 suggests (section 10) for the two timers that this is about.
            words = _quoting(agreement, message)
            yield Problem(where, at, words, str(small), str(max(1, large // 3)), "contradiction")


def _quoting(agreement: Agreement, message: str) -> str:
    """What is wrong, and how the API server says it: that is what whoever applied the object has seen."""
    return f'{message} (the API server: "{agreement.message}")'


def _is_null(node: Node) -> bool:
    node = follow(node)
    return isinstance(node, Scalar) and node.data is None


def _entries(node: Mapping) -> dict[str, Entry]:
    """The entries by name: a mapping's own, then those that merge keys bring; of a duplicate the first."""
    found: dict[str, Entry] = {}
    waiting = [node]
    seen: set[int] = set()
    while waiting:
        mapping = waiting.pop(0)
        if id(mapping) in seen:
            continue
        seen.add(id(mapping))
        for entry in mapping.entries:
            if _merges(entry):
                value = follow(entry.value)
                sources = value.items if isinstance(value, Sequence) else [value]
                waiting += [source for item in sources if isinstance(source := follow(item), Mapping)]
            else:
                found.setdefault(entry.name if entry.name is not None else "?", entry)
    return found


def _merges(entry: Entry) -> bool:
    return entry.name == MERGE_KEY and isinstance(entry.key, Scalar) and entry.key.style == ""


def _duplicates(node: Mapping, path: Path) -> Iterator[Problem]:
    seen: set[str] = set()
    for entry in node.entries:
        if entry.name is not None and entry.name in seen:
            where = (*path, entry.name)
            yield Problem(where, entry.key, f"{named(where)} is given twice", None, None, "duplicate-field")
        elif entry.name is not None:
            seen.add(entry.name)


def _repeated(item: Node, keys: tuple[str, ...], path: Path, first: Path) -> Problem:
    assert isinstance(item, Mapping)
    value = item.get(keys[0])
    text = value.value if isinstance(value, Scalar) else None
    message = f"{named((*path, keys[0]))} is that of {named(first)} too: `{text}`"
    return Problem((*path, keys[0]), value or item, message, text, None, "duplicate-entry")


def _unknown(entry: Entry, name: str, schema: Schema, path: Path, above: tuple[_Level, ...]) -> Problem:
    where = (*path, name)
    if name in schema.other_fields:
        other = schema.other_fields[name]
        use = None if other.use is None else named((*path, other.use)) if "." not in other.use else f"`{other.use}`"
        message = f"{named(where)} {other.words}" + (f": use {use}" if use else "")
        return Problem(where, entry.key, message, name, other.use, "other-release")
    same = next((known for known in schema.fields if known.lower() == name.lower()), None)
    meant = schema.mistaken.get(name) or same
    if meant is None and (home := _home(name, schema, path, above)) is not None:
        words, proposed = home
        message = f"unknown field {named(where)}: `{name}` belongs {words}"
        return Problem(where, entry.key, message, name, proposed, "misplaced-field")
    meant = meant or nearest(name, schema.fields)
    hint = f": known are {listed(schema.fields, 'and')}" if schema.fields else ""
    if meant is not None:
        hint = f": did you mean `{meant}`?"
    elif len(schema.fields) == 1:
        hint = f": `{next(iter(schema.fields))}` is the only one"
    message = f"unknown field {named(where)}{hint}"
    return Problem(where, entry.key, message, name, meant, "unknown-field")


def _home(name: str, schema: Schema, path: Path, above: tuple[_Level, ...]) -> tuple[str, str] | None:
    """Where a field belongs, in words and as a path, when only one place can be meant and that is free."""
    homes: list[tuple[str, Path]] = []
    for up, level in enumerate(reversed(above), 1):
        if name in level.schema.fields:
            if name in level.present:
                return None
            levels = "one level up" if up == 1 else f"{up} levels up"
            place = f"in {named(level.path)}" if level.path else "beside `kind`"
            homes.append((f"{levels}, {place}", (*level.path, name)))
            break
    for field, inner in schema.fields.items():
        holder = inner.items if inner.type == "array" and inner.items is not None else inner
        if name in holder.fields:
            entry = "an entry of " if holder is not inner else ""
            homes.append((f"in {entry}{named((*path, field))}", (*path, field, *((0,) if entry else ()), name)))
    if len(homes) != 1:
        return None
    words, home = homes[0]
    return words, field_path(home)
