"""One step of an upgrade: the edits that make it, and what is told of the fields that they touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..ledger import Told

if TYPE_CHECKING:
    from ...lossless.edit import Edit


class Change(NamedTuple):
    """Paths in ``edits`` are those of the text at that time, in ``told`` those of the object before all edits."""

    edits: tuple[Edit, ...]
    told: tuple[Told, ...]


def number(release: str) -> tuple[int, int]:
    """A release as numbers that compare."""
    major, _, minor = release.partition(".")
    return int(major), int(minor)
