"""The manifests that this package descends from, and the package, in the same cluster: what each comes to.

Why: every defect of those manifests was found by reading. Here the API server, the operator and a router say so, with
the repairs that an engineer would try one after the other, and then what the package does on the same nodes.

Promises: `compare` looks and judges nothing. A state counts when it has not changed for `_STEADY` seconds, since a
route that does not come announces its absence to nobody.

Left out: the manifests of other people. `ANCESTOR` has the shape and the values of theirs in our words; where theirs
stand beside the project, the test applies them too.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

import yaml

from lab import PATIENCE, Lab, NeverSeenError, Service
from lab.checkout import COMMAND, SHIPPED
from lab.pools import counts, verdict

T = TypeVar("T")

ANCESTOR: Final = """\
apiVersion: cilium.io/v2alpha1
kind: CiliumLoadBalancerIPPool
metadata: {name: load-balancers}
spec:
  blocks:
  - {cidr: 10.80.8.128/26, min: 129, max: 190}
---
apiVersion: cilium.io/v2alpha1
kind: CiliumLoadBalancerIPPool
metadata: {name: virtual-addresses}
spec:
  blocks:
  - {cidr: 10.80.15.0/24, min: 1, max: 254}
---
apiVersion: cilium.io/v2alpha1
kind: CiliumL2AnnouncementPolicy
metadata: {name: host}
spec:
  loadBalancerIPs: true
  interfaces: [vmnet0, lan0]
  nodeSelector:
    matchExpressions:
    - {key: node-role.kubernetes.io/control-plane, operator: Exists}
---
apiVersion: cilium.io/v2alpha1
kind: CiliumBGPClusterConfig
metadata: {name: bgp-cluster-config}
spec:
  nodeSelector:
    matchLabels: {node-role.kubernetes.io/control-plane: ""}
  bgpInstances:
  - name: control-plane-bgp
    localASN: 65001
    peers:
    - {name: gateway-peer, peerASN: 65000, peerAddress: 10.80.0.1, peerConfigRef: {name: cilium-peer}}
---
apiVersion: cilium.io/v2alpha1
kind: CiliumBGPAdvertisement
metadata: {name: control-plane-advertisement}
spec:
  advertisements:
  - advertisementType: Service
    service: {addresses: [LoadBalancerIP, ExternalIP]}
    selector:
      matchLabels: {io.cilium/lb-ipam: load-balancers}
  - advertisementType: PodCIDR
"""
#: Keeps the operator's allocator awake: without any pool it sleeps, and would read both pools at once, in no order.
AWAKE: Final = """\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata: {name: for-nobody}
spec:
  blocks: [{cidr: 203.0.113.0/30}]
  serviceSelector: {matchLabels: {for: nobody}}
