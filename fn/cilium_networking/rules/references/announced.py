"""CN412: a Service that gets an address, and nobody who announces it.

Judged only where the input has all that announces: each of L2 and BGP is here, or the chart's values leave it off.
Where something else announces too, MetalLB or kube-vip or BGP of the old way, nobody can know from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...fabric import Selector, takes
from ...fabric.services import BGP_CLASS, L2_CLASS
from ...fabric.spot import below, members, words
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...fabric import Cluster, Service

#: Kinds of others that announce addresses; a pool of MetalLB's may be of the same addresses as one of Cilium's.
_OTHERS: Final = (
    "CiliumBGPPeeringPolicy", "IPAddressPool", "AddressPool", "L2Advertisement", "BGPAdvertisement", "BGPPeer",
    "FRRConfiguration",
)  # fmt: skip
#: What is in the names of objects that run one.
_PROGRAMS: Final = ("metallb", "kube-vip", "purelb", "openelb", "kube-router")
_FEW: Final = 3


def unannounced(case: Case) -> Iterator[Said]:
    """Nobody announces the address of a Service

    Why: LB IPAM gives the Service an address, which is then in its status and answers inside of the cluster. No L2
    policy and no advertisement selects the Service, so no host of the segment and no router hears of it. Mostly a label
    is missing, or has another value. Judged only where all that announces is in the input: L2 policies and
    advertisements of Services both, or one of them and values that leave the other feature off.

    Source: Cilium 1.19, pkg/l2announcer and pkg/bgp/manager/reconciler/service.go.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: lan
        spec:
          blocks:
          - start: 192.168.1.30
            stop: 192.168.1.50
        ---
        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          serviceSelector:
            matchLabels:
              announce: lan
        ---
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
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: shop
          labels:
            announce: wan
        spec:
          type: LoadBalancer
          ports:
          - port: 80

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: lan
        spec:
          blocks:
          - start: 192.168.1.30
            stop: 192.168.1.50
        ---
        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          serviceSelector:
            matchLabels:
              announce: lan
        ---
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
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: shop
          labels:
            announce: lan
        spec:
          type: LoadBalancer
          ports:
          - port: 80
    """
    cluster = case.cluster
    l2, bgp = list(_l2(cluster)), list(_bgp(cluster))
    by_class = {None: [*l2, *bgp], L2_CLASS: l2, BGP_CLASS: bgp}
    # Of a class that nothing here announces another rule tells.
    asked = {
        name: [each for each in selectors if each is not None]
        for name, selectors in by_class.items()
        if selectors and not any(map(_is_all, selectors))
    }
    left = [(service, asked[name]) for service in cluster.services if (name := service.load_balancer_class) in asked]
    left = [(service, some) for service, some in left if all(takes(each, service) is False for each in some)]
    if not left or not _all_is_here(cluster, bool(l2), bool(bgp)):
        return
    from ..addresses.requests import handled  # late: in most inputs everything is announced

    added = _added_later(cluster)
    given = {id(service) for service in handled(cluster) if _has_address(cluster, service)}
    for service, selectors in left:
        if id(service) in given and not any(each.key in added for one in selectors for each in one.requirements):
            spot = service.spot if service.made_by else service.spot.at("metadata", "labels")
            yield Said(spot, _message(service, selectors))


def _l2(cluster: Cluster) -> Iterator[Selector | None]:
    """Whom L2 policies select; an absent selector takes all."""
    return (policy.services for policy in cluster.l2_policies if policy.load_balancer_ips is not False)


def _bgp(cluster: Cluster) -> Iterator[Selector | None]:
    """Whom advertisements select; since 1.16 an absent selector takes none."""
    for advertisement in cluster.advertisements:
        for advert in advertisement.adverts:
            absent = advert.selector is None and cluster.minor >= (1, 16)
            if advert.type in ("Service", None) and "LoadBalancerIP" in advert.addresses and not absent:
                yield advert.selector


def _is_all(selector: Selector | None) -> bool:
    return selector is None or not (selector.open or selector.requirements)


def _all_is_here(cluster: Cluster, l2: bool, bgp: bool) -> bool:
    """Whether nothing else can announce, as far as the input shows."""
    from ..helm.chart import read_chart

    if next(cluster.of(*_OTHERS), None) is not None:
        return False
    if any(word in resource.name for resource in cluster.resources for word in _PROGRAMS):
        return False
    chart = read_chart(cluster)
    off = {name: chart.flag(name, "enabled") is False for name in ("l2announcements", "bgpControlPlane")}
    return (l2 or off["l2announcements"]) and (bgp or off["bgpControlPlane"])


def _added_later(cluster: Cluster) -> set[str]:
    """Labels that kustomize or Flux puts on objects."""
    found: set[str] = set()
    for one in cluster.of("Kustomization", "Component"):
        found |= {*words(one.data, "commonLabels"), *words(one.data, "spec", "commonMetadata", "labels")}
        found |= {key for _, each in members(one.data, "labels") for key in below(each, "pairs") or ()}
    return found


def _has_address(cluster: Cluster, service: Service) -> bool:
    """Whether a Service has one, or certainly gets one of those that are here; who gets none has another finding."""
    if service.assigned:
        return True
    enabled = {id(pool) for pool, answer in cluster.supply.serving(service) if answer and pool.disabled is False}
    if not service.requests:
        return any(block.range is not None for pool in cluster.pools if id(pool) in enabled for block in pool.blocks)
    asked = [request.address for request in service.requests if request.address is not None]
    return any(id(pool) in enabled for address in asked for pool, _ in cluster.supply.holding(address))


def _message(service: Service, selectors: list[Selector]) -> str:
    near = [each for one in selectors for each in one.requirements if each.key in service.labels]
    wrong = next((each for each in near if not each.accepts(service.labels)), None)
    asked = list(dict.fromkeys(f"`{one}`" for one in selectors))
    more = ", …" if len(asked) > _FEW else ""
    has = f"it has `{wrong.key}: {service.labels[wrong.key]}`, and " if wrong is not None else ""
    return (
        "gets an address that nobody announces: no L2 policy and no advertisement here takes this Service; "
        f"{has}they ask for {', '.join(asked[:_FEW])}{more}"
    )


RULES: Final = (Rule("CN412", "warning", unannounced),)
