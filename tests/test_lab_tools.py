"""The lab's programs: built once, replaced whole, and a reader who can do something learns what."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import queue
import re
import threading
from pathlib import Path

import pytest

import lab_tools
from cilium_networking.kinds import RELEASES

# A go that writes down each call, and makes a program whose text is that of the main. What it shall do else stands in
# files beside it, so that a test can change its mind.
GO = """#!/bin/sh
here=$(dirname "$0")
case "$1" in
env) head -n 1 "$here/../VERSION"; exit;;
esac
printf '%s\\n' "$*" >>"$here/calls"
env | grep -E '^(GO|CGO)' | sort >"$here/environment"
if [ "$1" = mod ]; then cat "$here/answer"; grep -qv Error "$here/answer"; exit; fi
while [ "$1" != -o ]; do shift; done
cat main.go >"$2"
if [ -f "$here/then" ]; then . "$here/then"; fi
"""
GO_MOD = "module lab/one\n\ngo 1.25.0\n\nrequire (\n\texample.org/thing v1.34.4\n)\n"
ONE = lab_tools.Program("one", "one", ".", "example.org/thing", ("a/version.v=v{version}", "a/version.m={minor}"))
BUILD = (
    "build -o {new} -mod=readonly -trimpath -buildvcs=false -ldflags=-s -w -X a/version.v=v1.34.4 -X a/version.m=34 ."
)


class Scene:
    """One module with one program, a place for what is made of it, and a go that tells what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.lab = folder / ".lab"
        self.module = folder / "programs" / "one"
        self.go = folder / "go" / "bin"
        self.module.mkdir(parents=True)
        self.go.mkdir(parents=True)
        (self.module / "go.mod").write_text(GO_MOD)
        (self.module / "go.sum").write_text("")
        (self.module / "main.go").write_text("first")
        (self.go / "go").write_text(GO)
        (self.go / "go").chmod(0o755)
        (self.go.parent / "VERSION").write_text("go1.26.1\ntime 2026\n")

    def calls(self) -> list[str]:
        """What go was asked since the last look; its version does not count."""
        log = self.go / "calls"
        text = log.read_text() if log.exists() else ""
        log.unlink(missing_ok=True)
        return [line.replace(str(self.lab / "bin" / ".one.new"), "{new}") for line in text.splitlines()]

    def then(self, commands: str) -> None:
        """What go does after it has written the program."""
        (self.go / "then").write_text(commands)

    def made(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in (self.lab / "bin").iterdir()}


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    scene = Scene(tmp_path)
    monkeypatch.setattr(lab_tools, "MODULES", scene.module.parent)
    monkeypatch.setattr(lab_tools, "LAB", scene.lab)
    monkeypatch.setattr(lab_tools, "PROGRAMS", (ONE,))
    monkeypatch.setattr(lab_tools, "SCHEMAS", ())
    monkeypatch.setenv("PATH", f"{scene.go}:{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return scene


def test_a_second_build_calls_nothing(scene: Scene) -> None:
    """What is up to date is left alone; the version in the program is the one that go.mod requires."""
    assert lab_tools.build() == 0
    assert scene.calls() == [BUILD]
    assert scene.made() == {"one": "first"}
    assert lab_tools.stale() == []
    (scene.go / "go").write_text("#!/bin/sh\necho called >>$(dirname $0)/calls\n")
    assert lab_tools.build() == 0
    assert scene.calls() == []


@pytest.mark.parametrize(
    ("changed", "text", "reason"),
    [
        ("programs/one/main.go", "second", "one is older than its sources"),
        ("programs/one/inner/part.go", "new", "one is older than its sources"),
        ("programs/one/go.sum", "example.org/thing v1.34.4 h1:", "one is older than its sources"),
        ("programs/one/go.mod", GO_MOD.replace("34.4", "34.5"), "one is older than its sources"),
        ("go/VERSION", "go1.26.2\n", "one was built by another Go"),
    ],
)
def test_a_change_builds_again(scene: Scene, tmp_path: Path, changed: str, text: str, reason: str) -> None:
    """A program depends on its sources, its module's pins and the Go that builds it."""
    assert lab_tools.build() == 0
    scene.calls()
    (tmp_path / changed).parent.mkdir(exist_ok=True)
    (tmp_path / changed).write_text(text)
    assert lab_tools.stale() == [reason]
    assert lab_tools.build() == 0
    assert len(scene.calls()) == 1
    assert lab_tools.stale() == []


def test_the_sources_of_another_program_are_not_its_own(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two mains of one module share its pins; a change to one main does not build the other."""
    two = lab_tools.Program("two", "one", "./two", "example.org/thing")
    monkeypatch.setattr(lab_tools, "PROGRAMS", (lab_tools.Program("one", "one", "./one", "example.org/thing"), two))
    for name in ("one", "two"):
        (scene.module / name).mkdir()
        (scene.module / name / "main.go").write_text(name)
    assert lab_tools.build() == 0
    (scene.module / "two" / "main.go").write_text("changed")
    assert lab_tools.stale() == ["two is older than its sources"]


def test_what_is_built_runs_without_go(scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that has the programs and no Go has all that the lab needs."""
    assert lab_tools.build() == 0
    monkeypatch.setenv("PATH", str(tmp_path))
    assert lab_tools.stale() == []
    assert lab_tools.build() == 0
    assert scene.made() == {"one": "first"}


def test_a_failing_build_leaves_the_old_program(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """The program is named with go's last word, nothing half-made stays, and the other programs are built."""
    assert lab_tools.build() == 0
    (scene.module / "main.go").write_text("half")
    scene.then("echo 'go: downloading x' >&2; echo 'one: dial tcp: no route to host' >&2; exit 1")
    capsys.readouterr()
    assert lab_tools.build() == 1
    assert scene.made() == {"one": "first"}
    assert lab_tools.stale() == ["one is older than its sources"]
    said = re.sub(r"\[ *[\d.]+ s\] ", "", capsys.readouterr().err).splitlines()
    assert said == [
        "one: is older than its sources, making it with Go 1.26.1",
        "one: `go build` says: one: dial tcp: no route to host",
        "    all of it: .lab/log/one.log",
        "not built: one",
    ]


def test_an_interrupted_build_leaves_the_old_program(scene: Scene) -> None:
    """Ctrl-C ends go too, and what it had begun is gone."""
    assert lab_tools.build() == 0
    (scene.module / "main.go").write_text("half")
    scene.then("echo $$ >$here/pid; kill -INT $PPID; exec sleep 60")
    with pytest.raises(KeyboardInterrupt):
        lab_tools.build()
    assert scene.made() == {"one": "first"}
    with pytest.raises(ProcessLookupError):
        os.kill(int((scene.go / "pid").read_text()), 0)


def test_one_failure_does_not_hide_the_others(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each program is tried, and the last line names all that failed."""
    names = ("one", "two", "three")
    programs = tuple(lab_tools.Program(name, "one", ".", "example.org/thing") for name in names)
    monkeypatch.setattr(lab_tools, "PROGRAMS", programs)
    scene.then('case "$2" in *two*) exit 0;; *) exit 1;; esac')
    assert lab_tools.build() == 1
    assert scene.made() == {"two": "first"}
    assert capsys.readouterr().err.splitlines()[-1] == "not built: one, three"


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("go1.24.6", "go is 1.24.6, older than 1.25.0, which one/go.mod asks for"),
        ("go1.9", "go is 1.9, older than 1.25.0, which one/go.mod asks for"),
        ("", "`go env GOVERSION` says: nothing"),
    ],
)
def test_an_old_go_is_said(scene: Scene, capsys: pytest.CaptureFixture[str], version: str, reason: str) -> None:
    """Nothing is built by a Go that is too old, and the reader learns which one is needed and where it is had."""
    (scene.go.parent / "VERSION").write_text(f"{version}\ntime 2020\n")
    assert lab_tools.build() == 1
    assert scene.calls() == []
    assert capsys.readouterr().err == f"{reason}\n    {lab_tools.GO_REMEDY}\n"


def test_a_missing_go_is_said(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without Go nothing is begun."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert lab_tools.build() == 1
    assert capsys.readouterr().err == f"go is not on PATH\n    {lab_tools.GO_REMEDY}\n"
    assert not scene.lab.exists()


def test_the_callers_go_settings_change_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flags, targets and workspaces of the caller do not reach the build; the place of modules does."""
    settings = {
        "GOFLAGS": "-mod=vendor -tags=x",
        "GOOS": "plan9",
        "GOARCH": "arm",
        "GOWORK": "/x",
        "GOTOOLCHAIN": "auto",
    }
    for name, value in {**settings, "GOPROXY": "off", "CGO_ENABLED": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GOMODCACHE", raising=False)
    assert lab_tools.build() == 0
    told = dict(line.split("=", 1) for line in (scene.go / "environment").read_text().splitlines())
    ours = {"GOFLAGS": "-mod=readonly", "GOWORK": "off", "GO111MODULE": "on", "GOTOOLCHAIN": "local"}
    for name, value in {**ours, "CGO_ENABLED": "0", "GOPROXY": "off"}.items():
        assert told[name] == value
    assert {"GOOS", "GOARCH"} & told.keys() == set()


def test_a_full_disk_is_said(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """Whether go or we met it: the reader learns that the disk is full and what fills it."""
    scene.then("echo 'write x: no space left on device' >&2; exit 1")
    assert lab_tools.build() == 1
    assert f"\n    {lab_tools._FULL}\n" in capsys.readouterr().err


def test_our_own_full_disk_is_said(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stamp that cannot be written is told in the same words, and is no traceback."""

    def full(_row: lab_tools.Row) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(lab_tools, "_make", full)
    assert lab_tools.main(["build"]) == 1
    assert capsys.readouterr().err.endswith(f"No space left on device\n    {lab_tools._FULL}\n")
    assert not (scene.lab / "stamps" / "one").exists()


def test_a_second_builder_waits(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one build runs another says that it waits, and goes on when the first is done."""
    said: queue.Queue[str] = queue.Queue()
    monkeypatch.setattr(lab_tools, "_say", said.put)
    scene.lab.mkdir()
    with (scene.lab / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = threading.Thread(target=lab_tools.build)
        second.start()
        assert said.get(timeout=60) == "another build runs; this one waits for it"
        assert scene.calls() == []
    second.join(60)
    assert scene.made() == {"one": "first"}


def cilium(scene: Scene, monkeypatch: pytest.MonkeyPatch, told: str) -> Path:
    """A Cilium of which one release has two CRDs, whose sum is said to be `told`."""
    source = scene.go.parent / "cilium"
    for version, name in (("v2", "pools"), ("v2alpha1", "policies")):
        folder = source / "pkg/k8s/apis/cilium.io/client/crds" / version
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.yaml").write_text(f"kind: {name}\n")
    (scene.go / "answer").write_text(json.dumps({"Dir": str(source), "Sum": told}))
    monkeypatch.setattr(lab_tools, "PROGRAMS", (ONE,))
    monkeypatch.setattr(lab_tools, "SCHEMAS", (lab_tools.Schemas("1.17.1", "h1:right="),))
    return source


def test_the_crds_of_a_release_are_laid_out(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """All CRDs of a release lie in the folder of its minor, and are taken once."""
    cilium(scene, monkeypatch, "h1:right=")
    for expected in (["mod download -json github.com/cilium/cilium@v1.17.1"], []):
        assert lab_tools.build(["crds-1.17"]) == 0
        assert scene.calls() == expected
    texts = {path.name: path.read_text() for path in lab_tools.crds("1.17").iterdir()}
    assert texts == {"pools.yaml": "kind: pools\n", "policies.yaml": "kind: policies\n"}
    assert [path.name for path in (scene.lab / "crds").iterdir()] == ["1.17"]


def test_another_sum_is_refused(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A module that is not the pinned one gives nothing."""
    cilium(scene, monkeypatch, "h1:wrong=")
    assert lab_tools.build(["crds-1.17"]) == 1
    assert (
        "the sum of github.com/cilium/cilium v1.17.1 is h1:wrong=, and h1:right= is pinned" in capsys.readouterr().err
    )
    assert list((scene.lab / "crds").iterdir()) == []


def test_a_module_that_cannot_be_had_is_said(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where go answers in JSON its reason is told all the same."""
    cilium(scene, monkeypatch, "")
    (scene.go / "answer").write_text(json.dumps({"Error": "dial tcp: no route to host"}))
    assert lab_tools.build(["crds-1.17"]) == 1
    assert "crds-1.17: `go mod` says: dial tcp: no route to host\n" in capsys.readouterr().err


def test_an_unknown_name_is_answered_with_the_known_ones(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped program is a usage error."""
    assert lab_tools.main(["build", "won"]) == 2
    assert capsys.readouterr().err == "no such program: won; there are one\n"
    assert scene.calls() == []


def test_list_and_clean(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """`list` says what is there, and `clean` leaves nothing of it."""
    assert lab_tools.main(["list"]) == 0
    assert lab_tools.main(["build"]) == 0
    assert lab_tools.main(["list"]) == 0
    assert capsys.readouterr().out == "one: is not built\none: up to date, 0 MB\n"
    assert lab_tools.main(["clean"]) == 0
    assert not scene.lab.exists()


def test_the_pins_agree() -> None:
    """The schemas are of releases that are rendered for, and the newest are those of the operator's own module."""
    assert [row.minor for row in lab_tools.SCHEMAS if row.minor in RELEASES] == ["1.16", "1.17", "1.18", "1.19"]
    newest = lab_tools.SCHEMAS[-1]
    assert newest.release == lab_tools._pinned("cilium", "github.com/cilium/cilium")
    pins = (lab_tools.MODULES / "cilium" / "go.sum").read_text().splitlines()
    assert f"github.com/cilium/cilium v{newest.release} {newest.sum}" in pins


def test_the_server_is_told_its_version() -> None:
    """The API server calls itself by the release of its module, in the three forms that clients ask for."""
    server = next(row for row in lab_tools.PROGRAMS if row.name == "kube-apiserver")
    version = lab_tools._pinned("apiserver", "k8s.io/kubernetes")
    major, minor, _ = version.split(".")
    place = "-X k8s.io/component-base/version"
    linker = f"-ldflags=-s -w {place}.gitVersion=v{version} {place}.gitMajor={major} {place}.gitMinor={minor}"
    assert linker in lab_tools._arguments(server)
