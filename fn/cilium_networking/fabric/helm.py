"""The CNI's Helm values, wherever a repository keeps them.

RKE2 takes them from a HelmChartConfig (``spec.valuesContent``, a text, or ``spec.values``), k3s and others from a
HelmChart, Flux from a HelmRelease, and Helm itself from a file. Keys mean the same in all of them. Read, never written.
"""

from __future__ import annotations

from typing import Any, Final

from ..errors import InputError
from ..lossless import Fragment, Scalar, parse
from ..records import dataclass
from ..resources import Finding, Resource, Severity
from .spot import Spot, below, is_open, text

#: Names of the chart: upstream's, and RKE2's package of it.
_CHARTS: Final = ("cilium", "rke2-cilium")
_CONTENT: Final = ("spec", "valuesContent")
#: What stands for the kind of a file of values, which is no object.
VALUES_FILE: Final = "HelmValues"
#: Jinja's and makejinja's: a statement may give any keys, and an expression stands for one value.
_STATEMENTS: Final = ("{%", "#%")
_EXPRESSION: Final = "{{"


@dataclass(frozen=True, slots=True)
class Values:
    """Values of one object. ``data`` is ``None`` where they cannot be read, because of ``wrong``."""

    spot: Spot
    #: ``HelmChartConfig`` and ``HelmChart`` overlay the chart's own defaults as RKE2 changes them.
    rke2: bool
    data: Any
    wrong: InputError | None
    #: The text inside ``valuesContent``, for lines.
    content: Fragment | None
    #: Whether more than stands here may be given: by a Secret, another field, or a template. Absence says nothing then.
    partial: bool = False
    #: The chart's version, where the object names one.
    version: str | None = None

    def get(self, *keys: str) -> Any:
        """The value under these keys, ``None`` where nobody gives one."""
        return below(self.data, *keys)

    def finding(
        self, severity: Severity, message: str, keys: tuple[str, ...], *, rule: str,
        current: str | None = None, proposed: str | None = None,
    ) -> Finding:  # fmt: skip
        """A finding about a key; inside a text its line is the text's."""
        if self.content is None:
            return self.spot.at(*keys).finding(severity, message, rule=rule, current=current, proposed=proposed)
        found = self.spot.finding(severity, message, rule=rule, current=current, proposed=proposed)
        outer = self.spot.resource.fragment.at(self.spot.path)
        path, inner = keys, None
        while inner is None and path:
            inner = self.content.at(path)
            path = path[:-1]
        if outer is None or inner is None or found.line is None:
            return found
        # A literal's content begins on the line behind its header.
        from ..records import replace

        return replace(found, line=found.line + self.content.line(inner))


def read_values(resource: Resource, data: Any) -> Values | None:
    """The values that an object gives to Cilium's chart; ``None`` for an object about something else."""
    if resource.kind in ("HelmChartConfig", "HelmChart"):
        chart = text(data, "spec", "chart") or ""
        if resource.name not in _CHARTS and chart.rpartition("/")[2] not in _CHARTS:
            return None
        return _from_text(resource, data)
    if resource.kind == VALUES_FILE:
        rke2 = "rke2" in resource.name
        return Values(Spot(resource), rke2=rke2, data=data, wrong=None, content=None)
    if text(data, "spec", "chart", "spec", "chart") != "cilium" and text(data, "spec", "chartRef", "name") != "cilium":
        return None
    found = below(data, "spec", "values")
    return Values(
        Spot(resource, ("spec", "values")), rke2=False, data=found, wrong=None, content=None,
        partial=not isinstance(found, dict) or bool(below(data, "spec", "valuesFrom")),
        version=text(data, "spec", "chart", "spec", "version"),
    )  # fmt: skip


def _from_text(resource: Resource, data: Any) -> Values | None:
    content = below(data, *_CONTENT)
    version = text(data, "spec", "version")
    others = [below(data, "spec", key) for key in ("valuesSecrets", "set", "values")]
    if content is None and "valuesContent" in (below(data, "spec") or {}) and others[2] is None:
        content = ""  # a key with nothing behind it, or with comments only
    if not isinstance(content, str):
        found = below(data, "spec", "values")
        return Values(
            Spot(resource, ("spec", "values")), rke2=True, data=found, wrong=None, content=None,
            partial=not isinstance(found, dict) or any(others[:2]), version=version,
        )  # fmt: skip
    spot = Spot(resource, _CONTENT)
    partial = any(others) or any(mark in content for mark in _STATEMENTS) or is_open(content.strip().partition(":")[0])
    fragment: Fragment | None
    try:
        fragment, inner = _read(content)
    except InputError as error:
        return Values(spot, rke2=True, data=None, wrong=error, content=None, partial=True, version=version)
    outer = resource.fragment.at(_CONTENT)
    literal = isinstance(outer, Scalar) and outer.style == "|"
    return Values(
        spot,
        rke2=True,
        data=inner,
        wrong=None,
        content=fragment if literal else None,
        partial=partial or not isinstance(inner, dict),
        version=version,
    )


def _read(content: str) -> tuple[Fragment | None, Any]:
    """A text of values, where a template's expression is a placeholder: YAML takes it for a mapping in a mapping."""
    if _EXPRESSION in content:
        import re  # only for a text that is no YAML yet

        content = re.sub(r"\{\{.*?\}\}", "${}", content)
    if all(line.strip().partition("#")[0] in ("", "---") for line in content.splitlines()):
        return None, {}  # comments only: to Helm that is an empty mapping, and so is `null`
    fragment = parse(content)
    data = fragment.data()
    return fragment, {} if data is None else data
