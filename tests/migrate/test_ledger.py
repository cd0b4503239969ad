"""The book balances: every field of any input has a line, and a conversion that forgets one is caught."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cilium_networking.kinds import RELEASES
from cilium_networking.lossless import parse
from cilium_networking.lossless.edit import Delete, Put, Rename, edit
from cilium_networking.lossless.emit import block_text
from cilium_networking.migrate import Converted, Told, convert, lines
from cilium_networking.migrate.ledger import BUG, followed, leaves
from cilium_networking.resources import read_resource

from .converting import objects, shown

words = st.sampled_from(["rack", "10.80.8.0/26", "10.80.8.9", "", "${NAME}", "Service", "CiliumLoadBalancerIP", "on"])
scalars = words | st.none() | st.booleans() | st.integers(-1, 300)


def some(*names: str, **values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping with some of these fields, and now and then one that is not known, in any order."""
    fields = dict.fromkeys((*names, "surprise"), scalars) | values
    pairs = st.lists(st.sampled_from(sorted(fields)), unique=True).flatmap(
        lambda chosen: st.permutations(chosen).flatmap(
            lambda order: st.tuples(*(st.tuples(st.just(name), fields[name]) for name in order))
        )
    )
    return pairs.map(dict)


selectors = some(matchLabels=st.dictionaries(words, words, max_size=2)) | st.none()
blocks = st.lists(some("cidr", "start", "stop", "min", "max"), max_size=3) | scalars
adverts = st.lists(
    some(
        "advertisementType",
        advertisementType=st.sampled_from(["Service", "PodCIDR", "CiliumPodIPPool", "CiliumLoadBalancerIP"]),
        selector=selectors,
        service=some("addresses"),
        attributes=some(community=some("standard"), communities=some("standard")),
    ),
    max_size=3,
)
peers = st.lists(some("name", "peerASN", peerConfigRef=some("group", "kind", "name")), max_size=2)
SPECS = {
    "CiliumLoadBalancerIPPool": some(
        "allowFirstLastIPs", "disabled", blocks=blocks, cidrs=blocks, serviceSelector=selectors
    ),
    "CiliumL2AnnouncementPolicy": some(interfaces=st.lists(words, max_size=3), nodeSelector=selectors),
    "CiliumBGPAdvertisement": some(advertisements=adverts),
    "CiliumBGPPeerConfig": some(transport=some("localPort", "peerPort"), families=st.lists(some("afi"), max_size=2)),
    "CiliumBGPClusterConfig": some(
        bgpInstances=st.lists(some("name", peers=peers), max_size=2), nodeSelector=selectors
    ),
    "CiliumBGPNodeConfigOverride": some("nodeRef", bgpInstances=st.lists(some("name"), max_size=2)),
}
notes = st.dictionaries(
    st.sampled_from(
        ["example.com/a", "objectset.rio.cattle.io/id", "kubectl.kubernetes.io/last-applied-configuration"]
    ),
    words,
    max_size=3,
)
metadata = some(
    "namespace", "uid", "resourceVersion", "generation", "creationTimestamp",
    annotations=notes, labels=notes, managedFields=st.lists(some("manager"), max_size=2),
)  # fmt: skip


@st.composite
def manifests(draw: st.DrawFn) -> str:
    """An object of Cilium's as somebody may have it, good or bad."""
    kind = draw(st.sampled_from(sorted(SPECS)))
    data = {
        "apiVersion": f"cilium.io/{draw(st.sampled_from(['v2', 'v2alpha1']))}",
        "kind": kind,
        "metadata": {"name": "rack", **draw(metadata)},
        "spec": draw(SPECS[kind]),
    }
    if draw(st.booleans()):
        data["status"] = draw(some("conditions"))
    return block_text(data)


several = st.lists(manifests(), min_size=1, max_size=3)


@settings(max_examples=60)
@given(several, st.sampled_from(RELEASES), st.sampled_from([None, *RELEASES]), st.booleans())
def test_every_field_has_one_line(texts: list[str], release: str, source: str | None, fix: bool) -> None:
    """Each leaf of each object has exactly one line, none of them a bug of ours; nothing lost has no reason."""
    resources = tuple(read_resource(parse(text)) for text in texts)
    for one in convert(resources, release, source, fix=fix):
        found = lines(one)
        of_input = [path for path, _ in leaves(one.origin.fragment.data())]
        places = [line.path for line in found if line.path in set(of_input)]
        assert sorted(places, key=of_input.index) == of_input
        assert [shown(line) for line in found if line.why.startswith(BUG)] == []
        assert [shown(line) for line in found if line.fate in ("lost", "decide") and not line.why] == []


