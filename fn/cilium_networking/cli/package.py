"""One PATH through the engine: read it, find its settings, act, and say where each finding is for the reader."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ..errors import InputError, UsageError
from ..function import act
from ..lossless import field_path
from ..lossless.node import Node
from ..lossless.node import Path as FieldPath
from ..pipeline import pipeline_config
from ..resources import Finding, Outcome, Resource
from ..resources.directory import Directory, read_directory
from .arguments import Arguments
from .terminal import number, progress

_LEFT_ALONE: Final = "left alone: "


@dataclass(frozen=True, slots=True)
class Acted:
    """What a verb made of one PATH."""

    given: str
    directory: Directory
    outcome: Outcome
    #: The config of `--config`, whose file is told as it was typed.
    config: Resource | None
    config_file: str | None

    def path(self, name: str) -> str:
        """A file of the package as the reader finds it from where they are."""
        folder = self.given if os.path.isdir(self.given) else os.path.dirname(self.given)
        return os.path.normpath(os.path.join(folder, name))

    def findings(self, *, infos: bool) -> list[Finding]:
        """What there is to say, with such paths, and with the line of the object where none is known.

        Without ``infos`` what merely stands is left out: nobody looks for the lines of ten thousand of them.
        """
        objects = {(one.file, one.index): one for one in self.directory.list.resources}
        return [
            self._located(finding, objects) for finding in self.outcome.findings if infos or finding.severity != "info"
        ]

    def _located(self, finding: Finding, objects: dict[tuple[str | None, int | None], Resource]) -> Finding:
        if finding.file is None:
            return finding
        if self.config is not None and finding.file == self.config.file:
            return replace(finding, file=self.config_file)
        line = finding.line
        resource = objects.get((finding.file, finding.index))
        if line is None and resource is not None and finding.ref is not None:
            line = resource.fragment.line(_node(resource, finding.field))
        return replace(finding, file=self.path(finding.file), line=line)


def act_on(given: str, arguments: Arguments, verb: str, config: Resource | None) -> Acted:
    """Carry out a verb on a PATH. Raises UsageError and InputError for what is not there or cannot be read."""
    directory = read_package(given)
    overrides = dict(arguments.settings)
    if arguments.adopt:
        overrides["adopt"] = "true"
    named = config
    if config is None and not arguments.settings:
        named = _package_config(directory)
    with progress(f"{verb} {given}: {number(len(directory.list.resources), 'object')}"):
        outcome = act(directory.list, named, overrides, verb, look_up=False)
    return Acted(given, directory, outcome, config, arguments.config)


def read_package(given: str) -> Directory:
    """A PATH as typed, to objects."""
    path = Path(given)
    if path.exists() and not path.is_dir() and not path.is_file():
        raise UsageError(f"`{given}` is neither a directory nor a file; give the directory of a package")
    with progress(f"reading {given}"):
        directory = read_directory(path)
    if not path.is_dir() and not directory.files:
        # In a directory such a file is left alone and said. One that was named is what the call is about.
        finding = directory.list.findings[0]
        line = "" if finding.line is None else f", line {finding.line}"
        raise InputError(f"`{given}`{line}: {finding.message.removeprefix(_LEFT_ALONE)}")
    return directory


def read_config(given: str) -> Resource:
    """The one object of `--config FILE`."""
    path = Path(given)
    if not path.exists():
        raise UsageError(f"`--config {given}` does not exist; give a file with a ConfigMap or a CiliumNetworking")
    if path.is_dir():
        raise UsageError(f"`--config {given}` is a directory; give a file with a ConfigMap or a CiliumNetworking")
    found = read_package(given).list.resources
    if len(found) != 1:
        holds = f"{len(found)} Kubernetes objects" if found else "no Kubernetes object"
        raise InputError(f"`--config {given}` holds {holds}; it has to be one ConfigMap or CiliumNetworking")
    # An absolute path is the name of no file in a package: it tells the config's findings from the package's.
    return replace(found[0], file=str(path.absolute()))


def _package_config(directory: Directory) -> Resource | None:
    """What the Kptfile of the package itself names; one further down speaks for its own package only."""
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
