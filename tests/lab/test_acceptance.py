"""Every manifest that `render` makes, before API servers that hold the CRDs of each release.

Why: our schemas are a copy of what the CRDs say, and a copy can be wrong. Here the real server judges, strictly, and
what it stored is read back: a field that it would drop without a word is a failure too.

The settings are those of `lab.spread`; beside them stand the package as it is shipped and what the golden cases expect.
Names that several manifests share get a number, because they all stand in one cluster.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Final

import pytest

from cilium_networking.kinds import GROUP, KINDS, api_version
from cilium_networking.lossless import parse
from cilium_networking.resources import read_resource
from cilium_networking.resources.directory import read_directory
from cilium_networking.settings import BY_NAME, read
from cilium_networking.settings.typed import config_schema
from lab import Lab, read_scenario
from lab.checkout import ROOT, SHIPPED
from lab.scenario import RELEASE
from lab.spread import RELEASES, cases, fields, said, sender
from lab.spread.manifests import Manifest, distinct, of_spread
from lab.spread.pairs import pairwise

GOLDEN: Final = ROOT / "tests" / "golden"


def of_directory(origin: str, directory: Path) -> Iterator[Manifest]:
    """What is ours in a directory."""
    for resource in read_directory(directory).list.resources:
        if resource.kind in KINDS and resource.identity[0] == GROUP and resource.owned:
            yield Manifest(origin, resource)


# ------------------------------------------------------------------------------------------------- the judge


def judged(lab: Lab, manifests: Sequence[Manifest]) -> list[str]:
    """What the API server does not take, in its words, and what it does not store as it was sent."""
    lines = [json.dumps([one.collection, one.resource.fragment.text]) for one in manifests]
    answers = lab.command(sys.executable, sender.__file__, stdin="\n".join(lines)).splitlines()
    answered = [(one, *json.loads(answer)) for one, answer in zip(manifests, answers, strict=True)]
    refused = [f"{one}: {status} {message}" for one, status, message in answered if message]
    return refused + list(altered(lab, [one for one, _, message in answered if not message]))


def altered(lab: Lab, manifests: Sequence[Manifest]) -> Iterator[str]:
    """What of the manifests that were taken is not there, or not as it was sent."""
    for kind, version in dict.fromkeys((one.resource.kind, one.version) for one in manifests):
        stored = {one["metadata"]["name"]: one for one in lab.get(f"{KINDS[kind].plural}.{version}.{GROUP}")["items"]}
        for one in manifests:
            if (one.resource.kind, one.version) == (kind, version):
                for what in lost(one.resource.fragment.data(), stored[one.resource.name]):
                    yield f"{one}: {what}"


def lost(sent: object, stored: object, path: str = "") -> Iterator[str]:
    """Where `stored` does not contain `sent`; fields beside what was sent are the server's defaults."""
    if isinstance(sent, dict) and isinstance(stored, dict):
        for key, value in sent.items():
            if key in stored:
                yield from lost(value, stored[key], f"{path}.{key}")
            else:
                yield f"{path}.{key} is gone: {value!r}"
    elif isinstance(sent, list) and isinstance(stored, list) and len(sent) == len(stored):
        for number, (value, other) in enumerate(zip(sent, stored, strict=True)):
            yield from lost(value, other, f"{path}[{number}]")
    elif type(sent) is not type(stored) or sent != stored:
        yield f"{path} was {sent!r} and is {stored!r}"


@pytest.fixture(scope="module", params=RELEASES)
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """An API server with the CRDs of a release: those that its operator registers, where one is built."""
    release: str = request.param
    operator = json.dumps(release == RELEASE)
    with Lab(read_scenario(f"release: '{release}'\noperator: {operator}\n")) as opened:
        opened.kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
        yield opened


def of_release(release: str) -> Iterator[Manifest]:
    """The spread, what the golden cases for that release expect, and the package if it is shipped for it."""
    yield from of_spread(release)
    for expected in sorted(GOLDEN.glob("*/expected")):
        config = expected.with_name("config.yaml")
        settings, _ = read(read_resource(parse(config.read_text())) if config.exists() else None, {})
        if settings.release == release:
            yield from of_directory(f"golden {expected.parent.name}", expected)
    if release == BY_NAME["cilium-version"].shipped:
        yield from of_directory("the package as shipped", SHIPPED)


@pytest.mark.needs("lab")
def test_every_manifest_is_taken_and_kept(lab: Lab) -> None:
    """The API server takes each manifest strictly, and stores all that it says."""
    problems = judged(lab, distinct(of_release(lab.scenario.release)))
    assert not problems, "\n".join(problems)


