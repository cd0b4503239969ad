"""The ancestor's manifests come to nothing in a real control plane, for reasons that nobody says; the package works.

The comparison runs once; docs/lab-comparison.md is printed from it. `GOLDEN=write` rewrites the page and still fails,
so that nobody rewrites without looking.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
import yaml

from beside import CORPUS
from lab import Lab
from lab.checkout import ROOT
from lab.comparison import Comparison, as_it_stands, compare
from lab.comparison_page import page

pytestmark = pytest.mark.needs("lab", "kpt", "kubectl")

STORY = """
nodes:
  node-a:
    labels: {node-role.kubernetes.io/control-plane: "true"}
    interfaces: {vmnet0: 10.80.0.11/20, lan0: 192.168.7.11/24, vlan01: 192.168.8.11/24, vmnet0.10: 192.168.9.11/24}
    pods: 10.42.0.0/24
  node-b:
    labels: {node-role.kubernetes.io/control-plane: "true"}
    interfaces: {vmnet0: 10.80.0.12/20, lan0: 192.168.7.12/24, vlan01: 192.168.8.12/24, vmnet0.10: 192.168.9.12/24}
    pods: 10.42.1.0/24
routers:
  gateway: {runs: frr, address: 10.80.0.1/20, asn: 65000}
"""
PAGE = ROOT / "docs" / "lab-comparison.md"
#: Files of other people, read where they stand beside the project, which does not need them, under CI=true neither:
#: `ANCESTOR` has their shape in our words, and two tests here show that it has, where the files are.
WITH_CORPUS = pytest.mark.skipif(not CORPUS.exists(), reason="the first manifests are not beside the project")
BOTH = {"node-a", "node-b"}
UP = dict.fromkeys(BOTH, "established")
PODS = {"10.42.0.0/24": {"node-a"}, "10.42.1.0/24": {"node-b"}}


@pytest.fixture(scope="module")
def seen(lab: Lab) -> Comparison:
    return compare(lab)


def test_the_page_is_what_was_seen(seen: Comparison) -> None:
    """docs/lab-comparison.md is printed from this run."""
    if os.environ.get("GOLDEN") == "write":
        PAGE.write_text(page(seen))
        pytest.fail("rewritten: read the difference, then run again without GOLDEN=write")
    assert PAGE.read_text() == page(seen)


def test_only_a_strict_client_refuses_the_unknown_fields(seen: Comparison) -> None:
    """kubectl and server-side kpt refuse both pools and nothing else; kpt's default and a controller lose the range."""
    pools = (
        "ciliumloadbalancerippool.cilium.io/load-balancers",
        "ciliumloadbalancerippool.cilium.io/virtual-addresses",
    )
    assert {one.way: (one.code, one.refused) for one in seen.ancestor.said} == {
        "cilium-networking validate": (1, ()),
        "kubectl apply": (1, pools),
        "kubectl apply --validate=ignore": (0, ()),
        "kpt live apply --server-side": (3, pools),
        "kpt live apply": (0, ()),
    }
    assert seen.ancestor.standing.blocks == {
        "load-balancers": [{"cidr": "10.80.8.128/26"}],
        "virtual-addresses": [{"cidr": "10.80.15.0/24"}],
    }


def test_nothing_is_said_of_ours(seen: Comparison) -> None:
    """Every way to apply the package takes all of it, and says nothing of a field."""
    assert {(one.code, one.words, one.refused) for one in seen.ours.said} == {(0, (), ())}


def test_the_ancestors_pools_give_what_was_to_be_kept(seen: Comparison) -> None:
    """The first and the last address of a network are given away, and no Service can choose its pool."""
    theirs, ours = seen.ancestor.standing, seen.ours.standing
    assert (theirs.sizes, ours.sizes) == (
        {"load-balancers": 64, "virtual-addresses": 256},
        {"load-balancers": 62, "virtual-addresses": 254},
    )
    assert (theirs.addresses, theirs.waiting) == (
        {"test-lb": ["10.80.8.128"], "probe": ["10.80.8.129"], "lowest": ["10.80.15.0"], "highest": ["10.80.15.255"]},
        {},
    )
    assert (ours.addresses, ours.waiting) == (
        {"test-lb": ["10.80.8.129"], "probe": ["10.80.15.1"], "lowest": [], "highest": []},
        {"lowest": "no_pool", "highest": "no_pool"},
    )


def test_the_order_of_the_pools_matters_to_the_ancestor_only(seen: Comparison) -> None:
    """Where the second pool is met first, the ancestor's serves everybody; ours serves who asks for it."""
    assert (seen.ancestor.other_order, seen.ours.other_order) == (["10.80.15.0"], ["10.80.8.129"])


def test_the_ancestor_answers_where_it_should_be_silent(seen: Comparison) -> None:
    """`lan0` without anchors is in `vlan01` too, and `vmnet0` in `vmnet0.10`."""
    assert seen.ancestor.standing.interfaces == ("lan0", "vlan01", "vmnet0", "vmnet0.10")
    assert seen.ours.standing.interfaces == ("lan0", "vmnet0")


def test_ours_routes_and_the_ancestor_does_not(seen: Comparison) -> None:
    """The same nodes and the same router: no session and no route of the ancestor's, and all of ours."""
    theirs, ours = seen.ancestor.standing.routing, seen.ours.standing.routing
    assert (theirs.configured, theirs.sessions, theirs.routes) == ((), {}, {})
    assert ours.configured == tuple(sorted(BOTH))
    assert (ours.problems, ours.sessions) == ((), UP)
    assert ours.routes == {**PODS, "10.80.8.129/32": BOTH, "10.80.15.1/32": BOTH}


def test_five_repairs_to_one_route(seen: Comparison) -> None:
    """Two defects have a condition of the operator; the rest is a session that is up and carries nothing."""
    assert [one.problems for _, one in seen.repairs] == [
        ("MissingPeerConfigs: Referenced CiliumBGPPeerConfig(s) are missing: [cilium-peer]",),
        (),
        (),
        (),
        (),
    ]
    assert [one.sessions for _, one in seen.repairs] == [{}, UP, UP, UP, UP]
    assert [one.routes for _, one in seen.repairs] == [{}, {}, {}, PODS, {**PODS, "10.80.8.128/32": BOTH}]


@WITH_CORPUS
def test_the_first_manifests_do_the_same(lab: Lab, seen: Comparison) -> None:
    """The ancestor's cloud-config, with its placeholders filled in, comes to what our words for it came to."""
    values = {
        "CLUSTER_LOADBALANCER_NETWORK_CIDR": "10.80.8.128/26",
        "CLUSTER_VIP_NETWORK_CIDR": "10.80.15.0/24",
        "NODE_GATEWAY_IP": "10.80.0.1",
    }
    config = yaml.safe_load((CORPUS / "001_nxmatic_cloudconfig_cilium_last_full.yaml").read_text())
    [manifests] = [
        file["content"] for file in config["write_files"] if "kind: CiliumBGPClusterConfig" in file["content"]
    ]
    assert as_it_stands(lab, _filled(manifests, values)) == seen.ancestor.standing


@WITH_CORPUS
def test_the_first_package_does_the_same(lab: Lab, seen: Comparison) -> None:
    """So do the pools and the BGP objects of the kpt package that was made of it; L2 is not in these files."""
    files = [CORPUS / "015_nxmatic_kpt_pools_23b7806.yaml", CORPUS / "016_nxmatic_kpt_bgp_23b7806.yaml"]
    manifests = "---\n".join(file.read_text() for file in files)
    assert as_it_stands(lab, manifests) == replace(seen.ancestor.standing, interfaces=())


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], text)
