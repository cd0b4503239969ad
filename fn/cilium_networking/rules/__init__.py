"""What an expert would say about a cluster's files before they are applied.

::

    case = Case(read_cluster(resources, "1.19"), settings)
    findings = judge(case, asked(case))

A rule is a function with a manual page (:mod:`.rule`), registered in its family's tuple (:mod:`.catalog`), run by
:mod:`.engine`. Rules ask the model of :mod:`~cilium_networking.fabric`, never YAML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .catalog import asked
from .engine import MOST, SEVERAL, WAIVER, Judged, bounded, is_idle, judge, judged
from .rule import Case, Page, Rule, Said

if TYPE_CHECKING:
    from .catalog import EVERY, RULES

__all__ = [
    "EVERY",
    "MOST",
    "RULES",
    "SEVERAL",
    "WAIVER",
    "Case",
    "Judged",
    "Page",
    "Rule",
    "Said",
    "asked",
    "bounded",
    "is_idle",
    "judge",
    "judged",
]


def __getattr__(name: str) -> object:
    """``EVERY`` and ``RULES`` import every family, and so only for whoever wants them."""
    from . import catalog

    return getattr(catalog, name)
