"""Why a text is not the value that it has to be, as a value and not as an exception.

A parser that answers ``T | Wrong`` lets its caller collect everything that is wrong with an input before it speaks.
The sentence is made here, in one form for the whole project: what stands, why it cannot be, what would be right.
"""

from __future__ import annotations

from typing import Final

from ..records import dataclass

#: Longer values are cut in messages: kpt prints each on one line.
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Wrong:
    """``why`` continues a sentence that begins with the value: ``has host bits set``."""

    why: str
    #: A text that the same parser accepts and that is likely to be meant.
    proposed: str | None = None

    def about(self, text: str) -> str:
        """```10.80.8.130/26` has host bits set; did you mean `10.80.8.128/26`?``, always one line."""
        hint = "" if self.proposed is None else f"; did you mean {quoted(self.proposed)}?"
        return f"{quoted(text)} {self.why}{hint}"


def quoted(text: str) -> str:
    """``text`` between backquotes, made fit for one line of a message."""
    if len(text) > _SHOWN:
        text = text[:_SHOWN] + "…"
    shown = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return f"`{shown}`"
