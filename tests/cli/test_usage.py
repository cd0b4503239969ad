"""What the command says when it is called wrongly, and how it behaves at the edges of a process."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cilium_networking import __version__
from cilium_networking.cli import main

from .conftest import POOL, Call, Called

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "fn"), "PYTHONDONTWRITEBYTECODE": "1"}

#: Long words of the texts below.
SHORT = {
    "{}": "[OPTION...]",
    "{cn}": "cilium-networking",
    "{shells}": "`completion bash`, `completion zsh`, `completion fish`",
}


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ("rendr", "there is no verb `rendr`; did you mean `render`?"),
        ("zzz", "there is no verb `zzz`; `cilium-networking --help` says what there is"),
        ("--hepl", "there is no option `--hepl`; `cilium-networking --help` says what there is"),
        ("render net --fromat json", "`render` has no option `--fromat`; did you mean `--format`?"),
        ("validate net --check", "`validate` has no option `--check`; `cilium-networking --help` says what there is"),
        ("validate net --diff", "`--diff` shows what `--fix` would write; give `--fix --diff`"),
        (
            "validate net --fix --diff --format sarif",
            "`--format sarif` has no place for `--diff`; give `--format json`",
        ),
        (
            "validate net --fix --release 1.18 --release 1.19",
            "`--fix` mends for one release: give one `--release`, or none",
        ),
        (
            "validate net net --fix",
            "`--fix` writes each file once: give no PATH that lies in another, or belongs to two clusters",
        ),
        (
            "validate --cluster a net --cluster b net/pool.yaml --fix",
            "`--fix` writes each file once: give no PATH that lies in another, or belongs to two clusters",
        ),
        (
            "validate net --cluster a",
            "no PATH stands behind `--cluster a`; those of it follow it: `--cluster a PATH...`",
        ),
        (
            "validate --cluster a --cluster b net",
            "no PATH stands behind `--cluster a`; those of it follow it: `--cluster a PATH...`",
        ),
        (
            "validate --cluster a net --cluster a net",
            "`--cluster a` is given twice; put all of its PATHs behind one",
        ),
        ("validate --cluster= net", "`--cluster` is empty; give it a NAME"),
        ("validate net --values nope.yaml", "`--values nope.yaml` is no file; give one with Helm values"),
        (
            "validate net --values net/pool.yaml",
            "`--values net/pool.yaml` holds a CiliumLoadBalancerIPPool; it has to be the values of Cilium's chart",
        ),
        ("validate net --values net/README.md", "`--values net/README.md`, line 1: holds nothing"),
        (
            "validate net --values a --values b",
            (
                "there are 1 PATH and 2 of `--values`: give one for each PATH, in their order, "
                "or keep them in the packages"
            ),
        ),
        (
            "validate --cluster a net nat",
            "`nat` does not exist; give the directory of a package, or one of its files",
        ),
        (
            "validate --cluster a net net/pool.yaml --inventory i.yaml --inventory j.yaml",
            (
                "there are 1 cluster and 2 of `--inventory`: give one for each cluster, in their order, "
                "or keep them in the packages"
            ),
        ),
        (
            "validate net --release 1.9",
            "`--release 1.9` is none that this version knows: 1.15, 1.16, 1.17, 1.18, 1.19, 1.20",
        ),
        ("validate net --release=", "`--release` is empty; give it a RELEASE"),
        (
            "validate net net/pool.yaml --inventory i.yaml",
            (
                "there are 2 PATHs and 1 of `--inventory`: give one for each PATH, in their order, "
                "or keep them in the packages"
            ),
        ),
        (
            "validate net --inventory nope.yaml",
            "`--inventory nope.yaml` does not exist; give a file with a NetworkInventory",
        ),
        ("validate net --inventory net", "`--inventory net` is a directory; give a file with a NetworkInventory"),
        (
            "validate net --inventory net/README.md",
            "`--inventory net/README.md` holds no Kubernetes object; it has to be one NetworkInventory",
        ),
        (
            "validate net --inventory net/pool.yaml",
            "`--inventory net/pool.yaml` holds a CiliumLoadBalancerIPPool; it has to be a NetworkInventory",
        ),
        (
            "render net --format jsn",
            "`render --format` takes no `jsn`; did you mean `json`? (there are: text, json, github, sarif)",
        ),
        ("render net --format", "`--format` needs a value: `--format FORMAT`"),
        ("render net --config --diff", "`--config` needs a value: `--config FILE`"),
        ("render net --diff=yes", "`--diff` takes no value; give `--diff` alone, or leave it out"),
        ("render net --format=json --format=text", "`--format` is given 2 times; keep one of them"),
        ("render net --config=", "`--config` is empty; give it a FILE"),
        (
            "render",
            "`render` needs a path: the directory of a package, or one of its files: `{cn} render PATH {}`",
        ),
        (
            "render net other",
            "`render` takes one PATH; `other` is one too many: `cilium-networking render PATH {}`",
        ),
        ("docs now", "`docs` takes no arguments; `now` is one too many: `cilium-networking docs {}`"),
        ("render net --set a", "`--set a` names no value; write it as `--set a=VALUE`"),
        ("render net --set =a", "`--set =a` names no value; write it as `--set NAME=VALUE`"),
        (
            "render net --set verb=validate",
            (
                "`--set verb=validate`: `verb` is no setting here; "
                "the verb stands first: `cilium-networking validate PATH`"
            ),
        ),
        ("render net --set adopt=true", "`--set adopt=true`: `adopt` is no setting here; say `--adopt`"),
        ("render net --output out --check", "`--output` writes and `--check` does not; give one of them"),
        ("render net --output out --diff", "`--output` writes and `--diff` does not; give one of them"),
        (
            "render net --diff --format sarif",
            "`--format sarif` has no place for `--diff`; give `--format json`, or `--check`",
        ),
        ("render nat", "`nat` does not exist; give the directory of a package, or one of its files"),
        (
            "render net --config nope.yaml",
            "`--config nope.yaml` does not exist; give a file with a ConfigMap or a CiliumNetworking",
        ),
        (
            "render net --config net",
            "`--config net` is a directory; give a file with a ConfigMap or a CiliumNetworking",
        ),
        (
            "render net --config net/README.md",
            "`--config net/README.md` holds no Kubernetes object; it has to be one ConfigMap or CiliumNetworking",
        ),
        ("render /dev/null", "`/dev/null` is neither a directory nor a file; give the directory of a package"),
        ("docs --check --write", "`--check` writes nothing and `--write` does; give one of them"),
        ("docs --check", "`.` is no checkout of this project; name one: `docs --root DIR`"),
        ("completion", "say for which shell: {shells}"),
        (
            "completion bsh",
            "there is no completion for `bsh`; did you mean `bash`?: {shells}",
        ),
        ("explain lb-pool-mim", "nothing here is called `lb-pool-mim`; did you mean `lb-pool-min`?"),
    ],
)
@pytest.mark.usefixtures("package")
def test_a_wrong_call_says_what_to_type(call: Call, argv: str, said: str) -> None:
    """Exit 2, nothing on stdout, and one line with what was meant or what there is."""
    for short, long in SHORT.items():
        said = said.replace(short, long)
    assert call(*argv.split()) == Called(2, "", f"cilium-networking: {said}\n")


def test_input_that_cannot_be_read_is_exit_2(package: Path, call: Call) -> None:
    """A named file, or a config, that is not YAML is no finding: the call cannot be carried out."""
    (package.parent / "t.yaml").write_text("a: {{ b\n")
    for argv in (["render", "t.yaml"], ["validate", "t.yaml"], ["render", "net", "--config", "t.yaml"]):
        called = call(*argv)
        assert (called.code, called.out) == (2, "")
        assert called.err.startswith("cilium-networking: `t.yaml`, line ")
        assert called.err.count("\n") == 1


def test_no_verb_is_help_and_exit_2(call: Call) -> None:
    """Without a verb the help goes to stderr; asked for it is data and exit 0."""
    helped = call("--help")
    assert (helped.code, helped.err) == (0, "")
    assert call() == Called(2, "", helped.out)
    assert call("help") == call("-h") == helped


@pytest.mark.parametrize("verb", ["render", "validate", "explain", "docs", "completion"])
def test_every_verb_has_help(call: Call, verb: str) -> None:
    """`VERB --help` and `help VERB` are the same page."""
    helped = call(verb, "--help")
    assert helped.out.startswith(f"usage: cilium-networking {verb}")
    assert (helped.code, helped.err) == (0, "")
    assert call("help", verb) == helped


def test_version(call: Call) -> None:
    """The version is data."""
    assert call("--version") == Called(0, f"cilium-networking {__version__}\n", "")


def test_what_follows_two_dashes_is_a_path(package: Path, call: Call) -> None:
    """A path may begin with a dash."""
    package.rename(package.parent / "-net")
    assert call("render", "--check", "--", "-net").err.startswith("-net/pool.yaml:11: error: ")


def test_fn_is_the_function(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """`fn` is the function's own door, and imports nothing of the command."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    called = call("fn")
    assert called.code == 1
    assert called.out.startswith("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n")
    script = (
        "import sys; from cilium_networking.cli import main; main(['fn', '--help'])\n"
        "print('cilium_networking.cli.verbs' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\nFalse\n")


