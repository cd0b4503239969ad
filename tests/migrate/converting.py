"""How tests ask a migration: YAML in, the new text and the lines of the ledger out."""

from __future__ import annotations

from cilium_networking.lossless.stream import documents
from cilium_networking.migrate import Converted, Line, convert, lines
from cilium_networking.resources import Resource, read_resource


def objects(text: str) -> tuple[Resource, ...]:
    """The objects of a YAML text."""
    fragments = [piece.fragment for piece in documents(text) if piece.fragment]
    return tuple(read_resource(one, position=number) for number, one in enumerate(fragments))


def converted(text: str, release: str = "1.19", source: str | None = None, *, fix: bool = False) -> list[Converted]:
    return list(convert(objects(text), release, source, fix=fix))


def text_of(several: list[Converted]) -> str:
    """The new objects, one behind the other."""
    return "---\n".join(made.fragment.text for one in several for made in one.made)


def told(several: list[Converted]) -> list[str]:
    """Every line that says more than that a field was carried."""
    return [shown(line) for one in several for line in lines(one) if line.fate != "carried"]


def shown(line: Line) -> str:
    after = f" -> {line.to or line.field}: {line.after}" if line.after else ""
    return f"{line.fate} {line.field or 'object'}{f'={line.before}' if line.before else ''}{after} ({line.why})"
