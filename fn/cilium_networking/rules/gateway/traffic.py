"""CN8xx, traffic: the policy of the Services that Cilium makes for Gateways and Ingresses, which have no Pods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...fabric import Cluster, Service, Spot, takes
from ..helm.chart import Found, read_chart
from ..l2.services import announcer
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...resources import Severity

_LOCAL: Final = "Local"


def local_without_backends(case: Case) -> Iterator[Said]:
    """Gateways or Ingresses with externalTrafficPolicy Local are not announced

    Why: Their Service has no Pods behind it, but a stand-in on no node. Up to Cilium 1.18 BGP advertises a Service with
    `Local` only from nodes that have a Pod of it, and so these from none. Since 1.20.2 L2 does the same.

    Source: cilium/cilium #41680, #36816, mended for BGP by #42386; L2, #46399.

    Settings: cilium-version=1.18

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
            bgpControlPlane:
              enabled: true
            gatewayAPI:
              enabled: true
              externalTrafficPolicy: Local
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata:
          name: web
          namespace: shop
        spec:
          gatewayClassName: cilium
          listeners:
          - name: http
            port: 80
            protocol: HTTP
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPAdvertisement
        metadata:
          name: services
          labels:
            advertise: bgp
        spec:
          advertisements:
          - advertisementType: Service
            service:
              addresses:
              - LoadBalancerIP
            selector: {}

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
            bgpControlPlane:
              enabled: true
            gatewayAPI:
              enabled: true
              externalTrafficPolicy: Cluster
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata:
          name: web
          namespace: shop
        spec:
          gatewayClassName: cilium
          listeners:
          - name: http
            port: 80
            protocol: HTTP
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPAdvertisement
        metadata:
          name: services
          labels:
            advertise: bgp
        spec:
          advertisements:
          - advertisementType: Service
            service:
              addresses:
              - LoadBalancerIP
            selector: {}
    """
    cluster = case.cluster
    chart = read_chart(cluster)
    made = [(f"{one.spot}", one) for one in cluster.services if one.made_by == "Gateway" and one.local]
    yield from _unannounced(cluster, chart.find("gatewayAPI", "externalTrafficPolicy"), made)
    shared = [("the shared Service of Ingresses", one) for one in cluster.services if one.made_by == "Ingresses"]
    yield from _unannounced(cluster, chart.find("ingressController", "service", "externalTrafficPolicy"), shared)


def _unannounced(cluster: Cluster, found: Found | None, made: list[tuple[str, Service]]) -> Iterator[Said]:
    if found is None or found.value != _LOCAL:
        return
    for name, service in made:
        l2 = announcer(cluster, service) if cluster.minor >= (1, 20) else None
        bgp = _advertised(cluster, service) if cluster.minor < (1, 19) else None
        if bgp is not None:
            message = f"with `Local` no node advertises the address of {name}, which {bgp} selects: use `Cluster`"
        elif l2 is not None:
            message = (
                f"with `Local` no node announces the address of {name} since Cilium 1.20.2, though {l2.spot} selects "
                "it: use `Cluster`"
            )
        else:
            continue
        severity: Severity | None = "warning" if bgp is None else None
        yield Said(
            found.values.spot, message, _LOCAL, "Cluster", values=found.values, keys=found.keys, severity=severity
        )  # fmt: skip
        return  # one is enough: the value is one for all


def _advertised(cluster: Cluster, service: Service) -> Spot | None:
    for advertisement in cluster.advertisements:
        for advert in advertisement.adverts:
            selector = advert.selector
            if selector is None or selector.open or "LoadBalancerIP" not in advert.addresses:
                continue
            if takes(selector, service):
                return advertisement.spot
    return None


RULES: Final = (Rule("CN804", "error", local_without_backends),)
