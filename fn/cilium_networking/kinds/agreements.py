"""What the fields of one object owe each other: the meaning of the validation rules (CEL) in the CRDs.

Source: ``x-kubernetes-validations`` of CiliumBGPAdvertisement and CiliumBGPPeerConfig, Cilium 1.18 and newer. Which
release and version has which of them is said in :mod:`.tables`, on the row of the object that keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from ..records import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """``field`` is needed or refused because of what ``other`` says, or may be at most ``other``."""

    field: str
    claim: Literal["needed when", "refused when", "refused unless", "at most"]
    other: str
    value: str | None = None

    def broken(self, present: bool, value: object) -> bool:
        """Whether an object whose ``other`` is ``value`` may not have, or lack, the field as it does."""
        if self.claim == "needed when":
            return value == self.value and not present
        if self.claim == "refused when":
            return value == self.value and present
        return value != self.value and present


AGREEMENTS: Final[Mapping[str, Agreement]] = MappingProxyType(
    {
        "service-needed": Agreement("service", "needed when", "advertisementType", "Service"),
        "service-refused": Agreement("service", "refused unless", "advertisementType", "Service"),
        "interface-needed": Agreement("interface", "needed when", "advertisementType", "Interface"),
        "interface-refused": Agreement("interface", "refused unless", "advertisementType", "Interface"),
        "selector-refused": Agreement("selector", "refused when", "advertisementType", "PodCIDR"),
        # The server fills in defaults first, so a hold time of 9 alone is refused because of a keepalive of 30.
        "keepalive-within-hold": Agreement("keepAliveTimeSeconds", "at most", "holdTimeSeconds"),
    }
)
