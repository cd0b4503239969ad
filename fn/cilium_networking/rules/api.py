"""CN5xx: what the API of the target release takes, and whether the package still is what its settings give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ..fabric import Spot
from ..kinds import GROUP, KINDS, check, gone, schema, versions
from ..lossless import Scalar
from .drift import drift
from .rule import Case, Rule, Said

if TYPE_CHECKING:
    from ..resources import Resource, Severity


def unknown_to_the_schema(case: Case) -> Iterator[Said]:
    """A field is not what the target release takes

    Why: The API server refuses an object with a value out of bounds, and drops a field that it does not know, often
    without a word: a pool whose range is written with `min` and `max` has no addresses, and nothing says so. Judged are
    the fields, types, bounds, patterns and required fields of the version that an object is written in, as the release
    of the setting `cilium-version` has it.

    Source: The CRDs of Cilium, pkg/k8s/apis/cilium.io, per release.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - min: 10.80.8.129
            max: 10.80.8.190

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - start: 10.80.8.129
            stop: 10.80.8.190
    """
    for resource in _ours(case):
        release = case.cluster.release
        served = {version.api_version for version in versions(resource.kind, release)}
        if resource.api_version not in served:
            continue  # another rule says so, and no schema is the right one
        yield from _old_booleans(resource)
        severity = _elsewhere(case)
        found = schema(resource.kind, release, resource.api_version)
        for problem in check(resource.root, found, allow_placeholders=True):
            yield Said(
                Spot(resource, problem.path), problem.message, problem.current, problem.proposed,
                severity=severity if problem.rule == "other-release" else None,
            )  # fmt: skip


def unserved_version(case: Case) -> Iterator[Said]:
    """A version or a kind is not what the target release serves

    Why: An object in a version that the cluster does not serve is not applied at all. One in a deprecated version,
    which is a warning, stops being applied with some later upgrade. The fields of two versions may differ, so the
    object is checked again after its version is changed; `render` does that for objects that carry our label.

    Source: The served and stored versions in the CRDs of Cilium, and its upgrade notes, 1.15 to 1.20.

    Bad::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumBGPPeeringPolicy
        metadata:
          name: rack0
        spec:
          virtualRouters:
          - localASN: 65001
            neighbors:
            - peerAddress: 10.80.0.1/32
              peerASN: 65000

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
    """
    for resource in _ours(case):
        release = case.cluster.release
        served = versions(resource.kind, release)
        spot = Spot(resource, ("apiVersion",))
        if not served:
            message = gone(resource.kind, release)
            yield Said(spot, message, resource.api_version, severity=_elsewhere(case))
            continue
        stored = served[0].api_version
        found = next((version for version in served if version.api_version == resource.api_version), None)
        if found is None:
            message = f"Cilium {release} does not serve {resource.api_version} of {resource.kind}: use `{stored}`"
            yield Said(spot, message, resource.api_version, stored, severity=_elsewhere(case))
        elif found.deprecated:
            message = f"{resource.api_version} of {resource.kind} is deprecated in Cilium {release}: use `{stored}`"
            yield Said(spot, message, resource.api_version, stored, severity="warning")


def _ours(case: Case) -> Iterator[Resource]:
    """Objects of Cilium's that reach a cluster, of the kinds that the table knows."""
    for resource in case.cluster.resources:
        if resource.identity[0] == GROUP and resource.kind in KINDS and not resource.local:
            yield resource


def _elsewhere(case: Case) -> Severity:
    """What only another release would take: a warning where the release is a guess, for the cluster may run it."""
    return "error" if case.cluster.release_given else "warning"


def _old_booleans(resource: Resource) -> Iterator[Said]:
    """A plain ``No`` is text to kpt and the API server, and a boolean, which the field refuses, to kubectl's reader."""
    path = ("spec", "allowFirstLastIPs")
    node = resource.fragment.at(path) if resource.kind == "CiliumLoadBalancerIPPool" else None
    if isinstance(node, Scalar) and node.style == "" and node.value in ("Yes", "No"):
        message = f"`{node.value}` without quotes is a boolean to kubectl, which this field is not: quote it"
        yield Said(Spot(resource, path), message, node.value, severity="warning")


RULES: Final = (
    Rule("CN501", "error", unknown_to_the_schema),
    Rule("CN502", "error", unserved_version),
    Rule("CN503", "error", drift),
)
