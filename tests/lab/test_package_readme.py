"""The package's README, followed in a cluster from its first command to its last.

Each test reads on from where the one before stopped, and compares what the README says about the commands with what
they do.
"""

from __future__ import annotations

import re
from typing import Final

import pytest
import yaml

from lab import Announcement, Lab, lease_of
from lab.checkout import SHIPPED
from lab.condition import conditions_of
from lab.live import (
    ADVERTISEMENT,
    CLUSTER,
    DELETION,
    EVERY,
    LAST_APPLIED,
    MADE,
    OWNER,
    PEER,
    POLICY,
    annotated,
    collect_garbage,
    identities,
    inventories,
    inventory,
    labelled,
    objects,
    specs,
)
from lab.readme import Reader, reader_in

pytestmark = pytest.mark.needs("lab", "kpt", "kubectl", "git")

STORY = """
nodes:
  node-a:
    labels: {node-role.kubernetes.io/control-plane: "true"}
    interfaces: {vmnet0: 10.80.0.11/20, lan0: 192.168.7.11/24}
    pods: 10.42.0.0/24
routers:
  gateway: {runs: frr, address: 10.80.0.1/20, asn: 65000}
services:
  web:
"""

BGP: Final = frozenset({ADVERTISEMENT, CLUSTER, PEER})
#: What RKE2's deploy controller writes on what it made, and by which it finds what it may delete.
RKE2: Final = "objectset.rio.cattle.io/hash"

ROUTES: Final = {"10.80.8.129/32": {"node-a"}, "10.42.0.0/24": {"node-a"}}
ANNOUNCED: Final = {Announcement("10.80.8.129", "node-a", interface) for interface in ("vmnet0", "lan0")}


