"""cloud-config: ``write_files``, with or without the header, and the parts of a ``#cloud-config-archive``."""

from __future__ import annotations

from collections.abc import Iterator

from .commands import commands
from .entries import written
from .held import Document, Held, Said, at

#: Keys whose value is a list of shell commands.
_COMMANDS = ("runcmd", "bootcmd")


def texts(document: Document) -> Iterator[Held | Said]:
    """The files that cloud-init writes; a fragment without a header is known by its ``write_files``."""
    if document.resource is not None:
        return
    yield from written(at(document.root, "write_files"), ("write_files",))
    for key in _COMMANDS:
        yield from commands(at(document.root, key), (key,))
