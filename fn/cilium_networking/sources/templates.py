"""Templates that are no YAML yet: which language it is, what to render first, and what can be read all the same.

Placeholders that leave YAML behind (``${VAR}``, a quoted ``{{ x }}``) are kept and are nobody's concern here. What is
recognised: lines that only a template engine reads, an unquoted ``{{ x }}``, which YAML takes for a mapping, and
makejinja's ``#{ x }#``, which YAML takes for a comment, so that the field is silently empty.

:func:`masked` makes a text of the same length in which such lines are comments and such expressions are words, so that
the rest of the file can be read, each thing at its place.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ..lossless import Mapping, Node, Sequence


class Template(NamedTuple):
    """What a template is, and the first line that shows it (1-based)."""

    language: str
    remedy: str
    line: int

    def __str__(self) -> str:
        return f"is a template of {self.language}, and not what the cluster gets before it is rendered: {self.remedy}"


_TERRAFORM: Final = (
    "Terraform",
    (
        "give what it renders to: the user data that a node has (`cloud-init query userdata`), or what "
        "`terraform console` prints for its `templatefile(…)`"
    ),
)
_JINJA: Final = (
    "Jinja",
    (
        "give what it renders to: Ansible writes that with `ansible localhost -m template -a 'src=… dest=…'`, "
        "cloud-init prints it with `cloud-init devel render`"
    ),
)
_MAKEJINJA: Final = ("makejinja", "give what `makejinja` writes of it")
_GO: Final = ("Helm or Go", "give what `helm template` prints of it")

#: What shows a language, first the ones that are mistaken for another.
_SIGNS: Final = (
    (re.compile(r"#%.*?%#|(?:^|[ \t])#\{[^\n]*?\}#", re.MULTILINE), _MAKEJINJA),
    (re.compile(r"%\{"), _TERRAFORM),
    (re.compile(r"\{\{-?\s*(?:(?:if|range|end|with|include|toYaml|define|else)\b|[.$])"), _GO),
    (re.compile(r"\{%|\{\{"), _JINJA),
    (re.compile(r"^\s*\$\{[^}\n]+\}\s*$|\$\{[^}\n]*\(", re.MULTILINE), _TERRAFORM),
)
#: What makes nulls, or fields that are there sometimes, of a text that is YAML.
_COMMENTED: Final = re.compile(r"#%.*?%#|(?:^|[ \t])#\{[^\n]*?\}#", re.MULTILINE)
#: A line that is nothing to YAML: statements of all languages, and an expression that gives lines.
_STATEMENT: Final = re.compile(
    r"^(?P<pad>[ \t]*)(?P<first>[%{$])(?=\{[^\n]*\}[ \t]*$|%[^\n]*%\}[ \t]*$|\{[^\n]*\}\}[ \t]*$)", re.MULTILINE
)
_EXPRESSION: Final = re.compile(r"\{\{.*?\}\}")
_NO_WORD: Final = re.compile(r"\W", re.ASCII)


def template_of(text: str) -> Template | None:
    """The language of a text that was found to be no YAML; ``None`` where nothing in it looks like a template."""
    for sign, (language, remedy) in _SIGNS:
        match = sign.search(text)
        if match:
            return Template(language, remedy, 1 + text.count("\n", 0, match.start()))
    return None


def hidden(text: str, root: Node) -> Template | None:
    """The template that a text is although it reads as YAML, as ``root``; ``None`` for all others."""
    commented = "#{" in text or "#%" in text
    if (commented and _COMMENTED.search(text)) or ("{{" in text and _has_braces_for_key(text, root)):
        return template_of(text)
    return None


def _has_braces_for_key(text: str, root: Node) -> bool:
    """Whether a key is a mapping, which is what YAML makes of two braces."""
    todo = [root]
    while todo:
        node = todo.pop()
        if isinstance(node, Mapping):
            if any(isinstance(entry.key, Mapping) and text.startswith("{", entry.key.start) for entry in node.entries):
                return True
            todo += [entry.value for entry in node.entries]
        elif isinstance(node, Sequence):
            todo += node.items
    return False


def masked(text: str) -> str:
    """The text with its statements as comments and its expressions as words, every character at its place."""
    text = _STATEMENT.sub(r"\g<pad>#", text)
    return _EXPRESSION.sub(lambda match: _NO_WORD.sub("_", match.group()), text)


_PLACEHOLDER: Final = re.compile(r"\s*(?:\$\{[^}]+\}|\{\{.*\}\}|#\{.*\}#)\s*", re.DOTALL)


def is_placeholder(text: str) -> bool:
    """Whether a text is nothing but one placeholder."""
    return _PLACEHOLDER.fullmatch(text) is not None
