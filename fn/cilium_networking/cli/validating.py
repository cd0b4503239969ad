"""``validate``: each PATH a cluster, or all behind one name, judged with the others of the run and mended if asked.

Mending goes round by round: the rules are asked, what they are certain of is changed in memory, and the changed files
are read and judged again until nothing is left that can be mended. Then the files are written, once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import UsageError
from ..function import Settled, by_severity, guard, settle
from ..records import dataclass, replace
from ..report import FORMATS, Report
from ..report.as_text import as_text
from ..resources import Finding, Resource, ResourceList
from ..resources.directory import Change, Directory
from ..rules import MOST, Judged
from ..validate import Member, validate_fleet
from .arguments import Arguments, Group, release_of_option
from .package import (
    LEFT_ALONE,
    Package,
    config_of,
    overrides_of,
    read_config,
    read_inventory,
    read_package,
    read_together,
    read_values,
)
from .terminal import has_color, number, progress, put, say


@dataclass(frozen=True, slots=True)
class _Cluster:
    """A PATH, or several, with what it is judged with."""

    package: Package
    inventory: Resource | None
    values: Resource | None
    name: str = ""

    @property
    def resources(self) -> tuple[Resource, ...]:
        """The objects; an inventory from outside comes first, because where several speak the first counts."""
        mine = self.package.directory.list.resources
        first, last = ((() if one is None else (one,)) for one in (self.inventory, self.values))
        ends = [replace(one, position=len(mine) + place) for place, one in enumerate((*first, *last))]
        return (*ends[: len(first)], *mine, *ends[len(first) :])


class _Said(NamedTuple):
    """What there is to say of a cluster: of its files and settings, and of its objects."""

    findings: tuple[Finding, ...]
    judged: list[Judged]


class _Fixed(NamedTuple):
    """The clusters after mending."""

    clusters: list[_Cluster]
    said: list[_Said]
    changes: list[list[Change]]
    #: How many findings were mended.
    mended: int


def validate(arguments: Arguments) -> int:
    """The exit code. Nothing is written unless `--fix` is given."""
    releases = _check_options(arguments)
    config = read_config(arguments.config)
    clusters = _read(arguments, config)
    changes: list[list[Change]] = [[] for _ in clusters]
    mended = 0
    if arguments.fix:
        clusters, said, changes, mended = _mend(clusters, arguments, config, releases)
    else:
        said = _judge(clusters, arguments, config, releases)
    findings: dict[Finding, None] = {}
    for cluster, one in zip(clusters, said, strict=True):
        told = by_severity((*one.findings, *(finding for finding, _, _ in one.judged)))
        # Those of the config and of the command line are the same for every PATH, and said once.
        findings |= dict.fromkeys(cluster.package.located(told, infos=arguments.verbose))
        for given in cluster.package.idle:
            findings[Finding("warning", "holds no Kubernetes object: nothing was judged", file=given)] = None
    _write(clusters, changes, arguments)
    _tell(clusters, tuple(findings), changes, mended, arguments)
    return 1 if any(finding.severity == "error" for finding in findings) else 0


def _check_options(arguments: Arguments) -> tuple[str, ...]:
    """The releases that are asked about. Raises UsageError for options that contradict one another."""
    if arguments.diff:
        from .rendering import refuse_diff

        if not arguments.fix:
            raise UsageError("`--diff` shows what `--fix` would write; give `--fix --diff`")
        refuse_diff(arguments)
    releases: dict[str, None] = {}
    for given in arguments.release:
        releases[release_of_option("--release", given)] = None
    if arguments.fix and len(releases) > 1:
        raise UsageError("`--fix` mends for one release: give one `--release`, or none")
    if arguments.fix and _meet(arguments.groups):
        raise UsageError("`--fix` writes each file once: give no PATH that lies in another, or belongs to two clusters")
    for option, several in (("--inventory", arguments.inventory), ("--values", arguments.values)):
        if several and len(several) != len(arguments.groups):
            each = "cluster" if any(group.name for group in arguments.groups) else "PATH"
            counts = f"{number(len(arguments.groups), each)} and {len(several)} of `{option}`"
            raise UsageError(
                f"there are {counts}: give one for each {each}, in their order, or keep them in the packages"
            )
    return tuple(releases)


def _read(arguments: Arguments, config: Resource | None) -> list[_Cluster]:
    found = []
    for place, group in enumerate(arguments.groups):
        typed = arguments.inventory[place] if arguments.inventory else None
        inventory = None if typed is None else read_inventory(typed)
        file = arguments.values[place] if arguments.values else None
        values = None if file is None else read_values(file)
        beside = ((arguments.config, config), (typed, inventory), (file, values))
        if group.name:
            package = read_together(group.name, group.operands, *beside)
        else:
            package = read_package(group.operands[0], *beside)
        found.append(_Cluster(package, inventory, values, group.name))
    return found


def _judge(
    clusters: Sequence[_Cluster],
    arguments: Arguments,
    config: Resource | None,
    releases: Sequence[str],
    most: int | None = MOST,
) -> list[_Said]:
    """What is said of each cluster. One whose settings are wrong is not judged, and not compared with the others."""
    overrides = overrides_of(arguments)
    settled: list[Settled] = []
    for cluster in clusters:
        directory = cluster.package.directory
        named = config_of(cluster.package, arguments, config)
        settled.append(settle(ResourceList(directory.list.resources), named, overrides))
    inside = _inside(arguments.groups)
    members = [
        Member(cluster.resources, one.settings, compared=not within, name=cluster.name, root=cluster.package.path(""))
        for cluster, one, within in zip(clusters, settled, inside, strict=True)
        if not one.wrong
    ]
    bugs: list[Finding] = []

    def broken(finding: Finding) -> list[list[Judged]]:
        bugs.append(finding)
        return [[] for _ in members]

    count = sum(len(member.resources) for member in members)
    with progress(f"validate: {number(count, 'object')}"):
        told = iter(guard(lambda: validate_fleet(members, releases, most=most), broken))
    return [
        _Said((*one.findings, *_of_files(cluster.package.directory), *bugs), [] if one.wrong else next(told))
        for cluster, one in zip(clusters, settled, strict=True)
    ]


def _of_files(directory: Directory) -> Iterable[Finding]:
    """What there is to say of the files; objects that nobody can read are an error, because they pass for right."""
    for finding in directory.list.findings:
        if finding.file not in directory.broken:
            yield finding
            continue
        yield replace(finding, severity="error", message=f"not judged: {finding.message.removeprefix(LEFT_ALONE)}")


def _inside(groups: Sequence[Group]) -> list[bool]:
    """Which of them lie whole in another, or stand a second time: the same cluster, seen again."""
    every = [_real(group) for group in groups]
    return [
        any(_holds(other, mine) and (at < place or not _holds(mine, other)) for at, other in enumerate(every))
        for place, mine in enumerate(every)
    ]


def _holds(outer: Sequence[Path], inner: Sequence[Path]) -> bool:
    return all(any(path.is_relative_to(other) for other in outer) for path in inner)


def _meet(groups: Sequence[Group]) -> bool:
    """Whether a file may belong to two of them."""
    every = [_real(group) for group in groups]
    return any(
        path.is_relative_to(other)
        for at, mine in enumerate(every)
        for path in mine
        for place, others in enumerate(every)
        if place != at
        for other in others
    )


def _real(group: Group) -> list[Path]:
    return [Path(os.path.realpath(one)) for one in group.operands]


def _mend(clusters: list[_Cluster], arguments: Arguments, config: Resource | None, releases: Sequence[str]) -> _Fixed:
    from ..resources.directory import changes
    from ..rules.fixing import mend, until_done

    first = [cluster.package.directory for cluster in clusters]
    texts: list[dict[str, str]] = [{} for _ in clusters]
    count = 0

    def round_() -> bool:
        nonlocal count
        said = _judge(clusters, arguments, config, releases, most=None)
        moved = False
        for place, (cluster, one) in enumerate(zip(clusters, said, strict=True)):
            mended = mend(cluster.package.directory.list.resources, one.judged)
            count += len(mended.done)
            new = changes(cluster.package.directory, mended.resources)
            if not new:
                continue
            moved = True
            texts[place] |= {change.name: change.after for change in new if change.after is not None}
            clusters[place] = replace(cluster, package=cluster.package.again(texts[place]))
        return moved

    until_done(round_)
    said = _judge(clusters, arguments, config, releases)
    told = [_refused(cluster, one) for cluster, one in zip(clusters, said, strict=True)]
    made = [_changes(before, after) for before, after in zip(first, texts, strict=True)]
    return _Fixed(clusters, told, made, count)


def _refused(cluster: _Cluster, said: _Said) -> _Said:
    """What is left, with the reason where there was a fix that could not be made."""
    from ..rules.fixing import mend

    reasons = dict(mend(cluster.package.directory.list.resources, said.judged).refused)
    judged = [
        (replace(finding, message=f"{finding.message} (not mended: {reasons[finding]})"), resource, edits)
        if finding in reasons
        else (finding, resource, edits)
        for finding, resource, edits in said.judged
    ]
    return said._replace(judged=judged)


def _changes(before: Directory, after: Mapping[str, str]) -> list[Change]:
    """The files that differ now, against what was read first."""
    texts = {file.path.relative_to(before.root).as_posix(): file.text for file in before.files}
    return [Change(name, texts[name], text) for name, text in after.items() if texts[name] != text]


def _write(clusters: Sequence[_Cluster], changes: Sequence[Sequence[Change]], arguments: Arguments) -> None:
    if arguments.diff:
        return
    for cluster, several in zip(clusters, changes, strict=True):
        if several:
            from ..resources.directory import write

            with progress(f"writing {number(len(several), 'file')}"):
                write(cluster.package.directory.root, several)


def _tell(
    clusters: Sequence[_Cluster],
    findings: tuple[Finding, ...],
    changes: Iterable[Sequence[Change]],
    mended: int,
    arguments: Arguments,
) -> None:
    told = []
    if arguments.fix:
        from .rendering import file_change

        pairs = zip(clusters, changes, strict=True)
        told = [file_change(one, cluster.package, diff=arguments.diff) for cluster, each in pairs for one in each]
    report = Report("validate", findings, tuple(told))
    if arguments.format != "text":
        put(FORMATS[arguments.format](report))
    elif arguments.diff:
        from .rendering import put_diff

        put_diff(report)
        say(as_text(report, color=has_color(sys.stderr)))
    else:
        put(as_text(report, color=has_color(sys.stdout)))
    if not sys.stderr.isatty():
        return
    count = sum(len(cluster.package.directory.list.resources) for cluster in clusters)
    wrong = [number(n, word) for word in ("error", "warning") if (n := report.count(word))]
    summary = f"{number(count, 'object')}, {', '.join(wrong) or 'nothing wrong'}"
    if told:
        would = "to mend" if arguments.diff else "mended"
        summary += f"; {number(mended, 'finding')} {would} in {number(len(told), 'file')}"
    say(f"cilium-networking: {summary}\n")
