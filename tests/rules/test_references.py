"""CN401 to CN411: the way from a cluster config to what is announced, and to the nodes that announce it."""

from __future__ import annotations

import time

from cilium_networking.fabric import read_cluster
from cilium_networking.lossless.edit import edit
from cilium_networking.rules import RULES, Case
from cilium_networking.settings import read
from rules.bgp import (
    ADVERTISEMENT,
    CLUSTER_CONFIG,
    INVENTORY,
    PEER_CONFIG,
    VALUES,
    config,
    info_of,
    old_version,
    severities,
)
from rules.judging import findings_of, resources_of, said_of

WHOLE = CLUSTER_CONFIG + PEER_CONFIG + ADVERTISEMENT
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
NODE = """\
---
apiVersion: v1
kind: Node
metadata:
  name: node-a
  labels:
    kubernetes.io/hostname: node-a
    kubernetes.io/os: linux
    node-role.kubernetes.io/control-plane: "true"
"""


def mended(text: str, rule: str) -> str:
    """The one object that a rule's fix is about, after it."""
    settings, _ = read(None, {})
    (said,) = RULES[rule].check(Case(read_cluster(resources_of(text), "1.19"), settings))
    return edit(said.spot.resource.fragment, *said.fix).text  # type: ignore[union-attr]


def test_a_whole_set_is_silent() -> None:
    """Cluster config, peer config and advertisement that belong together give nothing to say, and no information."""
    assert said_of(WHOLE + POOL) == []
    assert [info_of(WHOLE, rule) for rule in RULES if rule[2] in "24"] == [[] for rule in RULES if rule[2] in "24"]


def test_each_half_is_silent() -> None:
    """What stands alone may have its other half in another directory."""
    for text in (CLUSTER_CONFIG, PEER_CONFIG, ADVERTISEMENT, CLUSTER_CONFIG + PEER_CONFIG, PEER_CONFIG + ADVERTISEMENT):
        assert said_of(text) == []


def test_a_family_that_a_pool_has_and_no_peer_config() -> None:
    """Said where all peer configs are here; one that is elsewhere may have the family."""
    six = POOL.replace("10.80.8.128/26", "fd00:80:8::/112")
    told = "advertises no ipv6, and pool load-balancers has such addresses: add the family to `spec.families`"
    assert said_of(WHOLE + six) == [("CN401", told)]
    elsewhere = "    - name: six\n      peerASN: 65000\n      peerAddress: fd00:80::1\n      peerConfigRef:\n"
    assert said_of(CLUSTER_CONFIG + elsewhere + "        name: ${SIX}\n" + PEER_CONFIG + ADVERTISEMENT + six) == []


def test_a_peer_config_that_is_not_here() -> None:
    """Said where other peer configs are here, or advertisements, which have no use without."""
    wrong = config("name: peer", "name: peeer", PEER_CONFIG)
    assert said_of(wrong) == [
        ("CN402", "no CiliumBGPPeerConfig is named `peeer`, so the peer is never made: here are peer")
    ]
    assert said_of(CLUSTER_CONFIG + ADVERTISEMENT) == [
        ("CN402", "no CiliumBGPPeerConfig is named `peer`, so the peer is never made: there is none at all here")
    ]
    assert said_of(config("name: peer", "name: ${PEER}", PEER_CONFIG)) == []
    assert said_of(wrong.replace("  name: peer\n", "  name: peer-${SITE}\n")) == []


def test_a_peer_config_that_no_peer_uses() -> None:
    """Worth knowing, where all peers are known."""
    spare = PEER_CONFIG.replace("name: peer", "name: spare")
    assert info_of(WHOLE + spare, "CN402") == ["no peer here uses this config"]
    assert info_of(WHOLE.replace("        name: peer", "        name: ${PEER}") + spare, "CN402") == []
    assert info_of(PEER_CONFIG + spare, "CN402") == []


