"""What Services and Gateways ask for, under the names that Cilium gives the annotations since 1.16.

The old names are still read, so that nothing changes for the Service. A Service out of a live cluster is left as it
is: it shows who holds which address, and is nobody's file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ...fabric.services import ACROSS, REQUESTED, SHARING
from ...fabric.spot import below
from ...lossless import Path
from ...lossless.edit import Delete, Rename
from ..ledger import Releases, Told
from .change import Change, number

#: Users of 1.15 report that it reads the old names alone (cilium/cilium #30692).
_SINCE: Final = (1, 16)
#: Where annotations stand that reach LB IPAM.
HOMES: Final[dict[str, tuple[str, ...]]] = {
    "Service": ("metadata", "annotations"),
    "Gateway": ("spec", "infrastructure", "annotations"),
}


def upgrade(data: Any, kind: str, releases: Releases) -> Iterator[Change]:
    """The steps for one Service or Gateway."""
    home = HOMES[kind]
    found = below(data, *home)
    if not isinstance(found, dict) or number(releases.target) < _SINCE or below(data, "metadata", "uid") is not None:
        return
    for new, old in (REQUESTED, SHARING, ACROSS):
        if old not in found:
            continue
        path: Path = (*home, old)
        if new not in found:
            to = ".".join((*home, new))
            yield Change((Rename(path, new),), (Told(path, "changed", "Cilium 1.16 renamed the annotation", to),))
        elif found[new] == found[old]:
            why = f"`{new}` says the same, and Cilium reads that one: left out"
            yield Change((Delete(path),), (Told(path, "changed", why),))
        else:
            why = f"Cilium reads `{new}` alone, which says `{found[new]}`: take the wrong one off"
            yield Change((), (Told(path, "decide", why),))
