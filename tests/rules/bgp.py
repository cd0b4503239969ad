"""The objects of a session that is as it should be, for tests to spoil."""

from __future__ import annotations

from rules.judging import findings_of, said_of

CLUSTER_CONFIG = """\
apiVersion: cilium.io/v2
kind: CiliumBGPClusterConfig
metadata:
  name: rack0
spec:
  bgpInstances:
  - name: main
    localASN: 65001
    peers:
    - name: gateway
      peerASN: 65000
      peerAddress: 10.80.0.1
      peerConfigRef:
        name: peer
"""
PEER_CONFIG = """\
---
apiVersion: cilium.io/v2
kind: CiliumBGPPeerConfig
metadata:
  name: peer
spec:
  families:
  - afi: ipv4
    safi: unicast
    advertisements:
      matchLabels:
        advertise: bgp
"""
INVENTORY = """\
---
apiVersion: fn.kpt.dev/v1alpha1
kind: NetworkInventory
metadata:
  name: bioskop
  annotations:
    config.kubernetes.io/local-config: "true"
spec:
  networks:
  - name: lan
    cidr: 10.80.0.0/20
  nodes:
  - name: node-a
    labels:
      rack: r0
    interfaces:
    - name: vmnet0
      addresses: [10.80.0.11/20]
  routers:
  - name: gateway
    address: 10.80.0.1
"""
ADVERTISEMENT = """\
---
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
    selector: {}
"""
OVERRIDE = """\
---
apiVersion: cilium.io/v2
kind: CiliumBGPNodeConfigOverride
metadata:
  name: node-a
spec:
  bgpInstances:
  - name: main
    routerID: 10.80.0.11
"""
VALUES = """\
---
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
  namespace: kube-system
spec:
  valuesContent: |
    bgpControlPlane:
      enabled: true
"""
KEPT = """\
---
apiVersion: v1
kind: Secret
metadata:
  name: bgp-password
  namespace: kube-system
stringData:
  password: not-a-secret
"""


def config(old: str = "", new: str = "", *more: str) -> str:
    """The cluster config with one text changed, and what stands beside it."""
    assert old in CLUSTER_CONFIG
    return CLUSTER_CONFIG.replace(old, new, 1) + "".join(more)


def old_version(text: str) -> str:
    """The same as Cilium up to 1.17 has it."""
    return text.replace("cilium.io/v2\n", "cilium.io/v2alpha1\n")


def info_of(text: str, rule: str) -> list[str]:
    """What is only worth knowing."""
    return [message for found, message in said_of(text, informing=rule) if found == rule]


def severities(text: str, settings: dict[str, str] | None = None) -> list[tuple[str | None, str]]:
    return [(one.rule, one.severity) for one in findings_of(text, settings)]
