"""One migration, thought through before anything is written: what moves, what becomes of each field, and how.

The sources are read already; here they become a package, its settings, the files that take the sources' place, and the
runbook. Nothing is written, and no source is read again. An error among the findings says that none of it may be used:
a package that the API server refuses, two sources that contradict one another, a Service that would lose its address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from ..errors import EditError
from ..fabric import read_cluster
from ..kinds import DEFAULT_RELEASE
from ..lossless import parse
from ..migrate.convert import chart_release, convert
from ..migrate.keeping import keeping
from ..migrate.ledger import BUG, Converted, Line, lines
from ..placement import place
from ..records import dataclass, field, replace
from ..resources import Finding, Resource, read_resource
from ..rules import Case, asked, judged
from ..settings import Settings, read
from ..sources import Found, Reading, Rewritten, Secrets, rewritten
from .advice import Origin, kinds_of
from .choice import Choice, choose, named
from .package import filed, files, setters_text
from .runbook import Runbook, write_runbook
from .servers import server_files
from .services import Address, addresses
from .setters import Setter, derive, fill, placeholders

#: What stands behind the name of a rewritten source: no ending that RKE2, kpt or kustomize read.
REWRITTEN: Final = ".migrated"
#: Families of rules whose errors the API server shares.
_API: Final = "CN5"
#: Comes of the settings, which are only made here.
_DRIFT: Final = "CN503"
#: A document of a kind that moves, however it is wrapped in what could not be read.
_SPEAKS: Final = re.compile(rb"kind:[ \t]*[\"']?(Cilium(?:LoadBalancerIPPool|L2AnnouncementPolicy|BGP\w+))")


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller asks for. ``values`` fill placeholders, by the names that settings would have."""

    #: The release of the cluster, where it is known.
    release: str | None
    name: str
    #: The release that the sources are for, where it is known.
    source: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    fix: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """An object that moves: where it was, where it goes, and a line for each of its fields."""

    found: Found
    file: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Migration:
    """All of it. ``texts`` are the package's files, by name; empty where nothing moves."""

    choice: Choice
    moves: tuple[Move, ...] = ()
    #: Objects that the sources do not have, and that a mend has made.
    added: tuple[Resource, ...] = ()
    addresses: tuple[Address, ...] = ()
    setters: tuple[Setter, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    rewritten: tuple[Rewritten, ...] = ()
    runbook: Runbook | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def failed(self) -> bool:
        return any(finding.severity == "error" for finding in self.findings)


def prepare(reading: Reading, request: Request) -> Migration:
    """The migration of what was read."""
    choice = choose(reading.found)
    findings = [*reading.findings, *_unread(reading), *choice.findings]
    if not choice.moves:
        return Migration(choice, findings=tuple(findings))
    staying = [stay.found.resource for stay in choice.stays if not stay.found.replaced]
    release = request.release or chart_release(staying) or DEFAULT_RELEASE
    findings += _assumed(request, staying, release)
    values = {**_rendered_with(reading), **request.values}
    filled = [fill(one.resource, values) for one in choice.moves]
    # Objects change hands in a cluster that runs: it has the release that the package is for, unless somebody says so.
    source = request.source or chart_release(staying) or release
    done = convert([*filled, *staying], release, source, fix=request.fix)[: len(filled)]
    still = [Converted(one, (one,), ()) for one in staying]
    findings += keeping([*_as_they_run(done, choice), *still], release, source)
    now = [resource for one in done for resource in one.made]
    findings += _judged(now, staying, release)
    findings += _unfilled(now)
    documents, setters = derive(filed(now))
    findings += _round_trip(documents, setters, request.name, release)
    findings += _secrets(documents, reading.secrets)
    gone = [*choice.moves, *choice.copies]
    sources, refused = _rewritten(reading, gone)
    servers, odd = server_files(gone, reading.found)
    findings += (*refused, *odd)
    came = {named(one.resource) for one in choice.moves}
    return Migration(
        choice,
        tuple(_moves(choice, done, documents, reading.secrets)),
        tuple(one for one in documents if named(one) not in came),
        addresses(now, staying, release),
        setters,
        files(documents, setters, request.name, release),
        sources,
        write_runbook([one.resource for one in choice.moves], documents, servers, _origin(reading, gone, sources)),
        tuple(findings),
    )


def _as_they_run(done: Sequence[Converted], choice: Choice) -> Iterator[Converted]:
    """What is converted, from the object that the cluster has where an export shows it: its addresses are given out."""
    live = {named(one.resource): one.resource for one in choice.copies if one.live}
    for one in done:
        yield replace(one, origin=live.get(named(one.origin), one.origin))


def _moves(
    choice: Choice, done: Sequence[Converted], documents: Iterable[Resource], secrets: Secrets
) -> Iterator[Move]:
    files_of = {named(one): one.file or "" for one in documents}
    for found, converted in zip(choice.moves, done, strict=True):
        yield Move(found, files_of[named(found.resource)], _hidden(lines(converted), secrets))


def _origin(reading: Reading, gone: Sequence[Found], sources: Sequence[Rewritten]) -> Origin:
    package = any(one.resource.kind == "Kptfile" for one in reading.found)
    replacements = (
        f"`{one.name}` is removed: nothing else is in it."
        if one.after is None
        else f"`{one.name}` is replaced by `{one.name}{REWRITTEN}`."
        for one in sources
    )
    on_servers = any(one.layer.node_file is not None or one.live for one in gone)
    return Origin(kinds_of(gone, package=package), on_servers, tuple(replacements))


def _unread(reading: Reading) -> Iterator[Finding]:
    """Files that speak of what moves, and of which no object could be read: without them a package lacks a part."""
    read = {one.layer.outermost.name for one in reading.found}
    for file in reading.files:
        kind = None if file.name in read else _SPEAKS.search(file.data)
        if kind is not None:
            message = (
                f"speaks of a {kind.group(1).decode()}, and no object of it can be read: give the user data or the "
                "manifests that it makes, rendered and by themselves"
            )
            yield Finding("error", message, file=file.name)


def _assumed(request: Request, staying: Sequence[Resource], release: str) -> Iterator[Finding]:
    if not request.release and chart_release(staying) is None:
        message = f"taken for a cluster with Cilium {release}, because nothing here says which it has: `--release` does"
        yield Finding("warning", message)


def _rendered_with(reading: Reading) -> dict[str, str]:
    """The values that the sources' own ConfigMaps of settings give to placeholders."""
    values: dict[str, str] = {}
    for one in reading.found:
        data = one.resource.fragment.data() if one.resource.local and one.resource.kind == "ConfigMap" else None
        given = data.get("data") if isinstance(data, dict) else None
        for name, text in given.items() if isinstance(given, dict) else ():
            if isinstance(text, str) and text not in ("", name) and "${" not in text:
                values |= {name: text}
    return values


def _secrets(documents: Iterable[Resource], secrets: Secrets) -> Iterator[Finding]:
    """What stands in a package is read by many: no text of it may be a secret elsewhere in the sources."""
    for one in documents:
        if secrets.redact(one.fragment.text) != one.fragment.text:
            lines_ = one.fragment.text.splitlines()
            line = next(n for n, text in enumerate(lines_, 1) if secrets.redact(text) != text)
            message = f"has a text in its line {line} that is a secret elsewhere in the sources: take it out first"
            yield one.finding("error", message)


def _rewritten(reading: Reading, gone: Sequence[Found]) -> tuple[tuple[Rewritten, ...], tuple[Finding, ...]]:
    try:
        return rewritten(reading, gone), ()
    except EditError as error:
        return (), (Finding("error", f"{error.message} (this source cannot be rewritten as it is)"),)


def _hidden(found: Iterable[Line], secrets: Secrets) -> tuple[Line, ...]:
    """The lines without what nobody may see."""
    return tuple(_without(secrets, line) for line in found)


def _without(secrets: Secrets, line: Line) -> Line:
    hide = (lambda text: text and "…") if secrets.hides(line.path) else secrets.redact
    return replace(line, before=hide(line.before), after=hide(line.after), why=secrets.redact(line.why))


def _judged(now: Sequence[Resource], staying: Sequence[Resource], release: str) -> Iterator[Finding]:
    """What the rules say. Only what the API server would refuse of the package stops a migration: what else is wrong
    with these objects is so in the cluster already, and moving them makes it no worse.
    """
    case = Case(read_cluster((*now, *staying), release, release_given=True), Settings(release=release))
    ours = {id(resource) for resource in now}
    for finding, resource, _ in judged(case, (rule for rule in asked(case) if rule.id != _DRIFT)):
        if finding.severity == "info":
            continue
        refused = finding.severity == "error" and id(resource) in ours and (finding.rule or "").startswith(_API)
        yield finding if refused else replace(finding, severity="warning")


def _unfilled(resources: Iterable[Resource]) -> Iterator[Finding]:
    for name, placeholder in placeholders(resources).items():
        message = (
            f"`{placeholder}` is not known, and the package cannot be applied without it: give it with `--set {name}=…`"
        )
        yield Finding("warning", f"{message}, or write it into setters.yaml")


def _round_trip(documents: Sequence[Resource], setters: Sequence[Setter], name: str, release: str) -> Iterator[Finding]:
    """Rendering the package has to give the objects that it holds: the known settings are put in their places."""
    known = [one for one in setters if one.value is not None]
    config = read_resource(parse(setters_text(known, name, release)))
    settings, wrong = read(config, {})
    yield from (finding for finding in wrong if finding.severity == "error")
    placed = place(documents, settings)
    yield from (finding for finding in placed.findings if finding.severity == "error")
    for before, after in zip(documents, placed.resources, strict=False):
        if before.fragment.data() != after.fragment.data():
            yield before.finding("error", f"{BUG}: rendering the package changes this object")
