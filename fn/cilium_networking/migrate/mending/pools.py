"""Ranges written as `min` and `max`, and names of interfaces that are found inside other names.

Neither is a rule's to mend: with `min` and `max` gone a pool gives out its whole network, so that a range takes
addresses away that Services may have; and a name that is anchored is announced on fewer interfaces. In a migration
both are said beside what they change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from ...addressing import Address, Range, Wrong, locate, parse_cidr, range_of
from ...fabric import Cluster, Pool, Service, takes
from ...fabric.spot import below, is_open, members
from ...lossless import Comment, Path
from ...lossless.edit import Delete, Edit, Put, Rename, SetText
from ...records import replace
from ...resources import SETTER_COMMENT, Resource
from ...rules.l2.interfaces import anchored, plain_name
from ..ledger import Told
from ..upgrade.change import Change

_ENDS: Final = {"min": "start", "max": "stop"}


def mend_pool(pool: Pool, data: Any, cluster: Cluster) -> Iterator[Change]:
    """The ranges that `min` and `max` mean; all blocks of a pool or none of them."""
    changes: list[Change] = []
    refused: list[Told] = []
    for key in ("blocks", "cidrs"):
        for i, block in members(data, "spec", key):
            if block.keys().isdisjoint(_ENDS) or not block.keys().isdisjoint(_ENDS.values()) or "cidr" not in block:
                continue
            found = _range(("spec", key, i), block, pool, cluster)
            if isinstance(found, Told):
                refused += (replace(found, path=("spec", key, i, end)) for end in _ENDS if end in block)
            else:
                changes.append(found)
    yield from (Change((), (one,)) for one in refused) if refused else changes


def _range(path: Path, block: dict[str, Any], pool: Pool, cluster: Cluster) -> Change | Told:
    """One block as a range, or why it stays, told of the block."""
    ends = [end for end in _ENDS if end in block]
    network = parse_cidr(str(block["cidr"]))
    if isinstance(network, Wrong) and network.proposed and not is_open(block["cidr"]):
        network = parse_cidr(network.proposed)
    if any(is_open(block[key]) for key in ("cidr", *ends)) or isinstance(network, Wrong):
        why = "which range is meant is known only with the network: fill it in, or write `start` and `stop`"
        return Told(path, "decide", why)
    limits: list[Address] = []
    for end, usable in zip(_ENDS, (network.usable.first, network.usable.last), strict=True):
        given = locate(str(block[end]), network) if end in block else usable
        if isinstance(given, Wrong):
            return Told(path, "decide", f"{given.about(str(block[end]))}: write `start` and `stop`")
        limits.append(given)
    meant = range_of(*limits)
    if isinstance(meant, Wrong):
        return Told(path, "decide", f"`{limits[0]}` {meant.why}: write `start` and `stop`")
    left = list(outside(network.all, meant))
    for service, address in holders(pool, left, cluster):
        why = (
            f"not mended: Service {service.namespace}/{service.name} has {address}, which is outside of {meant}; "
            f"so far the pool gives out all of {network}, because Cilium does not know `min` and `max`. Move the "
            "Service, or write the range that is wanted as `start` and `stop`"
        )
        return Told(path, "decide", why)
    return _as_range(path, block, meant, _leaving(left), pool.spot.resource)


def _as_range(path: Path, block: dict[str, Any], meant: Range, leaving: str, resource: Resource) -> Change:
    edits: list[Edit] = []
    told: list[Told] = []
    comments = _comments(resource)
    kept = {where for where, text in comments.items() if not text.startswith(SETTER_COMMENT)}
    why = f"Cilium does not know `min` and `max`, and so far gives out all of {block['cidr']}; as a range {leaving}"
    # A key that keeps its comment is renamed where it stands; the network's own goes to the first address.
    donor = {"min": "cidr" if (*path, "cidr") in kept and (*path, "min") not in kept else "min", "max": "max"}
    for (end, key), address in zip(_ENDS.items(), (meant.first, meant.last), strict=True):
        there, old = (*path, key), (*path, donor[end])
        if donor[end] in block and (old in kept or old not in comments):
            edits += [Rename(old, key), SetText(there, str(address))]
        else:
            edits.append(Put(there, str(address)))
        if end in block:
            edits.append(Delete((*path, end)))
            told.append(Told((*path, end), "changed", why, f"spec.{path[1]}[{path[2]}].{key}"))
        else:
            told.append(Told(there, "changed", f"{why}; no `{end}` means the {_word(end)} that a host can have"))
    gone = [text for where, text in comments.items() if where == (*path, "cidr") and donor["min"] != "cidr"]
    gone += [
        text for where, text in comments.items() if where in ((*path, "min"), (*path, "max")) and where not in kept
    ]
    note = f"; gone with the fields: {', '.join(f'`{text}`' for text in gone)}" if gone else ""
    told.append(Told((*path, "cidr"), "changed", f"a range has no network beside it{note}"))
    return Change((*edits, Delete((*path, "cidr"))), tuple(told))


def _comments(resource: Resource) -> dict[Path, str]:
    """The comments at the ends of lines, by the fields that they stand behind."""
    found: list[Comment] = []
    if "#" in resource.fragment.text:
        resource.fragment.read("#", found)
    return {path: text for path, _, text in found}


def _word(end: str) -> str:
    return "first address" if end == "min" else "last address"


def _leaving(left: Iterable[Range]) -> str:
    parts = [str(one.first) if one.size == 1 else str(one) for one in left]
    if not parts:
        return "it gives out the same addresses"
    return f"{' and '.join(parts)} {'leaves' if len(parts) == 1 and '-' not in parts[0] else 'leave'} the pool"


def outside(whole: Range, part: Range) -> Iterator[Range]:
    """What of a range is not in a part of it."""
    family = whole.family
    if whole.first < part.first:
        yield Range(whole.first, Address(family, min(part.first.value - 1, whole.last.value)))
    if whole.last > part.last:
        yield Range(Address(family, max(part.last.value + 1, whole.first.value)), whole.last)


def holders(pool: Pool, ranges: Iterable[Range], cluster: Cluster) -> Iterator[tuple[Service, Address]]:
    """The Services of a pool that have an address in one of the ranges, or ask for it."""
    several = list(ranges)
    for service in cluster.services:
        asked = [request.address for request in service.requests if request.address is not None]
        for address in dict.fromkeys((*service.assigned, *asked)):
            if any(address in one for one in several) and takes(pool.selector, service) is not False:
                yield service, address


def mend_interfaces(resource: Resource, data: Any) -> Iterator[Change]:
    """Plain names of interfaces, with anchors."""
    setters = {where for where, _, _ in resource.comments}
    found = below(data, "spec", "interfaces")
    for i, pattern in enumerate(found if isinstance(found, list) else ()):
        if not isinstance(pattern, str) or is_open(pattern):
            continue
        name, proposed = plain_name(pattern), anchored(pattern)
        if name is None or proposed is None:
            continue
        path: Path = ("spec", "interfaces", i)
        others = f"so far every interface with `{name}` in its name was taken, such as `{name}1` or `br-{name}`"
        if path in setters:
            why = f"{others}; it stays, because its setter would put `{name}` back: let the settings give `{proposed}`"
            yield Change((), (Told(path, "decide", why),))
        else:
            why = f"anchored: {others}; nothing is announced there any more"
            yield Change((SetText(path, proposed),), (Told(path, "changed", why),))
