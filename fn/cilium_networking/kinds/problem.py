"""One thing that is wrong with one field: what a check yields, before anybody gives it a severity or a rule's id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..records import dataclass

if TYPE_CHECKING:  # reading trees is only needed by those who have one
    from ..lossless.node import Node, Path

Rule = Literal[
    "unknown-field",  # no release has it
    "misplaced-field",  # it belongs to an object above or below
    "other-release",  # another release or version has it: a field, or a value
    "duplicate-field",  # the same key twice in one mapping
    "missing",
    "wrong-type",
    "unknown-value",
    "out-of-bounds",  # a number
    "wrong-length",  # a string
    "wrong-count",  # the items of a list
    "malformed",  # a pattern or a format
    "duplicate-entry",  # two entries of a list with the same name
    "contradiction",  # two fields of one object that cannot stand together
]


@dataclass(frozen=True, slots=True)
class Problem:
    """``path`` is the field, ``node`` what to point at: a key, a value, or the mapping that lacks the field."""

    path: Path
    node: Node
    message: str
    current: str | None
    proposed: str | None
    rule: Rule
