"""What Flux puts into objects before a cluster sees them: its Kustomizations, their variables, and where those stand.

::

    cluster.flux.resolve("${CILIUM_GATEWAY_LB_IP}", resource)  -> "10.25.11.110"

Source: fluxcd/kustomize-controller (spec.postBuild) and fluxcd/pkg (envsubst). Only what the input shows is known: a
variable whose ConfigMap is elsewhere has no value here, and one that two ConfigMaps of one name give differently (a
directory for each cluster) has both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final

from ..kinds import GROUP as CILIUM
from ..kinds import KINDS
from ..records import dataclass
from .spot import Spot, below, members, text, texts_below, words

if TYPE_CHECKING:
    from ..lossless import Path
    from ..resources import Resource
    from .cluster import Cluster, Object

GROUP: Final = "kustomize.toolkit.fluxcd.io"
#: Where Flux lives, and so its settings.
_HOME: Final = "flux-system"
#: Parts of a path that have to agree when the input begins below the root of the repository.
_TAIL: Final = 2
#: Kinds of others that a cluster's networking is made of; what is in other objects is their owner's business.
_KINDS: Final = ("Service", "Gateway", "HelmRelease", "HelmChartConfig", "ExternalSecret")
#: kpt's setters are called like this, and Flux reads the dash as "or else".
_DASHED: Final = r"[a-z][a-z0-9]*(-[a-z0-9]+)+"
#: Flux leaves objects with this label or annotation as they are.
_UNTOUCHED: Final = "kustomize.toolkit.fluxcd.io/substitute: disabled"


@dataclass(frozen=True, slots=True)
class Variable:
    """One ``${…}`` of a text. ``plain``: nothing is done to the value."""

    text: str
    name: str
    default: str | None
    plain: bool

    @property
    def dashed(self) -> bool:
        """Whether it looks like a setter of kpt's, whose name has dashes."""
        return re.fullmatch(_DASHED, self.text[2:-1]) is not None


@dataclass(frozen=True, slots=True)
class Placed:
    """A variable in an object of the networking. ``alone``: the field holds nothing else."""

    resource: Resource
    path: Path
    variable: Variable
    alone: bool

    @property
    def spot(self) -> Spot:
        return Spot(self.resource, self.path)


@dataclass(frozen=True, slots=True)
class Given:
    """A value that a variable has; ``None`` where it is encrypted or encoded."""

    spot: Spot
    value: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """A ConfigMap or Secret whose entries are variables."""

    spot: Spot
    entries: Mapping[str, Given]


@dataclass(frozen=True, slots=True)
class Source:
    """What ``substituteFrom`` names."""

    kind: str
    name: str
    namespace: str


@dataclass(frozen=True, slots=True)
class Kustomization:
    """A Kustomization of Flux. ``path`` without dot and slash at its ends, ``None`` where a placeholder stands."""

    spot: Spot
    name: str
    path: str | None
    inline: Mapping[str, Given]
    sources: tuple[Source, ...]
    #: Whether it gives other Kustomizations something, as a patch does.
    patches: bool

    @property
    def substitutes(self) -> bool:
        """Without any variable Flux does not look for placeholders at all, and leaves even defaults as they stand."""
        return bool(self.inline or self.sources)


class Flux:
    """The Kustomizations of an input, and what their variables are."""

    def __init__(
        self, kustomizations: Iterable[Kustomization], tables: Iterable[Table], resources: Iterable[Resource]
    ) -> None:
        self.kustomizations = tuple(kustomizations)
        self.tables = tuple(tables)
        self._resources = tuple(resources)
        self._given: dict[tuple[int, ...], tuple[Mapping[str, tuple[Given, ...]], bool]] = {}
        self._named: dict[tuple[str, str], list[Table]] = {}
        for table in self.tables:
            resource = table.spot.resource
            self._named.setdefault((resource.kind, resource.name), []).append(table)
        self._by_path: dict[str, list[Kustomization]] = {}
        self._by_tail: dict[str, list[Kustomization]] = {}
        for one in self.kustomizations:
            if one.path is None:
                continue
            self._by_path.setdefault(one.path, []).append(one)
            parts = one.path.split("/")
            for start in range(1, len(parts) - _TAIL + 1):
                self._by_tail.setdefault("/".join(parts[start:]), []).append(one)

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """Every variable in the objects that networking is made of."""
        return tuple(_placed(self._resources))

    def over(self, resource: Resource) -> tuple[Kustomization, ...]:
        """Those that apply an object, by the directory that its file is in: the nearest path counts."""
        directory = (resource.file or "").rpartition("/")[0]
        for paths in (self._by_path, self._by_tail):
            here = directory
            while here:
                if here in paths:
                    return tuple(paths[here])
                here = here.rpartition("/")[0]
        return ()

    def sources_of(self, one: Kustomization) -> tuple[Table, ...] | None:
        """The ConfigMaps and Secrets of a Kustomization; ``None`` where one of them is not in the input."""
        found: list[Table] = []
        for source in one.sources:
            here = [table for table in self._named.get((source.kind, source.name), ()) if _names(source, table)]
            if not here:
                return None
            found += here
        return tuple(found)

    def given(self, resource: Resource) -> tuple[Mapping[str, tuple[Given, ...]], bool]:
        """Every variable of an object with its values, and whether the input shows all that there are."""
        above = self.over(resource)
        key = tuple(map(id, above))
        if key not in self._given:
            self._given[key] = self._variables(above or tuple(one for one in self.kustomizations if one.substitutes))
        return self._given[key]

    def _variables(self, above: tuple[Kustomization, ...]) -> tuple[Mapping[str, tuple[Given, ...]], bool]:
        found: dict[str, list[Given]] = {}
        # Who fills in nothing leaves even defaults as they stand, and a rule says so.
        complete = bool(above) and all(one.substitutes for one in above)
        # Where no Kustomization is here, what looks like its settings is all that is known.
        tables = list(self.tables) if not self.kustomizations else []
        for one in above:
            theirs = self.sources_of(one)
            complete = complete and theirs is not None
            tables += theirs if theirs is not None else self.tables
        for entries in (*(table.entries for table in tables), *(one.inline for one in above)):
            for name, value in entries.items():
                found.setdefault(name, []).append(value)
        return {name: tuple(values) for name, values in found.items()}, complete

    def resolve(self, said: str, resource: Resource) -> str | None:
        """A text with its variables put in; ``None`` where one of them is not known, or has several values."""
        if "${" not in said:
            return said
        given, complete = self.given(resource)
        for variable in variables(said):
            values = {one.value for one in given.get(variable.name, ())}
            if not values and complete and variable.default is not None:
                values = {variable.default}
            value = values.pop() if len(values) == 1 else None
            if value is None or not variable.plain:
                return None
            said = said.replace(variable.text, value)
        return said


