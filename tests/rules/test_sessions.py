"""CN201 to CN214: AS numbers, addresses, timers, passwords, overrides, router ids."""

from __future__ import annotations

from rules.judging import findings_of, said_of

CLUSTER_CONFIG = """\
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
"""
PEER_CONFIG = """\
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
"""
INVENTORY = """\
---
apiVersion: fn.kpt.dev/v1alpha1
kind: NetworkInventory
metadata:
  name: bioskop
  annotations:
    config.kubernetes.io/local-config: "true"
spec:
  networks:
  - name: lan
    cidr: 10.80.0.0/20
  nodes:
  - name: node-a
    labels:
      rack: r0
    interfaces:
    - name: vmnet0
      addresses: [10.80.0.11/20]
  routers:
  - name: gateway
    address: 10.80.0.1
"""
OVERRIDE = """\
---
apiVersion: cilium.io/v2
kind: CiliumBGPNodeConfigOverride
metadata:
  name: node-a
spec:
  bgpInstances:
  - name: main
    routerID: 10.80.0.11
"""
VALUES = """\
---
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
  namespace: kube-system
spec:
  valuesContent: |
    bgpControlPlane:
      enabled: true
"""
VOID = "0.0.0.0"  # noqa: S104  (not to listen on)
KEPT = """\
---
apiVersion: v1
kind: Secret
metadata:
  name: bgp-password
  namespace: kube-system
stringData:
  password: not-a-secret
"""


def config(old: str = "", new: str = "", *more: str) -> str:
    """The cluster config with one text changed, and what stands beside it."""
    assert old in CLUSTER_CONFIG
    return CLUSTER_CONFIG.replace(old, new, 1) + "".join(more)


def old_version(text: str) -> str:
    """The same as Cilium up to 1.17 has it."""
    return text.replace("cilium.io/v2\n", "cilium.io/v2alpha1\n")


def info_of(text: str, rule: str) -> list[str]:
    """What is only worth knowing."""
    return [message for found, message in said_of(text, informing=rule) if found == rule]


def severities(text: str, settings: dict[str, str] | None = None) -> list[tuple[str | None, str]]:
    return [(one.rule, one.severity) for one in findings_of(text, settings)]


def test_numbers_that_nobody_has() -> None:
    """AS_TRANS is refused by each router; the last number of a range is reserved, and some take it."""
    trans = config("65000", "23456")
    assert said_of(trans) == [
        ("CN201", "AS number 23456 is AS_TRANS of RFC 6793: take a private one, 64512 to 65534"),
    ]
    assert severities(trans) == [("CN201", "error")]
    last = config("65001", "4294967295")
    assert said_of(last) == [
        ("CN201", "AS number 4294967295 is reserved by RFC 7300: take a private one, 64512 to 65534")
    ]
    assert severities(last) == [("CN201", "warning")]
    overridden = OVERRIDE + "    localASN: 65535\n"
    assert said_of(CLUSTER_CONFIG + overridden) == [
        ("CN201", "AS number 65535 is reserved by RFC 7300: take a private one, 64512 to 65534")
    ]


def test_numbers_that_somebody_has() -> None:
    """Private, public, documentation and four-byte numbers are as good as any."""
    for number in ("64512", "65534", "213021", "64496", "65536", "4200000000", "4294967294", "1"):
        assert said_of(config("65001", number)) == []
        assert said_of(config("65000", number)) == []


def test_an_instance_without_a_number() -> None:
    """Neither the instance nor an override gives one; a placeholder does, and so does an override since 1.18."""
    bare = config("    localASN: 65001\n")
    assert said_of(bare) == [("CN202", "instance `main` has no `localASN`, so no node starts it: give one")]
    assert said_of(config("65001", "${LOCAL_ASN}")) == []
    assert said_of(bare + OVERRIDE + "    localASN: 65001\n") == []


