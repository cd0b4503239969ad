"""One cluster's networking as typed data, read once from whatever resources there are.

Promises: each object is read once, absent is not empty, and every thing in the model knows where it stands. An object
that is not of a cluster (``config.kubernetes.io/local-config``) is not in it. What is typed wrong counts as absent: the
schema's findings say so.

Left out: simulation. What the operator would do with all this is told elsewhere; here is only what is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from ..errors import InputError
from ..kinds import GROUP, release_of
from ..records import dataclass, field, replace
from ..resources import SETTER_COMMENT, Resource
from .bgp import (
    Advertisement,
    ClusterConfig,
    Instance,
    Override,
    Peer,
    PeerConfig,
    read_advertisement,
    read_cluster_config,
    read_override,
    read_peer_config,
)  # fmt: skip
from .choosing import Choosers
from .helm import VALUES_FILE, Values, read_values
from .inventory import Inventory, read_inventory
from .kustomize import Changed, changed_by_patches, without_patches
from .machines import Machines
from .nodes import Node, read_node
from .pools import L2Policy, Pool, read_l2_policy, read_pool
from .services import GATEWAY_CLASS, GATEWAY_CONTROLLER, Gateway, Service, read_gateway, read_service, service_of
from .spot import Spot, below
from .supply import Supply

if TYPE_CHECKING:
    from .flux import Flux
    from .mesh import Membership
    from .sites import Sites


@dataclass(frozen=True, slots=True)
class Object:
    """An object of a kind that has no type of its own here, as plain data."""

    spot: Spot
    data: Any

    @property
    def name(self) -> str:
        return self.spot.resource.name

    @property
    def namespace(self) -> str:
        return self.spot.resource.namespace


@dataclass(frozen=True)
class Cluster:
    """What a set of resources means. Lists are in the order of the input."""

    #: The Cilium release that the resources are for, ``1.19``, and whether the settings name it.
    release: str
    release_given: bool = False
    #: What the run calls it; empty where it has no name.
    name: str = ""
    #: The directory that files are named from, as it was typed: for commands in messages.
    root: str = ""
    pools: tuple[Pool, ...] = ()
    l2_policies: tuple[L2Policy, ...] = ()
    cluster_configs: tuple[ClusterConfig, ...] = ()
    peer_configs: tuple[PeerConfig, ...] = ()
    advertisements: tuple[Advertisement, ...] = ()
    overrides: tuple[Override, ...] = ()
    services: tuple[Service, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    nodes: tuple[Node, ...] = ()
    values: tuple[Values, ...] = ()
    inventories: tuple[Inventory, ...] = ()
    #: Everything else, by kind.
    others: Mapping[str, tuple[Object, ...]] = field(default_factory=dict)

    @cached_property
    def minor(self) -> tuple[int, int]:
        """The release as numbers that compare."""
        return _minor(self.release)

    @cached_property
    def inventory(self) -> Inventory | None:
        """What is known beyond the resources; where several say something, the first counts and a rule says so."""
        return self.inventories[0] if self.inventories else None

    @cached_property
    def supply(self) -> Supply:
        """The pools by the addresses that they hold and the Services that they take."""
        return Supply(self.pools)

    @cached_property
    def machines(self) -> Machines:
        """Every node that the resources and the inventory name."""
        return Machines(self.nodes, self.inventory)

    @cached_property
    def announcers(self) -> Choosers[L2Policy]:
        """The L2 policies that announce addresses of load balancers, by the Services that they take."""
        return Choosers((policy.services, policy) for policy in self.l2_policies if policy.load_balancer_ips)

    def of(self, *kinds: str) -> Iterator[Object]:
        """The objects of kinds without a type here."""
        for kind in kinds:
            yield from self.others.get(kind, ())

    def peers(self) -> Iterator[tuple[ClusterConfig, Instance, Peer]]:
        """Every peer of every BGP instance, with both that hold it."""
        for config in self.cluster_configs:
            for instance in config.instances:
                for peer in instance.peers:
                    yield config, instance, peer

    @cached_property
    def flux(self) -> Flux:
        """What Flux puts into objects, as far as the input shows it."""
        from .flux import read_flux  # late: most inputs have no placeholder

        return read_flux(self)

    @cached_property
    def sites(self) -> Sites | None:
        """The clusters that this is, where it is proved to be several; what the run has a name for is one."""
        files = {resource.file or "" for resource in self.resources}
        if self.name or len({file.rpartition("/")[0] for file in files}) < 2:
            return None
        from .sites import read_sites  # late: most inputs are in one directory

        return read_sites(self)

    @cached_property
    def membership(self) -> Membership:
        """What the cluster brings into a mesh."""
        from .mesh import read_membership  # late: one cluster alone has none

        return read_membership(self)

    @cached_property
    def has_placeholders(self) -> bool:
        """Whether a later tool fills something in: then what is not here may still come. Setter comments are filled."""
        texts = (resource.fragment.text for resource in self.resources)
        lines = (line for text in texts if "${" in text for line in text.split("\n"))
        return any("${" in line.partition(SETTER_COMMENT)[0] for line in lines)

    @cached_property
    def changed(self) -> Changed:
        """The fields of objects that patches of kustomize put something else into."""
        return changed_by_patches(self)

    resources: tuple[Resource, ...] = ()
    #: What is no object, but is laid over one.
    patches: tuple[Resource, ...] = ()


Reader = Callable[[Resource, Any], Any]

#: Group and kind to the field of the model and its reader, which answers ``None`` for an object that is none of ours.
_READERS: Final[Mapping[tuple[str, str], tuple[str, Reader]]] = {
    (GROUP, "CiliumLoadBalancerIPPool"): ("pools", read_pool),
    (GROUP, "CiliumL2AnnouncementPolicy"): ("l2_policies", read_l2_policy),
    (GROUP, "CiliumBGPClusterConfig"): ("cluster_configs", read_cluster_config),
    (GROUP, "CiliumBGPPeerConfig"): ("peer_configs", read_peer_config),
    (GROUP, "CiliumBGPAdvertisement"): ("advertisements", read_advertisement),
    (GROUP, "CiliumBGPNodeConfigOverride"): ("overrides", read_override),
    (GROUP, "CiliumNode"): ("nodes", read_node),
    ("", "Node"): ("nodes", read_node),
    ("", "Service"): ("services", read_service),
    ("gateway.networking.k8s.io", "Gateway"): ("gateways", read_gateway),
    ("helm.cattle.io", "HelmChartConfig"): ("values", read_values),
    ("helm.cattle.io", "HelmChart"): ("values", read_values),
    ("helm.toolkit.fluxcd.io", "HelmRelease"): ("values", read_values),
    ("", VALUES_FILE): ("values", read_values),
}
_INVENTORY: Final = "NetworkInventory"


def read_cluster(
    resources: Iterable[Resource], release: str, *, release_given: bool = False, name: str = "", root: str = ""
) -> Cluster:
    """The model of one cluster. An object whose aliases cannot be written out is passed over: reading it said so."""
    every, patches = without_patches(tuple(resources))
    found: dict[str, list[Any]] = {}
    others: dict[str, list[Object]] = {}
    for resource in every:
        if not resource.kind or (resource.local and resource.kind != _INVENTORY):
            continue
        group = resource.identity[0]
        try:
            data = resource.fragment.data()
        except InputError:
            continue
        if resource.kind == _INVENTORY:
            found.setdefault("inventories", []).append(read_inventory(resource, data))
            continue
        where = _READERS.get((group, resource.kind))
        thing = where[1](resource, data) if where else None
        if where and thing is not None:
            found.setdefault(where[0], []).append(thing)
        else:
            others.setdefault(resource.kind, []).append(Object(Spot(resource), data))
    if not release_given:
        # The chart that is deployed says better than a default what the cluster runs.
        versions = (release_of(values.version) for values in found.get("values", ()) if values.version)
        named = {version for version in versions if version}
        if len(named) == 1:
            release, release_given = named.pop(), True
    if "gateways" in found:
        found["gateways"] = _of_classes(found["gateways"], others)
        found.setdefault("services", []).extend(_of_gateways(found, release))
    if "Ingress" in others or any(one.get("ingressController") is not None for one in found.get("values", ())):
        from .ingresses import of_ingresses  # late: in few inputs

        made = list(of_ingresses(others.get("Ingress", ()), found.get("values", []), _minor(release)))
        if made:
            found["services"] = [*found.get("services", ()), *_not_here(made, found)]
    return Cluster(
        release=release,
        release_given=release_given,
        name=name,
        root=root,
        others={kind: tuple(several) for kind, several in others.items()},
        resources=every,
        patches=patches,
        **{name: tuple(several) for name, several in found.items()},
    )


def _of_classes(gateways: list[Gateway], others: dict[str, list[Object]]) -> list[Gateway]:
    """The Gateways with what their classes say; the chart makes its own class, which is in few inputs."""
    ours, tuned = {GATEWAY_CLASS}, set()
    for each in others.get("GatewayClass", ()):
        controller = below(each.data, "spec", "controllerName")
        (ours.add if controller == GATEWAY_CONTROLLER else ours.discard)(each.name)
        if below(each.data, "spec", "parametersRef") is not None:
            tuned.add(each.name)
    return [
        replace(one, ours=True, parameters=one.parameters or one.class_name in tuned) if one.class_name in ours else one
        for one in gateways
    ]


def _of_gateways(found: dict[str, list[Any]], release: str) -> list[Service]:
    """The Services that Cilium makes for its Gateways, but for those that are here themselves."""
    values: list[Values] = found.get("values", [])
    if any(one.get("gatewayAPI", "hostNetwork", "enabled") is True for one in values):
        return []  # then they are of type NodePort
    local = any(one.get("gatewayAPI", "externalTrafficPolicy") == "Local" for one in values)
    made = (
        service_of(gateway, _minor(release), local=local)
        for gateway in found["gateways"]
        if gateway.ours and not gateway.parameters
    )
    return _not_here([one for one in made if one is not None], found)


def _not_here(made: list[Service], found: dict[str, list[Any]]) -> list[Service]:
    """Without those that are in the input themselves, as in a live export."""
    here = {(service.namespace, service.name) for service in found.get("services", ())}
    return [one for one in made if (one.namespace, one.name) not in here]


def _minor(release: str) -> tuple[int, int]:
    """A release as numbers that compare."""
    major, _, minor = release.partition(".")
    return int(major), int(minor)
