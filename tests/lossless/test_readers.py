"""Two readers and two parsers give one tree."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cilium_networking.errors import InputError
from cilium_networking.lossless import Comment, Node, Path, Scalar, compose, find, lines, parse
from cilium_networking.lossless.fragment import Fragment
from cilium_networking.lossless.node import line_comments
from cilium_networking.lossless.plain import plain_data
from cilium_networking.lossless.pure import PureParser
from cilium_networking.lossless.skim import Skimmer
from cilium_networking.lossless.stream import documents

from .yamlish import MARKER, NASTY, texts, tree


def composed(text: str) -> Node | None:
    try:
        return compose.compose(text)
    except InputError:
        return None


def purely(text: str) -> Node | None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compose, "_Parser", PureParser)
        return composed(text)


@given(texts)
@example("a:\n- ")
@example("a:\n-  \n")
@example("k" * 1030 + ": x\n")
@example("a: |\n  x\n     \n\nb: 1\n")
@example("a: |+\n  x\n\n   \n# c\n")
@example("a: [b, {c: d}] # kpt-set: ${v}\n")
def test_the_line_reader_gives_the_parsers_tree_or_none(text: str) -> None:
    """Where lines give a tree, PyYAML gives the same one, with the same comments; where it refuses, they give none."""
    comments: list[Comment] = []
    found = lines.read(text, MARKER, comments)
    if found is not None:
        expected = composed(text)
        assert tree(found) == tree(expected)
        assert [(path, tree(node), comment) for path, node, comment in comments] == [
            (path, tree(node), comment) for path, node, comment in line_comments(text, found, MARKER)
        ]


WANTED: tuple[Path, ...] = (
    ("a",),
    ("b",),
    ("a", "a"),
    ("a", "b"),
    ("b", "a"),
    ("a", 0),
    ("a", 0, "a"),
    ("a", "b", "a"),
)


@given(st.lists(texts, min_size=1, max_size=3))
@example(["a: {b: {a: x}} # kpt-set: ${v}\n"])
@example(["a: |\n  x\nb: 1 # kpt-set: ${v}\n", "a: |\n  # kpt-set: ${v}\nb: 1\n"])
@example(["a: # kpt-set: ${v}\n- x\nb: # kpt-set: ${w}\n"])
@example(["a:\n- "])
def test_skimming_says_what_the_tree_says(several: list[str]) -> None:
    """Words and comments taken without a tree are those of the tree, whatever shapes were seen before."""
    skimmer = Skimmer(WANTED, MARKER)
    for text in several:
        skimmed = skimmer.skim(text)
        if skimmed is None:
            continue
        words, comments = skimmed
        root = composed(text)
        assert root is not None
        nodes = [(path, find(root, path)) for path in WANTED]
        assert words == {
            path: node.value for path, node in nodes if isinstance(node, Scalar) and node.start != node.end
        }
        assert [(path, comment) for path, _, comment in comments] == [
            (path, comment) for path, _, comment in line_comments(text, root, MARKER)
        ]
        for (_, node, _), (_, expected, _) in zip(comments, line_comments(text, root, MARKER), strict=True):
            assert node is None or tree(node) == tree(expected)


@given(texts)
@example("\ufeffa: 1\n")
@example("a: x\t# c\n")
@example("a: b\tc\n \td\n")
@example("a: {b: }\n")
@example("a: |\n  x\r     \r   \r")
@example("a: |\n  x\x85     \x85")
def test_both_parsers_give_one_tree(text: str) -> None:
    """libyaml's parser and the pure Python one give the same tree wherever both read a text."""
    fast, slow = composed(text), purely(text)
    if fast is not None and slow is not None:
        assert tree(fast) == tree(slow)


