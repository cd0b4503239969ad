"""Setter patterns: the text behind ``# kpt-set:``, with ``${name}`` where values go.

Substitution is one pass, so a value is never substituted again. Where a pattern names setters that were not given,
their values are recovered from the text that stands there, if there is exactly one way to do so. The peer
(apply-setters) takes the greediest way instead, silently: ``${image}:${tag}`` on ``registry:5000/app:1`` is an
example where that is a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

_SETTER: Final = re.compile(r"\$\{([^}]*)\}")


class Pattern(NamedTuple):
    """A pattern taken apart: ``literals[0] ${names[0]} literals[1] … ${names[-1]} literals[-1]``."""

    text: str
    literals: tuple[str, ...]
    names: tuple[str, ...]

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with every name's value in its place."""
        parts = [self.literals[0]]
        for name, literal in zip(self.names, self.literals[1:], strict=True):
            parts += (values[name], literal)
        return "".join(parts)


@lru_cache(maxsize=4096)
def parse_pattern(text: str) -> Pattern:
    """A pattern; one without any ``${}`` is no setter."""
    pieces = _SETTER.split(text)
    return Pattern(text, tuple(pieces[::2]), tuple(pieces[1::2]))


class AmbiguousError(Exception):
    """The text can be split between the setters in more than one way."""


def derive(pattern: Pattern, text: str) -> dict[str, str] | None:
    """The values that give ``text``, each of at least one character; ``None`` when there are none.

    Raises AmbiguousError when there are several. Two scans decide it: the split in which every value is as short as
    it can be from the left, and the one from the right. If they agree, no third exists; linear, whatever the text.
    """
    if not pattern.names or any(not literal for literal in pattern.literals[1:-1]):
        return None
    first, last = pattern.literals[0], pattern.literals[-1]
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return None
    inner = text[len(first) : len(text) - len(last)]
    between = pattern.literals[1:-1]
    left = _split(inner, between)
    if left is None:
        return None
    backwards = _split(inner[::-1], tuple(literal[::-1] for literal in reversed(between)))
    if backwards is None or [part[::-1] for part in reversed(backwards)] != left:
        raise AmbiguousError
    values: dict[str, str] = {}
    for name, value in zip(pattern.names, left, strict=True):
        if values.setdefault(name, value) != value:
            return None
    return values


def _split(text: str, literals: tuple[str, ...]) -> list[str] | None:
    """``text`` cut at the first place of each literal in turn that leaves no part empty."""
    parts: list[str] = []
    start = 0
    for literal in literals:
        at = text.find(literal, start + 1)
        if at < 0:
            return None
        parts.append(text[start:at])
        start = at + len(literal)
    parts.append(text[start:])
    return parts if parts[-1] else None
