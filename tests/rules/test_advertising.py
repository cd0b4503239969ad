"""CN215 to CN218: what routes carry, how they are joined, and which of them a cluster and a family can have."""

from __future__ import annotations

import pytest

from rules.bgp import ADVERTISEMENT, CLUSTER_CONFIG, OVERRIDE, PEER_CONFIG, VALUES, config, severities
from rules.judging import said_of

PREFERRING = ADVERTISEMENT + "    attributes:\n      localPreference: 200\n"
POOL = """\
---
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: load-balancers
spec:
  blocks:
  - cidr: 10.80.8.128/26
"""


def test_a_preference_that_has_no_bits() -> None:
    """BGP has 32 of them, and the schema any number."""
    for value in ("-1", "4294967296"):
        assert said_of(PREFERRING.replace("200", value)) == [
            ("CN215", f"{value} is no local preference, which has 32 bits: take 0 to 4294967295")
        ]
    assert severities(PREFERRING.replace("200", "-1")) == [("CN215", "error")]
    for value in ("0", "4294967295", "${PREFERENCE}"):
        assert said_of(PREFERRING.replace("200", value)) == []


def test_a_preference_that_leaves_its_as() -> None:
    """Said only where every peer that gets the routes is surely of another AS."""
    told = (
        "a local preference stays in its AS, and every peer with CiliumBGPPeerConfig peer is of another one: "
        "take it out, or use communities"
    )
    assert said_of(CLUSTER_CONFIG + PEER_CONFIG + PREFERRING) == [("CN215", told)]
    assert severities(CLUSTER_CONFIG + PEER_CONFIG + PREFERRING) == [("CN215", "warning")]
    assert said_of(config("65000", "65001", PEER_CONFIG, PREFERRING)) == []
    assert said_of(config("65000", "0", PEER_CONFIG, PREFERRING)) == []
    assert said_of(config("65000", "${PEER_ASN}", PEER_CONFIG, PREFERRING)) == []
    assert said_of(CLUSTER_CONFIG + PEER_CONFIG + PREFERRING + OVERRIDE + "    localASN: 65000\n") == []
    inside = "    - name: inside\n      peerASN: 65001\n      peerAddress: 10.80.0.2\n"
    inside += "      peerConfigRef:\n        name: peer\n"
    assert said_of(CLUSTER_CONFIG + inside + PEER_CONFIG + PREFERRING) == []
    later = inside.replace("name: peer", "name: ${PEER}")
    assert said_of(CLUSTER_CONFIG + later + PEER_CONFIG + PREFERRING) == []
    assert said_of(PEER_CONFIG + PREFERRING) == []


def test_a_preference_that_a_placeholder_may_take_elsewhere() -> None:
    """Another peer config, whose peers are not here, may take the advertisement too."""
    told = said_of(CLUSTER_CONFIG + PEER_CONFIG + PREFERRING)
    assert [rule for rule, _ in told] == ["CN215"]
    other = PEER_CONFIG.replace("name: peer", "name: other")
    apart = other.replace("advertise: bgp", "advertise: lan")
    maybe = other.replace("advertise: bgp", "advertise: ${LABEL}")
    for more, rules in ((apart, ["CN215"]), (maybe, []), (other, [])):
        found = said_of(CLUSTER_CONFIG + PEER_CONFIG + more + PREFERRING)
        assert [rule for rule, _ in found if rule == "CN215"] == rules
    unknown = PREFERRING.replace("    advertise: bgp\n", "    advertise: bgp\n    site: ${SITE}\n")
    assert [rule for rule, _ in said_of(CLUSTER_CONFIG + PEER_CONFIG + unknown) if rule == "CN215"] == []


def aggregated(length: int, family: int = 4) -> str:
    """The advertisement with routes joined to that length."""
    field = f"      aggregationLengthIPv{family}: {length}\n    selector"
    return ADVERTISEMENT.replace("    selector", field)


def test_an_aggregate_wider_than_the_pools() -> None:
    """The whole network is announced, so somebody has to have all of it."""
    told = (
        "announces all of 10.80.8.0/24, of which CiliumLoadBalancerIPPool load-balancers has 10.80.8.128-10.80.8.191 "
        "and no pool has the rest: take a length whose networks the pools fill"
    )
    assert said_of(aggregated(24) + POOL) == [("CN216", told)]
    assert said_of(aggregated(26) + POOL) == []
    assert said_of(aggregated(28) + POOL) == []
    assert said_of(aggregated(24)) == []
    assert said_of(aggregated(64, 6) + POOL) == []
    assert said_of(aggregated(24).replace("LoadBalancerIP", "ClusterIP") + POOL) == []
    assert said_of(aggregated(24) + POOL.replace("10.80.8.128/26", "${POOL}")) == []


