"""The verb ``migrate``: objects of older forms become what the target release stores, and every field has a line.

::

    for one in convert(resources, "1.19"):
        for line in lines(one):
            line.fate   -> carried, changed, lost, decide

Promises: nothing is dropped without a line (:mod:`.ledger`); an object that is right comes back as the same text, so
that twice is once; and where a Service would lose its address that is an error, and nothing is changed
(:mod:`.keeping`). On its own output the verb has nothing left to convert, and says only what is still to be decided.

Left out: manifests inside other files, cloud-config above all. The command reads those.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..resources import Finding, Outcome, Resource, ResourceList
from .convert import CONVERSIONS, chart_release, convert
from .keeping import keeping
from .ledger import Conversion, Converted, Fate, Line, Releases, Told, lines
from .sentences import sentences

if TYPE_CHECKING:
    from ..settings import Settings


#: One of these stands in every object that may carry manifests.
_HINTS = ("/server/manifests", "cloud-config", "write_files", "additionalManifest", "additionalUserData")


def migrate(resource_list: ResourceList, settings: Settings) -> Outcome:
    """The objects as the release of the settings stores them, each at its place."""
    resources, release = resource_list.resources, settings.release
    converted = convert(resources, release)
    findings = [*resource_list.findings, *keeping(converted, release, chart_release(resources))]
    findings += (finding for one in converted for finding in sentences(one))
    findings += _embedded(resources)
    outcome = Outcome(tuple(made for one in converted for made in one.made), tuple(findings))
    return Outcome(resources, outcome.findings) if outcome.failed else outcome


def _embedded(resources: tuple[Resource, ...]) -> Iterator[Finding]:
    """Objects with manifests in their texts, which are no objects to the function."""
    for resource in resources:
        if not any(hint in resource.fragment.text for hint in _HINTS) or not _carries(resource):
            continue
        message = (
            "has manifests inside its text, which the function does not read: "
            f"`cilium-networking migrate {resource.file or 'FILE'} --to DIR` does"
        )
        yield resource.finding("warning", message)


def _carries(resource: Resource) -> bool:
    from ..lossless import Mapping
    from ..sources.carriers import Document, Held, texts  # late: hardly any object of a package holds others

    root = resource.root
    held = texts(Document(root, resource)) if isinstance(root, Mapping) else ()
    return any(isinstance(one, Held) and (one.certain or (one.target and one.target.is_manifest)) for one in held)


__all__ = [
    "CONVERSIONS",
    "Conversion",
    "Converted",
    "Fate",
    "Line",
    "Releases",
    "Told",
    "chart_release",
    "convert",
    "keeping",
    "lines",
    "migrate",
]
