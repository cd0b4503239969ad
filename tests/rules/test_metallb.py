"""MetalLB beside Cilium."""

from __future__ import annotations

from rules.judging import said_of

_POOL = """apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: lan
spec:
  blocks:
  - start: 10.80.8.129
    stop: 10.80.8.190
"""
_THEIRS = """---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata:
  name: lan
  namespace: metallb-system
spec:
  addresses:
  - 10.80.9.0/24
  - 10.80.8.180-10.80.8.200
"""


def of(rule: str, text: str) -> list[str]:
    """What one rule says of a text."""
    return [message for each, message in said_of(text) if each == rule]


def test_the_same_addresses_in_both() -> None:
    """Both ranges are named as they are written."""
    assert of("CN511", _POOL + _THEIRS) == [
        (
            "`10.80.8.129-10.80.8.190` and `10.80.8.180-10.80.8.200` of IPAddressPool lan have addresses in common, "
            "and MetalLB does not know what Cilium gives out: take them out of one of the two"
        )
    ]


def test_no_addresses_in_common() -> None:
    """A pool that is disabled, placeholders, other ranges and other groups are no conflict."""
    assert of("CN511", _POOL + "  disabled: true\n" + _THEIRS) == []
    assert of("CN511", _POOL + "  disabled: ${LAN_DISABLED}\n" + _THEIRS) == []
    assert of("CN511", _POOL + _THEIRS.replace("10.80.8.180-10.80.8.200", "${METALLB_LB_RANGE}")) == []
    assert of("CN511", _POOL + _THEIRS.replace("10.80.8.180", "10.80.8.191")) == []
    assert of("CN511", _POOL + _THEIRS.replace("metallb.io", "example.org")) == []


def test_both_serve_services_without_a_class() -> None:
    """It is said once, however many pools there are."""
    other = _THEIRS.replace("10.80.8.180", "10.80.8.191")
    assert of("CN512", _POOL + "---\n" + _POOL.replace("lan", "vip").replace("10.80.8", "10.80.7") + other) == [
        (
            "serves every Service without a class, and so does IPAddressPool lan of MetalLB: give one of the two a "
            "class or a selector"
        )
    ]


_VALUES = """---
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata: {name: rke2-cilium, namespace: kube-system}
spec:
  valuesContent: |
    defaultLBServiceIPAM: none
"""
_RELEASE = """---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: metallb, namespace: metallb-system}
spec:
  chart: {spec: {chart: metallb}}
  values: {loadBalancerClass: metallb}
"""


def test_only_one_of_the_two_serves_them() -> None:
    """A class, a selector, an opt-in pool or Cilium's own restraint keeps them apart."""
    other = _THEIRS.replace("10.80.8.180", "10.80.8.191")
    assert of("CN512", _POOL + other + _VALUES) == []
    assert of("CN512", _POOL + other + _RELEASE) == []
    assert of("CN512", _POOL + other.replace("spec:\n", "spec:\n  autoAssign: false\n")) == []
    assert of("CN512", _POOL + other.replace("spec:\n", "spec:\n  serviceAllocation: {namespaces: [a]}\n")) == []
    assert of("CN512", _POOL + "  serviceSelector:\n    matchLabels: {pool: lan}\n" + other) == []
    assert of("CN512", _POOL + "  disabled: true\n" + other) == []
    assert of("CN512", other.removeprefix("---\n")) == []


_CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: bgp-config, namespace: kube-system}
data:
  config.yaml: |
    peers:
    - {peer-address: 10.80.0.1, peer-asn: 65000, my-asn: 65001}
"""


def test_a_configuration_that_nobody_reads() -> None:
    """The ConfigMap of the old speaker is dead from 1.17 on, and dying before."""
    assert said_of(_CONFIG, {"cilium-version": "1.17"}) == [
        (
            "CN513",
            (
                "Cilium 1.17 does not read this any more: write a CiliumBGPClusterConfig for its peers and a "
                "CiliumLoadBalancerIPPool for its addresses"
            ),
        )
    ]
    assert said_of(_CONFIG, {"cilium-version": "1.16"}) == [
        ("CN513", "Cilium 1.17 will not read this any more: write a CiliumBGPClusterConfig for its peers by then")
    ]
    assert said_of(_CONFIG.replace("peer-address", "router").replace("bgp-config", "config")) == []
