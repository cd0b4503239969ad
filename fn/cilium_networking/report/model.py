"""The one thing that every format is given."""

from __future__ import annotations

from ..records import dataclass
from ..resources import Finding


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file that ``render`` changed, or would change; its path as the reader knows it."""

    file: str
    #: ``changed``, ``added`` or ``removed``.
    change: str
    #: The unified diff, when it was asked for.
    diff: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All that a run has to say. The files of its findings are paths as the reader knows them."""

    verb: str
    findings: tuple[Finding, ...]
    changes: tuple[FileChange, ...] = ()

    def count(self, severity: str) -> int:
        """How many findings have a severity."""
        return sum(finding.severity == severity for finding in self.findings)