def test_an_aggregate_of_several_pools() -> None:
    """Pools that touch fill a network together; a range that begins inside one does not."""
    other = POOL.replace("load-balancers", "other").replace("8.128/26", "8.192/26")
    one, two = (f"  serviceSelector:\n    matchLabels:\n      pool: {name}\n" for name in ("one", "two"))
    assert said_of(aggregated(25) + POOL + one + other + two) == []
    within = POOL.replace("cidr: 10.80.8.128/26", "start: 10.80.8.129\n    stop: 10.80.8.190")
    assert [rule for rule, _ in said_of(aggregated(26) + within)] == ["CN216"]


@pytest.mark.parametrize(
    ("one", "other", "rules"),
    [
        ((0, 126), (128, 255), ["CN216"]),
        ((0, 127), (128, 255), []),
        ((0, 200), (100, 255), []),
        ((0, 255), (16, 31), []),
        ((0, 254), (16, 31), ["CN216"]),
    ],
)
def test_an_aggregate_with_a_hole(one: tuple[int, int], other: tuple[int, int], rules: list[str]) -> None:
    """One address between two ranges is enough; ranges that overlap, or lie in each other, leave none."""
    blocks = "".join(f"  - start: 10.80.8.{first}\n    stop: 10.80.8.{last}\n" for first, last in (one, other))
    text = aggregated(24) + POOL.replace("  - cidr: 10.80.8.128/26\n", blocks)
    assert [rule for rule, _ in said_of(text) if rule == "CN216"] == rules


def test_an_aggregate_of_other_services() -> None:
    """A pool whose Services the advertisement cannot take has no part in it."""
    apart = POOL + "  serviceSelector:\n    matchLabels:\n      pool: a\n"
    here = POOL.replace("load-balancers", "here").replace("8.128/26", "16.0/24")
    here += "  serviceSelector:\n    matchLabels:\n      pool: b\n"
    selecting = aggregated(24).replace("selector: {}", "selector:\n      matchLabels:\n        pool: b")
    assert said_of(selecting + apart + here) == []


PODS = ADVERTISEMENT[: ADVERTISEMENT.index("  - advert")] + "  - advertisementType: "


def test_networks_that_an_ipam_mode_has() -> None:
    """Nodes have networks with two modes, and pools with a third; RKE2 sets one of the first."""
    told = "`ipam.mode` is not set in HelmChartConfig rke2-cilium, and pod pools exist with `multi-pool` only: announce"
    pools = PODS + "CiliumPodIPPool\n    selector: {}\n"
    assert said_of(pools + VALUES) == [("CN217", f"{told} `PodCIDR`")]
    assert said_of(pools) == []
    several = VALUES + "    ipam:\n      mode: multi-pool\n"
    assert said_of(pools + several) == []
    told = "`ipam.mode` is `multi-pool` in HelmChartConfig rke2-cilium, with which nodes have no networks for Pods to"
    assert said_of(PODS + "PodCIDR\n" + several) == [("CN217", f"{told} announce: announce `CiliumPodIPPool`")]
    assert said_of(PODS + "PodCIDR\n" + VALUES) == []
    assert said_of(PODS + "PodCIDR\n" + VALUES + "    ipam:\n      mode: cluster-pool\n") == []
    assert said_of(PODS + "PodCIDR\n" + VALUES + "    ipam:\n      mode: ${IPAM}\n") == []


def test_a_family_that_stands_twice() -> None:
    """Only the last entry's advertisements are sent; two families are two."""
    again = "  - afi: ipv4\n    safi: unicast\n    advertisements:\n      matchLabels:\n        advertise: pods\n"
    told = (
        "ipv4/unicast stands here twice, and only the last one counts: what `advertise=bgp` selects is not sent; "
        "make one selector of both"
    )
    assert said_of(PEER_CONFIG + again) == [("CN218", told)]
    assert severities(PEER_CONFIG + again) == [("CN218", "warning")]
    assert said_of(PEER_CONFIG + again.replace("ipv4", "ipv6")) == []
    assert said_of(PEER_CONFIG + again.replace("pods", "bgp")) == []
