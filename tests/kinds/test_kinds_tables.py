"""The tables against the CRDs of the releases, field by field.

The CRDs are not part of this repository; where they lie beside it (``../shared/crds/<release>/<plural>.yaml``), every
file of a kind that the table knows is compared. The digest at the end holds everywhere: tables that changed since they
were last compared do not pass unnoticed. Facts that matter are written out in test_kinds_facts.py besides.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from beside import SHARED
from cilium_networking.kinds import KINDS, RELEASES, Schema, deprecated, rows, schema, served
from cilium_networking.kinds.agreements import AGREEMENTS

CRDS = SHARED / "crds"
#: The folders of the CRDs by release; main of 2026-05-29 is 1.20 in development.
FOLDERS = {release: "main" if release == "1.20" else release for release in RELEASES}
KNOWN = {kind.plural: name for name, kind in KINDS.items()}
FILES = [
    pytest.param(release, path, id=f"{release}-{path.stem}")
    for release, folder in FOLDERS.items()
    for path in sorted((CRDS / folder).glob("*.yaml"))
    if path.stem in KNOWN
]
NO_FILES = [pytest.param(None, None, id="none-are-here")]

#: Of :func:`everything`, when the tables were last equal to all CRDs. Compare before you change it.
COMPARED = "1858e3de4eaaf26cea9b480e06b89301b71817cfd553c4e814ea95e92fceffb5"

#: Cilium 1.16.5 has these (back-ported from 1.17), 1.16.0, whose CRDs are compared, has not: both are right in 1.16.
BACK_PORTED = {("CiliumBGPNodeConfig", "1.16"): ("establishedTime", "routeCount")}

KEYWORDS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "minItems": "min_items",
    "maxItems": "max_items",
    "minLength": "min_length",
    "maxLength": "max_length",
    "pattern": "pattern",
    "format": "format",
    "default": "default",
}

Facts = dict[str, dict[str, Any]]


def of_crd(crd: dict[str, Any], path: str = "", required: bool = False) -> Iterator[tuple[str, dict[str, Any]]]:
    """Path and facts of a CRD's schema and of all below it."""
    inner = crd.get("additionalProperties")
    facts: dict[str, Any] = {"type": "map" if inner else crd["type"], "required": required}
    facts |= {word: crd[word] for word in KEYWORDS if word in crd}
    # controller-gen wrote an enum that stands on a type and on a field twice, under allOf.
    enum = crd.get("enum") or (crd["allOf"][0]["enum"] if "allOf" in crd else None)
    facts |= {"enum": enum} if enum else {}
    facts |= {"keys": keys} if (keys := crd.get("x-kubernetes-list-map-keys")) else {}
    facts |= {"rules": found} if (found := crd.get("x-kubernetes-validations")) else {}
    yield path, facts
    for name, field in crd.get("properties", {}).items():
        yield from of_crd(field, f"{path}.{name}".lstrip("."), name in crd.get("required", []))
    if "items" in crd:
        yield from of_crd(crd["items"], f"{path}[]")
    if inner:
        yield from of_crd(inner, f"{path}{{}}")


def of_table(table: Schema, path: str = "", required: bool = False) -> Iterator[tuple[str, dict[str, Any]]]:
    """The same of our schema."""
    facts: dict[str, Any] = {"type": table.type, "required": required}
    for word, attribute in KEYWORDS.items():
        value = getattr(table, attribute)
        if value is not None:
            facts[word] = list(value) if isinstance(value, tuple) else value
    facts |= {"enum": list(table.enum)} if table.enum else {}
    facts |= {"keys": list(table.list_keys)} if table.list_keys else {}
    rules = [AGREEMENTS[name] for name in table.agreements]
    facts |= {"rules": [{"message": each.message, "rule": each.rule} for each in rules]} if rules else {}
    yield path, facts
    for name, field in table.fields.items():
        yield from of_table(field, f"{path}.{name}".lstrip("."), name in table.required)
    if table.items is not None:
        yield from of_table(table.items, path + ("{}" if table.type == "map" else "[]"))


