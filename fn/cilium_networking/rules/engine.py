"""Runs the rules and makes findings of what they say: waived, counted, in a fixed order.

Promises: all findings, not the first; the same input gives the same findings in the same order. A rule that says the
same of a thousand objects is quoted for the first of them, with the number of the others, so that no other rule is
drowned; that number is as severe as the worst that it stands for. A waiver (annotation
``cilium-networking/waive-CN101: why``) makes of what one rule says on its object an information with the reason, and
one that silences nothing is a finding itself, if its rule was asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from operator import eq
from typing import TYPE_CHECKING, Final

from ..records import replace
from ..resources import Finding, Resource
from .rule import Case, Rule, Said

if TYPE_CHECKING:
    from ..fabric.kustomize import Changed
    from ..lossless.edit import Edit

#: Findings of one rule that are told one by one; a report of thousands is read by nobody.
MOST: Final = 50
#: Characters of a message; a value in it may have any number.
_LONGEST: Final = 1000
WAIVER: Final = "cilium-networking/waive-"
#: The rule about waivers themselves.
UNUSED: Final = "CN504"
#: The rule that says that an input holds several clusters: it is about all of them together.
SEVERAL: Final = "CN618"
_IDLE: Final = "which has nothing to say here"
#: Where the rules live that compare clusters: of one cluster alone they can say nothing, whatever it is like.
_FLEET: Final = ".rules.fleet."
_SEVERITIES: Final = ("error", "warning", "info")

Judged = tuple[Finding, "Resource | None", tuple["Edit", ...]]


def judge(case: Case, rules: Iterable[Rule]) -> Iterator[Finding]:
    """Every finding about a case."""
    return (finding for finding, _, _ in judged(case, rules))


def judged(
    case: Case, rules: Iterable[Rule], *, most: int | None = MOST, about: Callable[[Resource], bool] | None = None
) -> list[Judged]:
    """Every finding, with the object that it is about and the edits that would mend it; object by object.

    ``most`` of each rule, ``None`` for all of them: whoever mends has no reader to spare. ``about`` says which objects
    count; what is said of others is left out before it is counted.
    """
    place = {id(resource): position for position, resource in enumerate(case.cluster.resources)}
    return sorted(_said(case, rules, most, about), key=lambda each: place.get(id(each[1]), len(place)))


def bounded(found: Iterable[Judged], most: int | None) -> list[Judged]:
    """Findings that were judged without a bound, with one: behind so many of a rule stands the number of the others."""
    told: list[Judged] = []
    rest: dict[str | None, list[Judged]] = {}
    counts: Counter[str | None] = Counter()
    for each in found:
        rule = each[0].rule
        counts[rule] += 1
        if most is None or counts[rule] <= most:
            told.append(each)
        else:
            rest.setdefault(rule, []).append(each)
    for rule, several in rest.items():
        worst = min(several, key=lambda each: _SEVERITIES.index(each[0].severity))
        message = f"{rule} and {len(several)} more of this kind"
        told.append((replace(worst[0], message=message), worst[1], ()))
    return told


def is_idle(finding: Finding) -> bool:
    """Whether it says that a waiver silences nothing: of several runs over one input, all of them have to say so."""
    return finding.rule == UNUSED and _IDLE in finding.message


def _said(
    case: Case, rules: Iterable[Rule], most: int | None, about: Callable[[Resource], bool] | None
) -> Iterator[Judged]:
    waivers = _Waivers(case.cluster.resources)
    changed = case.cluster.changed
    asked: set[str] = set()
    for rule in rules:
        if len(case.fleet) > 1 or _FLEET not in rule.check.__module__:
            asked.add(rule.id)
        open_, waived = _Told(rule, most), _Told(rule, most)
        for said in rule.check(case):
            if isinstance(said, Finding):
                yield said, None, ()
                continue
            resource = said.spot.resource
            if changed and _is_changed(changed, said):
                continue
            reason = waivers.reason(rule.id, resource)
            if about is not None and not about(resource):
                continue
            if reason:
                message = f"waived ({reason}): {said.message}"
                yield from waived.tell(replace(said, message=message, severity="info", fix=()))
            else:
                yield from open_.tell(said)
        yield from open_.rest()
        yield from waived.rest()
    yield from waivers.wrong(asked)


def _is_changed(changed: Changed, said: Said) -> bool:
    """Whether a patch puts something else where a finding is, or into it: what stands there reaches no cluster."""
    resource = said.spot.resource
    path = tuple(takewhile(lambda step: isinstance(step, str), (*said.spot.path, *said.keys)))
    fields = (*changed.get((resource.kind, resource.name), ()), *changed.get((resource.kind, ""), ()))
    return bool(path) and any(all(map(eq, field, path)) for field in fields)


class _Told:
    """What one rule says: so many one by one, the others by their number and the worst of them."""

    def __init__(self, rule: Rule, most: int | None) -> None:
        self._rule = rule
        self._most = most
        self._count = 0
        self._ranks: set[int] = set()
        self._worst: Said | None = None

    def tell(self, said: Said) -> Iterator[Judged]:
        self._count += 1
        self._ranks.add(self._rank(said))
        if self._most is None or self._count <= self._most:
            yield _finding(self._rule, said), said.spot.resource, said.fix
        elif self._worst is None or self._rank(said) < self._rank(self._worst):
            self._worst = said

    def _rank(self, said: Said) -> int:
        return _SEVERITIES.index(said.severity or self._rule.severity)

    def rest(self) -> Iterator[Judged]:
        worst = self._worst
        if worst is None or self._most is None:
            return
        message = f"and {self._count - self._most} more of this kind"
        if len(self._ranks) == 1:
            rest = Said(worst.spot, message, severity=worst.severity)
        else:
            rest = replace(worst, message=f"{message}, of which one: {worst.message}", fix=())
        yield _finding(self._rule, rest), worst.spot.resource, ()


def _finding(rule: Rule, said: Said) -> Finding:
    severity, message, current = (
        said.severity or rule.severity,
        _line(said.message),
        said.current and _line(said.current),
    )
    if said.values is not None:
        return said.values.finding(severity, message, said.keys, rule=rule.id, current=current, proposed=said.proposed)
    return said.spot.finding(severity, message, rule=rule.id, current=current, proposed=said.proposed)


def _line(text: str) -> str:
    """A text that a person reads: a value of a hundred thousand characters is cut."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


