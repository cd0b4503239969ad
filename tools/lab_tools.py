"""The programs of the lab that Debian does not have: built from pinned Go modules into `.lab/`.

Why: the lab judges what we render by the real API server and Cilium's own operator and announcers. No one ships those
as plain programs for a bare machine, so they are compiled here, out of the short mains under tests/lab/programs/.

Promises: what is up to date is not built again, and then go is not called at all. A program is replaced in one step by
a complete one; a build that fails or is interrupted leaves the old one. What is built does not depend on the caller's
GOFLAGS, GOOS or workspace. Two builds at a time do not meet: the second waits. Standard library only.

Left out: Debian's packages (tools/real_tools.py installs those), Go itself, and other machines' processors.

::

    python3 tools/lab_tools.py list               say what is built and what is not
    python3 tools/lab_tools.py build [NAME...]    build what is not up to date, all or those named
    python3 tools/lab_tools.py clean              remove .lab
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
MODULES = ROOT / "tests" / "lab" / "programs"
LAB = ROOT / ".lab"
_CILIUM: Final = "github.com/cilium/cilium"
#: Where a release of Cilium keeps its CRDs; the same in 1.16 to 1.19.
_CRDS: Final = "pkg/k8s/apis/cilium.io/client/crds"
#: Seconds between two signs of life of a long build.
_SIGN_OF_LIFE: Final = 30
#: What helps where Go is missing or old.
GO_REMEDY: Final = "put a newer Go on PATH, from https://go.dev/dl/ (Debian's package is too old)"
_FULL: Final = "the disk is full: Go keeps some 8 GB in the folders that `go env GOCACHE GOMODCACHE` names"


class LabToolsError(Exception):
    """A program cannot be built; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Program:
    """`package` as go names it, inside the module of that folder of tests/lab/programs/.

    `variables` are set by the linker; {version}, {major} and {minor} are those of the module `release_of` in go.mod.
    """

    name: str
    module: str
    package: str
    release_of: str
    variables: tuple[str, ...] = ()
    patience: str = ""


@dataclass(frozen=True, slots=True)
class Schemas:
    """The CRDs of one Cilium release; `sum` is that of its module, as a go.sum has it."""

    release: str
    sum: str

    @property
    def minor(self) -> str:
        return self.release.rpartition(".")[0]

    @property
    def name(self) -> str:
        return f"crds-{self.minor}"


#: A server that was not told its version calls itself v0.0.0-master, which clients cannot parse.
_SERVER: Final = ("gitVersion=v{version}", "gitMajor={major}", "gitMinor={minor}")
_KUBECONFORM: Final = "github.com/yannh/kubeconform"
_KUSTOMIZE: Final = "sigs.k8s.io/kustomize/kustomize/v5"
_PROVENANCE: Final = "sigs.k8s.io/kustomize/api/provenance.version=kustomize/v{version}"
_LONG: Final = "about 4 minutes the first time"
PROGRAMS: tuple[Program, ...] = (
    Program(
        "kube-apiserver",
        "apiserver",
        ".",
        "k8s.io/kubernetes",
        tuple(f"k8s.io/component-base/version.{variable}" for variable in _SERVER),
        _LONG,
    ),
    Program("cilium-operator", "cilium", "./operator", _CILIUM, (), _LONG),
    Program("cilium-speaker", "cilium", "./speaker", _CILIUM, (), "seconds after the operator"),
    Program("rke2-deploy", "deploy", ".", "github.com/rancher/wrangler/v3"),
    Program("kubeconform", "gitops", f"{_KUBECONFORM}/cmd/kubeconform", _KUBECONFORM, ("main.version=v{version}",)),
    Program("kustomize", "gitops", _KUSTOMIZE, _KUSTOMIZE, (_PROVENANCE,)),
)
#: One release for each minor whose schemas the lab asks; 1.19 is that of the operator.
SCHEMAS: tuple[Schemas, ...] = (
    Schemas("1.16.5", "h1:ecjhh98fl6Ki641+8Cdb0oynsy3toQ+oPLCSI3d+KLE="),
    Schemas("1.17.1", "h1:ntPELVbdXCuenYm2qbzLGzHnrBZe8WYyRi6C952+hsc="),
    Schemas("1.18.4", "h1:/HrbeMmk46UDkJs4uJemIqxB7wuZ+QRMNVscNYua5C8="),
    Schemas("1.19.4", "h1:TxDZW+27NqLbuenPlWd8y8cnAmDNFga/FCMM8zP1qLQ="),
)


Row = Program | Schemas


def rows() -> list[Row]:
    """All that is made, in the order in which it is made."""
    return [*PROGRAMS, *SCHEMAS]


def binary(name: str) -> Path:
    return LAB / "bin" / name


