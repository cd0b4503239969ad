"""Which values become settings, under which names, and that nothing else of a text changes."""

from __future__ import annotations

import pytest

from cilium_networking.handover.setters import Setter, derive, fill, placeholders, setter_name
from cilium_networking.lossless import parse
from cilium_networking.lossless.stream import documents
from cilium_networking.resources import Resource, read_resource


def objects(text: str) -> tuple[Resource, ...]:
    return tuple(read_resource(piece.fragment) for piece in documents(text) if piece.fragment is not None)


def derived(text: str) -> tuple[str, list[tuple[str, str | None]]]:
    """The texts with their comments, and name and value of each setting."""
    found, setters = derive(objects(text))
    return "---\n".join(one.fragment.text for one in found), [(one.name, one.value) for one in setters]


POOL = """\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: lan
spec:
  blocks:
"""


def test_each_block_has_its_own_settings() -> None:
    """A pool's settings are called after it, from the second block on with a number."""
    text = f"{POOL}  - cidr: 10.0.0.0/24\n  - start: 10.0.1.1\n    stop: '10.0.1.9'\n"
    assert derived(text) == (
        (
            f"{POOL}  - cidr: 10.0.0.0/24 # kpt-set: ${{lan-cidr}}\n"
            "  - start: 10.0.1.1 # kpt-set: ${lan-start-2}\n    stop: '10.0.1.9' # kpt-set: ${lan-stop-2}\n"
        ),
        [("lan-cidr", "10.0.0.0/24"), ("lan-start-2", "10.0.1.1"), ("lan-stop-2", "10.0.1.9")],
    )


@pytest.mark.parametrize(
    "block",
    [
        "  - cidr: 10.0.0.0/24 # the rack\n",
        "  - {start: 10.0.0.1, stop: 10.0.0.9}\n",
        "  - cidr: >-\n      10.0.0.0/24\n",
        "  - cidr: ''\n",
        "  - &one\n    cidr: 10.0.0.0/24 # x\n",
    ],
)
def test_where_no_comment_can_stand_a_value_stays_a_value(block: str) -> None:
    """A comment of the owner's, brackets and texts of several lines keep every byte, and no setting is made."""
    assert derived(POOL + block) == (POOL + block, [])


def test_a_value_behind_an_alias_stays_a_value() -> None:
    """One text in two places is not written to: the anchor gets the comment, the alias none."""
    text = f"{POOL}  - start: &one 10.0.0.1\n    stop: *one\n"
    assert derived(text) == (
        f"{POOL}  - start: &one 10.0.0.1 # kpt-set: ${{lan-start}}\n    stop: *one\n",
        [("lan-start", "10.0.0.1")],
    )


BGP = """\
apiVersion: cilium.io/v2
kind: CiliumBGPClusterConfig
metadata:
  name: rack
spec:
  bgpInstances:
  - name: rack
    localASN: 65001
    peers:
    - name: one
      peerASN: 65000
      peerAddress: 10.0.0.1
"""
SECOND = """\
    - name: two
      peerASN: 65000
      peerAddress: 10.0.0.2
"""


def test_one_peer_has_the_declared_names() -> None:
    """Where there is one value of each, the settings are those that everybody knows."""
    assert derived(BGP)[1] == [
        ("bgp-local-asn", "65001"),
        ("bgp-peer-asn", "65000"),
        ("node-gateway-ip", "10.0.0.1"),
    ]


def test_two_peers_share_what_they_have_in_common() -> None:
    """An AS number that all peers have is one setting; their addresses are two, called after the peers."""
    assert derived(BGP + SECOND)[1] == [
        ("bgp-local-asn", "65001"),
        ("bgp-peer-asn", "65000"),
        ("one-address", "10.0.0.1"),
        ("two-address", "10.0.0.2"),
    ]


def test_a_value_that_the_declared_setting_refuses_gets_a_name_of_its_own() -> None:
    """`bgp-local-asn` takes no AS_TRANS: a setting of that name would make the package an error."""
    assert derived(BGP.replace("65001", "23456"))[1][0] == ("rack-local-asn", "23456")


def test_placeholders_become_settings_wherever_they_stand() -> None:
    """A placeholder keeps its name, in a text too, and has no value."""
    text = f"{POOL}  - start: ${{POOL_START}}\n    stop: 10.0.${{SITE}}.9\n"
    commented, setters = derived(text)
    assert commented == (
        f"{POOL}  - start: ${{POOL_START}} # kpt-set: ${{pool-start}}\n"
        "    stop: 10.0.${SITE}.9 # kpt-set: 10.0.${site}.9\n"
    )
    assert setters == [("pool-start", None), ("site", None)]
    assert placeholders(objects(text)) == {"pool-start": "${POOL_START}", "site": "${SITE}"}


def test_a_filled_placeholder_is_a_value_like_any_other() -> None:
    """Filling touches nothing but the placeholder, in the quotes that it stands in."""
    (resource,) = objects(f'{POOL}  - cidr: "${{NET}}" # the rack\n')
    assert fill(resource, {"net": "10.0.0.0/24"}).fragment.text == f'{POOL}  - cidr: "10.0.0.0/24" # the rack\n'
    assert fill(resource, {"other": "1"}) is resource


def test_setters_of_an_older_package_stay() -> None:
    """What has a setter comment keeps it; one whose value is its own name was never rendered, and has none."""
    text = f"{POOL}  - start: 10.0.0.1 # kpt-set: ${{lb-pool-start}}\n    stop: lb-stop # kpt-set: ${{lb-stop}}\n"
    found, setters = derive(objects(text))
    assert found[0].fragment.text == text
    assert setters == (
        Setter("lb-pool-start", "10.0.0.1", "text", "CiliumLoadBalancerIPPool lan, spec.blocks[0].start"),
        Setter("lb-stop", None, "text", "CiliumLoadBalancerIPPool lan, spec.blocks[0].stop", "${lb-stop}"),
    )


def test_two_objects_of_one_name_do_not_share_a_setting() -> None:
    """Settings are told apart by a number where objects of two kinds would give the same name."""
    other = "apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata:\n  name: LAN\nspec:\n  blocks:\n"
    text = f"{POOL}  - start: 10.0.0.1\n---\n{other}  - start: 10.0.0.2\n"
    assert derived(text)[1] == [("lan-start", "10.0.0.1"), ("lan-start-2", "10.0.0.2")]


def test_twice_is_once() -> None:
    """Objects that have their comments keep them, and the same settings come of them."""
    once, setters = derive(objects(BGP + SECOND))
    twice, again = derive(once)
    assert [one.fragment.text for one in twice] == [one.fragment.text for one in once]
    assert [(one.name, one.value) for one in again] == [(one.name, one.value) for one in setters]


def test_names_of_placeholders() -> None:
    """A placeholder's name as settings are written."""
    assert [setter_name(name) for name in ("NODE_GATEWAY_IP", "_x", "Site")] == ["node-gateway-ip", "x", "site"]


def test_text_is_read_once_more() -> None:
    """A comment is proved: the object says the same with it."""
    (before,) = objects(BGP)
    (after,), _ = derive([before])
    assert parse(after.fragment.text).data() == before.fragment.data()
