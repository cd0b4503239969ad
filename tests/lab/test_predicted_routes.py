"""What rules of severity error predict of sessions, routes and leases.

Each rule is shown by the two texts of its page, in a cluster where everything else is right: `STAGE` has a kind for
each that a text does not have. Only what a case names is looked at.

A session or a route that does not come announces its absence to nobody. So what is absent under the bad text has to be
absent for longer than it takes to come, and comes under the good one.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import pytest
import yaml

from lab import Lab
from lab.condition import conditions_of
from lab.predictions import ERRORS, ROUTES, Case, objects, seen, shown_in

#: A server and a worker, each with an interface that the other has not.
STORY: Final = """
nodes:
  node-a:
    labels: {node-role.kubernetes.io/control-plane: "true", rack: r1}
    interfaces: {vmnet0: [10.80.0.11/20, "fd00:80::11/64"], ens18: 192.168.1.11/24}
  node-b:
    labels: {rack: r0}
    interfaces: {vmnet0: [10.80.0.12/20, "fd00:80::12/64"], eth0: 192.168.1.12/24}
routers:
  gateway: {runs: frr, address: [10.80.0.1/20, "fd00:80::1/64"], asn: 65000}
  spine: {runs: bird, address: 10.80.0.2/20, asn: 65100}
services:
  web: {labels: {announce: bgp}, annotations: {lbipam.cilium.io/ips: 10.80.8.128}}
  mail: {labels: {announce: lan}, annotations: {lbipam.cilium.io/ips: 10.80.8.129}}
"""
POOL: Final = """
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata: {name: load-balancers}
spec: {blocks: [{cidr: 10.80.8.128/26}]}
"""
STAGE: Final = """
apiVersion: cilium.io/v2
kind: CiliumBGPClusterConfig
metadata: {name: rack0}
spec:
  bgpInstances:
  - name: main
    localASN: 65001
    peers: [{name: gateway, peerASN: 65000, peerAddress: 10.80.0.1, peerConfigRef: {name: gateway}}]
---
apiVersion: cilium.io/v2
kind: CiliumBGPPeerConfig
metadata: {name: gateway}
spec:
  timers: {connectRetryTimeSeconds: 1}
  families: [{afi: ipv4, safi: unicast, advertisements: {matchLabels: {advertise: bgp}}}]
---
apiVersion: cilium.io/v2
kind: CiliumBGPPeerConfig
metadata: {name: peer}
spec:
  timers: {connectRetryTimeSeconds: 1}
  families: [{afi: ipv4, safi: unicast, advertisements: {matchLabels: {advertise: bgp}}}]
---
apiVersion: cilium.io/v2
kind: CiliumBGPAdvertisement
metadata: {name: services, labels: {advertise: bgp}}
spec:
  advertisements: [{advertisementType: Service, service: {addresses: [LoadBalancerIP]}, selector: {}}]
