"""CN6xx: what a GitOps controller does to the objects of a repository, and what it leaves undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...fabric import Meetings, Pool, Spot, contradiction
from ...fabric.flux import Variable, variables
from ...fabric.spot import below
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...fabric.flux import Placed


def enabled_by_default(case: Case) -> Iterator[Said]:
    """Several pools are enabled where a variable is forgotten

    Why: One directory is applied to several clusters, and a variable says which pool is `disabled` in which. With
    `${…:-false}` a cluster whose settings lack the key enables the pool of another cluster too, and gives out the
    other's addresses, on the same network and without a word. With `:-true` a forgotten key enables nothing, and the
    first Service that stays without an address tells it.

    Source: fluxcd/pkg, envsubst; Cilium 1.19, operator/pkg/lbipam.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: infra-pool
        spec:
          disabled: ${INFRA_POOL_DISABLED:-false}
          blocks:
          - start: 10.25.11.100
            stop: 10.25.11.119
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: apps-pool
        spec:
          disabled: ${APPS_POOL_DISABLED:-false}
          blocks:
          - start: 10.25.11.120
            stop: 10.25.11.139

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: infra-pool
        spec:
          disabled: ${INFRA_POOL_DISABLED:-true}
          blocks:
          - start: 10.25.11.100
            stop: 10.25.11.119
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: apps-pool
        spec:
          disabled: ${APPS_POOL_DISABLED:-true}
          blocks:
          - start: 10.25.11.120
            stop: 10.25.11.139
    """
    switched: list[tuple[Pool, Variable]] = []
    for pool in case.cluster.pools if case.cluster.has_placeholders else ():
        said = below(pool.spot.resource.fragment.data(), "spec", "disabled")
        one = next(variables(said), None) if isinstance(said, str) else None
        if one is not None and one.text == said and one.default == "false":
            switched.append((pool, one))
    meetings = Meetings(pool.selector for pool, _ in switched)
    for place, (pool, one) in enumerate(switched):
        before = (switched[each] for each in meetings.with_(pool.selector, place))
        other = next((each for each in before if _both_serve(each, (pool, one))), None)
        if other is None:
            continue
        given, complete = case.cluster.flux.given(pool.spot.resource)
        both_set = complete and one.name in given and other[1].name in given
        message = (
            f"where nobody sets `{one.name}` and `{other[1].name}`, {other[0].spot} and this pool are both enabled: "
            "`:-true` would enable neither"
        )
        yield Said(
            pool.spot.at("spec", "disabled"), message, one.text, one.text.replace("false}", "true}"),
            severity="info" if both_set else None,
        )  # fmt: skip


def _both_serve(one: tuple[Pool, Variable], other: tuple[Pool, Variable]) -> bool:
    """Whether two pools that different variables switch may serve one Service."""
    if one[1].name == other[1].name:
        return False
    families = [{block.range.family for block in pool.blocks if block.range is not None} for pool, _ in (one, other)]
    if all(families) and not families[0] & families[1]:
        return False
    return contradiction((one[0].selector, other[0].selector)) is None


def no_substitution(case: Case) -> Iterator[Said]:
    """A Kustomization of Flux does not fill in the placeholders of its objects

    Why: Without `postBuild` Flux looks for no placeholder, and applies `${…}` as it stands, even one with a default:
    the API server refuses a text where a number or a boolean belongs, and takes it where a text does.

    Source: fluxcd/kustomize-controller, `spec.postBuild`.

    Bad::

        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata:
          name: cilium-ipam
          namespace: flux-system
          annotations:
            config.kubernetes.io/path: clusters/infra/ipam.yaml
        spec:
          path: ./infrastructure/ipam
        ---
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata:
          name: cilium-bgp
          namespace: flux-system
          annotations:
            config.kubernetes.io/path: clusters/infra/bgp.yaml
        spec:
          path: ./infrastructure/bgp
          postBuild:
            substituteFrom:
            - kind: ConfigMap
              name: cluster-settings
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: infra-pool
          annotations:
            config.kubernetes.io/path: infrastructure/ipam/pool.yaml
        spec:
          blocks:
          - cidr: ${POOL_CIDR}

    Good::

        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata:
          name: cilium-ipam
          namespace: flux-system
          annotations:
            config.kubernetes.io/path: clusters/infra/ipam.yaml
        spec:
          path: ./infrastructure/ipam
          postBuild:
            substituteFrom:
            - kind: ConfigMap
              name: cluster-settings
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: infra-pool
          annotations:
            config.kubernetes.io/path: infrastructure/ipam/pool.yaml
        spec:
          blocks:
          - cidr: ${POOL_CIDR}
    """
    flux = case.cluster.flux if case.cluster.has_placeholders else None
    if flux is None or any(one.patches for one in flux.kustomizations):
        return  # whoever patches Kustomizations gives them what they lack
    bare = [one for one in flux.kustomizations if not one.substitutes]
    if not bare:
        return
    waiting: dict[int, Placed] = {}
    for one in flux.placed:
        for above in flux.over(one.resource) if not one.variable.dashed else ():
            waiting.setdefault(id(above), one)
    # Whether this repository says `postBuild` where it wants it, and does not add it from somewhere out of sight.
    explicit = len(bare) < len(flux.kustomizations)
    for here in bare:
        if id(here) not in waiting or not (explicit or flux.over(here.spot.resource)):
            continue
        one = waiting[id(here)]
        message = (
            f"has no `postBuild`, so `{one.variable.text}` in {Spot(one.resource)} stays as it stands: add what it is "
            "substituted from"
        )
        yield Said(here.spot.at("spec"), message)


RULES: Final = (
    Rule("CN611", "warning", enabled_by_default),
    Rule("CN612", "warning", no_substitution),
)
