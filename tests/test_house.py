"""The house: what is written in two places agrees, and nothing of the machine that wrote it stays in it."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import cilium_networking

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def test_the_version_stands_once() -> None:
    """The project file takes its version from the package, and the image and the change log say the same one."""
    version = cilium_networking.__version__
    assert PROJECT["dynamic"] == ["version"]
    assert cilium_networking.IMAGE.endswith(f":v{version}")
    heads = re.findall(r"^## \[?([^\]\s]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert next(head for head in heads if head != "Unreleased") == version


def test_two_run_time_dependencies_and_no_more() -> None:
    """The product stands on PyYAML and netaddr, and their lock holds nothing else."""
    assert [re.split(r"[<>=]", name)[0] for name in PROJECT["dependencies"]] == ["PyYAML", "netaddr"]
    assert sorted(pins("requirements.lock")) == ["netaddr", "pyyaml"]


def test_the_locks_agree() -> None:
    """What is tested is what is shipped: both locks pin the product's packages to the same versions."""
    run, development = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: development[name] for name in run} == run


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_hold_hashes_and_no_addresses(lock: str) -> None:
    """A lock says what is installed, never where from: every line is a pin, a hash, or a comment without an address."""
    text = (ROOT / lock).read_text()
    assert "://" not in text
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    form = re.compile(r"[a-z0-9-]+(?:\[[a-z,]+\])?==[\w.]+ \\|    --hash=sha256:[0-9a-f]{64}(?: \\)?")
    assert [line for line in lines if not form.fullmatch(line)] == []


def test_modules_stay_short() -> None:
    """No module of the product has more than 400 lines: one that grows is split by noun."""
    sizes = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in ROOT.glob("fn/**/*.py")}
    assert {path: size for path, size in sizes.items() if size > 400} == {}


