"""Edits: splices of text, each read back and compared with what was asked before it is accepted.

``edit(fragment, Put(path, data), Delete(path), …)`` gives a new fragment. What the edit does not name keeps its
bytes: quoting, comments, spacing and the order of keys live in text that is never rewritten. A value that already is
what was asked for is left alone, so the same edit twice changes nothing the second time.

Refused, with the place and the reason (:class:`EditError`): a path through an alias, through or beside a merge key
that gives the key, or over a duplicate key; and any splice that does not read back as asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Union

from ..errors import EditError, InputError
from .emit import block_lines, flow_text
from .fragment import Fragment
from .node import MERGE_KEY, Alias, Entry, Mapping, Node, Path, Scalar, Sequence, field_path, follow
from .scalars import Data, spell, spell_verbatim
from .stream import dashes

Splice = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Put:
    """Make ``data`` stand at ``path``: a scalar, or a collection, which then holds this and nothing else.

    An index equal to the list's length appends. Missing mappings on the way are made.
    """

    path: Path
    data: Any


@dataclass(frozen=True, slots=True)
class Delete:
    """Take away the key or item at ``path``, with its own comments; nothing happens where there is none."""

    path: Path


@dataclass(frozen=True, slots=True)
class SetText:
    """Write ``text`` where a scalar stands, as setters do: in its quotes, or plain and then typed by its look."""

    path: Path
    text: str


Edit = Union[Put, Delete, SetText]


def edit(fragment: Fragment, *edits: Edit) -> Fragment:
    """The fragment after all edits, in their order. Raises EditError; the fragment given is never changed."""
    for one in edits:
        fragment = _apply(fragment, one)
    return fragment


def _apply(fragment: Fragment, one: Edit) -> Fragment:
    if isinstance(one, Put):
        return _put(fragment, one.path, one.data)
    if isinstance(one, Delete):
        return _delete(fragment, one.path)
    node = locate(fragment, one.path)
    if not isinstance(node, Scalar):
        raise EditError(f"`{field_path(one.path)}` is not a scalar")
    return replace_scalars(fragment, [(node, one.path, one.text)])


def locate(fragment: Fragment, path: Path) -> Node | None:
    """The node to edit at ``path``; ``None`` where there is none. Raises EditError where the way is not safe."""
    node: Node = fragment.root
    for depth, step in enumerate(path):
        where = field_path(path[: depth + 1])
        if isinstance(node, Mapping) and isinstance(step, str):
            count = node.count(step)
            if count > 1:
                raise EditError(f"`{where}` stands {count} times in the same mapping", line=fragment.line(node))
            entry = node.entry(step)
            if entry is None:
                _refuse_merged(fragment, node, step, where)
                return None
            node = entry.value
        elif isinstance(node, Sequence) and isinstance(step, int):
            if step >= len(node.items):
                return None
            node = node.items[step]
        else:
            return None
        if isinstance(node, Alias):
            raise EditError(f"`{where}` is the alias *{node.name}: edit its anchor instead", line=fragment.line(node))
    return node


def _refuse_merged(fragment: Fragment, node: Mapping, key: str, where: str) -> None:
    """A key that a merge gives may not be added beside it: it would stop following its source."""
    for entry in node.entries:
        if entry.name != MERGE_KEY:
            continue
        given = follow(entry.value)
        sources = given.items if isinstance(given, Sequence) else [given]
        for source in (follow(one) for one in sources):
            if isinstance(source, Mapping) and (source.entry(key) or source.entry(MERGE_KEY)):
                raise EditError(f"`{where}` comes from a merge key: edit its source instead", line=fragment.line(node))


def replace_scalars(fragment: Fragment, changes: list[tuple[Scalar, Path, str]]) -> Fragment:
    """Write texts where scalars stand, all in one pass. The nodes must be of this fragment's own text."""
    splices: list[Splice] = []
    whole: list[tuple[Path, Scalar, str]] = []
    for node, path, text in changes:
        start = _tag_start(fragment.text, node) if node.tag and node.style == "" else node.start
        new = _scalar_text(fragment, node, text)
        if new == fragment.text[start : node.end]:
            continue
        if node.style in ("|", ">") or "\n" in new or node.start == node.end or start != node.start:
            whole.append((path, node, text))
        elif _reads_back(new) != text:
            raise EditError(f"`{field_path(path)}` cannot be written as `{text}`", line=fragment.line(node))
        splices.append((start, node.end, new))
    if not splices:
        return fragment
    changed = _splice(fragment, splices)
    for path, node, text in whole:
        try:
            found = changed.at(path)
        except InputError as error:
            raise EditError(f"`{field_path(path)}` cannot be written: {error.message}", line=fragment.line(node)) from None
        if not isinstance(found, Scalar) or found.value != text:
            raise EditError(f"`{field_path(path)}` cannot be written as `{text}`", line=fragment.line(node))
    return changed


