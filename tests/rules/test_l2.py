"""What is said of L2 policies, their interfaces, networks and leases, and what is not."""

from __future__ import annotations

import pytest

from cilium_networking.fabric import read_cluster
from cilium_networking.lossless.edit import SetText
from cilium_networking.rules import RULES, Case, judged
from cilium_networking.settings import read
from rules.judging import findings_of, resources_of, said_of

POLICY = """
apiVersion: cilium.io/v2alpha1
kind: CiliumL2AnnouncementPolicy
metadata: {name: lan}
spec:
"""
ANNOUNCING = POLICY + "  loadBalancerIPs: true\n"
POOL = """---
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata: {name: lan}
spec:
"""
SERVICE = """---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, labels: {announce: lan}}
spec:
  type: LoadBalancer
  ports: [{port: 80}]
"""
BGP = """---
apiVersion: cilium.io/v2
kind: CiliumBGPAdvertisement
metadata: {name: services, labels: {advertise: bgp}}
spec:
  advertisements:
  - advertisementType: Service
    service: {addresses: [LoadBalancerIP]}
    selector: {}
"""
INVENTORY = """---
apiVersion: fn.kpt.dev/v1alpha1
kind: NetworkInventory
metadata: {name: home, annotations: {config.kubernetes.io/local-config: "true"}}
spec:
  nodes:
"""
CONFIG = """---
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata: {name: rke2-cilium, namespace: kube-system}
spec:
  valuesContent: |
    kubeProxyReplacement: true
    k8sServiceHost: localhost
    l2announcements:
      enabled: true
"""


def said(text: str, *, release: str = "1.19", informing: str = "") -> list[tuple[str, str]]:
    """What the rules about L2 say."""
    found = said_of(text, {"cilium-version": release}, informing=informing)
    return [(rule, message) for rule, message in found if rule.startswith("CN3")]


def fixes(text: str) -> list[str | None]:
    return [finding.proposed for finding in findings_of(text) if (finding.rule or "").startswith("CN3")]


@pytest.mark.parametrize(
    "flags",
    ["loadBalancerIPs: true", "externalIPs: true", "loadBalancerIPs: ${LB_IPS}", 'loadBalancerIPs: "${LB_IPS:-true}"'],
)
def test_a_policy_that_announces_something_or_may(flags: str) -> None:
    """One flag is enough, and a placeholder may become one."""
    assert said(f"{POLICY}  {flags}\n") == []


def test_a_policy_that_announces_nothing() -> None:
    """Absent and false are the same."""
    message = "announces nothing: neither `spec.loadBalancerIPs` nor `spec.externalIPs` is true"
    assert said(POLICY + "  interfaces: [^eth0$]\n") == [("CN301", message)]
    assert said(POLICY + "  externalIPs: false\n") == [("CN301", message)]
    for flag, current in (("externalIPs", None), ("loadBalancerIPs", "false")):
        (one,) = (each for each in findings_of(f"{POLICY}  {flag}: false\n") if each.rule == "CN301")
        assert (one.current, one.proposed) == (current, "true")


@pytest.mark.parametrize(
    ("condition", "what"),
    [
        ("operator: In", "In has no values"),
        ("operator: NotIn, values: []", "NotIn has no values"),
        ("operator: Exists, values: [lan]", "Exists has values"),
        ("operator: DoesNotExist, values: [lan]", "DoesNotExist has values"),
    ],
)
def test_a_selector_that_the_agent_cannot_read(condition: str, what: str) -> None:
    """Of Services as of nodes, and said once."""
    for field in ("serviceSelector", "nodeSelector"):
        text = f"{ANNOUNCING}  {field}: {{matchExpressions: [{{key: rack, {condition}}}]}}\n"
        assert said(text + NODE) == [("CN303", f"`rack` {what}: the agent refuses the whole policy")]


@pytest.mark.parametrize("values", ["'${VALUES}'", "['${VALUE}']"])
def test_a_placeholder_that_stands_for_values(values: str) -> None:
    """It may be a list by the time that the agent reads it."""
    text = f"{ANNOUNCING}  serviceSelector: {{matchExpressions: [{{key: rack, operator: In, values: {values}}}]}}\n"
    assert said(text) == []


