"""Files that other people keep in their repositories: every byte stays, and nothing new is said of them unnoticed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Final, get_args

import pytest

from beside import CORPUS_FILES
from cilium_networking.cli import main
from cilium_networking.resources import Severity
from cilium_networking.rules import EVERY

from .conftest import Call

#: What `validate` says of each file by itself: a rule and how grave it is, each once. One that is not here is silent.
_SAID: Final = Path(__file__).with_name("corpus.txt")


def _golden() -> dict[str, list[str]]:
    lines = (line.partition(": ") for line in _SAID.read_text(encoding="utf-8").splitlines())
    return {name: said.split(", ") for name, _, said in lines}


def test_the_golden_list_is_of_our_rules() -> None:
    """Each line names rules that there are, with words for how grave they are, in the order in which they are said."""
    known = {f"{name} {severity}" for name in ("file", *(rule.id for rule in EVERY)) for severity in get_args(Severity)}
    for said in _golden().values():
        assert said == sorted(said)
        assert set(said) <= known or said == ["unreadable"]


if CORPUS_FILES:

    def test_files_of_the_golden_list() -> None:
        """Every file of the list is here, so that none of its lines is kept for nothing."""
        assert set(_golden()) <= {file.name for file in CORPUS_FILES}

    @pytest.mark.parametrize("file", CORPUS_FILES, ids=lambda file: str(file.name))
    def test_a_file_without_settings_keeps_every_byte(file: Path, tmp_path: Path) -> None:
        """`render` of a package with that one file changes nothing, makes nothing and exits 0."""
        shutil.copy(file, tmp_path)
        assert main(["render", str(tmp_path)]) == 0
        assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(file.name, file.read_bytes())]

    @pytest.mark.parametrize("file", CORPUS_FILES, ids=lambda file: str(file.name))
    def test_what_is_said_of_a_file(file: Path, call: Call) -> None:
        """A rule that begins to speak of what people really write, or falls silent, is a change that somebody reads."""
        called = call("validate", str(file), "--format", "json")
        said = ["unreadable"]
        if called.code != 2:
            found = json.loads(called.out)["findings"]
            said = sorted({f"{one['rule'] or 'file'} {one['severity']}" for one in found})
        assert said == _golden().get(file.name, [])
