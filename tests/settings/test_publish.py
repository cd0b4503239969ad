"""settings: what is printed from the declarations holds what the code does."""

from __future__ import annotations

import json
import subprocess
import sys

import jsonschema
import pytest

from cilium_networking.kinds import RELEASES, default
from cilium_networking.lossless import parse
from cilium_networking.resources import read_resource
from cilium_networking.settings import BY_NAME, DECLARATIONS, read
from cilium_networking.settings.publish import (
    TYPED_EXAMPLE,
    given_fields,
    json_schema,
    setters_markdown,
    setters_yaml,
)


def test_setters_yaml_gives_the_shipped_values() -> None:
    """A setters.yaml is local-config and gives every shipped setting as a text, in the table's order."""
    text = setters_yaml("cilium-networking-setters")
    resource = read_resource(parse(text))
    assert (resource.kind, resource.name, resource.local) == ("ConfigMap", "cilium-networking-setters", True)
    data = resource.fragment.data()["data"]
    assert list(data.items()) == [(each.name, each.shipped) for each in DECLARATIONS if each.shipped is not None]
    assert read(resource)[1] == ()


def test_defaults_are_those_of_the_crds() -> None:
    """A setting that only passes a field on has the field's default, which the table of the kinds says."""
    for name, field in (("bgp-hold-time", "holdTimeSeconds"), ("bgp-keepalive-time", "keepAliveTimeSeconds")):
        assert BY_NAME[name].default == str(default("CiliumBGPPeerConfig", "spec", "timers", field))


def test_setters_yaml_is_formed_as_kpt_leaves_it() -> None:
    """No blank line, no long line, and no comment behind the last setting: kpt would move or double them."""
    lines = setters_yaml("x").splitlines()
    assert all(line.strip() and len(line) <= 120 for line in lines)
    assert not lines[-1].lstrip().startswith("#")
    assert lines[7:9] == [
        "  # The cluster's name in reports; compared with `cluster.name` of the CNI's values.",
        "  cluster-name: bioskop-cluster",
    ]
    assert "  # bgp-password-secret: bgp-gateway-password" in lines
    assert '  cluster-id: "15"' in lines


def test_optional_settings_can_be_uncommented() -> None:
    """Each setting that is commented out is one comment mark away from being given, and right."""
    text = setters_yaml("x")
    names = [each.name for each in DECLARATIONS if each.shipped is None]
    for name in names:
        text = text.replace(f"  # {name}: ", f"  {name}: ")
    found, findings = read(read_resource(parse(text)))
    assert findings == ()
    assert set(found.setters) == set(BY_NAME)


def test_page_names_every_setting_once() -> None:
    """docs/setters.md has one row for each setting, with what it really changes."""
    page = setters_markdown("- one")
    rows = [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| `")]
    assert sorted(rows) == sorted(f"| `{name}`" for name in BY_NAME)
    assert (
        "| `bgp-peer-asn` | AS number | required | `65000` | The AS number of the gateway router. | "
        "`CiliumBGPClusterConfig/bgp-cluster-config "
        "spec.bgpInstances[name=control-plane-bgp].peers[name=gateway-peer].peerASN` |"
    ) in page
    assert page.endswith("## Differences from apply-setters\n\n- one\n")
    assert TYPED_EXAMPLE in page


def test_settings_without_a_field_are_known() -> None:
    """Every setting changes a field, but for those that name the cluster, its version, or switch a feature."""
    assert set(BY_NAME) - set(given_fields()) == {
        "cluster-name", "cluster-id", "cilium-version", "l2-enabled", "bgp-enabled",
    }  # fmt: skip


@pytest.mark.parametrize("release", RELEASES)
def test_schema_is_a_schema(release: str) -> None:
    """The published schema is valid JSON Schema for each release, and the same text each time."""
    text = json_schema(release)
    jsonschema.Draft202012Validator.check_schema(json.loads(text))
    assert text == json_schema(release)


@pytest.mark.parametrize(
    ("old", "new", "right"),
    [
        ("", "", True),
        ("disabled: false", "disabled: ${OFF}", True),
        ("disabled: false", "disabled: 'no'", False),
        ('ciliumVersion: "1.19"', "ciliumVersion: 1.19", True),
        ("pools:", "pool:", False),
        ("localASN: 65001", "localASN: 0", False),
        ("name: load-balancers\n", "labels: {}\n", False),
    ],
)
def test_schema_agrees_with_the_reader(old: str, new: str, right: bool) -> None:
    """An editor that follows the schema takes and refuses what the function takes and refuses."""
    resource = read_resource(parse(TYPED_EXAMPLE.replace(old, new, 1)))
    validator = jsonschema.Draft202012Validator(json.loads(json_schema()))
    assert validator.is_valid(resource.fragment.data()) is right
    assert (read(resource)[1] == ()) is right


def test_reading_nothing_loads_nothing() -> None:
    """Without a value that needs them, neither netaddr nor the tables of kinds are loaded."""
    code = (
        "import sys; from cilium_networking.settings import read; read(None, {'mine': 'x', 'l2-interface-1': 'lan0'});"
        "print(sorted(name for name in sys.modules if 'netaddr' in name or '.kinds' in name or 'publish' in name))"
    )
    path = next(entry for entry in sys.path if entry.rstrip("/").endswith("fn"))
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