def test_a_service_whose_namespace_nobody_knows_yet() -> None:
    """What a policy selects by the namespace is not known for it."""
    policy = ANNOUNCING + "  serviceSelector: {matchLabels: {io.kubernetes.service.namespace: shop}}\n"
    local = SERVICE + "  externalTrafficPolicy: Local\n"
    assert [rule for rule, _ in said(policy + local)] == ["CN305"]
    assert said(policy + local.replace(", namespace: shop", "")) == []
    other = SERVICE + "  loadBalancerClass: example.com/other\n"
    assert [rule for rule, _ in said(policy + other)] == ["CN307"]
    unplaced = other.replace(", namespace: shop", "")
    assert said(policy + unplaced) == []


NODE = """---
apiVersion: v1
kind: Node
metadata: {name: node-a, labels: {kubernetes.io/hostname: node-a, rack: r1}}
"""


def test_a_node_selector_that_takes_no_known_node() -> None:
    """Judged by the nodes of the input, and not without any."""
    text = ANNOUNCING + "  nodeSelector: {matchLabels: {rack: r2}}\n"
    message = "`rack=r2` selects none of the nodes that are known (node-a): select by labels that they have"
    assert said(text + NODE) == [("CN302", message)]
    assert said(text) == []
    assert said(text.replace("r2", "'${RACK}'") + NODE) == []
    assert said(text.replace("r2", "r1") + NODE) == []


ROLE = '  nodeSelector: {matchLabels: {node-role.kubernetes.io/control-plane: ""}}\n'


def test_the_empty_role_of_another_distribution() -> None:
    """RKE2 says "true": said only where the input shows RKE2, and it is certain then."""
    message = (
        'RKE2 gives `node-role.kubernetes.io/control-plane` the value "true", so `""` selects no node; that this is '
        'RKE2 is seen in HelmChartConfig rke2-cilium: say "true", or use the operator Exists'
    )
    assert said(ANNOUNCING + ROLE + CONFIG) == [("CN302", message)]
    assert said(ANNOUNCING + ROLE) == []


def test_selectors_that_never_match() -> None:
    """Conditions that exclude one another, and those that the agent refuses; a placeholder may be anything."""
    clash = "  serviceSelector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: NotIn, values: [b]}]}\n"
    message = "`a=b` and `a notin (b)` exclude one another: no Service is selected"
    assert said(ANNOUNCING + clash) == [("CN303", message)]
    assert said(ANNOUNCING + clash.replace("a: b}", "a: '${B}'}")) == []
    bare = "  nodeSelector: {matchExpressions: [{key: rack, operator: In, values: []}]}\n"
    assert said(ANNOUNCING + bare) == [("CN303", "`rack` In has no values: the agent refuses the whole policy")]
    everything = "  serviceSelector: {matchExpressions: [{key: never, operator: NotIn, values: [used]}]}\n"
    assert said(ANNOUNCING + everything) == []


def test_a_policy_whose_services_no_pool_serves() -> None:
    """Said if every pool of the input excludes them; external addresses need no pool."""
    wanted = "  serviceSelector: {matchLabels: {announce: lan}}\n"
    closed = POOL + "  blocks: [{cidr: 192.168.1.32/28}]\n  serviceSelector: {matchLabels: {announce: wan}}\n"
    other = closed.replace("name: lan", "name: dmz").replace("192.168.1.32", "192.168.1.64").replace("wan", "dmz")
    message = "`announce=lan` selects no Service that a pool gives an address: {} wants `announce=wan`"
    one = message.format("CiliumLoadBalancerIPPool lan")
    assert said(ANNOUNCING + wanted + closed) == [("CN304", one)]
    two = message.format("each of 2 pools, like CiliumLoadBalancerIPPool lan")
    assert said(ANNOUNCING + wanted + closed + other) == [("CN304", two)]
    assert said(ANNOUNCING + wanted) == []
    assert said(ANNOUNCING + wanted + closed + other.replace("{announce: dmz}", "{tier: dmz}")) == []
    assert said(ANNOUNCING + wanted + closed.replace("announce: wan", "announce: '${POOL}'")) == []
    assert said(ANNOUNCING + "  externalIPs: true\n" + wanted + closed) == []


