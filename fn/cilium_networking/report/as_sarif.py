"""A report as SARIF 2.1.0 (OASIS), which code hosts and editors read.

Left out: fingerprints, which the reader of the log computes from the source, and fixes, which ``render`` and
``validate --fix`` make.
"""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import quote

from .. import __version__
from ..resources import Finding
from .model import Report

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}
#: The id of a finding that no rule made: GitHub refuses a result without one.
_NO_RULE: Final = "cilium-networking"


def as_sarif(report: Report) -> str:
    """One log with one run."""
    ids = sorted({_rule(finding) for finding in report.findings})
    driver = {"name": "cilium-networking", "version": __version__, "rules": [_descriptor(name) for name in ids]}
    run = {
        "tool": {"driver": driver},
        "results": [_result(finding, ids.index(_rule(finding))) for finding in report.findings],
        # Columns are never given; the standard wants to know all the same in what they would be counted.
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(finding: Finding) -> str:
    return finding.rule or _NO_RULE


def _descriptor(name: str) -> dict[str, Any]:
    from ..rules import RULES  # what the rules say of themselves
    from .rule_page import help_markdown

    rule = RULES.get(name)
    if rule is None:
        return {"id": name}
    page = rule.page
    return {
        "id": name,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.why},
        # No helpUri: it has to be absolute (section 3.49.12), and where a copy of the pages is nobody knows here.
        "help": {"text": f"{page.why} Source: {page.source}", "markdown": help_markdown(rule)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, rule_index: int) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    if finding.ref is not None:
        properties["object"] = f"{finding.ref.api_version} {finding.ref.kind} {finding.ref.name}"
    for key in ("field", "current", "proposed"):
        value = getattr(finding, key)
        if value is not None:
            properties[key] = value
    if finding.releases:
        properties["releases"] = list(finding.releases)
    result: dict[str, Any] = {
        "ruleId": _rule(finding),
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
    }
    if finding.file is not None:
        place: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.file)}}
        if finding.line is not None:
            place["region"] = {"startLine": finding.line}
        result["locations"] = [{"physicalLocation": place}]
    if properties:
        result["properties"] = properties
    return result


def _uri(file: str) -> str:
    """A path as a URI reference (RFC 3986): relative ones are relative to wherever the log is read."""
    text = quote(file, errors="surrogateescape")
    if file.startswith("/"):
        return f"file://{text}"
    # A colon in the first segment would be read as a scheme.
    return text
