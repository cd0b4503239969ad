"""Which kinds there are, and which versions of each a Cilium release serves and stores.

Two small tables that a person can check against a release's CRDs at a glance; everything else here only looks
things up in them. The fields of a kind are in :mod:`.tables`. Nothing outside this room spells an apiVersion.

A release is a minor release, ``"1.19"``: back-ports change a status field now and then, never the served versions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final, Literal

from ..records import dataclass

GROUP: Final = "cilium.io"

RELEASES: Final = ("1.15", "1.16", "1.17", "1.18", "1.19", "1.20")

#: What current RKE2 ships: rke2-cilium 1.19.601 in v1.33.13 to v1.36.3 (rancher/rke2, charts/chart_versions.yaml).
DEFAULT_RELEASE: Final = "1.19"

Owner = Literal["user", "operator", "agent"]

# Names and short names: Cilium pkg/k8s/apis/cilium.io/{v2,v2alpha1}, kubebuilder:resource markers, 1.15 to 1.19.
# Owner: who writes the spec. What the operator or the agent owns does not belong into a package.
_NAMES: Final = """
kind                         plural                        owner     short names
CiliumLoadBalancerIPPool     ciliumloadbalancerippools     user      ippools,ippool,lbippool,lbippools
CiliumL2AnnouncementPolicy   ciliuml2announcementpolicies  user      l2announcement
CiliumBGPClusterConfig       ciliumbgpclusterconfigs       user      cbgpcluster
CiliumBGPPeerConfig          ciliumbgppeerconfigs          user      cbgppeer
CiliumBGPAdvertisement       ciliumbgpadvertisements       user      cbgpadvert
CiliumBGPNodeConfigOverride  ciliumbgpnodeconfigoverrides  user      cbgpnodeoverride
CiliumBGPNodeConfig          ciliumbgpnodeconfigs          operator  cbgpnode
CiliumBGPPeeringPolicy       ciliumbgppeeringpolicies      user      bgpp
CiliumPodIPPool              ciliumpodippools              user      cpip
CiliumCIDRGroup              ciliumcidrgroups              user      ccg
CiliumNode                   ciliumnodes                   agent     cn,ciliumn
"""

# The first version of a cell is the one stored; "!" marks a deprecated one, "-" a kind that is gone.
# Sources: the CRDs of 1.15.0, 1.16.0, 1.17.5, 1.18.2, 1.19.4 and of main 2026-05-29 (1.20 development);
# cilium/cilium #37765 and #38239 (BGP v2), #39090 and #39134 (pool v2), #38940 (CIDR group v2 and its v2alpha1
# deprecated), #38397 and #42278 (peering policy). CiliumPodIPPool v2 was on main, not served; 1.20.2 has v2alpha1 only.
_VERSIONS: Final = """
kind                         1.15      1.16      1.17      1.18          1.19          1.20
CiliumLoadBalancerIPPool     v2alpha1  v2alpha1  v2alpha1  v2,v2alpha1   v2,v2alpha1!  v2,v2alpha1!
CiliumL2AnnouncementPolicy   v2alpha1  v2alpha1  v2alpha1  v2alpha1      v2alpha1      v2alpha1
CiliumBGPClusterConfig       v2alpha1  v2alpha1  v2alpha1  v2,v2alpha1!  v2,v2alpha1!  v2,v2alpha1!
CiliumBGPPeerConfig          v2alpha1  v2alpha1  v2alpha1  v2,v2alpha1!  v2,v2alpha1!  v2,v2alpha1!
CiliumBGPAdvertisement       v2alpha1  v2alpha1  v2alpha1  v2,v2alpha1!  v2,v2alpha1!  v2,v2alpha1!
CiliumBGPNodeConfigOverride  v2alpha1  v2alpha1  v2alpha1  v2,v2alpha1!  v2,v2alpha1!  v2,v2alpha1!
CiliumBGPNodeConfig          v2alpha1  v2alpha1  v2alpha1  v2,v2alpha1!  v2,v2alpha1!  v2,v2alpha1!
CiliumBGPPeeringPolicy       v2alpha1  v2alpha1  v2alpha1  v2alpha1!     -             -
CiliumPodIPPool              v2alpha1  v2alpha1  v2alpha1  v2alpha1      v2alpha1      v2alpha1
CiliumCIDRGroup              v2alpha1  v2alpha1  v2alpha1  v2,v2alpha1!  v2,v2alpha1!  v2,v2alpha1!
CiliumNode                   v2        v2        v2        v2            v2            v2
"""

# The upgrade notes of 1.19 send users of the peering policy to the v2 kinds, of which this one comes first.
_REPLACEMENTS: Final = {"CiliumBGPPeeringPolicy": "CiliumBGPClusterConfig"}

# "v1.19.4", "1.19", rke2-cilium's "1.19.601": a patch and a build may follow, nothing else.
_RELEASE: Final = r"v?([0-9]+\.[0-9]+)(?:\.[0-9]+)?(?:[-+][0-9A-Za-z.+-]+)?"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a kind in one release, ``v2`` rather than ``cilium.io/v2``."""

    name: str
    stored: bool
    deprecated: bool

    @property
    def api_version(self) -> str:
        return f"{GROUP}/{self.name}"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. ``versions`` has every release; a release that lacks the kind has an empty tuple."""

    name: str
    plural: str
    short_names: tuple[str, ...]
    cluster_scoped: bool
    #: Who writes its spec: ``user``, or Cilium's ``operator`` or ``agent``, and then nobody else should.
    owner: Owner
    replaced_by: str | None
    versions: Mapping[str, tuple[Version, ...]]


def _rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


def _owner(word: str) -> Owner:
    return "user" if word == "user" else "operator" if word == "operator" else "agent"


def _versions(cell: str) -> tuple[Version, ...]:
    names = [] if cell == "-" else cell.split(",")
    return tuple(
        Version(name.rstrip("!"), stored=position == 0, deprecated=name.endswith("!"))
        for position, name in enumerate(names)
    )


def _kinds() -> Mapping[str, Kind]:
    head, *lines = _rows(_VERSIONS)
    versions = {name: dict(zip(head[1:], map(_versions, cells), strict=True)) for name, *cells in lines}
    return MappingProxyType(
        {
            name: Kind(
                name=name,
                plural=plural,
                short_names=tuple(short.split(",")),
                # Every one of them carries scope=Cluster; a namespace in their metadata means nothing.
                cluster_scoped=True,
                owner=_owner(owner),
                replaced_by=_REPLACEMENTS.get(name),
                versions=MappingProxyType(versions[name]),
            )
            for name, plural, owner, short in _rows(_NAMES)[1:]
        }
    )


KINDS: Final = _kinds()


@cache
def release_of(text: str) -> str | None:
    """The release that a version belongs to, ``"1.19"`` of ``v1.19.4``; ``None`` when the table does not have it."""
    match = re.fullmatch(_RELEASE, text.strip())
    return match[1] if match and match[1] in RELEASES else None


def versions(kind: str, release: str) -> tuple[Version, ...]:
    """The versions of a kind in a release, the stored one first. Raises LookupError for names not in the table."""
    if kind not in KINDS:
        raise LookupError(f"{kind} is not a kind of Cilium's that is known here")
    if release not in RELEASES:
        raise LookupError(f"Cilium {release} is not a known release: {RELEASES[0]} to {RELEASES[-1]} are")
    return KINDS[kind].versions[release]


def served(kind: str, release: str) -> tuple[str, ...]:
    """The apiVersions that a release serves, the stored one first; none when the kind is gone there."""
    return tuple(version.api_version for version in versions(kind, release))


def deprecated(kind: str, release: str) -> tuple[str, ...]:
    """Those of :func:`served` that a release warns about."""
    return tuple(version.api_version for version in versions(kind, release) if version.deprecated)


def api_version(kind: str, release: str) -> str:
    """What a release stores, and so what to write: ``cilium.io/v2``. Raises LookupError where the kind is gone."""
    for version in versions(kind, release):
        if version.stored:
            return version.api_version
    raise LookupError(gone(kind, release))


def gone(kind: str, release: str) -> str:
    """Why a release does not have a kind: "CiliumBGPPeeringPolicy was removed in Cilium 1.19: use …"."""
    had = [name for name in RELEASES if KINDS[kind].versions[name]]
    before = [name for name in had if RELEASES.index(name) < RELEASES.index(release)]
    if not before:
        return f"{kind} exists since Cilium {had[0]}"
    successor = KINDS[kind].replaced_by
    removed = RELEASES[RELEASES.index(before[-1]) + 1]
    return f"{kind} was removed in Cilium {removed}" + (f": use {successor}" if successor else "")


def replacement(kind: str) -> str | None:
    """The kind that took this one's place, ``None`` while it is current."""
    return KINDS[kind].replaced_by if kind in KINDS else None
