"""What a lab has outside of its own process, and what is left of one that was killed: namespaces and directories.

Promises: the name of each begins with the mark of labs and the process id of its owner, so that whoever looks knows
whose it is. `sweep` deletes what belongs to a process that is gone, with the programs that still run in it, and
touches nothing else.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from lab.network import MARK, NetworkError, namespaces

#: Not $TMPDIR, which may be long: a socket's path may have 107 characters (unix(7)).
_PLACE: Final = Path("/tmp")  # noqa: S108 - mkdtemp makes it private

#: Logs of so many failed labs stay; their names begin with the time.
_KEPT: Final = 20


def scratch() -> Path:
    """A new directory under a short path, which is its owner's to delete."""
    return Path(tempfile.mkdtemp(prefix=f"{MARK}-{os.getpid()}-", dir=_PLACE))


def directories(owner: int) -> set[str]:
    """The names of the directories that a process has."""
    return {path.name for path in _PLACE.glob(f"{MARK}-{owner}-*")}


def left_by(owner: int) -> set[str]:
    """What there is of a process's labs, by name: namespaces and directories."""
    return directories(owner) | {one.name for one in namespaces() if one.name.startswith(f"{MARK}-{owner}-")}


def sweep() -> list[str]:
    """Delete what labs left whose owner was killed; the names of it. Several may sweep at once."""
    gone = []
    for namespace in namespaces():
        if _is_orphan(namespace.name):
            try:
                namespace.delete()
            except NetworkError:
                if namespace in namespaces():
                    raise
            gone.append(namespace.name)
    for directory in _PLACE.glob(f"{MARK}-*"):
        if _is_orphan(directory.name):
            shutil.rmtree(directory, ignore_errors=True)
            gone.append(directory.name)
    return gone


def prune(logs: Path) -> None:
    """Delete the oldest logs of labs that failed, or were killed, beyond the last few."""
    kept = sorted(path for path in logs.glob("*-*-*-*") if not Path("/proc", path.name.split("-")[2]).exists())
    for old in kept[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def _is_orphan(name: str) -> bool:
    """Whether a name is one of ours and its owner is gone."""
    mark, _, rest = name.partition("-")
    owner = rest.partition("-")[0]
    return mark == MARK and owner.isdigit() and not Path("/proc", owner).exists()
