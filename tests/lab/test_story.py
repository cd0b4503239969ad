"""A scenario says what a lab is made of; of what no lab can be made is an error before anything is started."""

from __future__ import annotations

from ipaddress import ip_interface, ip_network

import pytest

from lab import Node, Scenario, ScenarioError, Server, Service, read_scenario
from lab.network import NetworkError, free_subnet


def test_nothing_said_is_a_cluster_without_machines() -> None:
    """An empty scenario is the operator's cluster with no node, router, package or Service."""
    assert read_scenario("") == Scenario()


def test_a_node_is_known_by_its_first_address_of_each_family() -> None:
    """The addresses of the first interface that has one of the family are the node's own."""
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
    )
    assert [str(address.ip) for address in node.addresses] == ["10.80.0.11", "fd00:80::11"]


def test_a_service_is_laid_over_a_plain_one() -> None:
    """A Service of a scenario is one of type LoadBalancer with a port, and what is said wins."""
    plain = Service("web").manifest()
    assert plain["spec"] == {"type": "LoadBalancer", "ports": [{"port": 80}], "selector": {"app": "web"}}
    assert plain["metadata"] == {"name": "web", "namespace": "default"}
    local = Service("web", spec={"externalTrafficPolicy": "Local"}).manifest()
    assert local["spec"] == plain["spec"] | {"externalTrafficPolicy": "Local"}


def test_a_server_has_files() -> None:
    """A server's manifests are texts by their path in its directory; it may be a node of the same name."""
    story = """
    nodes: {node-a: {interfaces: {lan0: 10.80.0.11/20}}}
    servers:
      node-a: {manifests: {lan/pools.yaml: "# none"}, disable: [rke2-ingress-nginx]}
      node-b:
    """
    assert read_scenario(story).servers == (
        Server("node-a", {"lan/pools.yaml": "# none"}, ("rke2-ingress-nginx",)),
        Server("node-b"),
    )


#: A node and a router whom the stories below change.
NODE = "nodes: {a: {interfaces: {lan0: 10.80.0.11/20}}}\n"
ROUTER = "routers: {gw: {runs: frr, asn: 65000, address: 10.80.0.1/20}}\n"


@pytest.mark.parametrize(
    ("story", "message"),
    [
        (
            "{routerz: {}, nodez: {}}",
            "the scenario has `nodez`, `routerz`; known are applied, nodes, operator, ",
        ),
        ("- a", "the scenario is no mapping"),
        ("a: {", "the scenario is no YAML: while parsing a flow "),
        ("release: 1.19", "release: 1.19 is no text: put it in quotes"),
        ("release: '1.15'", "release: `1.15` is not known; known are 1.16, 1.17, 1.18, 1.19"),
        ("release: '1.17'", "only the operator of 1.19 is built: say `operator: false` for release 1.17"),
        ("operator: 'no'", "operator: 'no' is neither true nor false"),
        ("package: packages/none", "package: there is no packages/none/Kptfile in the project"),
        ("setters: {bgp-hold-tim: '9'}", "setters has `bgp-hold-tim`; known are bgp-connect-retry-time, "),
        ("setters: {bgp-hold-time: 9}", "setters, bgp-hold-time: 9 is no text: put it in quotes"),
        ("setters: {bgp-hold-time: '9'}", "setters are written into a package, and none is named"),
        ("nodes: [a]", "nodes is no mapping"),
        ("nodes: {A: {}}", "node `A`: a name has small letters, digits and hyphens"),
        ("nodes: {a: {label: {}}}", "node a has `label`; known are interfaces, labels, pods"),
        ("nodes: {a: {}}", "node a has no interface"),
        ("nodes: {a: {interfaces: {lan0: []}}}", "node a, lan0 has no address"),
        ("nodes: {a: {interfaces: {lan0: 10.0.0/8}}}", "node a, lan0: '10.0.0/8' does not appear to be an IPv4 or "),
        ("nodes: {a: {interfaces: {lan0: 10.0.0.1}}}", "node a, lan0: '10.0.0.1' is no address with a prefix length"),
        (
            "nodes: {a: {interfaces: {sixteen-letters-: 10.0.0.1/8}}}",
            "node a: `sixteen-letters-` is no name of an interface, of at most 15 characters",
        ),
        ("nodes: {a: {interfaces: {mgmt0: 10.0.0.1/8}}}", "node a: the lab has an interface mgmt0 of its own there"),
        (
            "nodes: {a: {labels: {edge: true}, interfaces: {lan0: 10.0.0.1/8}}}",
            "node a, labels, edge: True is no text: put it in quotes",
        ),
        (
            "nodes: {a: {pods: 10.42.0.1/24, interfaces: {lan0: 10.0.0.1/8}}}",
            "node a, pods: 10.42.0.1/24 has host bits set",
        ),
        ("routers: {gw: {runs: frr, asn: 1}}", "router gw lacks address"),
        (ROUTER.replace("frr", "quagga"), "router gw, runs: `quagga` is not known; known are bird, frr, gobgp"),
        (
            ROUTER.replace("asn", "peers: ibgp, asn"),
            "router gw, peers: `ibgp` is not known; known are external, ",
        ),
        (ROUTER.replace("65000", "'65000'"), "router gw, asn: '65000' is no number from 1 to 4294967294"),
        (
            ROUTER.replace("frr", "gobgp, password: x"),
            "router gw: GoBGP asks no password of neighbours by subnet; take frr or bird",
        ),
        ("servers: {a: {files: {}}}", "server a has `files`; known are disable, manifests"),
        ("servers: {a: {manifests: {a.yaml: {}}}}", "server a, manifests, a.yaml: {} is no text: put it in quotes"),
        (
            "servers: {a: {manifests: {../a.yaml: ''}}}",
            "server a, manifests: `../a.yaml` is no path inside of the directory",
        ),
        ("services: {a: {label: {}}}", "service a has `label`; known are annotations, labels, namespace, spec"),
        (NODE + ROUTER.replace("gw:", "a:"), "router a: the name is taken, it is that of node a"),
        (NODE.replace("a:", "control:"), "node control: the name is taken, it is the lab's own"),
        (NODE + ROUTER.replace("0.1/", "0.11/"), "node a and router gw both have 10.80.0.11"),
        (
            NODE + ROUTER.replace("/20", "/16"),
            "10.80.0.0/20 of node a and 10.80.0.0/16 of router gw overlap: hosts of one subnet have one length",
        ),
    ],
)
def test_what_no_lab_can_be_made_of_is_said(story: str, message: str) -> None:
    """Each is named where it stands, with what would be right."""
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
