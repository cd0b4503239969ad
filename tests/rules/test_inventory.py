"""The inventory: its own form, and whether it agrees with itself and with the nodes."""

from __future__ import annotations

import pytest

from rules.judging import said_of

_HEAD = """apiVersion: fn.kpt.dev/v1alpha1
kind: NetworkInventory
metadata:
  name: bioskop
  annotations:
    config.kubernetes.io/local-config: "true"
spec:
"""


def of(rule: str, spec: str, more: str = "") -> list[str]:
    """What one rule says of an inventory with this spec, beside other objects."""
    text = _HEAD + "".join(f"  {line}\n" for line in spec.strip().splitlines()) + more
    return [message for each, message in said_of(text) if each == rule]


_WHOLE = """
mesh: home
podCIDRs: [10.42.0.0/16, "fd00:42::/56"]
serviceCIDRs: [10.43.0.0/16]
apiServer: [10.80.0.5]
networks:
- name: lan
  cidr: 10.80.0.0/20
  gateway: 10.80.0.1
  dhcp: [10.80.1.0-10.80.1.255, 10.80.2.0/24]
  reserved:
  - {addresses: 10.80.8.150, for: the shared Gateway}
- name: six
  cidr: fd00:80::/64
nodes:
- name: node-a
  labels: {node-role.kubernetes.io/control-plane: "true"}
  interfaces:
  - {name: vmnet0, addresses: [10.80.0.11/20, "fd00:80::11/64", "fe80::1/64"]}
- name: node-b
  interfaces:
  - {name: vmnet0, addresses: [10.80.0.12]}
routers:
- {name: gateway, address: 10.80.0.1, asn: 65000}
"""


def test_what_is_right_is_silent() -> None:
    """An inventory that uses every field says nothing wrong."""
    assert of("CN509", _WHOLE) == []
    assert of("CN510", _WHOLE) == []


@pytest.mark.parametrize(
    ("spec", "messages"),
    [
        ("podCIDR: [10.42.0.0/16]", ["unknown field `spec.podCIDR`: did you mean `podCIDRs`?"]),
        ("podCIDRs: 10.42.0.0/16", ["`spec.podCIDRs` must be a list, not the string `10.42.0.0/16`"]),
        (
            "podCIDRs: [10.42.0.1/16]",
            ["`10.42.0.1/16` has host bits set; did you mean `10.42.0.0/16`?"],
        ),
        (
            "networks: [{name: lan, cidr: 10.80.0.0/20, dhcp: 10.80.1.9-10.80.1.0}]",
            ["`10.80.1.9-10.80.1.0` ends before it begins"],
        ),
        (
            "networks: [{name: lan, cidr: 10.80.0.0/20, gateway: the router}]",
            ["`the router` is neither an address, a network, nor two addresses with `-` between"],
        ),
        ("apiServer: {ip: 10.80.0.5}", ["`{'ip': '10.80.0.5'}` is no text of an address, a network or a range"]),
        ("apiServer: [10.80.0.5, 6]", ["`6` is no text of an address, a network or a range"]),
        (
            "nodes: [{name: a, interfaces: [{name: eth0, addresses: [10.80.0.11/33]}]}]",
            ["`10.80.0.11/33` has a prefix length over 32, the most that IPv4 has"],
        ),
        ("routers: [{address: 10.80.0.1}]", ["`spec.routers[0].name` is missing"]),
        (
            "routers: [{name: gateway, asn: 0}]",
            ["`spec.routers[0].asn` must be 1 to 4294967295, not 0"],
        ),
        (
            "nodes: [{name: a}, {name: a}]",
            ["`spec.nodes[1].name` is that of `spec.nodes[0]` too: `a`"],
        ),
    ],
)
def test_what_cannot_be_read(spec: str, messages: list[str]) -> None:
    """A wrong field, type or text is said, with what would be right where that is plain."""
    assert of("CN509", spec) == messages


def test_what_is_filled_in_later() -> None:
    """A placeholder in an inventory is not known, and not wrong."""
    assert of("CN509", "podCIDRs: ['${POD_CIDR}']\napiServer: ${API_VIP}") == []


