"""Scalars as go-yaml has them: what a text means, and how a value is spelled."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cilium_networking.lossless import Mapping, Scalar, parse
from cilium_networking.lossless.emit import block_text, flow_text, json_text
from cilium_networking.lossless.scalars import CORE, Data, is_misread, is_plain, resolve, spell, spell_verbatim

INFINITY = float("inf")

# Answers of gopkg.in/yaml.v3 3.0.1, asked once for each text.
MEANT: list[tuple[str, Data]] = [
    *((text, None) for text in ("", "~", "null", "Null", "NULL")),
    *((text, True) for text in ("true", "True", "TRUE")),
    *((text, False) for text in ("false", "False", "FALSE")),
    *((text, text) for text in ("on", "off", "yes", "no", "y", "n", "On", "NO", "tRue", "nUll", "t", "F")),
    ("0", 0), ("-0", 0), ("+0", 0), ("00", 0), ("+1", 1), ("1_000", 1000), ("1_", 1), ("1__0", 10), ("0_1", 1),
    ("010", 8), ("-010", -8), ("0o17", 15), ("0O17", 15), ("-0o7", -7), ("0o-7", -7), ("0o+7", 7), ("07_7", 63),
    ("08", 8.0), ("0o8", "0o8"), ("08.5", 8.5), ("09", 9.0), ("00.5", 0.5), ("01e3", 1000.0),
    ("0x1F", 31), ("0X1f", 31), ("-0x1", -1), ("0x_1", 1), ("0x1_f", 31), ("0xg", "0xg"), ("0x", "0x"),
    ("0b101", 5), ("0B1", 1), ("-0b1", -1), ("0b-1", -1), ("0b+1", 1), ("0b2", "0b2"), ("0b", "0b"), ("0B-1", "0B-1"),
    ("1e3", 1000.0), ("1E3", 1000.0), ("1e+3", 1000.0), ("1e-3", 0.001), ("1.", 1.0), ("1.e3", 1000.0), ("0e0", 0.0),
    (".5", 0.5), ("-.5", -0.5), ("+.5", 0.5), (".5e1", 5.0), (".9_71", 0.971), (".7_", ".7_"), ("._5", "._5"),
    ("-._5", -0.5), ("1e1_0", 1e10), ("1_0.5", 10.5), ("1e", "1e"), ("e1", "e1"), ("1.5.2", "1.5.2"),
    ("1e3.5", "1e3.5"),
    ("1e400", "1e400"), ("-1e400", "-1e400"), ("1e-400", 0.0), ("1e22", 1e22),
    (".inf", INFINITY), ("+.Inf", INFINITY), ("-.INF", -INFINITY), ("inf", "inf"), ("nan", "nan"), (".Nan", ".Nan"),
    ("9223372036854775807", 2**63 - 1), ("9223372036854775808", 2**63), ("18446744073709551615", 2**64 - 1),
    ("18446744073709551616", float(2**64)), ("+9223372036854775808", float(2**63)), ("-9223372036854775808", -(2**63)),
    ("-9223372036854775809", -float(2**63)), ("99999999999999999999", 1e20), ("0xffffffffffffffff", 2**64 - 1),
    ("0x10000000000000000", "0x10000000000000000"), ("-0xffffffffffffffff", "-0xffffffffffffffff"),
    ("02777777777777777777777", 2.777777777777778e21), ("0o2000000000000000000000", "0o2000000000000000000000"),
    ("1" * 400, "1" * 400), ("0x1p3", "0x1p3"), ("1:2", "1:2"), ("190:20:30", "190:20:30"), ("1,000", "1,000"),
    ("=", "="), ("_", "_"), ("+", "+"), (".", "."), ("..", ".."), ("-.", "-."), ("10.0.0.0/24", "10.0.0.0/24"),
    # A timestamp to go-yaml; JSON has none, so to Kubernetes it is text.
    ("2001-01-01", "2001-01-01"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "data"), MEANT, ids=[text[:30] or "empty" for text, _ in MEANT])
def test_a_plain_text_means_what_go_yaml_says(text: str, data: Data) -> None:
    """A plain scalar has the type and value that go-yaml gives it, in a document as by itself."""
    found = resolve(text, plain=True)
    assert (type(found), found) == (type(data), data)
    assert resolve(text, plain=False) == text
    node = parse(f"a: {text}\n").at(("a",))
    assert isinstance(node, Scalar)
    assert (type(node.data), node.data) == (type(data), data)


def test_not_a_number_is_a_float() -> None:
    """``.nan`` is a float that is unlike itself."""
    found = resolve(".nan", plain=True)
    assert isinstance(found, float)
    assert found != found  # noqa: PLR0124  # that is what it is


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("! 1", 1), ("! '1'", "1"), ("!!int 0x1F", 31), ("!!int '12'", 12), ("!!bool 'true'", True), ("!!float 1", 1.0),
        ("!!float '1e3'", 1000.0), ("!!float 0x10", 16.0), ("!!null ''", None), ("!!null ~", None), ("!!str", ""),
        ("!!str 1", "1"), ("!foo 1", "1"), ("!int 7", "7"), ("!!foo 7", "7"), ("!<tag:yaml.org,2002:int> 7", 7),
        ("!<tag:x.org,2002:int> 7", "7"), ("!!int |-\n  1", 1),
        # go-yaml refuses these; we keep their text.
        ("!!int 1.5", "1.5"), ("!!int x", "x"), ("!!bool yes", "yes"), ("!!null x", "x"),
    ],
)  # fmt: skip
def test_a_tag_decides(text: str, data: Data) -> None:
    """A core tag gives the type, ``!`` none, and any other makes text of it (go-yaml 3.0.1)."""
    node = parse(f"a: {text}\n").at(("a",))
    assert isinstance(node, Scalar)
    assert (type(node.data), node.data) == (type(data), data)


def test_an_unknown_tag_is_text() -> None:
    """A tag of the core's own namespace that is none of its types is text too."""
    assert resolve("1", plain=True, tag=CORE + "timestamp") == "1"


