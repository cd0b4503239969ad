"""What is measured: one function a scene, each giving the rows of its table.

A scene that cannot run here (no peer, no kpt, no image) raises MissingError with what is missing, and the page says so
instead of a figure.
"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import estate
import inputs
from cilium_networking import IMAGE
from measure import Command, in_turns, once

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "packages" / "cilium-networking"

_MB = 1_000_000
_LOAD_AND_DUMP = (
    "import sys, yaml; yaml.dump(yaml.load(sys.stdin.buffer, yaml.CSafeLoader), sys.stdout, Dumper=yaml.CSafeDumper)"
)


_LOAD_ALL = (
    "import pathlib, sys, yaml\n"
    "for file in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
    "    for document in yaml.load_all(file.read_bytes(), yaml.CSafeLoader):\n"
    "        pass\n"
)


class MissingError(Exception):
    """What a scene needs is missing on this machine; the message names it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison; `limit` is the largest ratio (or figure) that the project accepts, None where it sets none."""

    what: str
    ours: str
    other: str
    ratio: float | None
    limit: float | None


@dataclass(frozen=True, slots=True)
class Setting:
    """What the person who runs the benchmark says: the peer's program and image, and how often to measure."""

    peer: str | None
    peer_image: str | None
    rounds: int
    count: int
    growth: tuple[int, ...]
    services: int


def ours(stdin: Path | None, *, name: str = "ours") -> Command:
    """Our function as a process of this Python."""
    argv = (sys.executable, "-m", "cilium_networking", "fn")
    return Command(name, argv, stdin, {"PYTHONPATH": str(ROOT / "fn")})


def peer(setting: Setting, stdin: Path) -> Command:
    """The Go function: an executable, or an image run as kpt runs it (then without a figure for memory)."""
    if setting.peer and shutil.which(setting.peer):
        return Command("peer", (setting.peer,), stdin)
    image = setting.peer or setting.peer_image
    if not image:
        raise MissingError("no peer: --peer EXECUTABLE or --peer IMAGE")
    return Command("peer", ("docker", "run", "--rm", "-i", "--network", "none", image), stdin)


def written(shape: str, count: int, folder: Path) -> Path:
    """The list of `count` resources as a file."""
    file = folder / f"{shape.replace(' ', '-')}-{count}.yaml"
    if not file.exists():
        file.write_text(inputs.resource_list(shape, count))
    return file


def _loaded(file: Path) -> list[Any]:
    items: list[Any] = yaml.load(file.read_bytes(), yaml.CSafeLoader)["items"]
    return items


def same_outcome(setting: Setting, folder: Path) -> Iterator[Row]:
    """Both functions give the same resources: a fast wrong answer would be no news. Raises AssertionError."""
    for shape in inputs.SHAPES:
        source = written(shape, 800, folder)
        once(ours(source), folder / "ours.yaml")
        once(peer(setting, source), folder / "peer.yaml")
        left, right = _loaded(folder / "ours.yaml"), _loaded(folder / "peer.yaml")
        if left != right:
            where = next(index for index, pair in enumerate(zip(left, right, strict=True)) if pair[0] != pair[1])
            raise AssertionError(f"{shape}: item {where} differs: {left[where]} and {right[where]}")
        yield Row(f"800 resources, {shape}: the same data from both", "yes", "yes", None, None)


def substitution(setting: Setting, folder: Path) -> Iterator[Row]:
    """As many edits as resources, the whole process, beside the peer and beside PyYAML's C load and dump."""
    for shape in inputs.SHAPES:
        source = written(shape, setting.count, folder)
        against = peer(setting, source)
        both = in_turns([ours(source), against], setting.rounds)
        mine, theirs = both["ours"], both["peer"]
        what = f"{setting.count:,} resources, {shape} ({source.stat().st_size / _MB:.1f} MB)"
        yield Row(f"{what}: time", *_seconds(mine.seconds, theirs.seconds), 0.3)
        if against.argv[0] != "docker":
            yield Row(f"{what}: peak memory", *_bytes(mine.peak, theirs.peak), 0.1)
        load = once(Command("load and dump", (sys.executable, "-c", _LOAD_AND_DUMP), source))
        yield Row(f"{what}: time beside PyYAML's C load and dump", *_seconds(mine.seconds, load.seconds), None)


