"""Values put where a path says: over what stands there, or new, in block or flow style as the text around it is.

Collections are changed member by member, so that what stays keeps its bytes: members of a list are recognised by
their ``name``, or by being equal. Every step is proved by itself (:mod:`.proof`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from ..errors import EditError
from .delete import collapsed, delete
from .emit import block_lines, flow_text
from .fragment import Fragment
from .node import Mapping, Node, Path, Scalar, Sequence, field_path
from .places import (
    begins_line,
    block_column,
    column_of,
    comment_behind,
    comments_above,
    gap_before,
    in_flow,
    in_json,
    is_wide,
    line_end,
    line_start,
    locate,
    properties,
)
from .proof import Splice, checked, outline, outline_of, splice
from .rewrite import block_comment, block_scalar
from .scalars import spell
from .stream import dashes

# Up to this many members on each side lists are compared member with member.
_COMPARED: Final = 500
_COMMA: Final = re.compile(r"(?:\s++|#.*+)*+,")


def put(fragment: Fragment, path: Path, data: Any) -> Fragment:
    """The fragment with ``data`` at ``path``, and nothing changed where it already is."""
    node = locate(fragment, path)
    if node is None:
        return _insert(fragment, path, data)
    if _is(fragment, node, data):
        return fragment
    if isinstance(data, dict) and isinstance(node, Mapping) and data and node.entries:
        return _put_members(fragment, path, node, data)
    if isinstance(data, list) and isinstance(node, Sequence) and data and node.items:
        return _put_items(fragment, path, node, data)
    if not path:
        raise EditError("the document itself cannot be replaced", line=fragment.line(node))
    if isinstance(node, Scalar) and not isinstance(data, (dict, list)):
        return _put_scalar(fragment, path, node, data)
    return _replace(fragment, path, node, data)


def put_list(fragment: Fragment, path: Path, items: list[Any]) -> Fragment:
    """The list at ``path`` written anew, in block style wherever that is possible, none of its members kept."""
    node = locate(fragment, path)
    if not path or not isinstance(node, Sequence):
        raise EditError(f"`{field_path(path)}` is no list", line=_line(fragment, node))
    if _is(fragment, node, items):
        return fragment
    text = fragment.text
    words = bool(items) and not any(isinstance(item, (dict, list)) for item in items)
    # An anchor among the old lines may be in use further down.
    words = words and "&" not in text[node.start : node.end]
    if words and not node.flow and node.anchor is None and node.tag is None and begins_line(text, node.start):
        # Lines for lines at the same column: what stands around them reads as before, whatever they say.
        column = column_of(text, node.start)
        body = "\n".join(block_lines(items, column))
        if _reads_as_list(body, column) != outline_of(items):
            raise EditError(f"`{field_path(path)}` cannot be written as {items}", line=fragment.line(node))
        return splice(fragment, [(line_start(text, node.start), node.end, body)])
    return _replace(fragment, path, node, items)


@lru_cache(maxsize=64)
def _reads_as_list(body: str, column: int) -> Any:
    """What the lines of a list read as, below a key."""
    root = Fragment(f"{' ' * column}key:\n{body}\n").root
    return outline(root.entries[0].value) if isinstance(root, Mapping) else None


def _is(fragment: Fragment, node: Node, data: Any) -> bool:
    """Whether that is what stands there already, types included."""
    return bool(outline_of(fragment.data(node)) == outline_of(data))


def _put_members(fragment: Fragment, path: Path, node: Mapping, data: dict[str, Any]) -> Fragment:
    """A mapping's members. New ones come last; old ones go after that, so that it is never empty in between."""
    changed = fragment
    for key, value in data.items():
        entry = node.entry(key)
        if entry is None or node.count(key) > 1 or not _is(fragment, entry.value, value):
            changed = put(changed, (*path, key), value)
    for entry in node.entries:
        if entry.name is None:
            raise EditError(f"`{field_path(path)}` has a key that is no text", line=fragment.line(entry.key))
        if not entry.merges and entry.name not in data:
            changed = delete(changed, (*path, entry.name))
    return changed


def _members(node: Mapping | Sequence) -> int:
    return len(node.entries) if isinstance(node, Mapping) else len(node.items)


# --- over what stands there -----------------------------------------------------------------------------------------


def _put_scalar(fragment: Fragment, path: Path, node: Scalar, data: Any) -> Fragment:
    start, anchor = properties(fragment.text, node)
    if node.style in ("|", ">"):
        new = block_scalar(fragment, node, data) if isinstance(data, str) else None
        new = new or spell(data, '"') + block_comment(fragment, node)
    else:
        style = node.style if isinstance(data, str) else ""
        flow = in_flow(fragment, path)
        new = _leaf(data, style, flow=flow, json=flow and in_json(fragment, path))
    gap = _colon(fragment, path, node) + gap_before(fragment.text, node, start)
    return checked(fragment, path, data, (start, node.end, gap + anchor + new))


