"""Whether an input holds more than one cluster, and which of its directories are whose.

A repository of GitOps keeps all clusters of a site, and a person names its root. Two clusters are told apart only by
what cannot be in one: values that name two, or one and the same object at the same place of two directories. Overlays
of one kustomize base are such directories too. What lies under none of them is shared by all.

Left out: which of what is shared each cluster really takes. Whoever knows says so, with ``--cluster NAME PATH...``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from ..records import dataclass
from .flux import GROUP as FLUX
from .kustomize import overlays
from .spot import Spot, is_open

if TYPE_CHECKING:
    from ..resources import Resource
    from .cluster import Cluster

#: Where Flux keeps what it applies and the settings of the cluster that it runs in: each once in a cluster.
_HOME: Final = "flux-system"
#: Directories whose objects are made for others to take, or to be laid over.
_SHARED: Final = frozenset(("base", "bases", "common", "shared", "components", "template", "templates"))


@dataclass(frozen=True, slots=True)
class Sites:
    """The clusters of one input: each by its name with its directories (or files), and what tells two of them apart."""

    places: Mapping[str, tuple[str, ...]]
    #: Two objects that no cluster has both of.
    proof: tuple[Spot, Spot]

    def split(self, resources: Iterable[Resource]) -> Iterator[tuple[Resource, ...]]:
        """The objects of each cluster, with those that all of them share."""
        every = [(resource, self._owner(resource.file or "")) for resource in resources]
        for name in self.places:
            yield tuple(resource for resource, owner in every if owner in ("", name))

    def shared(self, resources: Iterable[Resource]) -> list[str]:
        """The directories that are nobody's, as far up as no cluster has a place in them, and files beside those."""
        found: dict[str, None] = {}
        for resource in resources:
            file = resource.file or ""
            # One with a whole path was given by an option, and is no part of the input.
            if file and not file.startswith("/") and not self._owner(file):
                found[self._outermost(file)] = None
        return list(found)

    def _outermost(self, file: str) -> str:
        steps = file.split("/")
        above = ("/".join(steps[:depth]) for depth in range(1, len(steps)))
        every = [place for places in self.places.values() for place in places]
        return next((one for one in above if not any(each.startswith(f"{one}/") for each in every)), file)

    def _owner(self, file: str) -> str:
        """Whose a file is; nobody's where it lies under none of the places."""
        for name, places in self.places.items():
            if any(file == place or file.startswith(f"{place}/") for place in places):
                return name
        return ""


def read_sites(cluster: Cluster) -> Sites | None:
    """The clusters of an input; ``None`` where nothing proves that they are several."""
    witnesses = list(_witnesses(cluster))
    places: dict[str, dict[str, None]] = {}
    proof: tuple[Spot, Spot] | None = None
    for several, found in (*_named(cluster), *_twice(witnesses), *overlays(cluster, witnesses)):
        apart = _apart(found)
        if apart is None:
            continue
        for place in apart:
            places.setdefault(place.rpartition("/")[2].partition(".")[0], {})[place] = None
        proof = proof or (several[0], several[1])
    if proof is None or len(places) < 2:
        return None
    return Sites({name: tuple(each) for name, each in places.items()}, proof)


#: Objects that no cluster has all of, and the places that each of them stands for, in steps.
_Proof = tuple[list[Spot], list[tuple[str, ...]]]


def _witnesses(cluster: Cluster) -> Iterator[Resource]:
    """The objects of which a cluster has one by each name, as far as they tell clusters apart."""
    for typed in (
        cluster.pools, cluster.l2_policies, cluster.cluster_configs, cluster.peer_configs, cluster.advertisements,
        cluster.values,
    ):  # fmt: skip
        yield from (one.spot.resource for one in typed)
    for kind in ("Kustomization", "GitRepository", "OCIRepository", "ConfigMap"):
        for other in cluster.of(kind):
            # Where nobody says a namespace, a kustomization may give each of the two its own.
            if other.namespace == _HOME or (other.namespace and other.spot.resource.identity[0] == FLUX):
                yield other.spot.resource


def _named(cluster: Cluster) -> Iterator[_Proof]:
    """Values that give a cluster its name, where they give it several."""
    found: dict[str, Spot] = {}
    for values in cluster.values:
        name = values.get("cluster", "name")
        if isinstance(name, str) and not is_open(name):
            found.setdefault(name, values.spot)
    if len(found) > 1:
        spots = list(found.values())
        files = [_steps(spot.resource) for spot in spots]
        first = _common(files)
        places = [file[: first + 1] for file in files]
        yield spots, places if len(set(places)) == len(places) else _without_end(files)


def _twice(witnesses: Iterable[Resource]) -> Iterator[_Proof]:
    """The same object in files of one name, in several directories."""
    found: dict[tuple[object, ...], dict[tuple[str, ...], Resource]] = {}
    for one in witnesses:
        if one.name and not is_open(one.name):
            steps = _steps(one)
            found.setdefault((*one.identity, steps[-1:]), {}).setdefault(steps, one)
    for several in found.values():
        if len(several) > 1:
            yield [Spot(one) for one in several.values()], _without_end(list(several))


def _steps(resource: Resource) -> tuple[str, ...]:
    return tuple((resource.file or "").split("/"))


def _common(files: list[tuple[str, ...]]) -> int:
    """How many steps all of them begin with."""
    return next((at for at, steps in enumerate(zip(*files, strict=False)) if len(set(steps)) > 1), 0)


def _without_end(files: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Paths without the steps that all of them end with: ``clusters/a`` of ``clusters/a/cilium/pool.yaml``."""
    end = _common([file[::-1] for file in files])
    return [file[: len(file) - end] for file in files]


def _apart(places: list[tuple[str, ...]]) -> list[str] | None:
    """The places as paths, where none lies in another and none is made for the others."""
    first = _common(places)
    if len(set(places)) < 2 or any(len(place) <= first or _SHARED.intersection(place[first:]) for place in places):
        return None
    return ["/".join(place) for place in places]
