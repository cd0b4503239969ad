"""The product of this checkout, as the lab runs it: its command, its package, and its typed form.

Why: the lab judges what stands here, never what happens to be installed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final

import lab_tools
from cilium_networking.settings.typed import API_VERSION, KIND

ROOT: Final = lab_tools.ROOT
#: `cilium-networking`, out of the source and with the Python that runs this.
COMMAND: Final = (
    "env",
    f"PYTHONPATH={ROOT / 'fn'}",
    "PYTHONDONTWRITEBYTECODE=1",
    sys.executable,
    "-m",
    "cilium_networking",
)
#: The package as it is shipped.
SHIPPED: Final = ROOT / "packages" / "cilium-networking"
_METADATA: Final = {"name": "settings", "annotations": {"config.kubernetes.io/local-config": "true"}}


def typed_config(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A config in the typed form."""
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": _METADATA, "spec": spec}


def flat_config(setters: Mapping[str, str]) -> dict[str, Any]:
    """A config in the flat form."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _METADATA, "data": dict(setters)}
