"""Facts that matter, written out with their source, so that they hold where no CRD is at hand.

Cilium 1.19.4, pkg/k8s/apis/cilium.io/v2 unless another release is named.
"""

from __future__ import annotations

from typing import Any

import pytest

from cilium_networking.kinds import RELEASES, Schema, schema, served


def at(kind: str, path: str, release: str = "1.19", version: str | None = None) -> Schema:
    """A field by its path; a ``[]`` is an item of a list."""
    api_version = None if version is None else f"cilium.io/{version}"
    steps: list[str | int] = []
    for word in path.split("."):
        steps += [word.removesuffix("[]"), 0] if word.endswith("[]") else [word]
    found = schema(kind, release, api_version).at(tuple(steps))
    assert found is not None, path
    return found


def names(kind: str, path: str, release: str = "1.19", version: str | None = None) -> list[str]:
    return list(at(kind, path, release, version).fields)


POOL = "CiliumLoadBalancerIPPool"
L2 = "CiliumL2AnnouncementPolicy"
CLUSTER = "CiliumBGPClusterConfig"
PEER = "CiliumBGPPeerConfig"
ADVERTISEMENT = "CiliumBGPAdvertisement"
OVERRIDE = "CiliumBGPNodeConfigOverride"


@pytest.mark.parametrize(
    ("kind", "path", "attribute", "value"),
    [
        (POOL, "spec.blocks[].cidr", "format", "cidr"),
        (POOL, "spec.blocks[]", "required", ()),
        (POOL, "spec.allowFirstLastIPs", "enum", ("Yes", "No")),
        (POOL, "spec.disabled", "default", False),
        (L2, "spec.interfaces[]", "pattern", None),
        (L2, "spec", "required", ()),
        (CLUSTER, "spec", "required", ("bgpInstances",)),
        (CLUSTER, "spec.bgpInstances", "min_items", 1),
        (CLUSTER, "spec.bgpInstances", "max_items", 16),
        (CLUSTER, "spec.bgpInstances", "list_keys", ("name",)),
        (CLUSTER, "spec.bgpInstances[]", "required", ("name",)),
        (CLUSTER, "spec.bgpInstances[].name", "max_length", 255),
        (CLUSTER, "spec.bgpInstances[].localASN", "minimum", 1),
        (CLUSTER, "spec.bgpInstances[].localASN", "maximum", 4294967295),
        (CLUSTER, "spec.bgpInstances[].localPort", "maximum", 65535),
        (CLUSTER, "spec.bgpInstances[].peers", "list_keys", ("name",)),
        (CLUSTER, "spec.bgpInstances[].peers[].peerASN", "minimum", 0),
        (CLUSTER, "spec.bgpInstances[].peers[].peerASN", "default", 0),
        (PEER, "spec.ebgpMultihop", "default", 1),
        (PEER, "spec.ebgpMultihop", "maximum", 255),
        (PEER, "spec.timers.connectRetryTimeSeconds", "maximum", 2147483647),
        (PEER, "spec.timers.connectRetryTimeSeconds", "default", 120),
        (PEER, "spec.timers.holdTimeSeconds", "minimum", 3),
        (PEER, "spec.timers.holdTimeSeconds", "default", 90),
        (PEER, "spec.timers.keepAliveTimeSeconds", "minimum", 1),
        (PEER, "spec.timers.keepAliveTimeSeconds", "default", 30),
        (PEER, "spec.timers", "agreements", ("keepalive-within-hold",)),
        (PEER, "spec.gracefulRestart", "required", ("enabled",)),
        (PEER, "spec.gracefulRestart.restartTimeSeconds", "maximum", 4095),
        (PEER, "spec.gracefulRestart.restartTimeSeconds", "default", 120),
        (PEER, "spec.transport.peerPort", "default", 179),
        (PEER, "spec.families[].afi", "enum", ("ipv4", "ipv6", "l2vpn", "ls", "opaque")),
        (
            ADVERTISEMENT,
            "spec.advertisements[].advertisementType",
            "enum",
            ("PodCIDR", "CiliumPodIPPool", "Service", "Interface"),
        ),
        (ADVERTISEMENT, "spec.advertisements", "min_items", None),
        (ADVERTISEMENT, "spec.advertisements[].service.addresses", "min_items", 1),
        (
            ADVERTISEMENT,
            "spec.advertisements[].service.addresses[]",
            "enum",
            ("LoadBalancerIP", "ClusterIP", "ExternalIP"),
        ),
        (ADVERTISEMENT, "spec.advertisements[].service.aggregationLengthIPv4", "maximum", 31),
        (ADVERTISEMENT, "spec.advertisements[].service.aggregationLengthIPv6", "maximum", 127),
        (ADVERTISEMENT, "spec.advertisements[].attributes.localPreference", "minimum", None),
        (ADVERTISEMENT, "spec.advertisements[].attributes.localPreference", "maximum", None),
        (OVERRIDE, "spec.bgpInstances", "min_items", 1),
        (OVERRIDE, "spec.bgpInstances[].routerID", "format", "ipv4"),
        (OVERRIDE, "spec.bgpInstances[].localPort", "maximum", None),
        (OVERRIDE, "spec.bgpInstances[].localASN", "minimum", 1),
    ],
)
def test_constraints(kind: str, path: str, attribute: str, value: Any) -> None:
    """The bounds, enums and defaults that settings and rules stand on are those of 1.19."""
    assert getattr(at(kind, path), attribute) == value


