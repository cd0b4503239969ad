"""CN108 to CN110: whom a pool serves, and for how long it still can.

Left out: pools whose selector a placeholder decides, and that no Service of the input asks for a pool: Services come
later.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...addressing import Address
from ...fabric import contradiction, takes
from ...fabric.services import NAME_LABEL, NAMESPACE_LABEL
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...fabric import Pool, Service

#: From how much use on a pool is said to be nearly full; in a small one that is often how it is meant.
_FULL: Final = 0.8
_SMALL: Final = 8


def left_to_chance(case: Case) -> Iterator[Said]:
    """Two pools serve the same Services

    Why: Cilium has no priority among pools and no default pool. A Service that two of them take gets an address of the
    one whose ranges the operator happened to read first, and that order may be another one after a restart. A pool
    without a selector is not what is left over: it also takes the Services that a pool with a selector is for.

    Source: Cilium 1.19, operator/pkg/lbipam, allocateIPAddress and rangesStore.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
        ---
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

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
          serviceSelector:
            matchExpressions:
            - key: pool
              operator: DoesNotExist
        ---
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
    """
    usable = [
        pool for pool in case.cluster.pools if pool.disabled is False and not (pool.selector and pool.selector.open)
    ]
    told: set[str] = set()
    for family in (4, 6):
        pools = [pool for pool in usable if family in _families(pool)]
        # Where one of two has a selector, the other is the one that needs one.
        common = sorted((pool for pool in pools if serves_anybody(pool)), key=_everybody)
        for pool in common[1:]:
            if pool.name != common[0].name:
                told.add(pool.name)
                what = f"which of them gives a Service its IPv{family} address is left to chance"
                yield _chance(pool, common[:1], what)
        if common and _everybody(common[0]):
            others = _special(common[0], pools)
            if others:
                told.add(common[0].name)
                what = f"which of them gives those their IPv{family} address is left to chance"
                yield _chance(common[0], others, what)
    # Nobody knows the families yet. Two pools without a selector may well be one for each; one that has none beside one
    # that has is the same mistake in any family.
    unseen = [pool for pool in usable if _unseen(pool)]
    others = [pool for pool in unseen if not _everybody(pool)]
    for pool in unseen if others else ():
        if _everybody(pool) and pool.name not in told:
            yield _chance(pool, others, "which of them gives an address is left to chance within a family")


def _everybody(pool: Pool) -> bool:
    return pool.selector is None or pool.selector.everything


def _special(pool: Pool, pools: list[Pool]) -> list[Pool]:
    """Pools for some Services, each of which a pool for all of them takes too."""
    return [
        each
        for each in pools
        if each.name != pool.name and not serves_anybody(each) and not contradiction([each.selector])
    ]


def _chance(pool: Pool, others: list[Pool], what: str) -> Said:
    other = others[0]
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    if serves_anybody(other):
        head = f"serves any Service, as does {other.spot}{more}"
    else:
        head = f"serves any Service, also those that {other.spot}{more} is for (`{other.selector}`)"
    message = f"{head}: {what}; say in `serviceSelector` whom this pool is for"
    return Said(pool.spot.at("spec", "serviceSelector"), message)


#: A Service with no label but those that Cilium adds, and a name that nobody asks for.
_NOBODY: Final = {NAME_LABEL: "\0", NAMESPACE_LABEL: "\0"}


def serves_anybody(pool: Pool) -> bool:
    """Whether a Service without labels may have an address of this pool."""
    return pool.selector is None or (not pool.selector.open and pool.selector.matches(_NOBODY))


def _families(pool: Pool) -> set[int]:
    """Families of a pool's addresses, as far as they can be seen; of half a range the half that is there tells."""
    found: set[int] = set()
    for block in pool.blocks:
        if block.range is not None:
            found.add(block.range.family)
        elif block.open:
            found |= {6 if ":" in text else 4 for text in (block.cidr, block.start, block.stop) if text}
    return found


def _unseen(pool: Pool) -> bool:
    """Whether placeholders hide of which family a pool's addresses are."""
    return not _families(pool) and (pool.open or any(block.open for block in pool.blocks))


