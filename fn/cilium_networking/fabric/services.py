"""What asks for an address: Services of type LoadBalancer, and those that Cilium makes for Gateways.

Left out: the Services of Ingresses (:mod:`.ingresses`).

Source: Cilium 1.19, operator/pkg/lbipam/lbipam.go and pkg/annotation/k8s.go; Gateways, operator/pkg/model/translation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..addressing import Address, Wrong, parse_address
from ..records import dataclass
from ..resources import Resource
from .spot import Spot, below, is_open, members, number, text, texts, words

#: New and old key of each annotation, of which the first that stands there counts (pkg/annotation/k8s.go).
REQUESTED: Final = ("lbipam.cilium.io/ips", "io.cilium/lb-ipam-ips")
SHARING: Final = ("lbipam.cilium.io/sharing-key", "io.cilium/lb-ipam-sharing-key")
ACROSS: Final = ("lbipam.cilium.io/sharing-cross-namespace", "io.cilium/lb-ipam-sharing-cross-namespace")
#: Lets Services with different Pods share under `Local`; has one key only (cilium/cilium #45819).
OTHER_PODS: Final = "lbipam.cilium.io/sharing-permit-different-pods"
#: Every annotation that LB IPAM reads, with the first release that does, where that is not the first of all.
ANNOTATIONS: Final = {**dict.fromkeys((*REQUESTED, *SHARING, *ACROSS), (0, 0)), OTHER_PODS: (1, 20)}
#: What the keys of all of them begin with.
ANNOTATED: Final = ("lbipam.cilium.io/", "io.cilium/lb-ipam")
#: Labels that every Service has for a selector, whatever its own are.
NAME_LABEL: Final = "io.kubernetes.service.name"
NAMESPACE_LABEL: Final = "io.kubernetes.service.namespace"
BGP_CLASS: Final = "io.cilium/bgp-control-plane"
L2_CLASS: Final = "io.cilium/l2-announcer"
NODE_CLASS: Final = "io.cilium/node"


@dataclass(frozen=True, slots=True)
class Request:
    """One address that a Service asks for; ``wrong`` where Cilium drops the entry, with no more than a log line."""

    spot: Spot
    words: str
    address: Address | None
    wrong: Wrong | None


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a Service. ``target`` is a number, a port's name, or ``None`` for the same number."""

    spot: Spot
    number: int | None
    protocol: str
    target: int | str | None


@dataclass(frozen=True, slots=True)
class Service:
    """A Service of type LoadBalancer, or one that Cilium is going to make (``made_by``)."""

    spot: Spot
    name: str
    namespace: str
    #: With the two that Cilium adds, as pools, policies and advertisements see them.
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    load_balancer_class: str | None
    #: ``IPv4``, ``IPv6``; empty where the cluster decides.
    families: tuple[str, ...]
    policy: str
    requests: tuple[Request, ...]
    sharing_key: str | None
    across: tuple[str, ...]
    ports: tuple[Port, ...]
    local: bool
    #: Labels of the Pods behind it.
    pods: Mapping[str, str]
    external_ips: tuple[str, ...]
    #: What the cluster has given it, where the input is of a cluster.
    assigned: tuple[Address, ...]
    #: What Cilium makes it for: a ``Gateway``, an ``Ingress``, all ``Ingresses`` that share it, or nothing.
    made_by: str = ""

    @property
    def notes(self) -> Spot:
        """Where its annotations stand."""
        return self.spot.at(*_NOTES.get(self.made_by, ("metadata",)), "annotations")


_NOTES: Final = {"Gateway": ("spec", "infrastructure"), "Ingresses": ("ingressController", "service")}


def read_service(resource: Resource, data: Any) -> Service | None:
    """``None`` for a Service of another type."""
    if below(data, "spec", "type") != "LoadBalancer":
        return None
    spot = Spot(resource)
    namespace = resource.namespace or "default"
    annotations = words(data, "metadata", "annotations")
    labels = words(data, "metadata", "labels")
    across = annotation(annotations, ACROSS)
    given = (
        parse_address(one["ip"]) for _, one in members(data, "status", "loadBalancer", "ingress") if text(one, "ip")
    )
    return Service(
        spot=spot,
        name=resource.name,
        namespace=namespace,
        labels={**labels, NAME_LABEL: resource.name, NAMESPACE_LABEL: namespace},
        annotations=annotations,
        load_balancer_class=text(data, "spec", "loadBalancerClass"),
        families=texts(data, "spec", "ipFamilies") or (),
        policy=text(data, "spec", "ipFamilyPolicy") or "SingleStack",
        requests=_requests(spot, data, annotations),
        sharing_key=annotation(annotations, SHARING),
        across=tuple(across.split(",")) if across else (),
        ports=tuple(
            Port(
                spot.at("spec", "ports", i),
                number(port, "port"),
                text(port, "protocol") or "TCP",
                port.get("targetPort"),
            )
            for i, port in members(data, "spec", "ports")
        ),
        local=below(data, "spec", "externalTrafficPolicy") == "Local",
        pods=words(data, "spec", "selector"),
        external_ips=texts(data, "spec", "externalIPs") or (),
        assigned=tuple(one for one in given if isinstance(one, Address)),
    )


