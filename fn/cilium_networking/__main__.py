"""``python -m cilium_networking``: the command; ``fn`` goes straight to the function, past what only people need."""

from __future__ import annotations

import sys


def main() -> int:
    """The command's exit code."""
    if sys.argv[1:2] == ["fn"]:
        from .function import main as function

        return function(sys.argv[2:])
    from .cli import main as cli

    return cli(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
