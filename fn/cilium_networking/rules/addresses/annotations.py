"""CN120 to CN122: what stands in the annotations of a Service, where LB IPAM does not read it.

An annotation that nobody reads is the quietest of all mistakes: neither the API server nor Cilium says a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from ...fabric.services import ACROSS, ANNOTATED, ANNOTATIONS, NAME_LABEL, NAMESPACE_LABEL, REQUESTED, SHARING
from ...fabric.spot import below, is_open, words
from ...lossless.edit import Put
from ...records import dataclass
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...fabric import Cluster, Requirement, Selector, Spot
    from ...lossless.edit import Edit

#: Services that the CNI's values describe.
_IN_VALUES: Final = (("ingressController", "service"), ("clustermesh", "apiserver", "service"))


def hidden_annotation(case: Case) -> Iterator[Said]:
    """The new annotation hides the old one, which says something else

    Why: Each annotation of LB IPAM has a new key (`lbipam.cilium.io/…`) and an old one (`io.cilium/lb-ipam-…`). Where
    both stand Cilium reads the new one alone, also when it is empty: what the old one asks for is not given.

    Source: Cilium 1.19, pkg/annotation/k8s.go.

    Bad::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
          annotations:
            lbipam.cilium.io/ips: 10.80.8.150
            io.cilium/lb-ipam-ips: 10.80.8.151
        spec:
          type: LoadBalancer
          ports:
          - port: 80

    Good::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
          annotations:
            lbipam.cilium.io/ips: 10.80.8.150
        spec:
          type: LoadBalancer
          ports:
          - port: 80
    """
    for service in case.cluster.services:
        for new, old in (REQUESTED, SHARING, ACROSS):
            said, hidden = service.annotations.get(new), service.annotations.get(old)
            if said is None or hidden is None or said.strip() == hidden.strip() or is_open(said) or is_open(hidden):
                continue
            message = f"says `{hidden}`, which Cilium does not read, for `{new}` says `{said}`: take the wrong one off"
            yield Said(service.notes.at(old), message, hidden)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A label that something selects Services by."""

    requirement: Requirement
    spot: Spot


class _Label:
    """Who selects by one label."""

    def __init__(self) -> None:
        self.first: _Wanted | None = None
        self._values: dict[str | None, tuple[int, _Wanted]] = {}
        self._count = 0

    def add(self, wanted: _Wanted) -> None:
        self.first = self.first or wanted
        self._count += 1
        operator = wanted.requirement.operator
        asked: Iterable[str | None] = wanted.requirement.values if operator == "In" else (None,)
        for value in asked if operator in ("In", "Exists") else ():
            self._values.setdefault(value, (self._count, wanted))

    def asking(self, value: str) -> _Wanted | None:
        """The first whose condition the value meets."""
        found = [self._values[each] for each in (value, None) if each in self._values]
        return min(found, key=lambda one: one[0])[1] if found else None


def label_as_annotation(case: Case) -> Iterator[Said]:
    """An annotation stands where a label is meant

    Why: Pools, L2 policies and BGP advertisements choose Services by labels. The same key among the annotations chooses
    nothing: the Service gets an address of another pool, or none, and nobody announces it.

    Source: Cilium 1.19, operator/pkg/lbipam, svcLabels; cilium/cilium #45327.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
          serviceSelector:
            matchExpressions:
            - key: example.com/pool
              operator: DoesNotExist
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: lan
        spec:
          blocks:
          - cidr: 192.168.1.64/27
          serviceSelector:
            matchLabels:
              example.com/pool: lan
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          annotations:
            example.com/pool: lan
        spec:
          type: LoadBalancer
          ports:
          - port: 80

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
          serviceSelector:
            matchExpressions:
            - key: example.com/pool
              operator: DoesNotExist
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: lan
        spec:
          blocks:
          - cidr: 192.168.1.64/27
          serviceSelector:
            matchLabels:
              example.com/pool: lan
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          labels:
            example.com/pool: lan
        spec:
          type: LoadBalancer
          ports:
          - port: 80
    """
    wanted = _selected(case.cluster)
    for service in case.cluster.services if wanted else ():
        if service.made_by:
            continue  # a Gateway's own annotations and labels are judged with Gateways, the chart's values below
        for key, value in service.annotations.items():
            meant = _meant(key, value, service.labels, wanted)
            if meant is not None:
                label = ("metadata", "labels", key)
                # A value that is not asked for may be wrong as well.
                fix: tuple[Edit, ...] = (Put(label, value),) if _asks(meant.requirement, value) else ()
                yield Said(service.spot.at("metadata", "annotations", key), _message(meant), value, fix=fix)
    for values in case.cluster.values if wanted else ():
        for path in _IN_VALUES:
            data = values.get(*path)
            for key, value in words(data, "annotations").items():
                meant = _meant(key, value, words(data, "labels"), wanted)
                # Of one that looks like LB IPAM's another rule says that there is none.
                if meant is not None and not key.startswith(ANNOTATED):
                    yield Said(values.spot, _message(meant), value, values=values, keys=(*path, "annotations", key))