def test_ctrl_c_is_one_line(package: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupted run says so in one line, exit 130, and no file is half written."""
    before = (package / "pool.yaml").read_text()

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cilium_networking.cli.rendering.act", interrupt)
    said = "cilium-networking: interrupted; each file is either as it was or written whole\n"
    assert call("render", "net") == Called(130, "", said)
    assert (package / "pool.yaml").read_text() == before


def test_a_bug_is_said_and_costs_nothing(package: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """What should never happen is an error with its place in our code, and nothing is written."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("cilium_networking.function._act", fail)
    called = call("render", "net")
    assert (called.code, called.out) == (1, "")
    assert called.err.startswith(f"error: a bug in cilium-networking {__version__} (RuntimeError at ")
    assert (package / "pool.yaml").read_text() == POOL


@pytest.mark.usefixtures("package")
def test_a_reader_that_goes_away_is_no_error() -> None:
    """`cilium-networking render --diff | head -0` ends quietly."""
    command = [sys.executable, "-m", "cilium_networking", "render", "net", "--diff"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, env=ENVIRONMENT, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def on_a_terminal(*argv: str, **environment: str) -> str:
    """What the command shows a person."""
    host, terminal = pty.openpty()
    plain = {key: value for key, value in ENVIRONMENT.items() if key != "NO_COLOR"}
    process = subprocess.Popen(
        [sys.executable, "-m", "cilium_networking", *argv],
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
        env={**plain, "TERM": "xterm", **environment},
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            read = os.read(host, 65536)
        except OSError:
            break
        if not read:
            break
        shown += read
    process.wait()
    os.close(host)
    # What a busy machine makes the command say of its progress, and wipe away, is another test's matter.
    return re.sub(r"\r[^\r\n]*\x1b\[K", "", shown.decode().replace("\r\n", "\n"))


@pytest.mark.usefixtures("package")
def test_colour_on_a_terminal_only(call: Call) -> None:
    """A person sees colours and a summary; with NO_COLOR the same without colours; a pipe gets neither."""
    shown = on_a_terminal("validate", "net")
    assert "net/pool.yaml:11: \x1b[31merror\x1b[0m: CN503" in shown
    assert shown.endswith("cilium-networking: 3 objects, 1 error\n")
    assert on_a_terminal("validate", "net", NO_COLOR="1") == shown.replace("\x1b[31m", "").replace("\x1b[0m", "")
    assert "\x1b" not in call("validate", "net").out


@pytest.mark.usefixtures("package")
def test_a_summary_for_a_person() -> None:
    """On a terminal `render` ends with one line about what it did."""
    assert on_a_terminal("render", "net", "--output", "out") == "cilium-networking: 1 file changed in out\n"
    assert on_a_terminal("render", "net") == "cilium-networking: 1 file changed\n"
    assert on_a_terminal("render", "net") == "cilium-networking: nothing to change\n"


@pytest.mark.usefixtures("package")
def test_progress_after_a_second_on_a_terminal() -> None:
    """Long work says what it is doing, and wipes that away; elsewhere it says nothing."""
    script = (
        "import sys, time\n"
        "from cilium_networking.cli.terminal import progress\n"
        "with progress('reading net'):\n"
        "    time.sleep(1.3)\n"
    )
    host, terminal = pty.openpty()
    done = subprocess.run([sys.executable, "-c", script], env=ENVIRONMENT, stderr=terminal, check=True)
    assert done.returncode == 0
    os.close(terminal)
    assert os.read(host, 65536) == b"\rreading net: 1 s\x1b[K\r\x1b[K"
    os.close(host)
    piped = subprocess.run([sys.executable, "-c", script], env=ENVIRONMENT, capture_output=True, check=True)
    assert piped.stderr == b""


def test_main_reads_argv(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a list `main` takes what the process was started with."""
    monkeypatch.setattr("sys.argv", ["cilium-networking", "--version"])
    assert main() == 0
    assert capsys.readouterr().out == f"cilium-networking {__version__}\n"
