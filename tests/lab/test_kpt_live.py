"""The package's life under `kpt live`: made, changed, pruned, put back, taken over, ended.

Each time what kpt says is compared with what the cluster holds. No node is in this story: the operator alone makes the
difference between a Service that keeps its address and one that loses it.
"""

from __future__ import annotations

import re
import shutil
from typing import Final

import pytest

from lab import Lab
from lab.checkout import SHIPPED
from lab.live import (
    CLUSTER,
    DELETION,
    EVERY,
    LAST_APPLIED,
    MADE,
    OWNER,
    PEER,
    POLICY,
    VIP_POOL,
    all_are,
    annotated,
    inventories,
    inventory,
    objects,
    outcomes,
    specs,
    versions,
)
from lab.pools import NO_POOL, used, verdict

pytestmark = pytest.mark.needs("lab", "kpt", "kubectl")

STORY = """
package: packages/cilium-networking
applied: false
services:
  web:
  probe: {labels: {cilium-networking/pool: virtual-addresses}}
"""

#: How many addresses of each pool the two Services have, as a pool's status counts.
COUNTED: Final = {"load-balancers": 1, "virtual-addresses": 1}
ADDRESSES: Final = {"web": ["10.80.8.129"], "probe": ["10.80.15.1"]}
NONE: Final[dict[str, list[str]]] = {"web": [], "probe": []}


def settled(lab: Lab) -> None:
    """Both Services have their address, and both pools have counted it: the operator has no more to write."""
    lab.eventually(lab.addresses, ADDRESSES)
    lab.eventually(lambda: used(lab), COUNTED)


def changed(before: dict[str, tuple[str, int, str]], after: dict[str, tuple[str, int, str]]) -> set[str]:
    """What came, went, or was written to."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def services_kept(lab: Lab, before: dict[str, tuple[str, int, str]]) -> None:
    """No Service was written to, also not by the operator, which by then has served a Service that came later."""
    lab.service("later")
    lab.eventually(lab.addresses, ADDRESSES | {"later": ["10.80.8.130"]})
    lab.eventually(lambda: used(lab), COUNTED | {"load-balancers": 2})
    names = {name for name in before if name.startswith("service/")}
    after = versions(lab)
    assert {name: after[name] for name in names} == {name: before[name] for name in names}
    lab.kubectl("delete", "service", "later")
    settled(lab)


def password(lab: Lab) -> str | None:
    """The Secret that the peer config in the cluster names."""
    named: str | None = specs(lab)[PEER].get("authSecretRef")
    return named


def test_init(lab: Lab) -> None:
    """`kpt live init` names an inventory on the machine, and asks nothing of the cluster."""
    lab.package.init()
    assert inventory(lab)
    assert objects(lab) == {}
    assert "resourcegroups.kpt.dev" not in lab.kubectl("get", "crd", "-o", "name")


def test_a_dry_run_needs_the_kind_of_the_inventory(lab: Lab) -> None:
    """A dry run fails where the inventory's kind was never installed; with it, it promises all and does nothing."""
    lab.command("kpt", "live", "apply", "networking", "--dry-run", code=1)
    lab.kpt("live", "install-resource-group")
    assert outcomes(lab.package.apply("--dry-run")) == {"apply": all_are("successful")}
    assert objects(lab) == {}


def test_apply(lab: Lab) -> None:
    """`kpt live apply` says of six objects that they are there; they are, they are its own, and addresses are given."""
    assert outcomes(lab.package.apply()) == {"apply": all_are("successful"), "reconcile": all_are("successful")}
    assert annotated(lab, OWNER) == dict.fromkeys(EVERY, inventory(lab))
    assert inventories(lab) == [EVERY]
    lab.eventually(lab.addresses, ADDRESSES)


def test_status(lab: Lab) -> None:
    """`kpt live status` calls each object current."""
    said = re.findall(r"/(\w+)\.cilium\.io//(\S+) is (.+)$", lab.kpt("live", "status", "networking"), re.MULTILINE)
    assert {f"{kind}/{name}": state for kind, name, state in said} == all_are("Current: Resource is current")


