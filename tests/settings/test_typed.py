"""settings: the typed config, its errors with their lines, and what it asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cilium_networking.errors import InputError
from cilium_networking.kinds import RELEASES
from cilium_networking.lossless import parse
from cilium_networking.resources import Resource, read_resource
from cilium_networking.settings import DECLARATIONS, Field, Placeholder, Wanted, read
from cilium_networking.settings.publish import TYPED_EXAMPLE

HEAD = "apiVersion: fn.kpt.dev/v1alpha1\nkind: CiliumNetworking\nmetadata:\n  name: networking\n"
SHIPPED = {each.name: each.shipped for each in DECLARATIONS if each.shipped is not None}


def config(spec: str) -> Resource:
    return read_resource(parse(HEAD + spec))


def test_flat_and_typed_say_the_same() -> None:
    """The shipped settings said in a typed config want the same objects in full, and nothing is wrong with them."""
    typed, findings = read(read_resource(parse(TYPED_EXAMPLE)))
    assert findings == ()
    flat, _ = read(None, SHIPPED)
    assert [(wanted.kind, wanted.name, wanted.whole) for wanted in typed.wanted] == [
        (wanted.kind, wanted.name, wanted.whole) for wanted in flat.wanted
    ]
    assert (typed.release, typed.cluster_name, typed.cluster_id) == (flat.release, "bioskop-cluster", 15)


def test_an_entry_is_a_complete_spec() -> None:
    """A typed entry replaces the spec and adds its labels and annotations, each on its own."""
    found, findings = read(
        config(
            "spec:\n  pools:\n  - name: a\n    labels: {team: net}\n    annotations: {note: why}\n"
            "    disabled: ${OFF}\n    blocks: [{cidr: 10.0.0.0/24}]\n    allowFirstLastIPs: No\n"
        )
    )
    assert findings == ()
    spec = {"disabled": "${OFF}", "blocks": [{"cidr": "10.0.0.0/24"}], "allowFirstLastIPs": "No"}
    metadata = {"labels": {"team": "net"}, "annotations": {"note": "why"}}
    assert found.wanted == (
        Wanted(
            "CiliumLoadBalancerIPPool", "a", "CiliumLoadBalancerIPPool/a", {"metadata": metadata, "spec": spec},
            (
                Field(("spec",), spec),
                Field(("metadata", "labels", "team"), "net"),
                Field(("metadata", "annotations", "note"), "why"),
            ),
        ),
    )  # fmt: skip
    assert type(found.wanted[0].whole["spec"]["disabled"]) is Placeholder


def test_a_given_list_is_complete() -> None:
    """A list that is given prunes its kind, an empty one too; a list that is not given prunes nothing."""
    found, findings = read(config("spec:\n  pools: []\n  l2Policies:\n  bgp:\n    advertisements: []\n"))
    assert (findings, found.wanted) == ((), ())
    assert dict(found.prune) == {
        "CiliumLoadBalancerIPPool": "`spec.pools` does not list it",
        "CiliumBGPAdvertisement": "`spec.bgp.advertisements` does not list it",
    }


@pytest.mark.parametrize("spec", ["", "spec:\n", "spec: {}\n", "spec: {bgp: {}}\n", "spec: {cluster: }\n"])
def test_an_empty_config_asks_for_nothing(spec: str) -> None:
    """A typed config without lists wants and prunes nothing."""
    found, findings = read(config(spec))
    assert (findings, found.wanted, dict(found.prune)) == ((), (), {})


def test_words_to_the_function() -> None:
    """The verb, adoption, the release and the cluster are read from the spec; options win over it."""
    resource = config("spec:\n  verb: validate\n  adopt: true\n  ciliumVersion: 1.20\n  cluster: {name: a, id: 0}\n")
    found, findings = read(resource)
    assert (findings, found.verb, found.adopt, found.release) == ((), "validate", True, "1.20")
    assert (found.cluster_name, found.cluster_id) == ("a", 0)
    options = {
        "verb": "render",
        "adopt": "false",
        "cilium-version": "1.18",
        "cluster-name": "b",
        "cluster-id": "7",
        "mine": "x",
    }
    found, findings = read(resource, options)
    assert (findings, found.verb, found.adopt, found.release) == ((), "render", False, "1.18")
    assert (found.cluster_name, found.cluster_id, found.unknown) == ("b", 7, ("mine",))


def test_flat_settings_stay_out_of_a_typed_config() -> None:
    """An option that the typed config says itself is an error that names it."""
    assert [each.message for each in read(config("spec: {}\n"), {"lb-pool-cidr": "10.0.0.0/24"})[1]] == [
        "--set lb-pool-cidr: the config is a CiliumNetworking, which says this in its own words; change it there"
    ]


@pytest.mark.parametrize(
    ("spec", "field", "line", "message"),
    [
        (
            "pools: [{name: a, blocks: [{cidr: 10.80.8.130/26}]}]",
            "spec.pools[0].blocks[0].cidr",
            6,
            "`10.80.8.130/26` has host bits set; did you mean `10.80.8.128/26`?",
        ),
        (
            "pools: [{name: a, blocks: [{start: 10.0.0.9, stop: 10.0.0.1}]}]",
            "spec.pools[0].blocks[0].start",
            6,
            "`10.0.0.9` lies behind the end `10.0.0.1`",
        ),
        (
            "pools: [{name: a, blocks: [{start: 10.0.0.9, stop: 'fd00::1'}]}]",
            "spec.pools[0].blocks[0].start",
            6,
            "`10.0.0.9` is IPv4, and the other end `fd00::1` is IPv6",
        ),
        (
            "pools: [{name: a, blocks: [{start: 10.0.0.300}]}]",
            "spec.pools[0].blocks[0].start",
            6,
            "`10.0.0.300` is not an IP address, like `10.80.0.1` or `fd00:80::1`",
        ),
        (
            "pools: [{name: a, blocks: [{cidr: 10.0.0.0/24, start: 10.0.0.1}]}]",
            "spec.pools[0].blocks[0]",
            6,
            "has both `cidr` and a range; Cilium ignores the range: keep one of them",
        ),
        (
            "pools: [{name: a, blocks: [{stop: 10.0.0.1}]}]",
            "spec.pools[0].blocks[0]",
            6,
            "has neither `cidr` nor `start`: it gives no address",
        ),
        (
            "pools:\n  - {name: a, blocks: [{cidr: 10.0.0.0/24}]}\n  - {name: b, blocks: [{start: 10.0.0.255}]}",
            "spec.pools[1].blocks[0]",
            8,
            "the addresses 10.0.0.255-10.0.0.255 overlap 10.0.0.0-10.0.0.255 of `spec.pools[0].blocks[0]`",
        ),
        (
            "pools: [{name: A, blocks: []}]",
            "spec.pools[0].name",
            6,
            "`A` is not the name of an object: lower case letters, digits, `-` and `.`",
        ),
        (
            "pools: [{name: a, labels: {'a b': c}}]",
            "spec.pools[0].labels.a b",
            6,
            "`a b` is not a key, like `example.com/team`",
        ),
        ("pools: [{name: a, labels: {a: 'b c'}}]", "spec.pools[0].labels.a", 6, "`b c` is not a label value"),
        (
            "pools: [{name: a, serviceSelector: {matchLabels: {a: '${B}'}}}]",
            "spec.pools[0].serviceSelector.matchLabels.a",
            6,
            (
                "`${B}` is a placeholder that nothing fills in before this function runs; "
                "only a pool's `disabled` may be one"
            ),
        ),
        (
            "l2Policies: [{name: a, interfaces: ['eth0', '^(?!lo)']}]",
            "spec.l2Policies[0].interfaces[1]",
            6,
            "`^(?!lo)` has a lookaround, `(?!`, which Go's regular expressions do not have",
        ),
        (
            "bgp: {clusterConfigs: [{name: a, bgpInstances: [{name: b, localASN: 23456}]}]}",
            "spec.bgp.clusterConfigs[0].bgpInstances[0].localASN",
            6,
            "`23456` is AS_TRANS, a stand-in that no speaker may have (RFC 6793)",
        ),
        (
            (
                "bgp: {clusterConfigs: [{name: a, bgpInstances: "
                "[{name: b, peers: [{name: c, peerAddress: '::ffff:1.2.3.4'}]}]}]}"
            ),
            "spec.bgp.clusterConfigs[0].bgpInstances[0].peers[0].peerAddress",
            6,
            "`::ffff:1.2.3.4` is an IPv4 address in IPv6 form; did you mean `1.2.3.4`?",
        ),
        (
            (
                "bgp: {advertisements: [{name: a, advertisements: "
                "[{advertisementType: PodCIDR, attributes: {localPreference: 4294967296}}]}]}"
            ),
            "spec.bgp.advertisements[0].advertisements[0].attributes.localPreference",
            6,
            "`4294967296` is outside of 0 to 4294967295",
        ),
        (
            "cluster: {name: Edge}",
            "spec.cluster.name",
            6,
            "`Edge` is not a cluster name: 1 to 32 lower case letters, digits and inner dashes; did you mean `edge`?",
        ),
        (
            "ciliumVersion: '2.0'",
            "spec.ciliumVersion",
            6,
            "`2.0` is not a Cilium release that this version knows: `1.15`, `1.16`, `1.17`, `1.18`, `1.19`, `1.20`",
        ),
        ("ciliumVersion: [1]", "spec.ciliumVersion", 6, "`spec.ciliumVersion` must be a text, like `1.19`"),
    ],
)  # fmt: skip
def test_what_a_schema_cannot_say(spec: str, field: str, line: int, message: str) -> None:
    """A value that its type allows and Cilium does not is answered where it stands, with what would be right."""
    _, findings = read(config(f"spec:\n  {spec}\n"))
    assert [(each.severity, each.field, each.line, each.message) for each in findings] == [
        ("error", field, line, message)
    ]


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ("pool: []", "spec.pool"),
        ("pools: [{name: a, cidrs: []}]", "spec.pools[0].cidrs"),
        ("pools: [{blocks: []}]", "spec.pools[0].name"),
        ("pools: [{name: a}, {name: a}]", "spec.pools[1].name"),
        ("pools: {a: {}}", "spec.pools"),
        ("verb: plan", "spec.verb"),
        ("adopt: 'yes'", "spec.adopt"),
        ("cluster: {id: 512}", "spec.cluster.id"),
        (
            "bgp: {peerConfigs: [{name: a, timers: {holdTimeSeconds: 9}}]}",
            "spec.bgp.peerConfigs[0].timers.keepAliveTimeSeconds",
        ),
        (
            "bgp: {clusterConfigs: [{name: a, bgpInstances: [{name: b, localASN: 0}]}]}",
            "spec.bgp.clusterConfigs[0].bgpInstances[0].localASN",
        ),
    ],
)
def test_what_the_schema_says(spec: str, field: str) -> None:
    """What the release's schema refuses is said once, by the schema and under its rule."""
    _, findings = read(config(f"spec:\n  {spec}\n"))
    assert [(each.severity, each.field, each.rule, each.line) for each in findings] == [("error", field, "CN501", 6)]
    assert findings[0].message.startswith("CN501 ")


