"""Every flat setting, declared once: parsing, the docs and the packages' setters.yaml all come from this table.

The names and shipped values of the first thirteen are those of the package that ours descends from. Site values are
only ever *shipped* in a setters.yaml; a *default* is what generation takes where a setting is not given, and there is
one only where every site can live with it. ``verb`` and ``adopt`` are words to the function and no settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ..addressing import parse_cidr
from ..records import dataclass
from .selectors import label_key, label_selector
from .values import (
    MESH_SIZES,
    Parser,
    address,
    asn,
    boolean,
    cluster_name,
    integer,
    interface,
    object_name,
    one_of,
    place,
    release,
)

LB_POOL: Final = "lb-pool"
VIP_POOL: Final = "vip-pool"
L2: Final = "l2"
BGP: Final = "bgp"

VERBS: Final = ("render", "validate", "migrate")
#: Words of a flat config that speak to the function.
RESERVED: Final[Mapping[str, Parser]] = MappingProxyType({"verb": one_of(*VERBS), "adopt": boolean})


@dataclass(frozen=True, slots=True)
class Declaration:
    """One setting."""

    name: str
    #: What a value is, in a word or two.
    type: str
    parse: Parser
    #: The feature that asking for it asks for; ``None`` when it only shapes what others ask for.
    feature: str | None
    doc: str
    example: str
    #: Whether the feature cannot be generated without it.
    required: bool = False
    #: What generation takes when it is not given, and how a page says so.
    default: str | None = None
    #: Its value in a setters.yaml; ``None`` prints it commented out, with the example.
    shipped: str | None = None
    #: Whether a later tool may fill it in: ``${NAME}`` is then a value.
    placeholder: bool = False
    #: Whether its value switches the feature off.
    switch: bool = False


_SECONDS: Final = "seconds"
_PLACE: Final = "number or address"

DECLARATIONS: Final[tuple[Declaration, ...]] = (
    Declaration(
        "cluster-name", "name", cluster_name, None,
        "The cluster's name in reports; compared with `cluster.name` of the CNI's values.",
        "bioskop-cluster", shipped="bioskop-cluster",
    ),
    Declaration(
        "cluster-id", "number", integer(0, MESH_SIZES[-1]), None,
        "The cluster's id, 0 outside of a mesh; compared with `cluster.id` of the CNI's values.",
        "15", shipped="15",
    ),
    Declaration(
        "lb-pool-cidr", "network", parse_cidr, LB_POOL,
        "Network of the pool `load-balancers`, which serves every Service that asks for no other pool.",
        "10.80.8.128/26", required=True, shipped="10.80.8.128/26",
    ),
    Declaration(
        "lb-pool-min", _PLACE, place, LB_POOL,
        "First address of `load-balancers`: the last octet in a /24 or longer, else the distance from the "
        "network's first address, or a whole address. Not given: the first usable one.",
        "129", shipped="129",
    ),
    Declaration(
        "lb-pool-max", _PLACE, place, LB_POOL,
        "Last address of `load-balancers`, in the same words. Not given: the last usable one.",
        "190", shipped="190",
    ),
    Declaration(
        "vip-pool-cidr", "network", parse_cidr, VIP_POOL,
        "Network of the pool `virtual-addresses`, which serves only Services that ask for it with the pool label.",
        "10.80.15.0/24", required=True, shipped="10.80.15.0/24",
    ),
    Declaration(
        "vip-pool-min", _PLACE, place, VIP_POOL,
        "First address of `virtual-addresses`, in the words of `lb-pool-min`.",
        "1", shipped="1",
    ),
    Declaration(
        "vip-pool-max", _PLACE, place, VIP_POOL,
        "Last address of `virtual-addresses`, in the words of `lb-pool-min`.",
        "254", shipped="254",
    ),
    Declaration(
        "l2-interface-1", "interface", interface, L2,
        "Interface that announces addresses by ARP and NDP; the policy matches exactly this name.",
        "vmnet0", required=True, shipped="vmnet0",
    ),
    Declaration(
        "l2-interface-2", "interface", interface, L2,
        "A second interface that announces.",
        "lan0", shipped="lan0",
    ),
    Declaration(
        "bgp-local-asn", "AS number", asn, BGP,
        "The AS number of the nodes, in plain decimal.",
        "65001", required=True, shipped="65001",
    ),
    Declaration(
        "bgp-peer-asn", "AS number", asn, BGP,
        "The AS number of the gateway router.",
        "65000", required=True, shipped="65000",
    ),
    Declaration(
        "node-gateway-ip", "address", address, BGP,
        "Address of the gateway router that the nodes peer with, IPv4 or IPv6.",
        "10.80.0.1", required=True, shipped="10.80.0.1",
    ),
    Declaration(
        "cilium-version", "release", release, None,
        "The Cilium version of the cluster, as `1.19` or `v1.19.4`: decides apiVersions and fields of what is made.",
        "1.19", default="1.19", shipped="1.19",
    ),
    Declaration(
        "pool-label", "label key", label_key, None,
        "Key of the Service label that asks for a pool. With `virtual-addresses` as its value a Service gets an "
        "address of that pool; without the label one of `load-balancers`; with another value none.",
        "cilium-networking/pool", default="cilium-networking/pool", shipped="cilium-networking/pool",
    ),
    Declaration(
        "lb-pool-disabled", "true, false", boolean, LB_POOL,
        "`true` drains `load-balancers`: nothing new is given out, and what is allocated goes when the operator "
        "restarts or the range changes.",
        "false", shipped="false", placeholder=True,
    ),
    Declaration(
        "vip-pool-disabled", "true, false", boolean, VIP_POOL,
        "`true` drains `virtual-addresses` in the same way.",
        "false", shipped="false", placeholder=True,
    ),
    Declaration(
        "l2-enabled", "true, false", boolean, L2,
        "`false` drops the L2 announcement policies that this function made.",
        "true", default="true", shipped="true", switch=True,
    ),
    Declaration(
        "bgp-enabled", "true, false", boolean, BGP,
        "`false` drops the BGP objects that this function made.",
        "true", default="true", shipped="true", switch=True,
    ),
    Declaration(
        "bgp-hold-time", _SECONDS, integer(3, 65535), BGP,
        "How long a silent peer counts as alive. Where only `bgp-keepalive-time` is given, at least three times that.",
        "90", default="90", shipped="90",
    ),
    Declaration(
        "bgp-keepalive-time", _SECONDS, integer(1, 65535), BGP,
        "How often a keepalive is sent, at most the hold time. Not given: a third of it.",
        "30", default="30", shipped="30",
    ),
    Declaration(
        "bgp-connect-retry-time", _SECONDS, integer(1, 2147483647), BGP,
        "How long to wait before connecting again.",
        "120", default="120", shipped="120",
    ),
    Declaration(
        "bgp-graceful-restart", "true, false", boolean, BGP,
        "Whether the router keeps our routes while an agent restarts.",
        "true", default="true", shipped="true",
    ),
    Declaration(
        "bgp-graceful-restart-time", _SECONDS, integer(1, 4095), BGP,
        "For how long it keeps them.",
        "120", default="120", shipped="120",
    ),
    Declaration(
        "bgp-multihop-ttl", "number", integer(1, 255), BGP,
        "TTL of packets to an eBGP peer: 1 for a router on the nodes' own subnet, more for one behind others.",
        "1", default="1", shipped="1",
    ),
    Declaration(
        "bgp-password-secret", "name", object_name, BGP,
        "Name of the Secret, in the namespace of `bgpControlPlane.secretsNamespace`, whose key `password` is the "
        "session's MD5 password. Not given: what stands stays, and a new peer config has none.",
        "bgp-gateway-password",
    ),
    Declaration(
        "node-selector", "label selector", label_selector, None,
        "Nodes that announce and peer, as `kubectl -l` takes it, or `*` for all of them.",
        "node-role.kubernetes.io/control-plane",
        default="node-role.kubernetes.io/control-plane", shipped="node-role.kubernetes.io/control-plane",
    ),
    Declaration(
        "bgp-service-selector", "label selector", label_selector, BGP,
        "Services whose load balancer and external addresses are advertised, as `kubectl -l` takes it, or `*` for all.",
        "*", default="*", shipped="*",
    ),
)  # fmt: skip

BY_NAME: Final[Mapping[str, Declaration]] = MappingProxyType({each.name: each for each in DECLARATIONS})
FEATURES: Final = (LB_POOL, VIP_POOL, L2, BGP)


def required(feature: str) -> tuple[str, ...]:
    """The settings without which a feature cannot be generated."""
    return tuple(each.name for each in DECLARATIONS if each.feature == feature and each.required)
