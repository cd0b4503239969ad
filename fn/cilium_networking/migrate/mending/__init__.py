"""What ``--fix`` makes right on the way: what rules are certain of, and what only a migration can decide.

Promises: each mend is a line of the ledger with its reason; what nobody can be certain of is reported and stays; an
object that is not of Cilium's networking (the CNI's HelmChartConfig, a Service) is never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ...errors import CiliumNetworkingError
from ...fabric import read_cluster
from ...kinds import GROUP
from ...lossless import Path, field_path
from ...lossless.edit import Delete, Edit, Put, Rename, edit
from ...resources import Finding, Resource
from ...rules import Case, asked, judged
from ...rules.fixing import mend
from ...settings import Settings
from ..ledger import Converted, Told, followed
from ..upgrade import CILIUM_API
from ..upgrade.change import Change
from .pools import mend_interfaces, mend_pool
from .sessions import mend_sessions

Step = Callable[[tuple[Resource, ...]], Iterable[tuple[Resource, Converted]]]
"""Objects to what becomes of some of them."""


def mended_before(converted: Sequence[Converted], release: str) -> tuple[Converted, ...]:
    """What is mended in the form that the object has: the conversions then see ranges where ranges are meant."""

    def step(resources: tuple[Resource, ...]) -> Iterator[tuple[Resource, Converted]]:
        cluster = read_cluster(resources, release, release_given=True)
        for pool in cluster.pools:
            resource = pool.spot.resource
            yield resource, _carried_out(resource, mend_pool(pool, resource.fragment.data(), cluster))
        for policy in cluster.l2_policies:
            resource = policy.spot.resource
            yield resource, _carried_out(resource, mend_interfaces(resource, resource.fragment.data()))

    return _all(converted, step)


def mended_after(converted: Sequence[Converted], release: str) -> tuple[Converted, ...]:
    """What is mended in the form of the target: sessions, then what the rules are certain of."""
    found = _all(converted, lambda resources: _sessions(resources, release))
    return _all(found, lambda resources: _by_rules(resources, release))


def _all(converted: Sequence[Converted], step: Step) -> tuple[Converted, ...]:
    """Every object that is left to be mended, through one step."""
    steps = {id(resource): then for resource, then in step(_open(converted)) if then.told and _is_open(resource)}
    return tuple(_stepped(one, steps) for one in converted)


def _stepped(one: Converted, steps: dict[int, Converted]) -> Converted:
    if any(told.fate == "decide" and not told.path for told in one.told):
        return one  # it has been said that the object stays
    for resource in one.made:
        then = steps.get(id(resource))
        if then is not None:
            at = one.made.index(resource)
            made = (*one.made[:at], *then.made, *one.made[at + 1 :])
            one = followed(one, Converted(then.origin, made, then.told))
    return one


def _open(converted: Iterable[Converted]) -> tuple[Resource, ...]:
    return tuple(resource for one in converted for resource in one.made)


def _is_open(resource: Resource) -> bool:
    return resource.identity[0] == GROUP and CILIUM_API.takes(resource)


def _carried_out(resource: Resource, changes: Iterable[Change], made: Sequence[Resource] = ()) -> Converted:
    """The changes that lossless takes; of the others a line says why not."""
    several = list(changes)
    told = tuple(one for change in several for one in change.told)
    try:
        fragment = edit(resource.fragment, *(one for change in several for one in change.edits))
    except CiliumNetworkingError as error:
        return Converted(resource, (resource,), (Told((), "decide", f"cannot be mended here: {error.message}"),))
    now = resource if fragment.text == resource.fragment.text else resource.with_fragment(fragment)
    return Converted(resource, (now, *made), told)


def _sessions(resources: tuple[Resource, ...], release: str) -> Iterator[tuple[Resource, Converted]]:
    changes: dict[int, tuple[Resource, list[Change], list[Resource]]] = {}
    for one in mend_sessions(read_cluster(resources, release, release_given=True), release):
        _, several, made = changes.setdefault(id(one.resource), (one.resource, [], []))
        several.append(one.change)
        made += one.made
    for resource, several, made in changes.values():
        yield resource, _carried_out(resource, several, made)


def _by_rules(resources: tuple[Resource, ...], release: str) -> Iterator[tuple[Resource, Converted]]:
    case = Case(read_cluster(resources, release, release_given=True), Settings(release=release, release_given=True))
    said = [one for one in judged(case, asked(case), most=None) if one[1] is not None and _is_open(one[1])]
    mended = mend(resources, said)
    done = set(mended.done)
    for before, after in zip(resources, mended.resources, strict=True):
        if after is not before:
            told = tuple(
                one for finding, about, edits in said if about is before and finding in done
                for one in _told(before, finding, edits)
            )  # fmt: skip
            yield before, Converted(before, (after,), told)


def _told(resource: Resource, finding: Finding, edits: Iterable[Edit]) -> Iterator[Told]:
    """The fields that a rule's fix touches; what it takes from one place and puts at another has moved."""
    why = finding.message
    homes: list[tuple[Any, str]] = [(one.data, field_path(one.path)) for one in edits if isinstance(one, Put)]
    gone = [_data(resource, one.path) for one in edits if isinstance(one, Delete)]
    for one in edits:
        if isinstance(one, Put) and one.data in gone:
            continue  # told where it is taken from
        if isinstance(one, Delete) and one.path and isinstance(one.path[-1], int):
            yield Told(one.path[:-1], "changed", why)  # what stands behind it moves up
        elif isinstance(one, Delete):
            data = _data(resource, one.path)
            yield Told(one.path, "changed", why, next((home for value, home in homes if value == data), ""))
        elif isinstance(one, Rename):
            yield Told(one.path, "changed", why, field_path((*one.path[:-1], one.name)))
        else:
            yield Told(one.path, "changed", why)


def _data(resource: Resource, path: Path) -> Any:
    node = resource.fragment.at(path)
    return None if node is None else resource.fragment.data(node)
