"""docs/lab.md: its example runs as it is printed, and its table has every file of tests."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from lab import Lab, read_scenario

HERE = Path(__file__).resolve().parent
PAGE = (HERE.parents[1] / "docs" / "lab.md").read_text()


@pytest.mark.needs("lab", "kpt", "kubectl")
def test_the_example() -> None:
    """The scenario of the page comes up, and its test passes."""
    [source] = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    example: dict[str, Any] = {}
    exec(compile(source, "docs/lab.md", "exec"), example)  # noqa: S102 - our own page
    with Lab(read_scenario(example["STORY"])) as lab:
        example["test_only_what_is_public_is_advertised"](lab)


def test_every_file_is_told() -> None:
    """Every file of tests here is named under "What it proves", and no other."""
    told = re.findall(r"`(test_\w+\.py)`", PAGE.partition("## What it proves\n")[2])
    assert sorted(told) == sorted(path.name for path in HERE.glob("test_*.py"))
