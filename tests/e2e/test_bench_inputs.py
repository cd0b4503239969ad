"""The lists of the benchmarks are those that kpt sends, byte for byte."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

_KPTS_OWN = re.compile(
    r"^    (internal\.config\.kubernetes\.io|config\.kubernetes\.io|config\.k8s\.io)/.*\n", re.MULTILINE
)
_EMPTY = re.compile(r"^  annotations:\n(?!    )", re.MULTILINE)


def _as_file(item: str) -> str:
    """An item of a list as the file that kpt would read it from."""
    text = item.replace("- ", "  ", 1)
    lines = [line.removeprefix("  ") for line in text.splitlines(keepends=True)]
    return _EMPTY.sub("", _KPTS_OWN.sub("", "".join(lines)))


@pytest.mark.needs("kpt")
@pytest.mark.parametrize("shape", ["one shape", "mixed shapes"])
def test_inputs_are_what_kpt_sends(shape: str, run: Run, root: Path, tmp_path: Path) -> None:
    """kpt gives a function exactly the bytes that `bench/inputs.py` makes of the same resources and setters."""
    code = (
        "import json, sys, inputs; shape = sys.argv[1]; "
        "json.dump([list(inputs.items(shape, 40)), inputs.resource_list(shape, 40), inputs.setters(shape)], sys.stdout)"
    )
    made = json.loads(run("env", f"PYTHONPATH={root / 'bench'}", sys.executable, "-c", code, shape).stdout)
    items, expected, setters = made
    package = tmp_path / "package"
    (package / "site").mkdir(parents=True)
    for serial, item in enumerate(items):
        (package / "site" / f"resource-{serial:06d}.yaml").write_text(_as_file(item))
    tee = tmp_path / "tee.sh"
    tee.write_text('#!/bin/sh\nexec tee "$(dirname "$0")/sent.yaml"\n')
    tee.chmod(0o755)
    run("kpt", "fn", "eval", package, "--exec", tee, "--", *(f"{name}={value}" for name, value in setters.items()))
    assert (tmp_path / "sent.yaml").read_text() == expected
