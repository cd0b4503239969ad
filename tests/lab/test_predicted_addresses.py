"""What rules of severity error predict of the API server and the operator: refused, lost, no address, another one.

Each rule is shown by the two texts of its page, and by what `lab.predictions` has for it. A Service is made when the
operator has read the pools, and the next one when it has been answered.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
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
#: Lines of kubectl beside its errors.
NO_ERROR: Final = re.compile(r" created$|^ensure CRDs are installed first$")

#: What the API server says to pools.
UNREAD: Final = (
    'CiliumLoadBalancerIPPool in version "v2" cannot be handled as a CiliumLoadBalancerIPPool: strict decoding error: '
    'unknown field "spec.blocks[0].max", unknown field "spec.blocks[0].min"'
)
NO_CIDR: Final = (
    'The CiliumLoadBalancerIPPool "load-balancers" is invalid: spec.blocks[0].cidr: Invalid value: "lb-pool-cidr": '
    'spec.blocks[0].cidr in body must be of type cidr: "lb-pool-cidr"'
)
NO_BOOLEAN: Final = (
    'The CiliumLoadBalancerIPPool "infra-pool" is invalid: spec.disabled: Invalid value: "string": '
    'spec.disabled in body must be of type boolean: "string"'
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
            "refused": [UNREAD],
            "addresses": {"web": "no_pool"},
        },
        {"refused": [], "addresses": {"web": "10.80.8.129"}},
        WEB,
    ),
    "CN502": Case(
        {"refused": ['no matches for kind "CiliumBGPPeeringPolicy" in version "cilium.io/v2alpha1"']}, {"refused": []}
    ),
    "CN506": Case(
        {"refused": ['ciliumloadbalancerippools.cilium.io "load-balancers" already exists']}, {"refused": []}
    ),
    "CN507": Case({"refused": [NO_CIDR]}, {"refused": []}, POOL.replace("10.80.8.128/26", "${lb-pool-cidr}")),
    "CN513": Case({"addresses": {"web": "no_pool"}}, {"addresses": {"web": "10.80.8.128"}}, WEB),
    "CN615": Case({"refused": [NO_BOOLEAN]}, {"refused": []}),
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


def pool(name: str, cidr: str) -> dict[str, Any]:
    """A pool that serves nobody."""
    spec = {"blocks": [{"cidr": cidr}], "serviceSelector": {"matchLabels": {"for": "nobody"}}}
    return {"apiVersion": "cilium.io/v2", "kind": "CiliumLoadBalancerIPPool", "metadata": {"name": name}, "spec": spec}


def read(lab: Lab, name: str) -> None:
    """Wait until the operator has read this pool, and so all before it."""
    lab.eventually(lambda: name in counts(lab), True, f"the operator has read the pool {name}")


def create(lab: Lab, items: Sequence[Mapping[str, Any]]) -> list[str]:
    """Send objects to the API server as a client that lets no field be lost; what is not taken, in its words.

    Where there is such a field all is sent again, as by a client that does not ask.
    """
    try:
        lab.create(*items)
    except CommandError as error:
        if "strict decoding error" in str(error):
            lab.kubectl("apply", "--validate=ignore", "-f", "-", stdin="\n".join(map(json.dumps, items)))
        said = (line for line in str(error).splitlines()[1:] if not NO_ERROR.search(line))
        return [re.sub(r'^Error from server .*?"STDIN": |^error: .* from "STDIN": ', "", line) for line in said]
    return []


@contextlib.contextmanager
def standing(lab: Lab, items: list[dict[str, Any]]) -> Iterator[list[str]]:
    """The objects in the cluster, Services last and one by one, and what the API server did not take, in its words."""
    services = [one for one in items if one["kind"] == "Service"]
    others = [one for one in items if one not in services]
    last = pool(LAST, "203.0.113.4/30")
    refused = create(lab, [*others, last])
    made = [one for one in others if not any(f'no matches for kind "{one["kind"]}"' in line for line in refused)]
    try:
        read(lab, LAST)
        for one in services:
            refused += create(lab, [one])
            lab.eventually(lambda: all(addresses(lab).values()), True, "every Service has its answer")
        yield refused
    finally:
        # A pool that goes before its Services leaves traces of them in the operator (seen with sharing keys, 1.19.4).
        gone = "\n".join(map(json.dumps, [*services, *made, last]))
        lab.kubectl("delete", "--ignore-not-found", "-f", "-", stdin=gone)
        lab.eventually(lambda: addresses(lab), {})


@pytest.fixture(scope="module")
def cluster(lab: Lab) -> Lab:
    """The module's lab, with the namespaces of all the pages, and a pool so that the operator is awake."""
    for name in ("flux-system", "front", "mail", "shop"):
        lab.kubectl("create", "namespace", name)
    lab.create(pool(ASIDE, "203.0.113.0/30"))
    read(lab, ASIDE)
    return lab


@pytest.mark.needs("lab", "kubectl")
@pytest.mark.parametrize("side", ["bad", "good"])
@pytest.mark.parametrize("rule", shown_in(ADDRESSES))
def test_what_the_rule_predicts(rule: str, side: str, cluster: Lab) -> None:
    """The bad text of its page comes to what the rule says, and the good one does not."""
    text, case = getattr(ERRORS[rule].page, side), CASES[rule]
    expected = getattr(case, side)
    with standing(cluster, objects(text, case.beside)) as refused:
        looks = {**LOOKS, "refused": lambda _: refused}
        cluster.eventually(lambda: seen(cluster, looks, expected), expected)


def test_there_is_a_case_for_each_rule() -> None:
    """The cases here are those of the rules that the table has here."""
    assert list(CASES) == shown_in(ADDRESSES)
