"""An export of a live cluster: one list as its objects, each at its line, and back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cilium_networking.errors import InputError
from cilium_networking.lossless.edit import Put, edit
from cilium_networking.resources.directory import Change, Directory, changes, read_directory

EXPORT = """\
apiVersion: v1
items:
- apiVersion: cilium.io/v2
  kind: CiliumLoadBalancerIPPool
  metadata:
    name: a
  spec:
    disabled: false
- apiVersion: v1
  kind: Service
  metadata:
    annotations:
      note: |
        - not an item
    name: b
    namespace: web
kind: List
metadata:
  resourceVersion: ""
"""


def read(tmp_path: Path, text: str) -> Directory:
    (tmp_path / "export.yaml").write_text(text)
    return read_directory(tmp_path / "export.yaml")


def seen(directory: Directory) -> list[tuple[str, str, int | None, int]]:
    """Kind, name, document and line of each object."""
    found = directory.list.resources
    return [(one.kind, one.name, one.index, one.fragment.line(one.root)) for one in found]


@pytest.mark.parametrize(
    ("before", "lines"), [("", (3, 9)), ("# of cluster a\n---\n", (5, 11)), ("a: 1\n---\n", (5, 11))]
)
def test_objects_of_a_list(tmp_path: Path, before: str, lines: tuple[int, int]) -> None:
    """Each item is an object of the list's document, at its own line."""
    document = 1 if before.startswith("a") else 0
    assert seen(read(tmp_path, before + EXPORT)) == [
        ("CiliumLoadBalancerIPPool", "a", document, lines[0]),
        ("Service", "b", document, lines[1]),
    ]


def test_objects_of_a_list_in_json(tmp_path: Path) -> None:
    """What `kubectl get -o json` prints is the same list."""
    items = [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}} for name in "ab"]
    text = json.dumps({"apiVersion": "v1", "items": items, "kind": "List"}, indent=2)
    assert seen(read(tmp_path, text)) == [("Service", "a", 0, 4), ("Service", "b", 0, 11)]


def test_a_line_of_a_text_is_no_item(tmp_path: Path) -> None:
    """A quoted text that runs over lines may hold a line like an item's."""
    text = EXPORT.replace("note: |\n        - not an item", 'note: "one\n\n- two"')
    assert [name for _, name, _, _ in seen(read(tmp_path, text))] == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: |\n    kind: List\n    items:\n    - a\n",
        "apiVersion: config.example.com/v1\nkind: List\nmetadata:\n  name: a\nitems:\n- kind: A\n  apiVersion: v1\n",
        "apiVersion: v1\nkind: List\nmetadata:\n  name: a\nitems: []\n",
    ],
)
def test_what_is_no_list_of_objects(tmp_path: Path, text: str) -> None:
    """A text that speaks of a list, a list of somebody else's and an empty one are what they were: one object."""
    (found,) = read(tmp_path, text).list.resources
    assert (found.name, found.fragment.text) == ("a", text)


def test_every_byte_is_kept(tmp_path: Path) -> None:
    """Nothing changed is nothing to write, and a changed object changes at its place."""
    directory = read(tmp_path, EXPORT + "---\na: 1\n")
    assert changes(directory, directory.list.resources) == ()
    pool, service = directory.list.resources
    pool = pool.with_fragment(edit(pool.fragment, Put(("spec", "disabled"), True)))
    before = EXPORT + "---\na: 1\n"
    assert changes(directory, (pool, service)) == (
        Change("export.yaml", before, before.replace("disabled: false", "disabled: true")),
    )


def test_taking_an_object_out(tmp_path: Path) -> None:
    """An item goes with its lines; out of brackets nothing is taken."""
    directory = read(tmp_path, EXPORT)
    (change,) = changes(directory, directory.list.resources[:1])
    assert change.after == EXPORT[: EXPORT.index("- apiVersion: v1")] + EXPORT[EXPORT.index("kind: List") :]
    in_json = read(
        tmp_path, json.dumps({"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "A"}]})
    )
    with pytest.raises(InputError) as raised:
        changes(in_json, ())
    assert str(raised.value) == "`export.yaml` holds its objects in brackets, and nothing can be taken out of them"


def test_texts_in_place_of_files(tmp_path: Path) -> None:
    """A directory can be read as if a file held another text."""
    read(tmp_path, EXPORT)
    (found,) = read_directory(
        tmp_path, {"export.yaml": "apiVersion: v1\nkind: A\nmetadata:\n  name: c\n"}
    ).list.resources
    assert replace(found, comments=()).name == "c"


def test_a_list_that_is_not_yaml(tmp_path: Path) -> None:
    """An export that was cut off is left alone, and its line is said."""
    (tmp_path / "export.yaml").write_text("# x\n---\n" + EXPORT.replace("note: |", "note: ["))
    (finding,) = read_directory(tmp_path).list.findings
    assert finding.message.startswith("left alone: not valid YAML: ")
    assert (finding.file, finding.line) == ("export.yaml", 16)