def crds(minor: str) -> Path:
    """The folder with the CRDs of Cilium `minor`, such as `1.17`: one YAML file each, all in one folder."""
    return LAB / "crds" / minor


def _target(row: Row) -> Path:
    return binary(row.name) if isinstance(row, Program) else crds(row.minor)


def _toolchain() -> str:
    """Which Go is on PATH, told without running it; empty where there is none."""
    found = shutil.which("go")
    if found is None:
        return ""
    executable = Path(found).resolve()
    version = executable.parent.parent / "VERSION"
    if version.is_file():
        return version.read_text().split()[0]
    known = executable.stat()  # a wrapper, as version managers have: another file is another Go
    return f"{known.st_size} {known.st_mtime_ns}"


def _recipe(row: Row) -> list[str]:
    """All that the result depends on, Go itself in the first line."""
    if isinstance(row, Schemas):
        return ["go any", f"{_CILIUM} v{row.release} {row.sum}"]
    module = MODULES / row.module
    # A main's own packages lie in folders below it; what the programs of a module have in common is the module's pins.
    sources = sorted((module / row.package).rglob("*")) if row.package.startswith(".") else []
    files = dict.fromkeys([module / "go.mod", module / "go.sum", *(path for path in sources if path.is_file())])
    digests = [f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.relative_to(module)}" for path in files]
    return [f"go {_toolchain()}", " ".join(_arguments(row)), *digests]


def _stamp(row: Row) -> Path:
    return LAB / "stamps" / row.name


def state(row: Row) -> str:
    """What is wrong with the built thing; empty when it is up to date."""
    if not _target(row).exists() or not _stamp(row).is_file():
        return "is not built"
    recipe, built = _recipe(row), _stamp(row).read_text().splitlines()
    if recipe[1:] != built[1:]:
        return "is older than its sources"
    # What is built runs without Go, so a machine that has none is no reason.
    if _toolchain() and recipe[:1] != built[:1]:
        return "was built by another Go"
    return ""


def stale() -> list[str]:
    """A sentence for each thing that is not up to date."""
    return [f"{row.name} {reason}" for row in rows() if (reason := state(row))]


_started: Final = time.monotonic()


def _say(text: str) -> None:
    print(f"[{time.monotonic() - _started:6.1f} s] {text}", file=sys.stderr, flush=True)


def _environment(**more: str) -> dict[str, str]:
    """The caller's, without what would change the result: where modules come from is the machine's business."""
    ours = {
        "GOFLAGS": "-mod=readonly",  # an empty one would let `go env -w GOFLAGS=...` speak
        "GOWORK": "off",
        "GO111MODULE": "on",
        "GOTOOLCHAIN": "local",  # never fetch another Go unasked
        "CGO_ENABLED": "0",  # no C compiler: the same program with and without one
    }
    kept = {name: value for name, value in os.environ.items() if name not in {"GOOS", "GOARCH", "GOEXPERIMENT"}}
    return kept | ours | more


def _pinned(module: str, path: str) -> str:
    """The version, without its v, that go.mod requires of a module."""
    text = (MODULES / module / "go.mod").read_text()
    found = re.search(rf"^\s*(?:require\s+)?{re.escape(path)} v(\S+)", text, re.MULTILINE)
    if found is None:
        raise LabToolsError(f"{module}/go.mod requires no version of {path}")
    return found.group(1)


def _arguments(row: Program) -> list[str]:
    version = _pinned(row.module, row.release_of)
    major, minor, *_ = version.split(".")
    variables = [f"-X {text.format(version=version, major=major, minor=minor)}" for text in row.variables]
    linker = " ".join(["-s", "-w", *variables])  # without the tables that only a debugger reads
    return ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", f"-ldflags={linker}", row.package]


def _order(version: str) -> tuple[int, ...]:
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    return tuple(int(part or 0) for part in found.groups()) if found else ()


def go_version() -> str:
    """The version of Go, which the modules' own go.mod files find new enough."""
    if shutil.which("go") is None:
        raise LabToolsError("go is not on PATH")
    done = subprocess.run(
        ["go", "env", "GOVERSION"], capture_output=True, text=True, check=False, cwd=ROOT, env=_environment()
    )
    version = done.stdout.strip().removeprefix("go")
    if done.returncode or not _order(version):
        raise LabToolsError(f"`go env GOVERSION` says: {_end(done.stderr) or version or 'nothing'}")
    asked = {}
    for module in sorted({row.module for row in PROGRAMS}):
        found = re.search(r"^go (\S+)$", (MODULES / module / "go.mod").read_text(), re.MULTILINE)
        asked[module] = found.group(1) if found else "1.25"
    newest = max(asked, key=lambda module: _order(asked[module]))
    if _order(version) < _order(asked[newest]):
        raise LabToolsError(f"go is {version}, older than {asked[newest]}, which {newest}/go.mod asks for")
    return version


