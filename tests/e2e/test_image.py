"""The image, run as kpt, Porch and a careful cluster run it."""

from __future__ import annotations

import gzip
import json
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

Run = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.needs("docker")

NOTHING_ASKED = """\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: keep # as it is
  data:
    text: "é 😀"
"""

#: What kpt gives to `docker run` (kpt 1.0.0-beta.56), and a read-only root besides.
HARDENED = (
    "--rm", "-i", "--network", "none", "--user", "nobody", "--security-opt=no-new-privileges", "--read-only",
    "--cap-drop=ALL", "--pull", "missing",
)  # fmt: skip


def _files(image: str, run: Run, tmp_path: Path) -> dict[str, tarfile.TarInfo]:
    """The image's file system by path."""
    run("docker", "save", "--output", tmp_path / "image.tar", image)
    found: dict[str, tarfile.TarInfo] = {}
    with tarfile.open(tmp_path / "image.tar") as saved:
        for layer in _layers(saved):
            with tarfile.open(fileobj=saved.extractfile(layer)) as content:
                found |= {entry.name: entry for entry in content}
    return found


def _layers(saved: tarfile.TarFile) -> list[str]:
    manifest = saved.extractfile("manifest.json")
    assert manifest is not None
    layers: list[str] = json.load(manifest)[0]["Layers"]
    return layers


def test_runs_hardened(image: str, run: Run) -> None:
    """Without network, capabilities or a writable file, as nobody, a list that asks for nothing is as it was."""
    done = run("docker", "run", *HARDENED, image, stdin=NOTHING_ASKED)
    assert done.stdout.startswith(NOTHING_ASKED)
    assert done.stderr == ""


def test_runs_as_any_user(image: str, run: Run) -> None:
    """`kpt fn eval --as-current-user` and Porch choose the user themselves: any number reads the code."""
    done = run("docker", "run", "--rm", "-i", "--network", "none", "--user", "4711:4711", image, stdin=NOTHING_ASKED)
    assert done.stdout.startswith(NOTHING_ASKED)


def test_help_needs_no_input(image: str, run: Run) -> None:
    """`kpt fn doc` appends --help to the entry point, gives no list, and wants exit 0."""
    done = run("docker", "run", "--rm", image, "--help")
    assert "cilium-networking" in done.stdout
    assert done.stderr == ""


def test_refuses_empty_input(image: str, run: Run) -> None:
    """An empty stdin is an error, never an empty package."""
    done = run("docker", "run", *HARDENED, image, code=1)
    assert "kind: ResourceList" in done.stdout
    assert "severity: error" in done.stdout


def test_environment_changes_nothing(image: str, run: Run) -> None:
    """A variable of the caller's reaches neither Python nor the function: same list, same bytes."""
    plain = run("docker", "run", *HARDENED, image, stdin=NOTHING_ASKED).stdout
    variables = ("-e", "PYTHONPATH=/tmp", "-e", "PYTHONOPTIMIZE=2", "-e", "LC_ALL=POSIX", "-e", "PYTHONUTF8=0")
    assert run("docker", "run", *variables, *HARDENED, image, stdin=NOTHING_ASKED).stdout == plain


def test_configuration(image: str, run: Run) -> None:
    """The user is a number (runAsNonRoot checks it), the entry point a list that needs no shell, the labels are set."""
    config = json.loads(run("docker", "image", "inspect", image).stdout)[0]["Config"]
    assert config["User"] == "65534:65534"
    assert config["Entrypoint"][0] == "/usr/bin/python3"
    assert config["Entrypoint"][-3:] == ["-m", "cilium_networking", "fn"]
    assert not config["Cmd"]
    assert config["Labels"]["org.opencontainers.image.version"] == image.rpartition(":v")[2]
    assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"


def test_content(image: str, run: Run, tmp_path: Path) -> None:
    """No shell, nothing but byte code of modules, everything readable by everyone, nothing writable but /tmp."""
    files = _files(image, run, tmp_path)
    programs = sorted(Path(name).name for name in files if name.startswith("usr/bin/"))
    assert programs == ["python3", "python3.13"]
    assert [name for name in files if name.endswith(".py")] == []
    assert [name for name, entry in files.items() if entry.isfile() and entry.mode & 0o444 != 0o444] == []
    assert [name for name, entry in files.items() if not entry.issym() and entry.mode & 0o002] == ["tmp"]
    assert [name for name in files if "netaddr/eui/" in name and name.endswith((".txt", ".idx"))] == []
    licences = sorted(name.split("/")[3].partition("-")[0] for name in files if name.endswith("/copyright"))
    assert licences == [
        "libc6",
        "libexpat1",
        "libpython3.13",
        "libpython3.13",
        "netaddr",
        "python3.13",
        "pyyaml",
        "zlib1g",
    ]


def test_size(image: str, run: Run, tmp_path: Path) -> None:
    """At most 10 MB in a registry and 30 MB on a node: each node that renders a package pulls it."""
    run("docker", "save", "--output", tmp_path / "image.tar", image)
    with tarfile.open(tmp_path / "image.tar") as saved:
        layers = [content.read() for name in _layers(saved) if (content := saved.extractfile(name))]
    assert sum(len(gzip.compress(layer, 6)) for layer in layers) <= 10_000_000
    assert sum(len(layer) for layer in layers) <= 30_000_000


def test_uses_libyaml(image: str, run: Run) -> None:
    """PyYAML in the image has libyaml: without it the function would be ten times slower and say nothing."""
    code = "import yaml; print(yaml.__with_libyaml__)"
    command = ("docker", "run", "--rm", "--entrypoint", "/usr/bin/python3", image, "-I", "-S", "-c", code)
    assert run(*command).stdout == "True\n"


def test_every_module_imports(image: str, run: Run, root: Path) -> None:
    """What the image leaves out of the standard library no module of ours, of PyYAML or of netaddr misses."""
    fn = root / "fn"
    names = [".".join(file.relative_to(fn).with_suffix("").parts) for file in sorted(fn.rglob("*.py"))]
    names = [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]
    code = f"import importlib\nfor name in {[*names, 'yaml.cyaml', 'netaddr.ip.sets']!r}: importlib.import_module(name)"
    run("docker", "run", "--rm", "--entrypoint", "/usr/bin/python3", image, "-I", "-S", "-c", code)


def test_same_output_as_the_source(image: str, run: Run, root: Path) -> None:
    """The image and the source tree are one program: the same list in, the same bytes out."""
    source = ("env", f"PYTHONPATH={root / 'fn'}", "python3", "-m", "cilium_networking", "fn")
    asked = yaml.safe_dump(
        {
            "apiVersion": "config.kubernetes.io/v1",
            "kind": "ResourceList",
            "items": [],
            "functionConfig": {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "function-input"},
                "data": {"lb-pool-cidr": "10.80.8.128/26"},
            },
        }
    )
    assert run("docker", "run", *HARDENED, image, stdin=asked).stdout == run(*source, stdin=asked).stdout
