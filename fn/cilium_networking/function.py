"""The function's door: a ResourceList on stdin, a ResourceList on stdout, whatever happens in between.

Always an answer (law 4): stdin gone wrong, a bad setting, a bug of ours all end in one well-formed ResourceList with
the original items and an error result. stdout is one string, written once by the caller, because kpt takes half an
answer for a broken package, and an empty one for an empty package. Exit 1 exactly when a result is an error; kpt
then keeps the package as it was. Nothing is said on stderr unless something failed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from . import IMAGE, __version__
from .errors import CiliumNetworkingError, InputError
from .records import replace
from .resources import Finding, Outcome, ResourceList

if TYPE_CHECKING:
    from .resources import Resource, Severity
    from .resources.wire import Wire
    from .settings import Settings

HELP: Final = f"""\
cilium-networking {__version__}: a KRM function for the advanced networking of Cilium on RKE2 and bare metal.

It reads a ResourceList from stdin and writes one to stdout. From its settings it substitutes
`# kpt-set:` comments and keeps or makes LoadBalancer IP pools, L2 announcement policies and BGP configs.

  kpt fn eval DIR --image {IMAGE} -- lb-pool-cidr=10.80.8.128/26
  kpt fn eval DIR --image {IMAGE} --fn-config setters.yaml

functionConfig: a ConfigMap whose data are settings, or a CiliumNetworking (fn.kpt.dev/v1alpha1).
`verb: render` (the default) writes, `verb: validate` only judges, `verb: migrate` brings objects of
older releases to the form that the target release stores; `adopt: "true"` takes over objects that carry
the names but not the label app.kubernetes.io/managed-by: cilium-networking.

Settings and all that the typed config can say: docs/setters.md, or `cilium-networking explain`.
"""


class Answer(NamedTuple):
    """What the process prints, and its exit code."""

    stdout: str
    stderr: str
    code: int


def run(stdin: bytes) -> Answer:
    """One ResourceList in, one out."""
    try:
        return guard(lambda: _run(stdin), _refused)
    except CiliumNetworkingError as error:
        return _refused(Finding("error", error.message, line=error.line))


def _run(stdin: bytes) -> Answer:
    from .resources.wire import read_wire  # late, as below: the command has files, and no wire

    wire = read_wire(_decoded(stdin))
    return _answer(wire, act(wire.list, wire.function_config, {}))


def _refused(finding: Finding) -> Answer:
    """The answer when there are no items to give back."""
    from .resources.wire import bare_wire

    return Answer(bare_wire([finding]), f"{finding.message}\n", 1)


T = TypeVar("T")


def guard(work: Callable[[], T], instead: Callable[[Finding], T]) -> T:
    """The result of ``work``, or ``instead`` of it the account of a bug of ours: it must not cost anyone a package."""
    try:
        return work()
    except CiliumNetworkingError:
        raise
    except Exception as error:  # noqa: BLE001 - the one broad except
        return instead(_bug(error))


def act(
    resource_list: ResourceList,
    config: Resource | None,
    overrides: Mapping[str, str],
    verb: str | None = None,
    *,
    look_up: bool = True,
) -> Outcome:
    """Read the settings and do what they say; ``verb`` overrules them. Never changes anything after an error.

    ``look_up``: a config that holds nothing but a verb has its settings in the Kptfile of the package.
    """
    return answered(
        resource_list, lambda: _act(resource_list, settle(resource_list, config, overrides, look_up=look_up), verb)
    )


class Settled(NamedTuple):
    """The settings of a run, and what there is to say of them; ``wrong`` stops the run."""

    settings: Settings
    findings: tuple[Finding, ...]
    wrong: bool


def settle(
    resource_list: ResourceList, config: Resource | None, overrides: Mapping[str, str], *, look_up: bool = False
) -> Settled:
    """Read the settings of a package: of its config, or with ``look_up`` where its Kptfile has them."""

    def refused(finding: Finding) -> Settled:
        from .settings import Settings

        return Settled(Settings(), (finding,), wrong=True)

    try:
        return guard(lambda: _settle(resource_list, config, overrides, look_up=look_up), refused)
    except CiliumNetworkingError as error:
        return refused(Finding("error", error.message, line=error.line))


def _settle(
    resource_list: ResourceList, config: Resource | None, overrides: Mapping[str, str], *, look_up: bool
) -> Settled:
    from .settings import names_only_verb, read

    settings, findings = read(config, overrides)
    if look_up and not overrides and names_only_verb(config):
        from .pipeline import pipeline_config

        named = pipeline_config(resource_list.resources)
        if named is not None:
            verb = settings.verb
            settings, findings = read(named, overrides)
            settings = replace(settings, verb=verb or settings.verb)
        elif settings.verb != "migrate":
            missing = (
                "no settings were found: the Kptfile has no render entry of this function, so ranges are not compared"
            )
            # A package without settings can be judged all the same, and rendering it does nothing.
            severity: Severity = "info" if settings.verb == "validate" else "warning"
            findings = (*findings, Finding(severity, missing))
    wrong = any(finding.severity == "error" for finding in findings)
    if wrong:
        from .placement import unknown_names

        findings = (*findings, *unknown_names(resource_list.resources, settings))
    return Settled(settings, tuple(findings), wrong)


def answered(resource_list: ResourceList, work: Callable[[], Outcome]) -> Outcome:
    """What a verb gives; or the objects as they came, and why it could not be carried out."""

    def refused(finding: Finding) -> Outcome:
        return Outcome(resource_list.resources, (*resource_list.findings, finding))

    try:
        return guard(work, refused)
    except CiliumNetworkingError as error:
        return refused(Finding("error", error.message, line=error.line))


def _act(resource_list: ResourceList, settled: Settled, verb: str | None) -> Outcome:
    if settled.wrong:
        return Outcome(resource_list.resources, (*resource_list.findings, *settled.findings))
    # The verbs are imported by need: validating reads no more modules than it uses.
    wanted = verb or settled.settings.verb
    judging = wanted == "validate"
    if judging:
        from .validate import validate as carry_out
    elif wanted == "migrate":
        from .migrate import migrate as carry_out
    else:
        from .render import render as carry_out
    outcome = carry_out(resource_list, settled.settings)
    said = (*settled.findings, *outcome.findings)
    if outcome.failed and not judging:
        # Nothing was done, so nothing is claimed to stand.
        said = tuple(finding for finding in said if finding.severity != "info")
    return Outcome(outcome.resources, by_severity(said))


def by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first, then warnings: kpt shows four results and hides the others. Within one severity the order stays."""
    return tuple(sorted(findings, key=lambda finding: ("error", "warning", "info").index(finding.severity)))


