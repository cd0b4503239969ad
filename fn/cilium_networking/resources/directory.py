"""A package directory as objects, and back: the same list as from stdin, but file to file, with every byte kept.

Read are ``*.yaml``, ``*.yml``, ``*.json`` and ``Kptfile``, as kpt reads them, less what a ``.krmignore`` hides. A file
that is not UTF-8, not YAML, or holds no Kubernetes object is left alone and said. A ``kind: List``, what ``kubectl get
-o yaml`` prints, counts as the objects in it, each of which keeps its place there. Nothing outside of the directory is
read or written: neither through a link nor through a path annotation. Files are replaced whole, through a temporary
file beside them, and keep their mode; a file whose last object is gone is removed, as kpt does.
"""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ..errors import InputError, UsageError
from ..lossless.stream import Piece, documents
from ..records import dataclass, replace
from .finding import Finding
from .resource import Resource, read_resource
from .resource_list import ResourceList

if TYPE_CHECKING:
    from .unlisted import Unlisted

_SUFFIXES: Final = (".yaml", ".yml", ".json")
_IGNORE_FILE: Final = ".krmignore"
#: Only a text with this word in it may hold a list of objects.
_LIST: Final = "List"
#: What an object has at the begin of lines, and what only a template has.
_OBJECT: Final = (re.compile(r"^apiVersion:", re.MULTILINE), re.compile(r"^kind:", re.MULTILINE))
_TEMPLATE: Final = ("{{", "{%", "#{", "%{")


@dataclass(frozen=True, slots=True)
class File:
    """One file as it was read: its pieces, and the positions of their objects in the list."""

    path: Path
    text: str
    pieces: tuple[Piece, ...]
    #: For each piece the position of its object, ``None`` for a piece that holds none of ours.
    positions: tuple[int | None, ...]
    #: Whether objects stand in brackets, with commas between them: none of those can be taken out.
    brackets: bool = False


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory (or a single file) as it was read."""

    root: Path
    list: ResourceList
    files: tuple[File, ...]
    #: The one file that was named, if it was no directory: what is new goes into it.
    single: str | None = None
    #: Files that are no YAML, and plainly were to be objects: no template, with an apiVersion and a kind.
    broken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """One file before and after; ``None`` where there is none."""

    name: str
    before: str | None
    after: str | None


_AS_THEY_ARE: Final[Mapping[str, str]] = MappingProxyType({})


def read_directory(root: Path, texts: Mapping[str, str] = _AS_THEY_ARE, parts: Sequence[Path] = ()) -> Directory:
    """Read a package. Raises UsageError when there is no such directory, or it cannot be listed.

    ``texts``, by name, are read in place of what these files hold. With ``parts``, directories and files below
    ``root``, nothing else of it is read.
    """
    if not root.exists():
        raise UsageError(f"`{root}` does not exist; give the directory of a package, or one of its files")
    base = root if root.is_dir() else root.parent
    resources: list[Resource] = []
    findings: list[Finding] = []
    files: list[File] = []
    broken: set[str] = set()
    try:
        names = [(path, part if part.is_dir() else part.parent) for part in parts or (root,) for path in listed(part)]
    except OSError as error:
        raise UsageError(f"`{root}` cannot be listed: {error.strerror}") from error
    for path, within in names:
        name = path.relative_to(base).as_posix()
        odd = what_is_odd(path, within)
        if odd:
            findings.append(Finding("warning", f"left alone: {odd}", file=name))
            continue
        try:
            text = texts[name] if name in texts else path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            findings.append(Finding("warning", "left alone: not UTF-8 text", file=name))
            continue
        except OSError as error:
            findings.append(Finding("error", f"cannot be read: {error.strerror}", file=name))
            continue
        pieces: list[Piece] = []
        read: list[Resource | None] = []
        numbers: list[int] = []  # of the document that each piece belongs to
        brackets = False
        may_be_list = _LIST in text
        try:
            for number, document in enumerate(documents(text)):
                held = _unlisted(document) if may_be_list else None
                if held is not None:
                    brackets = brackets or held.brackets
                    pieces += held.pieces
                    read += held.objects
                    numbers += [number] * len(held.objects)
                else:
                    pieces.append(document)
                    fragment = document.fragment
                    read.append(None if fragment is None else read_resource(fragment))
                    numbers.append(number)
        except InputError as error:
            findings.append(Finding("warning", f"left alone: {error.message}", file=name, line=error.line))
            if all(each.search(text) for each in _OBJECT) and not any(mark in text for mark in _TEMPLATE):
                broken.add(name)
            continue
        positions: list[int | None] = []
        for resource, index in zip(read, numbers, strict=True):
            positions.append(None)
            if resource is None:
                continue
            if not resource.kind or not resource.api_version:
                line = resource.fragment.first_line
                message = "left alone: no Kubernetes object (it has no apiVersion and kind)"
                findings.append(Finding("warning", message, file=name, index=index, line=line))
                continue
            positions[-1] = len(resources)
            # A path annotation is for the wire: on disk an object is where it is.
            resources.append(
                replace(resource, file=name, index=index, package="", identified=False, position=len(resources))
            )
        files.append(File(path, text, tuple(pieces), tuple(positions), brackets))
    single = None if root.is_dir() else root.name
    return Directory(base, ResourceList(tuple(resources), tuple(findings)), tuple(files), single, frozenset(broken))


def _unlisted(document: Piece) -> Unlisted | None:
    from .unlisted import unlisted  # late: hardly any package holds one

    return unlisted(document)


def listed(root: Path) -> Iterator[Path]:
    """The files below a directory that a package consists of. Raises OSError for a folder that cannot be listed."""
    if not root.is_dir():
        yield root
        return
    ignored: list[tuple[Path, tuple[str, ...]]] = []

    def fail(error: OSError) -> None:
        raise error

    for here, folders, names in os.walk(root, onerror=fail):
        folder = Path(here)
        if _IGNORE_FILE in names:
            ignored.append((folder, _patterns(folder / _IGNORE_FILE)))
        folders[:] = sorted(n for n in folders if n != ".git" and not _is_ignored(folder / n, ignored, folder=True))
        for name in sorted(names):
            path = folder / name
            if (name == "Kptfile" or name.endswith(_SUFFIXES)) and not _is_ignored(path, ignored, folder=False):
                yield path


def _patterns(path: Path) -> tuple[str, ...]:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _is_ignored(path: Path, ignored: list[tuple[Path, tuple[str, ...]]], *, folder: bool) -> bool:
    """The part of gitignore's language that ``.krmignore`` files use; the last pattern that matches decides."""
    hidden = False
    for base, patterns in ignored:
        if base not in path.parents:
            continue
        name = path.relative_to(base).as_posix()
        for pattern in patterns:
            negated = pattern.startswith("!")
            body = pattern.removeprefix("!")
            if body.endswith("/"):
                if not folder:
                    continue
                body = body.rstrip("/")
            anchored = "/" in body
            body = body.removeprefix("/").removeprefix("**/")
            if fnmatch.fnmatchcase(name if anchored else path.name, body):
                hidden = not negated
    return hidden


