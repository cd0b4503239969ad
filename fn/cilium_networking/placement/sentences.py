"""One sentence about an object as it stands: what a reader of the results wants to see confirmed."""

from __future__ import annotations

from typing import Any

from ..resources import Finding, Resource


def stands(resource: Resource) -> Finding:
    """What an object says, not what was done to it, so that a second run says the same."""
    data = resource.fragment.data()
    spec = data.get("spec") if isinstance(data, dict) else None
    words = _WORDS.get(resource.kind)
    said = words(spec) if words is not None and isinstance(spec, dict) else ""
    return resource.finding(
        "info", f"{_NOUNS.get(resource.kind, resource.kind)} {resource.name}" + (f": {said}" if said else "")
    )


def _pool(spec: dict[str, Any]) -> str:
    blocks = spec.get("blocks")
    ranges = [_block(block) for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    disabled = spec.get("disabled")
    state = ["disabled"] if disabled is True else [f"disabled: {disabled}"] if isinstance(disabled, str) else []
    return ", ".join([*ranges, *state])


def _block(block: dict[str, Any]) -> str:
    if block.get("cidr"):
        return str(block["cidr"])
    start, stop = block.get("start"), block.get("stop")
    return f"{start} to {stop}" if stop else str(start)


def _policy(spec: dict[str, Any]) -> str:
    interfaces = spec.get("interfaces")
    return "on " + ", ".join(map(str, interfaces)) if isinstance(interfaces, list) and interfaces else "on all devices"


def _cluster_config(spec: dict[str, Any]) -> str:
    said: list[str] = []
    for instance in _dicts(spec.get("bgpInstances")):
        peers = [f"{peer.get('peerAddress')} (AS {peer.get('peerASN')})" for peer in _dicts(instance.get("peers"))]
        said.append(f"AS {instance.get('localASN')} peers with {', '.join(peers) or 'nobody'}")
    return "; ".join(said)


def _peer_config(spec: dict[str, Any]) -> str:
    families = [f"{family.get('afi')}/{family.get('safi')}" for family in _dicts(spec.get("families"))]
    return ", ".join(families)


def _advertisement(spec: dict[str, Any]) -> str:
    said: list[str] = []
    for one in _dicts(spec.get("advertisements")):
        service = one.get("service")
        addresses = service.get("addresses") if isinstance(service, dict) else None
        names = f" ({', '.join(map(str, addresses))})" if isinstance(addresses, list) else ""
        said.append(f"{one.get('advertisementType')}{names}")
    return ", ".join(said)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


_NOUNS = {
    "CiliumLoadBalancerIPPool": "pool",
    "CiliumL2AnnouncementPolicy": "L2 policy",
    "CiliumBGPClusterConfig": "BGP cluster config",
    "CiliumBGPPeerConfig": "BGP peer config",
    "CiliumBGPAdvertisement": "BGP advertisement",
    "CiliumBGPNodeConfigOverride": "BGP node override",
}
_WORDS = {
    "CiliumLoadBalancerIPPool": _pool,
    "CiliumL2AnnouncementPolicy": _policy,
    "CiliumBGPClusterConfig": _cluster_config,
    "CiliumBGPPeerConfig": _peer_config,
    "CiliumBGPAdvertisement": _advertisement,
}
