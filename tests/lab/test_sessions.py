"""Sessions between the package's nodes and routers: passwords, both address families, and nodes that fall silent.

Two dual-stack servers and four routers. `gateway` and `stranger` each want a password, `inside` is of the cluster's own
AS, `six` is spoken to over IPv6. The first two are peers of `cilium-peer`, whose values come from the setters.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any, Final

import pytest

from lab import Condition, Lab, ReceivedPath
from lab.routers import Router

pytestmark = pytest.mark.needs("lab", "kpt", "kubectl")

STORY: Final = """
nodes:
  server-a:
    labels: &server {node-role.kubernetes.io/control-plane: "true"}
    interfaces: {vmnet0: [10.80.0.11/20, "fd00:80::11/64"]}
    pods: [10.42.0.0/24, "fd00:42::/64"]
  server-b:
    labels: *server
    interfaces: {vmnet0: [10.80.0.12/20, "fd00:80::12/64"]}
    pods: [10.42.1.0/24, "fd00:42:0:1::/64"]
routers:
  gateway: {runs: frr, address: 10.80.0.1/20, asn: 65000, password: correct-horse}
  stranger: {runs: bird, address: 10.80.0.2/20, asn: 65000, password: battery-staple}
  inside: {runs: bird, address: 10.80.0.3/20, asn: 65001, peers: internal}
  six: {runs: frr, address: [10.80.0.4/20, "fd00:80::4/64"], asn: 65000}
package: packages/cilium-networking
settings:
  pools:
  - name: load-balancers
    blocks: [{start: 10.80.8.129, stop: 10.80.8.190}, {start: "fd00:80:8::1", stop: "fd00:80:8::ff"}]
    serviceSelector: {}
  bgp:
    clusterConfigs:
    - name: bgp-cluster-config
      nodeSelector: {matchExpressions: [{key: node-role.kubernetes.io/control-plane, operator: Exists}]}
      bgpInstances:
      - name: control-plane-bgp
        localASN: 65001
        peers:
        - {name: gateway-peer, peerASN: 65000, peerAddress: 10.80.0.1, peerConfigRef: {name: cilium-peer}}
        - {name: stranger, peerASN: 65000, peerAddress: 10.80.0.2, peerConfigRef: {name: cilium-peer}}
        - {name: inside, peerASN: 65001, peerAddress: 10.80.0.3, peerConfigRef: {name: dual-stack}}
        - {name: six, peerASN: 65000, peerAddress: "fd00:80::4", peerConfigRef: {name: dual-stack}}
    peerConfigs:
    - name: cilium-peer
      families: [&v4 {afi: ipv4, safi: unicast, advertisements: &bgp {matchLabels: {cilium-networking/advertise: bgp}}}]
    - name: dual-stack
      timers: {connectRetryTimeSeconds: 1}
      gracefulRestart: {enabled: true, restartTimeSeconds: 120}
      families: [*v4, {afi: ipv6, safi: unicast, advertisements: *bgp}]
    advertisements:
    - name: control-plane-advertisement
      labels: {cilium-networking/advertise: bgp}
      advertisements:
      - advertisementType: Service
        service: {addresses: [LoadBalancerIP, ExternalIP]}
        selector: {}
        attributes:
          communities: {standard: ["65001:100"], large: ["65001:1:2"], wellKnown: [no-export]}
          localPreference: 200
      - advertisementType: PodCIDR
services:
  both: {spec: {ipFamilyPolicy: RequireDualStack}}
"""
SERVERS: Final = {"server-a", "server-b"}
SERVERS6: Final = {"server-a over IPv6", "server-b over IPv6"}
#: The two addresses of the Service, and all that is announced of each family.
SERVICE: Final = "10.80.8.129/32"
SERVICE6: Final = "fd00:80:8::1/128"
ROUTES: Final = {SERVICE: SERVERS, "10.42.0.0/24": {"server-a"}, "10.42.1.0/24": {"server-b"}}
ROUTES6: Final = {SERVICE6: SERVERS, "fd00:42::/64": {"server-a"}, "fd00:42:0:1::/64": {"server-b"}}
A, B = "10.80.0.11", "10.80.0.12"


def up(lab: Lab) -> dict[str, set[str]]:
    """The nodes with which each router has a session that is established."""
    return {
        router: {node for node, state in lab.sessions(router).items() if state == "established"}
        for router in lab.routers
    }


def secret(password: str) -> dict[str, Any]:
    """The Secret that `bgp-password-secret` names, in the namespace where Cilium's chart has it by default."""
    metadata = {"name": "bgp-gateway", "namespace": "kube-system"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"password": password}}


