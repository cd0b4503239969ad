"""One program of a lab: started with a log of its own, watched, and ended.

Promises: a part that ends on its own is noticed at the next look and named, with the end of its log. Ending a lab ends
the whole process group of every part, first politely. A part dies with the process that started it, also when that one
is killed and can clean up nothing.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

#: Seconds that a program gets to end after SIGTERM.
_PATIENCE: Final = 5
#: Lines of a log that a failure shows.
_TAIL: Final = 15

#: How Go's runtime and its loggers begin the line in which a program says why it ends.
_GIVES_UP: Final = re.compile(r'^panic: |"level":"(?:panic|fatal)"|level=fatal|^[EF]\d{4} .*(?:fatal|panic)')


class PartDiedError(AssertionError):
    """A part of the lab ended while it was needed; the text names it and shows the end of its log."""


class Part:
    """A running program. `name` is what a failure calls it; `log` holds stdout and stderr, or only stderr."""

    def __init__(
        self, name: str, command: Sequence[str], log: Path, *, output: Path | None = None, cwd: Path | None = None
    ) -> None:
        self.name = name
        self.log = log
        self._ending = False
        # A program whose parent is gone is ended by the kernel. One that changes its user is left to lab.leftovers.
        guard = ["setpriv", "--pdeathsig", "KILL", "--"]
        with contextlib.ExitStack() as files:
            errors = files.enter_context(log.open("ab"))
            sink = files.enter_context(output.open("ab")) if output else errors
            self._process = subprocess.Popen(
                [*guard, *command],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=errors,
                cwd=cwd,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def check(self) -> None:
        """Raises `PartDiedError` when the program ended and nobody asked it to."""
        if not self._ending and not self.running:
            code = self._process.returncode
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
            raise PartDiedError(f"{self.name} {how}; the end of {self.log}:\n{self.tail()}")

    def tail(self) -> str:
        """The end of its log, behind the line in which it gave up if that is earlier: Go prints its stack last."""
        lines = self.log.read_text(errors="replace").splitlines()
        reason = next((line for line in lines[:-_TAIL] if _GIVES_UP.search(line)), None)
        return "\n".join([*([reason, "…"] if reason else []), *lines[-_TAIL:]])

    def stop(self) -> None:
        """End it as a service manager does: SIGTERM, and SIGKILL to what does not heed it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Let it hang: it lives, keeps its connections, and does nothing until `resume`."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.killpg(self._process.pid, signal.SIGCONT)

    def _end(self, first: signal.Signals) -> None:
        self._ending = True
        for sign in (first, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, sign)
            try:
                self._process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                continue
            break
        # Children of the program that outlived it are in its group still.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
