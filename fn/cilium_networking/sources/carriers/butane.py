"""Butane and the Ignition that it is made to: files, their contents inline or as a data URL, and configs in configs.

Facts: the specifications of Butane (``variant: fcos``, ``flatcar``…) and of Ignition 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...lossless import Mapping, Node, Path, Scalar
from ..layer import Target
from .held import Document, Held, Said, at, items, text

#: Both configs that another one is merged into or replaced by, in Ignition 3 and 2.
_CONFIGS: Final = ("merge", "append")


def texts(document: Document) -> Iterator[Held | Said]:
    root = document.root
    if document.resource is not None or not (at(root, "variant") or at(root, "ignition", "version")):
        return
    files = ("storage", "files")
    for index, item in items(at(root, *files)):
        entry: Path = (*files, index)
        mode = text(item, "mode") or ""
        where = text(item, "path")
        yield from _resource(at(item, "contents"), (*entry, "contents"), entry, Target(where, mode) if where else None)
        for number, more in items(at(item, "append")):
            added: Path = (*entry, "append", number)
            yield from _resource(more, added, added, Target(where, mode, append=True) if where else None)
    config = at(root, "ignition", "config")
    for key in _CONFIGS:
        for index, item in items(at(config, key)):
            path: Path = ("ignition", "config", key, index)
            yield from _resource(item, path, path, None)
    if isinstance(at(config, "replace"), Mapping):
        path = ("ignition", "config", "replace")
        yield from _resource(at(config, "replace"), path, path, None)


def _resource(node: Node | None, path: Path, entry: Path, target: Target | None) -> Iterator[Held | Said]:
    """What Ignition calls a resource: a text inline, a URL, or in Butane a file beside it."""
    inline, source, local = at(node, "inline"), at(node, "source"), text(node, "local")
    packed = (text(node, "compression") or "") == "gzip"
    if isinstance(inline, Scalar):
        # Butane packs what is inline by itself.
        yield Held((*path, "inline"), inline, entry, "", target, certain=target is None)
    if isinstance(source, Scalar) and source.value.startswith("data:"):
        encoding = "data URL+gzip" if packed else "data URL"
        yield Held((*path, "source"), source, entry, encoding, target, certain=target is None)
    elif isinstance(source, Scalar) and source.value:
        place = source.value.partition("?")[0]  # what follows may be a signature
        message = f"Ignition fetches this from `{place}`: read it there, and give that as a source too"
        yield Said("warning", message, (*path, "source"), source)
    if local and node is not None:
        message = f"Butane takes this from the file `{local}` in its files directory: give that as a source too"
        yield Said("warning", message, (*path, "local"), node)
