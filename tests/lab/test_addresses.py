"""Which Service gets which address, as Cilium's own operator gives them out of the package's pools.

Promises: every way of choosing a pool that the package offers, and every way of getting no address, with the condition
that the operator then writes. Each test begins with the package as it is in the repository and no Service.

Left out: how the address reaches the network (test_routes.py, test_l2.py). There is no node: the operator asks for
none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Final

import pytest
import yaml

from lab import Condition, Lab
from lab.pools import (
    FULL,
    NO_POOL,
    RESOLVED,
    SATISFIED,
    conflict,
    counts,
    foreign_pool,
    nothing_but_the_package,
    one_by_one,
    verdicts,
)

pytestmark = pytest.mark.needs("lab", "kpt", "kubectl")

STORY = "package: packages/cilium-networking"
POOL: Final = "cilium-networking/pool"
VIRTUAL: Final = {POOL: "virtual-addresses"}
#: A pool for one namespace and a pool for one name, beside the two of the package.
TEAMS: Final = """
- name: load-balancers
  blocks: [{start: 10.80.8.129, stop: 10.80.8.190}]
  serviceSelector:
    matchExpressions:
    - {key: cilium-networking/pool, operator: DoesNotExist}
    - {key: io.kubernetes.service.namespace, operator: NotIn, values: [kube-public]}
    - {key: io.kubernetes.service.name, operator: NotIn, values: [dns]}
- name: virtual-addresses
  blocks: [{start: 10.80.15.1, stop: 10.80.15.254}]
  serviceSelector: {matchLabels: {cilium-networking/pool: virtual-addresses}}
- name: public
  blocks: [{cidr: 10.80.14.0/28}]
  allowFirstLastIPs: "No"
  serviceSelector:
    matchLabels: {io.kubernetes.service.namespace: kube-public}
    matchExpressions: [{key: cilium-networking/pool, operator: DoesNotExist}]
- name: dns
  blocks: [{start: 10.80.14.53}]
  serviceSelector: {matchLabels: {io.kubernetes.service.namespace: default, io.kubernetes.service.name: dns}}
"""


@pytest.fixture(autouse=True)
def as_shipped(lab: Lab) -> Iterator[None]:
    """The package as it is in the repository, its pools empty, and no Service: before each test, and after it."""
    shipped = lab.package.files()
    yield
    nothing_but_the_package(lab)
    if lab.package.put_back(shipped):
        lab.apply()
    lab.eventually(lambda: counts(lab), {"load-balancers": (62, 62, 0), "virtual-addresses": (254, 254, 0)})


# ------------------------------------------------------------------------------------------------------ the two pools


def test_the_pool_label_chooses_the_pool(lab: Lab) -> None:
    """No label, `load-balancers`; its name, `virtual-addresses`; any other value, also that of the other pool, none."""
    lab.service("plain")
    lab.service("virtual", labels=VIRTUAL)
    lab.service("named", labels={POOL: "load-balancers"})
    lab.eventually(lab.addresses, {"plain": ["10.80.8.129"], "virtual": ["10.80.15.1"], "named": []})
    lab.eventually(lambda: verdicts(lab, "named"), {"named": NO_POOL})


def test_a_label_put_on_later_moves_the_service(lab: Lab) -> None:
    """The label takes the address of one pool away and gives one of the other; without it the Service comes back."""
    lab.service("web")
    lab.eventually(lab.addresses, {"web": ["10.80.8.129"]})
    lab.kubectl("label", "service", "web", f"{POOL}=virtual-addresses")
    lab.eventually(lab.addresses, {"web": ["10.80.15.1"]})
    lab.kubectl("label", "service", "web", f"{POOL}-")
    lab.eventually(lab.addresses, {"web": ["10.80.8.129"]})


def test_another_pool_label_counts_at_once(lab: Lab) -> None:
    """With `pool-label` changed the new key chooses, and who has only the old one is a Service without a label."""
    lab.service("old", labels=VIRTUAL)
    lab.service("new", labels={"example.com/pool": "virtual-addresses"})
    lab.eventually(lab.addresses, {"old": ["10.80.15.1"], "new": ["10.80.8.129"]})
    lab.apply(pool_label="example.com/pool")
    lab.eventually(lab.addresses, {"old": ["10.80.8.129"], "new": ["10.80.15.1"]})


def test_the_typed_form_chooses_by_anything(lab: Lab) -> None:
    """A third pool for a namespace and a fourth for names beside the two: the Service's label still wins there."""
    lab.package.change_typed({"pools": yaml.safe_load(TEAMS)})
    lab.apply()
    for name in ("plain", "dns"):
        lab.service(name)
    lab.service("web", namespace="kube-public")
    lab.service("virtual", namespace="kube-public", labels=VIRTUAL)
    wanted = {"plain": "10.80.8.129", "dns": "10.80.14.53", "kube-public/web": "10.80.14.1"}
    wanted["kube-public/virtual"] = "10.80.15.1"
    lab.eventually(lab.addresses, {name: [address] for name, address in wanted.items()})


