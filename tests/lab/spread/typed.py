"""The typed configs of a spread: values for each field, by what its schema allows.

Promises: any two values of two plain fields of an object meet, every value of the others occurs, lists are as long as
their items need, and empty where they may be. A field with a new pattern is an error until some text here fits it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any, Final

from cilium_networking.kinds import Schema
from cilium_networking.kinds.agreements import AGREEMENTS
from cilium_networking.kinds.patterns import matches
from cilium_networking.settings.typed import LISTS, at, config_schema
from lab.spread.pairs import ABSENT, Row, pairwise

FAMILIES: Final = ("ipv4", "ipv6", "dual")

#: Candidates for fields that have no pattern, by name; whatever has neither takes the last row.
_TEXTS_BY_FIELD: Final[Mapping[str, tuple[str, ...]]] = {
    "interfaces[]": ("^eth0$", r"^bond[0-9]+\.100$", "[a-z]+0", "^lan.*#1 $", r"\d: \w+", "0"),
    "key": ("role", "example.com/true", "1"),
    "values[]": ("", "true", "1e3", "on", "0x1f", "null", "2026-01-31", "a"),
    "labels{}": ("", "true", "1e3", "on", "2026-01-31", "null", "a_b.c-d", "v" * 63),
    "annotations{}": (
        "",
        "true",
        " a ",
        "# no comment",
        "a: b",
        "two\nlines\n",
        "\ttab",
        "\u00e9\U0001f600",
        "- a",
        "'\"",
        "~",
        "=",
        "<<",
        ".inf",
        "012",
        "0o14",
        "1_000",
        "1:30",
        "2026-01-31T00:00:00Z",
        "!a",
        "&a",
        "*a",
        "%a",
        "@a",
        "`a",
        "{a",
    ),
    "authSecretRef": ("secret", "1e3", "on", "2026-01-31"),
    "": ("a", "1", "on", "2026-1-5"),
}
#: Candidates for fields with a pattern or a format: each takes those that it allows.
_TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "ipv4": ("192.0.2.1",),
    "ipv6": ("2001:db8::1", "fe80::1"),
    "": ("a", "", "true", "1e3", "0", "4294967295", "0:0", "65535:65535", "64512:100:50", "v" * 63),
}
_KEYS: Final = (
    "a",
    "true",
    "1",
    "on",
    "null",
    "1e3",
    "0x1f",
    "example.com/x",
    f"{'example.' * 30}com/{'k' * 63}",
    "y",
    "n-1",
)
_NUMBERS_BY_FIELD: Final[Mapping[str, tuple[int, ...]]] = {
    "localASN": (1, 65534, 4294967294),
    "peerASN": (0, 1, 65534, 4294967294),
    "localPreference": (0, 100, 4294967295),
}


def typed_specs(release: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Specs, with the family of the addresses in them. A list without any address is said once, in the first family."""
    schema = config_schema(release).fields["spec"]
    known: set[str] = set()
    for family in FAMILIES:
        families = FAMILIES[:2] if family == "dual" else (family,)
        for number, made in enumerate(_objects(schema, "spec", families)):
            spec = _apart(json.loads(json.dumps(made))) | {"ciliumVersion": (release, f"v{release}.4")[number % 2]}
            if "verb" in spec:
                spec["verb"] = "render"
            fresh = [path for path, _, _ in LISTS if at(spec, path) is not None and _mark(path, spec) not in known]
            known |= {_mark(path, spec) for path in fresh}
            for path, _, _ in LISTS:
                if family != FAMILIES[0] and path not in fresh and at(spec, path) is not None:
                    at(spec, path[:-1]).pop(path[-1])
            if fresh or family == FAMILIES[0]:
                yield family, spec


def _mark(path: tuple[str, ...], spec: dict[str, Any]) -> str:
    return f"{path} {json.dumps(at(spec, path))}"


def _apart(spec: dict[str, Any]) -> dict[str, Any]:
    """The same with a network of its own for each block: blocks that share an address are an error."""
    blocks = [block for pool in spec.get("pools") or () for block in pool.get("blocks") or ()]
    for number, block in enumerate(blocks):
        for key, text in block.items():
            apart = text.replace("10.0.0.", f"10.{number >> 8}.{number & 255}.").replace("fd00:0:", f"fd00:{number:x}:")
            block[key] = apart
    return spec


def _variants(field: Schema, path: str, families: Sequence[str]) -> list[Any]:
    """Values of a field that, taken together, say all that it can say."""
    if path == "spec.pools[].blocks[]":
        return [block for family in families for block in _BLOCKS[family]]
    if field.type == "object":
        return _objects(field, path, families)
    if field.type == "array":
        assert field.items is not None
        return _lists(field, _variants(field.items, f"{path}[]", families))
    if field.type == "map":
        assert field.items is not None
        texts = _texts_of(field.items, f"{path}{{}}", families)
        keys = [*_KEYS, *(f"k{number}" for number in range(len(_KEYS), len(texts)))]
        return [dict(zip(keys, cycle(texts), strict=False)), {}]
    if field.type == "boolean":
        return [True, False, *(["${FILLED_IN:=true}"] if path == "spec.pools[].disabled" else [])]
    if field.type == "integer":
        return _integers(field, path)
    return _texts_of(field, path, families)


#: What a block can be: its fields exclude one another, and no schema says so.
_BLOCKS: Final[Mapping[str, tuple[dict[str, str], ...]]] = {
    "ipv4": (
        {"cidr": "10.0.0.0/28"},
        {"cidr": "10.0.0.1/32"},
        {"start": "10.0.0.2", "stop": "10.0.0.9"},
        {"start": "10.0.0.1"},
    ),
    "ipv6": (
        {"cidr": "fd00:0::/112"},
        {"cidr": "fd00:0::1/128"},
        {"start": "fd00:0::2", "stop": "fd00:0::9"},
        {"start": "fd00:0::1"},
    ),
}


