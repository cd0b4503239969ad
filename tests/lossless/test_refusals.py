"""What is refused, in which words; and what hostile or huge texts may cost."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from cilium_networking.errors import EditError, InputError
from cilium_networking.lossless import parse
from cilium_networking.lossless.edit import Delete, Edit, Put, Rename, SetText, edit
from cilium_networking.lossless.put import put_list
from cilium_networking.lossless.stream import cut, cut_by_lines, documents

from .yamlish import NASTY


@pytest.mark.parametrize(
    ("change", "message", "line"),
    [
        (Put(("same",), "x"), "`same` is the alias *name: edit its anchor instead", 12),
        (SetText(("same",), "x"), "`same` is the alias *name: edit its anchor instead", 12),
        (Put(("list", 1), 2), "`list[1]` is the alias *one: edit its anchor instead", 13),
        (Put(("derived", "cpu"), 2), "`derived.cpu` comes from a merge key: edit its source instead", 5),
        (Delete(("derived", "cpu")), "`derived.cpu` comes from a merge key: edit its source instead", 5),
        (Put(("derived", "<<"), {}), "`derived.<<` is the alias *base: edit its anchor instead", 5),
        (Put(("both", "disk"), 5), "`both.disk` comes from a merge key: edit its source instead", 8),
        (Put(("tagged merge", "cpu"), 5), "`tagged merge.cpu` comes from a merge key: edit its source instead", 10),
        (Put(("twice",), 3), "`twice` stands 2 times in the same mapping", 19),
        (Put(("twice",), 1), "`twice` stands 2 times in the same mapping", 19),
        (Delete(("twice",)), "`twice` stands 2 times in the same mapping", 19),
        (Put(("list", 9), 1), "`list[9]` is beyond the end of its list", 13),
        (Put(("list", -1), 1), "`list[-1]` is beyond the end of its list", 13),
        (Put(("list", "a"), 1), "`list` holds no `a`", 13),
        (Put(("name", "a"), 1), "`name` holds no `a`", 11),
        (SetText(("base",), "x"), "`base` is not a scalar", 2),
        (SetText(("missing",), "x"), "`missing` is not a scalar", 1),
        (Rename(("name",), "base"), "`base` stands there already", 11),
        (Rename(("derived", "memory"), "cpu"), "`derived.cpu` comes from a merge key: edit its source instead", 5),
        (Rename(("twice",), "once"), "`twice` stands 2 times in the same mapping", 19),
        (Rename(("list", 0), "x"), "`list[0]` is no key", 1),
        (Delete(()), "the document itself cannot be deleted", 1),
        (Put((), 1), "the document itself cannot be replaced", 1),
    ],
    ids=str,
)
def test_what_is_not_safe_is_refused(change: Edit, message: str, line: int) -> None:
    """A path through an alias, a merge key or a duplicate key is refused, saying where and why."""
    with pytest.raises(EditError) as caught:
        edit(parse(NASTY["anchors"]), change)
    assert (caught.value.message, caught.value.line) == (message, line)


def test_an_anchor_in_use_is_not_deleted() -> None:
    """What an alias further down stands for may not go."""
    with pytest.raises(EditError) as caught:
        edit(parse(NASTY["anchors"]), Delete(("name",)))
    assert caught.value.message == "`name` cannot be edited here: alias *name has no anchor before it"


def test_an_anchor_in_a_list_is_not_overwritten() -> None:
    """A list that holds an anchor in use is not replaced by words."""
    with pytest.raises(EditError) as caught:
        put_list(parse("l:\n- &x a\nm: *x\n"), ("l",), ["b"])
    assert caught.value.message == "`l` cannot be edited here: alias *x has no anchor before it"


def test_an_edit_that_would_change_something_else_is_refused() -> None:
    """A splice that does not read back as asked is refused, and nothing is changed."""
    text = "? a\n: b\n"
    with pytest.raises(EditError) as caught:
        edit(parse(text), Put(("c",), 1))
    assert caught.value.message.startswith("`c` cannot be edited here")


def test_only_one_key_is_left() -> None:
    """A document is never emptied."""
    with pytest.raises(EditError) as caught:
        edit(parse("a: 1\n"), Delete(("a",)))
    assert caught.value.message == "`a` is all there is"


def test_what_cannot_be_read_cannot_be_edited() -> None:
    """A fragment that is not YAML is an InputError, also for an edit."""
    with pytest.raises(InputError):
        edit(parse("a: [\n"), Put(("a",), 1))


# --- hostile --------------------------------------------------------------------------------------------------------

LAUGHS = "a0: &a0 x\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))
CHAIN = "a0: &a0 x\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 2000))
LARGE = 10_000_000


@contextmanager
def bounded(seconds: float, megabytes: int) -> Iterator[None]:
    """Limits that are far above what is needed and far below what a quadratic or backtracking reader takes."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.process_time()
    yield
    assert time.process_time() - begin < seconds
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < megabytes * 1024


