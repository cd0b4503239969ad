"""Rules about pools: blocks, overlaps, selectors, use, and addresses that others have."""

from __future__ import annotations

from typing import Final

import pytest

from cilium_networking.addressing import Address, Range
from cilium_networking.fabric import read_cluster
from cilium_networking.lossless.edit import edit
from cilium_networking.rules import EVERY, Case, judged
from cilium_networking.rules.addresses.overlaps import _overlaps
from cilium_networking.settings import read
from rules.judging import findings_of, resources_of, said_of

INVENTORY: Final = """
---
apiVersion: fn.kpt.dev/v1alpha1
kind: NetworkInventory
metadata:
  name: bioskop
  annotations:
    config.kubernetes.io/local-config: "true"
spec:
"""
LAN: Final = """
  networks:
  - name: lan
    cidr: 10.80.0.0/20
    gateway: 10.80.0.1
    dhcp: 10.80.1.0-10.80.1.255
"""
ANY: Final = "CiliumLoadBalancerIPPool "
LOST: Final = "Cilium takes no address from this block"


def pool(name: str, *blocks: str, spec: str = "", created: str = "", api: str = "cilium.io/v2") -> str:
    """A pool; blocks in flow style, ``spec`` as lines below it."""
    stamp = f'\n  creationTimestamp: "{created}"' if created else ""
    listed = "\n".join(f"  - {{{block}}}" for block in blocks)
    head = f"---\napiVersion: {api}\nkind: CiliumLoadBalancerIPPool\nmetadata:\n  name: {name}{stamp}\n"
    return f"{head}spec:\n  blocks:\n{listed}\n{spec}"


def only(label: str) -> str:
    """A selector for Services with one label."""
    key, _, value = label.partition("=")
    return f"  serviceSelector:\n    matchLabels: {{{key}: {value}}}\n"


def fixed(text: str) -> str:
    """The text of the only object after the edits of all findings."""
    settings, _ = read(None, {})
    (resource,) = resources_of(text)
    case = Case(read_cluster((resource,), "1.19"), settings)
    edits = [one for _, _, several in judged(case, EVERY) for one in several]
    return edit(resource.fragment, *edits).text


# ------------------------------------------------------------------------------------------------------------ blocks


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (
            "start: 10.80.8.129/32",
            (
                "`10.80.8.129/32` has a prefix length, and has to be one address: did you mean `10.80.8.129`? "
                f"{LOST[0].upper()}{LOST[1:]}"
            ),
        ),
        ("start: 10.80.8.9, stop: 10.80.8.1", f"`10.80.8.9` lies behind the end `10.80.8.1`: {LOST}"),
        ("start: 10.80.8.9, stop: 'fd00::1'", f"`10.80.8.9` is IPv4, and the other end `fd00::1` is IPv6: {LOST}"),
        (
            "start: 10.80.8.9, stop: 10.80.8.x",
            f"`10.80.8.x` is not an IP address, like `10.80.0.1` or `fd00:80::1`: {LOST}",
        ),
        ("stop: 10.80.8.9", f"has `stop` and no `start`: {LOST}"),
        ("", f"has neither `cidr` nor `start`: {LOST}"),
        (
            "start: '::ffff:10.80.8.9'",
            (
                "`::ffff:10.80.8.9` is an IPv4 address in IPv6 form: did you mean `10.80.8.9`? "
                "No Service can have such an address"
            ),
        ),
    ],
)
def test_a_block_that_gives_nothing(block: str, message: str) -> None:
    """What the API server takes and the operator cannot read is said with its reason."""
    assert said_of(pool("lb", block)) == [("CN101", message)]


def test_what_is_behind_a_block_that_cannot_be_read() -> None:
    """The operator stops at the first such block, so those behind it are lost too, and the sentence counts them."""
    text = pool("lb", "cidr: 10.80.7.0/24", "", "cidr: 10.80.8.0/24", "cidr: 10.80.9.0/24")
    lost = "has neither `cidr` nor `start`: Cilium takes no address from this block, nor from the 2 behind it"
    assert said_of(text) == [("CN101", lost)]


@pytest.mark.parametrize("block", ["cidr: 10.80.8.9", "cidr: nonsense", "start: 5", "begin: 10.80.8.9"])
def test_what_the_schema_says_is_said_once(block: str) -> None:
    """A block that the API server refuses is the schema's, and no second rule speaks of it."""
    assert {rule for rule, _ in said_of(pool("lb", block))} == {"CN501"}


