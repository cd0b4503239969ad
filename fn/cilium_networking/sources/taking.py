"""Documents taken out of a text, as whole lines: the comments of those that stay, stay.

A document's own comments are those in it. Two kinds are not its own: what stands at the head of a file, apart from the
first document by a blank line, and what stands at its end, apart from it by a blank line and right before the next
document's marker.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from ..lossless.stream import Piece, documents

_FIRST_MARKER: Final = re.compile(r"(?m)^(?:\.\.\.[^\n]*\n)?---[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)")
#: Comments and blank lines, and in the end a blank one.
_HEAD: Final = re.compile(r"\ufeff?(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*\r?\n")
#: A blank line, then comments at the margin to the end.
_TAIL: Final = re.compile(r"(?<=\n)[ \t]*\r?\n((?:#[^\n]*\n)+)\Z")


def without(text: str, gone: Collection[int], changed: Mapping[int, str]) -> str | None:
    """The text without some documents (1-based) and with others changed; ``None`` where no document is left."""
    pieces = documents(text)
    total = sum(piece.fragment is not None for piece in pieces)
    if total and len(set(gone)) == total:
        return None
    parts: list[str] = []
    number = 0
    headless = False  # whether all before was taken, so that a marker would divide nothing
    for at, piece in enumerate(pieces):
        gap = piece.gap
        if piece.fragment is None:
            parts.append(gap)
            break
        number += 1
        body = changed.get(number, piece.fragment.text)
        if number not in gone:
            parts += [_FIRST_MARKER.sub("", gap, count=1) if headless else gap, body]
            headless = False
            continue
        if number == 1:
            head = _HEAD.match(body)
            parts += [gap, head.group() if head and "#" in head.group() else ""]
            headless = True
        elif headless:
            parts.append(_FIRST_MARKER.sub("", gap, count=1))
        tail = _TAIL.search(body) if _is_followed(pieces, at) else None
        if tail is not None and (number > 1 or tail.start() > 0):
            parts.append(tail.group(1))
    return "".join(parts)


def _is_followed(pieces: list[Piece], at: int) -> bool:
    return at + 1 < len(pieces) and pieces[at + 1].fragment is not None