_TAG: Final = re.compile(r"!\S*[ \t]+\Z")


def _tag_start(text: str, node: Scalar) -> int:
    """A plain scalar that gets a new text loses an explicit tag, as under kpt's setters."""
    line = text.rfind("\n", 0, node.start) + 1
    match = _TAG.search(text, line, node.start)
    return match.start() if match else node.start


def _scalar_text(fragment: Fragment, node: Scalar, text: str) -> str:
    if node.style in ("|", ">"):
        if text and "\r" not in text:
            return _block_scalar(fragment, node, text)
        return spell_verbatim(text, '"')
    new = spell_verbatim(text, node.style, flow=_in_flow(fragment, node))
    return " " + new if node.start == node.end and fragment.text[node.start - 1 : node.start] in (":", "-") else new


def _in_flow(fragment: Fragment, node: Scalar) -> bool:
    """Whether a plain scalar must do without flow indicators; asking too often only costs quotes."""
    after = fragment.text[node.end : node.end + 80].lstrip(" ")
    return after[:1] in (",", "]", "}", ":")


def _block_scalar(fragment: Fragment, node: Scalar, text: str) -> str:
    """A literal again, at the indent of the one before it; its header keeps the comment."""
    old = fragment.text[node.start : node.end]
    header, _, body = old.partition("\n")
    first = next((line for line in body.split("\n") if line.strip()), "")
    indent = len(first) - len(first.lstrip(" ")) or _column(fragment.text, node.start) + 2
    stripped = text.rstrip("\n")
    chomp = "-" if stripped == text else "" if stripped + "\n" == text else "+"
    if not stripped or text[0] in " \n" or any(char in text for char in "\t\x85\u2028\u2029\ufeff"):
        return spell_verbatim(text, '"')
    comment = re.sub(r"^[|>][-+0-9]*", "", header)
    lines = [" " * indent + line if line else "" for line in (text if chomp == "+" else stripped).split("\n")]
    if chomp == "+":
        lines.pop()
    return f"|{chomp}{comment}\n" + "\n".join(lines)


@lru_cache(maxsize=4096)
def _reads_back(new: str) -> str | None:
    """What a scalar of one line reads as; a list holds it because in one it must also keep to flow's rules."""
    try:
        root = Fragment(f"a: {new}\n").root
    except InputError:
        return None
    value = root.entries[0].value if isinstance(root, Mapping) and len(root.entries) == 1 else None
    return value.value if isinstance(value, Scalar) else None


# --- inserting, replacing, deleting ---------------------------------------------------------------------------------


