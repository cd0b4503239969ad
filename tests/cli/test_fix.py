"""`validate --fix`: what is certain is written, the rest is reported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cilium_networking.lossless import parse
from cilium_networking.lossless.edit import Delete, Put, SetText
from cilium_networking.resources import Finding, Resource, read_resource
from cilium_networking.resources.directory import read_directory
from cilium_networking.rules import EVERY, Case, Rule, Said
from cilium_networking.rules.fixing import mend
from cilium_networking.settings import read
from cilium_networking.validate import Member, validate_fleet

from .conftest import Call, Called

OLD = """\
# ours
apiVersion: cilium.io/v2alpha1
kind: CiliumLoadBalancerIPPool # the pool
metadata:
  name: lan
spec:
  blocks:
  - cidr: 10.80.8.0/24
---
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    a: &a x
    b: *a
"""


def resources_of(text: str) -> list[Resource]:
    return [read_resource(parse(text), position=0)]


def outdated(case: Case) -> Iterator[Said]:
    """A rule for these tests: its fix shows the next thing to mend."""
    for pool in case.cluster.pools:
        version = pool.spot.resource.api_version
        if version == "cilium.io/v2alpha1":
            edits = (SetText(("apiVersion",), "cilium.io/v2"), Put(("metadata", "labels"), {"moved": "yes"}))
            yield Said(pool.spot.at("apiVersion"), "is old", version, "cilium.io/v2", fix=edits)
        elif "moved" in pool.spot.resource.fragment.text:
            yield Said(pool.spot.at("metadata", "labels"), "says too much", fix=(Delete(("metadata", "labels")),))


def alias(case: Case) -> Iterator[Said]:
    """A rule for these tests: its fix is refused."""
    for service in case.cluster.of("Service"):
        fix = (SetText(("metadata", "annotations", "b"), "y"),)
        yield Said(service.spot.at("metadata", "annotations", "b"), "is x", "x", "y", fix=fix)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory `site`, and two rules instead of all."""
    rules: Any = (Rule("CN801", "error", outdated), Rule("CN802", "warning", alias))
    monkeypatch.setattr("cilium_networking.validate.asked", lambda _: rules)
    (tmp_path / "site").mkdir()
    file = tmp_path / "site" / "all.yaml"
    file.write_text(OLD)
    return file


LEFT = (
    "site/all.yaml:15: warning: CN802 is x (not mended: `metadata.annotations.b` is the alias *a: "
    "edit its anchor instead)\n"
    "    Service web, metadata.annotations.b: x -> y\n"
)


def test_what_is_certain_is_written(site: Path, call: Call) -> None:
    """Fixes are made until none is left, no other byte changes, and what is left is reported with the reason."""
    first = call("validate", "site", "--fix")
    assert site.read_text() == OLD.replace("v2alpha1", "v2")
    assert first.code == 0
    assert first.out == LEFT
    assert call("validate", "site", "--fix") == first
    assert site.read_text() == OLD.replace("v2alpha1", "v2")


def test_a_diff_writes_nothing(site: Path, call: Call) -> None:
    """`--fix --diff` prints what would change; what would be left is talk."""
    assert call("validate", "site", "--fix", "--diff") == Called(
        0,
        "--- a/all.yaml\n+++ b/all.yaml\n@@ -1,5 +1,5 @@ CiliumLoadBalancerIPPool lan\n # ours\n"
        "-apiVersion: cilium.io/v2alpha1\n+apiVersion: cilium.io/v2\n"
        " kind: CiliumLoadBalancerIPPool # the pool\n metadata:\n   name: lan\n",
        LEFT,
    )
    assert site.read_text() == OLD


def test_without_fix_nothing_is_written(site: Path, call: Call) -> None:
    """`validate` says what is there, and an error is exit 1."""
    assert call("validate", "site").code == 1
    assert site.read_text() == OLD


