"""The typed config ``CiliumNetworking``: everything that the kinds of a release can say, under one roof.

Its schema is made of the schemas in :mod:`~cilium_networking.kinds`: an entry of ``spec.pools`` is a pool's spec with a
name, labels and annotations beside it. So a field that a release has can be said, and one that it lacks is an error
with the nearest name. A list that is given is complete, even an empty one: objects of ours that it omits are dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from ..addressing import Wrong, quoted
from ..kinds import Schema, schema
from . import meaning
from .declarations import BY_NAME, VERBS
from .flat import ADVERTISEMENT_KIND, CLUSTER_KIND, L2_KIND, OVERRIDE_KIND, PEER_KIND, POOL_KIND
from .model import Field, Placeholder, Wanted
from .values import MESH_SIZES, is_placeholder

if TYPE_CHECKING:
    from ..lossless import Path

    Judge = Callable[[dict[str, Any], Path], Iterator[meaning.Said]]

API_VERSION: Final = "fn.kpt.dev/v1alpha1"
KIND: Final = "CiliumNetworking"

#: Every list of objects: its path below ``spec``, the kind of its entries, and what is judged of each.
LISTS: Final[tuple[tuple[tuple[str, ...], str, Judge | None], ...]] = (
    (("pools",), POOL_KIND, None),
    (("l2Policies",), L2_KIND, meaning.judge_l2),
    (("bgp", "clusterConfigs"), CLUSTER_KIND, meaning.judge_instances),
    (("bgp", "peerConfigs"), PEER_KIND, meaning.judge_peer_config),
    (("bgp", "advertisements"), ADVERTISEMENT_KIND, meaning.judge_advertisement),
    (("bgp", "nodeConfigOverrides"), OVERRIDE_KIND, meaning.judge_instances),
)
_LIST_DOCS: Final = {
    "pools": "Pools of addresses for Services. The list is complete.",
    "l2Policies": "Who announces which addresses on which interfaces. The list is complete.",
    "clusterConfigs": "BGP instances and peers of the nodes. The list is complete.",
    "peerConfigs": "How sessions with peers are held. The list is complete.",
    "advertisements": "What is told to peers. The list is complete.",
    "nodeConfigOverrides": "What differs on one node, which the entry is named after. The list is complete.",
}


@cache
def config_schema(release: str) -> Schema:
    """The schema of a ``CiliumNetworking`` for one release."""
    string, boolean = Schema("string"), Schema("boolean")
    lists: dict[tuple[str, ...], Schema] = {}
    for path, kind, _ in LISTS:
        own = schema(kind, release).fields["spec"]
        fields = {
            "name": Schema("string", min_length=1, doc=f"Name of the {kind}."),
            "labels": Schema("map", items=string, doc="Labels of the object, beside ours."),
            "annotations": Schema("map", items=string, doc="Annotations of the object."),
            **own.fields,
        }
        entry = _with(own, fields=fields, required=("name", *own.required), doc="")
        lists[path] = Schema("array", items=entry, list_keys=("name",), doc=_LIST_DOCS[path[-1]])
    bgp = {path[1]: found for path, found in lists.items() if path[0] == "bgp"}
    spec = {
        "verb": Schema("string", enum=VERBS, doc="What to do; `render` when nobody says."),
        "adopt": _with(boolean, doc="Take over objects of the same identity that do not carry our label."),
        "ciliumVersion": Schema("any", doc=BY_NAME["cilium-version"].doc),
        "cluster": Schema(
            "object",
            fields={
                "name": _with(string, doc=BY_NAME["cluster-name"].doc),
                "id": Schema("integer", minimum=0, maximum=MESH_SIZES[-1], doc=BY_NAME["cluster-id"].doc),
            },
        ),
        "pools": lists["pools",],
        "l2Policies": lists["l2Policies",],
        "bgp": Schema("object", fields=bgp),
    }
    return Schema(
        "object",
        fields={
            "apiVersion": Schema("string", enum=(API_VERSION,)),
            "kind": Schema("string", enum=(KIND,)),
            "metadata": schema(POOL_KIND, release).fields["metadata"],
            "spec": Schema("object", fields=spec),
        },
        required=("apiVersion", "kind", "metadata"),
    )


def _with(found: Schema, **changes: Any) -> Schema:
    from ..records import replace  # late: only a typed config needs it

    return replace(found, **changes)


def at(spec: object, path: tuple[str, ...]) -> Any:
    """What stands at ``path`` of plain data; ``None`` where there is nothing."""
    for step in path:
        spec = spec.get(step) if isinstance(spec, dict) else None
    return spec


def judge(spec: dict[str, Any]) -> Iterator[meaning.Said]:
    """What the schema cannot say about a typed config, all of it."""
    yield from meaning.judge_pools(spec.get("pools"), ("spec", "pools"))
    for path, _, judge_spec in LISTS:
        entries, here = at(spec, path), ("spec", *path)
        for i, entry in meaning.members(entries):
            yield from meaning.judge_entry(entry, (*here, i))
            if judge_spec is not None:
                yield from judge_spec(entry, (*here, i))
    name = at(spec, ("cluster", "name"))
    found = BY_NAME["cluster-name"].parse(name) if isinstance(name, str) else None
    if isinstance(found, Wrong):
        yield meaning.say(("spec", "cluster", "name"), name, found)
    yield from _placeholders(spec, ("spec",))


def _placeholders(data: object, path: Path) -> Iterator[meaning.Said]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _placeholders(value, (*path, str(key)))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            yield from _placeholders(value, (*path, i))
    elif isinstance(data, str) and "${" in data and not (_is_disabled(path) and is_placeholder(data)):
        why = "is a placeholder that nothing fills in before this function runs; only a pool's `disabled` may be one"
        yield meaning.Said(path, f"{quoted(data)} {why}")


def _is_disabled(path: Path) -> bool:
    return len(path) == 4 and path[:2] == ("spec", "pools") and path[3] == "disabled"


def wanted(spec: dict[str, Any]) -> Iterator[Wanted]:
    """Every object that the lists hold. Entries that are no objects, or have no name, are passed over."""
    for path, kind, _ in LISTS:
        for _, entry in meaning.members(at(spec, path)):
            name = entry.get("name")
            if isinstance(name, str):
                yield _object(kind, name, entry)


def _object(kind: str, name: str, entry: dict[str, Any]) -> Wanted:
    spec = {key: value for key, value in entry.items() if key not in ("name", "labels", "annotations")}
    if kind == POOL_KIND and isinstance(spec.get("disabled"), str):
        spec["disabled"] = Placeholder(spec["disabled"])
    fields = [Field(("spec",), spec)]
    metadata: dict[str, Any] = {}
    for key in ("labels", "annotations"):
        found = entry.get(key)
        if isinstance(found, dict) and found:
            metadata[key] = found
            fields += [Field(("metadata", key, str(each)), value) for each, value in found.items()]
    whole = {"metadata": metadata, "spec": spec} if metadata else {"spec": spec}
    return Wanted(kind, name, f"{kind}/{name}", whole, tuple(fields))


def prune(spec: dict[str, Any]) -> dict[str, str]:
    """Kinds whose list is given, with what to say about an object of ours that it omits."""
    return {
        kind: f"`{'.'.join(('spec', *path))}` does not list it" for path, kind, _ in LISTS if at(spec, path) is not None
    }
