"""The fidelity report of a migration: for a person at a terminal, as a page, and for a script.

Every object of the input is in it, and every field of one that moves: carried, changed and how, or yours to decide. The
terminal counts what is simply carried, and what has nothing to do with the package; page and script have each line.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from .. import __version__
from ..handover.choice import OTHER, Stay
from ..handover.preparing import REWRITTEN, Migration, Move
from ..handover.services import Address
from ..handover.setters import Setter
from ..migrate.ledger import Line
from ..records import dataclass
from ..resources import Finding
from ..sources import Rewritten
from .as_json import FORMAT, finding_data
from .as_text import as_text, printable
from .model import Report

_FATES: Final = {"carried": "carried", "changed": "changed", "lost": "cannot be said", "decide": "yours to decide"}


@dataclass(frozen=True, slots=True)
class Told:
    """A migration, what there is to say of it, and the files that were written."""

    migration: Migration
    findings: tuple[Finding, ...]
    written: tuple[str, ...] = ()


def for_terminal(told: Told, *, verbose: bool = False, color: bool = False) -> str:
    """What is wrong first, then object by object; nothing that a terminal would obey."""
    return as_text(Report("migrate", told.findings), color=color) + "".join(
        f"{printable(line)}\n" for line in _lines(told, verbose)
    )


def _lines(told: Told, verbose: bool) -> Iterator[str]:
    migration = told.migration
    for move in migration.moves:
        yield f"{move.found.way}: {_named(move)} moves to {move.file}"
        carried = 0
        for line in move.lines:
            if line.fate == "carried" and not verbose:
                carried += 1
            else:
                yield f"    {_said(line)}"
                if line.why:
                    yield f"        {line.why}"
        if carried:
            yield f"    carried: {_count(carried, 'field')}"
    for resource in migration.added:
        yield f"{resource.kind} {resource.name} is new"
    for each in migration.addresses:
        yield f"Service {each.service} {each.verb} {each.address}: {_pools(each)}"
    yield from _staying(migration.choice.stays, verbose)
    if migration.failed:
        return  # then there are no settings, and no source is rewritten
    for setter in migration.setters:
        yield f"setting {setter.name}: {_value(setter)}"
    for source in migration.rewritten:
        yield f"{source.name}: {_rewriting(source)}"


def _named(move: Move) -> str:
    return f"{move.found.resource.kind} {move.found.resource.name}"


def _said(line: Line) -> str:
    """``changed: spec.cidrs[0].cidr, now spec.blocks[0].cidr: 10.0.0.0/24``; the reason has a line of its own."""
    if not line.field:
        return f"{_FATES[line.fate]}: the object"
    before, after = line.before or "absent", line.after or "nothing"
    moved = f", now {line.to}" if line.to else ""
    return f"{_FATES[line.fate]}: {line.field}{moved}: {before if before == after else f'{before} -> {after}'}"


def _staying(stays: Iterable[Stay], verbose: bool) -> Iterator[str]:
    others: Counter[str] = Counter()
    for stay in stays:
        if stay.why == OTHER and not verbose:
            others[stay.found.resource.kind] += 1
        else:
            yield f"{stay.found.way}: {stay.found.resource.kind} {stay.found.resource.name} stays: {stay.why}"
    if others:
        listed = ", ".join(f"{count} {kind}" for kind, count in sorted(others.items()))
        yield f"{OTHER}, so they stay: {listed}"


def _pools(each: Address) -> str:
    return f"of pool {', '.join(each.pools)}" if each.pools else "of no pool in these sources"


def _value(setter: Setter) -> str:
    return f"{setter.placeholder} (not known yet)" if setter.value is None else setter.value


def _rewriting(source: Rewritten) -> str:
    if source.after is None:
        return "nothing is left of it: the runbook says when to remove it"
    return f"rewritten as {source.name}{REWRITTEN}: the runbook says when to put that in its place"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def as_page(told: Told) -> str:
    """The whole report in Markdown."""
    migration = told.migration
    parts = ["# What moves, and what becomes of it"]
    if told.findings:
        parts.append("## What there is to say\n\n" + "\n".join(map(_finding_item, told.findings)))
    parts += [
        f"## {_cell(_named(move))}\n\nFrom {_cell(move.found.way)} to `{move.file}`.\n\n{_table(move.lines)}"
        for move in migration.moves
    ]
    if migration.added:
        parts.append("## What is new\n\n" + "\n".join(f"- {one.kind} `{one.name}`" for one in migration.added))
    if migration.choice.stays:
        rows = "\n".join(
            f"| {_cell(f'{one.resource.kind} {one.resource.name}')} | {_cell(one.way)} | {_cell(stay.why)} |"
            for stay in migration.choice.stays
            for one in [stay.found]
        )
        parts.append(f"## What stays\n\n| Object | Where | Why |\n|---|---|---|\n{rows}")
    if migration.addresses:
        rows = "\n".join(
            f"| {_cell(one.service)} | {one.verb} {_code(one.address)} | {_cell(_pools(one))} |"
            for one in migration.addresses
        )
        parts.append(f"## Addresses\n\n| Service | Address | |\n|---|---|---|\n{rows}")
    if migration.setters:
        rows = "\n".join(
            f"| `{one.name}` | {_cell(_value(one))} | {one.type} | {_cell(one.doc)} |" for one in migration.setters
        )
        parts.append(f"## Settings\n\n| Setting | Value | A value is | Of |\n|---|---|---|---|\n{rows}")
    if migration.rewritten:
        lines = (
            "\n  - ".join([f"- {_cell(one.name)}: {_cell(_rewriting(one))}", *map(_cell, one.told)])
            for one in migration.rewritten
        )
        parts.append("## Sources\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _finding_item(finding: Finding) -> str:
    about = f" ({finding.ref.kind} {finding.ref.name}, {finding.file})" if finding.ref and finding.file else ""
    return f"- **{finding.severity}**: {_cell(finding.message + about)}"


def _table(lines: Iterable[Line]) -> str:
    rows = "\n".join(
        f"| {_code(line.field)} | {_FATES[line.fate]} | {_code(line.before)} | "
        f"{_code(line.after)}{f' in {_code(line.to)}' if line.to else ''} | {_cell(line.why)} |"
        for line in lines
    )
    return f"| Field | | Was | Is | Why |\n|---|---|---|---|---|\n{rows}"


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text and "`" not in text else _cell(text)


def _cell(text: str) -> str:
    """A text inside a table: on one line, and nothing in it that Markdown or HTML would take for its own."""
    return printable(text).replace("|", "\\|").replace("<", "&lt;")


def as_json(told: Told) -> str:
    """The whole report as one document; its shape is ours to keep, as that of the other verbs."""
    migration = told.migration
    count = Counter(finding.severity for finding in told.findings)
    data: dict[str, Any] = {
        "format": FORMAT,
        "tool": "cilium-networking",
        "version": __version__,
        "verb": "migrate",
        "summary": {
            "errors": count["error"],
            "warnings": count["warning"],
            "infos": count["info"],
            "moves": len(migration.moves),
            "stays": len(migration.choice.stays),
        },
        "findings": [finding_data(finding) for finding in told.findings],
        "moves": [_move_data(move) for move in migration.moves],
        "added": [{"kind": one.kind, "name": one.name} for one in migration.added],
        "stays": [
            {"kind": stay.found.resource.kind, "name": stay.found.resource.name, "way": stay.found.way, "why": stay.why}
            for stay in migration.choice.stays
        ],
        "addresses": [
            {"service": one.service, "address": one.address, "verb": one.verb, "pools": list(one.pools)}
            for one in migration.addresses
        ],
        "settings": [
            {
                "name": one.name,
                "value": one.value,
                "placeholder": one.placeholder or None,
                "type": one.type,
                "of": one.doc,
            }
            for one in migration.setters
        ],
        "sources": [
            {
                "file": one.name,
                "rewritten": None if one.after is None else f"{one.name}{REWRITTEN}",
                "told": list(one.told),
            }
            for one in migration.rewritten
        ],
        "written": list(told.written),
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _move_data(move: Move) -> dict[str, Any]:
    return {
        "kind": move.found.resource.kind,
        "name": move.found.resource.name,
        "way": move.found.way,
        "file": move.file,
        "fields": [
            {
                "field": line.field,
                "fate": line.fate,
                "before": line.before,
                "after": line.after,
                "to": line.to or None,
                "why": line.why or None,
            }
            for line in move.lines
        ],
    }
