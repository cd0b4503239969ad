"""The notation of the tables: what it says, and that a slip in it does not pass."""

from __future__ import annotations

import re

import pytest

from cilium_networking.kinds import RELEASES, rows
from cilium_networking.kinds.notation import read, steps


def places(where: str) -> list[str]:
    """Where a row with that ``@`` exists, as ``release/version``."""
    (row,) = read(f"a  string  {where}\n")
    return [f"{release}/{name}" for release in RELEASES for name in ("v2", "v2alpha1") if row.exists((release, name))]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("@1.18", "1.18/v2 1.18/v2alpha1"),
        ("@-1.15", "1.15/v2 1.15/v2alpha1"),
        ("@1.20-", "1.20/v2 1.20/v2alpha1"),
        ("@1.16-1.17", "1.16/v2 1.16/v2alpha1 1.17/v2 1.17/v2alpha1"),
        ("@v2:1.19-", "1.19/v2 1.20/v2"),
        ("@v2alpha1", "1.15/v2alpha1 1.16/v2alpha1 1.17/v2alpha1 1.18/v2alpha1 1.19/v2alpha1 1.20/v2alpha1"),
        ("@1.15,v2:1.20", "1.15/v2 1.15/v2alpha1 1.20/v2"),
    ],
)
def test_where(where: str, expected: str) -> None:
    """Releases, a version or both, several with commas."""
    assert places(where) == expected.split()


def test_a_row() -> None:
    """A row has a path, a type, constraints each with its own place, and goes on in lines that begin with a blank."""
    table = """
spec.port  integer  1..65535@1.17- @1.16- default=179
    format=int32
    # The port,
    # in our words.
spec.name  string
"""
    port, name = read(table)
    assert (port.path, port.type, port.doc) == ("spec.port", "integer", "The port, in our words.")
    assert (port.values("bounds", ("1.17", "v2")), port.values("bounds", ("1.16", "v2"))) == (["1..65535"], [])
    assert port.values("default", ("1.16", "v2")) == ["179"]
    assert port.values("format", ("1.16", "v2")) == ["int32"]
    assert (port.exists(("1.15", "v2")), name.exists(("1.15", "v2"))) == (False, True)


def test_steps() -> None:
    """A path is names, items of a list and values of a map."""
    assert steps("spec.eni{}.blocks[].cidr-block") == ["spec", "eni", "{}", "blocks", "[]", "cidr-block"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("spec", "a row has a path and a type: 'spec'"),
        ("spec  object  requird", "unknown constraint 'requird': 'spec  object  requird'"),
        ("spec  object  @v2:", "not a range of releases: 'v2:'"),
        ("spec  object  @-", "not a range of releases: '-'"),
        ("spec  object  @1.16..1.18", "not a range of releases: '1.16..1.18'"),
        ("spec  object  @1.14-", "not a range of releases: '1.14-'"),
    ],
)
def test_a_slip_is_an_error(line: str, message: str) -> None:
    """A table that breaks the notation is refused with the words that break it."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read(line)


def test_rows_are_there_for_documentation() -> None:
    """The rows of a kind tell when a field came and went, whatever release is asked for."""
    cidrs = next(row for row in rows("CiliumLoadBalancerIPPool") if row.path == "spec.cidrs")
    assert [release for release in RELEASES if cidrs.exists((release, "v2alpha1"))] == ["1.15"]
    assert cidrs.values("use", ("1.19", "v2")) == ["blocks"]