def what_is_odd(path: Path, base: Path) -> str:
    """Why a name is not read as a file of the package; empty for a regular file."""
    try:
        mode = path.stat().st_mode
        inside = _inside(path, base)
    except (OSError, RuntimeError):  # a loop of links is the one or the other, by the version of Python
        return "the link leads nowhere" if path.is_symlink() else ""
    if not inside:
        return "the link leads outside of the package"
    return "" if stat.S_ISREG(mode) else "not a regular file"


def _inside(path: Path, base: Path) -> bool:
    return path.resolve().is_relative_to(base.resolve())


def changes(directory: Directory, resources: Iterable[Resource]) -> tuple[Change, ...]:
    """What the directory's files become with these objects; only files that differ.

    Raises InputError for an object whose path leads outside of the directory, and for one that cannot be taken out.
    """
    kept: dict[int, Resource] = {}
    new: dict[str, list[Resource]] = {}
    for resource in resources:
        if resource.position is not None:
            kept[resource.position] = resource
        else:
            name = directory.single or resource.file or f"{resource.kind.lower()}_{resource.name}.yaml"
            new.setdefault(name, []).append(resource)
    result: list[Change] = []
    for file in directory.files:
        name = file.path.relative_to(directory.root).as_posix()
        if file.brackets and any(position is not None and position not in kept for position in file.positions):
            raise InputError(f"`{name}` holds its objects in brackets, and nothing can be taken out of them")
        text = _text(file, kept)
        for resource in new.pop(name, []):
            text = _appended(text or "", resource)
        if text != file.text:
            result.append(Change(name, file.text, text))
    for name, added in new.items():
        path = directory.root / name
        if os.path.isabs(name) or not _inside(path, directory.root):
            raise InputError(f"`{name}` leads outside of the package")
        if path.exists():
            raise InputError(f"`{name}` exists and could not be read: nothing is written over it")
        text = ""
        for resource in added:
            text = _appended(text, resource)
        result.append(Change(name, None, text))
    return tuple(result)


def _text(file: File, kept: dict[int, Resource]) -> str | None:
    """A file with its objects as they are now; ``None`` when none is left of those it had."""
    parts: list[str] = []
    left = False
    for piece, position in zip(file.pieces, file.positions, strict=True):
        if piece.fragment is None:
            parts.append(piece.gap)
        elif position is None:
            parts += [piece.gap, piece.fragment.text]
            left = True
        elif position in kept:
            text = kept[position].fragment.text
            parts += [piece.gap if parts or left or not _was_dropped(file, kept) else _head(piece.gap), text]
            left = True
    return "".join(parts) if left or not any(position is not None for position in file.positions) else None


def _was_dropped(file: File, kept: dict[int, Resource]) -> bool:
    """Whether the file's first object is gone, so that the next one's marker has nothing to divide."""
    first = next((position for position in file.positions if position is not None), None)
    return first is not None and first not in kept


def _head(gap: str) -> str:
    """A gap that comes first: there is nothing that its marker would divide, or end."""
    return re.sub(r"(?m)^(?:\.\.\.[^\n]*\n)?---[^\n]*\n", "", gap, count=1)


def _appended(text: str, resource: Resource) -> str:
    if not text:
        return resource.fragment.text
    newline = "\r\n" if "\r\n" in text else "\n"
    body = resource.fragment.text.replace("\n", newline) if newline != "\n" else resource.fragment.text
    return f"{text}{'' if text.endswith(newline) else newline}---{newline}{body}"


def write(root: Path, all_changes: Iterable[Change]) -> None:
    """Carry out changes below ``root``: each file is replaced in one step, or not at all."""
    import tempfile  # late: it costs more time than reading a package, and most runs write nothing

    for change in all_changes:
        path = (root / change.name).resolve()
        if change.after is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".cilium-networking-")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(change.after.encode("utf-8"))
            mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask()
            os.chmod(temporary, mode)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
