"""Sources to objects: each text is taken out of its wrapping, cut into documents, and each document is an object, a
carrier of further texts, or both.

What cannot be read is said, with its place and with what to do, and everything else is read all the same. Nothing that
a message says shows a secret: they are known when all is read, and taken out of the sentences then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..errors import InputError
from ..lossless import Fragment, Mapping, Node, Path, Scalar, field_path, find, follow
from ..lossless import Sequence as List
from ..lossless.stream import Piece, documents
from ..records import replace
from ..resources import Finding, Resource, Severity, read_resource
from ..resources.unlisted import unlisted
from .carriers import Document, Held, texts
from .carriers.cluster_api import reference
from .carriers.commands import manifests_written, shell
from .coding import Budget, Coat, off_base64
from .files import read_files
from .layer import File, Found, Layer, Reading
from .multipart import is_multipart, parts
from .order import clashing, glued, overwritten
from .secrets import Gathered
from .templates import hidden, is_placeholder, masked, template_of
from .unwrapping import looks_like_user_data, unlabel, unwrap

#: Texts in texts: more is a hostile source, not a cluster.
_DEEPEST: Final = 12
_SUFFIXES: Final = (".yaml", ".yml", ".json")
#: First lines of user data that is no YAML (cloudinit/handlers).
_SCRIPTS: Final = ("#!", "#cloud-boothook", "#include", "#part-handler", "#upstart-job")
_ARCHIVE: Final = "#cloud-config-archive"


def read_sources(names: Sequence[str]) -> Reading:
    """All objects below the files and directories named. Raises UsageError for one that does not exist."""
    files, findings = read_files(names)
    return read(files, findings)


def read(files: Sequence[File], findings: Sequence[Finding] = ()) -> Reading:
    """The same of files that are read already."""
    reader = _Reader(frozenset())
    reader.files(files)
    known = frozenset((one.resource.namespace, one.resource.name) for one in reader.found)
    if reader.references & known:
        # Which ConfigMaps hold manifests is known when all is read; they may stand before who says so.
        reader = _Reader(frozenset(reader.references))
        reader.files(files)
    secrets = reader.gathered.secrets(one.resource.name for one in reader.found)
    said = tuple(
        replace(one, message=secrets.redact(one.message), file=secrets.redact(one.file or "") or None)
        for one in (*findings, *reader.findings)
    )
    return Reading(tuple(reader.found), tuple(reader.layers), said, secrets, tuple(files))


class _Reader:
    def __init__(self, manifests: frozenset[tuple[str, str]]) -> None:
        self.manifests = manifests
        self.references: set[tuple[str, str]] = set()
        self.found: list[Found] = []
        self.layers: list[Layer] = []
        self.findings: list[Finding] = []
        self.gathered = Gathered()
        self.budget = Budget()

    def say(self, severity: Severity, message: str, layer: Layer, *, path: Path = (), document: int = 0,
            line: int | None = None) -> None:  # fmt: skip
        index = document - 1 if document else None
        field = field_path(path) or None
        self.findings.append(Finding(severity, message, file=str(layer), field=field, index=index, line=line))

    # --- texts ------------------------------------------------------------------------------------------------------

    def files(self, files: Sequence[File]) -> None:
        for file in files:
            try:
                inside = unwrap(file.data, self.budget)
            except InputError as error:
                self.findings.append(Finding("warning", f"left alone: {error.message}", file=file.name))
                continue
            if not inside.text.strip("\ufeff \t\r\n"):
                self.findings.append(Finding("info", "holds nothing", file=file.name))
            layer = _counted(Layer(file.name, inside.text, encoding=inside.encoding, target=file.target, coats=inside.coats))
            if inside.encoding:
                self.gathered.wrapped(file.data.decode("latin-1"), inside.text)
            self.text(layer, certain=True)

    def text(self, layer: Layer, *, certain: bool, ignored: str = "", depth: int = 0) -> None:
        """A layer and all that is in it."""
        self.layers.append(layer)
        text = layer.text
        self.gathered.text(text)
        if depth > _DEEPEST:
            self.say("error", f"texts in texts, more than {_DEEPEST} deep: not read", layer)
            return
        head = text.lstrip("\ufeff").partition("\n")[0].strip()
        if is_multipart(text):
            self.parts(layer, depth)
        elif head.startswith(_SCRIPTS):
            self.script(layer, head)
        elif certain or _may_hold_objects(layer):
            self.documents(layer, head, certain=certain, ignored=ignored, depth=depth)

    def script(self, layer: Layer, head: str) -> None:
        if head.startswith("#include"):
            self.say("warning", "names URLs with further user data: fetch them, and give them as a FROM too", layer)
        for name in manifests_written(layer.text):
            self.say("warning", shell(name), layer)

    def parts(self, layer: Layer, depth: int) -> None:
        """Multipart user data. Of two parts of cloud-config the later one's keys replace the earlier one's."""
        found = parts(layer.text)
        if found is None:
            self.say("error", "is a multipart message without a boundary: cloud-init cannot read it either", layer)
            return
        children: list[tuple[Layer, bool]] = []
        for number, part in enumerate(found, 1):
            body = layer.text[slice(*part.body)]
            name = f"part {number}"
            coats: tuple[Coat, ...] = ()
            try:
                if part.encoding == "base64":
                    data, outer = off_base64(body.encode())
                    inside = unwrap(data, self.budget)
                    self.gathered.wrapped(body, inside.text)
                    encoding = f"{inside.encoding}+base64" if inside.encoding else "base64"
                    inner, coats = inside.text, (outer, *inside.coats)
                elif part.encoding in ("", "7bit", "8bit", "binary"):
                    inner, encoding = body, ""
                else:
                    self.say("warning", f"{name} is encoded as {part.encoding}, and is not read", layer)
                    continue
            except InputError as error:
                self.say("error", f"{name} {error.message}", layer)
                continue
            if part.kind.startswith("multipart/"):
                self.say("warning", f"{name} is multipart itself, and is not read: give its parts as files", layer)
                continue
            child = _counted(Layer(name, inner, layer, encoding=encoding, span=part.body, coats=coats))
            children.append((child, part.merges))
        writers = [number for number, (child, _) in enumerate(children) if "\nwrite_files:" in "\n" + child.text]
        for number, (child, _) in enumerate(children):
            later = [at for at in writers if at > number and not children[at][1]]
            ignored = f"{children[later[-1]][0].name}, whose `write_files` replaces it" if later else ""
            self.text(child, certain=looks_like_user_data(child.text), ignored=ignored, depth=depth + 1)

    # --- documents --------------------------------------------------------------------------------------------------

    def documents(self, layer: Layer, head: str, *, certain: bool, ignored: str, depth: int) -> None:
        loud = certain or (layer.target is not None and layer.target.is_manifest)
        text = layer.text
        if loud and is_placeholder(text):
            self.say("warning", f"holds nothing but the placeholder `{text.strip()}`: {_RENDER}", layer)
            return
        number = 0
        any_held = False
        before = len(self.found)
        for piece in documents(text):
            if piece.fragment is None:
                continue
            number += 1
            try:
                any_held |= self.document(layer, number, piece, head, ignored=ignored, depth=depth)
            except InputError as error:
                any_held |= self.unreadable(layer, number, piece, error, head, loud=loud, ignored=ignored, depth=depth)
        empty = len(self.found) == before and not any_held
        if empty and number and layer.above is None and not looks_like_user_data(text):
            self.say("warning", "left alone: no Kubernetes object in it, and no user data", layer)
        target = layer.node_file
        if target is not None and not target.is_manifest and len(self.found) > before and not layer.replaced:
            message = f"RKE2 does not apply `{target.path}` by itself: what brings these objects to the cluster stays"
            self.say("info", message, layer)

    def unreadable(self, layer: Layer, number: int, piece: Piece, error: InputError, head: str, *, loud: bool,
                   ignored: str, depth: int) -> bool:  # fmt: skip
        """A document that is no YAML: said, and read as far as it is, if a template is why."""
        fragment = piece.fragment
        assert fragment is not None
        template = template_of(fragment.text)
        if template is None:
            if loud:
                self.say("error", error.message, layer, document=number, line=error.line)
            return loud
        if loud:
            line = fragment.first_line + template.line - 1
            self.say("error", str(template), layer, document=number, line=line)
        readable = Piece(piece.gap, Fragment(masked(fragment.text), first_line=fragment.first_line))
        marked = replace(layer, unrendered=str(template))
        try:
            self.document(marked, number, readable, head, ignored=ignored, depth=depth)
        except InputError:
            pass
        return True

    def document(self, layer: Layer, number: int, piece: Piece, head: str, *, ignored: str, depth: int) -> bool:
        """One document. Raises InputError when it is not YAML; says whether it carries anything."""
        held = unlisted(piece)
        if held is not None:
            for item, resource in enumerate(one for one in held.objects if one is not None):
                self.object(layer, number, resource, resource.root, item=item)
                self.gathered.document(resource.root, resource)
            return True
        fragment = piece.fragment
        assert fragment is not None
        root = fragment.root
        if isinstance(root, List) and head.startswith(_ARCHIVE):
            archived = [
                Held((index, "content"), found, (index,), certain=True)
                for index in range(len(root.items))
                if isinstance(found := find(root, (index, "content")), Scalar)
            ]
            self.held(layer, number, fragment, archived, depth)
            return True
        if not isinstance(root, Mapping):
            if layer.target is not None and layer.target.is_manifest:
                self.say("error", "no Kubernetes object: it is no mapping", layer, document=number,
                         line=fragment.line(root))  # fmt: skip
            return False
        resource = read_resource(fragment)
        is_object = bool(resource.api_version and resource.kind)
        if is_object:
            self.object(layer, number, resource, root)
        self.gathered.document(root, resource if is_object else None)
        shown = Document(root, resource if is_object else None, self.manifests)
        self.references |= set(reference(shown))
        given: list[Held] = []
        for one in texts(shown):
            if isinstance(one, Held):
                passed_over = ignored and one.path[0] == "write_files" and not one.replaced
                given.append(replace(one, replaced=ignored) if passed_over else one)
            else:
                self.say(one.severity, one.message, layer, path=one.path, document=number,
                         line=fragment.line(one.node))  # fmt: skip
        if not is_object and not given and layer.target is not None and layer.target.is_manifest:
            line = fragment.line(root)
            self.say("error", "no Kubernetes object: it has no apiVersion and kind", layer, document=number, line=line)
        self.held(layer, number, fragment, given, depth)
        return bool(given)

    def object(self, layer: Layer, number: int, resource: Resource, root: Node, *, item: int | None = None) -> None:
        placed = replace(resource, file=str(layer), index=number - 1, position=len(self.found), package="",
                         identified=False)  # fmt: skip
        unrendered = layer.unrendered
        template = None if unrendered else hidden(resource.fragment.text, root)
        if template is not None:
            unrendered = str(template)
            line = resource.fragment.first_line + template.line - 1
            self.say("error", unrendered, layer, document=number, line=line)
        metadata = find(root, ("metadata",))
        live = isinstance(metadata, Mapping) and any(
            isinstance(node := metadata.get(key), Scalar) and node.value for key in ("uid", "resourceVersion")
        )
        replaced = next((one.replaced for one in _upward(layer) if one.replaced), "")
        self.found.append(Found(placed, layer, number, live, item, replaced, unrendered))

    # --- texts in a document ----------------------------------------------------------------------------------------

    def held(self, layer: Layer, number: int, fragment: Fragment, given: list[Held], depth: int) -> None:
        """The texts of a document, each as a layer, in the order of the document."""
        made: list[Layer | None] = [self.layer(layer, number, fragment, one) for one in given]
        # Of the branches of a template only one is rendered, and nobody knows which.
        for early, late in () if layer.unrendered else overwritten(given, made):
            first, last = made[early], made[late]
            if first is not None and last is not None and not first.replaced:
                made[early] = replace(first, replaced=str(last))
                message = f"is written over by {last.name}, with the same path: nothing of it reaches the node"
                self.say("warning", message, first)
        for members in () if layer.unrendered else glued(given, made):
            chain = [one for at in members if (one := made[at]) is not None]
            if all(clashing(one.text, other.text) for one, other in zip(chain, chain[1:], strict=False)):
                message = (
                    "is appended without a `---` before it: RKE2 reads it and the object before it as one, "
                    "and keeps the later keys; write a `---` first"
                )
                self.say("error", message, chain[-1])
                continue
            for one in chain:
                self.layers.append(one)
            whole = _counted(
                replace(chain[0], name=" + ".join(one.name for one in chain), parts=tuple(chain),
                        text="".join(one.text for one in chain))  # fmt: skip
            )
            message = "is appended without a `---` before it: with the text before it, it makes one document"
            self.say("warning", message, chain[-1])
            self.text(whole, certain=True, depth=depth + 1)
            for at in members:
                made[at] = None
        for one, inner in zip(given, made, strict=True):
            if inner is not None:
                self.text(inner, certain=one.certain or _is_object_text(one), ignored=one.ignored, depth=depth + 1)

    def layer(self, above: Layer, number: int, fragment: Fragment, held: Held) -> Layer | None:
        """A text as a layer; ``None`` where it cannot be had, which is said, or is not what its key promises."""
        try:
            inside = unlabel(held.scalar, held.encoding, self.budget)
        except InputError as error:
            if held.encoding.endswith("maybe"):
                return None
            manifest = held.target is not None and held.target.is_manifest
            line = fragment.line(held.scalar)
            if is_placeholder(held.scalar.value):
                message = f"holds nothing but the placeholder `{held.scalar.value.strip()}`: {_RENDER}"
                self.say("warning", message, above, path=held.path, document=number, line=line)
            elif held.encoding or manifest:
                message = f"says that it is {held.encoding}, and {error.message}" if held.encoding else error.message
                message = f"{message}; cloud-init fails at it, and the file is not written"
                self.say("error" if manifest else "warning", message, above, path=held.path, document=number, line=line)
            return None
        if held.encoding.endswith("maybe") and not looks_like_user_data(inside.text):
            return None
        if inside.encoding:
            raw = fragment.text[held.scalar.start : held.scalar.end]
            self.gathered.wrapped(raw, inside.text)
            self.gathered.wrapped(held.scalar.value, inside.text)
        return _counted(
            Layer(field_path(held.path), inside.text, above, number, held.path, inside.encoding, held.target,
                  entry=held.entry, replaced=held.replaced, coats=inside.coats, unrendered=above.unrendered)  # fmt: skip
        )


_RENDER: Final = "give the user data as it is rendered"


def _counted(layer: Layer) -> Layer:
    count = sum(1 for piece in documents(layer.text) if piece.fragment is not None)
    return layer if count == 1 else replace(layer, documents=count)


def _upward(layer: Layer) -> Sequence[Layer]:
    found = [layer]
    while found[-1].above is not None:
        found.append(found[-1].above)
    return found


def _may_hold_objects(layer: Layer) -> bool:
    """Whether a text that nobody promised anything of is worth reading as YAML."""
    path = layer.target.path.lower() if layer.target else ""
    text = layer.text
    return path.endswith(_SUFFIXES) or ("apiVersion" in text and "kind" in text) or looks_like_user_data(text)


def _is_object_text(held: Held) -> bool:
    return held.target is not None and held.target.is_manifest
