"""Flat settings to wanted objects: two pools, one L2 policy, and the three objects that a BGP session takes.

The names are those of the package that ours descends from: an object that changes its name is deleted and made anew,
and a pool that is deleted gives its addresses back. What that package got wrong is put right here: ranges for its
``min`` and ``max``, a peer config that exists, a label that the peer's families select, interface patterns that match
one name, a node selector that matches however RKE2 spells the label's value, and two pools that never both match.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from ..addressing import Address, Cidr, Range, Wrong, locate, parse_address, quoted, range_of
from .assemble import Assembly
from .declarations import BGP, BY_NAME, FEATURES, L2, LB_POOL, VIP_POOL, required
from .model import Given, Named, Wanted

if TYPE_CHECKING:
    from ..resources.finding import Finding

POOL_KIND: Final = "CiliumLoadBalancerIPPool"
L2_KIND: Final = "CiliumL2AnnouncementPolicy"
CLUSTER_KIND: Final = "CiliumBGPClusterConfig"
PEER_KIND: Final = "CiliumBGPPeerConfig"
ADVERTISEMENT_KIND: Final = "CiliumBGPAdvertisement"
OVERRIDE_KIND: Final = "CiliumBGPNodeConfigOverride"

#: What a feature that is switched off takes with it.
KINDS_OF: Final = {L2: (L2_KIND,), BGP: (CLUSTER_KIND, PEER_KIND, ADVERTISEMENT_KIND, OVERRIDE_KIND)}

#: The label by which the peer's families find our advertisement.
ADVERTISE: Final = {"cilium-networking/advertise": "bgp"}
_VIP_POOL_NAME: Final = "virtual-addresses"


class Values:
    """The settings as values: given ones parsed, defaults for the rest, ``None`` for what is missing or wrong."""

    def __init__(self, given: Mapping[str, Given], parsed: Mapping[str, Any], release: str) -> None:
        self.given = given
        self.parsed = parsed
        self.release = release

    def get(self, name: str) -> Any:
        if name in self.given:
            return self.parsed.get(name)
        default = BY_NAME[name].default
        return None if default is None else BY_NAME[name].parse(default)

    def among(self, *names: str) -> tuple[str, ...]:
        """Those of ``names`` that were given."""
        return tuple(name for name in names if name in self.given)

    def is_asked(self, feature: str) -> bool:
        return any(BY_NAME[name].feature == feature for name in self.given if name in BY_NAME)

    def is_off(self, feature: str) -> bool:
        return self.parsed.get(f"{feature}-enabled") is False

    def missing(self, feature: str) -> tuple[str, ...]:
        return tuple(name for name in required(feature) if name not in self.given)


def wanted(values: Values, findings: list[Finding]) -> Iterator[Wanted]:
    """Every object that the settings ask for; what is wrong about several of them together joins ``findings``."""
    _judge_cluster(values, findings)
    ranges = {feature: _range(values, feature, findings) for feature in (LB_POOL, VIP_POOL)}
    _judge_overlap(values, ranges, findings)
    _judge_timers(values, findings)
    for feature in FEATURES:
        if values.is_asked(feature) and not values.is_off(feature):
            yield from _MAKERS[feature](values, ranges)


def prune(values: Values) -> dict[str, str]:
    """What goes because its feature is switched off, with the reason."""
    return {kind: f"{feature}-enabled is `false`" for feature in (L2, BGP) if values.is_off(feature)
            for kind in KINDS_OF[feature]}  # fmt: skip


Ranges = Mapping[str, "Range | None"]


def _pool(values: Values, feature: str, name: str, found: Range | None) -> Assembly:
    names = (f"{feature}-cidr", f"{feature}-min", f"{feature}-max")
    missing = () if found is not None else values.missing(feature)
    pool = Assembly(POOL_KIND, name, feature, missing, {})
    block = None if found is None else {"start": str(found.first), "stop": str(found.last)}
    pool.put(("spec", "blocks", 0), block, values.among(*names))
    disabled = f"{feature}-disabled"
    pool.put(("spec", "disabled"), values.get(disabled), values.among(disabled))
    return pool


def _lb_pool(values: Values, ranges: Ranges) -> Iterator[Wanted]:
    pool = _pool(values, LB_POOL, "load-balancers", ranges[LB_POOL])
    label = values.get("pool-label")
    selector = label and {"matchExpressions": [{"key": label, "operator": "DoesNotExist"}]}
    pool.put(("spec", "serviceSelector"), selector, values.among("pool-label"))
    yield pool.wanted()


def _vip_pool(values: Values, ranges: Ranges) -> Iterator[Wanted]:
    pool = _pool(values, VIP_POOL, _VIP_POOL_NAME, ranges[VIP_POOL])
    label = values.get("pool-label")
    selector = label and {"matchLabels": {label: _VIP_POOL_NAME}}
    pool.put(("spec", "serviceSelector"), selector, values.among("pool-label"))
    yield pool.wanted()


def _l2(values: Values, _: Ranges) -> Iterator[Wanted]:
    # No serviceSelector: the policy announces every Service that has an address to announce, as the packages' README
    # promises. Which addresses exist at all is the pools' choice.
    policy = Assembly(L2_KIND, "host", L2, values.missing(L2), {"externalIPs": True, "loadBalancerIPs": True})
    for position, name in enumerate(("l2-interface-1", "l2-interface-2")):
        interface = values.get(name)
        pattern = None if interface is None else "^" + interface.replace(".", r"\.") + "$"
        policy.put(("spec", "interfaces", position), pattern, values.among(name))
    policy.put(("spec", "nodeSelector"), values.get("node-selector"), values.among("node-selector"))
    yield policy.wanted()


def _bgp(values: Values, ranges: Ranges) -> Iterator[Wanted]:
    missing = values.missing(BGP)
    cluster = Assembly(CLUSTER_KIND, "bgp-cluster-config", BGP, missing, {})
    cluster.put(("spec", "nodeSelector"), values.get("node-selector"), values.among("node-selector"))
    instance = ("spec", "bgpInstances", Named("control-plane-bgp"))
    peer = (*instance, "peers", Named("gateway-peer"))
    for path, name in (
        ((*instance, "localASN"), "bgp-local-asn"),
        ((*peer, "peerASN"), "bgp-peer-asn"),
        ((*peer, "peerAddress"), "node-gateway-ip"),
    ):
        cluster.put(path, values.get(name), values.among(name))
    cluster.put((*peer, "peerConfigRef"), {"name": "cilium-peer"}, ())
    yield cluster.wanted()
    yield _peer_config(values, ranges, missing)
    yield _advertisement(values, missing)


def _peer_config(values: Values, ranges: Ranges, missing: tuple[str, ...]) -> Wanted:
    config = Assembly(PEER_KIND, "cilium-peer", BGP, missing, {})
    config.put(("spec", "authSecretRef"), values.get("bgp-password-secret"), values.among("bgp-password-secret"))
    config.put(("spec", "ebgpMultihop"), values.get("bgp-multihop-ttl"), values.among("bgp-multihop-ttl"))
    config.put(("spec", "families"), _families(values, ranges), ())
    restart = ("spec", "gracefulRestart")
    timers = ("spec", "timers")
    hold, keepalive = _timers(values)
    for path, name, value in (
        ((*restart, "enabled"), "bgp-graceful-restart", values.get("bgp-graceful-restart")),
        ((*restart, "restartTimeSeconds"), "bgp-graceful-restart-time", values.get("bgp-graceful-restart-time")),
        ((*timers, "connectRetryTimeSeconds"), "bgp-connect-retry-time", values.get("bgp-connect-retry-time")),
        ((*timers, "holdTimeSeconds"), "bgp-hold-time", hold),
        ((*timers, "keepAliveTimeSeconds"), "bgp-keepalive-time", keepalive),
    ):
        config.put(path, value, values.among(name))
    return config.wanted()


def _families(values: Values, ranges: Ranges) -> list[dict[str, Any]]:
    """The families that something needs: the pools that are given, and the gateway, whose session carries the Pods'."""
    gateway = values.get("node-gateway-ip")
    found = None if gateway is None else parse_address(gateway)
    needed = {each.family for each in ranges.values() if each is not None}
    if isinstance(found, Address):
        needed.add(found.family)
    return [
        {"afi": f"ipv{family}", "safi": "unicast", "advertisements": {"matchLabels": dict(ADVERTISE)}}
        for family in sorted(needed) or (4,)
    ]


