"""A scenario says what a lab is made of, and a word that it does not know is an error."""

from __future__ import annotations

from ipaddress import ip_interface, ip_network

import pytest

from lab import Node, Scenario, ScenarioError, Service, read_scenario
from lab.network import NetworkError, free_subnet


def test_nothing_said_is_a_cluster_without_machines() -> None:
    """An empty scenario is the operator's cluster with no node, router, package or Service."""
    assert read_scenario("") == Scenario()


def test_a_node_is_known_by_its_first_address_of_each_family() -> None:
    """The addresses of the first interface that has one of the family are the node's own; all are devices of Cilium."""
    story = """
    nodes:
      node-a:
        interfaces: {vmnet0: [10.80.0.11/16, "fd00:80::11/64"], lan0: 192.168.7.11/24}
        pods: [10.42.0.0/24, "fd00:42::/64"]
    """
    (node,) = read_scenario(story).nodes
    assert node == Node(
        "node-a",
        {},
        {
            "vmnet0": (ip_interface("10.80.0.11/16"), ip_interface("fd00:80::11/64")),
            "lan0": (ip_interface("192.168.7.11/24"),),
        },
        (ip_network("10.42.0.0/24"), ip_network("fd00:42::/64")),
        ("vmnet0", "lan0"),
    )
    assert [str(address.ip) for address in node.addresses] == ["10.80.0.11", "fd00:80::11"]


def test_a_service_is_laid_over_a_plain_one() -> None:
    """A Service of a scenario is one of type LoadBalancer with a port, and what is said wins."""
    plain = Service("web").manifest()
    assert plain["spec"] == {"type": "LoadBalancer", "ports": [{"port": 80}], "selector": {"app": "web"}}
    assert plain["metadata"] == {"name": "web", "namespace": "default"}
    local = Service("web", spec={"externalTrafficPolicy": "Local"}).manifest()
    assert local["spec"] == plain["spec"] | {"externalTrafficPolicy": "Local"}


@pytest.mark.parametrize(
    ("story", "message"),
    [
        ("routerz: {}", "the scenario has `routerz`; known are applied, nodes, objects, operator, package, "),
        ("- a", "the scenario is no mapping"),
        ("nodes: {a: {label: {}}}", "node a has `label`; known are devices, interfaces, labels, pods"),
        ("nodes: {a: {}}", "node a has no interface"),
        ("nodes: {a: {interfaces: {lan0: 10.0.0/8}}}", "node a: '10.0.0/8' does not appear to be an IPv4 or IPv6 "),
        ("routers: {gw: {runs: frr, asn: 1}}", "router gw lacks address"),
        (
            "routers: {gw: {runs: gobgp, asn: 1, address: 10.0.0.1/24, password: x}}",
            "router gw: GoBGP asks no password of neighbours by subnet; take frr or bird",
        ),
        ("services: {a: {label: {}}}", "service a has `label`; known are annotations, labels, namespace, spec"),
        ("release: '1.17'", "only the operator of 1.19 is built: say `operator: false` for release 1.17"),
    ],
)
def test_a_word_too_many_is_said(story: str, message: str) -> None:
    """What no lab can be made of is named, with what would be right."""
    with pytest.raises(ScenarioError) as caught:
        read_scenario(story)
    assert str(caught.value).startswith(message)


def test_the_management_network_is_out_of_the_way() -> None:
    """The lab's own network is one that the scenario does not use, and three taken ones are said."""
    ranges = [ip_network(text) for text in ("192.0.2.0/25", "198.51.100.7/32", "203.0.113.0/24", "2001:db8::/32")]
    assert str(free_subnet([])) == "192.0.2.0/24"
    assert str(free_subnet(ranges[:1])) == "198.51.100.0/24"
    assert str(free_subnet(ranges[:2])) == "203.0.113.0/24"
    with pytest.raises(NetworkError) as caught:
        free_subnet(ranges)
    assert str(caught.value) == "the scenario uses all three documentation ranges: leave one to the lab's management"
