"""Records are what the standard library's dataclasses are, in the part that is used here."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cilium_networking import records

FN = Path(__file__).resolve().parents[1] / "fn"


def made(library: Any) -> tuple[type[Any], type[Any], type[Any]]:
    """The same three types, made by one library."""

    @library.dataclass(frozen=True, slots=True, order=True)
    class Point:
        """A doc."""

        x: int
        y: int = 0
        names: tuple[str, ...] = ()

        @property
        def sum(self) -> int:
            return self.x + self.y

    @library.dataclass(slots=True)
    class Row:
        cells: list[int] = library.field(default_factory=list)
        width: int = 1

        def __post_init__(self) -> None:
            self.width += 1

    @library.dataclass(frozen=True)
    class Open:
        x: int
        found: dict[str, int] = library.field(default_factory=dict)

    return Point, Row, Open


BOTH = [pytest.param(records, id="ours"), pytest.param(dataclasses, id="theirs")]


@pytest.mark.parametrize("before", [0, 20])
@pytest.mark.parametrize("library", BOTH)
def test_what_a_record_is(library: Any, before: int) -> None:
    """Values by place and by name, defaults, equality, order, hashes and a text, the first time and the twentieth."""
    point, row, open_ = made(library)
    for _ in range(before):
        assert (point(1).y, row().width, open_(1).found) == (0, 2, {})
    assert (point(1).y, point(1, 2).sum, point(x=1, names=("a",)).names) == (0, 3, ("a",))
    assert point(1) == point(1, 0)
    assert point(1) != point(2)
    assert point(1) != open_(1)
    assert hash(point(1)) == hash(point(1, 0))
    assert point(1) < point(1, 1) <= point(1, 1)
    assert point(2) > point(1, 5) >= point(1, 5)
    assert sorted([point(2), point(1)]) == [point(1), point(2)]
    assert repr(point(1)).endswith("Point(x=1, y=0, names=())")
    assert point.__doc__ == "A doc."
    assert (row().width, row([1], width=4)) == (2, row([1], 4))
    row().cells.append(1)
    assert row().cells == []
    one = open_(1)
    one.found["a"] = 1
    assert open_(1).found == {}
    match point(1, 2):
        case point(x, y):
            assert (x, y) == (1, 2)


@pytest.mark.parametrize("before", [0, 20])
@pytest.mark.parametrize("library", BOTH)
def test_what_a_record_refuses(library: Any, before: int) -> None:
    """A frozen one does not change, one with slots takes no other names, and a missing value is a TypeError."""
    point, row, open_ = made(library)
    for _ in range(before):
        assert (point(1).y, row().width) == (0, 2)
    for one in (point(1), open_(1)):
        with pytest.raises(AttributeError):
            one.x = 2
        with pytest.raises(AttributeError):
            del one.x
    with pytest.raises(AttributeError):
        row().other = 1
    with pytest.raises(TypeError, match=r"__init__\(\) missing 1 required positional argument: 'x'"):
        point()
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        point(1, z=1)
    with pytest.raises(TypeError, match="multiple values for argument 'x'"):
        point(1, x=1)
    with pytest.raises(TypeError, match="takes from 2 to 4 positional arguments but 5 were given"):
        point(1, 2, (), 4)
    with pytest.raises(TypeError):
        hash(row())
    with pytest.raises(TypeError):
        assert point(1) < 1


@pytest.mark.parametrize("library", BOTH)
def test_records_of_two_types(library: Any) -> None:
    """They are never equal and never in order, whatever they hold, and both stand in one set."""
    one, _, _ = made(library)
    other, _, _ = made(library)
    assert one(1, 2) != other(1, 2)
    assert len({one(1, 2), other(1, 2), one(1, 2)}) == 2
    with pytest.raises(TypeError):
        assert one(1) < other(2)


@pytest.mark.parametrize("library", BOTH)
def test_a_record_without_fields(library: Any) -> None:
    """All of its type are equal, none comes before another, and its text is its name."""

    @library.dataclass(frozen=True, slots=True, order=True)
    class Nothing:
        pass

    nothing: Any = Nothing
    for _ in range(20):
        assert nothing() == nothing()
        assert hash(nothing()) == hash(nothing())
        assert nothing() <= nothing()
        assert not nothing() < nothing()
        assert repr(nothing()).endswith("Nothing()")
    with pytest.raises(TypeError):
        nothing(1)


@pytest.mark.parametrize("library", BOTH)
def test_a_record_with_a_text_of_its_own(library: Any) -> None:
    """Its own ``__repr__`` is kept."""

    @library.dataclass(frozen=True, slots=True)
    class Secret:
        word: str

        def __repr__(self) -> str:
            return "Secret(...)"

    secret: Any = Secret
    assert repr(secret("x")) == f"{secret('y')}" == "Secret(...)"


@pytest.mark.parametrize("replace", [records.replace, dataclasses.replace])
def test_another_like_it(replace: Any) -> None:
    """`replace` gives a record with other values, and refuses names that are none; the library's own does too."""
    point, _, _ = made(records)
    assert replace(point(1, 2), y=3) == point(1, 3)
    with pytest.raises(TypeError):
        replace(point(1), z=3)


def test_the_library_takes_them_for_its_own() -> None:
    """`fields` and `is_dataclass` know them."""
    point, row, _ = made(records)
    one: Any = point(1)
    assert dataclasses.is_dataclass(one)
    assert [(each.name, each.type, each.default) for each in dataclasses.fields(one)] == [
        ("x", "int", dataclasses.MISSING),
        ("y", "int", 0),
        ("names", "tuple[str, ...]", ()),
    ]
    assert dataclasses.fields(row)[0].default_factory is list


def test_judging_needs_no_library() -> None:
    """Neither dataclasses nor what it brings is loaded to read and judge a package."""
    script = (
        "import sys\n"
        "from cilium_networking.cli import main\n"
        "main(['validate', 'packages/cilium-networking'])\n"
        "print(sorted({'dataclasses', 'inspect', 'yaml', 'netaddr', 'tempfile'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=FN.parent,
        env={"PYTHONPATH": str(FN)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
