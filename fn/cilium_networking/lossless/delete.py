"""Keys and items taken away, each with its own comments: those right above it, behind it, and inside it."""

from __future__ import annotations

import re
from typing import Final

from ..errors import EditError
from .emit import flow_text
from .fragment import Fragment
from .node import Mapping, Node, Path, Sequence, field_path
from .places import (
    begins_line,
    column_of,
    comments_above,
    comments_below,
    line_end,
    line_start,
    locate,
    next_line,
    owner_column,
    properties,
    value_start,
)
from .proof import GONE, Splice, checked
from .stream import dashes

_COMMA: Final = re.compile(r"(?:\s++|#.*+)*+,")
_TO_NEXT_KEY: Final = re.compile(r"(?:[ \t]*+\r?\n)*+ *")
# What may stand between a colon and a collection on the next line: properties, not the comment.
_BEHIND_COLON: Final = re.compile(r"(?:[ \t]+[&!]\S+)*")


def delete(fragment: Fragment, path: Path) -> Fragment:
    """The fragment without what stands at ``path``; the same one where nothing does."""
    if not path:
        raise EditError("the document itself cannot be deleted", line=fragment.first_line)
    if locate(fragment, path, alias=True) is None:
        return fragment
    parent_path, step = path[:-1], path[-1]
    parent = locate(fragment, parent_path)
    assert isinstance(parent, (Mapping, Sequence))
    index = step if isinstance(step, int) else [entry.name for entry in parent.entries].index(step)  # type: ignore[union-attr]
    if parent.flow:
        return checked(fragment, path, GONE, *_from_brackets(fragment, parent, index))
    if isinstance(parent, Mapping):
        count, empty = len(parent.entries), flow_text({})
    else:
        count, empty = len(parent.items), flow_text([])
    if count > 1:
        return checked(fragment, path, GONE, _from_lines(fragment, parent, index))
    if not parent_path:
        raise EditError(f"`{field_path(path)}` is all there is", line=fragment.line(parent))
    return checked(fragment, path, GONE, *collapsed(fragment, parent_path, parent, empty))


def collapsed(fragment: Fragment, path: Path, node: Node, flow: str) -> list[Splice]:
    """A block collection to one line behind its key or dash; comments inside it go with it."""
    text = fragment.text
    start = value_start(fragment, path)
    head_end = line_end(text, start)
    end = comments_below(text, next_line(text, node.end), owner_column(fragment, path))
    end = line_end(text, node.end) if end == next_line(text, node.end) else line_end(text, line_start(text, end - 1))
    if node.start <= head_end:
        return [(node.start, end, flow)]
    # Behind the colon, or behind the anchor there; a comment on that line stays.
    match = _BEHIND_COLON.match(text, start)
    at = match.end() if match else start
    return [(at, at, " " + flow), (head_end, end, "")]


def _from_lines(fragment: Fragment, parent: Mapping | Sequence, index: int) -> Splice:
    """A member of a block collection with its lines."""
    text = fragment.text
    if isinstance(parent, Mapping):
        start, value = parent.entries[index].key.start, parent.entries[index].value
    else:
        start, value = dashes(fragment.source, parent)[index], parent.items[index]
    column = column_of(text, start)
    below = next_line(text, value.end)
    end = comments_below(text, below, column)
    if not begins_line(text, start):
        # The first member shares its line with a dash: the next one takes its place.
        match = _TO_NEXT_KEY.match(text, end)
        return (start, match.end() if match else end, "")
    first = comments_above(text, line_start(text, start), column)
    if end == len(text) and not text.endswith("\n"):
        # A file without a final line break stays without.
        first = line_end(text, max(first - 1, 0)) if first else 0
    return (first, end, "")


def _from_brackets(fragment: Fragment, parent: Mapping | Sequence, index: int) -> list[Splice]:
    """A member of a flow collection, with one comma and, where it has lines of its own, with them."""
    text = fragment.text
    spans: list[tuple[int, int]] = []
    after = parent.start + 1
    pairs = (
        [(entry.key, entry.value) for entry in parent.entries]
        if isinstance(parent, Mapping)
        else [(item, item) for item in parent.items]
    )
    for head, tail in pairs:
        spans.append((properties(text, head, after)[0], tail.end))
        after = tail.end
    start, end = spans[index]
    last = index + 1 == len(spans)
    comma = _COMMA.match(text, end, parent.end)
    behind = comma.end() if comma else end
    below = next_line(text, behind)
    if begins_line(text, start) and below < parent.end and not _shares_line(spans, index, line_end(text, behind)):
        first = comments_above(text, line_start(text, start), column_of(text, start))
        splices = [(first, below, "")]
        if last and index and not comma:
            before = spans[index - 1][1]
            found = _COMMA.match(text, before, parent.end)
            if found:
                splices.insert(0, (found.end() - 1, found.end(), ""))
        return splices
    if not last:
        return [(start, spans[index + 1][0], "")]
    return [(spans[index - 1][1], end, "") if index else (start, behind, "")]


def _shares_line(spans: list[tuple[int, int]], index: int, end: int) -> bool:
    """Whether the next member begins before this one's line ends."""
    return index + 1 < len(spans) and spans[index + 1][0] < end
