"""A folder of sources: files are written, read by their names, and what was found is told in short."""

from __future__ import annotations

from pathlib import Path

import pytest

from cilium_networking.sources import Reading, read_sources, rewritten

MANIFESTS = "/var/lib/rancher/rke2/server/manifests"


class Home:
    """The working directory of one test, where a source is named as a user would."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, content: str | bytes) -> str:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    def read(self, content: str | bytes, name: str = "user-data.yaml") -> Reading:
        return read_sources([self.write(name, content)])

    def without(self, content: str | bytes, *names: str, name: str = "user-data.yaml") -> str | None:
        """The source without the objects of these names."""
        reading = self.read(content, name)
        (one,) = rewritten(reading, [found for found in reading.found if found.resource.name in names])
        assert one.before == (content if isinstance(content, bytes) else content.encode())
        return None if one.after is None else one.after.decode()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.chdir(tmp_path)
    return Home(tmp_path)


def pool(name: str, *, indent: int = 0) -> str:
    text = f"""\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: {name}
spec:
  blocks:
  - cidr: 10.80.8.128/26
"""
    return "".join(" " * indent + line for line in text.splitlines(keepends=True))


def ways(reading: Reading) -> list[tuple[str, str]]:
    """Name and way of each object."""
    return [(found.resource.name, found.way) for found in reading.found]


def said(reading: Reading) -> list[tuple[str, str | None, str]]:
    """Severity, place and sentence of each finding; a place is what a report prints before the sentence."""
    return [
        (one.severity, one.file if one.line is None else f"{one.file}:{one.line}", one.message)
        for one in reading.findings
    ]