@pytest.mark.parametrize("release", ["1.15", "1.16", "1.17"])
def test_timers_of_releases_that_take_any(release: str) -> None:
    """A keepalive longer than the hold time is an error in the releases whose schema takes it, too."""
    _, findings = read(
        config(
            f"spec:\n  ciliumVersion: {release}\n  bgp:\n    peerConfigs:\n    - name: a\n"
            "      timers:\n        holdTimeSeconds: 9\n"
        )
    )
    assert [(each.field, each.line, each.message) for each in findings] == [
        (
            "spec.bgp.peerConfigs[0].timers.keepAliveTimeSeconds",
            11,
            "`30`, its default, is longer than the hold time `9`; a third of it, `3`, is usual",
        )
    ]


def test_all_errors_at_once() -> None:
    """The schema's findings and ours come together, and an option's beside them; nothing is then wanted."""
    found, findings = read(
        config("spec:\n  verb: validate\n  pools:\n  - name: a\n    cird: x\n    blocks:\n    - cidr: 10.0.0.1/24\n"
               "  l2Policies:\n  - name: b\n    interfaces: [(]\n"),
        {"cluster-id": "x"},
    )  # fmt: skip
    assert [each.field for each in findings] == [
        None,
        "spec.pools[0].cird",
        "spec.pools[0].blocks[0].cidr",
        "spec.l2Policies[0].interfaces[0]",
    ]
    assert (found.verb, found.wanted, dict(found.prune)) == ("validate", (), {})