def test_a_peer_of_any_number() -> None:
    """It is asked about since 1.17 unless it is written, and impossible before."""
    bare = config("      peerASN: 65000\n")
    assert said_of(bare) == [
        ("CN203", "peer `gateway` may have any AS number: give its `peerASN`, or 0 if any is meant")
    ]
    assert severities(bare) == [("CN203", "warning")]
    assert said_of(config("peerASN: 65000", "peerASN: 0")) == []
    assert said_of(config("peerASN: 65000", "peerASN: ${PEER_ASN}")) == []
    assert said_of(old_version(bare), {"cilium-version": "1.16"}) == [
        ("CN203", "peer `gateway` has no `peerASN`, which Cilium 1.16 needs: give it"),
    ]
    assert severities(old_version(bare), {"cilium-version": "1.16"}) == [("CN203", "error")]


def test_a_peer_that_is_found_by_itself() -> None:
    """A default gateway of any rack has neither an address nor a number in the config."""
    found = (
        "      autoDiscovery:\n        mode: DefaultGateway\n        defaultGateway:\n          addressFamily: ipv4\n"
    )
    assert said_of(config("      peerASN: 65000\n      peerAddress: 10.80.0.1\n", found)) == []


def test_the_routers_number() -> None:
    """The inventory's router has another; one without a number says nothing, and neither does a peer of any."""
    known = INVENTORY + "    asn: 65010\n"
    assert said_of(CLUSTER_CONFIG + known) == [
        ("CN204", "AS number 65000 is not router gateway's, which is 65010 (NetworkInventory bioskop): give that")
    ]
    assert said_of(CLUSTER_CONFIG + INVENTORY) == []
    assert said_of(config("65000", "0", known)) == []
    assert said_of(config("10.80.0.1", "10.80.0.2", known)) == []


def test_a_peer_without_an_address() -> None:
    """Nothing stands there; a placeholder is an address that is not known yet."""
    bare = config("      peerAddress: 10.80.0.1\n")
    assert said_of(bare) == [("CN205", "peer `gateway` has no `peerAddress` and is passed over: give one")]
    assert said_of(config("10.80.0.1", "${NODE_GATEWAY}")) == []


def test_addresses_that_no_router_has() -> None:
    """Groups, nothing in particular, link-local without its interface, and a whole network."""

    def said(address: str, *more: str) -> list[tuple[str, str]]:
        return said_of(config("10.80.0.1", f"'{address}'", *more))

    tail = "and no router's: give the router's own"
    assert said(VOID) == [("CN206", f"`0.0.0.0` is no address in particular {tail}")]
    assert said("255.255.255.255") == [("CN206", f"`255.255.255.255` is the broadcast address {tail}")]
    assert said("224.0.0.5") == [("CN206", f"`224.0.0.5` is a multicast address {tail}")]
    assert said("ff02::5") == [("CN206", f"`ff02::5` is a multicast address {tail}")]
    linked = "link-local, which nobody reaches without naming an interface,"
    assert said("fe80::1") == [("CN206", f"`fe80::1` is {linked} {tail}")]
    whole = "the address of the whole network lan (NetworkInventory bioskop)"
    assert said("10.80.0.0", INVENTORY) == [("CN206", f"`10.80.0.0` is {whole} {tail}")]
    assert said("10.80.0.0") == []


def test_addresses_that_a_router_may_have() -> None:
    """A router on the node itself, a unique local and a global address, and what only looks like a group."""
    for address in ("127.0.0.1", "fd00:80::1", "2001:db8::1", "223.255.255.1", "240.0.0.1", "10.80.15.254"):
        assert said_of(config("10.80.0.1", f"'{address}'")) == []