def test_the_same_again(lab: Lab) -> None:
    """A second `apply` says the same and writes to no object and no Service."""
    settled(lab)
    before = versions(lab)
    assert outcomes(lab.package.apply()) == {"apply": all_are("successful"), "reconcile": all_are("successful")}
    assert versions(lab) == before


def test_a_changed_setter(lab: Lab) -> None:
    """Of all objects only that of the changed setter changes, and in it only what the setter says."""
    before, meant = versions(lab), specs(lab)
    lab.package.change(bgp_hold_time="60")
    lab.package.apply()
    after = versions(lab)
    assert changed(before, after) == {PEER}
    assert after[PEER][:2] == (before[PEER][0], before[PEER][1] + 1)
    meant[PEER]["timers"]["holdTimeSeconds"] = 60
    assert specs(lab) == meant
    services_kept(lab, before)


def test_a_pool_leaves(lab: Lab) -> None:
    """A pool that leaves the package is pruned, and its Service's address goes; nothing else is written to."""
    before, kept = versions(lab), EVERY - {VIP_POOL}
    pools = lab.package.directory / "ip-pools.yaml"
    pools.write_text(pools.read_text().partition("---\n")[0])
    assert outcomes(lab.package.apply()) == {
        "apply": all_are("successful", kept),
        "prune": {VIP_POOL: "successful"},
        "reconcile": all_are("successful"),
    }
    assert inventories(lab) == [kept] == [set(objects(lab))]
    lab.eventually(lab.addresses, ADDRESSES | {"probe": []})
    lab.eventually(lambda: verdict(lab, "probe"), NO_POOL)
    assert changed(before, versions(lab)) == {VIP_POOL, "service/probe"}


def test_it_comes_back(lab: Lab) -> None:
    """With the file as it was the pool and the address are back; nothing else is written to."""
    before, meant = versions(lab), specs(lab)
    shutil.copy(SHIPPED / "ip-pools.yaml", lab.package.directory)
    lab.package.apply()
    settled(lab)
    assert changed(before, versions(lab)) == {VIP_POOL, "service/probe"}
    now = specs(lab)
    assert now.pop(VIP_POOL)["blocks"] == [{"start": "10.80.15.1", "stop": "10.80.15.254"}]
    assert now == meant


def test_the_earlier_revision(lab: Lab) -> None:
    """What an earlier revision of the package said is in the cluster again when it is applied."""
    revision = lab.package.files()
    before, meant = versions(lab), specs(lab)
    lab.package.change(bgp_peer_asn="65099", lb_pool_max="150", l2_enabled="false")
    assert outcomes(lab.package.apply())["prune"] == {POLICY: "successful"}
    assert specs(lab)[CLUSTER]["bgpInstances"][0]["peers"][0]["peerASN"] == 65099

    lab.package.put_back(revision)
    assert outcomes(lab.package.apply()) == {"apply": all_are("successful"), "reconcile": all_are("successful")}
    assert specs(lab) == meant
    assert lab.addresses() == ADDRESSES
    assert {name for name in before if versions(lab)[name][0] != before[name][0]} == {POLICY}


def test_destroy(lab: Lab) -> None:
    """`kpt live destroy` ends all six objects and the inventory, and with the pools every address that they gave."""
    said = outcomes(lab.kpt("live", "destroy", "networking", "--output=events"))
    assert said == {"delete": all_are("successful"), "reconcile": all_are("successful")}
    assert objects(lab) == {}
    assert inventories(lab) == []
    lab.eventually(lab.addresses, NONE)


def test_what_others_made_is_refused(lab: Lab) -> None:
    """Objects that something else made are left as they are: kpt skips all of them, and still ends with exit code 0."""
    create_as_others_do(lab)
    before = versions(lab)
    reason = "skipped: inventory policy prevented actuation (strategy: Apply, status: Empty, policy: MustMatch)"
    assert outcomes(lab.package.apply()) == {"apply": all_are(reason), "reconcile": all_are("skipped")}
    # The operator may still be writing what it counted and found to their status, which makes a version, too.
    assert {name: one[:2] for name, one in versions(lab).items()} == {name: one[:2] for name, one in before.items()}
    assert annotated(lab, OWNER) == annotated(lab, LAST_APPLIED) == dict.fromkeys(EVERY)


