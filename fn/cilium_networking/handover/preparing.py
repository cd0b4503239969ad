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
from ..lossless import parse
from ..placement import place
from ..records import dataclass, field, replace
from ..resources import Finding, Resource, read_resource
from ..rules import Case, asked, judged
from ..settings import Settings, read
from ..sources import Found, Reading, Rewritten, Secrets, rewritten
from .choice import Choice, choose, named
from ..migrate.convert import chart_release, convert
from ..migrate.keeping import keeping
from ..migrate.ledger import Converted, Line, lines
from .package import filed, files, setters_text
from .runbook import PACKAGED, Runbook, ServerFile, write_runbook
from .setters import Setter, derive, fill, placeholders

#: What stands behind the name of a rewritten source: no ending that RKE2, kpt or kustomize read.
REWRITTEN: Final = ".migrated"
#: Families of rules whose errors the API server shares.
_API: Final = "CN5"
#: Comes of the settings, which are only made here.
_DRIFT: Final = "CN503"
#: What may become a word of a shell, and RKE2 takes for a name.
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SECRET: Final = "an object that moves has a text in it that is a secret elsewhere in the sources: take it out first"  # noqa: S105 - a sentence
_MANIFESTS: Final = "/var/lib/rancher/rke2/server/manifests"


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller asks for. ``values`` fill placeholders, by the names that settings would have."""

    release: str
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
    findings = [*reading.findings, *choice.findings]
    if not choice.moves:
        return Migration(choice, findings=tuple(findings))
    before = [one.resource for one in choice.moves]
    staying = [stay.found.resource for stay in choice.stays if not stay.found.replaced]
    filled = [fill(one, request.values) for one in before]
    # Objects change hands in a cluster that runs: it has the release that the package is for, unless somebody says so.
    source = request.source or chart_release(staying) or request.release
    done = convert([*filled, *staying], request.release, source, fix=request.fix)[: len(filled)]
    still = [Converted(one, (one,), ()) for one in staying]
    findings += keeping([*done, *still], request.release, source)
    now = [resource for one in done for resource in one.made]
    findings += _judged(now, staying, request.release)
    findings += _unfilled(now)
    documents, setters = derive(filed(now))
    findings += _round_trip(documents, setters, request)
    texts = files(documents, setters, request.name, request.release)
    gone = [*choice.moves, *choice.copies]
    sources, refused = _rewritten(reading, gone)
    findings += refused
    servers, odd = _server_files(gone, reading.found)
    findings += odd
    files_of = {named(one): one.file or "" for one in documents}
    moves = [
        Move(found, files_of[named(found.resource)], _hidden(lines(converted), reading.secrets))
        for found, converted in zip(choice.moves, done, strict=True)
    ]
    came = {named(one.resource) for one in choice.moves}
    added = tuple(one for one in documents if named(one) not in came)
    if any(reading.secrets.redact(text) != text for text in texts.values()):
        findings.append(Finding("error", _SECRET))
    runbook = write_runbook(
        [one.resource for one in choice.moves],
        documents,
        servers,
        [(one.name, "" if one.after is None else one.name + REWRITTEN) for one in sources],
    )
    return Migration(choice, tuple(moves), added, setters, texts, sources, runbook, tuple(findings))


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


def _round_trip(documents: Sequence[Resource], setters: Sequence[Setter], request: Request) -> Iterator[Finding]:
    """Rendering the package has to give the objects that it holds: the known settings are put in their places."""
    known = [one for one in setters if one.value is not None]
    config = read_resource(parse(setters_text(known, request.name, request.release)))
    settings, wrong = read(config, {})
    yield from (finding for finding in wrong if finding.severity == "error")
    placed = place(documents, settings)
    yield from (finding for finding in placed.findings if finding.severity == "error")
    for before, after in zip(documents, placed.resources, strict=False):
        if before.fragment.data() != after.fragment.data():
            yield before.finding("error", "a bug in cilium-networking: rendering the package changes this object")


def _server_files(gone: Sequence[Found], every: Sequence[Found]) -> tuple[list[ServerFile], list[Finding]]:
    """The files on servers that the objects leave, and what cannot be a file of RKE2's."""
    leaving: dict[str, list[str]] = {}
    odd: list[Finding] = []
    for one in gone:
        path = _server_path(one)
        if path is None:
            continue
        odd += _elsewhere(one, path)
        if not all(_WORD.fullmatch(part) for part in path.strip("/").split("/")):
            odd.append(
                one.resource.finding("error", f"`{path}` is no name that RKE2 takes for a manifest: rename it first")
            )
            continue
        objects = leaving.setdefault(path, [])
        name = f"{one.resource.kind}/{one.resource.name}"
        if name not in objects:
            objects.append(name)
    ids = {id(one) for one in gone}
    staying = {_server_path(one) for one in every if id(one) not in ids and not one.replaced}
    odd += [
        one.resource.finding("error", f"`{one.resource.name}` is no name that an object can have")
        for one in gone
        if not _WORD.fullmatch(one.resource.name)
    ]
    return [ServerFile(path, tuple(objects), path in staying) for path, objects in leaving.items()], odd


def _elsewhere(found: Found, path: str) -> Iterator[Finding]:
    """What is said of a file that is not written where RKE2 looks: a command moves it, which nobody here can follow."""
    target = found.layer.node_file
    if target is not None and not target.is_manifest:
        message = f"`{target.path}` is no place where RKE2 looks: the runbook takes it for `{path}` on the servers"
        yield found.resource.finding("warning", message)


def _server_path(found: Found) -> str | None:
    """The manifest on servers that an object comes from: of the text around it, or by RKE2's marks on a live one."""
    target = found.layer.node_file
    if target is not None:
        return target.path if target.is_manifest else f"{_MANIFESTS}/{target.path.rpartition('/')[2]}"
    if found.live:
        notes = found.resource.fragment.data()["metadata"].get("annotations") or {}
        owner = notes.get(f"{PACKAGED}/owner-name")
        if isinstance(owner, str) and str(notes.get(f"{PACKAGED}/owner-gvk", "")).startswith("k3s.cattle.io/"):
            return f"{_MANIFESTS}/{owner}.yaml"
    return None