def test_well_known_communities() -> None:
    """The names of communities that a route may carry, and no other."""
    assert at(ADVERTISEMENT, "spec.advertisements[].attributes.communities.wellKnown[]").enum == (
        "internet",
        "planned-shut",
        "accept-own",
        "route-filter-translated-v4",
        "route-filter-v4",
        "route-filter-translated-v6",
        "route-filter-v6",
        "llgr-stale",
        "no-llgr",
        "blackhole",
        "no-export",
        "no-advertise",
        "no-export-subconfed",
        "no-peer",
    )


def test_pools_through_the_releases() -> None:
    """``spec.cidrs`` ends with 1.15 (#28590), ``spec`` is required from 1.17 on, and nothing else changes."""
    fields = ["blocks", "serviceSelector", "allowFirstLastIPs", "disabled"]
    assert {release: sorted(names(POOL, "spec", release)) for release in RELEASES} == {
        release: sorted(["cidrs", *fields] if release == "1.15" else fields) for release in RELEASES
    }
    assert [release for release in RELEASES if "spec" in schema(POOL, release).required] == [
        "1.17",
        "1.18",
        "1.19",
        "1.20",
    ]


def test_l2_policies_through_the_releases() -> None:
    """The L2 policy is the same in every release."""
    assert {release: schema(L2, release) == schema(L2, "1.15") for release in RELEASES} == dict.fromkeys(RELEASES, True)


def test_advertisements_through_the_releases() -> None:
    """Types, the communities' name, the addresses and the rules change as the upgrade notes say."""
    entry = "spec.advertisements[]"
    kinds = {release: at(ADVERTISEMENT, f"{entry}.advertisementType", release).enum[2:] for release in RELEASES}
    service, interface = ("Service",), ("Service", "Interface")
    assert kinds == {
        "1.15": ("CiliumLoadBalancerIP",),
        "1.16": service,
        "1.17": service,
        "1.18": service,
        "1.19": interface,
        "1.20": interface,
    }
    assert at(ADVERTISEMENT, f"{entry}.advertisementType", "1.19", "v2alpha1").enum[2:] == service
    assert names(ADVERTISEMENT, f"{entry}.attributes", "1.15") == ["community", "localPreference"]
    assert names(ADVERTISEMENT, f"{entry}.attributes", "1.16") == ["communities", "localPreference"]
    assert at(ADVERTISEMENT, f"{entry}.service", "1.16").required == ()
    assert at(ADVERTISEMENT, f"{entry}.service", "1.17").required == ("addresses",)
    assert at(ADVERTISEMENT, "spec.advertisements", "1.15").min_items == 1
    assert names(ADVERTISEMENT, f"{entry}.service", "1.17") == ["addresses"]
    assert at(ADVERTISEMENT, entry, "1.17").agreements == ()
    assert at(ADVERTISEMENT, entry, "1.18").agreements == ("service-needed", "selector-refused")
    assert at(ADVERTISEMENT, entry, "1.19", "v2alpha1").agreements == ("service-needed", "selector-refused")
    assert at(ADVERTISEMENT, entry, "1.19").agreements == (
        "service-needed",
        "service-refused",
        "interface-needed",
        "interface-refused",
        "selector-refused",
    )