def _integers(field: Schema, path: str) -> list[int]:
    low = 0 if field.minimum is None else field.minimum
    high = 2**31 - 1 if field.maximum is None else field.maximum
    ends = _NUMBERS_BY_FIELD.get(_last(path), (low, (low + high) // 2, high))
    return [number for number in ends if low <= number and (field.maximum is None or number <= high)]


def _texts_of(field: Schema, path: str, families: Sequence[str]) -> list[str]:
    if field.enum:
        return list(field.enum)
    if field.pattern is None and field.format is None:
        found = [*_TEXTS_BY_FIELD.get(_last(path), _TEXTS_BY_FIELD[""])]
        return [*found, *(["n" * field.max_length] if field.max_length else [])]
    # An address of a family that the case does not have is no candidate; a router ID is IPv4 in every family.
    groups = ("ipv4",) if field.format == "ipv4" else (*families, "")
    found = [
        text
        for text in dict.fromkeys(text for group in groups for text in _TEXTS[group])
        if (field.pattern is None or matches(field.pattern, text))
        and (field.format != "ipv4" or "." in text)
        and len(text) <= (field.max_length or len(text))
    ]
    if not found:
        raise LookupError(f"no text here fits {path}: it asks for {field.form or field.pattern or field.format}")
    return found


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _lists(field: Schema, items: list[Any]) -> list[Any]:
    """Lists with each item once, as long as a list may be; one of the shortest item; the empty one where it may be."""
    size = field.max_items or len(items)
    lists: list[Any] = [items[start : start + size] for start in range(0, len(items), size)]
    if field.list_keys:
        lists = [_named(chunk, field.list_keys[0], field.items) for chunk in lists]
    if len(items) > 1:
        lists.append([_shortest(items)])
    return lists if field.min_items else [*lists, []]


def _shortest(values: Sequence[Any]) -> Any:
    """The value that takes the least text, but not nothing, where there is another."""
    return min(values, key=lambda value: (not value, len(json.dumps(value))))


def _named(items: list[Any], key: str, schema: Schema | None) -> list[Any]:
    """The same items with names that differ."""
    longest = (schema.fields[key].max_length if schema else None) or 253
    names: list[str] = []
    for number, item in enumerate(items):
        name = item[key]
        names.append(f"{name[: longest - 4]}-{number:03}" if name in names else name)
    return [{**item, key: name} for item, name in zip(items, names, strict=True)]


#: Stands for a value that is an object or a list, until each place has one.
_SAMPLE: Final = object()


def _objects(field: Schema, path: str, families: Sequence[str]) -> list[Any]:
    """Objects in which any two values of plain fields meet, and each value of the others occurs."""
    values = {name: _variants(below, f"{path}.{name}", families) for name, below in field.fields.items()}
    deep = [name for name, below in field.fields.items() if below.type in ("object", "array", "map")]
    columns = {
        name: [*([_SAMPLE] if name in deep else values[name]), *([] if name in field.required else [ABSENT])]
        for name in values
    }
    rows = [
        _kept({name: columns[name][0] for name in field.required} | row, field, columns)
        for row in ({}, *pairwise(columns))
    ]
    for name in deep:
        holders = [row for row in rows if row.get(name) is _SAMPLE]
        more = values[name][len(holders) :]
        copies = [dict(holders[each % len(holders)]) for each in range(len(more))]
        rows += copies
        for row, value in zip([*holders, *copies], values[name], strict=False):
            row[name] = value
        smallest = _shortest(values[name])
        for row in rows:
            if row.get(name) is _SAMPLE:
                row[name] = smallest
    return list({json.dumps(row): row for row in rows}.values())


def _kept(row: Row, field: Schema, columns: Mapping[str, Sequence[Any]]) -> Row:
    """A row without what is absent, and with what its fields owe each other."""
    found = {name: value for name, value in row.items() if value is not ABSENT}
    for agreement in AGREEMENTS.values():
        name, other = agreement.field, agreement.other
        if not {name, other} <= field.fields.keys():
            continue
        if agreement.claim == "at most":
            # Also in releases whose API server does not ask for it: the product does.
            value, limit = (found.get(each, field.fields[each].default) for each in (name, other))
            if value > limit:
                found[name] = limit
    for agreement in (AGREEMENTS[each] for each in field.agreements):
        broken = agreement.broken(agreement.field in found, found.get(agreement.other))
        if agreement.claim == "needed when" and broken:
            found[agreement.field] = columns[agreement.field][0]
        elif agreement.claim.startswith("refused") and broken:
            del found[agreement.field]
    return {name: found[name] for name in columns if name in found}


def fields(field: Schema, path: str = "spec") -> Iterator[tuple[str, Schema]]:
    """Every field below a schema: `spec.pools[].blocks[].cidr`. What is in a map is nobody's field."""
    for name, below in field.fields.items():
        yield f"{path}.{name}", below
        yield from fields(below, f"{path}.{name}")
    if field.type == "array" and field.items is not None:
        yield f"{path}[]", field.items
        yield from fields(field.items, f"{path}[]")


def said(data: Any, field: Schema, path: str = "spec") -> Iterator[tuple[str, Any]]:
    """Every field that plain data says, with its value, in the same words."""
    if field.type == "object":
        for key, value in data.items():
            yield f"{path}.{key}", value
            yield from said(value, field.fields[key], f"{path}.{key}")
    elif field.type == "array" and field.items is not None:
        for value in data:
            yield f"{path}[]", value
            yield from said(value, field.items, f"{path}[]")
