"""What an edit does to a text, to the byte."""

from __future__ import annotations

from typing import Any

import pytest

from cilium_networking.lossless import Fragment, Path, parse
from cilium_networking.lossless.edit import Delete, Edit, Put, Rename, SetText, edit
from cilium_networking.lossless.stream import documents

from .yamlish import NASTY

BLOCKS: Path = ("spec", "blocks")

# Name of the text, edit, what stood there, what stands there now: everything else is as it was.
CASES: list[tuple[str, Edit, str, str]] = [
    # Comments stay with what they belong to.
    ("comments", Put(("metadata", "name"), "other"), "name: load-balancers #", "name: other #"),
    ("comments", Delete(("metadata", "labels", "a")), '    # first\n    a: "1" # one\n', ""),
    ("comments", Delete(("metadata", "labels", "b")), '    # second\n    b: "2" # two\n', ""),
    ("comments", Delete(("metadata", "labels", "c")), '    # third, after a blank line\n    c: "3"\n', ""),
    (
        "comments",
        Delete(("metadata", "labels")),
        NASTY["comments"].partition("  labels:")[2].partition("# about the spec")[0].join(["  labels:", ""]),
        "",
    ),
    ("comments", Put(("metadata", "labels", "d"), "4"), '    c: "3"\n', "    c: \"3\"\n    d: '4'\n"),
    ("comments", Delete((*BLOCKS, 0)), "  # the old range\n  - cidr: 10.0.0.0/24 # kpt-set: ${a}\n", ""),
    (
        "comments",
        Delete((*BLOCKS, 1)),
        "  # the new range\n  - cidr: 10.0.1.0/24 # kpt-set: ${b}\n    # inside the second\n",
        "",
    ),
    ("comments", Delete((*BLOCKS, 2, "start")), "    start: 10.0.2.1\n", ""),
    (
        "comments",
        Put(BLOCKS, [{"cidr": "10.0.1.0/24"}, {"start": "10.0.2.1", "stop": "10.0.2.9"}]),
        "  # the old range\n  - cidr: 10.0.0.0/24 # kpt-set: ${a}\n",
        "",
    ),
    (
        "comments",
        Put((*BLOCKS, 3), {"cidr": "fd00::/64"}),
        "    stop: 10.0.2.9\n",
        "    stop: 10.0.2.9\n  - cidr: fd00::/64\n",
    ),
    ("comments", Put(("spec", "disabled"), True), "disabled: false # not yet", "disabled: true # not yet"),
    ("comments", Put(("spec", "disabled"), {"a": 1}), "disabled: false # not yet", "disabled: # not yet\n    a: 1"),
    ("comments", Put(("spec", "disabled"), [1]), "disabled: false # not yet", "disabled: # not yet\n  - 1"),
    (
        "comments",
        Put(("metadata", "labels"), {}),
        NASTY["comments"].partition("  labels:")[2].partition("# about the spec")[0],
        " {}\n",
    ),
    # Brackets keep their style, their lines, and their commas.
    ("flow", Put(("labels", "app"), "a, b"), "app: web", "app: 'a, b'"),
    ("flow", Put(("labels", "tier"), "gold"), "tier: 'silver'", "tier: 'gold'"),
    ("flow", Put(("labels", "new"), 1), "'silver'}", "'silver', new: 1}"),
    ("flow", Delete(("labels", "app")), "{app: web, ", "{"),
    ("flow", Delete(("labels", "tier")), ", tier: 'silver'", ""),
    ("flow", Put(("args", 3), "--d"), "--c]", "--c, --d]"),
    ("flow", Put(("args",), ["--b", "--c"]), '"--a=1", ', ""),
    ("flow", Put(("empty", "a"), 1), "empty: {} # nothing", "empty: # nothing\n  a: 1"),
    ("flow", Put(("list", 0), "a"), "list: []", "list:\n- a"),
    ("flow", Delete(("lines", "a")), "  # about a\n  a: 1, # one\n", ""),
    ("flow", Delete(("lines", "c")), ", # two\n\n  # about c\n  c: {d: e} # three\n", " # two\n\n"),
    ("flow", Put(("lines", "d"), [1]), "c: {d: e} # three\n", "c: {d: e}, # three\n  d: [1]\n"),
    ("flow", Put(("items", 2), {"name": "3"}), "# second\n", "# second\n  {name: '3'},\n"),
    ("flow", Put(("items",), [{"name": "two"}]), "  {name: one}, # first\n", ""),
    ("flow", SetText(("urls", 0), "?a"), "http://example.com:80/a", "'?a'"),
    # JSON stays JSON.
    ("json", Put(("data", "b"), "off"), '"on"', '"off"'),
    ("json", Put(("data", "b"), 'a "b" \x7f\n'), '"on"', '"a \\"b\\" \\u007f\\n"'),
    ("json", Put(("data", "b"), None), '"on"', "null"),
    ("json", Put(("data", "c"), "x"), '"on"\n', '"on",\n    "c": "x"\n'),
    ("json", Put(("list", 0), "one"), "[1,", '["one",'),
    ("json", SetText(("list", 1), "two"), "2,", '"two",'),
    ("json", SetText(("list", 1), "3"), "2,", "3,"),
    ("json", Put(("metadata", "labels", "a"), {"b": ["c"]}), '"labels": {}', '"labels": {"a": {"b": ["c"]}}'),
    ("json", Put(("empty", 0), {"a": True}), '"empty": []', '"empty": [{"a": true}]'),
    ("json", Delete(("empty",)), ',\n  "empty": []\n', "\n"),
    ("json", Delete(("apiVersion",)), '  "apiVersion": "v1",\n', ""),
    # A scalar keeps its quotes; text that would change type gets some; what is no text loses them.
    ("scalars", Put(("plain",), "true"), "some words", "'true'"),
    ("scalars", Put(("plain",), "on"), "some words", '"on"'),
    ("scalars", Put(("plain",), "a: b"), "some words", "'a: b'"),
    ("scalars", Put(("plain",), "a\tb"), "some words", '"a\\tb"'),
    ("scalars", Put(("single",), "don't"), "'it''s'", "'don''t'"),
    ("scalars", Put(("single",), 1), "'it''s'", "1"),
    ("scalars", Put(("double",), "x"), '"a \\"b\\"\\tc"', '"x"'),
    ("scalars", Put(("double",), False), '"a \\"b\\"\\tc"', "false"),
    ("scalars", Put(("double",), 1.5), '"a \\"b\\"\\tc"', "1.5"),
    ("scalars", Put(("double",), None), '"a \\"b\\"\\tc"', "null"),
    ("scalars", Put(("folded plain",), "one"), "one\n  two\n  three #", "one #"),
    ("scalars", Put(("nothing",), "x"), "nothing:\n", "nothing: x\n"),
    ("scalars", Put(("nothing said",), "x"), "nothing said: # why", "nothing said: x # why"),
    ("scalars", Put(("nothing said",), {"a": []}), "nothing said: # why", "nothing said: # why\n  a: []"),
    ("scalars", Put(("octal",), 9), "010", "9"),
    ("scalars", Put(("octal",), "010"), "010", "'010'"),
    ("scalars", SetText(("octal",), "011"), "010", "011"),
    ("scalars", SetText(("single",), "011"), "'it''s'", "'011'"),
    ("scalars", SetText(("plain",), ""), "some words", '""'),
    ("scalars", SetText(("nothing",), "null"), "nothing:\n", "nothing: null\n"),
    ("scalars", Put(("yes",), "yes"), "yes: on", 'yes: "yes"'),
    ("scalars", Put(("é",), "ü"), "日本 😀", "ü"),
    ("scalars", Delete(("quoted key",)), "'quoted key': 1\n", ""),
    # Block scalars stay literal where they can, with their comment; what follows them is not theirs.
    ("blocks", Put(("clip",), "x\ny\n"), "| # said\n  one\n    two\n\n  three\n", "| # said\n  x\n  y\n"),
    ("blocks", Put(("clip",), "x"), "| # said\n  one\n    two\n\n  three\n", "|- # said\n  x\n"),
    ("blocks", Put(("clip",), 1), "| # said\n  one\n    two\n\n  three\n", "1 # said\n"),
    ("blocks", Put(("clip",), " x"), "| # said\n  one\n    two\n\n  three\n", '" x" # said\n'),
    ("blocks", Put(("clip",), [1]), "| # said\n  one\n    two\n\n  three\n", "# said\n- 1\n"),
    ("blocks", Put(("strip",), "x\n\ny"), "|-\n  one\n", "|-\n  x\n\n  y\n"),
    ("blocks", Put(("keep",), "x\n\n"), "|+\n  one\n", "|+\n  x\n"),
    ("blocks", Put(("keep",), "x"), "|+\n  one\n\n", "|-\n  x\n"),
    ("blocks", Put(("folded",), "x\n"), ">\n  one\n  two\n\n  three\n", "|\n  x\n"),
    ("blocks", Put(("folded strip",), "a b"), ">-\n  one\n", "|-\n  a b\n"),
    ("blocks", Put(("indented",), "x\n"), "|2\n    two more\n   one more\n", "|\n    x\n"),
    ("blocks", Put(("tabs",), "b\ta\n"), "a\tb", "b\ta"),
    ("blocks", Put(("list", 0), "y\n"), "- |\n  item\n", "- |\n  y\n"),
    ("blocks", Delete(("clip",)), "clip: | # said\n  one\n    two\n\n  three\n", ""),
    ("blocks", Delete(("keep",)), "keep: |+\n  one\n\n", ""),
    ("blocks", Put(("list", 2), 1), "- >-\n  item\n", "- >-\n  item\n- 1\n"),
    # Anchors stay where they are; tags go with the value that they were about.
    ("anchors", Put(("name",), "api"), "&name web", "&name api"),
    ("anchors", Put(("base", "cpu"), 2), "cpu: 1", "cpu: 2"),
    ("anchors", Put(("list", 0), 3), "&one 1", "&one 3"),
    ("anchors", Put(("tagged",), 2), "!!str 1", "2"),
    ("anchors", Put(("tag and anchor",), 3), "!!str &t 2", "&t 3"),
    ("anchors", Put(("anchor and tag",), "x"), '&u !!int "3"', '&u "x"'),
    ("anchors", SetText(("tagged",), "2"), "!!str 1", "2"),
    ("anchors", Put(("own", "a"), 2), "{a: 1}", "{a: 2}"),
    ("anchors", Put(("derived", "memory"), 4), "memory: 3", "memory: 4"),
    ("anchors", Delete(("same",)), "same: *name\n", ""),
    # Any indent.
    ("indents", Put(("wide", 0, "a", 2), "x"), "              - d\n", "              - d\n          - x\n"),
    ("indents", Delete(("wide", 1, "e")), "-   e: 1\n        f", "-   f"),
    ("indents", Put(("new",), {"a": [1]}), "  - f\n", "  - f\nnew:\n  a:\n    - 1\n"),
    ("indents", Delete(("compact", 0)), "- a:\n  - b\n  - - c\n    - d\n", ""),
    ("indents", Delete(("compact", 0, "a", 1, 0)), "- - c\n    - d", "- - d"),
    ("indents", Put(("compact", 1, "e"), 2), "e: 1\n-\n", "e: 2\n-\n"),
    ("tabs", Put(("tab behind",), 2), "\t1\t#", "\t2\t#"),
    ("tabs", Put(("tab before",), "z"), "x\t", "z\t"),
    ("tabs", Put(("list", 0, 1), "c"), "\tb ]", "\tc ]"),
    ("no-final-newline", Put(("a", "b"), 2), "b: 1", "b: 2"),
    ("no-final-newline", Put(("a", "c"), 2), "behind", "behind\n  c: 2"),
    ("no-final-newline", Put(("d",), 2), "behind", "behind\nd: 2"),
    # A key's other name stands where the key stood, in its quotes; its value is not looked at.
    ("comments", Rename(("metadata", "labels", "a"), "z"), 'a: "1" # one', 'z: "1" # one'),
    ("comments", Rename(BLOCKS, "cidrs"), "blocks:", "cidrs:"),
    ("comments", Rename(("spec", "none"), "other"), "", ""),
    ("flow", Rename(("labels", "app"), "a, b"), "{app: web", "{'a, b': web"),
    ("json", Rename(("data", "b"), "z"), '"b"', '"z"'),
    ("scalars", Rename(("quoted key",), "it's"), "'quoted key'", "'it''s'"),
    ("anchors", Rename(("same",), "other"), "same: *name", "other: *name"),
]