def _put(fragment: Fragment, path: Path, data: Any) -> Fragment:
    node = locate(fragment, path)
    if node is None:
        return _insert(fragment, path, data)
    if not isinstance(data, (dict, list)):
        return fragment if isinstance(node, Scalar) and _same(node, data) else _replace(fragment, path, node, data)
    if isinstance(data, dict) and isinstance(node, Mapping) and data and node.entries:
        for entry in node.entries:
            if entry.name is not None and entry.name not in data and entry.name != MERGE_KEY:
                fragment = _delete(fragment, (*path, entry.name))
        for key, value in data.items():
            fragment = _put(fragment, (*path, key), value)
        return fragment
    if isinstance(data, list) and isinstance(node, Sequence) and data and node.items:
        for index in reversed(range(len(data), len(node.items))):
            fragment = _delete(fragment, (*path, index))
        for index, value in enumerate(data):
            fragment = _put(fragment, (*path, index), value)
        return fragment
    if fragment.data(node) == data and isinstance(node, (Mapping, Sequence)):
        return fragment
    return _replace(fragment, path, node, data)


def _same(node: Scalar, data: Data) -> bool:
    found = node.data
    return found == data and type(found) is type(data)


def _replace(fragment: Fragment, path: Path, node: Node, data: Any) -> Fragment:
    """Another value at the same place; its line comment stays behind it, or on the key's line."""
    text = fragment.text
    if isinstance(node, Scalar) and not isinstance(data, (dict, list)):
        style = node.style if isinstance(data, str) and node.style in ("'", '"') else ""
        new = spell(data, style, flow=_in_flow(fragment, node))
        start = _tag_start(text, node) if node.tag else node.start
        gap = " " if start == node.end and text[start - 1 : start] in (":", "-") else ""
        return _checked(fragment, path, data, (start, node.end, gap + new))
    if _inside_flow(fragment, path) or not data or not isinstance(data, (dict, list)):
        start = node.start
        if isinstance(node, (Mapping, Sequence)) and not node.flow:
            start = _value_start(fragment, path)
            return _checked(fragment, path, data, *_collapse(fragment, path, node, flow_text(data)))
        gap = " " if start == node.end and text[start - 1 : start] in (":", "-") else ""
        return _checked(fragment, path, data, (start, node.end, gap + flow_text(data)))
    column = _child_column(fragment, path, isinstance(data, list))
    body = "\n".join(block_lines(data, column))
    if isinstance(node, (Mapping, Sequence)) and not node.flow:
        first = text.rfind("\n", 0, node.start) + 1
        if text[first : node.start].strip(" "):  # an item's mapping begins on the dash's line
            body = body[column:]
            first = node.start
        return _checked(fragment, path, data, (first, node.end, body))
    line_end = _line_end(text, node.end)
    comment = text[node.end : line_end]
    start = len(text[: node.start].rstrip(" ")) if text[: node.start].endswith(" ") else node.start
    if isinstance(path[-1], int):
        return _checked(fragment, path, data, (node.start, line_end, body[column:] + comment))
    return _checked(fragment, path, data, (start, line_end, comment.rstrip() + "\n" + body))


def _collapse(fragment: Fragment, path: Path, node: Node, flow: str) -> list[Splice]:
    """A block collection to flow text behind its key or dash; comments inside it go with it."""
    start = _value_start(fragment, path)
    head_end = _line_end(fragment.text, start)
    if node.start <= head_end:
        return [(node.start, node.end, flow)]
    return [(start, start, " " + flow), (head_end, _line_end(fragment.text, node.end), "")]


def _value_start(fragment: Fragment, path: Path) -> int:
    """Right behind the colon or dash of what stands at ``path``."""
    parent = locate(fragment, path[:-1])
    if isinstance(parent, Mapping):
        entry = parent.entry(str(path[-1]))
        assert entry is not None
        return fragment.text.index(":", entry.key.end) + 1
    assert isinstance(parent, Sequence)
    return dashes(fragment.source, parent)[int(path[-1])] + 1


