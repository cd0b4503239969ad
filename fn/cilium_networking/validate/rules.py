"""The rules' own pages: why each exists, where it is from, and text that it refuses and text that it takes.

An id never changes its meaning. A test runs every ``bad``, which gives exactly its rule, and every ``good``, which
gives nothing; ``explain`` prints the pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Rule:
    """One page. ``settings`` are flat settings that both texts are judged with."""

    id: str
    title: str
    why: str
    source: str
    bad: str
    good: str
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


_SCHEMA: Final = Rule(
    "CN501",
    "A field is not what the target release takes",
    "The API server refuses an object with a value out of bounds, and drops a field that it does not know, often "
    "without a word: a pool whose range is written with `min` and `max` has no addresses, and nothing says so. "
    "Judged are the fields, types, bounds, patterns and required fields of the version that an object is written "
    "in, as the release of the setting `cilium-version` has it.",
    "The CRDs of Cilium, pkg/k8s/apis/cilium.io, per release.",
    bad="""\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: load-balancers
spec:
  blocks:
  - min: 10.80.8.129
    max: 10.80.8.190
""",
    good="""\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: load-balancers
spec:
  blocks:
  - start: 10.80.8.129
    stop: 10.80.8.190
""",
)

_VERSION: Final = Rule(
    "CN502",
    "A version or a kind is not what the target release serves",
    "An object in a version that the cluster does not serve is not applied at all. One in a deprecated version, "
    "which is a warning, stops being applied with some later upgrade. The fields of two versions may differ, so "
    "the object is checked again after its version is changed; `render` does that for objects that carry our "
    "label.",
    "The served and stored versions in the CRDs of Cilium, and its upgrade notes, 1.15 to 1.20.",
    bad="""\
apiVersion: cilium.io/v2alpha1
kind: CiliumBGPPeeringPolicy
metadata:
  name: rack0
spec:
  virtualRouters:
  - localASN: 65001
    neighbors:
    - peerAddress: 10.80.0.1/32
      peerASN: 65000
""",
    good="""\
apiVersion: cilium.io/v2
kind: CiliumBGPClusterConfig
metadata:
  name: rack0
spec:
  bgpInstances:
  - name: control-plane-bgp
    localASN: 65001
    peers:
    - name: gateway-peer
      peerAddress: 10.80.0.1
      peerASN: 65000
""",
)

_DRIFT: Final = Rule(
    "CN503",
    "The package is not what its settings give",
    "A setting was changed and nobody ran `render` since, or a value that a setting gives was edited by hand and "
    "the next `render` will undo that. Ranges of pools carry no setter comment, because they are computed: a "
    "pipeline that substitutes comments with another function leaves the old range behind.",
    "What `render` would do, compared with what stands.",
    bad="""\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: load-balancers
  labels:
    app.kubernetes.io/managed-by: cilium-networking
spec:
  blocks:
  - start: 10.80.8.129
    stop: 10.80.8.190
""",
    good="""\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: load-balancers
  labels:
    app.kubernetes.io/managed-by: cilium-networking
spec:
  blocks:
  - start: 10.80.8.129
    stop: 10.80.8.170
""",
    settings=MappingProxyType({"lb-pool-cidr": "10.80.8.128/26", "lb-pool-min": "129", "lb-pool-max": "170"}),
)

RULES: Final[Mapping[str, Rule]] = MappingProxyType({rule.id: rule for rule in (_SCHEMA, _VERSION, _DRIFT)})
