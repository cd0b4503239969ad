"""The runbook, carried out: objects go from RKE2's deploy controller to kpt, and nobody loses an address or a route.

Two servers have the same manifests, as cloud-init left them there; a router has the routes. `migrate` reads the cloud-
config, and its script does every step, each taken back once and done again, while somebody watches every address and
every route. In the end every step is taken back, and RKE2 has its objects as before.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Final

import pytest

from lab import Lab, read_scenario
from lab.checkout import COMMAND
from lab.live import OWNER, annotated, identities, labelled, specs

pytestmark = pytest.mark.needs("lab", "kpt", "kubectl")

CHART: Final = """\
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
  namespace: kube-system
spec:
  valuesContent: |-
    bgpControlPlane:
      enabled: true
"""
NETWORKING: Final = """\
# What Services get, and who announces it.
apiVersion: cilium.io/v2alpha1
kind: CiliumLoadBalancerIPPool
metadata:
  name: lan
spec:
  blocks:
  - start: 10.80.8.129 # the first that DHCP does not have
    stop: 10.80.8.190
---
apiVersion: cilium.io/v2alpha1
kind: CiliumBGPClusterConfig
metadata:
  name: rack
spec:
  nodeSelector:
    matchLabels:
      node-role.kubernetes.io/control-plane: "true"
  bgpInstances:
  - name: rack
    localASN: 65001
    peers:
    - name: gateway
      peerASN: 65000
      peerAddress: 10.80.0.1
      peerConfigRef:
        name: gateway
---
apiVersion: cilium.io/v2alpha1
kind: CiliumBGPPeerConfig
metadata:
  name: gateway
spec:
  gracefulRestart:
    enabled: true
    restartTimeSeconds: 120
  families:
  - afi: ipv4
    safi: unicast
    advertisements:
      matchLabels:
        advertise: bgp
---
apiVersion: cilium.io/v2alpha1
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


def story(manifests: dict[str, str]) -> str:
    """Two servers that have these files, and a router."""
    files = "".join(f"      {name}: |\n{textwrap.indent(text, '        ')}" for name, text in manifests.items())
    servers = "".join(f"  {name}:\n    manifests:\n{files}" for name in ("node-a", "node-b"))
    return f"""
nodes:
  node-a:
    labels: {{node-role.kubernetes.io/control-plane: "true"}}
    interfaces: {{vmnet0: 10.80.0.11/20}}
  node-b:
    labels: {{node-role.kubernetes.io/control-plane: "true"}}
    interfaces: {{vmnet0: 10.80.0.12/20}}
routers:
  gateway: {{runs: frr, address: 10.80.0.1/20, asn: 65000}}
servers:
{servers}
services:
  web:
  shop:
"""


def cloud_config(manifests: dict[str, str]) -> str:
    """User data of the servers."""
    entries = "".join(
        f"- path: /var/lib/rancher/rke2/server/manifests/{name}\n  content: |\n{textwrap.indent(text, '    ')}"
        for name, text in manifests.items()
    )
    return f"#cloud-config\nhostname: node-a\nwrite_files:\n{entries}runcmd:\n- systemctl enable --now rke2-server\n"


ADDRESSES: Final = {"web": ["10.80.8.129"], "shop": ["10.80.8.130"]}
ROUTES: Final = {f"{address}/32": {"node-a", "node-b"} for (address,) in ADDRESSES.values()}
HASH: Final = "objectset.rio.cattle.io/hash"


class Migrated:
    """A package that `migrate` made of a cloud-config, in a lab, and its script."""

    def __init__(self, lab: Lab, manifests: dict[str, str], *options: str) -> None:
        self.lab = lab
        folder = lab.package.directory.parent
        self.source = folder / "cloud-config.yaml"
        self.source.write_text(cloud_config(manifests))
        self.directory = folder / "moved"
        lab.command(*COMMAND, "migrate", self.source.name, "--to", self.directory.name, *options)

    def run(self, *words: str) -> str:
        """The script, without anybody to ask; a pass of the lab's RKE2 takes half a second."""
        server = " ".join(self.lab.server_command)
        return self.lab.command(
            "env",
            f"SERVER_COMMAND={server}",
            "SUDO=",
            "PASS=3",
            "bash",
            f"{self.directory}/runbook.sh",
            *words,
            "--yes",
        )


@pytest.fixture(scope="module")
def moved() -> dict[str, str]:
    return {"cilium-networking.yaml": NETWORKING, "rke2-cilium-config.yaml": CHART}


def test_there(moved: dict[str, str]) -> None:
    with Lab(read_scenario(story(moved))) as lab:
        lab.eventually(lab.addresses, ADDRESSES)
        lab.eventually(lambda: lab.routes("gateway"), ROUTES)
        before = specs(lab), identities(lab)
        migrated = Migrated(lab, moved)
        for n in range(8):
            print(migrated.run("--one"))
            assert lab.addresses() == ADDRESSES
            if n < 7:
                print(migrated.run("undo"))
                assert lab.addresses() == ADDRESSES
                print(migrated.run("--one"))
                assert lab.addresses() == ADDRESSES
            assert identities(lab) == before[1]
        print(annotated(lab, OWNER), labelled(lab, HASH))
        print(list(lab.servers["node-a"].manifests.iterdir()))
        print(migrated.run("undo", "--all"))
        print(annotated(lab, OWNER), labelled(lab, HASH))
        print(list(lab.servers["node-a"].manifests.iterdir()))
        assert (specs(lab), identities(lab)) == before
