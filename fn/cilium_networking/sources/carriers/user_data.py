"""User data in objects: ConfigMaps and Secrets, machines of Harvester and KubeVirt, bootstrap data of Cluster API.

Known by the names of the keys, at any depth, and taken only where the text is user data.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...lossless import Scalar
from .held import Document, Held, Said, walk

_KEYS: Final = frozenset(
    (
        "userdata",
        "user-data",
        "user_data",
        "userdatabase64",
        "cloudinit",
        "cloud-init",
        "cloud_init",
        "cloudconfig",
        "cloud-config",
    )
)
#: Cluster API's bootstrap data.
_BOOTSTRAP: Final = "value"


def texts(document: Document) -> Iterator[Held | Said]:
    resource = document.resource
    if resource is None:
        return
    for path, node in walk(document.root):
        key = path[-1] if path else None
        if not isinstance(node, Scalar) or not isinstance(key, str):
            continue
        known = key.lower() in _KEYS or (key == _BOOTSTRAP and path[0] == "data" and resource.kind == "Secret")
        if not known or not node.value.strip() or "additionalUserData" in path:
            continue
        if node.value.startswith("ENC["):
            yield Said("warning", "is encrypted: decrypt it (`sops --decrypt`), and give that instead", path, node)
            continue
        encoded = resource.kind == "Secret" and path[0] == "data"
        yield Held(path, node, path, "base64+maybe" if encoded else "maybe")
