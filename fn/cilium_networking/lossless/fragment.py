"""One document or one list item: its text, and the tree of it when somebody asks.

A fragment is immutable; an edit gives a new one (:mod:`.edit`). An item of a list keeps its dash in the text, so that
the fragments of a list, joined, are the list; for reading, the dash counts as a space, which keeps every column.
"""

from __future__ import annotations

from typing import Any, Final

from ..errors import InputError
from . import lines
from .node import MAX_DEPTH, Comment, Mapping, Node, Path, Scalar, Sequence, find, follow, line_comments
from .plain import plain_data

#: How many nodes aliases may add to plain data: more is a hostile document, not a manifest.
MAX_ALIASED_NODES: Final = 1_000_000


class Fragment:
    """Text with a lazily made tree. ``first_line`` is the 1-based line of its first character in its file."""

    __slots__ = ("_root", "dash", "first_line", "text")

    def __init__(self, text: str, *, dash: int = 0, first_line: int = 1) -> None:
        self.text = text
        #: How many characters at the head are the list's and not the item's: up to and including its dash.
        self.dash = dash
        self.first_line = first_line
        self._root: Node | None = None

    @property
    def source(self) -> str:
        """The text as it is read: same length, the list's dash blanked."""
        return " " * self.dash + self.text[self.dash :] if self.dash else self.text

    @property
    def root(self) -> Node:
        """The tree. Raises InputError when the text is not one YAML document, or an empty one."""
        if self._root is None:
            self._root = self.read()
        return self._root

    def read(self, marker: str = "", comments: list[Comment] | None = None) -> Node:
        """The tree, made anew and not kept; with it the line comments that hold ``marker``."""
        source = self.source
        root: Node | None = lines.read(source, marker, comments)
        if root is not None:
            return root
        # Importing PyYAML costs more time than a small package takes, and most have no use for it.
        from .compose import compose

        try:
            root = compose(source)
        except InputError as error:
            line = None if error.line is None else error.line + self.first_line - 1
            raise InputError(error.message, line=line) from error
        if root is None:
            raise InputError("holds nothing", line=self.first_line)
        if comments is not None and marker in source:
            comments += line_comments(source, root, marker)
        return root

    def at(self, path: Path) -> Node | None:
        """The node at ``path``, through aliases; ``None`` where there is nothing."""
        return find(self.root, path)

    def line(self, node: Node) -> int:
        """The 1-based line of a node in its file."""
        return self.first_line + self.text.count("\n", 0, node.start)

    def data(self, node: Node | None = None) -> Any:
        """Plain Python data: dicts, lists and scalars, aliases and merge keys written out, the last duplicate winning.

        Raises InputError when aliases make it deeper than :data:`~.node.MAX_DEPTH`, or more than
        :data:`MAX_ALIASED_NODES` larger.
        """
        if node is None and self._root is None:
            # A tree is kept for as long as its text: of ten thousand objects nobody keeps it for a look at their data.
            found = plain_data(self.source)
            if found is not None:
                return found
        # Without aliases there is not more than one node for each character.
        return _Data(self, len(self.text) + MAX_ALIASED_NODES).of(self.root if node is None else node, 0)


class _Data:
    """Nodes to plain data, counting, because aliases of aliases grow without bound."""

    def __init__(self, fragment: Fragment, left: int) -> None:
        self.fragment = fragment
        self.left = left

    def of(self, node: Node, depth: int) -> Any:
        node = follow(node)
        self.left -= 1
        if self.left < 0:
            raise InputError("its aliases make more data of it than any manifest has", line=self.fragment.first_line)
        if isinstance(node, Scalar):
            return node.data
        if depth >= MAX_DEPTH:
            raise InputError(f"nests deeper than {MAX_DEPTH} levels with its aliases", line=self.fragment.line(node))
        if isinstance(node, Sequence):
            return [self.of(item, depth + 1) for item in node.items]
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        assert isinstance(node, Mapping)
        for entry in node.entries:
            if entry.merges:
                sources = self.of(entry.value, depth + 1)
                for source in reversed(sources if isinstance(sources, list) else [sources]):
                    if isinstance(source, dict):
                        merged |= source
            elif entry.name is not None:
                own[entry.name] = self.of(entry.value, depth + 1)
        return merged | own