def test_a_node_that_peers_with_itself() -> None:
    """The address is a node's, and the node runs the config; another node may well be the router of this one."""
    own = config("10.80.0.1", "10.80.0.11", INVENTORY)
    assert said_of(own) == [
        (
            "CN206",
            (
                "`10.80.0.11` is node node-a's own (NetworkInventory bioskop), which would peer with itself: "
                "give the router's"
            ),
        )
    ]
    assert severities(own) == [("CN206", "warning")]
    elsewhere = own.replace("spec:\n", "spec:\n  nodeSelector:\n    matchLabels:\n      rack: r1\n", 1)
    assert [rule for rule, _ in said_of(elsewhere)] == ["CN410"]


SECOND = """\
    - name: second
      peerASN: 65000
      peerAddress: 10.80.0.1
      peerConfigRef:
        name: peer
"""


def test_one_address_twice() -> None:
    """In one instance the second is refused; from two instances of one AS the router keeps one session."""
    assert said_of(CLUSTER_CONFIG + SECOND) == [
        (
            "CN207",
            "peer `gateway` of this instance has `10.80.0.1` already, and the second is refused: make one peer of both",
        )
    ]
    two = CLUSTER_CONFIG + "  - name: other\n    localASN: 65001\n    peers:\n" + SECOND
    assert said_of(two) == [
        (
            "CN207",
            (
                "instance `main` peers with `10.80.0.1` from AS 65001 too, and the router keeps one session of "
                "a neighbour: peer in one instance"
            ),
        )
    ]
    assert severities(two) == [("CN207", "warning")]
    assert said_of(two.replace("65001", "65002", 1)) == []
    assert said_of(CLUSTER_CONFIG + SECOND.replace("10.80.0.1", "10.80.0.2")) == []
    local = OVERRIDE + "    peers:\n    - name: gateway\n      localAddress: 10.80.0.111\n"
    assert said_of(two + local) == []


def test_a_router_out_of_reach() -> None:
    """A TTL of 1 ends on the nodes' own networks; what nobody knows of networks and configs is not judged."""
    far = config("10.80.0.1", "192.0.2.1", INVENTORY)
    told = (
        "`192.0.2.1` is on no network of node node-a (10.80.0.0/20; NetworkInventory bioskop), and packets to it leave "
        "with a TTL of 1: set `ebgpMultihop` of CiliumBGPPeerConfig peer to the number of hops"
    )
    assert said_of(far + PEER_CONFIG) == [("CN208", told)]
    assert said_of(far) == []
    assert said_of(far + PEER_CONFIG + "  ebgpMultihop: 3\n") == []
    assert said_of(far + PEER_CONFIG + "  ebgpMultihop: ${TTL}\n") == []
    assert said_of(far.replace("65000", "65001") + PEER_CONFIG) == []
    assert said_of(CLUSTER_CONFIG + INVENTORY + PEER_CONFIG) == []
    assert said_of(config("10.80.0.1", "192.0.2.1", PEER_CONFIG)) == []
    six = config("10.80.0.1", "'2001:db8::1'", INVENTORY, PEER_CONFIG)
    assert said_of(six) == []


def test_multihop_inside_an_as() -> None:
    """It is ignored there, which is worth knowing only where all peers of the config are inside."""
    inside = config("65000", "65001", PEER_CONFIG, "  ebgpMultihop: 3\n")
    told = "`ebgpMultihop` 3 is ignored: each peer with this config has the nodes' own AS number"
    assert info_of(inside, "CN208") == [told]
    assert info_of(CLUSTER_CONFIG + PEER_CONFIG + "  ebgpMultihop: 3\n", "CN208") == []
    assert info_of(inside.replace("ebgpMultihop: 3", "ebgpMultihop: 1"), "CN208") == []


def timers(lines: str) -> str:
    return CLUSTER_CONFIG + PEER_CONFIG + "  timers:\n" + lines


