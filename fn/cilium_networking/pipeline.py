"""The settings that a package's own pipeline names: how a validator, and the command, find what ``render`` is given.

kpt hands a function either a configPath or a configMap, never both, so ``configMap: {verb: validate}`` leaves no room
for settings: they are looked up where the Kptfile's render entry has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from .errors import InputError
from .lossless import Mapping, Node, Scalar, follow, parse
from .lossless import Sequence as List
from .resources import OWNER, Resource, read_resource

# The last part of a name: of an image before its tag or digest, of a program before its ending.
_LAST_PART: Final = re.compile(r"(?:^|[/\s])([A-Za-z0-9_-]+)(?:\.pyz)?(?=[:@\s]|$)")


def pipeline_config(resources: Sequence[Resource]) -> Resource | None:
    """The function config of the package's first render entry of ours; ``None`` when there is no such entry.

    Raises InputError when that entry names a file that is not there.
    """
    kptfile = _kptfile(resources)
    if kptfile is None:
        return None
    for entry in _entries(kptfile.fragment.at(("pipeline", "mutators"))):
        words = f"{_text(entry.get('image'))} {_text(entry.get('exec'))}"
        if OWNER not in _LAST_PART.findall(words) and "cilium_networking" not in words.split():
            continue
        inline = entry.get("configMap")
        if isinstance(inline, Mapping):
            if _text(inline.get("verb")) in ("", "render"):
                return _inline(kptfile, inline)
            continue
        path = _text(entry.get("configPath")).removeprefix("./")
        if path:
            found = [one for one in resources if one.file == path and one.package == kptfile.package]
            if not found:
                raise InputError(f"the Kptfile takes its settings from `{path}`, which is not in the package")
            return found[0]
    return None


def _kptfile(resources: Iterable[Resource]) -> Resource | None:
    """The Kptfile of the package itself: under render those of its subpackages are in the list too."""
    found = [resource for resource in resources if resource.kind == "Kptfile" and resource.name]
    return min(found, key=lambda one: (len(one.package), (one.file or "").count("/")), default=None)


def _entries(node: Node | None) -> Iterator[Mapping]:
    if isinstance(node, List):
        for item in node.items:
            entry = follow(item)
            if isinstance(entry, Mapping):
                yield entry


def _inline(kptfile: Resource, inline: Mapping) -> Resource:
    """A configMap as the ConfigMap that kpt makes of it."""
    from .lossless.emit import block_text

    data = {entry.name: _text(entry.value) for entry in inline.entries if entry.name is not None}
    head = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "function-input"}, "data": data}
    return replace(read_resource(parse(block_text(head))), file=kptfile.file, index=kptfile.index)


def _text(node: Node | None) -> str:
    return node.value if isinstance(node, Scalar) else ""
