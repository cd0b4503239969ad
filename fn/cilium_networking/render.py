"""The verb ``render``: every setting in its place, and the objects that the settings ask for.

It judges the settings and the objects it owns; the rest is ``validate``'s. An error of theirs, and the package comes
back as it was. What only the objects together are wrong about is said and does not stop it: a package is mended step
by step. Twice is once: on its own output it changes nothing and says the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .fabric import read_cluster
from .placement import place
from .records import replace
from .resources import Finding, Outcome, Resource, ResourceList
from .rules import Case, asked, judged

if TYPE_CHECKING:
    from .settings import Settings

#: Families whose errors the API server shares: what they refuse is not applied.
_API = "CN5"
#: What render itself has just put right.
_DRIFT = "CN503"


def render(resource_list: ResourceList, settings: Settings) -> Outcome:
    """The objects after every setting took its place."""
    placement = place(resource_list.resources, settings)
    findings = [*resource_list.findings, *placement.findings]
    findings += nameless(resource_list.resources)
    findings += _about_ours(placement.resources, settings)
    outcome = Outcome(placement.resources, tuple(findings))
    return Outcome(resource_list.resources, outcome.findings) if outcome.failed else outcome


def _about_ours(resources: tuple[Resource, ...], settings: Settings) -> Iterator[Finding]:
    """What the rules say of objects that carry our label, seen among all others."""
    cluster = read_cluster(resources, settings.release, release_given=settings.release_given)
    case = Case(cluster, settings)
    rules = (rule for rule in asked(case) if rule.id != _DRIFT)
    for finding, resource, _ in judged(case, rules, about=lambda one: one.owned and not one.local):
        # What merely is not known, an inventory say, is for whoever asks for a judgement.
        if resource is None or not resource.owned or resource.local or finding.severity == "info":
            continue
        passing = finding.severity == "error" and not (finding.rule or "").startswith(_API)
        yield replace(finding, severity="warning") if passing else finding


def nameless(resources: tuple[Resource, ...]) -> Iterator[Finding]:
    """Objects that no orchestrator will take back: said, and passed through."""
    for resource in resources:
        if not resource.name:
            yield resource.finding("warning", "object without metadata.name: passed through as it is")
