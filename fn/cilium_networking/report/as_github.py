"""A report as workflow commands: GitHub shows each finding at its line of a pull request.

Form and escapes: ``toCommand`` of actions/toolkit, packages/core/src/command.ts.
"""

from __future__ import annotations

from typing import Final

from ..resources import Finding
from .model import Report

_COMMANDS: Final = {"error": "error", "warning": "warning", "info": "notice"}
# The percent sign first: the others bring some with them.
_IN_MESSAGE: Final = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_IN_PROPERTY: Final = (*_IN_MESSAGE, (":", "%3A"), (",", "%2C"))


def as_github(report: Report) -> str:
    """One line a finding."""
    return "".join(_line(finding) for finding in report.findings)


def _line(finding: Finding) -> str:
    properties = {
        "file": finding.file,
        "line": None if finding.line is None else str(finding.line),
        "title": _title(finding),
    }
    told = ",".join(f"{name}={_escaped(text, _IN_PROPERTY)}" for name, text in properties.items() if text)
    return f"::{_COMMANDS[finding.severity]}{' ' if told else ''}{told}::{_escaped(finding.message, _IN_MESSAGE)}\n"


def _title(finding: Finding) -> str | None:
    if finding.ref is None:
        return finding.field
    return " ".join(filter(None, (finding.ref.kind, finding.ref.name, finding.field)))


def _escaped(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for character, escape in escapes:
        text = text.replace(character, escape)
    return text
