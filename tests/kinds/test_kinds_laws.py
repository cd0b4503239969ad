"""Laws: defaults fit, nothing breaks the check, and the published schema says what the check says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cilium_networking.kinds import KINDS, RELEASES, Problem, Schema, check, json_schema, schema, served
from cilium_networking.lossless import parse

EVERY = [(kind, release, version) for kind in KINDS for release in RELEASES for version in served(kind, release)]


def everything_below(table: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    yield path, table
    for name, field in table.fields.items():
        yield from everything_below(field, f"{path}.{name}")
    if table.items is not None:
        yield from everything_below(table.items, f"{path}[]")


def found_in(data: Any, table: Schema, *, placeholders: bool = False) -> list[str]:
    """The rules that a value breaks; JSON is YAML."""
    return [problem.rule for problem in check(parse(json.dumps(data)).root, table, allow_placeholders=placeholders)]


@pytest.mark.parametrize(("kind", "release", "version"), EVERY)
def test_every_default_satisfies_its_own_schema(kind: str, release: str, version: str) -> None:
    """What the server fills in is legal: each default alone, and all defaults of an object together."""
    for path, table in everything_below(schema(kind, release, version)):
        if table.default is not None:
            default = list(table.default) if isinstance(table.default, tuple) else table.default
            assert (path, found_in(default, table)) == (path, [])
        defaults = {name: field.default for name, field in table.fields.items() if isinstance(field.default, int)}
        if defaults and table.agreements:
            assert (path, found_in(defaults, table)) == (path, [])


@pytest.mark.parametrize(("kind", "release", "version"), EVERY)
def test_the_published_schema_is_a_schema(kind: str, release: str, version: str) -> None:
    """What is published is JSON Schema of draft 2020-12, in plain data."""
    published = json_schema(schema(kind, release, version))
    jsonschema.Draft202012Validator.check_schema(published)
    assert json.loads(json.dumps(published)) == published


def test_the_published_schema_in_full() -> None:
    """One small object, as an editor gets it."""
    table = schema("CiliumBGPPeerConfig", "1.18", "cilium.io/v2alpha1").at(("spec", "transport"))
    assert table is not None
    assert json_schema(table) == {
        "description": "The TCP connection.",
        "type": "object",
        "properties": {
            "localPort": {
                "description": "Port to listen on; in its place stands localPort of the BGP instance.",
                "type": "integer",
                "minimum": 1,
                "maximum": 65535,
                "format": "int32",
                "deprecated": True,
            },
            "peerPort": {
                "description": "The peer's port.",
                "type": "integer",
                "minimum": 1,
                "maximum": 65535,
                "format": "int32",
                "default": 179,
            },
        },
        "additionalProperties": False,
    }


def test_agreements_are_published_as_conditions() -> None:
    """What a type of advertisement needs and refuses can be said in JSON Schema, and is."""
    table = schema("CiliumBGPAdvertisement", "1.19").at(("spec", "advertisements", 0))
    assert table is not None
    service = {"properties": {"advertisementType": {"const": "Service"}}, "required": ["advertisementType"]}
    conditions = json_schema(table)["allOf"]
    assert conditions[:2] == [
        {"if": service, "then": {"required": ["service"]}},
        {"if": {"not": service}, "then": {"not": {"required": ["service"]}}},
    ]
    pod_cidr = {"properties": {"advertisementType": {"const": "PodCIDR"}}, "required": ["advertisementType"]}
    assert conditions[4] == {"if": pod_cidr, "then": {"not": {"required": ["selector"]}}}


def values(table: Schema) -> st.SearchStrategy[Any]:
    """Values that mostly fit a schema, and now and then do not."""
    wrong = st.sampled_from([True, -1, 10**10, 1.5, "", "x", "Yes", [], {}, ["a"], {"name": 1}])
    right = fitting(table)
    # Rarely wrong at each place, because an object has many.
    return st.integers(0, 29).flatmap(lambda dice: wrong if dice == 29 else right)


@cache
def values_of(kind: str, release: str) -> st.SearchStrategy[Any]:
    return values(schema(kind, release).fields["spec"])


def fitting(table: Schema) -> st.SearchStrategy[Any]:
    if table.type == "object":
        fields = {name: values(field) for name, field in table.fields.items()}
        needed = {name: fields.pop(name) for name in table.required}
        stray = st.dictionaries(st.sampled_from(["cidr", "selector", "names"]), st.just("x"), max_size=1)
        known = st.fixed_dictionaries(needed, optional=fields)
        return st.one_of(known, known, st.builds(lambda some, more: {**more, **some}, known, stray))
    if table.type == "map":
        assert table.items is not None
        return st.dictionaries(st.sampled_from(["a", "b"]), values(table.items), max_size=2)
    if table.type == "array":
        assert table.items is not None
        return st.lists(values(table.items), max_size=2)
    if table.type == "boolean":
        return st.booleans()
    if table.type in ("integer", "number"):
        return st.sampled_from([table.minimum or 0, table.maximum or 7, 5, 0])
    if table.enum:
        return st.sampled_from(table.enum)
    samples = ["a", "10.0.0.1", "10.0.0.0/8", "fd00::1", "65000:1", "1:2:3", "2026-01-31T12:00:00Z"]
    return st.sampled_from([text for text in samples if found_in(text, table) == []])


def is_sayable(problem: Problem) -> bool:
    """Whether JSON Schema can say it: not names that repeat, one number against another, nor (by default) formats."""
    beyond = ("more than `", "must be a network in CIDR notation")
    return problem.rule != "duplicate-entry" and not any(words in problem.message for words in beyond)


@pytest.mark.parametrize(
    "kind", ["CiliumLoadBalancerIPPool", "CiliumBGPClusterConfig", "CiliumBGPPeerConfig", "CiliumBGPAdvertisement"]
)
@given(data=st.data())
def test_the_published_schema_judges_as_the_check_does(kind: str, data: st.DataObject) -> None:
    """An editor that has our schema and the check refuse the same values, but for what JSON Schema cannot say."""
    release = data.draw(st.sampled_from(RELEASES))
    table = schema(kind, release).fields["spec"]
    value = data.draw(values_of(kind, release))
    validator = jsonschema.Draft202012Validator(json_schema(table))
    problems = [problem for problem in check(parse(json.dumps(value)).root, table) if is_sayable(problem)]
    assert validator.is_valid(value) == (problems == [])


WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_categories=["Cc"]), max_size=8)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), WORDS)
KEYS = st.sampled_from(
    ["spec", "metadata", "blocks", "cidr", "cidrs", "name", "labels", "selector", "peers", "?", "<<"]
)
DATA = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4))
)


@given(value=DATA, place=st.sampled_from(EVERY), placeholders=st.booleans())
def test_no_value_breaks_the_check(value: Any, place: tuple[str, str, str], placeholders: bool) -> None:
    """Whatever stands in a document, the check ends with problems that have a path and a sentence of one line."""
    text = json.dumps(value)
    for problem in check(parse(text).root, schema(*place), allow_placeholders=placeholders):
        assert problem.message
        assert "\n" not in problem.message
        assert 0 <= problem.node.start <= problem.node.end <= len(text)


@given(value=DATA, place=st.sampled_from(EVERY))
def test_placeholders_only_forgive(value: Any, place: tuple[str, str, str]) -> None:
    """Allowing placeholders changes nothing where there are none."""
    assert found_in(value, schema(*place), placeholders=True) == found_in(value, schema(*place))