_UNREAD: Final = '400 {kind} in version "{version}" cannot be handled as a {kind}: strict decoding error: '
_INVALID: Final = '422 {kind}.cilium.io "wrong" is invalid: '
#: A spec with one thing wrong, and how the API server says it.
WRONG: Final = {
    "an unknown field": (
        "spec:\n  blocks:\n  - cidr: 192.0.2.0/28\n    min: 192.0.2.1\n",
        f'{_UNREAD}unknown field "spec.blocks[0].min"',
    ),
    "a field twice": (
        "spec:\n  disabled: true\n  disabled: true\n",
        f'{_UNREAD}yaml: unmarshal errors:\n  line 7: key "disabled" already set in map',
    ),
    "a wrong type": (
        'spec:\n  disabled: "true"\n',
        f'{_INVALID}spec.disabled: Invalid value: "string": spec.disabled in body must be of type boolean: "string"',
    ),
    "an unknown word": (
        'spec:\n  allowFirstLastIPs: "Maybe"\n',
        f'{_INVALID}spec.allowFirstLastIPs: Unsupported value: "Maybe": supported values: "Yes", "No"',
    ),
}


@pytest.mark.needs("lab")
@pytest.mark.parametrize("name", WRONG)
def test_the_judge_refuses(name: str, lab: Lab) -> None:
    """What is wrong is refused, and said; so a manifest that is taken was judged."""
    spec, said_ = WRONG[name]
    kind = "CiliumLoadBalancerIPPool"
    version = api_version(kind, lab.scenario.release)
    text = f"apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: wrong\n{spec}"
    found = judged(lab, [Manifest("control", read_resource(parse(text)))])
    expected = said_.format(kind=kind, version=version.partition("/")[2])
    assert found == [f"control: None: {kind} wrong: {expected}"]


def test_the_comparison_finds_what_is_lost() -> None:
    """A field that is gone, a value of another type and a list of another length are found; what was added is not."""
    sent = {"a": {"b": 1, "c": True}, "d": [{"e": "1"}], "f": [1, 2], "g": {}}
    stored = {"a": {"b": 1, "new": 0, "c": 1}, "d": [{"e": "2", "new": 0}], "f": [1], "added": 1}
    assert list(lost(sent, stored)) == [
        ".a.c was True and is 1",
        ".d[0].e was '1' and is '2'",
        ".f was [1, 2] and is [1]",
        ".g is gone: {}",
    ]
    assert list(lost(sent, {**sent, "added": 1})) == []


@pytest.mark.needs("lab")
@pytest.mark.parametrize("lab", [BY_NAME["cilium-version"].shipped], indirect=True)
def test_kubectl_sends_the_package_as_it_is_shipped(lab: Lab) -> None:
    """kubectl, which reads YAML in a way of its own, sends each object of the package, and the server takes it."""
    files = [f"--filename={path}" for path in sorted(SHIPPED.glob("*.yaml")) if path.name != "setters.yaml"]
    # Objects of these names may stand from another test, so that this one takes their fields over.
    options = ("--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "--output=name")
    assert sorted(lab.kubectl("apply", *options, *files).split()) == [
        "ciliumbgpadvertisement.cilium.io/control-plane-advertisement",
        "ciliumbgpclusterconfig.cilium.io/bgp-cluster-config",
        "ciliumbgppeerconfig.cilium.io/cilium-peer",
        "ciliuml2announcementpolicy.cilium.io/host",
        "ciliumloadbalancerippool.cilium.io/load-balancers",
        "ciliumloadbalancerippool.cilium.io/virtual-addresses",
    ]


# ------------------------------------------------------------------------------------------------- the spread itself


def test_any_two_options_meet() -> None:
    """Rows of pairs have every two options of every two columns, and only those."""
    columns = {"a": "123", "b": "12", "c": "1234", "d": "1"}
    met = {frozenset(pair) for row in pairwise(columns) for pair in combinations(row.items(), 2)}
    assert met == {
        frozenset(((one, x), (other, y)))
        for one, other in combinations(columns, 2)
        for x in columns[one]
        for y in columns[other]
    }


def typed(release: str) -> Iterator[tuple[str, object]]:
    """What all typed configs of a release say."""
    schema = config_schema(release).fields["spec"]
    for case in cases(release):
        if case.spec is not None:
            yield from said(case.spec, schema)


@pytest.mark.parametrize("release", RELEASES)
def test_every_flat_setting_is_in_the_spread(release: str) -> None:
    """Each declared setting has a value that is not the shipped one, from nothing and over the package."""
    for over_package in (False, True):
        changed = {
            name
            for case in cases(release)
            if case.settings is not None and case.over_package == over_package
            for name, text in case.settings.items()
            if text != BY_NAME[name].shipped
        }
        assert changed == set(BY_NAME)


@pytest.mark.parametrize("release", RELEASES)
def test_every_field_of_the_typed_config_is_in_the_spread(release: str) -> None:
    """The spread says exactly the fields that the release has: all of them, and none of another release."""
    assert {path for path, _ in typed(release)} == {path for path, _ in fields(config_schema(release).fields["spec"])}


@pytest.mark.parametrize("release", RELEASES)
def test_every_word_of_an_enum_is_in_the_spread(release: str) -> None:
    """Each value of each enum is said; but the verbs `validate` and `migrate` make no manifest."""
    found: dict[str, set[object]] = {}
    for path, value in typed(release):
        if isinstance(value, str):
            found.setdefault(path, set()).add(value)
    missing = {
        (path, word)
        for path, schema in fields(config_schema(release).fields["spec"])
        for word in schema.enum
        if word not in found.get(path, set())
    }
    assert missing == {("spec.verb", "validate"), ("spec.verb", "migrate")}
