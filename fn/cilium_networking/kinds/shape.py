"""What a field may hold: the one type that the tables give, the check reads and a published schema is printed from.

It says what an OpenAPI schema of a CRD says, and three things more that a user needs when something is wrong: what
a pattern means in words, which fields and values exist in another release, and which wrong names people write.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ..records import dataclass, field

Type = Literal["object", "map", "array", "string", "integer", "number", "boolean", "int-or-string", "any"]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A field or an enum value that this schema lacks and another release or version has."""

    #: Ends a sentence that begins with the name: "was removed in Cilium 1.16", "exists since Cilium 1.19".
    words: str
    #: What to write instead: a field beside it, a path with dots from the root, or another value.
    use: str | None = None


@dataclass(frozen=True, slots=True)
class Schema:
    """One field. ``object`` has known ``fields``, ``map`` any key; ``items`` is what an array or a map holds."""

    type: Type
    fields: Mapping[str, Schema] = field(default_factory=dict)
    items: Schema | None = None
    required: tuple[str, ...] = ()
    enum: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    #: A regular expression that is searched for, as JSON Schema has it; ``form`` is the same in words.
    pattern: str | None = None
    form: str | None = None
    format: str | None = None
    default: Any = None
    doc: str = ""
    #: The fields that tell the entries of a list apart (``x-kubernetes-list-map-keys``).
    list_keys: tuple[str, ...] = ()
    #: Names of :data:`~.agreements.AGREEMENTS` that an object keeps.
    agreements: tuple[str, ...] = ()
    deprecated: bool = False
    other_fields: Mapping[str, Elsewhere] = field(default_factory=dict)
    other_values: Mapping[str, Elsewhere] = field(default_factory=dict)
    #: Wrong names that are seen in the wild, and the field that is meant.
    mistaken: Mapping[str, str] = field(default_factory=dict)

    def at(self, path: tuple[str | int, ...]) -> Schema | None:
        """The schema of a field below: ``("spec", "blocks", 0, "cidr")``; ``None`` where there is no such field."""
        here: Schema | None = self
        for step in path:
            if here is None:
                return None
            if here.type == "object":
                here = here.fields.get(step) if isinstance(step, str) else None
            elif here.type in ("array", "map"):
                here = here.items if isinstance(step, int) == (here.type == "array") else None
            else:
                return None
        return here
