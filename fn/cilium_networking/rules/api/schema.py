"""CN5xx: what the API of the target release takes, and whether the package still is what its settings give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...fabric import Spot
from ...fabric.spot import below, is_open, members
from ...kinds import GROUP, KINDS, check, gone, schema, versions
from ...lossless import Scalar
from ...lossless.edit import Delete
from ..placeholders import becomes_anything, defaults, is_template
from ..rule import Case, Rule, Said
from .drift import drift
from .mending import as_end, as_label, mended, moved, quoted
from .unfilled import setter_names

if TYPE_CHECKING:
    from ...kinds import Problem
    from ...resources import Resource, Severity


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
    names = setter_names(case)
    for resource in ours(case):
        release = case.cluster.release
        served = {version.api_version for version in versions(resource.kind, release)}
        if resource.api_version not in served:
            continue  # another rule says so, and no schema is the right one
        yield from _old_booleans(resource)
        severity = elsewhere(case)
        found = schema(resource.kind, release, resource.api_version)
        template = is_template(resource)
        for problem in check(resource.root, found, allow_placeholders=True):
            # SOPS notes beside the values that it encrypted how; Flux takes the note off before it applies anything.
            if problem.path == ("sops",) or _said_elsewhere(problem, names, template=template):
                continue
            if becomes_anything(resource, problem):
                continue
            label = as_label(resource, problem, found)
            said = as_end(resource, problem) or problem.message
            message, fix = label if label is not None else (said, mended(resource, problem))
            yield Said(
                Spot(resource, problem.path), message, problem.current, problem.proposed, fix,
                severity if problem.rule == "other-release" else None,
            )  # fmt: skip
        for problem in defaults(resource, found):
            yield Said(Spot(resource, problem.path), problem.message, problem.current, problem.proposed)


def _said_elsewhere(problem: Problem, names: frozenset[str], *, template: bool) -> bool:
    """Whether a value is wrong only because nobody has filled it in: two other rules say so, once."""
    if template and problem.rule == "missing":
        return True  # makejinja's marks are comments to a reader of YAML
    value = problem.node.value if isinstance(problem.node, Scalar) else None
    return value is not None and (value in names or (is_open(value) and "${" not in value))


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
    for resource in ours(case):
        release = case.cluster.release
        served = versions(resource.kind, release)
        spot = Spot(resource, ("apiVersion",))
        if not served:
            message = gone(resource.kind, release)
            yield Said(spot, message, resource.api_version, severity=elsewhere(case))
            continue
        stored = served[0].api_version
        found = next((version for version in served if version.api_version == resource.api_version), None)
        # Without a release the cluster may run one that serves the old version alone.
        fix = moved(resource, release, stored) if case.cluster.release_given else ()
        if found is None:
            message = f"Cilium {release} does not serve {resource.api_version} of {resource.kind}: use `{stored}`"
            yield Said(spot, message, resource.api_version, stored, fix, elsewhere(case))
        elif found.deprecated:
            message = f"{resource.api_version} of {resource.kind} is deprecated in Cilium {release}: use `{stored}`"
            yield Said(spot, message, resource.api_version, stored, fix, "warning")


def waiver_of_nothing(_: Case) -> Iterator[Said]:
    """A waiver silences nothing, or does not say why

    Why: The annotation `cilium-networking/waive-<rule>` silences one rule on one object, and its value is the reason;
    `--verbose` still shows what it silences. One without a reason does not count, because whoever reads it next cannot
    know whether it still holds. One that silences nothing is left over from something that was mended since, and would
    hide the same fault when it comes back. Only rules that were asked are judged so: one that compares clusters is not
    where there is one cluster, and of several releases none may need it.

    Source: The annotation is this project's own.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
          annotations:
            cilium-networking/waive-CN505: the GitOps controller sets it
        spec:
          blocks:
          - cidr: 10.80.8.128/26

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
          namespace: kube-system
          annotations:
            cilium-networking/waive-CN505: the GitOps controller sets it
        spec:
          blocks:
          - cidr: 10.80.8.128/26
    """
    yield from ()  # the engine alone knows what was silenced


def namespace_for_nothing(case: Case) -> Iterator[Said]:
    """An object of a cluster-scoped kind has a namespace

    Why: The kinds of Cilium's networking belong to the cluster and not to a namespace. The API server drops the
    namespace without a word; whoever looks for the object in it, as a health check of a GitOps controller does, finds
    nothing, and a reader takes it for one that concerns this namespace only. Flux's `targetNamespace` means nothing to
    such kinds either, so it is no reason for one.

    Source: `scope: Cluster` in the CRDs of Cilium 1.15 to 1.20, pools, policies of L2, BGP, CIDR groups and nodes.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
          namespace: kube-system
        spec:
          blocks:
          - cidr: 10.80.8.128/26

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
    """
    path = ("metadata", "namespace")
    for resource in ours(case):
        if resource.namespace and KINDS[resource.kind].cluster_scoped:
            message = f"{resource.kind} belongs to the whole cluster, and `{resource.namespace}` means nothing: drop it"
            yield Said(Spot(resource, path), message, resource.namespace, fix=(Delete(path),))


def here_twice(case: Case) -> Iterator[Said]:
    """Two objects of the input are the same object

    Why: To the API server an object is its group, kind, namespace and name. Of two files that give the same one, the
    one that is applied later wins, which with most tools is a matter of file names; kustomize refuses to build. What
    stands in the other is not in the cluster, and nobody sees it.

    Source: Kubernetes' API conventions; kustomize's "already registered id".

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
    """
    first: dict[tuple[object, ...], Resource] = {}
    for resource in case.cluster.resources:
        if resource.local or not resource.name or not resource.kind or is_open(resource.name):
            continue
        # Another directory is likely another overlay or another cluster.
        here = (*resource.identity, _directory(resource.file))
        other = first.setdefault(here, resource)
        if other is resource or _patches(case, resource, other):
            continue
        where = "" if other.file == resource.file else f" ({other.file})"
        message = f"{resource.kind} {resource.name} is here twice{where}: what is applied later wins, so keep one"
        yield Said(Spot(resource), message, severity=None if other.file == resource.file else "warning")


def _directory(file: str | None) -> str:
    return (file or "").rpartition("/")[0]


def _patches(case: Case, *two: Resource) -> bool:
    """Whether one of them is no object but a patch of the other, as the kustomization beside them has it."""
    files = {resource.file for resource in two}
    if len(files) == 1:
        return False
    listed: set[str] = set()
    for one in case.cluster.of("Kustomization"):
        if _directory(one.spot.resource.file) != _directory(two[0].file):
            continue
        if not one.spot.resource.api_version.startswith("kustomize.config.k8s.io/"):
            continue
        said = below(one.data, "resources")
        listed |= {entry.removeprefix("./") for entry in said or () if isinstance(entry, str)}
        patched = {str(patch.get("path")).removeprefix("./") for _, patch in members(one.data, "patches")}
        listed -= patched
    # Without a kustomization every file of a directory is applied; with one, those that it lists.
    return bool(listed) and not {(file or "").rpartition("/")[2] for file in files} <= listed


def ours(case: Case) -> Iterator[Resource]:
    """Objects of Cilium's that reach a cluster, of the kinds that the table knows."""
    for resource in case.cluster.resources:
        if resource.identity[0] == GROUP and resource.kind in KINDS and not resource.local:
            yield resource


def elsewhere(case: Case) -> Severity:
    """What only another release would take: a warning where the release is a guess, for the cluster may run it."""
    return "error" if case.cluster.release_given else "warning"


def _old_booleans(resource: Resource) -> Iterator[Said]:
    """A plain ``No`` is text to kpt and the API server, and a boolean, which the field refuses, to kubectl's reader."""
    path = ("spec", "allowFirstLastIPs")
    node = resource.fragment.at(path) if resource.kind == "CiliumLoadBalancerIPPool" else None
    if isinstance(node, Scalar) and node.style == "" and node.value in ("Yes", "No"):
        message = f"`{node.value}` without quotes is a boolean to kubectl, which this field is not: quote it"
        yield Said(Spot(resource, path), message, node.value, fix=quoted(path, node.value), severity="warning")


RULES: Final = (
    Rule("CN501", "error", unknown_to_the_schema),
    Rule("CN502", "error", unserved_version),
    Rule("CN503", "error", drift),
    Rule("CN504", "warning", waiver_of_nothing),
    Rule("CN505", "warning", namespace_for_nothing),
    Rule("CN506", "error", here_twice),
)
