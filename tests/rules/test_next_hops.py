"""IPv6 routes over IPv4 sessions, and where another session may carry them."""

from __future__ import annotations

import pytest

from cilium_networking.rules import RULES
from rules.judging import said_of

BAD = RULES["CN219"].page.bad


def test_the_peers_are_named() -> None:
    """The family is told with the peers that get it."""
    message = "IPv6 goes to gateway over IPv4, with a next hop that no router can use"
    assert said_of(BAD) == [("CN219", f"{message}: add a peer with the router's IPv6 address")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cidr: fd00:80:8::/112", "cidr: 10.80.8.128/26"),
        ("peerAddress: 10.80.0.1", "peerAddress: ${GATEWAY}"),
        ("afi: ipv6", "afi: ipv4"),
        ("cidr: fd00:80:8::/112", "cidr: ${POOL}"),
    ],
)
def test_what_may_be_right_is_left_alone(old: str, new: str) -> None:
    """Nothing without an IPv6 pool, without the family, or where an address is still to come."""
    assert "CN219" not in {rule for rule, _ in said_of(BAD.replace(old, new))}
