"""`make demo`: what it shows is what the command did, and the repository is only read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import demo

from .test_render import tree


def test_the_demo(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names each object that changed by its kind, sums up, and leaves the package of the repository alone."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = tree(demo.PACKAGE)
    assert demo.main([]) == 0
    assert tree(demo.PACKAGE) == before
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "\x1b" not in shown.out
    headings = re.findall(r"^(Cilium\w+ \S+) \((\S+)\)$", shown.out, re.MULTILINE)
    assert headings == [
        ("CiliumBGPClusterConfig bgp-cluster-config", "bgp.yaml"),
        ("CiliumLoadBalancerIPPool load-balancers", "ip-pools.yaml"),
        ("CiliumLoadBalancerIPPool virtual-addresses", "ip-pools.yaml"),
        ("CiliumL2AnnouncementPolicy host", "l2-announcements.yaml"),
    ]
    assert "  -      peerASN: 65000 # kpt-set: ${bgp-peer-asn}\n" in shown.out
    assert "  +      peerASN: 65010 # kpt-set: ${bgp-peer-asn}\n" in shown.out
    assert "\n4 of 6 objects changed: CiliumBGPClusterConfig bgp-cluster-config, " in shown.out
    assert "The result is valid for its Cilium release, and rendering it again changes nothing.\n" in shown.out


def test_a_package_that_is_wrong_fails(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The demo exits 1 when the command does, and when nothing changed."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    package = tmp_path / "net"
    package.mkdir()
    (package / "setters.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: s\n"
        '  annotations:\n    config.kubernetes.io/local-config: "true"\ndata: {}\n'
    )
    assert demo.main([str(package)]) == 1
    assert capsys.readouterr().err.endswith("The rendered package is not right.\n")
