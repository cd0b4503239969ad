"""settings: each text of a flat config is judged with an exact sentence, and all of them at once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cilium_networking.lossless import parse
from cilium_networking.resources import Resource, read_resource
from cilium_networking.resources.finding import Finding, ResourceRef
from cilium_networking.settings import BY_NAME, DECLARATIONS, Declaration, Placeholder, nearest, read

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: setters\n"


NO_MAPPING = "`data` has to be a mapping of setting names to texts, like `lb-pool-cidr: 10.80.8.128/26`"
FOREIGN = "is no config of this function; give a ConfigMap (`v1`) or a CiliumNetworking (`fn.kpt.dev/v1alpha1`)"


def config(text: str) -> Resource:
    return read_resource(parse(text))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("lb-pool-cidr", "10.80.8.130/26", "`10.80.8.130/26` has host bits set; did you mean `10.80.8.128/26`?"),
        (
            "lb-pool-cidr",
            "lb-pool-cidr",
            "`lb-pool-cidr` is left at its own name; give it a value, like `10.80.8.128/26`",
        ),
        (
            "cluster-name",
            "cluster-name",
            "`cluster-name` is left at its own name; give it a value, like `bioskop-cluster`",
        ),
        ("vip-pool-cidr", "", "`` is empty; leave vip-pool-cidr out, or give it a value, like `10.80.15.0/24`"),
        (
            "bgp-peer-asn",
            "${PEER_ASN}",
            ("`${PEER_ASN}` is a placeholder that nothing fills in before this function runs; "
             "give it a value, like `65000`"),
        ),
        (
            "lb-pool-disabled",
            "x${A}",
            "`x${A}` is a placeholder that nothing fills in before this function runs; give it a value, like `false`",
        ),
        ("lb-pool-disabled", "yes", "`yes` is neither `true` nor `false`; did you mean `true`?"),
        ("vip-pool-disabled", "False", "`False` is neither `true` nor `false`; did you mean `false`?"),
        ("l2-enabled", "maybe", "`maybe` is neither `true` nor `false`"),
        ("cluster-id", "512", "`512` is outside of 0 to 511"),
        ("cluster-id", "015", "`015` is not a whole number from 0 to 511; did you mean `15`?"),
        ("cluster-id", "15.0", "`15.0` is not a whole number from 0 to 511"),
        (
            "cluster-name",
            "Bioskop_Cluster",
            ("`Bioskop_Cluster` is not a cluster name: 1 to 32 lower case letters, digits and inner dashes; "
             "did you mean `bioskop-cluster`?"),
        ),
        ("lb-pool-min", "first", "`first` is neither a number nor an IP address"),
        (
            "lb-pool-max",
            "10.80.8.190/26",
            "`10.80.8.190/26` is neither a number nor an IP address; did you mean `10.80.8.190`?",
        ),
        (
            "l2-interface-1",
            "^eth[0-9]+$",
            "`^eth[0-9]+$` is a pattern, and has to be the name of one interface; a CiliumNetworking takes patterns",
        ),
        (
            "l2-interface-2",
            "an-interface0.10",
            "`an-interface0.10` is not the name of a network interface: 1 to 15 characters without `/`, `:` and spaces",
        ),
        ("bgp-local-asn", "0", "`0` is reserved and names no speaker (RFC 7607)"),
        ("bgp-peer-asn", "0", "`0` is reserved and names no speaker (RFC 7607)"),
        ("bgp-local-asn", "23456", "`23456` is AS_TRANS, a stand-in that no speaker may have (RFC 6793)"),
        ("bgp-local-asn", "65535", "`65535` is reserved (RFC 7300)"),
        ("bgp-local-asn", "4294967295", "`4294967295` is reserved (RFC 7300)"),
        ("bgp-local-asn", "4294967296", "`4294967296` is not an AS number from 1 to 4294967295"),
        ("bgp-local-asn", "1.10", "`1.10` is not a plain decimal AS number; did you mean `65546`?"),
        ("bgp-local-asn", "AS65001", "`AS65001` is not a plain decimal AS number; did you mean `65001`?"),
        ("bgp-local-asn", "065001", "`065001` is not an AS number from 1 to 4294967295; did you mean `65001`?"),
        (
            "node-gateway-ip",
            "10.80.0.1/24",
            "`10.80.0.1/24` has a prefix length, and has to be one address; did you mean `10.80.0.1`?",
        ),
        ("node-gateway-ip", "gateway", "`gateway` is not an IP address, like `10.80.0.1` or `fd00:80::1`"),
        ("bgp-hold-time", "2", "`2` is outside of 3 to 65535"),
        ("bgp-keepalive-time", "30s", "`30s` is not a whole number from 1 to 65535"),
        ("bgp-connect-retry-time", "0", "`0` is outside of 1 to 2147483647"),
        ("bgp-graceful-restart", "TRUE", "`TRUE` is neither `true` nor `false`; did you mean `true`?"),
        ("bgp-graceful-restart-time", "4096", "`4096` is outside of 1 to 4095"),
        ("bgp-multihop-ttl", "256", "`256` is outside of 1 to 255"),
        (
            "bgp-password-secret",
            "kube-system/BGP",
            "`kube-system/BGP` is not the name of an object; did you mean `bgp`?",
        ),
        ("pool-label", "a b", "`a b` is not a label key, like `cilium-networking/pool`"),
        (
            "node-selector",
            "role=edge,,x",
            "`role=edge,,x` is not a label selector, like `role=edge,zone in (a,b),!retired`",
        ),
        ("node-selector", "role=a b", "`role=a b` compares with `a b`, which is not a label value"),
        (
            "bgp-service-selector",
            "a=1,a=2",
            "`a=1,a=2` asks for two values of the label `a` at once, which selects nothing",
        ),
        ("verb", "plan", "`plan` is neither `render` nor `validate` nor `migrate`"),
        ("verb", "Validate", "`Validate` is neither `render` nor `validate` nor `migrate`; did you mean `validate`?"),
        ("adopt", "1", "`1` is neither `true` nor `false`; did you mean `true`?"),
        (
            "cilium-version",
            "1.14",
            ("`1.14` is not a Cilium release that this version knows: "
             "`1.15`, `1.16`, `1.17`, `1.18`, `1.19`, `1.20`"),
        ),
    ],
)  # fmt: skip
def test_wrong_value_is_explained(name: str, text: str, message: str) -> None:
    """A wrong value is answered with the value, why it cannot be, and what would be right where that is certain."""
    _, findings = read(config(HEAD + f"data:\n  {name}: {text!r}\n"))
    assert [
        (finding.severity, finding.message, finding.field, finding.current, finding.line) for finding in findings
    ] == [("error", message, f"data.{name}", text, 6)]


@pytest.mark.parametrize(
    ("setters", "messages"),
    [
        (
            {"lb-pool-cidr": "10.80.8.128/26", "lb-pool-min": "1"},
            ["--set lb-pool-min: `1` is outside of `10.80.8.128/26`, whose last octet goes from 128 to 191"],
        ),
        (
            {"lb-pool-cidr": "10.80.8.128/26", "lb-pool-min": "190", "lb-pool-max": "129"},
            ["--set lb-pool-min: `190` lies behind the end `10.80.8.129`"],
        ),
        (
            {"lb-pool-cidr": "10.80.8.128/26", "lb-pool-max": "128"},
            ["--set lb-pool-max: `10.80.8.129` lies behind the end `10.80.8.128`"],
        ),
        (
            {"vip-pool-min": "fd00::1", "vip-pool-max": "10.0.0.1"},
            ["--set vip-pool-min: `fd00::1` is IPv6, and the other end `10.0.0.1` is IPv4"],
        ),
        (
            {"lb-pool-cidr": "10.80.8.0/24", "vip-pool-cidr": "10.80.8.128/26"},
            [
                (
                    "--set vip-pool-cidr: the pools overlap: `virtual-addresses` is 10.80.8.129-10.80.8.190, "
                    "`load-balancers` is 10.80.8.1-10.80.8.254"
                ),
            ],
        ),
        (
            {"bgp-hold-time": "20", "bgp-keepalive-time": "30"},
            ["--set bgp-keepalive-time: `30` is longer than the hold time `20`; a third of it, `6`, is usual"],
        ),
        (
            {"cluster-name": "default", "cluster-id": "3"},
            ["--set cluster-name: `default` is no name for a cluster with the id `3`; name it, or give the id 0"],
        ),
    ],
)
def test_settings_that_contradict_each_other(setters: dict[str, str], messages: list[str]) -> None:
    """Settings that are right alone and wrong together are answered at the one that is likely to be wrong."""
    assert [finding.message for finding in read(None, setters)[1]] == messages


def test_all_errors_at_once() -> None:
    """Every wrong setting is named in one run, with its file, index and line."""
    notes = "internal.config.kubernetes.io/path: setters.yaml, internal.config.kubernetes.io/index: '2'"
    text = HEAD + f"  annotations: {{{notes}}}\n"
    _, findings = read(config(text + "data:\n  lb-pool-cidr: 10.80.8.130/26\n  bgp-local-asn: 0\n  l2-enabled: on\n"))
    ref = ResourceRef("v1", "ConfigMap", "setters")
    where = {"file": "setters.yaml", "index": 2}
    assert findings == (
        Finding(
            "error", "`10.80.8.130/26` has host bits set; did you mean `10.80.8.128/26`?", ref, "data.lb-pool-cidr",
            "10.80.8.130/26", "10.80.8.128/26", line=7, **where,  # type: ignore[arg-type]
        ),
        Finding(
            "error", "`0` is reserved and names no speaker (RFC 7607)", ref, "data.bgp-local-asn", "0",
            line=8, **where,  # type: ignore[arg-type]
        ),
        Finding(
            "error", "`on` is neither `true` nor `false`; did you mean `true`?", ref, "data.l2-enabled", "on", "true",
            line=9, **where,  # type: ignore[arg-type]
        ),
    )  # fmt: skip


@pytest.mark.parametrize("data", ["", "data:\n", "data: {}\n", "data: ~\n", "binaryData:\n  lb-pool-cidr: eA==\n"])
def test_no_data_is_no_settings(data: str) -> None:
    """A ConfigMap without data asks for nothing, and only its data counts."""
    found, findings = read(config(HEAD + data))
    assert findings == ()
    assert found == read(None)[0]
    assert (dict(found.setters), found.wanted, dict(found.prune)) == ({}, (), {})


@pytest.mark.parametrize(
    ("data", "message", "field"),
    [
        ("data: [a]\n", NO_MAPPING, "data"),
        ("data: text\n", NO_MAPPING, "data"),
        (
            "data:\n  lb-pool-cidr: {cidr: 10.80.8.128/26}\n",
            "`lb-pool-cidr` is a mapping, and has to be a text; a CiliumNetworking takes structure",
            "data.lb-pool-cidr",
        ),
        (
            "data:\n  mine:\n  - 1\n",
            "`mine` is a list, and has to be a text; a CiliumNetworking takes structure",
            "data.mine",
        ),
        ("data:\n  a: 1\n  a: 2\n", "`a` stands twice; keep one of them", "data.a"),
        (
            "data:\n  <<: {a: b}\n",
            "a setting's name has to be a plain key; merge keys and collections are not read here",
            "data",
        ),
        (
            "data:\n  ? [a]\n  : b\n",
            "a setting's name has to be a plain key; merge keys and collections are not read here",
            "data",
        ),
    ],
)  # fmt: skip
def test_data_of_the_wrong_shape(data: str, message: str, field: str) -> None:
    """What is no mapping of texts is answered where it stands."""
    _, findings = read(config(HEAD + data))
    assert [(finding.severity, finding.message, finding.field) for finding in findings] == [("error", message, field)]


@pytest.mark.parametrize(
    ("head", "message", "field"),
    [
        (
            "apiVersion: apps/v1\nkind: Deployment\n",
            f"`Deployment` of `apps/v1` {FOREIGN}",
            "kind",
        ),
        (
            "apiVersion: v1beta1\nkind: ConfigMap\n",
            "a ConfigMap has the apiVersion `v1`, and not `v1beta1`",
            "apiVersion",
        ),
        (
            "apiVersion: fn.kpt.dev/v1\nkind: CiliumNetworking\n",
            "a CiliumNetworking has the apiVersion `fn.kpt.dev/v1alpha1`, and not `fn.kpt.dev/v1`",
            "apiVersion",
        ),
        (
            "- 1\n",
            f"`` of `` {FOREIGN}",
            "kind",
        ),
    ],
)  # fmt: skip
def test_config_of_a_foreign_kind(head: str, message: str, field: str) -> None:
    """A config of another kind is an error and not a guess."""
    _, findings = read(config(head + ("metadata:\n  name: x\n" if head[0] == "a" else "")))
    assert [(finding.severity, finding.message, finding.field) for finding in findings] == [("error", message, field)]


def test_values_count_by_their_text() -> None:
    """A value keeps the text that stands, whatever YAML makes of it; null is the empty text."""
    found, _ = read(
        config(HEAD + "data:\n  a: 0o17\n  b: 1.10\n  c: true\n  d: ~\n  e: &x yes\n  f: *x\n  g: |\n    two\n")
    )
    assert {name: each.text for name, each in found.setters.items()} == {
        "a": "0o17", "b": "1.10", "c": "true", "d": "", "e": "yes", "f": "yes", "g": "two\n",
    }  # fmt: skip
    assert found.unknown == ("a", "b", "c", "d", "e", "f", "g")


def test_options_win_over_the_config() -> None:
    """A setting of the command line replaces the config's at its place, and says so when it is wrong."""
    resource = config(HEAD + "data:\n  bgp-peer-asn: x\n  mine: 1\n")
    found, findings = read(resource, {"bgp-peer-asn": "65010", "verb": "validate", "adopt": "true"})
    assert findings == ()
    assert [(each.name, each.text, each.line) for each in found.setters.values()] == [
        ("bgp-peer-asn", "65010", None),
        ("mine", "1", 7),
    ]
    assert (found.verb, found.adopt) == ("validate", True)


