"""Diffs: applied to what was, they give what becomes, and they name the objects they are about."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cilium_networking.report.diff import colored, first_difference, unified
from cilium_networking.resources.directory import Change

MARK = "\\ No newline at end of file\n"


def apply(text: str, diff: str) -> str:
    """What `patch` does, strictly: every context and removed line has to stand where the hunk says."""
    lines = [line for line in re.split(r"(?<=\n)", text) if line]
    result: list[str] = []
    at = 0
    rows = [row for row in re.split(r"(?<=\n)", diff) if row][2:]
    for number, row in enumerate(rows):
        head = re.match(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", row)
        if head and not row.startswith((" ", "+", "-")):
            start = int(head[1]) - (0 if head[2] == "0" else 1)
            result += lines[at:start]
            at = start
            assert len(result) == int(head[3]) - (0 if head[4] == "0" else 1)
            continue
        if row == MARK:
            continue
        ends = number + 1 < len(rows) and rows[number + 1] == MARK
        content = row[1:].removesuffix("\n") if ends else row[1:]
        if row[0] in " -":
            assert lines[at] == content
            at += 1
        if row[0] in " +":
            result.append(content)
    return "".join(result + lines[at:])


LINES = st.lists(st.sampled_from(["a", "b", "c", "d: e", "---", "", "\x0c", "-x", "+y", " z", "kind: K"]), max_size=30)


@given(LINES, LINES, st.booleans(), st.booleans())
def test_a_diff_applies(before: list[str], after: list[str], ends: bool, also: bool) -> None:
    """Any two texts: the diff of them, applied to the first, is the second."""
    one = "\n".join(before) + ("\n" if ends else "")
    other = "\n".join(after) + ("\n" if also else "")
    if one != other:
        assert apply(one, unified(Change("x.yaml", one, other))) == other


@given(LINES.filter(bool), st.data())
def test_small_edits_far_apart(lines: list[str], data: st.DataObject) -> None:
    """Many small edits in a long text: each is found by itself, and the diff applies."""
    before = [f"{line} {number}" for number, line in enumerate(lines * 20)]
    after = list(before)
    for number in sorted(data.draw(st.sets(st.integers(0, len(before) - 1), max_size=8)), reverse=True):
        after[number : number + data.draw(st.integers(0, 2))] = ["new"] * data.draw(st.integers(0, 3))
    one, other = "\n".join(before) + "\n", "\n".join(after) + "\n"
    if one != other:
        assert apply(one, unified(Change("x", one, other))) == other


def test_hunks_name_their_objects() -> None:
    """Behind the `@@` stand kind and name of each object that the hunk changes, not of those around it."""
    before = (
        "# one\nkind: A\nmetadata: # m\n  labels:\n    name: no\n  name: 'one'\nspec: 1\n---\n"
        "kind: B\nmetadata:\n  name: two # 2\nspec:\n  name: x\n"
    )
    after = before.replace("spec: 1", "spec: 2") + "---\nkind: C\nmetadata:\n  name: three\n"
    assert unified(Change("d/x.yaml", before, after)) == (
        "--- a/d/x.yaml\n+++ b/d/x.yaml\n"
        "@@ -4,10 +4,14 @@ A one, C three\n"
        "   labels:\n     name: no\n   name: 'one'\n-spec: 1\n+spec: 2\n ---\n kind: B\n metadata:\n   name: two # 2\n"
        " spec:\n   name: x\n+---\n+kind: C\n+metadata:\n+  name: three\n"
    )


def test_files_that_come_and_go() -> None:
    """A new or dropped file has /dev/null on the other side; a name with a blank ends with a tab, as in git."""
    assert unified(Change("a b", None, "x\n")) == "--- /dev/null\n+++ b/a b\t\n@@ -0,0 +1 @@\n+x\n"
    assert unified(Change("a", "x", None)) == f"--- a/a\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n{MARK}"


def test_first_difference() -> None:
    """The line to look at, also where one text is the other's beginning."""
    assert first_difference(Change("x", "a\nb\n", "a\nc\n")) == 2
    assert first_difference(Change("x", "a\n", "a\nb\n")) == 1
    assert first_difference(Change("x", "a", None)) == 1


def test_colours() -> None:
    """Only whole lines are coloured, and without the codes it is the same diff."""
    diff = unified(Change("x", "a\nb\n", "a\nc\n"))
    shown = colored(diff)
    assert "\x1b[31m-b\x1b[0m\n\x1b[32m+c\x1b[0m\n" in shown
    assert re.sub(r"\x1b\[\d*m", "", shown) == diff


@pytest.mark.parametrize("objects", [3000])
def test_large_files_take_no_time(objects: int) -> None:
    """Thousands of edits in a file of lines that are much alike: what difflib alone needs minutes for takes a blink."""
    body = "".join(f"  k{number}: same\n" for number in range(20))
    text = "".join(f"---\nkind: A\nmetadata:\n  name: n{number}\ndata:\n  v: old\n{body}" for number in range(objects))
    start = time.process_time()
    diff = unified(Change("x", text, text.replace("v: old", "v: new")))
    assert time.process_time() - start < 5
    assert diff.count("\n+  v: new\n") == objects
