"""What a run of the function says of a conversion: a result for each thing that was done, or that is left to do."""

from __future__ import annotations

from collections.abc import Iterator

from ..lossless import field_path
from ..resources import Finding, Severity
from ..sources.secrets import is_secret_key
from .ledger import BUG, Converted, Line, Told, lines


def sentences(converted: Converted) -> Iterator[Finding]:
    """The findings about one object, in the order in which they are told; what nobody accounts for is an error."""
    if not converted.told:
        return
    found = lines(converted)
    by_field = {line.field: line for line in found}
    for one in converted.told:
        yield _finding(converted, one, by_field.get(field_path(one.path)))
    for line in found:
        if line.why.startswith(BUG):
            yield converted.origin.finding("error", line.why, line.path)


def _finding(converted: Converted, told: Told, line: Line | None) -> Finding:
    origin = converted.origin
    node = origin.fragment.at(told.path)
    severity: Severity = "info" if told.fate in ("carried", "changed") else "warning"
    before = line.before if line is not None and line.before else None
    if before and told.path and is_secret_key(str(told.path[-1])):
        before = "…"
    return origin.finding(severity, _said(told, line), told.path, node=node, current=before)


def _said(told: Told, line: Line | None) -> str:
    """One line, which begins with what stands now."""
    if told.fate != "changed":
        return told.why
    after = line.after if line is not None else ""
    if told.to:
        new = f" `{after}`" if after and line is not None and after != line.before else ""
        return f"is now `{told.to}`{new}: {told.why}"
    return f"is now `{after}`: {told.why}" if after else told.why