def missing_secret(lab: Lab) -> Condition:
    return lab.conditions("ciliumbgppeerconfig", "cilium-peer")["cilium.io/MissingAuthSecret"]


def test_without_a_password_no_session(lab: Lab) -> None:
    """The routers that want a password have no session; the two that want none are up with both servers."""
    lab.eventually(lambda: up(lab), {"gateway": set(), "stranger": set(), "inside": SERVERS, "six": SERVERS6})


def test_a_secret_that_is_not_there_is_said(lab: Lab) -> None:
    """`bgp-password-secret` may name a Secret that nobody made yet: the peer config's condition says so."""
    assert missing_secret(lab) == Condition("False", "MissingAuthSecret", "")
    lab.apply(
        bgp_password_secret="bgp-gateway",  # noqa: S106 - the name of a Secret
        bgp_hold_time="9",
        bgp_keepalive_time="3",
        bgp_connect_retry_time="1",
    )
    missing = 'Referenced Auth Secret "bgp-gateway" is missing'
    lab.eventually(lambda: missing_secret(lab), Condition("True", "MissingAuthSecret", missing))


def test_the_secret_opens_the_right_router(lab: Lab) -> None:
    """With the Secret the session comes up, and not with the router beside it, whose password is another."""
    lab.create(secret("correct-horse"))
    lab.eventually(lambda: up(lab), {"gateway": SERVERS, "stranger": set(), "inside": SERVERS, "six": SERVERS6})
    lab.eventually(lambda: lab.routes("gateway"), ROUTES)
    assert missing_secret(lab) == Condition("False", "MissingAuthSecret", "")


def test_a_changed_password_is_used(lab: Lab) -> None:
    """With the other router's password in the Secret that one is up and the first one down; and back again."""
    lab.kubectl("replace", "-f", "-", stdin=json.dumps(secret("battery-staple")))
    lab.eventually(lambda: up(lab), {"gateway": set(), "stranger": SERVERS, "inside": SERVERS, "six": SERVERS6})
    lab.kubectl("replace", "-f", "-", stdin=json.dumps(secret("correct-horse")))
    lab.eventually(lambda: up(lab), {"gateway": SERVERS, "stranger": set(), "inside": SERVERS, "six": SERVERS6})


def test_preference_stays_inside(lab: Lab) -> None:
    """Communities go to every router. The local preference goes to that of the same AS, whose path has no AS."""
    sent = partial(
        ReceivedPath,
        communities=frozenset({"65001:100", "65535:65281"}),
        large_communities=frozenset({"65001:1:2"}),
    )
    inside, six = lab.routers["inside"], lab.routers["six"]
    nodes = ("fd00:80::11", "fd00:80::12")
    assert inside.paths(SERVICE) == tuple(sent(it, it, local_preference=200) for it in (A, B))
    assert six.paths(SERVICE6) == tuple(sent(it, it, as_path=(65001,)) for it in nodes)
    # Pods are advertised without attributes; 100 is BGP's default.
    assert inside.paths("10.42.0.0/24") == (ReceivedPath(A, A, local_preference=100),)
    assert six.paths("fd00:42::/64") == (ReceivedPath(nodes[0], nodes[0], as_path=(65001,)),)


def test_ipv6_over_ipv6(lab: Lab) -> None:
    """Over IPv6 a router learns both families, and its kernel has both servers as next hops of the Service."""
    lab.eventually(lambda: lab.routes("six"), {**ROUTES, **ROUTES6})
    six = lab.routers["six"]
    assert six.forwarding(SERVICE6) == six.forwarding(SERVICE) == {"fd00:80::11", "fd00:80::12"}
    assert lab.addresses() == {"both": ["10.80.8.129", "fd00:80:8::1"]}


