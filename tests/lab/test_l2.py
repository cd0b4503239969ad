"""Which node answers for an address on its own network, by Cilium's own L2 announcer and the package's policy.

Promises: the whole table of announcements of all nodes is compared, so that a node or an interface too many fails. The
nodes have interfaces that an unanchored pattern would take too, and one of the three has not the label.

Left out: the ARP and NDP packets themselves, which eBPF sends.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import pytest

from lab import Announcement, Lab, lease_of
from lab.leases import has_run_out
from lab.pools import nothing_but_the_package, one_by_one

pytestmark = pytest.mark.needs("lab", "kpt", "kubectl")

STORY = """
nodes:
  node-a:
    labels: {node-role.kubernetes.io/control-plane: "true"}
    interfaces:
      vmnet0: [10.80.0.11/20, "fd00:80::11/64"]
      lan0: 192.168.7.11/24
      xvmnet0: 192.168.8.11/24
      vmnet01: 192.168.9.11/24
      eth9: 192.168.10.11/24
    pods: 10.42.0.0/24
  node-b:
    labels: {node-role.kubernetes.io/control-plane: "true"}
    interfaces:
      vmnet0: [10.80.0.12/20, "fd00:80::12/64"]
      lan0: 192.168.7.12/24
      xvmnet0: 192.168.8.12/24
      vmnet01: 192.168.9.12/24
      eth9: 192.168.10.12/24
    pods: 10.42.1.0/24
  worker:
    interfaces: {vmnet0: 10.80.0.13/20, lan0: 192.168.7.13/24, eth9: 192.168.10.13/24}
    pods: 10.42.2.0/24
routers:
  gateway: {runs: frr, address: 10.80.0.1/20, asn: 65000}
package: packages/cilium-networking
"""
SERVERS: Final = ("node-a", "node-b")
ROLE: Final = "node-role.kubernetes.io/control-plane"
#: What the gateway knows of the servers before there is a Service.
PODS: Final = {"10.42.0.0/24": {"node-a"}, "10.42.1.0/24": {"node-b"}}


@pytest.fixture(autouse=True)
def as_shipped(lab: Lab) -> Iterator[None]:
    """The package as it is in the repository, and no Service, lease or announcement: before each test, and after it."""
    shipped = lab.package.files()
    yield
    nothing_but_the_package(lab)
    if lab.package.put_back(shipped):
        lab.apply()
    lab.eventually(lambda: (lab.leases(), lab.announcements()), ({}, set()))


def announced(by: dict[str, str], *interfaces: str) -> set[Announcement]:
    """Each address by its node, on the interfaces of the package unless others are given."""
    return {
        Announcement(address, node, each) for address, node in by.items() for each in interfaces or ("vmnet0", "lan0")
    }


def holder(lab: Lab, service: str) -> str:
    """The server that has taken the lease of a Service."""
    return lab.eventually(
        lambda: lab.leases().get(service, ""), lambda node: node in SERVERS, f"a server has the lease of {service}"
    )


def other(node: str) -> str:
    return SERVERS[1 - SERVERS.index(node)]


def free_to_take(lab: Lab, service: str) -> bool:
    """Whether the lease of a Service was not renewed for as long as it lasts."""
    return has_run_out(lab.get("--namespace=kube-system", "lease", lease_of(service)), datetime.now(UTC))


def restart(lab: Lab, node: str) -> None:
    """Start a dead node's speaker; returns when it has said what it announces."""
    lab.nodes[node].start()
    lab.eventually(lambda: lab.nodes[node].announcements() is not None, True, f"{node} is up")


def test_the_node_with_the_lease_announces_on_the_two_interfaces(lab: Lab) -> None:
    """A server takes the Service's lease and announces its address on vmnet0 and lan0; nobody does anywhere else."""
    lab.service("web")
    node = holder(lab, "web")
    lab.eventually(lab.announcements, announced({"10.80.8.129": node}))
    assert lab.leases() == {"web": node}


