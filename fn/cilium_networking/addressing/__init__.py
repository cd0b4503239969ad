"""IP addresses, networks and ranges: typed values, strict texts, and what a wrong text was meant to be.

::

    parse_cidr("10.80.8.130/26")  -> Wrong("has host bits set", "10.80.8.128/26")
    parse_cidr("10.80.8.128/26")  -> Cidr;  .usable is 10.80.8.129-10.80.8.190
    locate("129", cidr)           -> Address 10.80.8.129

Importing this room is free: netaddr is loaded by the first text that is no dotted quad.
"""

from __future__ import annotations

from .spans import Spans
from .text import HOST_BITS, locate, parse_address, parse_cidr
from .values import BITS, LINK_LOCAL, Address, Cidr, Family, Range, range_of
from .wrong import Wrong, quoted

__all__ = [
    "BITS",
    "HOST_BITS",
    "LINK_LOCAL",
    "Address",
    "Cidr",
    "Family",
    "Range",
    "Spans",
    "Wrong",
    "locate",
    "parse_address",
    "parse_cidr",
    "quoted",
    "range_of",
]
