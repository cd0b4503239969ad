"""What the fields of one object owe each other: the validation rules (CEL) of the CRDs, by their texts and meaning.

``rule`` and ``message`` are the CRDs' own, letter by letter: ``x-kubernetes-validations`` of CiliumBGPAdvertisement and
CiliumBGPPeerConfig, Cilium 1.18 and newer. What is judged by is ``claim``, so that nothing here evaluates CEL; tests
hold the texts against the CRDs and the meaning against an interpreter of CEL. Which release and version has which of
the rules is said in :mod:`.tables`, on the row of the object that keeps it.

Left out: the rule of CiliumPodIPPool, which stands in a version that no release serves (main of 2026-05-29, v2).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from ..records import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """``field`` is needed or refused because of what ``other`` says, or may be at most ``other``."""

    #: In CEL, as the API server evaluates it; ``message`` is what it says where the rule is broken.
    rule: str
    message: str
    field: str
    claim: Literal["needed when", "refused when", "refused unless", "at most"]
    other: str
    value: str | None = None

    def broken(self, present: bool, value: object) -> bool:
        """Whether the field is missing where ``other`` needs it, or present where ``other`` refuses it.

        Of an ``at most``, which is about two values, it answers what the two others do not.
        """
        if self.claim == "needed when":
            return value == self.value and not present
        if self.claim == "refused when":
            return value == self.value and present
        return value != self.value and present


AGREEMENTS: Final[Mapping[str, Agreement]] = MappingProxyType(
    {
        "service-needed": Agreement(
            "self.advertisementType != 'Service' || has(self.service)",
            "service field is required for the 'Service' advertisementType",
            "service", "needed when", "advertisementType", "Service",
        ),
        "service-refused": Agreement(
            "self.advertisementType == 'Service' || !has(self.service)",
            "service field is not allowed for non-'Service' advertisementType",
            "service", "refused unless", "advertisementType", "Service",
        ),
        "interface-needed": Agreement(
            "self.advertisementType != 'Interface' || has(self.interface)",
            "interface field is required for the 'Interface' advertisementType",
            "interface", "needed when", "advertisementType", "Interface",
        ),
        "interface-refused": Agreement(
            "self.advertisementType == 'Interface' || !has(self.interface)",
            "interface field is not allowed for non-'Interface' advertisementType",
            "interface", "refused unless", "advertisementType", "Interface",
        ),
        "selector-refused": Agreement(
            "self.advertisementType != 'PodCIDR' || !has(self.selector)",
            "selector field is not allowed for the 'PodCIDR' advertisementType",
            "selector", "refused when", "advertisementType", "PodCIDR",
        ),
        # The server fills in defaults first, so a hold time of 9 alone is refused because of a keepalive of 30.
        "keepalive-within-hold": Agreement(
            "self.keepAliveTimeSeconds <= self.holdTimeSeconds",
            "keepAliveTimeSeconds can not be larger than holdTimeSeconds",
            "keepAliveTimeSeconds", "at most", "holdTimeSeconds",
        ),
    }
)  # fmt: skip