@pytest.mark.parametrize("name", NASTY)
def test_both_parsers_read_the_nasty_texts_alike(name: str) -> None:
    """Every document of the nasty corpus is read, and has one tree whichever parser reads it."""
    for piece in documents(NASTY[name]):
        if piece.fragment is not None:
            found = compose.compose(piece.fragment.text)
            assert found is not None
            assert tree(found) == tree(purely(piece.fragment.text))


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("a: &x !!str 'b' # c\n", "'b'"),
        ("a: !!str &x |- # c\n  b\n\nd: 1\n", "|- # c\n  b"),
        ("a: |+\n  b\n\nd: 1\n", "|+\n  b\n"),
        ("a: |\n  b\n     \n\nd: 1\n", "|\n  b\n     "),
        ("a: &x # c\n  - b\n  # d\n", "- b"),
        ("a: &x\n  &y b: c\n", "&y b: c"),
        ("\ufeffa: b\n", "b"),
        ("a: b\r\nc: d\r\n", "b"),
        ("a: [b, # c\n  d] # e\n", "[b, # c\n  d]"),
    ],
)
def test_a_span_holds_the_value_alone(text: str, span: str) -> None:
    """A span begins behind anchor and tag, and ends with the last thing that the value says."""
    node = parse(text).at(("a",))
    assert node is not None
    assert text[node.start : node.end].removeprefix("&y ") == span.removeprefix("&y ")


@given(st.integers(195, 205))
def test_both_readers_stop_at_the_same_depth(depth: int) -> None:
    """Two hundred levels are read and one more is refused, whichever reader meets them."""
    for text in ("".join(" " * i + "a:\n" for i in range(depth)), "- " * depth + "a\n", "[" * depth + "]" * depth):
        try:
            parse(text.replace("a:\n", "a:\n", 1)).read()
            refused = None
        except InputError as error:
            refused = error.message
        assert refused == (None if depth <= 200 else "nests deeper than 200 levels"), text[:20]


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("a: 1\nb: [\n", "not valid YAML: while parsing a flow node did not find expected node content", 3),
        ("a: 1\n---\nb: 2\n", "holds more than one document", 2),
        ("a: \x07\n", "not valid YAML: holds the character U+0007", 1),
        ("a: 1\nb: \ud800\n", "not valid YAML: holds the character U+D800", 2),
        ("a: *b\n", "alias *b has no anchor before it", 1),
        ("a: &a [*a]\n", "alias *a has no anchor before it", 1),
        ("a: 1\n\ufeffb: 2\n", "holds a byte order mark at the start of a line", 2),
        ("# nothing\n", "holds nothing", 1),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(text: str, message: str, line: int) -> None:
    """A text that is no single YAML document is refused with a reason and a line."""
    with pytest.raises(InputError) as caught:
        parse(text).read()
    assert (caught.value.message, caught.value.line) == (message, line)


@given(st.lists(texts, min_size=1, max_size=3))
@example(["a: {b: {a: 1}, c: []}\n", "a: {b: {a: 2}, c: [x]}\n"])
@example(["a: |\n  x\nb: 1\n", "a: |\n  y: 1\nb: 1\n"])
@example(["a:\n- x\n-  b: 1\n   c:\n- c:\n  - d\nb:\n"])
@example(["a: 1\na: 2\n"])
@example(["a: ''\nb: 0x1f\nc: 1.0\nd: yes\ne: ~\n"])
def test_plain_data_is_what_the_tree_says(several: list[str]) -> None:
    """Data taken without a tree is the tree's, types and the order of keys included, whatever shapes were seen."""
    for text in several:
        found = plain_data(text)
        if found is not None:
            fragment = Fragment(text)
            assert fragment.root is not None
            assert repr(found) == repr(fragment.data())


def test_plain_data_is_made_anew() -> None:
    """Nobody who changes data that they were given changes what another one is given."""
    first, second = (plain_data("a: [x]\nb: {c: d}\n") for _ in range(2))
    assert first is not None
    first["a"].append("y")
    first["b"]["e"] = 1
    assert second == {"a": ["x"], "b": {"c": "d"}}
    assert plain_data("a: [x]\nb: {c: d}\n") == second
