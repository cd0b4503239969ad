"""What may stand beside the project: files of other people, which are read there and are no part of it.

Nothing here needs them, under CI=true neither: a test about them is made for the files that are there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

SHARED: Final = Path(__file__).resolve().parents[2] / "shared"
CORPUS: Final = SHARED / "corpus"
#: What people keep in their repositories; the list of what is wrong with each is no such file.
CORPUS_FILES: Final = tuple(sorted(CORPUS.glob("[0-9]*")))
