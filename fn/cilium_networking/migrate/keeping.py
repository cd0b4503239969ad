"""Whether Services keep their addresses: what each of them has, or asks for, before and after.

Cilium takes an address away when no enabled pool that holds it takes its Service any more, and a pool under another
name is another pool. So each address that the old form gave is looked up in the new one. Known is what the input
shows: the status of a live Service, and what a Service asks for.

Left out: which address a Service is given that asks for none and has none; the operator's order decides that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ..addressing import Address, Range
from ..fabric import Block, Cluster, Pool, Service, read_cluster, takes
from ..fabric.services import BGP_CLASS, L2_CLASS
from ..resources import Finding
from .ledger import Converted

#: Said where nothing can be checked.
NOT_CHECKED: Final = (
    "not checked whether Services keep their addresses: no Service in the input has one, or asks for one; "
    "add `kubectl get svc -A -o yaml`"
)
_FEW: Final = 4
#: Who of the Services is LB IPAM's: those without a class, and those of its own.
_CLASSES: Final = (None, BGP_CLASS, L2_CLASS)


def keeping(converted: Sequence[Converted], release: str, source: str | None = None) -> tuple[Finding, ...]:
    """What Services and pools lose by a conversion, the worst first."""
    old = read_cluster([one.origin for one in converted], source or release, release_given=True)
    new = read_cluster([made for one in converted for made in one.made], release, release_given=True)
    if not old.pools:
        return ()
    held = list(_held(old))
    told = [*_services(held, old, new), *_pools(old, new)]
    for pool in old.pools if held else ():
        if pool.open or any(block.open for block in pool.blocks):
            message = "not checked whether Services keep its addresses: a placeholder stands for them"
            told.append(pool.spot.resource.finding("info", message, ("spec", "blocks")))
    if not held:
        told.append(Finding("info", NOT_CHECKED))
    return tuple(told)


def _held(cluster: Cluster) -> Iterator[tuple[Service, Address]]:
    """The addresses that Services have, or ask for."""
    for service in cluster.services:
        if service.load_balancer_class in _CLASSES:
            asked = [request.address for request in service.requests if request.address is not None]
            yield from ((service, address) for address in dict.fromkeys((*service.assigned, *asked)))


def _services(held: Iterable[tuple[Service, Address]], old: Cluster, new: Cluster) -> Iterator[Finding]:
    for service, address in held:
        before = _giving(old, service, address, has=address in service.assigned)
        if before is None:
            continue
        after = [pool for pool in _holding(new, service, address) if pool.disabled is not True]
        if any(pool.name == before.name for pool in after):
            continue
        if after and all(pool.disabled is None for pool in after):
            continue  # a placeholder decides, as it did before
        requested = any(request.address == address for request in service.requests)
        yield _lost(service, address, before, after, new, requested=requested)


def _giving(cluster: Cluster, service: Service, address: Address, *, has: bool) -> Pool | None:
    """The pool that an address of a Service is from; a disabled one keeps what it has given."""
    holding = list(_holding(cluster, service, address))
    return next((pool for pool in holding if pool.disabled is False), holding[0] if holding and has else None)


def _holding(cluster: Cluster, service: Service, address: Address) -> Iterator[Pool]:
    """The pools that give an address out and take the Service, as far as anybody knows."""
    for pool, block in cluster.supply.holding(address):
        given = _gives(pool, block, cluster)
        if given is not None and address in given and takes(pool.selector, service) is not False:
            yield pool


def _gives(pool: Pool, block: Block, cluster: Cluster) -> Range | None:
    """The addresses of a block; `cidrs` are read as the last release did that knew them."""
    return pool.gives(block, (1, 15) if "cidrs" in block.spot.path else cluster.minor)


def _lost(
    service: Service, address: Address, before: Pool, after: Sequence[Pool], new: Cluster, *, requested: bool
) -> Finding:
    name = f"Service {service.namespace}/{service.name}"
    if after:
        other = after[0]
        message = (
            f"{name} has {address} from {before.spot}, and in the new form from {other.spot}: a pool under another "
            "name is another pool, and the address is given back in between; keep the name"
        )
        # One that it asks for comes back to it, whoever else may have had it meanwhile.
        return service.spot.resource.finding("warning" if requested else "error", message, current=str(address))
    same = next((pool for pool in new.pools if pool.name == before.name), None)
    if same is None:
        why = f"{before.spot} is not in the new form: keep the pool"
    elif same.disabled:
        why = f"{same.spot} is disabled in the new form: leave it enabled until the Service has moved"
    elif takes(same.selector, service) is False:
        why = f"{same.spot} takes only Services of `{same.selector}` in the new form: let its selector take this one"
    else:
        ranges = [str(block.range) for block in same.blocks if block.range is not None]
        shown = ", ".join(ranges[:_FEW]) + (", …" if len(ranges) > _FEW else "")
        why = f"{same.spot} gives out {shown or 'nothing'} in the new form: add the address to it, or move the Service"
    message = f"{name} loses {address}, which it has from {before.spot}: {why}"
    return service.spot.resource.finding("error", message, current=str(address))


def _pools(old: Cluster, new: Cluster) -> Iterator[Finding]:
    """Pools that go, that give out less, or that are disabled."""
    by_name = {pool.name: pool for pool in new.pools}
    for before in old.pools:
        resource, after = before.spot.resource, by_name.get(before.name)
        if after is None:
            message = f"{before.spot} is not in the new form: every address that it has given out is taken back"
            yield resource.finding("warning", message)
            continue
        if after.disabled is True and before.disabled is False:
            message = "is disabled in the new form: a Service that is made anew gets no address"
            yield resource.finding("warning", message, ("spec", "disabled"))
        gone = list(_less(_ranges(before, old), _ranges(after, new)))
        if gone and not after.open and not any(block.open for block in after.blocks):
            words = ", ".join(str(one) if one.size > 1 else str(one.first) for one in gone[:_FEW])
            more = f" and {len(gone) - _FEW} more ranges" if len(gone) > _FEW else ""
            message = f"no longer gives out {words}{more}: a Service that has such an address loses it"
            yield resource.finding("warning", message, ("spec", "blocks"))


def _ranges(pool: Pool, cluster: Cluster) -> list[Range]:
    found = (_gives(pool, block, cluster) for block in pool.blocks)
    return [one for one in found if one is not None]


def _less(before: Iterable[Range], after: Sequence[Range]) -> Iterator[Range]:
    """The parts of ranges that no other range has."""
    for whole in before:
        left = whole.first.value
        for _, other in sorted((one.first.value, one) for one in after if one.overlaps(whole)):
            if other.first.value > left:
                yield Range(Address(whole.family, left), Address(whole.family, other.first.value - 1))
            left = max(left, other.last.value + 1)
        if left <= whole.last.value:
            yield Range(Address(whole.family, left), whole.last)