def test_a_peer_without_a_config() -> None:
    """The session comes up, and nothing goes through it."""
    assert said_of(config("      peerConfigRef:\n        name: peer\n")) == [
        ("CN403", "peer `gateway` has no `peerConfigRef`, so nothing is advertised to it: name a peer config")
    ]
    later = config("      peerConfigRef:\n        name: peer\n", "      peerConfigRef: ${REF}\n")
    assert "CN403" not in {rule for rule, _ in said_of(later)}


def test_a_peer_config_without_routes() -> None:
    """No families, or none that selects anything, is an error; one family of several without is a warning."""
    none = PEER_CONFIG[: PEER_CONFIG.index("  families")] + "  ebgpMultihop: 1\n"
    told = "has no families, so nothing is advertised: give `families` with `advertisements`"
    assert said_of(none) == [("CN404", told)]
    assert said_of(none + "  families: []\n") == [("CN404", told)]
    bare = "  - afi: ipv6\n    safi: unicast\n"
    told = "ipv6/unicast has no `advertisements`, so nothing of it is advertised: select advertisements by their labels"
    assert said_of(PEER_CONFIG + bare) == [("CN404", told)]
    assert severities(PEER_CONFIG + bare) == [("CN404", "warning")]
    assert severities(none + "  families:\n" + bare) == [("CN404", "error")]
    assert said_of(PEER_CONFIG + bare + "    advertisements: {}\n") == []


def test_an_advertisement_that_no_family_selects() -> None:
    """Both ends are named; with labels of its own, and where every family has something, it may be another one's."""
    bare = ADVERTISEMENT.replace("  labels:\n    advertise: bgp\n", "")
    told = "has no labels, so no family selects it: CiliumBGPPeerConfig peer asks for `advertise=bgp`"
    assert said_of(CLUSTER_CONFIG + PEER_CONFIG + bare) == [("CN405", told)]
    assert severities(CLUSTER_CONFIG + PEER_CONFIG + bare) == [("CN405", "error")]
    other = ADVERTISEMENT.replace("advertise: bgp", "announce: bgp").replace("name: services", "name: others")
    told = "`announce=bgp` is what no family selects: CiliumBGPPeerConfig peer asks for `advertise=bgp`"
    assert said_of(CLUSTER_CONFIG + PEER_CONFIG + other) == [("CN405", told)]
    assert severities(CLUSTER_CONFIG + PEER_CONFIG + other) == [("CN405", "error")]
    assert severities(WHOLE + other) == [("CN405", "warning")]
    assert said_of(CLUSTER_CONFIG + PEER_CONFIG + other.replace("announce: bgp", "announce: ${BGP}")) == []
    assert said_of(WHOLE.replace("        advertise: bgp", "        advertise: ${BGP}") + other) == []
    every = PEER_CONFIG[: PEER_CONFIG.index("    advertisements")] + "    advertisements: {}\n"
    assert said_of(CLUSTER_CONFIG + every + bare) == []


def test_a_peer_config_that_no_peer_names() -> None:
    """It sends nothing, so that its families ask for an advertisement helps nobody; without any peer all count."""
    other = ADVERTISEMENT.replace("advertise: bgp", "announce: bgp").replace("name: services", "name: others")
    idle = PEER_CONFIG.replace("name: peer", "name: idle").replace("advertise: bgp", "announce: bgp")
    told = "`announce=bgp` is what no family selects: CiliumBGPPeerConfig peer asks for `advertise=bgp`"
    assert [one for one in said_of(WHOLE + idle + other) if one[0] == "CN405"] == [("CN405", told)]
    assert "CN405" not in [rule for rule, _ in said_of(PEER_CONFIG + ADVERTISEMENT + idle + other)]
    open_one = CLUSTER_CONFIG.replace("name: peer\n", "name: ${PEER}\n")
    assert open_one != CLUSTER_CONFIG
    assert "CN405" not in [rule for rule, _ in said_of(open_one + PEER_CONFIG + ADVERTISEMENT + idle + other)]