def _advertisement(values: Values, missing: tuple[str, ...]) -> Wanted:
    kind = _service_advertisement(values.release)
    service = {"advertisementType": kind, "service": {"addresses": ["LoadBalancerIP", "ExternalIP"]}}
    if kind != "Service":  # 1.15 knows load balancer addresses only, and has no list of them
        del service["service"]
    spec = {"advertisements": [service, {"advertisementType": "PodCIDR"}]}
    found = Assembly(ADVERTISEMENT_KIND, "control-plane-advertisement", BGP, missing, spec)
    found.whole = {"metadata": {"labels": dict(ADVERTISE)}, **found.whole}
    path = ("spec", "advertisements", Named(kind, "advertisementType"), "selector")
    found.put(path, values.get("bgp-service-selector"), values.among("bgp-service-selector"))
    return found.wanted()


def _service_advertisement(release: str) -> str:
    """What the release calls the advertisement of Services."""
    from ..kinds import schema  # late: the tables are read only when BGP is asked for

    items = schema(ADVERTISEMENT_KIND, release).fields["spec"].fields["advertisements"].items
    known = items.fields["advertisementType"].enum if items is not None else None
    return "Service" if not known or "Service" in known else "CiliumLoadBalancerIP"


_MAKERS: Final[Mapping[str, Callable[[Values, Ranges], Iterator[Wanted]]]] = {
    LB_POOL: _lb_pool,
    VIP_POOL: _vip_pool,
    L2: _l2,
    BGP: _bgp,
}


