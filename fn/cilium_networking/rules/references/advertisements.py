"""CN405 and CN406: families of peer configs and the advertisements that they select by their labels.

Nothing in a cluster tells of an advertisement that nobody takes: no error, and no condition. Left out: what the
advertisements select themselves (:mod:`.services`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from ...fabric import Advertisement, Choosers, Cluster, FamilyConfig, PeerConfig, Selector, contradiction
from ...fabric.spot import is_open
from ...lossless.edit import Put
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...lossless.edit import Edit
    from ...resources import Severity

_FEW: Final = 5


def advertisement_for_nobody(case: Case) -> Iterator[Said]:
    """No family selects an advertisement

    Why: The families of a peer config select advertisements by the labels in their metadata. One without the label that
    they ask for is announced to nobody: the session is up, Services have addresses, and the router hears of none.

    Where peers are in the input, families of peer configs that none of them names do not count.

    Source: Cilium 1.19, pkg/bgp/manager/reconciler/peer_advertisements.go.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          bgpInstances:
          - name: main
            localASN: 65001
            peers:
            - name: gateway
              peerASN: 65000
              peerAddress: 10.80.0.1
              peerConfigRef:
                name: peer
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: peer
        spec:
          families:
          - afi: ipv4
            safi: unicast
            advertisements:
              matchLabels:
                advertise: bgp
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPAdvertisement
        metadata:
          name: services
        spec:
          advertisements:
          - advertisementType: Service
            service:
              addresses:
              - LoadBalancerIP
            selector: {}

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          bgpInstances:
          - name: main
            localASN: 65001
            peers:
            - name: gateway
              peerASN: 65000
              peerAddress: 10.80.0.1
              peerConfigRef:
                name: peer
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: peer
        spec:
          families:
          - afi: ipv4
            safi: unicast
            advertisements:
              matchLabels:
                advertise: bgp
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPAdvertisement
        metadata:
          name: services
          labels:
            advertise: bgp
        spec:
          advertisements:
          - advertisementType: Service
            service:
              addresses:
              - LoadBalancerIP
            selector: {}
    """
    cluster = case.cluster
    selectors = _used(cluster)
    if not selectors:
        yield from _unlabelled(cluster)
        return
    idle = [(config, selector) for config, _, selector in _idle(cluster)]
    for advertisement in _orphans(cluster, [selector for _, selector in selectors]):
        asking = list({str(selector): (config, selector) for config, selector in reversed(idle or selectors)}.values())
        (config, selector), *more = reversed(asking)
        told = f"{config.spot} asks for `{selector}`"
        if more:
            told += f", {more[0][0].spot} for `{more[0][1]}`" + (", and others for more" if more[1:] else "")
        labels = ",".join(f"{key}={value}" for key, value in advertisement.labels.items())
        message = f"`{labels}` is what no family selects" if labels else "has no labels, so no family selects it"
        # With labels, and where every family has something, it may be another directory's.
        milder: Severity | None = "warning" if labels and not idle else None
        yield Said(
            advertisement.spot.at("metadata", "labels"), f"{message}: {told}", labels or None,
            None if more else str(selector), _label(advertisement, selectors), milder,
        )  # fmt: skip


def _selectors(cluster: Cluster) -> list[tuple[PeerConfig, Selector]]:
    """What the families ask for, as far as they ask for anything."""
    return [
        (config, family.advertisements)
        for config in cluster.peer_configs
        for family in config.families or ()
        if family.advertisements is not None
    ]


def _used(cluster: Cluster) -> list[tuple[PeerConfig, Selector]]:
    """What the families ask for that count: where peers are here, a config that none of them names sends nothing."""
    every = _selectors(cluster)
    peers = [peer for _, _, peer in cluster.peers()]
    if not peers or any(peer.has_config and (peer.config is None or is_open(peer.config)) for peer in peers):
        return every
    named = {peer.config for peer in peers}
    used = [(config, selector) for config, selector in every if config.name in named]
    # With no such config at all the way is cut before: another rule tells.
    return used or every


def _orphans(cluster: Cluster, selectors: list[Selector]) -> Iterator[Advertisement]:
    """Advertisements that certainly no family takes."""
    if any(selector.open for selector in selectors):
        return
    families = _distinct(selectors)
    for advertisement in cluster.advertisements:
        if not advertisement.open and next(families.matching(advertisement.labels), None) is None:
            yield advertisement


def _distinct(selectors: Iterable[Selector]) -> Choosers[str]:
    """The selectors of families by their words: most families ask for the same."""
    return Choosers((selector, words) for words, selector in {str(each): each for each in selectors}.items())


def _idle(cluster: Cluster) -> Iterator[tuple[PeerConfig, FamilyConfig, Selector]]:
    """Families that certainly take none of the advertisements, though there are some."""
    if not cluster.advertisements or any(advertisement.open for advertisement in cluster.advertisements):
        return
    families = _distinct(selector for _, selector in _selectors(cluster))
    taken = {words for each in cluster.advertisements for words in families.matching(each.labels)}
    for config in cluster.peer_configs:
        for family in config.families or ():
            selector = family.advertisements
            if selector is None or selector.open or contradiction((selector,)) is not None:
                continue
            if str(selector) not in taken:
                yield config, family, selector


def _unlabelled(cluster: Cluster) -> Iterator[Said]:
    """Without a peer config in sight only this is clear: a label is what peer configs select by."""
    if cluster.peer_configs or not cluster.cluster_configs:
        return
    for advertisement in cluster.advertisements:
        if not advertisement.labels and not advertisement.spot.at("metadata", "labels").written:
            message = "has no labels, and the families of peer configs select advertisements by them: give one"
            yield Said(advertisement.spot.at("metadata", "labels"), message, severity="warning")


def _label(advertisement: Advertisement, selectors: list[tuple[PeerConfig, Selector]]) -> tuple[Edit, ...]:
    """The labels to give, where all families ask for the same ones and the advertisement has none."""
    if advertisement.labels or len({str(selector) for _, selector in selectors}) != 1:
        return ()
    requirements = selectors[0][1].requirements
    if any(each.operator != "In" or len(each.values) != 1 for each in requirements):
        return ()
    return tuple(Put(("metadata", "labels", each.key), each.values[0]) for each in requirements)


def family_for_nothing(case: Case) -> Iterator[Said]:
    """A family selects none of the advertisements

    Why: A family sends what the advertisements say that it selects by their labels. Where none has the labels, nothing
    is sent in that family; a letter is enough, and nothing says so.

    Source: Cilium 1.19, pkg/bgp/manager/reconciler/peer_advertisements.go.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: peer
        spec:
          families:
          - afi: ipv4
            safi: unicast
            advertisements:
              matchLabels:
                advertise: bgp
          - afi: ipv6
            safi: unicast
            advertisements:
              matchLabels:
                advertize: bgp
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPAdvertisement
        metadata:
          name: services
          labels:
            advertise: bgp
        spec:
          advertisements:
          - advertisementType: Service
            service:
              addresses:
              - LoadBalancerIP
            selector: {}

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: peer
        spec:
          families:
          - afi: ipv4
            safi: unicast
            advertisements:
              matchLabels:
                advertise: bgp
          - afi: ipv6
            safi: unicast
            advertisements:
              matchLabels:
                advertise: bgp
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPAdvertisement
        metadata:
          name: services
          labels:
            advertise: bgp
        spec:
          advertisements:
          - advertisementType: Service
            service:
              addresses:
              - LoadBalancerIP
            selector: {}
    """
    cluster = case.cluster
    if any(True for _ in _orphans(cluster, [selector for _, selector in _used(cluster)])):
        return  # said there, with both ends
    names = ", ".join(each.name for each in cluster.advertisements[:_FEW])
    more = f" and {len(cluster.advertisements) - _FEW} more" if len(cluster.advertisements) > _FEW else ""
    for _, family, selector in _idle(cluster):
        message = f"no advertisement here has `{selector}` ({names}{more}), so nothing of {family.afi or 'it'} is sent"
        yield Said(family.spot.at("advertisements"), f"{message}: ask for their labels", str(selector))


RULES: Final = (
    Rule("CN405", "error", advertisement_for_nobody),
    Rule("CN406", "warning", family_for_nothing),
)
