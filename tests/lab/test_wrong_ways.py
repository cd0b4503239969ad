"""The wrong ways out of RKE2's manifests: what each of them takes from a cluster that works, address by address.

The same objects, on two servers, in a file each; Services with addresses and routes; and a watcher that sees every
moment between. What the right way does differently is shown where that way is tested.
"""

from __future__ import annotations

from typing import Final

import pytest

from lab import Lab
from lab.live import ADVERTISEMENT, EVERY, OWNER, POOL, all_are, annotated, collect_garbage, objects, outcomes
from lab.package import NAME
from lab.watching import NOTHING, Watcher

pytestmark = pytest.mark.needs("lab", "kpt", "kubectl")

STORY = """
nodes:
  node-a:
    labels: {node-role.kubernetes.io/control-plane: "true"}
    interfaces: {vmnet0: 10.80.0.11/20}
    pods: 10.42.0.0/24
  node-b:
    labels: {node-role.kubernetes.io/control-plane: "true"}
    interfaces: {vmnet0: 10.80.0.12/20}
    pods: 10.42.1.0/24
routers:
  gateway: {runs: frr, address: 10.80.0.1/20, asn: 65000}
servers:
  node-a:
  node-b:
package: packages/cilium-networking
# A session that breaks off leaves its routes to the router for so long: 5 seconds here, 2 minutes in the package.
setters: {bgp-connect-retry-time: "1", bgp-graceful-restart-time: "5"}
applied: false
"""
FILE: Final = "cilium-cluster-resources.yaml"
DIRECTORY: Final = "/var/lib/rancher/rke2/server/manifests"
BOTH: Final = {"node-a", "node-b"}
PODS: Final = {"10.42.0.0/24": {"node-a"}, "10.42.1.0/24": {"node-b"}}


def manifests(lab: Lab) -> dict[str, str]:
    """The documents of the package by kind and name, as text: what stands in the servers' files before."""
    found = {}
    for file in ("ip-pools.yaml", "l2-announcements.yaml", "bgp.yaml"):
        for document in (lab.package.directory / file).read_text().split("---\n"):
            lines = document.splitlines()
            kind = next(line.removeprefix("kind: ") for line in lines if line.startswith("kind: "))
            name = next(line.removeprefix("  name: ") for line in lines if line.startswith("  name: "))
            found[f"{kind.lower()}/{name}"] = document
    assert found.keys() == EVERY
    return found


def text_of(lab: Lab, *without: str) -> str:
    return "---\n".join(text for name, text in manifests(lab).items() if name not in without)


def put(lab: Lab, text: str, *servers: str) -> None:
    for server in servers or lab.servers:
        lab.servers[server].write(FILE, text)
        lab.deployed()


def restart(lab: Lab, *servers: str) -> None:
    """Start RKE2 anew, one server after the other, until each has gone over its files."""
    for server in servers or lab.servers:
        lab.servers[server].start()
        lab.deployed(since={server: 0})


def routes_of(addresses: dict[str, list[str]]) -> dict[str, set[str]]:
    return PODS | {f"{address}/32": BOTH for given in addresses.values() for address in given}


def settled(lab: Lab) -> dict[str, list[str]]:
    """Every Service has an address and the router a way to it; the addresses."""
    addresses = lab.eventually(lab.addresses, lambda found: all(found.values()), "an address for every Service")
    lab.eventually(lambda: lab.routes("gateway"), routes_of(addresses))
    return addresses


@pytest.fixture(scope="module", autouse=True)
def prepared(lab: Lab) -> None:
    """kpt's own kind, an inventory, and the Services."""
    lab.kpt("live", "install-resource-group")
    lab.package.init()
    put(lab, text_of(lab))
    lab.service("probe", labels={"cilium-networking/pool": "virtual-addresses"})


@pytest.fixture
def before(lab: Lab, prepared: None) -> dict[str, list[str]]:  # noqa: ARG001 - the order of the two
    """RKE2 has the objects, on both servers, and every Service its address and its route; the addresses.

    A Service between two others is gone, so that its address is free: whoever gives addresses anew would use it.
    """
    put(lab, text_of(lab))
    restart(lab)
    # Whoever gives addresses anew takes the Services in any order: from here on the order is ours.
    lab.kubectl("delete", "--ignore-not-found", "service", "web", "shop")
    settled(lab)
    for name in ("web", "filler", "shop"):
        lab.service(name)
        settled(lab)
    lab.kubectl("delete", "service", "filler")
    return settled(lab)


def nothing_is_left(lab: Lab) -> None:
    """No Service has an address, and the router no route, once a cluster's garbage is collected."""
    collect_garbage(lab)
    lab.eventually(lab.addresses, {name: [] for name in lab.addresses()})
    lab.eventually(lambda: lab.routes("gateway"), {})


def lost_by_all(addresses: dict[str, list[str]]) -> dict[str, set[str]]:
    return {name: set(given) for name, given in addresses.items()}


def came_back(lab: Lab, before: dict[str, list[str]]) -> None:
    """Every Service has an address again, and one of them another than before."""
    assert (before["web"], before["shop"]) == (["10.80.8.129"], ["10.80.8.131"])
    after = settled(lab)
    assert {*after["web"], *after["shop"]} == {"10.80.8.129", "10.80.8.130"}


