"""``make demo``: the package of this repository with other settings, rendered into a scratch directory.

Why: whoever clones the project sees in a second what it does, without kpt, Docker or a cluster. The package is copied,
its setters.yaml edited as a person would, and the command run on the copy: what is shown is what it really did. The
repository is only read. Exit 1 when anything is not as it should be.

::

    python3 tools/demo.py [PACKAGE]
"""

from __future__ import annotations

import difflib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cilium_networking.cli import main as command
from cilium_networking.lossless.edit import Put, edit
from cilium_networking.resources import Resource
from cilium_networking.resources.directory import Change, changes, read_directory, write

PACKAGE: Final = Path(__file__).resolve().parents[1] / "packages" / "cilium-networking"

#: What another site might say.
SETTINGS: Final = {
    "cluster-name": "demo-cluster",
    "cluster-id": "7",
    "lb-pool-cidr": "10.90.8.0/24",
    "lb-pool-min": "20",
    "lb-pool-max": "99",
    "vip-pool-disabled": "true",
    "l2-interface-2": "bond0.20",
    "bgp-peer-asn": "65010",
    "node-gateway-ip": "10.80.0.254",
}

#: Kind and name.
Key = tuple[str, str]

_COLORS: Final = {"+": "\x1b[32m", "-": "\x1b[31m"}
_BOLD: Final = "\x1b[1m"
_PLAIN: Final = "\x1b[0m"


def main(arguments: list[str]) -> int:
    """Show it; the exit code."""
    package = Path(arguments[0]) if arguments else PACKAGE
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    scratch = Path(tempfile.mkdtemp(prefix="cilium-networking-demo-")) / package.name
    shutil.copytree(package, scratch)
    print(f"The package {package.name}, copied to {scratch}, with other settings:\n")
    for name, value in SETTINGS.items():
        print(f"  {name}: {value}")
    _give(scratch, SETTINGS)
    print(f"\n$ cilium-networking render {scratch}\n")
    if command(["render", str(scratch)]):
        return 1
    before, after = (_objects(directory) for directory in (package, scratch))
    changed = [key for key in dict.fromkeys((*before, *after)) if _text(before, key) != _text(after, key)]
    shown = [key for key in changed if not (after.get(key) or before[key]).local]
    for key in shown:
        print("\n".join(_painted(_heading(key, before, after), color)))
        print("\n".join(_painted(_difference(_text(before, key), _text(after, key)), color)) + "\n")
    objects = [key for key, one in after.items() if not one.local and one.kind != "Kptfile"]
    names = ", ".join(" ".join(key) for key in shown)
    print(f"{len(shown)} of {len(objects)} objects changed: {names}.")
    # What is changed here is changed rightly, or this says so and fails.
    wrong = command(["validate", str(scratch)]) or command(["render", "--check", str(scratch)])
    if wrong or not shown:
        print("The rendered package is not right.", file=sys.stderr)
        return 1
    print("The result is valid for its Cilium release, and rendering it again changes nothing.")
    print(f"Look at it: {scratch}")
    return 0


def _give(directory: Path, settings: dict[str, str]) -> None:
    """Edit setters.yaml as its owner would."""
    read = read_directory(directory / "setters.yaml")
    edits = [Put(("data", name), value) for name, value in settings.items()]
    edited = [one.with_fragment(edit(one.fragment, *edits)) for one in read.list.resources]
    found: tuple[Change, ...] = changes(read, edited)
    write(directory, found)


def _objects(directory: Path) -> dict[Key, Resource]:
    return {(one.kind, one.name): one for one in read_directory(directory).list.resources}


def _text(objects: dict[Key, Resource], key: Key) -> str:
    return objects[key].fragment.text if key in objects else ""


def _heading(key: Key, before: dict[Key, Resource], after: dict[Key, Resource]) -> Iterator[str]:
    standing = after.get(key) or before[key]
    state = ", new" if key not in before else ", dropped" if key not in after else ""
    yield f"{' '.join(key)} ({standing.file}{state})"


def _difference(before: str, after: str) -> Iterator[str]:
    """The changed lines with one line around them, a gap between places."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm="")
    for number, line in enumerate(lines):
        if number > 2 and line.startswith("@@"):
            yield "    ..."
        elif number > 2:
            yield f"  {line}"


def _painted(lines: Iterator[str], color: bool) -> Iterator[str]:
    for line in lines:
        code = (_BOLD if line[:1] != " " else _COLORS.get(line[2:3])) if color else None
        yield f"{code}{line}{_PLAIN}" if code else line


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
