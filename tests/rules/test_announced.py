"""CN412: only where all that announces is here, and a Service with an address is taken by none of it."""

from __future__ import annotations

import pytest

from rules.judging import findings_of, said_of

POOL = """\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: lan
spec:
  blocks:
  - start: 192.168.1.30
    stop: 192.168.1.50
---
"""
L2 = """\
apiVersion: cilium.io/v2alpha1
kind: CiliumL2AnnouncementPolicy
metadata:
  name: lan
spec:
  loadBalancerIPs: true
  serviceSelector:
    matchLabels:
      announce: lan
---
"""
BGP = """\
apiVersion: cilium.io/v2
kind: CiliumBGPAdvertisement
metadata:
  name: services
  labels:
    advertise: bgp
spec:
  advertisements:
  - advertisementType: Service
    service:
      addresses:
      - LoadBalancerIP
    selector:
      matchLabels:
        announce: bgp
---
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  labels:
    app: web
spec:
  type: LoadBalancer
  ports:
  - port: 80
---
"""
VALUES = """\
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
  namespace: kube-system
spec:
  valuesContent: |
    kubeProxyReplacement: true
    k8sServiceHost: localhost
    k8sServicePort: 6443
    l2announcements:
      enabled: true
---
"""
OTHER = "apiVersion: {}\nkind: {}\nmetadata:\n  name: {}\n  namespace: kube-system\nspec: {{}}\n---\n"


def rules_of(text: str) -> list[str]:
    return [rule for rule, _ in said_of(text)]


def test_both_kinds_of_announcers_are_all_there_is() -> None:
    """What they ask for is said, and where the label is that has another value."""
    message = (
        "gets an address that nobody announces: no L2 policy and no advertisement here takes this Service; "
        "they ask for `announce=lan`, `announce=bgp`"
    )
    assert said_of(POOL + L2 + BGP + SERVICE) == [("CN412", message)]
    (found,) = findings_of(POOL + L2 + BGP + SERVICE.replace("app: web", "announce: wan"))
    assert found.message.endswith("it has `announce: wan`, and they ask for `announce=lan`, `announce=bgp`")
    assert (found.field, found.severity) == ("metadata.labels", "warning")


@pytest.mark.parametrize(
    "text",
    [
        L2 + SERVICE + POOL,
        BGP + SERVICE + POOL,
        POOL + L2 + SERVICE + VALUES.replace("    l2ann", "    bgpControlPlane:\n      enabled: true\n    l2ann"),
        POOL + L2 + SERVICE + VALUES.replace("valuesContent", "valuesSecrets: [{name: more}]\n  valuesContent"),
        POOL + L2 + BGP + SERVICE + OTHER.format("metallb.io/v1beta1", "BGPPeer", "tor"),
        POOL + L2 + BGP + SERVICE + OTHER.format("apps/v1", "DaemonSet", "kube-vip-ds"),
        POOL + L2 + BGP + SERVICE + OTHER.format("frrk8s.metallb.io/v1beta1", "FRRConfiguration", "here"),
    ],
    ids=["l2 alone", "bgp alone", "bgp elsewhere", "values elsewhere", "metallb", "kube-vip", "frr"],
)
def test_who_may_announce_elsewhere(text: str) -> None:
    """Where something else may announce, nothing is said."""
    assert "CN412" not in rules_of(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("announce: lan", "announce: ${LABEL}"),
        ("  serviceSelector:\n    matchLabels:\n      announce: lan\n", ""),
        ("    selector:\n      matchLabels:\n        announce: bgp\n", "    selector: {}\n"),
        ("    app: web", "    announce: ${LABEL}"),
        ("    app: web", "    announce: bgp"),
        ("  type: LoadBalancer", "  type: LoadBalancer\n  loadBalancerClass: tailscale"),
        ("  type: LoadBalancer", "  type: ClusterIP"),
        ("  blocks:\n  - start: 192.168.1.30\n    stop: 192.168.1.50\n", "  blocks: []\n"),
        ("  blocks:", "  disabled: true\n  blocks:"),
    ],
)
def test_what_leaves_it_open(old: str, new: str) -> None:
    """A placeholder, a selector that takes all, another class, and a Service that gets no address."""
    text = POOL + L2 + BGP + SERVICE
    assert old in text
    assert "CN412" not in rules_of(text.replace(old, new, 1))


OFF = VALUES.replace("      enabled: true", "      enabled: false")
BGP_ON = OFF.replace("    l2ann", "    bgpControlPlane:\n      enabled: true\n    l2ann")


def test_nobody_announces_anything() -> None:
    """With both features off, or L2 off and only other addresses advertised, there is nobody to be selected by."""
    nobody = "gets an address that nobody announces: "
    both = nobody + "L2 announcements and BGP are both off in the values of the CNI"
    assert said_of(POOL + SERVICE + OFF) == [("CN412", both)]
    others = nobody + "L2 announcements are off, and no advertisement here has the addresses of load balancers"
    for old, new in (("      - LoadBalancerIP", "      - ExternalIP"), ("Type: Service", "Type: PodCIDR")):
        found = said_of(POOL + SERVICE + BGP_ON + BGP.replace(old, new))
        assert [one for one in found if one[0] == "CN412"] == [("CN412", others)]


@pytest.mark.parametrize(
    "text",
    [
        POOL + SERVICE,
        POOL + SERVICE + BGP_ON,
        POOL + SERVICE + BGP_ON + BGP.replace("- LoadBalancerIP", "- ${ADDRESSES}"),
        POOL + SERVICE + VALUES,
        POOL + SERVICE + OFF + OTHER.format("metallb.io/v1beta1", "BGPPeer", "tor"),
        POOL + SERVICE.replace("type: LoadBalancer", "type: ClusterIP") + OFF,
    ],
    ids=["no values", "advertisements elsewhere", "a placeholder", "policies elsewhere", "metallb", "no address"],
)
def test_somebody_may_announce(text: str) -> None:
    """Where anything is not known, nothing is said."""
    assert "CN412" not in rules_of(text)


def test_classes_have_their_own_announcers() -> None:
    """What L2 alone serves is not taken by an advertisement; of a class without any announcer another rule tells."""
    l2 = SERVICE.replace("app: web", "announce: bgp").replace(
        "  type: L", "  loadBalancerClass: io.cilium/l2-announcer\n  type: L"
    )
    assert rules_of(POOL + L2 + BGP + l2) == ["CN412"]
    assert rules_of(POOL + L2 + VALUES + l2.replace("l2-announcer", "bgp-control-plane")) == ["CN123"]


def test_labels_that_a_tool_adds() -> None:
    """What kustomize or Flux puts on every object may be what is asked for."""
    kustomization = (
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        "labels:\n- pairs:\n    announce: lan\nresources:\n- service.yaml\n"
    )
    assert rules_of(POOL + L2 + BGP + SERVICE + kustomization) == []
    assert rules_of(POOL + L2 + BGP + SERVICE + kustomization.replace("announce", "team")) == ["CN412"]


def test_an_address_that_a_live_cluster_has_given() -> None:
    """A Service with an address counts, whatever the pools here say."""
    live = SERVICE.replace("---\n", "status:\n  loadBalancer:\n    ingress:\n    - ip: 192.168.1.31\n---\n")
    assert "CN412" in rules_of(L2 + BGP + live)
    assert "CN412" not in rules_of(L2 + BGP + SERVICE)
