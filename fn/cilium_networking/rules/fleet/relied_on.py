"""CN6xx: addresses that a Gateway or the mesh relies on, in pools that are there for everybody."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Union

from ...addressing import Address, Range, Spans, parse_address
from ...fabric import Spot
from ...fabric.services import REQUESTED
from ...fabric.spot import members
from ..addresses.pools import serves_anybody
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...fabric import Block, Pool, Values

#: The address, who asks for it, where, and under which keys of Helm values if it is there.
Wish = tuple[Address, str, Spot, Union["tuple[Values, tuple[str, ...]]", None]]


def first_come(case: Case) -> Iterator[Said]:
    """The address of the mesh or of a Gateway may be given to any Service

    Why: A pool without a selector gives its lowest free address to whichever Service comes first. Where that is the
    address that a Gateway or the mesh's API server asks for, one Service that is made before it, on the day that a
    cluster is built, takes the address, and the one that wants it stays without. A pool of its own with a selector, or
    a range that begins behind the address, leaves nothing to chance.

    Source: Cilium 1.19, operator/pkg/lbipam and pkg/ipalloc (the lowest address of the smallest free block).

    Bad::

        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata:
          name: cilium
          namespace: kube-system
        spec:
          chart:
            spec:
              chart: cilium
          values:
            cluster: {name: infra, id: 1}
            clustermesh:
              useAPIServer: true
              apiserver:
                service:
                  type: LoadBalancer
                  annotations:
                    lbipam.cilium.io/ips: 10.25.11.100
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: infra
        spec:
          blocks:
          - start: 10.25.11.100
            stop: 10.25.11.119

    Good::

        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata:
          name: cilium
          namespace: kube-system
        spec:
          chart:
            spec:
              chart: cilium
          values:
            cluster: {name: infra, id: 1}
            clustermesh:
              useAPIServer: true
              apiserver:
                service:
                  type: LoadBalancer
                  annotations:
                    lbipam.cilium.io/ips: 10.25.11.100
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: mesh
        spec:
          blocks:
          - start: 10.25.11.100
          serviceSelector:
            matchLabels:
              io.kubernetes.service.name: clustermesh-apiserver
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: infra
        spec:
          blocks:
          - start: 10.25.11.101
            stop: 10.25.11.119
          serviceSelector:
            matchExpressions:
            - key: io.kubernetes.service.name
              operator: NotIn
              values: [clustermesh-apiserver]
    """
    wishes = list(_wishes(case))
    if not wishes:
        return
    taken = case.cluster.inventory.taken if case.cluster.inventory else ()
    reserved = Spans((one.range, one) for one in taken)
    open_ = Spans((block.range, (i, pool)) for i, (pool, block) in enumerate(_open_to_all(case)) if block.range)
    asked = {address for address, _, _, _ in wishes}
    asked |= {one.address for each in case.cluster.services for one in each.requests if one.address is not None}
    ordered = sorted((address.family, address.value) for address in asked)
    generic = sum(
        1 for each in case.cluster.services if not (each.requests or each.load_balancer_class or each.made_by)
    )
    for address, what, spot, at in wishes:
        if reserved.holding(address) is not None:
            continue  # what the inventory reserves is another rule's
        for (_, pool), first in sorted(
            ((owner, span.first.value) for span, owner in open_.every(Range(address, address))),
            key=lambda each: each[0][0],
        ):
            before = address.value - first
            before -= bisect_left(ordered, (address.family, address.value)) - bisect_left(
                ordered, (address.family, first)
            )
            message = f"{what} asks for {address}, which {pool.spot} may give to any Service"
            if before <= generic:
                message += " that comes before it: keep the address for it, by a pool with a selector"
            else:
                message += f" when {before} others have one: a pool with a selector would keep it"
            values, keys = at if at is not None else (None, ())
            yield Said(
                spot, message, str(address), severity=None if before <= generic else "info", values=values, keys=keys
            )


def _open_to_all(case: Case) -> Iterator[tuple[Pool, Block]]:
    for pool in case.cluster.pools:
        if pool.disabled is not True and serves_anybody(pool):
            for block in pool.blocks:
                yield pool, block


def _wishes(case: Case) -> Iterator[Wish]:
    """The addresses that the mesh's API server and the Gateways ask for, with Flux's variables put in."""
    flux = case.cluster.flux
    service = ("clustermesh", "apiserver", "service")
    for values in case.cluster.values:
        for keys in ((*service, "loadBalancerIP"), *((*service, "annotations", name) for name in REQUESTED)):
            said = values.get(*keys)
            address = _address(flux.resolve(said, values.spot.resource)) if isinstance(said, str) else None
            if address is not None:
                yield address, "the mesh's API server", values.spot, (values, keys)
    for gateway in case.cluster.gateways:
        if not gateway.ours:
            continue
        notes = gateway.infrastructure_annotations
        key = next((name for name in REQUESTED if name in notes), None)
        if key is not None:
            asked = flux.resolve(notes[key], gateway.spot.resource)
            at = gateway.spot.at("spec", "infrastructure", "annotations", key)
            for each_said in (asked or "").split(","):
                address = _address(each_said)
                if address is not None:
                    yield address, f"Gateway {gateway.name}", at, None
            continue  # `spec.addresses` does not count beside it
        for i, each in members(gateway.spot.resource.fragment.data(), "spec", "addresses"):
            said = each.get("value")
            address = _address(flux.resolve(said, gateway.spot.resource)) if isinstance(said, str) else None
            if address is not None:
                yield address, f"Gateway {gateway.name}", gateway.spot.at("spec", "addresses", i, "value"), None
    for one in case.cluster.services:
        if one.name == "clustermesh-apiserver" and one.made_by == "":
            for request in one.requests:
                if request.address is not None:
                    yield request.address, "the mesh's API server", request.spot, None


def _address(said: str | None) -> Address | None:
    found = parse_address(said.strip()) if said is not None else None
    return found if isinstance(found, Address) else None


RULES: Final = (Rule("CN610", "warning", first_come),)
