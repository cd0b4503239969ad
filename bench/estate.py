"""A whole estate as files, of any size: what `validate` is measured with. The same bytes every time.

Why: a rule that compares everything with everything is fast on a page of YAML. Here are as many Services as a large
cluster has, over a hundred pools that select them by label, announced by BGP and L2, with requested addresses, shared
ones and classes among them, and all of it is right: every rule has to look at all of it, and none may stop early.

`python bench/estate.py DIRECTORY SERVICES` writes it, and a fleet of racks instead with `racks` behind it; the rest is
for the benchmark.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

POOLS = 100
#: Documents of one file: what people have in one, and what an export is split into.
_A_FILE = 1_000

_NETWORK = """\
apiVersion: cilium.io/v2
kind: CiliumBGPClusterConfig
metadata:
  name: racks
spec:
  nodeSelector:
    matchLabels:
      example.com/bgp: "true"
  bgpInstances:
  - name: main
    localASN: 65001
    peers:
    - name: tor
      peerASN: 65000
      peerAddress: 172.20.0.1
      peerConfigRef:
        name: tor
---
apiVersion: cilium.io/v2
kind: CiliumBGPPeerConfig
metadata:
  name: tor
spec:
  families:
  - afi: ipv4
    safi: unicast
    advertisements:
      matchLabels:
        advertise: services
---
apiVersion: cilium.io/v2
kind: CiliumBGPAdvertisement
metadata:
  name: services
  labels:
    advertise: services
spec:
  advertisements:
  - advertisementType: Service
    service:
      addresses:
      - LoadBalancerIP
    selector: {}
"""


def pool(number: int) -> str:
    """One of a hundred pools, a /21 that its Services ask for by label."""
    return (
        "apiVersion: cilium.io/v2\n"
        "kind: CiliumLoadBalancerIPPool\n"
        "metadata:\n"
        f"  name: pool-{number:03d}\n"
        "spec:\n"
        "  blocks:\n"
        f"  - cidr: 10.{number // 32}.{number % 32 * 8}.0/21\n"
        "  serviceSelector:\n"
        "    matchLabels:\n"
        f"      example.com/pool: pool-{number:03d}\n"
    )


def service(serial: int) -> str:
    """A Service of one of five forms."""
    number, place = serial % POOLS, serial // POOLS
    address = f"10.{number // 32}.{number % 32 * 8 + (place + 10) // 256}.{(place + 10) % 256}"
    form = serial // POOLS % 5
    notes, lines = "", ""
    if form == 1:
        notes = f'  annotations:\n    lbipam.cilium.io/ips: "{address}"\n'
    elif form == 2:
        notes = f"  annotations:\n    lbipam.cilium.io/sharing-key: team-{serial}\n    note: 'a {{quoted}} one'\n"
    elif form == 3:
        lines = "  loadBalancerClass: io.cilium/bgp-control-plane\n"
    elif form == 4:
        lines = "  externalTrafficPolicy: Local # its clients are told apart\n"
    return (
        "apiVersion: v1\n"
        "kind: Service\n"
        "metadata:\n"
        f"  name: service-{serial:06d}\n"
        f"  namespace: team-{serial % 40}\n"
        "  labels:\n"
        "    app.kubernetes.io/name: web\n"
        f"    example.com/pool: pool-{number:03d}\n"
        f"{notes}"
        "spec:\n"
        "  type: LoadBalancer\n"
        f"{lines}"
        "  selector:\n"
        "    app.kubernetes.io/name: web\n"
        f"    app.kubernetes.io/instance: web-{serial}\n"
        "  ports:\n"
        "  - name: http\n"
        "    port: 80\n"
        "    targetPort: 8080\n"
        "  - name: https\n"
        "    port: 443\n"
        "    targetPort: 8443\n"
    )


def write_services(folder: Path, count: int) -> Path:
    """`count` Services over a hundred pools, as a directory of files."""
    folder.mkdir(parents=True)
    (folder / "network.yaml").write_text(_NETWORK)
    (folder / "pools.yaml").write_text("---\n".join(map(pool, range(POOLS))))
    for name, documents in _files(count):
        (folder / name).write_text("---\n".join(documents))
    return folder


def _files(count: int) -> Iterator[tuple[str, list[str]]]:
    for start in range(0, count, _A_FILE):
        yield f"services-{start // _A_FILE:04d}.yaml", [service(n) for n in range(start, min(start + _A_FILE, count))]


def write_blocks(folder: Path, count: int) -> Path:
    """Pools of a thousand blocks each, `count` in all, that lie close and nowhere overlap."""
    folder.mkdir(parents=True)
    made = []
    for first in range(0, count, 1_000):
        blocks = "".join(
            f"  - cidr: 10.{n >> 14 & 255}.{n >> 6 & 255}.{n % 64 * 4}/30\n"
            for n in range(first, min(first + 1_000, count))
        )
        made.append(
            "apiVersion: cilium.io/v2\n"
            "kind: CiliumLoadBalancerIPPool\n"
            "metadata:\n"
            f"  name: blocks-{first}\n"
            f"spec:\n  blocks:\n{blocks}"
            f"  serviceSelector:\n    matchLabels:\n      example.com/pool: blocks-{first}\n"
        )
    (folder / "pools.yaml").write_text("---\n".join(made))
    return folder


#: A rack: what a fleet's repository has once for each, told apart by its labels, and all pools inside of one network.
_RACK = """\
apiVersion: cilium.io/v2
kind: CiliumBGPClusterConfig
metadata:
  name: rack-{number}
