"""Rows in which every two options of two columns meet: most mistakes need no third to show.

Promises: the same rows in the same order each time. Left out: the fewest possible rows; these are found greedily.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

#: The option of a column that stands for no value.
ABSENT: Final = object()
Row = dict[str, Any]


def pairwise(columns: Mapping[str, Sequence[Any]]) -> Iterator[Row]:
    """Rows of one option a column, in which every two options of two columns meet: few, and greedily found."""
    names = list(columns)
    if len(names) < 2:
        yield from ({name: option} for name in names for option in columns[name])
        return
    sizes = [len(columns[name]) for name in names]
    # Pairs that have not met yet, as a dictionary because that has an order.
    apart = {
        (i, a, j, b): None
        for i, j in combinations(range(len(names)), 2)
        for a in range(sizes[i])
        for b in range(sizes[j])
    }
    rounds = 0
    while apart:
        i, a, j, b = next(iter(apart))
        chosen = {i: a, j: b}
        for k in [k for k in range(len(names)) if k not in chosen]:
            # Options take turns at being the first, which is the one that is taken where several meet as many.
            turned = [(each + rounds) % sizes[k] for each in range(sizes[k])]
            meets = [sum(_pair(k, option, m, n) in apart for m, n in chosen.items()) for option in turned]
            chosen[k] = turned[meets.index(max(meets))]
        for (k, m), (other, n) in combinations(sorted(chosen.items()), 2):
            apart.pop((k, m, other, n), None)
        rounds += 1
        yield {names[k]: columns[names[k]][m] for k, m in sorted(chosen.items())}


def _pair(i: int, a: int, j: int, b: int) -> tuple[int, int, int, int]:
    return (i, a, j, b) if i < j else (j, b, i, a)
