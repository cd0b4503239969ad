"""Sources without the objects that moved."""

from __future__ import annotations

from collections.abc import Collection

from .layer import Found, Reading, Rewritten


def rewritten(reading: Reading, moved: Collection[Found]) -> tuple[Rewritten, ...]:
    """Each source that holds one of the moved objects, without them; live ones stay where they are.

    Raises EditError where that cannot be done without changing something else.
    """
    raise NotImplementedError((reading, moved))
