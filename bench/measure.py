"""Time and memory of whole processes, taken in turns.

Why: what a person waits for is the process, interpreter start and all. `wait4` gives the kernel's own account of one
child: wall time around it, and the peak of its resident memory. Commands that are compared run alternately, so that a
busy moment of the machine hits all of them; the median of the rounds is what counts. A first round, which fills the
page cache and the byte code cache, is thrown away.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: `ru_maxrss` is in KiB on Linux (getrusage(2)).
_KIB = 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process: wall seconds, peak resident bytes."""

    seconds: float
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
    with tempfile.TemporaryFile() as errors:
        stdin = os.open(command.stdin or os.devnull, os.O_RDONLY)
        stdout = os.open(output or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        started = time.perf_counter()
        child = os.posix_spawnp(
            command.argv[0],
            command.argv,
            {**os.environ, **(command.environment or {})},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, stdin, 0),
                (os.POSIX_SPAWN_DUP2, stdout, 1),
                (os.POSIX_SPAWN_DUP2, errors.fileno(), 2),
            ],
        )
        _, status, usage = os.wait4(child, 0)
        seconds = time.perf_counter() - started
        os.close(stdin)
        os.close(stdout)
        if status:
            errors.seek(0)
            said = errors.read().decode(errors="replace")[-2000:]
            raise CommandError(f"{command.name}: exit {os.waitstatus_to_exitcode(status)}\n{said}")
    return Cost(seconds, usage.ru_maxrss * _KIB)


def in_turns(commands: Sequence[Command], rounds: int) -> dict[str, Cost]:
    """The median cost of each command by its name."""
    taken: dict[str, list[Cost]] = {command.name: [] for command in commands}
    for number in range(rounds + 1):
        for command in commands:
            cost = once(command)
            if number:
                taken[command.name].append(cost)
    return {
        name: Cost(statistics.median(cost.seconds for cost in costs), int(statistics.median(c.peak for c in costs)))
        for name, costs in taken.items()
    }
