"""What an object carries that is not its owner's: notes of the API server and of those who applied it, a namespace.

Source: Kubernetes meta/v1 ObjectMeta; wrangler, pkg/apply (RKE2's deploy controller); cli-utils, the inventory of kpt.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ...fabric.spot import below
from ...lossless import Path
from ...lossless.edit import Delete
from ..ledger import Told
from .change import Change

#: Fields that the API server writes.
_SERVERS: Final[tuple[Path, ...]] = (
    ("metadata", "uid"),
    ("metadata", "resourceVersion"),
    ("metadata", "generation"),
    ("metadata", "creationTimestamp"),
    ("metadata", "selfLink"),
    ("metadata", "managedFields"),
    ("metadata", "deletionTimestamp"),
    ("metadata", "deletionGracePeriodSeconds"),
    ("status",),
)
#: Annotations and labels of those who applied an object: with them another would be taken for its owner.
_APPLIED: Final = {
    "kubectl.kubernetes.io/last-applied-configuration": "kubectl",
    "config.k8s.io/owning-inventory": "kpt",
}
_WRANGLER: Final = "objectset.rio.cattle.io/"


def server_side(data: Any) -> Iterator[Change]:
    """What a live object has and a file must not have."""
    for path in _SERVERS:
        above = below(data, *map(str, path[:-1])) if len(path) > 1 else data
        if isinstance(above, dict) and path[-1] in above:
            yield Change((Delete(path),), (Told(path, "changed", "the API server writes it: left out"),))
    for field in ("annotations", "labels"):
        found = below(data, "metadata", field)
        gone = [(key, by) for key in (found if isinstance(found, dict) else ()) if (by := _applier(key))]
        told = tuple(
            Told(("metadata", field, key), "changed", f"{by} writes it when it applies the object: left out")
            for key, by in gone
        )
        if gone and len(gone) == len(found):
            yield Change((Delete(("metadata", field)),), told)
        elif gone:
            yield Change(tuple(Delete(("metadata", field, key)) for key, _ in gone), told)


def _applier(key: str) -> str | None:
    return "RKE2's deploy controller" if key.startswith(_WRANGLER) else _APPLIED.get(key)


def namespace(data: Any) -> Iterator[Change]:
    """The namespace of an object that belongs to the whole cluster."""
    path = ("metadata", "namespace")
    if isinstance(above := below(data, "metadata"), dict) and "namespace" in above:
        why = "the kind belongs to the whole cluster, and the API server drops a namespace: left out"
        yield Change((Delete(path),), (Told(path, "changed", why),))
