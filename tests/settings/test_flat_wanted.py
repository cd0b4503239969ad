"""settings: what flat settings ask for, in full and field by field."""

from __future__ import annotations

from typing import Any

import pytest

from cilium_networking.kinds import DEFAULT_RELEASE, KINDS, RELEASES
from cilium_networking.settings import DECLARATIONS, FEATURES, Field, Named, Settings, Wanted, read
from cilium_networking.settings.assemble import put_at

ADVERTISE = {"cilium-networking/advertise": "bgp"}
CONTROL_PLANE = {"matchExpressions": [{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}]}
INSTANCE = ("spec", "bgpInstances", Named("control-plane-bgp"))
PEER = (*INSTANCE, "peers", Named("gateway-peer"))
BGP = {"bgp-local-asn": "65001", "bgp-peer-asn": "65000", "node-gateway-ip": "10.80.0.1"}
SHIPPED = {each.name: each.shipped for each in DECLARATIONS if each.shipped is not None}


def ask(setters: dict[str, str]) -> Settings:
    found, findings = read(None, setters)
    assert findings == ()
    return found


def by_name(found: Settings) -> dict[str, Wanted]:
    return {f"{wanted.kind}/{wanted.name}": wanted for wanted in found.wanted}


def blocks(setters: dict[str, str]) -> Any:
    """The blocks of the one pool that is asked for, its fields held equal to its full form."""
    (wanted,) = ask(setters).wanted
    found = wanted.whole["spec"].get("blocks")
    names = tuple(name for name in ("lb-pool-cidr", "lb-pool-min", "lb-pool-max") if name in setters)
    assert wanted.fields == (() if found is None else (Field(("spec", "blocks", 0), found[0], names),))
    return found


def test_the_package_in_full() -> None:
    """With the shipped settings there are the ancestor's six objects, without its defects."""
    found = by_name(ask(SHIPPED))
    assert {name: wanted.whole for name, wanted in found.items()} == {
        "CiliumLoadBalancerIPPool/load-balancers": {
            "spec": {
                "blocks": [{"start": "10.80.8.129", "stop": "10.80.8.190"}],
                "disabled": False,
                "serviceSelector": {
                    "matchExpressions": [{"key": "cilium-networking/pool", "operator": "DoesNotExist"}]
                },
            }
        },
        "CiliumLoadBalancerIPPool/virtual-addresses": {
            "spec": {
                "blocks": [{"start": "10.80.15.1", "stop": "10.80.15.254"}],
                "disabled": False,
                "serviceSelector": {"matchLabels": {"cilium-networking/pool": "virtual-addresses"}},
            }
        },
        "CiliumL2AnnouncementPolicy/host": {
            "spec": {
                "externalIPs": True,
                "loadBalancerIPs": True,
                "interfaces": ["^vmnet0$", "^lan0$"],
                "nodeSelector": CONTROL_PLANE,
            }
        },
        "CiliumBGPClusterConfig/bgp-cluster-config": {
            "spec": {
                "nodeSelector": CONTROL_PLANE,
                "bgpInstances": [
                    {
                        "name": "control-plane-bgp",
                        "localASN": 65001,
                        "peers": [
                            {
                                "name": "gateway-peer",
                                "peerASN": 65000,
                                "peerAddress": "10.80.0.1",
                                "peerConfigRef": {"name": "cilium-peer"},
                            }
                        ],
                    }
                ],
            }
        },
        "CiliumBGPPeerConfig/cilium-peer": {
            "spec": {
                "ebgpMultihop": 1,
                "families": [{"afi": "ipv4", "safi": "unicast", "advertisements": {"matchLabels": ADVERTISE}}],
                "gracefulRestart": {"enabled": True, "restartTimeSeconds": 120},
                "timers": {"connectRetryTimeSeconds": 120, "holdTimeSeconds": 90, "keepAliveTimeSeconds": 30},
            }
        },
        "CiliumBGPAdvertisement/control-plane-advertisement": {
            "metadata": {"labels": ADVERTISE},
            "spec": {
                "advertisements": [
                    {
                        "advertisementType": "Service",
                        "service": {"addresses": ["LoadBalancerIP", "ExternalIP"]},
                        "selector": {},
                    },
                    {"advertisementType": "PodCIDR"},
                ]
            },
        },
    }
    assert {wanted.missing for wanted in found.values()} == {()}


