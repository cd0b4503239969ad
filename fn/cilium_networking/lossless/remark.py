"""A comment behind a value, where there is none yet: how a scalar that stands plainly becomes a setter's place."""

from __future__ import annotations

from .fragment import Fragment
from .node import Path, Scalar
from .places import in_flow, line_end, locate
from .proof import checked


def put_comment(fragment: Fragment, path: Path, comment: str) -> Fragment | None:
    """The fragment with ``comment`` behind the scalar at ``path``; ``None`` where no comment can stand, or one does.

    No room is inside of brackets, behind a text of several lines, and behind another comment. Raises EditError where
    the way to the scalar is not safe: through an alias, a merge key or a key that stands twice.
    """
    node = locate(fragment, path)
    if not isinstance(node, Scalar) or node.style in ("|", ">") or in_flow(fragment, path):
        return None
    text = fragment.text
    end = line_end(text, node.start)
    if node.start == node.end or node.end > end or text[node.end : end].strip():
        return None
    return checked(fragment, path, node.data, (node.end, end, f" {comment}"))
