"""cilium-networking: advanced Cilium networking for RKE2 and bare-metal clusters, as a KRM function and a command."""

from __future__ import annotations

from typing import Final

__version__: Final = "0.1.0"

#: The function's image. kpt takes a name without a slash for one of its own catalog.
IMAGE: Final = f"cilium-networking/cilium-networking:v{__version__}"
