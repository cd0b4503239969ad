"""CN124 and CN125: Services that are to have one address, and whether Cilium lets them share it.

Compared as Cilium does: sharing key, namespaces, ports, external traffic policy, Pods, in this order. A Service is held
against what those before it have, label by label, and not against each of them: that keeps it linear.

Left out: who is first. With a live address the one that has it stays; else whoever comes first has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...fabric.services import ACROSS, ANNOTATIONS, OTHER_PODS, SHARING
from ...fabric.spot import is_open
from ..rule import Case, Rule, Said
from .requests import called, half_known, handled

if TYPE_CHECKING:
    from ...addressing import Address
    from ...fabric import Cluster, Service, Spot

_ANYBODY: Final = "*"


class _Sharers:
    """Services that have an address together, and what one more must not collide with."""

    def __init__(self, first: Service, cluster: Cluster) -> None:
        self.first = first
        # Up to 1.16 the datapath could not tell protocols apart (cilium/cilium #33434).
        self._protocols = cluster.minor >= (1, 17)
        # Whoever asks for it has a release that reads it, or is told so by the rule about unknown annotations.
        self._permits = cluster.minor >= ANNOTATIONS[OTHER_PODS] or not cluster.release_given
        self._ports: dict[tuple[int, str], Service] = {}
        self._places: dict[str, Service] = {}
        self._picky: dict[tuple[str, tuple[str, ...]], Service] = {}
        self.add(first)

    def add(self, service: Service) -> None:
        for port in self._taken(service):
            self._ports.setdefault(port, service)
        if _placed(service):
            self._places.setdefault(service.namespace, service)
            if not _welcoming(service):
                self._picky.setdefault((service.namespace, service.across), service)

    def _taken(self, service: Service) -> list[tuple[int, str]]:
        return [
            (port.number, port.protocol if self._protocols else "")
            for port in service.ports
            if port.number is not None and not is_open(port.protocol)
        ]

    def keys(self, service: Service) -> str:
        """Why the keys do not let a Service in, or nothing."""
        one, other = self.first.sharing_key or "", service.sharing_key or ""
        if is_open(one) or is_open(other) or (one and one == other):
            return ""
        if not one and not other:
            return f"neither has a `{SHARING[0]}`"
        if not one or not other:
            return f"only one of them has a `{SHARING[0]}`"
        return f"their sharing keys are `{one}` and `{other}`"

    def namespaces(self, service: Service) -> tuple[str, Service] | None:
        """Who does not list the namespace of whom."""
        if not _placed(service):
            return None
        # Both searches end at the first that does not fit, so that they look at no more than what is listed.
        places = self._places.values() if not _welcoming(service) else ()
        member = next((one for one in places if not _permits(service, one)), None)
        if member is None:
            member = next((one for one in self._picky.values() if not _permits(one, service)), None)
        if member is None:
            return None
        silent = [(one, other) for one, other in ((member, service), (service, member)) if not _permits(one, other)]
        if len(silent) > 1:
            return f"neither lists the namespace of the other in `{ACROSS[0]}`", member
        one, other = silent[0]
        return f"{one.namespace}/{one.name} does not list `{other.namespace}` in `{ACROSS[0]}`", member

    def rest(self, service: Service) -> tuple[str, Service] | None:
        """What else stands against it, and whose."""
        for port in self._taken(service):
            if port in self._ports:
                number, protocol = port
                named = f"{number}/{protocol}" if protocol else f"{number}, and before 1.17 the protocol does not count"
                return f"both have port {named}", self._ports[port]
        first = self.first
        if half_known(service) or half_known(first):
            return None
        if service.local != first.local:
            return "only one of them has `externalTrafficPolicy: Local`", first
        permit = self._permits and all(one.annotations.get(OTHER_PODS) == "true" for one in (service, first))
        if service.local and not permit and (not service.pods or service.pods != first.pods):
            return "with `externalTrafficPolicy: Local` both have to select the same Pods", first
        return None


def _placed(service: Service) -> bool:
    """Whether its namespace is known."""
    return bool(service.spot.resource.namespace) and not is_open(service.namespace)


def _permits(one: Service, other: Service) -> bool:
    return one.namespace == other.namespace or other.namespace in one.across or _welcoming(one)


def _welcoming(service: Service) -> bool:
    """Whether it shares with any namespace, or may: a placeholder can stand for that."""
    return any(name == _ANYBODY or is_open(name) for name in service.across)


def _each(cluster: Cluster) -> Iterator[Service]:
    """Services that LB IPAM handles, each once: what stands twice is one object, of two stages perhaps."""
    seen: set[tuple[str, str]] = set()
    for service in handled(cluster):
        if (service.namespace, service.name) not in seen:
            seen.add((service.namespace, service.name))
            yield service


def address_asked_for_twice(case: Case) -> Iterator[Said]:
    """Two Services ask for one address and cannot share it

    Why: Services share an address only with the same `lbipam.cilium.io/sharing-key`, no port and protocol in common,
    and the same `externalTrafficPolicy`; with Local they have to select the same Pods as well. Across namespaces each
    of them has to list the other's. Otherwise whoever comes second waits without an address.

    Source: Cilium 1.19, operator/pkg/lbipam, isCompatible; the conditions are `already_allocated` and
    `already_allocated_incompatible_service`.

    Bad::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: shop
          annotations:
            lbipam.cilium.io/ips: 10.80.8.150
        spec:
          type: LoadBalancer
          ports:
          - port: 80
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: mail
          namespace: shop
          annotations:
            lbipam.cilium.io/ips: 10.80.8.150
        spec:
          type: LoadBalancer
          ports:
          - port: 25

    Good::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: shop
          annotations:
            lbipam.cilium.io/ips: 10.80.8.150
            lbipam.cilium.io/sharing-key: front
        spec:
          type: LoadBalancer
          ports:
          - port: 80
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: mail
          namespace: shop
          annotations:
            lbipam.cilium.io/ips: 10.80.8.150
            lbipam.cilium.io/sharing-key: front
        spec:
          type: LoadBalancer
          ports:
          - port: 25
    """
    if not any(service.requests for service in case.cluster.services):
        return
    having: dict[Address, _Sharers] = {}
    for service in _each(case.cluster):
        for request in {one.address: one for one in service.requests}.values():
            if request.address is None:
                continue
            sharers = having.get(request.address)
            if sharers is None:
                having[request.address] = _Sharers(service, case.cluster)
                continue
            why = sharers.keys(service)
            clash = (why, sharers.first) if why else sharers.namespaces(service) or sharers.rest(service)
            # Where both have it already, something lets them that is not seen here.
            if clash is None or (request.address in service.assigned and request.address in clash[1].assigned):
                sharers.add(service)
                continue
            message = f"asks for `{request.address}`, as does {called(clash[1])}, and they cannot share it: {clash[0]}"
            yield Said(request.spot, message, request.words)


def key_that_shares_nothing(case: Case) -> Iterator[Said]:
    """A sharing key is given to Services that cannot share

    Why: A Service with a sharing key that asks for no certain address is given that of another one with the same key,
    if the two can share. If not it gets an address of its own, and nothing says so. Told is the first Service of each
    key that cannot.

    Source: Cilium 1.19, operator/pkg/lbipam, satisfyGenericIPv4Requests.

    Bad::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: shop
          annotations:
            lbipam.cilium.io/sharing-key: front
        spec:
          type: LoadBalancer
          ports:
          - port: 443
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: admin
          namespace: shop
          annotations:
            lbipam.cilium.io/sharing-key: front
        spec:
          type: LoadBalancer
          ports:
          - port: 443

    Good::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: shop
          annotations:
            lbipam.cilium.io/sharing-key: front
        spec:
          type: LoadBalancer
          ports:
          - port: 443
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: admin
          namespace: shop
          annotations:
            lbipam.cilium.io/sharing-key: front
        spec:
          type: LoadBalancer
          ports:
          - port: 8443
    """
    every = keyed(case.cluster)
    told: set[tuple[str, str]] = set()
    groups: dict[tuple[str, str], _Sharers] = {}
    for (key, namespace), services in every.items():
        for service in services:
            spot = spot_of(service, SHARING)
            sharers = groups.setdefault((key, namespace), _Sharers(service, case.cluster))
            clash = sharers.rest(service) if sharers.first is not service else None
            for other in service.across if clash is None and _placed(service) else ():
                member = next((one for one in every.get((key, other), ()) if _placed(one)), None)
                if other != namespace and member is not None and not _permits(member, service):
                    name = f"{member.namespace}/{member.name}"
                    clash = f"{name} does not list `{namespace}` in `{ACROSS[0]}`", member
                    break
            if clash is None:
                sharers.add(service)
            elif (key, namespace) not in told:
                told.add((key, namespace))
                message = (
                    f"has the sharing key of {called(clash[1])}, and they cannot share: {clash[0]}; "
                    "this Service gets an address of its own"
                )
                yield Said(spot, message, key)


def keyed(cluster: Cluster, *, asking: bool = False) -> dict[tuple[str, str], list[Service]]:
    """Services with a sharing key by it and their namespace; ``asking`` for those that ask for an address."""
    found: dict[tuple[str, str], list[Service]] = {}
    if any(service.sharing_key for service in cluster.services):
        for service in _each(cluster):
            asks = any(request.address for request in service.requests)
            if service.sharing_key and not is_open(service.sharing_key) and asks is asking:
                found.setdefault((service.sharing_key, service.namespace), []).append(service)
    return found


def spot_of(service: Service, keys: tuple[str, ...]) -> Spot:
    """The annotation that counts."""
    key = next((key for key in keys if key in service.annotations), keys[0])
    return service.notes.at(key)


RULES: Final = (
    Rule("CN124", "error", address_asked_for_twice),
    Rule("CN125", "warning", key_that_shares_nothing),
)
