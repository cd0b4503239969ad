"""CN7xx, features: what objects need of the CNI's values, and whether the values give it.

Left out: Services whose class needs a feature, which are judged with their classes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final

from ...fabric import Cluster, Service, Spot
from ...fabric.spot import below
from ..l2.interfaces import plain_name
from ..rule import Case, Rule, Said
from .chart import Chart, read_chart

if TYPE_CHECKING:
    from ...resources import Severity

#: Since then ``nodePort.enabled`` alone is not enough for Envoy (operator/pkg/gateway-api and ingress, 1.18.4, 1.19.4).
_ALONE: Final = (1, 19)


def feature_off(case: Case) -> Iterator[Said]:
    """Objects need a feature that the CNI's values leave off

    Why: The API server takes the objects whether the feature is on or not, and nobody acts on them: no announcement, no
    session, no Service for a Gateway, and no condition that says why. All of these features are off by default.

    Source: values.yaml of Cilium's chart, 1.16 to 1.20: `l2announcements.enabled`, `bgpControlPlane.enabled`,
    `gatewayAPI.enabled`, `ingressController.enabled`, `enableLBIPAM`.

    Bad::

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
        ---
        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true

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
            l2announcements:
              enabled: true
        ---
        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
    """
    chart = read_chart(case.cluster)
    if not chart.sources:
        return
    for keys, needing in (
        (("l2announcements", "enabled"), _needs_l2(case.cluster)),
        (("bgpControlPlane", "enabled"), _needs_bgp(case.cluster)),
        (("gatewayAPI", "enabled"), _needs_gateways(case.cluster)),
        (("ingressController", "enabled"), _needs_ingress(case.cluster)),
    ):
        if chart.flag(*keys) is False:
            yield from _off(chart, keys, needing)
    # On by default; only who says so turns it off.
    if chart.find("enableLBIPAM") is not None and chart.flag("enableLBIPAM") is False:
        yield from _off(chart, ("enableLBIPAM",), (pool.spot for pool in case.cluster.pools))


def _off(
    chart: Chart, keys: tuple[str, ...], needing: Iterable[Spot], severity: Severity | None = None
) -> Iterator[Said]:
    first, *more = [f"{spot}" for spot in needing] or [""]
    if first:
        name = ".".join(keys)
        found = chart.find(*keys)
        state = "is false" if found is not None else "is not set, which is off"
        others = f", like {len(more)} more objects" if len(more) > 1 else f", like {more[0]}" if more else ""
        message = f"`{name}` {state}, and {first} does nothing without it{others}: set it to true"
        values, where, spot = chart.place(*keys)
        current = str(found.value).lower() if found is not None else None
        yield Said(spot, message, current, f"{name}: true", severity=severity, values=values, keys=where)


def _needs_l2(cluster: Cluster) -> Iterator[Spot]:
    return (policy.spot for policy in cluster.l2_policies)


def _needs_bgp(cluster: Cluster) -> Iterator[Spot]:
    return chain(
        (one.spot for one in cluster.cluster_configs),
        (one.spot for one in cluster.of("CiliumBGPPeeringPolicy")),
        (one.spot for one in cluster.peer_configs),
        (one.spot for one in cluster.advertisements),
    )


def _needs_gateways(cluster: Cluster) -> Iterator[Spot]:
    return (gateway.spot for gateway in cluster.gateways if gateway.ours)


def _needs_ingress(cluster: Cluster) -> Iterator[Spot]:
    for ingress in cluster.of("Ingress"):
        if below(ingress.data, "spec", "ingressClassName") == "cilium":
            yield ingress.spot


def kube_proxy_not_replaced(case: Case) -> Iterator[Said]:
    """Objects need the kube-proxy replacement, which the CNI's values leave off

    Why: L2 announcements, Gateways and Ingresses of Cilium need `kubeProxyReplacement: true`. It is false by default,
    in RKE2's chart as well: addresses are given out and may even be answered for, and connections end nowhere. Up to
    1.18 `nodePort.enabled` was enough for Gateways and Ingresses.

    Source: Cilium documentation, prerequisites of L2 announcements, Gateway API and Ingress; values of rke2-cilium.

    Bad::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            l2announcements:
              enabled: true
        ---
        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true

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
            l2announcements:
              enabled: true
        ---
        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
    """
    chart = read_chart(case.cluster)
    if not chart.sources or chart.flag("kubeProxyReplacement") is not False:
        return
    needing = list(_needs_l2(case.cluster))
    routed = [*_needs_gateways(case.cluster), *_needs_ingress(case.cluster)]
    severity: Severity | None = None
    if chart.flag("nodePort", "enabled") is False:
        needing += routed
    elif case.cluster.minor >= _ALONE:
        # Up to 1.18 this would do, and nobody may have said which release it is.
        severity = None if needing or case.cluster.release_given else "warning"
        needing += routed
    yield from _off(chart, ("kubeProxyReplacement",), needing, severity)


def nobody_allocates(case: Case) -> Iterator[Said]:
    """Services without a class get no address, because LB IPAM is not the default

    Why: With `defaultLBServiceIPAM: none` only Services with a `loadBalancerClass` of Cilium's get an address from a
    pool; with `nodeipam` the others get addresses of nodes. Pools and Services without a class then pass each other by.

    Source: Cilium 1.17 and later, operator/pkg/lbipam; `defaultLBServiceIPAM` of the chart.

    Bad::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            defaultLBServiceIPAM: none
            bgpControlPlane:
              enabled: true
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: lan
        spec:
          blocks:
          - start: 192.168.1.30
            stop: 192.168.1.50
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: shop
        spec:
          type: LoadBalancer
          ports:
          - port: 80

    Good::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            defaultLBServiceIPAM: lbipam
            bgpControlPlane:
              enabled: true
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: lan
        spec:
          blocks:
          - start: 192.168.1.30
            stop: 192.168.1.50
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: shop
        spec:
          type: LoadBalancer
          ports:
          - port: 80
    """
    cluster = case.cluster
    found = read_chart(cluster).find("defaultLBServiceIPAM")
    if found is None or found.value not in ("none", "nodeipam") or not cluster.pools or cluster.minor < (1, 17):
        return
    plain = [service for service in cluster.services if service.load_balancer_class is None]
    # Somebody else may serve them, and Services with a class show that the pools are for those.
    if not plain or len(plain) < len(cluster.services) or next(cluster.of("IPAddressPool"), None) is not None:
        return
    message = (
        f"with `{found.value}` no Service without `loadBalancerClass` gets an address from {cluster.pools[0].spot}, "
        f"and {_named(plain)} none: use `lbipam`, or give the Services a class"
    )
    yield Said(
        found.values.spot, message, str(found.value), "lbipam", values=found.values, keys=found.keys
    )  # fmt: skip


def _named(services: list[Service]) -> str:
    first = f"{services[0].spot}"
    return f"{first} has" if len(services) == 1 else f"{len(services)} Services like {first} have"


def device_not_managed(case: Case) -> Iterator[Said]:
    """An L2 policy names an interface that Cilium's devices leave out

    Why: Only devices that Cilium manages can announce. `devices` of the values lists them, with `+` for the rest of a
    name, which is not the language of the policy's patterns.

    Source: cilium/cilium #28457; `devices` of the chart.

    Bad::

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
            devices: eth+
            l2announcements:
              enabled: true
        ---
        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          interfaces:
          - ^lan0$

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
            devices: eth+ lan0
            l2announcements:
              enabled: true
        ---
        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          interfaces:
          - ^lan0$
    """
    found = read_chart(case.cluster).find("devices")
    said = found.value if found is not None else None
    devices = said.replace(",", " ").split() if isinstance(said, str) else said
    if found is None or not isinstance(devices, list) or not devices:
        return
    if not all(isinstance(one, str) and re.fullmatch(r"[\w.:@-]+\+?", one) for one in devices):
        return  # placeholders, or what leaves devices out instead
    for policy in case.cluster.l2_policies:
        for position, pattern in enumerate(policy.interfaces):
            name = plain_name(pattern)
            if name is not None and not any(_covers(one, name, pattern) for one in devices):
                message = (
                    f"`{name}` is none of the devices that Cilium manages, `{' '.join(devices)}` by {found.values.spot}"
                )
                yield Said(policy.spot.at("spec", "interfaces", position), message, pattern)


def _covers(device: str, name: str, pattern: str) -> bool:
    stem = device.removesuffix("+")
    loose = not (pattern.startswith("^") and pattern.endswith("$")) and name in stem
    return loose or (name.startswith(stem) if device.endswith("+") else name == device)


RULES: Final = (
    Rule("CN707", "error", feature_off),
    Rule("CN708", "error", kube_proxy_not_replaced),
    Rule("CN709", "warning", nobody_allocates),
    Rule("CN710", "warning", device_not_managed),
)
