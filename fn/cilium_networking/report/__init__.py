"""What a run has to say, for a reader: a person at a terminal, a script, a code host.

One small module a format, and one explicit table of them. A report says the same in each of them: every finding with
its place, object, field, what is there and what would be right. It knows nothing of how the findings came about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from .model import FileChange, Report


def _text(report: Report) -> str:
    from .as_text import as_text

    return as_text(report)


def _json(report: Report) -> str:
    from .as_json import as_json

    return as_json(report)


def _github(report: Report) -> str:
    from .as_github import as_github

    return as_github(report)


def _sarif(report: Report) -> str:
    from .as_sarif import as_sarif

    return as_sarif(report)


#: Each imports its module when it is used: only one of them is.
FORMATS: Final[Mapping[str, Callable[[Report], str]]] = MappingProxyType(
    {"text": _text, "json": _json, "github": _github, "sarif": _sarif}
)

__all__ = ["FORMATS", "FileChange", "Report"]
