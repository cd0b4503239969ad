"""Every rule there is, family by family; a family is imported when the model has what its rules speak about.

A package of pools has no use for what is known of meshes: most of the time of a small run is imports. What a family
speaks about is said beside it, and a test holds that asking only those families says the same as asking all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from .rule import Case, Rule

    EVERY: tuple[Rule, ...]
    RULES: Mapping[str, Rule]


class Family(NamedTuple):
    """Rules that speak about the same: parts of the model or kinds of objects, of which one has to be there."""

    #: Names of the model's parts, and kinds without a part of their own; none for rules about any object.
    about: tuple[str, ...]
    rules: Callable[[], tuple[Rule, ...]]


def _pools() -> tuple[Rule, ...]:
    from .addresses import blocks, occupied, overlaps, own_networks, pools, reserved

    return (
        *blocks.RULES,
        *overlaps.RULES,
        *pools.RULES,
        *occupied.RULES,
        *own_networks.RULES,
        *reserved.RULES,
    )


def _requests() -> tuple[Rule, ...]:
    from .addresses import annotations, requests, unserved

    return (*requests.RULES, *unserved.RULES, *annotations.RULES)


def _services() -> tuple[Rule, ...]:
    from .addresses import classes, partners, sharing

    return (*classes.RULES, *sharing.RULES, *partners.RULES)


def _bgp() -> tuple[Rule, ...]:
    from .bgp import as_numbers, attributes, next_hops, overrides, peer_configs, peers

    return (
        *as_numbers.RULES,
        *peers.RULES,
        *peer_configs.RULES,
        *overrides.RULES,
        *attributes.RULES,
        *next_hops.RULES,
    )


def _l2() -> tuple[Rule, ...]:
    from .l2 import interfaces, networks, policies, services

    return (*policies.RULES, *services.RULES, *interfaces.RULES, *networks.RULES)


def _leases() -> tuple[Rule, ...]:
    from .l2 import leases

    return leases.RULES


def _both() -> tuple[Rule, ...]:
    from .l2 import both

    return both.RULES


def _references() -> tuple[Rule, ...]:
    from .references import advertisements, nodes, peer_configs, services

    return (*peer_configs.RULES, *advertisements.RULES, *services.RULES, *nodes.RULES)


def _announced() -> tuple[Rule, ...]:
    from .references import announced

    return announced.RULES


def _api() -> tuple[Rule, ...]:
    from .api import schema, unfilled

    return (*schema.RULES, *unfilled.RULES)


def _facts() -> tuple[Rule, ...]:
    from .api import inventory

    return inventory.RULES


def _metallb() -> tuple[Rule, ...]:
    from .api import metallb

    return metallb.RULES


def _fleet() -> tuple[Rule, ...]:
    from .fleet import mesh, networks

    return (*networks.RULES, *mesh.RULES)


def _remotes() -> tuple[Rule, ...]:
    from .fleet import remotes

    return remotes.RULES


def _wishes() -> tuple[Rule, ...]:
    from .fleet import relied_on

    return relied_on.RULES


def _gitops() -> tuple[Rule, ...]:
    from .gitops import flux, variables

    return (*flux.RULES, *variables.RULES)


def _workloads() -> tuple[Rule, ...]:
    from .gitops import workloads

    return workloads.RULES


def _sites() -> tuple[Rule, ...]:
    from .gitops import sites

    return sites.RULES


def _values() -> tuple[Rule, ...]:
    from .helm import features, keys, rke2, values

    return (*values.RULES, *keys.RULES, *features.RULES, *rke2.RULES)


def _gateways() -> tuple[Rule, ...]:
    from .gateway import gateways

    return gateways.RULES


def _traffic() -> tuple[Rule, ...]:
    from .gateway import ingresses, traffic

    return (*traffic.RULES, *ingresses.RULES)


_SESSIONS: Final = ("cluster_configs", "peer_configs", "advertisements", "overrides")

#: In the order of their ids.
FAMILIES: Final = (
    Family(("pools",), _pools),
    Family(("services", "values", "Service"), _requests),
    Family(("services",), _services),
    Family(_SESSIONS, _bgp),
    Family(("l2_policies",), _l2),
    Family(("services", "values"), _leases),
    Family(("l2_policies",), _both),
    Family((*_SESSIONS, "CiliumBGPPeeringPolicy", "pools", "l2_policies"), _references),
    Family(("services",), _announced),
    Family((), _api),
    Family(("inventories", "nodes"), _facts),
    Family(("IPAddressPool", "AddressPool", "ConfigMap"), _metallb),
    Family(("fleet", "values"), _fleet),
    Family(("fleet", "Secret", "ExternalSecret", "ConfigMap"), _remotes),
    Family(("services", "gateways", "values", "has_placeholders"), _wishes),
    Family(("has_placeholders", "Kustomization"), _gitops),
    Family(("services", "Service"), _workloads),
    Family(("sites",), _sites),
    Family(("values", "HelmChartConfig", "HelmChart"), _values),
    Family(("gateways", "services", "values", "GatewayClass"), _gateways),
    Family(("services", "values"), _traffic),
)


def asked(case: Case) -> Iterator[Rule]:
    """The rules that may have something to say of a case."""
    for family in FAMILIES:
        if not family.about or any(_is_there(case, part) for part in family.about):
            yield from family.rules()


def _is_there(case: Case, part: str) -> bool:
    if part == "fleet":
        return len(case.fleet) > 1
    return part in case.cluster.others or bool(getattr(case.cluster, part, ()))


@cache
def _every() -> tuple[Rule, ...]:
    return tuple(rule for family in FAMILIES for rule in family.rules())


@cache
def _by_id() -> Mapping[str, Rule]:
    return MappingProxyType({rule.id: rule for rule in _every()})


def __getattr__(name: str) -> object:
    """``EVERY`` rule, and the ``RULES`` by their ids, for whoever wants all of them."""
    if name == "EVERY":
        return _every()
    if name == "RULES":
        return _by_id()
    raise AttributeError(name)
