"""The laws of edits: read-back against plain assignment, locality, twice is once."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cilium_networking.errors import EditError, InputError
from cilium_networking.lossless import Fragment, Path, Scalar, parse
from cilium_networking.lossless.edit import Delete, Edit, Put, SetText, edit
from cilium_networking.lossless.rewrite import replace_scalars

from .yamlish import blocks, nearly

FLOWS = """l: [a, # one
  b, {c: d}]
m: {a: 1,
  # about b
  b: 'x' # two
  }
n: &x !t {"a": [1, "b"]}
o: |
  text

p: >+ # c
  folded

q: |-
  end
"""

leaves = st.sampled_from(
    [
        "x",
        "1",
        "true",
        "on",
        "",
        "a: b",
        "#x",
        "a\nb",
        "é",
        "- x",
        "[a",
        "a, b",
        "x\n",
        "\t",
        "it's",
        '"q"',
        "?",
        ":x",
        "y ",
    ]
)
scalars = leaves | st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2)
data = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b c", "name", "1"]), inner, max_size=3)
    ),
    max_leaves=6,
)
json_files = st.builds(
    json.dumps, st.dictionaries(st.sampled_from("abc"), data, min_size=1), indent=st.sampled_from([None, 2])
)
files = (blocks() | nearly() | st.just(FLOWS) | json_files).flatmap(
    lambda text: st.sampled_from([text, text + "\n", (text + "\n").replace("\n", "\r\n")])
)


def paths(value: Any, path: Path = ()) -> list[Path]:
    found = [path]
    if isinstance(value, dict):
        found += [inner for key, one in value.items() for inner in paths(one, (*path, key))]
    elif isinstance(value, list):
        found += [inner for index, one in enumerate(value) for inner in paths(one, (*path, index))]
    return found


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def typed(value: Any) -> Any:
    """Data in which ``1``, ``1.0`` and ``True`` differ."""
    if isinstance(value, dict):
        return {key: typed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [typed(one) for one in value]
    return (type(value).__name__, str(value))


def readable(text: str) -> Fragment:
    fragment = parse(text)
    try:
        value = fragment.data()
    except InputError:
        assume(condition=False)
    assume(isinstance(value, (dict, list)))
    return fragment


def edited(fragment: Fragment, change: Edit) -> Fragment:
    """The edited fragment; a refusal leaves nothing to check, because nothing was done."""
    try:
        return edit(fragment, change)
    except EditError:
        assume(condition=False)
        raise


def still_json(before: str, after: str) -> bool:
    try:
        json.loads(before)
    except ValueError:
        return True
    json.loads(after)
    return True


@settings(max_examples=300)
@given(st.data(), files, data)
def test_put_is_assignment(draw: st.DataObject, text: str, value: Any) -> None:
    """What is put reads back as if it had been assigned to the plain data; JSON stays JSON; twice is once."""
    fragment = readable(text)
    expected = copy.deepcopy(fragment.data())
    path = draw.draw(st.sampled_from(paths(expected)))
    inside = at(expected, path)
    if isinstance(inside, dict) and draw.draw(st.booleans()):
        path = (*path, "new")
    elif isinstance(inside, list) and draw.draw(st.booleans()):
        path = (*path, len(inside))
        inside.append(None)
    assume(path)
    at(expected, path[:-1])[path[-1]] = value
    found = edited(fragment, Put(path, value))
    assert typed(found.data()) == typed(expected)
    assert still_json(text, found.text)
    assert edit(found, Put(path, value)).text == found.text


@settings(max_examples=300)
@given(st.data(), files)
def test_delete_is_del(draw: st.DataObject, text: str) -> None:
    """What is deleted is gone from the plain data and nothing else is; JSON stays JSON."""
    fragment = readable(text)
    expected = copy.deepcopy(fragment.data())
    path = draw.draw(st.sampled_from(paths(expected)))
    assume(path)
    del at(expected, path[:-1])[path[-1]]
    found = edited(fragment, Delete(path))
    assert typed(found.data()) == typed(expected)
    assert still_json(text, found.text)


@settings(max_examples=300)
@given(st.data(), files, leaves)
def test_a_scalar_changes_in_its_own_span(draw: st.DataObject, text: str, value: str) -> None:
    """All bytes outside of a scalar, its tag and the blank it may need are equal after it was set."""
    fragment = readable(text)
    leaves_there = [path for path in paths(fragment.data()) if isinstance(fragment.at(path), Scalar)]
    assume(leaves_there)
    path = draw.draw(st.sampled_from(leaves_there))
    node = fragment.at(path)
    assert isinstance(node, Scalar)
    change: Edit = SetText(path, value) if draw.draw(st.booleans()) else Put(path, value)
    found = edited(fragment, change)
    properties = re.search(r"(?:[&!]\S*\s*)*\Z", text[: node.start]) if node.tag is not None else None
    start = properties.start() if properties else node.start
    assert found.text[:start] == text[:start]
    assert found.text.endswith(text[node.end :])
    new = found.at(path)
    assert isinstance(new, Scalar)
    assert new.value == value


@settings(max_examples=200)
@given(st.data(), files, st.lists(leaves, min_size=1, max_size=4))
def test_many_scalars_at_once_are_each_as_asked(draw: st.DataObject, text: str, values: list[str]) -> None:
    """Scalars written in one pass are those written one after the other."""
    fragment = readable(text)
    leaves_there = [path for path in paths(fragment.data()) if isinstance(fragment.at(path), Scalar)]
    assume(len(leaves_there) >= len(values))
    chosen = draw.draw(st.permutations(leaves_there))[: len(values)]
    changes = []
    for path, value in zip(chosen, values, strict=True):
        node = fragment.at(path)
        assert isinstance(node, Scalar)
        changes.append((node, path, value))
    assume(len({node.start for node, _, _ in changes}) == len(changes))
    try:
        at_once = replace_scalars(fragment, changes)
    except EditError:
        return
    for _, path, value in changes:
        found = at_once.at(path)
        assert isinstance(found, Scalar)
        assert found.value == value
