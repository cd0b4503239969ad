"""A literal's text changed by lines: what stays keeps its bytes, and the header stays true."""

from __future__ import annotations

import pytest

from cilium_networking.errors import EditError
from cilium_networking.lossless import Scalar, parse
from cilium_networking.lossless.literal import write_scalar

PATH = ("a", "b")


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        ("a:\n  b: |  # c\n    x\n    y\n  d: 1\n", "y\n", "a:\n  b: |  # c\n    y\n  d: 1\n"),
        ("a:\n  b: |-\n    x\n    y\n  d: 1\n", "x\n", "a:\n  b: |-\n    x\n  d: 1\n"),
        ("a:\n  b: |\n    x\n    \n    y\n    z\n  d: 1\n", "x\n\nz\n", "a:\n  b: |\n    x\n    \n    z\n  d: 1\n"),
        ("a:\r\n  b: |\r\n    x\r\n    y\r\n  d: 1\r\n", "x\nn\n", "a:\r\n  b: |\r\n    x\r\n    n\r\n  d: 1\r\n"),
        ("a:\n  b: |2\n      x\n    y\n", "  x\nn\n", "a:\n  b: |2\n      x\n    n\n"),
        ("a:\n  b: |\n    x\n      y\n", "  y\n", "a:\n  b: |2\n      y\n"),
        ("a:\n  b: |-\n    x\n    y", "x", "a:\n  b: |-\n    x"),
        ("a:\n  b: |+\n    x\n    y\n\n  d: 1\n", "x\n\n", "a:\n  b: |+\n    x\n\n  d: 1\n"),
        ("a:\n  b: |\n    x\n", "x\n", "a:\n  b: |\n    x\n"),
        ("a: {b: 'x'}\n", "y", "a: {b: 'y'}\n"),
    ],
)
def test_lines_of_a_literal(before: str, text: str, after: str) -> None:
    """Lines go or come at their place, with the indent, the line breaks and the header that are there."""
    changed = write_scalar(parse(before), PATH, text)
    assert changed.text == after
    node = changed.at(PATH)
    assert isinstance(node, Scalar)
    assert node.value.rstrip("\n") == text.rstrip("\n")


def test_what_is_no_scalar() -> None:
    """A collection has no text to change."""
    with pytest.raises(EditError) as raised:
        write_scalar(parse("a:\n  b: []\n"), PATH, "x")
    assert raised.value.message == "`a.b` is not a scalar"
