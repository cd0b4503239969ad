"""What rules of severity error predict of the API server and the operator: refused, lost, no address, another one.

Each rule is shown by the two texts of its page, and by what `lab.predictions` has for it. A Service is made when the
operator has read the pools, and the next one when it has been answered.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Any, Final

import pytest

from lab import CommandError, Lab
from lab.condition import conditions_of
from lab.leases import short_name
from lab.pools import counts
from lab.predictions import ADDRESSES, ERRORS, Case, objects, seen, shown_in

STORY: Final = ""

WEB: Final = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, ports: [{port: 80}]}
"""
POOL: Final = """
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata: {name: load-balancers}
spec: {blocks: [{cidr: 10.80.8.128/26}, {cidr: "fd00:80:8::100/120"}]}
"""
#: Pools for nobody: one for the operator not to sleep, as it does without any, and one to know that it has read those
#: before it.
ASIDE: Final = "aside"
LAST: Final = "last"
#: What kubectl says of a kind that the API server does not know.
UNSERVED: Final = "no matches for kind"

UNREAD: Final = (
    'CiliumLoadBalancerIPPool in version "v2" cannot be handled as a CiliumLoadBalancerIPPool: strict decoding error:'
)

CASES: Final[Mapping[str, Case]] = {
    "CN101": Case({"addresses": {"web": "no_pool"}}, {"addresses": {"web": "10.80.8.129"}}, WEB),
    "CN105": Case({"addresses": {"web": "127.0.8.0"}}, {"addresses": {"web": "10.80.8.0"}}, WEB),
    "CN107": Case({"conflicts": ["cidr_overlap", "resolved"]}, {"conflicts": ["resolved", "resolved"]}),
    "CN109": Case(
        {"addresses": {"web": "no_pool"}},
        {"addresses": {"web": "10.80.15.0"}},
        WEB.replace("{name: web}", "{name: web, labels: {pool: virtual-addresses}}"),
    ),
    "CN111": Case(
        {"addresses of nodes": ["10.80.8.141"]},
        {"addresses of nodes": []},
        WEB.replace("{name: web}", "{name: web, annotations: {lbipam.cilium.io/ips: 10.80.8.141}}"),
    ),
    "CN112": Case({"addresses of nodes": ["10.42.8.128"]}, {"addresses of nodes": []}, WEB),
    "CN115": Case({"addresses": {"shop/web": "no_pool"}}, {"addresses": {"shop/web": "10.80.8.150"}}),
    "CN116": Case({"addresses": {"web": "already_allocated"}}, {"addresses": {"web": "10.80.8.129"}}),
    "CN117": Case({"addresses": {"web": "fd00:80:8::150"}}, {"addresses": {"web": "10.80.8.150 fd00:80:8::150"}}, POOL),
    "CN118": Case({"addresses": {"web": "10.80.8.128"}}, {"addresses": {"web": "10.80.8.150"}}, POOL),
    "CN124": Case(
        {"addresses": {"shop/web": "10.80.8.150", "shop/mail": "already_allocated"}},
        {"addresses": {"shop/web": "10.80.8.150", "shop/mail": "10.80.8.150"}},
        POOL,
    ),
    "CN126": Case(
        {"addresses": {"front/web": "10.80.8.128", "mail/smtp": "10.80.8.129"}},
        {"addresses": {"front/web": "10.80.8.128", "mail/smtp": "10.80.8.128"}},
        f"""{POOL}
---
apiVersion: v1
kind: Service
metadata:
  name: smtp
  namespace: mail
  annotations: {{lbipam.cilium.io/sharing-key: front, lbipam.cilium.io/sharing-cross-namespace: front}}
spec: {{type: LoadBalancer, ports: [{{port: 25}}]}}
""",
    ),
    "CN501": Case(
        {
            "refused": [
                'strict decoding error: unknown field "spec.blocks[0].max", unknown field "spec.blocks[0].min"'
            ],
            "addresses": {"web": "no_pool"},
        },
        {"refused": [], "addresses": {"web": "10.80.8.129"}},
        WEB,
    ),
    "CN502": Case({"refused": ["no matches"]}, {"refused": []}),
    "CN506": Case({"refused": ["already exists"]}, {"refused": []}),
    "CN507": Case({"refused": ["?"]}, {"refused": []}, POOL.replace("10.80.8.128/26", "${lb-pool-cidr}")),
    "CN513": Case({"addresses": {"web": "no_pool"}}, {"addresses": {"web": "10.80.8.128"}}, WEB),
    "CN615": Case({"refused": ["?"]}, {"refused": []}),
}


def addresses(lab: Lab) -> dict[str, str]:
    """What each Service got, or the operator's reason for nothing."""
    found = {}
    for one in load_balancers(lab):
        satisfied = conditions_of(one).get("cilium.io/IPAMRequestSatisfied")
        found[short_name(one)] = " ".join(given(one)) or (satisfied.reason if satisfied else "")
    return found


