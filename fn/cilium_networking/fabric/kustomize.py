"""Which files of a repository are no objects but patches of some: kustomize lays them over what they name.

A patch holds what differs, so that every judgement about it by itself would be wrong. Source: kustomize 5.8,
api/types/kustomization.go (``patches``, ``patchesStrategicMerge``, ``patchesJson6902``).

Left out: what comes of laying them over. ``kustomize build`` makes that, and its output can be judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..errors import InputError
from ..resources import Resource
from .spot import members, text, texts

_GROUP: Final = "kustomize.config.k8s.io"
_KINDS: Final = ("Kustomization", "Component")


def without_patches(resources: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """The resources that are objects."""
    patches = _patches(resources)
    if not patches:
        return resources
    return tuple(resource for resource in resources if resource.file not in patches)


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
        directory = resource.file.rpartition("/")[0]
        said = [
            path
            for key in ("patches", "patchesJson6902")
            for _, each in members(data, key)
            if (path := text(each, "path"))
        ]
        for path in (*said, *(texts(data, "patchesStrategicMerge") or ())):
            found.add(_joined(directory, path))
    return found


def _joined(directory: str, path: str) -> str:
    """A path as resources have theirs, without ``.`` and ``..``."""
    steps: list[str] = []
    for step in f"{directory}/{path}".split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps)
