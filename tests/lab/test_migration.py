"""The runbook, carried out: objects go from RKE2's deploy controller to kpt, and nobody loses an address or a route.

Two servers have manifests, as cloud-init left them there, and a router has the routes. `migrate` reads the
user data, and its script does each step, takes it back, and does it again, while somebody watches every address and
every route. Then all of it is taken back, and RKE2 has its objects as before.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from lab import Lab
from lab.checkout import COMMAND
from lab.live import OWNER, annotated, identities, labelled, specs
from lab.watching import NOTHING, Watcher

pytestmark = pytest.mark.needs("lab", "kpt", "kubectl")

#: One file holds what stays too; the other may be skipped as it is.
CHART_AND_POOL: Final = """\
# The CNI's values, and what Services get.
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
  namespace: kube-system
spec:
  valuesContent: |-
    bgpControlPlane:
      enabled: true
---
apiVersion: cilium.io/v2alpha1
kind: CiliumLoadBalancerIPPool
metadata:
  name: lan
spec:
  blocks:
  - start: 10.80.8.129 # the first that DHCP does not have
    stop: 10.80.8.190
"""
BGP: Final = """\
apiVersion: cilium.io/v2alpha1
kind: CiliumL2AnnouncementPolicy
metadata:
  name: lan
spec:
  interfaces:
  - vmnet0 # without anchors, which `--fix` mends
  loadBalancerIPs: true
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
MANIFESTS: Final = {"bgp.yaml": BGP, "networking.yaml": CHART_AND_POOL}
NODE: Final = {"labels": {"node-role.kubernetes.io/control-plane": "true"}}
STORY = yaml.safe_dump(
    {
        "nodes": {
            "node-a": NODE | {"interfaces": {"vmnet0": "10.80.0.11/20"}},
            "node-b": NODE | {"interfaces": {"vmnet0": "10.80.0.12/20"}},
        },
        "routers": {"gateway": {"runs": "frr", "address": "10.80.0.1/20", "asn": 65000}},
        # The second server never got one of the files, as where only the first was made from that user data.
        "servers": {
            "node-a": {"manifests": MANIFESTS},
            "node-b": {"manifests": {"networking.yaml": CHART_AND_POOL}},
        },
        "services": {"web": None, "shop": None},
    }
)

ADDRESSES: Final = {"shop": ["10.80.8.129"], "web": ["10.80.8.130"]}
BOTH: Final = {"node-a", "node-b"}
ROUTES: Final = {"10.80.8.129/32": BOTH, "10.80.8.130/32": BOTH}
HASH: Final = "objectset.rio.cattle.io/hash"
HANDLER: Final = "objectset.rio.cattle.io/owner-name"
POLICY: Final = "ciliuml2announcementpolicy/lan"
NOBODY: Final = {
    POLICY: None,
    "ciliumloadbalancerippool/lan": None,
    "ciliumbgpclusterconfig/rack": None,
    "ciliumbgppeerconfig/gateway": None,
    "ciliumbgpadvertisement/services": None,
}
STEPS: Final = 9
#: The one from which on the objects are as the package has them.
APPLY: Final = 7


class Move:
    """A package that `migrate` made of the servers' user data, and its script."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        folder = lab.package.directory.parent
        entries = "".join(
            f"- path: /var/lib/rancher/rke2/server/manifests/{name}\n  content: |\n{textwrap.indent(text, '    ')}"
            for name, text in MANIFESTS.items()
        )
        (folder / "user-data.yaml").write_text(f"#cloud-config\nhostname: node-a\nwrite_files:\n{entries}")
        lab.command(*COMMAND, "migrate", "user-data.yaml", "--to", "moved", "--release", "1.19", "--fix")
        self.script = folder / "moved" / "runbook.sh"

    def run(self, *words: str) -> None:
        """The script with nobody to ask. The lab's servers look at their files every half second."""
        outside = [f"SERVER_COMMAND={' '.join(self.lab.server_command)}", "SUDO=", "PASS=3"]
        self.lab.command("env", *outside, "bash", str(self.script), *words, "--yes")

    def done(self) -> int:
        """How many steps are done."""
        return self.lab.command("bash", str(self.script), "status").count("done ")


@pytest.fixture(scope="module")
def move(lab: Lab) -> Move:
    lab.eventually(lab.addresses, ADDRESSES)
    lab.eventually(lambda: lab.routes("gateway"), ROUTES)
    return Move(lab)


@pytest.fixture(scope="module")
def before(move: Move) -> tuple[dict[str, Any], dict[str, str]]:
    """Specs and identities as RKE2 has them."""
    return specs(move.lab), identities(move.lab)


