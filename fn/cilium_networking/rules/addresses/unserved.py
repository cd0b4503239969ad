"""CN119: Services that ask for no certain address, and for whom there is no pool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from ..rule import Case, Rule, Said
from .requests import handled, only_family

if TYPE_CHECKING:
    from ...fabric import Pool, Requirement, Service

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
    wishes = _Wishes([pool for pool in supply.pools if pool.name in families])
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
            message = message or wishes.refusing(service)
            yield Said(service.spot, f"{message}: it waits without an address")


class _Wishes:
    """What pools ask for, by label: each wish once, with the place where it is first seen."""

    def __init__(self, pools: list[Pool]) -> None:
        self._by_label: dict[str, dict[str, tuple[int, Requirement]]] = {}
        wanted = (each for pool in pools for each in (pool.selector.requirements if pool.selector else ()))
        for place, each in enumerate(wanted):
            self._by_label.setdefault(each.key, {}).setdefault(str(each), (place, each))
        self._all = _some(dict.fromkeys(str(pool.selector) for pool in pools))

    def refusing(self, service: Service) -> str:
        """That no selector fits, with what the nearest ones ask for."""
        near = {key: self._unmet(key, service) for key in service.labels if key in self._by_label}
        found = {key: first for key, wishes in near.items() if (first := next(wishes, None)) is not None}
        if not found:
            return f"no pool takes this Service: they ask for {self._all}"
        label = min(found, key=lambda key: found[key][0])
        asked = _some([str(found[label][1]), *(str(each) for _, each in islice(near[label], _FEW))])
        return f"no pool takes this Service: it has `{label}: {service.labels[label]}`, and they ask for {asked}"

    def _unmet(self, key: str, service: Service) -> Iterator[tuple[int, Requirement]]:
        return (wish for wish in self._by_label[key].values() if not wish[1].accepts(service.labels))


def _some(words: Iterable[str]) -> str:
    """The first few of them."""
    first = list(islice(words, _FEW + 1))
    return ", ".join(f"`{each}`" for each in first[:_FEW]) + (", …" if len(first) > _FEW else "")


RULES: Final = (Rule("CN119", "warning", service_without_pool),)