def _insert(fragment: Fragment, path: Path, data: Any) -> Fragment:
    parent_path, step = path[:-1], path[-1]
    parent = locate(fragment, parent_path)
    if parent is None or (isinstance(parent, Scalar) and parent.data is None):
        return _put(fragment, parent_path, [data] if isinstance(step, int) else {step: data})
    text = fragment.text
    if isinstance(parent, Mapping) and isinstance(step, str):
        entries: list[Any] = list(parent.entries)
        new_flow = f"{spell(step, flow=True)}: {flow_text(data)}"
        new_block: Callable[[int], list[str]] = lambda column: block_lines({step: data}, column)
    elif isinstance(parent, Sequence) and isinstance(step, int):
        entries = list(parent.items)
        new_flow = flow_text(data)
        new_block = lambda column: block_lines([data], column)
    else:
        raise EditError(f"`{field_path(parent_path)}` holds no `{step}`", line=fragment.line(parent))
    if not entries and not _inside_flow(fragment, parent_path) and parent_path:
        return _replace(fragment, parent_path, parent, {step: data} if isinstance(step, str) else [data])
    if parent.flow:
        comma = ", " if entries else ""
        end = parent.end - 1
        while text[end - 1] in " \n" and entries:
            end -= 1
        return _checked(fragment, path, data, (end, end, comma + new_flow))
    if isinstance(parent, Sequence):
        column = _column(text, parent.start)
    else:
        column = _column(text, parent.entries[0].key.start)
    end = _line_end(text, parent.end)
    return _checked(fragment, path, data, (end, end, "\n" + "\n".join(new_block(column))))


def _delete(fragment: Fragment, path: Path) -> Fragment:
    if locate(fragment, path) is None:
        return fragment
    parent_path, step = path[:-1], path[-1]
    parent = locate(fragment, parent_path)
    text = fragment.text
    assert isinstance(parent, (Mapping, Sequence))
    members: list[Entry] | list[Node] = parent.entries if isinstance(parent, Mapping) else parent.items
    index = step if isinstance(step, int) else [entry.name for entry in parent.entries].index(step)  # type: ignore[union-attr]
    starts = [m.key.start if isinstance(m, Entry) else m.start for m in members]
    ends = [m.value.end if isinstance(m, Entry) else m.end for m in members]
    if len(members) == 1 and not parent.flow:
        if not parent_path:
            raise EditError(f"`{field_path(path)}` is all there is")
        empty: Any = {} if isinstance(parent, Mapping) else []
        return _replace(fragment, parent_path, parent, empty)
    if parent.flow:
        start, end = starts[index], ends[index]
        if index + 1 < len(members):
            end = starts[index + 1]
        elif index:
            start = ends[index - 1]
        return _checked(fragment, path, None, (start, end, ""), gone=True)
    start = starts[index] if isinstance(parent, Mapping) else dashes(fragment.source, parent)[index]
    first = text.rfind("\n", 0, start) + 1
    if text[first:start].strip(" ") or (fragment.dash and start < fragment.dash + 2 and not first):
        # The first key of an item shares its line with the dash: the next one takes its place.
        end = _line_end(text, ends[index]) + 1
        while text[end : end + 1] == " ":
            end += 1
        return _checked(fragment, path, None, (start, end, ""), gone=True)
    first = _glued_comments(text, first, start - first)
    end = _line_end(text, ends[index])
    if end < len(text):
        end += 1
    else:
        first = max(first - 1, 0)
    return _checked(fragment, path, None, (first, end, ""), gone=True)


def _glued_comments(text: str, first: int, column: int) -> int:
    """Where the comment lines right above a line begin: they are about it if they stand at its column."""
    while first:
        above = text.rfind("\n", 0, first - 1) + 1
        if not text.startswith(" " * column + "#", above):
            break
        first = above
    return first


# --- where things are -----------------------------------------------------------------------------------------------


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    if end < 0:
        return len(text)
    return end - 1 if text[end - 1 : end] == "\r" else end


def _column(text: str, start: int) -> int:
    return start - (text.rfind("\n", 0, start) + 1)


