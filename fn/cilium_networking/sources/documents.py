"""The documents of a text: objects, and carriers of the texts that are read next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Final

from ..errors import InputError
from ..lossless import Fragment, Mapping, Node, Scalar, Sequence, field_path, find
from ..lossless.stream import Piece, documents
from ..records import replace
from ..resources import Resource, read_resource
from ..resources.unlisted import unlisted
from .carriers import Document, Held, texts
from .carriers.cluster_api import reference
from .coding import TooMuchError
from .layer import Found, Layer
from .order import clashing, glued, overwritten
from .run import Inner, Run
from .templates import hidden, is_placeholder, masked, template_of
from .unwrapping import is_base64, looks_like_user_data, unlabel

_ARCHIVE: Final = "#cloud-config-archive"
_RENDER: Final = "give the user data as it is rendered"


def counted(layer: Layer) -> Layer:
    """The layer with the number of its documents."""
    count = sum(1 for piece in documents(layer.text) if piece.fragment is not None)
    return layer if count == layer.documents else replace(layer, documents=count)


def read_documents(run: Run, inner: Inner) -> list[Inner]:
    """The objects of a text go to the run; the texts in it are given back."""
    layer = inner.layer
    loud = inner.certain or _is_manifest(layer)
    if loud and is_placeholder(layer.text):
        run.say("warning", f"holds nothing but the placeholder `{layer.text.strip()}`: {_RENDER}", layer)
        return []
    before = len(run.found)
    found: list[Inner] = []
    number = 0
    failed = False
    for piece in documents(layer.text):
        if piece.fragment is None:
            continue
        number += 1
        try:
            found += _read_document(run, inner, number, piece)
        except InputError as error:
            failed = True
            found += _read_template(run, inner, number, piece, error, loud=loud)
    objects = len(run.found) - before
    if number and not (objects or found or failed or layer.above) and not looks_like_user_data(layer.text):
        run.say("warning", "left alone: no Kubernetes object in it, and no user data", layer)
    target = layer.target
    if target is not None and not target.is_manifest and objects and not layer.replaced:
        message = f"RKE2 does not apply `{target.path}` by itself: what brings these objects to the cluster stays"
        run.say("info", message, layer)
    return found


def _is_manifest(layer: Layer) -> bool:
    return layer.target is not None and layer.target.is_manifest


def _read_template(run: Run, inner: Inner, number: int, piece: Piece, error: InputError, *, loud: bool) -> list[Inner]:
    """A document that is no YAML: said, and read as far as that goes, if a template is why."""
    fragment = piece.fragment
    assert fragment is not None
    template = template_of(fragment.text)
    if loud:
        line = error.line if template is None else fragment.first_line + template.line - 1
        run.say("error", str(template or error.message), inner.layer, document=number, line=line)
    if template is not None:
        readable = Piece(piece.gap, Fragment(masked(fragment.text), first_line=fragment.first_line))
        layer = replace(inner.layer, unrendered=str(template))
        with suppress(InputError):
            return _read_document(run, replace(inner, layer=layer), number, readable)
    return []


def _read_document(run: Run, inner: Inner, number: int, piece: Piece) -> list[Inner]:
    """One document. Raises InputError when it is not YAML."""
    layer, fragment = inner.layer, piece.fragment
    assert fragment is not None
    held = unlisted(piece)
    if held is not None:
        for item, resource in enumerate(one for one in held.objects if one is not None):
            root = resource.root
            _add(run, layer, number, resource, root, item=item)
            run.gathered.document(root, resource)
        return []
    root = fragment.root
    if isinstance(root, Sequence) and layer.text.lstrip("\ufeff").startswith(_ARCHIVE):
        return _layers(run, layer, number, fragment, list(_archived(root)))
    if not isinstance(root, Mapping):
        if _is_manifest(layer):
            encoded = isinstance(root, Scalar) and is_base64(root.value)
            message = "it is base64, and no encoding says so" if encoded else "it is no mapping"
            run.say("error", f"no Kubernetes object: {message}", layer, document=number, line=fragment.line(root))
        return []
    found = read_resource(fragment)
    read = found if found.api_version and found.kind else None
    if read is not None:
        _add(run, layer, number, read, root)
    run.gathered.document(root, read)
    shown = Document(root, read, run.manifests)
    run.references |= set(reference(shown))
    given: list[Held] = []
    for one in texts(shown):
        if isinstance(one, Held):
            passed_over = inner.ignored and one.path[0] == "write_files" and not one.replaced
            given.append(replace(one, replaced=inner.ignored) if passed_over else one)
        else:
            line = fragment.line(one.node)
            run.say(one.severity, one.message, layer, path=one.path, document=number, line=line)
    if read is None and not given and _is_manifest(layer):
        message = "no Kubernetes object: it has no apiVersion and kind"
        run.say("error", message, layer, document=number, line=fragment.line(root))
    return _layers(run, layer, number, fragment, given)


def _archived(root: Sequence) -> Iterator[Held]:
    """The parts of a list of user data."""
    for index in range(len(root.items)):
        content = find(root, (index, "content"))
        if isinstance(content, Scalar):
            yield Held((index, "content"), content, (index,), certain=looks_like_user_data(content.value))


def _add(run: Run, layer: Layer, number: int, resource: Resource, root: Node, *, item: int | None = None) -> None:
    placed = replace(resource, file=str(layer), index=number - 1, position=len(run.found), package="", identified=False)
    unrendered = layer.unrendered
    template = None if unrendered else hidden(resource.fragment.text, root)
    if template is not None:
        unrendered = str(template)
        line = resource.fragment.first_line + template.line - 1
        run.say("error", unrendered, layer, document=number, line=line)
    metadata = find(root, ("metadata",))
    live = isinstance(metadata, Mapping) and any(
        isinstance(node := metadata.get(key), Scalar) and node.value for key in ("uid", "resourceVersion")
    )
    run.found.append(Found(placed, layer, number, live, item, _replaced(layer), unrendered))


def _replaced(layer: Layer) -> str:
    """What the nearest text around an object is written over by."""
    here: Layer | None = layer
    while here is not None and not here.replaced:
        here = here.above
    return "" if here is None else here.replaced


# --- texts in a document --------------------------------------------------------------------------------------------


def _layers(run: Run, layer: Layer, number: int, fragment: Fragment, given: list[Held]) -> list[Inner]:
    """The texts of a document, each as a layer, in the order of the document."""
    made = [_layer(run, layer, number, fragment, one) for one in given]
    joined: dict[int, Layer] = {}
    if not layer.unrendered:
        # Of the branches of a template only one is rendered, and nobody knows which.
        _mark_overwritten(run, given, made)
        joined = _joined(run, given, made)
    found: list[Inner] = []
    for at, (one, inner) in enumerate(zip(given, made, strict=True)):
        if at in joined:
            found.append(Inner(joined[at], certain=True))
        elif inner is not None:
            certain = one.certain or (one.target is not None and one.target.is_manifest)
            found.append(Inner(inner, certain, one.ignored))
    return found


def _mark_overwritten(run: Run, given: list[Held], made: list[Layer | None]) -> None:
    for early, late in overwritten(given, made):
        first, last = made[early], made[late]
        if first is not None and last is not None and not first.replaced:
            made[early] = replace(first, replaced=str(last))
            message = f"is written over by {last.name}, with the same path: nothing of it reaches the node"
            run.say("warning", message, first)


def _joined(run: Run, given: list[Held], made: list[Layer | None]) -> dict[int, Layer]:
    """Texts that the node puts together and that are one only then, at the place of the last; the parts are taken."""
    found: dict[int, Layer] = {}
    for members in glued(given, made):
        chain = [one for at in members if (one := made[at]) is not None]
        if all(clashing(one.text, other.text) for one, other in pairwise(chain)):
            message = (
                "is appended without a `---` before it: RKE2 reads it and the object before it as one, "
                "and keeps the later keys; write a `---` first"
            )
            run.say("error", message, chain[-1])
            continue
        run.layers += chain
        text = "".join(one.text for one in chain)
        name = " + ".join(one.name for one in chain)
        found[members[-1]] = counted(replace(chain[0], name=name, parts=tuple(chain), text=text))
        message = "is appended without a `---` before it: with the text before it, it makes one document"
        run.say("warning", message, chain[-1])
        for at in members:
            made[at] = None
    return found


def _layer(run: Run, above: Layer, number: int, fragment: Fragment, held: Held) -> Layer | None:
    """A text as a layer; ``None`` where it cannot be had, which is said, or is not what its key promises."""
    maybe = held.encoding.endswith("maybe")
    try:
        inside = unlabel(held.scalar, held.encoding, run.budget)
    except InputError as error:
        if not maybe:
            _say_wrong(run, above, number, fragment, held, error)
        return None
    if maybe and not looks_like_user_data(inside.text):
        return None
    if inside.encoding:
        run.gathered.wrapped(fragment.text[held.scalar.start : held.scalar.end], inside.text)
        run.gathered.wrapped(held.scalar.value, inside.text)
    return counted(
        Layer(
            field_path(held.path),
            inside.text,
            above,
            number,
            held.path,
            inside.encoding,
            held.target,
            entry=held.entry,
            replaced=held.replaced,
            coats=inside.coats,
            unrendered=above.unrendered,
        )
    )


def _say_wrong(run: Run, above: Layer, number: int, fragment: Fragment, held: Held, error: InputError) -> None:
    line = fragment.line(held.scalar)
    manifest = held.target is not None and held.target.is_manifest
    if is_placeholder(held.scalar.value):
        message = (
            f"`{field_path(held.path)}` holds nothing but the placeholder `{held.scalar.value.strip()}`: {_RENDER}"
        )
        run.say("warning", message, above, path=held.path, document=number, line=line)
        return
    if isinstance(error, TooMuchError):
        if str(above) not in run.too_much:
            message = f"`{field_path(held.path)}` is not read: {error.message}"
            run.say("error", message, above, path=held.path, document=number, line=line)
        run.too_much.add(str(above))
        return
    said = f"says {held.encoding}, and " if held.encoding else ""
    message = f"`{field_path(held.path)}` {said}{error.message}; the node does not get its text"
    run.say("error" if manifest else "warning", message, above, path=held.path, document=number, line=line)