def _bug(error: Exception) -> Finding:
    """A result for what should never happen, with the place in our code that a report needs."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "unknown place"
    what = " ".join(f"{type(error).__name__} at {where}: {error}".split())
    return Finding("error", f"a bug in cilium-networking {__version__} ({what}); nothing was changed")


def _decoded(stdin: bytes) -> str:
    try:
        return stdin.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"stdin is not UTF-8 text (byte {error.start})") from error


def _answer(wire: Wire, outcome: Outcome) -> Answer:
    from .resources.wire import plain_wire, write_wire

    resources = wire.list.resources if outcome.failed else outcome.resources
    errors = [finding for finding in outcome.findings if finding.severity == "error"]
    stderr = "".join(f"{_about(finding)}{finding.message}\n" for finding in errors)
    try:
        return Answer(write_wire(wire, resources, outcome.findings), stderr, 1 if errors else 0)
    except CiliumNetworkingError as error:
        said = outcome.findings
        if not errors:
            said = (Finding("error", error.message), *said)
            stderr = f"{error.message}\n"
        return Answer(plain_wire(wire, said), stderr, 1)


def _about(finding: Finding) -> str:
    """Which object an error is about, where there is one: kpt shows stderr without the results beside it."""
    return "" if finding.ref is None else f"{finding.ref.kind} {finding.ref.name}: "


def main(arguments: list[str]) -> int:
    """``cilium-networking fn``."""
    if arguments:
        wanted = arguments[0] in ("-h", "--help", "help")
        (sys.stdout if wanted else sys.stderr).write(
            HELP if wanted else f"`fn` takes no arguments: {' '.join(arguments)}\n"
        )
        return 0 if wanted else 1
    answer = run(sys.stdin.buffer.read())
    sys.stderr.write(answer.stderr)
    try:
        sys.stdout.buffer.write(answer.stdout.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()
    except OSError as error:
        sys.stderr.write(f"stdout cannot be written: {error.strerror}\n")
        return 1
    return answer.code
