"""Every object of the package, as the image renders it for each release, is one that the release's API takes.

Two judges: our own table of the API, always; and the CRDs that Cilium publishes, with a JSON Schema validator that is
not ours, where they lie beside the project (`../shared/crds`).
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from beside import SHARED
from cilium_networking import kinds

Run = Callable[..., "subprocess.CompletedProcess[str]"]

#: The folder of the release that is being made is named after the branch.
FOLDERS = {"1.20": "main"}

SETTINGS = (
    "lb-pool-cidr=10.80.8.128/26", "vip-pool-cidr=2001:db8:15::/64", "l2-interface-1=vmnet0", "l2-interface-2=lan0",
    "bgp-local-asn=65001", "bgp-peer-asn=65000", "node-gateway-ip=10.80.0.1",
)  # fmt: skip


def _closed(schema: Any) -> Any:
    """The schema with unknown fields refused, as an API server prunes or refuses them."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    open_ended = "additionalProperties" in schema or schema.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object" and not open_ended:
        closed["additionalProperties"] = False
    return closed


def _published(crds: Path, release: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The schema of each kind and apiVersion that Cilium publishes for the release."""
    found = {}
    for file in sorted((crds / FOLDERS.get(release, release)).rglob("*.yaml")):
        for crd in yaml.safe_load_all(file.read_text()):
            if isinstance(crd, dict) and crd.get("kind") == "CustomResourceDefinition":
                for version in crd["spec"]["versions"]:
                    name = f"{crd['spec']['group']}/{version['name']}"
                    found[crd["spec"]["names"]["kind"], name] = version["schema"]["openAPIV3Schema"]
    return found


def _rendered(package: Path, image: str, run: Run, release: str) -> list[dict[str, Any]]:
    """The objects that our settings for everything make in an empty package."""
    (package / "Kptfile").write_text("apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: site\n")
    run("kpt", "fn", "eval", package, "--image", image, "--", *SETTINGS, f"cilium-version={release}")
    files = sorted(package.rglob("*.yaml"))
    return [each for file in files for each in yaml.safe_load_all(file.read_text())]


@pytest.mark.needs("kpt", "docker")
@pytest.mark.parametrize("release", kinds.RELEASES)
def test_rendered_objects_are_valid(release: str, image: str, run: Run, tmp_path: Path) -> None:
    """What is generated for a release has the version that it stores, and only fields and values that it knows."""
    objects = _rendered(tmp_path, image, run, release)
    assert sorted((each["kind"], each["metadata"]["name"]) for each in objects) == [
        ("CiliumBGPAdvertisement", "control-plane-advertisement"),
        ("CiliumBGPClusterConfig", "bgp-cluster-config"),
        ("CiliumBGPPeerConfig", "cilium-peer"),
        ("CiliumL2AnnouncementPolicy", "host"),
        ("CiliumLoadBalancerIPPool", "load-balancers"),
        ("CiliumLoadBalancerIPPool", "virtual-addresses"),
    ]
    crds = SHARED / "crds"
    published = _published(crds, release) if crds.is_dir() else {}
    for each in objects:
        kind = each["kind"]
        assert each["apiVersion"] == kinds.api_version(kind, release)
        own = kinds.json_schema(kinds.schema(kind, release))
        jsonschema.validate(each, own, jsonschema.Draft202012Validator)
        if published:
            upstream = published[kind, each["apiVersion"]]
            spec = _closed(upstream["properties"]["spec"])
            jsonschema.validate(each["spec"], spec, jsonschema.Draft202012Validator)
