"""The Services that Cilium makes for its Ingresses: one for each in mode `dedicated`, one for all in mode `shared`.

Promises: a Service is made only where the input shows that there will be one. An Ingress with an annotation for its
mode says so itself, without one the chart's values decide, and those say too what of an Ingress is passed on.

Left out: the shared Service in mode `dedicated`, which the chart makes all the same and nobody is sent to.

Source: Cilium 1.19, operator/pkg/ingress/ingress_reconcile.go, operator/pkg/model/translation/ingress, and the chart's
templates/cilium-ingress-service.yaml; prefixes with those of LB IPAM since 1.16 (cilium/cilium #30487).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from .helm import Values
from .services import (
    ACROSS,
    LONGEST,
    NAME_LABEL,
    NAMESPACE_LABEL,
    SHARING,
    Port,
    Service,
    annotation,
    requested,
    requested_by_field,
)
from .spot import Spot, is_open, text, words

if TYPE_CHECKING:
    from .cluster import Object

#: The class that the chart makes; no other is Cilium's (operator/pkg/ingress/helpers.go).
CLASS: Final = "cilium"
_OLD_CLASS: Final = "kubernetes.io/ingress.class"
_PREFIX: Final = "ingress.cilium.io/"
_OLD_PREFIX: Final = "io.cilium.ingress/"
#: What of an Ingress's labels and annotations reaches its Service, where nobody says otherwise.
_COPIED: Final = ("service.beta.kubernetes.io", "service.kubernetes.io", "cloud.google.com")
_COPIED_SINCE_1_16: Final = ("lbipam.cilium.io", "nodeipam.cilium.io")
#: What every such Service has.
_LABEL: Final = {"cilium.io/ingress": "true"}
_HTTP: Final = 80
_HTTPS: Final = 443


def of_ingresses(ingresses: Iterable[Object], chart: Sequence[Values], release: tuple[int, int]) -> Iterator[Service]:
    """The Services of all Ingresses of Cilium's class."""
    if _said(chart, "enabled") is False or _said(chart, "hostNetwork", "enabled") is True:
        return
    whole = len(chart) == 1 and not chart[0].partial
    if whole and _said(chart, "enabled") is not True:
        return
    mode = _said(chart, "loadbalancerMode") or ("dedicated" if whole else None)
    copied = copied_prefixes(chart, release)
    for each in ingresses if copied is not None else ():
        if is_ours(each) and (own_mode(each) or mode) == "dedicated":
            said = words(each.data, "metadata", "annotations")
            service = _dedicated(each, said, copied or (), release)
            if service is not None:
                yield service
    kind = _said(chart, "service", "type") or "LoadBalancer"
    if mode == "shared" and kind == "LoadBalancer" and _said(chart, "enabled") is True:
        yield _shared([values for values in chart if values.get("ingressController") is not None][-1])


def copied_prefixes(chart: Sequence[Values], release: tuple[int, int]) -> tuple[str, ...] | None:
    """What labels and annotations begin with that reach a dedicated Service; ``None`` where nobody knows from here."""
    said = _said(chart, "ingressLBAnnotationPrefixes")
    if isinstance(said, list):
        return tuple(each for each in said if isinstance(each, str))
    if said is not None or len(chart) != 1 or chart[0].partial:
        return None
    return (*_COPIED, *(_COPIED_SINCE_1_16 if release >= (1, 16) else ()))


def is_ours(ingress: Object) -> bool:
    """Whether an Ingress is of Cilium's class; the old annotation wins."""
    old = words(ingress.data, "metadata", "annotations").get(_OLD_CLASS)
    return (old or text(ingress.data, "spec", "ingressClassName")) == CLASS


def own_mode(ingress: Object) -> str | None:
    """The mode that an Ingress asks for itself."""
    own = _own(words(ingress.data, "metadata", "annotations"), "loadbalancer-mode")
    return own if own in ("dedicated", "shared") else None


def _said(chart: Iterable[Values], *keys: str) -> Any:
    """What the values say of Ingresses; nothing where two of them differ, or a placeholder stands."""
    found = [value for values in chart if (value := values.get("ingressController", *keys)) is not None]
    return found[0] if found and all(value == found[0] for value in found) and not is_open(found[0]) else None


def _own(said: Mapping[str, str], name: str) -> str | None:
    return annotation(said, (_PREFIX + name, _OLD_PREFIX + name))


def _dedicated(
    one: Object, said: Mapping[str, str], copied: tuple[str, ...], release: tuple[int, int]
) -> Service | None:
    """The Service of one Ingress, ``None`` where it is of another type, or nobody knows how it is called."""
    name = f"cilium-ingress-{one.name}"
    if len(name) > LONGEST or is_open(name) or _own(said, "service-type") not in (None, "LoadBalancer"):
        return None
    namespace = one.namespace or "default"
    annotations = {key: value for key, value in said.items() if key.startswith(copied)}
    labels = {key: value for key, value in words(one.data, "metadata", "labels").items() if key.startswith(copied)}
    ports = (_HTTPS,) if _own(said, "tls-passthrough") in ("enabled", "true") else (_HTTP, _HTTPS)
    return _service(
        one.spot, name, namespace, labels, annotations, "Ingress",
        load_balancer_class=_own(said, "loadbalancer-class"),
        policy="PreferDualStack" if release >= (1, 19) else "SingleStack",
        requests=requested(one.spot.at("metadata", "annotations"), annotations),
        ports=tuple(Port(one.spot, number, "TCP", None) for number in ports),
        local=_own(said, "service-external-traffic-policy") == "Local",
    )  # fmt: skip


def _shared(values: Values) -> Service:
    """The one Service of all Ingresses, which the chart makes of its values."""
    data = values.data
    here = ("ingressController", "service")
    annotations = words(data, *here, "annotations")
    resource = values.spot.resource
    namespace = text(resource.fragment.data(), "spec", "targetNamespace") or resource.namespace or "kube-system"
    spot = values.spot.at(*here)
    return _service(
        values.spot, text(data, *here, "name") or "cilium-ingress", namespace,
        {"app.kubernetes.io/part-of": "cilium", **words(data, *here, "labels")}, annotations, "Ingresses",
        load_balancer_class=text(data, *here, "loadBalancerClass"),
        policy="SingleStack",
        requests=(
            *requested_by_field(spot, text(data, *here, "loadBalancerIP")),
            *requested(spot.at("annotations"), annotations),
        ),
        ports=(Port(values.spot, _HTTP, "TCP", None), Port(values.spot, _HTTPS, "TCP", None)),
        local=values.get(*here, "externalTrafficPolicy") == "Local",
    )  # fmt: skip


def _service(
    spot: Spot, name: str, namespace: str, labels: Mapping[str, str], annotations: Mapping[str, str], made_by: str,
    **more: Any,
) -> Service:  # fmt: skip
    across = annotation(annotations, ACROSS)
    return Service(
        spot=spot, name=name, namespace=namespace,
        labels={**labels, **_LABEL, NAME_LABEL: name, NAMESPACE_LABEL: namespace},
        annotations=annotations, families=(),
        sharing_key=annotation(annotations, SHARING), across=tuple(across.split(",")) if across else (),
        pods={}, external_ips=(), assigned=(), made_by=made_by, **more,
    )  # fmt: skip