def test_flat_settings_name_their_fields_only() -> None:
    """Given settings change exactly the fields that they are about, wherever the object stands."""
    found = by_name(
        ask(BGP | {"bgp-hold-time": "30", "node-selector": "role=edge", "bgp-service-selector": "!private"})
    )
    assert {name: wanted.fields for name, wanted in found.items()} == {
        "CiliumBGPClusterConfig/bgp-cluster-config": (
            Field(("spec", "nodeSelector"), {"matchLabels": {"role": "edge"}}, ("node-selector",)),
            Field((*INSTANCE, "localASN"), 65001, ("bgp-local-asn",)),
            Field((*PEER, "peerASN"), 65000, ("bgp-peer-asn",)),
            Field((*PEER, "peerAddress"), "10.80.0.1", ("node-gateway-ip",)),
        ),
        "CiliumBGPPeerConfig/cilium-peer": (Field(("spec", "timers", "holdTimeSeconds"), 30, ("bgp-hold-time",)),),
        "CiliumBGPAdvertisement/control-plane-advertisement": (
            Field(
                ("spec", "advertisements", Named("Service", "advertisementType"), "selector"),
                {"matchExpressions": [{"key": "private", "operator": "DoesNotExist"}]},
                ("bgp-service-selector",),
            ),
        ),
    }


@pytest.mark.parametrize(
    ("setters", "expected"),
    [
        ({"lb-pool-cidr": "10.80.8.128/26"}, ("10.80.8.129", "10.80.8.190")),
        ({"lb-pool-cidr": "10.80.8.128/26", "lb-pool-min": "130"}, ("10.80.8.130", "10.80.8.190")),
        ({"lb-pool-cidr": "10.80.8.128/26", "lb-pool-max": "130"}, ("10.80.8.129", "10.80.8.130")),
        ({"lb-pool-cidr": "10.80.8.128/26", "lb-pool-min": "10.80.8.140"}, ("10.80.8.140", "10.80.8.190")),
        ({"lb-pool-cidr": "10.80.0.0/20", "lb-pool-min": "256", "lb-pool-max": "511"}, ("10.80.1.0", "10.80.1.255")),
        ({"lb-pool-cidr": "10.80.8.7/32"}, ("10.80.8.7", "10.80.8.7")),
        ({"lb-pool-cidr": "10.80.8.6/31"}, ("10.80.8.6", "10.80.8.7")),
        ({"lb-pool-cidr": "fd00:80:8::/64"}, ("fd00:80:8::1", "fd00:80:8:0:ffff:ffff:ffff:ffff")),
        ({"lb-pool-cidr": "fd00:80:8::/64", "lb-pool-max": "65535"}, ("fd00:80:8::1", "fd00:80:8::ffff")),
        ({"lb-pool-min": "10.80.8.1", "lb-pool-max": "10.80.9.9"}, ("10.80.8.1", "10.80.9.9")),
    ],
)
def test_range_of_a_pool(setters: dict[str, str], expected: tuple[str, str]) -> None:
    """A pool is the range between its ends; an end that is not given is the network's usable one."""
    assert blocks(setters) == [{"start": expected[0], "stop": expected[1]}]


@pytest.mark.parametrize("setters", [{"lb-pool-min": "129"}, {"lb-pool-min": "10.0.0.1"}, {"lb-pool-disabled": "true"}])
def test_range_that_needs_its_network(setters: dict[str, str]) -> None:
    """Without its network a pool has no range: the setting has no field, and what is missing is named."""
    (wanted,) = ask(setters).wanted
    assert wanted.missing == ("lb-pool-cidr",)
    assert [field for field in wanted.fields if "blocks" in field.path] == []


@pytest.mark.parametrize(
    ("setters", "missing"),
    [
        ({"vip-pool-max": "9"}, {"vip-pool": ("vip-pool-cidr",)}),
        ({"l2-interface-2": "lan0"}, {"l2": ("l2-interface-1",)}),
        ({"l2-enabled": "true"}, {"l2": ("l2-interface-1",)}),
        ({"bgp-peer-asn": "65000"}, {"bgp": ("bgp-local-asn", "node-gateway-ip")}),
        ({"bgp-enabled": "true"}, {"bgp": ("bgp-local-asn", "bgp-peer-asn", "node-gateway-ip")}),
        (BGP | {"lb-pool-cidr": "10.0.0.0/24"}, {"bgp": (), "lb-pool": ()}),
    ],
)
def test_missing_settings_are_data(setters: dict[str, str], missing: dict[str, tuple[str, ...]]) -> None:
    """A feature that is asked for says which required settings it lacks; that alone is no error."""
    assert {wanted.feature: wanted.missing for wanted in ask(setters).wanted} == missing


