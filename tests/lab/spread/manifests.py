"""The manifests of a spread, for judges that take many at once: each text once, and no name twice.

A manifest knows which case it is from, so that a judge's word can be traced to the settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from cilium_networking.kinds import KINDS
from cilium_networking.lossless import parse
from cilium_networking.lossless.edit import Put, edit
from cilium_networking.resources import Resource
from lab.spread import cases, render


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object as it was rendered, and which case it is from."""

    origin: str
    resource: Resource

    @property
    def version(self) -> str:
        return self.resource.api_version.partition("/")[2]

    @property
    def collection(self) -> str:
        return f"/apis/{self.resource.api_version}/{KINDS[self.resource.kind].plural}"

    def __str__(self) -> str:
        return f"{self.origin}: {self.resource.file}: {self.resource.kind} {self.resource.name}"


def filled(text: str) -> str:
    """A manifest after the tool that fills in placeholders, as Flux does; ours all have a default."""
    return re.sub(r"\$\{\w+:=([^{}]*)\}", r"\1", text)


def distinct(manifests: Iterable[Manifest]) -> list[Manifest]:
    """Each text once, under a name that no other has; a placeholder has been filled in."""
    texts: dict[str, Manifest] = {}
    names: set[tuple[str, str]] = set()
    for one in manifests:
        text = filled(one.resource.fragment.text)
        if text in texts:
            continue
        fragment = parse(text)
        name = one.resource.name
        if (one.resource.kind, name) in names:
            name = f"{name}.{len(texts)}"
            fragment = edit(fragment, Put(("metadata", "name"), name))
        names.add((one.resource.kind, name))
        texts[text] = Manifest(one.origin, one.resource.with_fragment(fragment))
    return list(texts.values())


@cache
def of_spread(release: str) -> tuple[Manifest, ...]:
    """The distinct manifests that the cases of a release give."""
    return tuple(distinct(Manifest(case.name, resource) for case in cases(release) for resource in render(case)))
