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
