"""A patch is no object: it is not judged by itself, and not held against what it patches."""

from __future__ import annotations

import pytest

from rules.judging import said_of

PATCH = """\
apiVersion: cilium.io/v2
kind: CiliumBGPPeerConfig
metadata:
  name: peer
  annotations:
    config.kubernetes.io/path: overlays/prod/timers.yaml
spec:
  timers:
    holdTimeSeconds: 9
    keepAliveTimeSeconds: 3
---
"""
KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
metadata:
  name: prod
  annotations:
    config.kubernetes.io/path: overlays/prod/kustomization.yaml
resources:
- ../../base
"""


@pytest.mark.parametrize("listed", ["patches:\n- path: timers.yaml\n", "patchesStrategicMerge:\n- ./timers.yaml\n"])
def test_a_listed_patch_is_left_alone(listed: str) -> None:
    """It may lack whatever its base has."""
    assert said_of(PATCH + KUSTOMIZATION + listed) == []


def test_what_nobody_lists_is_an_object() -> None:
    """Beside a kustomization that does not name it as a patch, a file is judged as it stands."""
    assert [rule for rule, _ in said_of(PATCH + KUSTOMIZATION)] == ["CN404"]
    assert [rule for rule, _ in said_of(PATCH + KUSTOMIZATION + "patches:\n- path: ../timers.yaml\n")] == ["CN404"]


BASE = """\
apiVersion: cilium.io/v2
kind: CiliumBGPClusterConfig
metadata:
  name: rack0
  annotations:
    config.kubernetes.io/path: base/bgp.yaml
spec:
  bgpInstances:
  - name: main
    peers:
    - name: gateway
      peerASN: 65000
      peerConfigRef:
        name: nobody
---
"""
INSTANCES = """\
apiVersion: cilium.io/v2
kind: CiliumBGPClusterConfig
metadata:
  name: rack0
  annotations:
    config.kubernetes.io/path: overlays/prod/bgp.yaml
spec:
  bgpInstances:
  - name: main
    localASN: 65001
---
"""


@pytest.mark.parametrize(
    "patches",
    [
        INSTANCES + KUSTOMIZATION + "patches:\n- path: bgp.yaml\n",
        KUSTOMIZATION
        + "patches:\n- target: {kind: CiliumBGPClusterConfig}\n  patch: |\n"
        + "    - {op: add, path: /spec/bgpInstances/0/localASN, value: 65001}\n",
        KUSTOMIZATION
        + "patchesStrategicMerge:\n- |\n  kind: CiliumBGPClusterConfig\n  metadata: {name: rack0}\n"
        + "  spec: {bgpInstances: [{name: main, localASN: 65001}]}\n",
    ],
    ids=["file", "operations", "text"],
)
def test_what_a_patch_changes_is_not_judged_in_the_base(patches: str) -> None:
    """A base is made to be filled in: what stands in a field that a patch puts something into reaches no cluster."""
    assert sorted({rule for rule, _ in said_of(BASE)}) == ["CN202", "CN205"]
    assert said_of(BASE + patches) == []


def test_what_a_patch_leaves_alone_is_judged() -> None:
    """Another field, and another object, are as they stand."""
    other = KUSTOMIZATION + "patches:\n- target: {kind: CiliumBGPClusterConfig, name: rack1}\n  patch: |\n"
    operation = "    - {op: add, path: /spec/bgpInstances/0/localASN, value: 65001}\n"
    assert sorted({rule for rule, _ in said_of(BASE + other + operation)}) == ["CN202", "CN205"]
    labels = operation.replace("spec/bgpInstances/0/localASN", "metadata/labels")
    assert sorted({rule for rule, _ in said_of(BASE + other.replace("rack1", "rack0") + labels)}) == ["CN202", "CN205"]
