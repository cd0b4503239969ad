"""What moves into the package, what stays where it is, and why; and where the input says one thing in two ways.

What moves are the objects that announce and hand out addresses. The CNI's values stay with the cluster's bootstrap:
without them there is no network that a package could be applied over. An export of the running cluster is a witness
first: it moves an object only if no file does, and else it says whether the cluster has what the file says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any, Final

from ..lossless import Path, field_path
from ..migrate.convert import not_yet
from ..migrate.ledger import leaves, spelled
from ..placement.files import FILES
from ..records import dataclass
from ..resources import Finding, Resource
from ..sources import Found


@dataclass(frozen=True, slots=True)
class Stay:
    """An object that stays where it is, and why."""

    found: Found
    why: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Every object of the input in one of two heaps. ``copies`` say the same as one of ``moves``, and go with it."""

    moves: tuple[Found, ...]
    copies: tuple[Found, ...]
    stays: tuple[Stay, ...]
    findings: tuple[Finding, ...]


_CNI: Final = "the CNI's values: RKE2 needs them before there is a network to apply a package over"
_SECRET: Final = "a Secret: it does not go into a package that is kept in clear"  # noqa: S105 - a sentence
_NEVER: Final = "never reaches the cluster"
_TEMPLATE: Final = "a part of a template, and not what the cluster gets"
_COPY: Final = "a copy that is written where RKE2 does not look"
_LOCAL: Final = "is for tools, and never reaches a cluster"
OTHER: Final = "not one of the kinds that this package is for"
_CILIUM: Final = "cilium.io"
#: Field managers of RKE2's deploy controller, of kpt, and of Cilium's own operator.
_HANDLERS: Final = ("deploy@", "kpt", "cilium-operator")
_HELM: Final = "helm.cattle.io"
#: What only the API server writes: no file says it.
_SERVERS: Final = (("status",), ("apiVersion",))
_NOTES: Final = (("metadata", "labels"), ("metadata", "annotations"))
_SWITCH: Final = ("spec", "disabled")
#: How the keys of labels and annotations begin that appliers write.
_MARKS: Final = ("objectset.rio.cattle.io/", "kubectl.kubernetes.io/", "config.k8s.io/", "kustomize.toolkit.fluxcd.io/")


def choose(found: Iterable[Found]) -> Choice:
    """Each object in its heap, in the order of the input."""
    moves: dict[tuple[str, str], Found] = {}
    copies: list[Found] = []
    stays: list[Stay] = []
    findings: list[Finding] = []
    live: list[Found] = []
    for one in found:
        why = _why_it_stays(one)
        if why:
            stays.append(Stay(one, why))
        elif one.live:
            live.append(one)
        elif (first := moves.setdefault(named(one.resource), one)) is not one:
            if _is_elsewhere(one) and not _is_elsewhere(first):
                stays.append(Stay(one, _COPY))
            else:
                copies.append(one)
            findings += _contradiction(first, one)
    for one in live:
        first = moves.setdefault(named(one.resource), one)
        if first is not one:
            copies.append(one)
            findings += _contradiction(first, one) if first.live else _drift(first, one)
    return Choice(tuple(moves.values()), tuple(copies), tuple(stays), tuple(findings))


def named(resource: Resource) -> tuple[str, str]:
    """What tells objects that move apart: all of their kinds are of the cluster, and a namespace says nothing."""
    return resource.kind, resource.name


def _is_elsewhere(one: Found) -> bool:
    """Whether it reaches a file on nodes that nobody applies."""
    target = one.layer.node_file
    return target is not None and not target.is_manifest


