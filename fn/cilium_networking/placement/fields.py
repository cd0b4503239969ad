"""Fields of a wanted object on an object that stands: steps by name become places in its lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..lossless import Mapping, Node, Path, Scalar, Sequence, follow
from ..lossless.edit import Edit, Put
from ..resources import Finding, Resource
from ..settings import Placeholder

if TYPE_CHECKING:
    from ..settings import Field
    from ..settings.model import FieldPath


def field_edits(resource: Resource, fields: Iterable[Field]) -> tuple[list[Edit], set[str]]:
    """The edits that give an object its fields, and the settings that found a place by that.

    A field below a list element that is not there has no place: a renamed BGP instance is the user's.
    """
    edits: list[Edit] = []
    placed: set[str] = set()
    for field in fields:
        path = resolve_path(resource.root, field.path)
        if path is None:
            continue
        edits.append(Put(path, field.value))
        placed.update(field.setters)
    return edits, placed


def resolve_path(root: Node, path: FieldPath) -> Path | None:
    """A path whose named steps are positions; ``None`` when an element it goes through is not there."""
    steps: list[str | int] = []
    node: Node | None = root
    for step in path:
        node = None if node is None else follow(node)
        if isinstance(step, (str, int)):
            steps.append(step)
            if isinstance(node, Mapping) and isinstance(step, str):
                node = node.get(step)
            elif isinstance(node, Sequence) and isinstance(step, int):
                node = node.items[step] if step < len(node.items) else None
            else:
                node = None
            continue
        if not isinstance(node, Sequence):
            return None
        for number, item in enumerate(node.items):
            element = follow(item)
            found = element.get(step.key) if isinstance(element, Mapping) else None
            if isinstance(found, Scalar) and found.value == step.value:
                steps.append(number)
                node = element
                break
        else:
            return None
    return tuple(steps)


def quoted_placeholders(resource: Resource, fields: Iterable[Field]) -> Iterator[Finding]:
    """Placeholders that ended up in quotes: what fills them in later would leave a text where a boolean has to be."""
    for field in fields:
        if not isinstance(field.value, Placeholder):
            continue
        path = resolve_path(resource.root, field.path)
        node = None if path is None else resource.fragment.at(path)
        if path is not None and isinstance(node, Scalar) and node.style:
            message = (
                f"`{field.value}` cannot stand in quotes or brackets here: write this field plain, on its own line"
            )
            yield resource.finding("error", message, path, node=node)