def _timers(values: Values) -> tuple[int | None, int | None]:
    """Hold and keepalive time; the one that is not given follows the other (RFC 4271 section 10: a third)."""
    hold, keepalive = values.get("bgp-hold-time"), values.get("bgp-keepalive-time")
    if hold is None or keepalive is None:
        return hold, keepalive
    if "bgp-keepalive-time" not in values.given:
        keepalive = hold // 3
    elif "bgp-hold-time" not in values.given and keepalive * 3 > hold:
        hold = min(keepalive * 3, 65535)
    return hold, keepalive


def _range(values: Values, feature: str, findings: list[Finding]) -> Range | None:
    """The addresses of a pool; ``None`` when they are not given completely, or wrong."""
    low, high = (values.given.get(f"{feature}-{end}") for end in ("min", "max"))
    cidr = values.get(f"{feature}-cidr")
    if f"{feature}-cidr" in values.given:
        if not isinstance(cidr, Cidr):
            return None
        first = _end(low, values, cidr, cidr.usable.first, findings)
        last = _end(high, values, cidr, cidr.usable.last, findings)
    else:
        first, last = (_whole(end, values) for end in (low, high))
    if first is None or last is None:
        return None
    found = range_of(first, last)
    if isinstance(found, Range):
        return found
    culprit = low or high
    if culprit is not None:
        text = culprit.text if culprit is low else str(first)
        findings.append(culprit.finding("error", f"{quoted(text)} {found.why}"))
    return None


def _end(end: Given | None, values: Values, cidr: Cidr, usable: Address, findings: list[Finding]) -> Address | None:
    if end is None:
        return usable
    if values.get(end.name) is None:
        return None
    found = locate(end.text, cidr)
    if isinstance(found, Wrong):
        findings.append(end.finding("error", found.about(end.text), proposed=found.proposed))
        return None
    return found


def _whole(end: Given | None, values: Values) -> Address | None:
    """An end that needs no network to be known."""
    if end is None or values.get(end.name) is None or end.text.isdigit():
        return None
    found = parse_address(end.text)
    return found if isinstance(found, Address) else None


def _judge_overlap(values: Values, ranges: Ranges, findings: list[Finding]) -> None:
    one, two = ranges[LB_POOL], ranges[VIP_POOL]
    if one is not None and two is not None and one.overlaps(two):
        # Cilium disables the newer pool of two that overlap, whatever they select and whether they are disabled.
        culprit = next(values.given[name] for name in ("vip-pool-cidr", "vip-pool-min") if name in values.given)
        message = f"the pools overlap: `virtual-addresses` is {two}, `load-balancers` is {one}"
        findings.append(culprit.finding("error", message))


def _judge_timers(values: Values, findings: list[Finding]) -> None:
    hold, keepalive = _timers(values)
    if hold is not None and keepalive is not None and keepalive > hold and "bgp-keepalive-time" in values.given:
        given = values.given["bgp-keepalive-time"]
        why = f"{quoted(given.text)} is longer than the hold time `{hold}`; a third of it, `{hold // 3}`, is usual"
        findings.append(given.finding("error", why, proposed=str(hold // 3)))


def _judge_cluster(values: Values, findings: list[Finding]) -> None:
    # The agent refuses the name "default" with any id but 0 (Cilium 1.16 pkg/clustermesh/types).
    if values.get("cluster-name") == "default" and (values.get("cluster-id") or 0) != 0:
        given = values.given["cluster-name"]
        why = f"`default` is no name for a cluster with the id `{values.get('cluster-id')}`; name it, or give the id 0"
        findings.append(given.finding("error", why))
