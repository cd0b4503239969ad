"""What stands in for a value that a later tool fills in: Flux's variables with their defaults, and templates.

A placeholder is nobody's fault, and a default is a value like any other: it is what the cluster gets where the
variable is not set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from ..errors import InputError
from ..fabric.flux import variables
from ..fabric.spot import is_open, texts_below
from ..kinds import check
from ..lossless import Path, Scalar, parse
from ..records import replace

if TYPE_CHECKING:
    from ..kinds import Problem, Schema
    from ..resources import Resource


@cache
def _blanked() -> re.Pattern[str]:
    """A value that makejinja fills in and a reader of YAML takes for a comment; or one of its statements."""
    return re.compile(r"^[^#\n]*[:-][ ]+#\{.*\}#[ ]*$|^[ ]*#%.*%#[ ]*$", re.MULTILINE)


def is_template(resource: Resource) -> bool:
    """Whether an object is the source of one: Jinja's marks in a value of its spec, or makejinja's."""
    text = resource.fragment.text
    if "{{" not in text and "{%" not in text and "#{" not in text and "#%" not in text:
        return False
    if ("#{" in text or "#%" in text) and _blanked().search(text):
        return True
    data = resource.fragment.data()
    return any("${" not in said and is_open(said) for _, said in texts_below(data))


def defaults(resource: Resource, schema: Schema) -> Iterator[Problem]:
    """What is wrong with the defaults of variables, as with any value in their place."""
    if "${" not in resource.fragment.text:
        return
    for path, said in texts_below(resource.fragment.data()):
        for one in variables(said):
            # The dash of a setter's name is no default: kpt fills it in, not Flux.
            if one.text == said and one.default and not one.dashed:
                for problem in judged_as(one.default, schema.at(path), path):
                    yield replace(problem, message=f"the default of `{said}` would not do: {problem.message}")


def becomes_anything(resource: Resource, problem: Problem) -> bool:
    """Whether a text stands in for a list or a mapping: Flux fills it in before YAML is read again.

    kpt's setters are no such, they put in scalars; and neither is a default that is no list, which is judged itself.
    """
    node = problem.node
    if problem.rule != "wrong-type" or not isinstance(node, Scalar) or not node.value.startswith("${"):
        return False
    if any(comment == problem.path for comment, _, _ in resource.comments):
        return False
    one = next(variables(node.value), None)
    return one is not None and one.text == node.value and one.plain and not one.dashed


def judged_as(text: str, field: Schema | None, path: Path) -> Iterator[Problem]:
    """What is wrong with a text that is put into a field, typed by its look as Flux writes it."""
    if field is None or field.type == "any":
        return
    quoted = "'" + text.replace("'", "''") + "'"
    try:
        root = parse(quoted if field.type == "string" else text).root
    except InputError:
        root = parse(quoted).root
    yield from check(root, field, path)
