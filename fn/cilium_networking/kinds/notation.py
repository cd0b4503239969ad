"""Reads the tables: lines of text to rows, and what a release and version make of a row.

The notation is described where it is used, in :mod:`.tables`. A table that breaks it is a bug of ours, so it raises
ValueError with the line; no user ever sees one, because a test reads every table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ..records import dataclass
from .catalog import RELEASES

_RANGE: Final = re.compile(r"(1\.\d+)?(-?)(1\.\d+)?")
_WITH_BOUNDS: Final = ("bounds", "items", "len")
_WITH_VALUE: Final = ("default", "enum", "format", "key", "mistaken", "pattern", "renamed", "rule", "use")
_WORDS: Final = frozenset((*_WITH_BOUNDS, *_WITH_VALUE, "deprecated", "required"))
_BOUNDS: Final = re.compile(r"\d*\.\.\d*")

Place = tuple[str, str]
"""A release and a version in it: ``("1.19", "v2")``."""


@dataclass(frozen=True, slots=True)
class Span:
    """Some releases, of one version or of all."""

    version: str | None
    first: int
    last: int

    def covers(self, place: Place) -> bool:
        release, version = place
        return self.version in (None, version) and self.first <= RELEASES.index(release) <= self.last


@dataclass(frozen=True, slots=True)
class Token:
    """One constraint: ``1..255@1.17-`` is ``bounds``, ``1..255`` and where it holds."""

    word: str
    value: str
    where: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One field as one row has it. ``where`` is empty when the field is everywhere."""

    path: str
    type: str
    tokens: tuple[Token, ...] = ()
    where: tuple[Span, ...] = ()
    doc: str = ""

    def exists(self, place: Place) -> bool:
        return holds(self.where, place)

    def values(self, word: str, place: Place) -> list[str]:
        """What the row says under a word, for one release and version."""
        return [token.value for token in self.tokens if token.word == word and holds(token.where, place)]


def holds(where: Sequence[Span], place: Place) -> bool:
    """Whether a constraint is in force; one that says nowhere is in force everywhere."""
    return not where or any(span.covers(place) for span in where)


def read(table: str) -> tuple[Row, ...]:
    """The rows of a table, in its order. Raises ValueError for a line that breaks the notation."""
    return tuple(_row(lines) for lines in _paragraphs(table))


def steps(path: str) -> list[str]:
    """``spec.blocks[].cidr`` as ``["spec", "blocks", "[]", "cidr"]``."""
    return re.findall(r"\[\]|\{\}|[^.\[\]{}]+", path)


def _paragraphs(table: str) -> Iterator[list[str]]:
    lines: list[str] = []
    for line in table.splitlines():
        if line[:1] not in ("", " ") and lines:
            yield lines
            lines = []
        if line.strip():
            lines.append(line)
    if lines:
        yield lines


def _row(lines: list[str]) -> Row:
    words: list[str] = []
    doc: list[str] = []
    for line in lines:
        text = line.strip()
        if text.startswith("#"):
            doc.append(text.lstrip("# "))
        else:
            words += text.split()
    if len(words) < 2:
        raise ValueError(f"a row has a path and a type: {lines[0]!r}")
    path, kind, *constraints = words
    where: tuple[Span, ...] = ()
    tokens: list[Token] = []
    for constraint in constraints:
        name, _, places = constraint.partition("@")
        spans = tuple(_span(place) for place in places.split(",")) if places else ()
        if not name:
            where = spans
            continue
        word, equals, value = name.partition("=")
        if not equals and _BOUNDS.fullmatch(word):
            word, value = "bounds", word
        if word not in _WORDS:
            raise ValueError(f"unknown constraint {constraint!r}: {lines[0]!r}")
        tokens.append(Token(word, value, spans))
    return Row(path, kind, tuple(tokens), where, " ".join(doc))


def _span(text: str) -> Span:
    version, colon, releases = text.partition(":") if text.startswith("v") else ("", "", text)
    match = _RANGE.fullmatch(releases)
    first, dash, last = match.groups() if match else (None, "", None)
    known = all(end is None or end in RELEASES for end in (first, last))
    if not (known and (first or last or (version and not colon))):
        raise ValueError(f"not a range of releases: {text!r}")
    start = RELEASES.index(first) if first else 0
    end = RELEASES.index(last) if last else len(RELEASES) - 1 if dash or not first else start
    return Span(version or None, start, end)
