"""Which values of the objects become settings: a comment at each value's place, and a name for it.

A name is the declared one (``bgp-local-asn``) where that says the same and all its places agree, else the object's with
the field's; a placeholder of the input keeps its own, as ``${NODE_GATEWAY_IP}`` becomes ``node-gateway-ip``. A
setting is a text at its place and nothing is computed of it, so that rendering gives the objects as they came.

Left out: what stands in brackets or has a comment of its own, where a setter's has no room; it stays a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from ..addressing import Wrong
from ..errors import EditError
from ..lossless import Mapping as Block
from ..lossless import Node, Path, Scalar, field_path
from ..lossless import Sequence as List
from ..lossless.edit import SetText, edit
from ..lossless.remark import put_comment
from ..placement.patterns import AmbiguousError, parse_pattern
from ..placement.patterns import derive as values_of
from ..records import dataclass
from ..resources import SETTER_COMMENT, Resource
from ..settings import BY_NAME


@dataclass(frozen=True, slots=True)
class Setter:
    """One derived setting. ``value`` is ``None`` where the input has a placeholder, which ``placeholder`` shows."""

    name: str
    value: str | None
    #: What a value is, in a word or two, and what it is of.
    type: str
    doc: str
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class _Field:
    """A field whose value belongs to a site. ``declared`` is the setting that says just this, where there is one."""

    kind: str
    #: ``*`` stands for a place in a list.
    path: Path
    suffix: str
    type: str
    declared: str = ""
    #: The field beside it that names the member of the list: then the setting is called after that.
    named: Path = ()


_POOL: Final = "CiliumLoadBalancerIPPool"
_INSTANCE: Final = ("spec", "bgpInstances", "*")
_PEER: Final = (*_INSTANCE, "peers", "*")
_CONFIG: Final = "CiliumBGPClusterConfig"
_PEERING: Final = "CiliumBGPPeerConfig"
_SECONDS: Final = "seconds"

_FIELDS: Final = (
    _Field(_POOL, ("spec", "blocks", "*", "cidr"), "cidr", "network"),
    _Field(_POOL, ("spec", "blocks", "*", "start"), "start", "address"),
    _Field(_POOL, ("spec", "blocks", "*", "stop"), "stop", "address"),
    _Field("CiliumL2AnnouncementPolicy", ("spec", "interfaces", "*"), "interface", "regular expression"),
    _Field(_CONFIG, (*_INSTANCE, "localASN"), "local-asn", "AS number", "bgp-local-asn", (*_INSTANCE, "name")),
    _Field(_CONFIG, (*_PEER, "peerASN"), "asn", "AS number", "bgp-peer-asn", (*_PEER, "name")),
    _Field(_CONFIG, (*_PEER, "peerAddress"), "address", "address", "node-gateway-ip", (*_PEER, "name")),
    _Field(_PEERING, ("spec", "authSecretRef"), "password-secret", "name", "bgp-password-secret"),
    _Field(_PEERING, ("spec", "ebgpMultihop"), "multihop-ttl", "number", "bgp-multihop-ttl"),
    _Field(_PEERING, ("spec", "timers", "holdTimeSeconds"), "hold-time", _SECONDS, "bgp-hold-time"),
    _Field(_PEERING, ("spec", "timers", "keepAliveTimeSeconds"), "keepalive-time", _SECONDS, "bgp-keepalive-time"),
)

#: A placeholder as envsubst, Flux and kpt have it, with or without a default; kpt's names may have dashes.
_PLACEHOLDER: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_-]*)(?::?[-=][^{}]*)?\}")


@dataclass(frozen=True, slots=True)
class _Place:
    """A scalar that becomes a setting's place: of the object at a position, with its text."""

    position: int
    path: Path
    text: str
    field: _Field | None
    #: What a setting is called here if no declared one fits.
    own: str
    where: str


def fill(resource: Resource, values: Mapping[str, str]) -> Resource:
    """The object with the placeholders that ``values`` name filled in; names are as setters have them."""

    def filled(match: re.Match[str]) -> str:
        return values.get(setter_name(match.group(1)), match.group())

    edits = []
    for path, node in scalars(resource):
        text = _PLACEHOLDER.sub(filled, node.value)
        if text != node.value:
            edits.append(SetText(path, text))
    return resource.with_fragment(edit(resource.fragment, *edits)) if edits else resource


def setter_name(placeholder: str) -> str:
    """``NODE_GATEWAY_IP`` as a setting is called: ``node-gateway-ip``."""
    return placeholder.lower().replace("_", "-").strip("-")


def placeholders(resources: Iterable[Resource]) -> dict[str, str]:
    """Setter name to placeholder, for each that stands in a value."""
    found: dict[str, str] = {}
    for resource in resources:
        for _, node in scalars(resource):
            for match in _PLACEHOLDER.finditer(node.value):
                found.setdefault(setter_name(match.group(1)), match.group())
    return found