@pytest.mark.parametrize(
    "block", ["cidr: '${POOL}'", "start: '${FIRST}', stop: 10.80.8.9", "start: 10.80.8.1, stop: '${L}'"]
)
def test_a_placeholder_in_a_block_is_nobodys_fault(block: str) -> None:
    """What a later tool fills in is not judged."""
    assert said_of(pool("lb", block)) == []


def test_host_bits_are_told_with_what_they_come_to() -> None:
    """The addresses that the pool really gives out are named, and the fix is made only where one thing can be meant."""
    told = (
        "`10.80.8.200/28` has host bits set, which Cilium masks off: the pool gives out 10.80.8.192-10.80.8.207; "
        "write `10.80.8.192/28`, or `start` and `stop` for a part of it"
    )
    text = pool("lb", "cidr: 10.80.8.200/28")
    assert said_of(text) == [("CN102", told)]
    assert "cidr: 10.80.8.200/28" in fixed(text)
    assert "cidr: 10.45.0.0/24" in fixed(pool("lb", "cidr: 10.45.0.1/24"))


def test_a_mask_over_all_bits_is_taken_off() -> None:
    """One address as a network of it alone can only mean that address."""
    assert "{start: 10.80.8.129}" in fixed(pool("lb", "start: 10.80.8.129/32"))


@pytest.mark.parametrize("block", ["start: 10.80.8.190/26", "start: 10.80.8.129, stop: 10.80.8.190/26"])
def test_an_end_with_the_length_of_its_network(block: str) -> None:
    """One address may be meant, or all of the network: that is proposed and not written."""
    text = pool("lb", block)
    (found,) = (one for one in findings_of(text) if one.rule == "CN101")
    assert (found.current, found.proposed) == ("10.80.8.190/26", "10.80.8.190")
    assert fixed(text) == text.removeprefix("---\n")


def test_a_range_beside_a_network() -> None:
    """The range has no effect, unless it says the same as the network."""
    told = (
        "`start` and `stop` have no effect beside `cidr`: the pool gives out all of 10.80.8.128-10.80.8.191; "
        "take the one or the other off"
    )
    assert said_of(pool("lb", "cidr: 10.80.8.128/26, start: 10.80.8.129, stop: 10.80.8.190")) == [("CN103", told)]
    assert said_of(pool("lb", "cidr: 10.80.8.128/26, start: 10.80.8.128, stop: 10.80.8.191")) == []


@pytest.mark.parametrize(
    ("spec", "rules"),
    [
        ("", ["CN501"]),
        ("  blocks: []\n", ["CN104"]),
        ("  disabled: false\n", ["CN104"]),
        ("  disabled: true\n", []),
        ("  blocks: ${BLOCKS}\n", []),
        ("  blocks: ${pool-blocks}\n", ["CN501"]),
        ("  blocks: 10.80.8.0/24\n", ["CN501"]),
    ],
)
def test_a_pool_without_blocks(spec: str, rules: list[str]) -> None:
    """Said of a pool that is meant to give, and not where the schema or a placeholder has its say."""
    text = f"apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata:\n  name: lb\nspec:\n{spec}"
    assert [rule for rule, _ in said_of(text)] == rules


@pytest.mark.parametrize(
    ("block", "found"),
    [
        ("cidr: 0.0.0.0/8", ["error", "addresses of no host (0.0.0.0/8)"]),
        ("cidr: 127.1.0.0/24", ["error", "loopback addresses (127.0.0.0/8)"]),
        ("cidr: 169.254.8.0/24", ["warning", "link-local addresses (169.254.0.0/16)"]),
        ("cidr: 224.0.0.0/24", ["error", "multicast addresses (224.0.0.0/4)"]),
        ("cidr: 240.0.0.0/24", ["warning", "addresses of class E (240.0.0.0/4)"]),
        ("start: 255.255.255.255", ["error", "the broadcast address 255.255.255.255"]),
        ("start: '::1'", ["error", "the unspecified or the loopback address (::, ::1)"]),
        ("cidr: 'fe80::/64'", ["warning", "link-local addresses (fe80::/10)"]),
        ("cidr: 'ff02::/64'", ["error", "multicast addresses (ff00::/8)"]),
    ],
)
def test_addresses_of_no_host(block: str, found: list[str]) -> None:
    """Each range that is no host's is named; where it works for some it is a warning."""
    (finding,) = findings_of(pool("lb", block))
    held = finding.message.partition(" holds ")[2].partition(": ")[0]
    assert [finding.rule, finding.severity, held] == ["CN105", *found]


