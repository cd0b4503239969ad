"""A PATH as typed: its objects, the settings they are made with, and where each finding is for the reader."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from ..errors import InputError, UsageError
from ..fabric.helm import VALUES_FILE
from ..lossless import Mapping as YamlMapping
from ..lossless import field_path, parse
from ..lossless.node import Node
from ..lossless.node import Path as FieldPath
from ..pipeline import pipeline_config
from ..records import dataclass, replace
from ..resources import Finding, Resource, ResourceRef, read_resource
from ..resources.directory import Directory, read_directory
from .arguments import Arguments
from .terminal import progress

#: How a finding about a file begins of which nothing was read.
LEFT_ALONE: Final = "left alone: "

#: What is in a file.
_Filed = TypeVar("_Filed", Resource, Finding)
_Objects = dict[tuple["str | None", "int | None", "ResourceRef | None"], Resource]


@dataclass(frozen=True, slots=True)
class Package:
    """What stands behind one PATH, and the files beside it that findings may be about."""

    given: str
    directory: Directory
    #: Files of options, by their absolute name: as they were typed.
    outside: Mapping[str, str]
    #: Where it is put together from several PATHs: these.
    parts: tuple[str, ...] = ()

    def again(self, texts: Mapping[str, str]) -> Package:
        """It with ``texts`` for what some of its files hold."""
        return replace(self, directory=_together(self.parts, texts) if self.parts else read_path(self.given, texts))

    @property
    def idle(self) -> list[str]:
        """The PATHs, as typed, that hold no object."""
        resources = self.directory.list.resources
        if not self.parts:
            return [] if resources else [self.given]
        files = {one.file or "" for one in resources}
        return [part for part, place in self.places.items() if not any(file.startswith(place) for file in files)]

    @property
    def places(self) -> Mapping[str, str]:
        """How the names of the files behind each of several PATHs begin; a file is the whole of its own."""
        paths = {part: Path(os.path.abspath(part)) for part in self.parts}
        names = {part: path.relative_to(self.directory.root).as_posix() for part, path in paths.items()}
        return {part: f"{name}/" if paths[part].is_dir() else name for part, name in names.items()}

    def path(self, name: str) -> str:
        """A file of the package as the reader finds it from where they are."""
        if self.parts:
            path = os.path.join(self.directory.root, name)
            return path if all(map(os.path.isabs, self.parts)) else os.path.relpath(path)
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
    return Package(given, read_path(given), _outside(beside))


def _outside(beside: Iterable[tuple[str | None, Resource | None]]) -> Mapping[str, str]:
    return {one.file: typed for typed, one in beside if typed and one is not None and one.file}


def read_together(name: str, given: Sequence[str], *beside: tuple[str | None, Resource | None]) -> Package:
    """Several PATHs as one package, whose files are named from the directory that holds them all."""
    real = [Path(os.path.realpath(one)) for one in given]
    # What lies in another of them is read there.
    parts = tuple(
        one
        for place, one in enumerate(given)
        if real[place] not in real[:place]
        and not any(real[place] != other and real[place].is_relative_to(other) for other in real)
    )
    if len(parts) == 1:
        return read_package(parts[0], *beside)
    return Package(name, _together(parts, {}), _outside(beside), parts)


def _together(parts: Sequence[str], texts: Mapping[str, str]) -> Directory:
    for part in parts:
        if not os.path.isdir(part):
            read_path(part)  # one that is named has to be there, and to be read
    paths = [Path(os.path.abspath(part)) for part in parts]
    with progress(f"reading {', '.join(parts)}"):
        return read_directory(Path(os.path.commonpath([path.parent for path in paths])), texts, paths)


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
        raise InputError(f"`{given}`{line}: {finding.message.removeprefix(LEFT_ALONE)}")
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


def read_values(given: str) -> Resource:
    """The mapping of ``--values FILE``, as an object like any other."""
    path = Path(given)
    if not path.is_file():
        raise UsageError(f"`--values {given}` is no file; give one with Helm values")
    try:
        text = path.read_bytes().decode("utf-8")
        read = read_resource(parse(text))
    except UnicodeDecodeError as error:
        raise InputError(f"`--values {given}`: not UTF-8 text") from error
    except InputError as error:
        line = "" if error.line is None else f", line {error.line}"
        raise InputError(f"`--values {given}`{line}: {error.message}") from error
    if read.kind or not isinstance(read.root, YamlMapping):
        holds = f"a {read.kind}" if read.kind else "no mapping"
        raise InputError(f"`--values {given}` holds {holds}; it has to be the values of Cilium's chart")
    return replace(read, kind=VALUES_FILE, name=path.name, file=str(path.absolute()))


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


def config_of(package: Package, arguments: Arguments, config: Resource | None) -> Resource | None:
    """The settings of a package: those of ``--config``, or what its Kptfile names unless ``--set`` keeps that out.

    The Kptfile of the package itself; one further down speaks for its own package only. Of several PATHs one may have
    settings.
    """
    if config is not None or arguments.settings:
        return config
    directory = package.directory
    if not package.parts:
        return _of_kptfile(directory.list.resources, directory.list.findings)
    found: dict[str, Resource] = {}
    for part, place in package.places.items():
        named = _of_kptfile(_within(place, directory.list.resources), _within(place, directory.list.findings))
        if named is not None:
            found[part] = replace(named, file=f"{place}{named.file}")
    if len(found) > 1:
        told = " and ".join(f"`{part}`" for part in found)
        raise InputError(f"{told} both have settings, and `{package.given}` is one cluster: give them with `--config`")
    return next(iter(found.values()), None)


def _within(place: str, every: Iterable[_Filed]) -> list[_Filed]:
    """Objects or findings of the files below a directory, as they are seen from there."""
    here = (one for one in every if one.file is not None and place.endswith("/") and one.file.startswith(place))
    return [replace(one, file=(one.file or "").removeprefix(place)) for one in here]


def _of_kptfile(resources: Sequence[Resource], findings: Iterable[Finding]) -> Resource | None:
    unread = {finding.file: finding for finding in findings if finding.severity == "warning"}
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
        raise InputError(f"`{finding.file}`{line}: {finding.message.removeprefix(LEFT_ALONE)}")


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
