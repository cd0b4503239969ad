"""Text in, text out, and only what was asked for changes.

The one room that knows YAML. A text is cut into fragments (:mod:`.stream`), a fragment shows a tree (:mod:`.node`)
made by a line reader for plain block style (:mod:`.lines`) or PyYAML's parser (:mod:`.compose`), and an edit is a
splice that is read back before it is accepted (:mod:`.edit`). It knows nothing of Kubernetes.
"""

from __future__ import annotations

from .fragment import Fragment
from .node import Alias, Comment, Entry, Mapping, Node, Path, Scalar, Sequence, child, field_path, find, follow


def parse(text: str) -> Fragment:
    """One document, not part of anything."""
    return Fragment(text)


__all__ = [
    "Alias",
    "Comment",
    "Entry",
    "Fragment",
    "Mapping",
    "Node",
    "Path",
    "Scalar",
    "Sequence",
    "child",
    "field_path",
    "find",
    "follow",
    "parse",
]
