"""A directory as objects and back: nothing outside of it, nothing unreadable, and no byte without need."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cilium_networking.errors import InputError, UsageError
from cilium_networking.lossless import parse
from cilium_networking.lossless.edit import Put, edit
from cilium_networking.resources import read_resource
from cilium_networking.resources.directory import Change, changes, read_directory, write

POOL = "apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata:\n  name: {name}\nspec: {{}}\n"


def package(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def test_objects_know_their_file_and_document(tmp_path: Path) -> None:
    """Files come in the order of their names, documents in theirs, and each object knows both."""
    package(
        tmp_path,
        {"b/two.yml": POOL.format(name="c"), "a.yaml": POOL.format(name="a") + "---\n" + POOL.format(name="b")},
    )
    found = read_directory(tmp_path).list.resources
    assert [(one.name, one.file, one.index) for one in found] == [
        ("a", "a.yaml", 0),
        ("b", "a.yaml", 1),
        ("c", "b/two.yml", 0),
    ]


@pytest.mark.parametrize(
    ("content", "severity", "message"),
    [
        (b"\xff\xfe\x00", "warning", "left alone: not UTF-8 text"),
        ("{{ if .x }}\na: b\n", "warning", "left alone: not valid YAML: did not find expected <document start>"),
        ("a: 1\n", "warning", "left alone: no Kubernetes object (it has no apiVersion and kind)"),
        ("- a\n", "warning", "left alone: no Kubernetes object (it has no apiVersion and kind)"),
    ],
)
def test_files_that_are_no_objects_are_left_alone_and_said(
    tmp_path: Path, content: str | bytes, severity: str, message: str
) -> None:
    """What cannot be read as objects keeps its bytes, and a finding says which file and why."""
    package(tmp_path, {"odd.yaml": content, "pool.yaml": POOL.format(name="a")})
    directory = read_directory(tmp_path)
    assert [(f.severity, f.file, f.message) for f in directory.list.findings] == [(severity, "odd.yaml", message)]
    assert [one.name for one in directory.list.resources] == ["a"]
    assert changes(directory, directory.list.resources) == ()


@pytest.mark.parametrize(
    ("content", "broken"),
    [
        ("apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n spec: {}\n", True),
        ("apiVersion: v1\nkind: Service\nmetadata:\n  name: ${NAME}\n spec: {}\n", True),
        ("apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ name }}\n spec: {}\n", False),
        ("{% if lan %}\napiVersion: v1\nkind: Service\n{% endif %}\n", False),
        ("a: [\n", False),
        (POOL.format(name="a"), False),
    ],
)
def test_files_that_were_to_be_objects(tmp_path: Path, content: str, broken: bool) -> None:
    """What is no YAML, no template, and has an apiVersion and a kind at the begin of lines is broken."""
    directory = read_directory(package(tmp_path, {"odd.yaml": content}))
    assert directory.broken == (frozenset({"odd.yaml"}) if broken else frozenset())


def test_krmignore_hides(tmp_path: Path) -> None:
    """Files and folders that a .krmignore names are not read; an exclamation mark brings one back."""
    files = {".krmignore": "# comment\nvalues.yaml\n/docs\n*.tmp.yaml\n!keep.tmp.yaml\n"}
    for name in (
        "values.yaml",
        "sub/values.yaml",
        "docs/x.yaml",
        "sub/docs/x.yaml",
        "a.tmp.yaml",
        "keep.tmp.yaml",
        "p.yaml",
    ):
        files[name] = POOL.format(name=name.replace("/", "-"))
    found = read_directory(package(tmp_path, files)).list.resources  # type: ignore[arg-type]
    assert [one.file for one in found] == ["keep.tmp.yaml", "p.yaml", "sub/docs/x.yaml"]


def test_a_link_that_leads_outside_is_left_alone(tmp_path: Path) -> None:
    """A link out of the package is neither read nor written through."""
    outside = package(tmp_path / "outside", {"secret.yaml": POOL.format(name="theirs")})
    root = package(tmp_path / "package", {"p.yaml": POOL.format(name="ours")})
    (root / "link.yaml").symlink_to(outside / "secret.yaml")
    directory = read_directory(root)
    assert [one.name for one in directory.list.resources] == ["ours"]
    assert [(f.file, f.message) for f in directory.list.findings] == [
        ("link.yaml", "left alone: the link leads outside of the package")
    ]


def test_missing_directories_say_what_to_give() -> None:
    """A path that is not there is a usage error that says what to type."""
    with pytest.raises(
        UsageError, match="`nowhere` does not exist; give the directory of a package, or one of its files"
    ):
        read_directory(Path("nowhere"))


def test_an_edit_changes_one_file_and_keeps_its_mode(tmp_path: Path) -> None:
    """Only the file of the edited object is replaced; its mode survives, and no temporary file is left."""
    package(tmp_path, {"a.yaml": POOL.format(name="a"), "b.yaml": POOL.format(name="b")})
    (tmp_path / "a.yaml").chmod(0o640)
    directory = read_directory(tmp_path)
    first, second = directory.list.resources
    edited = first.with_fragment(edit(first.fragment, Put(("spec", "disabled"), True)))
    found = changes(directory, [edited, second])
    after = POOL.format(name="a").replace("spec: {}", "spec:\n  disabled: true")
    assert found == (Change("a.yaml", POOL.format(name="a"), after),)
    write(tmp_path, found)
    assert (tmp_path / "a.yaml").read_text() == after
    assert (tmp_path / "a.yaml").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.yaml", "b.yaml"]


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the last step fails the file is as it was, and nothing else is left behind."""
    package(tmp_path, {"a.yaml": "old\n"})

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, [Change("a.yaml", "old\n", "new\n")])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.yaml": "old\n"}


def test_dropped_objects_leave_the_others(tmp_path: Path) -> None:
    """A document goes with the marker before it; a file goes with its last object."""
    a, b, c = (POOL.format(name=name) for name in "abc")
    package(tmp_path, {"x.yaml": f"# head\n{a}---\n{b}---\n{c}", "y.yaml": a.replace("name: a", "name: d")})
    directory = read_directory(tmp_path)
    one, two, three, four = directory.list.resources
    assert [change.after for change in changes(directory, [one, three, four])] == [f"# head\n{a}---\n{c}"]
    assert [change.after for change in changes(directory, [two, three, four])] == [f"{b}---\n{c}"]
    assert changes(directory, [one, two, three]) == (Change("y.yaml", a.replace("name: a", "name: d"), None),)


@pytest.mark.parametrize("name", ["../out.yaml", "/out.yaml", "sub/../../out.yaml"])
def test_a_new_object_cannot_be_filed_outside(tmp_path: Path, name: str) -> None:
    """A path that leads out of the package is refused before anything is written."""
    from dataclasses import replace

    directory = read_directory(package(tmp_path / "p", {"a.yaml": POOL.format(name="a")}))
    new = replace(read_resource(parse(POOL.format(name="new"))), file=name)
    with pytest.raises(InputError, match="leads outside of the package"):
        changes(directory, [*directory.list.resources, new])