"""
#: Made one after the other, so that each finds what the ones before it left.
SERVICES: Final = (
    Service("test-lb"),
    Service("probe", labels={"cilium-networking/pool": "virtual-addresses"}),
    Service("lowest", annotations={"lbipam.cilium.io/ips": "10.80.15.0"}),
    Service("highest", annotations={"lbipam.cilium.io/ips": "10.80.15.255"}),
)
POOLS: Final = ("load-balancers", "virtual-addresses")
_MADE: Final = (
    "ciliumbgpadvertisements,ciliumbgpclusterconfigs,ciliumbgppeerconfigs,ciliumbgpnodeconfigs,"
    "ciliuml2announcementpolicies"
)
#: What the guides of Cilium have for a peer: a family that takes the advertisements with a label.
_PEER_CONFIG: Final = {
    "apiVersion": "cilium.io/v2",
    "kind": "CiliumBGPPeerConfig",
    "metadata": {"name": "cilium-peer"},
    "spec": {"families": [{"afi": "ipv4", "safi": "unicast", "advertisements": {"matchLabels": {"advertise": "bgp"}}}]},
}
_CONFIG: Final = ("ciliumbgpclusterconfigs", "bgp-cluster-config")
_REF: Final = "/spec/bgpInstances/0/peers/0/peerConfigRef"
#: Seconds; a speaker that has a session and a route to send sends it within one.
_STEADY: Final = 2.0


@dataclass(frozen=True, slots=True)
class Said:
    """What one way of applying said: its exit code, its words about fields, and the objects that it left out."""

    way: str
    code: int
    words: tuple[str, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Routing:
    """BGP as the operator, the nodes and the router have it."""

    problems: tuple[str, ...]
    configured: tuple[str, ...]
    sessions: dict[str, str]
    routes: dict[str, set[str]]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the cluster made of a set of manifests, and gave to the Services."""

    blocks: dict[str, Any]
    sizes: dict[str, int]
    addresses: dict[str, list[str]]
    waiting: dict[str, str]
    interfaces: tuple[str, ...]
    routing: Routing


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared."""

    said: tuple[Said, ...]
    other_order: list[str]
    standing: Standing


@dataclass(frozen=True, slots=True)
class Comparison:
    ancestor: Side
    repairs: tuple[tuple[str, Routing], ...]
    ours: Side


def compare(lab: Lab) -> Comparison:
    """Both sides, one after the other, in a cluster that has nothing of either and is left so."""
    lab.kubectl("apply", "-f", "-", stdin=AWAKE)
    _known(lab, "for-nobody")
    ancestor = lab.directory / "ancestor"
    ancestor.mkdir()
    (ancestor / "Kptfile").write_text("apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: ancestor\n")
    (ancestor / "manifests.yaml").write_text(ANCESTOR)
    order = _in_the_other_order(lab, ANCESTOR)
    said = _apply(lab, "ancestor", ["manifests.yaml"])
    theirs = Side(said, order, _standing(lab, _is_refused))
    repairs = _repairs(lab)
    clear(lab)
    shutil.copytree(SHIPPED, lab.package.directory, dirs_exist_ok=True)
    order = _in_the_other_order(lab, (SHIPPED / "ip-pools.yaml").read_text())
    said = _apply(lab, lab.package.directory.name, ["ip-pools.yaml", "l2-announcements.yaml", "bgp.yaml"])
    ours = Side(said, order, _standing(lab, lambda seen: _is_routed(lab, seen)))
    clear(lab)
    return Comparison(theirs, repairs, ours)


def as_it_stands(lab: Lab, manifests: str) -> Standing:
    """What comes of the manifests of others, applied as a deploy controller does: no unknown field is an error."""
    lab.kubectl("apply", "--validate=ignore", "-f", "-", stdin=manifests)
    seen = _standing(lab, _is_refused)
    clear(lab)
    return seen


def clear(lab: Lab) -> None:
    """Take all of it away. What the operator owned goes too: no garbage collector runs here (lab.control_plane)."""
    lab.kubectl("delete", "services", "--ignore-not-found", *(service.name for service in SERVICES))
    lab.kubectl("delete", "--all", _MADE)
    lab.kubectl("delete", "--ignore-not-found", "ciliumloadbalancerippools", *POOLS)
    lab.eventually(lambda: (lab.routes("gateway"), lab.announcements(), lab.leases()), ({}, set(), {}))


# ------------------------------------------------------------------------------------------------ applying


def _apply(lab: Lab, directory: str, files: list[str]) -> tuple[Said, ...]:
    """Each way to apply, without applying; the last one does."""
    objects = {
        f"{one['kind'].lower()}.cilium.io/{one['metadata']['name']}"
        for file in files
        for one in yaml.safe_load_all((lab.directory / directory / file).read_text())
    }
    given = [word for file in files for word in ("-f", f"{directory}/{file}")]
    lab.kpt("live", "install-resource-group")  # what an apply does first, and a dry run cannot
    lab.kpt("live", "init", directory, "--namespace", "kube-system")
    ways = {
        "cilium-networking validate": [*COMMAND, "validate", directory],
        "kubectl apply": ["kubectl", "apply", "--dry-run=server", *given],
        "kubectl apply --validate=ignore": ["kubectl", "apply", "--dry-run=server", "--validate=ignore", *given],
        "kpt live apply --server-side": ["kpt", "live", "apply", directory, "--server-side", "--dry-run"],
        "kpt live apply": ["kpt", "live", "apply", directory, "--reconcile-timeout=1m"],
    }
    return tuple(_said(lab, way, command, objects) for way, command in ways.items())


def _said(lab: Lab, way: str, command: list[str], objects: set[str]) -> Said:
    text = lab.command("sh", "-c", '"$@" 2>&1; echo "exit code $?"', "sh", *command)
    words = re.findall(
        r'CN501 [^\n?]*\??|(?:strict decoding error: )?unknown field "[^\n]*|\.spec\S*: field not [^\n]*', text
    )
    # A server-side apply names one unknown field of an object, now this one and now that.
    words = [re.sub(r"\[0\]\.(?:min|max): field not", "[0].min or max: field not", one) for one in words]
    taken = set(re.findall(r"^(\S+) (?:created|configured|unchanged|apply successful)\b", text, re.MULTILINE))
    refused = objects - taken if taken else set()
    [code] = re.findall(r"^exit code (\d+)$", text, re.MULTILINE)
    return Said(way, int(code), tuple(dict.fromkeys(words)), tuple(sorted(refused)))


def _in_the_other_order(lab: Lab, manifests: str) -> list[str]:
    """What the first Service gets where the operator meets the second pool first."""
    pools = [
        one for one in yaml.safe_load_all(manifests) if one["metadata"]["name"] in POOLS and "blocks" in one["spec"]
    ]
    for pool in reversed(pools):
        lab.kubectl("apply", "--validate=ignore", "-f", "-", stdin=yaml.safe_dump(pool))
        _known(lab, pool["metadata"]["name"])
    _make(lab, SERVICES[:1])
    address = lab.addresses()[SERVICES[0].name]
    clear(lab)
    return address


# ------------------------------------------------------------------------------------------------ looking


def _standing(lab: Lab, ready: Callable[[Standing], bool]) -> Standing:
    _known(lab, *POOLS)
    _make(lab, SERVICES)
    if lab.get("ciliuml2announcementpolicies")["items"]:
        lab.eventually(lambda: _given(lab) == {one.address for one in lab.announcements()}, True, "all is announced")
    return _steady(lab, lambda: _look(lab), ready)


def _known(lab: Lab, *pools: str) -> None:
    """Wait until the operator has counted these pools: it serves from them now, in the order in which they came."""
    lab.eventually(partial(counts, lab), lambda counted: counted.keys() >= set(pools), f"counts of {', '.join(pools)}")


def _given(lab: Lab) -> set[str]:
    return {address for given in lab.addresses().values() for address in given}


def _make(lab: Lab, services: Iterable[Service]) -> None:
    for service in services:
        lab.create(service.manifest())
        lab.eventually(partial(verdict, lab, service.name), bool, f"a verdict on {service.name}")


def _look(lab: Lab) -> Standing:
    addresses = lab.addresses()
    pools = lab.get("ciliumloadbalancerippools")["items"]
    return Standing(
        blocks={one["metadata"]["name"]: one["spec"]["blocks"] for one in pools if one["metadata"]["name"] in POOLS},
        sizes={name: size for name, (size, *_) in counts(lab).items() if name in POOLS},
        addresses=addresses,
        waiting={name: _why(lab, name) for name, given in addresses.items() if not given},
        interfaces=tuple(sorted({one.interface for one in lab.announcements()})),
        routing=_routing(lab),
    )


def _routing(lab: Lab) -> Routing:
    conditions = lab.conditions(*_CONFIG)
    return Routing(
        problems=tuple(
            f"{name.removeprefix('cilium.io/')}: {one.message}"
            for name, one in sorted(conditions.items())
            if one.status == "True"
        ),
        configured=tuple(sorted(lab.node_configs())),
        sessions=lab.sessions("gateway"),
        routes=lab.routes("gateway"),
    )


def _why(lab: Lab, service: str) -> str:
    said = verdict(lab, service)
    return said.reason if said else ""


def _is_refused(seen: Standing) -> bool:
    return bool(seen.routing.problems)


def _is_routed(lab: Lab, seen: Standing) -> bool:
    wanted = {f"{address}/32" for given in seen.addresses.values() for address in given}
    return bool(seen.interfaces) and all(seen.routing.routes.get(one) == set(lab.nodes) for one in wanted)


def _steady(lab: Lab, look: Callable[[], T], ready: Callable[[T], bool]) -> T:
    """What is seen once it is ready and stays as it is."""
    deadline = time.monotonic() + PATIENCE
    while True:
        seen = lab.eventually(look, ready, "ready to be looked at")
        try:
            lab.throughout(look, seen, seconds=_STEADY)
        except NeverSeenError:
            if time.monotonic() > deadline:
                raise
        else:
            return seen


# ------------------------------------------------------------------------------------------------ the repairs


def _repairs(lab: Lab) -> tuple[tuple[str, Routing], ...]:
    """One repair after the other, and what it changed."""
    selector = "/spec/nodeSelector/matchLabels/node-role.kubernetes.io~1control-plane"
    everyone = set(lab.nodes)

    def patch(operation: str, path: str, value: Any = None) -> None:
        change = {"op": operation, "path": path, "value": value}
        lab.kubectl("patch", *_CONFIG, "--type=json", "--patch", yaml.safe_dump([change]))

    def make_the_peer_config() -> None:
        lab.create(_PEER_CONFIG)
        patch("add", _REF, {"name": "cilium-peer"})

    def is_up(seen: Routing) -> bool:
        return seen.sessions == dict.fromkeys(everyone, "established")

    def is_heard(seen: Routing) -> bool:
        return {node for nodes in seen.routes.values() for node in nodes} == everyone

    steps: list[tuple[str, Callable[[], Any], Callable[[Routing], bool]]] = [
        (
            'the node selector asks for the value `"true"`, which RKE2 gives',
            lambda: patch("replace", selector, "true"),
            lambda seen: set(seen.configured) == everyone,
        ),
        ("the peer no longer refers to a config", lambda: patch("remove", _REF), is_up),
        (
            "it does again, and the config is made: its family takes advertisements labelled `advertise: bgp`",
            make_the_peer_config,
            is_up,
        ),
        (
            "the advertisement gets that label",
            lambda: lab.kubectl("label", "ciliumbgpadvertisements", "--all", "advertise=bgp"),
            is_heard,
        ),
        (
            "`test-lb` gets the label that the advertisement selects, `io.cilium/lb-ipam: load-balancers`",
            lambda: lab.kubectl("label", "service", SERVICES[0].name, "io.cilium/lb-ipam=load-balancers"),
            lambda seen: any(prefix.endswith("/32") and nodes == everyone for prefix, nodes in seen.routes.items()),
        ),
    ]
    seen = []
    for said, repair, ready in steps:
        repair()
        seen.append((said, _steady(lab, lambda: _routing(lab), ready)))
    return tuple(seen)
