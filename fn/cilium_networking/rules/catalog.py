"""Every rule there is, family by family, in the order of their ids."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from . import (
    announcing,
    api,
    as_numbers,
    blocks,
    helm,
    interfaces,
    l2,
    overrides,
    peering,
    references,
    segments,
    sessions,
)
from .rule import Rule

EVERY: Final[tuple[Rule, ...]] = (
    *blocks.RULES,
    *as_numbers.RULES,
    *sessions.RULES,
    *peering.RULES,
    *overrides.RULES,
    *l2.RULES,
    *announcing.RULES,
    *interfaces.RULES,
    *segments.RULES,
    *references.RULES,
    *api.RULES,
    *helm.RULES,
)

RULES: Final[Mapping[str, Rule]] = MappingProxyType({rule.id: rule for rule in EVERY})
