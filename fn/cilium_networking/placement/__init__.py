"""Where each setting goes: to a setter comment, to a field of an object of ours, or into a new object.

What is asked for is what is made, in the place that the package already has for it:

1. Setter comments take their values (:mod:`.substitution`), in any object.
2. A feature with a place in the package (a comment naming one of its setters, an object of ours) is *placed*: its
   settings change the fields they name, and those without a place are said. Nothing is added to it.
3. A feature without any place is generated whole from the settings given for it.
4. Objects of ours whose feature is switched off, or which a typed list omits, are dropped.

An object of the same identity without our label belongs to the user, and is taken over only when asked to.
``render`` returns what comes of this; ``validate`` reports how the package differs from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import CiliumNetworkingError
from ..kinds import GROUP, KINDS, api_version
from ..lossless import parse
from ..lossless.edit import Edit, Put, edit
from ..records import dataclass, field, replace
from ..resources import MANAGED_BY, OWNER, Finding, Resource, read_resource
from ..settings import BY_NAME, DECLARATIONS, nearest
from .fields import field_edits, quoted_placeholders
from .files import FileNumbers
from .sentences import stands
from .substitution import Substituted, named_setters, no_matches, substitute

if TYPE_CHECKING:
    from ..settings import Settings, Wanted


class Placement(NamedTuple):
    """The objects with every setting in its place, and what there is to say about that."""

    resources: tuple[Resource, ...]
    findings: tuple[Finding, ...]


def place(resources: Sequence[Resource], settings: Settings) -> Placement:
    """Put every setting in its place. With an error among the findings the objects are not to be used."""
    texts = {name: given.text for name, given in settings.setters.items()}
    substituted = substitute(resources, texts)
    if not settings.wanted and not settings.prune and not settings.setters:
        return Placement(tuple(resources), ())
    work = _Work(settings, substituted, list(substituted.resources), list(substituted.findings))
    work.adopt_and_edit()
    work.generate()
    work.prune()
    work.say_what_has_no_place()
    work.findings += unknown_names(resources, settings)
    if settings.setters and not substituted.named and set(settings.setters) <= set(settings.unknown):
        work.findings.append(no_matches())
    return Placement(tuple(work.resources), tuple(work.findings))


def unknown_names(resources: Sequence[Resource], settings: Settings) -> Iterator[Finding]:
    """Settings that nobody declared and no comment names: one that is nearly a known name is a typo, and an error."""
    named = named_setters(resources) if settings.unknown else set()
    for name in settings.unknown:
        if name in named:
            continue
        near = nearest(name)
        if near:
            message = f"unknown setting `{name}`; did you mean `{near}`?"
            yield settings.setters[name].finding("error", message, proposed=near)
        else:
            yield settings.setters[name].finding("warning", f"setting `{name}` is used nowhere in this package")


@dataclass(slots=True)
class _Work:
    """One run, step by step; every step reads what the ones before it have done."""

    settings: Settings
    substituted: Substituted
    resources: list[Resource]
    findings: list[Finding]
    #: Wanted objects, by kind and name, that stand as ours, and that stand as the user's.
    touched: set[tuple[str, str]] = field(default_factory=set)
    foreign: set[tuple[str, str]] = field(default_factory=set)
    #: Features that were generated, and settings that gave a field of an object that stands.
    made: set[str] = field(default_factory=set)
    #: Features that an error is about already.
    lacking: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    def adopt_and_edit(self) -> None:
        """Objects that are wanted and stand already: ours take the fields, the user's are left and said."""
        if "cilium-version" in self.settings.setters or not self.settings.setters:
            for number, resource in enumerate(self.resources):
                if resource.owned and not resource.local and resource.kind in KINDS:
                    self._change(number, _version_edits(resource, self.settings))
        for wanted in self.settings.wanted:
            places = [n for n, resource in enumerate(self.resources) if _is(resource, wanted.kind, wanted.name)]
            if len(places) > 1:
                first, second = self.resources[places[0]], self.resources[places[1]]
                message = (
                    f"stands twice: in {_where(first)} and in {_where(second)}; "
                    "remove one of them, or render each package by itself"
                )
                self.findings.append(second.finding("error", message))
                self.lacking.add(wanted.feature)
                continue
            for number in places:
                self._edit(number, wanted)

    def _edit(self, number: int, wanted: Wanted) -> None:
        resource = self.resources[number]
        adopted: list[Edit] = []
        if not resource.owned:
            if not self.settings.adopt:
                self.foreign.add((wanted.kind, wanted.name))
                if self._has_comments(wanted.feature):
                    return  # its settings have found their places: there is nothing to take over
                message = (
                    f"left as it is: it has no label `{MANAGED_BY}: {OWNER}`, so it is yours; "
                    '`adopt: "true"` (or `--adopt`) takes it over'
                )
                self.findings.append(resource.finding("warning", message))
                return
            adopted = [Put(("metadata", "labels", MANAGED_BY), OWNER), *_version_edits(resource, self.settings)]
        self.touched.add((wanted.kind, wanted.name))
        edits, placed = field_edits(resource, wanted.fields)
        self.used |= placed
        if self._change(number, [*adopted, *edits]):
            self.findings += quoted_placeholders(self.resources[number], wanted.fields)
            self.findings.append(stands(self.resources[number]))

    def _change(self, number: int, edits: Sequence[Edit]) -> bool:
        """Whether the edits could be made."""
        resource = self.resources[number]
        try:
            fragment = edit(resource.fragment, *edits)
        except CiliumNetworkingError as error:
            message = f"cannot be changed safely: {error.message}"
            self.findings.append(replace(resource.finding("error", message), line=error.line))
            return False
        if fragment is not resource.fragment:
            self.resources[number] = resource.with_fragment(fragment)
        return True

    def generate(self) -> None:
        """Objects that are wanted, stand nowhere, and whose feature has no place yet."""
        files = FileNumbers(self.resources)
        for wanted in self.settings.wanted:
            identity = (wanted.kind, wanted.name)
            if identity in self.touched | self.foreign or self._is_placed(wanted.feature):
                continue
            if any(_is(one, *identity) or (one.owned and (one.kind, one.name) == identity) for one in self.resources):
                continue
            if wanted.missing:
                if wanted.feature not in self.lacking:
                    self.findings.append(self._lacks(wanted))
                self.lacking.add(wanted.feature)
                continue
            self.made.add(wanted.feature)
            resource = _new(wanted, self.settings)
            file, index = files.next(wanted.kind)
            self.resources.append(replace(resource, file=file, index=index))
            self.findings.append(stands(self.resources[-1]))

    def _lacks(self, wanted: Wanted) -> Finding:
        """What is missing to make what a setting asks for, at the first setting that asks for it."""
        asking = next(
            given
            for name, given in self.settings.setters.items()
            if name in BY_NAME and BY_NAME[name].feature == wanted.feature
        )
        needed = ", ".join(f"`{name}` (like `{BY_NAME[name].example}`)" for name in wanted.missing)
        return asking.finding(
            "error", f"`{asking.name}` asks for {wanted.kind} {wanted.name}, which needs {needed} too"
        )

    def _is_placed(self, feature: str) -> bool:
        """Whether the package has a place for a feature of the flat settings; a typed object is asked for by itself."""
        if not any(one.feature == feature for one in DECLARATIONS):
            return False
        standing = self.touched | self.foreign
        return self._has_comments(feature) or any(
            (wanted.kind, wanted.name) in standing for wanted in self.settings.wanted if wanted.feature == feature
        )

    def _has_comments(self, feature: str) -> bool:
        return any(one.feature == feature and one.name in self.substituted.placed for one in DECLARATIONS)

    def prune(self) -> None:
        """Drop what is ours and no longer wanted; only then does this say so."""
        wanted = {(one.kind, one.name) for one in self.settings.wanted}
        left: list[Resource] = []
        for resource in self.resources:
            reason = self.settings.prune.get(resource.kind)
            if reason and resource.owned and not resource.local and (resource.kind, resource.name) not in wanted:
                self.findings.append(resource.finding("info", f"pruned: {reason}"))
            else:
                left.append(resource)
        self.resources = left

    def say_what_has_no_place(self) -> None:
        """Settings that changed and made nothing: the package lacks their object, or they lack another setting."""
        foreign = {one.feature for one in self.settings.wanted if (one.kind, one.name) in self.foreign}
        for name, given in self.settings.setters.items():
            if name in self.substituted.named or name in self.used or name in self.settings.unknown:
                continue
            shaped = [one for one in self.settings.wanted if any(name in field.setters for field in one.fields)]
            if not shaped and not BY_NAME[name].switch:
                # Without another setting it says nothing: half a range, say.
                for one in self.settings.wanted:
                    unsaid = one.feature not in foreign | self.lacking
                    if one.feature == BY_NAME[name].feature and one.missing and unsaid:
                        listed = ", ".join(f"`{missing}`" for missing in one.missing)
                        self.findings.append(given.finding("error", f"setting `{name}` needs {listed} beside it"))
                        break
                continue
            features = {one.feature for one in shaped}
            if features and not features & (self.made | self.lacking) and not features <= foreign:
                self.findings.append(given.finding("warning", f"setting `{name}` has no place in this package"))


