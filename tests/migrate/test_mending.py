"""What `--fix` makes right in a migration, what it says of that, and what it leaves to a person."""

from __future__ import annotations

import pytest

from .converting import converted, text_of, told

POOL = """\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: rack
spec:
  blocks:
"""
UNKNOWN = "Cilium does not know `min` and `max`, and so far gives out all of"


@pytest.mark.parametrize(
    ("before", "after", "leaves"),
    [
        (
            "  - cidr: 10.80.8.128/26\n    min: 129 # first\n    max: 190\n",
            "  - start: 10.80.8.129 # first\n    stop: 10.80.8.190\n",
            "10.80.8.128/26; as a range 10.80.8.128 and 10.80.8.191 leave the pool",
        ),
        (
            "  - {cidr: 10.80.0.0/16, min: 256, max: 511}\n",
            "  - {start: 10.80.1.0, stop: 10.80.1.255}\n",
            "10.80.0.0/16; as a range 10.80.0.0-10.80.0.255 and 10.80.2.0-10.80.255.255 leave the pool",
        ),
        (
            "  - cidr: 10.80.8.128/31 # two\n    min: 10.80.8.128\n    max: 129\n",
            "  - start: 10.80.8.128 # two\n    stop: 10.80.8.129\n",
            "10.80.8.128/31; as a range it gives out the same addresses",
        ),
    ],
    ids=["octets", "offsets", "all"],
)
def test_min_and_max_become_a_range(before: str, after: str, leaves: str) -> None:
    """They are read as the settings of that name are, comments stay, and the addresses that leave are named."""
    found = converted(POOL + before, fix=True)
    assert text_of(found) == POOL + after
    (first, last) = (line for line in told(found) if ".cidr=" not in line)
    assert first.endswith(f"({UNKNOWN} {leaves})")
    assert last.endswith(f"({UNKNOWN} {leaves})")


def test_without_being_asked_nothing_is_mended() -> None:
    """The same input without `--fix` keeps its fields, and each has a line that says that it is lost."""
    text = POOL + "  - cidr: 10.80.8.128/26\n    min: 129\n    max: 190\n"
    found = converted(text)
    assert text_of(found) == text
    assert [line.partition(" (")[0] for line in told(found)] == [
        "lost spec.blocks[0].min=129 -> spec.blocks[0].min: 129",
        "lost spec.blocks[0].max=190 -> spec.blocks[0].max: 190",
    ]


def test_a_range_with_setters_loses_their_comments() -> None:
    """A range is computed from settings: a comment would let `apply-setters` write something that is none."""
    found = converted(
        POOL + "  - cidr: 10.80.8.128/26 # kpt-set: ${lb-pool-cidr}\n    min: 129 # kpt-set: ${lb-pool-min}\n", fix=True
    )
    assert text_of(found) == POOL + "  - start: 10.80.8.129\n    stop: 10.80.8.190\n"
    assert told(found)[0] == (
        "changed spec.blocks[0].cidr=10.80.8.128/26 (a range has no network beside it; gone with the fields: "
        "`# kpt-set: ${lb-pool-cidr}`, `# kpt-set: ${lb-pool-min}`)"
    )


SERVICE = """\
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  uid: 3f0c
spec:
  type: LoadBalancer
  ports:
  - port: 80
status:
  loadBalancer:
    ingress:
    - ip: 10.80.8.128
"""


def test_a_range_that_takes_an_address_away_is_not_made() -> None:
    """A Service has the network's first address: the pool stays, and the line names the Service and the address."""
    text = POOL + "  - cidr: 10.80.8.128/26\n    min: 129\n    max: 190\n"
    pool, _ = converted(text + SERVICE, fix=True)
    assert pool.made[0].fragment.text == text
    assert told([pool])[0] == (
        "decide spec.blocks[0].min=129 -> spec.blocks[0].min: 129 (not mended: Service shop/web has 10.80.8.128, which "
        "is outside of 10.80.8.129-10.80.8.190; so far the pool gives out all of 10.80.8.128/26, because Cilium does "
        "not know `min` and `max`. Move the Service, or write the range that is wanted as `start` and `stop`)"
    )


