"""What the CNI's chart gets to see: the Helm values of all objects together, and what they leave to its defaults.

Promises silence where more may be given elsewhere: a value is off for certain only if it is said, or if nobody says it
and the values are whole.
"""

from __future__ import annotations

from typing import Any, Final

from ...fabric import Cluster, Spot, Values
from ...fabric.spot import is_open
from ...records import dataclass

#: A HelmChartConfig is laid over its chart's own values (k3s, pkg/helm-controller).
_ORDER: Final = {"HelmChart": 0, "HelmRelease": 0, "HelmChartConfig": 1}
#: Keys under which people put all of the values, as if the chart were a part of another one.
WRAPPERS: Final = ("cilium", "rke2-cilium")


@dataclass(frozen=True, slots=True)
class Found:
    """A value and the object that gives it."""

    values: Values
    keys: tuple[str, ...]
    value: Any


@dataclass(frozen=True, slots=True)
class Chart:
    """The values of a cluster; empty where the input has none."""

    sources: tuple[Values, ...]
    #: Whether what nobody says here may be said elsewhere.
    partial: bool

    def find(self, *keys: str) -> Found | None:
        """The value that counts: the last one."""
        for values in reversed(self.sources):
            value = values.get(*keys)
            if value is not None:
                return Found(values, keys, value)
        return None

    def flag(self, *keys: str) -> bool | None:
        """Whether something is on; ``None`` where nobody knows. What nobody says is off."""
        found = self.find(*keys)
        if found is None:
            return None if self.partial or not self.sources else False
        if found.value in (True, "true"):
            return True
        return False if found.value in (False, "false") else None

    @property
    def rke2(self) -> Values | None:
        """Values for RKE2's own package of the chart."""
        return next((one for one in self.sources if one.spot.resource.name == "rke2-cilium"), None)

    def place(self, *keys: str) -> tuple[Values, tuple[str, ...], Spot]:
        """Where a finding about a value stands, be it given or not."""
        found = self.find(*keys)
        values = found.values if found is not None else self.sources[-1]
        return values, keys, values.spot


def read_chart(cluster: Cluster) -> Chart:
    sources = tuple(sorted(cluster.values, key=lambda one: _ORDER.get(one.spot.resource.kind, 0)))
    kinds = [one.spot.resource.kind for one in sources]
    # Two of one kind are those of two clusters, or a mistake that another rule names.
    several = len(set(kinds)) < len(kinds)
    empty = [one for one in sources if one.data is None and one.wrong is None]
    told = [one for one in sources if one not in empty]
    return Chart(
        sources=tuple(told),
        partial=several or any(one.partial or wrapped(one) is not None or is_open(one.data) for one in told),
    )


def wrapped(values: Values) -> str | None:
    """The key that all values stand under, though the chart does not look there."""
    data = values.data
    if not isinstance(data, dict):
        return None
    return next((key for key in WRAPPERS if isinstance(data.get(key), dict)), None)
