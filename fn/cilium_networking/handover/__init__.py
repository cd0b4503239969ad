"""How objects change hands: from where they live to a kpt package, without a Service losing its address.

::

    migration = prepare(read_sources(["cloud-config.yaml"]), Request("1.19", "networking"))
    migration.texts      -> the package's files
    migration.rewritten  -> what takes the sources' place
    migration.runbook    -> the steps, each with its checks and its way back

It stands above the verbs because it is none: what it takes is no list of objects, and what it gives is more than one.
Conversions are ``migrate``'s, places of settings ``placement``'s, judgement the rules'. Nothing is written here.
"""

from __future__ import annotations

from .choice import Choice, Stay
from .preparing import REWRITTEN, Migration, Move, Request, prepare
from .runbook import Runbook, ServerFile, Step
from .setters import Setter

__all__ = [
    "REWRITTEN",
    "Choice",
    "Migration",
    "Move",
    "Request",
    "Runbook",
    "ServerFile",
    "Setter",
    "Stay",
    "Step",
    "prepare",
]
