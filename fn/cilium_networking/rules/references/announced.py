"""CN412: a Service that gets an address, and nobody who announces it.

Judged only where the input has all that announces: each of L2 and BGP is here, or the chart's values leave it off.
Where something else announces too, MetalLB or kube-vip or BGP of the old way, nobody can know from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...fabric import Selector, takes
from ...fabric.services import BGP_CLASS, L2_CLASS
from ...fabric.spot import below, is_open, members, words
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...fabric import Cluster, Service
    from ...fabric.bgp import Advert

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
    advertisements of Services both, or one of them and values that leave the other feature off. Values that leave both
    off, or leave L2 off where no advertisement has the addresses of load balancers, let nobody announce anything.

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
    if not l2 and not bgp and cluster.services:
        yield from _by_nobody(cluster)
    if not left or not _all_is_here(cluster, bool(l2), bool(bgp)):
        return
    added = _added_later(cluster)
    given = _given(cluster)
    for service, selectors in left:
        if id(service) in given and not any(each.key in added for one in selectors for each in one.requirements):
            spot = service.spot if service.made_by else service.spot.at("metadata", "labels")
            yield Said(spot, _message(service, selectors))


def _by_nobody(cluster: Cluster) -> Iterator[Said]:
    """Services that get an address where nothing at all is announced, as far as that is known."""
    if not _is_alone(cluster):
        return
    off = _off(cluster)
    adverts = [advert for each in cluster.advertisements for advert in each.adverts]
    if off == (True, True):
        why = "L2 announcements and BGP are both off in the values of the CNI"
    elif off[0] and adverts and all(map(_is_of_others, adverts)):
        why = "L2 announcements are off, and no advertisement here has the addresses of load balancers"
    else:
        return
    given = _given(cluster)
    for service in cluster.services:
        if id(service) in given and service.load_balancer_class is None:
            yield Said(service.spot, f"gets an address that nobody announces: {why}")


def _is_of_others(advert: Advert) -> bool:
    """Whether an entry is certainly of something else than addresses of load balancers."""
    if advert.type not in ("Service", None):
        return not is_open(advert.type)
    return bool(advert.addresses) and not any(each == "LoadBalancerIP" or is_open(each) for each in advert.addresses)


def _given(cluster: Cluster) -> set[int]:
    """The Services that get an address here, by their identity."""
    from ..addresses.requests import handled  # late: in most inputs everything is announced

    return {id(service) for service in handled(cluster) if _has_address(cluster, service)}


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
    if not _is_alone(cluster):
        return False
    no_l2, no_bgp = _off(cluster)
    return (l2 or no_l2) and (bgp or no_bgp)


def _is_alone(cluster: Cluster) -> bool:
    """Whether nothing but Cilium announces addresses."""
    if next(cluster.of(*_OTHERS), None) is not None:
        return False
    return not any(word in resource.name for resource in cluster.resources for word in _PROGRAMS)


def _off(cluster: Cluster) -> tuple[bool, bool]:
    """Whether the values certainly leave L2 announcements off, and BGP."""
    from ..helm.chart import read_chart

    chart = read_chart(cluster)
    return chart.flag("l2announcements", "enabled") is False, chart.flag("bgpControlPlane", "enabled") is False


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
