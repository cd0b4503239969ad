"""What sources are made of: files, the texts inside of them, and the objects at the end of the way.

A manifest reaches RKE2 inside other texts: a scalar of user data, base64 in it, gzip in that, a Butane config in an
object of Cluster API. Each text that was decoded is a :class:`Layer` that knows the one above it; each object is a
:class:`Found` that knows its layer. So that whatever is said of an object names the place where it was typed, and what
is taken out of it can be written back outward.
"""

from __future__ import annotations

import posixpath
import re
from typing import Final

from ..lossless import Path
from ..records import dataclass, field
from ..resources import Finding, Resource
from .coding import Coat
from .secrets import Secrets

#: RKE2's deploy controller applies what stands below these, and so does k3s's (pkg/deploy/controller.go).
MANIFESTS: Final = ("/var/lib/rancher/rke2/server/manifests", "/var/lib/rancher/k3s/server/manifests")
_SUFFIXES: Final = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Target:
    """The file on a node that a text becomes. ``permissions`` is as it was written, empty where it was not."""

    path: str
    permissions: str = ""
    append: bool = False

    @property
    def is_manifest(self) -> bool:
        """Whether RKE2's or k3s's deploy controller applies the file."""
        path = posixpath.normpath(self.path)
        name = posixpath.basename(path)
        below = any(path.startswith(f"{root}/") for root in MANIFESTS)
        return below and name.lower().endswith(_SUFFIXES) and not name.startswith(".")

    @property
    def addon(self) -> str:
        """The AddOn that the deploy controller makes of the file: its name up to the first dot."""
        return posixpath.basename(self.path).partition(".")[0]


@dataclass(frozen=True, slots=True)
class Layer:
    """A text inside another one; the outermost is a file, named as it was typed."""

    #: ``cloud-init.yaml``, ``write_files[3].content``, ``part 2``.
    name: str
    #: As it reads once decoded.
    text: str
    above: Layer | None = None
    #: 1-based document of the layer above that holds it; 0 for a file and for a part of a multipart message.
    document: int = 0
    #: Of its scalar in that document.
    path: Path = ()
    #: What was taken off to read it, outermost first: ``base64``, ``gzip+base64``, ``data URL``; empty for plain text.
    encoding: str = ""
    target: Target | None = None
    #: How many documents the text has.
    documents: int = 1
    #: What goes with the text when nothing is left of it: its list item, or its key.
    entry: Path = ()
    #: Where a part of a multipart message stands in the text above: where it begins and ends.
    span: tuple[int, int] | None = None
    #: The way of the text that overwrites this one on the node; empty where none does.
    replaced: str = ""
    #: The layers that this text is put together from, because the node appends one to the other.
    parts: tuple[Layer, ...] = ()
    #: How to put its wrapping on again.
    coats: tuple[Coat, ...] = ()
    #: What has to be done before the whole text is YAML; such a text is read as far as possible and never rewritten.
    unrendered: str = ""

    def __str__(self) -> str:
        if self.above is None:
            return self.name
        several = self.above.documents > 1 and self.document
        return f"{self.above}, document {self.document}, {self.name}" if several else f"{self.above}, {self.name}"

    @property
    def outermost(self) -> Layer:
        """The file."""
        layer = self
        while layer.above is not None:
            layer = layer.above
        return layer

    @property
    def node_file(self) -> Target | None:
        """The file on a node that this text ends up in: its own, or that of the nearest layer above that has one."""
        layer: Layer | None = self
        while layer is not None and layer.target is None:
            layer = layer.above
        return None if layer is None else layer.target


@dataclass(frozen=True, slots=True)
class Found:
    """One object, and the way that leads to it. Its resource's file is the layer, its lines are those of the text."""

    resource: Resource
    layer: Layer
    #: 1-based, of the layer's text; the objects of a ``kind: List`` share one.
    document: int
    #: Whether it is from an export of a cluster: only the API server gives a uid or a resource version.
    live: bool = False
    #: Its place among the items of a ``kind: List``.
    item: int | None = None
    #: Why the cluster never gets it, although it stands here; empty where it does.
    replaced: str = ""
    #: What has to be rendered before it is what it will be; empty for all others.
    unrendered: str = ""

    @property
    def line(self) -> int:
        """1-based, in the text of its layer."""
        fragment = self.resource.fragment
        return fragment.line(fragment.root)

    @property
    def way(self) -> str:
        """``cloud-init.yaml, write_files[3].content, document 2, line 7``."""
        number = f"document {self.document}, " if self.layer.documents > 1 else ""
        return f"{self.layer}, {number}line {self.line}"


@dataclass(frozen=True, slots=True)
class File:
    """A source as it lies on the disk."""

    name: str
    data: bytes
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read of the sources. What findings say hides what :attr:`secrets` knows; texts hide nothing."""

    found: tuple[Found, ...]
    layers: tuple[Layer, ...]
    findings: tuple[Finding, ...]
    secrets: Secrets
    files: tuple[File, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A source without the objects that moved; ``after`` is ``None`` where nothing of it is left."""

    name: str
    before: bytes
    after: bytes | None
    #: What was taken out, a sentence each.
    told: tuple[str, ...] = ()


_NUMBER: Final = re.compile(r"(?<=\[)\d+(?=\])|(?<=^part )\d+")


def place(layer: Layer) -> str:
    """A layer's name without its numbers, to know it again after entries before it went."""
    return _NUMBER.sub("", layer.name)
