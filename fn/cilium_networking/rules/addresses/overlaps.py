"""CN107: pools and blocks that hold the same addresses.

Judged as Cilium judges them: on every range of every pool, whatever its selector says and whether or not it is
disabled. The search is a sweep over sorted ranges, so that a hundred thousand blocks take little longer than to sort.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...addressing import Range
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...fabric import Block, Pool

#: With how many others a block is said to overlap; a network that covers a thousand ranges is told by each of those.
_PARTNERS: Final = 3


def overlapping_pools(case: Case) -> Iterator[Said]:
    """Two pools hold the same address

    Why: Cilium then takes one of the two pools out of service, all of it and not only what they share: the newer one by
    `creationTimestamp`, either of them where both were made in the same second, as `kubectl apply` makes them. Its
    Services wait, or lose their addresses when the operator restarts. Selectors that never meet do not help, nor does
    `disabled`. Two blocks of one pool that overlap take that pool out of service.

    Source: Cilium 1.19, operator/pkg/lbipam, settleConflicts; the condition is `cilium.io/PoolConflict`.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
          serviceSelector:
            matchLabels:
              tier: front
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: virtual-addresses
        spec:
          blocks:
          - start: 10.80.8.190
            stop: 10.80.8.199
          serviceSelector:
            matchLabels:
              tier: back

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
          serviceSelector:
            matchLabels:
              tier: front
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: virtual-addresses
        spec:
          blocks:
          - start: 10.80.8.192
            stop: 10.80.8.199
          serviceSelector:
            matchLabels:
              tier: back
    """
    every = [(pool, block) for pool in case.cluster.pools for block in pool.blocks if block.range is not None]
    pairs = sorted({tuple(sorted(pair)) for pair in _overlaps([block.range for _, block in every if block.range])})
    for first, second in pairs:
        if every[first][0].name != every[second][0].name or every[first][0] is every[second][0]:
            yield _conflict(every[first], every[second])


def _overlaps(ranges: list[Range]) -> Iterator[tuple[int, int]]:
    """Pairs of positions whose ranges share an address: for each range its first few partners among those before it."""
    order = sorted((one.family, one.first.value, one.last.value, position) for position, one in enumerate(ranges))
    reached: list[tuple[int, int]] = []
    family = 0
    for here, first, last, position in order:
        if here != family:
            family, reached = here, []
        while reached and reached[0][0] < first:
            heapq.heappop(reached)
        for _, other in reached[:_PARTNERS]:
            yield other, position
        heapq.heappush(reached, (last, position))


def _conflict(first: tuple[Pool, Block], second: tuple[Pool, Block]) -> Said:
    """What to say of two blocks that overlap: of the one that loses where that is known, else of the later."""
    one, other = first, second
    certain = bool(one[0].created and other[0].created and one[0].created != other[0].created)
    if certain and (one[0].created or "") > (other[0].created or ""):
        one, other = other, one
    (winner, theirs), (loser, ours) = one, other
    assert theirs.range is not None
    assert ours.range is not None
    common = shared(theirs.range, ours.range)
    head = f"`{ours.words}` overlaps `{theirs.words}` of "
    if winner is loser:
        message = f"{head}the same pool, which then gives out nothing at all: leave {common} to one block"
    elif certain:
        message = f"{head}{winner.spot}, which is older: this pool gives out nothing at all; leave {common} to one pool"
    else:
        message = (
            f"{head}{winner.spot}: the newer pool, or either if both are made at once, gives out nothing at all; "
            f"leave {common} to one pool"
        )
    if winner.disabled or loser.disabled:
        message += "; that one is disabled does not help" if winner is not loser else ""
    return Said(ours.spot, message, ours.words)


def shared(one: Range, other: Range) -> str:
    """The addresses that two ranges both hold."""
    first, last = max(one.first, other.first), min(one.last, other.last)
    return str(first) if first == last else str(Range(first, last))


RULES: Final = (Rule("CN107", "error", overlapping_pools),)
