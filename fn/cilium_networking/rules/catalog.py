"""Every rule there is, family by family, in the order of their ids."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from . import (
    advertising,
    adverts,
    announced,
    announcing,
    api,
    as_numbers,
    blocks,
    facts,
    features,
    fleet,
    gateways,
    helm,
    interfaces,
    interior,
    keys,
    l2,
    leases,
    metallb,
    occupied,
    overlaps,
    overrides,
    peering,
    pools,
    references,
    remnants,
    requests,
    reserved,
    rke2,
    segments,
    selection,
    sessions,
    traffic,
    unserved,
)
from .rule import Rule

EVERY: Final[tuple[Rule, ...]] = (
    *blocks.RULES,
    *overlaps.RULES,
    *pools.RULES,
    *occupied.RULES,
    *interior.RULES,
    *reserved.RULES,
    *requests.RULES,
    *unserved.RULES,
    *as_numbers.RULES,
    *sessions.RULES,
    *peering.RULES,
    *overrides.RULES,
    *advertising.RULES,
    *l2.RULES,
    *announcing.RULES,
    *interfaces.RULES,
    *segments.RULES,
    *leases.RULES,
    *references.RULES,
    *adverts.RULES,
    *announced.RULES,
    *selection.RULES,
    *api.RULES,
    *remnants.RULES,
    *facts.RULES,
    *metallb.RULES,
    *fleet.RULES,
    *helm.RULES,
    *keys.RULES,
    *features.RULES,
    *rke2.RULES,
    *gateways.RULES,
    *traffic.RULES,
)

RULES: Final[Mapping[str, Rule]] = MappingProxyType({rule.id: rule for rule in EVERY})