LOCAL = SERVICE + "  externalTrafficPolicy: Local\n  selector: {app: web}\n"
DAEMON = """---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web, tier: front}}, spec: {containers: []}}}
"""


def test_local_and_l2() -> None:
    """The node that answers need not have a Pod: up to 1.19, if the policy does announce it, and not of a DaemonSet."""
    message = (
        "`Local` does not go with L2: the node that answers for the address, by CiliumL2AnnouncementPolicy lan, need "
        "not have a Pod of web, and drops what comes then: use `Cluster`"
    )
    assert said(ANNOUNCING + LOCAL) == [("CN305", message)]
    assert said(ANNOUNCING + LOCAL, release="1.20") == []
    assert said(ANNOUNCING + LOCAL + DAEMON) == []
    assert said(ANNOUNCING + LOCAL + DAEMON.replace("namespace: shop", "namespace: other")) == [("CN305", message)]
    assert said(ANNOUNCING + "  serviceSelector: {matchLabels: {announce: wan}}\n" + LOCAL) == []
    assert said(ANNOUNCING + LOCAL + "  loadBalancerClass: io.cilium/bgp-control-plane\n" + BGP) == []
    assert said(POLICY + "  externalIPs: true\n" + LOCAL) == []


SIX = POOL + "  blocks: [{cidr: 'fd00:80::/112'}]\n"


def test_ipv6_and_l2() -> None:
    """Nobody answers for it before 1.19, unless BGP takes care of it."""
    message = (
        "`fd00:80::/112` is IPv6, which L2 does not announce before Cilium 1.19, and CiliumL2AnnouncementPolicy lan is "
        "all that announces here"
    )
    assert said(ANNOUNCING + SIX, release="1.18") == [("CN306", message)]
    assert said(ANNOUNCING + SIX, release="1.19") == []
    assert said(ANNOUNCING + SIX + BGP, release="1.18") == []
    assert said(SIX, release="1.18") == []


def test_services_of_another_class() -> None:
    """Said if the selector names Services and none of them is for L2; a selector that takes all is no such promise."""
    wanted = "  serviceSelector: {matchLabels: {announce: lan}}\n"
    other = SERVICE + "  loadBalancerClass: tailscale\n"
    message = (
        "selects no Service of a class that L2 announces: Service web has `tailscale`, and `io.cilium/l2-announcer` or "
        "none is announced"
    )
    assert said(ANNOUNCING + wanted + other) == [("CN307", message)]
    assert said(ANNOUNCING + wanted + other + SERVICE.replace("name: web", "name: api")) == []
    assert said(ANNOUNCING + other) == []


def with_interfaces(*patterns: str) -> str:
    return ANNOUNCING + f"  interfaces: [{', '.join(patterns)}]\n"


def test_patterns_that_do_not_compile() -> None:
    """What only other languages of patterns have is named."""
    message = (
        "`^(?!veth)` has a lookaround, `(?!`, which Go's regular expressions do not have: the agent refuses the whole "
        "policy"
    )
    assert said(with_interfaces("'^(?!veth)'")) == [("CN308", message)]
    assert said(with_interfaces("'${INTERFACE}'")) == []
    assert said(with_interfaces("'^(?i)eth0$'", "'^(?U)a+'", r"'^\x{61}'")) == []


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("eth0", "^eth0$"),
        ("eth.", "^eth.$"),
        ("eth0$", "^eth0$"),
        ("bond0.100", r"^bond0\.100$"),
        ("br-lan", "^br-lan$"),
        ("eth0|eth1", "^(eth0|eth1)$"),
        ("^eth0|eth1$", "^(eth0|eth1)$"),
        ("eth[0-9]+", "^eth[0-9]+$"),
        ("en.*", "^en.*$"),
    ],
)
def test_patterns_without_an_anchor(pattern: str, meant: str) -> None:
    """What would be meant is proposed."""
    message = f"`{pattern}` takes every interface with that anywhere in its name: write `{meant}`"
    assert said(with_interfaces(f"'{pattern}'")) == [("CN309", message)]


