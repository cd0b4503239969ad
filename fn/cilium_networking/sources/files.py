"""The files that sources are: a file as it was named, a directory as kpt reads it, and where on a node they lie.

A directory gives its YAML and JSON, less what ``.krmignore`` hides, and nothing that a link leads to outside of it. A
file that is named is read whatever its name. A file twice is read once.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from ..errors import UsageError
from ..resources import Finding
from ..resources.directory import listed, what_is_odd
from .layer import MANIFESTS, File, Target

#: A manifests directory, on its server or copied with the end of its path.
_ON_A_SERVER: Final = re.compile(r"(?:.*/)?(?:(rke2|k3s)/)?server/manifests/(.+)")


def read_files(names: Sequence[str]) -> tuple[tuple[File, ...], tuple[Finding, ...]]:
    """The files, and what is to be said of those that cannot be read. Raises UsageError for a name without a file."""
    files: list[File] = []
    findings: list[Finding] = []
    seen: set[str] = set()
    for name in names:
        root = Path(name)
        if not root.exists():
            raise UsageError(f"`{name}` does not exist; give a file or a directory with manifests or user data")
        for path, said in _paths(root):
            told = path.as_posix()
            real = os.path.realpath(path)
            if real in seen:
                continue
            seen.add(real)
            if said:
                findings.append(Finding("warning", f"left alone: {said}", file=told))
                continue
            try:
                data = path.read_bytes()
            except OSError as error:
                findings.append(Finding("error", f"cannot be read: {error.strerror}", file=told))
                continue
            files.append(File(told, data, _target(path)))
    return tuple(files), tuple(findings)


def _paths(root: Path) -> Iterator[tuple[Path, str]]:
    """Each file below a name, and why it is left alone; empty for one that is read."""
    if not root.is_dir():
        yield root, "" if root.is_file() else "not a regular file"
        return
    try:
        paths = list(listed(root))
    except OSError as error:
        raise UsageError(f"`{root}` cannot be listed: {error.strerror}") from error
    for path in paths:
        yield path, what_is_odd(path, root)


def _target(path: Path) -> Target | None:
    """The manifest of RKE2's or k3s's that a file is; ``None`` for one that lies anywhere else."""
    match = _ON_A_SERVER.fullmatch(posixpath.normpath(Path(os.path.abspath(path)).as_posix()))
    if match is None:
        return None
    return Target(f"{MANIFESTS[1] if match.group(1) == 'k3s' else MANIFESTS[0]}/{match.group(2)}")
