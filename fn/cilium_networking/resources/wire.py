"""A ResourceList as text: stdin of a KRM function to objects, and objects to its stdout.

Facts of the wire format are in the KRM functions specification; what kpt does with what we print was observed with
kpt 1.0.0-beta.56. The rules that follow from it:

- Items that nobody changed leave as the bytes they came in, in the same order. One exception: comment lines that
  close an item carrying kpt's id annotation are dropped, since kpt restores and would double them.
- ``items`` is always there: without it kpt takes the ResourceList itself for a resource.
- An item that cannot be read is left out, with an error. The answer must be YAML, and the exit code keeps the package.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Sequence as Items
from typing import Final, NamedTuple

from ..errors import InputError
from ..lossless import Fragment, Mapping, Scalar, Sequence
from ..lossless.stream import BOM, Cut, cut, cut_by_lines
from ..records import replace
from .finding import Finding
from .resource import INDEX_ANNOTATIONS, PATH_ANNOTATIONS, Resource, read_resource
from .resource_list import ResourceList
from .results import result_data, result_lines

API_VERSION: Final = "config.kubernetes.io/v1"
KIND: Final = "ResourceList"


class Wire(NamedTuple):
    """A ResourceList as it was read: the objects, the function's config, and the text around them."""

    list: ResourceList
    function_config: Resource | None
    cut: Cut


def read_wire(text: str) -> Wire:
    """Read stdin. Raises InputError when there is no ResourceList in it at all.

    Items that cannot be read, or are no objects, are findings and missing from the list.
    """
    text = text.removeprefix(BOM)
    if not text.strip():
        raise InputError("stdin is empty: a KRM function reads a ResourceList from it")
    wire = None
    by_lines = cut_by_lines(text, "items")
    if by_lines is not None:
        try:
            wire = _wire(by_lines)
        except InputError:
            wire = None
        if wire is not None and not wire.list.findings:
            return wire
    try:
        whole = cut(text, "items")
    except InputError:
        # Half a document, say: what can be read of it by lines is more than nothing.
        if wire is None:
            raise
        return wire
    if wire is not None and len(whole.items) == len(by_lines.items if by_lines else ()):
        return wire
    return _wire(whole)


def _wire(pieces: Cut) -> Wire:
    findings: list[Finding] = []
    try:
        root = pieces.shell.root
    except InputError as error:
        if not pieces.items:
            raise
        # What stands behind the items is their config: the items themselves can be read, and come back.
        root = Fragment(pieces.head).root
        findings.append(Finding("error", f"functionConfig cannot be read: {error.message}", line=error.line))
    if not isinstance(root, Mapping):
        raise InputError("stdin is no ResourceList: it holds no mapping")
    kind = root.get("kind")
    if not isinstance(kind, Scalar) or kind.value != KIND:
        found = f"kind is `{kind.value}`" if isinstance(kind, Scalar) else "it has no kind"
        raise InputError(f"stdin is no ResourceList: {found}, expected `kind: {KIND}`")
    items = root.get("items")
    if root.entry("items") is None:
        raise InputError("the ResourceList has no `items`; an empty list is written `items: []`")
    if not pieces.items and not (isinstance(items, Sequence) or (isinstance(items, Scalar) and items.data is None)):
        raise InputError("`items` of the ResourceList is no list")
    resources: list[Resource] = []
    for position, fragment in enumerate(pieces.items):
        try:
            resource = read_resource(fragment, position=position)
        except InputError as error:
            findings.append(
                Finding("error", f"items[{position}] cannot be read and is left out: {error.message}", line=error.line)
            )
            continue
        if not resource.kind:
            findings.append(
                Finding(
                    "error",
                    f"items[{position}] is no Kubernetes object (it has no kind) and is left out",
                    line=fragment.first_line,
                )
            )
            continue
        if resource.file is not None and (resource.file.startswith("/") or ".." in resource.file.split("/")):
            message = f"its path `{resource.file}` leads outside of the package"
            findings.append(resource.finding("error", message, ("metadata", "annotations")))
        resources.append(resource)
    config = None
    try:
        config = _config(pieces.shell, root)
    except InputError as error:
        findings.append(Finding("error", f"functionConfig cannot be read: {error.message}", line=error.line))
    return Wire(ResourceList(tuple(resources), tuple(findings)), config, pieces)