@pytest.fixture(scope="module")
def reader(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return reader_in(lab, tmp_path_factory.mktemp("programs"), tmp_path_factory.mktemp("project"))


# ------------------------------------------------------------------------------------------------ what is looked at


def all_work(lab: Lab) -> None:
    """The Service has its address, the gateway its routes, and the node announces."""
    lab.eventually(lab.addresses, {"web": ["10.80.8.129"]})
    lab.eventually(lambda: lab.routes("gateway"), ROUTES)
    lab.eventually(lab.announcements, ANNOUNCED)
    assert lab.leases() == {"web": "node-a"}


def column(table: str, title: str) -> dict[str, str]:
    """One column of what kubectl prints, by the name in each row."""
    head, *rows = table.splitlines()
    ends = {word.group().strip(): word.span() for word in re.finditer(r"\S+(?: \S+)*(?: {2,}|$)", head)}
    return {cell(row, ends["NAME"]): cell(row, ends[title]) for row in rows}


def cell(row: str, span: tuple[int, int]) -> str:
    return row[slice(*span)].strip()


def results(said: str) -> list[str]:
    """The sums that kpt prints at its end."""
    return re.findall(r"^\w+ result: .*$", said, re.MULTILINE)


def six(action: str, outcome: str = "6 successful, 0 skipped, 0 failed") -> list[str]:
    reconciled = f"reconcile result: 6 attempted, {outcome}, 0 timed out"
    return [f"{action} result: 6 attempted, {outcome}", reconciled]


# ------------------------------------------------------------------------------------------------------- the README


def test_prerequisites(reader: Reader) -> None:
    """Every kind that the package needs is there, as the operator registered it."""
    said = reader.read_to("kubectl wait --for=condition=Established")
    assert sorted(re.findall(r"crd\.?\S*/(\S+) condition met|/(\S+) condition met", said)) == sorted(
        ("", f"{kind}.cilium.io") for kind in MADE.split(",")
    )


def test_deploy(lab: Lab, reader: Reader) -> None:
    """A dry run makes nothing; what is applied is what the table of the README lists, is current, and works."""
    reader.read_to("kpt pkg get")
    reader.commit()
    reader.read_to("kpt live apply networking --dry-run")
    assert objects(lab) == {}
    assert results(reader.read_to("kpt live apply networking")) == six("apply")
    table = (SHIPPED / "README.md").read_text().partition("## What is in it\n")[2].partition("\n## ")[0]
    assert (
        set(objects(lab))
        == {f"{kind.lower()}/{name}" for kind, name in re.findall(r"`(Cilium\w+)` `(\S+)`", table)}
        == EVERY
    )
    assert [name for name, one in objects(lab).items() if "namespace" in one["metadata"]] == []
    status = reader.read_to("kpt live status")
    assert len(re.findall(r" is Current: Resource is current$", status, re.MULTILINE)) == len(status.splitlines()) == 6
    all_work(lab)
    reader.commit()


def test_without_kpt(lab: Lab, reader: Reader) -> None:
    """The command makes no difference to what kpt rendered, and `kubectl apply` none to any spec.

    It is the one way or the other: `kubectl apply` takes away the mark by which kpt knows its own.
    """
    before, meant = identities(lab), specs(lab)
    assert reader.read_to("cilium-networking render networking --diff") == ""
    reader.read_to("kubectl apply")
    assert (identities(lab), specs(lab)) == (before, meant)
    assert annotated(lab, OWNER) == dict.fromkeys(EVERY)


def test_hand_over(lab: Lab, reader: Reader) -> None:
    """What RKE2 made becomes kpt's as it is: the same objects, no longer RKE2's, and no Service is written to."""
    made_by_rke2(lab)
    before, meant = identities(lab), specs(lab)
    service = lab.get("service", "web")["metadata"]["resourceVersion"]
    refused = lab.package.apply()
    assert results(refused) == six("apply", "0 successful, 6 skipped, 0 failed"), "they are not kpt's yet"

    reader.read_to("kubectl label")
    assert labelled(lab, "objectset.rio.cattle.io/prune") == dict.fromkeys(EVERY, "false")
    reader.read_to("kubectl label")
    assert labelled(lab, RKE2) == dict.fromkeys(EVERY)
    assert results(reader.read_to("kpt live apply networking --inventory-policy adopt")) == six("apply")
    assert annotated(lab, LAST_APPLIED) == dict.fromkeys(EVERY), "a server-side apply notes nothing down"
    reader.read_to("kpt live apply networking --reconcile-timeout")
    assert None not in annotated(lab, LAST_APPLIED).values()
    assert annotated(lab, OWNER) == dict.fromkeys(EVERY, inventory(lab))
    assert (identities(lab), specs(lab)) == (before, meant)
    all_work(lab)
    assert lab.get("service", "web")["metadata"]["resourceVersion"] == service


def test_verify(lab: Lab, reader: Reader) -> None:
    """No pool is in conflict; a Service for a minute gets 10.80.8.129 or the next, and with the label 10.80.15.1."""
    lab.kubectl("delete", "service", "web")
    head, *pools = reader.read_to("kubectl get ciliumloadbalancerippools").splitlines()
    at = head.split().index("CONFLICTING")
    assert {row.split()[0]: row.split()[at] for row in pools} == {
        "load-balancers": "False",
        "virtual-addresses": "False",
    }
    reader.read_to("kubectl get service probe", shows="10.80.8.129")
    reader.read_to("kubectl get service probe", shows="10.80.15.1")
    lab.eventually(lab.leases, {"probe": "node-a"})
    lease = reader.read_to("kubectl -n kube-system get lease")
    assert column(lease, "HOLDER") == {lease_of("probe"): "node-a"}
    lab.eventually(lambda: lab.routes("gateway"), {"10.80.15.1/32": {"node-a"}, "10.42.0.0/24": {"node-a"}})
    reader.read_to("kubectl delete service probe")
    lab.service("web")
    all_work(lab)


def test_another_value_is_tried(lab: Lab, reader: Reader) -> None:
    """A value that is not written down changes the manifests, and the next render takes it back."""
    reader.read_to("kpt fn eval")
    changed = lab.command("git", "diff", "--name-only")
    assert changed.splitlines() == ["networking/bgp.yaml"]
    reader.read_to("kpt fn render")
    assert lab.command("git", "diff", "--name-only") == ""


def test_rollback_to_earlier_settings(lab: Lab, reader: Reader) -> None:
    """The commit undone, rendered and applied: the cluster holds what it held, and the routes are back."""
    meant = specs(lab)
    lab.package.change(bgp_peer_asn="65099", lb_pool_max="150")
    reader.commit()
    lab.package.apply()
    lab.eventually(lambda: lab.routes("gateway"), {})
    reader.read_to("git revert")
    assert results(reader.read_to("kpt live apply")) == six("apply")
    assert specs(lab) == meant
    all_work(lab)


@pytest.mark.parametrize(
    ("switch", "gone", "routes", "announced"),
    [("bgp-enabled", BGP, {}, ANNOUNCED), ("l2-enabled", frozenset({POLICY}), ROUTES, set())],
)
def test_one_feature_off(
    lab: Lab,
    reader: Reader,
    switch: str,
    gone: frozenset[str],
    routes: dict[str, set[str]],
    announced: set[Announcement],
) -> None:
    """Its objects are pruned and the addresses stay; with the commit undone it is back, comments and all."""
    meant = specs(lab)
    lab.package.change(**{switch: "false"})
    reader.commit()
    lab.package.apply()
    assert set(objects(lab)) == EVERY - gone
    collect_garbage(lab)
    lab.eventually(lambda: lab.routes("gateway"), routes)
    lab.eventually(lab.announcements, announced)
    assert lab.addresses() == {"web": ["10.80.8.129"]}
    reader.shell("git revert --no-edit HEAD")
    assert lab.command("git", "diff", "HEAD~2", "--name-only") == ""
    lab.package.apply()
    assert specs(lab) == meant
    all_work(lab)


def test_the_package_off_the_network_on(lab: Lab, reader: Reader) -> None:
    """Let go of first, the objects outlive the package, belong to nobody and work; then they are taken back."""
    before, meant = identities(lab), specs(lab)
    service = lab.get("service", "web")["metadata"]["resourceVersion"]
    reader.read_to("kubectl annotate")
    reader.read_to("kpt live destroy networking --dry-run")
    said = reader.read_to("kpt live destroy networking")
    assert results(said) == six("delete", "0 successful, 6 skipped, 0 failed")
    assert annotated(lab, OWNER) == dict.fromkeys(EVERY)
    assert inventories(lab) == []
    assert (identities(lab), specs(lab)) == (before, meant)
    all_work(lab)

    assert results(reader.read_to("kpt live apply networking --inventory-policy adopt")) == six("apply")
    assert annotated(lab, OWNER) == dict.fromkeys(EVERY, inventory(lab))
    assert annotated(lab, DELETION) == dict.fromkeys(EVERY)
    assert identities(lab) == before
    assert lab.get("service", "web")["metadata"]["resourceVersion"] == service


def test_while_addresses_are_gone(lab: Lab, reader: Reader) -> None:
    """Without its address a Service still has a NodePort, and the nodes their own addresses."""
    lab.kubectl("delete", "ciliumloadbalancerippools", "--all")
    lab.eventually(lab.addresses, {"web": []})
    port = lab.get("service", "web")["spec"]["ports"][0]["nodePort"]
    services = reader.read_to("kubectl get services")
    assert column(services, "EXTERNAL-IP")["web"] == "<pending>"
    assert column(services, "PORT(S)")["web"] == f"80:{port}/TCP"
    assert column(reader.read_to("kubectl get nodes"), "INTERNAL-IP") == {"node-a": "10.80.0.11"}
    lab.kubectl("create", "-f", "networking/ip-pools.yaml")
    all_work(lab)


def test_a_service_waits(lab: Lab, reader: Reader) -> None:
    """The pools count 62 and 254 addresses, the Service says that it is served, and gets the one that it asks for."""
    pools = yaml.safe_load(reader.read_to("kubectl get ciliumloadbalancerippools -o yaml"))["items"]
    counted = {pool["metadata"]["name"]: conditions_of(pool)["cilium.io/IPsTotal"].message for pool in pools}
    assert counted == {"load-balancers": "62", "virtual-addresses": "254"}
    said = yaml.safe_load(reader.read_to("kubectl get service NAME"))
    assert [(one["type"], one["status"]) for one in said] == [("cilium.io/IPAMRequestSatisfied", "True")]
    reader.read_to("kubectl annotate service NAME")
    lab.eventually(lab.addresses, {"web": ["10.80.8.150"]})


def test_sessions_and_announcements(reader: Reader) -> None:
    """Where all is well no listed condition is `True`, each selected node has a config, and the Service a lease."""
    listed = yaml.safe_load(reader.read_to("kubectl get ciliumbgpclusterconfigs,ciliumbgppeerconfigs"))["items"]
    true = [kind for one in listed for kind, said in conditions_of(one).items() if said.status == "True"]
    assert (true, len(listed)) == ([], 2)
    assert set(column(reader.read_to("kubectl get ciliumbgpnodeconfigs"), "NAME")) == {"node-a"}
    assert set(column(reader.read_to("kubectl get nodes -l"), "NAME")) == {"node-a"}
    leases = column(reader.read_to("kubectl -n kube-system get leases"), "HOLDER")
    assert leases[lease_of("web")] == "node-a"
    reader.read_to("kpt fn render networking --truncate-output=false")
    assert list(reader.ahead) == [], "the README is read to its end"


def made_by_rke2(lab: Lab) -> None:
    """The same objects, as RKE2's deploy controller marks what it makes from a file."""
    lab.kubectl("delete", MADE, "--all")
    collect_garbage(lab)
    files = [lab.package.directory / f"{name}.yaml" for name in ("ip-pools", "l2-announcements", "bgp")]
    found = [one for file in files for one in yaml.safe_load_all(file.read_text())]
    for one in found:
        one["metadata"]["labels"] |= {RKE2: "5b2cf1e5e6a9e0b5ab4bcd2ba5d3a3f1e5a2c7d1"}
        one["metadata"]["annotations"] = {"objectset.rio.cattle.io/owner-name": "cilium-advanced"}
    lab.kubectl("create", "--field-manager=deploy@node-a", "-f", "-", stdin=yaml.safe_dump_all(found))
    all_work(lab)