# --------------------------------------------------------------------------------------------- asking for an address


@pytest.mark.parametrize("key", ["lbipam.cilium.io/ips", "io.cilium/lb-ipam-ips"])
def test_a_requested_address_is_given(lab: Lab, key: str) -> None:
    """The annotation under the new and the old key, also put on later, and both in a list."""
    lab.service("asks", annotations={key: "10.80.8.150"})
    lab.service("later")
    lab.service("two", annotations={key: "10.80.8.160,10.80.8.161"})
    lab.kubectl("annotate", "service", "later", f"{key}=10.80.8.140")
    wanted = {"asks": ["10.80.8.150"], "later": ["10.80.8.140"], "two": ["10.80.8.160", "10.80.8.161"]}
    lab.eventually(lab.addresses, wanted)


def test_a_request_that_cannot_be_met_is_answered_by_a_condition(lab: Lab) -> None:
    """Outside of every pool, in a pool that serves others, or taken: no address instead, and the condition says why."""
    lab.service("first")
    lab.eventually(lab.addresses, {"first": ["10.80.8.129"]})
    for name, address in {"outside": "10.80.9.1", "others": "10.80.15.7", "taken": "10.80.8.129"}.items():
        lab.service(name, annotations={"lbipam.cilium.io/ips": address})
    others = "The pool with the CIDR containing '10.80.15.7', doesn't select this service"
    wanted = {
        "outside": Condition("False", "no_pool", "No pool exists with a CIDR containing '10.80.9.1'"),
        "others": Condition("False", "pool_selector_mismatch", others),
        "taken": Condition(
            "False", "already_allocated", "The IP '10.80.8.129' is already allocated to another service"
        ),
    }
    lab.eventually(lambda: verdicts(lab, *wanted), wanted)
    assert lab.addresses() == {"first": ["10.80.8.129"], "outside": [], "others": [], "taken": []}


def has_one(name: str, addresses: dict[str, list[str]]) -> bool:
    return bool(addresses[name])


def test_a_sharing_key_shares_an_address_between_ports(lab: Lab) -> None:
    """Same key, other port or other protocol: the same address. Same port and protocol: the next one."""
    shared = {"lbipam.cilium.io/sharing-key": "dns"}
    for name, port, protocol in (("udp", 53, "UDP"), ("tcp", 53, "TCP"), ("dot", 853, "TCP"), ("again", 53, "UDP")):
        ports = [{"port": port, "protocol": protocol}]
        lab.service(name, annotations=shared, spec={"ports": ports})
        lab.eventually(lab.addresses, partial(has_one, name), f"an address for {name}")
    one, next_one = ["10.80.8.129"], ["10.80.8.130"]
    assert lab.addresses() == {"udp": one, "tcp": one, "dot": one, "again": next_one}


def test_another_class_of_load_balancer_gets_nothing(lab: Lab) -> None:
    """A Service of another controller's class gets neither address nor condition; Cilium's own class for BGP does."""
    lab.service("foreign", spec={"loadBalancerClass": "example.com/other"})
    lab.service("bgp", spec={"loadBalancerClass": "io.cilium/bgp-control-plane"})
    lab.eventually(lab.addresses, {"foreign": [], "bgp": ["10.80.8.129"]})
    assert verdicts(lab, "foreign", "bgp") == {"foreign": None, "bgp": SATISFIED}


