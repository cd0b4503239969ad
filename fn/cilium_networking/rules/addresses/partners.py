"""CN126 and CN127: with whom a Service shares, said so that Cilium does something else than is meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...fabric.services import ACROSS, SHARING
from ...fabric.spot import is_open
from ...lossless.edit import SetText
from ..rule import Case, Rule, Said
from .requests import called
from .sharing import keyed, spot_of

if TYPE_CHECKING:
    from ...fabric import Service
    from ...lossless.edit import Edit


def blank_in_namespaces(case: Case) -> Iterator[Said]:
    """A list of namespaces has blanks

    Why: Cilium splits the list at its commas and at nothing else: after `"shop, mail"` it looks for a namespace whose
    name begins with a blank. Requested addresses are trimmed, these names are not.

    Source: Cilium 1.19, operator/pkg/lbipam, getSVCSharingCrossNamespace.

    Bad::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: front
          annotations:
            lbipam.cilium.io/sharing-key: front
            lbipam.cilium.io/sharing-cross-namespace: shop, mail
        spec:
          type: LoadBalancer
          ports:
          - port: 443

    Good::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: front
          annotations:
            lbipam.cilium.io/sharing-key: front
            lbipam.cilium.io/sharing-cross-namespace: shop,mail
        spec:
          type: LoadBalancer
          ports:
          - port: 443
    """
    for service in case.cluster.services:
        tidy = tuple(name.strip() for name in service.across)
        if tidy == service.across or any(map(is_open, service.across)):
            continue
        spot = spot_of(service, ACROSS)
        said, right = ",".join(service.across), ",".join(tidy)
        lost = next(name for name in service.across if name != name.strip())
        message = f"Cilium does not trim `{lost}`, and there is no namespace of that name: write `{right}`"
        fix: tuple[Edit, ...] = (SetText(spot.path, right),)
        yield Said(spot, message, said, right, fix)


def one_of_several(case: Case) -> Iterator[Said]:
    """A Service shares with one that has several addresses, and gets one of them

    Why: By its sharing key a Service that asks for nothing is given one address a family, also where the Service that
    it shares with asked for more. The others stay with that one alone, unless this one asks for each of them too.

    Source: Cilium 1.19, operator/pkg/lbipam, satisfyGenericIPv4Requests; cilium/cilium #41947.

    Bad::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: shop
          annotations:
            lbipam.cilium.io/sharing-key: front
            lbipam.cilium.io/ips: 10.80.8.150,10.80.8.151
        spec:
          type: LoadBalancer
          ports:
          - port: 443
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: mail
          namespace: shop
          annotations:
            lbipam.cilium.io/sharing-key: front
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
            lbipam.cilium.io/sharing-key: front
            lbipam.cilium.io/ips: 10.80.8.150,10.80.8.151
        spec:
          type: LoadBalancer
          ports:
          - port: 443
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: mail
          namespace: shop
          annotations:
            lbipam.cilium.io/sharing-key: front
            lbipam.cilium.io/ips: 10.80.8.150,10.80.8.151
        spec:
          type: LoadBalancer
          ports:
          - port: 25
    """
    owners = keyed(case.cluster, asking=True)
    if not owners:
        return
    several = {place: found for place, services in owners.items() if (found := _with_several(services)) is not None}
    for place, services in keyed(case.cluster).items() if several else ():
        if place not in several:
            continue
        owner, family, count = several[place]
        for service in services:
            message = (
                f"gets one of the {count} IPv{family} addresses of {called(owner)}, whose sharing key it has: "
                "ask for each that it needs"
            )
            yield Said(spot_of(service, SHARING), message, place[0])


def _with_several(services: list[Service]) -> tuple[Service, int, int] | None:
    """A Service that asks for more than one address of a family."""
    for service in services:
        addresses = {request.address for request in service.requests if request.address is not None}
        for family in (4, 6):
            count = sum(address.family == family for address in addresses)
            if count > 1:
                return service, family, count
    return None


RULES: Final = (
    Rule("CN126", "error", blank_in_namespaces),
    Rule("CN127", "warning", one_of_several),
)
