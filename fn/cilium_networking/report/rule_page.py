"""A rule's manual page as Markdown: for ``docs/rules/``, and as the help that a SARIF log carries.

And the schema of the inventory that rules ask about, for editors. All of it is printed from what the code declares.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..rules import Rule

#: Families in the order of their ids; what a digit means never changes.
_FAMILIES: Final = {
    "CN1": "Addresses",
    "CN2": "BGP",
    "CN3": "L2 announcements",
    "CN4": "References and selectors",
    "CN5": "API and schema",
    "CN6": "Fleet, mesh and GitOps",
    "CN7": "Helm values",
    "CN8": "Gateways and Ingresses",
}

_INTRO: Final = """\
# Rules

What `cilium-networking validate` says of a package, a repository or an export of a cluster, rule by rule. An id never
changes its meaning. `cilium-networking explain CN501` prints a page at a terminal.

**Severity.** An `error` will not work, or breaks something else; it makes exit code 1. A `warning` is very likely not
what is meant. `info` is worth knowing and shown with `--verbose` only. The tables have what a rule mostly says. A
single finding may be graver or milder where its case is, and is milder where the release of Cilium is not known (give
it: `--release`, or the setting `cilium-version`). What counts for the exit code is the severity of the finding.

**Waivers.** A finding that is right and accepted is waived at its object, with the reason:
`cilium-networking/waive-CN501: "why"` as an annotation. It is then an `info` that says so, with the reason. A waiver
without a reason, or one that waives nothing, is a finding itself.

**Fixes.** Where the answer is certain `validate --fix` writes it; a finding whose answer somebody has to choose stays,
and so does one whose fix would lose a comment.
"""


def index_markdown(rules: Iterable[Rule]) -> str:
    """``docs/rules/README.md``."""
    parts = [_INTRO]
    family = ""
    for rule in rules:
        if rule.id[:3] != family:
            family = rule.id[:3]
            parts.append(f"\n## {family}xx: {_FAMILIES[family]}\n\n| Rule | Severity | What it says |\n|---|---|---|\n")
        title = rule.page.title.replace("|", "\\|")
        parts.append(f"| [{rule.id}]({rule.id}.md) | {rule.severity} | {title} |\n")
    return "".join(parts)


def rule_markdown(rule: Rule) -> str:
    """``docs/rules/CN101.md``."""
    return f"# {rule.id}: {rule.page.title}\n\nSeverity: {rule.severity}\n\n{help_markdown(rule)}"


def help_markdown(rule: Rule) -> str:
    """The page without its title."""
    page = rule.page
    settings = ""
    if page.settings:
        given = ", ".join(f"`{name}: {value}`" for name, value in page.settings.items())
        settings = f"Both examples are judged with the settings {given}.\n\n"
    return (
        f"## Why\n\n{page.why}\n\n## Source\n\n{page.source}\n\n"
        f"## Examples\n\n{settings}Bad:\n\n```yaml\n{page.bad}```\n\nGood:\n\n```yaml\n{page.good}```\n\n"
        f"## To waive it\n\nAn annotation of the object, with the reason:\n\n"
        f'```yaml\nmetadata:\n  annotations:\n    cilium-networking/waive-{rule.id}: "why this is right here"\n```\n'
    )


def inventory_schema_json() -> str:
    """``docs/networkinventory.schema.json``."""
    from ..fabric.inventory import API_VERSION, KIND, inventory_schema
    from ..kinds import json_schema

    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"{KIND} ({API_VERSION})"}
    return json.dumps(head | dict(json_schema(inventory_schema())), indent=2, ensure_ascii=False) + "\n"