def test_every_test_states_its_law() -> None:
    """A test opens with the sentence that it checks."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sorted(ROOT.glob("tests/**/test_*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert silent == []


_OWN = {
    "__init__",
    "__eq__",
    "__ne__",
    "__hash__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__setattr__",
    "__delattr__",
}


def beyond_records(source: str) -> list[str]:
    """What the records of a module use that `cilium_networking.records` leaves out."""
    records = {
        node.name: (node, decorator)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if "dataclass" in ast.unparse(decorator).partition("(")[0]
    }
    found: list[str] = []
    for name, (node, decorator) in records.items():
        words = {word.arg for word in decorator.keywords} if isinstance(decorator, ast.Call) else {"no call"}
        found += [f"{name}: {word}" for word in sorted(map(str, words - {"frozen", "slots", "order"}))]
        found += [f"{name}: inherits {base}" for base in map(ast.unparse, node.bases) if base in records]
        found += [
            f"{name}: own {one.name}" for one in node.body if isinstance(one, ast.FunctionDef) and one.name in _OWN
        ]
        defaults = False
        for one in node.body:
            if isinstance(one, ast.AnnAssign):
                field = ast.unparse(one.target)
                if re.search(r"\b(ClassVar|InitVar|KW_ONLY)\b", ast.unparse(one.annotation)):
                    found.append(f"{name}.{field}: {ast.unparse(one.annotation)}")
                if one.value is None and defaults:
                    found.append(f"{name}.{field}: no default behind one")
                if one.value is not None and _changes(one.value):
                    found.append(f"{name}.{field}: a default that can change")
                defaults |= one.value is not None
    return found


def _changes(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return ast.unparse(value.func) in ("list", "dict", "set", "bytearray", "defaultdict", "Counter")
    return isinstance(value, (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp))


def test_records_keep_to_what_there_is() -> None:
    """No record of the product uses what our `dataclass` leaves out without a word."""
    found = [
        f"{path.relative_to(ROOT)}: {said}"
        for path in sorted(ROOT.glob("fn/**/*.py"))
        for said in beyond_records(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("x: list[int] = []", ["A.x: a default that can change"]),
        ("x: dict[str, int] = dict()", ["A.x: a default that can change"]),
        ("x: ClassVar[int] = 3", ["A.x: ClassVar[int]"]),
        ("x: int = 1\n    y: int", ["A.y: no default behind one"]),
        ("def __eq__(self, other): return True", ["A: own __eq__"]),
        ("def __hash__(self): return 7", ["A: own __hash__"]),
        ("x: int\n@dataclass(frozen=True)\nclass B(A):\n    y: int", ["B: inherits A"]),
        ("x: int\n@dataclass(kw_only=True)\nclass B:\n    y: int", ["B: kw_only"]),
        ("x: int\n    y: tuple[int, ...] = ()\n    z: list[int] = field(default_factory=list)", []),
    ],
)
def test_what_is_beyond_records(body: str, said: list[str]) -> None:
    """Each thing that is left out is found where it is used."""
    assert beyond_records(f"@dataclass(frozen=True, slots=True)\nclass A:\n    {body}\n") == said


@pytest.mark.needs("git")
def test_no_path_of_this_machine() -> None:
    """No tracked file names the folder of this checkout, the home of its user, or the folder of this Python."""
    places = {ROOT, Path.home(), Path(sys.base_prefix), Path(sys.prefix)}
    # A place with one part, such as /usr or /root, is a place on every machine.
    words = [str(place) for place in places if len(place.parts) > 2]
    forms = re.compile("|".join([r"/(?:home|Users)/[a-z][\w.-]*/", *(rf"(?<![\w.-]){re.escape(w)}\b" for w in words)]))
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = [
        f"{name}:{number}: {match.group()}"
        for name in filter(None, listed.split("\0"))
        if (ROOT / name).is_file()
        for number, line in enumerate((ROOT / name).read_text(errors="replace").splitlines(), 1)
        if (match := forms.search(line))
    ]
    assert found == []


def test_the_wheel_holds_the_package_and_the_command(tmp_path: Path) -> None:
    """What pip would install is the package with its type marker, the licence, and the one command."""
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "fn", source / "fn", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", tmp_path, source],
        check=True,
        capture_output=True,
    )
    version = cilium_networking.__version__
    with zipfile.ZipFile(tmp_path / f"cilium_networking-{version}-py3-none-any.whl") as wheel:
        names = set(wheel.namelist())
        commands = wheel.read(f"cilium_networking-{version}.dist-info/entry_points.txt").decode()
    modules = {str(path.relative_to(source / "fn")) for path in (source / "fn").rglob("*.py")}
    assert modules | {"cilium_networking/py.typed"} == {name for name in names if ".dist-info/" not in name}
    assert f"cilium_networking-{version}.dist-info/licenses/LICENSE" in names
    assert commands == "[console_scripts]\ncilium-networking = cilium_networking.cli:main\n"


def test_make_help_names_every_target() -> None:
    """A target that nobody is told about is one that nobody uses: each phony target has its line of help."""
    text = (ROOT / "Makefile").read_text()
    phony = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)[0].split()
    assert re.findall(r"^([a-z-]+):.*## \S", text, re.MULTILINE) == phony


@pytest.mark.parametrize(
    ("fails_at", "said"),
    [
        ("version_info <", "this project needs Python 3.11 to 3.14. Name another one: make PYTHON=python3.13 ..."),
        ("ensurepip", "apt-get install python3.12-venv (or python3-venv)"),
    ],
)
def test_a_python_that_will_not_do_is_told_so(tmp_path: Path, fails_at: str, said: str) -> None:
    """Without a fit Python the reader learns what to install or to type, and nothing is made."""
    python = tmp_path / "python"
    answers = f"-V) echo Python 3.9.2;; *{fails_at!r}*) exit 1;; *print*) echo python3.12-venv;;"
    python.write_text(f'#!/bin/sh\ncase "$*" in {answers} esac\n')
    python.chmod(0o755)
    done = subprocess.run(
        [ROOT / "tools/venv", python, tmp_path / "made", ROOT / "requirements.lock"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith(said)
    assert not (tmp_path / "made").exists()
