"""The Cilium API, from any release to what the target release stores: version, form, and defaults that changed.

The text of an object is edited and never written anew, so that comments, order and style stay; an object that is
right comes back as it was. An object whose edits lossless refuses (aliases, merge keys, keys that stand twice) stays
whole as it is, and its lines say why. What the target does not know stays in the text, with a line that says what
becomes of it: to take it out is the owner's decision, or that of mending.

Left out: kinds that became other kinds (CiliumBGPPeeringPolicy), and kinds that Cilium writes itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from ...errors import EditError, InputError
from ...kinds import GROUP, KINDS, check, served
from ...kinds import api_version as stored
from ...kinds import schema as schema_of
from ...lossless.edit import SetText, edit
from ...resources import Resource
from ..ledger import Conversion, Converted, Releases, Told, original
from . import bgp, metadata, pools, services
from .change import Change

if TYPE_CHECKING:
    from ...kinds import Problem

_VERSION: Final = ("apiVersion",)
_BY_KIND: Final[dict[str, Callable[[Any, Releases], Iterator[Change]]]] = {
    "CiliumBGPAdvertisement": bgp.upgrade_advertisement,
    "CiliumBGPPeerConfig": bgp.upgrade_peer_config,
    "CiliumBGPClusterConfig": bgp.upgrade_cluster_config,
    "CiliumBGPNodeConfigOverride": bgp.upgrade_override,
}
_GROUPS: Final = {"Service": "", "Gateway": "gateway.networking.k8s.io"}
#: Problems of a field that the API server drops or refuses as unknown.
_UNKNOWN: Final = ("unknown-field", "other-release", "misplaced-field")


def _takes(resource: Resource) -> bool:
    if resource.local:
        return False
    group = resource.identity[0]
    if group != GROUP:
        return _GROUPS.get(resource.kind) == group
    return resource.kind in KINDS and KINDS[resource.kind].owner == "user" and KINDS[resource.kind].replaced_by is None


def _convert(resource: Resource, releases: Releases) -> Converted | None:
    try:
        data = resource.fragment.data()
    except InputError:
        return None
    changes = list(_changes(resource, data, releases))
    told = tuple(one for change in changes for one in change.told)
    try:
        fragment = edit(resource.fragment, *(one for change in changes for one in change.edits))
    except (EditError, InputError) as error:
        why = f"{error.message}: bring the object to the form of Cilium {releases.target} by hand"
        return Converted(resource, (resource,), (Told((), "decide", why),))
    made = resource if fragment.text == resource.fragment.text else resource.with_fragment(fragment)
    told += tuple(_unknown(made, told, releases))
    return Converted(resource, (made,), told) if told else None


def _changes(resource: Resource, data: Any, releases: Releases) -> Iterator[Change]:
    kind = resource.kind
    if kind in _GROUPS:
        yield from services.upgrade(data, kind, releases)
        return
    if not served(kind, releases.target):
        return
    version = stored(kind, releases.target)
    if resource.api_version != version:
        why = f"what Cilium {releases.target} stores"
        yield Change((SetText(_VERSION, version),), (Told(_VERSION, "changed", why),))
    yield from metadata.namespace(data)
    yield from metadata.server_side(data)
    if kind == "CiliumLoadBalancerIPPool":
        yield from pools.upgrade(data, resource.api_version, releases)
    elif kind in _BY_KIND:
        yield from _BY_KIND[kind](data, releases)


def _unknown(made: Resource, told: tuple[Told, ...], releases: Releases) -> Iterator[Told]:
    """Fields that stay in the text, and that the target does not know."""
    if made.api_version not in (served(made.kind, releases.target) if made.kind in KINDS else ()):
        return
    schema = schema_of(made.kind, releases.target, made.api_version)
    for problem in check(made.root, schema, allow_placeholders=True):
        if problem.rule in _UNKNOWN and problem.path and _is_field(made, problem):
            why = f"Cilium {releases.target} does not know it, though it stays in the file: {problem.message}"
            yield Told(original(problem.path, told), "lost", why)


def _is_field(made: Resource, problem: Problem) -> bool:
    """Whether a problem is of the field itself, and not of the word that stands in it."""
    return problem.rule != "other-release" or made.fragment.at(problem.path) is not problem.node


CILIUM_API: Final = Conversion("Cilium API", _takes, _convert)
