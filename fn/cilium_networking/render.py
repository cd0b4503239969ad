"""The verb ``render``: every setting in its place, and the objects that the settings ask for.

It judges the settings and the objects it owns; the rest is ``validate``'s. An error anywhere, and the package comes
back as it was. Twice is once: on its own output it changes nothing and says the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .judgement import compare_cluster, compare_families, judge
from .placement import place
from .resources import Finding, Outcome, Resource, ResourceList

if TYPE_CHECKING:
    from .settings import Settings


def render(resource_list: ResourceList, settings: Settings) -> Outcome:
    """The objects after every setting took its place."""
    placement = place(resource_list.resources, settings)
    findings = [*resource_list.findings, *placement.findings]
    findings += nameless(resource_list.resources)
    for resource in placement.resources:
        if resource.owned and not resource.local:
            findings += judge(resource, settings)
    findings += compare_cluster(placement.resources, settings)
    findings += compare_families(placement.resources)
    outcome = Outcome(placement.resources, tuple(findings))
    return Outcome(resource_list.resources, outcome.findings) if outcome.failed else outcome


def nameless(resources: tuple[Resource, ...]) -> Iterator[Finding]:
    """Objects that no orchestrator will take back: said, and passed through."""
    for resource in resources:
        if not resource.name:
            yield resource.finding("warning", "object without metadata.name: passed through as it is")