def test_the_guides_apply_takes_nothing_over(lab: Lab, before: dict[str, list[str]]) -> None:
    """`kpt live apply`, as the ancestor's guide has it, skips each object that RKE2 owns, and ends with exit code 0."""
    with Watcher(lab) as watch:
        said = lab.kpt("live", "apply", NAME, "--reconcile-timeout=2m", "--output=events")
        assert lab.addresses() == before
    skipped = "skipped: inventory policy prevented actuation (strategy: Apply, status: Empty, policy: MustMatch)"
    assert outcomes(said)["apply"] == all_are(skipped)
    assert annotated(lab, OWNER) == dict.fromkeys(EVERY)
    assert annotated(lab, "objectset.rio.cattle.io/owner-name") == dict.fromkeys(EVERY, "cilium-cluster-resources")
    assert watch.seen() == NOTHING


def test_the_guides_rollback_is_an_outage(lab: Lab, before: dict[str, list[str]]) -> None:
    """Its way back is `kpt live destroy`, after which RKE2 shall bring the objects back at its next start.

    It cannot, because by then the guide has taken them out of cloud-config. With cloud-config restored they come back,
    and a Service has another address.
    """
    lab.package.apply("--inventory-policy=adopt")
    for server in lab.servers:
        lab.on_server(server, f"rm {DIRECTORY}/{FILE}")
    with Watcher(lab) as watch:
        lab.kpt("live", "destroy", NAME)
        nothing_is_left(lab)
        restart(lab)
        assert (objects(lab), lab.addresses()) == ({}, {name: [] for name in before})
        put(lab, text_of(lab))
        restart(lab)
        came_back(lab, before)
    assert watch.seen().lost == lost_by_all(before)
    assert watch.seen().unreachable == set(routes_of(before))


def test_destroy_first(lab: Lab, before: dict[str, list[str]]) -> None:
    """`kpt live destroy` with the files still there: all is gone until each file is read anew, at the next start."""
    lab.package.apply("--inventory-policy=adopt")
    with Watcher(lab) as watch:
        lab.kpt("live", "destroy", NAME)
        nothing_is_left(lab)
        assert [done.applied for done in lab.deployed().values()] == [(), ()]
        assert objects(lab) == {}
        restart(lab)
        came_back(lab, before)
    assert watch.seen().lost == lost_by_all(before)
    assert watch.seen().unreachable == set(routes_of(before))


def test_a_file_emptied_on_one_server(lab: Lab, before: dict[str, list[str]]) -> None:
    """Comments instead of objects, on one of two servers, delete all of them; the other server brings none back."""
    with Watcher(lab) as watch:
        put(lab, "# moved to the package\n", "node-a")
        nothing_is_left(lab)
        assert [done.applied for done in lab.deployed().values()] == [(), ()]
        assert objects(lab) == {}
    assert watch.seen().lost == lost_by_all(before)
    assert watch.seen().unreachable == set(routes_of(before))


def test_pools_removed_from_the_file(lab: Lab, before: dict[str, list[str]]) -> None:
    """The pool's Services lose their addresses and both nodes take the routes back; nobody else loses anything."""
    with Watcher(lab) as watch:
        put(lab, text_of(lab, POOL), "node-a")
        left = {"probe": before["probe"]}
        lab.eventually(lab.addresses, {"web": [], "shop": []} | left)
        lab.eventually(lambda: lab.routes("gateway"), routes_of(left))
    prefixes = {f"{address}/32" for name in ("web", "shop") for address in before[name]}
    seen = watch.seen()
    assert set(objects(lab)) == EVERY - {POOL}
    assert seen.lost == {name: set(before[name]) for name in ("web", "shop")}
    assert (seen.withdrawn, seen.unreachable) == (dict.fromkeys(prefixes, BOTH), prefixes)
    assert seen.breaks == ()


def test_the_advertisement_removed_from_the_file(lab: Lab, before: dict[str, list[str]]) -> None:
    """Every Service keeps its address, which `kubectl get` goes on to show, and no router has a way to it."""
    with Watcher(lab) as watch:
        put(lab, text_of(lab, ADVERTISEMENT), "node-a")
        lab.eventually(lambda: lab.routes("gateway"), {})
    seen = watch.seen()
    assert set(objects(lab)) == EVERY - {ADVERTISEMENT}
    assert (lab.addresses(), seen.lost) == (before, {})
    assert (seen.withdrawn, seen.unreachable) == (routes_of(before), set(routes_of(before)))
    assert (seen.breaks, lab.sessions("gateway")) == ((), dict.fromkeys(BOTH, "established"))


def test_disabled_on_one_server(lab: Lab, before: dict[str, list[str]]) -> None:
    """`disable:` deletes the objects and that server's file; the other server's file brings them back some day."""
    server = lab.servers["node-a"]
    server.disable = (FILE.removesuffix(".yaml"),)
    try:
        with Watcher(lab) as watch:
            restart(lab, "node-a")
            nothing_is_left(lab)
            assert list(server.manifests.iterdir()) == []
            restart(lab, "node-b")
            came_back(lab, before)
    finally:
        server.disable = ()
    assert watch.seen().lost == lost_by_all(before)
    assert watch.seen().unreachable == set(routes_of(before))