def annotation(annotations: Mapping[str, str], keys: tuple[str, ...]) -> str | None:
    """The value under the new key, else the old one: a new one that is empty still hides the old."""
    return next((annotations[key] for key in keys if key in annotations), None)


def _requests(spot: Spot, data: Any, annotations: Mapping[str, str]) -> tuple[Request, ...]:
    """What a Service asks for, in Cilium's order: the field first, then the annotation's entries."""
    field = requested_by_field(spot.at("spec"), text(data, "spec", "loadBalancerIP"))
    return (*field, *requested(spot.at("metadata", "annotations"), annotations))


def requested_by_field(spot: Spot, said: str | None) -> tuple[Request, ...]:
    """What ``loadBalancerIP`` asks for."""
    return (_request(spot.at("loadBalancerIP"), said),) if said else ()


def requested(spot: Spot, annotations: Mapping[str, str]) -> tuple[Request, ...]:
    """What the annotation asks for that counts."""
    key = next((key for key in REQUESTED if key in annotations), None)
    if key is None or is_open(annotations[key]):
        return ()
    return tuple(_request(spot.at(key), each.strip()) for each in annotations[key].split(","))


def _request(spot: Spot, said: str) -> Request:
    found = parse_address(said)
    wrong = found if isinstance(found, Wrong) else None
    return Request(spot, said, None if isinstance(found, Wrong) else found, wrong)


@dataclass(frozen=True, slots=True)
class Gateway:
    """A Gateway; only ``spec.infrastructure`` reaches the Service that is made for it."""

    spot: Spot
    name: str
    namespace: str
    class_name: str | None
    #: The Gateway's own, which the Service does not get.
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    infrastructure_labels: Mapping[str, str]
    infrastructure_annotations: Mapping[str, str]
    addresses: tuple[Request, ...]
    #: One a number and protocol, in the order of the listeners.
    ports: tuple[Port, ...]
    #: Whether parameters, its own or its class's, decide about type, class and traffic policy of its Service.
    parameters: bool
    #: Whether its class is Cilium's, as far as the input shows: whoever reads one alone cannot know.
    ours: bool = False


def read_gateway(resource: Resource, data: Any) -> Gateway:
    spot = Spot(resource)
    return Gateway(
        spot=spot,
        name=resource.name,
        namespace=resource.namespace or "default",
        class_name=text(data, "spec", "gatewayClassName"),
        labels=words(data, "metadata", "labels"),
        annotations=words(data, "metadata", "annotations"),
        infrastructure_labels=words(data, "spec", "infrastructure", "labels"),
        infrastructure_annotations=words(data, "spec", "infrastructure", "annotations"),
        addresses=tuple(
            _request(spot.at("spec", "addresses", i, "value"), value)
            for i, each in members(data, "spec", "addresses")
            if below(each, "type") in (None, "IPAddress") and (value := text(each, "value")) is not None
        ),
        ports=_listened(spot, data),
        parameters=below(data, "spec", "infrastructure", "parametersRef") is not None,
    )


def _listened(spot: Spot, data: Any) -> tuple[Port, ...]:
    found: dict[tuple[int, str], Port] = {}
    for i, listener in members(data, "spec", "listeners"):
        port = number(listener, "port")
        if port is not None:
            protocol = "UDP" if text(listener, "protocol") == "UDP" else "TCP"
            found.setdefault((port, protocol), Port(spot.at("spec", "listeners", i, "port"), port, protocol, None))
    return tuple(found.values())


#: The class that Cilium's chart makes, and who makes Services for the Gateways of a class.
GATEWAY_CLASS: Final = "cilium"
GATEWAY_CONTROLLER: Final = "io.cilium/gateway-controller"
#: The longest name of a Service; a Gateway's is cut and given a hash.
LONGEST: Final = 63


def service_of(gateway: Gateway, release: tuple[int, int], *, local: bool) -> Service | None:
    """The Service that Cilium makes for a Gateway of its own, ``None`` where nobody knows how it is called.

    Source: Cilium 1.19, operator/pkg/model/translation/gateway-api/translator.go. Families are left to the cluster.
    ``spec.addresses`` counts since 1.17, and not beside the annotation.
    """
    name = f"cilium-gateway-{gateway.name}"
    if len(name) > LONGEST or is_open(name):
        return None
    annotations = gateway.infrastructure_annotations
    requests = requested(gateway.spot.at("spec", "infrastructure", "annotations"), annotations)
    if not any(key in annotations for key in REQUESTED) and release >= (1, 17):
        requests = gateway.addresses
    across = annotation(annotations, ACROSS)
    return Service(
        spot=gateway.spot,
        name=name,
        namespace=gateway.namespace,
        labels={
            "gateway.networking.k8s.io/gateway-name": gateway.name,
            "io.cilium.gateway/owning-gateway": gateway.name,
            **gateway.infrastructure_labels,
            NAME_LABEL: name,
            NAMESPACE_LABEL: gateway.namespace,
        },
        annotations=annotations,
        load_balancer_class=None,
        families=(),
        policy="SingleStack",
        requests=requests,
        sharing_key=annotation(annotations, SHARING),
        across=tuple(across.split(",")) if across else (),
        ports=gateway.ports,
        local=local,
        pods={},
        external_ips=(),
        assigned=(),
        made_by="Gateway",
    )
