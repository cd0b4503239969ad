"""Each verb from its arguments to its exit code; ``render``, the longest, has a module of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from .. import __version__
from ..errors import UsageError
from ..report import FORMATS, Report
from ..report.as_text import as_text
from ..resources import Finding
from .arguments import Arguments, command, parse
from .package import act_on, read_config
from .terminal import has_color, number, put, say


def carry_out(argv: Sequence[str]) -> int:
    """One call, without ``fn``."""
    from .page import overview, page

    if not argv:
        say(overview())
        return 2
    if argv[0] in ("-h", "--help", "help"):
        put(page(command(argv[1])) if argv[1:] else overview())
        return 0
    if argv[0] in ("-V", "--version"):
        put(f"cilium-networking {__version__}\n")
        return 0
    verb = command(argv[0])
    if any(word in ("-h", "--help") for word in argv[1:]):
        put(page(verb))
        return 0
    arguments = parse(verb, argv[1:])
    match verb.name:
        case "render":
            from .rendering import render

            return render(arguments)
        case "validate":
            return _validate(arguments)
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


def _validate(arguments: Arguments) -> int:
    config = read_config(arguments.config) if arguments.config else None
    findings: list[Finding] = []
    count = 0
    for given in arguments.operands:
        acted = act_on(given, arguments, "validate", config)
        # Those of the config and of the command line are the same for every PATH, and said once.
        findings += [one for one in acted.findings(infos=arguments.verbose) if one not in findings]
        count += len(acted.directory.list.resources)
        if not acted.directory.list.resources:
            findings.append(Finding("warning", "holds no Kubernetes object: nothing was judged", file=given))
    report = Report("validate", tuple(findings))
    if arguments.format == "text":
        put(as_text(report, color=has_color(sys.stdout)))
    else:
        put(FORMATS[arguments.format](report))
    if sys.stderr.isatty():
        said = [number(n, word) for word in ("error", "warning") if (n := report.count(word))]
        say(f"cilium-networking: {number(count, 'object')}, {', '.join(said) or 'nothing wrong'}\n")
    return 1 if report.count("error") else 0


def _docs(arguments: Arguments) -> int:
    from ..docs import differing, write

    if arguments.check and arguments.write:
        raise UsageError("`--check` writes nothing and `--write` does; give one of them")
    pages = differing(Path(arguments.root), arguments.only)
    if not arguments.check:
        write(Path(arguments.root), pages)
        return 0
    only = f" --only {arguments.only}" if arguments.only else ""
    for name in pages:
        put(f"{name}: is not what the code declares: run `cilium-networking docs --write{only}`\n")
    return 1 if pages else 0
