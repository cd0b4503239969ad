"""Findings as KRM results (``api/fnresult/v1`` of kpt): what they look like on the wire.

``severity`` is always there, because kpt prints a missing one as info and the specification reads it as error;
``file.index`` is an integer, because a string makes kpt drop the whole answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from ..lossless.scalars import spell
from .finding import Finding

_spell = lru_cache(maxsize=8192)(spell)


def result_data(finding: Finding) -> dict[str, Any]:
    """One result as plain data."""
    data: dict[str, Any] = {"message": finding.message, "severity": finding.severity}
    ref = finding.ref
    if ref is not None:
        data["resourceRef"] = {"apiVersion": ref.api_version, "kind": ref.kind, "name": ref.name}
        if ref.namespace:
            data["resourceRef"]["namespace"] = ref.namespace
    if finding.field is not None:
        data["field"] = {"path": finding.field}
        if finding.current is not None:
            data["field"]["currentValue"] = finding.current
        if finding.proposed is not None:
            data["field"]["proposedValue"] = finding.proposed
    if finding.file is not None:
        data["file"] = {"path": finding.file}
        if finding.index is not None:
            data["file"]["index"] = finding.index
    tags = {"rule": finding.rule, "line": None if finding.line is None else str(finding.line)}
    if any(tags.values()):
        data["tags"] = {name: text for name, text in tags.items() if text}
    return data


def result_lines(findings: Iterable[Finding]) -> list[str]:
    """The ``results`` key of a ResourceList as lines of block YAML; nothing when there are none."""
    lines: list[str] = []
    for finding in findings:
        if not lines:
            lines.append("results:\n")
        mark = "- "
        for key, value in result_data(finding).items():
            if isinstance(value, dict):
                lines.append(f"{mark}{key}:\n")
                lines += [f"    {name}: {_spell(text)}\n" for name, text in value.items()]
            else:
                lines.append(f"{mark}{key}: {_spell(value)}\n")
            mark = "  "
    return lines
