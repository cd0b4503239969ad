"""Whether the package is what its settings give: a changed setter whose range nobody computed, a value edited by hand.

Only ``render`` computes ranges; a pipeline that substitutes comments with another function leaves them behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...fabric import Spot
from ...lossless import Path, field_path
from ...placement import place
from ...resources import Finding
from ..rule import Case, Said


def drift(case: Case) -> Iterator[Said | Finding]:
    """The package is not what its settings give

    Why: A setting was changed and nobody ran `render` since, or a value that a setting gives was edited by hand and the
    next `render` will undo that. Ranges of pools carry no setter comment, because they are computed: a pipeline that
    substitutes comments with another function leaves the old range behind.

    Source: What `render` would do, compared with what stands.

    Settings: lb-pool-cidr=10.80.8.128/26, lb-pool-min=129, lb-pool-max=170

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
          labels:
            app.kubernetes.io/managed-by: cilium-networking
        spec:
          blocks:
          - start: 10.80.8.129
            stop: 10.80.8.190

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
          labels:
            app.kubernetes.io/managed-by: cilium-networking
        spec:
          blocks:
          - start: 10.80.8.129
            stop: 10.80.8.170
    """
    resources = case.cluster.resources
    placement = place(resources, case.settings)
    yield from (finding for finding in placement.findings if finding.severity != "info")
    if any(finding.severity == "error" for finding in placement.findings):
        return
    after = {resource.position: resource for resource in placement.resources}
    for before in resources:
        now = after.get(before.position)
        if now is None:
            yield Said(Spot(before), "the settings do not ask for this object any more: run render")
        elif now.fragment is not before.fragment:
            old, new = before.fragment.data(), now.fragment.data()
            for path, current, proposed in _differences(old, new, ()):
                there, given = _short(current), _short(proposed)
                message = f"`{field_path(path)}` is `{there}`, and the settings give `{given}`: run render"
                yield Said(Spot(before, path), message, there, given)
    for resource in placement.resources:
        if resource.position is None:
            message = f"CN503 the settings ask for {resource.kind} {resource.name}, which is not here: run render"
            yield Finding("error", message, ref=resource.ref, rule="CN503")


def _differences(old: Any, new: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:
    """Fields that differ, in value or in type; what is absent counts as null, which says the same to the API server."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _differences(old.get(key), new.get(key), (*path, key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _differences(one, other, (*path, number))
    elif type(old) is not type(new) or old != new:
        yield path, old, new


def _short(value: Any) -> str:
    text = "absent" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
