"""What an expert would say about a cluster's files before they are applied.

::

    findings = judge(Case(read_cluster(resources, "1.19"), settings), EVERY)

A rule is a function with a manual page (:mod:`.rule`), registered in its family's tuple (:mod:`.catalog`), run by
:mod:`.engine`. Rules ask the model of :mod:`~cilium_networking.fabric`, never YAML.
"""

from __future__ import annotations

from .catalog import EVERY, RULES
from .engine import MOST, WAIVER, Judged, judge, judged
from .rule import Case, Page, Rule, Said

__all__ = ["EVERY", "MOST", "RULES", "WAIVER", "Case", "Judged", "Page", "Rule", "Said", "judge", "judged"]
