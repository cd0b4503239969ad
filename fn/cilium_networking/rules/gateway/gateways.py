"""CN8xx: Gateways and Ingresses of Cilium, and the Services that it makes for them.

The Service of a Gateway is among the Services of the model, and every rule about Services judges it. Here is what is
said of the Gateway itself: what never gets as far as its Service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ...fabric import Choosers, Cluster, Selector, Spot, takes
from ...fabric.services import ACROSS, ANNOTATED, ANNOTATIONS, REQUESTED, SHARING
from ...fabric.spot import is_open, words
from ...lossless.edit import Delete, Put
from ..rule import Case, Rule, Said


def not_copied(case: Case) -> Iterator[Said]:
    """What a Gateway says of its address never reaches its Service

    Why: The Service gets the labels and annotations under `spec.infrastructure` only. An address that the Gateway's
    own annotation asks for is never asked for, and the pool or policy that selects by the Gateway's own label does not
    see it: the Gateway gets whatever address comes next, or none.

    Source: Cilium 1.19, operator/pkg/model/translation/gateway-api; cilium/cilium #42994, #25357.

    Bad::

        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata:
          name: web
          namespace: shop
          annotations:
            lbipam.cilium.io/ips: 192.168.1.30
        spec:
          gatewayClassName: cilium
          listeners:
          - name: http
            port: 80
            protocol: HTTP

    Good::

        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata:
          name: web
          namespace: shop
        spec:
          gatewayClassName: cilium
          infrastructure:
            annotations:
              lbipam.cilium.io/ips: 192.168.1.30
          listeners:
          - name: http
            port: 80
            protocol: HTTP
    """
    cluster = case.cluster
    made = {id(service.spot.resource): service for service in cluster.services if service.made_by}
    asking = selectors_of_services(cluster) if made else ()
    selecting = Choosers((selector, (spot, selector)) for spot, selector in asking)
    for gateway in cluster.gateways:
        if not gateway.ours:
            continue
        for key, value in gateway.annotations.items():
            if key in ANNOTATIONS and key not in gateway.infrastructure_annotations:
                path = ("metadata", "annotations", key)
                message = (
                    f"`{key}` does not reach the Service of the Gateway: write it under "
                    "`spec.infrastructure.annotations`"
                )
                fix = (Put(("spec", "infrastructure", "annotations", key), value), Delete(path))
                # What asks for an address there already would lose it to this one.
                asked = gateway.addresses or any(each in gateway.infrastructure_annotations for each in ANNOTATIONS)
                yield Said(gateway.spot.at(*path), message, value, fix=() if asked or is_open(value) else fix)
        service = made.get(id(gateway.spot.resource))
        for key, value in gateway.labels.items() if service is not None else ():
            if service is None or key in gateway.infrastructure_labels or is_open(value):
                continue
            with_it = {**service.labels, key: value}
            for spot, selector in selecting.matching(with_it):
                if takes(selector, service) is False:
                    message = (
                        f"`{key}: {value}` does not reach the Service of the Gateway, and {spot} selects by it: "
                        "write it under `spec.infrastructure.labels`"
                    )
                    yield Said(gateway.spot.at("metadata", "labels", key), message, value, severity="warning")
                    break


def address_that_does_not_count(case: Case) -> Iterator[Said]:
    """An address of a Gateway's spec is not asked for

    Why: Cilium asks for `spec.addresses` since 1.17, and only where `spec.infrastructure.annotations` has no addresses
    of its own. Otherwise they are passed over without a word.

    Source: Cilium documentation, Gateway API, addresses; cilium/cilium #33042, #35536.

    Bad::

        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata:
          name: web
          namespace: shop
        spec:
          gatewayClassName: cilium
          addresses:
          - value: 192.168.1.31
          infrastructure:
            annotations:
              lbipam.cilium.io/ips: 192.168.1.30
          listeners:
          - name: http
            port: 80
            protocol: HTTP

    Good::

        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata:
          name: web
          namespace: shop
        spec:
          gatewayClassName: cilium
          addresses:
          - value: 192.168.1.30
          listeners:
          - name: http
            port: 80
            protocol: HTTP
    """
    cluster = case.cluster
    for gateway in cluster.gateways:
        if not gateway.ours:
            continue
        notes = gateway.infrastructure_annotations
        key = next((key for key in REQUESTED if key in notes), None)
        for asked in gateway.addresses:
            if cluster.minor < (1, 17):
                message = (
                    f"`{asked.words}` counts since Cilium 1.17: before, write `{REQUESTED[1]}` under "
                    "`spec.infrastructure.annotations`"
                )
                if key is None:
                    yield Said(asked.spot, message, asked.words)
            elif (
                key is not None and not is_open(notes[key]) and asked.words not in map(str.strip, notes[key].split(","))
            ):
                message = (
                    f"`{asked.words}` is not asked for, because `{key}` under `spec.infrastructure.annotations` says "
                    f"`{notes[key]}`: leave one of the two"
                )
                yield Said(asked.spot, message, asked.words)


def no_such_annotation(case: Case) -> Iterator[Said]:
    """An annotation looks like one of LB IPAM's and is none

    Why: LB IPAM reads `lbipam.cilium.io/ips`, `sharing-key` and `sharing-cross-namespace`, and their old spellings;
    from 1.20 on also `sharing-permit-different-pods`.
    There is none that chooses a pool: a pool chooses Services, by their labels. Anything else is passed over, and the
    Service gets an address of any pool that takes it.

    Source: Cilium 1.19, pkg/annotation/k8s.go; cilium/cilium #45327 asks for such an annotation.

    Bad::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: shop
          annotations:
            io.cilium/lb-ipam-pool: lan
        spec:
          type: LoadBalancer
          ports:
          - port: 80

    Good::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: shop
          labels:
            pool: lan
        spec:
          type: LoadBalancer
          ports:
          - port: 80
    """
    cluster = case.cluster
    asked = {each.key for _, selector in selectors_of_services(cluster) for each in selector.requirements}
    for service in cluster.services:
        if service.made_by == "Ingresses":
            continue  # its annotations are values, below
        for key in _unknown(service.annotations, cluster):
            if service.made_by or key not in asked:  # where something selects by it, another rule says so
                yield Said(service.notes.at(key), _no_annotation(key, cluster), key)
    for values in cluster.values:
        for section in (("ingressController",), ("clustermesh", "apiserver")):
            keys = (*section, "service", "annotations")
            for key in _unknown(words(values.data, *keys), cluster):
                yield Said(values.spot, _no_annotation(key, cluster), key, values=values, keys=(*keys, key))


def _unknown(annotations: Mapping[str, str], cluster: Cluster) -> list[str]:
    ours = (key for key in annotations if key.startswith(ANNOTATED))
    return [key for key in ours if key not in ANNOTATIONS or ANNOTATIONS[key] > cluster.minor]


def _no_annotation(key: str, cluster: Cluster) -> str:
    if key in ANNOTATIONS:
        since, here = (".".join(map(str, one)) for one in (ANNOTATIONS[key], cluster.minor))
        return f"`{key}` is read by Cilium from {since} on, and not by {here}: take it off, or say another release"
    if key.endswith("pool"):
        return f"`{key}` is no annotation of Cilium's: give the Service a label that the pool selects by"
    return f"`{key}` is no annotation of Cilium's, which knows `{REQUESTED[0]}`, `{SHARING[0]}` and `{ACROSS[0]}`"


def selectors_of_services(cluster: Cluster) -> Iterator[tuple[Spot, Selector]]:
    """Whatever selects Services by their labels."""
    found: list[tuple[Spot, Selector | None]] = [(pool.spot, pool.selector) for pool in cluster.pools]
    found += [(policy.spot, policy.services) for policy in cluster.l2_policies]
    found += [(one.spot, advert.selector) for one in cluster.advertisements for advert in one.adverts]
    return ((spot, selector) for spot, selector in found if selector is not None and not selector.open)


RULES: Final = (
    Rule("CN801", "error", not_copied),
    Rule("CN802", "warning", address_that_does_not_count),
    Rule("CN803", "warning", no_such_annotation),
)