@pytest.mark.parametrize(
    ("spec", "messages"),
    [
        (
            "networks: [{name: lan, cidr: 10.80.0.0/20, gateway: 10.81.0.1}]",
            ["the gateway of network lan, `10.81.0.1`, is not in that network, which is 10.80.0.0/20"],
        ),
        (
            "networks: [{name: lan, cidr: 10.80.0.0/20, dhcp: 10.80.15.250-10.80.16.5}]",
            ["the DHCP range of network lan, `10.80.15.250-10.80.16.5`, is not in that network, which is 10.80.0.0/20"],
        ),
        (
            "networks: [{name: lan, cidr: 10.80.0.0/20, reserved: [{addresses: 10.8.0.1, for: DNS}]}]",
            ["what is reserved for DNS, `10.8.0.1`, is not in that network, which is 10.80.0.0/20"],
        ),
        (
            "networks: [{name: lan, cidr: 10.80.0.0/20}, {name: rack, cidr: 10.80.8.0/24}]",
            ["network rack, 10.80.8.0/24, and network lan, 10.80.0.0/20, have addresses in common: each needs its own"],
        ),
        (
            "podCIDRs: [10.42.0.0/16]\nserviceCIDRs: [10.42.0.0/16]",
            [
                (
                    "the network of ClusterIPs, 10.42.0.0/16, and the network of Pods, 10.42.0.0/16, have addresses in "
                    "common: each needs its own"
                ),
            ],
        ),
        (
            (
                "networks: [{name: lan, cidr: 10.80.0.0/20}]\n"
                "nodes: [{name: a, interfaces: [{name: eth0, addresses: [192.168.1.5/24]}]}]"
            ),
            ["192.168.1.5 of node a is in none of the networks: add its network, or correct the address"],
        ),
        (
            (
                "networks: [{name: lan, cidr: 10.80.0.0/20}]\n"
                "nodes: [{name: a, interfaces: [{name: eth0, addresses: [10.80.0.11/24]}]}]"
            ),
            [
                (
                    "interface eth0 of node a is in 10.80.0.0/24, and network lan is 10.80.0.0/20: one of the two "
                    "lengths is wrong"
                )
            ],
        ),
        (
            (
                "nodes:\n- {name: a, interfaces: [{name: eth0, addresses: [10.80.0.11/24]}]}\n"
                "- {name: b, interfaces: [{name: eth0, addresses: [10.80.0.11/24]}]}"
            ),
            ["10.80.0.11 of node b is also an address of node a"],
        ),
        (
            (
                "nodes: [{name: a, interfaces: [{name: eth0, addresses: [10.80.0.1/24]}]}]\n"
                "routers: [{name: gateway, address: 10.80.0.1}]"
            ),
            ["10.80.0.1 of node a is also the address of router gateway"],
        ),
    ],
)
def test_what_contradicts_itself(spec: str, messages: list[str]) -> None:
    """Facts that cannot hold together are named with both ends."""
    assert of("CN510", spec) == messages


@pytest.mark.parametrize(
    "spec",
    [
        "nodes: [{name: a, interfaces: [{name: eth0, addresses: [192.168.1.5/24]}]}]",
        (
            "networks: [{name: six, cidr: 'fd00::/64'}]\n"
            "nodes: [{name: a, interfaces: [{name: eth0, addresses: [192.168.1.5/24]}]}]"
        ),
        (
            "nodes:\n- {name: a, interfaces: [{name: x, addresses: ['fe80::1/64']}]}\n"
            "- {name: b, interfaces: [{name: x, addresses: ['fe80::1/64']}]}"
        ),
        "networks: [{name: lan, cidr: 10.80.0.0/20}]\nrouters: [{name: core, address: 172.16.0.1}]",
        "networks: [{name: lan, cidr: 10.80.0.0/20, gateway: 10.80.0.1}]\napiServer: 172.16.0.5",
    ],
    ids=["no networks", "another family", "link-local", "a router beyond", "an API server elsewhere"],
)
def test_what_does_not_contradict(spec: str) -> None:
    """What is not said is not known, and what may be elsewhere is no contradiction."""
    assert of("CN510", spec) == []


_NODE = """---
apiVersion: v1
kind: Node
metadata:
  name: node-a
spec:
  podCIDRs: [10.50.0.0/24]
status:
  addresses:
  - {type: InternalIP, address: 10.80.0.99}
"""


def test_the_nodes_know_better() -> None:
    """An address and a network that the cluster's own nodes have are missed in the inventory."""
    assert of("CN510", _WHOLE, _NODE) == [
        "node node-a has no such address as Node node-a says it has: 10.80.0.99",
        "Node node-a has Pods in 10.50.0.0/24, and `podCIDRs` does not hold that",
    ]
    assert of("CN510", _WHOLE, _NODE.replace("10.80.0.99", "10.80.0.11").replace("10.50", "10.42")) == []
    assert of("CN510", "nodes: [{name: node-a}]", _NODE) == []


def test_two_inventories() -> None:
    """Only the first counts, which is said of the second."""
    other = "---\n" + _HEAD.replace("bioskop", "alcide") + "  podCIDRs: [10.42.0.0/16]\n"
    assert of("CN510", "podCIDRs: [10.42.0.0/16]", other) == [
        "the first inventory of a cluster alone counts, NetworkInventory bioskop: join the two"
    ]
