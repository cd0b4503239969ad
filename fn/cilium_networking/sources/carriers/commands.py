"""Shell commands that handle manifests: said and not parsed, for what a shell writes is known when it has run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ...lossless import Node, Path, Scalar
from .held import Said, walk

#: A file that the deploy controller would apply, named in a command.
_MANIFEST: Final = re.compile(r"/[\w.${}/-]*/server/manifests/[\w.${}/-]+\.(?:ya?ml|json)\b", re.IGNORECASE)
#: Commands that make or change a file: a redirection, `tee`, `sed -i`, a copy, a download.
_WRITES: Final = re.compile(r">|\btee\b|\bsed\b[^\n]*\s-i|\b(?:cp|mv|install|ln|curl|wget|envsubst|kubectl|helm)\b")


def commands(node: Node | None, path: Path) -> Iterator[Said]:
    """A sentence for each file below the manifests directory that a list of commands writes."""
    if node is None:
        return
    for where, here in walk(node, path):
        if isinstance(here, Scalar):
            for name in manifests_written(here.value):
                yield Said("warning", shell(name), where, here)


def manifests_written(script: str) -> list[str]:
    """The manifests that the lines of a script write, each once."""
    names: dict[str, None] = {}
    for line in script.splitlines():
        if "/server/manifests/" in line and not line.lstrip().startswith("#") and _WRITES.search(line):
            names |= dict.fromkeys(_MANIFEST.findall(line))
    return list(names)


def shell(name: str) -> str:
    return (
        f"a shell command writes `{name}`: what it holds is not read; "
        "take the file from a server, and give it as a source too"
    )
