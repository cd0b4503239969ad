"""What can be said of one object of Cilium's by itself: its version and fields, against the target release's schema.

``render`` asks it of the objects it owns, ``validate`` of all of them; the rules about several objects together come
to stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .errors import InputError
from .kinds import GROUP, KINDS, check, gone, schema, versions
from .lossless import Mapping, Scalar, parse
from .resources import Finding, Resource

if TYPE_CHECKING:
    from .settings import Settings


def judge(resource: Resource, release: str) -> Iterator[Finding]:
    """Findings about an object of a kind that the table of kinds knows; nothing about others."""
    if resource.identity[0] != GROUP or resource.kind not in KINDS or resource.local:
        return
    row = KINDS[resource.kind]
    served = versions(resource.kind, release)
    if not served:
        yield _about_version(resource, "error", gone(resource.kind, release), None)
        return
    found = next((version for version in served if version.api_version == resource.api_version), None)
    stored = served[0].api_version
    if found is None:
        yield _about_version(
            resource,
            "error",
            f"Cilium {release} does not serve {resource.api_version} of {row.name}: use `{stored}`",
            stored,
        )
        return
    if found.deprecated:
        yield _about_version(
            resource,
            "warning",
            f"{resource.api_version} of {row.name} is deprecated in Cilium {release}: use `{stored}`",
            stored,
        )
    for problem in check(resource.root, schema(row.name, release, resource.api_version), allow_placeholders=True):
        yield resource.finding(
            "error", f"CN501 {problem.message}", problem.path,
            node=problem.node, current=problem.current, proposed=problem.proposed, rule="CN501",
        )  # fmt: skip


def _about_version(resource: Resource, severity: str, message: str, proposed: str | None) -> Finding:
    return resource.finding(
        "error" if severity == "error" else "warning", f"CN502 {message}", ("apiVersion",),
        node=resource.fragment.at(("apiVersion",)), current=resource.api_version, proposed=proposed, rule="CN502",
    )  # fmt: skip


def compare_cluster(resources: Iterable[Resource], settings: Settings) -> Iterator[Finding]:
    """``cluster-name`` and ``cluster-id`` against the CNI's Helm values, where RKE2's HelmChartConfig is there."""
    wanted = {"name": settings.cluster_name, "id": settings.cluster_id}
    if not any(value is not None for value in wanted.values()):
        return
    for resource in resources:
        if resource.kind != "HelmChartConfig" or resource.name != "rke2-cilium":
            continue
        content = resource.fragment.at(("spec", "valuesContent"))
        if not isinstance(content, Scalar) or not content.value.strip():
            continue
        try:
            values = parse(content.value).root
        except InputError:
            continue
        cluster = values.get("cluster") if isinstance(values, Mapping) else None
        for key, value in wanted.items():
            found = cluster.get(key) if isinstance(cluster, Mapping) else None
            if value is None or not isinstance(found, Scalar) or "${" in found.value or found.value == str(value):
                continue
            yield resource.finding(
                "warning",
                f"`cluster.{key}` of the CNI's values is `{found.value}`, and the setting `cluster-{key}` is `{value}`",
                ("spec", "valuesContent"),
                node=content,
                current=found.value,
                proposed=str(value),
            )
