"""Which of many selectors choose a thing, and which may choose one together, without asking each of them.

::

    Choosers([(pool.selector, pool) for pool in pools]).of(service)   -> those that take it, or may
    Meetings([pool.selector for pool in pools]).with_(selector)       -> places of those that may take what it takes

Both file a selector under the values that it asks of a label: a thing without one of them is never taken, and two
selectors that ask for other values of one label never take the same. A repository of ten thousand policies tells them
apart like that, by a rack or a name, and then a few of them are looked at.

Promises: nobody who may be meant is left out, and all come in the order of the input. Selectors that ask for no
value are looked at each time, as they have to be.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from .selector import Requirement, Selector
from .services import NAMESPACE_LABEL, Service
from .spot import is_open

T = TypeVar("T")


def takes(selector: Selector | None, service: Service) -> bool | None:
    """Whether a pool's or a policy's selector takes a Service; an absent one takes all."""
    if selector is None:
        return True
    if selector.open:
        return None
    answer: bool | None = True
    for requirement in selector.requirements:
        if _unknown(service, requirement.key):
            answer = None
        elif not requirement.accepts(service.labels):
            return None if any(map(is_open, service.labels)) else False
    return answer


def _unknown(service: Service, key: str) -> bool:
    """Whether a label may have another value than the one that stands here."""
    if key == NAMESPACE_LABEL and not service.spot.resource.namespace:
        return True  # kustomize, Flux or `kubectl --namespace` gives one
    return is_open(service.labels.get(key))


def _asking(selector: Selector | None) -> list[Requirement]:
    """The conditions that ask for values, as far as they are known."""
    if selector is None or selector.open:
        return []
    return [each for each in selector.requirements if each.operator == "In" and each.values]


class Choosers(Generic[T]):
    """Things that take Services by their labels: pools, policies, advertisements."""

    __slots__ = ("_every", "_filed", "_free")

    def __init__(self, choosers: Iterable[tuple[Selector | None, T]]) -> None:
        self._every = list(choosers)
        self._filed: dict[str, dict[str, list[int]]] = {}
        #: The places of those that ask for no value.
        self._free: list[int] = []
        asking = [_asking(selector) for selector, _ in self._every]
        crowd = Counter((each.key, value) for several in asking for each in several for value in set(each.values))
        for place, several in enumerate(asking):
            if several:
                # Under the label that tells it apart best: by its pool, and not by the tier that all pools ask for.
                best = min(several, key=lambda each: sum(crowd[each.key, value] for value in set(each.values)))
                filed = self._filed.setdefault(best.key, {})
                for value in dict.fromkeys(best.values):
                    filed.setdefault(value, []).append(place)
            else:
                self._free.append(place)

    def of(self, service: Service) -> Iterator[tuple[T, bool | None]]:
        """Those that take a Service, or may, each with whether that is certain."""
        for place in heapq.merge(self._free, sorted(self._asked(service))):
            selector, chooser = self._every[place]
            answer = takes(selector, service)
            if answer is not False:
                yield chooser, answer

    def matching(self, labels: Mapping[str, str]) -> Iterator[T]:
        """Those that take something with exactly these labels; absent and unknown selectors take nothing here."""
        asked = (place for key, value in labels.items() for place in self._filed.get(key, {}).get(value, ()))
        for place in heapq.merge(self._free, sorted(asked)):
            selector, chooser = self._every[place]
            if selector is not None and not selector.open and selector.matches(labels):
                yield chooser

    def _asked(self, service: Service) -> Iterator[int]:
        """The places of those that ask for a value which the Service has, or may have."""
        labels = service.labels
        # A label whose name is a placeholder may be any of them.
        anything = any(map(is_open, labels))
        for key in self._filed if anything else labels:
            by_value = self._filed.get(key, {})
            if anything or _unknown(service, key):
                yield from {place for places in by_value.values() for place in places}
            else:
                yield from by_value.get(labels[key], ())


class Meetings:
    """Selectors of one kind of thing, asked which of them another selector may meet in one thing."""

    __slots__ = ("_count", "_having", "_loose", "_places")

    def __init__(self, selectors: Iterable[Selector | None]) -> None:
        self._places: dict[str, dict[str, list[int]]] = {}
        #: For each label the places of those that ask for a value of it.
        self._having: dict[str, list[int]] = {}
        self._loose: dict[str, list[int]] = {}
        self._count = 0
        for place, selector in enumerate(selectors):
            self._count = place + 1
            for key, values in _values(selector).items():
                self._having.setdefault(key, []).append(place)
                for value in values:
                    self._places.setdefault(key, {}).setdefault(value, []).append(place)

    def with_(self, selector: Selector | None, before: int | None = None) -> Iterator[int]:
        """The places of those that may take what a selector takes, up to a place; the others never do."""
        end = self._count if before is None else before
        asked = _values(selector)
        best = min(asked, key=lambda key: self._crowd(key, asked[key]), default=None)
        if best is None or 2 * self._crowd(best, asked[best]) > self._count:
            yield from range(end)
            return
        alike = [self._places.get(best, {}).get(value, []) for value in asked[best]]
        last = -1
        for place in heapq.merge(self._without(best), *alike):
            if place >= end:
                return
            if place != last:
                yield place
            last = place

    def _crowd(self, key: str, values: Iterable[str]) -> int:
        """How many may meet a condition on a label."""
        places = self._places.get(key, {})
        alike = sum(len(places.get(value, ())) for value in values)
        return alike + self._count - len(self._having.get(key, ()))

    def _without(self, key: str) -> list[int]:
        """The places of those that do not care for a label's value."""
        if key not in self._loose:
            having = set(self._having.get(key, ()))
            self._loose[key] = [place for place in range(self._count) if place not in having]
        return self._loose[key]


def _values(selector: Selector | None) -> Mapping[str, tuple[str, ...]]:
    """The values that a selector asks for, by label; of two conditions on one label the first."""
    found: dict[str, tuple[str, ...]] = {}
    for each in _asking(selector):
        found.setdefault(each.key, tuple(dict.fromkeys(each.values)))
    return found