def only(text: str) -> Fragment:
    (fragment,) = (piece.fragment for piece in documents(text) if piece.fragment is not None)
    return fragment


@pytest.mark.parametrize(("name", "change", "before", "after"), CASES, ids=lambda value: str(value)[:60])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_an_edit_changes_this_and_nothing_else(name: str, change: Edit, before: str, after: str, newline: str) -> None:
    """The edited text is the old one with one passage replaced, in files of either line break; and twice is once."""
    text = NASTY[name].replace("\n", newline)
    before, after = before.replace("\n", newline), after.replace("\n", newline)
    fragment = parse(text)
    place = text.index(f" {before}") + 1 if f" {before}" in text else text.index(before)
    found = edit(fragment, change)
    assert found.text == text[:place] + after + text[place + len(before) :]
    assert fragment.text == text
    if not (isinstance(change, Delete) and isinstance(change.path[-1], int)):
        assert edit(found, change).text == found.text


def test_a_file_without_a_final_line_break_stays_without() -> None:
    """What is deleted at the end of such a file takes the line break before it, not the one that was never there."""
    assert edit(parse("a: 1\nb: 2"), Delete(("b",))).text == "a: 1"
    assert edit(parse("a: 1\r\n# about b\r\nb: 2"), Delete(("b",))).text == "a: 1"


