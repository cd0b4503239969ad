"""A schema as JSON Schema (draft 2020-12), for editors and for the schema that we publish.

It says what JSON Schema can: types, bounds, patterns, required and unknown fields, and which fields need or refuse
one another. It cannot say that one number is at most another, nor that names in a list differ; the check does.
"""

from __future__ import annotations

from typing import Any, Final

from .agreements import AGREEMENTS, Agreement
from .shape import Schema

_BOUNDS: Final = (
    ("minimum", "minimum"),
    ("maximum", "maximum"),
    ("min_items", "minItems"),
    ("max_items", "maxItems"),
    ("min_length", "minLength"),
    ("max_length", "maxLength"),
    ("pattern", "pattern"),
    ("format", "format"),
)
_TYPES: Final[dict[str, str | list[str]]] = {"map": "object", "int-or-string": ["integer", "string"]}


def json_schema(schema: Schema) -> dict[str, Any]:
    """What :func:`cilium_networking.kinds.json_schema` promises."""
    result: dict[str, Any] = {}
    if schema.doc:
        result["description"] = schema.doc
    if schema.type != "any":
        result["type"] = _TYPES.get(schema.type, schema.type)
    if schema.enum:
        result["enum"] = list(schema.enum)
    for attribute, keyword in _BOUNDS:
        value = getattr(schema, attribute)
        if value is not None:
            result[keyword] = value
    if schema.default is not None:
        result["default"] = list(schema.default) if isinstance(schema.default, tuple) else schema.default
    if schema.deprecated:
        result["deprecated"] = True
    if schema.type == "object":
        result["properties"] = {name: json_schema(field) for name, field in schema.fields.items()}
        result["additionalProperties"] = False
        if schema.required:
            result["required"] = list(schema.required)
        conditions = [_condition(AGREEMENTS[name]) for name in schema.agreements]
        if any(conditions):
            result["allOf"] = [condition for condition in conditions if condition]
    elif schema.items is not None:
        result["additionalProperties" if schema.type == "map" else "items"] = json_schema(schema.items)
    return result


def _condition(agreement: Agreement) -> dict[str, Any]:
    if agreement.claim == "at most":
        return {}
    says = {"properties": {agreement.other: {"const": agreement.value}}, "required": [agreement.other]}
    has = {"required": [agreement.field]}
    if agreement.claim == "needed when":
        return {"if": says, "then": has}
    if agreement.claim == "refused when":
        return {"if": says, "then": {"not": has}}
    return {"if": {"not": says}, "then": {"not": has}}