@pytest.mark.parametrize("name", [each.name for each in DECLARATIONS if each.feature is None])
def test_shared_settings_ask_for_nothing(name: str) -> None:
    """A setting that belongs to no feature asks for none."""
    assert ask({name: SHIPPED[name]}).wanted == ()


@pytest.mark.parametrize("feature", FEATURES)
def test_one_feature_asks_for_no_other(feature: str) -> None:
    """The settings of one feature, with those that are shared, make that feature's objects only."""
    setters = {each.name: SHIPPED[each.name] for each in DECLARATIONS
               if each.feature in (feature, None) and each.name in SHIPPED}  # fmt: skip
    assert {wanted.feature for wanted in ask(setters).wanted} == {feature}


def test_switched_off() -> None:
    """A feature that is off is not wanted, however much of it is given, and its kinds are pruned."""
    found = ask(SHIPPED | {"l2-enabled": "false", "bgp-enabled": "false"})
    assert [wanted.feature for wanted in found.wanted] == ["lb-pool", "vip-pool"]
    assert dict(found.prune) == {
        "CiliumL2AnnouncementPolicy": "l2-enabled is `false`",
        "CiliumBGPClusterConfig": "bgp-enabled is `false`",
        "CiliumBGPPeerConfig": "bgp-enabled is `false`",
        "CiliumBGPAdvertisement": "bgp-enabled is `false`",
        "CiliumBGPNodeConfigOverride": "bgp-enabled is `false`",
    }
    assert set(found.prune) <= set(KINDS)
    assert dict(ask(SHIPPED).prune) == {}


def test_pool_label_is_shared_by_both_pools() -> None:
    """The label's key is what one pool asks for and the other excludes: no Service matches both."""
    found = by_name(ask({"lb-pool-cidr": "10.0.0.0/24", "vip-pool-cidr": "10.0.1.0/24", "pool-label": "example.com/p"}))
    assert [wanted.fields[-1] for wanted in found.values()] == [
        Field(
            ("spec", "serviceSelector"),
            {"matchExpressions": [{"key": "example.com/p", "operator": "DoesNotExist"}]},
            ("pool-label",),
        ),
        Field(("spec", "serviceSelector"), {"matchLabels": {"example.com/p": "virtual-addresses"}}, ("pool-label",)),
    ]


@pytest.mark.parametrize(("name", "pattern"), [("lan0", "^lan0$"), ("eth0.10", r"^eth0\.10$"), ("br-lan", "^br-lan$")])
def test_interfaces_match_one_name(name: str, pattern: str) -> None:
    """An interface becomes an anchored pattern that matches its own name and no other."""
    assert by_name(ask({"l2-interface-1": name}))["CiliumL2AnnouncementPolicy/host"].whole["spec"]["interfaces"] == [
        pattern
    ]


@pytest.mark.parametrize(
    ("setters", "families"),
    [
        ({}, ["ipv4"]),
        ({"lb-pool-cidr": "fd00::/112"}, ["ipv4", "ipv6"]),
        ({"node-gateway-ip": "fd00::1"}, ["ipv6"]),
        ({"node-gateway-ip": "fd00::1", "vip-pool-cidr": "10.0.0.0/24"}, ["ipv4", "ipv6"]),
    ],
)
def test_families_that_something_needs(setters: dict[str, str], families: list[str]) -> None:
    """The peer config has a family for each pool and for the gateway, and no other."""
    peer = by_name(ask(BGP | setters))["CiliumBGPPeerConfig/cilium-peer"].whole["spec"]
    assert [(family["afi"], family["safi"]) for family in peer["families"]] == [(name, "unicast") for name in families]


@pytest.mark.parametrize(
    ("setters", "hold", "keepalive"),
    [
        ({}, 90, 30),
        ({"bgp-hold-time": "9"}, 9, 3),
        ({"bgp-keepalive-time": "60"}, 180, 60),
        ({"bgp-keepalive-time": "10"}, 90, 10),
        ({"bgp-keepalive-time": "60000"}, 65535, 60000),
        ({"bgp-hold-time": "9", "bgp-keepalive-time": "9"}, 9, 9),
    ],
)
def test_timers_follow_each_other(setters: dict[str, str], hold: int, keepalive: int) -> None:
    """The timer that is not given follows the one that is, so that one alone is never a contradiction."""
    timers = by_name(ask(BGP | setters))["CiliumBGPPeerConfig/cilium-peer"].whole["spec"]["timers"]
    assert (timers["holdTimeSeconds"], timers["keepAliveTimeSeconds"]) == (hold, keepalive)


