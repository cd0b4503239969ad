"""The watcher sees what a look before and a look after do not: a loss that is made good at once."""

from __future__ import annotations

import os
import signal
from typing import Any, Final

import pytest

from lab import Lab, PartDiedError, read_scenario
from lab.pools import counts
from lab.watching import NOTHING, Watcher

pytestmark = pytest.mark.needs("lab", "kubectl")

STORY = """
nodes:
  node-a: {interfaces: {lan0: 10.80.0.11/24}}
  node-b: {interfaces: {lan0: 10.80.0.12/24}}
routers:
  gateway: {runs: frr, address: 10.80.0.1/24, asn: 65000}
"""
BOTH: Final = {"node-a", "node-b"}
POOL: Final = {
    "apiVersion": "cilium.io/v2",
    "kind": "CiliumLoadBalancerIPPool",
    "metadata": {"name": "lan"},
    "spec": {"blocks": [{"start": "10.80.9.1", "stop": "10.80.9.9"}]},
}
BGP: Final[tuple[dict[str, Any], ...]] = (
    {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumBGPClusterConfig",
        "metadata": {"name": "lan"},
        "spec": {
            "bgpInstances": [
                {
                    "name": "lan",
                    "localASN": 65001,
                    "peers": [
                        {
                            "name": "gateway",
                            "peerASN": 65000,
                            "peerAddress": "10.80.0.1",
                            "peerConfigRef": {"name": "lan"},
                        }
                    ],
                }
            ]
        },
    },
    {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumBGPPeerConfig",
        "metadata": {"name": "lan"},
        "spec": {
            "timers": {"connectRetryTimeSeconds": 1},
            "families": [{"afi": "ipv4", "safi": "unicast", "advertisements": {"matchLabels": {"advertise": "lan"}}}],
        },
    },
    {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumBGPAdvertisement",
        "metadata": {"name": "lan", "labels": {"advertise": "lan"}},
        "spec": {
            "advertisements": [
                {
                    "advertisementType": "Service",
                    "service": {"addresses": ["LoadBalancerIP"]},
                    "selector": {"matchExpressions": [{"key": "private", "operator": "DoesNotExist"}]},
                }
            ]
        },
    },
)
#: Asks for its address, and so gets the same one again.
WEB: Final = {"lbipam.cilium.io/ips": "10.80.9.7"}
ADDRESSES: Final = {"web": ["10.80.9.7"]}
ROUTES: Final = {"10.80.9.7/32": BOTH}


@pytest.fixture(scope="module", autouse=True)
def announced(lab: Lab) -> None:
    """A Service with an address, and a route to it from both nodes."""
    lab.create(POOL, *BGP)
    lab.service("web", annotations=WEB)
    settled(lab)


def settled(lab: Lab) -> None:
    lab.eventually(lab.addresses, ADDRESSES)
    lab.eventually(lambda: lab.routes("gateway"), ROUTES)


def test_where_nothing_is_lost_nothing_is_seen(lab: Lab) -> None:
    """A Service that comes, and a pool that grows, take nothing from anybody."""
    with Watcher(lab) as watch:
        lab.kubectl("annotate", "service", "web", "note=written to")
        lab.kubectl("patch", "ciliumloadbalancerippool", "lan", "--type=merge", "-p", '{"spec": {"disabled": false}}')
        lab.service("later", annotations={"lbipam.cilium.io/ips": "10.80.9.8"})
        lab.eventually(lambda: lab.routes("gateway"), ROUTES | {"10.80.9.8/32": BOTH})
    assert watch.seen() == NOTHING
    lab.kubectl("delete", "service", "later")
    settled(lab)


def test_a_pool_that_is_put_back_at_once_is_a_loss(lab: Lab) -> None:
    """Addresses, routes and counts are at the end what they were; the outage between is seen and timed."""
    before = lab.addresses(), lab.routes("gateway"), counts(lab)
    with Watcher(lab) as watch:
        lab.kubectl("delete", "ciliumloadbalancerippool", "lan")
        lab.create(POOL)
        lab.eventually(lambda: (lab.addresses(), lab.routes("gateway"), counts(lab)), before)
    seen = watch.seen()
    assert [(change.service, change.before, change.after) for change in seen.changes] == [("web", ("10.80.9.7",), ())]
    assert 0 < seen.changes[0].at < 60
    assert seen.breaks == ()


def test_an_advertisement_that_is_gone_is_a_route_withdrawn(lab: Lab) -> None:
    """Each node takes its prefix back, after which the router drops packets; the Service keeps its address."""
    advertisement = BGP[2]
    with Watcher(lab) as watch:
        lab.kubectl("delete", "ciliumbgpadvertisement", "lan")
        lab.eventually(lambda: lab.routes("gateway"), {})
        lab.create(advertisement)
        settled(lab)
    seen = watch.seen()
    assert seen.lost == {}
    assert seen.withdrawn == {"10.80.9.7/32": BOTH}
    assert seen.unreachable == {"10.80.9.7/32"}
    assert seen.breaks == ()


def test_a_node_that_dies_breaks_a_session_and_withdraws_nothing(lab: Lab) -> None:
    """A dead speaker sends no update: what the router saw is the end of the session, while the other way stays."""
    with Watcher(lab) as watch:
        lab.nodes["node-a"].kill()
        lab.eventually(lambda: lab.routes("gateway"), {"10.80.9.7/32": {"node-b"}})
        lab.nodes["node-a"].start()
        settled(lab)
    seen = watch.seen()
    assert [(one.router, one.node) for one in seen.breaks] == [("gateway", "node-a")]
    assert (seen.lost, seen.withdrawn, seen.unreachable) == ({}, {}, set())


def test_a_watch_that_died_is_no_quiet_one(lab: Lab) -> None:
    """Whoever asks a watcher that sees nothing any more is told so."""
    with Watcher(lab) as watch:
        os.killpg(watch._parts[1].pid, signal.SIGKILL)
        with pytest.raises(PartDiedError, match=r"^the watch watch-\d+-kernel-gateway was ended by SIGKILL"):
            watch.seen()
        watch._result = NOTHING


def test_only_frr_is_watched() -> None:
    """A router that does not tell of every update is an error before anything is watched."""
    lab = Lab(read_scenario(STORY))
    lab.routers = {"gateway": _Bird()}  # type: ignore[dict-item]
    with pytest.raises(ValueError, match=r"^only FRR tells of every update that it gets, and gateway is none$"):
        Watcher(lab)


class _Bird:
    spec = read_scenario(STORY.replace("frr", "bird")).routers[0]
