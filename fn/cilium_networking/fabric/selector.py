"""Label selectors as Kubernetes evaluates them, and what two of them can have in common.

``None`` in place of a selector is an absent one, which means everything in one field and nothing in another: whoever
holds it knows. An empty one selects everything wherever it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..records import dataclass
from .spot import Spot, below, is_open, members, texts, words

#: apimachinery, pkg/apis/meta/v1: the operators of a LabelSelectorRequirement.
OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist")
#: Those that need values; the others take none.
VALUED: Final = ("In", "NotIn")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on a label; ``values`` should be empty for ``Exists`` and ``DoesNotExist``."""

    key: str
    operator: str
    values: tuple[str, ...]
    spot: Spot

    def accepts(self, labels: Mapping[str, str]) -> bool:
        here = labels.get(self.key)
        match self.operator:
            case "In":
                return here is not None and here in self.values
            case "NotIn":
                return here is None or here not in self.values
            case "Exists":
                return here is not None
            case _:
                return here is None

    @property
    def unreadable(self) -> str | None:
        """What makes Kubernetes refuse the whole selector (LabelSelectorAsSelector): ``values``, or ``no values``."""
        if bool(self.values) is (self.operator in VALUED):
            return None
        return "values" if self.values else "no values"

    def __str__(self) -> str:
        """As ``kubectl -l`` writes it."""
        match self.operator:
            case "In" if len(self.values) == 1:
                return f"{self.key}={self.values[0]}"
            case "In" | "NotIn":
                return f"{self.key} {self.operator.lower()} ({','.join(self.values)})"
            case "Exists":
                return self.key
            case _:
                return f"!{self.key}"


@dataclass(frozen=True, slots=True)
class Selector:
    """Conditions that all have to hold. ``open``: a placeholder stands in it, so that it cannot be evaluated yet."""

    requirements: tuple[Requirement, ...]
    open: bool
    spot: Spot

    def matches(self, labels: Mapping[str, str]) -> bool:
        return all(requirement.accepts(labels) for requirement in self.requirements)

    @property
    def unreadable(self) -> tuple[Requirement, ...]:
        """The conditions that Kubernetes cannot read; none where that is not known yet."""
        return () if self.open else tuple(each for each in self.requirements if each.unreadable)

    @property
    def everything(self) -> bool:
        return not self.requirements and not self.open

    def __str__(self) -> str:
        return ",".join(map(str, self.requirements)) or "everything"


def read_selector(data: Any, spot: Spot) -> Selector | None:
    """The selector that stands in a field, ``None`` where none does, or something of another type."""
    if not isinstance(data, dict):
        return None
    found = [
        Requirement(key, "In", (value,), spot.at("matchLabels", key))
        for key, value in words(data, "matchLabels").items()
    ]
    # A placeholder may stand for the labels, for the list of conditions, and for the list of values in one.
    unknown = any(is_open(below(data, key)) for key in ("matchLabels", "matchExpressions"))
    for position, each in members(data, "matchExpressions"):
        key, operator = each.get("key"), each.get("operator")
        unknown |= is_open(operator) or not _listed(each.get("values"))
        if isinstance(key, str) and operator in OPERATORS:
            values = texts(each, "values") or ()
            found.append(Requirement(key, operator, values, spot.at("matchExpressions", position)))
    placeholders = any(is_open(word) for each in found for word in (each.key, *each.values))
    return Selector(tuple(found), placeholders or unknown, spot)


def _listed(values: Any) -> bool:
    """Whether values are all there as texts; of what has another type the schema speaks."""
    return not values or (isinstance(values, list) and all(isinstance(value, str) for value in values))


def contradiction(selectors: Iterable[Selector | None]) -> tuple[Requirement, Requirement] | None:
    """Two conditions that no labels meet together; ``None`` where some may. An absent selector asks for nothing.

    Judged label by label, which is exact: conditions on different labels never stand in each other's way.
    """
    by_key: dict[str, list[Requirement]] = {}
    for selector in selectors:
        for each in selector.requirements if selector is not None and not selector.open else ():
            by_key.setdefault(each.key, []).append(each)
    for several in by_key.values():
        clash = _clash(several)
        if clash is not None:
            return clash
    return None


def _clash(requirements: list[Requirement]) -> tuple[Requirement, Requirement] | None:
    """Two conditions on one label of which the second leaves nothing."""
    # Absent, or one of the values that somebody names, or any other: that is all that a label can be told apart by.
    named = {value for each in requirements for value in each.values}
    key = requirements[0].key
    left: list[dict[str, str]] = [{}, *({key: value} for value in sorted(named)), {key: _OTHER}]
    for position, each in enumerate(requirements):
        kept = [labels for labels in left if each.accepts(labels)]
        if not kept:
            return (requirements[max(position - 1, 0)], each)
        left = kept
    return None


#: A label value that nobody can write, standing for all that nobody names.
_OTHER: Final = "\0"