@pytest.mark.parametrize("block", ["cidr: 192.0.2.0/24", "cidr: 'fd00::/8'", "cidr: 100.64.0.0/10", "cidr: 8.8.8.0/24"])
def test_addresses_that_hosts_can_have(block: str) -> None:
    """Documentation, shared and public networks, and a huge one of IPv6, are fine."""
    assert said_of(pool("lb", block)) == []


def test_the_default_that_1_16_turned_round() -> None:
    """Said up to 1.15 of networks whose first and last address are kept back there; the fix keeps it so."""
    old = {"cilium-version": "1.15"}
    told = (
        'says no `allowFirstLastIPs`, which is "No" here and "Yes" from Cilium 1.16 on: '
        'write "No" to keep first and last addresses back'
    )
    text = pool("lb", "cidr: 10.80.8.128/26", api="cilium.io/v2alpha1")
    assert said_of(text, old) == [("CN106", told)]
    assert said_of(pool("lb", "cidr: 10.80.8.128/31", "start: 10.80.9.1", api="cilium.io/v2alpha1"), old) == []
    assert said_of(text, {"cilium-version": "1.16"}) == []


# ---------------------------------------------------------------------------------------------------------- overlaps


def test_blocks_of_one_pool_overlap() -> None:
    """The whole pool is out of service, and what both hold is named."""
    text = pool("lb", "cidr: 10.80.8.0/24", "start: 10.80.8.5", "cidr: 10.80.9.0/24")
    told = (
        "`10.80.8.5` overlaps `10.80.8.0/24` of the same pool, which then gives out nothing at all: "
        "leave 10.80.8.5 to one block"
    )
    assert said_of(text) == [("CN107", told)]


def test_the_newer_of_two_pools_loses() -> None:
    """With both times known the finding is on the newer pool, wherever it stands, and says that it is the one."""
    older = pool("old", "cidr: 10.80.8.0/24", spec=only("a=b"), created="2025-01-01T00:00:00Z")
    newer = pool("new", "start: 10.80.8.9", spec=only("a=c"), created="2026-01-01T00:00:00Z")
    told = (
        f"`10.80.8.9` overlaps `10.80.8.0/24` of {ANY}old, which is older: this pool gives out nothing at all; "
        "leave 10.80.8.9 to one pool"
    )
    assert said_of(newer + older) == said_of(older + newer) == [("CN107", told)]


def test_two_pools_of_unknown_age() -> None:
    """Which of them loses nobody knows; selectors that never meet and `disabled` do not help."""
    text = pool("one", "cidr: 10.80.8.0/25", spec=only("a=b")) + pool(
        "two", "start: 10.80.8.100, stop: 10.80.8.200", spec=only("a=c") + "  disabled: true\n"
    )
    told = (
        f"`10.80.8.100-10.80.8.200` overlaps `10.80.8.0/25` of {ANY}one: the newer pool, or either if both are made "
        "at once, gives out nothing at all; leave 10.80.8.100-10.80.8.127 to one pool; "
        "that one is disabled does not help"
    )
    assert said_of(text) == [("CN107", told)]


def test_pools_beside_one_another() -> None:
    """Neighbours do not overlap, nor do families, nor two stages of one pool in two directories."""
    text = pool("a", "cidr: 10.80.8.0/25", "cidr: 'fd00::/64'", spec=only("a=a"))
    text += pool("b", "cidr: 10.80.8.128/25", "cidr: 'fd00:0:0:1::/64'", spec=only("a=b"))
    assert said_of(text) == []
    twice = pool("a", "cidr: 10.80.8.0/25") + pool("a", "cidr: 10.80.8.0/25")
    assert "CN107" not in {rule for rule, _ in said_of(twice)}


def test_overlaps_are_those_of_comparing_all() -> None:
    """The sweep finds a partner for each range that has one, and never a pair that shares nothing."""
    import random

    chance = random.Random(7)  # noqa: S311  a fixed row of numbers
    for _ in range(200):
        ends = [sorted(chance.choices(range(60), k=2)) for _ in range(12)]
        ranges = [Range(Address(4, first), Address(4, last)) for first, last in ends]
        found = list(_overlaps(ranges))
        assert all(ranges[one].overlaps(ranges[other]) for one, other in found)
        pairs = [(i, j) for i in range(12) for j in range(12) if i != j and ranges[i].overlaps(ranges[j])]
        assert {i for i, _ in pairs} == {i for pair in found for i in pair}


