"""BGP sessions that announce nothing: peer configs that are not there, advertisements that no family can select.

Mended is what has one answer: a peer config that is named and missing is made with the families that the peers and the
pools need; an advertisement without a label gets the one that a family asks for, or ours. A family whose selector
takes something else, and an advertisement with labels of its own, were thought about, and are only reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from ...fabric import Advertisement, Cluster, PeerConfig, Selector
from ...kinds import api_version
from ...lossless import parse
from ...lossless.edit import Edit, Put
from ...lossless.emit import block_text
from ...resources import Resource, read_resource
from ...settings.flat import ADVERTISE
from ..ledger import Told
from ..upgrade.change import Change

_KIND: Final = "CiliumBGPPeerConfig"
#: The families where nothing shows which are needed.
_UNKNOWN: Final = (4,)


class Mend(NamedTuple):
    """What happens to one object: it is changed, and others are made because of it."""

    resource: Resource
    change: Change
    made: tuple[Resource, ...] = ()


def mend_sessions(cluster: Cluster, release: str) -> Iterator[Mend]:
    """The steps for all BGP objects of a cluster."""
    named = {peer.config for _, _, peer in cluster.peers() if peer.config}
    configs = [config for config in cluster.peer_configs if config.name in named]
    missing = _missing(cluster)
    mute = [config for config in configs if _is_mute(config)]
    label = _label(cluster, configs)
    if not (missing or mute or _unmet(cluster, configs)):
        return
    yield from _labelled(cluster, label)
    for config in mute:
        yield Mend(config.spot.resource, _selecting(config, label, _families(cluster, config.name)))
    for name, owner in missing.items():
        families = _families(cluster, name)
        data = {
            "apiVersion": api_version(_KIND, release),
            "kind": _KIND,
            "metadata": {"name": name},
            "spec": {"families": [_family(one, label) for one in families or _UNKNOWN]},
        }
        why = (
            f"{_KIND} {name} is not among the objects, and without it nothing is announced: made, "
            f"{_words(families)}; if it stands in files that were not given, give those too"
        )
        made = read_resource(parse(block_text(data)))
        yield Mend(owner, Change((), (Told((), "changed", why),)), (made,))


def _missing(cluster: Cluster) -> dict[str, Resource]:
    """Names of peer configs that peers refer to and that are not there, with the first object that does."""
    here = {config.name for config in cluster.peer_configs}
    found: dict[str, Resource] = {}
    for config, _, peer in cluster.peers():
        if peer.config and peer.config not in here:
            found.setdefault(peer.config, config.spot.resource)
    return found


def _is_mute(config: PeerConfig) -> bool:
    """Whether a peer config has no families, or one that says nothing of advertisements."""
    if not config.families:
        return not config.spot.at("spec", "families", 0).written
    return any(one.advertisements is None and not one.spot.at("advertisements").written for one in config.families)


def _selectors(configs: list[PeerConfig]) -> Iterator[Selector]:
    for config in configs:
        for family in config.families or ():
            if family.advertisements is not None:
                yield family.advertisements


def _unmet(cluster: Cluster, configs: list[PeerConfig]) -> dict[str, str] | None:
    """The labels that a family asks for and no advertisement has, where they can only be meant for one without any."""
    for selector in _selectors(configs):
        plain = all(one.operator == "In" and len(one.values) == 1 for one in selector.requirements)
        taken = any(one.open or selector.matches(one.labels) for one in cluster.advertisements)
        if plain and selector.requirements and not selector.open and not taken and _unlabelled(cluster):
            return {one.key: one.values[0] for one in selector.requirements}
    return None


def _label(cluster: Cluster, configs: list[PeerConfig]) -> Mapping[str, str]:
    """The label that advertisements are selected by: one that is asked for, one that all of them have, or ours."""
    unmet = _unmet(cluster, configs)
    if unmet is not None:
        return unmet
    for selector in _selectors(configs):
        for one in cluster.advertisements:
            if selector.requirements and not selector.open and selector.matches(one.labels):
                asked = {each.key: one.labels[each.key] for each in selector.requirements if each.key in one.labels}
                if asked:
                    return asked
    own = [set(one.labels.items()) for one in cluster.advertisements]
    common = sorted(pair for pair in set.intersection(*own) if "/" not in pair[0]) if own else []
    return dict(common[:1]) or ADVERTISE


def _unlabelled(cluster: Cluster) -> list[Advertisement]:
    return [one for one in cluster.advertisements if not one.labels and not one.open]


def _labelled(cluster: Cluster, label: Mapping[str, str]) -> Iterator[Mend]:
    for one in _unlabelled(cluster):
        edits: list[Edit] = []
        told: list[Told] = []
        for key, value in label.items():
            edits.append(Put(("metadata", "labels", key), value))
            why = "without a label no family of a peer config can select the advertisement, and nothing is announced"
            told.append(Told(("metadata", "labels", key), "changed", why))
        yield Mend(one.spot.resource, Change(tuple(edits), tuple(told)))


def _selecting(config: PeerConfig, label: Mapping[str, str], families: list[int]) -> Change:
    why = "without a selector a family announces nothing"
    if not config.families:
        path = ("spec", "families")
        told = Told(path, "changed", f"without families nothing is announced: {_words(families)}")
        return Change((Put(path, [_family(one, label) for one in families or _UNKNOWN]),), (told,))
    edits: list[Edit] = []
    said: list[Told] = []
    for family in config.families:
        where = family.spot.at("advertisements")
        if family.advertisements is None and not where.written:
            edits.append(Put(where.path, {"matchLabels": dict(label)}))
            said.append(Told(where.path, "changed", why))
    return Change(tuple(edits), tuple(said))


def _families(cluster: Cluster, name: str) -> list[int]:
    """The address families that the peers of a config, and the pools, have."""
    found: set[int] = {peer.ip.family for _, _, peer in cluster.peers() if peer.config == name and peer.ip}
    found |= {block.range.family for pool in cluster.pools for block in pool.blocks if block.range}
    return sorted(found)


def _family(family: int, label: Mapping[str, str]) -> dict[str, Any]:
    return {"afi": f"ipv{family}", "safi": "unicast", "advertisements": {"matchLabels": dict(label)}}


def _words(families: list[int]) -> str:
    if not families:
        return "with IPv4, because no address of a peer or a pool is known"
    return f"with {' and '.join(f'IPv{one}' for one in families)}"
