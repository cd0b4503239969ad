"""Mending what the rules are certain of: their edits, carried out through lossless on the objects they are about.

Promises: a fix is made whole or not at all, in the order of the findings; a fix that touches what another has just
changed waits for the next round, when the rules have seen the new text; one that lossless refuses, or that would lose a
comment, is skipped, and the reason is kept. Labels and annotations that a fix empties go with it; nothing else of an
object changes.

Left out: asking the rules again, and writing files; whoever calls does both, until nothing is left to mend.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from ..errors import CiliumNetworkingError
from ..lossless import Fragment, Mapping, Path
from ..lossless.edit import Delete, Edit, edit
from ..resources import Finding, Resource
from .engine import Judged

#: Rounds of mending: a fix may show the next, but two rules that undo one another must come to an end.
_ROUNDS: Final = 10
_COMMENT: Final = re.compile(r"(?<!\S)#.*")


class Mended(NamedTuple):
    """The objects after one round, in their places."""

    resources: tuple[Resource, ...]
    #: The findings whose fix was made, and those whose fix was refused, with the reason.
    done: tuple[Finding, ...]
    refused: tuple[tuple[Finding, str], ...]


def until_done(round_: Callable[[], bool]) -> None:
    """Rounds of asking the rules and mending, as long as one says that something has moved."""
    for _ in range(_ROUNDS):
        if not round_():
            return


def mend(resources: Iterable[Resource], said: Iterable[Judged]) -> Mended:
    """Make every fix that can be made now. What is about an object that is not among ``resources`` is passed over."""
    now = {id(resource): resource for resource in resources}
    touched: dict[int, list[Path]] = {}
    done: list[Finding] = []
    refused: list[tuple[Finding, str]] = []
    for finding, resource, edits in said:
        if not edits or resource is None or id(resource) not in now:
            continue
        paths = [_reach(one) for one in edits]
        before = touched.setdefault(id(resource), [])
        if any(_meet(path, other) for path in paths for other in before):
            continue
        current = now[id(resource)]
        try:
            fragment = _emptied(edit(current.fragment, *edits), edits)
            if fragment.text == current.fragment.text:
                continue
            lost = _comments(current.fragment.text) - _comments(fragment.text)
            if lost:
                refused.append((finding, f"the comment `{next(iter(lost))}` would be lost"))
                continue
            now[id(resource)] = current.with_fragment(fragment)
        except CiliumNetworkingError as error:
            refused.append((finding, error.message))
            continue
        before += paths
        done.append(finding)
    return Mended(tuple(now.values()), tuple(done), tuple(refused))


def _emptied(fragment: Fragment, edits: Iterable[Edit]) -> Fragment:
    """Without the labels or annotations from which the edits took the last one."""
    for one in edits:
        above = one.path[:-1]
        if isinstance(one, Delete) and above and above[-1] in ("annotations", "labels"):
            left = fragment.at(above)
            if isinstance(left, Mapping) and not left.entries:
                fragment = edit(fragment, Delete(above))
    return fragment


def _comments(text: str) -> Counter[str]:
    """What looks like a comment, and how often; one in a text in a text, as Helm values are, is one too."""
    return Counter(match.group().rstrip() for match in _COMMENT.finditer(text))


def _reach(one: Edit) -> Path:
    """The part of an object that an edit may move: all of a list for an item taken out or put in."""
    if isinstance(one, Delete) and one.path and isinstance(one.path[-1], int):
        return one.path[:-1]
    return one.path


def _meet(one: Sequence[str | int], other: Sequence[str | int]) -> bool:
    """Whether one path leads through the other."""
    length = min(len(one), len(other))
    return tuple(one[:length]) == tuple(other[:length])
