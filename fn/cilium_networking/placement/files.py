"""Where a new object is filed: one file a topic, at the root of the package that the function runs for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..resources import Resource

#: The package's own layout; an object whose kind is not here gets a file of its kind.
FILES: Final = {
    "CiliumLoadBalancerIPPool": "ip-pools.yaml",
    "CiliumL2AnnouncementPolicy": "l2-announcements.yaml",
    "CiliumBGPClusterConfig": "bgp.yaml",
    "CiliumBGPPeerConfig": "bgp.yaml",
    "CiliumBGPAdvertisement": "bgp.yaml",
    "CiliumBGPNodeConfigOverride": "bgp-node-overrides.yaml",
}


class FileNumbers:
    """The next free document index of each file: two objects may not share one."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        everything = list(resources)
        # Under render the items of subpackages are there too, and their paths are relative to their own directory.
        root = min((resource.package for resource in everything if resource.package), key=len, default="")
        self.taken: dict[str, int] = {}
        for resource in everything:
            if resource.file is not None and resource.package in ("", root):
                self.taken[resource.file] = max(self.taken.get(resource.file, -1), resource.index or 0)

    def next(self, kind: str) -> tuple[str, int]:
        """File and index for one more object of ``kind``."""
        file = FILES.get(kind, f"{kind.lower()}s.yaml")
        self.taken[file] = self.taken.get(file, -1) + 1
        return file, self.taken[file]
