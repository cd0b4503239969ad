"""CN119: Services that ask for no certain address, and for whom there is no pool."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ..rule import Case, Rule, Said
from .requests import handled, only_family

if TYPE_CHECKING:
    from ...fabric import Pool, Service

_FEW: Final = 3


def service_without_pool(case: Case) -> Iterator[Said]:
    """No pool takes a Service

    Why: A Service that no enabled pool's selector takes, or only pools without addresses of its family, waits without
    an address. Often a label is missing or has a value that no pool asks for. Judged only where the input has pools and
    all of them can be read.

    Source: Cilium 1.19, operator/pkg/lbipam, allocateIPAddress; the condition is `no_pool`.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: virtual-addresses
        spec:
          blocks:
          - cidr: 10.80.15.0/24
          serviceSelector:
            matchLabels:
              pool: virtual-addresses
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          labels:
            pool: vip
        spec:
          type: LoadBalancer
          ports:
          - port: 80

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: virtual-addresses
        spec:
          blocks:
          - cidr: 10.80.15.0/24
          serviceSelector:
            matchLabels:
              pool: virtual-addresses
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          labels:
            pool: virtual-addresses
        spec:
          type: LoadBalancer
          ports:
          - port: 80
    """
    supply = case.cluster.supply
    families = {
        pool.name: {block.range.family for block in pool.blocks if block.range}
        for pool in supply.pools
        if pool.disabled is False
    }
    if not supply.known or not families:
        return
    for service in handled(case.cluster):
        # With a sharing key it may get the address of another Service, whatever the pools say.
        if service.requests or service.assigned or service.sharing_key is not None:
            continue
        family = only_family(service)
        message = ""
        for pool, _ in supply.serving(service):
            if pool.name not in families:
                message = message or f"only {pool.spot} takes this Service, and that is disabled"
            elif family is None or family in families[pool.name]:
                break
            else:
                message = f"{pool.spot} takes this Service, and has no IPv{family} addresses"
        else:
            message = message or _nobody(service, [pool for pool in supply.pools if pool.name in families])
            yield Said(service.spot, f"{message}: it waits without an address")


def _nobody(service: Service, pools: list[Pool]) -> str:
    """That no selector fits, with what the nearest ones ask for."""
    wanted = [each for pool in pools for each in (pool.selector.requirements if pool.selector else ())]
    near = [each for each in wanted if each.key in service.labels and not each.accepts(service.labels)]
    if near:
        label = near[0].key
        asked = dict.fromkeys(f"`{each}`" for each in near if each.key == label)
        more = ", …" if len(asked) > _FEW else ""
        said = f"`{label}: {service.labels[label]}`"
        return f"no pool takes this Service: it has {said}, and they ask for {', '.join([*asked][:_FEW])}{more}"
    asked = dict.fromkeys(f"`{pool.selector}`" for pool in pools)
    more = ", …" if len(asked) > _FEW else ""
    return f"no pool takes this Service: they ask for {', '.join([*asked][:_FEW])}{more}"


RULES: Final = (Rule("CN119", "warning", service_without_pool),)