def _end(text: str) -> str:
    """The last line of go's own words: what it downloads is no error."""
    said = [line for line in text.splitlines() if line.strip() and not line.startswith("go: downloading ")]
    return said[-1].strip() if said else ""


def _go(row: Row, folder: Path, *arguments: str, **environment: str) -> str:
    """Run go, with a sign of life now and then; its stdout. What it says goes to the log."""
    log = LAB / "log" / f"{row.name}.log"
    with log.open("w") as sink:
        process = subprocess.Popen(
            ["go", *arguments],
            cwd=folder,
            env=_environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
        )
        answer = _answer(process, row.name)
    if process.returncode:
        said = log.read_text(errors="replace")
        # With -json the reason is in the answer.
        reason = _end(said) or json.loads(answer or "{}").get("Error") or f"exit {process.returncode}"
        full = f"\n    {_FULL}" if os.strerror(errno.ENOSPC).lower() in said.lower() else ""
        raise LabToolsError(f"`go {arguments[0]}` says: {reason}\n    all of it: {os.path.relpath(log)}{full}")
    return answer


def _answer(process: subprocess.Popen[str], name: str) -> str:
    while True:
        try:
            return process.communicate(timeout=_SIGN_OF_LIFE)[0]
        except subprocess.TimeoutExpired:
            _say(f"{name}: still at it")
        except BaseException:
            process.terminate()
            process.communicate()
            raise


def _make_program(row: Program) -> None:
    fresh = binary(f".{row.name}.new")
    try:
        command, *flags = _arguments(row)
        _go(row, MODULES / row.module, command, "-o", str(fresh), *flags)
        fresh.replace(binary(row.name))
    finally:
        fresh.unlink(missing_ok=True)


def _make_schemas(row: Schemas) -> None:
    # The pin in our table is the check, so the checksum database need not answer.
    said = _go(row, LAB, "mod", "download", "-json", f"{_CILIUM}@v{row.release}", GONOSUMDB=_CILIUM)
    module = json.loads(said)
    if module["Sum"] != row.sum:
        raise LabToolsError(f"the sum of {_CILIUM} v{row.release} is {module['Sum']}, and {row.sum} is pinned")
    fresh = crds(f".{row.minor}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        for path in sorted(Path(module["Dir"], _CRDS).glob("v2*/*.yaml")):
            shutil.copyfile(path, fresh / path.name)
        shutil.rmtree(crds(row.minor), ignore_errors=True)
        fresh.replace(crds(row.minor))
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _make(row: Row) -> None:
    # Read before the build: what is edited meanwhile is built again the next time.
    recipe = "".join(f"{line}\n" for line in _recipe(row))
    if isinstance(row, Program):
        _make_program(row)
    else:
        _make_schemas(row)
    fresh = _stamp(row).with_name(f".{row.name}.new")
    fresh.write_text(recipe)
    fresh.replace(_stamp(row))


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One build at a time: two would write the same files."""
    for folder in ("bin", "crds", "log", "stamps"):
        (LAB / folder).mkdir(parents=True, exist_ok=True)
    with (LAB / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another build runs; this one waits for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build(names: Sequence[str] = ()) -> int:
    known = {row.name: row for row in rows()}
    if unknown := [name for name in names if name not in known]:
        print(f"no such program: {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    wanted = [known[name] for name in names or known]
    if not any(state(row) for row in wanted):
        _say("the lab's programs are up to date")
        return 0
    try:
        version = go_version()
    except LabToolsError as error:
        print(f"{error}\n    {GO_REMEDY}", file=sys.stderr)
        return 1
    failed = []
    with _alone():
        for row in wanted:
            reason = state(row)  # the build that was waited for may have made it
            if not reason:
                continue
            patience = f"; this takes {row.patience}" if isinstance(row, Program) and row.patience else ""
            _say(f"{row.name}: {reason}, making it with Go {version}{patience}")
            try:
                _make(row)
            except LabToolsError as error:
                failed.append(row.name)
                _say(f"{row.name}: {error}")
            else:
                _say(f"{row.name}: done")
    if failed:
        print(f"not built: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def report() -> int:
    for row in rows():
        size = f", {_target(row).stat().st_size / 1e6:.0f} MB" if _target(row).is_file() else ""
        print(f"{row.name}: {state(row) or 'up to date'}{size}")
    return 0


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["list"]:
                return report()
            case ["build", *names]:
                return build(names)
            case ["clean"]:
                shutil.rmtree(LAB, ignore_errors=True)
                return 0
    except OSError as error:
        print(f"{error}\n    {_FULL}" if error.errno == errno.ENOSPC else str(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print("usage: lab_tools.py list | build [NAME...] | clean", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
