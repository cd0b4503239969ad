"""One reading of sources while it goes on: what was found, what is to be said, how much may still be decoded."""

from __future__ import annotations

from ..lossless import Path, field_path
from ..records import dataclass
from ..resources import Finding, Severity
from .coding import Budget
from .layer import Found, Layer
from .secrets import Gathered


@dataclass(frozen=True, slots=True)
class Inner:
    """A layer that was just come upon, and what is known of it before it is read."""

    layer: Layer
    #: Whether it is user data or manifests whatever it looks like.
    certain: bool = False
    #: Why a ``write_files`` in it is not read.
    ignored: str = ""


class Run:
    """The state of one reading. ``manifests`` are the ConfigMaps that are known to hold some: namespace and name."""

    def __init__(self, manifests: frozenset[tuple[str, str]]) -> None:
        self.manifests = manifests
        self.references: set[tuple[str, str]] = set()
        self.found: list[Found] = []
        self.layers: list[Layer] = []
        self.findings: list[Finding] = []
        self.gathered = Gathered()
        self.budget = Budget()
        #: Layers in which a text was too much: a thousand such sentences say no more than one.
        self.too_much: set[str] = set()

    def say(
        self,
        severity: Severity,
        message: str,
        layer: Layer,
        *,
        path: Path = (),
        document: int = 0,
        line: int | None = None,
    ) -> None:
        """A finding about a text, or a document (1-based) and a field in it."""
        index = document - 1 if document else None
        field = field_path(path) or None
        self.findings.append(Finding(severity, message, file=str(layer), field=field, index=index, line=line))