spec:
  nodeSelector:
    matchLabels:
      example.com/role: bgp
      example.com/rack: rack-{number}
  bgpInstances:
  - name: main
    localASN: 65001
    peers:
    - name: tor
      peerASN: 65000
      peerAddress: 172.20.0.1
      peerConfigRef:
        name: tor
---
apiVersion: cilium.io/v2alpha1
kind: CiliumL2AnnouncementPolicy
metadata:
  name: rack-{number}
spec:
  loadBalancerIPs: true
  serviceSelector:
    matchLabels:
      example.com/tier: front
      example.com/rack: rack-{number}
  nodeSelector:
    matchLabels:
      example.com/rack: rack-{number}
---
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: rack-{number}
spec:
  blocks:
  - cidr: {network}.0/30
  serviceSelector:
    matchLabels:
      example.com/tier: front
      example.com/rack: rack-{number}
---
apiVersion: v1
kind: Node
metadata:
  name: node-{number}
  labels:
    example.com/role: bgp
    example.com/rack: rack-{number}
---
apiVersion: v1
kind: Service
metadata:
  name: web-{number}
  namespace: shop
  labels:
    example.com/tier: front
    example.com/rack: rack-{number}
  annotations:
    lbipam.cilium.io/ips: {network}.1
    lbipam.cilium.io/sharing-key: ${{RACK_{number}}}
spec:
  type: LoadBalancer
  selector:
    example.com/tier: front
    app.kubernetes.io/instance: web-{number}
  ports:
  - port: 80
---
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: web-{number}
  namespace: shop
spec:
  template:
    metadata:
      labels:
        example.com/tier: front
        app.kubernetes.io/instance: web-{number}
    spec:
      containers:
      - name: web
        image: example.com/web
        ports:
        - containerPort: 80
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: rack-{number}
  namespace: flux-system
spec:
  path: ./racks/rack-{number}
  postBuild:
    substituteFrom:
    - kind: ConfigMap
      name: rack-{number}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: rack-{number}
  namespace: flux-system
data:
  RACK_{number}: key-{number}
"""
_OF_A_RACK = _RACK.count("---") + 1


def write_racks(folder: Path, count: int) -> Path:
    """`count` objects of a fleet: racks, each with eight objects that ask for one another by its labels."""
    folder.mkdir(parents=True)
    (folder / "network.yaml").write_text(_NETWORK.partition("---\n")[2])
    racks = [
        _RACK.format(number=number, network=f"10.{number >> 8 & 255}.{number & 255}")
        for number in range(count // _OF_A_RACK)
    ]
    for start in range(0, len(racks), _A_FILE):
        (folder / f"racks-{start:06d}.yaml").write_text("---\n".join(racks[start : start + _A_FILE]))
    return folder


if __name__ == "__main__":
    write = write_racks if sys.argv[3:] == ["racks"] else write_services
    write(Path(sys.argv[1]), int(sys.argv[2]))
