"""A ``kind: List`` as the objects in it: what ``kubectl get … -o yaml`` and ``-o json`` print of a live cluster.

The pieces that it is cut into, joined, are its text, so that an object in it is read, judged and changed at its place.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ..errors import InputError
from ..lossless import Fragment, Mapping, Scalar
from ..lossless.stream import Cut, Piece, cut, cut_by_lines
from .resource import Resource, read_resource

# A text and no pattern yet: hardly any run meets a list.
_KIND: Final = r"""(?m)(?:^|[{,]\s*)["']?kind["']?:\s*["']?List["']?\s*(?:$|[,}#])"""


class Unlisted(NamedTuple):
    """A list's pieces, and the object in each of them; ``brackets`` where it is written as JSON is."""

    pieces: tuple[Piece, ...]
    objects: tuple[Resource | None, ...]
    brackets: bool


def unlisted(document: Piece) -> Unlisted | None:
    """The list that a document is, cut into its objects; ``None`` for a document that is something else.

    Raises InputError when it is not YAML.
    """
    whole = document.fragment
    if whole is None or not re.search(_KIND, whole.text):
        return None
    by_lines = cut_by_lines(whole.text, "items")
    if by_lines is not None and _is_list(by_lines):
        try:
            found = _unlisted(document.gap, whole, by_lines)
        except InputError:
            found = None
        # That lines show a list rightly is known when each item is an object: a line of a quoted text may be a dash.
        if found is not None and all(one is None or one.kind for one in found.objects):
            return found
    try:
        pieces = cut(whole.text, "items")
    except InputError as error:
        line = None if error.line is None else error.line + whole.first_line - 1
        raise InputError(error.message, line=line) from error
    return _unlisted(document.gap, whole, pieces) if pieces.items and _is_list(pieces) else None


def _is_list(found: Cut) -> bool:
    root = found.shell.root
    if not isinstance(root, Mapping):
        return False
    said = {key: node.value for key in ("apiVersion", "kind") if isinstance(node := root.get(key), Scalar)}
    return said == {"apiVersion": "v1", "kind": "List"}


def _unlisted(gap: str, whole: Fragment, found: Cut) -> Unlisted:
    pieces: list[Piece] = []
    objects: list[Resource | None] = []
    gap += found.head
    for item, behind in zip(found.items, found.gaps, strict=True):
        item.first_line += whole.first_line - 1
        pieces.append(Piece(gap, item))
        objects.append(read_resource(item))
        gap = behind
    return Unlisted((*pieces, Piece(gap + found.tail, None)), (*objects, None), found.column is None)
