"""Texts of flat settings to values: each parser answers the value, or why the text is none.

A parser judges one text alone; what only several settings together can be wrong about is judged where they meet
(:mod:`.flat`). The same judgements serve the typed config (:mod:`.meaning`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from ..addressing import Wrong, parse_address, quoted
from .selectors import is_object_name

Parser = Callable[[str], Any]
"""Text to value, or to :class:`Wrong`."""

_DECIMAL: Final = re.compile(r"0|[1-9][0-9]*")
_ZEROS: Final = re.compile(r"\+?0*([0-9]+)")
_ASDOT: Final = re.compile(r"([0-9]{1,5})\.([0-9]{1,5})")
_BOOLEANS: Final = {"true": True, "false": False}
_MEANT: Final = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}
_PLACEHOLDER: Final = re.compile(r"\$\{[^{}]+\}")
# Linux net/core/dev.c, dev_valid_name: at most 15 bytes, no slash, colon or space, neither "." nor "..".
_INTERFACE: Final = re.compile(r"(?!\.{1,2}$)[^\s/:]{1,15}")
_PATTERN: Final = re.compile(r"[\^$*+?()\[\]{}|\\]")
#: Cilium 1.16, pkg/clustermesh/types: what a cluster's name is made of, and how many characters it has at most.
_CLUSTER: Final = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
LONGEST_CLUSTER_NAME: Final = 32
#: How many clusters a mesh may have, the first where nobody says; ids go up to that (chart, templates/validate.yaml).
MESH_SIZES: Final = (255, 511)

#: RFC 7300 reserves the last of each size, RFC 6793 AS_TRANS.
RESERVED_ASNS: Final = {
    23456: "is AS_TRANS, a stand-in that no speaker may have (RFC 6793)",
    65535: "is reserved (RFC 7300)",
    4294967295: "is reserved (RFC 7300)",
}
MAX_ASN: Final = 4294967295


def boolean(text: str) -> bool | Wrong:
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    meant = text.strip().lower()
    return Wrong("is neither `true` nor `false`", _MEANT.get(meant, meant if meant in _BOOLEANS else None))


def is_placeholder(text: str) -> bool:
    """Whether the whole text is one ``${NAME}``, with a default (``${NAME:=false}``) or without."""
    return _PLACEHOLDER.fullmatch(text) is not None


def integer(low: int, high: int) -> Parser:
    """A parser of decimal numbers from ``low`` to ``high``."""

    def parse(text: str) -> int | Wrong:
        if not _DECIMAL.fullmatch(text) or len(text) > 20:
            match = _ZEROS.fullmatch(text.strip())
            tidy = match[1] if match and len(match[1]) <= 20 and low <= int(match[1]) <= high else None
            return Wrong(f"is not a whole number from {low} to {high}", tidy)
        number = int(text)
        return number if low <= number <= high else Wrong(f"is outside of {low} to {high}")

    return parse


def judge_asn(number: int) -> Wrong | None:
    """Why no speaker can have this AS number, if it cannot."""
    if number == 0:
        return Wrong("is reserved and names no speaker (RFC 7607)")
    if number in RESERVED_ASNS:
        return Wrong(RESERVED_ASNS[number])
    return None if 0 < number <= MAX_ASN else Wrong(f"is outside of 1 to {MAX_ASN}")


def asn(text: str) -> int | Wrong:
    """An AS number in plain decimal (RFC 5396)."""
    if match := _ASDOT.fullmatch(text):
        high, low = int(match[1]), int(match[2])
        plain = str(high << 16 | low) if max(high, low) <= 65535 else None
        return Wrong("is not a plain decimal AS number", plain)
    bare = text[2:] if text[:2].upper() == "AS" else text
    number = integer(0, MAX_ASN)(bare)
    if isinstance(number, Wrong):
        return Wrong(f"is not an AS number from 1 to {MAX_ASN}", number.proposed)
    if bare != text:
        return Wrong("is not a plain decimal AS number", bare)
    return judge_asn(int(number)) or int(number)


def address(text: str) -> str | Wrong:
    """An address, kept as it is written: setter comments put the same text."""
    found = parse_address(text)
    return found if isinstance(found, Wrong) else text


def place(text: str) -> str | Wrong:
    """A number or an address; which address a number means only the network can say."""
    if text.isascii() and text.isdigit():
        return text
    found = parse_address(text)
    if isinstance(found, Wrong):
        return Wrong("is neither a number nor an IP address", found.proposed)
    return text


def interface(text: str) -> str | Wrong:
    """The name of one network interface."""
    if _PATTERN.search(text):
        return Wrong("is a pattern, and has to be the name of one interface; a CiliumNetworking takes patterns")
    if not _INTERFACE.fullmatch(text) or len(text.encode()) > 15:
        return Wrong("is not the name of a network interface: 1 to 15 characters without `/`, `:` and spaces")
    return text


def object_name(text: str) -> str | Wrong:
    """A name that an object can have."""
    if is_object_name(text):
        return text
    last = text.rpartition("/")[2].lower()
    return Wrong("is not the name of an object", last if last and is_object_name(last) else None)


def cluster_name(text: str) -> str | Wrong:
    """A name that Cilium gives a cluster."""
    if is_cluster_name(text):
        return text
    why = f"is not a cluster name: 1 to {LONGEST_CLUSTER_NAME} lower case letters, digits and inner dashes"
    lower = text.strip().lower().replace("_", "-")
    return Wrong(why, lower if is_cluster_name(lower) else None)


def is_cluster_name(text: str) -> bool:
    return len(text) <= LONGEST_CLUSTER_NAME and _CLUSTER.fullmatch(text) is not None


def release(text: str) -> str | Wrong:
    """The release that a Cilium version belongs to."""
    from ..kinds import RELEASES, release_of  # late: most runs name no release

    found = release_of(text)
    if found is None:
        known = ", ".join(map(quoted, RELEASES))
        return Wrong(f"is not a Cilium release that this version knows: {known}")
    return found


def one_of(*words: str) -> Parser:
    """A parser that takes one of ``words``."""

    def parse(text: str) -> str | Wrong:
        if text in words:
            return text
        tidy = text.strip().lower()
        return Wrong("is neither " + " nor ".join(map(quoted, words)), tidy if tidy in words else None)

    return parse
