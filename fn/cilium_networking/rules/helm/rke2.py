"""CN7xx, RKE2: the HelmChartConfig that changes the values of its packaged Cilium.

Two HelmChartConfigs of one name are two objects of one identity, which a rule about all objects says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...fabric import Spot
from ...fabric.spot import below, is_open
from ...lossless.edit import Put
from ..rule import Case, Rule, Said
from .chart import read_chart

#: Name and namespace of RKE2's own chart of Cilium, which a HelmChartConfig has to have as well.
_CHART: Final = "rke2-cilium"
_NAMESPACE: Final = "kube-system"


def nobody_reads_it(case: Case) -> Iterator[Said]:
    """A HelmChartConfig for Cilium has not the name and namespace of the chart

    Why: A HelmChartConfig changes the HelmChart of the same name and namespace, which RKE2 calls `rke2-cilium` in
    `kube-system`. Any other is accepted and read by nobody.

    Source: k3s, pkg/helm-controller; RKE2 documentation, Helm integration.

    Bad::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: cilium
        spec:
          valuesContent: |
            bgpControlPlane:
              enabled: true

    Good::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            bgpControlPlane:
              enabled: true
    """
    charts = {one.spot.resource.name for one in case.cluster.values if one.spot.resource.kind == "HelmChart"}
    charts |= {one.name for one in case.cluster.of("HelmChart")}
    spots = [Spot(one.spot.resource) for one in case.cluster.values] + [
        one.spot for one in case.cluster.of("HelmChartConfig")
    ]
    for spot in spots:
        name, namespace = spot.resource.name, spot.resource.namespace
        if spot.resource.kind != "HelmChartConfig" or "cilium" not in name or name in charts or is_open(name):
            continue
        if name != _CHART:
            message = f"there is no chart `{name}` here, and RKE2 calls its own `{_CHART}`: nobody reads this"
            yield Said(spot.at("metadata", "name"), message, name, _CHART, severity="warning")
        elif namespace and namespace != _NAMESPACE and not is_open(namespace):
            path = ("metadata", "namespace")
            message = f"RKE2's chart is in `{_NAMESPACE}`, and nobody reads this in `{namespace}`"
            yield Said(spot.at(*path), message, namespace, _NAMESPACE, (Put(path, _NAMESPACE),))
        elif not namespace and not _namespaces(case):
            path = ("metadata", "namespace")
            message = f"has no namespace: say `{_NAMESPACE}`, where RKE2's chart is"
            yield Said(spot.at(*path), message, None, _NAMESPACE, (Put(path, _NAMESPACE),), severity="warning")


def _namespaces(case: Case) -> bool:
    """Whether kustomize or Flux sets namespaces."""
    return any(
        below(one.data, "namespace") or below(one.data, "spec", "targetNamespace")
        for one in case.cluster.of("Kustomization")
    )


def no_way_to_the_api(case: Case) -> Iterator[Said]:
    """kube-proxy is replaced on RKE2, and the agents are not told where the API server is

    Why: Without kube-proxy nobody serves the ClusterIP of the API server until Cilium does, and Cilium needs the API
    server to start. With `disable-kube-proxy: true`, which RKE2 needs with the replacement, agents of a fresh or
    rebooted node wait for ever. Every RKE2 node answers for the API at localhost, port 6443.

    Source: RKE2 documentation, network options; rancher/rke2 #4862, cilium/cilium #35440.

    Bad::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            kubeProxyReplacement: true

    Good::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            kubeProxyReplacement: true
            k8sServiceHost: localhost
            k8sServicePort: 6443
    """
    chart = read_chart(case.cluster)
    replaced = chart.find("kubeProxyReplacement")
    if chart.rke2 is None or chart.partial or replaced is None or not chart.flag("kubeProxyReplacement"):
        return
    if not any(chart.find(key) for key in ("k8sServiceHost", "k8sServiceHostRef", "k8sServiceLookupConfigMapName")):
        message = (
            "kube-proxy is replaced and `k8sServiceHost` is not set: without kube-proxy the agents do not find the API "
            "server: set it to `localhost`, and `k8sServicePort` to 6443"
        )
        yield Said(
            replaced.values.spot, message, proposed="k8sServiceHost: localhost",
            values=replaced.values, keys=replaced.keys,
        )  # fmt: skip


def image_of_another_release(case: Case) -> Iterator[Said]:
    """The values pin an image of Cilium beside the chart

    Why: A chart and its images are of one release: the flags that it writes are those of its own agents. RKE2 brings
    its chart along and raises it with every upgrade, and a pinned image stays behind: agents then fail at flags that
    they do not know, or run without a fix that the upgrade was made for.

    Source: values.yaml of Cilium's chart, `image.tag`; RKE2's packaged components.

    Bad::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            image:
              tag: v1.16.6

    Good::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            debug:
              enabled: true
    """
    for values in case.cluster.values:
        for keys in (("image", "tag"), ("operator", "image", "tag")):
            tag = values.get(*keys)
            if not isinstance(tag, str) or is_open(tag):
                continue
            name, chart = ".".join(keys), values.version
            if values.spot.resource.name == _CHART:
                message = f"`{name}` stays at `{tag}` when RKE2 raises the chart: take it off, and upgrade RKE2"
            elif chart is not None and _minor(chart) and _minor(tag) and _minor(chart) != _minor(tag):
                message = f"`{name}` is `{tag}`, and the chart is {chart}: take the tag off"
            else:
                continue
            yield Said(values.spot, message, tag, values=values, keys=keys)


def _minor(version: str) -> tuple[int, int] | None:
    parts = version.removeprefix("v").split(".")
    if len(parts) < 2 or not (parts[0].isdecimal() and parts[1].isdecimal()):
        return None
    return int(parts[0]), int(parts[1])


RULES: Final = (
    Rule("CN711", "error", nobody_reads_it),
    Rule("CN712", "warning", no_way_to_the_api),
    Rule("CN713", "warning", image_of_another_release),
)