@pytest.fixture
def watched(lab: Lab) -> Iterator[None]:
    """Whatever a test does, no Service loses an address, and no router a route or a session."""
    with Watcher(lab) as watch:
        yield
        lab.service("last")
        given = lab.eventually(lab.addresses, lambda seen: bool(seen.get("last")), "an address of the last Service")
        lab.eventually(lambda: lab.routes("gateway"), ROUTES | {f"{given['last'][0]}/32": BOTH})
    assert watch.seen() == NOTHING
    lab.kubectl("delete", "service", "last")
    lab.eventually(lambda: lab.routes("gateway"), ROUTES)


def manifests(lab: Lab) -> dict[str, set[str]]:
    """The files that each server has among its manifests."""
    return {name: {file.name for file in server.manifests.iterdir()} for name, server in lab.servers.items()}


def mended(found: dict[str, Any]) -> dict[str, Any]:
    """The specs as the package has them: the interface has anchors."""
    return found | {POLICY: found[POLICY] | {"interfaces": ["^vmnet0$"]}}


def chart(lab: Lab) -> dict[str, Any]:
    """The CNI's values in the cluster."""
    found: dict[str, Any] = lab.get("--namespace=kube-system", "helmchartconfig", "rke2-cilium")
    return found


@pytest.mark.usefixtures("before", "watched")
def test_each_step_is_done_taken_back_and_done(lab: Lab, move: Move, before: tuple[Any, Any]) -> None:
    """From each step there is a way back, and from there on again; no object is ever made anew."""
    for number in range(1, STEPS + 1):
        move.run("--one")
        assert move.done() == number
        move.run("undo")
        assert move.done() == number - 1
        assert (specs(lab), identities(lab)) == (mended(before[0]) if number > APPLY else before[0], before[1])
        move.run("--one")
    assert (specs(lab), identities(lab)) == (mended(before[0]), before[1])


def test_kpt_has_the_objects(lab: Lab, move: Move) -> None:
    """All are in one inventory, and nothing of RKE2's is left on them."""
    assert move.done() == STEPS
    assert labelled(lab, HASH) == NOBODY
    owners = annotated(lab, OWNER)
    assert owners.keys() == NOBODY.keys()
    assert len(set(owners.values()) - {None}) == 1


def test_what_stays_has_a_file_of_its_own(lab: Lab) -> None:
    """The CNI's values are in RKE2's hands as before, in a file of the old name that holds nothing else."""
    kept = CHART_AND_POOL.partition("---\n")[0]
    for server in lab.servers.values():
        assert {file.name: file.read_text() for file in server.manifests.iterdir()} == {"networking.yaml": kept}
    lab.deployed()
    assert chart(lab)["metadata"]["annotations"][HANDLER] == "networking"
    assert "bgpControlPlane" in chart(lab)["spec"]["valuesContent"]


@pytest.mark.usefixtures("before", "watched")
def test_a_server_that_restarts_takes_nothing_back(lab: Lab, before: tuple[Any, Any]) -> None:
    """RKE2 applies all of its files at a start, and none of them has the objects any more."""
    for server in lab.servers.values():
        server.start()
    lab.deployed()
    assert labelled(lab, HASH) == NOBODY
    assert (specs(lab), identities(lab)) == (mended(before[0]), before[1])


@pytest.mark.usefixtures("before", "watched")
def test_a_setting_is_changed_with_kpt(lab: Lab, move: Move) -> None:
    """From here on the package decides: what kpt applies stays, whatever RKE2 does."""
    setters = move.script.with_name("setters.yaml")
    pools = Path(move.script.with_name("ip-pools.yaml"))
    text = setters.read_text()
    setters.write_text(text.replace("lan-stop: 10.80.8.190", "lan-stop: 10.80.8.180"))
    lab.command(*COMMAND, "render", "moved")
    assert "stop: 10.80.8.180 # kpt-set: ${lan-stop}\n" in pools.read_text()
    lab.kpt("live", "apply", "moved", "--reconcile-timeout=1m")
    lab.deployed()
    assert specs(lab)["ciliumloadbalancerippool/lan"]["blocks"][0]["stop"] == "10.80.8.180"
    setters.write_text(text)
    lab.command(*COMMAND, "render", "moved")
    lab.kpt("live", "apply", "moved", "--reconcile-timeout=1m")


@pytest.mark.usefixtures("before", "watched")
def test_all_of_it_is_taken_back(lab: Lab, move: Move, before: tuple[Any, Any]) -> None:
    """From the last step back to the first RKE2 has its objects and its files, and kpt has nothing."""
    move.run("undo", "--all")
    assert move.done() == 0
    assert (specs(lab), identities(lab)) == before
    assert annotated(lab, OWNER) == NOBODY
    assert None not in labelled(lab, HASH).values()
    assert manifests(lab) == {"node-a": {"bgp.yaml", "networking.yaml"}, "node-b": {"networking.yaml"}}
    assert chart(lab)["metadata"]["annotations"][HANDLER] == "networking"
