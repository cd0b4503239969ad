"""What routers learn from the package: which prefixes, from which nodes, with what beside them.

The cluster is RKE2's: two servers and a worker. Its package has one peer, the gateway, which runs FRR; the typed form
adds a second one, which runs BIRD. Whatever is said of routes here is said of both.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any, Final

import pytest

from lab import Condition, Lab, ReceivedPath

pytestmark = pytest.mark.needs("lab", "kpt", "kubectl")

STORY: Final = """
nodes:
  server-a:
    labels: {node-role.kubernetes.io/control-plane: "true"}
    interfaces: {vmnet0: 10.80.0.11/20, lan0: 192.168.7.11/24}
    pods: 10.42.0.0/24
  server-b:
    labels: {node-role.kubernetes.io/control-plane: "true"}
    interfaces: {vmnet0: 10.80.0.12/20, lan0: 192.168.7.12/24}
    pods: 10.42.1.0/24
  worker:
    interfaces: {vmnet0: 10.80.0.13/20, lan0: 192.168.7.13/24}
    pods: 10.42.2.0/24
routers:
  gateway: {runs: frr, address: 10.80.0.1/20, asn: 65000}
  second: {runs: bird, address: 10.80.0.2/20, asn: 65000}
package: packages/cilium-networking
settings:
  bgp:
    clusterConfigs:
    - name: bgp-cluster-config
      nodeSelector: {matchExpressions: [{key: node-role.kubernetes.io/control-plane, operator: Exists}]}
      bgpInstances:
      - name: control-plane-bgp
        localASN: 65001
        peers:
        - {name: gateway-peer, peerASN: 65000, peerAddress: 10.80.0.1, peerConfigRef: {name: cilium-peer}}
        - {name: second-peer, peerASN: 65000, peerAddress: 10.80.0.2, peerConfigRef: {name: cilium-peer}}
services:
  probe: {labels: {cilium-networking/pool: virtual-addresses}}
"""
SERVERS: Final = {"server-a", "server-b"}
A, B = "10.80.0.11", "10.80.0.12"
#: What each router holds of the story as it stands: the Pods of each server, and both Services from both servers.
PODS: Final = {"10.42.0.0/24": {"server-a"}, "10.42.1.0/24": {"server-b"}}
ROUTES: Final = {**PODS, "10.80.8.129/32": SERVERS, "10.80.15.1/32": SERVERS}
#: The address that the next Service gets.
NEXT: Final = "10.80.8.130/32"
ROLE: Final = "node-role.kubernetes.io/control-plane"


def learnt(lab: Lab, expected: dict[str, set[str]]) -> None:
    """Wait until both routers hold exactly this."""
    everywhere = dict.fromkeys(lab.routers, expected)
    lab.eventually(lambda: {router: lab.routes(router) for router in lab.routers}, everywhere)


def endpoint(node: str) -> dict[str, Any]:
    """What a controller would write for the Service `near`, whose only Pod runs on this node."""
    metadata = {"name": "near-1", "namespace": "default", "labels": {"kubernetes.io/service-name": "near"}}
    pod = {"addresses": ["10.42.0.7"], "nodeName": node, "conditions": {"ready": True}}
    kind = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4"}
    return {**kind, "metadata": metadata, "endpoints": [pod], "ports": [{"port": 80, "protocol": "TCP", "name": ""}]}


def test_a_service_as_kubectl_makes_it(lab: Lab) -> None:
    """Without any label it gets the first address. Routers hold what is advertised of both servers, and no more."""
    lab.kubectl("create", "service", "loadbalancer", "test-lb", "--tcp=80:80")
    lab.eventually(lab.addresses, {"test-lb": ["10.80.8.129"], "probe": ["10.80.15.1"]})
    learnt(lab, ROUTES)


def test_servers_have_sessions(lab: Lab) -> None:
    """Every server is up with both routers, and the worker with none."""
    up = {"server-a": "established", "server-b": "established"}
    lab.eventually(lambda: [lab.sessions(router) for router in ("gateway", "second")], [up, up])


def test_a_route_says_where_it_is_from(lab: Lab) -> None:
    """A path is the node's own, of the cluster's AS, with no community and no preference."""
    expected = tuple(ReceivedPath(node, node, as_path=(65001,)) for node in (A, B))
    for router in lab.routers.values():
        lab.eventually(partial(router.paths, "10.80.8.129/32"), expected)
        lab.eventually(partial(router.paths, "10.42.1.0/24"), expected[1:])


def test_traffic_is_spread_over_the_servers(lab: Lab) -> None:
    """Both next hops of a Service are in the kernel's table, and only its own server for Pods."""
    gateway, second = lab.routers.values()
    lab.eventually(lambda: [it.forwarding("10.80.8.129/32") for it in (gateway, second)], [{A, B}, {A, B}])
    lab.eventually(lambda: [it.forwarding("10.42.0.0/24") for it in (gateway, second)], [{A}, {A}])


def test_each_server_has_a_config_of_its_own(lab: Lab) -> None:
    """The operator makes one CiliumBGPNodeConfig for each server, with both peers; none for the worker."""
    reference = {"peerASN": 65000, "peerConfigRef": {"name": "cilium-peer"}}
    peers = [
        {"name": "gateway-peer", "peerAddress": "10.80.0.1", **reference},
        {"name": "second-peer", "peerAddress": "10.80.0.2", **reference},
    ]
    instance = {"name": "control-plane-bgp", "localASN": 65001, "peers": peers}
    assert lab.node_configs() == {server: {"bgpInstances": [instance]} for server in SERVERS}


