"""``migrate``: what lives in cloud-config and manifests, to a kpt package; the sources are only ever read."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from ..errors import InputError, UsageError
from ..function import by_severity
from ..handover.package import package_name
from ..handover.preparing import REWRITTEN, Migration, Request, prepare
from ..handover.setters import placeholders
from ..kinds import nearest
from ..records import replace
from ..report.migration import Told, as_json, as_page, for_terminal
from ..report.runbook import page, script
from ..resources import Finding
from ..sources import Reading, Secrets, read_sources
from .arguments import Arguments, release_of_option
from .package import LEFT_ALONE
from .terminal import has_color, number, progress, put, say

RUNBOOK: Final = "RUNBOOK.md"
SCRIPT: Final = "runbook.sh"
REPORT: Final = "REPORT.md"
#: How files begin to be called that are not whole yet; a run that was killed leaves them.
_BEGUN: Final = ".cilium-networking-"


def migrate(arguments: Arguments) -> int:
    """The exit code. Nothing is written after an error."""
    given = arguments.to
    if given is None:
        raise UsageError("`migrate` needs `--to DIR`, the directory of the package that it makes")
    directory = Path(given)
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"`--to {given}` is a file; name a directory")
    for source in arguments.operands:
        inside, outside = directory.resolve(), Path(source).resolve()
        if inside.is_relative_to(outside) or outside.is_relative_to(inside):
            raise UsageError(f"`--to {given}` and `{source}` lie inside one another; name a directory beside it")
    with progress(f"reading {number(len(arguments.operands), 'source')}"):
        reading = read_sources(arguments.operands)
    _refuse_unread(reading, arguments.operands)
    _refuse_values(reading, arguments.settings)
    request = Request(
        release=release_of_option("--release", arguments.release[0]) if arguments.release else None,
        source=arguments.from_release and release_of_option("--from-release", arguments.from_release),
        name=package_name(directory.absolute().name),
        values=arguments.settings,
        fix=arguments.fix,
    )
    with progress(f"migrating {number(len(reading.found), 'object')}"):
        migration = prepare(reading, request)
    findings = by_severity(one for one in migration.findings if arguments.verbose or one.severity != "info")
    told = Told(migration, tuple(_hidden(one, reading.secrets) for one in findings))
    texts = {} if migration.failed or not migration.moves else _texts(Path(given), migration, told)
    new = {path: text for path, text in texts.items() if not _stands(path, text)}
    if not arguments.dry_run:
        _refuse_other(Path(given), texts, new)
    if new and not arguments.dry_run:
        with progress(f"writing {number(len(new), 'file')}"):
            _write(Path(given), new, {Path(one.name + REWRITTEN): Path(one.name) for one in migration.rewritten})
        told = replace(told, written=tuple(map(str, new)))
    _tell(told, arguments)
    # What `--fix` would come to is known by doing it; nothing of it is kept.
    mends = migration.failed and not arguments.fix and not prepare(reading, replace(request, fix=True)).failed
    _sum_up(told, len(new), arguments, "; `--fix` mends what is wrong" if mends else "")
    return 1 if migration.failed else 0


def _hidden(finding: Finding, secrets: Secrets) -> Finding:
    """A finding without what nobody may see: rules quote what they find."""
    path = (finding.field or "").rpartition(".")[2]
    hide = (lambda text: text and "…") if secrets.hides((path,)) else secrets.redact
    return replace(
        finding,
        message=secrets.redact(finding.message),
        current=finding.current and hide(finding.current),
        proposed=finding.proposed and hide(finding.proposed),
    )


def _refuse_unread(reading: Reading, named: Iterable[str]) -> None:
    """Raises InputError for a file that was named and cannot be read: a package without it would lack a part."""
    read = {one.layer.outermost.name for one in reading.found}
    for finding in reading.findings:
        if finding.file in set(named) - read and finding.message.startswith(LEFT_ALONE):
            raise InputError(f"`{finding.file}`: {finding.message.removeprefix(LEFT_ALONE)}")


def _refuse_values(reading: Reading, values: Mapping[str, str]) -> None:
    """Raises UsageError for a value that fills no placeholder of the sources."""
    there = placeholders(one.resource for one in reading.found)
    for name in values:
        if name not in there:
            near = nearest(name, there)
            listed = f"; there are: {', '.join(f'`{one}`' for one in there)}" if there else ""
            instead = f"; did you mean `{near}`?" if near else listed
            raise UsageError(f"`--set {name}=…` fills no placeholder of these sources{instead}")


def _texts(directory: Path, migration: Migration, told: Told) -> dict[Path, bytes]:
    """Every file that the migration makes, by its path."""
    texts = {name: text.encode() for name, text in migration.texts.items()}
    if migration.runbook is not None:
        texts[RUNBOOK] = page(migration.runbook).encode()
        texts[SCRIPT] = script(migration.runbook).encode()
    texts[REPORT] = as_page(told).encode()
    made = {directory / name: text for name, text in texts.items()}
    return made | {Path(one.name + REWRITTEN): one.after for one in migration.rewritten if one.after is not None}


def _stands(path: Path, text: bytes) -> bool:
    return path.is_file() and path.read_bytes() == text


def _refuse_other(directory: Path, texts: Iterable[Path], new: Iterable[Path]) -> None:
    """Raises UsageError where something would be written over."""
    for path in new:
        if path.exists() or path.is_symlink():
            raise UsageError(f"`{path}` exists and is something else: remove it first")
    ours = set(texts)
    if any(path.parent == directory for path in new) and directory.exists():
        others = (one for one in sorted(directory.iterdir()) if one not in ours and not one.name.startswith(_BEGUN))
        other = next(others, None)
        if other is not None:
            raise UsageError(f"`--to {directory}` is not empty: it holds `{other.name}`; name another directory")


def _write(directory: Path, texts: Mapping[Path, bytes], sources: Mapping[Path, Path]) -> None:
    """All of the files, or none: each is whole before the first gets its name. A rewritten source keeps its mode."""
    made: list[tuple[Path, Path]] = []
    folders = [one for one in (directory, *directory.absolute().parents) if not one.exists()]
    directory.mkdir(parents=True, exist_ok=True)
    try:
        for path, text in texts.items():
            handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=_BEGUN)
            made.append((Path(name), path))
            with os.fdopen(handle, "wb") as out:
                out.write(text)
            os.chmod(name, _mode(path, sources))
        for temporary, path in made:
            os.replace(temporary, path)
    except BaseException:
        for temporary, path in made:
            # None of the files was there before: what has its name already is taken back too.
            gone = path if not temporary.exists() else temporary
            gone.unlink(missing_ok=True)
        for folder in folders:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def _mode(path: Path, sources: Mapping[Path, Path]) -> int:
    if path in sources:
        return stat.S_IMODE(sources[path].stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return (0o777 if path.name == SCRIPT else 0o666) & ~mask


def _tell(told: Told, arguments: Arguments) -> None:
    match arguments.format:
        case "json":
            put(as_json(told))
        case "markdown":
            put(as_page(told))
        case _:
            put(for_terminal(told, verbose=arguments.verbose, color=has_color(sys.stdout)))


def _sum_up(told: Told, new: int, arguments: Arguments, mend: str) -> None:
    """What was done and what comes next, on stderr."""
    migration = told.migration
    errors = sum(finding.severity == "error" for finding in told.findings)
    if errors:
        say(f"cilium-networking: {number(errors, 'error')}: nothing was written{mend}\n")
    elif not migration.moves:
        say("cilium-networking: nothing here moves: there is no pool, L2 policy or BGP object of Cilium's in it\n")
    elif arguments.dry_run:
        say(f"cilium-networking: {number(new, 'file')} would be written; nothing was\n")
    elif not new:
        say("cilium-networking: all of it is there already\n")
    else:
        directory = arguments.to
        say(
            f"cilium-networking: {number(new, 'file')} written; the sources are as they were. "
            f"Read {directory}/{REPORT} and {directory}/{RUNBOOK}, then run {directory}/{SCRIPT}\n"
        )