def test_an_advertisement_without_labels_beside_a_cluster_config() -> None:
    """Without a peer config here it is likely wrong, and the missing peer config certainly."""
    bare = ADVERTISEMENT.replace("  labels:\n    advertise: bgp\n", "")
    assert said_of(CLUSTER_CONFIG + bare) == [
        ("CN402", "no CiliumBGPPeerConfig is named `peer`, so the peer is never made: there is none at all here"),
        ("CN405", "has no labels, and the families of peer configs select advertisements by them: give one"),
    ]
    assert said_of(bare) == []


def test_the_label_that_is_certain() -> None:
    """An advertisement without labels gets those that all families ask for."""
    bare = ADVERTISEMENT.replace("  labels:\n    advertise: bgp\n", "")
    assert mended(PEER_CONFIG + bare, "CN405") == ADVERTISEMENT.removeprefix("---\n")
    two = "  - afi: ipv6\n    safi: unicast\n    advertisements:\n      matchLabels:\n        advertise: six\n"
    assert mended(PEER_CONFIG + two + bare, "CN405") == bare.removeprefix("---\n")


def test_families_that_ask_for_different_labels() -> None:
    """Both are named, and neither is proposed: nobody knows which is meant. Of one that is idle that is known."""
    bare = ADVERTISEMENT.replace("  labels:\n    advertise: bgp\n", "")
    six = PEER_CONFIG.replace("advertise: bgp", "advertise: six").replace("name: peer", "name: other")
    told = (
        "has no labels, so no family selects it: CiliumBGPPeerConfig peer asks for `advertise=bgp`, "
        "CiliumBGPPeerConfig other for `advertise=six`"
    )
    (found,) = (one for one in findings_of(PEER_CONFIG + six + bare) if one.rule == "CN405")
    assert (found.message, found.current, found.proposed) == (f"CN405 {told}", None, None)
    taken = ADVERTISEMENT.replace("name: services", "name: taken")
    (found,) = (one for one in findings_of(PEER_CONFIG + six + taken + bare) if one.rule == "CN405")
    assert (found.message.rpartition(": ")[2], found.proposed) == (
        "CiliumBGPPeerConfig other asks for `advertise=six`", "advertise=six"
    )  # fmt: skip


def test_a_family_that_selects_no_advertisement() -> None:
    """Said where there are advertisements, and all of them are taken by others."""
    two = "  - afi: ipv6\n    safi: unicast\n    advertisements:\n      matchLabels:\n        advertise: six\n"
    told = "no advertisement here has `advertise=six` (services), so nothing of ipv6 is sent: ask for their labels"
    assert said_of(PEER_CONFIG + two + ADVERTISEMENT) == [("CN406", told)]
    assert said_of(PEER_CONFIG + two) == []
    assert said_of(PEER_CONFIG + two + ADVERTISEMENT.replace("advertise: bgp", "advertise: ${NAME}")) == []


def test_an_advertisement_that_announces_nothing() -> None:
    """No selector takes nothing since 1.16, and a nested one is said where it stands; an empty list is nothing too."""
    bare = ADVERTISEMENT.replace("    selector: {}\n", "")
    told = "has no `selector`, so it announces no Service: select by labels, or all with `selector: {}`"
    assert said_of(bare) == [("CN407", told)]
    pods = "  - advertisementType: PodCIDR\n"
    assert said_of(bare.replace("  - advert", pods + "  - advert")) == [("CN407", told)]
    assert "CN407" not in {rule for rule, _ in said_of(bare + "    selector: ${SELECTOR}\n")}
    nested = bare + "      selector:\n        matchLabels:\n          a: b\n"
    assert [rule for rule, _ in said_of(nested)] == ["CN501"]
    pods = "  - advertisementType: CiliumPodIPPool\n"
    head = ADVERTISEMENT[: ADVERTISEMENT.index("  - advert")]
    told = "has no `selector`, so it announces no pod pool: select by labels, or all with `selector: {}`"
    assert said_of(head + pods) == [("CN407", told)]
    assert said_of(head + "  - advertisementType: PodCIDR\n") == []
    assert said_of(head.replace("advertisements:", "advertisements: []")) == [
        ("CN407", "an empty list announces nothing: say what to announce, or take the object away")
    ]


