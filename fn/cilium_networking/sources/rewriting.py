"""Sources without the objects that moved, as the smallest edit there is, written outward through the layers.

A text loses whole documents (:mod:`.taking`). Where it stands in another text, its scalar is changed by lines, or
encoded again as it was; with its last document its entry goes, and with its last entry the list. Then everything is
read again: the new files must hold exactly the old objects less the moved ones, in texts that are the same but for
those that lie on the way. What does not come out so is an EditError, and nothing is given.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final, TypeAlias

from ..errors import EditError
from ..lossless import Fragment, Mapping, Path, field_path
from ..lossless import Sequence as List
from ..lossless.edit import Delete, edit
from ..lossless.literal import write_scalar
from ..lossless.places import locate
from ..lossless.stream import documents
from ..records import replace
from .coding import put_on
from .layer import Found, Layer, Reading, Rewritten, place
from .multipart import parts
from .reading import read
from .taking import without

_HEADERS: Final = re.compile(r"\ufeff?(?:##[ \t]*template:[^\n]*\n|#cloud-config[^\n]*\n)*")
#: A layer by its way: the names and documents from the file on.
Key: TypeAlias = tuple[tuple[str, int], ...]


def rewritten(reading: Reading, moved: Collection[Found]) -> tuple[Rewritten, ...]:
    """Each source that holds one of the moved objects, without them; an export of a cluster stays as it is.

    Raises EditError where that cannot be done without changing something else.
    """
    chosen = [found for found in moved if not found.live]
    try:
        return _rewritten(reading, chosen)
    except EditError as error:
        raise EditError(reading.secrets.redact(error.message), line=error.line) from None


def _rewritten(reading: Reading, moved: list[Found]) -> tuple[Rewritten, ...]:
    for found in moved:
        if found.unrendered or found.layer.unrendered:
            raise EditError(f"{found.way}: cannot be taken out of a template: {found.unrendered}")
    if not moved:
        return ()
    change = _Change(reading, moved)
    made: list[Rewritten] = []
    told = change.told
    for file in reading.files:
        key: Key = ((file.name, 0),)
        if key not in change.affected:
            continue
        outer = change.affected[key]
        text = change.text(outer)
        after = None if text is None else put_on(text.encode("utf-8"), outer.coats)
        mine = tuple(reading.secrets.redact(sentence) for name, sentence in told if name == file.name)
        made.append(Rewritten(file.name, file.data, after, mine))
    _prove(reading, change, made)
    return tuple(made)


def key_of(layer: Layer) -> Key:
    steps = [(layer.name, layer.document)]
    while layer.above is not None:
        layer = layer.above
        steps.append((layer.name, layer.document))
    return tuple(reversed(steps))


class _Change:
    """What goes, and what that makes of each text on the way out."""

    def __init__(self, reading: Reading, moved: list[Found]) -> None:
        self.gone: dict[Key, dict[int, set[int | None]]] = {}
        self.affected: dict[Key, Layer] = {}
        self.inner: dict[Key, list[Layer]] = {}
        #: Layers of which nothing is left.
        self.emptied: set[Key] = set()
        self.told: list[tuple[str, str]] = []
        self.items: dict[tuple[Key, int], int] = {}
        for found in reading.found:
            if found.item is not None:
                at = (key_of(found.layer), found.document)
                self.items[at] = self.items.get(at, 0) + 1
        for found in moved:
            key = key_of(found.layer)
            self.gone.setdefault(key, {}).setdefault(found.document, set()).add(found.item)
            resource = found.resource
            way = found.way.removeprefix(f"{found.layer.outermost.name}, ")
            sentence = f"{resource.kind} {resource.name} is taken out of {way}"
            self.told.append((found.layer.outermost.name, sentence))
            self.affect(found.layer)

    def affect(self, layer: Layer) -> None:
        key = key_of(layer)
        if key in self.affected:
            return
        self.affected[key] = layer
        if layer.above is not None:
            self.inner.setdefault(key_of(layer.above), []).append(layer)
            self.affect(layer.above)

    def text(self, layer: Layer) -> str | None:
        """The new text of a layer; ``None`` where nothing is left of it."""
        key = key_of(layer)
        inner = [(child, self.text(child)) for child in self.inner.get(key, [])]
        if any(child.span is not None for child, _ in inner):
            text = _with_parts(layer, inner)
        else:
            text = self.documents(layer, key, inner)
        if layer.parts and text is not None:
            raise EditError(f"{layer}: only all of it can be taken out, because entries share a document")
        if text is None:
            self.emptied.add(key)
            self.emptied |= {key_of(part) for part in layer.parts}
            if layer.above is not None:
                goes = field_path(layer.entry) or layer.name
                self.told.append((layer.outermost.name, f"{goes} goes: nothing is left of it"))
        return text

    def documents(self, layer: Layer, key: Key, inner: list[tuple[Layer, str | None]]) -> str | None:
        gone: set[int] = set()
        changed: dict[int, str] = {}
        held: dict[int, list[tuple[Layer, str | None]]] = {}
        for child, text in inner:
            held.setdefault(child.document, []).append((child, text))
        taken = self.gone.get(key, {})
        fragments = [piece.fragment for piece in documents(layer.text) if piece.fragment is not None]
        for number in sorted({*taken, *held}):
            fragment = fragments[number - 1]
            items = taken.get(number, set())
            if None in items or (items and len(items) == self.items[key, number]):
                gone.add(number)
                continue
            for item in sorted((item for item in items if item is not None), reverse=True):
                fragment = edit(fragment, Delete(("items", item)))
            after = _with_texts(fragment, held.get(number, []))
            if after is None:
                gone.add(number)
            else:
                changed[number] = after.text
        return without(layer.text, gone, changed)


def _with_texts(fragment: Fragment, inner: list[tuple[Layer, str | None]]) -> Fragment | None:
    """A document with other texts in it; ``None`` where nothing is left of it."""
    # The first lines of user data say what it is: they belong to no key, even to the one right below them.
    head = _HEADERS.match(fragment.text)
    if head is not None and head.end():
        rest = Fragment(fragment.text[head.end() :], first_line=fragment.first_line + head.group().count("\n"))
        after = _with_texts(rest, inner)
        return None if after is None else Fragment(head.group() + after.text, first_line=fragment.first_line)
    entries: set[Path] = set()
    for child, text in inner:
        if text is None:
            entries |= {part.entry for part in child.parts or (child,)}
            continue
        data = put_on(text.encode("utf-8"), child.coats)
        try:
            fragment = write_scalar(fragment, child.path, data.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise EditError(f"{child}: its packed text cannot be written where no base64 is around it") from error
    for entry in _whole(fragment, entries):
        if not entry:
            return None
        fragment = edit(fragment, Delete(entry))
    return fragment


def _whole(fragment: Fragment, entries: set[Path]) -> list[Path]:
    """What goes, where a collection goes with its last member; from the end, so that places before it stay right."""
    while True:
        counts: dict[Path, int] = {}
        for entry in entries:
            counts[entry[:-1]] = counts.get(entry[:-1], 0) + 1
        emptied = [path for path, count in counts.items() if count == _members(fragment, path)]
        if not emptied:
            return sorted(entries, key=_order, reverse=True)
        deepest = max(emptied, key=len)
        entries = {entry for entry in entries if entry[:-1] != deepest} | {deepest}
        if not deepest:
            return [()]


def _members(fragment: Fragment, path: Path) -> int:
    node = locate(fragment, path)
    return len(node.entries) if isinstance(node, Mapping) else len(node.items) if isinstance(node, List) else 0


def _order(path: Path) -> tuple[tuple[bool, int, str], ...]:
    return tuple((isinstance(step, str), step if isinstance(step, int) else 0, str(step)) for step in path)


def _with_parts(layer: Layer, inner: list[tuple[Layer, str | None]]) -> str | None:
    """A multipart message with other parts; a part of which nothing is left goes with its boundary and headers."""
    found = parts(layer.text) or []
    wholes = {part.body: part.whole for part in found}
    if len(found) == sum(text is None for _, text in inner):
        return None
    text = layer.text
    for child, new in sorted(inner, key=lambda pair: pair[0].span or (0, 0), reverse=True):
        assert child.span is not None
        start, end = child.span if new is not None else wholes[child.span]
        text = text[:start] + _part(child, new) + text[end:]
    return text


def _part(child: Layer, new: str | None) -> str:
    if new is None:
        return ""
    if not child.coats and not child.text.endswith("\n"):
        # The line break before a boundary is no part of the text.
        new = new.removesuffix("\n").removesuffix("\r")
    return put_on(new.encode("utf-8"), child.coats).decode("utf-8")


# --- the proof ------------------------------------------------------------------------------------------------------


def _prove(reading: Reading, change: _Change, made: list[Rewritten]) -> None:
    after = {one.name: one.after for one in made}
    files = []
    for file in reading.files:
        data = after.get(file.name, file.data)
        if data is not None:
            files.append(replace(file, data=data))
    again = read(files)
    kept = [found for found in reading.found if not _is_gone(change, found)]
    if len(kept) != len(again.found):
        raise EditError("the sources without these objects do not read as the rest of them: nothing was changed")
    hosts = {(key_of(layer.above), layer.document) for layer in change.affected.values() if layer.above is not None}
    for old, new in zip(kept, again.found, strict=True):
        same = (old.resource.api_version, old.resource.identity) == (new.resource.api_version, new.resource.identity)
        if same and (key_of(old.layer), old.document) not in hosts:
            same = old.resource.fragment.text.strip() == new.resource.fragment.text.strip() or (
                old.resource.fragment.data() == new.resource.fragment.data()
            )
        if not same:
            raise EditError(f"{old.way}: would read otherwise without the moved objects: nothing was changed")
        if bool(old.replaced) is not bool(new.replaced):
            message = "would come to life without what is written over it: take it out as well"
            raise EditError(f"{old.way}: {message}")
    layers = [layer for layer in reading.layers if not _is_emptied(change, layer)]
    for before, now in zip(layers, again.layers, strict=False):
        on_the_way = key_of(before) in change.affected
        if place(before) != place(now) or (before.text != now.text and not on_the_way):
            raise EditError(f"{before}: would read otherwise without the moved objects: nothing was changed")
        if bool(before.replaced) is not bool(now.replaced):
            raise EditError(f"{before}: would come to life without what is written over it: take it out as well")
    if len(layers) != len(again.layers):
        raise EditError("the sources without these objects hold other texts than before: nothing was changed")


def _is_gone(change: _Change, found: Found) -> bool:
    items = change.gone.get(key_of(found.layer), {}).get(found.document, set())
    return found.item in items or (None in items)


def _is_emptied(change: _Change, layer: Layer) -> bool:
    found: Layer | None = layer
    while found is not None:
        if key_of(found) in change.emptied:
            return True
        found = found.above
    return False