def test_an_unanchored_pattern_takes_more_and_keeps_it(lab: Lab) -> None:
    """A policy of somebody else that says `vmnet0` also takes xvmnet0 and vmnet01, which ours leaves alone.

    When that policy is deleted a new Service is not announced there, and the old one is until something touches it.
    """
    lab.service("web")
    web = {"10.80.8.129": holder(lab, "web")}
    loose = announced(web, "vmnet0", "lan0", "xvmnet0", "vmnet01")
    head = {"apiVersion": "cilium.io/v2alpha1", "kind": "CiliumL2AnnouncementPolicy", "metadata": {"name": "loose"}}
    lab.create({**head, "spec": {"loadBalancerIPs": True, "interfaces": ["vmnet0"]}})
    lab.eventually(lab.announcements, loose)
    lab.kubectl("delete", "ciliuml2announcementpolicy", "loose")
    lab.service("new")
    new = {"10.80.8.130": holder(lab, "new")}
    lab.eventually(lab.announcements, loose | announced(new))
    lab.kubectl("label", "service", "web", "touched=yes")
    lab.eventually(lab.announcements, announced(web | new))


def test_each_service_has_a_lease_of_its_own(lab: Lab) -> None:
    """Services of both pools are announced, each from the node that holds its lease, none from the worker."""
    one_by_one(lab, "one", "two", "three")
    lab.service("virtual", labels={"cilium-networking/pool": "virtual-addresses"})
    addresses = {"one": "10.80.8.129", "two": "10.80.8.130", "three": "10.80.8.131", "virtual": "10.80.15.1"}
    holders = {address: holder(lab, name) for name, address in addresses.items()}
    lab.eventually(lab.announcements, announced(holders))


def test_a_service_that_goes_frees_its_lease(lab: Lab) -> None:
    """Its lease is given back and its address announced no more; those of another Service stay where they are."""
    lab.service("goes")
    lab.eventually(lab.addresses, {"goes": ["10.80.8.129"]})
    lab.service("stays")
    nodes = {"10.80.8.129": holder(lab, "goes"), "10.80.8.130": holder(lab, "stays")}
    lab.eventually(lab.announcements, announced(nodes))
    lab.kubectl("delete", "service", "goes")
    lab.eventually(lab.leases, {"stays": nodes["10.80.8.130"]})
    lab.eventually(lab.announcements, announced({"10.80.8.130": nodes["10.80.8.130"]}))


def test_a_dead_node_hands_over_and_takes_nothing_back(lab: Lab) -> None:
    """When its lease has run out the other server announces; the dead one comes back as the one in reserve."""
    lab.service("web")
    dies = holder(lab, "web")
    lab.nodes[dies].kill()
    assert lab.leases() == {"web": dies}
    lab.eventually(lab.announcements, announced({"10.80.8.129": other(dies)}))
    assert lab.leases() == {"web": other(dies)}
    restart(lab, dies)
    assert lab.leases() == {"web": other(dies)}
    lab.nodes[other(dies)].kill()
    lab.eventually(lab.announcements, announced({"10.80.8.129": dies}))
    restart(lab, other(dies))


def test_a_worker_steps_in_only_with_the_label(lab: Lab) -> None:
    """With both servers dead and the lease to be had a worker announces nothing; with their label it does."""
    lab.service("web")
    holder(lab, "web")
    for server in SERVERS:
        lab.nodes[server].kill()
    lab.eventually(lambda: free_to_take(lab, "web"), True, "the lease has run out")
    # The speaker tries every half second.
    lab.throughout(lab.announcements, set(), seconds=3)
    lab.kubectl("label", "ciliumnode", "worker", f"{ROLE}=true")
    lab.eventually(lab.announcements, announced({"10.80.8.129": "worker"}))
    for server in SERVERS:
        restart(lab, server)
    lab.kubectl("label", "ciliumnode", "worker", f"{ROLE}-")
    lab.eventually(lab.announcements, announced({"10.80.8.129": holder(lab, "web")}))


def test_an_interface_of_another_name_is_silent_and_the_lease_stays(lab: Lab) -> None:
    """A lease is about a node that lives: one whose lan0 is named otherwise keeps it, and nobody answers there."""
    lab.service("web")
    node = holder(lab, "web")
    lab.eventually(lab.announcements, announced({"10.80.8.129": node}))
    lab.nodes[node].rename("lan0", "lan1")
    lab.eventually(lab.announcements, announced({"10.80.8.129": node}, "vmnet0"))
    assert lab.leases() == {"web": node}
    lab.nodes[node].rename("lan1", "lan0")
    lab.eventually(lab.announcements, announced({"10.80.8.129": node}))