@pytest.mark.parametrize(
    ("pattern", "meant"), [("eth*", "^eth.*$"), ("eth+", "^eth.+$"), ("eth?", "^eth.$"), ("en*s0", "^en.*s0$")]
)
def test_patterns_that_are_globs(pattern: str, meant: str) -> None:
    """Behind a letter the sign of a glob repeats that letter; what the glob means is proposed, and never written."""
    message = (
        f"`{pattern}` takes every interface with that anywhere in its name: it is a regular expression and no glob; "
        f"if a glob is meant, write `{meant}`"
    )
    assert said(with_interfaces(f"'{pattern}'")) == [("CN309", message)]
    assert fixes(with_interfaces(f"'{pattern}'")) == [meant]


@pytest.mark.parametrize(
    ("pattern", "entries"),
    [
        ("bond0,bond1", "`^bond0$` and `^bond1$`"),
        ("eth0, ^eth1$", "`^eth0$` and `^eth1$`"),
        ("eth*,lan0", "`^eth.*$` and `^lan0$`"),
    ],
)
def test_names_with_commas_between_them(pattern: str, entries: str) -> None:
    """Several names in one entry are one pattern, which no interface meets: each has to be an entry."""
    message = f"`{pattern}` is one pattern, which takes no name without a comma: write each by itself, {entries}"
    assert said(with_interfaces(f"'{pattern}'")) == [("CN309", message)]


@pytest.mark.parametrize(
    "pattern",
    [
        r"\.100$", r"\.(100|200)$",
        "^eth0$", "^eth0", "^br-", r"^bond0\.100$", "^bond0.100$", "^eth[0-9]+", "^en[0-9a-zA-Z]+",
        "^(eth0|eth1)$", "^eth0$|^eth1$", ".*", "(eth0)", "${L2_INTERFACE}", "{{ interface }}",
    ],
)  # fmt: skip
def test_patterns_that_somebody_thought_about(pattern: str) -> None:
    """An anchor at the begin, or an open begin that is written out, is meant; so is what Cilium's documentation has."""
    assert said(with_interfaces(f"'{pattern}'")) == []


ETH = "  - {name: node-a, interfaces: [{name: eth0, addresses: [192.168.1.11/24]}"
ALONE = ETH + "]}\n"
WITH_VETH = ETH + ", {name: veth0}, {name: eth01}]}\n"


def test_patterns_and_the_interfaces_that_are_known() -> None:
    """With an inventory only what is taken too much is named; nothing else is taken, nothing is said."""
    message = "`eth0` also takes `eth01` of node node-a, `veth0` of node node-a: write `^eth0$`"
    assert said(with_interfaces("eth0") + INVENTORY + WITH_VETH) == [("CN309", message)]
    assert said(with_interfaces("eth0") + INVENTORY + ALONE) == []


@pytest.mark.parametrize(
    ("pattern", "inventory", "edits"),
    [
        ("eth0", "", [SetText(("spec", "interfaces", 0), "^eth0$")]),
        ("enp1", "", []),
        ("eth0", INVENTORY + WITH_VETH, [SetText(("spec", "interfaces", 0), "^eth0$")]),
        ("eth", "", []),
        ("eth", INVENTORY + WITH_VETH, []),
        ("eth[0-9]", "", []),
        ("eth0 # kpt-set: ${l2-interface-1}", "", []),
    ],
)
def test_anchors_are_set_where_a_name_is_whole(pattern: str, inventory: str, edits: list[SetText]) -> None:
    """One that ends in a number, or that an interface has; a begin of names stays, and what a setter would undo."""
    text = f"{ANNOUNCING}  interfaces:\n  - {pattern}\n{inventory}"
    cluster = read_cluster(resources_of(text), "1.19")
    found = judged(Case(cluster, read(None, {})[0]), [RULES["CN309"]])
    assert [list(each[2]) for each in found] == [edits]


