"""Which of many ranges meets a given one: asked as often as there are blocks, so answered in the logarithm of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Generic, TypeVar

from ..addressing import Address, Range

T = TypeVar("T")


class Spans(Generic[T]):
    """Ranges, each with the thing that it belongs to."""

    def __init__(self, spans: Iterable[tuple[Range, T]]) -> None:
        ordered = sorted(spans, key=lambda one: (one[0].first, one[0].last))
        self._firsts = [one.first for one, _ in ordered]
        #: For each place the range up to it that reaches furthest: if that one ends too early, all before it do.
        self._furthest: list[tuple[Range, T]] = []
        for one in ordered:
            best = self._furthest[-1] if self._furthest else one
            self._furthest.append(one if one[0].last >= best[0].last else best)

    def meeting(self, span: Range) -> tuple[Range, T] | None:
        """One of those that share an address with ``span``."""
        place = bisect_right(self._firsts, span.last) - 1
        if place < 0:
            return None
        found = self._furthest[place]
        return found if found[0].overlaps(span) else None

    def holding(self, address: Address) -> tuple[Range, T] | None:
        """One of those that hold an address."""
        return self.meeting(Range(address, address))
