"""Several entries with one path: which of them the node keeps.

The files of a document are written in its order, deferred ones last. One that does not append takes the place of what
was there; one that appends is put behind it as it stands, without a line between (cloudinit/config/cc_write_files.py).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from .carriers import Held
from .layer import Layer

_MARKER_LAST: Final = re.compile(r"(?:^|\n)(?:---|\.\.\.)[ \t]*(?:#[^\n]*)?\r?\n?\s*\Z")
_MARKER_FIRST: Final = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*---(?=\s|\Z)")


_WHOLE: Final = re.compile(r"(?ms)^apiVersion:.*^kind:|^kind:.*^apiVersion:")


def overwritten(given: Sequence[Held], made: Sequence[Layer | None]) -> Iterator[tuple[int, int]]:
    """Pairs of places: an entry, and the later one that takes its place."""
    for chains in _chains(given, made):
        for chain, after in pairwise(chains):
            for at in chain:
                yield at, after[0]


def glued(given: Sequence[Held], made: Sequence[Layer | None]) -> Iterator[tuple[int, ...]]:
    """Entries that make one text, because the end of one and the beginning of the next are one document."""
    for chains in _chains(given, made):
        run: list[int] = []
        for at in chains[-1]:
            if run and _is_divided(made[run[-1]], made[at]):
                if len(run) > 1:
                    yield tuple(run)
                run = []
            run.append(at)
        if len(run) > 1:
            yield tuple(run)


def clashing(first: str, second: str) -> bool:
    """Whether both texts are whole objects where they meet: in one document the later one's keys win."""
    return _WHOLE.search(first) is not None and _WHOLE.search(second) is not None


def _is_divided(first: Layer | None, second: Layer | None) -> bool:
    if first is None or second is None or not first.text.strip() or not second.text.strip():
        return True
    if not first.text.endswith("\n"):
        return False
    return _MARKER_LAST.search(first.text) is not None or _MARKER_FIRST.match(second.text) is not None


def _chains(given: Sequence[Held], made: Sequence[Layer | None]) -> Iterator[list[list[int]]]:
    """For each path that several entries have: their places, cut where one takes the place of those before."""
    paths: dict[str, list[int]] = {}
    for at, one in sorted(enumerate(given), key=lambda pair: pair[1].deferred):
        if one.target is not None and not one.replaced and made[at] is not None:
            paths.setdefault(posixpath.normpath(one.target.path), []).append(at)
    for places in paths.values():
        if len(places) == 1:
            continue
        chains: list[list[int]] = []
        for at in places:
            target = given[at].target
            if chains and target is not None and target.append:
                chains[-1].append(at)
            else:
                chains.append([at])
        yield chains
