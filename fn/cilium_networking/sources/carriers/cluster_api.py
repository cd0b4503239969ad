"""Objects of Cluster API's providers for RKE2 and k3s: ``files``, user data of their own, a ConfigMap of manifests.

The same lists stand at other depths in control planes, configs and the templates of both, so they are found by their
keys, in any object of Cluster API's groups. Facts: bootstrap/api and controlplane/api of cluster-api-provider-rke2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...lossless import Mapping, Path, Scalar, Sequence
from ..layer import MANIFESTS, Target
from .commands import commands
from .entries import written
from .held import Document, Held, Said, at, text, walk

_GROUP: Final = "cluster.x-k8s.io"
_COMMANDS: Final = ("preRKE2Commands", "postRKE2Commands", "preK3sCommands", "postK3sCommands")
REFERENCE: Final = "manifestsConfigMapReference"
_IGNORED: Final = "the provider itself, which writes its own `write_files`"


def texts(document: Document) -> Iterator[Held | Said]:
    resource = document.resource
    if resource is None:
        return
    if resource.kind == "ConfigMap" and (resource.namespace, resource.name) in document.manifests:
        yield from _manifests(document)
    if not resource.api_version.partition("/")[0].endswith(_GROUP):
        return
    for path, node in walk(document.root):
        key = path[-1] if path else None
        if key == "files" and isinstance(node, Sequence):
            yield from written(node, path)
        elif key == "additionalUserData" and isinstance(node, Mapping):
            yield from _user_data(node, path)
        elif key in _COMMANDS:
            yield from commands(node, path)
        elif key == REFERENCE:
            name, namespace = text(node, "name"), text(node, "namespace") or resource.namespace
            if name and (namespace, name) not in document.manifests:
                message = (
                    f"the ConfigMap `{namespace}/{name}` holds manifests and is none of the sources: "
                    "give it as a source too"
                )
                yield Said("warning", message, path, node)


def reference(document: Document) -> Iterator[tuple[str, str]]:
    """Namespace and name of the ConfigMaps whose data are manifests."""
    resource = document.resource
    if resource is None or not resource.api_version.partition("/")[0].endswith(_GROUP):
        return
    for path, node in walk(document.root):
        if path and path[-1] == REFERENCE and (name := text(node, "name")):
            yield text(node, "namespace") or resource.namespace, name


def _user_data(node: Mapping, path: Path) -> Iterator[Held]:
    config = at(node, "config")
    if isinstance(config, Scalar):
        yield Held((*path, "config"), config, (*path, "config"), ignored=_IGNORED, certain=True)
    data = at(node, "data")
    for entry in data.entries if isinstance(data, Mapping) else ():
        value = at(data, entry.name or "")
        if isinstance(value, Scalar) and entry.name == "write_files":
            yield Held((*path, "data", entry.name), value, (*path, "data", entry.name), replaced=_IGNORED)


def _manifests(document: Document) -> Iterator[Held]:
    """The provider writes each key of the ConfigMap to a file of that name."""
    data = at(document.root, "data")
    for entry in data.entries if isinstance(data, Mapping) else ():
        value = at(data, entry.name or "")
        if entry.name is not None and isinstance(value, Scalar):
            path: Path = ("data", entry.name)
            yield Held(path, value, path, target=Target(f"{MANIFESTS[0]}/{entry.name}"), certain=True)