def everything() -> dict[str, Facts]:
    """All that the tables say, by kind, release and version."""
    return {
        f"{kind} {release} {version}": dict(of_table(schema(kind, release, version)))
        for kind in KINDS
        for release in RELEASES
        for version in served(kind, release)
    }


@pytest.mark.parametrize(("release", "path"), FILES or NO_FILES)
def test_tables_equal_the_crds_where_those_are_present(release: str | None, path: Path | None) -> None:
    """Every version of every kind has the types, enums, bounds, patterns, defaults and keys of the CRD, and its rules
    (CEL) letter by letter.
    """
    if release is None or path is None:
        assert not CRDS.exists(), f"{CRDS} is there and holds no file of a known kind"
        return
    crd = yaml.safe_load(path.read_text())["spec"]
    kind = KINDS[KNOWN[path.stem]]
    assert (crd["names"]["kind"], tuple(crd["names"]["shortNames"])) == (kind.name, kind.short_names)
    assert (crd["scope"] == "Cluster") == kind.cluster_scoped
    offered = [version for version in crd["versions"] if version["served"]]
    stored_first = sorted(offered, key=lambda version: not version["storage"])
    assert tuple(f"cilium.io/{version['name']}" for version in stored_first) == served(kind.name, release)
    old = {f"cilium.io/{version['name']}" for version in offered if version.get("deprecated")}
    assert old == set(deprecated(kind.name, release))
    for version in offered:
        ours = dict(of_table(schema(kind.name, release, f"cilium.io/{version['name']}")))
        back_ported = BACK_PORTED.get((kind.name, release), ())
        # The CRDs leave metadata to the API server.
        ours = {
            field: facts
            for field, facts in ours.items()
            if not field.startswith("metadata.") and not any(name in field for name in back_ported)
        }
        theirs = dict(of_crd(version["schema"]["openAPIV3Schema"]))
        different = {
            field: (ours.get(field), theirs.get(field))
            for field in ours.keys() | theirs.keys()
            if ours.get(field) != theirs.get(field)
        }
        assert different == {}


def test_every_kind_is_compared_where_the_crds_are_present() -> None:
    """No kind of a release escapes for want of a file but the one CRD that is known to be missing."""
    compared = {(param.values[0], KNOWN[param.values[1].stem]) for param in FILES}  # type: ignore[union-attr]
    every = {(release, kind) for release in RELEASES for kind in KINDS if served(kind, release)}
    assert every - compared == ({("1.18", "CiliumCIDRGroup")} if CRDS.exists() else every)


def test_the_tables_are_those_last_compared() -> None:
    """A table that changes has to be compared with the CRDs again, wherever it is changed."""
    assert hashlib.sha256(json.dumps(everything(), sort_keys=True).encode()).hexdigest() == COMPARED


@pytest.mark.parametrize("kind", KINDS)
def test_no_row_is_dead_or_twice(kind: str) -> None:
    """Each row of a table is in force in some release, and no two rows of a path are in the same one."""
    places = [(release, version.rpartition("/")[2]) for release in RELEASES for version in served(kind, release)]
    found: dict[tuple[str, tuple[str, str]], int] = {}
    for row in rows(kind):
        in_force = [place for place in places if row.exists(place)]
        assert in_force, row.path
        for place in in_force:
            found[row.path, place] = found.get((row.path, place), 0) + 1
    assert [key for key, times in found.items() if times > 1] == []


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.owner == "user"])
def test_every_field_that_a_user_writes_is_explained(kind: str) -> None:
    """What a user may write below spec has a sentence of its own; lists of scalars have it on the list."""
    silent = [
        f"{kind} {path}"
        for release in RELEASES
        for version in served(kind, release)
        for path, found in documented(schema(kind, release, version).fields["spec"], "spec")
        if not found and not path.endswith(("]", "}"))
    ]
    assert sorted(set(silent)) == []


def documented(table: Schema, path: str) -> Iterator[tuple[str, str]]:
    """Path and sentence of a field and of all below it."""
    yield path, table.doc or (table.items.doc if table.items else "")
    for name, field in table.fields.items():
        yield from documented(field, f"{path}.{name}")
    if table.items is not None:
        yield from documented(table.items, f"{path}[]")
