"""New YAML: block style for what we add, flow where the text around it is flow.

The style is the one that kpt writes by itself: two columns, compact sequences, plain scalars where they mean the same,
so that kpt has nothing to normalise in what we generate.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from .scalars import spell

# JSON takes these as they are, YAML takes them for control characters or line breaks.
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def block_lines(data: Any, column: int = 0, *, wide: bool = False) -> list[str]:
    """A mapping or list as lines at ``column``; ``wide`` indents lists below their keys."""
    pad = " " * column
    lines: list[str] = []
    if isinstance(data, dict):
        for key, value in data.items():
            name = pad + spell(key) + ":"
            if isinstance(value, dict) and value:
                lines += [name, *block_lines(value, column + 2, wide=wide)]
            elif isinstance(value, list) and value:
                lines += [name, *block_lines(value, column + 2 * wide, wide=wide)]
            else:
                lines.append(f"{name} {_leaf(value)}")
        return lines
    for item in data:
        if isinstance(item, (dict, list)) and item:
            first, *rest = block_lines(item, column + 2, wide=wide)
            lines += [f"{pad}- {first[column + 2 :]}", *rest]
        else:
            lines.append(f"{pad}- {_leaf(item)}")
    return lines


def block_text(data: Any) -> str:
    """A whole document."""
    return "\n".join(block_lines(data)) + "\n"


def flow_text(data: Any, *, quoted: bool = False) -> str:
    """A value on one line, as it stands inside brackets; ``quoted`` gives JSON, for where all around is JSON."""
    if quoted:
        return json_text(data)
    if isinstance(data, dict):
        return "{" + ", ".join(f"{spell(key, flow=True)}: {flow_text(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(flow_text, data)) + "]"
    return spell(data, flow=True)


def json_text(data: Any) -> str:
    """JSON, which is YAML too, with its characters as they are: go-yaml refuses surrogate escapes."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match.group()):04x}", json.dumps(data, ensure_ascii=False))


def _leaf(value: Any) -> str:
    return flow_text(value) if isinstance(value, (dict, list)) else spell(value)
