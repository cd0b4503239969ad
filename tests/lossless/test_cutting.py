"""Texts cut into pieces: nothing is lost, nothing is cut in two, every piece knows its line."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cilium_networking.errors import InputError
from cilium_networking.lossless import Mapping
from cilium_networking.lossless.stream import Cut, cut, cut_by_lines, documents

from .yamlish import NASTY, blocks, texts

anything = st.text() | st.text(alphabet="-.#% \n\r\t\ufeffa:|\u2028") | texts
markers = st.sampled_from(["---", "...", "--- # c", "--- x", "---\t", "%YAML 1.2", "# c", "", "--- |", "\ufeff"])
files = st.lists(markers | blocks(), max_size=6).map("\n".join)


@st.composite
def lists(draw: st.DrawFn) -> str:
    """A document with a list of mappings under `items`, and other keys around it."""
    parts = draw(
        st.lists(
            st.sampled_from(["kind: L", "a: |\n  items:\n  - b", "# c", 'q: "x', 'q: "x\nitems:\n- b: 1\n"']),
            max_size=2,
        )
    )
    parts.append(draw(st.sampled_from(["items:", "items: # c", "items: &x", '"items":', "items:\n\n# d"])))
    pad = draw(st.sampled_from(["", "", "  ", "    "]))
    for _ in range(draw(st.integers(1, 4))):
        inner = draw(blocks(len(pad) + 2, 2))
        parts.append(pad + "-" + inner[len(pad) + 1 :] if inner.startswith(pad + "  ") else inner)
        parts += draw(st.sampled_from([[], [], ["# c"], [""], [pad + "  # inside"]]))
    parts += draw(st.lists(st.sampled_from(["functionConfig:\n  a: 1", "...", "&x z: 1", "'", '"', "# c"]), max_size=2))
    return "\n".join(parts) + draw(st.sampled_from(["\n", ""]))


def joined(pieces: Cut) -> str:
    inside = (item.text + gap for item, gap in zip(pieces.items, pieces.gaps, strict=True))
    return pieces.head + "".join(inside) + pieces.tail


def cut_or_none(text: str) -> Cut | None:
    try:
        return cut(text, "items")
    except InputError:
        return None


@given(anything | files)
@example("\ufeff---\na: 1\n---\n")
@example("# c\u2028a: 1")
def test_documents_are_the_text(text: str) -> None:
    """The pieces of any text, joined, are the text, and each document knows its first line."""
    at = 0
    for piece in documents(text):
        at += len(piece.gap)
        if piece.fragment is not None:
            assert text[at:].startswith(piece.fragment.text)
            assert piece.fragment.first_line == 1 + text.count("\n", 0, at)
            at += len(piece.fragment.text)
    assert "".join(piece.gap + (piece.fragment.text if piece.fragment else "") for piece in documents(text)) == text


def test_documents_of_a_file() -> None:
    """Markers, directives and comments are gaps; content behind a marker is read with it."""
    pieces = documents(NASTY["documents"])
    assert [(piece.gap, piece.fragment and (piece.fragment.text, piece.fragment.first_line)) for piece in pieces] == [
        (
            "# a comment that is no document\n---\n# another\n--- # behind the marker\n",
            ("a: 1\n", 5),
        ),
        ("...\n# between\n---\n%not: a directive\n", ("--- {b: 2} # on the marker's line\n", 10)),
        ("---\n---\n", ('text: "\n  --- no marker\n  ..."\n', 13)),
        ("", ("--- |\n  text\n", 16)),
        ("...\n", None),
    ]


@given(anything | lists())
@example("items:\n  - a: 1\n- b: 2\n")
@example("items:\n- a: 1\n&- b: 1\n")
@example('q: "x\nitems:\n- b: 1\n"\nitems:\n- c: 2\n')
@example("items: &x\n\x85- a: 1\n- b: 2\n")
def test_cuts_are_the_text_and_agree(text: str) -> None:
    """Both ways to cut a list keep every byte; where both cut one and all items read as mappings, they cut alike."""
    by_lines, by_parser = cut_by_lines(text, "items"), cut_or_none(text)
    for pieces in (by_lines, by_parser):
        if pieces is not None:
            assert joined(pieces) == text
            at = len(pieces.head)
            for item, gap in zip(pieces.items, pieces.gaps, strict=True):
                assert item.first_line == 1 + text.count("\n", 0, at)
                at += len(item.text) + len(gap)
    if by_lines is None or by_parser is None:
        return
    try:
        readable = all(isinstance(item.root, Mapping) for item in by_lines.items)
    except InputError:
        return
    if readable:
        assert [(item.text, item.dash) for item in by_lines.items] == [
            (item.text, item.dash) for item in by_parser.items
        ]
        assert (by_lines.head, by_lines.tail, by_lines.column) == (by_parser.head, by_parser.tail, by_parser.column)


@pytest.mark.parametrize(
    ("text", "head", "items", "tail"),
    [
        (
            "items:\n- a: 1\n  # in\n# below\n- b: 2\nc: 3\n",
            "items:\n",
            ["- a: 1\n  # in\n# below\n", "- b: 2\n"],
            "c: 3\n",
        ),
        ("items: [{a: 1}, {b: 2}]\n", "items: [", ["{a: 1}", "{b: 2}"], "]\n"),
        ('{"items": [\n  {"a": 1},\n  {"b": 2}\n]}', '{"items": [\n  ', ['{"a": 1}', '{"b": 2}'], "\n]}"),
        ("items:\r\n- a: 1\r\n- b: 2\r\n", "items:\r\n", ["- a: 1\r\n", "- b: 2\r\n"], ""),
        ("items:\n- a: 1\n...\n", "items:\n", ["- a: 1\n"], "...\n"),
        ("items: []\n", "items: []\n", [], ""),
        ("a: 1\n", "a: 1\n", [], ""),
    ],
)
def test_a_list_is_cut_at_its_items(text: str, head: str, items: list[str], tail: str) -> None:
    """Comments below an item go with it, in whatever style the list is."""
    pieces = cut(text, "items")
    assert (pieces.head, [item.text for item in pieces.items], pieces.tail) == (head, items, tail)
