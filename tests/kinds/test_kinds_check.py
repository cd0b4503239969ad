"""What the check says: each rule with its exact words, its place, and what would be right."""

from __future__ import annotations

from textwrap import dedent

import pytest

from cilium_networking.kinds import Schema, check, schema
from cilium_networking.lossless import field_path, parse

POOL = "CiliumLoadBalancerIPPool"
CLUSTER = "CiliumBGPClusterConfig"
PEER = "CiliumBGPPeerConfig"
ADVERTISEMENT = "CiliumBGPAdvertisement"


def problems(
    kind: str, spec: str, release: str = "1.19", version: str | None = None, *, placeholders: bool = False
) -> list[tuple[str, str, str | None, str | None]]:
    """Rule, message, current and proposed value of every problem of an object with that spec."""
    text = f"metadata:\n  name: one\nspec:\n{indented(spec)}"
    table = schema(kind, release, None if version is None else f"cilium.io/{version}")
    return judged(text, table, placeholders=placeholders)


def judged(text: str, table: Schema, *, placeholders: bool = False) -> list[tuple[str, str, str | None, str | None]]:
    fragment = parse(text)
    found: list[tuple[str, str, str | None, str | None]] = []
    for problem in check(fragment.root, table, allow_placeholders=placeholders):
        # A message names its field, or for a field of a list's entry the entry's; a problem points into the text.
        assert 0 <= problem.node.start <= problem.node.end <= len(text)
        assert f"`{field_path(problem.path)}`" in problem.message or not problem.path
        found.append((problem.rule, problem.message, problem.current, problem.proposed))
    return found


def indented(spec: str) -> str:
    return "".join(f"  {line}\n" for line in dedent(spec).strip("\n").split("\n"))


def only(rule: str, message: str, current: str | None = None, proposed: str | None = None) -> list[object]:
    return [(rule, message, current, proposed)]


GOOD = {
    POOL: """
        blocks:
          - {cidr: 10.80.8.128/26}
          - start: 10.80.15.1
            stop: 10.80.15.254
          - cidr: 2001:db8::/64
        serviceSelector:
          matchLabels: {pool: one}
          matchExpressions:
            - {key: io.kubernetes.service.namespace, operator: In, values: [a, b]}
        allowFirstLastIPs: "No"
        disabled: false
        """,
    "CiliumL2AnnouncementPolicy": """
        interfaces: [^eth0$]
        loadBalancerIPs: true
        externalIPs: false
        nodeSelector: {matchExpressions: [{key: a, operator: Exists}]}
        """,
    CLUSTER: """
        bgpInstances:
          - name: a
            localASN: 4200000000
            localPort: 1790
            peers:
              - {name: r, peerASN: 65001, peerAddress: 10.80.8.1, peerConfigRef: {name: p}}
              - {name: s, autoDiscovery: {mode: DefaultGateway, defaultGateway: {addressFamily: ipv6}}}
              - {name: t, peerAddress: "fd00::1"}
        """,
    PEER: """
        timers: {holdTimeSeconds: 9, keepAliveTimeSeconds: 3}
        gracefulRestart: {enabled: true}
        families: [{afi: ipv4, safi: unicast, advertisements: {matchLabels: {advertise: bgp}}}]
        """,
    ADVERTISEMENT: """
        advertisements:
          - advertisementType: Service
            service: {addresses: [LoadBalancerIP]}
            selector: {}
            attributes: {localPreference: 200, communities: {standard: ["65000:100"], large: ["64512:1:2"]}}
          - advertisementType: PodCIDR
          - advertisementType: Interface
            interface: {name: lo}
        """,
}


@pytest.mark.parametrize("kind", GOOD)
def test_what_is_right_is_silent(kind: str) -> None:
    """An object that the API server takes has no problem."""
    assert problems(kind, GOOD[kind]) == []