def test_a_second_block_gives_the_second_family(lab: Lab) -> None:
    """A block of IPv6 that a user adds stays through a render, and a Service of both families gets one of each."""
    lab.package.add_block("fd00:80:8::1", "fd00:80:8::ff")
    lab.apply(lb_pool_max="189")
    lab.service("both", spec={"ipFamilyPolicy": "RequireDualStack"})
    lab.service("six", spec={"ipFamilies": ["IPv6"]})
    lab.service("four")
    wanted = {"both": ["10.80.8.129", "fd00:80:8::1"], "six": ["fd00:80:8::2"], "four": ["10.80.8.130"]}
    lab.eventually(lab.addresses, wanted)
    assert counts(lab)["load-balancers"] == (61 + 255, 61 + 255 - 4, 4)


# ------------------------------------------------------------------------------------------ pools that give nothing


def test_a_full_pool_lets_a_service_wait(lab: Lab) -> None:
    """The third of two: pool and Service both say so, and it gets the address of the first that goes."""
    lab.apply(lb_pool_max="130")
    one_by_one(lab, "one", "two", "three")
    assert lab.addresses() == {"one": ["10.80.8.129"], "two": ["10.80.8.130"], "three": []}
    assert verdicts(lab, "one", "two", "three") == {"one": SATISFIED, "two": SATISFIED, "three": FULL}
    lab.eventually(lambda: counts(lab)["load-balancers"], (2, 0, 2))
    lab.kubectl("delete", "service", "one")
    lab.eventually(lab.addresses, {"two": ["10.80.8.130"], "three": ["10.80.8.129"]})


def test_a_disabled_pool_drains_until_the_operator_restarts(lab: Lab) -> None:
    """Who has an address keeps it and nobody gets one; a restart takes it, or gives one of another pool instead."""
    lab.service("early")
    lab.service("elsewhere", labels={"spare": "yes"})
    lab.eventually(lab.addresses, {"early": ["10.80.8.129"], "elsewhere": ["10.80.8.130"]})
    foreign_pool(lab, "spare", "10.80.14.1", "10.80.14.9", spare="yes")
    lab.apply(lb_pool_disabled="true")
    lab.service("late")
    lab.eventually(lambda: verdicts(lab, "late"), {"late": NO_POOL})
    assert lab.addresses() == {"early": ["10.80.8.129"], "elsewhere": ["10.80.8.130"], "late": []}
    assert verdicts(lab, "early", "elsewhere") == {"early": SATISFIED, "elsewhere": SATISFIED}

    lab.control_plane.restart_operator()
    lab.eventually(lab.addresses, {"early": [], "elsewhere": ["10.80.14.1"], "late": []})
    lab.eventually(lambda: verdicts(lab, "early"), {"early": NO_POOL})


def test_a_disabled_pool_loses_all_when_its_range_changes(lab: Lab) -> None:
    """What a disabled pool has given is known by its range only: with another one it is gone, inside of it or not."""
    lab.service("early")
    lab.eventually(lab.addresses, {"early": ["10.80.8.129"]})
    lab.apply(lb_pool_disabled="true")
    assert lab.addresses() == {"early": ["10.80.8.129"]}
    lab.apply(lb_pool_max="189")
    lab.eventually(lab.addresses, {"early": []})


def test_a_narrower_range_takes_addresses_away(lab: Lab) -> None:
    """Where all that are left are in use, as many Services wait as lie outside; the wider range serves them again."""
    one_by_one(lab, "one", "two", "three")
    lab.apply(lb_pool_max="130")
    # Which of the three waits is left to chance in Cilium: see the next test.
    lab.eventually(lambda: sorted(lab.addresses().values()), [[], ["10.80.8.129"], ["10.80.8.130"]])
    lab.apply(lb_pool_max="190")
    lab.eventually(lambda: sorted(lab.addresses().values()), [["10.80.8.129"], ["10.80.8.130"], ["10.80.8.131"]])


