"""CN6xx: how a cluster knows the others of its mesh, and what it shares with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from ...fabric import Spot
from ...fabric.mesh import SECRETS
from ...fabric.spot import below, is_open, members, text, words
from ...kinds import nearest
from ...settings.values import LONGEST_CLUSTER_NAME, is_cluster_name
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...fabric import Object
    from ...resources import Resource

#: What goes with a cluster's own certificate in the same Secret (the chart, clustermesh-config).
_CERTIFICATE: Final = r"(.+)\.etcd-client(-ca\.crt|\.crt|\.key)"
#: Words that people put there, taking the Secret for one configuration of the whole mesh.
_NO_NAMES: Final = ("config", "kubeconfig", "etcd-config", "clustermesh", "clustermesh-config")
_GLOBAL: Final = ("service.cilium.io/global", "io.cilium/global-service")


def no_cluster_name(case: Case) -> Iterator[Said]:
    """A key of the Secret cilium-clustermesh is no cluster's name

    Why: Each key of the Secret is the name of a remote cluster, and its value says how to reach that cluster's etcd.
    The agents take whatever key there is for a name: with `config` they wait for a cluster called config, whose own
    name then does not agree, and the mesh never connects.

    Source: Cilium 1.19, install/kubernetes/cilium/templates/clustermesh-config and pkg/clustermesh/common.

    Bad::

        apiVersion: v1
        kind: Secret
        metadata:
          name: cilium-clustermesh
          namespace: kube-system
        stringData:
          config: |
            endpoints:
            - https://clustermesh.apps.example.org:2379

    Good::

        apiVersion: v1
        kind: Secret
        metadata:
          name: cilium-clustermesh
          namespace: kube-system
        stringData:
          apps: |
            endpoints:
            - https://apps.mesh.cilium.io:2379
    """
    known = {one.membership.name.value for one in case.fleet if one.membership.name is not None}
    for spot, key in _remotes(case):
        bare = re.fullmatch(_CERTIFICATE, key)
        name = bare[1] if bare else key
        if is_open(name):
            continue
        if not is_cluster_name(name):
            message = f"`{key}` cannot be a cluster's name, as each key here is: {_form(name)}"
            yield Said(spot, message, key, severity="error")
        elif name in _NO_NAMES and name not in known:
            message = (
                f"each key here is the name of a remote cluster, and `{key}` hardly is one: use the `cluster.name` of "
                "that cluster"
            )
            yield Said(spot, message, key)
        elif known and name not in known and (meant := nearest(name, known)) is not None:
            message = f"no cluster is called `{name}`: did you mean `{meant}`?"
            yield Said(spot, message, key, key.replace(name, meant, 1))


def not_a_secret(case: Case) -> Iterator[Said]:
    """The remote clusters are in a ConfigMap

    Why: The agents mount a Secret of this name, and if there is none they start without a word: a ConfigMap is never
    looked at, and the mesh has no remote cluster.

    Source: Cilium 1.19, install/kubernetes/cilium/templates/cilium-agent/daemonset.yaml (an optional projected Secret).

    Bad::

        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: cilium-clustermesh
          namespace: kube-system
        data:
          apps: |
            endpoints:
            - https://apps.mesh.cilium.io:2379

    Good::

        apiVersion: v1
        kind: Secret
        metadata:
          name: cilium-clustermesh
          namespace: kube-system
        stringData:
          apps: |
            endpoints:
            - https://apps.mesh.cilium.io:2379
    """
    for one in case.cluster.of("ConfigMap"):
        if one.name in SECRETS:
            message = f"Cilium reads the Secret `{one.name}` and never a ConfigMap: make it a Secret"
            yield Said(one.spot.at("kind"), message, "ConfigMap", "Secret")


def global_in_one_cluster(case: Case) -> Iterator[Said]:
    """A global Service is in one cluster only

    Why: A global Service is one that has the same name and namespace in several clusters; each then sends to the Pods
    of all of them. Where a cluster has no Service of that name, nothing there resolves the name, whatever the mesh
    knows. Where it has one without the annotation, that one keeps to its own Pods.

    Source: Cilium 1.19, pkg/clustermesh/service_merger.go; its documentation on global services.

    Bad::

        # cluster infra
        apiVersion: v1
        kind: Service
        metadata:
          name: echo
          annotations:
            service.cilium.io/global: "true"
        spec:
          selector: {app: echo}
          ports:
          - port: 80
        # cluster apps
        apiVersion: v1
        kind: Service
        metadata:
          name: shop
        spec:
          selector: {app: shop}
          ports:
          - port: 80

    Good::

        # cluster infra
        apiVersion: v1
        kind: Service
        metadata:
          name: echo
          annotations:
            service.cilium.io/global: "true"
        spec:
          selector: {app: echo}
          ports:
          - port: 80
        # cluster apps
        apiVersion: v1
        kind: Service
        metadata:
          name: echo
          annotations:
            service.cilium.io/global: "true"
        spec:
          selector: {app: echo}
          ports:
          - port: 80
    """
    if len(case.fleet) < 2:
        return
    mine = _services(case.cluster.resources)
    wanted = {key: spot for key, (spot, shared) in mine.items() if shared}
    if not wanted:
        return
    alone = dict(wanted)
    local: dict[tuple[str, str], tuple[Spot, str]] = {}
    compared = False
    for other in case.fleet:
        if other is case.cluster:
            continue
        theirs = _services(other.resources)
        # A directory without a Service is of somebody who keeps them elsewhere.
        compared = compared or bool(theirs)
        for key in wanted:
            if key in theirs:
                spot, shared = theirs[key]
                if shared:
                    alone.pop(key, None)
                else:
                    local.setdefault(key, (spot, other.membership.called))
    for key, spot in alone.items() if compared else ():
        if key in local:
            theirs_at, called = local[key]
            message = (
                f"is global here, and {theirs_at} in cluster {called} is not, which keeps it to its own Pods: annotate "
                "both"
            )
        else:
            message = (
                "is global, and no other cluster of this run has a Service of that name: nothing resolves it there"
            )
        yield Said(spot, message)


def _form(name: str) -> str:
    if len(name) > LONGEST_CLUSTER_NAME:
        return f"it has {len(name)} characters, and {LONGEST_CLUSTER_NAME} are the most"
    return "lower-case letters, digits and `-`, and a letter or digit at both ends"


def _remotes(case: Case) -> Iterator[tuple[Spot, str]]:
    """The keys of the Secrets of remote clusters, or of what makes those Secrets."""
    for one in case.cluster.of("Secret"):
        if one.name in SECRETS and below(one.data, "sops") is None:
            yield from _keys(one, "data")
            yield from _keys(one, "stringData")
    for one in case.cluster.of("ExternalSecret"):
        if (text(one.data, "spec", "target", "name") or one.name) in SECRETS:
            path = ("spec", "target", "template", "data")
            if isinstance(below(one.data, *path), dict):
                yield from _keys(one, *path)
                continue
            for i, each in members(one.data, "spec", "data"):
                key = text(each, "secretKey")
                if key is not None:
                    yield one.spot.at("spec", "data", i, "secretKey"), key


def _keys(one: Object, *path: str) -> Iterator[tuple[Spot, str]]:
    found: Any = below(one.data, *path)
    for key in found if isinstance(found, dict) else ():
        yield one.spot.at(*path, key), key


def _services(resources: Iterable[Resource]) -> dict[tuple[str, str], tuple[Spot, bool]]:
    """Every Service by namespace and name, and whether it is global."""
    found: dict[tuple[str, str], tuple[Spot, bool]] = {}
    for resource in resources:
        if resource.kind != "Service" or resource.local or is_open(resource.name):
            continue
        shared = False
        if "global" in resource.fragment.text:
            notes = words(resource.fragment.data(), "metadata", "annotations")
            shared = any(notes.get(name) == "true" for name in _GLOBAL)
        found[resource.namespace or "default", resource.name] = (Spot(resource), shared)
    return found


RULES: Final = (
    Rule("CN607", "warning", no_cluster_name),
    Rule("CN608", "error", not_a_secret),
    Rule("CN609", "warning", global_in_one_cluster),
)
