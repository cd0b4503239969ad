"""The package's directory in a lab: what a change writes and renders, without any cluster."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.package import Package

#: A second peer, said in the typed form, where the whole object is said.
TYPED: dict[str, Any] = {
    "bgp": {
        "clusterConfigs": [
            {
                "name": "bgp-cluster-config",
                "nodeSelector": {"matchLabels": {"role": "edge"}},
                "bgpInstances": [
                    {
                        "name": "control-plane-bgp",
                        "localASN": 65001,
                        "peers": [
                            {"name": name, "peerASN": 65000, "peerAddress": address}
                            for name, address in (("gateway-peer", "10.80.0.1"), ("second-peer", "10.80.0.2"))
                        ],
                    }
                ],
            }
        ]
    }
}


def run(above: Path, *command: str) -> str:
    return subprocess.run(command, cwd=above, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package(tmp_path, partial(run, tmp_path))


def specs(package: Package, file: str) -> dict[str, Any]:
    documents = yaml.safe_load_all((package.directory / file).read_text())
    return {one["metadata"]["name"]: one["spec"] for one in documents}


def local_asn(package: Package) -> int:
    asn: int = specs(package, "bgp.yaml")["bgp-cluster-config"]["bgpInstances"][0]["localASN"]
    return asn


def peers(package: Package) -> list[str]:
    [instance] = specs(package, "bgp.yaml")["bgp-cluster-config"]["bgpInstances"]
    return [peer["name"] for peer in instance["peers"]]


def test_the_typed_settings_are_laid_over_the_setters(package: Package) -> None:
    """Of a package with both, both are in the manifests; where both speak it is as the typed form has it."""
    package.make("packages/cilium-networking", {"bgp-hold-time": "60", "bgp-local-asn": "65009"}, TYPED)
    assert specs(package, "bgp.yaml")["cilium-peer"]["timers"]["holdTimeSeconds"] == 60
    assert (local_asn(package), peers(package)) == (65001, ["gateway-peer", "second-peer"])


def test_a_setter_that_is_changed_later_is_in_the_manifests(package: Package) -> None:
    """Typed settings do not keep it out, and keep what only they say."""
    package.make("packages/cilium-networking", settings=TYPED)
    package.change(bgp_local_asn="65009", node_selector="role=edge", bgp_hold_time="60")
    assert specs(package, "bgp.yaml")["cilium-peer"]["timers"]["holdTimeSeconds"] == 60
    assert (local_asn(package), peers(package)) == (65009, ["gateway-peer", "second-peer"])


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda package: package.change(bgp_hold_tim="9"), "setters.yaml has 0 lines for `bgp-hold-tim`"),
        (lambda package: package.edit("bgp.yaml", "kind", "x"), "bgp.yaml has 3 times: kind"),
    ],
)
def test_a_change_that_changes_nothing_is_said(act: Callable[[Package], None], message: str, package: Package) -> None:
    """A setter that the package has not, or a text that is not in a file just once, is an error."""
    package.make("packages/cilium-networking")
    with pytest.raises(ValueError, match=f"^{message}$"):
        act(package)


def test_put_back(package: Package) -> None:
    """Files are as they were, added ones gone, and whether there was a difference is known."""
    package.make(None)
    before = package.files()
    assert package.put_back(before) is False
    (package.directory / "more.yaml").write_text("a: 1\n")
    (package.directory / "Kptfile").write_text("")
    assert package.put_back(before) is True
    assert package.files() == before
