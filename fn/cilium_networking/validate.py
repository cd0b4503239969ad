"""The verb ``validate``: what is wrong, and nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .fabric import read_cluster
from .resources import Outcome, ResourceList
from .rules import EVERY, Case, judge

if TYPE_CHECKING:
    from .settings import Settings


def validate(resource_list: ResourceList, settings: Settings) -> Outcome:
    """The same objects, and all findings about them."""
    cluster = read_cluster(resource_list.resources, settings.release, release_given=settings.release_given)
    findings = [*resource_list.findings, *judge(Case(cluster, settings), EVERY)]
    return Outcome(resource_list.resources, tuple(findings))
