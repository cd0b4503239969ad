"""``--output DIR``: the whole package somewhere else, with its other files, links and modes.

It is made beside DIR and put in its place in one step, so that DIR is never half a package. A DIR that is not empty is
never written over; one that holds the very result already is left as it is.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..errors import UsageError
from ..resources.directory import Change, write


def copy_package(source: Path, output: Path, changes: Sequence[Change]) -> None:
    """Copy ``source`` (a directory, or one file) with ``changes`` carried out."""
    refuse(source, output)
    output.absolute().parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=output.absolute().parent, prefix=".cilium-networking-"))
    try:
        made = scratch / "package"
        if source.is_dir():
            shutil.copytree(source, made, symlinks=True, ignore=_repository)
        else:
            made.mkdir()
            shutil.copy2(source, made)
        _cut_links_out(made, changes)
        write(made, changes)
        if output.exists() and any(output.iterdir()):
            if not _same(made, output):
                raise UsageError(
                    f"`--output {output}` is not empty and holds something else; "
                    "name another directory, or remove it first"
                )
        else:
            made.rename(output)
    except shutil.Error as error:
        # Of (source, destination, reason) the reason names the file, and sometimes is all that is right.
        raise UsageError(f"`{source}` cannot be copied: {error.args[0][0][2]}") from error
    finally:
        shutil.rmtree(scratch)


def refuse(source: Path, output: Path) -> None:
    """Raises UsageError for an output that cannot be one."""
    inside, outside = output.resolve(), source.resolve()
    if source.is_dir() and (inside.is_relative_to(outside) or outside.is_relative_to(inside)):
        raise UsageError(
            f"`--output {output}` and `{source}` lie inside one another; "
            "name a directory beside it, or leave `--output` out"
        )
    if output.exists() and not output.is_dir():
        raise UsageError(f"`--output {output}` is a file; name a directory")


def _repository(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == ".git"]


def _cut_links_out(made: Path, changes: Sequence[Change]) -> None:
    """A changed file that is a link to the original would be written through: it becomes a file of its own."""
    for change in changes:
        path = made / change.name
        if path.is_symlink() and not path.resolve().is_relative_to(made.resolve()):
            path.unlink()


def _same(one: Path, other: Path) -> bool:
    """Whether two directories hold the same files with the same bytes, links and modes."""
    names = {path.relative_to(one) for path in one.rglob("*")}
    if names != {path.relative_to(other) for path in other.rglob("*")}:
        return False
    return all(_alike(one / name, other / name) for name in names)


def _alike(one: Path, other: Path) -> bool:
    first, second = one.lstat().st_mode, other.lstat().st_mode
    if first != second:
        return False
    if stat.S_ISLNK(first):
        return os.readlink(one) == os.readlink(other)
    return not stat.S_ISREG(first) or filecmp.cmp(one, other, shallow=False)