def test_an_absent_selector_in_old_releases() -> None:
    """Until 1.15 it takes everything."""
    old = ADVERTISEMENT.replace("    selector: {}\n", "").replace("type: Service", "type: CiliumLoadBalancerIP")
    text = old_version(old.replace("    service:\n      addresses:\n      - LoadBalancerIP\n", ""))
    assert "CN407" not in {rule for rule, _ in said_of(text, {"cilium-version": "1.15"})}


SELECTING = ADVERTISEMENT.replace("selector: {}", "selector:\n      matchLabels:\n        pool: load-balancers")


def test_services_that_no_pool_serves() -> None:
    """All pools exclude what is announced; or the pool that is meant by its name does."""
    other = POOL.replace("name: load-balancers", "name: other").replace("8.128", "9.128")
    absent = "  serviceSelector:\n    matchExpressions:\n    - {key: pool, operator: DoesNotExist}\n"
    told = "`pool=load-balancers` and the `!pool` of CiliumLoadBalancerIPPool other meet in no Service"
    then = ": ask for the same, or nothing that has an address is announced"
    assert said_of(SELECTING + other + absent) == [("CN408", told + then)]
    third = other.replace("name: other", "name: third").replace("9.128", "10.128")
    named = "  serviceSelector:\n    matchLabels:\n      pool: third\n"
    more = ", and neither do those of the other pools"
    assert said_of(SELECTING + other + absent + third + named) == [("CN408", told + more + then)]
    assert said_of(SELECTING + other + absent + third + named.replace("third", "load-balancers")) == []
    told = (
        "`pool=load-balancers` means CiliumLoadBalancerIPPool load-balancers by its name, which serves only Services "
        "with `!pool`: ask for the same"
    )
    found = said_of(SELECTING + POOL + absent + other)
    assert [said for said in found if said[0] == "CN408"] == [("CN408", told)]


def test_services_that_some_pool_may_serve() -> None:
    """Pools without selectors, with placeholders, or none; and addresses that no pool gives."""
    absent = "  serviceSelector:\n    matchExpressions:\n    - {key: pool, operator: DoesNotExist}\n"
    assert said_of(SELECTING) == []
    assert said_of(SELECTING + POOL) == []
    assert said_of(SELECTING + POOL + absent.replace("key: pool", "key: '${KEY}'")) == []
    assert said_of((SELECTING + POOL + absent).replace("- LoadBalancerIP", "- ExternalIP")) == []


def selecting_nodes(selector: str) -> str:
    """The cluster config with a node selector, given as the lines below it."""
    lines = "".join(f"    {line}\n" for line in selector.splitlines())
    return CLUSTER_CONFIG.replace("spec:\n", f"spec:\n  nodeSelector:\n{lines}", 1)


def test_selectors_that_cilium_cannot_use() -> None:
    """Values where none belong, none where some do; a placeholder in their place is not known yet."""
    head = "matchExpressions:\n- key: rack\n  operator: "
    told = "`In` needs `values`, so Cilium cannot use the selector: name them"
    assert said_of(selecting_nodes(head + "In")) == [("CN409", told)]
    assert said_of(selecting_nodes(head + "In\n  values: []")) == [("CN409", told)]
    assert said_of(selecting_nodes(head + "NotIn")) == [("CN409", told.replace("`In`", "`NotIn`"))]
    told = "`Exists` takes no `values`, so Cilium cannot use the selector: leave them out"
    assert said_of(selecting_nodes(head + "Exists\n  values: [r0]")) == [("CN409", told)]
    assert said_of(selecting_nodes(head + "Exists")) == []
    assert said_of(selecting_nodes(head + "In\n  values: [r0]")) == []
    assert said_of(selecting_nodes(head + "In\n  values: ['${RACK}']")) == []
    assert [one for one in said_of(selecting_nodes(head + "In\n  values: ${RACKS}")) if one[0] == "CN409"] == []
    for written in (head + "${IN}\n  values: [r0]", "matchLabels: ${LABELS}", "matchExpressions: ${CONDITIONS}"):
        assert [one for one in said_of(two("matchLabels:\n  rack: r1", written)) if one[0] == "CN411"] == []


