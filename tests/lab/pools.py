"""Pools in a running lab: the ways to change the package's, and what Cilium's operator says of them and of addresses.

Promises: a change is applied as a user does it (settings, render, kpt), and the call returns when the operator has done
what the pools then say: each pool's counts, which it writes last, are those of the pool's newest generation.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import yaml

from lab.laboratory import PACKAGE, ROOT, Condition, Lab

#: Where the typed form stands, beside the package's setters.
SETTINGS: Final = "settings.yaml"
#: The conditions in which the operator counts a pool's addresses (Cilium 1.19.4, operator/pkg/lbipam).
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


def apply(lab: Lab, **setters: str) -> None:
    """Set, render and apply."""
    if setters:
        lab.set(**setters)
    lab.kpt_apply()
    lab.eventually(lambda: _unread(lab), [])


def apply_typed(lab: Lab, pools: str) -> None:
    """The same with pools in the typed form, beside which the rest of the package stays as it is."""
    head = {"apiVersion": "fn.kpt.dev/v1alpha1", "kind": "CiliumNetworking"}
    metadata = {"name": "settings", "annotations": {"config.kubernetes.io/local-config": "true"}}
    spec = {"pools": yaml.safe_load(pools)}
    (lab.package / SETTINGS).write_text(yaml.safe_dump({**head, "metadata": metadata, "spec": spec}))
    command = [sys.executable, "-m", "cilium_networking", "render", PACKAGE, "--config", f"{PACKAGE}/{SETTINGS}"]
    lab.command("env", f"PYTHONPATH={ROOT / 'fn'}", *command)
    apply(lab)


def add_block(lab: Lab, start: str, stop: str) -> None:
    """A second block of `load-balancers`, as a user adds one to the file."""
    file = lab.package / "ip-pools.yaml"
    first = "    stop: 10.80.8.190\n"
    file.write_text(file.read_text().replace(first, f"{first}  - start: {start}\n    stop: {stop}\n"))


def files(lab: Lab) -> dict[Path, str]:
    """The package's files as they are now."""
    return {file: file.read_text() for file in lab.package.iterdir()}


def put_back(lab: Lab, package: dict[Path, str]) -> None:
    """No Service, no pool of others, and the package's files as they were, applied where they differ."""
    for name in lab.addresses():
        namespace, _, short = name.rpartition("/")
        lab.kubectl("delete", "--namespace", namespace or "default", "service", short)
    lab.kubectl("delete", "ciliumloadbalancerippools", "--selector", "app.kubernetes.io/managed-by!=cilium-networking")
    now = files(lab)
    if now != package:
        for added in now.keys() - package.keys():
            added.unlink()
        for file, text in package.items():
            file.write_text(text)
        apply(lab)


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
        lab.eventually(lambda name=name: told(lab, name)[name], lambda said: said is not None, f"an answer to {name}")  # type: ignore[misc]


def counts(lab: Lab) -> dict[str, tuple[int, ...]]:
    """Of each pool: how many addresses it has, how many are free, and how many are used."""
    return {
        name: tuple(int(counted[kind]["message"]) for kind in _COUNTS) for name, (_, counted) in _counted(lab).items()
    }


def told(lab: Lab, *services: str) -> dict[str, Condition | None]:
    """What the operator says to each of these Services."""
    return {name: lab.conditions("service", name).get("cilium.io/IPAMRequestSatisfied") for name in services}


def conflict(lab: Lab, name: str) -> Condition:
    """What the operator says of a pool and the others."""
    return lab.conditions("ciliumloadbalancerippool", name)["cilium.io/PoolConflict"]


def _unread(lab: Lab) -> list[str]:
    """The pools whose counts are missing or of an earlier generation."""
    return [
        name
        for name, (generation, counted) in _counted(lab).items()
        if [one.get("observedGeneration") for one in counted.values()] != [generation] * len(_COUNTS)
    ]


def _counted(lab: Lab) -> dict[str, tuple[int, dict[str, dict[str, Any]]]]:
    """Of each pool: its generation, and the conditions that count."""
    found = {}
    for one in lab.get("ciliumloadbalancerippools")["items"]:
        conditions = {each["type"]: each for each in one.get("status", {}).get("conditions", [])}
        counted = {kind: conditions[kind] for kind in _COUNTS if kind in conditions}
        found[one["metadata"]["name"]] = (one["metadata"]["generation"], counted)
    return found