def _inside_flow(fragment: Fragment, path: Path) -> bool:
    """Whether a collection above ``path`` is in flow style."""
    node: Node | None = fragment.root
    for step in path:
        if isinstance(node, (Mapping, Sequence)) and node.flow:
            return True
        node = node.get(step) if isinstance(node, Mapping) else node.items[step] if isinstance(node, Sequence) else None  # type: ignore[arg-type,index]
    return False


def _child_column(fragment: Fragment, path: Path, sequence: bool) -> int:
    """At which column the block value of ``path`` begins: as its siblings do, else two to the right of its key."""
    text = fragment.text
    node = locate(fragment, path)
    if isinstance(node, (Mapping, Sequence)) and not node.flow:
        return _column(text, node.start)
    parent = locate(fragment, path[:-1])
    if isinstance(parent, Mapping):
        entry = parent.entry(str(path[-1]))
        assert entry is not None
        column = _column(text, entry.key.start)
        return column if sequence and not _wide(fragment) else column + 2
    assert node is not None
    return _column(text, node.start)


def _wide(fragment: Fragment) -> bool:
    """Whether this text indents its sequences below their keys; kpt writes new ones compact."""
    match = re.search(r"^( *)(?:- )*[^\s#-][^\n]*:[ \t]*(?:#[^\n]*)?\n(?:[ ]*#[^\n]*\n)*( *)- ", fragment.text, re.MULTILINE)
    return bool(match) and len(match.group(2)) > len(match.group(1))  # type: ignore[union-attr]


# --- the proof ------------------------------------------------------------------------------------------------------


def _splice(fragment: Fragment, splices: list[Splice]) -> Fragment:
    text = fragment.text
    newline = "\r\n" if "\r\n" in text else "\n"
    for start, end, new in sorted(splices, reverse=True):
        text = text[:start] + (new if newline == "\n" else new.replace("\n", newline)) + text[end:]
    return Fragment(text, dash=fragment.dash, first_line=fragment.first_line)


def _checked(fragment: Fragment, path: Path, data: Any, *splices: Splice, gone: bool = False) -> Fragment:
    """The spliced fragment, if it reads as the old tree with exactly this change in it."""
    changed = _splice(fragment, list(splices))
    try:
        found = outline(changed.root)
    except InputError as error:
        raise EditError(f"`{field_path(path)}` cannot be edited here: {error.message}") from error
    expected = _with(outline(fragment.root), path, None if gone else outline_of(data), gone)
    if found != expected:
        raise EditError(f"`{field_path(path)}` cannot be edited here without changing something else")
    return changed


def outline(node: Node) -> Any:
    """All that a tree says, comparable: pairs in their order, duplicates, aliases by name, typed scalars."""
    if isinstance(node, Scalar):
        data = node.data
        return (type(data).__name__, data if data == data else "nan")
    if isinstance(node, Alias):
        return ("alias", node.name)
    if isinstance(node, Sequence):
        return [outline(item) for item in node.items]
    return {"pairs": [(outline(entry.key), outline(entry.value)) for entry in node.entries]}


def outline_of(data: Any) -> Any:
    """The outline of plain data."""
    if isinstance(data, dict):
        return {"pairs": [(("str", key), outline_of(value)) for key, value in data.items()]}
    if isinstance(data, list):
        return [outline_of(item) for item in data]
    return (type(data).__name__, data)


def _with(tree: Any, path: Path, value: Any, gone: bool) -> Any:
    """An outline after one change; a key that was not there comes last."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(tree)
        if gone and not rest:
            del items[step]
        elif step == len(items):
            items.append(value)
        else:
            items[step] = _with(items[step], rest, value, gone)
        return items
    pairs = list(tree["pairs"])
    names = [key[1] if isinstance(key, tuple) else None for key, _ in pairs]
    if step not in names:
        pairs.append((("str", step), value))
    elif gone and not rest:
        del pairs[names.index(step)]
    else:
        at = names.index(step)
        pairs[at] = (pairs[at][0], _with(pairs[at][1], rest, value, gone))
    return {"pairs": pairs}
