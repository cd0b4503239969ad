"""The pages of ``docs/migrations``: each shows one source being migrated, printed from a run of it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ..handover.preparing import Migration, Request, prepare
from ..kinds import DEFAULT_RELEASE
from ..resources import Finding
from ..resources.directory import Change
from ..sources import read_sources
from .diff import unified
from .migration import Told, for_terminal
from .migration_examples import Example

_TO: Final = "networking"

_INTRO: Final = """\
# Migrations

`cilium-networking migrate` moves pools, L2 announcements and BGP from where they live into a kpt package, and writes
the order of steps by which they change hands without a Service losing its address. The sources are only read; beside
each of which something is left stands what takes its place, under the same name with `.migrated` at its end.

```sh
cilium-networking migrate cloud-config.yaml --to networking --release 1.19 --dry-run
```

- **What moves** are `CiliumLoadBalancerIPPool`, `CiliumL2AnnouncementPolicy` and the BGP kinds but for the first form,
  `CiliumBGPPeeringPolicy`. MetalLB's kinds do not move yet either: they stay, and are named. So do the CNI's values,
  because RKE2 needs them before there is a network to apply a package over.
- **Every field has a line** in the report: carried, changed and how, cannot be said in the new form, yours to decide.
- **Values of the site become settings**, at a comment where they stand; a placeholder keeps its name. Rendering the
  package gives the objects as they came.
- **Services keep their addresses**, as far as the input shows which they have: add `kubectl get services -A -o yaml`.
- **Secrets** in the sources never reach the package, the report or a message. A rewritten source keeps its own, and its
  file mode.
- **The runbook** goes step by step, with a check before and after each, and a way back from each. It is proved with
  RKE2's way of applying manifests, Cilium's operator and BGP, and a router, while somebody watches every address and
  every route ([the lab](../lab.md)).

| Source | |
|---|---|
"""


def migrations_index(examples: Iterable[Example]) -> str:
    """``docs/migrations/README.md``."""
    return _INTRO + "".join(f"| [{each.title}]({each.name}.md) | `{each.file}` |\n" for each in examples)


def migration_markdown(example: Example) -> str:
    """A page: the source, the report, the package, what becomes of the source, and the titles of the steps."""
    migration = _run(example)
    option = " --fix" if example.fix else ""
    parts = [
        f"# {example.title}",
        example.text,
        _block("yaml", example.source),
        _block("sh", f"cilium-networking migrate {example.file} --to {_TO}{option} --release {DEFAULT_RELEASE}\n"),
        _block("text", for_terminal(Told(migration, tuple(_loud(migration))))),
        "## The package",
    ]
    for name, text in migration.texts.items():
        if name != "Kptfile":
            parts += [f"`{_TO}/{name}`:", _block("yaml", text)]
    changes = [
        Change(one.name, one.before.decode(), None if one.after is None else one.after.decode())
        for one in migration.rewritten
    ]
    if changes:
        parts += ["## What becomes of the source", _block("diff", "".join(map(unified, changes)))]
    if migration.runbook is not None:
        steps = "\n".join(f"{number}. {step.title}" for number, step in enumerate(migration.runbook.steps, 1))
        parts += ["## The steps", f"`{_TO}/RUNBOOK.md` tells each, `{_TO}/runbook.sh` goes through them.", steps]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _run(example: Example) -> Migration:
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        Path(example.file).parent.mkdir(parents=True, exist_ok=True)
        Path(example.file).write_text(example.source, encoding="utf-8")
        return prepare(read_sources([example.file]), Request(DEFAULT_RELEASE, _TO, fix=example.fix))


def _loud(migration: Migration) -> Iterable[Finding]:
    return (finding for finding in migration.findings if finding.severity != "info")


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"