# Characters that mean something, and any others; no surrogates, which no encoding has.
tricky = st.text(alphabet="ab01 :#-?,[]{}&*!|>'\"%@`\\~<=.\n\r\t\x07\x85\u00a0\u2028\ufeff😀", max_size=9)
written = tricky | st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=9
)
styles = st.sampled_from(["", "'", '"'])


def read(spelled: str, *, flow: bool) -> Scalar:
    fragment = parse(f"a: [{spelled}, {{b: {spelled}}}]\n" if flow else f"a: {spelled}\n")
    node = fragment.at(("a", 0) if flow else ("a",))
    assert isinstance(node, Scalar)
    if flow:
        other = fragment.at(("a", 1, "b"))
        assert isinstance(other, Scalar)
        assert other.value == node.value
    return node


@given(written, styles, st.booleans())
@example("", "", True)
@example("?x", "", True)
@example(":x", "", True)
@example("a:", "", False)
@example("---", "", False)
@example("\ufeff", "'", False)
@example("on", "", False)
def test_a_text_reads_back(text: str, style: str, flow: bool) -> None:
    """Any text, spelled in any style, reads back as that text, and as text."""
    found = read(spell(text, style, flow=flow), flow=flow)
    assert (type(found.data), found.data) == (str, text)


@pytest.mark.parametrize(
    "text", ["on", "No", "y", "2026-01-31", "2026-1-5", "2026-01-31T10:00:00Z", "2026-01-31 10:00"]
)
def test_what_some_readers_misread_is_quoted(text: str) -> None:
    """kubectl makes booleans of YAML 1.1 words, and kpt and kustomize times of dates: neither is written plain."""
    assert spell(text) == f'"{text}"'
    assert spell_verbatim(text) == f"'{text}'"


@pytest.mark.parametrize("text", ["once", "10.80.8.129", "2026", "2026-01", "12-01-31", "2026-01-31x"])
def test_what_nobody_misreads_stays_plain(text: str) -> None:
    """Text that merely resembles such a word stays as it is."""
    assert spell_verbatim(text) == text


@given(written, styles, st.booleans())
@example("N", "", False)
def test_a_setters_text_reads_back(text: str, style: str, flow: bool) -> None:
    """A text put as setters put it reads back as that text, whatever its type then is; quotes stay."""
    found = read(spell_verbatim(text, style, flow=flow), flow=flow)
    assert found.value == text
    if style == '"' or (style == "'" and found.style != '"'):
        assert found.style == style
    if style == "" and text and is_plain(text, flow=flow) and not is_misread(text):
        assert found.style == ""


numbers = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False)


@given(numbers, styles, st.booleans())
def test_what_is_no_text_reads_back(value: Data, style: str, flow: bool) -> None:
    """Nulls, booleans and numbers read back with their type, and never in quotes."""
    found = read(spell(value, style, flow=flow), flow=flow)
    assert (type(found.data), found.data) == (type(value), value)


# JSON has no infinity.
finite = numbers.filter(lambda value: value not in (INFINITY, -INFINITY))
data = st.recursive(
    finite | written,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(written.filter(lambda key: key != "<<"), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["a", "b c", "on", "1", "#", ""]), data, min_size=1, max_size=3))
def test_what_we_write_reads_back(value: dict[str, Any]) -> None:
    """Block, flow and JSON text of any data read back as that data; a list inside a list too."""
    for text in (block_text(value), flow_text(value), json_text(value), block_text([[value], value])):
        found = parse(text).data()
        assert (found[0][0] if isinstance(found, list) else found) == value
        root = parse(text).root
        assert isinstance(root, Mapping) or text.startswith("- ")
