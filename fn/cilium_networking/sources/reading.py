"""Sources to objects: each text is taken out of its wrapping, cut into documents, and each document is an object, a
carrier of further texts, or both.

What cannot be read is said, with its place and with what to do, and everything else is read all the same. Nothing that
a message says shows a secret: they are known when all is read, and taken out of the sentences then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from ..errors import InputError
from ..records import replace
from ..resources import Finding
from .carriers.commands import manifests_written, shell
from .coding import Coat, off_base64
from .documents import counted, read_documents
from .files import read_files
from .layer import File, Layer, Reading
from .multipart import Part, is_multipart, parts
from .run import Inner, Run
from .unwrapping import looks_like_user_data, unwrap

#: Texts in texts: more is a hostile source, not a cluster.
_DEEPEST: Final = 12
_SUFFIXES: Final = (".yaml", ".yml", ".json")
#: First lines of user data that is no YAML (cloudinit/handlers).
_SCRIPTS: Final = ("#!", "#cloud-boothook", "#include", "#part-handler", "#upstart-job")


def read_sources(names: Sequence[str]) -> Reading:
    """All objects below the files and directories named. Raises UsageError for one that does not exist."""
    files, findings = read_files(names)
    return read(files, findings)


def read(files: Sequence[File], findings: Sequence[Finding] = ()) -> Reading:
    """The same of files that are read already."""
    run = _run(files, frozenset())
    known = {(one.resource.namespace, one.resource.name) for one in run.found if one.resource.kind == "ConfigMap"}
    if run.references & known:
        # Which ConfigMaps hold manifests is known when all is read; they may stand before who says so.
        run = _run(files, frozenset(run.references & known))
    secrets = run.gathered.secrets(one.resource.name for one in run.found)
    said = tuple(replace(one, message=secrets.redact(one.message)) for one in (*findings, *run.findings))
    return Reading(tuple(run.found), tuple(run.layers), said, secrets, tuple(files))


def _run(files: Sequence[File], manifests: frozenset[tuple[str, str]]) -> Run:
    run = Run(manifests)
    for file in files:
        try:
            inside = unwrap(file.data, run.budget)
        except InputError as error:
            run.findings.append(Finding("warning", f"left alone: {error.message}", file=file.name))
            continue
        layer = Layer(file.name, inside.text, encoding=inside.encoding, target=file.target, coats=inside.coats)
        if not inside.text.strip("\ufeff \t\r\n"):
            run.say("info", "holds nothing", layer)
        if inside.encoding:
            run.gathered.wrapped(file.data.decode("latin-1"), inside.text)
        _read_text(run, Inner(counted(layer), certain=True), 0)
    return run


def _read_text(run: Run, inner: Inner, depth: int) -> None:
    """A layer and all that is in it."""
    layer = inner.layer
    run.layers.append(layer)
    run.gathered.text(layer.text)
    if depth > _DEEPEST:
        run.say("error", f"texts in texts, more than {_DEEPEST} deep: not read", layer)
        return
    found: list[Inner] = []
    if _head(layer).startswith("## template:"):
        message = "cloud-init renders this on each node (`{}`): its placeholders stand for values of the node"
        run.say("info", message.format(_head(layer)), layer)
    if is_multipart(layer.text):
        found = _read_parts(run, layer)
    elif _head(layer).startswith(_SCRIPTS):
        _read_script(run, layer)
    elif inner.certain or _may_hold_objects(layer):
        found = read_documents(run, inner)
    for one in found:
        _read_text(run, one, depth + 1)


def _head(layer: Layer) -> str:
    return layer.text.lstrip("\ufeff").partition("\n")[0].strip()


def _may_hold_objects(layer: Layer) -> bool:
    """Whether a text that nobody promised anything of is worth reading as YAML."""
    path = layer.target.path.lower() if layer.target else ""
    text = layer.text
    return path.endswith(_SUFFIXES) or ("apiVersion" in text and "kind" in text) or looks_like_user_data(text)


def _read_script(run: Run, layer: Layer) -> None:
    if _head(layer).startswith("#include"):
        run.say("warning", "names URLs with further user data: fetch them, and give them as a source too", layer)
    for name in manifests_written(layer.text):
        run.say("warning", shell(name), layer)


def _read_parts(run: Run, layer: Layer) -> list[Inner]:
    """Multipart user data. Of two parts of cloud-config the later one's keys replace the earlier one's."""
    found = parts(layer.text)
    if found is None:
        run.say("error", "is a multipart message without a boundary: cloud-init cannot read it either", layer)
        return []
    children = [(child, part) for number, part in enumerate(found, 1) for child in _part(run, layer, number, part)]
    writers = [at for at, (child, _) in enumerate(children) if "\nwrite_files:" in f"\n{child.text}"]
    replaced = {
        early: f"{children[late][0].name}, whose `write_files` replaces it"
        for early, late in pairwise(writers)
        if not children[late][1].merges
    }
    for early in reversed(writers):
        # What a merged part adds to is replaced with it.
        after = next((at for at in writers if at > early), None)
        if early not in replaced and after in replaced:
            replaced[early] = replaced[after]
    return [
        Inner(child, looks_like_user_data(child.text), replaced.get(at, "")) for at, (child, _) in enumerate(children)
    ]


def _part(run: Run, layer: Layer, number: int, part: Part) -> Iterator[Layer]:
    """The text of a part, where it can be read."""
    body = layer.text[slice(*part.body)]
    name = f"part {number}"
    coats: tuple[Coat, ...] = ()
    encoding = ""
    if part.kind.startswith("multipart/"):
        run.say("warning", f"{name} is multipart itself, and is not read: give its parts as files", layer)
        return
    if part.encoding == "base64":
        try:
            data, outer = off_base64(body.encode())
            inside = unwrap(data, run.budget)
        except InputError as error:
            run.say("error", f"{name} {error.message}", layer)
            return
        run.gathered.wrapped(body, inside.text)
        encoding = f"{inside.encoding}+base64" if inside.encoding else "base64"
        body, coats = inside.text, (outer, *inside.coats)
    elif part.encoding not in ("", "7bit", "8bit", "binary"):
        run.say("warning", f"{name} is encoded as {part.encoding}, and is not read", layer)
        return
    yield counted(Layer(name, body, layer, encoding=encoding, span=part.body, coats=coats))