def test_timers() -> None:
    """Two keepalives have to fit into the hold time; defaults count beside what is written."""
    assert said_of(timers("    holdTimeSeconds: 30\n")) == [
        (
            "CN209",
            (
                "keepalives come every 30 s (the default), and the hold time is 30 s: one that is late ends the session; "
                "take 10"
            ),
        )
    ]
    assert said_of(timers("    keepAliveTimeSeconds: 60\n")) == [
        (
            "CN209",
            (
                "keepalives come every 60 s, and the hold time is 90 s (the default): one that is late ends the session; "
                "take 30"
            ),
        )
    ]
    for good in ("holdTimeSeconds: 9\n    keepAliveTimeSeconds: 3", "holdTimeSeconds: 60", "keepAliveTimeSeconds: 45"):
        assert said_of(timers(f"    {good}\n")) == []
    assert said_of(timers("    holdTimeSeconds: 30\n    keepAliveTimeSeconds: ${KEEPALIVE}\n")) == []


def test_timers_that_newer_releases_refuse() -> None:
    """From 1.18 on the schema says that keepalives come too late, and before that this rule does: never both."""
    text = timers("    holdTimeSeconds: 9\n")
    assert [rule for rule, _ in said_of(text)] == ["CN501"]
    assert said_of(old_version(text), {"cilium-version": "1.17"}) == [
        (
            "CN209",
            (
                "keepalives come every 30 s (the default), and the hold time is 9 s, so each session ends before "
                "the first: take 3"
            ),
        )
    ]


def test_families_that_cilium_has_no_routes_of() -> None:
    """The schema takes them all; two carry routes."""
    text = CLUSTER_CONFIG + PEER_CONFIG
    assert said_of(text.replace("unicast", "multicast")) == [
        ("CN210", "Cilium has no routes of ipv4/multicast: take `ipv4` or `ipv6` with `unicast`")
    ]
    assert said_of(text.replace("ipv4", "ipv6")) == []


def test_where_a_password_is() -> None:
    """In another namespace only, under another key, or empty; a Secret that is not here may be anywhere."""
    asking = CLUSTER_CONFIG + PEER_CONFIG + "  authSecretRef: bgp-password\n"
    assert said_of(asking) == []
    assert said_of(asking + KEPT) == []
    assert said_of(asking + KEPT.replace("kube-system", "network")) == [
        (
            "CN211",
            (
                "Secret bgp-password is in `network`, and Cilium reads it in `kube-system`: put it there, or set "
                "`bgpControlPlane.secretsNamespace.name`"
            ),
        )
    ]
    assert said_of(asking + KEPT.replace("password: not", "secret: not")) == [
        ("CN211", "Secret bgp-password has no key `password` but `secret`: put the password under `password`")
    ]
    assert said_of(asking + KEPT.replace("not-a-secret", '""')) == [
        ("CN211", "the key `password` of Secret bgp-password is empty: put the password under `password`")
    ]
    assert said_of(asking + KEPT.replace("  namespace: kube-system\n", "")) == []
    both = KEPT + KEPT.replace("kube-system", "network")
    assert said_of(asking + both) == []
    sealed = KEPT.replace("not-a-secret", "ENC[AES256_GCM,data:Zm9v,type:str]")
    assert said_of(asking + sealed) == []


def test_where_the_values_keep_passwords() -> None:
    """The chart's value moves the place."""
    asking = CLUSTER_CONFIG + PEER_CONFIG + "  authSecretRef: bgp-password\n"
    values = VALUES + "      secretsNamespace:\n        name: network\n"
    assert said_of(asking + values + KEPT.replace("kube-system", "network")) == []
    assert said_of(asking + values + KEPT) == [
        ("CN211", "Secret bgp-password is in `kube-system`, and Cilium reads it in `network`: put it there")
    ]