@pytest.mark.parametrize(
    ("block", "why"),
    [
        (
            "cidr: ${NETWORK}\n    min: 129",
            "which range is meant is known only with the network: fill it in, or write `start` and `stop`",
        ),
        (
            "cidr: 10.80.8.128/26\n    min: 12",
            "`12` is outside of `10.80.8.128/26`, whose last octet goes from 128 to 191: write `start` and `stop`",
        ),
        (
            "cidr: 10.80.8.128/26\n    min: 150\n    max: 140",
            "`10.80.8.150` lies behind the end `10.80.8.140`: write `start` and `stop`",
        ),
    ],
    ids=["placeholder", "outside", "backwards"],
)
def test_a_range_that_is_not_certain_is_asked_for(block: str, why: str) -> None:
    """Nothing is guessed: the block stays as it is, and the line says what to write."""
    text = POOL + f"  - {block}\n"
    found = converted(text, fix=True)
    assert text_of(found) == text
    assert f"({why})" in told(found)[0]


POLICY = """\
apiVersion: cilium.io/v2alpha1
kind: CiliumL2AnnouncementPolicy
metadata:
  name: lan
spec:
  loadBalancerIPs: true
"""


def test_names_of_interfaces_are_anchored() -> None:
    """A plain name becomes a pattern of it alone; patterns, and names that a setter writes, stay."""
    found = converted(
        POLICY + "  interfaces:\n  - vmnet0 # lab\n  - ^en\n  - lan0 # kpt-set: ${l2-interface-1}\n", fix=True
    )
    assert text_of(found) == (
        POLICY + "  interfaces:\n  - ^vmnet0$ # lab\n  - ^en\n  - lan0 # kpt-set: ${l2-interface-1}\n"
    )
    assert told(found) == [
        (
            "changed spec.interfaces[0]=vmnet0 -> spec.interfaces[0]: ^vmnet0$ (anchored: so far every interface with "
            "`vmnet0` in its name was taken, such as `vmnet01` or `br-vmnet0`; nothing is announced there any more)"
        ),
        (
            "decide spec.interfaces[2]=lan0 -> spec.interfaces[2]: lan0 (so far every interface with `lan0` in its "
            "name was "
            "taken, such as `lan01` or `br-lan0`; it stays, because its setter would put `lan0` back: let the "
            "settings give "
            "`^lan0$`)"
        ),
    ]


SESSION = """\
apiVersion: cilium.io/v2
kind: CiliumBGPClusterConfig
metadata:
  name: rack
spec:
  bgpInstances:
  - name: main
    localASN: 65001
    peers:
    - name: gateway
      peerASN: 65000
      peerAddress: 10.80.0.1
      peerConfigRef:
        name: gateway
"""
ADVERTISEMENT = """\
---
apiVersion: cilium.io/v2
kind: CiliumBGPAdvertisement
metadata:
  name: services
spec:
  advertisements:
  - advertisementType: PodCIDR
"""
CONFIG = """\
---
apiVersion: cilium.io/v2
kind: CiliumBGPPeerConfig
metadata:
  name: gateway
spec:
"""
UNLABELLED = "(without a label no family of a peer config can select the advertisement, and nothing is announced)"


def test_a_missing_peer_config_is_made() -> None:
    """With the families of its peers and of the pools, and the label that the advertisement gets."""
    found = converted(POOL + "  - cidr: fd00:80::/120\n---\n" + SESSION + ADVERTISEMENT, fix=True)
    _, made = found[1].made
    assert made.fragment.data() == {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumBGPPeerConfig",
        "metadata": {"name": "gateway"},
        "spec": {
            "families": [
                {
                    "afi": f"ipv{family}",
                    "safi": "unicast",
                    "advertisements": {"matchLabels": {"cilium-networking/advertise": "bgp"}},
                }
                for family in (4, 6)
            ]
        },
    }
    assert told(found) == [
        (
            "changed object (CiliumBGPPeerConfig gateway is not among the objects, and without it nothing is "
            "announced: "
            "made, with IPv4 and IPv6; if it stands in files that were not given, give those too)"
        ),
        "changed metadata.labels.cilium-networking/advertise -> metadata.labels.cilium-networking/advertise: bgp "
        + UNLABELLED,
    ]


def test_a_family_that_asks_for_a_label_gives_it() -> None:
    """An advertisement without labels gets the one that a family asks for, and that no other advertisement has."""
    families = (
        "  families:\n  - afi: ipv4\n    safi: unicast\n    advertisements:\n      matchLabels: {advertise: bgp}\n"
    )
    found = converted(SESSION + ADVERTISEMENT + CONFIG + families, fix=True)
    assert told(found) == ["changed metadata.labels.advertise -> metadata.labels.advertise: bgp " + UNLABELLED]