def _config(shell: Fragment, root: Mapping) -> Resource | None:
    node = root.get("functionConfig")
    if node is None or (isinstance(node, Scalar) and node.data is None):
        return None
    start = node.start
    if not (isinstance(node, (Mapping, Sequence)) and node.flow):
        start = shell.text.rfind("\n", 0, node.start) + 1
        if shell.text[start : node.start].strip(" "):
            start = node.start
    end = shell.text.find("\n", node.end)
    if isinstance(node, (Mapping, Sequence)) and node.flow:
        end = node.end
    text = shell.text[start : len(shell.text) if end < 0 else end + (shell.text[end : end + 1] == "\n")]
    return read_resource(Fragment(text))


# --- writing --------------------------------------------------------------------------------------------------------


def write_wire(wire: Wire, resources: Items[Resource], findings: Items[Finding]) -> str:
    """The whole stdout: the objects in their old places, new ones at the end, and the results.

    Raises InputError for a list so unusual that it could not be written and read again.
    """
    pieces = wire.cut
    kept = {resource.position: resource for resource in resources if resource.position is not None}
    new = [_placed(resource) for resource in resources if resource.position is None]
    shell, at = _without_results(pieces)
    text = shell.text
    plain = pieces.column is not None and shell is pieces.shell and (not findings or _end_of_mapping(text) == len(text))
    if pieces.column is not None and (kept or new):
        items = [*_old_items(pieces, kept), *_new_items(new, pieces.column)]
        if plain:
            return "".join([text[:at], *items, _line(text[at:]), *result_lines(findings)])
        text = text[:at] + "".join(items) + text[at:]
    elif pieces.column is not None:
        text = _value(text, shell, "[]")
    elif pieces.items:
        text = text[:at] + _flow_list(pieces, kept, list(_flow_items(new, shell))) + text[at:]
    elif new:
        root = shell.root
        brackets = isinstance(root, Mapping) and root.flow
        lines = "".join(_new_items(new, 0))
        text = _value(text, shell, f"[{', '.join(_flow_items(new, shell))}]" if brackets else "\n" + lines.rstrip("\n"))
    text = _with_results(text, findings) if findings else text
    if not plain:
        _check(text, len(kept) + len(new), findings)
    return text


