"""``explain NAME``: what a setting, a kind, a field or a rule means, from the tables that the engine works by."""

from __future__ import annotations

import re
import textwrap
from typing import Final

from ..errors import UsageError
from ..kinds import DEFAULT_RELEASE, KINDS, RELEASES, Kind, Schema, nearest, schema, versions
from ..rules import RULES, Rule
from ..settings import BY_NAME, Declaration

_WIDTH: Final = 100
_RESERVED: Final = {
    "verb": (
        "A word to the function in a config: `render` (the default) or `validate`. The command says its verb first."
    ),
    "adopt": (
        'A word to the function in a config: "true" takes over objects of the same name that do not carry the label '
        "`app.kubernetes.io/managed-by: cilium-networking`. The command says `--adopt`."
    ),
}


def names() -> list[str]:
    """What can be asked for, fields aside."""
    return [*BY_NAME, *_RESERVED, *KINDS, *RULES]


def explain(name: str | None = None) -> str:
    """The page of a name, or what names there are. Raises UsageError for one that is not known."""
    if name is None:
        return _everything()
    if name in BY_NAME:
        return _setting(BY_NAME[name])
    if name in _RESERVED:
        return f"{name}\n\n{_filled(_RESERVED[name])}"
    if name.upper() in RULES:
        return _rule(RULES[name.upper()])
    head, dot, path = name.partition(".")
    kind = _kind(head)
    if kind is not None:
        return _field(kind, path) if dot else _about_kind(kind)
    wanted = _near(name if not dot else head)
    raise UsageError(
        f"nothing here is called `{name}`; "
        + (f"did you mean `{wanted}{dot}{path}`?" if wanted else "`cilium-networking explain` lists what there is")
    )


def _near(name: str) -> str | None:
    return nearest(name, names())


def _everything() -> str:
    groups = {
        "settings": (*BY_NAME, *_RESERVED),
        "kinds, and their fields as in CiliumLoadBalancerIPPool.spec.blocks.cidr": tuple(KINDS),
        "rules": tuple(f"{rule.id}  {rule.page.title}" for rule in RULES.values()),
    }
    return "\n".join(f"{title}:\n" + "".join(f"  {name}\n" for name in members) for title, members in groups.items())


def _setting(each: Declaration) -> str:
    from ..settings.publish import given_fields  # late: it reads a whole set of settings

    lines = [f"{each.name}\n", _filled(each.doc), f"A value is: {each.type}", f"Example:    {each.example}"]
    if each.required:
        lines.append(f"Not given:  an error where {each.feature} has to be made")
    elif each.default is not None:
        lines.append(f"Not given:  {each.default}")
    if each.placeholder:
        lines.append("A placeholder like ${NAME} is a value too, which a later tool fills in.")
    lines.append(f"Asks for:   {each.feature or 'nothing'}")
    places = given_fields().get(each.name, ())
    if places:
        lines += ["Gives:", *(f"  {place}" for place in places)]
    return "\n".join(lines) + "\n"


def _kind(word: str) -> Kind | None:
    """A kind by any name that kubectl takes."""
    wanted = word.lower()
    for kind in KINDS.values():
        if wanted in (kind.name.lower(), kind.plural, *kind.short_names):
            return kind
    return None


def _about_kind(kind: Kind) -> str:
    owner = "you" if kind.owner == "user" else f"Cilium's {kind.owner}, and nobody else should"
    scope = "cluster-scoped" if kind.cluster_scoped else "namespaced"
    lines = [
        f"{kind.name}\n",
        f"kubectl:     {kind.plural}, {', '.join(kind.short_names)}; {scope}",
        f"Written by:  {owner}",
    ]
    if kind.replaced_by:
        lines.append(f"Replaced by: {kind.replaced_by}")
    lines.append("Versions, the stored one first:")
    for release in RELEASES:
        told = [one.api_version + (" (deprecated)" if one.deprecated else "") for one in versions(kind.name, release)]
        lines.append(f"  Cilium {release}  {', '.join(told) or 'none'}")
    release = next(one for one in (DEFAULT_RELEASE, *reversed(RELEASES)) if versions(kind.name, one))
    lines.append(f"Fields in Cilium {release}:")
    spec = schema(kind.name, release).at(("spec",))
    if spec is not None:
        lines += [f"  {path}  {_type(found)}" for path, found in _below("spec", spec)]
    return "\n".join(lines) + "\n"


def _below(path: str, here: Schema) -> list[tuple[str, Schema]]:
    """Every field under one, in the table's order."""
    found = [(path, here)]
    inner = here
    while inner.items is not None:
        path += "[]" if inner.type == "array" else "{}"
        inner = inner.items
    for name, child in inner.fields.items():
        found += _below(f"{path}.{name}", child)
    return found


