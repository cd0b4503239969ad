"""Each verb from its arguments to its exit code; ``render``, the longest, has a module of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .. import __version__
from ..errors import UsageError
from .arguments import Arguments, command, parse
from .terminal import put, say


def carry_out(argv: Sequence[str]) -> int:
    """One call, without ``fn``."""
    if not argv:
        from .page import overview

        say(overview())
        return 2
    if argv[0] in ("-h", "--help", "help"):
        from .page import overview, page

        put(page(command(argv[1])) if argv[1:] else overview())
        return 0
    if argv[0] in ("-V", "--version"):
        put(f"cilium-networking {__version__}\n")
        return 0
    verb = command(argv[0])
    if any(word in ("-h", "--help") for word in argv[1:]):
        from .page import page

        put(page(verb))
        return 0
    arguments = parse(verb, argv[1:])
    match verb.name:
        case "render":
            from .rendering import render

            return render(arguments)
        case "validate":
            from .validating import validate

            return validate(arguments)
        case "migrate":
            from .migrating import migrate

            return migrate(arguments)
        case "explain":
            from .explain import explain

            put(explain(*arguments.operands))
            return 0
        case "docs":
            return _docs(arguments)
        case _:
            from .completion import script

            put(script(arguments.operands[0]))
            return 0


def _docs(arguments: Arguments) -> int:
    from ..docs import differing, stale, write

    if arguments.check and arguments.write:
        raise UsageError("`--check` writes nothing and `--write` does; give one of them")
    root = Path(arguments.root)
    pages, gone = differing(root, arguments.only), stale(root, arguments.only)
    if not arguments.check:
        write(root, pages, gone)
        return 0
    only = f" --only {arguments.only}" if arguments.only else ""
    for name in pages:
        put(f"{name}: is not what the code declares: run `cilium-networking docs --write{only}`\n")
    for name in gone:
        put(f"{name}: is no page of a rule that there is: run `cilium-networking docs --write{only}`\n")
    return 1 if pages or gone else 0