def test_adopt(lab: Lab) -> None:
    """With `--inventory-policy=adopt` they become the package's, keep their identity, and no Service is written to."""
    before, meant = versions(lab), specs(lab)
    said = outcomes(lab.package.apply("--inventory-policy=adopt"))
    assert said == {"apply": all_are("successful"), "reconcile": all_are("successful")}
    assert annotated(lab, OWNER) == dict.fromkeys(EVERY, inventory(lab))
    assert specs(lab) == meant
    after = versions(lab)
    assert {name: one[:2] for name, one in after.items()} == {name: one[:2] for name, one in before.items()}
    services_kept(lab, before)


#: What kpt says of an object that it was told to leave where it is.
KEPT: Final = f'skipped: annotation prevents deletion ("{DELETION}": "detach")'


def test_let_go(lab: Lab) -> None:
    """What is let go of by annotation outlives the package, is nobody's, and its Services notice nothing."""
    before = versions(lab)
    lab.kubectl("annotate", MADE, "--all", f"{DELETION}=detach")
    said = outcomes(lab.kpt("live", "destroy", "networking", "--output=events"))
    assert said == {"delete": all_are(KEPT), "reconcile": all_are("skipped")}
    assert annotated(lab, OWNER) == dict.fromkeys(EVERY)
    assert set(objects(lab)) == EVERY
    services_kept(lab, before)


def test_taken_back_it_is_not_pruned(lab: Lab) -> None:
    """While an object has that annotation it stays, also when it is the package's again and leaves it."""
    revision = lab.package.files()
    lab.package.apply("--inventory-policy=adopt")
    lab.package.change(l2_enabled="false")
    assert outcomes(lab.package.apply())["prune"] == {POLICY: KEPT}
    assert set(objects(lab)) == EVERY
    lab.package.put_back(revision)


def test_without_the_annotation_it_is_pruned(lab: Lab) -> None:
    """With the annotation gone kpt prunes again what leaves the package."""
    revision = lab.package.files()
    lab.kubectl("annotate", MADE, "--all", f"{DELETION}-")
    lab.package.apply("--inventory-policy=adopt")
    lab.package.change(l2_enabled="false")
    assert outcomes(lab.package.apply())["prune"] == {POLICY: "successful"}
    assert set(objects(lab)) == EVERY - {POLICY}
    lab.package.put_back(revision)


def test_a_field_that_left_on_the_way(lab: Lab) -> None:
    """After a server-side take-over the first plain apply leaves what the package no longer has; the next do not.

    kubectl's client-side apply removes a field only if its own note of the last apply has it, and a server-side one
    writes no such note. So the first apply after the take-over is to be plain too, or all are to be server-side.
    """
    before, line = "spec:\n  ebgpMultihop: 1 ", "spec:\n  authSecretRef: secret\n  ebgpMultihop: 1 "
    lab.kpt("live", "destroy", "networking")
    create_as_others_do(lab)

    lab.package.edit("bgp.yaml", before, line)
    lab.package.apply("--inventory-policy=adopt", "--server-side", "--force-conflicts")
    lab.package.edit("bgp.yaml", line, before)
    lab.package.apply()
    assert password(lab) == "secret"

    lab.package.edit("bgp.yaml", before, line)
    lab.package.apply()
    lab.package.edit("bgp.yaml", line, before)
    lab.package.apply()
    assert password(lab) is None


def create_as_others_do(lab: Lab) -> None:
    """The package's own manifests, from the hand of something that keeps no inventory."""
    files = [f"--filename=networking/{name}.yaml" for name in ("ip-pools", "l2-announcements", "bgp")]
    lab.kubectl("create", *files)
    settled(lab)
