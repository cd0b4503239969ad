"""Kinds, releases and versions: what is served, stored, deprecated and gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cilium_networking.kinds import (
    DEFAULT_RELEASE,
    GROUP,
    KINDS,
    RELEASES,
    api_version,
    deprecated,
    gone,
    release_of,
    replacement,
    rows,
    schema,
    served,
)

FN = Path(__file__).resolve().parents[2] / "fn"


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("v1.19.4", "1.19"),
        ("1.19", "1.19"),
        ("1.19.601", "1.19"),
        (" 1.20.2 ", "1.20"),
        ("1.19.0-rc.1", "1.19"),
        ("v1.18.6+up1", "1.18"),
        ("1.14.5", None),
        ("1.21", None),
        ("1.190", None),
        ("1", None),
        ("1.19.x", None),
        ("latest", None),
        ("1.19 or so", None),
        ("", None),
    ],
)
def test_release_of(text: str, release: str | None) -> None:
    """A version names its minor release, with or without v, patch and build; what is not known names none."""
    assert release_of(text) == release


@given(st.sampled_from(RELEASES), st.sampled_from(("", "v")), st.none() | st.integers(0, 10**6))
def test_every_patch_belongs_to_its_release(release: str, prefix: str, patch: int | None) -> None:
    """No patch number changes the release that a version belongs to."""
    assert release_of(f"{prefix}{release}" + ("" if patch is None else f".{patch}")) == release


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        ("CiliumLoadBalancerIPPool", "v2alpha1 v2alpha1 v2alpha1 v2 v2 v2"),
        ("CiliumL2AnnouncementPolicy", "v2alpha1 v2alpha1 v2alpha1 v2alpha1 v2alpha1 v2alpha1"),
        ("CiliumBGPClusterConfig", "v2alpha1 v2alpha1 v2alpha1 v2 v2 v2"),
        ("CiliumBGPPeerConfig", "v2alpha1 v2alpha1 v2alpha1 v2 v2 v2"),
        ("CiliumBGPAdvertisement", "v2alpha1 v2alpha1 v2alpha1 v2 v2 v2"),
        ("CiliumBGPNodeConfigOverride", "v2alpha1 v2alpha1 v2alpha1 v2 v2 v2"),
        ("CiliumBGPNodeConfig", "v2alpha1 v2alpha1 v2alpha1 v2 v2 v2"),
        ("CiliumPodIPPool", "v2alpha1 v2alpha1 v2alpha1 v2alpha1 v2alpha1 v2alpha1"),
        ("CiliumCIDRGroup", "v2alpha1 v2alpha1 v2alpha1 v2 v2 v2"),
        ("CiliumNode", "v2 v2 v2 v2 v2 v2"),
    ],
)
def test_what_a_release_stores(kind: str, stored: str) -> None:
    """Pools, BGP and CIDR groups are v2 from 1.18 on, L2 policies and pod pools v2alpha1 throughout."""
    assert [api_version(kind, release) for release in RELEASES] == [f"{GROUP}/{name}" for name in stored.split()]


def test_served_and_deprecated() -> None:
    """The stored version comes first; v2alpha1 of pools is deprecated a release later than that of BGP (#39134)."""
    both = ("cilium.io/v2", "cilium.io/v2alpha1")
    assert served("CiliumLoadBalancerIPPool", "1.17") == ("cilium.io/v2alpha1",)
    assert served("CiliumLoadBalancerIPPool", "1.18") == both
    assert deprecated("CiliumLoadBalancerIPPool", "1.18") == ()
    assert deprecated("CiliumLoadBalancerIPPool", "1.19") == ("cilium.io/v2alpha1",)
    assert served("CiliumBGPClusterConfig", "1.20") == both
    assert deprecated("CiliumBGPClusterConfig", "1.18") == ("cilium.io/v2alpha1",)
    assert deprecated("CiliumBGPPeeringPolicy", "1.18") == ("cilium.io/v2alpha1",)
    assert deprecated("CiliumBGPPeeringPolicy", "1.17") == ()


def test_the_peering_policy_is_gone() -> None:
    """From 1.19 on the old BGP kind has no version, and the error says what took its place (#42278)."""
    assert served("CiliumBGPPeeringPolicy", "1.19") == ()
    assert replacement("CiliumBGPPeeringPolicy") == "CiliumBGPClusterConfig"
    message = "CiliumBGPPeeringPolicy was removed in Cilium 1.19: use CiliumBGPClusterConfig"
    assert gone("CiliumBGPPeeringPolicy", "1.20") == message
    for ask in (api_version, schema):
        with pytest.raises(LookupError) as caught:
            ask("CiliumBGPPeeringPolicy", "1.20")
        assert str(caught.value) == message


def test_what_is_not_in_the_table_is_an_error() -> None:
    """Names that the table lacks are never guessed."""
    with pytest.raises(LookupError) as caught:
        served("CiliumEgressGatewayPolicy", "1.19")
    assert str(caught.value) == "CiliumEgressGatewayPolicy is not a kind of Cilium's that is known here"
    with pytest.raises(LookupError) as caught:
        rows("Service")
    assert str(caught.value) == "Service is not a kind of Cilium's that is known here"
    with pytest.raises(LookupError) as caught:
        served("CiliumNode", "1.14")
    assert str(caught.value) == "Cilium 1.14 is not a known release: 1.15 to 1.20 are"
    with pytest.raises(LookupError) as caught:
        schema("CiliumL2AnnouncementPolicy", "1.19", "cilium.io/v2")
    assert str(caught.value) == (
        "Cilium 1.19 serves CiliumL2AnnouncementPolicy as cilium.io/v2alpha1, not as cilium.io/v2"
    )
    assert replacement("Service") is None


def test_names() -> None:
    """Plurals and short names are those that kubectl takes; what Cilium owns is not for users to write."""
    pool = KINDS["CiliumLoadBalancerIPPool"]
    assert (pool.plural, pool.short_names) == (
        "ciliumloadbalancerippools",
        ("ippools", "ippool", "lbippool", "lbippools"),
    )
    assert KINDS["CiliumL2AnnouncementPolicy"].plural == "ciliuml2announcementpolicies"
    assert {kind.cluster_scoped for kind in KINDS.values()} == {True}
    owned = {kind.name: kind.owner for kind in KINDS.values() if kind.owner != "user"}
    assert owned == {"CiliumBGPNodeConfig": "operator", "CiliumNode": "agent"}
    assert DEFAULT_RELEASE == "1.19"


def test_importing_is_light() -> None:
    """The room loads no YAML code, no schema machinery and no table; asking for a kind reads that table only."""
    code = """
import sys
import cilium_networking.kinds as kinds
heavy = ("yaml", "difflib", "ipaddress", "json", "cilium_networking.lossless")
assert not [name for name in heavy if name in sys.modules], [name for name in heavy if name in sys.modules]
def loaded():
    return sorted(name.rpartition(".")[2] for name in sys.modules if name.startswith("cilium_networking.kinds.tables."))
assert loaded() == [], loaded()
kinds.schema("CiliumBGPPeerConfig", "1.19")
print(*loaded())
"""
    # -I -S: nothing but what the room itself asks for.
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(FN)!r})\n{code}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("ciliumbgppeerconfigs shapes\n", "")
