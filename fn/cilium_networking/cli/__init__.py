"""The command: ``cilium-networking VERB``, file to file, with the same engine as the function.

stdout is data, stderr is talk. Exit 0 is clean, 1 an error among the findings or a difference that ``--check`` found,
never a warning, 2 a wrong call or input that cannot be read, 130 Ctrl-C; ``fn`` knows only 0 and 1. What the verbs and
options are is said in one table (:mod:`.commands`), which the parser, the help, the page ``docs/cli.md`` and the shell
completion are made from. The verbs are imported when they are needed: ``fn`` never needs them.
"""

from __future__ import annotations

import gc
import sys

from ..errors import CiliumNetworkingError

USAGE = 2
INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """The exit code of one call; ``argv`` is what stands behind the command's name."""
    arguments = sys.argv[1:] if argv is None else argv
    collecting = gc.isenabled()
    # One short run that makes no cycles: looking for them takes a fifth of it among ten thousand objects, and more the
    # more there are.
    gc.disable()
    try:
        return _called(arguments)
    finally:
        if collecting and argv is not None:
            gc.enable()


def _called(arguments: list[str]) -> int:
    if arguments[:1] == ["fn"]:
        from ..function import main as function

        return function(arguments[1:])
    try:
        from .verbs import carry_out

        return carry_out(arguments)
    except CiliumNetworkingError as error:
        return _refuse(error.message)
    except OSError as error:
        place = f"`{error.filename}`: " if error.filename else ""
        return _refuse(f"{place}{error.strerror or error}")
    except KeyboardInterrupt:
        sys.stderr.write("cilium-networking: interrupted; each file is either as it was or written whole\n")
        return INTERRUPTED


def _refuse(message: str) -> int:
    sys.stderr.write(f"cilium-networking: {message}\n")
    return USAGE
