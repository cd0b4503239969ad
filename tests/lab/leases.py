"""L2 leases: which node answers for which Service, as Cilium keeps it in the API server.

Why: a lease's name is made of a Service's namespace and name with hyphens between, and both may have hyphens, so that
it cannot be read backwards. Here it is made of the Services that there are.

A lease that its holder did not renew for as long as it lasts is nobody's, whatever it says: a node that dies takes
nothing back, and one that gives a lease up in the middle of a renewal leaves its name in it (client-go 0.34,
tools/leaderelection; seen with Cilium 1.19.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

#: Cilium 1.19.4, pkg/l2announcer.
_PREFIX: Final = "cilium-l2announce-"


def short_name(item: Mapping[str, Any]) -> str:
    """How the lab calls a Service: by its name, with the namespace before it where that is not `default`."""
    name, namespace = item["metadata"]["name"], item["metadata"].get("namespace", "default")
    return str(name) if namespace == "default" else f"{namespace}/{name}"


def lease_of(name: str, namespace: str = "default") -> str:
    """The name of a Service's lease, in kube-system."""
    return f"{_PREFIX}{namespace}-{name}"


def has_run_out(lease: Mapping[str, Any], now: datetime) -> bool:
    """Whether it was not renewed for as long as it lasts."""
    spec = lease["spec"]
    return now > datetime.fromisoformat(spec["renewTime"]) + timedelta(seconds=spec["leaseDurationSeconds"])


def holders(items: Iterable[Mapping[str, Any]], now: datetime) -> dict[str, str]:
    """Out of Services and leases: which node holds the lease of each Service.

    Two Services of one lease both have its holder. A lease without a Service goes by its own name.
    """
    services: dict[str, str] = {}
    held: dict[str, str] = {}
    for one in items:
        metadata = one["metadata"]
        if one["kind"] == "Service":
            services[short_name(one)] = lease_of(metadata["name"], metadata["namespace"])
        elif _is_held(one, now):
            held[metadata["name"]] = one["spec"]["holderIdentity"]
    names = services | {lease: lease for lease in held.keys() - set(services.values())}
    return {name: held[lease] for name, lease in names.items() if lease in held}


def _is_held(lease: Mapping[str, Any], now: datetime) -> bool:
    """Whether it is an L2 lease, somebody's, and not run out."""
    metadata = lease["metadata"]
    if metadata["namespace"] != "kube-system" or not metadata["name"].startswith(_PREFIX):
        return False
    return bool(lease["spec"].get("holderIdentity")) and not has_run_out(lease, now)
