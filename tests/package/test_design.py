"""The worked example of docs/design.md is what happens."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from cilium_networking.function import run

DESIGN = Path(__file__).resolve().parents[2] / "docs" / "design.md"


def test_the_worked_example() -> None:
    """The ResourceList of the page gives the page's difference, and on its own output a second run adds nothing."""
    page = DESIGN.read_text()
    [stdin] = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    [difference] = re.findall(r"^```diff\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    answer = run(stdin.encode())
    assert (answer.stderr, answer.code) == ("", 0)
    lines = stdin.splitlines(keepends=True), answer.stdout.splitlines(keepends=True)
    assert "".join(difflib.unified_diff(*lines, "stdin", "stdout", n=0)) == difference
    assert run(answer.stdout.encode()) == answer


def test_every_room_is_told() -> None:
    """The page's table has every room of the source, and no other."""
    rooms = {path.stem for path in (DESIGN.parents[1] / "fn" / "cilium_networking").iterdir() if path.stem[0] != "_"}
    table = DESIGN.read_text().partition("## The rooms\n")[2].partition("\n## ")[0]
    told = {
        name
        for row in re.findall(r"^\| [^|]* \| ([^|]*) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    assert told == rooms - {"py"}
