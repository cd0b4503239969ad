"""The verb ``validate``: what is wrong, and nothing is changed.

One cluster by itself, or several of one run (:func:`validate_fleet`), each by its own settings and all of them known to
the rules that compare clusters. Where one input is proved to hold several clusters, what comes only of taking them
together is left out. Where several releases of Cilium are asked about, everything is judged for each of them, and what
holds in only some of them says in which: what breaks with an upgrade, and when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from .fabric import Cluster, read_cluster
from .records import replace
from .resources import Finding, Outcome, Resource, ResourceList
from .rules import MOST, SEVERAL, Case, Judged, asked, bounded, is_idle, judged

if TYPE_CHECKING:
    from .settings import Settings


#: What stands for "Cilium 1.19" while messages of several releases are compared: nobody writes it.
_NAMED: Final = "Cilium \0"


class Member(NamedTuple):
    """One cluster of a run, and what it is made with."""

    resources: tuple[Resource, ...]
    settings: Settings
    #: Whether it is compared with the others; not so for one that is a part of another.
    compared: bool = True
    #: What the run calls it.
    name: str = ""
    #: The directory that its files are named from, as it was typed.
    root: str = ""


def validate(resource_list: ResourceList, settings: Settings) -> Outcome:
    """The same objects, and all findings about them."""
    (said,) = validate_fleet([Member(resource_list.resources, settings)])
    return Outcome(resource_list.resources, (*resource_list.findings, *(finding for finding, _, _ in said)))


def validate_fleet(
    members: Sequence[Member], releases: Sequence[str] = (), *, most: int | None = MOST
) -> list[list[Judged]]:
    """What is said of each cluster, in their order; ``releases`` count instead of those of the settings.

    The settings stay what the package is compared with: a release that is only asked about changes no package.
    """
    if not releases:
        return _judged(members, None, most)
    every = [_judged(members, release, most) for release in releases]
    if len(releases) == 1:
        return every[0]
    return [
        _merged(member.resources, list(zip(releases, found, strict=True)))
        for member, found in zip(members, zip(*every, strict=True), strict=True)
    ]


def _judged(members: Sequence[Member], release: str | None, most: int | None) -> list[list[Judged]]:
    clusters = [_read(member, member.resources, release) for member in members]
    fleet = tuple(cluster for cluster, member in zip(clusters, members, strict=True) if member.compared)
    return [_of(member, cluster, fleet, release, most) for member, cluster in zip(members, clusters, strict=True)]


def _read(member: Member, resources: tuple[Resource, ...], release: str | None) -> Cluster:
    return read_cluster(
        resources,
        release or member.settings.release,
        release_given=bool(release) or member.settings.release_given,
        name=member.name,
        root=member.root,
    )


def _of(
    member: Member, cluster: Cluster, fleet: tuple[Cluster, ...], release: str | None, most: int | None
) -> list[Judged]:
    case = Case(cluster, member.settings, fleet if member.compared else (cluster,))
    if cluster.sites is None:
        return judged(case, asked(case), most=most)
    whole = judged(case, asked(case), most=None)
    parts: list[Judged] = []
    for resources in cluster.sites.split(member.resources):
        part = _read(member, resources, release)
        own = Case(part, member.settings, tuple(part if one is cluster else one for one in case.fleet))
        parts += judged(own, asked(own), most=None)
    return bounded(_of_one(whole, parts), most)


def _of_one(whole: Sequence[Judged], parts: Sequence[Judged]) -> Iterator[Judged]:
    """What is said of several clusters together, less what is said of none of them by itself, in the words for that."""
    alone: dict[object, dict[Finding, Judged]] = {}
    for each in parts:
        alone.setdefault(_about(each), {}).setdefault(each[0], each)
    for each in whole:
        if each[1] is None or each[0].rule == SEVERAL:
            yield each
        else:
            yield from alone.pop(_about(each), {}).values()


def _about(judged: Judged) -> object:
    """Rule, object and field; what the other end is, and how it is said, may differ."""
    finding, resource, _ = judged
    return finding.rule, id(resource), finding.field


def _merged(resources: Iterable[Resource], found: Sequence[tuple[str, Sequence[Judged]]]) -> list[Judged]:
    """What several releases gave, each finding once and with those that it holds in; object by object."""
    same: dict[Finding, dict[str, Judged]] = {}
    for release, several in found:
        for each in several:
            same.setdefault(each[0], {})[release] = each
    # What a rule says of each release by its name is one thing too: it then names all of them.
    merged: dict[Finding, dict[str, Judged]] = {}
    for finding, by_release in same.items():
        alike = finding
        if len(by_release) == 1:
            (release,) = by_release
            alike = replace(finding, message=finding.message.replace(f"Cilium {release}", _NAMED))
        merged[alike] = merged.get(alike, {}) | by_release
    place = {id(resource): position for position, resource in enumerate(resources)}
    every = (
        _once(alike, by_release, len(found))
        for alike, by_release in merged.items()
        # A waiver that one of the releases needs is not to be taken off.
        if len(by_release) == len(found) or not is_idle(alike)
    )
    return sorted(every, key=lambda each: place.get(id(each[1]), len(place)))


def _once(alike: Finding, by_release: Mapping[str, Judged], asked: int) -> Judged:
    releases = tuple(by_release)
    first, resource, edits = next(iter(by_release.values()))
    message = alike.message.replace(_NAMED, f"Cilium {'/'.join(releases)}")
    if len(releases) == asked:
        return replace(first, message=message), resource, edits
    if message == alike.message:
        head = f"{first.rule} " if first.rule and message.startswith(f"{first.rule} ") else ""
        message = f"{head}in Cilium {_row(releases)}: {message.removeprefix(head)}"
    return replace(first, message=message, releases=releases), resource, edits


def _row(releases: Sequence[str]) -> str:
    """``1.17``, ``1.17 and 1.18``, ``1.17, 1.18 and 1.19``."""
    return " and ".join(filter(None, (", ".join(releases[:-1]), releases[-1])))
