"""Kairos and Elemental: files in the stages of a cloud-config of yip; their ``write_files`` is cloud-init's."""

from __future__ import annotations

from collections.abc import Iterator

from ...lossless import Mapping
from .commands import commands
from .entries import written
from .held import Document, Held, Said, at, items


def texts(document: Document) -> Iterator[Held | Said]:
    stages = at(document.root, "stages")
    if document.resource is not None or not isinstance(stages, Mapping):
        return
    for stage in stages.entries:
        if stage.name is None:
            continue
        for index, step in items(at(stages, stage.name)):
            path = ("stages", stage.name, index)
            yield from written(at(step, "files"), (*path, "files"))
            yield from commands(at(step, "commands"), (*path, "commands"))
