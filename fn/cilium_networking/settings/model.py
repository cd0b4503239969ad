"""What a function config asks for, flat or typed, as one model that the verbs read and never a raw mapping again.

A flat setting names single fields and leaves all others as they stand; a typed config says a spec completely. Both
become :class:`Wanted` objects: what one looks like in full, should it have to be made, and which of its fields change
where it stands already. Absent is not off: only what :attr:`Settings.prune` names may be dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Union

from ..records import dataclass, field
from ..resources.finding import Finding

if TYPE_CHECKING:
    from ..lossless import Node, Path
    from ..resources.finding import Severity
    from ..resources.resource import Resource


@dataclass(frozen=True, slots=True)
class Named:
    """A step into a list: the element whose ``key`` is ``value``, wherever it stands."""

    value: str
    key: str = "name"

    def __str__(self) -> str:
        return f"[{self.key}={self.value}]"


FieldPath = tuple[Union[str, int, Named], ...]


class Placeholder(str):
    """A value that a later tool fills in, as Flux does ``${POOL_DISABLED}``: in quotes it would stay a text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One change to an object of ours. A mapping or list as value is complete: it replaces what stands."""

    path: FieldPath
    value: Any
    #: Names of the flat settings that gave it; empty in a typed config.
    setters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """One object that is asked for."""

    kind: str
    name: str
    #: ``lb-pool``, ``vip-pool``, ``l2`` or ``bgp``; in a typed config ``kind/name``, because each object was asked for.
    feature: str
    #: ``{"metadata": {"labels"?, "annotations"?}, "spec": {...}}``: all of it but apiVersion, kind, name and our label.
    whole: dict[str, Any]
    #: What changes in an object of ours that stands already.
    fields: tuple[Field, ...]
    #: Required settings that were not given. Without them ``whole`` is not fit to be made.
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """One flat setting as it was given, and where."""

    name: str
    text: str
    #: The function config, or ``None`` for a setting of the command line.
    config: Resource | None = None
    node: Node | None = None

    @property
    def file(self) -> str | None:
        return None if self.config is None else self.config.file

    @property
    def index(self) -> int | None:
        return None if self.config is None else self.config.index

    @property
    def line(self) -> int | None:
        return None if self.config is None or self.node is None else self.config.fragment.line(self.node)

    def finding(self, severity: Severity, message: str, *, proposed: str | None = None) -> Finding:
        """``message`` about this setting, at its line of the config, or beside its option of the command line."""
        if self.config is None:
            return Finding(severity, f"--set {self.name}: {message}", current=self.text, proposed=proposed)
        path: Path = ("data", self.name)
        return self.config.finding(severity, message, path, node=self.node, current=self.text, proposed=proposed)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a run is asked to do."""

    #: ``render``, ``validate`` or ``migrate``; ``None`` when the settings do not say.
    verb: str | None = None
    #: Whether objects of the same identity without our label are taken over.
    adopt: bool = False
    #: The Cilium release that objects are made for, like ``1.19``.
    release: str = ""
    #: Whether the settings name that release; otherwise it is the one that is taken to be likely.
    release_given: bool = False
    cluster_name: str | None = None
    cluster_id: int | None = None
    #: Every flat setting in its order, those that nobody declared included, without ``verb`` and ``adopt``.
    setters: Mapping[str, Given] = field(default_factory=lambda: MappingProxyType({}))
    #: Names among the setters that no declaration knows; they may still stand in setter comments.
    unknown: tuple[str, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    #: Kind to reason: objects of ours of that kind that are not wanted are dropped.
    prune: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
