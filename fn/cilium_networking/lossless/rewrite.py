"""A scalar's new text in the place of the old one: in its quotes, in its block style, behind its anchor.

:func:`replace_scalars` is what setters use, ten thousand times in a run: it needs neither a tree nor a second reading
of the whole text, because a scalar of one line that reads back by itself reads back in its place.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from ..errors import EditError, InputError
from .fragment import Fragment
from .node import Mapping, Path, Scalar, field_path
from .places import gap_before, line_start, properties
from .proof import Splice, splice
from .scalars import is_printable, spell_verbatim

_FLOW_INDICATORS: Final = frozenset(",[]{}?:")
# Only inside brackets can this be the next token behind a value.
_FLOW_TOKEN: Final = re.compile(r"(?:\s++|#.*+)*+[,\]}]")
_HEADER: Final = re.compile(r"[|>][-+0-9]*")
_ITEM: Final = re.compile(r" *(?:- +)*")
_BLANK_LINE: Final = re.compile(r"\r?\n[ \t]*\r?(?:\n|\Z)")


def replace_scalars(fragment: Fragment, changes: list[tuple[Scalar, Path, str]]) -> Fragment:
    """Write texts where scalars stand, all in one pass. The nodes must be of this fragment's own text."""
    splices: list[Splice] = []
    whole: list[tuple[Path, Scalar, str]] = []
    for node, path, text in changes:
        start, anchor = node.start, ""
        if node.tag is not None and node.style == "":
            # A plain scalar that gets a new text loses an explicit tag, as under kpt's setters.
            start, anchor = properties(fragment.text, node)
        written, flow = scalar_text(fragment, node, text)
        new = gap_before(fragment.text, node, start) + anchor + written
        if new == fragment.text[start : node.end]:
            continue
        if node.style in ("|", ">") or "\n" in new or node.start == node.end or start != node.start:
            whole.append((path, node, text))
        elif _reads_back(written, flow=flow) != text:
            raise EditError(f"`{field_path(path)}` cannot be written as `{text}`", line=fragment.line(node))
        splices.append((start, node.end, new))
    if not splices:
        return fragment
    changed = splice(fragment, splices)
    for path, node, text in whole:
        try:
            found = changed.at(path)
        except InputError as error:
            message = f"`{field_path(path)}` cannot be written: {error.message}"
            raise EditError(message, line=fragment.line(node)) from error
        if not isinstance(found, Scalar) or found.value != text:
            raise EditError(f"`{field_path(path)}` cannot be written as `{text}`", line=fragment.line(node))
    return changed


def scalar_text(fragment: Fragment, node: Scalar, text: str) -> tuple[str, bool]:
    """How ``text`` is written where ``node`` stands, in its style if that can say it; and whether brackets matter."""
    if node.style in ("|", ">"):
        new = block_scalar(fragment, node, text)
        return new or spell_verbatim(text, '"') + block_comment(fragment, node), False
    flow = not _FLOW_INDICATORS.isdisjoint(text) and _FLOW_TOKEN.match(fragment.text, node.end) is not None
    return spell_verbatim(text, node.style, flow=flow), flow


def block_comment(fragment: Fragment, node: Scalar) -> str:
    """The comment in a block scalar's header, with the blanks before it."""
    header = fragment.text[node.start : node.end].partition("\n")[0]
    comment = _HEADER.sub("", header, count=1).rstrip()
    return f" {comment}" if comment.startswith("#") else comment


def block_scalar(fragment: Fragment, node: Scalar, text: str) -> str | None:
    """A literal at the indent of the block scalar before it, its comment kept; ``None`` for what needs quotes."""
    old = fragment.text[node.start : node.end]
    stripped = text.rstrip("\n")
    if not stripped.strip() or text[0] in " \t\n" or not is_printable(text.replace("\t", " ")):
        return None
    chomp = "-" if stripped == text else "" if stripped + "\n" == text else "+"
    after = _BLANK_LINE.match(fragment.text, node.end)
    if chomp == "+" and after:
        return None
    body = old.partition("\n")[2]
    first = next((line for line in body.split("\n") if line.strip()), "")
    indent = len(first) - len(first.lstrip(" "))
    if not indent:
        item = _ITEM.match(fragment.text, line_start(fragment.text, node.start))
        indent = 2 + (len(item.group()) if item else 0)
    lines = [" " * indent + line if line else "" for line in (text if chomp == "+" else stripped).split("\n")]
    if chomp == "+":
        lines.pop()
    # The line break behind a literal that keeps one is its own, also at the end of a file that had none.
    end = "\n" if chomp != "-" and node.end == len(fragment.text) else ""
    return f"|{chomp}{block_comment(fragment, node)}\n" + "\n".join(lines) + end


@lru_cache(maxsize=4096)
def _reads_back(new: str, *, flow: bool) -> str | None:
    """What a scalar of one line reads as. Setters write few texts often, so most answers are known."""
    try:
        root = Fragment(f"{{a: {new}}}\n" if flow else f"a: {new}\n").root
    except InputError:
        return None
    value = root.entries[0].value if isinstance(root, Mapping) and len(root.entries) == 1 else None
    return value.value if isinstance(value, Scalar) else None