@pytest.mark.parametrize("release", RELEASES)
def test_the_example_is_right_for_releases(release: str) -> None:
    """The documented example is right in every release but 1.15, which advertises Services under another name."""
    _, findings = read(read_resource(parse(TYPED_EXAMPLE)), {"cilium-version": release})
    assert [each.field for each in findings] == (
        [
            "spec.bgp.advertisements[0].advertisements[0].advertisementType",
            "spec.bgp.advertisements[0].advertisements[0].service",
        ]
        if release == "1.15"
        else []
    )


def test_hostile_aliases_are_bounded() -> None:
    """Aliases that would make more data than any config has are a finding, and take no time."""
    levels = "\n".join(f"  l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]" for i in range(1, 12))
    _, findings = read(config(f"spec:\n  l0: &l0 [x]\n{levels}\n"))
    assert "its aliases make more data of it than any manifest has" in [each.message for each in findings]


leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from(["a", "10.0.0.0/8", "fd00::1", "${X}", "(", ""])
)
names = st.sampled_from(
    ["name", "pools", "bgp", "blocks", "cidr", "start", "clusterConfigs", "bgpInstances", "peers", "labels", "timers",
     "l2Policies", "interfaces", "cluster", "ciliumVersion", "verb", "advertisements", "attributes", "peerConfigs"]
)  # fmt: skip
shapes = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=4)),
    max_leaves=12,
)


@given(st.dictionaries(names, shapes, max_size=4))
def test_no_shape_raises(spec: dict[str, object]) -> None:
    """Whatever shape a spec has, reading it gives findings and no exception."""
    import json

    _, findings = read(config("spec: " + json.dumps(spec) + "\n"))
    assert all("\n" not in each.message for each in findings)


@given(st.text())
def test_no_text_raises(text: str) -> None:
    """Whatever a spec is written as, reading it gives findings and no exception."""
    try:
        resource = config("spec: " + text)
    except InputError:
        return
    read(resource)
