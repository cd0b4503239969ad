"""``render``: a package in place, beside it, as a diff, or only judged; and what is said about that."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Final

from ..errors import InputError, UsageError
from ..function import act
from ..report import FORMATS, FileChange, Report
from ..report.as_text import as_text
from ..report.diff import colored, first_difference, unified
from ..resources import Finding
from ..resources.directory import Change, changes, write
from .arguments import Arguments
from .copying import copy_package, refuse
from .package import Package, config_of, overrides_of, read_config, read_package
from .terminal import has_color, number, progress, put, say

_SAID: Final = {
    "changed": "not as the settings give it",
    "added": "missing",
    "removed": "not asked for any more",
}


def render(arguments: Arguments) -> int:
    """The exit code. Nothing is written after an error."""
    _check_options(arguments)
    given = arguments.operands[0]
    config = read_config(arguments.config)
    package = read_package(given, (arguments.config, config))
    directory = package.directory
    named = config_of(package, arguments, config)
    with progress(f"render {given}: {number(len(directory.list.resources), 'object')}"):
        outcome = act(directory.list, named, overrides_of(arguments), "render", look_up=False)
    findings = package.located(outcome.findings, infos=arguments.verbose)
    changed: tuple[Change, ...] = ()
    try:
        changed = () if outcome.failed else changes(directory, outcome.resources)
    except InputError as error:
        findings.append(Finding("error", error.message))
    failed = any(finding.severity == "error" for finding in findings)
    if arguments.check:
        findings += [_difference(change, package.path(change.name), arguments) for change in changed]
    with progress("comparing" if arguments.diff else f"writing {number(len(changed), 'file')}"):
        told = tuple(file_change(change, package, diff=arguments.diff) for change in changed)
        if arguments.output and not failed:
            copy_package(Path(given), Path(arguments.output), changed)
        elif not (arguments.diff or arguments.check):
            write(directory.root, changed)
    report = Report("render", tuple(findings), told)
    _tell(report, arguments)
    _sum_up(report, arguments, failed)
    return 1 if report.count("error") else 0


def _check_options(arguments: Arguments) -> None:
    """Raises UsageError for options that contradict one another."""
    if arguments.output:
        if arguments.diff or arguments.check:
            other = "--diff" if arguments.diff else "--check"
            raise UsageError(f"`--output` writes and `{other}` does not; give one of them")
        refuse(Path(arguments.operands[0]), Path(arguments.output))
    refuse_diff(arguments, ", or `--check`")


def _difference(change: Change, path: str, arguments: Arguments) -> Finding:
    """What `--check` says of a file that is not as `render` leaves it."""
    words = ["cilium-networking", "render", *arguments.operands]
    words += ["--config", arguments.config] if arguments.config else []
    for name, value in arguments.settings.items():
        words += ["--set", f"{name}={value}"]
    words += ["--adopt"] if arguments.adopt else []
    line = None if change.before is None else first_difference(change)
    return Finding("error", f"{_SAID[_word(change)]}: run `{shlex.join(words)}`", file=path, line=line)


def file_change(change: Change, package: Package, *, diff: bool) -> FileChange:
    """A change as a report tells it."""
    return FileChange(package.path(change.name), _word(change), unified(change) if diff else None)


def _word(change: Change) -> str:
    return "added" if change.before is None else "removed" if change.after is None else "changed"


def _tell(report: Report, arguments: Arguments) -> None:
    """Data to stdout: the diff, or the report for a machine. For a person the findings are talk."""
    if arguments.format != "text":
        put(FORMATS[arguments.format](report))
        return
    put_diff(report)
    say(as_text(report, color=has_color(sys.stderr)))


def put_diff(report: Report) -> None:
    """What would change, for `patch`."""
    diff = "".join(one.diff or "" for one in report.changes)
    put(colored(diff) if has_color(sys.stdout) else diff, errors="surrogateescape")


def refuse_diff(arguments: Arguments, instead: str = "") -> None:
    """Raises UsageError for a format that has no room for a diff."""
    if arguments.diff and arguments.format in ("github", "sarif"):
        raise UsageError(f"`--format {arguments.format}` has no place for `--diff`; give `--format json`{instead}")


def _sum_up(report: Report, arguments: Arguments, failed: bool) -> None:
    """One line on stderr: always after a failure, else only for a person who is looking."""
    files = number(len(report.changes), "file")
    if failed:
        told = f"{number(report.count('error'), 'error')}: nothing was written"
    elif arguments.check and report.changes:
        told = f"{files} would change"
    elif arguments.diff or not sys.stderr.isatty():
        return
    elif not report.changes:
        told = "nothing to change" + (
            f"; the package as it is was written to {arguments.output}" if arguments.output else ""
        )
    else:
        told = f"{files} changed" + (f" in {arguments.output}" if arguments.output else "")
    if report.count("warning"):
        told += f", {number(report.count('warning'), 'warning')}"
    say(f"cilium-networking: {told}\n")
