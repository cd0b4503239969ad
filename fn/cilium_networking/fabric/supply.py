"""What pools have to do with an address and with a Service: what LB IPAM looks up before it gives anything out.

Source: Cilium 1.19, operator/pkg/lbipam/lbipam.go, findRangeOfIP and allocateIPAddress.

Promises: a lookup looks at the few pools that may be meant, not at all of them. What a placeholder or the deployment
decides (a Service without a namespace has none yet) is answered with ``None``: nobody knows.

Left out: which of several pools gives, and what is given out already.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate

from ..addressing import Address
from .pools import Block, Pool
from .selector import Selector
from .services import NAME_LABEL, NAMESPACE_LABEL, Service
from .spot import is_open


def takes(selector: Selector | None, service: Service) -> bool | None:
    """Whether a pool's or a policy's selector takes a Service; an absent one takes all."""
    if selector is None:
        return True
    if selector.open:
        return None
    answer: bool | None = True
    for requirement in selector.requirements:
        if _unknown(service, requirement.key):
            answer = None
        elif not requirement.accepts(service.labels):
            return None if any(map(is_open, service.labels)) else False
    return answer


def _unknown(service: Service, key: str) -> bool:
    """Whether a label may have another value than the one that stands here."""
    if key == NAMESPACE_LABEL and not service.spot.resource.namespace:
        return True  # kustomize, Flux or `kubectl --namespace` gives one
    return is_open(service.labels.get(key))


class Supply:
    """The pools of a cluster, indexed by address and by what their selectors ask for."""

    __slots__ = ("_anchored", "_blocks", "_firsts", "_free", "_lasts", "known", "pools")

    def __init__(self, pools: tuple[Pool, ...]) -> None:
        self.pools = pools
        names = Counter(pool.name for pool in pools)
        #: Whether all of them can be read. Two of one name belong to two clusters, or to two stages of one.
        self.known = bool(pools) and all(map(_readable, pools)) and max(names.values()) == 1
        every = ((pool, block) for pool in pools for block in pool.blocks)
        self._blocks = held = sorted(
            (block.range.family, block.range.first.value, block.range.last.value, number, block, pool)
            for number, (pool, block) in enumerate(every)
            if block.range is not None
        )
        self._firsts = [(family, first) for family, first, *_ in held]
        # The last address that any block up to here reaches: where it lies before an address, none of them has it.
        self._lasts = list(accumulate(((family, last) for family, _, last, *_ in held), max))
        self._anchored: dict[str, dict[str, list[Pool]]] = {}
        self._free: list[Pool] = []
        for pool in pools:
            self._file(pool)

    def _file(self, pool: Pool) -> None:
        """Under the values of the one label that tells most: a name's or a namespace's before any other."""
        wanted = [each for each in (pool.selector.requirements if pool.selector else ()) if each.operator == "In"]
        if not wanted or (pool.selector is not None and pool.selector.open):
            self._free.append(pool)
            return
        best = min(wanted, key=lambda each: (each.key != NAME_LABEL, each.key != NAMESPACE_LABEL, len(each.values)))
        for value in dict.fromkeys(best.values):
            self._anchored.setdefault(best.key, {}).setdefault(value, []).append(pool)

    def holding(self, address: Address) -> Iterator[tuple[Pool, Block]]:
        """The blocks that hold an address, whether or not their pools are disabled."""
        wanted = (address.family, address.value)
        at = bisect_right(self._firsts, wanted) - 1
        while at >= 0 and self._lasts[at] >= wanted:
            _, _, last, _, block, pool = self._blocks[at]
            if last >= address.value:
                yield pool, block
            at -= 1

    def serving(self, service: Service) -> Iterator[tuple[Pool, bool | None]]:
        """The pools whose selectors take a Service, or may; whether or not they are disabled."""
        for pool in self._candidates(service):
            answer = takes(pool.selector, service)
            if answer is not False:
                yield pool, answer

    def _candidates(self, service: Service) -> Iterator[Pool]:
        yield from self._free
        for key, by_value in self._anchored.items():
            value = service.labels.get(key)
            if _unknown(service, key) or (value is None and any(map(is_open, service.labels))):
                yield from {id(pool): pool for several in by_value.values() for pool in several}.values()
            elif value is not None:
                yield from by_value.get(value, ())


def _readable(pool: Pool) -> bool:
    return (
        bool(pool.blocks)
        and not pool.open
        and pool.disabled is not None
        and (pool.selector is None or not pool.selector.open)
        and all(block.range is not None for block in pool.blocks)
    )