def _line(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _old_items(pieces: Cut, kept: dict[int, Resource]) -> Iterator[str]:
    for position in range(len(pieces.items)):
        resource = kept.get(position)
        if resource is not None:
            text = resource.fragment.text
            yield _line(_without_closing_comments(resource, text) if resource.identified else text)


def _flow_list(pieces: Cut, kept: dict[int, Resource], new: Items[str]) -> str:
    """Items between brackets, each old one with the gap that stood behind it."""
    parts: list[str] = []
    for position, gap in enumerate(pieces.gaps):
        if position in kept:
            parts += [kept[position].fragment.text, gap or ", "]
    for text in new:
        parts += [text, ", "]
    return "".join(parts[:-1])


def _new_items(new: Items[Resource], column: int) -> Iterator[str]:
    pad = " " * column
    for resource in new:
        first, *rest = resource.fragment.text.rstrip("\n").split("\n")
        yield "".join([f"{pad}- {first}\n", *(f"{pad}  {line}\n" if line else "\n" for line in rest)])


def _flow_items(new: Items[Resource], shell: Fragment) -> Iterator[str]:
    from ..lossless.emit import flow_text

    for resource in new:
        yield flow_text(resource.fragment.data(), quoted=_is_json(shell))


def _is_json(shell: Fragment) -> bool:
    root = shell.root
    return (
        isinstance(root, Mapping) and root.flow and bool(root.entries) and shell.text[root.entries[0].key.start] == '"'
    )


def _without_results(pieces: Cut) -> tuple[Fragment, int]:
    """What stands around the items, less the results of an earlier function, and where in it the items stand."""
    shell, at = pieces.shell, len(pieces.head) if pieces.items else 0
    root = shell.root
    entry = root.entry("results") if isinstance(root, Mapping) else None
    if entry is None:
        return shell, at
    from ..lossless.edit import Delete, edit

    less = edit(shell, Delete(("results",)))
    return less, at - (len(shell.text) - len(less.text)) if entry.key.start < at else at


def _value(text: str, shell: Fragment, value: str) -> str:
    """The shell with another value for ``items``."""
    root = shell.root
    node = root.get("items") if isinstance(root, Mapping) else None
    assert node is not None
    if node.start < node.end:
        return text[: node.start] + value + text[node.end :]
    line = text.find("\n", node.end)
    end = node.end if not value.startswith("\n") else len(text) if line < 0 else line
    return text[:end] + (value if value.startswith("\n") else f" {value}") + text[end:]


_MARKER: Final = r"(?m)^(?:\.\.\.|---)(?=\s|\Z)"


def _end_of_mapping(text: str) -> int:
    """Where another key of the top-level mapping can be written: the end, or the mark that ends the document."""
    if "\n..." not in text and "\n---" not in text:
        return len(text)
    marks = [match.start() for match in re.finditer(_MARKER, text) if match.start()]
    return marks[0] if marks else len(text)


def _with_results(text: str, findings: Items[Finding]) -> str:
    root = Fragment(text).root
    if isinstance(root, Mapping) and root.flow:
        from ..lossless.emit import flow_text

        shell = Fragment(text)
        key = '"results"' if _is_json(shell) else "results"
        results = flow_text([result_data(finding) for finding in findings], quoted=_is_json(shell))
        inside = text[: root.end - 1].rstrip()
        comma = "" if inside.endswith((",", "{")) else ","
        return f"{inside}{comma} {key}: {results}{text[root.end - 1 :]}"
    end = _end_of_mapping(text)
    return "".join((_line(text[:end]), *result_lines(findings), text[end:]))


def _check(text: str, count: int, findings: Items[Finding]) -> None:
    """Read again what was put together in an unusual place; kpt takes a broken answer for a broken package."""
    again = read_wire(text)
    root = again.cut.shell.root
    results = root.get("results") if isinstance(root, Mapping) else None
    said = len(results.items) if isinstance(results, Sequence) else 0
    if len(again.list.resources) != count or said != len(findings):
        raise InputError("this ResourceList cannot be written back safely: give `items` as a plain list")


def _placed(resource: Resource) -> Resource:
    """A new object with the annotations that file it; without an index kpt takes two in one file for the same."""
    from ..lossless.edit import Put, edit

    edits = []
    for key, value in ((PATH_ANNOTATIONS[0], resource.file), (INDEX_ANNOTATIONS[0], resource.index)):
        if value is not None:
            edits.append(Put(("metadata", "annotations", key), str(value)))
    return replace(resource, fragment=edit(resource.fragment, *edits))


def plain_wire(wire: Wire, findings: Items[Finding]) -> str:
    """The objects that were read in a list of our own, where what stands around them cannot be written again."""
    lines = [f"apiVersion: {API_VERSION}\nkind: {KIND}\nitems:\n"]
    for resource in wire.list.resources:
        dash = resource.fragment.dash
        first, *rest = resource.fragment.text[dash:].rstrip("\n").split("\n")
        pad = "" if dash else "  "
        lines.append("- " * (not dash) + resource.fragment.text[:dash] + first + "\n")
        lines += [f"{pad}{line}\n" for line in rest]
    if len(lines) == 1:
        return bare_wire(findings)
    return "".join([*lines, *result_lines(findings)])


def bare_wire(findings: Items[Finding]) -> str:
    """The answer when nothing could be read at all."""
    return f"apiVersion: {API_VERSION}\nkind: {KIND}\nitems: []\n" + "".join(result_lines(findings))


def _without_closing_comments(resource: Resource, text: str) -> str:
    """The item up to its last value; kpt writes closing comments of an item deeper than the list's dash."""
    body = text.rstrip("\n ")
    if not body[body.rfind("\n") + 1 :].lstrip(" ").startswith("#"):
        return text
    end = text.find("\n", resource.fragment.read().end)
    closing = text[end + 1 :]
    dash = resource.fragment.dash - 1
    kept = [line for line in closing.splitlines(keepends=True) if line[: dash + 1].lstrip(" ").startswith("#")]
    return text[: end + 1] + "".join(kept) if end >= 0 else text