def _field(kind: Kind, path: str) -> str:
    """A field in every release that has it; said for the default release, or the newest that has it."""
    steps = [step for step in re.split(r"\.|\[[^\]]*\]|\{\}", path) if step]
    found = {release: at for release in RELEASES if (at := _at(kind, release, steps)) is not None}
    if not found:
        raise UsageError(_no_field(kind, steps))
    release = DEFAULT_RELEASE if DEFAULT_RELEASE in found else list(found)[-1]
    here, shown = found[release]
    lines = [f"{kind.name}.{shown}\n"]
    if here.doc:
        lines.append(_filled(here.doc))
    lines.append(f"Type:      {_type(here)}")
    lines += _limits(here)
    missing = [name for name in RELEASES if name not in found and versions(kind.name, name)]
    lines.append(f"Releases:  Cilium {', '.join(found)}" + (f"; not in {', '.join(missing)}" if missing else ""))
    if release != DEFAULT_RELEASE:
        lines.append(f"           (told as Cilium {release} has it)")
    inner = here
    while inner.items is not None:
        inner = inner.items
    if inner.fields:
        required = inner.required
        lines.append("Fields:")
        lines += [
            f"  {name}  {_type(one)}{', required' if name in required else ''}" for name, one in inner.fields.items()
        ]
    return "\n".join(lines) + "\n"


def _at(kind: Kind, release: str, steps: list[str]) -> tuple[Schema, str] | None:
    """The field in a release, and its path with the lists and maps that it goes through."""
    if not versions(kind.name, release):
        return None
    here, shown = schema(kind.name, release), ""
    for step in steps:
        while here.items is not None:
            shown += "[]" if here.type == "array" else "{}"
            here = here.items
        if step not in here.fields:
            return None
        here = here.fields[step]
        shown += f".{step}" if shown else step
    return here, shown


def _no_field(kind: Kind, steps: list[str]) -> str:
    """How far the way goes, and what may be meant there."""
    releases = [release for release in RELEASES if versions(kind.name, release)]
    good = next(
        n for n in range(len(steps) - 1, -1, -1) if any(_at(kind, release, steps[:n]) for release in releases)
    )  # no steps at all is the object itself
    fields: dict[str, None] = {}
    for release in releases:
        found = _at(kind, release, steps[:good])
        here = found[0] if found else None
        while here is not None and here.items is not None:
            here = here.items
        fields |= dict.fromkeys(here.fields if here else ())
    at = ".".join((kind.name, *steps[:good]))
    near = nearest(steps[good], fields)
    instead = (
        f"did you mean `{at}.{near}`?" if near else f"it has {', '.join(f'`{name}`' for name in fields) or 'no fields'}"
    )
    return f"`{at}` has no field `{steps[good]}`; {instead}"


def _type(here: Schema) -> str:
    if here.type == "array" and here.items is not None:
        return f"list of {_type(here.items)}"
    if here.type == "map" and here.items is not None:
        return f"map to {_type(here.items)}"
    if here.enum and len(here.enum) <= 4:
        return " or ".join(here.enum)
    return here.format if here.type == "string" and here.format in ("cidr", "date-time") else here.type


def _limits(here: Schema) -> list[str]:
    told: list[str] = []
    for low, high, what in (
        (here.minimum, here.maximum, "{}"),
        (here.min_length, here.max_length, "{} characters"),
        (here.min_items, here.max_items, "{} items"),
    ):
        if low is not None or high is not None:
            span = (
                f"{low} to {high}"
                if None not in (low, high)
                else f"at least {low}"
                if high is None
                else f"at most {high}"
            )
            told.append(what.format(span))
    if here.form or here.pattern:
        told.append(here.form or f"matches {here.pattern}")
    if here.list_keys:
        told.append(f"entries differ in {', '.join(here.list_keys)}")
    lines = [f"Limits:    {', '.join(told)}"] if told else []
    if len(here.enum) > 4:
        lines.append(f"One of:    {', '.join(here.enum)}")
    if here.default is not None:
        text = str(here.default).lower() if isinstance(here.default, bool) else str(here.default)
        lines.append(f"Default:   {text}")
    return lines


def _rule(rule: Rule) -> str:
    page = rule.page
    parts = [
        f"{rule.id}: {page.title}\n",
        f"Severity\n  {rule.severity}\n",
        "Why",
        textwrap.indent(_filled(page.why, _WIDTH - 2), "  "),
    ]
    parts += ["Source", textwrap.indent(_filled(page.source, _WIDTH - 2), "  ")]
    if page.settings:
        parts += ["Settings", "".join(f"  {name}: {value}\n" for name, value in page.settings.items())]
    parts += ["Bad", textwrap.indent(page.bad, "  "), "Good", textwrap.indent(page.good, "  ")]
    parts += ["To waive it", f'  an annotation of the object: cilium-networking/waive-{rule.id}: "why"\n']
    return "\n".join(parts)


def _filled(text: str, width: int = _WIDTH) -> str:
    return textwrap.fill(text, width) + "\n"