def test_ipv6_over_ipv4_leads_nowhere(lab: Lab) -> None:
    """Over IPv4 a router learns IPv6 prefixes with an IPv4 next hop, and its kernel has a way to none of them."""
    lab.eventually(lambda: lab.routes("inside"), {**ROUTES, **ROUTES6})
    inside = lab.routers["inside"]
    assert {path.next_hop for path in inside.paths(SERVICE6)} == inside.forwarding(SERVICE) == {A, B}
    assert {prefix: inside.forwarding(prefix) for prefix in ROUTES6} == dict.fromkeys(ROUTES6, frozenset())


def stale(router: Router) -> dict[str, bool]:
    """Of each node that the Service's paths are from: whether they are only kept because it restarts."""
    return {path.peer: path.stale for path in router.paths(SERVICE)}


def fresh(lab: Lab, router: str) -> None:
    """Wait until both nodes have told all that they have to tell."""
    lab.eventually(lambda: stale(lab.routers[router]), {A: False, B: False})


def test_a_silent_node_is_noticed_after_the_hold_time(lab: Lab) -> None:
    """A speaker that hangs closes no connection. `bgp-hold-time` ends its session; `inside` would wait 90 s."""
    gateway, inside = lab.routers["gateway"], lab.routers["inside"]
    with lab.nodes["server-b"].paused():
        # Cilium asks for graceful restart also when a session ends with a notification (RFC 8538).
        lab.eventually(lambda: stale(gateway), {A: False, B: True})
        assert stale(inside) == {A: False, B: False}
        assert up(lab)["inside"] == SERVERS
    fresh(lab, "gateway")


def test_a_restart_is_bridged(lab: Lab) -> None:
    """While a speaker is away its routes are stale, and routers of both kinds go on using them until it is back."""
    routers, node = [lab.routers["gateway"], lab.routers["inside"]], lab.nodes["server-b"]
    node.kill()
    lab.eventually(lambda: [stale(router) for router in routers], [{A: False, B: True}] * 2)
    assert [router.forwarding(SERVICE) for router in routers] == [{A, B}] * 2
    node.start()
    # Not more than that: the router whose session is not the first to be back forgets the stale routes just before it
    # learns the new ones, because only the first is told that forwarding went on (RFC 4724, 4.2; GoBGP in Cilium 1.19).
    lab.eventually(lambda: [stale(router) for router in routers], [{A: False, B: False}] * 2)
    lab.eventually(lambda: [router.forwarding(SERVICE) for router in routers], [{A, B}] * 2)


def test_a_node_that_stays_away_is_given_up(lab: Lab) -> None:
    """Stale routes last for `bgp-graceful-restart-time`; then those of the node are gone, and the others stay."""
    node = lab.nodes["server-b"]
    node.kill()
    lab.apply(bgp_graceful_restart_time="5")
    node.start()
    fresh(lab, "gateway")
    node.kill()
    lab.eventually(lambda: stale(lab.routers["gateway"]), {A: False, B: True})
    lab.eventually(lambda: lab.routes("gateway"), {SERVICE: {"server-a"}, "10.42.0.0/24": {"server-a"}})
    # Its peer config says 120 s.
    assert stale(lab.routers["inside"]) == {A: False, B: True}


def test_without_graceful_restart_routes_go_at_once(lab: Lab) -> None:
    """Without it nothing is kept for a speaker that ended, and nothing is ever stale."""
    lab.apply(bgp_graceful_restart="false")
    node = lab.nodes["server-b"]
    node.start()
    fresh(lab, "gateway")
    node.kill()

    def known() -> set[str]:
        paths = stale(lab.routers["gateway"])
        assert not any(paths.values())
        return set(paths)

    lab.eventually(known, {A})
    assert lab.routes("gateway") == {SERVICE: {"server-a"}, "10.42.0.0/24": {"server-a"}}
    node.start()
    lab.eventually(lambda: lab.routes("gateway"), ROUTES)
