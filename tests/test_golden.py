"""Golden cases: a package, a config, and exactly what comes of them.

``tests/golden/<case>/in`` is a package a user could have (a Kptfile is stored as ``Kptfile.golden``, because kpt takes
any directory with a file of that name for a package), ``config.yaml`` the function config, whose first comment is the
law that the case shows; ``expected`` holds the package afterwards (absent: as it was) and ``expected/results.txt`` the
findings. ``GOLDEN=write`` rewrites what is expected and still fails, so that nobody rewrites without looking.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
import yaml

from cilium_networking.function import act, run
from cilium_networking.lossless import parse
from cilium_networking.lossless.edit import Put, edit
from cilium_networking.resources import Finding, read_resource
from cilium_networking.resources.directory import changes, read_directory, write

CASES = sorted(path.parent for path in (Path(__file__).parent / "golden").glob("*/in"))
RESULTS = "results.txt"


def _copy(case: Path, target: Path) -> Path:
    shutil.copytree(case, target)
    for stored in target.rglob("Kptfile.golden"):
        stored.rename(stored.with_name("Kptfile"))
    return target


def _tree(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes().decode()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def _line(finding: Finding) -> str:
    where = ":".join(str(part) for part in (finding.file, finding.line) if part is not None)
    what = " ".join(part for part in (finding.ref and f"{finding.ref.kind} {finding.ref.name}", finding.field) if part)
    return f"{finding.severity} {where} {what}: {finding.message}"


def _act(package: Path, case: Path) -> list[str]:
    directory = read_directory(package)
    config_file = case / "config.yaml"
    config = read_resource(parse(config_file.read_text())) if config_file.exists() else None
    outcome = act(directory.list, config, {})
    if not outcome.failed:
        write(package, changes(directory, outcome.resources))
    return [_line(finding) for finding in outcome.findings]


def _wire(package: Path, case: Path) -> bytes:
    """The package as kpt sends it, comments included: each object with its place, the config last."""
    lines = ["apiVersion: config.kubernetes.io/v1", "kind: ResourceList", "items:"]
    for resource in read_directory(package).list.resources:
        places = {"path": str(resource.file), "index": str(resource.index)}
        edits = [Put(("metadata", "annotations", f"internal.config.kubernetes.io/{k}"), v) for k, v in places.items()]
        lines += _indented(edit(resource.fragment, *edits).text, "- ")
    config = case / "config.yaml"
    if config.exists():
        lines += ["functionConfig:", *_indented(config.read_text(), "  ")]
    return "\n".join([*lines, ""]).encode()


def _indented(text: str, head: str) -> list[str]:
    """A document below a dash or key; its comments before the first key would stand before the dash, and go."""
    body = text[re.search(r"^[a-z]", text, re.MULTILINE).start() :].removesuffix("\n").split("\n")  # type: ignore[union-attr]
    return [head + body[0], *(f"  {line}" if line else line for line in body[1:])]


def _converts(case: Path) -> bool:
    """Whether a case is of `migrate`, which says of its own output only what is left to decide."""
    return case.name.startswith("migrate-")


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_golden(case: Path, tmp_path: Path) -> None:
    """A case gives its package and its findings, and nothing else the second time."""
    package = _copy(case / "in", tmp_path / "package")
    findings = _act(package, case)
    found = _tree(package)
    expected_root = case / "expected"
    if os.environ.get("GOLDEN") == "write":
        shutil.rmtree(expected_root, ignore_errors=True)
        expected_root.mkdir()
        if found != _tree(_copy(case / "in", tmp_path / "again")):
            for name, text in found.items():
                path = expected_root / (name + ".golden" if name.endswith("Kptfile") else name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode())
        (expected_root / RESULTS).write_text("".join(f"{line}\n" for line in findings))
        pytest.fail("rewritten: read the difference, then run again without GOLDEN=write")
    expected = _tree(_copy(expected_root, tmp_path / "expected"))
    assert findings == expected.pop(RESULTS).splitlines()
    assert found == (expected or _tree(_copy(case / "in", tmp_path / "untouched")))
    again = _act(package, case)
    assert _tree(package) == found
    if _converts(case):
        assert _act(package, case) == again
        return
    assert [line for line in again if ": pruned: " not in line] == [
        line for line in findings if ": pruned: " not in line
    ]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_golden_on_the_wire(case: Path, tmp_path: Path) -> None:
    """The function gives the same objects from stdin as the files hold, twice the same, and fails when they do."""
    package = _copy(case / "in", tmp_path / "package")
    answer = run(_wire(package, case))
    again = run(answer.stdout.encode())
    assert run(again.stdout.encode()) == again
    if "pruned: " not in answer.stdout and not _converts(case):
        assert again == answer
    failed = any(line.startswith("error ") for line in _act(package, case))
    assert answer.code == (1 if failed else 0)
    expected = {
        (data["kind"], data["metadata"]["name"]): {**data, "metadata": _bare(data["metadata"])}
        for path in package.rglob("*")
        if path.suffix == ".yaml" or path.name == "Kptfile"
        for data in yaml.safe_load_all(path.read_text())
        if data
    }
    items = yaml.safe_load(answer.stdout)["items"]
    assert {(d["kind"], d["metadata"]["name"]): {**d, "metadata": _bare(d["metadata"])} for d in items} == expected


def _bare(metadata: dict[str, object]) -> dict[str, object]:
    """Metadata without the places of the wire."""
    notes = metadata.get("annotations")
    kept = {k: v for k, v in notes.items() if not k.startswith("internal.")} if isinstance(notes, dict) else {}
    rest = {k: v for k, v in metadata.items() if k != "annotations"}
    return {**rest, "annotations": kept} if kept else rest
