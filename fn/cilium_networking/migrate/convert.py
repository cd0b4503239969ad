"""Every conversion in its turn, over all objects of an input.

A new source is a module with a :class:`~.ledger.Conversion` in it, and its name in :data:`CONVERSIONS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ..fabric import read_cluster
from ..fabric.kustomize import without_patches
from ..kinds import DEFAULT_RELEASE, GROUP, gone, release_of, served
from ..kinds import api_version as stored
from ..resources import Resource
from .ledger import Conversion, Converted, Releases, Told, followed
from .upgrade import CILIUM_API

CONVERSIONS: Final[tuple[Conversion, ...]] = (CILIUM_API,)

#: What has no conversion yet, by kind.
_PEERING: Final = "CiliumBGPPeeringPolicy"
_METALLB: Final = "metallb.io"


def convert(
    resources: Sequence[Resource], release: str, source: str | None = None, *, fix: bool = False
) -> tuple[Converted, ...]:
    """What becomes of each object, in their order, for the release that the cluster goes to.

    ``source`` is the release that it comes from; without one that of the chart among the objects, if there is one.
    With ``fix`` what is wrong and has one right answer is mended on the way.
    """
    releases = Releases(release, source or chart_release(resources))
    patches = {id(resource) for resource in without_patches(tuple(resources))[1]}
    reasons = [_stays(resource, releases, patch=id(resource) in patches) for resource in resources]
    found = tuple(
        Converted(resource, (resource,), (Told((), "decide", stays),) if stays else ())
        for resource, stays in zip(resources, reasons, strict=True)
    )

    def converted(several: Sequence[Converted]) -> tuple[Converted, ...]:
        pairs = zip(several, reasons, strict=True)
        return tuple(_converted(one, releases) if stays is None else one for one, stays in pairs)

    if not fix:
        return converted(found)
    from ..rules.fixing import until_done  # late: the rules are many
    from .mending import mended_after, mended_before

    def round_() -> bool:
        nonlocal found
        before = [one.fragment.text for each in found for one in each.made]
        found = mended_after(converted(mended_before(found, release)), release)
        return [one.fragment.text for each in found for one in each.made] != before

    until_done(round_)
    return found


def chart_release(resources: Iterable[Resource]) -> str | None:
    """The one release of Cilium that charts among the objects deploy."""
    versions = (values.version for values in read_cluster(resources, DEFAULT_RELEASE).values)
    found = {release for version in versions if version and (release := release_of(version))}
    return found.pop() if len(found) == 1 else None


def _converted(found: Converted, releases: Releases) -> Converted:
    """An object through every conversion that takes it."""
    for conversion in CONVERSIONS:
        made: list[Resource] = []
        for one in found.made:
            step = conversion.convert(one, releases) if conversion.takes(one) else None
            if step is not None:
                found = followed(found, step)
                made += step.made
            else:
                made.append(one)
        found = Converted(found.origin, tuple(made), found.told)
    return found


def not_yet(group: str, kind: str) -> str | None:
    """Which of the older forms that are read already a kind belongs to, where it has no conversion yet."""
    if group == GROUP and kind == _PEERING:
        return "BGP version 1 is not converted yet"
    return "MetalLB is not converted yet" if group == _METALLB else None


def _stays(resource: Resource, releases: Releases, *, patch: bool) -> str | None:
    """Why an object that a reader would expect to be converted is left as it is; empty where that is no news."""
    if resource.local:
        return None
    group, kind = resource.identity[0], resource.kind
    if group == GROUP and kind == _PEERING:
        now = "" if served(kind, releases.target) else f"; {gone(kind, releases.target)}"
        return (
            "BGP version 1 is not converted yet: it stays where it is; write a CiliumBGPClusterConfig, a "
            f"CiliumBGPPeerConfig and a CiliumBGPAdvertisement for it, and delete it last{now}"
        )
    if group == _METALLB:
        return (
            "MetalLB is not converted yet: it stays where it is, and goes on; give no address to a pool of "
            "Cilium's that MetalLB still announces"
        )
    if patch and group == GROUP and CILIUM_API.takes(resource):
        # What a patch does not say, the object that it is laid over may: no default of it can be written out.
        if served(kind, releases.target) and resource.api_version == stored(kind, releases.target):
            return ""
        return "is a patch of kustomize: bring it by hand to the form of the object that it is laid over"
    return None
