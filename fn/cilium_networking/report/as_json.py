"""A report as one JSON document, for scripts.

Its shape is ours to keep: ``format`` counts up when a key changes its meaning or goes, and only then. Every key is
always there; ``null`` is what is not known.
"""

from __future__ import annotations

import json
from typing import Any, Final

from .. import __version__
from ..resources import Finding
from .model import Report

FORMAT: Final = 1


def as_json(report: Report) -> str:
    """The whole document, indented, with a final newline."""
    data = {
        "format": FORMAT,
        "tool": "cilium-networking",
        "version": __version__,
        "verb": report.verb,
        "summary": {
            "errors": report.count("error"),
            "warnings": report.count("warning"),
            "infos": report.count("info"),
            "changes": len(report.changes),
        },
        "findings": [finding_data(finding) for finding in report.findings],
        "changes": [{"file": one.file, "change": one.change, "diff": one.diff} for one in report.changes],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def finding_data(finding: Finding) -> dict[str, Any]:
    """One finding; every key is there."""
    ref = finding.ref
    return {
        "severity": finding.severity,
        "message": finding.message,
        "rule": finding.rule,
        "releases": list(finding.releases) or None,
        "object": None
        if ref is None
        else {"apiVersion": ref.api_version, "kind": ref.kind, "name": ref.name, "namespace": ref.namespace},
        "field": finding.field,
        "current": finding.current,
        "proposed": finding.proposed,
        "file": finding.file,
        "index": finding.index,
        "line": finding.line,
    }