def derive(resources: Sequence[Resource]) -> tuple[tuple[Resource, ...], tuple[Setter, ...]]:
    """The objects with setter comments, and what the comments name; in the order of the objects."""
    made: dict[str, Setter] = {}
    now = list(resources)
    for setter in _standing(resources):
        made.setdefault(setter.name, setter)
    places = [place for position, resource in enumerate(resources) for place in _places(position, resource)]
    declared = _agreed(places, made)
    for place in places:
        pattern, setters = _named(place, declared, made)
        resource = now[place.position]
        try:
            fragment = put_comment(resource.fragment, place.path, f"{SETTER_COMMENT}{pattern}")
        except EditError:
            continue  # behind an alias, say: it stays a value
        if fragment is None:
            continue
        # As under `replace`: an object keeps its place, and its comments are looked for again.
        now[place.position] = resource.with_fragment(fragment)
        made |= {setter.name: setter for setter in setters if setter.name not in made}
    return tuple(now), tuple(made.values())


def scalars(resource: Resource) -> Iterator[tuple[Path, Scalar]]:
    """Every scalar that is a value, with its path."""
    todo: list[tuple[Path, Node]] = [((), resource.root)]
    while todo:
        path, node = todo.pop()
        if isinstance(node, Scalar):
            yield path, node
        elif isinstance(node, Block):
            todo += [((*path, one.name), one.value) for one in reversed(node.entries) if one.name is not None]
        elif isinstance(node, List):
            todo += [((*path, number), item) for number, item in reversed(list(enumerate(node.items)))]


def _standing(resources: Iterable[Resource]) -> Iterator[Setter]:
    """The setters that comments name already, as an older package has them, with the values that stand there."""
    for resource in resources:
        for path, stands, comment in resource.comments:
            if not comment.startswith(SETTER_COMMENT):
                continue
            pattern = parse_pattern(comment[len(SETTER_COMMENT) :].strip())
            node = stands or resource.fragment.at(path)
            text = node.value if isinstance(node, Scalar) else ""
            try:
                values = values_of(pattern, text) or {}
            except AmbiguousError:
                values = {}
            for name in pattern.names:
                value: str | None = values.get(name)
                # A value that is the setter's own name, or its placeholder, was never rendered.
                unset = value is None or value == name or "${" in value
                doc = f"{resource.kind} {resource.name}, {field_path(path)}"
                yield Setter(name, None if unset else value, "text", doc, f"${{{name}}}" if unset else "")


def _places(position: int, resource: Resource) -> Iterator[_Place]:
    commented = {path for path, _, _ in resource.comments}
    for path, node in scalars(resource):
        if path in commented or path[:1] != ("spec",):
            continue
        field = next((one for one in _FIELDS if one.kind == resource.kind and _matches(one.path, path)), None)
        if node.value and (field is not None or _PLACEHOLDER.search(node.value)):
            where = f"{resource.kind} {resource.name}, {field_path(path)}"
            yield _Place(position, path, node.value, field, _own_name(resource, path, field), where)


def _matches(pattern: Path, path: Path) -> bool:
    return len(pattern) == len(path) and all(one in ("*", other) for one, other in zip(pattern, path, strict=True))


def _own_name(resource: Resource, path: Path, field: _Field | None) -> str:
    """``lan-start``, ``lan-start-2`` of the second block; a peer's value is called after the peer."""
    if field is None:
        return ""
    name = resource.name
    numbers = [step for step in path if isinstance(step, int)]
    if field.named:
        steps = tuple(one if other == "*" else other for one, other in zip(path, field.named, strict=False))
        node = resource.fragment.at(steps)
        named = node.value if isinstance(node, Scalar) and node.value and "${" not in node.value else ""
        name, numbers = (named, []) if named else (name, numbers)
    number = "" if not numbers or numbers[-1] == 0 else f"-{numbers[-1] + 1}"
    return re.sub(r"[^a-z0-9.-]+", "-", f"{name}-{field.suffix}{number}".lower())


def _agreed(places: Iterable[_Place], made: Mapping[str, Setter]) -> frozenset[str]:
    """The declared settings all of whose places have one text, which is one of theirs."""
    texts: dict[str, set[str]] = {}
    for place in places:
        if place.field is not None and place.field.declared:
            texts.setdefault(place.field.declared, set()).add(place.text)
    return frozenset(
        name
        for name, found in texts.items()
        if name not in made and len(found) == 1 and not isinstance(BY_NAME[name].parse(next(iter(found))), Wrong)
    )


def _named(place: _Place, declared: frozenset[str], made: Mapping[str, Setter]) -> tuple[str, list[Setter]]:
    """The pattern of a place's comment, and the settings that it names."""
    type_ = place.field.type if place.field else "text"
    found = list(_PLACEHOLDER.finditer(place.text))
    if found:
        pattern = _PLACEHOLDER.sub(lambda match: f"${{{setter_name(match.group(1))}}}", place.text)
        whole = len(found) == 1 and found[0].group() == place.text
        return pattern, [
            Setter(setter_name(match.group(1)), None, type_ if whole else "text", place.where, match.group())
            for match in found
        ]
    name = f"{place.own}-value" if place.own in BY_NAME else place.own
    if place.field is not None and place.field.declared in declared:
        name = place.field.declared
    number = 2
    while name in made and (made[name].value != place.text or made[name].doc != place.where) and name not in declared:
        base = re.sub(r"-[0-9]+\Z", "", name) if number > 2 else name
        name, number = f"{base}-{number}", number + 1
    return f"${{{name}}}", [Setter(name, place.text, type_, place.where)]