@settings(max_examples=60)
@given(several, st.sampled_from(RELEASES), st.booleans())
def test_twice_is_once(texts: list[str], release: str, fix: bool) -> None:
    """What a migration has made it leaves alone the next time."""
    once = convert(tuple(read_resource(parse(text)) for text in texts), release, fix=fix)
    made = tuple(resource for one in once for resource in one.made)
    again = convert(made, release, fix=fix)
    assert [one.fragment.text for two in again for one in two.made] == [one.fragment.text for one in made]


TEXT = """\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: rack
spec:
  disabled: true
  blocks:
  - cidr: 10.80.8.0/26
  - cidr: 10.80.9.0/26
"""


def made(*edits: Any, told: tuple[Told, ...] = ()) -> list[str]:
    """The lines that say more than carried, of a conversion that makes these edits."""
    (origin,) = objects(TEXT)
    one = Converted(origin, (origin.with_fragment(edit(origin.fragment, *edits)),), told)
    return [shown(line) for line in lines(one) if line.fate != "carried"]


def test_a_conversion_that_forgets_is_caught() -> None:
    """A field that is gone, changed or added without a word is a line that says so, and whose fault it is."""
    forgot = "(a bug in cilium-networking: nothing says what became of this field)"
    assert made(Delete(("spec", "disabled"))) == [f"lost spec.disabled=true {forgot}"]
    assert made(Put(("spec", "disabled"), 1)) == [f"lost spec.disabled=true {forgot}"]
    assert made(Rename(("spec", "blocks"), "cidrs")) == [
        f"lost spec.blocks[0].cidr=10.80.8.0/26 {forgot}",
        f"lost spec.blocks[1].cidr=10.80.9.0/26 {forgot}",
        (
            "lost spec.cidrs[0].cidr -> spec.cidrs[0].cidr: 10.80.8.0/26 "
            "(a bug in cilium-networking: nothing says why this field is added)"
        ),
        (
            "lost spec.cidrs[1].cidr -> spec.cidrs[1].cidr: 10.80.9.0/26 "
            "(a bug in cilium-networking: nothing says why this field is added)"
        ),
    ]


def test_what_is_told_of_a_field_holds_for_all_below_it() -> None:
    """A list that moved has a line for each of its leaves, with the place where it is now."""
    told = (Told(("spec", "blocks"), "changed", "renamed", "spec.cidrs"), Told(("spec", "disabled"), "decide", "think"))
    assert made(Rename(("spec", "blocks"), "cidrs"), told=told) == [
        "decide spec.disabled=true -> spec.disabled: true (think)",
        "changed spec.blocks[0].cidr=10.80.8.0/26 -> spec.cidrs[0].cidr: 10.80.8.0/26 (renamed)",
        "changed spec.blocks[1].cidr=10.80.9.0/26 -> spec.cidrs[1].cidr: 10.80.9.0/26 (renamed)",
    ]


def test_two_conversions_are_told_as_one() -> None:
    """What the second says of a field that the first moved is told of the field that the owner knows."""
    (origin,) = objects(TEXT)
    blocks_to_cidrs = origin.with_fragment(edit(origin.fragment, Rename(("spec", "blocks"), "cidrs")))
    first = Converted(origin, (blocks_to_cidrs,), (Told(("spec", "blocks"), "changed", "renamed", "spec.cidrs"),))
    path = ("spec", "cidrs", 1, "cidr")
    last = blocks_to_cidrs.with_fragment(edit(blocks_to_cidrs.fragment, Rename(path, "start")))
    second = Converted(blocks_to_cidrs, (last,), (Told(path, "changed", "one address", "spec.cidrs[1].start"),))
    assert [shown(line) for line in lines(followed(first, second)) if line.fate != "carried"] == [
        "changed spec.blocks[0].cidr=10.80.8.0/26 -> spec.cidrs[0].cidr: 10.80.8.0/26 (renamed)",
        "changed spec.blocks[1].cidr=10.80.9.0/26 -> spec.cidrs[1].start: 10.80.9.0/26 (one address)",
    ]


def test_an_object_has_a_line_of_its_own() -> None:
    """What is said of a whole object stands first, and its fields are what they are."""
    (origin,) = objects(TEXT)
    one = Converted(origin, (origin,), (Told((), "decide", "stays"),))
    assert [line.fate for line in lines(one)] == ["decide", *["carried"] * 6]
    gone = Converted(origin, (), (Told((), "lost", "not needed any more"),))
    assert {line.fate for line in lines(gone)} == {"lost"}