def test_cilium_reports_its_sessions(lab: Lab) -> None:
    """The status of a node's config says of each peer that it is up, with the package's timers, and what was sent."""

    def reported() -> dict[str, dict[str, tuple[str, int, int, list[int]]]]:
        return {
            config["metadata"]["name"]: {
                peer["name"]: (
                    peer["peeringState"],
                    peer["timers"]["appliedHoldTimeSeconds"],
                    peer["timers"]["appliedKeepaliveSeconds"],
                    [family["advertised"] for family in peer["routeCount"]],
                )
                for peer in config.get("status", {}).get("bgpInstances", [{"peers": []}])[0]["peers"]
            }
            for config in lab.get("ciliumbgpnodeconfigs")["items"]
        }

    # Two Services and the node's own Pods.
    peer = ("established", 90, 30, [3])
    lab.eventually(reported, {server: {"gateway-peer": peer, "second-peer": peer} for server in SERVERS})


def test_no_condition_is_a_problem(lab: Lab) -> None:
    """The operator finds nodes for the cluster config, its peer config, no rival, and that no Secret is missing."""
    cluster = {
        "cilium.io/NoMatchingNode": "False",
        "cilium.io/MissingPeerConfigs": "False",
        "cilium.io/ConflictingClusterConfig": "False",
    }
    peer = {"cilium.io/MissingAuthSecret": "False"}

    def statuses(kind: str, name: str) -> dict[str, str]:
        return {condition: it.status for condition, it in lab.conditions(kind, name).items()}

    lab.eventually(lambda: statuses("ciliumbgpclusterconfig", "bgp-cluster-config"), cluster)
    lab.eventually(lambda: statuses("ciliumbgppeerconfig", "cilium-peer"), peer)


def test_a_service_comes_and_goes(lab: Lab) -> None:
    """A new Service has its route, and with the Service goes the route, and only that one."""
    lab.service("passing")
    learnt(lab, {**ROUTES, NEXT: SERVERS})
    lab.kubectl("delete", "service", "passing")
    learnt(lab, ROUTES)


def test_external_addresses_are_advertised(lab: Lab) -> None:
    """An address that a Service brings itself is advertised beside the one from the pool."""
    lab.service("outside", spec={"externalIPs": ["203.0.113.7"]})
    learnt(lab, {**ROUTES, NEXT: SERVERS, "203.0.113.7/32": SERVERS})
    lab.kubectl("delete", "service", "outside")
    learnt(lab, ROUTES)


def test_local_traffic_comes_to_the_pod(lab: Lab) -> None:
    """With externalTrafficPolicy Local only the server where the Pod runs announces; for one on the worker, nobody."""
    lab.create(endpoint("server-b"))
    lab.service("near", spec={"externalTrafficPolicy": "Local"})
    learnt(lab, {**ROUTES, NEXT: {"server-b"}})
    for node, announced in (("server-a", {NEXT: {"server-a"}}), ("worker", {}), ("server-b", {NEXT: {"server-b"}})):
        lab.kubectl("replace", "-f", "-", stdin=json.dumps(endpoint(node)))
        learnt(lab, {**ROUTES, **announced})
    lab.kubectl("delete", "service/near", "endpointslice/near-1")
    learnt(lab, ROUTES)


def test_a_worker_that_becomes_a_server(lab: Lab) -> None:
    """The label makes a node announce, and without it the routes go: those of the other nodes stay as they were."""
    # Cilium's agent copies the labels of the Node to the CiliumNode, which is what the operator looks at.
    lab.kubectl("label", "node/worker", "ciliumnode/worker", f"{ROLE}=true")
    every = {*SERVERS, "worker"}
    learnt(lab, {**PODS, "10.42.2.0/24": {"worker"}, "10.80.8.129/32": every, "10.80.15.1/32": every})
    lab.kubectl("label", "node/worker", "ciliumnode/worker", f"{ROLE}-")
    learnt(lab, ROUTES)
    assert lab.node_configs().keys() == SERVERS


def test_a_service_selector_leaves_the_others_out(lab: Lab) -> None:
    """`bgp-service-selector` keeps the other Services off the routers; they keep their addresses."""
    lab.service("public", labels={"expose": "yes"})
    learnt(lab, {**ROUTES, NEXT: SERVERS})
    lab.apply(bgp_service_selector="expose=yes")
    learnt(lab, {**PODS, NEXT: SERVERS})
    assert lab.addresses() == {"test-lb": ["10.80.8.129"], "probe": ["10.80.15.1"], "public": ["10.80.8.130"]}
    lab.apply(bgp_service_selector="*")
    learnt(lab, {**ROUTES, NEXT: SERVERS})
    lab.kubectl("delete", "service", "public")
    learnt(lab, ROUTES)


def test_a_selector_that_no_node_matches_is_said(lab: Lab) -> None:
    """With such a `node-selector` the condition NoMatchingNode is true, and no router holds anything."""

    def matching() -> Condition | None:
        return lab.conditions("ciliumbgpclusterconfig", "bgp-cluster-config").get("cilium.io/NoMatchingNode")

    lab.apply(node_selector="example.com/edge")
    lab.eventually(matching, Condition("True", "NoMatchingNode", "No node matches spec.nodeSelector"))
    learnt(lab, {})
    assert lab.node_configs() == {}
    lab.apply(node_selector=ROLE)
    learnt(lab, ROUTES)


def test_without_bgp_the_addresses_stay(lab: Lab) -> None:
    """`bgp-enabled: "false"` takes BGP's objects out of the cluster, and with them the routes; Services keep theirs."""
    lab.apply(bgp_enabled="false")
    learnt(lab, {})
    assert lab.get("ciliumbgpclusterconfigs,ciliumbgppeerconfigs,ciliumbgpadvertisements")["items"] == []
    assert lab.addresses() == {"test-lb": ["10.80.8.129"], "probe": ["10.80.15.1"]}
