"""Runs the rules and makes findings of what they say: waived, counted, in a fixed order.

Promises: all findings, not the first; the same input gives the same findings in the same order. A rule that says the
same of a thousand objects is quoted for the first of them, with the number of the others, so that no other rule is
drowned. A waiver (annotation ``cilium-networking/waive-CN101: why``) silences one rule on its object, and one that
silences nothing is a finding itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from ..resources import Finding, Resource
from .rule import Case, Rule, Said

if TYPE_CHECKING:
    from ..lossless.edit import Edit

#: Findings of one rule that are told one by one; a report of thousands is read by nobody.
MOST: Final = 50
WAIVER: Final = "cilium-networking/waive-"
#: The rule about waivers themselves.
UNUSED: Final = "CN504"

Judged = tuple[Finding, "Resource | None", tuple["Edit", ...]]


def judge(case: Case, rules: Iterable[Rule]) -> Iterator[Finding]:
    """Every finding about a case."""
    return (finding for finding, _, _ in judged(case, rules))


def judged(case: Case, rules: Iterable[Rule], *, most: int | None = MOST) -> list[Judged]:
    """Every finding, with the object that it is about and the edits that would mend it; object by object.

    ``most`` of each rule, ``None`` for all of them: whoever mends has no reader to spare.
    """
    place = {id(resource): position for position, resource in enumerate(case.cluster.resources)}
    return sorted(_said(case, rules, most), key=lambda each: place.get(id(each[1]), len(place)))


def _said(case: Case, rules: Iterable[Rule], most: int | None) -> Iterator[Judged]:
    waivers = _Waivers(case.cluster.resources)
    for rule in rules:
        told = 0
        more: Said | None = None
        for said in rule.check(case):
            if isinstance(said, Finding):
                yield said, None, ()
                continue
            if waivers.cover(rule.id, said.spot.resource):
                continue
            told += 1
            if most is None or told <= most:
                yield _finding(rule, said), said.spot.resource, said.fix
            else:
                more = said
        if more is not None and most is not None:
            message = f"and {told - most} more of this kind"
            yield _finding(rule, Said(more.spot, message, severity=more.severity)), more.spot.resource, ()
    yield from waivers.unused()


def _finding(rule: Rule, said: Said) -> Finding:
    severity = said.severity or rule.severity
    if said.values is not None:
        return said.values.finding(
            severity, said.message, said.keys, rule=rule.id, current=said.current, proposed=said.proposed
        )
    return said.spot.finding(severity, said.message, rule=rule.id, current=said.current, proposed=said.proposed)


class _Waivers:
    """Which object waives which rule, and whether there was anything to waive."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        # Looked for in the text first: hardly any object has one, and a tree costs more than a search.
        self._resources = [resource for resource in resources if WAIVER in resource.fragment.text]
        self._used: set[tuple[int, str]] = set()

    def cover(self, rule: str, resource: Resource) -> bool:
        if not any(one is resource for one in self._resources):
            return False
        reason = _reasons(resource).get(rule)
        self._used.add((id(resource), rule))
        return bool(reason)

    def unused(self) -> Iterator[Judged]:
        for resource in self._resources:
            for rule, reason in _reasons(resource).items():
                path = ("metadata", "annotations", f"{WAIVER}{rule}")
                node = resource.fragment.at(path)
                if (id(resource), rule) not in self._used:
                    message = f"{UNUSED} waives {rule}, which has nothing to say here: take the annotation off"
                elif not reason:
                    message = f"{UNUSED} waives {rule} without a reason, so it does not: say why"
                else:
                    continue
                yield resource.finding("warning", message, path, node=node, rule=UNUSED), resource, ()


def _reasons(resource: Resource) -> dict[str, str]:
    """Rule ids and reasons of an object's waivers."""
    notes = resource.fragment.data()
    notes = notes.get("metadata") if isinstance(notes, dict) else None
    notes = notes.get("annotations") if isinstance(notes, dict) else None
    found = notes.items() if isinstance(notes, dict) else ()
    return {key.removeprefix(WAIVER): str(value or "").strip() for key, value in found if key.startswith(WAIVER)}
