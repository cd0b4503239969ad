"""Two clusters in one network, with one router between them: each announces what is its own, and nothing else.

The package isolates them in the two ways that it offers. The ranges of `load-balancers` are each cluster's own, and so
are the AS numbers. The range of `virtual-addresses` is the same in both, and switched off in all clusters but one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final, NamedTuple

import pytest

from lab import Lab, ReceivedPath, read_scenario
from lab.pools import RESOLVED, conflict, unread, verdict
from lab.predictions import CLUSTERS, ERRORS, clusters_of, shown_in

pytestmark = pytest.mark.needs("lab", "kpt", "kubectl")

BIOSKOP: Final = """
nodes:
  bioskop:
    labels: {node-role.kubernetes.io/control-plane: "true"}
    interfaces: {vmnet0: 10.80.0.11/20}
    pods: 10.42.0.0/24
routers:
  gateway: {runs: frr, address: 10.80.0.1/20, asn: 65000}
package: packages/cilium-networking
services:
  probe: {labels: {cilium-networking/pool: virtual-addresses}}
  test-lb:
"""
ALCIDE: Final = """
nodes:
  alcide:
    labels: {node-role.kubernetes.io/control-plane: "true"}
    interfaces: {vmnet0: 10.80.0.21/20}
    pods: 10.44.0.0/24
package: packages/cilium-networking
setters:
  cluster-name: alcide-cluster
  cluster-id: "16"
  lb-pool-cidr: 10.80.9.128/26
  vip-pool-disabled: "true"
  bgp-local-asn: "65002"
services:
  probe: {labels: {cilium-networking/pool: virtual-addresses}}
  test-lb:
"""
#: What the gateway holds: of each cluster the Pods, and the addresses that it alone gives out.
ROUTES: Final = {
    "10.42.0.0/24": {"bioskop"},
    "10.80.8.129/32": {"bioskop"},
    "10.80.15.1/32": {"bioskop"},
    "10.44.0.0/24": {"alcide"},
    "10.80.9.129/32": {"alcide"},
}


class Clusters(NamedTuple):
    bioskop: Lab
    alcide: Lab


@pytest.fixture(scope="module")
def clusters() -> Iterator[Clusters]:
    """Both; the router is the first one's, and the second is plugged into the same switch."""
    with Lab(read_scenario(BIOSKOP)) as bioskop, Lab(read_scenario(ALCIDE), beside=bioskop) as alcide:
        yield Clusters(bioskop, alcide)


def test_each_announces_its_own(clusters: Clusters) -> None:
    """The router has a session with each, and exactly the addresses and Pods of each from its own node."""
    alcide = clusters.alcide
    lab_sessions = {"bioskop": "established", "alcide": "established"}
    alcide.eventually(lambda: alcide.sessions("gateway"), lab_sessions)
    alcide.eventually(lambda: alcide.routes("gateway"), ROUTES)


def test_services_of_one_name_have_each_their_own_address(clusters: Clusters) -> None:
    """The same Service in both has an address of each; the shared range serves the cluster where it is switched on."""
    clusters.bioskop.eventually(clusters.bioskop.addresses, {"probe": ["10.80.15.1"], "test-lb": ["10.80.8.129"]})
    clusters.alcide.eventually(clusters.alcide.addresses, {"probe": [], "test-lb": ["10.80.9.129"]})


def test_a_route_tells_its_cluster(clusters: Clusters) -> None:
    """The AS number in the path is the cluster's."""
    bioskop, gateway = clusters.bioskop, clusters.bioskop.routers["gateway"]
    for prefix, node, asn in (("10.80.8.129/32", "10.80.0.11", 65001), ("10.80.9.129/32", "10.80.0.21", 65002)):
        bioskop.eventually(partial(gateway.paths, prefix), (ReceivedPath(node, node, as_path=(asn,)),))


def test_nothing_is_known_of_the_other_cluster(clusters: Clusters) -> None:
    """Each API server has its own node's config, and its operator sees no conflict with the other's pools."""
    peer = {"name": "gateway-peer", "peerASN": 65000, "peerAddress": "10.80.0.1"}
    peer |= {"peerConfigRef": {"name": "cilium-peer"}}
    for lab, node, asn in ((clusters.bioskop, "bioskop", 65001), (clusters.alcide, "alcide", 65002)):
        instance = {"name": "control-plane-bgp", "localASN": asn, "peers": [peer]}
        assert lab.node_configs() == {node: {"bgpInstances": [instance]}}
        for pool in ("load-balancers", "virtual-addresses"):
            assert conflict(lab, pool) == RESOLVED


def test_one_cluster_moves_alone(clusters: Clusters) -> None:
    """A Service that goes in one cluster takes its route along; what the other announces stays."""
    clusters.alcide.kubectl("delete", "service", "test-lb")
    remaining = {prefix: nodes for prefix, nodes in ROUTES.items() if prefix != "10.80.9.129/32"}
    clusters.alcide.eventually(lambda: clusters.alcide.routes("gateway"), remaining)


def test_the_range_that_is_shared_moves_to_the_other(clusters: Clusters) -> None:
    """The virtual address goes from one cluster to the other: off here once its Service is gone, then on there."""
    bioskop, alcide = clusters
    bioskop.kubectl("delete", "service", "probe")
    bioskop.apply(vip_pool_disabled="true")
    alcide.apply(vip_pool_disabled="false")
    moved = {"10.42.0.0/24": {"bioskop"}, "10.80.8.129/32": {"bioskop"}, "10.44.0.0/24": {"alcide"}}
    alcide.eventually(lambda: alcide.routes("gateway"), {**moved, "10.80.15.1/32": {"alcide"}})


#: Of the two texts of a rule: the address that a Service of each cluster asks for, and by whose nodes the router then
#: reaches it. Those of the second rule are what the API servers of alcide have there.
ASKED: Final = {
    ("CN601", "bad"): ("10.80.8.170", {"alcide", "bioskop"}),
    ("CN601", "good"): ("10.80.8.170", {"alcide"}),
    ("CN603", "bad"): ("10.80.8.150", {"bioskop"}),
    ("CN603", "good"): ("10.80.0.5", set()),
}


@pytest.mark.parametrize("side", ["bad", "good"])
@pytest.mark.parametrize("rule", shown_in(CLUSTERS))
def test_what_a_rule_predicts(rule: str, side: str, clusters: Clusters) -> None:
    """With the pools of a bad text a cluster announces an address of the other's, and with those of a good one not."""
    pools = clusters_of(getattr(ERRORS[rule].page, side))
    address, nodes = ASKED[rule, side]
    for name, lab in clusters._asdict().items():
        lab.kubectl("delete", "--ignore-not-found", "ciliumloadbalancerippool", "load-balancers")
        lab.create(*pools[name])
        lab.eventually(partial(unread, lab), [])
        lab.service("twin", annotations={"lbipam.cilium.io/ips": address})
        lab.eventually(partial(verdict, lab, "twin"), bool, "an answer to twin")

    def reached_by() -> set[str]:
        return clusters.alcide.routes("gateway").get(f"{address}/32", set())

    clusters.alcide.eventually(reached_by, nodes)
    for lab in clusters:
        lab.kubectl("delete", "service", "twin")
    clusters.alcide.eventually(reached_by, set())
