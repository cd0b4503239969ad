"""CN201 to CN204: AS numbers, the nodes' own and those of their neighbours. Bounds are the schema's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...fabric import Spot
from ...settings.values import RESERVED_ASNS
from ..rule import Case, Rule, Said

_TRANS: Final = 23456


def reserved_as_number(case: Case) -> Iterator[Said]:
    """An AS number belongs to nobody

    Why: 23456 stands in for a number that an old router cannot read; a router that is told it as a neighbour's own
    number refuses the session. 65535 and 4294967295 are the last of their ranges and reserved: some routers refuse
    them, others drop routes that carry them. Private are 64512 to 65534 and 4200000000 to 4294967294.

    Source: RFC 6793 section 9, RFC 7300 section 2, RFC 6996 section 5.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          bgpInstances:
          - name: main
            localASN: 65535
            peers:
            - name: gateway
              peerASN: 65000
              peerAddress: 10.80.0.1
              peerConfigRef:
                name: gateway

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
                name: gateway
    """
    for spot, asn in _numbers(case):
        if asn in RESERVED_ASNS:
            message = f"AS number {asn} {RESERVED_ASNS[asn]}: take a private one, 64512 to 65534"
            yield Said(spot, message, str(asn), severity="error" if asn == _TRANS else None)


def _numbers(case: Case) -> Iterator[tuple[Spot, int | None]]:
    for config in case.cluster.cluster_configs:
        for instance in config.instances:
            yield instance.spot.at("localASN"), instance.asn
            for peer in instance.peers:
                yield peer.spot.at("peerASN"), peer.asn
    for override in case.cluster.overrides:
        for overridden in override.instances:
            yield overridden.spot.at("localASN"), overridden.asn


def instance_without_a_number(case: Case) -> Iterator[Said]:
    """A BGP instance has no AS number of its own

    Why: The schema takes an instance without `localASN`, because a node's override may give it. Where neither does, the
    agent of each node reports an error instead of starting the instance, and there is no session at all.

    Source: Cilium 1.19, pkg/k8s/apis/cilium.io/v2/bgp_cluster_types.go and pkg/bgp/manager.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          bgpInstances:
          - name: main
            peers:
            - name: gateway
              peerASN: 65000
              peerAddress: 10.80.0.1
              peerConfigRef:
                name: gateway

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
                name: gateway
    """
    overridden = {each.name for override in case.cluster.overrides for each in override.instances if each.asn}
    overridden = overridden if case.cluster.minor >= (1, 18) else set()
    for config in case.cluster.cluster_configs:
        for instance in config.instances:
            if not instance.spot.at("localASN").written and instance.name not in overridden:
                message = f"instance `{instance.name or '?'}` has no `localASN`, so no node starts it: give one"
                yield Said(instance.spot, message)


def peer_of_any_number(case: Case) -> Iterator[Said]:
    """A peer's AS number is left open

    Why: Since Cilium 1.17 a peer without `peerASN` may have any AS number: whoever answers at that address gets a
    session, and a number typed wrong on the router is found by nobody. Where that is meant, `peerASN: 0` says so. Until
    1.16 the agent refuses such a peer.

    Source: Cilium 1.19, pkg/k8s/apis/cilium.io/v2/bgp_cluster_types.go; cilium/cilium, changes of 1.17.

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
              peerAddress: 10.80.0.1
              peerConfigRef:
                name: gateway

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
                name: gateway
    """
    old = case.cluster.minor < (1, 17)
    for _, _, peer in case.cluster.peers():
        if peer.asn is not None or peer.discovered or peer.spot.at("peerASN").written:
            continue
        message = "may have any AS number: give its `peerASN`, or 0 if any is meant"
        if old:
            message = f"has no `peerASN`, which Cilium {case.cluster.release} needs: give it"
        yield Said(peer.spot, f"peer `{peer.name or '?'}` {message}", severity="error" if old else None)


def another_router(case: Case) -> Iterator[Said]:
    """The router has another AS number than the peer says

    Why: Each side tells its AS number when a session opens, and closes it where the other's is not the expected one.
    The session goes round between Active and OpenSent.

    Source: RFC 4271 section 6.2 (Bad Peer AS); the routers of the inventory.

    Bad::

        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: bioskop
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          routers:
          - name: gateway
            address: 10.80.0.1
            asn: 65000
        ---
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
              peerASN: 65010
              peerAddress: 10.80.0.1
              peerConfigRef:
                name: gateway

    Good::

        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: bioskop
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          routers:
          - name: gateway
            address: 10.80.0.1
            asn: 65000
        ---
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
                name: gateway
    """
    inventory = case.cluster.inventory
    routers = {each.address: each for each in inventory.routers} if inventory else {}
    for _, _, peer in case.cluster.peers():
        router = routers.get(peer.ip) if peer.ip else None
        if router is not None and router.asn is not None and peer.asn and peer.asn != router.asn:
            message = (
                f"AS number {peer.asn} is not router {router.name}'s, which is {router.asn} ({router.spot}): give that"
            )
            yield Said(peer.spot.at("peerASN"), message, str(peer.asn), str(router.asn))


RULES: Final = (
    Rule("CN201", "warning", reserved_as_number),
    Rule("CN202", "error", instance_without_a_number),
    Rule("CN203", "warning", peer_of_any_number),
    Rule("CN204", "error", another_router),
)
