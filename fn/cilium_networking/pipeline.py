"""The settings that a package's own pipeline names: how a validator, and the command, find what ``render`` is given.

kpt hands a function either a configPath or a configMap, never both, so ``configMap: {verb: validate}`` leaves no room
for settings: they are looked up where the Kptfile's render entry has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from .errors import InputError
from .lossless import Mapping, Node, Scalar, follow, parse
from .lossless import Sequence as List
from .records import replace
from .resources import OWNER, Resource, read_resource

# The last part of a name: of an image before its tag or digest, of a program before its ending.
_LAST_PART: Final = re.compile(r"(?:^|[/\s])([A-Za-z0-9_-]+)(?:\.pyz)?(?=[:@\s]|$)")


def pipeline_config(resources: Sequence[Resource]) -> Resource | None:
    """The function config of the package's render entries of ours; ``None`` when there is no such entry.

    Several entries are taken together, a later value before an earlier one, as they work one after the other. Without
    an entry of ours those of apply-setters count: then it is that function whose settings the package follows.
    Raises InputError when an entry names a file that is not there.
    """
    kptfile = _kptfile(resources)
    if kptfile is None:
        return None
    entries = list(_entries(kptfile.fragment.at(("pipeline", "mutators"))))
    for name in (OWNER, "apply-setters"):
        configs = [config for entry in entries if _is_of(entry, name) for config in _configs(entry, kptfile, resources)]
        if configs:
            return configs[0] if len(configs) == 1 else _merged(kptfile, configs)
    return None


def _is_of(entry: Mapping, name: str) -> bool:
    """Whether an entry runs the function of that name, from an image or as a program."""
    words = f"{_text(entry.get('image'))} {_text(entry.get('exec'))}"
    return name in _LAST_PART.findall(words) or (name == OWNER and "cilium_networking" in words.split())


def _configs(entry: Mapping, kptfile: Resource, resources: Sequence[Resource]) -> Iterator[Resource]:
    inline = entry.get("configMap")
    if isinstance(inline, Mapping):
        if _text(inline.get("verb")) in ("", "render"):
            yield _inline(kptfile, {one.name: _text(one.value) for one in inline.entries if one.name is not None})
        return
    path = _text(entry.get("configPath")).removeprefix("./")
    if path:
        found = [one for one in resources if one.file == path and one.package == kptfile.package]
        if not found:
            raise InputError(f"the Kptfile takes its settings from `{path}`, which is not in the package")
        yield found[0]


def _merged(kptfile: Resource, configs: Sequence[Resource]) -> Resource:
    data: dict[str, str] = {}
    for config in configs:
        values = config.fragment.at(("data",))
        if config.kind != "ConfigMap" or not isinstance(values, Mapping):
            return config  # a typed config says everything itself
        data |= {one.name: _text(follow(one.value)) for one in values.entries if one.name is not None}
    return _inline(kptfile, data)


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


def _inline(kptfile: Resource, data: dict[str, str]) -> Resource:
    """A configMap as the ConfigMap that kpt makes of it."""
    from .lossless.emit import block_text

    head = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "function-input"}, "data": data}
    return replace(read_resource(parse(block_text(head))), file=kptfile.file, index=kptfile.index)


def _text(node: Node | None) -> str:
    return node.value if isinstance(node, Scalar) else ""
