"""`explain`: the tables that the engine works by, as pages."""

from __future__ import annotations

import pytest

from cilium_networking.cli.explain import names
from cilium_networking.kinds import KINDS

from .conftest import Call, Called


def test_a_setting(call: Call) -> None:
    """What it says, what a value is, when it has to be given, what it asks for and gives."""
    assert call("explain", "bgp-peer-asn").out == (
        "bgp-peer-asn\n"
        "\n"
        "The AS number of the gateway router.\n"
        "\n"
        "A value is: AS number\n"
        "Example:    65000\n"
        "Not given:  an error where bgp has to be made\n"
        "Asks for:   bgp\n"
        "Gives:\n"
        "  CiliumBGPClusterConfig/bgp-cluster-config "
        "spec.bgpInstances[name=control-plane-bgp].peers[name=gateway-peer].peerASN\n"
    )


def test_a_field(call: Call) -> None:
    """Its type, bounds, default and releases, whichever way its lists are written."""
    page = (
        "CiliumBGPPeerConfig.spec.gracefulRestart.restartTimeSeconds\n"
        "\n"
        "How long the peer keeps the routes; longer than an agent takes to restart.\n"
        "\n"
        "Type:      integer\n"
        "Limits:    1 to 4095\n"
        "Default:   120\n"
        "Releases:  Cilium 1.15, 1.16, 1.17, 1.18, 1.19, 1.20\n"
    )
    assert call("explain", "CiliumBGPPeerConfig.spec.gracefulRestart.restartTimeSeconds") == Called(0, page, "")
    block = call("explain", "CiliumLoadBalancerIPPool.spec.blocks.cidr")
    assert block.out.startswith("CiliumLoadBalancerIPPool.spec.blocks[].cidr\n\nA network.")
    assert "\nType:      cidr\n" in block.out
    assert call("explain", "ippools.spec.blocks[0].cidr") == block
    assert call("explain", "CiliumLoadBalancerIPPool.spec.blocks[].cidr") == block


def test_a_field_that_went(call: Call) -> None:
    """A field of an old release is told as that release had it, and where it is not any more."""
    page = call("explain", "CiliumLoadBalancerIPPool.spec.cidrs").out
    assert "Releases:  Cilium 1.15; not in 1.16, 1.17, 1.18, 1.19, 1.20\n" in page
    assert "(told as Cilium 1.15 has it)" in page


def test_a_kind_by_any_name(call: Call) -> None:
    """Versions per release and the fields, for the kind, its plural and its short names."""
    page = call("explain", "CiliumBGPPeeringPolicy").out
    assert (
        "Replaced by: CiliumBGPClusterConfig\n"
        "Versions, the stored one first:\n"
        "  Cilium 1.15  cilium.io/v2alpha1\n"
        "  Cilium 1.16  cilium.io/v2alpha1\n"
        "  Cilium 1.17  cilium.io/v2alpha1\n"
        "  Cilium 1.18  cilium.io/v2alpha1 (deprecated)\n"
        "  Cilium 1.19  none\n"
        "  Cilium 1.20  none\n"
        "Fields in Cilium 1.18:\n"
        "  spec  object\n"
    ) in page
    assert call("explain", "bgpp").out == page
    assert call("explain", "ciliumbgppeeringpolicies").out == page


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "cbgppeer.spec.timers.holdTimeSecond",
            "`{0}.spec.timers` has no field `holdTimeSecond`; did you mean `{0}.spec.timers.holdTimeSeconds`?",
        ),
        (
            "ippools.spec.blocks.zzz",
            "`CiliumLoadBalancerIPPool.spec.blocks` has no field `zzz`; it has `cidr`, `start`, `stop`",
        ),
        ("CiliumBGPPeerConfg.spec", "nothing here is called `CiliumBGPPeerConfg.spec`; did you mean `{0}.spec`?"),
        ("???", "nothing here is called `???`; `cilium-networking explain` lists what there is"),
    ],
)  # fmt: skip
def test_an_unknown_name(call: Call, name: str, said: str) -> None:
    """The nearest name is told, or what there is, and the exit code is 2."""
    called = call("explain", name)
    assert (called.code, called.out) == (2, "")
    assert called.err == f"cilium-networking: {said.format('CiliumBGPPeerConfig')}\n"


def test_without_a_name_all_there_is(call: Call) -> None:
    """Every name is listed, and every name that is listed has a page."""
    listed = call("explain").out
    for name in names():
        assert f"\n  {name}" in listed
        assert call("explain", name).code == 0


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_that_is_listed_has_a_page(call: Call, kind: str) -> None:
    """A kind's page names fields as `explain` takes them."""
    fields = call("explain", kind).out.partition("Fields in Cilium")[2].splitlines()[1:]
    for line in fields:
        path = line.split()[0]
        assert call("explain", f"{kind}.{path}").out.startswith(f"{kind}.{path}\n")


def test_a_rule(call: Call) -> None:
    """A rule's page has why it exists, where it is from, and both texts; its id is taken in small letters too."""
    page = call("explain", "CN502").out
    parts = [line for line in page.splitlines() if line and not line.startswith(" ")]
    assert parts == [
        "CN502: A version or a kind is not what the target release serves",
        "Severity",
        "Why",
        "Source",
        "Bad",
        "Good",
        "To waive it",
    ]
    assert call("explain", "cn502").out == page