def conflicts(lab: Lab) -> list[str]:
    """What is said of each pool and the others."""
    pools = {one["metadata"]["name"]: conditions_of(one) for one in lab.get("ciliumloadbalancerippools")["items"]}
    return sorted(said["cilium.io/PoolConflict"].reason for name, said in pools.items() if name not in {ASIDE, LAST})


def addresses_of_nodes(lab: Lab) -> list[str]:
    """The addresses of Services that a node has, or may give to its Pods."""
    nodes = lab.get("nodes")["items"]
    theirs = [one["address"] for node in nodes for one in node["status"].get("addresses", [])]
    theirs += [network for node in nodes for network in node["spec"].get("podCIDRs", [])]
    return [
        address
        for service in load_balancers(lab)
        for address in given(service)
        if any(ip_address(address) in ip_network(network) for network in theirs)
    ]


LOOKS: Final[Mapping[str, Callable[[Lab], object]]] = {
    "addresses": addresses,
    "conflicts": conflicts,
    "addresses of nodes": addresses_of_nodes,
}


def load_balancers(lab: Lab) -> list[dict[str, Any]]:
    services = lab.get("services", "--all-namespaces")["items"]
    return [one for one in services if one["spec"]["type"] == "LoadBalancer"]


def given(service: Mapping[str, Any]) -> list[str]:
    return [one["ip"] for one in service["status"].get("loadBalancer", {}).get("ingress", [])]


def make_pool(lab: Lab, name: str, cidr: str) -> None:
    """A pool that serves nobody; returns when the operator has read it, and all before it."""
    spec = {"blocks": [{"cidr": cidr}], "serviceSelector": {"matchLabels": {"for": "nobody"}}}
    head = {"apiVersion": "cilium.io/v2", "kind": "CiliumLoadBalancerIPPool", "metadata": {"name": name}}
    lab.create({**head, "spec": spec})
    lab.eventually(lambda: name in counts(lab), True, f"the operator has read the pool {name}")


def refusal(lab: Lab, item: Mapping[str, Any]) -> str:
    """What the API server says to an object that it does not take, to a client that lets no field be lost.

    One with such a field is then sent as by a client that does not ask, and is taken.
    """
    try:
        lab.create(item)
    except CommandError as error:
        if "strict decoding error" in str(error):
            lab.kubectl("create", "--validate=ignore", "-f", "-", stdin=json.dumps(item))
        return str(error).partition('"STDIN": ')[2].partition("\n")[0]
    return ""


@contextlib.contextmanager
def standing(lab: Lab, items: list[dict[str, Any]]) -> Iterator[list[str]]:
    """The objects in the cluster, Services last and one by one, and what the API server did not take, in its words."""
    named = {one["metadata"].get("namespace", "default") for one in items}
    for name in named - {one["metadata"]["name"] for one in lab.get("namespaces")["items"]}:
        lab.kubectl("create", "namespace", name)
    said = {}
    try:
        for one in sorted(items, key=lambda item: item["kind"] == "Service"):
            if one["kind"] == "Service" and LAST not in counts(lab):
                make_pool(lab, LAST, "203.0.113.4/30")
            said[json.dumps(one)] = refusal(lab, one)
            lab.eventually(lambda: all(addresses(lab).values()), True, "every Service has its answer")
        yield [answer for answer in said.values() if answer]
    finally:
        made = [text for text, answer in said.items() if UNSERVED not in answer]
        lab.kubectl("delete", "--ignore-not-found", "-f", "-", stdin="\n".join(made))
        lab.kubectl("delete", "--ignore-not-found", "ciliumloadbalancerippool", LAST)
        lab.eventually(lambda: addresses(lab), {})


@pytest.mark.needs("lab", "kubectl")
@pytest.mark.parametrize("side", ["bad", "good"])
@pytest.mark.parametrize("rule", shown_in(ADDRESSES))
def test_what_the_rule_predicts(rule: str, side: str, lab: Lab) -> None:
    """The bad text of its page comes to what the rule says, and the good one does not."""
    if ASIDE not in counts(lab):
        make_pool(lab, ASIDE, "203.0.113.0/30")
    text, case = getattr(ERRORS[rule].page, side), CASES[rule]
    expected = getattr(case, side)
    with standing(lab, objects(text, case.beside)) as refused:
        looks = {**LOOKS, "refused": lambda _: refused}
        lab.eventually(lambda: seen(lab, looks, expected), expected)


def test_there_is_a_case_for_each_rule() -> None:
    """The cases here are those of the rules that the table has here."""
    assert list(CASES) == shown_in(ADDRESSES)