def test_verb_and_adopt_are_no_settings() -> None:
    """The words to the function are not among the setters, and are not given when nobody gives them."""
    found, findings = read(config(HEAD + "data:\n  verb: validate\n  adopt: 'false'\n"))
    assert (findings, dict(found.setters), found.verb, found.adopt) == ((), {}, "validate", False)
    assert (read(None)[0].verb, read(None)[0].adopt) == (None, False)


@pytest.mark.parametrize("text", ["${DISABLED}", "${DISABLED:=false}"])
def test_disabled_may_be_left_to_flux(text: str) -> None:
    """A pool's disabled may be one placeholder, which stays a placeholder."""
    found, findings = read(None, {"lb-pool-cidr": "10.80.8.128/26", "lb-pool-disabled": text})
    assert findings == ()
    disabled = found.wanted[0].whole["spec"]["disabled"]
    assert (disabled, type(disabled)) == (text, Placeholder)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("lb-pool-cidrs", "lb-pool-cidr"),
        ("lb_pool_cidr", "lb-pool-cidr"),
        ("lbPoolCidr", "lb-pool-cidr"),
        ("BGP-Peer-ASN", "bgp-peer-asn"),
        ("cilium-verison", "cilium-version"),
        ("bgp-peer-asm", "bgp-peer-asn"),
        ("gateway-ip", "node-gateway-ip"),
        ("verbs", "verb"),
        # More than one could be meant.
        ("l2-interface-3", None),
        ("pool-cidr", None),
        # Names of other packages, some of which begin like ours.
        ("cluster-cidr", None),
        ("cluster-lb-cidr", None),
        ("cluster-domain", None),
        ("node-ip", None),
        ("ip-pool-cidr", None),
        ("namespace", None),
        ("", None),
    ],
)
def test_nearest_name(name: str, meant: str | None) -> None:
    """An unknown name is answered with the declared one that it is a slip of, and with none where that is doubtful."""
    assert nearest(name) == meant


