"""The kpt package that a migration gives: the objects in the package's own layout, their settings, and a Kptfile.

An object's text is the one that it came with, comments and all; an item of a list or a line of JSON is written as a
document of its own. Pure text: whoever calls writes it.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

from .. import IMAGE
from ..errors import InputError
from ..lossless import Fragment, parse
from ..lossless.emit import block_text
from ..lossless.scalars import quote, spell
from ..placement.files import FILES
from ..records import replace
from ..resources import Resource, read_resource
from .setters import Setter

SETTERS: Final = "setters.yaml"
_WIDTH: Final = 110
_RELEASE: Final = "cilium-version"
_QUOTE: Final = '"'


def filed(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """The objects as documents of the package's files, in their order."""
    taken: dict[str, int] = {}
    found = []
    for resource in resources:
        file = FILES[resource.kind]
        index = taken[file] = taken.get(file, -1) + 1
        document = read_resource(parse(_document(resource.fragment)))
        found.append(replace(document, file=file, index=index, package=""))
    return tuple(found)


def files(resources: Iterable[Resource], setters: Sequence[Setter], name: str, release: str) -> dict[str, str]:
    """File name to text: the objects as :func:`filed` has them, ``setters.yaml`` and the ``Kptfile``."""
    texts: dict[str, list[str]] = {}
    for resource in resources:
        assert resource.file is not None
        texts.setdefault(resource.file, []).append(resource.fragment.text)
    made = {file: "---\n".join(documents) for file, documents in texts.items()}
    return made | {SETTERS: setters_text(setters, name, release), "Kptfile": _kptfile(name)}


def setters_text(setters: Sequence[Setter], name: str, release: str) -> str:
    """The ConfigMap of the settings, each with what it is and where it goes; a placeholder stands until it is given."""
    lines = [
        "apiVersion: v1",
        "kind: ConfigMap",
        "metadata:",
        f"  name: {name}-setters",
        "  annotations:",
        '    config.kubernetes.io/local-config: "true"',
        "data:",
        *_comment("The release of Cilium that the objects are for."),
        f"  {_RELEASE}: {quote(release, _QUOTE)}",
    ]
    for each in setters:
        if each.name == _RELEASE:
            continue  # an older package has it too
        lines += _comment(f"{each.type[:1].upper()}{each.type[1:]}: {each.doc}.")
        if each.value is None:
            lines += _comment(f"Not known: it came as {each.placeholder}. Until it is given, nothing is rendered.")
        value = each.placeholder if each.value is None else each.value
        lines.append(f"  {each.name}: {value if spell(value) == value else quote(value, _QUOTE)}")
    return "\n".join(lines) + "\n"


def package_name(directory: str) -> str:
    """A name for the package in a directory, as kpt takes one."""
    return re.sub(r"[^a-z0-9-]+", "-", directory.lower()).strip("-") or "networking"


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="  # ", subsequent_indent="  # ", break_long_words=False)


def _kptfile(name: str) -> str:
    return f"""\
apiVersion: kpt.dev/v1
kind: Kptfile
metadata:
  name: {name}
  annotations:
    config.kubernetes.io/local-config: "true"
info:
  description: Load balancer addresses and announcements of Cilium
pipeline:
  mutators:
  - image: {IMAGE}
    configPath: {SETTERS}
  # kpt gives a function either a file or values: this one finds the settings through the entry above.
  validators:
  - image: {IMAGE}
    configMap:
      verb: validate
"""


def _document(fragment: Fragment) -> str:
    """An object's text as a document of its own, with no comment of its neighbours' in it."""
    text = fragment.source.replace("\r\n", "\n")
    plain = textwrap.dedent(text).strip("\n") + "\n"
    try:
        if not plain.lstrip().startswith("{") and parse(plain).data() == fragment.data():
            return plain
    except InputError:
        pass
    return block_text(fragment.data())
