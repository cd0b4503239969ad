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
from collections.abc import Sequence as Items
from dataclasses import replace
from typing import Final, NamedTuple

from ..errors import InputError
from ..lossless import Fragment, Mapping, Node, Scalar, Sequence
from ..lossless.stream import BOM, Cut, cut, cut_by_lines
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
    root = pieces.shell.root
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
    findings: list[Finding] = []
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
        resources.append(resource)
    return Wire(ResourceList(tuple(resources), tuple(findings)), _config(pieces.shell, root), pieces)


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
    """The whole stdout: the objects in their old places, new ones at the end, and the results."""
    pieces = wire.cut
    kept = {resource.position: resource for resource in resources if resource.position is not None}
    new = [_placed(resource) for resource in resources if resource.position is None]
    if pieces.column is None:
        return _write_flow(wire, kept, new, findings)
    parts = [_without_results(pieces.head)]
    for position in range(len(pieces.items)):
        resource = kept.get(position)
        if resource is not None:
            text = resource.fragment.text
            if resource.identified:
                text = _without_closing_comments(resource, text)
            parts.append(text if text.endswith("\n") else text + "\n")
    pad = " " * pieces.column
    for resource in new:
        lines = resource.fragment.text.rstrip("\n").split("\n")
        parts += [f"{pad}- {lines[0]}\n", *(f"{pad}  {line}\n" if line else "\n" for line in lines[1:])]
    if not kept and not new:
        parts[0] = _empty_items(parts[0])
    tail = _without_results(pieces.tail)
    parts.append(tail if not tail or tail.endswith("\n") else tail + "\n")
    parts += result_lines(findings)
    return "".join(parts)


def _placed(resource: Resource) -> Resource:
    """A new object with the annotations that file it; without an index kpt takes two in one file for the same."""
    from ..lossless.edit import Put, edit

    edits = []
    for key, value in ((PATH_ANNOTATIONS[0], resource.file), (INDEX_ANNOTATIONS[0], resource.index)):
        if value is not None:
            edits.append(Put(("metadata", "annotations", key), str(value)))
    return replace(resource, fragment=edit(resource.fragment, *edits))


def bare_wire(findings: Items[Finding]) -> str:
    """The answer when nothing could be read at all."""
    return f"apiVersion: {API_VERSION}\nkind: {KIND}\nitems: []\n" + "".join(result_lines(findings))


def _without_closing_comments(resource: Resource, text: str) -> str:
    """The item up to its last value; kpt writes closing comments of an item deeper than the list's dash."""
    body = text.rstrip("\n ")
    if not body[body.rfind("\n") + 1 :].lstrip(" ").startswith("#"):
        return text
    end = text.find("\n", _end(resource.fragment.read()))
    closing = text[end + 1 :]
    dash = resource.fragment.dash - 1
    kept = [line for line in closing.splitlines(keepends=True) if line[: dash + 1].lstrip(" ").startswith("#")]
    return text[: end + 1] + "".join(kept) if end >= 0 else text


def _end(node: Node) -> int:
    return node.end


def _empty_items(head: str) -> str:
    return re.sub(
        r"^items:[ ]*(#[^\n]*)?\n",
        lambda match: f"items: []{' ' + match.group(1) if match.group(1) else ''}\n",
        head,
        flags=re.MULTILINE,
    )


def _without_results(text: str) -> str:
    """What stands around the items, without results of an earlier function: ours are the answer now."""
    if "results" not in text:
        return text
    return re.sub(r"^results:[^\n]*\n(?:[ -][^\n]*\n|\n)*", "", text, flags=re.MULTILINE)


def _write_flow(wire: Wire, kept: dict[int, Resource], new: list[Resource], findings: Items[Finding]) -> str:
    """A list in flow style or empty: JSON, mostly. New objects and results are added in the same style."""
    from ..lossless.emit import flow_text

    pieces = wire.cut
    texts = [kept[position].fragment.text for position in range(len(pieces.items)) if position in kept]
    root = pieces.shell.root
    assert isinstance(root, Mapping)
    if root.flow:
        quoted = bool(root.entries) and pieces.shell.text[root.entries[0].key.start] == '"'
        texts += [flow_text(resource.fragment.data(), quoted=quoted) for resource in new]
        shell = Fragment(pieces.head + "".join(_joined(texts)) + pieces.tail) if pieces.items else pieces.shell
        return _flow_document(shell, texts if not pieces.items else None, findings, quoted=quoted)
    lines = [line for resource in new for line in _indented(resource)]
    if not pieces.items:
        # `items: []` or `items:` in a block document.
        text = _without_results(pieces.head)
        body = "items:\n" + "".join(lines) if lines else "items: []\n"
        text = re.sub(
            r"^items:[^\n]*(?:\n|\Z)", lambda _: body, text if text.endswith("\n") else text + "\n", flags=re.MULTILINE
        )
        return text + "".join(result_lines(findings))
    texts += [flow_text(resource.fragment.data()) for resource in new]
    tail = _without_results(pieces.tail)
    text = _without_results(pieces.head) + "".join(_joined(texts)) + (tail if tail.endswith("\n") else tail + "\n")
    return text + "".join(result_lines(findings))


def _indented(resource: Resource) -> list[str]:
    lines = resource.fragment.text.rstrip("\n").split("\n")
    return [f"- {lines[0]}\n", *(f"  {line}\n" if line else "\n" for line in lines[1:])]


def _joined(texts: list[str]) -> list[str]:
    return [text if not index else ", " + text for index, text in enumerate(texts)]


def _flow_document(shell: Fragment, items: list[str] | None, findings: Items[Finding], *, quoted: bool) -> str:
    from ..lossless.emit import flow_text

    root = shell.root
    assert isinstance(root, Mapping)
    text = shell.text
    splices: list[tuple[int, int, str]] = []
    key = '"results"' if quoted else "results"
    if items:
        node = root.get("items")
        assert node is not None
        splices.append((node.start, node.end, "[" + ", ".join(items) + "]"))
    entry = root.entry("results")
    results = flow_text([result_data(finding) for finding in findings], quoted=quoted)
    if entry is not None:
        splices.append((entry.value.start, entry.value.end, results))
    elif findings:
        splices.append((root.end - 1, root.end - 1, f", {key}: {results}"))
    for start, end, new in sorted(splices, reverse=True):
        text = text[:start] + new + text[end:]
    return text