def test_mended_for_a_machine(site: Path, call: Call) -> None:
    """The JSON report has the changed files, and what is left."""
    report = json.loads(call("validate", "site", "--fix", "--format", "json").out)
    assert report["changes"] == [{"file": "site/all.yaml", "change": "changed", "diff": None}]
    assert [one["rule"] for one in report["findings"]] == ["CN802"]
    assert site.read_text() == OLD.replace("v2alpha1", "v2")


def test_all_of_many_are_mended(site: Path, call: Call) -> None:
    """A rule that is quoted fifty times only is carried out as often as it has something to say."""
    pool = OLD.partition("---\n")[0]
    site.write_text("---\n".join(pool.replace("name: lan", f"name: lan-{n}") for n in range(120)))
    assert call("validate", "site", "--fix") == Called(0, "", "")
    assert "v2alpha1" not in site.read_text()


def test_what_waits_for_the_next_round() -> None:
    """Of two fixes that touch one place the second waits; one about another place is made at once."""
    (pool,) = resources_of(OLD.partition("---\n")[0])

    def said(*edits: Any) -> Any:
        return Finding("error", str(edits)), pool, edits

    first = said(Put(("spec", "blocks"), [{"cidr": "10.80.9.0/24"}]))
    second = said(SetText(("spec", "blocks", 0, "cidr"), "10.80.10.0/24"))
    third = said(SetText(("metadata", "name"), "wan"))
    mended = mend([pool], [first, second, third])
    assert mended.done == (first[0], third[0])
    assert mended.refused == ()
    assert mended.resources[0].name == "wan"
    assert "10.80.9.0/24" in mended.resources[0].fragment.text


def test_a_fix_is_whole_or_not_made() -> None:
    """An edit that is refused takes those before it back."""
    (service,) = resources_of(OLD.partition("---\n")[2])
    edits = (SetText(("metadata", "name"), "other"), SetText(("metadata", "annotations", "b"), "y"))
    finding = Finding("error", "m")
    mended = mend([service], [(finding, service, edits)])
    assert mended.resources == (service,)
    assert mended.refused == ((finding, "`metadata.annotations.b` is the alias *a: edit its anchor instead"),)


def test_a_comment_is_worth_more_than_a_fix() -> None:
    """A fix that would lose one is not made, and the reason is said; a comment that stays is no reason."""
    (pool,) = resources_of(OLD.partition("---\n")[0])
    finding = Finding("error", "m")
    mended = mend([pool], [(finding, pool, (Delete(("kind",)),))])
    assert mended.resources == (pool,)
    assert mended.refused == ((finding, "the comment `# the pool` would be lost"),)
    assert mend([pool], [(finding, pool, (SetText(("kind",), "Other"),))]).refused == ()


def test_a_fix_leaves_no_empty_annotations() -> None:
    """With the last annotation goes the key above it; what was empty before stays."""
    (service,) = resources_of("kind: Service\nmetadata:\n  name: web\n  labels: {}\n  annotations:\n    a: b\n")
    fix = (Delete(("metadata", "annotations", "a")),)
    mended = mend([service], [(Finding("error", "m"), service, fix)])
    assert mended.resources[0].fragment.text == "kind: Service\nmetadata:\n  name: web\n  labels: {}\n"


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: str(rule.id))
def test_a_fix_mends_its_bad_example(rule: Rule, tmp_path: Path, call: Call) -> None:
    """Where every finding of a rule's example has a fix `--fix` leaves nothing, and a second run changes nothing."""
    file = tmp_path / "bad.yaml"
    file.write_text(rule.page.bad)
    given = [word for name, value in rule.page.settings.items() for word in ("--set", f"{name}={value}")]
    settings, _ = read(None, dict(rule.page.settings))
    resources = read_directory(file).list.resources
    (said,) = validate_fleet([Member(resources, settings)])
    certain = all(edits for finding, _, edits in said if finding.severity != "info")
    after = call("validate", "bad.yaml", "--fix", *given)
    text = file.read_text()
    assert (after.out == "") is certain
    assert (text != rule.page.bad) is any(edits for _, _, edits in said)
    assert call("validate", "bad.yaml", "--fix", *given).out == after.out
    assert file.read_text() == text
