"""CN805: what an Ingress of Cilium says and its Service never hears."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...fabric import takes
from ...fabric.ingresses import copied_prefixes, is_ours, own_mode
from ...fabric.services import ACROSS, ANNOTATIONS, REQUESTED, SHARING
from ...fabric.spot import is_open, words
from ...lossless.edit import Delete, Put
from ..rule import Case, Rule, Said
from .gateways import selectors_of_services

if TYPE_CHECKING:
    from ...fabric import Object, Service

#: Of each annotation the key that is copied since 1.16.
_NEW: Final = {old: new for new, old in (REQUESTED, SHARING, ACROSS)}
_PREFIXES: Final = "ingressController.ingressLBAnnotationPrefixes"


def not_passed_on(case: Case) -> Iterator[Said]:
    """What an Ingress says of its address never reaches its Service

    Why: In mode `dedicated` the Service of an Ingress gets those labels and annotations that begin with one of the
    prefixes of `ingressController.ingressLBAnnotationPrefixes`: `lbipam.cilium.io` is one since 1.16, `io.cilium` is
    none, and neither are labels of your own. In mode `shared` one Service serves all Ingresses, and gets what the
    chart's values say. The address is then whichever comes next.

    Source: Cilium 1.19, operator/pkg/ingress/ingress_reconcile.go; cilium/cilium #28576, #30487.

    Bad::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            kubeProxyReplacement: true
            k8sServiceHost: localhost
            k8sServicePort: 6443
            ingressController:
              enabled: true
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata:
          name: web
          namespace: shop
          annotations:
            io.cilium/lb-ipam-ips: 192.168.1.30
        spec:
          ingressClassName: cilium
          defaultBackend:
            service:
              name: web
              port:
                number: 80

    Good::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            kubeProxyReplacement: true
            k8sServiceHost: localhost
            k8sServicePort: 6443
            ingressController:
              enabled: true
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata:
          name: web
          namespace: shop
          annotations:
            lbipam.cilium.io/ips: 192.168.1.30
        spec:
          ingressClassName: cilium
          defaultBackend:
            service:
              name: web
              port:
                number: 80
    """
    made = {id(one.spot.resource): one for one in case.cluster.services if one.made_by == "Ingress"}
    shared = next((one for one in case.cluster.services if one.made_by == "Ingresses"), None)
    if not made and shared is None:
        return
    for ingress in case.cluster.of("Ingress"):
        service = made.get(id(ingress.spot.resource))
        if service is not None:
            yield from _unheard(case, ingress, service)
        elif shared is not None and is_ours(ingress) and own_mode(ingress) != "dedicated":
            for key, value in words(ingress.data, "metadata", "annotations").items():
                if key in ANNOTATIONS:
                    message = (
                        f"`{key}` does not reach the Service that all Ingresses share ({shared.spot}): say it under "
                        "`ingressController.service.annotations`"
                    )
                    yield Said(ingress.spot.at("metadata", "annotations", key), message, value)


def _unheard(case: Case, ingress: Object, service: Service) -> Iterator[Said]:
    annotations = words(ingress.data, "metadata", "annotations")
    copied = copied_prefixes(case.cluster.values, case.cluster.minor) or ()
    for key, value in annotations.items():
        if key not in ANNOTATIONS or key in service.annotations:
            continue
        path = ("metadata", "annotations", key)
        new = _NEW.get(key)
        if new is not None and new not in annotations and new.startswith(copied):
            fix = () if is_open(value) else (Put((*path[:2], new), value), Delete(path))
            message = f"`{key}` does not reach the Service of this Ingress: write it as `{new}`"
            yield Said(ingress.spot.at(*path), message, value, fix=fix)
        else:
            message = f"`{key}` does not reach the Service of this Ingress: its prefix is none of `{_PREFIXES}`"
            yield Said(ingress.spot.at(*path), message, value)
    for key, value in words(ingress.data, "metadata", "labels").items():
        if key in service.labels or is_open(value):
            continue
        with_it = {**service.labels, key: value}
        for spot, selector in selectors_of_services(case.cluster):
            if takes(selector, service) is False and selector.matches(with_it):
                message = (
                    f"`{key}: {value}` does not reach the Service of this Ingress, and {spot} selects by it: add the "
                    f"label's prefix to `{_PREFIXES}`"
                )
                yield Said(ingress.spot.at("metadata", "labels", key), message, value)
                break


RULES: Final = (Rule("CN805", "warning", not_passed_on),)
