"""What is written where: data to stdout, talk to stderr, colour and progress only where a person is looking.

Data leaves as UTF-8 whatever the locale says: a diff is bytes of files. A reader that goes away (``| head``) is no
error of anybody's.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from typing import Final, TextIO

#: Seconds before a step is worth a word.
_PATIENCE: Final = 1.0


def put(text: str, *, errors: str = "backslashreplace") -> None:
    """Data to stdout. ``surrogateescape`` keeps the bytes of odd file names; the default shows them as text."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", errors))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # What the interpreter flushes at its end must find an open door.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str) -> None:
    """Talk to stderr."""
    sys.stderr.write(text.encode("utf-8", "backslashreplace").decode())


def has_color(stream: TextIO) -> bool:
    """Whether a stream takes colour: a terminal, unless NO_COLOR (no-color.org) is set or it is a dumb one."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def number(count: int, word: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{count} {word}{'' if count == 1 else 's'}"


@contextlib.contextmanager
def progress(words: str) -> Iterator[None]:
    """Say what takes so long, on a terminal, from the first second on; leaves no trace."""
    if not sys.stderr.isatty():
        yield
        return
    import threading

    done = threading.Event()
    start = time.monotonic()

    def tell() -> None:
        while not done.wait(_PATIENCE):
            sys.stderr.write(f"\r{words}: {time.monotonic() - start:.0f} s\x1b[K")
            sys.stderr.flush()

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        if time.monotonic() - start >= _PATIENCE:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