def selector_of_nobody(case: Case) -> Iterator[Said]:
    """A pool's selector asks for what no Service can have

    Why: All conditions of a selector have to hold. Two that exclude each other, such as a label that has to be there
    and has to be absent, make a pool that gives out nothing, and nothing says so. `In` and `NotIn` without values, and
    `Exists` and `DoesNotExist` with some, pass the API server and not the operator, which then gives up on each Service
    that it tries on this pool, and on those after it.

    Source: Kubernetes, apimachinery, pkg/apis/meta/v1, LabelSelectorAsSelector; Cilium 1.19, operator/pkg/lbipam,
    allocateIPAddress and satisfyServices.

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
            matchExpressions:
            - key: pool
              operator: DoesNotExist

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
    """
    for pool in case.cluster.pools:
        unread = pool.selector.unreadable if pool.selector is not None else ()
        if unread:
            one = unread[0]
            said = f"`{one.key}` {one.operator} has {one.unreadable}"
            yield Said(one.spot, f"{said}: Cilium cannot read it, and Services wait for this pool", one.operator)
            continue
        found = contradiction([pool.selector])
        if found is not None:
            message = f"`{found[0]}` and `{found[1]}` never hold together: no Service gets an address of this pool"
            yield Said(found[1].spot, message, str(found[1]))


def nearly_full(case: Case) -> Iterator[Said]:
    """A pool has few addresses left

    Why: When a pool is full the next Service waits without an address, and only a condition on the Service says why.
    Counted are the addresses that Services have in their status or ask for, or what the pool's own conditions say where
    that is more. Another block at the end changes nothing for those that have an address. Pools of fewer than eight
    addresses are not judged: they are often made for exactly what they hold.

    Source: Cilium 1.19, operator/pkg/lbipam: `cilium.io/IPsUsed`, and `out_of_ips` on the Service.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - start: 10.80.8.129
            stop: 10.80.8.138
        status:
          conditions:
          - type: cilium.io/IPsTotal
            status: Unknown
            reason: noreason
            message: "10"
            lastTransitionTime: "2026-01-31T12:00:00Z"
          - type: cilium.io/IPsUsed
            status: Unknown
            reason: noreason
            message: "9"
            lastTransitionTime: "2026-01-31T12:00:00Z"

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - start: 10.80.8.129
            stop: 10.80.8.190
        status:
          conditions:
          - type: cilium.io/IPsTotal
            status: Unknown
            reason: noreason
            message: "62"
            lastTransitionTime: "2026-01-31T12:00:00Z"
          - type: cilium.io/IPsUsed
            status: Unknown
            reason: noreason
            message: "9"
            lastTransitionTime: "2026-01-31T12:00:00Z"
    """
    used: dict[str, set[Address]] = {}
    asked: dict[str, list[tuple[Address, Service]]] = {}
    for service in case.cluster.services:
        for address in service.assigned:
            for pool, _ in case.cluster.supply.holding(address):
                used.setdefault(pool.name, set()).add(address)
        for request in service.requests:
            if (wanted := request.address) is None:
                continue
            for pool, _ in case.cluster.supply.holding(wanted):
                asked.setdefault(pool.name, []).append((wanted, service))
    for pool in case.cluster.pools:
        if pool.disabled or pool.open or any(block.range is None for block in pool.blocks):
            continue
        given = (pool.gives(block, case.cluster.minor) for block in pool.blocks)
        total = sum(one.size for one in given if one)
        kept = sum(block.range.size for block in pool.blocks if block.range) - total
        # What is kept back counts as used there.
        counted = pool.counts[1] - kept if pool.counts else 0
        live = max(len(used.get(pool.name, ())), counted)
        here, wishes = used.get(pool.name, set()), asked.get(pool.name, [])
        taken = live
        if len(here) + len(wishes) > total * _FULL:  # asked of few pools: whom it takes costs more than what it holds
            taken = max(live, len(here | {address for address, one in wishes if takes(pool.selector, one)}))
        if total >= _SMALL and taken > total * _FULL:
            said = "in use" if live == taken else "in use or asked for"
            message = f"{taken} of {total} addresses are {said}: add a block before a Service has to wait"
            yield Said(pool.spot.at("spec", "blocks"), message)


RULES: Final = (
    Rule("CN108", "warning", left_to_chance),
    Rule("CN109", "error", selector_of_nobody),
    Rule("CN110", "warning", nearly_full),
)