def test_names_of_an_override() -> None:
    """The object has the name of its node, and what is in it those of the cluster config."""
    text = CLUSTER_CONFIG + OVERRIDE
    assert said_of(text) == []
    assert said_of(CLUSTER_CONFIG + OVERRIDE.replace("node-a", "main")) == [
        (
            "CN212",
            (
                "`main` is the name of a BGP instance, and an override has the name of its node: "
                "make one for each node that differs"
            ),
        )
    ]
    assert said_of(CLUSTER_CONFIG + OVERRIDE.replace("- name: main", "- name: mian")) == [
        ("CN212", "no cluster config here has an instance `mian`, so this changes nothing: name it as one")
    ]
    peer = "    peers:\n    - name: gatewy\n      localAddress: 10.80.0.11\n"
    assert said_of(text + peer) == [
        ("CN212", "instance `main` has no peer `gatewy`, so this changes nothing: name it as one")
    ]
    assert said_of(CLUSTER_CONFIG + INVENTORY + OVERRIDE.replace("node-a", "node-b")) == [
        ("CN212", "no known node has the name `node-b`, so this changes nothing: name it as the node")
    ]


def test_names_of_an_override_that_nobody_knows() -> None:
    """Without cluster configs, or with names that are filled in later, any name may be right."""
    assert said_of(OVERRIDE) == []
    assert said_of(config("name: main", "name: instance-${ASN}", OVERRIDE)) == []
    assert said_of(config("name: gateway", "name: peer-${ASN}", OVERRIDE)) == []


def test_router_ids() -> None:
    """Equal ones on two nodes, and one that is void; two instances of one node may share theirs."""
    other = OVERRIDE.replace("node-a", "node-b")
    assert said_of(CLUSTER_CONFIG + OVERRIDE + other) == [
        ("CN213", "`10.80.0.11` is the router id of CiliumBGPNodeConfigOverride node-a too: each node needs its own")
    ]
    assert said_of(CLUSTER_CONFIG + OVERRIDE + other.replace("0.11", "0.12")) == []
    assert said_of(CLUSTER_CONFIG + OVERRIDE.replace("10.80.0.11", VOID)) == [
        ("CN213", "`0.0.0.0` is no router id: give the node's own")
    ]
    second = "  - name: second\n    localASN: 65002\n"
    assert said_of(CLUSTER_CONFIG + second + OVERRIDE + "  - name: second\n    routerID: 10.80.0.11\n") == []


def test_router_ids_of_nodes_without_ipv4() -> None:
    """Until 1.17 somebody has to give them; later Cilium makes them."""
    text = old_version(CLUSTER_CONFIG + INVENTORY.replace("10.80.0.11/20", "'fd00:80::11/64'"))
    told = (
        "node node-a (NetworkInventory bioskop) has no IPv4 address for Cilium 1.17 to make a router id of: "
        "give `routerID` in a CiliumBGPNodeConfigOverride node-a"
    )
    assert ("CN213", told) in said_of(text, {"cilium-version": "1.17"})
    assert ("CN213", told) not in said_of(text + old_version(OVERRIDE), {"cilium-version": "1.17"})
    assert "CN213" not in {rule for rule, _ in said_of(text.replace("v2alpha1", "v2"), {"cilium-version": "1.18"})}


def test_ports_below_1024() -> None:
    """They need a capability, which only values that are here can lack."""
    low = config("    localASN: 65001\n", "    localASN: 65001\n    localPort: 179\n")
    told = (
        "port 179 needs NET_BIND_SERVICE: take one from 1024 on, or add it and the chart's own to "
        "`securityContext.capabilities.ciliumAgent` of HelmChartConfig rke2-cilium"
    )
    assert said_of(low + VALUES) == [("CN214", told)]
    assert said_of(low) == []
    assert said_of(low.replace("179", "1790") + VALUES) == []
    given = "    securityContext:\n      capabilities:\n        ciliumAgent: [CHOWN, NET_ADMIN, NET_BIND_SERVICE]\n"
    assert said_of(low + VALUES + given) == []
    assert said_of(low + VALUES + "    securityContext:\n      privileged: true\n") == []
    assert said_of(CLUSTER_CONFIG + OVERRIDE + "    localPort: 179\n" + VALUES) == [("CN214", told)]
