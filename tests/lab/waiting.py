"""Waiting for what a running system is going to show, never for time to pass.

Promises: a wait ends as soon as the wanted thing is seen. One that is in vain says what was wanted and what was seen
last, and a part that died meanwhile ends it at once with its name.

Left out: proof of absence. What must *not* come is tested beside something that must, which the same part of the
system does later; where there is none, `throughout` looks for a stated time and says so in its name.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

T = TypeVar("T")

#: Seconds between two looks. A look is mostly a program that starts, so that more of them would slow what is watched.
_PACE: Final = 0.2


class NeverSeenError(AssertionError):
    """What was waited for did not come; the text says what was wanted and what was there instead."""


def until(
    look: Callable[[], T],
    wanted: Callable[[T], bool],
    describe: str,
    *,
    seconds: float,
    alive: Callable[[], None] = lambda: None,
) -> T:
    """The first thing seen by `look` that `wanted` accepts. `alive` raises when there is nothing to wait for any more.

    Raises `NeverSeenError` with `describe` and the last thing seen.
    """
    deadline = time.monotonic() + seconds
    while True:
        alive()
        late = time.monotonic() > deadline
        seen = look()
        if wanted(seen):
            return seen
        if late:
            raise NeverSeenError(f"after {seconds:g} s not seen: {describe}\nthere was instead: {seen!r}")
        time.sleep(_PACE)


def throughout(
    look: Callable[[], Any], expected: object, *, seconds: float, alive: Callable[[], None] = lambda: None
) -> None:
    """Nothing but `expected` is seen for so long. Raises `NeverSeenError` with the other thing, and when it came.

    `alive` raises when what is looked at is dead: that nothing changes any more says nothing then.
    """
    start = time.monotonic()
    while (passed := time.monotonic() - start) < seconds:
        alive()
        seen = look()
        if seen != expected:
            raise NeverSeenError(f"after {passed:.1f} of {seconds:g} s there was {seen!r}, not {expected!r} throughout")
        time.sleep(_PACE)
