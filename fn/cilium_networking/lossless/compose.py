"""Any YAML text to a tree, through PyYAML's parser; with :mod:`.pure` the only import of ``yaml``.

libyaml's parser is used where PyYAML was built with it, the pure Python one otherwise: both give the same events.
We take *events*, not PyYAML's nodes, because only events tell an alias from the node it stands for, and an explicit
tag from an implied one. Nothing is resolved here: PyYAML's resolver is YAML 1.1.

Known about the marks (measured, PyYAML 6.0): a scalar's span begins at its anchor or tag; a block collection ends at
the next token, so we end it with its last leaf; an empty value is a zero-width span behind its colon; a byte order
mark shifts libyaml's marks, so we keep it out of the text that is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, cast

import yaml

from ..errors import InputError
from .node import BOM, MAX_DEPTH, Alias, Entry, Mapping, Node, Scalar, Sequence, Style

_Parser: Callable[[str], Any]
try:
    from yaml.cyaml import CParser as _LibyamlParser  # type: ignore[attr-defined]  # missing in the stubs' __all__

    _Parser = _LibyamlParser
except ImportError:  # PyYAML without libyaml
    from .pure import PureParser

    _Parser = PureParser

# One anchor or tag, and the blanks, line breaks and comments behind it.
_PROPERTY: Final = re.compile(r"[&!]\S*+(?:\s++(?:#[^\n]*+(?:\n\s*+|\Z))*+|\Z)")
# A flow key's colon, before which its line may end.
_COLON: Final = re.compile(r"(?:\s++|#.*+)*+:")
# What neither parser reads: YAML 1.2, 5.1, less the byte order mark.
_UNREADABLE: Final = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BOM_WITHIN: Final = re.compile(r"[\r\n\x85\u2028\u2029]\ufeff")


def compose(text: str) -> Node | None:
    """The tree of the one document in ``text``; ``None`` when it holds no content.

    Raises InputError with a 1-based line for text that is not YAML, holds two documents, or nests deeper
    than :data:`MAX_DEPTH`.
    """
    if BOM in text:
        within = _BOM_WITHIN.search(text)
        if within:
            # go-yaml and libyaml skip it there, PyYAML takes it for a part of a word.
            raise InputError("holds a byte order mark at the start of a line", line=_line(text, within.end()))
    marked = text.startswith(BOM)
    try:
        root = _Composer(text[1:] if marked else text, _Parser).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise InputError(f"not valid YAML: {problem}", line=line) from error
    except (yaml.reader.ReaderError, UnicodeEncodeError) as error:
        # Their positions are bytes or characters, depending on the parser.
        match = _UNREADABLE.search(text)
        assert match is not None
        problem = f"holds the character U+{ord(match.group()):04X}"
        raise InputError(f"not valid YAML: {problem}", line=_line(text, match.start())) from error
    if marked and root is not None:
        _shift(root)
    return root


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _shift(root: Node) -> None:
    """Make room for a byte order mark before the whole tree."""
    todo = [root]
    while todo:
        node = todo.pop()
        node.start += 1
        node.end += 1
        if isinstance(node, Mapping):
            for entry in node.entries:
                todo += (entry.key, entry.value)
        elif isinstance(node, Sequence):
            todo += node.items


class _Composer:
    """Events to nodes, with a stack of our own: depth is bounded by us and not by Python's recursion limit."""

    def __init__(self, text: str, parser: Callable[[str], Any]) -> None:
        self.text = text
        self.parser = parser(text)
        self.anchors: dict[str, Node] = {}

    def document(self) -> Node | None:
        get = self.parser.get_event
        get()  # stream start
        event = get()
        if isinstance(event, yaml.StreamEndEvent):
            return None
        root = self.node(get())
        get()  # document end
        after = get()
        if not isinstance(after, yaml.StreamEndEvent):
            raise InputError("holds more than one document", line=after.start_mark.line + 1)
        if isinstance(root, Scalar) and root.start == root.end and root.tag is None:
            return None
        return root

    def node(self, event: Any) -> Node:
        """One node and all below it."""
        root = self.leaf(event)
        if root is not None:
            return root
        root = opened = self.collection(event)
        stack: list[Mapping | Sequence] = [opened]
        keys: list[Node | None] = [None]
        get = self.parser.get_event
        while stack:
            event = get()
            top = stack[-1]
            if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                self.close(top, event)
                stack.pop()
                keys.pop()
                continue
            found = self.leaf(event)
            node: Node = found if found is not None else self.collection(event)
            if isinstance(top, Sequence):
                top.items.append(node)
            elif keys[-1] is None:
                keys[-1] = node
            else:
                if top.flow and node.start == node.end and isinstance(node, Scalar):
                    self.settle(keys[-1], node)
                top.entries.append(Entry(keys[-1], node))
                keys[-1] = None
            if isinstance(node, (Mapping, Sequence)):
                if len(stack) >= MAX_DEPTH:
                    raise InputError(f"nests deeper than {MAX_DEPTH} levels", line=event.start_mark.line + 1)
                stack.append(node)
                keys.append(None)
        return root

    def leaf(self, event: Any) -> Node | None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            start, end = event.start_mark.index, event.end_mark.index
            style = cast("Style", event.style or "")
            tag = event.tag
            if event.anchor is not None or tag is not None:
                start = min(self.content(event, start), end)
            if style in ("|", ">"):
                end = self.block_end(start, end, event.value)
            scalar = Scalar(start, end, event.value, style, tag, event.anchor)
            if event.anchor is not None:
                self.anchors[event.anchor] = scalar
            return scalar
        if kind is yaml.AliasEvent:
            target = self.anchors.get(event.anchor)
            if target is None:
                raise InputError(f"alias *{event.anchor} has no anchor before it", line=event.start_mark.line + 1)
            return Alias(event.start_mark.index, event.end_mark.index, event.anchor, target)
        return None

    def collection(self, event: Any) -> Mapping | Sequence:
        start = event.start_mark.index
        if event.anchor is not None or event.tag is not None:
            start = self.content(event, start)
        flow = bool(event.flow_style)
        node: Mapping | Sequence
        if isinstance(event, yaml.MappingStartEvent):
            node = Mapping(start, start, [], flow, event.tag, event.anchor)
        else:
            node = Sequence(start, start, [], flow, event.tag, event.anchor)
        if event.anchor is not None:
            # Known to aliases only once it is complete: an alias inside its own anchor stands for nothing finite.
            self.anchors.pop(event.anchor, None)
        return node

    def settle(self, key: Node, empty: Scalar) -> None:
        """An empty value stands right behind its colon, as in block style; parsers put it somewhere behind that."""
        if empty.anchor is None and empty.tag is None:
            match = _COLON.match(self.text, key.end)
            empty.start = empty.end = match.end() if match else key.end

    def close(self, node: Mapping | Sequence, event: Any) -> None:
        if node.anchor is not None:
            self.anchors[node.anchor] = node
        if node.flow:
            node.end = event.end_mark.index
        elif isinstance(node, Mapping):
            node.end = node.entries[-1].value.end if node.entries else node.start
        else:
            node.end = node.items[-1].end if node.items else node.start

    def content(self, event: Any, start: int) -> int:
        """Where a node's text begins, behind its anchor and tag."""
        for _ in range((event.anchor is not None) + (event.tag is not None)):
            match = _PROPERTY.match(self.text, start)
            start = match.end() if match else start
        return start

    def block_end(self, start: int, end: int, value: str) -> int:
        """Where a block scalar's last line of content ends: blank lines after it are its own only with ``+``."""
        text = self.text[start:end]
        if "+" in text.partition("\n")[0].partition("#")[0]:
            return start + len(text.removesuffix("\n").removesuffix("\r"))
        at = _line_end(text, len(text.rstrip(" \t\r\n")))
        # Lines of nothing but blanks are content where they are indented deeper than the rest.
        value = value.rstrip("\n")
        inked = value.rstrip(" \t\n")
        for _ in range(value.count("\n", len(inked)) + bool(value and not inked)):
            line = text.find("\n", at) + 1
            at = _line_end(text, line) if line else at  # none, where the scalar's lines end in exotic breaks
        return start + at


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end - text.startswith("\r\n", end - 1)
