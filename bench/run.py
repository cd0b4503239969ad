"""Measure our function beside its peer in one run, print ratios, and with --write keep them in docs/benchmarks.md.

Usage: python bench/run.py --peer EXECUTABLE|IMAGE [--peer-image IMAGE] [--rounds N] [--only SCENE] [--quick] [--write]

The peer is the Go function apply-setters of the public repository kptdev/krm-functions-catalog. It is not part of this
repository: build it with Go from functions/go/apply-setters and name the program here.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "fn"))

import yaml

import scenes
from scenes import MissingError, Row, Setting

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"

Scene = Callable[[Setting, Path], Iterator[Row]]

#: The order of the page. A scene's heading, the rows under it.
SCENES: Sequence[tuple[str, Scene]] = (
    ("The same result", scenes.same_outcome),
    ("Setters in long lists", scenes.substitution),
    ("Growth", scenes.growth),
    ("Start", scenes.start),
    ("Validate", scenes.validate),
    ("In a container", scenes.containers),
    ("The image", scenes.sizes),
)

METHOD = """\
# Benchmarks

Printed by `make bench` (`python bench/run.py --peer EXECUTABLE --write`), never edited by hand. A ratio below 1 means
that ours takes less. `limit` is the largest ratio that the project accepts.

**Method.** Each figure is one whole process, from start to exit, its input a file, its output thrown away: wall time
around it and the peak of resident memory that the kernel reports for it. Commands that are compared run in turns;
after one round that is thrown away the median counts. Each table is of one run, and not all of the same: another load
of the machine moves the figures of a table, and its ratios little. The lists are those that kpt 1.0.0-beta.56 sends,
with kpt's annotations (`bench/inputs.py`); each resource has one field with a setter comment, and its value changes.
*Validate* judges a directory with all rules (`bench/estate.py`; nothing is wrong in it, so that every rule looks at
all of it), and its times are those of a processor, the process's own and the kernel's for it.
*One shape*: all are pools. *Mixed shapes*: eight layouts in turn, with flow mappings, literals, quotes and comments.

**The peer** is apply-setters, the Go function that does the same work. It is not in this repository: clone
`kptdev/krm-functions-catalog`, run `go build` in `functions/go/apply-setters` and name the program with `--peer`. The
container scene wants an image of it too (`--peer-image`): that program alone, `FROM scratch`, with a `nobody` line in
`/etc/passwd`.
"""


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table that is as readable in a terminal."""
    lines = [("", "ours", "beside", "ratio", "limit")]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        limit = "" if row.limit is None else f"{row.limit:.2f}{'' if within(row) else ' **missed**'}"
        lines.append((row.what, row.ours, row.other, ratio, limit))
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    shown = [f"| {' | '.join(line)} |" for line in padded]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([shown[0], rule, *shown[1:]]) + "\n"


def within(row: Row) -> bool:
    """Whether the row keeps its limit."""
    return row.limit is None or row.ratio is None or row.ratio <= row.limit


def machine() -> str:
    """What the figures were taken on, as far as it explains them."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    library = "with libyaml" if getattr(yaml, "__with_libyaml__", False) else "without libyaml"
    where = f"{os.cpu_count()} cores, {platform.machine()}"
    return f"**Machine.** {where}, {python}, PyYAML {yaml.__version__} {library}.\n"


def _section(heading: str, text: str) -> str:
    return f"## {heading}\n\n{text}"


def _written(page: str) -> dict[str, str]:
    """The tables of a page by their headings."""
    _, *sections = page.split("\n## ")
    parts = (section.partition("\n\n") for section in sections)
    return {heading: text.rstrip("\n") + "\n" for heading, _, text in parts}


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Measure our function beside its peer.")
    parser.add_argument("--peer", metavar="EXECUTABLE|IMAGE", help="the peer's program, or an image of it")
    parser.add_argument("--peer-image", metavar="IMAGE", help="the peer's image, for the container scene")
    parser.add_argument("--rounds", type=int, default=5, help="how often each command is measured (default 5)")
    parser.add_argument("--only", metavar="SCENE", help="measure one scene, by its heading; the page keeps the others")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything: to see that it works")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    given = parser.parse_args(argv)
    if given.quick:
        setting = Setting(given.peer, given.peer_image, min(2, given.rounds), 1_000, (100, 1_000, 10_000), 5_000)
    else:
        setting = Setting(given.peer, given.peer_image, given.rounds, 10_000, (1_000, 10_000, 100_000), 50_000)

    tables = _written(PAGE.read_text()) if given.only and PAGE.exists() else {}
    missed = []
    with scenes.temporary() as folder:
        for heading, scene in SCENES:
            if given.only and heading.lower() != given.only.lower():
                continue
            sys.stderr.write(f"bench: {heading.lower()} …\n")
            try:
                rows = list(scene(setting, Path(folder)))
                missed += [row.what for row in rows if not within(row)]
                tables[heading] = table(rows)
            except MissingError as missing:
                tables[heading] = f"Not measured: it needs {missing}.\n"
            sys.stdout.write(_section(heading, tables[heading]) + "\n")
            sys.stdout.flush()
    if given.write:
        sections = [_section(heading, tables[heading]) for heading, _ in SCENES if heading in tables]
        PAGE.write_text("\n".join([METHOD, machine(), *sections]))
    for what in missed:
        sys.stderr.write(f"bench: over its limit: {what}\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
