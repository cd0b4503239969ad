"""The package under real kpt, with the source tree as `exec` in place of the image."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.needs("kpt")


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def kpt(*words: str | Path, code: int = 0) -> str:
    done = subprocess.run(
        ["kpt", *map(str, words), "--truncate-output=false"], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == code, f"{words}\n{done.stdout}{done.stderr}"
    return done.stderr


def test_kpt_finds_nothing_to_tidy(package: Path, tmp_path: Path) -> None:
    """The files are written as kpt writes them: through a function that only echoes they keep every byte."""
    echo = tmp_path / "echo"
    echo.write_text("#!/bin/sh\nexec cat\n")
    echo.chmod(0o755)
    before = tree(package)
    kpt("fn", "eval", package, "--exec", echo)
    assert tree(package) == before


def test_rendering_keeps_every_byte(package: Path) -> None:
    """With its own settings the package renders to itself, twice, and the validator has nothing to say."""
    before = tree(package)
    for _ in range(2):
        said = kpt("fn", "render", package, "--allow-exec")
        assert tree(package) == before
        assert re.findall(r"\[(?:error|warning)\].*", said) == []


def test_settings_in_the_kptfile(package: Path) -> None:
    """`configMap` in the Kptfile does what `configPath` does, for the validator too; setters.yaml may then go."""
    data = yaml.safe_load((package / "setters.yaml").read_text())["data"]
    lines = "".join(f"      {name}: '{value}'\n" for name, value in {**data, "lb-pool-max": "150"}.items())
    kptfile = package / "Kptfile"
    kptfile.write_text(kptfile.read_text().replace("    configPath: setters.yaml\n", f"    configMap:\n{lines}"))
    (package / "setters.yaml").unlink()
    before = tree(package)
    kpt("fn", "render", package, "--allow-exec")
    after = tree(package)
    assert [name for name in before if after[name] != before[name]] == ["ip-pools.yaml"]
    assert after["ip-pools.yaml"] == before["ip-pools.yaml"].replace(b"stop: 10.80.8.190", b"stop: 10.80.8.150")


def test_comments_survive_every_setting(package: Path) -> None:
    """With nearly every setting changed no comment is lost, but for those inside of a list that is replaced."""
    values = {
        "lb-pool-cidr": "198.51.100.0/24",
        "lb-pool-min": "20",
        "lb-pool-max": "198.51.100.40",
        "vip-pool-cidr": "203.0.113.0/28",
        "vip-pool-min": "1",
        "vip-pool-max": "14",
        "l2-interface-1": "eth0.20",
        "bgp-local-asn": "64600",
        "bgp-peer-asn": "64700",
        "node-gateway-ip": "198.51.100.1",
        "lb-pool-disabled": "true",
        "node-selector": "example.com/edge",
        "pool-label": "example.com/pool",
        "bgp-service-selector": "example.com/expose=wan",
        "bgp-hold-time": "30",
        "bgp-keepalive-time": "10",
    }
    setters = package / "setters.yaml"
    text = setters.read_text()
    for name, value in values.items():
        text, count = re.subn(rf"^  {name}: .*$", f'  {name}: "{value}"', text, flags=re.MULTILINE)
        assert count == 1
    setters.write_text(text)
    before = tree(package)
    kpt("fn", "render", package, "--allow-exec")
    after = tree(package)
    comments = re.compile(rb"(?<= )# .*$|^# .*$", re.MULTILINE)
    assert {name: comments.findall(each) for name, each in after.items()} == {
        name: comments.findall(each) for name, each in before.items()
    }
    again = tree(package)
    kpt("fn", "render", package, "--allow-exec")
    assert tree(package) == again
    manifests = b"".join(after[name] for name in ("ip-pools.yaml", "l2-announcements.yaml", "bgp.yaml")).decode()
    gone = ["10.80.", "vmnet0", "65001", "65000", "cilium-networking/pool:", "key: node-role"]
    assert [word for word in gone if word in re.sub(r"#.*", "", manifests)] == []


def test_the_root_renders_to_itself(repository: Path) -> None:
    """The example deployment renders from a checkout in which work was done, and nothing in it changes."""
    for name in (".venv/a.yaml", ".cache/b.yaml", "dist/c.json", "build/d.yml", "wheels/e.yaml", "tests/f.yaml"):
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text("not: a Kubernetes object\n")
    before = tree(repository)
    kpt("fn", "render", repository, "--allow-exec")
    assert tree(repository) == before


def test_the_roots_settings_win(repository: Path) -> None:
    """The package renders with its own settings first, and the example's are put over them."""
    setters = repository / "setters.yaml"
    setters.write_text(setters.read_text().replace('bgp-peer-asn: "65000"', 'bgp-peer-asn: "64999"'))
    before = tree(repository)
    kpt("fn", "render", repository, "--allow-exec")
    after = tree(repository)
    assert [name for name in before if after[name] != before[name]] == ["packages/cilium-networking/bgp.yaml"]
    assert b"peerASN: 64999 # kpt-set: ${bgp-peer-asn}\n" in after["packages/cilium-networking/bgp.yaml"]
