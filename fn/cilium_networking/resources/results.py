"""Findings as KRM results (``api/fnresult/v1`` of kpt): what they look like on the wire.

``severity`` is always there, because kpt prints a missing one as info and the specification reads it as error;
``file.index`` is an integer, because a string makes kpt drop the whole answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from ..lossless.scalars import spell
from .finding import Finding

# What most texts of results are: words that cannot be read as another type, whatever follows them.
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./-]{5,}")


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
    # A line counts in what the function was sent; in the file that it came from the same text stands elsewhere.
    line = None if finding.line is None or finding.file is not None else str(finding.line)
    tags = {"rule": finding.rule, "line": line}
    if any(tags.values()):
        data["tags"] = {name: text for name, text in tags.items() if text}
    return data


def result_lines(findings: Iterable[Finding]) -> list[str]:
    """The ``results`` key of a ResourceList as lines of block YAML; nothing when there are none.

    The same as :func:`result_data`, written out: ten thousand fields set are ten thousand results.
    """
    lines: list[str] = []
    for finding in findings:
        if not lines:
            lines.append("results:\n")
        text = f"- message: {_spell(finding.message)}\n  severity: {finding.severity}\n"
        ref = finding.ref
        if ref is not None:
            text += (
                f"  resourceRef:\n    apiVersion: {_spell(ref.api_version)}\n    kind: {_spell(ref.kind)}\n"
                f"    name: {_spell(ref.name)}\n"
            )
            if ref.namespace:
                text += f"    namespace: {_spell(ref.namespace)}\n"
        if finding.field is not None:
            text += f"  field:\n    path: {_spell(finding.field)}\n"
            if finding.current is not None:
                text += f"    currentValue: {_spell(finding.current)}\n"
            if finding.proposed is not None:
                text += f"    proposedValue: {_spell(finding.proposed)}\n"
        if finding.file is not None:
            text += f"  file:\n    path: {_spell(finding.file)}\n"
            if finding.index is not None:
                text += f"    index: {finding.index}\n"
        line = finding.line if finding.file is None else None
        if finding.rule is not None or line is not None:
            text += "  tags:\n"
            if finding.rule is not None:
                text += f"    rule: {_spell(finding.rule)}\n"
            if line is not None:
                text += f"    line: '{line}'\n"
        lines.append(text)
    return lines


def _spell(text: str) -> str:
    return text if _WORD.fullmatch(text) else _quoted(text)


# Messages and paths of fields are few, and repeated for every object.
_quoted: Final = lru_cache(maxsize=1024)(spell)