def test_cluster_configs_through_the_releases() -> None:
    """Peer AS 0 is legal from 1.17 on, a listening port and found peers from 1.18, and v2 says no group and kind."""
    peers = "spec.bgpInstances[].peers[]"
    assert [at(CLUSTER, f"{peers}.peerASN", release).minimum for release in RELEASES] == [1, 1, 0, 0, 0, 0]
    assert ["localPort" in names(CLUSTER, "spec.bgpInstances[]", release) for release in RELEASES] == (
        [False, False, False, True, True, True]
    )
    assert "autoDiscovery" in names(CLUSTER, peers, "1.18", "v2")
    assert "autoDiscovery" not in names(CLUSTER, peers, "1.18", "v2alpha1")
    assert names(CLUSTER, f"{peers}.peerConfigRef", "1.19", "v2") == ["name"]
    assert names(CLUSTER, f"{peers}.peerConfigRef", "1.19", "v2alpha1") == ["group", "kind", "name"]
    assert at(CLUSTER, f"{peers}.peerConfigRef.kind", "1.17").default == "CiliumBGPPeerConfig"


def test_peer_configs_through_the_releases() -> None:
    """The listening port leaves with v2, the rule on the timers comes in 1.18, the source interface in 1.19."""
    assert names(PEER, "spec.transport", "1.17") == ["localPort", "peerPort"]
    assert [at(PEER, "spec.transport.localPort", release).default for release in ("1.15", "1.16", "1.17")] == (
        [179, 179, None]
    )
    assert at(PEER, "spec.transport.localPort", "1.17").deprecated
    assert names(PEER, "spec.transport", "1.18") == ["peerPort"]
    assert names(PEER, "spec.transport", "1.19") == ["peerPort", "sourceInterface"]
    assert at(PEER, "spec.timers", "1.17").agreements == ()
    assert at(PEER, "spec.timers", "1.18", "v2alpha1").agreements == ("keepalive-within-hold",)


def test_other_kinds_through_the_releases() -> None:
    """An override names its node in its spec up to 1.15 only; pod pools select from 1.19 on."""
    assert [("nodeRef" in names(OVERRIDE, "spec", release)) for release in RELEASES] == [True] + [False] * 5
    assert [("localASN" in names(OVERRIDE, "spec.bgpInstances[]", release)) for release in RELEASES] == (
        [False, False, False, True, True, True]
    )
    assert [("podSelector" in names("CiliumPodIPPool", "spec", release)) for release in RELEASES] == (
        [False, False, False, False, True, True]
    )
    policy = "spec.virtualRouters[].neighbors[].advertisedPathAttributes[].localPreference"
    assert at("CiliumBGPPeeringPolicy", policy, "1.17").maximum == 4294967295


@pytest.mark.parametrize("release", RELEASES)
def test_metadata_is_known_in_every_kind(release: str) -> None:
    """The API server refuses a field that no metadata has, so the table knows those that it has."""
    for version in served(CLUSTER, release):
        metadata = schema(CLUSTER, release, version).fields["metadata"]
        assert list(metadata.fields)[:5] == ["name", "generateName", "namespace", "labels", "annotations"]
