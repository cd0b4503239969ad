"""Every rule there is, family by family, in the order of their ids."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from . import api, helm, references
from .rule import Rule

EVERY: Final[tuple[Rule, ...]] = (*references.RULES, *api.RULES, *helm.RULES)

RULES: Final[Mapping[str, Rule]] = MappingProxyType({rule.id: rule for rule in EVERY})
