"""What Cilium's operator says of pools, and of Services that ask for an address.

Promises: the words are the operator's own (Cilium 1.19.4, operator/pkg/lbipam), read from the status of the objects.
`unread` tells when it has done what the pools say: it writes a pool's counts last.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from lab.condition import Condition, conditions_of

if TYPE_CHECKING:
    from lab.laboratory import Lab

#: The conditions in which the operator counts a pool's addresses: all, the free ones, the used ones.
_COUNTS: Final = ("cilium.io/IPsTotal", "cilium.io/IPsAvailable", "cilium.io/IPsUsed")

#: What the operator says of a Service that has all it asks for.
SATISFIED: Final = Condition("True", "satisfied", "")
#: Of one that no enabled pool is for.
NO_POOL: Final = Condition("False", "no_pool", "There are no enabled CiliumLoadBalancerIPPools that match this service")
#: Of one whose pools are full.
FULL: Final = Condition(
    "False", "out_of_ips", "All enabled CiliumLoadBalancerIPPools that match this service ran out of allocatable IPs"
)
#: Of a pool without a conflict, also one that never had any.
RESOLVED: Final = Condition("False", "resolved", "")


def verdict(lab: Lab, service: str) -> Condition | None:
    """What the operator says to a Service; None as long as it has said nothing."""
    return lab.conditions("service", service).get("cilium.io/IPAMRequestSatisfied")


def verdicts(lab: Lab, *services: str) -> dict[str, Condition | None]:
    return {name: verdict(lab, name) for name in services}


def conflict(lab: Lab, name: str) -> Condition:
    """What the operator says of a pool and the others."""
    return lab.conditions("ciliumloadbalancerippool", name)["cilium.io/PoolConflict"]


def counts(lab: Lab) -> dict[str, tuple[int, ...]]:
    """Of each pool that was counted: how many addresses it has, how many are free, and how many are used."""
    found = {}
    for pool in lab.get("ciliumloadbalancerippools")["items"]:
        conditions = conditions_of(pool)
        if conditions.keys() >= set(_COUNTS):
            found[pool["metadata"]["name"]] = tuple(int(conditions[kind].message) for kind in _COUNTS)
    return found


def used(lab: Lab) -> dict[str, int]:
    """How many addresses of each pool are given out."""
    return {pool: used for pool, (_, _, used) in counts(lab).items()}


def unread(lab: Lab) -> list[str]:
    """The pools whose counts are missing or of an earlier generation."""
    return [
        pool["metadata"]["name"]
        for pool in lab.get("ciliumloadbalancerippools")["items"]
        if _counted_generations(pool) != dict.fromkeys(_COUNTS, pool["metadata"]["generation"])
    ]


def _counted_generations(pool: dict[str, Any]) -> dict[str, int | None]:
    conditions = pool.get("status", {}).get("conditions", [])
    return {one["type"]: one.get("observedGeneration") for one in conditions if one["type"] in _COUNTS}


def foreign_pool(lab: Lab, name: str, start: str, stop: str, **match_labels: str) -> None:
    """A pool that something else than the package makes."""
    spec: dict[str, Any] = {
        "blocks": [{"start": start, "stop": stop}],
        "serviceSelector": {"matchLabels": match_labels},
    }
    head = {"apiVersion": "cilium.io/v2", "kind": "CiliumLoadBalancerIPPool"}
    lab.create({**head, "metadata": {"name": name}, "spec": spec})


def one_by_one(lab: Lab, *services: str) -> None:
    """Plain Services, each made when the operator has answered the one before."""
    for name in services:
        lab.service(name)
        lab.eventually(partial(verdict, lab, name), lambda said: said is not None, f"an answer to {name}")


def nothing_but_the_package(lab: Lab) -> None:
    """No Service, and no pool of others."""
    for name in lab.addresses():
        namespace, _, short = name.rpartition("/")
        lab.kubectl("delete", "--namespace", namespace or "default", "service", short)
    lab.kubectl("delete", "ciliumloadbalancerippools", "--selector", "app.kubernetes.io/managed-by!=cilium-networking")
