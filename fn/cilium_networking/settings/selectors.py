"""Label keys, values and selectors: kubectl's one-line syntax to what the API server takes.

The syntax is that of ``kubectl -l`` (Kubernetes 1.34, apimachinery ``pkg/labels``), without ``<`` and ``>``, which a
LabelSelector cannot say; ``*`` alone is everything, as an empty selector.
"""

from __future__ import annotations

import re
from typing import Any, Final

from ..addressing import Wrong, quoted

# apimachinery pkg/util/validation: IsQualifiedName, IsValidLabelValue, IsDNS1123Subdomain.
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_SUBDOMAIN: Final = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
_MOST: Final = 253

_SET: Final = re.compile(r"(\S+)\s+(in|notin)\s*\(([^()]*)\)")
_EQUAL: Final = re.compile(r"([^=!\s]+)\s*(==|=|!=)\s*([^=!]*)")


def is_object_name(text: str) -> bool:
    """Whether an object can have that name: an RFC 1123 subdomain."""
    return len(text) <= _MOST and _SUBDOMAIN.fullmatch(text) is not None


def is_label_key(text: str) -> bool:
    """``prefix/name`` or ``name``."""
    prefix, slash, name = text.rpartition("/")
    return _NAME.fullmatch(name) is not None and (not slash or is_object_name(prefix))


def is_label_value(text: str) -> bool:
    return text == "" or _NAME.fullmatch(text) is not None


def label_key(text: str) -> str | Wrong:
    """The key of a label."""
    return text if is_label_key(text) else Wrong("is not a label key, like `cilium-networking/pool`")


def _parts(text: str) -> list[str]:
    """The requirements of a selector: what commas outside of parentheses divide."""
    parts: list[str] = []
    depth = start = 0
    for at, char in enumerate(text):
        if char == "," and depth <= 0:
            parts.append(text[start:at])
            start = at + 1
        depth += (char == "(") - (char == ")")
    return [*parts, text[start:]]


def label_selector(text: str) -> dict[str, Any] | Wrong:
    """A LabelSelector as plain data; requirements are ANDed, equality goes to ``matchLabels``."""
    if text.strip() == "*":
        return {}
    labels: dict[str, str] = {}
    expressions: list[dict[str, Any]] = []
    for part in _parts(text):
        found = _requirement(part.strip())
        if isinstance(found, Wrong):
            return found
        key, operator, values = found
        if operator == "=":
            if labels.setdefault(key, values[0]) != values[0]:
                return Wrong(f"asks for two values of the label {quoted(key)} at once, which selects nothing")
        elif values:
            expressions.append({"key": key, "operator": operator, "values": values})
        else:
            expressions.append({"key": key, "operator": operator})
    selector: dict[str, Any] = {}
    if labels:
        selector["matchLabels"] = labels
    if expressions:
        selector["matchExpressions"] = expressions
    return selector


def _requirement(text: str) -> tuple[str, str, list[str]] | Wrong:
    operator, values = "", []
    if match := _SET.fullmatch(text):
        key, operator = match[1], "In" if match[2] == "in" else "NotIn"
        values = [value.strip() for value in match[3].split(",")]
    elif match := _EQUAL.fullmatch(text):
        key, operator, values = match[1], "NotIn" if match[2] == "!=" else "=", [match[3].strip()]
    elif text.startswith("!"):
        key, operator = text[1:].strip(), "DoesNotExist"
    else:
        key, operator = text, "Exists"
    if not is_label_key(key):
        return Wrong("is not a label selector, like `role=edge,zone in (a,b),!retired`")
    for value in values:
        if not is_label_value(value):
            return Wrong(f"compares with {quoted(value)}, which is not a label value")
    return key, operator, values
