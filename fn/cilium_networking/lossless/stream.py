"""Cutting a text into fragments and gaps whose concatenation is the text.

A file is cut at its document markers, which YAML allows nowhere else than at the start of a line, so no parsing is
needed. A list inside a document (the ``items`` of a ResourceList) is cut at its dashes: by lines where it is a block
sequence at the top level, by the parser's marks otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .fragment import Fragment
from .node import Mapping, Node, Sequence

BOM: Final = "\ufeff"

_MARKER: Final = re.compile(r"^(?:---|\.\.\.)(?=[ \t\r\n]|\Z)[ \t]*(#[^\n]*)?(\r?\n|\Z)?", re.MULTILINE)
_NO_CONTENT: Final = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n|%[^\n]*\n)*[ \t]*(?:#[^\n]*)?\Z")


@dataclass(frozen=True, slots=True)
class Piece:
    """A gap that belongs to no document, and the document behind it; the last piece of a text may have none."""

    gap: str
    fragment: Fragment | None


def documents(text: str) -> list[Piece]:
    """The documents of a file. Markers, directives, comment-only and empty documents, and a BOM are gaps."""
    starts = [(0, len(text) - len(text.lstrip(BOM)) if text[:1] == BOM else 0)]
    for match in _MARKER.finditer(text):
        # A marker with content behind it on its line is read together with that content.
        starts.append((match.start(), match.end() if match.group(2) is not None else match.start()))
    pieces: list[Piece] = []
    gap = ""
    for number, (marker, start) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else len(text)
        body = text[start:end]
        gap += text[marker:start]
        if _NO_CONTENT.match(body):
            gap += body
            continue
        pieces.append(Piece(gap, Fragment(body, first_line=1 + text.count("\n", 0, start))))
        gap = ""
    if gap:
        pieces.append(Piece(gap, None))
    return pieces


@dataclass(frozen=True, slots=True)
class Cut:
    """A list cut out of the document around it: ``head + items, each with the gap behind it, + tail`` is the text."""

    head: str
    items: tuple[Fragment, ...]
    gaps: tuple[str, ...]
    tail: str
    #: Column of the dashes of a block sequence; ``None`` where the list is in flow style, empty or absent.
    column: int | None
    #: The document without its items, readable by itself.
    shell: Fragment


def cut_by_lines(text: str, key: str) -> Cut | None:
    """The block sequence under a top-level ``key``; ``None`` where lines do not show one beyond doubt.

    What is beyond doubt is where it begins. That it is cut rightly is known only when every item reads as a
    mapping by itself: a line of a quoted scalar may look like a dash. Callers check that, and else :func:`cut`.
    """
    match = re.search(rf"^{key}:[ ]*(?:#[^\n]*)?\n(?:[ ]*(?:#[^\n]*)?\n)*( *)-(?=[ \n])", text, re.MULTILINE)
    if match is None or text.lstrip(BOM + " \n").startswith(("{", "[", '"', "'", "---", "%")):
        return None
    pad = match.group(1)
    starts = [match.end() - 1 - len(pad)]
    end = len(text)
    # What ends the list is the next line that begins at the key's own column and is no dash of it.
    for line in re.finditer(rf"\n(?:{pad}-(?=[ \n])|[^ \n#{'-' if not pad else ''}])", text[starts[0] :]):
        at = starts[0] + line.start() + 1
        if not line.group().endswith("-"):
            end = at
            break
        starts.append(at)
    lines = 1 + text.count("\n", 0, starts[0])
    items = []
    for start, stop in zip(starts, [*starts[1:], end], strict=True):
        items.append(Fragment(text[start:stop], dash=len(pad) + 1, first_line=lines))
        lines += items[-1].text.count("\n")
    head, tail = text[: starts[0]], text[end:]
    return Cut(head, tuple(items), ("",) * len(items), tail, len(pad), Fragment(head + tail))


def cut(text: str, key: str) -> Cut:
    """The list under a top-level ``key``, whatever its style. Raises InputError when the text is not YAML."""
    whole = Fragment(text)
    root = whole.root
    node = root.get(key) if isinstance(root, Mapping) else None
    if not isinstance(node, Sequence) or not node.items:
        return Cut(text, (), (), "", None, whole)
    if node.flow:
        starts = [item.start for item in node.items]
        ends = [item.end for item in node.items]
    else:
        starts = [text.rfind("\n", 0, dash) + 1 for dash in dashes(text, node)]
        ends = [*starts[1:], _end_of_list(text, root, node)]
    items = tuple(
        Fragment(
            text[start:end],
            dash=0 if node.flow else text.index("-", start) + 1 - start,
            first_line=1 + text.count("\n", 0, start),
        )
        for start, end in zip(starts, ends, strict=True)
    )
    gaps = tuple(text[end:start] for end, start in zip(ends, [*starts[1:], ends[-1]], strict=True))
    head, tail = text[: starts[0]], text[ends[-1] :]
    column = None if node.flow else starts and items[0].dash - 1
    return Cut(head, items, gaps, tail, column, Fragment(head + tail))


def _end_of_list(text: str, root: Node, node: Sequence) -> int:
    """Where the next key of the document begins, or the text ends: what follows the last item goes with it."""
    assert isinstance(root, Mapping)
    after = [entry.key.start for entry in root.entries if entry.key.start >= node.end]
    return min(after) if after else len(text)


def dashes(text: str, node: Sequence) -> list[int]:
    """Where the dash of each item of a block sequence stands."""
    first = node.start
    column = first - (text.rfind("\n", 0, first) + 1)
    line = "\n" + " " * column + "-"
    return [first, *(text.rfind(line, 0, item.start) + 1 + column for item in node.items[1:])]