def test_patterns_that_blow_up() -> None:
    """A pattern that Python's matcher would need years for is answered at once, as Go answers it."""
    many = "  - {name: node-a, interfaces: [{name: " + "a" * 40 + "b, addresses: [192.168.1.11/24]}]}\n"
    nowhere = f"takes no interface of the nodes that the inventory knows, which have `{'a' * 40}b`"
    assert said(with_interfaces("^(a+)+$") + INVENTORY + many) == [("CN311", nowhere)]


def test_a_pattern_twice() -> None:
    """The second is one too many."""
    message = "`^eth0$` stands twice: name another interface, or take it off"
    assert said(with_interfaces("^eth0$", "^eth1$", "^eth0$")) == [("CN310", message)]
    assert said(with_interfaces("'${A}'", "'${A}'")) == []


def test_patterns_that_take_nothing() -> None:
    """An error if no node that is known has such an interface, a warning of each node that has none."""
    nowhere = "takes no interface of the nodes that the inventory knows, which have `eth0`"
    assert said(with_interfaces("^eth1$") + INVENTORY + ALONE) == [("CN311", nowhere)]
    assert fixes(with_interfaces("^eth1$") + INVENTORY + ALONE) == ["^eth0$"]
    second = "  - {name: node-b, labels: {}, interfaces: [{name: ens18, addresses: [192.168.1.12/24]}]}\n"
    here = (
        "takes no interface of node node-b, which has `ens18`: with the lease of a Service it announces nothing; "
        "select its interface, or not the node"
    )
    assert said(with_interfaces("^eth0$") + INVENTORY + ALONE + second) == [("CN311", here)]
    chosen = "  nodeSelector: {matchLabels: {announces: yes-it-does}}\n"
    first = ALONE.replace("name: node-a,", "name: node-a, labels: {announces: yes-it-does},")
    assert said(with_interfaces("^eth0$") + chosen + INVENTORY + first + second) == []
    assert said(with_interfaces("'${IF}'") + INVENTORY + ALONE) == []
    assert said(with_interfaces("^eth1$") + INVENTORY + "  - {name: node-a}\n") == []


def test_no_interfaces_named() -> None:
    """Information, where a node has several with addresses."""
    two = ETH + ", {name: storage0, addresses: [10.9.0.11/24]}]}\n"
    message = "names no interfaces, so node node-a announces on each of `eth0`, `storage0`"
    assert said(ANNOUNCING + INVENTORY + two, informing="CN312") == [("CN312", message)]
    assert said(ANNOUNCING + INVENTORY + ALONE, informing="CN312") == []
    assert said(ANNOUNCING, informing="CN312") == []


def test_addresses_that_nobody_asks_for() -> None:
    """A pool outside of the networks that are announced on; with BGP routers know the way."""
    far = POOL + "  blocks: [{cidr: 10.80.8.128/26}]\n"
    message = (
        "`10.80.8.128/26` lies outside of `192.168.1.0/24`, the networks that CiliumL2AnnouncementPolicy lan announces "
        "on: no host asks for such an address by ARP"
    )
    assert said(with_interfaces("^eth0$") + far + INVENTORY + ALONE) == [("CN313", message)]
    near = POOL + "  blocks: [{start: 192.168.1.30, stop: 192.168.1.50}]\n"
    assert said(with_interfaces("^eth0$") + near + INVENTORY + ALONE) == []
    assert said(with_interfaces("^eth0$") + far + BGP + INVENTORY + ALONE) == []
    unknown = "  - {name: node-b, interfaces: [{name: eth0}]}\n"
    assert said(with_interfaces("^eth0$") + far + INVENTORY + ALONE + unknown) == []
    assert said(with_interfaces("^eth0$") + SIX + INVENTORY + ALONE) == []


