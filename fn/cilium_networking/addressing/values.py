"""Addresses, networks and ranges as numbers: cheap to make, to compare and to test for membership.

Nothing here walks over addresses: an IPv6 /64 costs the same as an IPv4 /30. Text is the business of :mod:`.text`,
which alone knows netaddr.
"""

from __future__ import annotations

from typing import Final, Literal

from ..records import dataclass
from .wrong import Wrong

Family = Literal[4, 6]

BITS: Final[dict[Family, int]] = {4: 32, 6: 128}


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """One IPv4 or IPv6 address. Ordered within its family; every IPv4 address comes before every IPv6 one."""

    family: Family
    value: int

    @property
    def link_local(self) -> bool:
        return self in LINK_LOCAL[self.family]

    def __str__(self) -> str:
        from .text import spell  # late: .text is made of these types

        return spell(self)


@dataclass(frozen=True, slots=True)
class Range:
    """The addresses from ``first`` to ``last``, both included, of one family. Made by :func:`range_of`."""

    first: Address
    last: Address

    def __post_init__(self) -> None:
        if self.first.family != self.last.family or self.first > self.last:
            raise ValueError(f"no range: {self.first!r} to {self.last!r}")

    @property
    def family(self) -> Family:
        return self.first.family

    @property
    def size(self) -> int:
        return self.last.value - self.first.value + 1

    def __contains__(self, address: Address) -> bool:
        return address.family == self.family and self.first.value <= address.value <= self.last.value

    def overlaps(self, other: Range) -> bool:
        """Whether the two share an address; ranges of different families never do."""
        return other.first in self or self.first in other

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


#: Addresses that hold on one link only, and so on each (RFC 3927, RFC 4291 section 2.5.6).
LINK_LOCAL: Final[dict[Family, Range]] = {
    4: Range(Address(4, 169 << 24 | 254 << 16), Address(4, 169 << 24 | 254 << 16 | 0xFFFF)),
    6: Range(Address(6, 0xFE80 << 112), Address(6, (0xFEC0 << 112) - 1)),
}


@dataclass(frozen=True, slots=True)
class Cidr:
    """A network without host bits. Made by :func:`~.text.parse_cidr`."""

    network: Address
    prefix: int

    def __post_init__(self) -> None:
        if not 0 <= self.prefix <= BITS[self.family] or self.network.value % self.size:
            raise ValueError(f"no network: {self.network!r}/{self.prefix}")

    @property
    def family(self) -> Family:
        return self.network.family

    @property
    def size(self) -> int:
        return 1 << (BITS[self.family] - self.prefix)

    @property
    def all(self) -> Range:
        """Every address of the network, those with a special meaning included."""
        return Range(self.network, Address(self.family, self.network.value + self.size - 1))

    @property
    def usable(self) -> Range:
        """The addresses that a host can have.

        IPv4: without the network's own and the broadcast address (RFC 1122 section 3.2.1.3), but both of a /31
        (RFC 3021) and the one of a /32. IPv6 has no broadcast: without the subnet-router anycast address, which is the
        first (RFC 4291 section 2.6.1), but both of a /127 (RFC 6164) and the one of a /128.
        """
        whole = self.all
        if self.size <= 2:
            return whole
        first = Address(self.family, whole.first.value + 1)
        last = whole.last if self.family == 6 else Address(self.family, whole.last.value - 1)
        return Range(first, last)

    def __contains__(self, address: Address) -> bool:
        return address in self.all

    def __str__(self) -> str:
        return f"{self.network}/{self.prefix}"


def range_of(first: Address, last: Address) -> Range | Wrong:
    """The range between two addresses, or why there is none; the reason speaks about ``first``."""
    if first.family != last.family:
        return Wrong(f"is IPv{first.family}, and the other end `{last}` is IPv{last.family}")
    if first > last:
        return Wrong(f"lies behind the end `{last}`")
    return Range(first, last)
