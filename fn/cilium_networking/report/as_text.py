"""A report as lines for a person: ``file:line: severity: message``, and below it the object, the field and its value.

The first line has the form that editors and terminals know how to open. Text of a package is not trusted with a
terminal: control characters are shown, not sent.
"""

from __future__ import annotations

from typing import Final

from ..resources import Finding
from .model import Report

_MOST: Final = 100
# C0, DEL and C1 (ECMA-48): what moves a cursor or changes a colour, as `\x1b`.
_CONTROLS: Final = {number: f"\\x{number:02x}" for number in (*range(0x20), *range(0x7F, 0xA0))} | {
    0x09: "\\t",
    0x0A: "\\n",
    0x0D: "\\r",
}


_COLORS: Final = {"error": "\x1b[31m", "warning": "\x1b[33m", "info": "\x1b[36m"}
_PLAIN: Final = "\x1b[0m"


def as_text(report: Report, *, color: bool = False) -> str:
    """Nothing at all when there is nothing to say. With ``color`` the severities stand out."""
    return "".join(_lines(finding, color) for finding in report.findings)


def printable(text: str) -> str:
    """``text`` on one line, without anything that a terminal would obey."""
    return text.translate(_CONTROLS)


def _lines(finding: Finding, color: bool) -> str:
    place = finding.file or ""
    if place and finding.line is not None:
        place += f":{finding.line}"
    head = f"{printable(place)}: " if place else ""
    word = f"{_COLORS[finding.severity]}{finding.severity}{_PLAIN}" if color else finding.severity
    return f"{head}{word}: {printable(finding.message)}\n{_about(finding)}"


def _about(finding: Finding) -> str:
    parts: list[str] = []
    if finding.ref is not None:
        parts.append(f"{finding.ref.kind} {finding.ref.name}".rstrip())
    if finding.field is not None:
        parts.append(finding.field)
    if not parts:
        return ""
    text = ", ".join(parts)
    values = [_short(value) for value in (finding.current, finding.proposed) if value is not None]
    if finding.current is None and values:
        values.insert(0, "absent")
    return f"    {printable(text)}{': ' if values else ''}{' -> '.join(values)}\n"


def _short(value: str) -> str:
    text = printable(value) or '""'
    return text if len(text) <= _MOST else text[: _MOST - 3] + "..."