@pytest.mark.parametrize("name", [*BY_NAME, "verb", "adopt"])
def test_every_slip_of_one_letter_finds_its_name(name: str) -> None:
    """A letter lost from a word that leaves four, and two letters in the wrong order in one, still mean the name."""
    for i in range(len(name) - 1):
        for slip in (name[:i] + name[i + 1 :], name[:i] + name[i + 1] + name[i] + name[i + 2 :]):
            wrong = [a for a, b in zip(slip.split("-"), name.split("-"), strict=False) if a != b]
            if slip.count("-") == name.count("-") and len(wrong) == 1 and len(wrong[0]) > 3:
                assert nearest(slip) == name


@pytest.mark.parametrize(
    ("text", "selector"),
    [
        ("*", {}),
        ("role", {"matchExpressions": [{"key": "role", "operator": "Exists"}]}),
        ("!role", {"matchExpressions": [{"key": "role", "operator": "DoesNotExist"}]}),
        ("role=edge", {"matchLabels": {"role": "edge"}}),
        ("role==edge", {"matchLabels": {"role": "edge"}}),
        ("role=", {"matchLabels": {"role": ""}}),
        ("role!=edge", {"matchExpressions": [{"key": "role", "operator": "NotIn", "values": ["edge"]}]}),
        ("a in (x, y)", {"matchExpressions": [{"key": "a", "operator": "In", "values": ["x", "y"]}]}),
        ("a notin (x)", {"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["x"]}]}),
        (
            "x.io/a=1, b in (c,d),!e",
            {
                "matchLabels": {"x.io/a": "1"},
                "matchExpressions": [
                    {"key": "b", "operator": "In", "values": ["c", "d"]},
                    {"key": "e", "operator": "DoesNotExist"},
                ],
            },
        ),
    ],
)
def test_selectors_as_kubectl_reads_them(text: str, selector: dict[str, object]) -> None:
    """A selector on one line becomes the LabelSelector that means the same."""
    assert BY_NAME["node-selector"].parse(text) == selector


@given(st.dictionaries(st.sampled_from([*BY_NAME, "verb", "adopt", "mine"]), st.text(max_size=20)))
@settings(max_examples=300)
def test_no_text_raises(setters: dict[str, str]) -> None:
    """Whatever the texts are, there are settings and one-line findings."""
    found, findings = read(None, setters)
    assert all(finding.severity == "error" and "\n" not in finding.message for finding in findings)
    assert set(found.setters) == set(setters) - {"verb", "adopt"}


values = st.sampled_from(
    ["10.80.8.128/26", "fd00::/64", "fd00::/112", "10.0.0.0/8", "129", "1", "190", "10.80.8.140", "fd00::5", "true",
     "false", "${X}", "x", "vmnet0", "eth0.1", "65001", "90", "30", "3", "10.80.0.1",
     "a=b", "*", "1.15", "1.19", "default"]
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(list(BY_NAME)), values))
@settings(max_examples=300)
def test_no_plausible_values_raise(setters: dict[str, str]) -> None:
    """Whatever plausible values meet, there are settings, and each object is wanted once."""
    found, _ = read(None, setters)
    names = [(wanted.kind, wanted.name) for wanted in found.wanted]
    assert len(names) == len(set(names))


@given(st.text())
def test_no_yaml_in_data_raises(text: str) -> None:
    """Whatever a ConfigMap's data is written as, reading it gives findings and no exception."""
    from cilium_networking.errors import InputError

    try:
        resource = config(HEAD + "data:\n  lb-pool-cidr: " + text)
    except InputError:
        return
    read(resource)


@pytest.mark.parametrize("declaration", DECLARATIONS, ids=lambda each: each.name)
def test_examples_are_values(declaration: Declaration) -> None:
    """Every example, default and shipped value is one that its own setting takes."""
    for text in {declaration.example, declaration.default or declaration.example, declaration.shipped} - {None}:
        assert read(None, {declaration.name: str(text)})[1] == ()
