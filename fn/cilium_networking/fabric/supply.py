"""What pools have to do with an address and with a Service: what LB IPAM looks up before it gives anything out.

Source: Cilium 1.19, operator/pkg/lbipam/lbipam.go, findRangeOfIP and allocateIPAddress.

Promises: a lookup looks at the few pools that may be meant, not at all of them, however they lie in one another. What a
placeholder or the deployment decides (a Service without a namespace has none yet) is answered with ``None``: nobody
knows.

Left out: which of several pools gives, and what is given out already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..addressing import Address, Range, Spans
from .choosing import Choosers
from .pools import Block, Pool
from .services import Service


class Supply:
    """The pools of a cluster, indexed by address and by what their selectors ask for."""

    __slots__ = ("_blocks", "_choosers", "known", "pools")

    def __init__(self, pools: tuple[Pool, ...]) -> None:
        self.pools = pools
        names = Counter(pool.name for pool in pools)
        #: Whether all of them can be read. Two of one name belong to two clusters, or to two stages of one.
        self.known = bool(pools) and all(map(_readable, pools)) and max(names.values()) == 1
        every = ((pool, block) for pool in pools for block in pool.blocks)
        self._blocks = Spans((block.range, (pool, block)) for pool, block in every if block.range is not None)
        self._choosers = Choosers((pool.selector, pool) for pool in pools)

    def holding(self, address: Address) -> Iterator[tuple[Pool, Block]]:
        """The blocks that hold an address, whether or not their pools are disabled; those that begin nearest first."""
        return (held for _, held in self._blocks.every(Range(address, address)))

    def serving(self, service: Service) -> Iterator[tuple[Pool, bool | None]]:
        """The pools whose selectors take a Service, or may; whether or not they are disabled."""
        return self._choosers.of(service)


def _readable(pool: Pool) -> bool:
    return (
        bool(pool.blocks)
        and not pool.open
        and pool.disabled is not None
        and (pool.selector is None or not pool.selector.open)
        and all(block.range is not None for block in pool.blocks)
    )
