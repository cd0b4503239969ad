"""addressing: strict texts, exact proposals, and arithmetic held equal to counting by hand."""

from __future__ import annotations

import ipaddress
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cilium_networking.addressing import (
    Address,
    Cidr,
    Range,
    Wrong,
    locate,
    parse_address,
    parse_cidr,
    quoted,
    range_of,
)


def is_plain(found: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return isinstance(found, ipaddress.IPv4Address) or found.ipv4_mapped is None


addresses = st.ip_addresses().filter(is_plain)

#: The first and last link-local addresses, and those beside them.
BORDERS = [
    ipaddress.ip_address(text)
    for text in [
        "169.253.255.255",
        "169.254.0.0",
        "169.254.255.255",
        "169.255.0.0",
        "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "fe80::",
        "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "fec0::",
    ]
]


def cidr(text: str) -> Cidr:
    found = parse_cidr(text)
    assert isinstance(found, Cidr), found
    return found


def address(text: str) -> Address:
    found = parse_address(text)
    assert isinstance(found, Address), found
    return found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10.80.8.130/26", "`10.80.8.130/26` has host bits set; did you mean `10.80.8.128/26`?"),
        ("fd00::1/64", "`fd00::1/64` has host bits set; did you mean `fd00::/64`?"),
        ("10.0.0.1", "`10.0.0.1` has no prefix length; did you mean `10.0.0.1/32`?"),
        ("fd00::1", "`fd00::1` has no prefix length; did you mean `fd00::1/128`?"),
        (
            "10.0.0.0/255.0.0.0",
            "`10.0.0.0/255.0.0.0` has a prefix length that is not a number; did you mean `10.0.0.0/8`?",
        ),
        ("10.0.0.0/x", "`10.0.0.0/x` has a prefix length that is not a number"),
        ("10.0.0.0/08", "`10.0.0.0/08` has a prefix length that is not a number; did you mean `10.0.0.0/8`?"),
        ("10.0.0.0/33", "`10.0.0.0/33` has a prefix length over 32, the most that IPv4 has"),
        ("fd00::/129", "`fd00::/129` has a prefix length over 128, the most that IPv6 has"),
        (" 10.0.0.0/8", "` 10.0.0.0/8` is not written as Cilium reads it; did you mean `10.0.0.0/8`?"),
        ("010.0.0.0/8", "`010.0.0.0/8` is not written as Cilium reads it; did you mean `10.0.0.0/8`?"),
        ("lan", "`lan` is not a network in CIDR form, like `10.80.8.128/26` or `fd00:80:8::/112`"),
        ("10.0.0.1-9", "`10.0.0.1-9` is not a network in CIDR form, like `10.80.8.128/26` or `fd00:80:8::/112`"),
    ],
)
def test_wrong_network_is_explained(text: str, said: str) -> None:
    """A text that is no network is answered with why, and with the network meant where that is certain."""
    found = parse_cidr(text)
    assert isinstance(found, Wrong)
    assert found.about(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10.0.0.1/24", "`10.0.0.1/24` has a prefix length, and has to be one address; did you mean `10.0.0.1`?"),
        ("fe80::1%eth0", "`fe80::1%eth0` has a zone; did you mean `fe80::1`?"),
        ("10.0.0.1\n", "`10.0.0.1\\n` is not written as Cilium reads it; did you mean `10.0.0.1`?"),
        ("10.0.0.01", "`10.0.0.01` is not written as Cilium reads it; did you mean `10.0.0.1`?"),
        ("::ffff:10.0.0.1", "`::ffff:10.0.0.1` is an IPv4 address in IPv6 form; did you mean `10.0.0.1`?"),
        ("gateway", "`gateway` is not an IP address, like `10.80.0.1` or `fd00:80::1`"),
        ("10.1", "`10.1` is not an IP address, like `10.80.0.1` or `fd00:80::1`"),
        ("", "`` is not an IP address, like `10.80.0.1` or `fd00:80::1`"),
        ("\u0661.1.1.1", "`\u0661.1.1.1` is not an IP address, like `10.80.0.1` or `fd00:80::1`"),
    ],
)
def test_wrong_address_is_explained(text: str, said: str) -> None:
    """A text that is no address is answered with why, and with the address meant where that is certain."""
    found = parse_address(text)
    assert isinstance(found, Wrong)
    assert found.about(text) == said


