"""Texts to addresses and networks and back; the only import of netaddr in the project.

Strict where the cluster is strict: Go's ``net/netip``, which Cilium parses with, takes no leading zeros, no netmask
for a prefix length, no blanks. What it would refuse or silently mask is refused here with the text that is meant.
Zones (``fe80::1%eth0``) and IPv4 in IPv6 (``::ffff:10.0.0.1``) are refused too: no pool, peer or router can use them.

A dotted quad is read and written here; netaddr does everything else, and is imported when there is something else:
that import costs a third of what the whole function takes on a package with nothing but IPv4 in it.
"""

from __future__ import annotations

import re
from typing import Final

from .values import BITS, Address, Cidr
from .wrong import Wrong

# Go's netip.parseIPv4: four decimal octets up to 255, none with a leading zero.
_OCTET: Final = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_QUAD: Final = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}")
_LEADING_ZEROS: Final = re.compile(r"(?<![0-9A-Fa-f:])0+(?=[0-9])")
_PREFIX: Final = re.compile(r"0|[1-9][0-9]{0,2}")
_OFFSET: Final = re.compile(r"0*([0-9]{1,39})")  # 2**128 has 39 digits
#: The one thing wrong with a network that Cilium overlooks: it masks them off.
HOST_BITS: Final = "has host bits set"
_MAPPED: Final = 0xFFFF  # ::ffff:0:0/96, RFC 4291 section 2.5.5.2


def spell(address: Address) -> str:
    """Dotted quad, or the short form of RFC 5952."""
    if address.family == 4:
        return ".".join(map(str, address.value.to_bytes(4, "big")))
    from netaddr import IPAddress

    return str(IPAddress(address.value, address.family))


def parse_address(text: str) -> Address | Wrong:
    """One address, nothing around it."""
    address = _address(text)
    if address is None:
        return _no_address(text)
    if address.family == 6 and address.value >> 32 == _MAPPED:
        return Wrong("is an IPv4 address in IPv6 form", spell(Address(4, address.value & 0xFFFFFFFF)))
    return address


def parse_cidr(text: str) -> Cidr | Wrong:
    """A network as ``address/length``; host bits are an error that proposes the network meant."""
    head, slash, length = text.partition("/")
    address = parse_address(head)
    if isinstance(address, Wrong):
        tidy = _LEADING_ZEROS.sub("", text.strip())
        if tidy != text and isinstance(parse_cidr(tidy), Cidr):
            return Wrong("is not written as Cilium reads it", tidy)
        return Wrong("is not a network in CIDR form, like `10.80.8.128/26` or `fd00:80:8::/112`")
    bits = BITS[address.family]
    if not slash:
        return Wrong("has no prefix length", f"{address}/{bits}")
    if not _PREFIX.fullmatch(length):
        mask = _masked(text)
        return Wrong("has a prefix length that is not a number", None if mask is None else str(mask))
    prefix = int(length)
    if prefix > bits:
        return Wrong(f"has a prefix length over {bits}, the most that IPv{address.family} has")
    network = _network(address, prefix)
    return network if network.network == address else Wrong(HOST_BITS, str(network))


def locate(text: str, cidr: Cidr) -> Address | Wrong:
    """The address of ``cidr`` that a short text means; it never means one outside.

    A whole address is itself. A number is the last octet in an IPv4 network of /24 or longer, and the distance from
    the network's first address everywhere else: ``129`` is 10.80.8.129 in 10.80.8.128/26, and fd00::81 in fd00::/64.
    """
    match = _OFFSET.fullmatch(text)
    if match is None:
        address = parse_address(text)
        if isinstance(address, Wrong):
            why = "is neither an address nor a number that counts addresses"
            return Wrong(why, address.proposed)
        return address if address in cidr else Wrong(f"is outside of `{cidr}`, which is {cidr.all}")
    number = int(match[1])
    if str(number) != text:
        return Wrong("has leading zeros, which YAML reads as octal", str(number))
    octet = cidr.family == 4 and cidr.prefix >= 24
    base = cidr.network.value & ~0xFF if octet else cidr.network.value
    found = Address(cidr.family, base + number)
    if found in cidr:
        return found
    if octet:
        low, high = cidr.all.first.value & 0xFF, cidr.all.last.value & 0xFF
        return Wrong(f"is outside of `{cidr}`, whose last octet goes from {low} to {high}")
    return Wrong(f"is outside of `{cidr}`, which counts from 0 to {cidr.size - 1}")


def _address(text: str) -> Address | None:
    quad = _QUAD.fullmatch(text)
    if quad is not None:
        return Address(4, int.from_bytes(map(int, quad.groups()), "big"))
    from netaddr import INET_PTON, AddrFormatError, IPAddress

    # netaddr takes blanks around, and integers as text, in some of its forms; in none of ours.
    if not text.isascii() or not text.isprintable() or "/" in text or " " in text:
        return None
    try:
        found = IPAddress(text, flags=INET_PTON)
    except (AddrFormatError, ValueError):
        return None
    return Address(found.version, int(found))


def _no_address(text: str) -> Wrong:
    tidy = text.strip()
    head = tidy.partition("/")[0].partition("%")[0]
    plain = _LEADING_ZEROS.sub("", head)
    address = _address(plain)
    if address is None or plain == text:
        return Wrong("is not an IP address, like `10.80.0.1` or `fd00:80::1`")
    if "%" in tidy:
        why = "has a zone"
    elif "/" in tidy:
        why = "has a prefix length, and has to be one address"
    else:
        why = "is not written as Cilium reads it"
    return Wrong(why, plain)


def _masked(text: str) -> Cidr | None:
    """The network that a netmask or a wildcard mask means."""
    from netaddr import AddrFormatError, IPNetwork

    try:
        found = IPNetwork(text)
    except (AddrFormatError, ValueError):
        return None
    return _network(Address(found.version, int(found.ip)), found.prefixlen)


def _network(address: Address, prefix: int) -> Cidr:
    size = 1 << (BITS[address.family] - prefix)
    return Cidr(Address(address.family, address.value - address.value % size), prefix)
