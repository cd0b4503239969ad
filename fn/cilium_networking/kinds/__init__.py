"""The Cilium API as data, for releases 1.15 to 1.20: kinds, versions, fields, and what is wrong with an object.

One table (:mod:`.catalog` for kinds and versions, :mod:`.tables` for fields) that a person can read, from which the
schemas, the checks, the published JSON Schema and the documentation derive. It promises what the CRDs of a release
promise and no more; a test compares the two. Meaning that no schema has, such as overlapping pools, is for rules.

Importing this room costs little: what reads tables and trees is imported, and a kind's table read, on first use.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .catalog import (
    DEFAULT_RELEASE,
    GROUP,
    KINDS,
    RELEASES,
    Kind,
    Version,
    api_version,
    deprecated,
    gone,
    release_of,
    replacement,
    served,
    versions,
)
from .problem import Problem, Rule
from .shape import Elsewhere, Schema
from .spelling import nearest

if TYPE_CHECKING:
    from ..lossless.node import Node, Path
    from .notation import Row


def schema(kind: str, release: str, api_version: str | None = None) -> Schema:
    """The whole object as a release has it, in the version it stores unless another is named; made once.

    Raises LookupError when the release does not serve that.
    """
    from . import table

    return table.schema(kind, release, api_version)


def default(kind: str, *path: str) -> Any:
    """What a field has where nobody says it, as the default release has it."""
    found = schema(kind, DEFAULT_RELEASE).at(path)
    return None if found is None else found.default


def rows(kind: str) -> tuple[Row, ...]:
    """A kind's table as it is written, every release in it. Raises LookupError for a kind not known here."""
    from . import table

    return table.rows(kind)


def check(root: Node, schema: Schema, path: Path = (), *, allow_placeholders: bool = False) -> Iterator[Problem]:
    """All that is wrong with a tree, object by object; ``path`` is where it stands in its document.

    With ``allow_placeholders`` a scalar that holds ``${`` is right wherever a scalar is.
    """
    from .judge import judge  # with it comes the room that reads YAML

    return judge(root, schema, path, allow_placeholders=allow_placeholders)


def json_schema(schema: Schema) -> dict[str, Any]:
    """A schema as JSON Schema (draft 2020-12) in plain data, without ``$schema``, to stand inside another or alone."""
    from . import published

    return published.json_schema(schema)


__all__ = [
    "DEFAULT_RELEASE",
    "GROUP",
    "KINDS",
    "RELEASES",
    "Elsewhere",
    "Kind",
    "Problem",
    "Rule",
    "Schema",
    "Version",
    "api_version",
    "check",
    "default",
    "deprecated",
    "gone",
    "json_schema",
    "nearest",
    "release_of",
    "replacement",
    "rows",
    "schema",
    "served",
    "versions",
]