# --------------------------------------------------------------------------------------------------------- selectors


def test_two_pools_without_a_selector() -> None:
    """Which of the two serves is left to chance; not with one family each, nor where one of them is switched off."""
    one, two = pool("one", "cidr: 10.80.8.0/25"), pool("two", "cidr: 10.80.9.0/25")
    told = (
        f"serves any Service, as does {ANY}one: which of them gives a Service its IPv4 address is left to chance; "
        "say in `serviceSelector` whom this pool is for"
    )
    assert said_of(one + two) == [("CN108", told)]
    assert said_of(one + pool("six", "cidr: 'fd00::/64'")) == []
    assert said_of(one + two + "  disabled: true\n") == []
    assert said_of(one + two + "  disabled: ${TWO_DISABLED:-false}\n") == []


def test_a_pool_without_a_selector_is_no_remainder() -> None:
    """It also serves those that another pool is for; a selector that leaves them out settles it."""
    lan = pool("lan", "cidr: 192.168.1.64/27", spec=only("pool=lan"))
    told = (
        f"serves any Service, also those that {ANY}lan is for (`pool=lan`): which of them gives those their IPv4 "
        "address is left to chance; say in `serviceSelector` whom this pool is for"
    )
    assert said_of(lan + pool("vip", "cidr: 10.80.8.0/25")) == [("CN108", told)]
    rest = "  serviceSelector:\n    matchExpressions:\n    - {key: pool, operator: DoesNotExist}\n"
    assert said_of(lan + pool("vip", "cidr: 10.80.8.0/25", spec=rest)) == []


def test_pools_whose_addresses_nobody_knows_yet() -> None:
    """Two templated pools may be one for each family; one without a selector beside one with is told."""
    four, six = pool("four", "cidr: '${FOUR}'"), pool("six", "cidr: '${SIX}'")
    assert said_of(four + six) == []
    told = (
        f"serves any Service, also those that {ANY}lan is for (`pool=lan`): which of them gives an address is left to "
        "chance within a family; say in `serviceSelector` whom this pool is for"
    )
    assert said_of(four + pool("lan", "cidr: '${LAN}'", spec=only("pool=lan"))) == [("CN108", told)]


def test_a_selector_that_contradicts_itself() -> None:
    """Both conditions are named; that no Service of the input asks for a pool is no finding."""
    spec = only("pool=lan") + "    matchExpressions:\n    - {key: pool, operator: NotIn, values: [lan]}\n"
    told = "`pool=lan` and `pool notin (lan)` never hold together: no Service gets an address of this pool"
    assert said_of(pool("lb", "cidr: 10.80.8.0/25", spec=spec)) == [("CN109", told)]
    assert said_of(pool("lb", "cidr: 10.80.8.0/25", spec=only("pool=lan"))) == []


@pytest.mark.parametrize(
    ("condition", "what"),
    [
        ("operator: In", "In has no values"),
        ("operator: NotIn, values: []", "NotIn has no values"),
        ("operator: Exists, values: [a]", "Exists has values"),
    ],
)
def test_a_selector_that_the_operator_cannot_read(condition: str, what: str) -> None:
    """The API server takes a list of values where none belongs, and none where one belongs."""
    spec = f"  serviceSelector:\n    matchExpressions:\n    - {{key: pool, {condition}}}\n"
    told = f"`pool` {what}: Cilium cannot read it, and Services wait for this pool"
    assert said_of(pool("lb", "cidr: 10.80.8.0/25", spec=spec)) == [("CN109", told)]


# --------------------------------------------------------------------------------------------------------------- use


def assigned(*addresses: str) -> str:
    """Services that have these addresses."""
    return "".join(
        f"---\napiVersion: v1\nkind: Service\nmetadata:\n  name: s{number}\n  namespace: shop\nspec:\n"
        "  type: LoadBalancer\n  ports: [{port: 80}]\nstatus:\n  loadBalancer:\n    ingress:\n"
        f"    - ip: {address}\n"
        for number, address in enumerate(addresses)
    )


