"""CN201 to CN208: AS numbers, addresses, reach."""

from __future__ import annotations

from rules.bgp import CLUSTER_CONFIG, INVENTORY, OVERRIDE, PEER_CONFIG, config, info_of, old_version, severities
from rules.judging import said_of

VOID = "0.0.0.0"  # noqa: S104  (not to listen on)


def test_numbers_that_nobody_has() -> None:
    """AS_TRANS is refused by each router; the last number of a range is reserved, and some take it."""
    trans = config("65000", "23456")
    stand_in = "AS number 23456 is AS_TRANS, a stand-in that no speaker may have (RFC 6793)"
    assert said_of(trans) == [("CN201", f"{stand_in}: take a private one, 64512 to 65534")]
    assert severities(trans) == [("CN201", "error")]
    last = config("65001", "4294967295")
    assert said_of(last) == [
        ("CN201", "AS number 4294967295 is reserved (RFC 7300): take a private one, 64512 to 65534")
    ]
    assert severities(last) == [("CN201", "warning")]
    overridden = OVERRIDE + "    localASN: 65535\n"
    assert said_of(CLUSTER_CONFIG + overridden) == [
        ("CN201", "AS number 65535 is reserved (RFC 7300): take a private one, 64512 to 65534")
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
