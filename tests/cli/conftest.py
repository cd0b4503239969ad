"""A package to work on, the command called in process, and the shells that completion is tried in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cilium_networking.cli import main

KPTFILE = """\
apiVersion: kpt.dev/v1
kind: Kptfile
metadata:
  name: networking
pipeline:
  mutators:
  - image: cilium-networking/cilium-networking:v0.1.0
    configPath: setters.yaml
"""

SETTERS = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: setters
  annotations:
    config.kubernetes.io/local-config: "true"
data:
  lb-pool-cidr: 10.80.8.128/26
  lb-pool-min: "129"
  lb-pool-max: "170"
"""

POOL = """\
# The addresses of this site.
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: load-balancers
  labels:
    app.kubernetes.io/managed-by: cilium-networking
spec:
  blocks:
  - start: 10.80.8.129
    stop: 10.80.8.190 # the last one
"""

RENDERED = POOL.replace("stop: 10.80.8.190", "stop: 10.80.8.170")


@dataclass(frozen=True, slots=True)
class Called:
    """What one call answered."""

    code: int
    out: str
    err: str


Call = Callable[..., Called]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package `net` in the current directory: its setters give a range that nobody rendered yet."""
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "net"
    root.mkdir()
    for name, text in {"Kptfile": KPTFILE, "setters.yaml": SETTERS, "pool.yaml": POOL, "README.md": "# Net\n"}.items():
        (root / name).write_text(text)
    (root / "pool.yaml").chmod(0o640)
    return root


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """`call("render", "net")` in the current directory, which is a scratch one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)

    def _call(*argv: str) -> Called:
        code = main(list(argv))
        captured = capsys.readouterr()
        return Called(code, captured.out, captured.err)

    return _call
