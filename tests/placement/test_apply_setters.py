"""Setter comments: what apply-setters does with them is what ours does, each documented difference apart."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from beside import SHARED
from cilium_networking.lossless.stream import documents
from cilium_networking.placement.patterns import AmbiguousError, derive, parse_pattern
from cilium_networking.placement.substitution import Substituted, substitute
from cilium_networking.resources import read_resource

# The peer's own unit cases, read where they stand beside the project; the cases of our own below hold the same laws.
_UPSTREAM = SHARED / "apply-setters" / "upstream-cases.json"


def apply(text: str, values: dict[str, str]) -> tuple[str, Substituted]:
    pieces = documents(text)
    done = substitute([read_resource(piece.fragment) for piece in pieces if piece.fragment], values)
    texts = iter(done.resources)
    return "".join(piece.gap + (next(texts).fragment.text if piece.fragment else "") for piece in pieces), done


def wrong(done: Substituted) -> list[str]:
    return [finding.message for finding in done.findings if finding.severity == "error"]


if _UPSTREAM.exists():
    _CASES: dict[str, list[dict[str, Any]]] = json.loads(_UPSTREAM.read_text())

    @pytest.mark.parametrize("case", _CASES["filter"], ids=lambda case: str(case["name"]))
    def test_upstream_filter_cases(case: dict[str, Any]) -> None:
        """Each filter case of the peer gives its expected documents, or its error."""
        data = yaml.load(case["config"], yaml.BaseLoader)["data"] or {}  # noqa: S506 - texts as they are
        text, done = apply(case["input"], {name: "" if value == "~" else value for name, value in data.items()})
        # Its cases are compared without their indentation, as the peer's own tests do.
        assert "".join(text.split()) == "".join(case["expectedResources"].split())
        if "errMsg" in case:
            assert [case["errMsg"] in message for message in wrong(done)] == [True]
        else:
            assert wrong(done) == []

    @pytest.mark.parametrize("case", _CASES["patterns"], ids=lambda case: str(case["name"]))
    def test_upstream_pattern_cases(case: dict[str, Any]) -> None:
        """Each pattern case of the peer derives the values that it expects."""
        assert (derive(parse_pattern(case["pattern"]), case["value"]) or {}) == case["expected"]


def one(value: str, pattern: str, **values: str) -> tuple[str, Substituted]:
    text, done = apply(f"apiVersion: v1\nkind: X\nmetadata:\n  name: x\nfield: {value} # kpt-set: {pattern}\n", values)
    last = text.split("\n")[4]
    assert last.endswith(f" # kpt-set: {pattern}")
    return last[len("field: ") : -len(f" # kpt-set: {pattern}")], done


@pytest.mark.parametrize(
    ("value", "pattern", "values", "expected"),
    [
        ("old", "${a}", {"a": "new"}, "new"),
        ("'old'", "${a}", {"a": "new"}, "'new'"),
        ('"old"', "${a}", {"a": 'a "b"'}, '"a \\"b\\""'),
        ("old", "${a}", {"a": "0071335"}, "0071335"),
        ("old", "${a}", {"a": "a: b"}, "'a: b'"),
        ("old", "${a}", {"a": "#x"}, "'#x'"),
        ("old", "${a}", {"a": ""}, '""'),
        ("old", "${a}", {"a": "${b}", "b": "never"}, "${b}"),
        ("nginx:1.7", "${image}:${tag}", {"tag": "1.8"}, "nginx:1.8"),
        ("!!str 5", "${a}", {"a": "6"}, "6"),
        ("&anchor old", "${a}", {"a": "new"}, "&anchor new"),
        ("old", "${a} trailing words", {"a": "new"}, "new trailing words"),
        ("old", "no setter", {"a": "new"}, "old"),
        ("old", "${other}", {"a": "new"}, "old"),
        ("~", "${a}", {"a": "new"}, "new"),
        ("", "${a}", {"a": "new"}, ""),
        ("{k: v}", "${a}", {"a": "new"}, "{k: v}"),
        ("[a]", "${a}", {"a": "[a]"}, "[a]"),
    ],
)
def test_scalars(value: str, pattern: str, values: dict[str, str], expected: str) -> None:
    """A scalar keeps its quotes, a plain one stays plain where YAML lets it, and substitution is one pass."""
    text, done = one(value, pattern, **values)
    assert (text, wrong(done)) == (expected, [])


@pytest.mark.parametrize(
    "comment", ["#kpt-set: ${a}", "#  kpt-set: ${a}", "# kpt-set:${a}", "# foo # kpt-set: ${a}", "# kpt-set: $a"]
)
def test_spellings_that_are_no_setters(comment: str) -> None:
    """Only the exact spelling of the comment is a setter, as for the peer."""
    text = f"apiVersion: v1\nkind: X\nmetadata:\n  name: x\nfield: old {comment}\n"
    assert apply(text, {"a": "new"})[0] == text


def test_a_type_that_changes_is_said() -> None:
    """A plain scalar whose new text reads as another type is a warning beside the change."""
    text, done = one("name", "${a}", a="0x10")
    assert text == "0x10"
    assert [(f.severity, f.message) for f in done.findings] == [
        ("info", 'set field value to "0x10"'),
        (
            "warning",
            (
                "`name` was a string, and `0x10` is an integer: "
                "quote the value in the manifest if it has to stay as it was"
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("pattern", "value"),
    [("${a}:${b}", "registry:5000/app:1"), ("${a}-${b}", "x-y-z"), ("p-${a}-${b}-s", "p-1-2-3-s")],
)
def test_an_ambiguous_derivation_is_an_error(pattern: str, value: str) -> None:
    """Where a text can be split between the setters in several ways nobody guesses."""
    with pytest.raises(AmbiguousError):
        derive(parse_pattern(pattern), value)
    text, done = one(value, pattern, a="new")
    assert text == value
    assert wrong(done) == [
        (
            "failed to apply setters: values for setters [${b}] must be provided: "
            f"`{value}` can be read as `{pattern}` in several ways"
        )
    ]


def test_derivation_is_linear() -> None:
    """Forty setters over a long text are decided at once, whatever the text."""
    pattern = parse_pattern("-".join(f"${{s{n}}}" for n in range(40)))
    with pytest.raises(AmbiguousError):
        derive(pattern, "a-" * 200_000 + "a")


def test_lists() -> None:
    """A list takes YAML, becomes a block list with its comment on the key, and keeps its style when nothing changes."""
    head = "apiVersion: v1\nkind: X\nmetadata:\n  name: x\n"
    text, done = apply(head + "list: [a, b] # kpt-set: ${l}\n", {"l": "[c, 'd e']"})
    assert (text, wrong(done)) == (head + "list: # kpt-set: ${l}\n- c\n- d e\n", [])
    text, _ = apply(head + "list: # kpt-set: ${l}\n  - a # first\n  - b\n", {"l": "- b"})
    assert text == head + "list: # kpt-set: ${l}\n  - b\n"
    text, _ = apply(head + "list: # kpt-set: ${l}\n- a\n", {"l": "[]"})
    assert text == head + "list: [] # kpt-set: ${l}\n"


def test_an_alias_is_refused() -> None:
    """Behind an alias there is nothing to write: the finding names the alias and says where to put the comment."""
    text = "apiVersion: v1\nkind: X\nmetadata:\n  name: &n x\nfield: *n # kpt-set: ${a}\n"
    same, done = apply(text, {"a": "new"})
    assert same == text
    assert wrong(done) == [
        "failed to apply setters: the value stands behind the alias *n: put the comment at its anchor"
    ]


def test_a_duplicate_key_is_refused() -> None:
    """Of two equal keys nobody knows which one counts, so neither is edited."""
    text = "apiVersion: v1\nkind: X\nmetadata:\n  name: x\nfield: a # kpt-set: ${a}\nfield: b\n"
    same, done = apply(text, {"a": "new"})
    assert same == text
    assert wrong(done) == ["failed to apply setters: `field` stands 2 times in the same mapping"]
