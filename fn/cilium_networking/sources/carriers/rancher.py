"""Rancher's provisioning: the manifest that a cluster gets beside its charts; the charts' values are said and stay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...lossless import Mapping, Scalar
from ..layer import MANIFESTS, Target
from .held import Document, Held, Said, at

_MANIFEST: Final = ("spec", "rkeConfig", "additionalManifest")
_VALUES: Final = ("spec", "rkeConfig", "chartValues")


def texts(document: Document) -> Iterator[Held | Said]:
    resource = document.resource
    if resource is None or not resource.api_version.startswith("provisioning.cattle.io/"):
        return
    manifest = at(document.root, *_MANIFEST)
    if isinstance(manifest, Scalar) and manifest.value.strip():
        target = Target(f"{MANIFESTS[0]}/rancher/addons.yaml")
        yield Held(_MANIFEST, manifest, _MANIFEST, target=target, certain=True)
    values = at(document.root, *_VALUES)
    for entry in values.entries if isinstance(values, Mapping) else ():
        if entry.name in ("rke2-cilium", "cilium"):
            message = f"values of the chart {entry.name}: they belong to the cluster's bootstrap and stay here"
            yield Said("info", message, (*_VALUES, entry.name), entry.key)