def test_a_byte_order_mark_moves_nothing() -> None:
    """A text with a byte order mark is edited where it would be without."""
    assert (
        edit(parse("\ufeffa:\n  b: 1\n"), Put(("a", "c"), 2), Put(("d",), [3])).text
        == "\ufeffa:\n  b: 1\n  c: 2\nd:\n- 3\n"
    )


def test_an_item_keeps_its_dash() -> None:
    """A list item is edited with its dash in the text, and its first key may go."""
    item = Fragment("  - a: 1 # one\n    # about b\n    b: 2\n", dash=3, first_line=7)
    assert edit(item, Put(("a",), 3), Put(("c",), 4)).text == "  - a: 3 # one\n    # about b\n    b: 2\n    c: 4\n"
    assert edit(item, Delete(("a",))).text == "  - # about b\n    b: 2\n"
    assert edit(item, Delete(("b",))).text == "  - a: 1 # one\n"


@pytest.mark.parametrize(
    ("text", "data", "expected"),
    [
        (
            "l:\n# a\n- name: a # A\n  x: 1\n# b\n- name: b # B\n  x: 2\n",
            [{"name": "b", "x": 3}],
            "l:\n# b\n- name: b # B\n  x: 3\n",
        ),
        (
            "l:\n# a\n- name: a # A\n# b\n- name: b # B\n",
            [{"name": "z"}, {"name": "a"}, {"name": "m"}, {"name": "b"}],
            "l:\n- name: z\n# a\n- name: a # A\n- name: m\n# b\n- name: b # B\n",
        ),
        ("l:\n- 1 # one\n- 2 # two\n- 3 # three\n", [1, 4, 3], "l:\n- 1 # one\n- 4 # two\n- 3 # three\n"),
        ("l:\n- - 1\n  - 2\n", [[0, 1, 2]], "l:\n- - 0\n  - 1\n  - 2\n"),
        ("l: [1, 2, 3] # c\n", [2, 3, 4], "l: [2, 3, 4] # c\n"),
    ],
)
def test_items_are_known_by_name_or_value(text: str, data: Any, expected: str) -> None:
    """A list that loses, gains and changes items keeps the others with their comments."""
    assert edit(parse(text), Put(("l",), data)).text == expected


def test_what_already_is_there_is_left_alone() -> None:
    """A value that is what was asked for keeps its spelling, even behind an alias or a merge key."""
    text = "a: &x {b: 0x10}\nc: [*x, 'on', 1e3]\nd:\n  <<: *x\n"
    for change in (Put(("a", "b"), 16), Put(("c",), [{"b": 16}, "on", 1000.0]), Put(("d",), {"b": 16})):
        assert edit(parse(text), change).text == text