def test_a_family_without_a_selector_gets_one() -> None:
    """The label that the advertisements have is what it selects by."""
    labelled = ADVERTISEMENT.replace("name: services\n", "name: services\n  labels: {advertise: bgp}\n")
    found = converted(SESSION + labelled + CONFIG + "  families:\n  - {afi: ipv4, safi: unicast}\n", fix=True)
    assert told(found) == [
        (
            "changed spec.families[0].advertisements.matchLabels.advertise -> "
            "spec.families[0].advertisements.matchLabels.advertise: bgp (without a selector a family announces nothing)"
        )
    ]


def test_sessions_that_are_right_stay() -> None:
    """Labels and selectors that fit are somebody's thought, and so is an advertisement that nobody selects."""
    families = (
        "  families:\n  - afi: ipv4\n    safi: unicast\n    advertisements:\n      matchLabels: {advertise: bgp}\n"
    )
    labelled = ADVERTISEMENT.replace("name: services\n", "name: services\n  labels: {advertise: bgp}\n")
    other = ADVERTISEMENT.replace("name: services\n", "name: none\n  labels: {advertise: nowhere}\n")
    assert told(converted(SESSION + labelled + other + CONFIG + families, fix=True)) == []


def test_what_rules_are_certain_of_is_mended_too() -> None:
    """A selector for nodes of kubeadm, where the input shows RKE2; the chart's config itself is never touched."""
    chart = """\
---
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
  namespace: kube-system
spec:
  valuesContent: |
    cilium:
      kubeProxyReplacement: true
      k8sServiceHost: localhost
      k8sServicePort: 6443
      l2announcements: {enabled: true}
"""
    selector = '  nodeSelector:\n    matchLabels:\n      node-role.kubernetes.io/control-plane: ""\n'
    found = converted(POLICY + selector + chart, fix=True)
    assert text_of(found) == POLICY + selector.replace('""', '"true"') + chart
    (line,) = told(found)
    key = "spec.nodeSelector.matchLabels.node-role.kubernetes.io/control-plane"
    assert line == (
        f'changed {key}="" -> {key}: true (CN302 RKE2 gives `node-role.kubernetes.io/control-plane` the value "true", '
        'so `""` selects no node; that this is RKE2 is seen in HelmChartConfig rke2-cilium: say "true", or use the '
        "operator Exists)"
    )


def test_what_is_mended_where_it_has_moved() -> None:
    """A rule's fix of a field that an upgrade moved is told of the field that the owner wrote, with its new place."""
    text = POOL.replace("v2", "v2alpha1").replace("blocks", "cidrs") + "  - cidr: 10.80.8.1/31\n"
    assert told(converted(text.replace("1/31", "1/24"), fix=True))[1] == (
        "changed spec.cidrs[0].cidr=10.80.8.1/24 -> spec.blocks[0].cidr: 10.80.8.0/24 (CN102 `10.80.8.1/24` has host "
        "bits set, which Cilium masks off: the pool gives out 10.80.8.0-10.80.8.255; write `10.80.8.0/24`, or `start` "
        "and `stop` for a part of it)"
    )


def test_a_field_that_is_moved_has_one_line() -> None:
    """What a rule takes from one place and puts at another is told once, at the place that the owner knows."""
    selector = "    service:\n      addresses: [LoadBalancerIP]\n      selector: {}\n"
    text = ADVERTISEMENT.partition("---\n")[2].replace("PodCIDR", "Service") + selector
    assert told(converted(text, fix=True)) == [
        (
            "changed spec.advertisements[0].service.selector={} -> spec.advertisements[0].selector: {} (CN501 "
            "unknown field "
            "`spec.advertisements[0].service.selector`: `selector` belongs one level up, in `spec.advertisements[0]`)"
        )
    ]


def test_what_stays_is_not_mended_either() -> None:
    """An object that is not converted keeps its bytes, whatever the rules would make of it."""
    text = POLICY.replace("CiliumL2AnnouncementPolicy", "CiliumBGPPeeringPolicy").replace(
        "name: lan", "name: lan\n  namespace: a"
    )
    assert text_of(converted(text, fix=True)) == text


def test_a_peer_without_an_address_yet_gets_ipv4() -> None:
    """Where a placeholder hides what is needed, the line says that nobody knew."""
    found = converted(SESSION.replace("10.80.0.1", "${GATEWAY}"), fix=True)
    assert told(found) == [
        (
            "changed object (CiliumBGPPeerConfig gateway is not among the objects, and without it nothing is "
            "announced: made, with IPv4, because no address of a peer or a pool is known; if it stands in files that "
            "were not given, give those too)"
        )
    ]