def growth(setting: Setting, folder: Path) -> Iterator[Row]:
    """Time for each resource as lists grow: the longest beside the one before it (start-up counts little in both)."""
    for shape in inputs.SHAPES:
        counts = setting.growth
        costs = in_turns(
            [ours(written(shape, count, folder), name=str(count)) for count in counts], max(2, setting.rounds // 2)
        )
        each = [costs[str(count)].seconds / count * 1e6 for count in counts]
        shown = [f"{count:,}: {micros:.0f} µs" for count, micros in zip(counts, each, strict=True)]
        yield Row(f"{shape}: time for each resource", shown[-1], "; ".join(shown[:-1]), each[-1] / each[-2], 1.25)
        peaks = [costs[str(count)].peak / count for count in counts]
        shown = [f"{count:,}: {peak / 1000:.1f} kB" for count, peak in zip(counts, peaks, strict=True)]
        yield Row(f"{shape}: memory for each resource", shown[-1], "; ".join(shown[:-1]), peaks[-1] / peaks[-2], 1.25)


def start(setting: Setting, folder: Path) -> Iterator[Row]:
    """The demo package through our function, beside a Python that imports PyYAML and does nothing."""
    if not (PACKAGE.is_dir() and shutil.which("kpt")):
        raise MissingError("kpt, which makes the list of the demo package")
    config = str(PACKAGE / "setters.yaml")
    source = subprocess.run(
        ["kpt", "fn", "source", str(PACKAGE), "--fn-config", config], check=True, capture_output=True
    ).stdout
    (folder / "demo.yaml").write_bytes(source)
    bare = Command("import yaml", (sys.executable, "-c", "import yaml"))
    both = in_turns([ours(folder / "demo.yaml"), bare], setting.rounds * 4)
    times = both["ours"].seconds, both["import yaml"].seconds
    yield Row('the demo package, beside `python3 -c "import yaml"`', *_seconds(*times), 3.0)


def judging(package: Path, *, name: str = "ours") -> Command:
    """`validate` of a package as a process of this Python."""
    argv = (sys.executable, "-m", "cilium_networking", "validate", str(package))
    return Command(name, argv, None, {"PYTHONPATH": str(ROOT / "fn")})


def validate(setting: Setting, folder: Path) -> Iterator[Row]:
    """All rules over a whole estate, beside PyYAML's C loader that only loads the same files; processor time."""
    services = estate.write_services(folder / "services", setting.services)
    load = Command("load", (sys.executable, "-c", _LOAD_ALL, str(services)))
    both = in_turns([judging(services), load], max(1, setting.rounds // 2))
    size = sum(file.stat().st_size for file in services.iterdir()) / _MB
    what = f"{setting.services:,} Services over {estate.POOLS} pools ({size:.1f} MB)"
    yield Row(f"{what}: time beside PyYAML's C load", *_seconds(both["ours"].cpu, both["load"].cpu), 2.0)
    growing = (
        ("resource", estate.write_services),
        ("block", estate.write_blocks),
        ("object of a fleet of racks", estate.write_racks),
    )
    for row, write in growing:
        counts = setting.growth
        commands = [judging(write(folder / f"{write.__name__}-{count}", count), name=str(count)) for count in counts]
        costs = in_turns(commands, max(1, setting.rounds // 2))
        each = [costs[str(count)].cpu / count * 1e6 for count in counts]
        shown = [f"{count:,}: {micros:.0f} µs" for count, micros in zip(counts, each, strict=True)]
        yield Row(f"time for each {row}", shown[-1], "; ".join(shown[:-1]), each[-1] / each[-2], 1.25)
    bare = Command("import yaml", (sys.executable, "-c", "import yaml"))
    start = in_turns([judging(PACKAGE), bare], setting.rounds * 4)
    times = start["ours"].cpu, start["import yaml"].cpu
    yield Row('the demo package, beside `python3 -c "import yaml"`', *_seconds(*times), 3.0)


def containers(setting: Setting, folder: Path) -> Iterator[Row]:
    """`kpt fn eval --image` over the demo package, with our image and with the peer's."""
    if not setting.peer_image:
        raise MissingError("the peer's image: --peer-image IMAGE")
    if not (shutil.which("kpt") and PACKAGE.is_dir() and _image(IMAGE) and _image(setting.peer_image)):
        raise MissingError("kpt, docker and both images")
    commands = []
    for name, image in (("ours", IMAGE), ("peer", setting.peer_image)):
        copy = folder / f"package-{name}"
        shutil.copytree(PACKAGE, copy)
        config = ("--fn-config", str(copy / "setters.yaml"))
        commands.append(Command(name, ("kpt", "fn", "eval", str(copy), "--image", image, *config)))
    both = in_turns(commands, setting.rounds * 2)
    mine, theirs = both["ours"].seconds, both["peer"].seconds
    limit = max(1.15, (theirs + 0.060) / theirs)  # 1.15 times the peer, or 60 ms more
    yield Row("`kpt fn eval --image` over the demo package", *_seconds(mine, theirs), limit)


def sizes(setting: Setting, folder: Path) -> Iterator[Row]:
    """What a registry stores of the image and what a node unpacks; in MB, beside the peer's image where it is given."""
    if not _image(IMAGE):
        raise MissingError("our image: tools/build-image")
    packed, unpacked = _size(IMAGE, folder)
    other = _size(setting.peer_image, folder) if setting.peer_image and _image(setting.peer_image) else None
    for what, figure, theirs, limit in (
        ("compressed", packed, other and other[0], 10.0),
        ("unpacked", unpacked, other and other[1], 30.0),
    ):
        beside = f"; the peer's {theirs / _MB:.1f} MB" if theirs else ""
        yield Row(f"the image {what}{beside}", f"{figure / _MB:.1f} MB", f"{limit:.0f} MB", figure / _MB / limit, 1.0)


def _size(image: str, folder: Path) -> tuple[int, int]:
    """Bytes of the layers with gzip, as a registry keeps them, and without."""
    archive = folder / "image.tar"
    subprocess.run(["docker", "save", "--output", str(archive), image], check=True)
    packed = unpacked = 0
    with tarfile.open(archive) as saved:
        manifest = saved.extractfile("manifest.json")
        assert manifest is not None
        for name in json.load(manifest)[0]["Layers"]:
            layer = saved.extractfile(name)
            assert layer is not None
            data = layer.read()
            unpacked += len(data)
            packed += len(gzip.compress(data, 6))
    return packed, unpacked


def _image(name: str) -> bool:
    if not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=False).returncode == 0


def _seconds(mine: float, theirs: float) -> tuple[str, str, float]:
    unit, factor = ("ms", 1000) if theirs < 1 else ("s", 1)
    digits = 0 if unit == "ms" else 2
    return f"{mine * factor:.{digits}f} {unit}", f"{theirs * factor:.{digits}f} {unit}", mine / theirs


def _bytes(mine: int, theirs: int) -> tuple[str, str, float]:
    return f"{mine / _MB:.0f} MB", f"{theirs / _MB:.0f} MB", mine / theirs


def temporary() -> tempfile.TemporaryDirectory[str]:
    """Where inputs and copies of packages live for one run."""
    return tempfile.TemporaryDirectory(prefix="cilium-networking-bench-")