def _message(meant: _Wanted) -> str:
    return f"is an annotation, and {meant.spot} selects by the label `{meant.requirement.key}`: move it to the labels"


def _selected(cluster: Cluster) -> Mapping[str, _Label]:
    """Labels by which something selects Services."""
    found: dict[str, _Label] = {}
    selectors: list[tuple[Spot, Selector | None]] = [(pool.spot, pool.selector) for pool in cluster.pools]
    selectors += [(policy.spot, policy.services) for policy in cluster.l2_policies]
    selectors += [(each.spot, advert.selector) for each in cluster.advertisements for advert in each.adverts]
    for spot, selector in selectors:
        for requirement in selector.requirements if selector else ():
            if requirement.key not in (NAME_LABEL, NAMESPACE_LABEL):
                found.setdefault(requirement.key, _Label()).add(_Wanted(requirement, spot))
    return found


def _meant(key: str, value: str, labels: Mapping[str, str], wanted: Mapping[str, _Label]) -> _Wanted | None:
    """Who selects by a label of an annotation's key; with another key than LB IPAM's, also by its value.

    A label that begins like LB IPAM's annotations may choose a pool; as an annotation it does nothing.
    """
    if key not in wanted or key in labels or key in ANNOTATIONS:
        return None
    return wanted[key].asking(value) or (wanted[key].first if key.startswith(ANNOTATED) else None)


def _asks(requirement: Requirement, value: str) -> bool:
    return requirement.operator in ("In", "Exists") and requirement.accepts({requirement.key: value})


def annotation_without_load_balancer(case: Case) -> Iterator[Said]:
    """A Service that is no load balancer asks for an address

    Why: LB IPAM looks only at Services of type LoadBalancer. On any other the annotations do nothing; most often the
    type was forgotten, or changed later.

    Source: Cilium 1.19, operator/pkg/lbipam, isResponsibleForSVC.

    Bad::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
          annotations:
            lbipam.cilium.io/ips: 10.80.8.150
        spec:
          ports:
          - port: 80

    Good::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
          annotations:
            lbipam.cilium.io/ips: 10.80.8.150
        spec:
          type: LoadBalancer
          ports:
          - port: 80
    """
    for service in case.cluster.of("Service"):
        found = words(service.data, "metadata", "annotations")
        key = next((key for key in ANNOTATIONS if found.get(key)), None) if found else None
        # What has no ports is no Service but a patch of one, whose type stands elsewhere.
        if key is None or not below(service.data, "spec", "ports"):
            continue
        kind: Any = below(service.data, "spec", "type")
        if not is_open(kind):
            message = (
                f"has no effect on a Service of type {kind or 'ClusterIP'}: say `type: LoadBalancer`, or take it off"
            )
            yield Said(service.spot.at("metadata", "annotations", key), message, found[key])


RULES: Final = (
    Rule("CN120", "warning", hidden_annotation),
    Rule("CN121", "warning", label_as_annotation),
    Rule("CN122", "warning", annotation_without_load_balancer),
)