def test_password_is_a_reference() -> None:
    """A session has a password exactly when the Secret's name is given."""
    peer = by_name(ask(BGP | {"bgp-password-secret": "bgp-password"}))["CiliumBGPPeerConfig/cilium-peer"]
    assert peer.whole["spec"]["authSecretRef"] == "bgp-password"
    assert "authSecretRef" not in by_name(ask(BGP))["CiliumBGPPeerConfig/cilium-peer"].whole["spec"]


def test_release_is_the_default_unless_it_is_given() -> None:
    """The release is what RKE2 ships unless a version of Cilium is given."""
    assert (ask({}).release, ask({"cilium-version": "v1.18.4"}).release) == (DEFAULT_RELEASE, "1.18")


def test_cluster_is_named() -> None:
    """The cluster's name and id are for reports, and absent when they are not given."""
    found = ask({"cluster-name": "edge", "cluster-id": "0"})
    assert (found.cluster_name, found.cluster_id) == ("edge", 0)
    assert (ask({}).cluster_name, ask({}).cluster_id) == (None, None)


@pytest.mark.parametrize("release", RELEASES)
def test_every_release_takes_what_is_made(release: str) -> None:
    """Everything that flat settings make is right by the schema of the release that it is made for."""
    from cilium_networking.kinds import api_version, check, schema
    from cilium_networking.lossless import parse
    from cilium_networking.lossless.emit import block_text

    found = ask({**SHIPPED, "bgp-password-secret": "s", "cilium-version": release})
    for wanted in found.wanted:
        head = {"apiVersion": api_version(wanted.kind, release), "kind": wanted.kind}
        metadata = {"name": wanted.name, **wanted.whole.get("metadata", {})}
        text = block_text({**head, "metadata": metadata, "spec": wanted.whole["spec"]})
        assert list(check(parse(text).root, schema(wanted.kind, release))) == []


def test_oldest_release_has_its_own_advertisement() -> None:
    """Cilium 1.15 advertises load balancer addresses under another name, and has no list of addresses."""
    advertisement = by_name(ask({**BGP, "cilium-version": "1.15", "bgp-service-selector": "a"}))[
        "CiliumBGPAdvertisement/control-plane-advertisement"
    ]
    selector = {"matchExpressions": [{"key": "a", "operator": "Exists"}]}
    assert advertisement.whole["spec"]["advertisements"] == [
        {"advertisementType": "CiliumLoadBalancerIP", "selector": selector},
        {"advertisementType": "PodCIDR"},
    ]
    assert [field.path[2] for field in advertisement.fields] == [Named("CiliumLoadBalancerIP", "advertisementType")]


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_fields_make_the_full_form(name: str) -> None:
    """An object in full, changed by one setting's fields, is the object that the changed setting gives in full."""
    other = {
        "lb-pool-cidr": "10.80.8.128/25", "lb-pool-min": "140", "lb-pool-max": "150", "vip-pool-cidr": "10.80.14.0/24",
        "vip-pool-min": "9", "vip-pool-max": "20", "l2-interface-1": "eth1.4", "l2-interface-2": "eth2",
        "bgp-local-asn": "64512", "bgp-peer-asn": "64513", "node-gateway-ip": "10.80.0.254", "pool-label": "a/b",
        "lb-pool-disabled": "${OFF}", "vip-pool-disabled": "true", "bgp-hold-time": "60", "bgp-keepalive-time": "20",
        "bgp-connect-retry-time": "5", "bgp-graceful-restart": "false", "bgp-graceful-restart-time": "60",
        "bgp-multihop-ttl": "2", "node-selector": "a=b", "bgp-service-selector": "c in (d)",
    }  # fmt: skip
    before, after = by_name(ask(SHIPPED)), by_name(ask(SHIPPED | {name: other.get(name, SHIPPED[name])}))
    for key, wanted in after.items():
        changed = before[key].whole
        for field in wanted.fields:
            put_at(changed, field.path, field.value)
        assert changed == wanted.whole
