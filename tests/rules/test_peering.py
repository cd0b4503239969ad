"""CN209 to CN214: timers, families, passwords, overrides, router ids, ports."""

from __future__ import annotations

from rules.bgp import CLUSTER_CONFIG, INVENTORY, KEPT, OVERRIDE, PEER_CONFIG, VALUES, config, old_version
from rules.judging import said_of

VOID = "0.0.0.0"  # noqa: S104  (not to listen on)


def timers(lines: str) -> str:
    return CLUSTER_CONFIG + PEER_CONFIG + "  timers:\n" + lines


def test_timers() -> None:
    """Two keepalives have to fit into the hold time; defaults count beside what is written."""
    assert said_of(timers("    holdTimeSeconds: 30\n")) == [
        (
            "CN209",
            (
                "keepalives come every 30 s (the default), and the hold time is 30 s: one that is late ends "
                "the session; take 10"
            ),
        )
    ]
    assert said_of(timers("    keepAliveTimeSeconds: 60\n")) == [
        (
            "CN209",
            (
                "keepalives come every 60 s, and the hold time is 90 s (the default): one that is late ends "
                "the session; take 30"
            ),
        )
    ]
    for good in ("holdTimeSeconds: 9\n    keepAliveTimeSeconds: 3", "holdTimeSeconds: 60", "keepAliveTimeSeconds: 45"):
        assert said_of(timers(f"    {good}\n")) == []
    assert said_of(timers("    holdTimeSeconds: 30\n    keepAliveTimeSeconds: ${KEEPALIVE}\n")) == []
    assert said_of(timers("    holdTimeSeconds: ${HOLD}\n    keepAliveTimeSeconds: 60\n")) == []
    short = said_of(timers("    holdTimeSeconds: 2\n    keepAliveTimeSeconds: 2\n"))  # the schema has said so
    assert [rule for rule, _ in short if rule == "CN209"] == []


def test_timers_that_newer_releases_refuse() -> None:
    """From 1.18 on the schema says that keepalives come too late, and before that this rule does: never both."""
    text = timers("    holdTimeSeconds: 9\n")
    assert [rule for rule, _ in said_of(text)] == ["CN501"]
    assert said_of(old_version(text), {"cilium-version": "1.17"}) == [
        (
            "CN209",
            (
                "keepalives come every 30 s (the default), and the hold time is 9 s, so each session ends before "
                "the next one: take 3"
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


def test_families_that_a_placeholder_decides() -> None:
    """They may be any, so that nothing is said of routes."""
    for written, open_ in (("afi: ipv4", "afi: ${AFI}"), ("safi: unicast", "safi: ${SAFI}")):
        text = CLUSTER_CONFIG + PEER_CONFIG.replace(written, open_)
        assert [rule for rule, _ in said_of(text) if rule == "CN210"] == []


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
    bare = KEPT[: KEPT.index("stringData")]
    assert said_of(asking + bare) == []  # somebody fills it
    sealed = KEPT.replace("not-a-secret", "ENC[AES256_GCM,data:Zm9v,type:str]")
    assert said_of(asking + sealed) == []


def test_a_secret_that_is_none() -> None:
    """Data of another type is the API server's to refuse, and nobody's reason to fall."""
    peer = PEER_CONFIG.replace("spec:\n", "spec:\n  authSecretRef: bgp\n")
    held = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: bgp, namespace: kube-system}\ndata: AAAA\n"
    assert [one for one in said_of(CLUSTER_CONFIG + peer + held) if one[0] == "CN211"] == []


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