def _why_it_stays(one: Found) -> str:
    resource = one.resource
    group = resource.identity[0]
    if one.replaced:
        return f"{_NEVER}: {one.replaced}"
    if one.unrendered:
        return f"{_TEMPLATE}: {one.unrendered}"
    if resource.local:
        return _LOCAL
    if group == _CILIUM and resource.kind in FILES:
        return ""
    if group == _HELM and resource.kind == "HelmChartConfig" and "cilium" in resource.name:
        return _CNI
    if resource.kind == "Secret" and not group:
        return _SECRET
    return not_yet(group, resource.kind) or OTHER


def _contradiction(first: Found, second: Found) -> Iterator[Finding]:
    """Two sources that define one object differently: the last one to apply it wins, and nobody knows which that is."""
    for field, one, other in _differences(first.resource, second.resource):
        message = (
            f"`{field}` is {one} in {first.way}, and {other} in {second.way}: make both say what the cluster is to "
            "have, or leave one of them out of this call"
        )
        yield second.resource.finding("error", message, current=other)


def _drift(file: Found, cluster: Found) -> Iterator[Finding]:
    """What the file says and the cluster does not have; what the API server adds by default is nobody's difference."""
    others = sorted(set(_writers(cluster.resource.fragment.data())))
    if others:
        listed = ", ".join(f"`{one}`" for one in others)
        message = f"in the cluster {listed} wrote to its spec too: what the package does not say stays as they left it"
        yield file.resource.finding("warning", message)
    there = dict(_said(cluster.resource))
    for path, value in _said(file.resource):
        found = there.get(path, _ABSENT)
        if found == value or "${" in str(value):
            continue
        field, one, other = field_path(path), _shown(value), _shown(found)
        message = f"the cluster has {other} for `{field}`, and the file says {one}: what is applied is the file's"
        node = file.resource.fragment.at(path)
        yield file.resource.finding("warning", message, path, node=node, current=other, proposed=one)
    told = {path for path, _ in _said(file.resource)}
    for path, value in _said(cluster.resource):
        if path not in told and _is_beyond(path, told):
            # A list is one value to the API server: whoever applies it says all of it.
            message = (
                f"the cluster has {_shown(value)} for `{field_path(path)}`, and the file does not: it goes with this"
            )
            yield file.resource.finding("warning", message, current=_shown(value))
        elif path == _SWITCH and path not in told and value is True:
            message = (
                "is disabled in the cluster, and the file does not say so: it stays disabled until the package does"
            )
            yield file.resource.finding("warning", message, path, current=_shown(value))


def _is_beyond(path: Path, told: AbstractSet[Path]) -> bool:
    """Whether a live field stands in an item of a list that the file's list does not have."""
    above = (path[: number + 1] for number, step in enumerate(path) if isinstance(step, int))
    return any(not any(one[: len(item)] == item for one in told) for item in above)


def _writers(data: Any) -> Iterator[str]:
    """Who wrote to the spec of a live object, beside RKE2's deploy controllers and kpt."""
    for one in data["metadata"].get("managedFields") or ():
        manager = one.get("manager", "")
        if "f:spec" in (one.get("fieldsV1") or {}) and not manager.startswith(_HANDLERS):
            yield manager


def _differences(first: Resource, second: Resource) -> Iterator[tuple[str, str, str]]:
    """Fields of two objects of one identity that differ, with both values."""
    one, other = dict(_said(first)), dict(_said(second))
    for path in dict.fromkeys((*one, *other)):
        if one.get(path, _ABSENT) != other.get(path, _ABSENT):
            yield field_path(path), _shown(one.get(path, _ABSENT)), _shown(other.get(path, _ABSENT))


_ABSENT: Final = object()


def _shown(value: object) -> str:
    return "absent" if value is _ABSENT else f"`{spelled(value)}`"


def _said(resource: Resource) -> Iterator[tuple[tuple[str | int, ...], object]]:
    for path, value in leaves(resource.fragment.data()):
        if path[:1] == ("metadata",):
            if path[:2] in _NOTES and not str(path[-1]).startswith(_MARKS):
                yield path, value
        elif path[:1] not in _SERVERS:
            yield path, value
