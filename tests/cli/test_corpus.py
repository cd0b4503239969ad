"""Files that other people keep in their repositories: without settings, every byte stays, whatever they hold."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cilium_networking.cli import main

# Third-party files, read where they stand beside the project; `tests/golden` and `tests/lossless` hold the same law.
_CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"


if _CORPUS.exists():

    @pytest.mark.parametrize("file", sorted(_CORPUS.iterdir()), ids=lambda file: str(file.name))
    def test_a_file_without_settings_keeps_every_byte(file: Path, tmp_path: Path) -> None:
        """`render` of a package with that one file changes nothing, makes nothing and exits 0."""
        shutil.copy(file, tmp_path)
        assert main(["render", str(tmp_path)]) == 0
        assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(file.name, file.read_bytes())]
