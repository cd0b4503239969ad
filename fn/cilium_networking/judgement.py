"""What can be said of one object of Cilium's by itself: its version and fields, against the target release's schema.

``render`` asks it of the objects it owns, ``validate`` of all of them; the rules about several objects together come
to stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .errors import InputError
from .kinds import GROUP, KINDS, check, gone, schema, versions
from .lossless import Mapping, Node, Path, Scalar, Sequence, child, parse
from .resources import Finding, Resource, Severity

if TYPE_CHECKING:
    from .settings import Settings


def judge(resource: Resource, settings: Settings) -> Iterator[Finding]:
    """Findings about an object of a kind that the table of kinds knows; nothing about others.

    What only another release would take is an error where the settings name the release, and a warning where it is
    the likely one: the cluster may well run that other release.
    """
    release = settings.release
    severity: Severity = "error" if settings.release_given else "warning"
    if resource.identity[0] != GROUP or resource.kind not in KINDS or resource.local:
        return
    row = KINDS[resource.kind]
    served = versions(resource.kind, release)
    if not served:
        yield _about_version(resource, severity, gone(resource.kind, release), None)
        return
    found = next((version for version in served if version.api_version == resource.api_version), None)
    stored = served[0].api_version
    if found is None:
        yield _about_version(
            resource,
            severity,
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
    yield from _old_booleans(resource)
    for problem in check(resource.root, schema(row.name, release, resource.api_version), allow_placeholders=True):
        yield resource.finding(
            severity if problem.rule == "other-release" else "error", f"CN501 {problem.message}", problem.path,
            node=problem.node, current=problem.current, proposed=problem.proposed, rule="CN501",
        )  # fmt: skip


def _old_booleans(resource: Resource) -> Iterator[Finding]:
    """A plain ``No`` is text to kpt and the API server, and a boolean, which the field refuses, to kubectl's reader."""
    node = resource.fragment.at(("spec", "allowFirstLastIPs"))
    if resource.kind == "CiliumLoadBalancerIPPool" and isinstance(node, Scalar) and node.style == "" and node.value:
        message = f"CN501 `{node.value}` without quotes is a boolean to kubectl, which this field is not: quote it"
        if node.value in ("Yes", "No"):
            yield resource.finding(
                "warning", message, ("spec", "allowFirstLastIPs"), node=node, current=node.value, rule="CN501"
            )


def _about_version(resource: Resource, severity: Severity, message: str, proposed: str | None) -> Finding:
    return resource.finding(
        severity, f"CN502 {message}", ("apiVersion",),
        node=resource.fragment.at(("apiVersion",)), current=resource.api_version, proposed=proposed, rule="CN502",
    )  # fmt: skip


def compare_cluster(resources: Iterable[Resource], settings: Settings) -> Iterator[Finding]:
    """``cluster-name`` and ``cluster-id`` against the CNI's Helm values, where those are in the package."""
    wanted = {"name": settings.cluster_name, "id": settings.cluster_id}
    if not any(value is not None for value in wanted.values()):
        return
    for resource in resources:
        path, values = _values(resource)
        content = resource.fragment.at(path)
        cluster = values.get("cluster") if isinstance(values, Mapping) else None
        for key, value in wanted.items():
            found = cluster.get(key) if isinstance(cluster, Mapping) else None
            if value is None or not isinstance(found, Scalar) or "${" in found.value or found.value == str(value):
                continue
            yield resource.finding(
                "warning",
                f"`cluster.{key}` of the CNI's values is `{found.value}`, and the setting `cluster-{key}` is `{value}`",
                path,
                node=content,
                current=found.value,
                proposed=str(value),
            )


def _values(resource: Resource) -> tuple[Path, Node | None]:
    """The Helm values of the CNI and where they stand: RKE2's chart by its HelmChartConfig, Cilium's by Flux's."""
    if resource.kind in ("HelmChartConfig", "HelmChart") and resource.name in ("rke2-cilium", "cilium"):
        content = resource.fragment.at(("spec", "valuesContent"))
        try:
            return ("spec", "valuesContent"), parse(content.value).root if isinstance(content, Scalar) else None
        except InputError:
            return ("spec", "valuesContent"), None
    chart = resource.fragment.at(("spec", "chart", "spec", "chart")) if resource.kind == "HelmRelease" else None
    if isinstance(chart, Scalar) and chart.value == "cilium":
        return ("spec", "values"), resource.fragment.at(("spec", "values"))
    return (), None


def compare_families(resources: Iterable[Resource]) -> Iterator[Finding]:
    """Address families of our pools that none of our peer configs advertises: addresses without a route, silently.

    Families are written when a peer config is made. A pool that moves to IPv6 later does not change it, because no
    setting names that field.
    """
    ours = [resource for resource in resources if resource.owned and not resource.local]
    peers = [resource for resource in ours if resource.kind == "CiliumBGPPeerConfig"]
    advertised = {afi for peer in peers for afi in _afis(peer)}
    for pool in (resource for resource in ours if resource.kind == "CiliumLoadBalancerIPPool" and peers):
        for afi in sorted(_families(pool) - advertised):
            yield peers[0].finding(
                "warning",
                f"advertises no {afi}, and pool {pool.name} has such addresses: add the family to `spec.families`",
                ("spec", "families"),
                node=peers[0].fragment.at(("spec", "families")),
            )


def _afis(peer: Resource) -> Iterator[str]:
    families = peer.fragment.at(("spec", "families"))
    for family in families.items if isinstance(families, Sequence) else ():
        afi = child(family, "afi")
        if isinstance(afi, Scalar):
            yield afi.value


def _families(pool: Resource) -> set[str]:
    blocks = pool.fragment.at(("spec", "blocks"))
    found: set[str] = set()
    for block in blocks.items if isinstance(blocks, Sequence) else ():
        for key in ("cidr", "start"):
            text = child(block, key)
            if isinstance(text, Scalar) and text.value and "${" not in text.value:
                found.add("ipv6" if ":" in text.value else "ipv4")
    return found