def test_a_pool_that_is_nearly_full() -> None:
    """Told above four fifths, by what Services have; small pools are made for what they hold."""
    nine = assigned(*(f"10.80.8.{number}" for number in range(1, 10)))
    ten = pool("lb", "start: 10.80.8.1, stop: 10.80.8.10")
    told = "9 of 10 addresses are in use: add a block before a Service has to wait"
    assert said_of(ten + nine) == [("CN110", told)]
    assert said_of(pool("lb", "start: 10.80.8.1, stop: 10.80.8.12") + nine) == []
    asking = "".join(
        f"---\napiVersion: v1\nkind: Service\nmetadata:\n  name: web-{number}\n  annotations:\n"
        f"    lbipam.cilium.io/ips: 10.80.8.{number}\nspec:\n  type: LoadBalancer\n  ports: [{{port: 80}}]\n"
        for number in range(1, 10)
    )
    assert said_of(ten + asking) == [("CN110", told.replace("in use", "in use or asked for"))]
    assert said_of(ten + asking + nine.replace("10.80.8.9", "10.80.8.10")) == [
        ("CN110", told.replace("in use", "in use or asked for").replace("9 of", "10 of"))
    ]
    assert said_of(pool("lb", "start: 10.80.8.1, stop: 10.80.8.4") + nine) == []


# ---------------------------------------------------------------------------------------------------- of somebody else


def test_addresses_of_others_in_a_pool() -> None:
    """Gateway, DHCP, the network's ends, a router, a peer and nodes are each named with where they stand."""
    text = pool("lb", "cidr: 10.80.0.0/20") + INVENTORY + LAN + (
        "  apiServer: 10.80.0.5\n"
        "  routers: [{name: core, address: 10.80.0.2, asn: 65000}]\n"
        "  nodes:\n"
        "  - {name: node-a, interfaces: [{name: eth0, addresses: [10.80.0.11/20]}]}\n"
        "  - {name: node-b, interfaces: [{name: eth0, addresses: [10.80.0.12/20]}]}\n"
    )  # fmt: skip
    here = "in NetworkInventory bioskop"
    held = [
        f"10.80.1.0-10.80.1.255, the DHCP range of network lan {here}",
        f"10.80.0.0, the address of network lan itself {here}",
        f"10.80.0.1, the gateway of network lan {here}",
        f"10.80.0.2, an address of router core {here}",
        f"10.80.0.5, the API server's address {here}",
        f"10.80.15.255, the broadcast address of network lan {here}",
        f"10.80.0.11, an address of node node-a {here} (and 1 more of nodes)",
    ]
    tail = "leave it out, or a Service may be given it"
    assert said_of(text) == [("CN111", f"`10.80.0.0/20` holds {one}: {tail}") for one in held]


def test_addresses_of_nobody_in_a_pool() -> None:
    """A part of the segment that nobody has, and a disabled pool, are fine."""
    assert said_of(pool("lb", "cidr: 10.80.8.128/26") + INVENTORY + LAN) == []
    assert said_of(pool("lb", "cidr: 10.80.1.0/24", spec="  disabled: true\n") + INVENTORY + LAN) == []


def test_first_and_last_that_are_kept_back() -> None:
    """What the pool keeps back nobody is given; that it covers a whole network is then said by itself."""
    bare = "  networks: [{name: lan, cidr: 192.168.2.0/24}]\n"
    told = "`192.168.2.0/24` holds all of network lan in NetworkInventory bioskop: "
    text = pool("lb", "cidr: 192.168.2.0/24", spec='  allowFirstLastIPs: "No"\n') + INVENTORY + bare
    assert said_of(text) == [("CN111", f"{told}a Service may be given the address of whatever is there")]


def test_the_address_of_a_peer_in_a_pool() -> None:
    """A peer is known without an inventory."""
    text = pool("lb", "cidr: 10.80.0.0/25") + (
        "---\napiVersion: cilium.io/v2\nkind: CiliumBGPClusterConfig\nmetadata: {name: rack0}\nspec:\n  bgpInstances:\n"
        "  - name: main\n    localASN: 65001\n    peers:\n"
        "    - {name: gateway, peerASN: 65000, peerAddress: 10.80.0.1, peerConfigRef: {name: '${PEER}'}}\n"
    )
    told = (
        "`10.80.0.0/25` holds 10.80.0.1, the address of BGP peer gateway in CiliumBGPClusterConfig rack0: "
        "leave it out, or a Service may be given it"
    )
    assert [one for one in said_of(text) if one[0].startswith("CN1")] == [("CN111", told)]


