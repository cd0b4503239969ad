"""A few words and comments of a text, without a tree: what reading ten thousand objects takes of each of them.

In the line reader's subset the structure of a text follows from its lines' indents, dashes and keys alone, whatever
the values. So it is worked out once for each *shape*, a row of those, and a text of a known shape costs a look at
its lines. What has no such shape (a duplicate key, say) is left to :mod:`.lines`.
"""

from __future__ import annotations

from bisect import bisect
from functools import lru_cache
from typing import Any, Final, NamedTuple

from .flow import MAX_FLOW_DEPTH, read_flow
from .lines import (
    BLANK,
    BLOCK,
    FLOW,
    ITEM,
    LATER,
    LONGEST_TEXT,
    MAPPING,
    SCALAR,
    SEQUENCE,
    Columns,
    Fields,
    Head,
    NotPlainError,
    comment_of,
    fields_of,
    read_literal,
)
from .node import MAX_DEPTH, Comment, Node, Path, Scalar, find
from .scalars import is_printable

#: How many shapes are remembered; a package has dozens, and a generated list may have one for each object.
_MOST_SHAPES: Final = 512


class _Plan(NamedTuple):
    """What a shape says: the path of each line, the lines of the wanted scalars, and those that hold brackets."""

    paths: tuple[Path | None, ...]
    words: tuple[tuple[Path, int], ...]
    #: Each with its path, and the wanted paths that may lead into it.
    brackets: tuple[tuple[int, Path, tuple[Path, ...]], ...]


class Skimmer:
    """Reads the scalars at ``wanted`` paths, and the line comments that hold ``marker``."""

    __slots__ = ("marker", "plans", "wanted")

    def __init__(self, wanted: tuple[Path, ...], marker: str) -> None:
        self.wanted = wanted
        self.marker = marker
        self.plans: dict[tuple[Head, ...], _Plan | None] = {}

    def skim(self, text: str) -> tuple[dict[Path, str], list[Comment]] | None:
        """Texts by path, and comments; ``None`` for a text that takes a tree.

        A comment behind a key whose value begins on a later line comes without its node.
        """
        if len(text) > LONGEST_TEXT or not is_printable(text):
            return None
        blocks: dict[int, Scalar] = {}
        try:
            if "|" in text:
                fields, starts = _beside_literals(text, blocks)
            else:
                fields = list(map(fields_of, text.split("\n")))
                starts = None
        except NotPlainError:
            return None
        shape = tuple([one[0] for one in fields])
        if shape in self.plans:
            plan = self.plans[shape]
        else:
            if len(self.plans) >= _MOST_SHAPES:
                self.plans.clear()
            plan = self.plans[shape] = self._plan(shape)
        if plan is None:
            return None
        words = {path: fields[number][4] for path, number in plan.words}
        for number, above, below in plan.brackets:
            brackets = _brackets(fields[number][6])
            if brackets is None:
                return None
            for path in below:
                node = find(brackets, path[len(above) :])
                if isinstance(node, Scalar):
                    words[path] = node.value
        return words, self._comments(text, fields, starts, blocks, plan) if self.marker in text else []

    def _comments(
        self, text: str, fields: list[Fields], starts: list[int] | None, blocks: dict[int, Scalar], plan: _Plan
    ) -> list[Comment]:
        found: list[Comment] = []
        behind = 0
        while (here := text.find(self.marker, behind)) >= 0:
            at = text.rfind("\n", 0, here) + 1
            behind = text.find("\n", here)
            behind = len(text) if behind < 0 else behind
            number = text.count("\n", 0, at) if starts is None else bisect(starts, at) - 1
            path = plan.paths[number]
            (kind, *_), _, start, end, value, style, rest = fields[number]
            if path is None or self.marker not in rest or (starts is not None and starts[number] != at):
                continue
            node: Node | None = None
            if kind == SCALAR:
                node = Scalar(at + start, at + end, value, style)
            elif kind == BLOCK:
                node = blocks[number]
            elif kind == FLOW:
                node = read_flow(rest, at + start)
            comment = rest if node is None else comment_of(rest, node, at + start, kind)
            if self.marker in comment:
                found.append((path, node, comment))
        return found

    def _plan(self, shape: tuple[Head, ...]) -> _Plan | None:
        columns = Columns()
        steps: list[Any] = []  # for each open collection the key or position that the walk stands at
        paths: list[Path | None] = []
        brackets: list[tuple[int, Path, tuple[Path, ...]]] = []
        try:
            for number, (kind, begin, dash, key) in enumerate(shape):
                if kind == BLANK:
                    paths.append(None)
                    continue
                keep, opens = columns.place(begin, dash, key)
                del steps[keep:]
                if opens & (MAPPING | SEQUENCE):
                    steps.append(-1 if opens & SEQUENCE else "")
                if opens & ITEM:
                    steps[-1] += 1
                    steps.append("")
                steps[-1] = key or steps[-1] + 1
                if kind == FLOW:
                    if len(steps) + MAX_FLOW_DEPTH > MAX_DEPTH:
                        return None
                    here = tuple(steps)
                    brackets.append((number, here, tuple(one for one in self.wanted if one[: len(here)] == here)))
                columns.pending = kind == LATER
                paths.append(tuple(steps))
        except NotPlainError:
            return None
        places = {path: number for number, path in enumerate(paths) if path is not None}
        if not places or len(places) < sum(path is not None for path in paths):
            return None  # empty, or a path that stands twice: a duplicate key
        words = [(path, places[path]) for path in self.wanted if path in places and shape[places[path]][0] != LATER]
        if any(shape[number][0] == BLOCK for _, number in words):
            return None
        words = [(path, number) for path, number in words if shape[number][0] == SCALAR]
        return _Plan(tuple(paths), tuple(words), tuple(brackets))


@lru_cache(maxsize=1024)
def _brackets(rest: str) -> Node | None:
    """The brackets on a line by themselves: what they say, or that they are for the parser."""
    return read_flow(rest, 0)


def _beside_literals(text: str, blocks: dict[int, Scalar]) -> tuple[list[Fields], list[int]]:
    """The lines that are not content of literals, and where they begin; the literals go to ``blocks`` by their line."""
    fields: list[Fields] = []
    starts: list[int] = []
    at = 0
    lines = iter(text.split("\n"))
    for line in lines:
        one = fields_of(line)
        starts.append(at)
        start, at = at, at + len(line) + 1
        kind, begin, dash, key = one[0]
        if kind == BLOCK:
            literal, at = read_literal(text, start + one[2], at, begin + dash if key else begin, one[6], lines)
            if literal is None:
                raise NotPlainError
            blocks[len(fields)] = literal
        fields.append(one)
    return fields, starts
