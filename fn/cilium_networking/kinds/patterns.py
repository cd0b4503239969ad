"""The regular expressions of the CRDs, by name, built from parts that can be read, each with its meaning in words.

They match exactly what the API server matches (the tests compare the text with the CRDs), because a check that is
stricter cries wolf and one that is laxer is silently wrong. Sources: kubebuilder:validation:Pattern markers of
Cilium pkg/k8s/apis/cilium.io, and of Kubernetes' meta/v1 Condition and label values.

Left out: whether an address makes sense where it stands; that is a rule's job.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

# Decimal numbers of 16 and 32 bits, without leading zeros: one alternative for each digit that the limit fixes.
_U16: Final = "([0-9]|[1-9][0-9]{1,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_U32: Final = (
    "([0-9]|[1-9][0-9]{1,8}|[1-3][0-9]{9}|4[01][0-9]{8}|42[0-8][0-9]{7}|429[0-3][0-9]{6}|4294[0-8][0-9]{5}"
    "|42949[0-5][0-9]{4}|429496[0-6][0-9]{3}|4294967[01][0-9]{2}|42949672[0-8][0-9]|429496729[0-5])"
)

_HEX: Final = "[0-9A-Fa-f]{1,4}"
_OCTET: Final = "([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])"
_SHORT_OCTET: Final = r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_NAME: Final = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"


def _ip_address() -> str:
    """IPv4, or IPv6 written with ``n`` groups before the gap, perhaps ending in an IPv4 address and a zone."""
    ipv4 = rf"({_OCTET}\.){{3}}{_OCTET}"
    tail = rf"({_SHORT_OCTET}(\.{_SHORT_OCTET}){{3}})"
    forms = [
        rf"((({_HEX}:){{7}}({_HEX}|:))",
        rf"(({_HEX}:){{6}}(:{_HEX}|{tail}|:))",
        rf"(({_HEX}:){{5}}(((:{_HEX}){{1,2}})|:{tail}|:))",
    ]
    for before in (4, 3, 2, 1, 0):
        after = 7 - before
        gap = "?" if before == 4 else f"{{0,{after - 2}}}"
        head = f"({_HEX}:){{{before}}}" if before else ":"
        forms.append(rf"({head}(((:{_HEX}){{1,{after}}})|((:{_HEX}){gap}:{tail})|:))")
    return rf"((^\s*({ipv4})\s*$)|(^\s*{'|'.join(forms)})(%.+)?\s*$))"


def _network_of_1_15() -> str:
    """IPv4 or IPv6 network, as CiliumCIDRGroup had it before it asked for the format ``cidr``; its ``s*`` is so."""
    octet = "(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)"
    forms = [rf"(({_HEX}:){{7}}(:|({_HEX})))", rf"(({_HEX}:){{6}}:({_HEX})?)"]
    forms += [rf"(({_HEX}:){{{before}}}(((:{_HEX}){{0,{6 - before}}}):({_HEX})?))" for before in (5, 4, 3, 2, 1)]
    forms.append(rf"(:(:|((:{_HEX}){{1,7}})))")
    return (
        rf"^(?:{octet}\.){{3}}{octet}\/([0-9]|[1-2][0-9]|3[0-2])$"
        rf"|^s*({'|'.join(forms)})(%.+)?s*/([0-9]|[1-9][0-9]|1[0-1][0-9]|12[0-8])$"
    )


#: Name to (regular expression, what it asks for in words).
PATTERNS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "ip-address": (_ip_address(), "an IPv4 or IPv6 address without a mask"),
        "network-of-1.15": (_network_of_1_15(), "an IPv4 or IPv6 network in CIDR notation"),
        "community": (f"^{_U32}$|^{_U16}:{_U16}$", "a number up to 4294967295 or two up to 65535 as `65000:100`"),
        "large-community": (f"^{_U32}:{_U32}:{_U32}$", "three numbers up to 4294967295 as `64512:100:50`"),
        "label-value": (
            f"^({_NAME})?$",
            "a label value: letters, digits, `-`, `_`, `.`, and a letter or digit at both ends",
        ),
        "condition-type": (
            rf"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?({_NAME})$",
            "a condition type such as `cilium.io/PoolConflict`",
        ),
        "condition-reason": ("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$", "a reason in one word such as `Resolved`"),
    }
)


def matches(pattern: str, text: str) -> bool:
    """Whether the API server takes ``text`` for ``pattern``."""
    # The whole pattern for addresses takes longer to compile than a package to check, and nearly all are quads.
    if pattern == PATTERNS["ip-address"][0] and re.fullmatch(rf"({_OCTET}\.){{3}}{_OCTET}", text):
        return True
    return _compiled(pattern).search(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern that means in Python what it means to the API server (Go): ``$`` is the end, not a last newline."""
    return re.compile(re.sub(r"(?<!\\)\$", r"\\Z", pattern), re.ASCII)