def test_the_api_servers_address_that_a_service_asks_for() -> None:
    """It is likely that Service's own, so that it is a warning."""
    text = pool("lb", "cidr: 10.80.8.0/25") + INVENTORY + "  apiServer: 10.80.8.10\n"
    kube = (
        "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: kube-api\n  annotations:\n"
        "    lbipam.cilium.io/ips: 10.80.8.10\nspec:\n  type: LoadBalancer\n  ports: [{port: 6443}]\n"
    )
    assert [(one.rule, one.severity) for one in findings_of(text)] == [("CN111", "error")]
    assert [(one.rule, one.severity) for one in findings_of(text + kube)] == [("CN111", "warning")]


def test_networks_of_the_cluster() -> None:
    """Pods and ClusterIPs, by the inventory; RKE2's defaults only where the input is RKE2's and says nothing else."""
    text = pool("lb", "cidr: 10.43.8.0/24")
    told = "which is of 10.43.0.0/16, the network of ClusterIPs in NetworkInventory bioskop"
    tail = "take a network that the cluster does not use itself"
    known = said_of(text + INVENTORY + "  serviceCIDRs: [10.43.0.0/16]\n")
    assert known == [("CN112", f"`10.43.8.0/24` holds 10.43.8.0-10.43.8.255, {told}: {tail}")]
    assert said_of(text) == []
    rke2 = "---\napiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata:\n  name: rke2-cilium\n"
    rke2 += "  namespace: kube-system\nspec:\n  valuesContent: |\n    hubble:\n      enabled: true\n"
    assert [(one.rule, one.severity) for one in findings_of(text + rke2)] == [("CN112", "warning")]
    assert said_of(text + rke2 + INVENTORY + "  serviceCIDRs: [10.96.0.0/16]\n") == []


def values_of_the_chart(ipam: str) -> str:
    """A release of the upstream chart with these values of IPAM."""
    head = "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: cilium\n"
    return f"{head}  namespace: kube-system\nspec:\n  chart: {{spec: {{chart: cilium}}}}\n  values:\n    ipam: {ipam}\n"


def test_networks_of_pods_in_the_values() -> None:
    """Cilium's own pools as a list or as one text; not what another mode leaves unread, nor the chart's default."""
    text = pool("lb", "cidr: 10.80.8.128/26")
    told = (
        "`10.80.8.128/26` holds 10.80.8.128-10.80.8.191, which is of 10.80.0.0/16, the network of Pods in HelmRelease "
        "cilium: take a network that the cluster does not use itself"
    )
    for said in ("[10.80.0.0/16]", "10.80.0.0/16"):
        own = values_of_the_chart(f"{{mode: cluster-pool, operator: {{clusterPoolIPv4PodCIDRList: {said}}}}}")
        assert [one for one in said_of(text + own) if one[0] == "CN112"] == [("CN112", told)]
    stale = values_of_the_chart("{mode: kubernetes, operator: {clusterPoolIPv4PodCIDRList: [10.80.0.0/16]}}")
    for quiet in (stale, values_of_the_chart("{mode: cluster-pool}"), values_of_the_chart("{}")):
        assert [one for one in said_of(text + quiet) if one[0] == "CN112"] == []


def test_an_address_that_is_kept_for_one() -> None:
    """Told of a pool that serves anybody, and not of one that is for its Service."""
    kept = INVENTORY + "  networks:\n  - name: lan\n    cidr: 10.80.0.0/20\n    reserved:\n"
    kept += "    - {addresses: 10.80.8.110, for: the shared Gateway}\n"
    told = (
        "`10.80.8.100-10.80.8.119` holds 10.80.8.110, reserved for the shared Gateway in NetworkInventory "
        "bioskop, and this pool serves any Service: leave it out, and give it a pool of its own"
    )
    block = "start: 10.80.8.100, stop: 10.80.8.119"
    rest = "  serviceSelector:\n    matchExpressions:\n    - {key: pool, operator: DoesNotExist}\n"
    assert said_of(pool("lb", block) + kept) == said_of(pool("lb", block, spec=rest) + kept) == [("CN113", told)]
    assert said_of(pool("lb", block, spec=only("pool=gateway")) + kept) == []


def test_that_there_is_no_inventory_is_said_once() -> None:
    """One piece of information for a cluster with pools, and none for one without."""
    told = "not checked: no inventory says which addresses gateways, DHCP, the API server and others have"
    text = pool("a", "cidr: 10.80.8.0/25", spec=only("a=a")) + pool("b", "cidr: 10.80.9.0/25", spec=only("a=b"))
    assert said_of(text, informing="CN114") == [("CN114", told)]
    assert said_of(text + INVENTORY + LAN, informing="CN114") == []
    assert said_of("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n", informing="CN114") == []
