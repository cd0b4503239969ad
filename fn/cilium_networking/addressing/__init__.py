"""IP addresses, networks and ranges: typed values, strict texts, and what a wrong text was meant to be.

::

    parse_cidr("10.80.8.130/26")  -> Wrong("has host bits set", "10.80.8.128/26")
    parse_cidr("10.80.8.128/26")  -> Cidr;  .usable is 10.80.8.129-10.80.8.190
    locate("129", cidr)           -> Address 10.80.8.129

Importing this room is free: netaddr is loaded by the first text that is read or written.
"""

from __future__ import annotations

from .values import BITS, Address, Cidr, Family, Range, range_of
from .wrong import Wrong, quoted

__all__ = [
    "BITS",
    "Address",
    "Cidr",
    "Family",
    "Range",
    "Wrong",
    "locate",
    "parse_address",
    "parse_cidr",
    "quoted",
    "range_of",
]


def parse_address(text: str) -> Address | Wrong:
    """One address, nothing around it."""
    from . import text as texts  # late: netaddr is loaded by the first text

    return texts.parse_address(text)


def parse_cidr(text: str) -> Cidr | Wrong:
    """A network as ``address/length``; host bits are an error that proposes the network meant."""
    from . import text as texts  # late: netaddr is loaded by the first text

    return texts.parse_cidr(text)


def locate(text: str, cidr: Cidr) -> Address | Wrong:
    """The address of ``cidr`` that a short text means: see :func:`.text.locate`."""
    from . import text as texts  # late: netaddr is loaded by the first text

    return texts.locate(text, cidr)