def _names(source: Source, table: Table) -> bool:
    """Whether a table of the kind and name of a source is the one that is meant."""
    here = (table.spot.resource.namespace, source.namespace)
    # A namespace that nobody says is whatever the Kustomization that applies it says.
    return here[0] == here[1] or "" in here


@cache
def _variable() -> re.Pattern[str]:
    return re.compile(r"(\$?)(\$\{#?([A-Za-z_][A-Za-z0-9_]*)([^{}]*)\})")


def variables(said: str) -> Iterator[Variable]:
    """The variables in a text as Flux reads them; ``$${…}`` is none."""
    for escaped, whole, name, rest in _variable().findall(said):
        if escaped:
            continue
        operator = next((one for one in (":-", ":=", "-", "=") if rest.startswith(one)), None)
        default = rest[len(operator) :] if operator else None
        yield Variable(whole, name, default, plain=not rest or operator is not None)


def _placed(resources: Iterable[Resource]) -> Iterator[Placed]:
    for resource in resources:
        if resource.local or "${" not in resource.fragment.text or _UNTOUCHED in resource.fragment.text:
            continue
        if resource.kind not in _KINDS and (resource.identity[0] != CILIUM or resource.kind not in KINDS):
            continue
        for path, said in texts_below(resource.fragment.data()):
            for one in variables(said):
                yield Placed(resource, path, one, alone=one.text == said)


def read_flux(cluster: Cluster) -> Flux:
    """What a cluster's input shows of Flux."""
    found = [_kustomization(one) for one in cluster.of("Kustomization") if one.spot.resource.identity[0] == GROUP]
    sources = {(source.kind, source.name) for one in found for source in one.sources}
    tables = [
        _table(one)
        for one in cluster.of("ConfigMap", "Secret")
        if (one.spot.resource.kind, one.name) in sources
        or (one.spot.resource.kind == "ConfigMap" and one.namespace == _HOME)
    ]
    return Flux(found, tables, cluster.resources)


def _kustomization(one: Object) -> Kustomization:
    path = below(one.data, "spec", "path")
    inline = one.spot.at("spec", "postBuild", "substitute")
    return Kustomization(
        spot=one.spot,
        name=one.name,
        path=_plain(path) if isinstance(path, str) else "" if path is None else None,
        inline={
            name: Given(inline.at(name), value)
            for name, value in words(one.data, "spec", "postBuild", "substitute").items()
        },
        sources=tuple(
            Source(
                text(each, "kind") or "ConfigMap",
                text(each, "name") or "",
                one.namespace,
            )
            for _, each in members(one.data, "spec", "postBuild", "substituteFrom")
        ),
        patches="postBuild" in str(below(one.data, "spec", "patches")),
    )


def _plain(path: str) -> str | None:
    return None if "${" in path else path.removeprefix("./").strip("/")


def _table(one: Object) -> Table:
    readable = one.spot.resource.kind == "ConfigMap" and below(one.data, "sops") is None
    entries: dict[str, Given] = {}
    for where in ("data", "stringData"):
        found: Any = below(one.data, where)
        for name, value in found.items() if isinstance(found, dict) else ():
            entries[name] = Given(one.spot.at(where, name), value if readable and isinstance(value, str) else None)
    return Table(one.spot, entries)
