"""Pools: `spec.cidrs`, which 1.16 took away, and the default of `allowFirstLastIPs`, which 1.16 turned round.

Source: cilium/cilium #28590 (blocks), #34227 (the default); operator/pkg/lbipam, handleNewPool and RangeFromPrefix.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ...addressing import Cidr, Wrong, parse_cidr
from ...fabric.spot import below, members, text
from ...lossless import Path
from ...lossless.edit import Delete, Put, Rename
from ..ledger import Releases, Told
from .change import Change, number

_OLD: Final = ("spec", "cidrs")
_NEW: Final = ("spec", "blocks")
_FIRST_LAST: Final = ("spec", "allowFirstLastIPs")
_BLOCKS_SINCE: Final = (1, 16)


def upgrade(data: Any, api_version: str, releases: Releases) -> Iterator[Change]:
    """The steps for one pool."""
    if number(releases.target) >= _BLOCKS_SINCE:
        yield from _as_blocks(data, releases)
    yield from _first_and_last(data, api_version, releases)


def _as_blocks(data: Any, releases: Releases) -> Iterator[Change]:
    old = below(data, *_OLD)
    if not isinstance(spec := below(data, "spec"), dict) or "cidrs" not in spec:
        return
    why = "Cilium 1.16 renamed `cidrs`"
    if releases.source is not None and number(releases.source) >= _BLOCKS_SINCE:
        why = (
            f"Cilium {releases.source} drops `cidrs`, so that the pool has had no such addresses there; under this "
            "name it gives them out"
        )
    masked = [_masked((*_OLD, i), member, why) for i, member in members(data, *_OLD)]
    told = [one for one in masked if one is not None]
    new = below(data, *_NEW)
    if "blocks" not in spec:
        yield Change((Rename(_OLD, "blocks"),), (Told(_OLD, "changed", why, "spec.blocks"), *told))
    elif isinstance(old, list) and isinstance(new, list):
        # 1.15 gives out both, the blocks first.
        behind = f"{why}; it stands behind the blocks that are there"
        places = [f"spec.blocks[{len(new) + i}]" for i in range(len(old))]
        moved = tuple(Told((*_OLD, i), "changed", behind, place) for i, place in enumerate(places))
        puts = tuple(Put((*_NEW, i + len(new)), one) for i, one in enumerate(old))
        emptied = () if old else (Told(_OLD, "changed", f"{why}; there is none in it"),)
        yield Change((*puts, Delete(_OLD)), (*moved, *emptied, *_behind(told, len(new))))
    else:
        message = "`cidrs` and `blocks` stand both here, and one of them is no list: make one list of blocks of them"
        yield Change((), (Told(_OLD, "decide", message),))


def _behind(told: list[Told], count: int) -> Iterator[Told]:
    """What is said of single networks, at their places behind the blocks."""
    for one in told:
        yield Told(one.path, one.fate, one.why, f"spec.blocks[{int(one.path[2]) + count}].cidr")


def _masked(path: Path, block: dict[str, Any], why: str) -> Told | None:
    """What is to be said of a network with host bits, which stays as it is written."""
    cidr = text(block, "cidr")
    found = parse_cidr(cidr) if cidr else None
    if not isinstance(found, Wrong) or found.proposed is None:
        return None
    network = parse_cidr(found.proposed)
    if not isinstance(network, Cidr):
        return None
    gives = f"it has host bits set, which every release masks off: the pool gives out {network.all}"
    return Told((*path, "cidr"), "changed", f"{why}; {gives}", f"spec.blocks[{path[-1]}].cidr")


def _first_and_last(data: Any, api_version: str, releases: Releases) -> Iterator[Change]:
    """Write the default out where it is not the same in both releases, and some network has a first and a last."""
    if below(data, *_FIRST_LAST) is not None or not _matters(data):
        return
    after = number(releases.target) >= _BLOCKS_SINCE
    source = releases.source
    if isinstance(below(data, *_OLD), list):
        source = "1.15"  # the object is written for that release, whatever runs now
    elif source is None and api_version.endswith("/v2"):
        source = "1.18"
    if source is None:
        if after:
            why = (
                "not written here: up to Cilium 1.15 the first and last address of each network were kept back, since "
                '1.16 they are given out; if the cluster runs 1.15, write `allowFirstLastIPs: "No"`'
            )
            yield Change((), (Told(_FIRST_LAST, "decide", why),))
        return
    before = number(source) >= _BLOCKS_SINCE
    if before is after:
        return
    word, done = ("Yes", "gave out") if before else ("No", "kept back")
    why = (
        f"written out: Cilium {source}, for which the pool is written, {done} the first and last address of each "
        f"network where nobody says, and {releases.target} does the other"
    )
    yield Change((Put(_FIRST_LAST, word),), (Told(_FIRST_LAST, "changed", why),))


def _matters(data: Any) -> bool:
    """Whether a network of more than two addresses is among the blocks, or may be."""
    for key in ("blocks", "cidrs"):
        for _, block in members(data, "spec", key):
            cidr = block.get("cidr")
            found = parse_cidr(cidr) if isinstance(cidr, str) else None
            if isinstance(found, Wrong) and found.proposed:
                found = parse_cidr(found.proposed)
            if cidr is not None and not (isinstance(found, Cidr) and found.size <= 2):
                return True
    return False
