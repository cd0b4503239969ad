"""The package under `kpt live`: what a cluster holds of it, and what kpt says that it did.

Why: two stories compare the two, the package's life under `kpt live` and its README. Objects are named as kpt names
them, by kind and name: the package makes none in a namespace.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from lab.laboratory import Lab

#: The kinds that the package makes, as the README has them for kubectl.
MADE: Final = (
    "ciliumloadbalancerippools,ciliuml2announcementpolicies,"
    "ciliumbgpclusterconfigs,ciliumbgppeerconfigs,ciliumbgpadvertisements"
)
ADVERTISEMENT: Final = "ciliumbgpadvertisement/control-plane-advertisement"
CLUSTER: Final = "ciliumbgpclusterconfig/bgp-cluster-config"
PEER: Final = "ciliumbgppeerconfig/cilium-peer"
POLICY: Final = "ciliuml2announcementpolicy/host"
POOL: Final = "ciliumloadbalancerippool/load-balancers"
VIP_POOL: Final = "ciliumloadbalancerippool/virtual-addresses"
#: What the package makes with the settings that it comes with.
EVERY: Final = frozenset({ADVERTISEMENT, CLUSTER, PEER, POLICY, POOL, VIP_POOL})

#: The annotation by which kpt knows what is its own: the inventory that an object belongs to.
OWNER: Final = "config.k8s.io/owning-inventory"
#: The annotation by which kpt leaves an object where it is.
DELETION: Final = "client.lifecycle.config.k8s.io/deletion"
#: The annotation that a client-side apply writes, and by which the next one knows what to take away.
LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


def objects(lab: Lab) -> dict[str, Any]:
    """The objects of the package's kinds."""
    return {f"{one['kind'].lower()}/{one['metadata']['name']}": one for one in lab.get(MADE)["items"]}


def specs(lab: Lab) -> dict[str, Any]:
    return {name: one["spec"] for name, one in objects(lab).items()}


def identities(lab: Lab) -> dict[str, str]:
    """An object that was deleted and made again has another."""
    return {name: one["metadata"]["uid"] for name, one in objects(lab).items()}


def labelled(lab: Lab, key: str) -> dict[str, str | None]:
    """One label of each object."""
    return {name: one["metadata"].get("labels", {}).get(key) for name, one in objects(lab).items()}


def annotated(lab: Lab, key: str) -> dict[str, str | None]:
    """One annotation of each object."""
    return {name: one["metadata"].get("annotations", {}).get(key) for name, one in objects(lab).items()}


def versions(lab: Lab) -> dict[str, tuple[str, int, str]]:
    """Identity, generation and version of all objects and Services: whoever writes to one changes its version."""
    found = objects(lab) | {f"service/{one['metadata']['name']}": one for one in lab.get("services")["items"]}
    metadata = {name: one["metadata"] for name, one in found.items()}
    return {name: (one["uid"], one.get("generation", 0), one["resourceVersion"]) for name, one in metadata.items()}


def inventory(lab: Lab) -> str:
    """The identity of the package's inventory, as `kpt live init` wrote it down."""
    written = yaml.safe_load((lab.package.directory / "resourcegroup.yaml").read_text())
    return str(written["metadata"]["labels"]["cli-utils.sigs.k8s.io/inventory-id"])


def inventories(lab: Lab) -> list[set[str]]:
    """What each inventory in the cluster lists."""
    groups = lab.get("--namespace=kube-system", "resourcegroups")["items"]
    return [{f"{one['kind'].lower()}/{one['name']}" for one in group["spec"]["resources"]} for group in groups]


def outcomes(events: str) -> dict[str, dict[str, str]]:
    """What kpt did to each object, by what it calls that: {"apply": {"kind/name": "successful"}}."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for kind, name, action, outcome in re.findall(r"^(\w+)\.cilium\.io/(\S+) (\w+) (.+)$", events, re.MULTILINE):
        found[action][f"{kind}/{name}"] = outcome
    return dict(found)


def all_are(outcome: str, names: frozenset[str] = EVERY) -> dict[str, str]:
    return dict.fromkeys(names, outcome)


def collect_garbage(lab: Lab) -> None:
    """What a controller manager does, which the lab has not: node configs go with the cluster config that owns them."""
    there = set(identities(lab).values())
    for one in lab.get("ciliumbgpnodeconfigs")["items"]:
        if one["metadata"]["ownerReferences"][0]["uid"] not in there:
            lab.kubectl("delete", "ciliumbgpnodeconfig", one["metadata"]["name"])
