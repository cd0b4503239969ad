"""A few words and comments of a text, without a tree: what reading ten thousand objects takes of each of them.

In the line reader's subset the structure of a text follows from its lines' indents, dashes and keys alone, whatever
the values. So it is worked out once for each *shape*, a row of those, and a text of a known shape costs a look at
its lines. What has no such shape (a literal, a duplicate key) is left to :mod:`.lines`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

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
    Head,
    NotPlainError,
    fields_of,
)
from .node import MAX_DEPTH, Comment, Node, Path, Scalar, find
from .scalars import is_printable

#: How many shapes are remembered; a package has dozens, and a generated list may have one for each object.
_MOST_SHAPES: Final = 512


@dataclass(frozen=True, slots=True)
class _Plan:
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
        lines = text.split("\n")
        try:
            fields = list(map(fields_of, lines))
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
            brackets = read_flow(fields[number][6], 0)
            if brackets is None:
                return None
            for path in below:
                node = find(brackets, path[len(above) :])
                if isinstance(node, Scalar):
                    words[path] = node.value
        comments: list[Comment] = []
        if self.marker in text:
            at = 0
            for number, line in enumerate(lines):
                if self.marker in line:
                    head, _, start, end, value, style, rest = fields[number]
                    path = plan.paths[number]
                    if path is not None:
                        node = None
                        comment = rest
                        if head[0] != LATER:
                            node = Scalar(at + start, at + end, value, style) if head[0] == SCALAR else _flow(rest, at + start)
                            comment = rest[node.end - at - start :].lstrip(" ")
                        if self.marker in comment:
                            comments.append((path, node, comment))
                at += len(line) + 1
        return words, comments

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
                if kind == BLOCK:
                    return None
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
        words = [(path, places[path]) for path in self.wanted if path in places and shape[places[path]][0] == SCALAR]
        return _Plan(tuple(paths), tuple(words), tuple(brackets))


def _flow(rest: str, start: int) -> Node:
    node = read_flow(rest, start)
    assert node is not None
    return node