def test_who_loses_an_address_may_take_that_of_another(lab: Lab) -> None:
    """A Service outside of a narrower range is given the address of one inside, which then waits in its place.

    Services that have all they ask for come first, so that one of two families without IPv6 shows it every time.
    """
    lab.service("inside", spec={"ipFamilyPolicy": "PreferDualStack"})
    lab.eventually(lab.addresses, {"inside": ["10.80.8.129"]})
    lab.service("outside")
    lab.eventually(lab.addresses, {"inside": ["10.80.8.129"], "outside": ["10.80.8.130"]})
    lab.apply(lb_pool_max="129")
    lab.eventually(lab.addresses, {"inside": [], "outside": ["10.80.8.129"]})


def test_nobody_moves_when_the_range_that_goes_is_empty(lab: Lab) -> None:
    """The quiet way to a narrower range: who lies outside asks for an address inside first."""
    one_by_one(lab, "one", "two", "three", "four")
    before = lab.addresses()
    lab.kubectl("annotate", "service", "one", "lbipam.cilium.io/ips=10.80.8.140")
    after = before | {"one": ["10.80.8.140"]}
    lab.eventually(lab.addresses, after)
    lab.apply(lb_pool_min="130", lb_pool_max="140")
    assert lab.addresses() == after


# ----------------------------------------------------------------------------------------------- pools in conflict


def test_of_two_pools_that_overlap_the_newer_gives_nothing(lab: Lab) -> None:
    """A pool that comes to ours is told which range is whose; ours goes on; with another range it serves at once."""
    foreign_pool(lab, "intruder", "10.80.8.180", "10.80.8.199", **{POOL: "intruder"})
    said = "range '10.80.8.180 - 10.80.8.199' overlaps range '10.80.8.129 - 10.80.8.190' from IP Pool 'load-balancers'"
    loses = Condition("True", "cidr_overlap", f"Pool conflicts since {said}")
    lab.eventually(lambda: conflict(lab, "intruder"), loses)
    lab.service("theirs", labels={POOL: "intruder"})
    lab.service("ours")
    lab.eventually(lab.addresses, {"theirs": [], "ours": ["10.80.8.129"]})
    lab.eventually(lambda: verdicts(lab, "theirs"), {"theirs": NO_POOL})
    assert conflict(lab, "load-balancers") == RESOLVED

    beside = '{"spec": {"blocks": [{"start": "10.80.8.191", "stop": "10.80.8.199"}]}}'
    lab.kubectl("patch", "ciliumloadbalancerippool", "intruder", "--type=merge", "-p", beside)
    lab.eventually(lab.addresses, {"theirs": ["10.80.8.191"], "ours": ["10.80.8.129"]})
    assert conflict(lab, "intruder") == RESOLVED


def test_a_pool_that_was_there_first_silences_ours(lab: Lab) -> None:
    """Applied after another pool of the same addresses ours is the newer: it waits, and serves when the other goes."""
    lab.kubectl("delete", "ciliumloadbalancerippool", "load-balancers")
    foreign_pool(lab, "older", "10.80.8.190", "10.80.8.190", **{POOL: "older"})
    made = lab.get("ciliumloadbalancerippool", "older")["metadata"]["creationTimestamp"]
    # Which is newer is told by the second.
    lab.eventually(lambda: (datetime.now(UTC) - datetime.fromisoformat(made)).total_seconds() >= 1, True)
    lab.apply()
    said = "range '10.80.8.129 - 10.80.8.190' overlaps range '10.80.8.190 - 10.80.8.190' from IP Pool 'older'"
    assert conflict(lab, "load-balancers") == Condition("True", "cidr_overlap", f"Pool conflicts since {said}")
    lab.service("web")
    lab.eventually(lambda: verdicts(lab, "web"), {"web": NO_POOL})
    lab.kubectl("delete", "ciliumloadbalancerippool", "older")
    lab.eventually(lab.addresses, {"web": ["10.80.8.129"]})
    assert conflict(lab, "load-balancers") == RESOLVED
