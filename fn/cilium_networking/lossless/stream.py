"""Cutting a text into fragments and gaps whose concatenation is the text.

A file is cut at its document markers, which YAML allows nowhere else than at the start of a line, so no parsing is
needed. A list inside a document (the ``items`` of a ResourceList) is cut at its dashes: by lines where it is a block
sequence at the top level, by the parser's marks otherwise.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ..errors import InputError
from .fragment import Fragment
from .node import BOM, Mapping, Node, Scalar, Sequence

__all__ = ["BOM", "Cut", "Piece", "cut", "cut_by_lines", "dashes", "documents"]

# Texts and no patterns yet: reading a ResourceList needs none of them, and compiling takes milliseconds.
_MARKER: Final = r"(?m)^(?:---|\.\.\.)(?=[ \t\r\n]|\Z)[ \t]*+(#[^\n]*+)?(\r?\n|\Z)?"
# A line that is neither blank, comment nor directive. Lines end here wherever a parser may see an end.
_CONTENT: Final = (
    "(?:\\A|(?<=[\r\n\x85\u2028\u2029]))(?:[^ \t\r\n\x85\u2028\u2029#%]|[ \t]++[^ \t\r\n\x85\u2028\u2029#])"
)
_END_MARKER: Final = r"(?m)^(?:---|\.\.\.)(?=[ \t\r\n]|\Z)"


class Piece(NamedTuple):
    """A gap that belongs to no document, and the document behind it; the last piece of a text may have none."""

    gap: str
    fragment: Fragment | None


def documents(text: str) -> list[Piece]:
    """The documents of a file. Markers, directives, comment-only and empty documents, and a BOM are gaps."""
    body = text.lstrip(BOM)
    gap = text[: len(text) - len(body)]
    # Where each part begins, and where its content may.
    starts = [(0, 0)]
    # A marker with content behind it on its line is read together with that content.
    starts += [
        (match.start(), match.end() if match.group(2) is not None else match.start())
        for match in re.finditer(_MARKER, body)
    ]
    pieces: list[Piece] = []
    line = 1
    for (marker, start), (end, _) in zip(starts, [*starts[1:], (len(body), 0)], strict=True):
        content = body[start:end]
        gap += body[marker:start]
        line += body.count("\n", marker, start)
        if re.search(_CONTENT, content):
            pieces.append(Piece(gap, Fragment(content, first_line=line)))
            gap = ""
        else:
            gap += content
        line += content.count("\n")
    if gap:
        pieces.append(Piece(gap, None))
    return pieces


class Cut(NamedTuple):
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
    name = re.escape(key)
    match = re.search(rf"^{name}: *+(?:#.*+)?\n(?: *+(?:#.*+)?\n)*+( *+)-(?=[ \n])", text, re.MULTILINE)
    if match is None or text.lstrip(BOM + " \n").startswith(("{", "[", '"', "'", "---", "%")):
        return None
    pad = match.group(1)
    begin = match.end() - 1 - len(pad)
    starts: list[int] = []
    end = len(text)
    # What ends the list is the next line that begins at the key's own column and is no dash of it.
    for line in re.compile(rf"\n(?:{pad}(-)(?=[ \n])|[^ \n#])").finditer(text, begin - 1):
        at = line.start() + 1
        if line.group(1) is None:
            if not "!" <= text[at] <= "~":
                return None
            end = at
            break
        starts.append(at)
    shell = Fragment(text[:begin] + text[end:])
    if not _begins(shell, text[:begin], key, match.start()):
        return None
    number = 1 + text.count("\n", 0, begin)
    items = []
    for start, stop in zip(starts, [*starts[1:], end], strict=True):
        items.append(Fragment(text[start:stop], dash=len(pad) + 1, first_line=number))
        number += items[-1].text.count("\n")
    return Cut(text[:begin], tuple(items), ("",) * len(items), text[end:], len(pad), shell)


def _begins(shell: Fragment, head: str, key: str, start: int) -> bool:
    """Whether the document without its list has the list's key, empty, where lines showed it; a quote may fake one.

    Where what follows the list cannot be read, what stands before it decides.
    """
    try:
        root = shell.root
    except InputError:
        try:
            root = Fragment(head).root
        except InputError:
            return False
    entry = root.entry(key) if isinstance(root, Mapping) else None
    if entry is None or not isinstance(entry.key, Scalar) or not isinstance(entry.value, Scalar):
        return False
    return entry.key.start == start and entry.value.start == entry.value.end


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
        if any(text[start:dash].strip(" ") for start, dash in zip(starts, dashes(text, node), strict=True)):
            raise InputError("has line breaks that are neither LF nor CRLF", line=whole.line(node))
        ends = [*starts[1:], _end_of_list(text, root, node)]
    items = []
    number = 1
    counted = 0
    for start, end in zip(starts, ends, strict=True):
        number += text.count("\n", counted, start)
        counted = start
        dash = 0 if node.flow else text.index("-", start) + 1 - start
        items.append(Fragment(text[start:end], dash=dash, first_line=number))
    gaps = tuple(text[end:start] for end, start in zip(ends, [*starts[1:], ends[-1]], strict=True))
    head, tail = text[: starts[0]], text[ends[-1] :]
    column = None if node.flow else items[0].dash - 1
    return Cut(head, tuple(items), gaps, tail, column, Fragment(head + tail))


def _end_of_list(text: str, root: Node, node: Sequence) -> int:
    """Where the next key of the document begins, or the document ends: what follows the last item goes with it."""
    assert isinstance(root, Mapping)
    after = [entry.key.start for entry in root.entries if entry.key.start >= node.end]
    if after:
        return text.rfind("\n", 0, min(after)) + 1
    marker = re.compile(_END_MARKER).search(text, node.end)
    return marker.start() if marker else len(text)


def dashes(text: str, node: Sequence) -> list[int]:
    """Where the dash of each item of a block sequence stands. Raises InputError where only exotic breaks end lines."""
    column = node.start - (text.rfind("\n", 0, node.start) + 1)
    line = "\n" + " " * column + "-"
    found = [node.start]
    for item in node.items[1:]:
        at = text.rfind(line, found[-1], item.start)
        if at < 0:
            raise InputError("has line breaks that are neither LF nor CRLF", line=1 + text.count("\n", 0, item.start))
        found.append(at + 1 + column)
    return found
