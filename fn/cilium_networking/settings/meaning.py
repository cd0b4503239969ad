"""What a schema cannot say about the specs of a typed config: host bits, ranges, AS numbers, patterns, names.

Every judgement gets plain data of any shape, because the schema's own findings are collected beside these: what has
the wrong type is passed over here. Judgements over several resources of a package are not made in this room.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from ..addressing import Address, Cidr, Range, Wrong, parse_address, parse_cidr, range_of
from ..lossless import field_path
from ..records import dataclass
from .regex import judge_pattern
from .selectors import is_label_key, is_label_value, is_object_name
from .values import judge_asn

if TYPE_CHECKING:
    from ..lossless import Path

_MAX_PREFERENCE: Final = 4294967295  # RFC 4271 section 4.3: four octets; the schema of v2 has no bound


@dataclass(frozen=True, slots=True)
class Said:
    """Something wrong at a path below the typed config's root."""

    path: Path
    message: str
    proposed: str | None = None


def say(path: Path, text: object, wrong: Wrong) -> Said:
    return Said(path, wrong.about(str(text)), wrong.proposed)


def members(data: object) -> list[tuple[int, dict[str, Any]]]:
    """The mappings of a list with their positions; nothing for anything else."""
    return [(i, item) for i, item in enumerate(data) if isinstance(item, dict)] if isinstance(data, list) else []


def judge_entry(entry: dict[str, Any], path: Path) -> Iterator[Said]:
    """Name, labels and annotations of one object."""
    name = entry.get("name")
    if isinstance(name, str) and not is_object_name(name):
        yield say((*path, "name"), name, Wrong("is not the name of an object: lower case letters, digits, `-` and `.`"))
    for field in ("labels", "annotations"):
        found = entry.get(field)
        for key, value in found.items() if isinstance(found, dict) else ():
            if not is_label_key(key):
                yield say((*path, field, key), key, Wrong("is not a key, like `example.com/team`"))
            elif field == "labels" and isinstance(value, str) and not is_label_value(value):
                yield say((*path, field, key), value, Wrong("is not a label value"))


def judge_pools(pools: object, path: Path) -> Iterator[Said]:
    """Blocks, alone and against each other."""
    ranges: list[tuple[Range, Path]] = []
    for i, pool in members(pools):
        for j, block in members(pool.get("blocks")):
            here = (*path, i, "blocks", j)
            found = _block(block, here)
            if isinstance(found, Range):
                ranges.append((found, here))
            else:
                yield from found
    # Cilium disables the newer of two pools that share an address, whatever they select and whether they are disabled.
    ranges.sort(key=lambda each: (each[0].first, each[0].last))
    widest = ranges[0] if ranges else None
    for each in ranges[1:]:
        assert widest is not None
        if each[0].overlaps(widest[0]):
            early, late = sorted((each, widest), key=lambda pair: pair[1])
            where = field_path(early[1])
            yield Said(late[1], f"the addresses {late[0]} overlap {early[0]} of `{where}`")
        if each[0].family != widest[0].family or each[0].last > widest[0].last:
            widest = each


def _block(block: dict[str, Any], path: Path) -> Range | list[Said]:
    """The addresses of a block, or what is wrong with it; nothing where only its types are."""
    cidr, start, stop = (block.get(key) for key in ("cidr", "start", "stop"))
    if cidr is not None:
        if start is not None or stop is not None:
            return [Said(path, "has both `cidr` and a range; Cilium ignores the range: keep one of them")]
        network = parse_cidr(cidr) if isinstance(cidr, str) else None
        if isinstance(network, Wrong):
            return [say((*path, "cidr"), cidr, network)]
        return network.all if isinstance(network, Cidr) else []
    if start is None:
        return [Said(path, "has neither `cidr` nor `start`: it gives no address")]
    said: list[Said] = []
    ends: list[Address] = []
    for key, text in (("start", start), ("stop", start if stop is None else stop)):
        found = parse_address(text) if isinstance(text, str) else None
        if isinstance(found, Address):
            ends.append(found)
        elif isinstance(found, Wrong) and not (key == "stop" and stop is None):
            said.append(say((*path, key), text, found))
    if len(ends) < 2:
        return said
    range_ = range_of(*ends)
    return [say((*path, "start"), start, range_)] if isinstance(range_, Wrong) else range_


def judge_l2(policy: dict[str, Any], path: Path) -> Iterator[Said]:
    """Interface patterns."""
    interfaces = policy.get("interfaces")
    for i, pattern in enumerate(interfaces) if isinstance(interfaces, list) else ():
        wrong = judge_pattern(pattern) if isinstance(pattern, str) else None
        if wrong is not None:
            yield say((*path, "interfaces", i), pattern, wrong)


def judge_instances(config: dict[str, Any], path: Path) -> Iterator[Said]:
    """AS numbers and addresses of a cluster config or a node override."""
    for i, instance in members(config.get("bgpInstances")):
        here = (*path, "bgpInstances", i)
        yield from _asn(instance.get("localASN"), (*here, "localASN"))
        yield from _address(instance.get("routerID"), (*here, "routerID"), 4)
        for j, peer in members(instance.get("peers")):
            there = (*here, "peers", j)
            if peer.get("peerASN") != 0:  # 0 takes any AS number, since 1.17
                yield from _asn(peer.get("peerASN"), (*there, "peerASN"))
            for key in ("peerAddress", "localAddress"):
                yield from _address(peer.get(key), (*there, key))


def judge_peer_config(config: dict[str, Any], path: Path) -> Iterator[Said]:
    """Timers against each other: releases before 1.18 take any."""
    timers = config.get("timers")
    if not isinstance(timers, dict):
        return
    from ..kinds import default  # late: with it comes the table of the kind

    names = ("holdTimeSeconds", "keepAliveTimeSeconds")
    hold, keepalive = (
        timers[name] if name in timers else default("CiliumBGPPeerConfig", "spec", "timers", name) for name in names
    )
    if not is_number(hold) or not is_number(keepalive) or keepalive <= hold:
        return
    unsaid = "" if "keepAliveTimeSeconds" in timers else ", its default,"
    message = f"`{keepalive}`{unsaid} is longer than the hold time `{hold}`; a third of it, `{hold // 3}`, is usual"
    yield Said((*path, "timers", "keepAliveTimeSeconds"), message, str(hold // 3))


def judge_advertisement(config: dict[str, Any], path: Path) -> Iterator[Said]:
    """Local preferences."""
    for i, advertisement in members(config.get("advertisements")):
        attributes = advertisement.get("attributes")
        preference = attributes.get("localPreference") if isinstance(attributes, dict) else None
        if is_number(preference) and not 0 <= preference <= _MAX_PREFERENCE:
            where = (*path, "advertisements", i, "attributes", "localPreference")
            yield say(where, preference, Wrong(f"is outside of 0 to {_MAX_PREFERENCE}"))


def is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _asn(value: object, path: Path) -> Iterator[Said]:
    wrong = judge_asn(value) if is_number(value) else None
    if wrong is not None:
        yield say(path, value, wrong)


def _address(value: object, path: Path, family: int | None = None) -> Iterator[Said]:
    found = parse_address(value) if isinstance(value, str) else None
    if isinstance(found, Wrong):
        yield say(path, value, found)
    elif isinstance(found, Address) and family is not None and found.family != family:
        yield say(path, value, Wrong(f"is not an IPv{family} address"))