def _leaf(data: Any, style: str, *, flow: bool, json: bool) -> str:
    if json:
        return flow_text(data, quoted=True)
    return spell(data, style, flow=flow)


def _colon(fragment: Fragment, path: Path, node: Node) -> str:
    """The colon that a key in brackets may lack: ``{a, b}``."""
    parent = locate(fragment, path[:-1]) if path and node.start == node.end else None
    if isinstance(parent, Mapping):
        entry = parent.entry(str(path[-1]))
        if entry is not None and entry.key.end == node.start and fragment.text[node.start : node.start + 1] != ":":
            return ":"
    return ""


def _replace(fragment: Fragment, path: Path, node: Node, data: Any) -> Fragment:
    """Another kind of value at the same place; its line comment stays behind it, or on the key's line."""
    text = fragment.text
    start, anchor = properties(text, node)
    flow = in_flow(fragment, path)
    one_line = flow or not data or not isinstance(data, (dict, list))
    if one_line:
        if not isinstance(data, (dict, list)):
            new = _leaf(data, "", flow=flow, json=flow and in_json(fragment, path))
        else:
            new = flow_text(data, quoted=flow and in_json(fragment, path))
        if isinstance(node, Scalar) and node.style in ("|", ">"):
            new += block_comment(fragment, node)
        if isinstance(node, (Mapping, Sequence)) and not node.flow:
            return checked(fragment, path, data, *collapsed(fragment, path, node, new))
        gap = _colon(fragment, path, node) + gap_before(text, node, start)
        return checked(fragment, path, data, (start, node.end, gap + anchor + new))
    wide = is_wide(fragment)
    same = isinstance(node, Mapping) is isinstance(data, dict) and not isinstance(node, Scalar)
    if isinstance(node, (Mapping, Sequence)) and not node.flow:
        column = column_of(text, node.start) if same else block_column(fragment, path, sequence=isinstance(data, list))
        body = "\n".join(block_lines(data, column, wide=wide))
        if not begins_line(text, node.start):  # an item's collection begins on the dash's line
            return checked(fragment, path, data, (node.start, node.end, body[column:]))
        return checked(fragment, path, data, (line_start(text, node.start), node.end, body))
    column = block_column(fragment, path, sequence=isinstance(data, list))
    body = "\n".join(block_lines(data, column, wide=wide))
    end = line_end(text, node.end)
    comment = comment_behind(text, node.end)
    if isinstance(node, Scalar) and node.style in ("|", ">"):
        comment = block_comment(fragment, node)
    if isinstance(path[-1], int) and not anchor:
        first, newline, rest = body[column:].partition("\n")
        gap = " " if text[start - 1 : start] == "-" else ""
        return checked(fragment, path, data, (start, end, gap + first + comment + newline + rest))
    before = len(text[:start].rstrip(" \t\r\n")) if begins_line(text, start) else len(text[:start].rstrip(" \t"))
    kept = f" {anchor.rstrip()}" if anchor else ""
    return checked(fragment, path, data, (before, end, f"{kept}{comment}\n{body}"))


# --- where nothing stands -------------------------------------------------------------------------------------------


def _insert(fragment: Fragment, path: Path, data: Any) -> Fragment:
    """A new key at the end of its mapping, a new item at its index."""
    parent_path, step = path[:-1], path[-1]
    parent = locate(fragment, parent_path)
    if parent is None or (isinstance(parent, Scalar) and parent.data is None):
        if isinstance(step, int) and step != 0:
            raise EditError(f"`{field_path(path)}` is beyond the end of its list", line=_line(fragment, parent))
        if parent_path:
            return put(fragment, parent_path, [data] if isinstance(step, int) else {step: data})
    if isinstance(parent, Mapping) and isinstance(step, str):
        return _insert_member(fragment, path, parent, data, at=len(parent.entries))
    if isinstance(parent, Sequence) and isinstance(step, int):
        if step != len(parent.items):
            raise EditError(f"`{field_path(path)}` is beyond the end of its list", line=fragment.line(parent))
        return _insert_member(fragment, path, parent, data, at=step)
    raise EditError(f"`{field_path(parent_path)}` holds no `{step}`", line=_line(fragment, parent))


def _line(fragment: Fragment, node: Node | None) -> int:
    return fragment.first_line if node is None else fragment.line(node)


