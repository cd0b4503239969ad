"""The completion scripts, run by the shells that they are for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cilium_networking.cli.commands import COMMANDS, FORMATS, SHELLS
from cilium_networking.cli.completion import script
from cilium_networking.kinds import KINDS, RELEASES
from cilium_networking.report import FORMATS as WRITTEN
from cilium_networking.rules import RULES
from cilium_networking.settings import BY_NAME

VERBS = [verb.name for verb in COMMANDS]
RENDER = ["--config", "--set", "--adopt", "--diff", "--check", "--output", "--format", "--verbose", "--help"]

#: What is typed before the key is pressed, and what is offered.
TYPED = [
    ("", VERBS),
    ("r", ["render"]),
    ("render --", RENDER),
    ("render --fo", ["--format"]),
    ("validate --co", ["--config"]),
    ("validate --cl", ["--cluster"]),
    ("validate --cluster a po", ["pool.yaml"]),
    ("validate --release ", list(RELEASES)),
    ("validate --inventory po", ["pool.yaml"]),
    ("validate --values po", ["pool.yaml"]),
    ("validate --fi", ["--fix"]),
    ("render --format ", list(FORMATS)),
    ("render --format s", ["sarif"]),
    ("render --set bgp-l", ["bgp-local-asn="]),
    ("render --set ", [f"{name}=" for name in BY_NAME]),
    ("explain CN5", [rule for rule in RULES if rule.startswith("CN5")]),
    ("explain CiliumBGPP", ["CiliumBGPPeerConfig", "CiliumBGPPeeringPolicy"]),
    ("explain lb-pool-m", ["lb-pool-min", "lb-pool-max"]),
    ("completion ", list(SHELLS)),
    ("docs --only s", ["setters", "schema"]),
    ("render po", ["pool.yaml"]),
    ("render --config po", ["pool.yaml"]),
    ("render --output f", ["folder"]),
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current directory with a file and a folder in it, and the scripts."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pool.yaml").touch()
    (tmp_path / "folder").mkdir()
    for shell in SHELLS:
        (tmp_path / f"script.{shell}").write_text(script(shell))
    return tmp_path


def _said(*command: str) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("typed", "offered"), [*TYPED, ("render --format=j", ["json"]), ("render --format=", list(FORMATS))]
)
def test_bash(here: Path, typed: str, offered: list[str]) -> None:
    """bash offers what the table of commands has, also behind an `=`, which is a word of its own there."""
    words = f"cilium-networking {typed}".replace("=", " = ").split(" ")
    if typed.endswith("="):
        words.pop()
    quoted = " ".join(f"'{word}'" for word in words)
    call = (
        f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _cilium_networking; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    assert sorted(_said("bash", "-c", f"set -u; source {here}/script.bash; {call}")) == sorted(offered)


@pytest.mark.needs("fish")
@pytest.mark.parametrize(("typed", "offered"), [*TYPED, ("render --format=j", ["--format=json"])])
def test_fish(here: Path, typed: str, offered: list[str]) -> None:
    """fish offers the same, with the words of the table beside it."""
    lines = _said("fish", "--no-config", "-c", f"source {here}/script.fish; complete -C 'cilium-networking {typed}'")
    found = [line.split("\t")[0].rstrip("/") for line in lines]
    assert sorted(found) == sorted(offered)


# compadd, _describe and _files work only while a key is being handled: here they say what they were given.
_ZSH = """\
compdef() { }
compset() { PREFIX=${PREFIX#*=} }
compadd() {
  local after=
  if [[ $1 == -S ]]; then after=$2; shift 2; fi
  shift
  local word
  for word in "$@"; do [[ $word == ${PREFIX}* ]] && print -r -- $word$after; done
  return 0
}
_describe() {
  local word
  for word in ${(P)@[-1]}; do [[ $word == ${PREFIX}* ]] && print -r -- ${word%%:*}; done
  return 0
}
_files() {
  local name
  for name in *; do [[ $name == ${PREFIX}* && ($1 != -/ || -d $name) ]] && print -r -- $name; done
  return 0
}
"""


@pytest.mark.needs("zsh")
@pytest.mark.parametrize(("typed", "offered"), [*TYPED, ("render --format=j", ["json"])])
def test_zsh(here: Path, typed: str, offered: list[str]) -> None:
    """zsh offers the same."""
    words = f"cilium-networking {typed}".split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    call = f"words=({quoted}); CURRENT={len(words)}; PREFIX='{words[-1]}'; _cilium_networking"
    (here / "stubs.zsh").write_text(_ZSH)
    lines = _said("zsh", "-f", "-c", f"source {here}/stubs.zsh; source {here}/script.zsh; {call}")
    assert sorted(lines) == sorted(offered)


def test_the_table_names_what_there_is() -> None:
    """The formats that are offered are those that are written, and `explain` completes every kind."""
    assert tuple(WRITTEN) == FORMATS
    assert all(kind in script("bash") for kind in KINDS)
