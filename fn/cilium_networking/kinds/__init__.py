"""The Cilium API as data, for releases 1.15 to 1.20: kinds, versions, fields, and what is wrong with an object.

One table (:mod:`.catalog` for kinds and versions, :mod:`.tables` for fields) that a person can read, from which the
schemas, the checks, the published JSON Schema and the documentation derive. It promises what the CRDs of a release
promise and no more; a test compares the two. Meaning that no schema has, such as overlapping pools, is for rules.

Importing this room reads no field table and no YAML code; a kind's table is read when somebody asks for that kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .agreements import AGREEMENTS, Agreement
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
from .published import json_schema
from .shape import Elsewhere, Schema
from .spelling import nearest
from .table import Row, rows, schema

if TYPE_CHECKING:
    from ..lossless.node import Node, Path


def check(root: Node, schema: Schema, path: Path = (), *, allow_placeholders: bool = False) -> Iterator[Problem]:
    """All that is wrong with a tree, in the order of its text; ``path`` is where it stands in its object.

    With ``allow_placeholders`` a scalar that holds ``${`` is right wherever a scalar is.
    """
    from .judge import judge  # with it comes the room that reads YAML

    return judge(root, schema, path, allow_placeholders=allow_placeholders)


__all__ = [
    "AGREEMENTS",
    "DEFAULT_RELEASE",
    "GROUP",
    "KINDS",
    "RELEASES",
    "Agreement",
    "Elsewhere",
    "Kind",
    "Problem",
    "Row",
    "Rule",
    "Schema",
    "Version",
    "api_version",
    "check",
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