@given(addresses)
def test_address_reads_back(expected: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """Any address, in short or long form, is read as the number that the standard library reads."""
    for text in (str(expected), expected.exploded):
        found = address(text)
        assert (found.family, found.value) == (expected.version, int(expected))
        assert str(found) == str(expected)


@given(addresses, st.integers(0, 128))
def test_network_agrees_with_the_standard_library(
    base: ipaddress.IPv4Address | ipaddress.IPv6Address, prefix: int
) -> None:
    """Masking, first, last and size are those of ipaddress, and a proposal is itself a network."""
    text = f"{base}/{prefix}"
    found = parse_cidr(text)
    if prefix > base.max_prefixlen:
        assert found == Wrong(f"has a prefix length over {base.max_prefixlen}, the most that IPv{base.version} has")
        return
    expected = ipaddress.ip_network(text, strict=False)
    if isinstance(found, Wrong):
        assert found == Wrong("has host bits set", str(expected))
        found = cidr(str(found.proposed))
    assert (str(found), found.size) == (str(expected), expected.num_addresses)
    assert (found.all.first.value, found.all.last.value) == (
        int(expected.network_address),
        int(expected.broadcast_address),
    )


@pytest.mark.parametrize("prefix", range(22, 33))
def test_usable_addresses_of_ipv4_by_counting(prefix: int) -> None:
    """The usable range of an IPv4 network is what ipaddress lists as its hosts, address by address."""
    network = ipaddress.ip_network(f"10.80.8.0/{prefix}")
    hosts = [int(host) for host in network.hosts()]
    usable = cidr(str(network)).usable
    assert list(range(usable.first.value, usable.last.value + 1)) == hosts


@pytest.mark.parametrize("prefix", range(118, 129))
def test_usable_addresses_of_ipv6_by_counting(prefix: int) -> None:
    """The usable range of an IPv6 network is what ipaddress lists as its hosts, address by address."""
    network = ipaddress.ip_network(f"fd00:80:8::/{prefix}")
    hosts = [int(host) for host in network.hosts()]
    usable = cidr(str(network)).usable
    assert list(range(usable.first.value, usable.last.value + 1)) == hosts


@pytest.mark.parametrize("text", ["fd00::/64", "::/0", "0.0.0.0/0"])
def test_wide_networks_are_numbers(text: str) -> None:
    """Size, membership and usable range of the widest networks are answered without a walk over addresses."""
    found = cidr(text)
    assert found.usable.first in found
    assert found.usable.last in found
    assert found.usable.size == found.size - (1 if found.family == 6 else 2)


@pytest.mark.parametrize("network", ["10.80.8.128/26", "10.80.15.0/24", "10.80.8.7/32", "10.80.8.6/31"])
def test_last_octet_by_counting(network: str) -> None:
    """In a /24 or longer a number is the last octet: each one names the address ending in it, or none."""
    found = cidr(network)
    by_octet = {str(host).rpartition(".")[2]: str(host) for host in ipaddress.ip_network(network)}
    for number in range(300):
        answer = locate(str(number), found)
        assert (None if isinstance(answer, Wrong) else str(answer)) == by_octet.get(str(number))


@pytest.mark.parametrize("network", ["10.80.8.0/23", "10.80.0.0/22", "fd00::/119", "fd00::80/121", "fd00::5/128"])
def test_offset_by_counting(network: str) -> None:
    """In a wider IPv4 network, and in any IPv6 one, a number counts from the network's first address."""
    found = cidr(network)
    by_offset = {str(offset): str(host) for offset, host in enumerate(ipaddress.ip_network(network))}
    for number in range(1100):
        answer = locate(str(number), found)
        assert (None if isinstance(answer, Wrong) else str(answer)) == by_offset.get(str(number))


@pytest.mark.parametrize(
    ("text", "network", "said"),
    [
        ("1", "10.80.8.128/26", "`1` is outside of `10.80.8.128/26`, whose last octet goes from 128 to 191"),
        ("4096", "10.80.0.0/20", "`4096` is outside of `10.80.0.0/20`, which counts from 0 to 4095"),
        ("9" * 39, "fd00::/120", f"`{'9' * 39}` is outside of `fd00::/120`, which counts from 0 to 255"),
        ("10.80.9.1", "10.80.8.128/26", "`10.80.9.1` is outside of `10.80.8.128/26`, which is 10.80.8.128-10.80.8.191"),
        ("fd00::1", "10.80.8.128/26", "`fd00::1` is outside of `10.80.8.128/26`, which is 10.80.8.128-10.80.8.191"),
        ("129 ", "10.80.8.128/26", "`129 ` is neither an address nor a number that counts addresses"),
        ("010", "10.80.15.0/24", "`010` has leading zeros, which YAML reads as octal; did you mean `10`?"),
    ],
)
def test_place_outside_is_explained(text: str, network: str, said: str) -> None:
    """A place that a network does not have is answered with the places that it has."""
    found = locate(text, cidr(network))
    assert isinstance(found, Wrong)
    assert found.about(text) == said


def test_whole_address_is_its_own_place() -> None:
    """A whole address inside the network is taken as it stands."""
    assert locate("10.80.8.140", cidr("10.80.8.128/26")) == address("10.80.8.140")


@given(addresses, addresses)
def test_range_is_ordered_and_of_one_family(
    first: ipaddress.IPv4Address | ipaddress.IPv6Address, last: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> None:
    """Two addresses make a range exactly when they are of one family and in order."""
    found = range_of(address(str(first)), address(str(last)))
    if first.version != last.version:
        assert found == Wrong(f"is IPv{first.version}, and the other end `{last}` is IPv{last.version}")
    elif int(first) > int(last):
        assert found == Wrong(f"lies behind the end `{last}`")
    else:
        assert found == Range(address(str(first)), address(str(last)))
        assert found.size == int(last) - int(first) + 1


@given(*(st.integers(0, 9) for _ in range(4)))
def test_overlap_by_counting(a: int, b: int, c: int, d: int) -> None:
    """Two ranges overlap exactly when some address is in both."""
    one = Range(*sorted((Address(4, a), Address(4, b))))
    two = Range(*sorted((Address(4, c), Address(4, d))))
    assert one.overlaps(two) == any(Address(4, n) in one and Address(4, n) in two for n in range(10))


def test_families_never_meet() -> None:
    """The same numbers in different families are different addresses."""
    assert Address(4, 1) not in Range(Address(6, 0), Address(6, 9))
    assert not Range(Address(4, 0), Address(4, 9)).overlaps(Range(Address(6, 0), Address(6, 9)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Range(Address(4, 2), Address(4, 1)),
        lambda: Cidr(Address(4, 1), 31),
        lambda: Cidr(Address(4, 0), 33),
    ],
)
def test_impossible_values_cannot_be_made(make: object) -> None:
    """A range in the wrong order and a network with host bits or a prefix too long do not exist as values."""
    with pytest.raises(ValueError, match=r"no (range|network): "):
        make()  # type: ignore[operator]


@given(st.text(max_size=30))
def test_any_text_has_an_answer(text: str) -> None:
    """No text raises, and each proposal is accepted by the parser that made it."""
    network = cidr("10.80.8.128/26")
    for parse in (parse_address, parse_cidr, lambda t: locate(t, network)):
        found = parse(text)
        if isinstance(found, Wrong):
            assert "\n" not in found.about(text)


def test_messages_stay_on_one_line() -> None:
    """A quoted value is printable, on one line and bounded."""
    assert quoted("a\nb\x00") == "`a\\nb\\x00`"
    assert quoted("x" * 61) == f"`{'x' * 60}…`"


def test_importing_the_room_is_free() -> None:
    """netaddr is loaded by the first text that is no dotted quad, not by the import."""
    code = (
        "import sys, cilium_networking.addressing as a; before = 'netaddr' in sys.modules;"
        "str(a.parse_cidr('10.0.0.0/24')); quad = 'netaddr' in sys.modules;"
        "a.parse_address('fd00::1'); print(before, quad, 'netaddr' in sys.modules)"
    )
    path = next(p for p in sys.path if p.rstrip("/").endswith("fn"))
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False False True\n"


@given(addresses)
def test_link_local(found: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """An address holds on one link only where the standard library says so, near the borders too."""
    for near in (found, *BORDERS):
        assert address(str(near)).link_local is near.is_link_local