def test_aliases_of_aliases_are_read_and_not_written_out() -> None:
    """A text whose aliases stand for billions of nodes is read as it is; plain data of it is refused."""
    with bounded(20, 200):
        fragment = parse(LAUGHS)
        assert edit(fragment, Put(("b",), 1)).text == LAUGHS + "b: 1\n"
        with pytest.raises(InputError, match="its aliases make more data of it than any manifest has"):
            fragment.data()


def test_a_chain_of_aliases_is_no_recursion() -> None:
    """Aliases may not nest deeper than collections."""
    with pytest.raises(InputError, match="nests deeper than 200 levels with its aliases"):
        parse(CHAIN).data()


HOSTILE: dict[str, Callable[[], str]] = {
    "brackets": lambda: "[" * LARGE,
    "braces": lambda: "a: " + "{" * LARGE,
    "dashes": lambda: "- " * (LARGE // 2),
    "question marks": lambda: "? " * (LARGE // 2),
    "indents": lambda: "".join(" " * i + "a:\n" for i in range(4_000)),
    "one indent": lambda: " " * LARGE + "a: 1\n",
    "one word": lambda: "a: " + "x" * LARGE + "\n",
    "one key": lambda: "x" * LARGE + ": 1\n",
    "spaces": lambda: "a: x" + " " * LARGE + "y\n",
    "comment signs": lambda: "a: x" + " #" * (LARGE // 2) + "\n",
    "quotes": lambda: "a: '" + "'" * LARGE + "\n",
    "quoted quotes": lambda: "a: '" + "x'' " * (LARGE // 4) + "\n",
    "line breaks": lambda: "a: x\n" + "\n" * LARGE,
    "blank lines": lambda: "a: x\n" + " \n" * (LARGE // 2) + "b: 1\n",
    "comments": lambda: "a: &a\n" + "# c\n" * (LARGE // 4) + "  x\n",
    "anchors": lambda: "a: " + "&a " * (LARGE // 3) + "x\n",
    "tags": lambda: "a: " + "! " * (LARGE // 2) + "x\n",
    "folded lines": lambda: "a:\n" + "  x\n" * (LARGE // 4),
    "literal": lambda: "a: |\n" + "  x\n" * (LARGE // 4),
    "literal blanks": lambda: "a: |\n  x\n" + "   \n" * (LARGE // 4),
    "flow on one line": lambda: "a: [" + "x," * 100_000 + "] # kpt-set: ${v}\n",
}


def said(text: str) -> str:
    """How a text is refused; nothing when it is read."""
    try:
        parse(text).read("# kpt-set: ", [])
    except InputError as error:
        return error.message.partition(":")[0]
    return ""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_read_or_refused_in_bounds(name: str) -> None:
    """Ten megabytes of one character cost seconds and megabytes, however they are read."""
    text = HOSTILE[name]()
    with bounded(20, 600):
        assert said(text) in ("", "nests deeper than 200 levels", "not valid YAML")
        assert "".join(piece.gap + (piece.fragment.text if piece.fragment else "") for piece in documents(text)) == text
        cut_by_lines(text, "items")


def test_many_documents_and_many_items_take_linear_time() -> None:
    """A hundred thousand documents or items are cut without counting lines from the start for each."""
    many = 100_000
    with bounded(20, 400):
        assert documents("a: 1\n---\n" * many)[-2].fragment is not None
        for text in ("items:\n" + "- a: 1\n" * many, "items: [" + "{a: 1},\n" * many + "]\n"):
            assert cut(text, "items").items[-1].first_line in (many, many + 1)
        by_lines = cut_by_lines("items:\n" + "- a: 1\n" * many, "items")
        assert by_lines is not None
        assert by_lines.items[-1].first_line == many + 1


def test_ten_megabytes_are_edited_to_the_byte() -> None:
    """A large document, which PyYAML reads, keeps its other ten megabytes."""
    entry = "key-{}: # c\n  - 'x' # kpt-set: ${{v}}\n  - {{a: 1}}\n"
    text = "".join(entry.format(i) for i in range(30_000)) + "text: |\n" + "  some words\n" * 650_000
    with bounded(60, 1200):
        found = edit(parse(text), SetText(("key-15000", 0), "y"))
    place = text.index("'x'", text.index("key-15000:"))
    assert found.text == text[:place] + "'y'" + text[place + 3 :]