UNKNOWN = {
    "nearest": (
        POOL,
        "serviceSelectr: {}",
        "unknown field `spec.serviceSelectr`: did you mean `serviceSelector`?",
        "serviceSelectr",
        "serviceSelector",
    ),
    "letter case": (
        "CiliumL2AnnouncementPolicy",
        "loadbalancerips: true",
        "unknown field `spec.loadbalancerips`: did you mean `loadBalancerIPs`?",
        "loadbalancerips",
        "loadBalancerIPs",
    ),
    "known mistake": (
        POOL,
        "blocks: [{min: 10.0.0.1}]",
        "unknown field `spec.blocks[0].min`: did you mean `start`?",
        "min",
        "start",
    ),
    "nothing near": (
        CLUSTER,
        "bgpInstances: [{name: a}]\nnodeSelector: {location: here}",
        "unknown field `spec.nodeSelector.location`: known are `matchLabels` and `matchExpressions`",
        "location",
        None,
    ),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_unknown_field(case: str) -> None:
    """A field that no release has is named with the one that is meant, or with those that there are."""
    kind, spec, message, current, proposed = UNKNOWN[case]
    assert problems(kind, spec) == only("unknown-field", message, current, proposed)


MISPLACED = {
    "one up": (
        ADVERTISEMENT,
        """
        advertisements:
          - advertisementType: Service
            service:
              addresses: [LoadBalancerIP]
              selector: {}
        """,
        (
            "unknown field `spec.advertisements[0].service.selector`: `selector` belongs one level up, in "
            "`spec.advertisements[0]`"
        ),
        "selector",
        "spec.advertisements[0].selector",
    ),
    "two up": (
        CLUSTER,
        """
        bgpInstances:
          - name: a
            peers:
              - {name: r, nodeSelector: {}}
        """,
        "unknown field `spec.bgpInstances[0].peers[0].nodeSelector`: `nodeSelector` belongs 2 levels up, in `spec`",
        "nodeSelector",
        "spec.nodeSelector",
    ),
    "to the top": (
        PEER,
        "status: {}",
        "unknown field `spec.status`: `status` belongs one level up, beside `kind`",
        "status",
        "status",
    ),
    "down": (
        PEER,
        "holdTimeSeconds: 9",
        "unknown field `spec.holdTimeSeconds`: `holdTimeSeconds` belongs in `spec.timers`",
        "holdTimeSeconds",
        "spec.timers.holdTimeSeconds",
    ),
    "down into a list": (
        POOL,
        "cidr: 10.0.0.0/24",
        "unknown field `spec.cidr`: `cidr` belongs in an entry of `spec.blocks`",
        "cidr",
        "spec.blocks[0].cidr",
    ),
}


@pytest.mark.parametrize("case", MISPLACED)
def test_misplaced_field(case: str) -> None:
    """A field that exactly one object above or below has is said to belong there."""
    kind, spec, message, current, proposed = MISPLACED[case]
    assert problems(kind, spec) == only("misplaced-field", message, current, proposed)


def test_a_place_that_is_taken_or_doubtful_is_not_named() -> None:
    """Where a field belongs is said only when it can be one place, and nothing stands there yet."""
    assert problems("CiliumL2AnnouncementPolicy", "matchLabels: {a: b}") == only(
        "unknown-field",
        "unknown field `spec.matchLabels`: known are `serviceSelector`, `nodeSelector`, `interfaces`, `externalIPs` "
        "and `loadBalancerIPs`",
        "matchLabels",
    )
    spec = """
        advertisements:
          - advertisementType: Service
            service: {addresses: [LoadBalancerIP], selector: {}}
            selector: {}
        """
    assert problems(ADVERTISEMENT, spec) == only(
        "unknown-field",
        "unknown field `spec.advertisements[0].service.selector`: known are `addresses`, `aggregationLengthIPv4` and "
        "`aggregationLengthIPv6`",
        "selector",
    )


ELSEWHERE = {
    "removed": (
        (POOL, "cidrs: [{cidr: 10.0.0.0/24}]", "1.16", None),
        "`spec.cidrs` was removed in Cilium 1.16: use `spec.blocks`",
        ("cidrs", "blocks"),
    ),
    "removed long ago": (
        (POOL, "cidrs: []", "1.19", "v2"),
        "`spec.cidrs` was removed in Cilium 1.16: use `spec.blocks`",
        ("cidrs", "blocks"),
    ),
    "moved": (
        ("CiliumBGPNodeConfigOverride", "nodeRef: a\nbgpInstances: [{name: a}]", "1.19", None),
        "`spec.nodeRef` was removed in Cilium 1.16: use `metadata.name`",
        ("nodeRef", "metadata.name"),
    ),
    "renamed in a list": (
        (ADVERTISEMENT, "advertisements: [{advertisementType: PodCIDR, attributes: {community: {}}}]", "1.19", None),
        (
            "`spec.advertisements[0].attributes.community` was removed in Cilium 1.16: use "
            "`spec.advertisements[0].attributes.communities`"
        ),
        ("community", "communities"),
    ),
    "later": (
        (CLUSTER, "bgpInstances: [{name: a, localPort: 179}]", "1.17", None),
        "`spec.bgpInstances[0].localPort` exists since Cilium 1.18",
        ("localPort", None),
    ),
    "later and in v2 only": (
        (PEER, "transport: {sourceInterface: lo}", "1.17", None),
        "`spec.transport.sourceInterface` exists since Cilium 1.19, in cilium.io/v2 only",
        ("sourceInterface", None),
    ),
    "another version of the release": (
        (PEER, "transport: {localPort: 179}", "1.19", "v2"),
        (
            "`spec.transport.localPort` exists only in cilium.io/v2alpha1: use "
            "`CiliumBGPClusterConfig.spec.bgpInstances[].localPort`"
        ),
        ("localPort", "CiliumBGPClusterConfig.spec.bgpInstances[].localPort"),
    ),
    "a value that was renamed": (
        (ADVERTISEMENT, "advertisements: [{advertisementType: CiliumLoadBalancerIP}]", "1.19", None),
        (
            "`spec.advertisements[0].advertisementType` is `CiliumLoadBalancerIP`, which was removed in Cilium 1.16: "
            "use `Service`"
        ),
        ("CiliumLoadBalancerIP", "Service"),
    ),
    "a value that is to come": (
        (ADVERTISEMENT, "advertisements: [{advertisementType: Interface}]", "1.18", None),
        (
            "`spec.advertisements[0].advertisementType` is `Interface`, which exists since Cilium 1.19, in "
            "cilium.io/v2 only"
        ),
        ("Interface", None),
    ),
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_what_another_release_has(case: str) -> None:
    """A field or value of another release or version is said to be of that one, with what took its place."""
    (kind, spec, release, version), message, (current, proposed) = ELSEWHERE[case]
    assert problems(kind, spec, release, version) == only("other-release", message, current, proposed)


WRONG = {
    "string for boolean": (
        POOL,
        "disabled: 'yes'",
        "`spec.disabled` must be `true` or `false`, not the string `yes`: write `true`",
        "yes",
        "true",
    ),
    "word for boolean": (
        POOL,
        "disabled: maybe",
        "`spec.disabled` must be `true` or `false`, not the string `maybe`",
        "maybe",
        None,
    ),
    "boolean for label": (
        POOL,
        "serviceSelector: {matchLabels: {public: true}}",
        "`spec.serviceSelector.matchLabels.public` must be a string, not the boolean `true`: put it in quotes",
        "true",
        '"true"',
    ),
    "number for string": (
        POOL,
        "blocks: [{start: 10.5}]",
        "`spec.blocks[0].start` must be a string, not the number `10.5`: put it in quotes",
        "10.5",
        '"10.5"',
    ),
    "boolean for Yes": (
        POOL,
        "allowFirstLastIPs: false",
        '`spec.allowFirstLastIPs` must be `Yes` or `No`, not the boolean `false`: write `"No"`',
        "false",
        '"No"',
    ),
    "quoted number": (
        PEER,
        'ebgpMultihop: "5"',
        "`spec.ebgpMultihop` must be an integer, not the string `5`: write `5`",
        "5",
        "5",
    ),
    "quoted number out of bounds": (
        PEER,
        'ebgpMultihop: "500"',
        "`spec.ebgpMultihop` must be an integer, not the string `500`",
        "500",
        None,
    ),
    "fraction": (
        PEER,
        "ebgpMultihop: 1.5",
        "`spec.ebgpMultihop` must be an integer, not the number `1.5`",
        "1.5",
        None,
    ),
    "mapping for list": (POOL, "blocks: {cidr: 10.0.0.0/8}", "`spec.blocks` must be a list, not a mapping", None, None),
    "list for mapping": (
        POOL,
        "serviceSelector: []",
        "`spec.serviceSelector` must be a mapping, not a list",
        None,
        None,
    ),
    "list for scalar": (POOL, "disabled: [true]", "`spec.disabled` must be `true` or `false`, not a list", None, None),
    "string for list": (
        POOL,
        "blocks: 10.0.0.0/8",
        "`spec.blocks` must be a list, not the string `10.0.0.0/8`",
        "10.0.0.0/8",
        None,
    ),
    "empty entry": (POOL, "blocks:\n  -\n", "`spec.blocks[0]` must be a mapping, not empty", "", None),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_type(case: str) -> None:
    """A value of another type is described as it is read, and retyped where it can mean one thing only."""
    kind, spec, message, current, proposed = WRONG[case]
    assert problems(kind, spec) == only("wrong-type", message, current, proposed)


def test_plain_no_is_a_word() -> None:
    """YAML 1.2 reads a plain ``No`` as text, so it is as good as the quoted one here."""
    assert problems(POOL, "allowFirstLastIPs: No") == []
    assert problems(POOL, "allowFirstLastIPs: Yes") == []


def test_whole_floats_are_integers() -> None:
    """JSON knows one kind of number, and the API server takes 2e1 for 20."""
    assert problems(PEER, "ebgpMultihop: 2e1") == []


VALUES = {
    "not in the enum": (
        "unknown-value",
        POOL,
        "allowFirstLastIPs: 'yes'",
        "`spec.allowFirstLastIPs` must be `Yes` or `No`, not `yes`: did you mean `Yes`?",
        "yes",
        "Yes",
    ),
    "not near the enum": (
        "unknown-value",
        POOL,
        "serviceSelector: {matchExpressions: [{key: a, operator: '=='}]}",
        (
            "`spec.serviceSelector.matchExpressions[0].operator` must be `In`, `NotIn`, `Exists` or `DoesNotExist`, "
            "not `==`"
        ),
        "==",
        None,
    ),
    "too large": (
        "out-of-bounds",
        PEER,
        "ebgpMultihop: 256",
        "`spec.ebgpMultihop` must be 1 to 255, not 256",
        "256",
        None,
    ),
    "too small": (
        "out-of-bounds",
        CLUSTER,
        "bgpInstances: [{name: a, localASN: 0}]",
        "`spec.bgpInstances[0].localASN` must be 1 to 4294967295, not 0",
        "0",
        None,
    ),
    "too short": (
        "wrong-length",
        CLUSTER,
        'bgpInstances: [{name: ""}]',
        "`spec.bgpInstances[0].name` must have 1 to 255 characters, not 0",
        "",
        None,
    ),
    "too many": (
        "wrong-count",
        CLUSTER,
        "bgpInstances: [" + ", ".join(f"{{name: n{i}}}" for i in range(17)) + "]",
        "`spec.bgpInstances` must have 1 to 16 items, not 17",
        "17",
        None,
    ),
    "too few": (
        "wrong-count",
        ADVERTISEMENT,
        "advertisements: [{advertisementType: Service, service: {addresses: []}}]",
        "`spec.advertisements[0].service.addresses` must have at least 1 item, not 0",
        "0",
        None,
    ),
    "address with a mask": (
        "malformed",
        CLUSTER,
        "bgpInstances: [{name: a, peers: [{name: r, peerAddress: 10.0.0.1/32}]}]",
        (
            "`spec.bgpInstances[0].peers[0].peerAddress` must be an IPv4 or IPv6 address without a mask, not "
            "`10.0.0.1/32`: did you mean `10.0.0.1`?"
        ),
        "10.0.0.1/32",
        "10.0.0.1",
    ),
    "name for an address": (
        "malformed",
        CLUSTER,
        "bgpInstances: [{name: a, peers: [{name: r, peerAddress: router}]}]",
        "`spec.bgpInstances[0].peers[0].peerAddress` must be an IPv4 or IPv6 address without a mask, not `router`",
        "router",
        None,
    ),
    "address for a network": (
        "malformed",
        POOL,
        "blocks: [{cidr: 10.0.0.1}]",
        "`spec.blocks[0].cidr` must be a network in CIDR notation, not `10.0.0.1`: did you mean `10.0.0.1/32`?",
        "10.0.0.1",
        "10.0.0.1/32",
    ),
    "IPv6 address for a network": (
        "malformed",
        POOL,
        "blocks: [{cidr: 'fd00::1'}]",
        "`spec.blocks[0].cidr` must be a network in CIDR notation, not `fd00::1`: did you mean `fd00::1/128`?",
        "fd00::1",
        "fd00::1/128",
    ),
    "netmask": (
        "malformed",
        POOL,
        "blocks: [{cidr: 10.0.0.0/255.0.0.0}]",
        "`spec.blocks[0].cidr` must be a network in CIDR notation, not `10.0.0.0/255.0.0.0`",
        "10.0.0.0/255.0.0.0",
        None,
    ),
    "router ID": (
        "malformed",
        "CiliumBGPNodeConfigOverride",
        "bgpInstances: [{name: a, routerID: 'fd00::1'}]",
        "`spec.bgpInstances[0].routerID` must be an IPv4 address, not `fd00::1`",
        "fd00::1",
        None,
    ),
    "community": (
        "malformed",
        ADVERTISEMENT,
        "advertisements: [{advertisementType: PodCIDR, attributes: {communities: {standard: ['65536:1']}}}]",
        (
            "`spec.advertisements[0].attributes.communities.standard[0]` must be a number up to 4294967295 or two "
            "up to 65535 as `65000:100`, not `65536:1`"
        ),
        "65536:1",
        None,
    ),
}


@pytest.mark.parametrize("case", VALUES)
def test_values(case: str) -> None:
    """Enums, bounds, lengths, numbers of items, patterns and formats each have their sentence."""
    rule, kind, spec, message, current, proposed = VALUES[case]
    assert problems(kind, spec) == only(rule, message, current, proposed)


def test_host_bits_are_not_the_schemas_business() -> None:
    """The API server takes a network with host bits set, so the schema does; whether that is wise is for a rule."""
    assert problems(POOL, "blocks: [{cidr: 10.80.8.130/26}]") == []


def test_a_line_break_at_the_end_is_seen() -> None:
    """A pattern ends where the text ends, as in Go, and not before a last line break, as in Python."""
    spec = 'advertisements: [{advertisementType: PodCIDR, attributes: {communities: {standard: ["1:2\\n"]}}}]'
    assert [rule for rule, *_ in problems(ADVERTISEMENT, spec)] == ["malformed"]


def test_missing() -> None:
    """A required field that is absent, or has no value, is missing."""
    assert judged("metadata: {name: a}\n", schema(POOL, "1.19")) == only("missing", "`spec` is missing")
    assert judged("metadata: {name: a}\n", schema(POOL, "1.16")) == []
    assert judged("metadata: {name: a}\nspec:\n", schema(POOL, "1.19")) == only("missing", "`spec` is missing")
    assert problems(CLUSTER, "bgpInstances: [{localASN: 1}]") == only(
        "missing", "`spec.bgpInstances[0].name` is missing"
    )
    spec = "bgpInstances: [{name: a, peers: [{name: r, autoDiscovery: {}}]}]"
    assert problems(CLUSTER, spec) == only(
        "missing", "`spec.bgpInstances[0].peers[0].autoDiscovery.mode` is missing", None, "DefaultGateway"
    )


def test_a_field_without_a_value_is_absent() -> None:
    """The API server drops nulls, so a key without a value is no problem where the field is optional."""
    assert problems(POOL, "serviceSelector:\nblocks: ~\ndisabled: null") == []
    assert problems(POOL, "serviceSelector: {matchLabels: {a: }}") == []


def test_duplicates() -> None:
    """The same key twice, and two entries of a list with the same name, are each said once."""
    assert problems(POOL, "disabled: true\ndisabled: false") == only(
        "duplicate-field", "`spec.disabled` is given twice"
    )
    spec = "bgpInstances: [{name: a}, {name: b}, {name: a}]"
    assert problems(CLUSTER, spec) == only(
        "duplicate-entry", "`spec.bgpInstances[2].name` is that of `spec.bgpInstances[0]` too: `a`", "a"
    )
    assert problems(POOL, "serviceSelector: {matchLabels: {a: b, a: c}}") == only(
        "duplicate-field", "`spec.serviceSelector.matchLabels.a` is given twice"
    )


AGREEMENTS = {
    "service needed": (
        "missing",
        "{advertisementType: Service}",
        (
            "`spec.advertisements[0].service` is missing: advertisementType `Service` needs it "
            "(the API server: \"service field is required for the 'Service' advertisementType\")"
        ),
    ),
    "service refused": (
        "contradiction",
        "{advertisementType: PodCIDR, service: {addresses: [ClusterIP]}}",
        (
            "`spec.advertisements[0].service` does not go with advertisementType `PodCIDR` "
            "(the API server: \"service field is not allowed for non-'Service' advertisementType\")"
        ),
    ),
    "interface needed": (
        "missing",
        "{advertisementType: Interface}",
        (
            "`spec.advertisements[0].interface` is missing: advertisementType `Interface` needs it "
            "(the API server: \"interface field is required for the 'Interface' advertisementType\")"
        ),
    ),
    "interface refused": (
        "contradiction",
        "{advertisementType: CiliumPodIPPool, interface: {name: lo}}",
        (
            "`spec.advertisements[0].interface` does not go with advertisementType `CiliumPodIPPool` "
            "(the API server: \"interface field is not allowed for non-'Interface' advertisementType\")"
        ),
    ),
    "selector refused": (
        "contradiction",
        "{advertisementType: PodCIDR, selector: {}}",
        (
            "`spec.advertisements[0].selector` does not go with advertisementType `PodCIDR` "
            "(the API server: \"selector field is not allowed for the 'PodCIDR' advertisementType\")"
        ),
    ),
}


@pytest.mark.parametrize("case", AGREEMENTS)
def test_what_an_advertisement_owes_its_type(case: str) -> None:
    """Each type has the fields that it needs and none that belong to another, as the rules of 1.19 have it."""
    rule, entry, message = AGREEMENTS[case]
    assert problems(ADVERTISEMENT, f"advertisements: [{entry}]") == only(rule, message)
    assert problems(ADVERTISEMENT, f"advertisements: [{entry}]", "1.17") == [] or "interface" in entry.lower()


@pytest.mark.parametrize(
    ("timers", "message", "current", "proposed"),
    [
        (
            "{keepAliveTimeSeconds: 10, holdTimeSeconds: 9}",
            (
                "`spec.timers.keepAliveTimeSeconds` is 10, more than `holdTimeSeconds` 9 "
                '(the API server: "keepAliveTimeSeconds can not be larger than holdTimeSeconds")'
            ),
            "10",
            "3",
        ),
        (
            "{holdTimeSeconds: 9}",
            (
                "`spec.timers.keepAliveTimeSeconds` is 30 (the default), more than `holdTimeSeconds` 9 "
                '(the API server: "keepAliveTimeSeconds can not be larger than holdTimeSeconds")'
            ),
            "30",
            "3",
        ),
        (
            "{keepAliveTimeSeconds: 91}",
            (
                "`spec.timers.keepAliveTimeSeconds` is 91, more than `holdTimeSeconds` 90 (the default) "
                '(the API server: "keepAliveTimeSeconds can not be larger than holdTimeSeconds")'
            ),
            "91",
            "30",
        ),
    ],
)
def test_keepalive_within_hold(timers: str, message: str, current: str, proposed: str) -> None:
    """The keepalive interval is at most the hold time, defaults included, since 1.18."""
    assert problems(PEER, f"timers: {timers}") == only("contradiction", message, current, proposed)
    assert problems(PEER, f"timers: {timers}", "1.17") == []
    assert problems(PEER, "timers: {keepAliveTimeSeconds: 9, holdTimeSeconds: 9}") == []


def test_placeholders() -> None:
    """A value that is put in later fits any scalar when that is allowed, and stands in for nothing else."""
    spec = """
        blocks:
          - cidr: ${cidr}
        allowFirstLastIPs: "${first_last:=No}"
        disabled: ${disabled}
        """
    assert problems(POOL, spec, placeholders=True) == []
    assert [rule for rule, *_ in problems(POOL, spec)] == ["malformed", "unknown-value", "wrong-type"]
    assert problems(POOL, "blocks: ${blocks}", placeholders=True) == only(
        "wrong-type", "`spec.blocks` must be a list, not the string `${blocks}`", "${blocks}"
    )
    names = "bgpInstances: [{name: '${a}'}, {name: '${a}'}]"
    assert problems(CLUSTER, names, placeholders=True) == []
    assert problems(ADVERTISEMENT, "advertisements: [{advertisementType: '${type}'}]", placeholders=True) == []
    assert problems(PEER, "timers: {holdTimeSeconds: '${hold}'}", placeholders=True) == []


def test_aliases_and_merge_keys_are_read_through() -> None:
    """What an alias or a merge key brings counts as written there; what is wrong in it is said once."""
    spec = """
        bgpInstances:
          - &a {name: a, localASN: 0}
          - <<: *a
            name: b
            localASN: 65001
        """
    assert problems(CLUSTER, spec) == only(
        "out-of-bounds", "`spec.bgpInstances[0].localASN` must be 1 to 4294967295, not 0", "0"
    )
    spec = """
        nodeSelector: &s {matchLabels: {a: 1}}
        bgpInstances: [{name: a, peers: [{name: r, peerConfigRef: *s}]}]
        """
    assert problems(CLUSTER, spec) == [
        (
            "wrong-type",
            "`spec.nodeSelector.matchLabels.a` must be a string, not the number `1`: put it in quotes",
            "1",
            '"1"',
        ),
        (
            "unknown-field",
            "unknown field `spec.bgpInstances[0].peers[0].peerConfigRef.matchLabels`: `name` is the only one",
            "matchLabels",
            None,
        ),
        ("missing", "`spec.bgpInstances[0].peers[0].peerConfigRef.name` is missing", None, None),
    ]


def test_aliases_of_aliases_take_no_time() -> None:
    """Each thing that is repeated by aliases is judged once for each field: a bomb takes as long as its text."""
    wide = ", ".join(["*p"] * 2000)
    spec = f"""
        bgpInstances:
          - name: a
            peers: &l [&p {{name: r, peerASN: 1}}, {wide}]
          - &i {{name: b, peers: *l}}
          - {{name: c, peers: *l}}
        """
    found = [rule for rule, *_ in problems(CLUSTER, spec)]
    assert set(found) == {"duplicate-entry"}
    assert len(found) == 2000 * 2


def test_an_object_that_is_none() -> None:
    """A document that is no mapping is said to be none, at its root."""
    assert judged("- a\n", schema(POOL, "1.19")) == only("wrong-type", "the object must be a mapping, not a list")


def test_where_it_stands_can_be_told() -> None:
    """A part of a document is judged under the path that it has there."""
    fragment = parse("blocks: 1\n")
    table = schema(POOL, "1.19").fields["spec"]
    found = [(problem.path, problem.message) for problem in check(fragment.root, table, ("spec", "pools", 0))]
    path = ("spec", "pools", 0, "blocks")
    assert found == [(path, "`spec.pools[0].blocks` must be a list, not the number `1`")]
