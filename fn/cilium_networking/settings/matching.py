"""Whether a pattern is found in a name, in time that no pattern can blow up.

Python's own matcher goes back and tries again: `^(a+)+$` costs it years on a name of forty letters, while Go's answers
at once. So a part of a pattern is a function here, from a text to where it may end for each place where it may begin,
as sets of bits. Each part is asked once, whatever stands around it. Left out: what a group took, nobody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

#: For each place of a text (and its end) the places where a part that begins there may end, as bits.
Ends = list[int]
Part = Callable[[str], Ends]
#: Whether a character is one of a class.
Takes = Callable[[str], bool]


def one(takes: Takes) -> Part:
    """One character."""
    return lambda text: [*(2 << place if takes(char) else 0 for place, char in enumerate(text)), 0]


def where(holds: Callable[[str, int], bool]) -> Part:
    """No character, at a place of which something is true: an anchor."""
    return lambda text: [1 << place if holds(text, place) else 0 for place in range(len(text) + 1)]


def row(parts: Sequence[Part]) -> Part:
    """One part behind the other."""

    def ends(text: str) -> Ends:
        found = _nothing(text)
        for part in parts:
            found = _then(found, part(text))
        return found

    return ends


def either(parts: Sequence[Part]) -> Part:
    """Any one of the parts."""

    def ends(text: str) -> Ends:
        every = [part(text) for part in parts]
        return [_all(each[place] for each in every) for place in range(len(text) + 1)]

    return ends


def repeated(part: Part, least: int, most: int | None) -> Part:
    """A part so many times; ``None`` for no limit."""

    def ends(text: str) -> Ends:
        once = part(text)
        found = _nothing(text)
        for _ in range(least):
            found = _then(found, once)
        if most is None:
            return _then(found, _closed(once))
        for _ in range(most - least):
            further = [old | new for old, new in zip(found, _then(found, once), strict=True)]
            if further == found:
                break
            found = further
        return found

    return ends


def is_found(part: Part, text: str) -> bool:
    """Whether a part is found anywhere in a text."""
    return any(part(text))


def _nothing(text: str) -> Ends:
    return [1 << place for place in range(len(text) + 1)]


def _then(first: Ends, second: Ends) -> Ends:
    return [_all(second[place] for place in _places(each)) for each in first]


def _closed(once: Ends) -> Ends:
    """Any number of times: nothing ends before it begins, so from the last place to the first."""
    found = [1 << place for place in range(len(once))]
    for place in reversed(range(len(once))):
        for end in _places(once[place]):
            found[place] |= found[end]
    return found


def _places(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _all(several: Iterator[int]) -> int:
    found = 0
    for each in several:
        found |= each
    return found
