"""Judges scalars: type, enum, bounds, length, pattern, format, with what would be right where that is plain.

Types are those that go-yaml gives a scalar: a plain ``No`` is a string here, ``true`` and ``10`` are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ..lossless.node import Node, Path, Scalar, Sequence, field_path, follow
from .patterns import matches
from .problem import Problem
from .shape import Schema, Type
from .spelling import listed, nearest

_WORDS: Final[dict[Type, str]] = {
    "object": "a mapping",
    "map": "a mapping",
    "array": "a list",
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "`true` or `false`",
    "int-or-string": "an integer or a string",
    "any": "anything",
}
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_TRUTH: Final = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}
_DATE_TIME: Final = (  # RFC 3339; no pattern yet, because hardly any field is one
    r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_FORMATS: Final = {
    "cidr": "a network in CIDR notation",
    "ipv4": "an IPv4 address",
    "date-time": "a date and time as `2026-01-31T12:00:00Z`",
}


def named(path: Path) -> str:
    """A field as messages call it."""
    return f"`{field_path(path)}`" if path else "the object"


def wrong_type(node: Node, schema: Schema, path: Path) -> Problem:
    """A value that is not of the type that the field has."""
    node = follow(node)
    wanted = _WORDS[schema.type]
    if not isinstance(node, Scalar):
        found = "a list" if isinstance(node, Sequence) else "a mapping"
        return Problem(path, node, f"{named(path)} must be {wanted}, not {found}", None, None, "wrong-type")
    proposed = _retyped(node, schema)
    hint = ""
    if proposed is not None:
        hint = ": put it in quotes" if schema.type == "string" and not schema.enum else f": write `{proposed}`"
    if schema.enum and schema.type == "string":
        wanted = listed(schema.enum)
    message = f"{named(path)} must be {wanted}, not {_described(node)}{hint}"
    return Problem(path, node, message, node.value, proposed, "wrong-type")


def leaf(node: Scalar, schema: Schema, path: Path) -> Iterator[Problem]:
    """All that is wrong with one scalar."""
    data = node.data
    if not _fits(data, schema.type):
        yield wrong_type(node, schema, path)
    elif isinstance(data, str):
        yield from _text(node, data, schema, path)
    elif isinstance(data, (int, float)) and outside(data, schema.minimum, schema.maximum):
        message = f"{named(path)} must be {limits(schema.minimum, schema.maximum)}, not {node.value}"
        yield Problem(path, node, message, node.value, None, "out-of-bounds")


def outside(size: float, low: int | None, high: int | None) -> bool:
    # A not-a-number is inside nothing, so the comparisons are the ones that it fails.
    return not ((low is None or size >= low) and (high is None or size <= high))


def limits(low: int | None, high: int | None) -> str:
    """Bounds in words: ``1 to 255``, ``at least 1``, ``at most 63``."""
    if low is None:
        return f"at most {high}"
    return f"at least {low}" if high is None else f"{low} to {high}"


def _fits(data: object, kind: Type) -> bool:
    number = isinstance(data, (int, float)) and not isinstance(data, bool)
    # JSON has one type of number: 1e3 is an integer to the API server too.
    integer = number and (isinstance(data, int) or (isinstance(data, float) and data.is_integer()))
    if kind == "string":
        return isinstance(data, str)
    if kind == "integer":
        return integer
    if kind == "number":
        return number
    if kind == "boolean":
        return isinstance(data, bool)
    return kind == "any" or (kind == "int-or-string" and (integer or isinstance(data, str)))


def _described(node: Scalar) -> str:
    data = node.data
    if data is None:
        return "empty"
    kind = "boolean" if isinstance(data, bool) else "string" if isinstance(data, str) else "number"
    return f"the {kind} `{node.value}`"


def _retyped(node: Scalar, schema: Schema) -> str | None:
    """The same thing said in the type that is asked for, where it can only mean one."""
    data = node.data
    if schema.type == "string" and data is not None:
        if not schema.enum:
            return f'"{node.value}"'
        meant = {True: "Yes", False: "No"}.get(data) if isinstance(data, bool) else node.value
        # Quoted, because readers of YAML 1.1 make a boolean of a plain Yes.
        return f'"{meant}"' if meant in schema.enum else None
    if schema.type == "integer" and isinstance(data, str) and _INTEGER.fullmatch(data):
        return None if outside(int(data), schema.minimum, schema.maximum) else data
    if schema.type == "boolean" and isinstance(data, str):
        return _TRUTH.get(data.lower())
    return None


def _text(node: Scalar, text: str, schema: Schema, path: Path) -> Iterator[Problem]:
    if schema.enum and text not in schema.enum:
        yield _not_in_enum(node, text, schema, path)
        return
    if outside(len(text), schema.min_length, schema.max_length):
        limit = limits(schema.min_length, schema.max_length)
        message = f"{named(path)} must have {limit} characters, not {len(text)}"
        yield Problem(path, node, message, text, None, "wrong-length")
    if schema.pattern is not None and not matches(schema.pattern, text):
        form = schema.form or f"of the form `{schema.pattern}`"
        bare = text.partition("/")[0]
        proposed = bare if bare and bare != text and matches(schema.pattern, bare) else None
        yield _malformed(node, text, form, proposed, path)
    elif schema.format in _FORMATS and not _has_format(text, schema.format):
        proposed = _as_network(text) if schema.format == "cidr" else None
        yield _malformed(node, text, _FORMATS[schema.format], proposed, path)


def _malformed(node: Scalar, text: str, form: str, proposed: str | None, path: Path) -> Problem:
    hint = f": did you mean `{proposed}`?" if proposed else ""
    return Problem(path, node, f"{named(path)} must be {form}, not `{text}`{hint}", text, proposed, "malformed")


def _not_in_enum(node: Scalar, text: str, schema: Schema, path: Path) -> Problem:
    other = schema.other_values.get(text)
    if other is not None:
        hint = f": use `{other.use}`" if other.use else ""
        message = f"{named(path)} is `{text}`, which {other.words}{hint}"
        return Problem(path, node, message, text, other.use, "other-release")
    proposed = nearest(text, schema.enum)
    hint = f": did you mean `{proposed}`?" if proposed else ""
    message = f"{named(path)} must be {listed(schema.enum)}, not `{text}`{hint}"
    return Problem(path, node, message, text, proposed, "unknown-value")


def _has_format(text: str, name: str) -> bool:
    if name == "date-time":
        return re.fullmatch(_DATE_TIME, text) is not None
    # The API server forgives leading zeros (10.0.0.010); Cilium then refuses them, so they are not forgiven here.
    import ipaddress  # slow to import and rarely needed

    try:
        if name == "ipv4":
            ipaddress.IPv4Address(text)
        else:
            address, slash, length = text.partition("/")
            if not slash or "%" in address or not (length.isascii() and length.isdigit()):
                return False
            ipaddress.ip_interface(text)
    except ValueError:
        return False
    return True


def _as_network(text: str) -> str | None:
    """A lone address as the network of it alone."""
    for length in (32, 128):
        if "/" not in text and (":" in text) == (length == 128) and _has_format(f"{text}/{length}", "cidr"):
            return f"{text}/{length}"
    return None
