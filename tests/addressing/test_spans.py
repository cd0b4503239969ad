"""Which ranges meet a given one: held equal to comparing each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cilium_networking.addressing import Address, Family, Range, Spans

families: st.SearchStrategy[Family] = st.sampled_from((4, 6))


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    """Ranges of either family that lie in one another, beside one another and over one another."""
    family, first, size = draw(families), draw(st.integers(0, 30)), draw(st.integers(0, 20))
    return Range(Address(family, first), Address(family, first + size))


@given(st.lists(ranges(), max_size=20), ranges())
def test_every_range_that_meets_one(held: list[Range], asked: Range) -> None:
    """All ranges that share an address with the one that is asked for are found, once each, and no other."""
    found = [place for _, place in Spans((one, place) for place, one in enumerate(held)).every(asked)]
    assert sorted(found) == [place for place, one in enumerate(held) if one.overlaps(asked)]


@given(st.lists(ranges(), max_size=20), ranges())
def test_one_range_that_meets_another(held: list[Range], asked: Range) -> None:
    """If any range shares an address with the one that is asked for, one that does is found."""
    found = Spans((one, None) for one in held).meeting(asked)
    assert (found is not None) == any(one.overlaps(asked) for one in held)
    assert found is None or found[0].overlaps(asked)


def test_ranges_in_ranges() -> None:
    """From the one that begins last, through what lies around it."""
    spans = Spans(
        (Range(Address(4, first), Address(4, last)), (first, last)) for first, last in [(0, 99), (1, 5), (3, 9)]
    )
    assert [owner for _, owner in spans.every(Range(Address(4, 4), Address(4, 4)))] == [(3, 9), (1, 5), (0, 99)]
    assert [owner for _, owner in spans.every(Range(Address(4, 50), Address(4, 60)))] == [(0, 99)]