def many(number: int) -> str:
    return "".join(SERVICE.replace("name: web", f"name: web-{each}") for each in range(number))


def test_more_leases_than_requests() -> None:
    """Fifty renewals in five seconds are what an agent may do by itself."""
    message = (
        "`k8sClientRateLimit.qps` is 10 where nobody says, and the leases of 51 Services that L2 announces are renewed "
        "every 5s, 10.2 times a second: set it above that, and `burst` higher still"
    )
    assert said(ANNOUNCING + CONFIG + many(51)) == [("CN314", message)]
    assert said(ANNOUNCING + CONFIG + many(50)) == []
    assert said(ANNOUNCING + CONFIG + "    k8sClientRateLimit: {qps: 20, burst: 40}\n" + many(51)) == []
    assert said(ANNOUNCING + CONFIG + "      leaseRenewDeadline: 10s\n" + many(51)) == []
    assert said(ANNOUNCING + many(51)) == []
    assert said(ANNOUNCING + "  serviceSelector: {matchLabels: {announce: wan}}\n" + CONFIG + many(51)) == []


SHORT = "a lease of 3s (`leaseDuration`) does not outlast the 5s of `leaseRenewDeadline`: the agent takes 1.5s instead"
SELDOM = (
    "2s between tries (`leaseRetryPeriod`) leave no second try within the 2s of `leaseRenewDeadline`: the agent takes "
    "1s instead"
)


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ("leaseDuration: 3s", SHORT),
        ("leaseRenewDeadline: 2s", SELDOM),
        ("leaseDuration: 15", "`15` is no time to the agent, which does not start with it: write it like `15s`"),
        ("leaseDuration: 15 s", "`15 s` is no time to the agent, which does not start with it: write it like `15s`"),
    ],
)
def test_times_of_leases(times: str, message: str) -> None:
    """What the agent would replace, and what it cannot read; what is not said has its default."""
    assert said(f"{CONFIG}      {times}\n") == [("CN315", message)]


@pytest.mark.parametrize(
    "times",
    ["leaseDuration: 1m30s", "leaseDuration: 6s", "leaseRetryPeriod: 200ms", "leaseDuration: '${LEASE}'"],
)
def test_times_that_go_together(times: str) -> None:
    """Go's times, and whatever a placeholder becomes."""
    assert said(f"{CONFIG}      {times}\n") == []


def test_two_policies_for_the_same_services_and_bgp_beside_them() -> None:
    """A lease is the Service's, and routes beside ARP are what many want: nothing is wrong with either."""
    pool = POOL + "  blocks: [{start: 192.168.1.30, stop: 192.168.1.50}]\n"
    second = "---\n" + ANNOUNCING.replace("name: lan", "name: lan-too")
    assert said(ANNOUNCING + second + pool + SERVICE + BGP) == []


ADVERTISED = """\
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
      addresses: [LoadBalancerIP]
    selector:
      matchLabels:
        team: shop
"""
ANNOUNCED = """\
---
apiVersion: cilium.io/v2alpha1
kind: CiliumL2AnnouncementPolicy
metadata:
  name: host
spec:
  loadBalancerIPs: true
"""
TAKEN = """\
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  labels:
    team: shop
spec:
  type: LoadBalancer
  ports:
  - port: 80
"""


def test_announced_by_both() -> None:
    """A Service that both certainly take is named; one of a class is for one of them."""
    told = "announces Service web by L2, which CiliumBGPAdvertisement services does by BGP as well"
    assert said_of(ANNOUNCED + ADVERTISED + TAKEN, informing="CN316") == [("CN316", told)]
    assert said_of(ANNOUNCED + ADVERTISED, informing="CN316") == []
    other = TAKEN.replace("team: shop", "team: ${TEAM}")
    assert said_of(ANNOUNCED + ADVERTISED + other, informing="CN316") == []
    classed = TAKEN.replace("  ports:", "  loadBalancerClass: io.cilium/bgp-control-plane\n  ports:")
    assert said_of(ANNOUNCED + ADVERTISED + classed, informing="CN316") == []