def _insert_member(fragment: Fragment, path: Path, parent: Mapping | Sequence, data: Any, *, at: int) -> Fragment:
    """A member before the one that stands at ``at``, or behind the last."""
    text = fragment.text
    parent_path, step = path[:-1], path[-1]
    count = _members(parent)
    if parent.flow:
        if not count and parent_path and not in_flow(fragment, parent_path):
            return _replace(fragment, parent_path, parent, {step: data} if isinstance(step, str) else [data])
        json = in_json(fragment, path)
        new = flow_text({step: data}, quoted=json)[1:-1] if isinstance(step, str) else flow_text(data, quoted=json)
        return checked(fragment, path, data, *_flow_splices(text, parent, new, at), insert=at < count)
    wide = is_wide(fragment)
    if isinstance(parent, Sequence):
        column = column_of(text, parent.start)
        lines = block_lines([data], column, wide=wide)
        if at < count:
            dash = dashes(fragment.source, parent)[at]
            if not begins_line(text, dash):  # the first item of a list in a list
                new = "\n".join(lines)[column:] + "\n" + " " * column
                return checked(fragment, path, data, (dash, dash, new), insert=True)
            above = comments_above(text, line_start(text, dash), column)
            return checked(fragment, path, data, (above, above, "\n".join(lines) + "\n"), insert=True)
    else:
        column = column_of(text, parent.entries[0].key.start)
        lines = block_lines({step: data}, column, wide=wide)
    end = line_end(text, parent.end)
    return checked(fragment, path, data, (end, end, "\n" + "\n".join(lines)))


def _flow_splices(text: str, parent: Mapping | Sequence, new: str, at: int) -> list[Splice]:
    """A member between brackets: on a line of its own where its neighbour has one."""
    count = _members(parent)
    if not count:
        inside = text[parent.start + 1 : parent.end - 1]
        return [(parent.start + 1, parent.start + 1 + (0 if inside.strip() else len(inside)), new)]
    if isinstance(parent, Sequence):
        neighbour: Node = parent.items[min(at, count - 1)]
        start, end = neighbour.start, neighbour.end
        if isinstance(neighbour, (Scalar, Mapping, Sequence)):
            start, _ = properties(text, neighbour, parent.start + 1)
    else:
        start, end = parent.entries[-1].key.start, parent.entries[-1].value.end
    own_line = begins_line(text, start)
    first = line_start(text, start)
    if at < count:
        if not own_line:
            return [(start, start, new + ", ")]
        above = comments_above(text, first, column_of(text, start))
        return [(above, above, f"{text[first:start]}{new},\n")]
    comma = _COMMA.match(text, end, parent.end)
    behind = comma.end() if comma else end
    if own_line and line_end(text, behind) < parent.end:
        line = line_end(text, behind)
        splices = [(line, line, "\n" + text[first:start] + new + ("," if comma else ""))]
        return splices if comma else [(end, end, ","), *splices]
    if comma:
        return [(behind, behind, f" {new},")]
    if start != end and text[end - 1] == ":":
        # An empty value is told from a longer key by the blank behind its colon.
        return [(end, end + (text[end] == " "), f" , {new}")]
    return [(end, end, f", {new}")]


# --- lists ----------------------------------------------------------------------------------------------------------


def _put_items(fragment: Fragment, path: Path, node: Sequence, data: list[Any]) -> Fragment:
    """A list's items, each old one kept for the new one that it is the same as: by name, by value, or by place."""
    old = [_identity(fragment.data(item)) for item in node.items]
    pairs = _matched(old, [_identity(item) for item in data])
    kept = {before for before, _ in pairs}
    changed = fragment
    # From the end, so that the indexes before it stay right.
    for before in reversed(range(len(old))):
        if before not in kept:
            changed = delete(changed, (*path, before))
    standing = {after: node.items[before] for before, after in pairs}
    for after, value in enumerate(data):
        if after not in standing:
            parent = locate(changed, path)
            assert isinstance(parent, Sequence)
            changed = _insert_member(changed, (*path, after), parent, value, at=after)
        elif not _is(fragment, standing[after], value):
            changed = put(changed, (*path, after), value)
    return changed


def _identity(data: Any) -> Any:
    """What an item is recognised by."""
    if isinstance(data, dict) and isinstance(data.get("name"), str):
        return ("name", data["name"])
    return outline_of(data)


def _matched(old: list[Any], new: list[Any]) -> list[tuple[int, int]]:
    """Pairs of indexes in rising order: the longest common run, and items in between that only changed."""
    if max(len(old), len(new)) > _COMPARED:
        return [(index, index) for index in range(min(len(old), len(new)))]
    lengths = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            same = old[i] == new[j]
            lengths[i][j] = lengths[i + 1][j + 1] + 1 if same else max(lengths[i + 1][j], lengths[i][j + 1])
    common = []
    i = j = 0
    while i < len(old) and j < len(new):
        if old[i] == new[j]:
            common.append((i, j))
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    pairs = []
    last_i = last_j = 0
    for end_i, end_j in [*common, (len(old), len(new))]:
        pairs += list(zip(range(last_i, end_i), range(last_j, end_j), strict=False))
        if end_i < len(old):
            pairs.append((end_i, end_j))
        last_i, last_j = end_i + 1, end_j + 1
    return pairs
