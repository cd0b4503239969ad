"""Time and memory of whole processes, taken in turns.

Why: what a person waits for is the process, interpreter start and all. `wait4` gives the kernel's own account of one
child: wall time around it, and the peak of its resident memory. Commands that are compared run alternately, so that a
busy moment of the machine hits all of them; the median of the rounds is what counts. A first round, which fills the
page cache and the byte code cache, is thrown away.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: `ru_maxrss` is in KiB on Linux (getrusage(2)).
_KIB = 1024

_SPAWN = Path(__file__).resolve().parent / "spawn.py"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process: wall seconds, seconds of a processor (its own and the kernel's for it), peak resident bytes."""

    seconds: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class Command:
    """What is run: `argv` with the file `stdin` before it, `environment` on top of what is there."""

    name: str
    argv: tuple[str, ...]
    stdin: Path | None = None
    environment: Mapping[str, str] | None = None


class CommandError(Exception):
    """A measured command exited with an error: its time means nothing."""


def once(command: Command, output: Path | None = None) -> Cost:
    """Run `command` to its end, its stdout into `output`; raises CommandError with the end of its stderr."""
    with tempfile.NamedTemporaryFile(mode="r", errors="replace") as errors:
        files = [str(command.stdin or os.devnull), str(output or os.devnull), errors.name]
        told = subprocess.run(
            [sys.executable, "-I", "-S", str(_SPAWN), *files, *command.argv],
            env={**os.environ, **(command.environment or {})},
            capture_output=True,
            encoding="utf-8",
            check=True,
        ).stdout
        code, seconds, cpu, peak = told.split()
        if code != "0":
            raise CommandError(f"{command.name}: exit {code}\n{errors.read()[-2000:]}")
    return Cost(float(seconds), float(cpu), int(peak) * _KIB)


def in_turns(commands: Sequence[Command], rounds: int) -> dict[str, Cost]:
    """The median cost of each command by its name."""
    taken: dict[str, list[Cost]] = {command.name: [] for command in commands}
    for number in range(rounds + 1):
        for command in commands:
            cost = once(command)
            if number:
                taken[command.name].append(cost)
    return {
        name: Cost(
            statistics.median(cost.seconds for cost in costs),
            statistics.median(cost.cpu for cost in costs),
            int(statistics.median(cost.peak for cost in costs)),
        )
        for name, costs in taken.items()
    }
