"""The verb ``validate``: what is wrong, and nothing is changed.

For now: the settings themselves, the schema of the target release on every object of Cilium's, and whether the
package still is what its settings give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..judgement import compare_cluster, compare_families, judge
from ..resources import Outcome, ResourceList
from .drift import drift

if TYPE_CHECKING:
    from ..settings import Settings


def validate(resource_list: ResourceList, settings: Settings) -> Outcome:
    """The same objects, and all findings about them."""
    findings = list(resource_list.findings)
    for resource in resource_list.resources:
        findings += judge(resource, settings)
    findings += drift(resource_list.resources, settings)
    findings += compare_cluster(resource_list.resources, settings)
    findings += compare_families(resource_list.resources)
    return Outcome(resource_list.resources, tuple(findings))
