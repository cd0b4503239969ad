"""What a verb has to say: findings, in the form that KRM results have, plus a rule's id.

A finding always says which resource, which field, what is there and what would be right. Results are part of
the output of a function, and newer kpt writes them into the Kptfile: they are deterministic, and state what
stands rather than what was done, so that a second run says the same.
"""

from __future__ import annotations

from typing import Literal

from ..records import dataclass

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class ResourceRef:
    """Which object: the four words that Kubernetes identifies it by."""

    api_version: str
    kind: str
    name: str
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One result. ``message`` is one line and carries the rule's id, because kpt hides tags."""

    severity: Severity
    message: str
    ref: ResourceRef | None = None
    #: Path of the field as ``spec.blocks[0].cidr``.
    field: str | None = None
    current: str | None = None
    proposed: str | None = None
    #: Path of the file inside the package, its document's index, and the 1-based line.
    file: str | None = None
    index: int | None = None
    line: int | None = None
    rule: str | None = None
    #: Where several releases of Cilium were judged: those that it holds in. Empty where it holds in all of them.
    releases: tuple[str, ...] = ()
