"""What kustomizations say of the files of a repository: which are patches and no objects, and which go together.

A patch holds only what differs: judged by itself it would be judged wrongly, and so would the fields of the base that
it changes. Two overlays of one base are two clusters, or two stages of one. Source: kustomize 5.8,
api/types/kustomization.go (``patches``, ``patchesStrategicMerge``, ``patchesJson6902``, ``resources``, ``bases``,
``components``).

Left out: what comes of laying them over. ``kustomize build`` makes that, and its output can be judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from ..errors import InputError
from ..resources import Resource
from .spot import Spot, below, members, text, texts

if TYPE_CHECKING:
    from ..lossless import Path
    from .cluster import Cluster

_GROUP: Final = "kustomize.config.k8s.io"
_KINDS: Final = ("Kustomization", "Component")


def without_patches(resources: tuple[Resource, ...]) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    """The resources that are objects, and those that are patches."""
    files = _patches(resources)
    if not files:
        return resources, ()
    patches = tuple(resource for resource in resources if resource.file in files)
    return tuple(resource for resource in resources if resource.file not in files), patches


#: Kind and name of an object that is patched, the name empty for all of the kind, with the fields that are changed.
Changed = Mapping[tuple[str, str], frozenset["Path"]]


def changed_by_patches(cluster: Cluster) -> Changed:
    """What patches put in the place of what a base says: up to a list, which is replaced or merged as a whole."""
    found: dict[tuple[str, str], set[Path]] = {}
    for resource in cluster.patches:
        found.setdefault((resource.kind, resource.name), set()).update(_leaves(resource.fragment.data()))
    for one in cluster.of(*_KINDS):
        if one.spot.resource.identity[0] != _GROUP:
            continue
        inline = [("", "", each) for each in texts(one.data, "patchesStrategicMerge") or ()]
        for key in ("patches", "patchesJson6902"):
            for _, each in members(one.data, key):
                target = [text(each, "target", word) or "" for word in ("kind", "name")]
                inline.append((target[0], target[1], text(each, "patch") or ""))
        for kind, name, patch in inline:
            for changed, fields in _inline(kind, name, patch):
                found.setdefault(changed, set()).update(fields)
    return {changed: frozenset(fields) for changed, fields in found.items()}


def _inline(kind: str, name: str, patch: str) -> Iterator[tuple[tuple[str, str], Iterable[Path]]]:
    """A patch that is a text in the kustomization: objects in part, or a list of operations."""
    from ..lossless.stream import documents  # late: few kustomizations have one

    try:
        every = [piece.fragment.data() for piece in documents(patch) if piece.fragment is not None]
    except InputError:
        return
    for data in every:
        if isinstance(data, dict):
            yield (kind or text(data, "kind") or "", name or text(data, "metadata", "name") or ""), _leaves(data)
        elif isinstance(data, list) and kind:
            paths = [text(each, "path") or "" for each in data]
            yield (kind, name), [_field(path) for path in paths if path]


def _field(pointer: str) -> Path:
    """A JSON pointer as a path, up to a place in a list."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    return tuple(takewhile(lambda step: not step.isdigit() and step != "-", steps))


def _leaves(data: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from _leaves(value, (*path, key))
    elif path[:1] != ("apiVersion",) and path[:1] != ("kind",) and path[:2] not in _NAMES:
        yield path


#: What tells which object a patch is for.
_NAMES: Final = (("metadata", "name"), ("metadata", "namespace"))


def _patches(resources: Iterable[Resource]) -> set[str]:
    """The files that kustomizations among the resources have as patches."""
    found: set[str] = set()
    for resource in resources:
        if resource.kind not in _KINDS or resource.identity[0] != _GROUP or resource.file is None:
            continue
        try:
            data = resource.fragment.data()
        except InputError:
            continue
        directory = _directory(resource)
        said = [
            path
            for key in ("patches", "patchesJson6902")
            for _, each in members(data, key)
            if (path := text(each, "path"))
        ]
        for path in (*said, *(texts(data, "patchesStrategicMerge") or ())):
            found.add(_joined(directory, path))
    return found


def overlays(cluster: Cluster, objects: Iterable[Resource]) -> Iterator[tuple[list[Spot], list[tuple[str, ...]]]]:
    """Kustomizations that take some of the objects from one base under the same names, with their directories.

    No cluster has two of them: what the base holds would be the same objects.
    """
    found: dict[str, tuple[Spot, Any]] = {}
    for one in cluster.of(*_KINDS):
        if one.spot.resource.identity[0] == _GROUP:
            found[_directory(one.spot.resource)] = (one.spot, one.data)
    taken = {here: set(_taken(here, found)) for here in found}
    within = set().union(*taken.values())
    tops = [here for here in found if here not in within and not _renames(found[here][1])]
    bases = {_directory(one) for one in objects}
    for base in sorted(within & bases):
        several = [here for here in tops if base in taken[here]]
        if len(several) > 1:
            yield [found[here][0] for here in several], [tuple(here.split("/")) for here in several]


def _taken(here: str, found: Mapping[str, tuple[Spot, Any]], seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The directories that a kustomization takes in, and those that they do."""
    if here in seen or here not in found:
        return
    for key in ("resources", "bases", "components"):
        for said in texts(found[here][1], key) or ():
            there = _joined(here, said)
            yield there
            yield from _taken(there, found, seen | {here})


def _renames(data: Any) -> bool:
    return bool(below(data, "namePrefix") or below(data, "nameSuffix"))


def _directory(resource: Resource) -> str:
    return (resource.file or "").rpartition("/")[0]


def _joined(directory: str, path: str) -> str:
    """A path as resources have theirs, without ``.`` and ``..``."""
    steps: list[str] = []
    for step in f"{directory}/{path}".split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps)
