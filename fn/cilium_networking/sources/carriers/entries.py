"""Lists of files as cloud-init's ``write_files`` has them; Cluster API and Kairos took its words over.

Facts: cloudinit/config/cc_write_files.py. ``source`` wins over ``content``; ``append`` adds to the file without a
``---``; deferred entries are written last; an encoding that cloud-init does not know is plain text to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...lossless import Node, Path, Scalar
from ..layer import Target
from .held import Held, Said, at, is_true, items, text

#: What cloud-init's ``canonicalize_extraction`` knows, and what it comes to.
ENCODINGS: Final = {
    "": "",
    "text/plain": "",
    "b64": "base64",
    "base64": "base64",
    "gz": "gzip",
    "gzip": "gzip",
    **dict.fromkeys(("gz+base64", "gzip+base64", "gz+b64", "gzip+b64"), "gzip+base64"),
}


def written(files: Node | None, path: Path) -> Iterator[Held | Said]:
    """The texts of a list of files at ``path``."""
    for index, item in items(files):
        entry = (*path, index)
        where = text(item, "path")
        content = at(item, "content")
        label = text(item, "encoding") or ""
        encoding = ENCODINGS.get(label.lower().strip())
        if encoding is None:
            message = f"encoding `{label}` is none that cloud-init knows: it takes the content as plain text"
            yield Said("warning", message, (*entry, "encoding"), item)
        if not where and isinstance(content, Scalar):
            yield Said("warning", "has no path: cloud-init writes nothing", entry, item)
        replaced = ""
        for kind in ("secret", "configMap"):
            name, key = text(item, "contentFrom", kind, "name"), text(item, "contentFrom", kind, "key")
            if name:
                message = (
                    f"takes what `{where}` holds from key `{key}` of the {kind} `{name}`: give that as a source too"
                )
                yield Said("info", message, (*entry, "contentFrom"), item)
        uri = text(item, "source", "uri")
        if uri:
            replaced = "its `source`, which cloud-init takes first"
            # What follows the path of a URL may be a signature, or a token.
            place = uri.partition("?")[0]
            message = (
                f"cloud-init takes what `{where}` holds from `{place}`: read it there, and give that as a source too"
            )
            yield Said("warning", message, (*entry, "source"), item)
        if isinstance(content, Scalar):
            target = None
            if where:
                target = Target(where, text(item, "permissions") or "", is_true(item, "append"))
            yield Held(
                (*entry, "content"), content, entry, encoding or "", target,
                deferred=is_true(item, "defer"), replaced=replaced if where else "an entry without a path",
            )  # fmt: skip