def _where(resource: Resource) -> str:
    """A file, with its package's directory where the list has several."""
    folder = resource.package.rpartition("/")[2]
    return f"`{resource.file}`" + (f" of package `{folder}`" if folder else "")


def _is(resource: Resource, kind: str, name: str) -> bool:
    return resource.kind == kind and resource.name == name and not resource.local and resource.identity[0] == GROUP


def _version_edits(resource: Resource, settings: Settings) -> list[Edit]:
    """An object of ours follows the release that the settings name, if that release has its kind at all."""
    if resource.identity[0] != GROUP or not KINDS[resource.kind].versions[settings.release]:
        return []
    version = api_version(resource.kind, settings.release)
    return [Put(("apiVersion",), version)] if version != resource.api_version else []


def _new(wanted: Wanted, settings: Settings) -> Resource:
    """A whole new object of ours."""
    from ..lossless.emit import block_text

    metadata: dict[str, Any] = wanted.whole.get("metadata", {})
    labels = {key: value for key, value in metadata.get("labels", {}).items() if key != MANAGED_BY}
    data: dict[str, Any] = {
        "apiVersion": api_version(wanted.kind, settings.release),
        "kind": wanted.kind,
        # Ours whatever the config says of that label: what we make and cannot find again is made again and again.
        "metadata": {"name": wanted.name, **metadata, "labels": {MANAGED_BY: OWNER} | labels},
        **{key: value for key, value in wanted.whole.items() if key != "metadata"},
    }
    return read_resource(parse(block_text(data)))
