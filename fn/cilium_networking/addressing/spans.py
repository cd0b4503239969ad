"""Which of many ranges meet a given one: asked as often as there are blocks, so answered in the logarithm of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from .values import Address, Range

T = TypeVar("T")


class Spans(Generic[T]):
    """Ranges, each with the thing that it belongs to; they may lie in one another as they like."""

    def __init__(self, spans: Iterable[tuple[Range, T]]) -> None:
        self._ordered = sorted(spans, key=lambda one: (*_ends(one[0]), one[0].last.value))
        self._firsts = [_ends(one) for one, _ in self._ordered]
        #: For each place the range up to it that reaches furthest: if that one ends too early, all before it do.
        self._furthest: list[tuple[Range, T]] = []
        for one in self._ordered:
            best = self._furthest[-1] if self._furthest else one
            self._furthest.append(one if one[0].last >= best[0].last else best)
        self._leaves = 1 << len(self._ordered).bit_length()
        self._tree: list[tuple[int, int]] = []

    def meeting(self, span: Range) -> tuple[Range, T] | None:
        """One of those that share an address with ``span``."""
        place = bisect_right(self._firsts, (span.family, span.last.value)) - 1
        if place < 0:
            return None
        found = self._furthest[place]
        return found if found[0].overlaps(span) else None

    def holding(self, address: Address) -> tuple[Range, T] | None:
        """One of those that hold an address."""
        return self.meeting(Range(address, address))

    def every(self, span: Range) -> Iterator[tuple[Range, T]]:
        """All that share an address with ``span``, from the one that begins last."""
        end = bisect_right(self._firsts, (span.family, span.last.value))
        wanted = _ends(span)
        tree = self._tree or self._grown()
        waiting = [(1, 0, self._leaves)] if end else []
        while waiting:
            node, low, high = waiting.pop()
            if low >= end or tree[node] < wanted:
                continue
            if node >= self._leaves:
                yield self._ordered[low]
                continue
            middle = (low + high) // 2
            waiting += (2 * node, low, middle), (2 * node + 1, middle, high)

    def _grown(self) -> list[tuple[int, int]]:
        """A tree of maxima: where the range ends that reaches furthest below a node. Its leaves are the ranges."""
        ends = [(one.family, one.last.value) for one, _ in self._ordered]
        self._tree = [(0, 0)] * self._leaves + ends + [(0, 0)] * (self._leaves - len(ends))
        for node in reversed(range(1, self._leaves)):
            self._tree[node] = max(self._tree[2 * node], self._tree[2 * node + 1])
        return self._tree


def _ends(span: Range) -> tuple[int, int]:
    """Where a range begins, as numbers that compare quickly."""
    return span.family, span.first.value
