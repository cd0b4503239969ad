"""BGP as the operator and the agents read it: cluster configs, peer configs, advertisements, overrides.

Source: Cilium 1.19, pkg/k8s/apis/cilium.io/v2/bgp_*_types.go; what is made of them, operator/pkg/bgp and
pkg/bgp/manager/reconciler.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..addressing import Address, Family, parse_address
from ..records import dataclass
from ..resources import Resource
from .selector import Selector, read_selector
from .spot import Spot, below, is_open, members, number, text, texts, words

#: The families that Cilium exchanges; the schema takes more.
FAMILIES: Final = (("ipv4", "unicast"), ("ipv6", "unicast"))


@dataclass(frozen=True, slots=True)
class Peer:
    """A neighbour of an instance. ``config`` names its peer config: without one nothing is advertised to it."""

    spot: Spot
    name: str | None
    #: ``None`` where a placeholder stands, or nothing: 0 and nothing accept any AS number since 1.17.
    asn: int | None
    address: str | None
    config: str | None
    #: Whether a reference stands there at all, be it a placeholder.
    has_config: bool
    #: Whether the neighbour is found by itself (``autoDiscovery``).
    discovered: bool

    @property
    def ip(self) -> Address | None:
        """The address as a value; ``None`` too for a text that is none, which the schema says."""
        found = parse_address(self.address) if self.address else None
        return found if isinstance(found, Address) else None


@dataclass(frozen=True, slots=True)
class Instance:
    """A BGP router on each selected node."""

    spot: Spot
    name: str | None
    asn: int | None
    port: int | None
    peers: tuple[Peer, ...]


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    """A CiliumBGPClusterConfig. An absent node selector takes every node."""

    spot: Spot
    name: str
    nodes: Selector | None
    instances: tuple[Instance, ...]


@dataclass(frozen=True, slots=True)
class FamilyConfig:
    """An address family of a peer config; an absent selector takes no advertisement."""

    spot: Spot
    afi: str | None
    safi: str | None
    advertisements: Selector | None


@dataclass(frozen=True, slots=True)
class PeerConfig:
    """A CiliumBGPPeerConfig. Without families it advertises nothing. Times in seconds, ``None`` where nobody says."""

    spot: Spot
    name: str
    #: ``None`` where the field is absent, which advertises as little as an empty list.
    families: tuple[FamilyConfig, ...] | None
    hold: int | None
    keepalive: int | None
    multihop: int | None
    auth_secret: str | None


@dataclass(frozen=True, slots=True)
class Advert:
    """One entry of an advertisement; an absent selector takes no Service, and an empty one all."""

    spot: Spot
    type: str | None
    addresses: tuple[str, ...]
    selector: Selector | None
    local_preference: int | None
    #: Lengths to which addresses are aggregated, by family.
    aggregation: Mapping[Family, int]


@dataclass(frozen=True, slots=True)
class Advertisement:
    """A CiliumBGPAdvertisement; peer configs select it by its labels."""

    spot: Spot
    name: str
    labels: Mapping[str, str]
    #: Whether a label is a placeholder, so that nobody knows yet who selects it.
    open: bool
    adverts: tuple[Advert, ...]


@dataclass(frozen=True, slots=True)
class OverriddenPeer:
    """What one node does differently towards a peer of that name."""

    spot: Spot
    name: str | None
    local_address: str | None


@dataclass(frozen=True, slots=True)
class OverriddenInstance:
    """What one node does differently in the instance of that name."""

    spot: Spot
    name: str | None
    router_id: str | None
    port: int | None
    asn: int | None
    peers: tuple[OverriddenPeer, ...]


@dataclass(frozen=True, slots=True)
class Override:
    """A CiliumBGPNodeConfigOverride, which has the name of its node."""

    spot: Spot
    name: str
    instances: tuple[OverriddenInstance, ...]


def read_cluster_config(resource: Resource, data: Any) -> ClusterConfig:
    spot = Spot(resource)
    return ClusterConfig(
        spot=spot,
        name=resource.name,
        nodes=read_selector(below(data, "spec", "nodeSelector"), spot.at("spec", "nodeSelector")),
        instances=tuple(
            Instance(
                spot=(here := spot.at("spec", "bgpInstances", i)),
                name=text(instance, "name"),
                asn=number(instance, "localASN"),
                port=number(instance, "localPort"),
                peers=tuple(_peer(peer, here.at("peers", j)) for j, peer in members(instance, "peers")),
            )
            for i, instance in members(data, "spec", "bgpInstances")
        ),
    )


def _peer(data: dict[str, Any], spot: Spot) -> Peer:
    return Peer(
        spot=spot,
        name=text(data, "name"),
        asn=number(data, "peerASN"),
        address=text(data, "peerAddress"),
        config=text(data, "peerConfigRef", "name"),
        has_config=below(data, "peerConfigRef") is not None,
        discovered=below(data, "autoDiscovery") is not None,
    )


def read_peer_config(resource: Resource, data: Any) -> PeerConfig:
    spot = Spot(resource)
    families = below(data, "spec", "families")
    return PeerConfig(
        spot=spot,
        name=resource.name,
        families=tuple(
            FamilyConfig(
                spot=(here := spot.at("spec", "families", i)),
                afi=text(family, "afi"),
                safi=text(family, "safi"),
                advertisements=read_selector(below(family, "advertisements"), here.at("advertisements")),
            )
            for i, family in members(data, "spec", "families")
        )
        if isinstance(families, list)
        else None,
        hold=number(data, "spec", "timers", "holdTimeSeconds"),
        keepalive=number(data, "spec", "timers", "keepAliveTimeSeconds"),
        multihop=number(data, "spec", "ebgpMultihop"),
        auth_secret=text(data, "spec", "authSecretRef"),
    )


def read_advertisement(resource: Resource, data: Any) -> Advertisement:
    spot = Spot(resource)
    labels = words(data, "metadata", "labels")
    return Advertisement(
        spot=spot,
        name=resource.name,
        labels=labels,
        open=any(is_open(word) for pair in labels.items() for word in pair),
        adverts=tuple(
            _advert(advert, spot.at("spec", "advertisements", i))
            for i, advert in members(data, "spec", "advertisements")
        ),
    )


def _advert(data: dict[str, Any], spot: Spot) -> Advert:
    lengths: dict[Family, int | None] = {
        4: number(data, "service", "aggregationLengthIPv4"),
        6: number(data, "service", "aggregationLengthIPv6"),
    }
    return Advert(
        spot=spot,
        type=text(data, "advertisementType"),
        addresses=texts(data, "service", "addresses") or (),
        selector=read_selector(below(data, "selector"), spot.at("selector")),
        local_preference=number(data, "attributes", "localPreference"),
        aggregation={family: length for family, length in lengths.items() if length is not None},
    )


def read_override(resource: Resource, data: Any) -> Override:
    spot = Spot(resource)
    return Override(
        spot=spot,
        name=resource.name,
        instances=tuple(
            OverriddenInstance(
                spot=(here := spot.at("spec", "bgpInstances", i)),
                name=text(instance, "name"),
                router_id=text(instance, "routerID"),
                port=number(instance, "localPort"),
                asn=number(instance, "localASN"),
                peers=tuple(
                    OverriddenPeer(here.at("peers", j), text(peer, "name"), text(peer, "localAddress"))
                    for j, peer in members(instance, "peers")
                ),
            )
            for i, instance in members(data, "spec", "bgpInstances")
        ),
    )
