"""A PATH as typed: its objects, the settings they are made with, and where each finding is for the reader."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from ..errors import InputError, UsageError
from ..lossless import field_path
from ..lossless.node import Node
from ..lossless.node import Path as FieldPath
from ..pipeline import pipeline_config
from ..records import dataclass, replace
from ..resources import Finding, Resource, ResourceRef
from ..resources.directory import Directory, read_directory
from .arguments import Arguments
from .terminal import progress

_LEFT_ALONE: Final = "left alone: "

_Objects = dict[tuple["str | None", "int | None", "ResourceRef | None"], Resource]


@dataclass(frozen=True, slots=True)
class Package:
    """What stands behind one PATH, and the files beside it that findings may be about."""

    given: str
    directory: Directory
    #: Files of options, by their absolute name: as they were typed.
    outside: Mapping[str, str]

    def path(self, name: str) -> str:
        """A file of the package as the reader finds it from where they are."""
        folder = self.given if os.path.isdir(self.given) else os.path.dirname(self.given)
        return os.path.normpath(os.path.join(folder, name))

    def located(self, findings: Iterable[Finding], *, infos: bool) -> list[Finding]:
        """What there is to say, with such paths, and with the line of the object where none is known.

        Without ``infos`` what merely stands is left out: nobody looks for the lines of ten thousand of them.
        """
        wanted = [finding for finding in findings if infos or finding.severity != "info"]
        missing = any(finding.line is None and finding.ref is not None for finding in wanted)
        objects: _Objects = {}
        if missing:
            objects = {(one.file, one.index, one.ref): one for one in self.directory.list.resources}
        return [self._located(finding, objects) for finding in wanted]

    def _located(self, finding: Finding, objects: _Objects) -> Finding:
        if finding.file is None:
            return finding
        if finding.file in self.outside:
            return replace(finding, file=self.outside[finding.file])
        line = finding.line
        resource = objects.get((finding.file, finding.index, finding.ref))
        if line is None and resource is not None:
            line = resource.fragment.line(_node(resource, finding.field))
        return replace(finding, file=self.path(finding.file), line=line)


def read_package(given: str, *beside: tuple[str | None, Resource | None]) -> Package:
    """A PATH as typed, to objects. Raises UsageError and InputError for what is not there or cannot be read.

    ``beside`` are the files of options, as typed, with the object that was read from each.
    """
    outside = {one.file: typed for typed, one in beside if typed and one is not None and one.file}
    return Package(given, read_path(given), outside)


def read_path(given: str, texts: Mapping[str, str] | None = None) -> Directory:
    """The files of a PATH; ``texts`` stand for what some of them hold."""
    path = Path(given)
    if path.exists() and not path.is_dir() and not path.is_file():
        raise UsageError(f"`{given}` is neither a directory nor a file; give the directory of a package")
    with progress(f"reading {given}"):
        directory = read_directory(path, texts or {})
    if not path.is_dir() and not directory.files:
        # In a directory such a file is left alone and said. One that was named is what the call is about.
        finding = directory.list.findings[0]
        line = "" if finding.line is None else f", line {finding.line}"
        raise InputError(f"`{given}`{line}: {finding.message.removeprefix(_LEFT_ALONE)}")
    return directory


def read_config(given: str | None) -> Resource | None:
    """The one object of ``--config FILE``."""
    return None if given is None else _read_one("--config", given, "a ConfigMap or a CiliumNetworking")


def read_inventory(given: str) -> Resource:
    """The one object of ``--inventory FILE``."""
    found = _read_one("--inventory", given, "a NetworkInventory")
    if found.kind != "NetworkInventory":
        raise InputError(f"`--inventory {given}` holds a {found.kind}; it has to be a NetworkInventory")
    return found


def _read_one(option: str, given: str, wanted: str) -> Resource:
    path = Path(given)
    if not path.exists():
        raise UsageError(f"`{option} {given}` does not exist; give a file with {wanted}")
    if path.is_dir():
        raise UsageError(f"`{option} {given}` is a directory; give a file with {wanted}")
    found = read_path(given).list.resources
    if len(found) != 1:
        holds = f"{len(found)} Kubernetes objects" if found else "no Kubernetes object"
        raise InputError(f"`{option} {given}` holds {holds}; it has to be one {wanted.replace('a ', '')}")
    # An absolute path is the name of no file in a package: it tells such findings from the package's.
    return replace(found[0], file=str(path.absolute()))


def config_of(directory: Directory, arguments: Arguments, config: Resource | None) -> Resource | None:
    """The settings of a package: those of ``--config``, or what its Kptfile names unless ``--set`` keeps that out.

    The Kptfile of the package itself; one further down speaks for its own package only.
    """
    if config is not None or arguments.settings:
        return config
    resources = directory.list.resources
    unread = {finding.file: finding for finding in directory.list.findings if finding.severity == "warning"}
    _refuse_unread(unread.get("Kptfile"))
    if not any(one.kind == "Kptfile" and one.file == "Kptfile" for one in resources):
        return None
    try:
        return pipeline_config(resources)
    except InputError as error:
        for name, finding in unread.items():
            if f"`{name}`" in error.message:
                _refuse_unread(finding)
        raise


def overrides_of(arguments: Arguments) -> dict[str, str]:
    """What the command line says itself."""
    return dict(arguments.settings) | ({"adopt": "true"} if arguments.adopt else {})


def _refuse_unread(finding: Finding | None) -> None:
    """What holds the settings has to be read: a package without them would look as if all were well."""
    if finding is not None:
        line = "" if finding.line is None else f", line {finding.line}"
        raise InputError(f"`{finding.file}`{line}: {finding.message.removeprefix(_LEFT_ALONE)}")


def _node(resource: Resource, field: str | None) -> Node:
    """The node to point at: the field, what of the way to it there is, or the object's first line."""
    node = resource.root
    steps = _steps(field or "")
    for length in range(len(steps), 0, -1):
        found = resource.fragment.at(steps[:length])
        if found is not None:
            return found
    return node


def _steps(text: str) -> FieldPath:
    """A field as findings write it, ``spec.blocks[0].cidr``; one with odd keys is not taken apart."""
    steps: list[str | int] = []
    for part in text.split("."):
        name, *numbers = part.split("[")
        steps += [name] if name else []
        for index in numbers:
            if not index.rstrip("]").isdecimal():
                return ()
            steps.append(int(index.rstrip("]")))
    return tuple(steps) if field_path(tuple(steps)) == text else ()
