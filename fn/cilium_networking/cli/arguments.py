"""argv to :class:`Arguments`, by the table of commands; what is wrong is said with what to type instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import UsageError
from ..kinds import RELEASES, nearest, release_of
from ..records import dataclass, field
from .commands import COMMANDS, SHELLS, Command, Option


class Group(NamedTuple):
    """Operands that belong together: those behind one ``--cluster NAME``, or one by itself, which has no name."""

    name: str
    operands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arguments:
    """What was typed. An option that a verb does not have is at its default."""

    operands: tuple[str, ...] = ()
    #: The same, by what they belong to.
    groups: tuple[Group, ...] = ()
    config: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    adopt: bool = False
    diff: bool = False
    check: bool = False
    fix: bool = False
    write: bool = False
    verbose: bool = False
    #: Each as often as it was given.
    release: tuple[str, ...] = ()
    inventory: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    output: str | None = None
    to: str | None = None
    from_release: str | None = None
    dry_run: bool = False
    format: str = "text"
    only: str | None = None
    root: str = "."


def release_of_option(option: str, given: str) -> str:
    """The release that was typed, as ``1.19``. Raises UsageError for one that this version does not know."""
    release = release_of(given)
    if release is None:
        raise UsageError(f"`{option} {given}` is none that this version knows: {', '.join(RELEASES)}")
    return release


def command(name: str) -> Command:
    """The verb of that name. Raises UsageError with the nearest one."""
    known = {each.name: each for each in COMMANDS}
    if name not in known:
        wanted = "option" if name.startswith("-") else "verb"
        raise UsageError(f"there is no {wanted} `{name}`{_instead(name, known)}")
    return known[name]


def parse(verb: Command, argv: Sequence[str]) -> Arguments:
    """What was typed behind a verb. Raises UsageError."""
    operands: list[str] = []
    if "--" in argv:
        at = list(argv).index("--")
        argv, operands = argv[:at], list(argv[at + 1 :])
    given, rest, leads = _taken(verb, argv)
    operands = [*rest, *operands]
    _count(verb, operands)
    values: dict[str, Any] = {option.field: _value(verb, option, given.get(option.name)) for option in verb.options}
    values["settings"] = _settings(given.get("--set", ()))
    names = Arguments.__match_args__
    return Arguments(
        operands=tuple(operands),
        groups=tuple(_groups(operands, leads)),
        **{name: value for name, value in values.items() if name in names and value is not None},
    )


#: An option that leads, its value, and how many operands stand before it.
_Lead = tuple[str, str, int]


def _taken(verb: Command, argv: Sequence[str]) -> tuple[dict[str, list[str]], list[str], list[_Lead]]:
    """The values of each option that was given, none of a switch; what stands beside the options; and what leads it."""
    known = {option.name: option for option in verb.options}
    given: dict[str, list[str]] = {}
    rest: list[str] = []
    leads: list[_Lead] = []
    words = iter(argv)
    for word in words:
        if not word.startswith("-") or word == "-":
            rest.append(word)
            continue
        name, equals, value = word.partition("=")
        option = known.get(name)
        if option is None:
            raise UsageError(f"`{verb.name}` has no option `{name}`{_instead(name, known)}")
        values = given.setdefault(name, [])
        if option.value is None:
            if equals:
                raise UsageError(f"`{name}` takes no value; give `{name}` alone, or leave it out")
            continue
        if not equals:
            value = next(words, "--")
            if value.startswith("-") and value != "-":
                raise UsageError(f"`{name}` needs a value: `{name} {option.value}`")
        values.append(value)
        if option.leads:
            leads.append((name, value, len(rest)))
    return given, rest, leads


def _groups(operands: Sequence[str], leads: Sequence[_Lead]) -> Iterator[Group]:
    """Each operand by itself, up to the first that is led. Raises UsageError for a name that leads nothing."""
    yield from (Group("", (one,)) for one in operands[: leads[0][2] if leads else None])
    names: set[str] = set()
    for place, (option, name, begin) in enumerate(leads):
        end = leads[place + 1][2] if place + 1 < len(leads) else len(operands)
        if begin == end:
            raise UsageError(
                f"no PATH stands behind `{option} {name}`; those of it follow it: `{option} {name} PATH...`"
            )
        if name in names:
            raise UsageError(f"`{option} {name}` is given twice; put all of its PATHs behind one")
        names.add(name)
        yield Group(name, tuple(operands[begin:end]))


def _value(verb: Command, option: Option, given: list[str] | None) -> bool | str | tuple[str, ...] | None:
    if option.value is None:
        return given is not None
    if given is None:
        return None
    if len(given) > 1 and not option.repeated:
        raise UsageError(f"`{option.name}` is given {len(given)} times; keep one of them")
    if option.choices and given[0] not in option.choices:
        instead = f"{_instead(given[0], option.choices)} (there are: {', '.join(option.choices)})"
        raise UsageError(f"`{verb.name} {option.name}` takes no `{given[0]}`{instead}")
    if "" in given:
        raise UsageError(f"`{option.name}` is empty; give it a {option.value}")
    # What one verb takes several of is a tuple for all of them.
    several = option.repeated or isinstance(getattr(Arguments(), option.field, None), tuple)
    return tuple(given) if several else given[0]


def _settings(given: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in given:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(f"`--set {word}` names no value; write it as `--set {name or 'NAME'}=VALUE`")
        if name in ("verb", "adopt"):
            instead = "the verb stands first: `cilium-networking validate PATH`" if name == "verb" else "say `--adopt`"
            raise UsageError(f"`--set {word}`: `{name}` is no setting here; {instead}")
        found[name] = value
    return found


def _count(verb: Command, operands: Sequence[str]) -> None:
    if verb.completes == "shell" and (len(operands) != 1 or operands[0] not in SHELLS):
        wrong = operands[0] if operands else ""
        what = f"there is no completion for `{wrong}`" if wrong else "say for which shell"
        raise UsageError(
            f"{what}{_instead(wrong, SHELLS) if wrong else ''}: `completion {'`, `completion '.join(SHELLS)}`"
        )
    if len(operands) < verb.at_least:
        raise UsageError(f"`{verb.name}` needs {verb.needs}: `{verb.usage}`")
    if "" in operands:
        raise UsageError(f"an empty argument stands behind `{verb.name}`; `.` is the current directory")
    most = verb.at_most
    if most is not None and len(operands) > most:
        takes = "takes no arguments" if not most else f"takes one {verb.operand.strip('[]')}"
        raise UsageError(f"`{verb.name}` {takes}; `{operands[most]}` is one too many: `{verb.usage}`")


def _instead(word: str, known: Iterable[str]) -> str:
    near = nearest(word, known)
    return f"; did you mean `{near}`?" if near else "; `cilium-networking --help` says what there is"