class _Waivers:
    """Which object waives which rule, and whether there was anything to waive."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        # Looked for in the text first: hardly any object has one, and a tree costs more than a search.
        self._found = {
            id(resource): (resource, _reasons(resource)) for resource in resources if WAIVER in resource.fragment.text
        }
        self._used: set[tuple[int, str]] = set()

    def reason(self, rule: str, resource: Resource) -> str:
        """Why a rule is to be silent about an object; empty where it is not."""
        found = self._found.get(id(resource))
        if found is None:
            return ""
        self._used.add((id(resource), rule))
        return found[1].get(rule, "")

    def wrong(self, asked: set[str]) -> Iterator[Judged]:
        """Waivers that silence nothing, of the rules that were ``asked``, and those that are none."""
        for resource, reasons in self._found.values():
            for rule, reason in reasons.items():
                message = self._fault(resource, rule, reason, asked)
                if message is not None:
                    path = ("metadata", "annotations", f"{WAIVER}{rule}")
                    node = resource.fragment.at(path)
                    message = f"{UNUSED} {message}"
                    yield resource.finding("warning", message, path, node=node, rule=UNUSED), resource, ()

    def _fault(self, resource: Resource, rule: str, reason: str, asked: set[str]) -> str | None:
        if (id(resource), rule) in self._used:
            return None if reason else f"waives {rule} without a reason, so it does not: say why"
        if rule in asked:
            return f"waives {rule}, {_IDLE}: take the annotation off"
        from .catalog import RULES  # late: it imports every family

        if rule in RULES:
            return None
        if rule.upper() in RULES:
            return f"waives `{rule}`, which is no rule, so it does nothing: write `{rule.upper()}`"
        return f"waives `{rule}`, which is no rule, so it does nothing: take the annotation off"


def _reasons(resource: Resource) -> dict[str, str]:
    """Rule ids and reasons of an object's waivers."""
    notes = resource.fragment.data()
    notes = notes.get("metadata") if isinstance(notes, dict) else None
    notes = notes.get("annotations") if isinstance(notes, dict) else None
    found = notes.items() if isinstance(notes, dict) else ()
    return {
        key.removeprefix(WAIVER): " ".join(str(value or "").split())
        for key, value in found
        if isinstance(key, str) and key.startswith(WAIVER)
    }
