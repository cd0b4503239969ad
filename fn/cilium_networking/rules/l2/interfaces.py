"""CN3xx, interfaces: the patterns of L2 policies, and what the inventory says they take.

Cilium asks of each of its devices whether a pattern is found anywhere in its name. Without an inventory nobody knows
the names, and only the patterns themselves are judged: one that is anchored at its begin was thought about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ...addressing import Wrong
from ...fabric import KnownNode, L2Policy, Spot
from ...fabric.spot import is_open
from ...lossless.edit import Delete, SetText
from ...settings.regex import Pattern, judge_pattern, read_pattern
from ..rule import Case, Rule, Said

#: Names that are whole with their number; `enp1` and `ens1` are how `enp1s0` and `ens192` begin
#: (systemd.net-naming-scheme).
_NUMBERED: Final = re.compile(r"(?:eth|bond|eno|br|vlan)[0-9]+")
#: A name of an interface as people write it; the dot of a VLAN matches itself, too.
_NAME: Final = re.compile(r"[A-Za-z0-9][\w.:@-]*")
#: A name as a shell finds it; behind a letter these signs repeat that letter, and stand for nothing else.
_GLOB: Final = re.compile(r"[A-Za-z][\w:@-]*(?:[*+?][\w:@-]*)+")
_SIGNS: Final = {"*": ".*", "+": ".+", "?": "."}
_FEW: Final = 4


def not_a_pattern(case: Case) -> Iterator[Said]:
    """An interface pattern does not compile

    Why: Patterns are Go's regular expressions (RE2), which have no lookaround and no backreferences. The agent refuses
    the policy as a whole, announces nothing, and says so only in the condition `io.cilium/bad-interface-regex`.

    Source: Cilium 1.19, pkg/l2announcer; https://github.com/google/re2/wiki/Syntax.

    Bad::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          interfaces:
          - ^(?!veth)eth.*$

    Good::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          interfaces:
          - ^eth.*$
    """
    for policy in case.cluster.l2_policies:
        for spot, pattern in _patterns(policy):
            wrong = judge_pattern(pattern)
            if wrong is not None:
                yield Said(spot, f"{wrong.about(pattern)}: the agent refuses the whole policy", pattern, wrong.proposed)


def unanchored(case: Case) -> Iterator[Said]:
    """An interface pattern also takes interfaces whose names only contain it

    Why: Cilium looks for the pattern anywhere in a name: `eth0` also takes `veth0` and `eth01`, and then answers for
    the addresses on a network that was not meant. Said of plain names, of names with only one end anchored, and of
    expressions without any anchor. A glob as a shell has it is another thing: `eth*` means `et` and any number of `h`.
    Several names in one entry, with commas between them, take nothing. With an inventory patterns are named only if
    another interface is really taken.

    Source: Cilium 1.19, pkg/l2announcer, which asks Go's `regexp.MatchString`.

    Bad::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          interfaces:
          - eth0

    Good::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          interfaces:
          - ^eth0$
          - ^enp[0-9]+s0$
    """
    machines = case.cluster.machines
    for policy in case.cluster.l2_policies:
        names = {interface.name: node for node in machines.possible(policy.nodes) for interface in node.interfaces}
        for spot, pattern in _patterns(policy):
            several = _listed(pattern)
            if several:
                entries = " and ".join(f"`{each}`" for each in several)
                message = (
                    f"`{pattern}` is one pattern, which takes no name without a comma: write each by itself, {entries}"
                )
                yield Said(spot, message, pattern)
                continue
            proposed = anchored(pattern)
            if proposed is None or judge_pattern(pattern) is not None:
                continue
            meant, taken = (_taken(each, names) for each in (proposed, pattern))
            others = [name for name in taken if name not in meant]
            if names and not others:
                continue  # whatever it may take elsewhere, here it takes what it should
            write = f"write `{proposed}`"
            if _GLOB.fullmatch(pattern):
                write = f"it is a regular expression and no glob; if a glob is meant, {write}"
            if others:
                found = ", ".join(f"`{name}` of node {names[name].name}" for name in others[:_FEW])
                message = f"`{pattern}` also takes {found}: {write}"
            else:
                message = f"`{pattern}` takes every interface with that anywhere in its name: {write}"
            yield Said(spot, message, pattern, proposed, _fix(policy, spot, pattern, proposed, names))


def twice(case: Case) -> Iterator[Said]:
    """An interface pattern stands twice in an L2 policy

    Why: The second changes nothing. As a rule another interface was meant.

    Source: Cilium 1.19, pkg/l2announcer: a device is taken once.

    Bad::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          interfaces:
          - ^eth0$
          - ^eth0$

    Good::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
          interfaces:
          - ^eth0$
          - ^eth1$
    """
    for policy in case.cluster.l2_policies:
        seen: dict[str, Spot] = {}
        for spot, pattern in _patterns(policy):
            if seen.setdefault(pattern, spot) is not spot:
                fix = () if policy.spot.resource.comments else (Delete(spot.path),)
                yield Said(spot, f"`{pattern}` stands twice: name another interface, or take it off", pattern, fix=fix)


def anchored(pattern: str) -> str | None:
    """What a pattern without its anchors was meant to be; ``None`` for one that is as it should be."""
    name = pattern.removeprefix("^").removesuffix("$")
    if _NAME.fullmatch(name) and not name.endswith("."):
        # One that is held at its begin means all that begin so, as in the manual of Cilium.
        return None if pattern.startswith("^") else f"^{name.replace('.', chr(92) + '.')}$"
    names = [each.removeprefix("^").removesuffix("$") for each in pattern.split("|")]
    if len(names) > 1 and all(map(_NAME.fullmatch, names)):
        if all(each.startswith("^") and each.endswith("$") for each in pattern.split("|")):
            return None
        return f"^({'|'.join(each.replace('.', chr(92) + '.') for each in names)})$"
    if _GLOB.fullmatch(pattern):
        return f"^{''.join(_SIGNS.get(char, char) for char in pattern)}$"
    if pattern.startswith(r"\.") and pattern.endswith("$"):
        return None  # a VLAN of any device
    # Anything that has an anchor somewhere, or says itself that the begin is open, is somebody's thought.
    if "^" in re.sub(r"\[\^", "", pattern) or pattern.startswith((".*", ".+", "(", r"\A")):
        return None
    return f"^{pattern}" if pattern.endswith("$") else f"^{pattern}$"


def _listed(pattern: str) -> list[str]:
    """Each name of several that stand in one entry as a pattern of its own; empty for any other pattern."""
    names = [each.strip() for each in pattern.split(",")]
    bare = [each.removeprefix("^").removesuffix("$") for each in names]
    if len(names) < 2 or not all(_NAME.fullmatch(each) or _GLOB.fullmatch(each) for each in bare):
        return []
    return [anchored(each) or each for each in names]


def plain_name(pattern: str) -> str | None:
    """The one name that a pattern spells, with or without its anchors."""
    name = pattern.removeprefix("^").removesuffix("$").replace(r"\.", ".")
    return name if _NAME.fullmatch(name) else None


def _fix(policy: L2Policy, spot: Spot, pattern: str, proposed: str, names: dict[str, KnownNode]) -> tuple[SetText, ...]:
    """A name that an interface has, or of those that the kernel numbers, is whole; others may be meant as begins."""
    name = pattern.removeprefix("^").removesuffix("$")
    certain = name in names if names else _NUMBERED.fullmatch(name) is not None
    if not certain or not _NAME.fullmatch(name) or policy.spot.resource.comments:
        return ()  # a setter's comment would put the old one back
    return (SetText(spot.path, proposed),)


def _patterns(policy: L2Policy) -> Iterator[tuple[Spot, str]]:
    for position, pattern in enumerate(policy.interfaces):
        if not is_open(pattern):
            yield policy.spot.at("spec", "interfaces", position), pattern


def compiled(pattern: str) -> Pattern | None:
    """``None`` for what is not known yet, for what Go does not compile, and for what is not judged here."""
    if is_open(pattern):
        return None
    read = read_pattern(pattern)
    return None if isinstance(read, Wrong) or read.part is None else read


def _taken(pattern: str, names: dict[str, KnownNode]) -> list[str]:
    expression = compiled(pattern)
    return sorted(name for name in names if expression is None or expression.found_in(name) is not False)


RULES: Final = (
    Rule("CN308", "error", not_a_pattern),
    Rule("CN309", "warning", unanchored),
    Rule("CN310", "warning", twice),
)