def test_one_node_answers_and_every_node_is_a_route(lab: Lab) -> None:
    """Side by side: one server announces the address on its own network, and the gateway reaches it by both."""
    lab.service("web")
    lab.eventually(lab.announcements, announced({"10.80.8.129": holder(lab, "web")}))
    lab.eventually(lambda: lab.routes("gateway"), PODS | {"10.80.8.129/32": {*SERVERS}})


def test_external_addresses_are_announced_too(lab: Lab) -> None:
    """Those that the user wrote into `externalIPs`, also of a Service that is no load balancer, by L2 and by BGP."""
    lab.service("web", spec={"externalIPs": ["10.80.9.1"]})
    spec = {"ports": [{"port": 80}], "externalIPs": ["10.80.9.2"]}
    lab.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "plain"}, "spec": spec})
    web, plain = holder(lab, "web"), holder(lab, "plain")
    lab.eventually(lab.announcements, announced({"10.80.8.129": web, "10.80.9.1": web, "10.80.9.2": plain}))
    prefixes = ("10.80.8.129/32", "10.80.9.1/32", "10.80.9.2/32")
    lab.eventually(lambda: lab.routes("gateway"), PODS | {prefix: {*SERVERS} for prefix in prefixes})
    lab.kubectl("delete", "service", "plain")


def test_both_families_are_announced(lab: Lab) -> None:
    """An IPv6 address is announced beside the IPv4 one; to the gateway goes only the family that `cilium-peer` has."""
    lab.package.add_block("fd00:80::8:1", "fd00:80::8:ff")
    lab.apply()
    lab.service("web", spec={"ipFamilyPolicy": "RequireDualStack"})
    lab.eventually(lab.addresses, {"web": ["10.80.8.129", "fd00:80::8:1"]})
    node = holder(lab, "web")
    lab.eventually(lab.announcements, announced({"10.80.8.129": node, "fd00:80::8:1": node}))
    lab.eventually(lambda: lab.routes("gateway"), PODS | {"10.80.8.129/32": {*SERVERS}})


def test_the_class_for_bgp_is_not_announced_here(lab: Lab) -> None:
    """A Service of the class `io.cilium/bgp-control-plane` has an address and a route, and no lease."""
    lab.service("routed", spec={"loadBalancerClass": "io.cilium/bgp-control-plane"})
    lab.eventually(lab.addresses, {"routed": ["10.80.8.129"]})
    lab.service("web")
    node = holder(lab, "web")
    routes = {prefix: {*SERVERS} for prefix in ("10.80.8.129/32", "10.80.8.130/32")}
    lab.eventually(lambda: lab.routes("gateway"), PODS | routes)
    lab.eventually(lab.announcements, announced({"10.80.8.130": node}))
    assert lab.leases() == {"web": node}


def test_a_local_service_is_announced_where_it_has_no_pod(lab: Lab) -> None:
    """L2 does not look at `externalTrafficPolicy: Local`, and BGP does: a node answers for what nobody serves."""
    lab.service("local", spec={"externalTrafficPolicy": "Local"})
    lab.eventually(lab.announcements, announced({"10.80.8.129": holder(lab, "local")}))
    lab.service("web")
    lab.eventually(lambda: lab.routes("gateway"), PODS | {"10.80.8.130/32": {*SERVERS}})


def test_switched_off_the_addresses_and_routes_stay(lab: Lab) -> None:
    """`l2-enabled: "false"` takes policy, leases and announcements away and nothing else; undone, they are back."""
    before = lab.package.files()
    lab.service("web")
    lab.eventually(lab.announcements, announced({"10.80.8.129": holder(lab, "web")}))
    routes = PODS | {"10.80.8.129/32": {*SERVERS}}
    lab.eventually(lambda: lab.routes("gateway"), routes)
    lab.apply(l2_enabled="false")
    assert lab.get("ciliuml2announcementpolicies")["items"] == []
    lab.eventually(lambda: (lab.leases(), lab.announcements()), ({}, set()))
    assert (lab.addresses(), lab.routes("gateway")) == ({"web": ["10.80.8.129"]}, routes)
    lab.package.put_back(before)
    lab.apply()
    lab.eventually(lab.announcements, announced({"10.80.8.129": holder(lab, "web")}))