def test_selectors_that_contradict_themselves() -> None:
    """Said of node selectors, of families and of advertisements."""
    both = "matchLabels:\n  rack: r0\nmatchExpressions:\n- {key: rack, operator: NotIn, values: [r0]}"
    told = "`rack=r0` and `rack notin (r0)` are never met together, so this selects nothing: take one of them out"
    assert said_of(selecting_nodes(both)) == [("CN409", told)]
    inside = "\n".join(f"      {line}" for line in both.splitlines())
    assert said_of(ADVERTISEMENT.replace("selector: {}", f"selector:\n{inside}")) == [("CN409", told)]
    family = PEER_CONFIG[: PEER_CONFIG.index("      matchLabels")] + inside + "\n"
    assert said_of(family) == [("CN409", told)]


EMPTY_ROLE = 'matchLabels:\n  node-role.kubernetes.io/control-plane: ""'


def test_a_role_without_its_value() -> None:
    """Wrong on RKE2, which something in the input has to show; right with kubeadm and Talos."""
    text = selecting_nodes(EMPTY_ROLE)
    told = (
        'RKE2 gives `node-role.kubernetes.io/control-plane` the value "true", so `""` selects no node; '
        'that this is RKE2 is seen in {}: say "true", or use the operator Exists'
    )
    assert said_of(text + VALUES) == [("CN410", told.format("HelmChartConfig rke2-cilium"))]
    assert said_of(text + NODE) == [("CN410", told.format("Node node-a"))]
    assert said_of(text) == []
    assert said_of(text + NODE.replace('"true"', '""')) == []
    assert said_of(selecting_nodes(EMPTY_ROLE.replace('""', '"true"')) + VALUES + NODE) == []
    assert mended(text + VALUES, "CN410") == selecting_nodes(EMPTY_ROLE.replace('""', '"true"'))


def test_a_selector_that_no_known_node_has() -> None:
    """Known nodes are objects or the inventory's; labels that a kubelet sets are not missed in an inventory."""
    told = "`rack=r9` selects none of the nodes that are known (node-a): select by labels that they have"
    assert said_of(selecting_nodes("matchLabels:\n  rack: r9") + INVENTORY) == [("CN410", told)]
    assert said_of(selecting_nodes("matchLabels:\n  rack: r9") + NODE) == [("CN410", told)]
    assert said_of(selecting_nodes("matchLabels:\n  rack: r0") + INVENTORY) == []
    assert said_of(selecting_nodes("matchLabels:\n  kubernetes.io/os: linux") + INVENTORY) == []
    assert said_of(selecting_nodes("matchLabels:\n  kubernetes.io/arch: arm64") + INVENTORY) == []
    assert said_of(selecting_nodes(EMPTY_ROLE.replace('""', '"true"')) + INVENTORY) == []


def two(one: str, other: str) -> str:
    """Two cluster configs with those node selectors."""
    second = selecting_nodes(other) if other else CLUSTER_CONFIG
    first = selecting_nodes(one) if one else CLUSTER_CONFIG
    return first + "---\n" + second.replace("name: rack0", "name: rack1").replace("10.80.0.1", "10.80.0.2")


THEN = "a node runs one cluster config only: put the instances into one, or let the selectors exclude each other"


