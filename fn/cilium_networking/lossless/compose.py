"""Any YAML text to a tree, through PyYAML's parser; the only import of ``yaml`` in the project.

libyaml's parser is used where PyYAML was built with it, the pure Python one otherwise: both give the same events.
We take *events*, not PyYAML's nodes, because only events tell an alias from the node it stands for, and an explicit
tag from an implied one. Nothing is resolved here: PyYAML's resolver is YAML 1.1.

Known about the marks (measured, PyYAML 6.0): a scalar's span begins at its anchor or tag; a block collection ends at
the next token, so we end it with its last leaf; an empty value is a zero-width span behind its colon; a byte order
mark shifts libyaml's marks, so callers keep it out of the text.
"""

from __future__ import annotations

import re
from typing import Any, Final, cast

import yaml

from ..errors import InputError
from .node import Alias, Entry, Mapping, Node, Scalar, Sequence, Style


class _PureParser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):
    """The pure Python parser with the one method more that libyaml's has."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)


try:
    from yaml.cyaml import CParser as _Parser
except ImportError:  # PyYAML without libyaml: the same events, ten times slower
    _Parser = _PureParser

#: Deeper than this no Kubernetes object nests, and a reader that follows a hostile one exhausts its stack.
MAX_DEPTH: Final = 200

_PROPERTIES: Final = re.compile(r"(?:[&!]\S*(?:\s+(?:#[^\n]*\n\s*)*|$))+")
_BLANK_LINES: Final = re.compile(r"(?:\r?\n[ \t]*)+\Z")


def compose(text: str) -> Node | None:
    """The tree of the one document in ``text``; ``None`` when it holds no content.

    Raises InputError with a 1-based line for text that is not YAML, holds two documents, or nests deeper
    than :data:`MAX_DEPTH`.
    """
    try:
        return _Composer(text, _Parser(text)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise InputError(f"not valid YAML: {problem}", line=line) from error
    except yaml.YAMLError as error:
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else None
        problem = " ".join(str(error).split())
        raise InputError(f"not valid YAML: {problem}", line=line) from error


class _Composer:
    """Events to nodes, with a stack of our own: depth is bounded by us and not by Python's recursion limit."""

    def __init__(self, text: str, parser: Any) -> None:
        self.text = text
        self.parser = parser
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
                top.entries.append(Entry(keys[-1], node))
                keys[-1] = None
            if isinstance(node, (Mapping, Sequence)):
                if len(stack) >= MAX_DEPTH:
                    raise InputError(f"nests deeper than {MAX_DEPTH} levels", line=event.start_mark.line + 1)
                stack.append(node)
                keys.append(None)
        return root

    def leaf(self, event: Any) -> Node | None:
        if isinstance(event, yaml.ScalarEvent):
            start, end = event.start_mark.index, event.end_mark.index
            style = cast("Style", event.style or "")
            tag = event.tag
            if event.anchor is not None or tag is not None:
                start = min(self.content(start), end)
            if style in ("|", ">"):
                end = self.block_end(start, end)
            scalar = Scalar(start, end, event.value, style, tag, event.anchor)
            if event.anchor is not None:
                self.anchors[event.anchor] = scalar
            return scalar
        if isinstance(event, yaml.AliasEvent):
            target = self.anchors.get(event.anchor)
            if target is None:
                raise InputError(f"alias *{event.anchor} has no anchor before it", line=event.start_mark.line + 1)
            return Alias(event.start_mark.index, event.end_mark.index, event.anchor, target)
        return None

    def collection(self, event: Any) -> Mapping | Sequence:
        start = event.start_mark.index
        if event.anchor is not None or event.tag is not None:
            start = self.content(start)
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

    def close(self, node: Mapping | Sequence, event: Any) -> None:
        if node.anchor is not None:
            self.anchors[node.anchor] = node
        if node.flow:
            node.end = event.end_mark.index
        elif isinstance(node, Mapping):
            node.end = node.entries[-1].value.end if node.entries else node.start
        else:
            node.end = node.items[-1].end if node.items else node.start

    def content(self, start: int) -> int:
        """Where a node's text begins, behind its anchor and tag."""
        match = _PROPERTIES.match(self.text, start)
        return match.end() if match else start

    def block_end(self, start: int, end: int) -> int:
        """Where a block scalar's last line of content ends: blank lines after it are its own only with ``+``."""
        text = self.text[start:end]
        if "+" in text.partition("\n")[0].partition("#")[0]:
            return end - 1 if text.endswith("\n") else end
        return end - len(text) + len(_BLANK_LINES.sub("", text))