"""
#: What a case brings and takes away again; the node configs are the operator's, and nobody collects them here.
_MADE: Final = (
    "ciliumbgpadvertisements,ciliumbgpclusterconfigs,ciliumbgppeerconfigs,ciliumbgpnodeconfigs,"
    "ciliuml2announcementpolicies"
)
#: Seconds in which a session would be up, and in which a route or a lease would be there.
SESSION: Final = 5.0
SOON: Final = 2.0
UP: Final = ["node-a", "node-b"]
BOTH: Final = ["10.80.8.128/32", "10.80.8.129/32"]


def no_session(**good: object) -> Case:
    """A session with neither node, where the good text gives one with both."""
    return Case({"sessions": []}, {"sessions": UP, **good})


#: What the agents say of a second peer with the address of the first; its status says that it is established.
TAKEN: Final = (
    "main: failed to add neigbhor … in instance main: failed while adding peer 10.80.0.1 with ASN 65000: "
    "can't overwrite the existing peer: 10.80.0.1"
)
#: A session with both nodes and no route, where the good text gives the routes of both Services.
EMPTY: Final = Case({"sessions": UP, "routes": []}, {"sessions": UP, "routes": BOTH})
#: No lease, and nothing announced.
SILENCE: Final[Mapping[str, object]] = {"leases": [], "announced": []}
ANNOUNCED: Final[Mapping[str, object]] = {"leases": ["mail", "web"], "announced": ["10.80.8.128", "10.80.8.129"]}
CASES: Final[Mapping[str, Case]] = {
    "CN202": no_session(),
    "CN204": no_session(),
    "CN205": no_session(),
    "CN206": no_session(),
    "CN207": Case(
        {"sessions": UP, "errors": [TAKEN]}, {"sessions": sorted([*UP, *(f"{node} over IPv6" for node in UP)])}
    ),
    "CN214": no_session(),
    "CN301": Case(SILENCE, ANNOUNCED, silent=("node-a",)),
    "CN302": Case(SILENCE, ANNOUNCED, silent=("node-b",)),
    "CN303": Case(SILENCE, {"leases": ["mail"], "announced": ["10.80.8.129"]}, silent=("node-a",)),
    "CN305": Case(
        {"announced": ["10.80.8.128", "10.80.8.129", "10.80.8.130"], "routes": BOTH},
        {"announced": ["10.80.8.128", "10.80.8.129", "10.80.8.130"], "routes": [*BOTH, "10.80.8.130/32"]},
        silent=("node-a",),
    ),
    "CN308": Case(
        {**SILENCE, "problems": ["io.cilium/bad-interface-regex"]}, {**ANNOUNCED, "problems": []}, silent=("node-a",)
    ),
    "CN311": Case({**ANNOUNCED, "announced": []}, ANNOUNCED, silent=("node-b",)),
    "CN402": Case({"sessions": [], "problems": ["MissingPeerConfigs"]}, {"sessions": UP, "problems": []}),
    "CN403": EMPTY,
    "CN404": EMPTY,
    "CN405": EMPTY,
    "CN407": EMPTY,
    "CN409": Case({"sessions": UP, "routes": []}, {"sessions": UP, "routes": BOTH[:1]}),
    "CN410": Case({"sessions": [], "problems": ["NoMatchingNode"]}, {"sessions": ["node-a"], "problems": []}),
    "CN411": Case(
        {"problems": ["ConflictingClusterConfigs"]}, {"problems": [], "sessions": ["node-b"], "spine": ["node-a"]}
    ),
    "CN707": Case({"sessions": [], "problems": []}, {"sessions": UP}),
}


def up(lab: Lab, router: str) -> list[str]:
    return sorted(node for node, state in lab.sessions(router).items() if state == "established")


def problems(lab: Lab) -> list[str]:
    """The conditions of cluster configs and policies that say what is wrong."""
    kinds = "ciliumbgpclusterconfigs,ciliuml2announcementpolicies"
    return sorted(
        said.reason if kind.startswith("cilium.io/") else kind
        for one in lab.get(kinds)["items"]
        for kind, said in conditions_of(one).items()
        if said.status == "True"
    )


def errors(lab: Lab) -> list[str]:
    """What the agents could not make of the configuration of their nodes, since they have one."""
    configs = lab.get("ciliumbgpnodeconfigs")["items"]
    failed = (conditions_of(one).get("cilium.io/BGPReconcileError") for one in configs)
    # Which of two peers comes second is decided anew each time that the agent tries.
    told = (
        re.sub(r"neigbhor \S+ in", "neigbhor … in", said.message) for said in failed if said and said.status == "True"
    )
    return sorted({message.strip() for message in told})


LOOKS: Final[Mapping[str, Callable[[Lab], object]]] = {
    "sessions": lambda lab: up(lab, "gateway"),
    "spine": lambda lab: up(lab, "spine"),
    "routes": lambda lab: sorted(lab.routes("gateway")),
    "problems": problems,
    "errors": errors,
    "leases": lambda lab: sorted(lab.leases()),
    "announced": lambda lab: sorted({one.address for one in lab.announcements()}),
}


@pytest.fixture
def stage(lab: Lab) -> None:
    """The pool for the two Services, and of each node a way out by the gateway."""
    if not lab.get("ciliumloadbalancerippools")["items"]:
        lab.create(*yaml.safe_load_all(POOL))
        for node in lab.nodes.values():
            command = node.namespace.inside("ip", "route", "add", "default", "via", "10.80.0.1")
            subprocess.run(command, check=True)
        lab.kubectl("create", "namespace", "shop")
        lab.eventually(lab.addresses, {"web": ["10.80.8.128"], "mail": ["10.80.8.129"]})


@contextlib.contextmanager
def standing(lab: Lab, items: list[dict[str, Any]]) -> Iterator[None]:
    """The objects in the cluster, and of the kinds that they have not, those of the stage."""
    there = {one["kind"] for one in items}
    stage = [one for one in yaml.safe_load_all(STAGE) if one["kind"] not in there]
    lab.create(*stage, *(one for one in items if one["kind"] != "Node"))
    try:
        yield
    finally:
        lab.kubectl("delete", "--all", _MADE)
        lab.kubectl("delete", "--namespace=shop", "--all", "services")
        left: dict[str, object] = {look: [] for look in LOOKS}
        lab.eventually(partial(seen, lab, LOOKS, left), left)


def silence(lab: Lab, silent: tuple[str, ...]) -> None:
    """From now on the speakers of these nodes do not run, and those of the others do."""
    for name, node in lab.nodes.items():
        if name in silent:
            node.stop()
        elif not node.running:
            node.start()
            lab.eventually(node.announcements, lambda said: said is not None, f"{name} is up")


@contextlib.contextmanager
def without_bgp(lab: Lab) -> Iterator[None]:
    """Meanwhile Cilium is what its chart makes of values that do not switch BGP on.

    The page has L2 announcements that are off, which would take another speaker; of BGP it is the operator that acts.
    """
    lab.control_plane.restart_operator(bgp=False)
    try:
        yield
    finally:
        lab.control_plane.restart_operator()


@pytest.mark.needs("lab", "kubectl")
@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize("side", ["bad", "good"])
@pytest.mark.parametrize("rule", shown_in(ROUTES))
def test_what_the_rule_predicts(rule: str, side: str, lab: Lab) -> None:
    """The bad text of its page comes to what the rule says, and the good one does not."""
    text, case = getattr(ERRORS[rule].page, side), CASES[rule]
    expected = getattr(case, side)
    silence(lab, case.silent)
    switched_off = without_bgp(lab) if (rule, side) == ("CN707", "bad") else contextlib.nullcontext()
    with switched_off, standing(lab, objects(text)):
        look = partial(seen, lab, LOOKS, expected)
        lab.eventually(look, expected)
        if side == "bad":
            lab.throughout(look, expected, seconds=SESSION if expected.get("sessions") == [] else SOON)


def test_there_is_a_case_for_each_rule() -> None:
    """The cases here are those of the rules that the table has here."""
    assert list(CASES) == shown_in(ROUTES)