def test_two_cluster_configs_on_one_node() -> None:
    """Certain where one takes every node, or a known node is taken by both."""
    told = f"CiliumBGPClusterConfig rack0 selects every node, and {THEN}"
    assert said_of(two("", "")) == [("CN411", told)]
    assert said_of(two("matchLabels:\n  kubernetes.io/os: linux", "matchLabels:\n  rack: r0")) == [("CN411", told)]
    told = f"selects every node, also those of CiliumBGPClusterConfig rack0, and {THEN}"
    assert said_of(two("matchLabels:\n  rack: r0", "")) == [("CN411", told)]
    told = f"node node-a is selected by CiliumBGPClusterConfig rack0 too, and {THEN}"
    both = two("matchLabels:\n  rack: r0", "matchExpressions:\n- {key: rack, operator: Exists}")
    assert said_of(both + INVENTORY) == [("CN411", told)]


def test_two_cluster_configs_apart() -> None:
    """Their selectors exclude each other, no known node has both labels, or nobody knows: that is information."""
    assert said_of(two("matchLabels:\n  rack: r0", "matchLabels:\n  rack: r1")) == []
    assert said_of(two("matchLabels:\n  rack: ${A}", "matchLabels:\n  rack: ${B}")) == []
    maybe = two("matchLabels:\n  rack: r0", "matchLabels:\n  zone: b")
    assert said_of(maybe) == []
    assert info_of(maybe, "CN411") == [
        "may select nodes of CiliumBGPClusterConfig rack0 too, which nobody can tell here"
    ]
    assert info_of(two("matchLabels:\n  rack: r0", "matchLabels:\n  rack: r1"), "CN411") == []


def test_what_is_left_of_a_selector() -> None:
    """Conditions that stand beside `matchLabels` are dropped, and the selector takes every node."""
    lost = " (conditions outside of `matchLabels` and `matchExpressions` are dropped)"
    found = said_of(two("rack: r0", "rack: r1"))
    assert [said for said in found if said[0] != "CN501"] == [
        ("CN411", f"CiliumBGPClusterConfig rack0 selects every node{lost}, and {THEN}")
    ]


POLICY = """\
---
apiVersion: cilium.io/v2alpha1
kind: CiliumBGPPeeringPolicy
metadata:
  name: old
spec:
  nodeSelector:
    matchLabels:
      rack: r0
  virtualRouters:
  - localASN: 65001
    neighbors:
    - peerAddress: 10.80.0.1/32
      peerASN: 65000
"""


def test_an_old_policy_beside_a_cluster_config() -> None:
    """The policy wins where both select a node; from 1.19 on there are none, which another rule says."""
    text = old_version(CLUSTER_CONFIG) + POLICY
    told = (
        "selects every node, also those of CiliumBGPPeeringPolicy old, and there the old policy wins over the cluster "
        "config: let their selectors exclude each other"
    )
    assert said_of(text, {"cilium-version": "1.17"}) == [("CN411", told)]
    assert said_of(old_version(selecting_nodes("matchLabels:\n  rack: r1")) + POLICY, {"cilium-version": "1.17"}) == []
    assert {rule for rule, _ in said_of(CLUSTER_CONFIG + POLICY)} == {"CN502"}
    second = POLICY.replace("name: old", "name: older").replace(
        "  nodeSelector:\n    matchLabels:\n      rack: r0\n", ""
    )
    told = (
        "selects every node, also those of CiliumBGPPeeringPolicy old, and two policies on one node are both ignored: "
        "make one of them"
    )
    assert said_of(POLICY + second, {"cilium-version": "1.17"}) == [("CN411", told)]


def test_a_thousand_racks() -> None:
    """Racks that one label tells apart are not compared each with each."""
    text = "".join(
        "---\n" + selecting_nodes(f"matchLabels:\n  rack: r{number}").replace("name: rack0", f"name: rack{number}")
        for number in range(1000)
    )
    settings, _ = read(None, {})
    case = Case(read_cluster(resources_of(text), "1.19"), settings)
    begun = time.process_time()
    assert list(RULES["CN411"].check(case)) == []
    assert time.process_time() - begun < 1
