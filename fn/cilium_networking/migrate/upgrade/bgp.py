"""BGP: advertisements of 1.15, selectors whose absence changed its meaning, fields that `cilium.io/v2` never had.

Source: Cilium pkg/k8s/apis/cilium.io, v2alpha1 of 1.15 to 1.19 and v2 of 1.18 and 1.19, bgp_*_types.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ...fabric.spot import below, is_open, members, text
from ...kinds import api_version as stored
from ...lossless import Path
from ...lossless.edit import Delete, Put, Rename, SetText
from ..ledger import Releases, Told
from .change import Change, number

#: The type that 1.16 made of "addresses of load balancers".
_OLD_TYPE: Final = "CiliumLoadBalancerIP"
#: What 1.16 changed, and 1.17 and 1.18.
_SERVICES: Final = (1, 16)
_ANY_ASN: Final = (1, 17)
_CEL: Final = (1, 18)
_REF: Final = {"group": "cilium.io", "kind": "CiliumBGPPeerConfig"}


def upgrade_advertisement(data: Any, releases: Releases) -> Iterator[Change]:
    """The steps for one CiliumBGPAdvertisement."""
    target = number(releases.target)
    for i, advert in members(data, "spec", "advertisements"):
        path = ("spec", "advertisements", i)
        old = advert.get("advertisementType") == _OLD_TYPE
        if target < _SERVICES:
            continue
        if old:
            why = "Cilium 1.16 renamed the type: a Service, and which of its addresses"
            edits = [SetText((*path, "advertisementType"), "Service")]
            told = [Told((*path, "advertisementType"), "changed", why)]
            if "service" in advert:
                yield Change(tuple(edits), tuple(told))
            else:
                addresses = Put((*path, "service"), {"addresses": ["LoadBalancerIP"]})
                told.append(Told((*path, "service"), "changed", "the addresses that the old type stood for"))
                yield Change((*edits, addresses), tuple(told))
        yield from _selector(path, advert, releases, old=old)
        attributes = advert.get("attributes")
        if isinstance(attributes, dict) and "community" in attributes and "communities" not in attributes:
            where = (*path, "attributes", "community")
            to = f"spec.advertisements[{i}].attributes.communities"
            told_ = Told(where, "changed", "Cilium 1.16 renamed `community`", to)
            yield Change((Rename(where, "communities"),), (told_,))


def _selector(path: Path, advert: dict[str, Any], releases: Releases, *, old: bool) -> Iterator[Change]:
    kind, where = advert.get("advertisementType"), (*path, "selector")
    if kind == "PodCIDR":
        if "selector" in advert and number(releases.target) >= _CEL:
            why = (
                "Cilium 1.18 and newer refuse a selector beside the type PodCIDR, and earlier ones did not read it: "
                "choose the nodes with `nodeSelector` of the CiliumBGPClusterConfig"
            )
            yield Change((Delete(where),), (Told(where, "lost", why),))
        return
    if advert.get("selector") is not None or not (old or kind == "CiliumPodIPPool"):
        return
    source = "1.15" if old else releases.source
    if source is None:
        why = (
            "not written here: in Cilium 1.15 that meant all pools, since 1.16 none; if all are meant, write "
            "`selector: {}`"
        )
        yield Change((), (Told(where, "decide", why),))
    elif number(source) < _SERVICES:
        why = "written out: in Cilium 1.15 no selector meant all, since 1.16 it means none"
        yield Change((Put(where, {}),), (Told(where, "changed", why),))


def upgrade_peer_config(data: Any, releases: Releases) -> Iterator[Change]:
    """The steps for one CiliumBGPPeerConfig."""
    transport = below(data, "spec", "transport")
    if not _is_v2("CiliumBGPPeerConfig", releases) or not isinstance(transport, dict) or "localPort" not in transport:
        return
    path = ("spec", "transport", "localPort")
    why = (
        "cilium.io/v2 does not have it: where routers connect to the nodes, write "
        f"`localPort: {transport['localPort']}` on the BGP instance of the CiliumBGPClusterConfig"
    )
    edit = Delete(path[:-1] if len(transport) == 1 else path)
    yield Change((edit,), (Told(path, "lost", why),))


def upgrade_cluster_config(data: Any, releases: Releases) -> Iterator[Change]:
    """The steps for one CiliumBGPClusterConfig."""
    source = releases.source
    newly_any = source is not None and number(source) < _ANY_ASN <= number(releases.target)
    for i, instance in members(data, "spec", "bgpInstances"):
        for j, peer in members(instance, "peers"):
            path = ("spec", "bgpInstances", i, "peers", j)
            if newly_any and peer.get("peerASN") is None:
                why = "not written here: since Cilium 1.17 the peer may then have any AS number; write the router's"
                yield Change((), (Told((*path, "peerASN"), "decide", why),))
            ref = peer.get("peerConfigRef")
            if not isinstance(ref, dict) or not _is_v2("CiliumBGPClusterConfig", releases):
                continue
            for key, only in _REF.items():
                if key not in ref:
                    continue
                where = (*path, "peerConfigRef", key)
                if ref[key] == only:
                    told = Told(where, "changed", "cilium.io/v2 knows no other: left out")
                else:
                    why = f"cilium.io/v2 refers to a {_REF['kind']} of {_REF['group']} alone: make one of that name"
                    told = Told(where, "lost", why)
                yield Change((Delete(where),), (told,))


def upgrade_override(data: Any, releases: Releases) -> Iterator[Change]:
    """The steps for one CiliumBGPNodeConfigOverride."""
    spec = below(data, "spec")
    if not isinstance(spec, dict) or "nodeRef" not in spec or number(releases.target) < _SERVICES:
        return
    path, name, node = ("spec", "nodeRef"), text(data, "metadata", "name"), text(data, "spec", "nodeRef")
    if node is None or name is None:
        if is_open(spec["nodeRef"]) or is_open(below(data, "metadata", "name")):
            why = "since Cilium 1.16 the object is called as its node: put this in `metadata.name`, and take it off"
            yield Change((), (Told(path, "decide", why),))
        return
    if node == name:
        yield Change((Delete(path),), (Told(path, "changed", "since Cilium 1.16 the object's name says it: left out"),))
        return
    why = "since Cilium 1.16 the object is called as its node"
    told = (
        Told(path, "changed", why, "metadata.name"),
        Told(("metadata", "name"), "changed", f"{why}: `{name}` was no node's name"),
    )
    yield Change((SetText(("metadata", "name"), node), Delete(path)), told)


def _is_v2(kind: str, releases: Releases) -> bool:
    return stored(kind, releases.target).endswith("/v2")
