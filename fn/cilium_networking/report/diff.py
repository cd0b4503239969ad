"""What a file was and what it becomes, as a unified diff that ``patch -p1`` and ``git apply`` take.

Each hunk names the objects it is about behind its ``@@``, where diff tools show a function's name. Lines are ended by a
newline and by nothing else: a form feed inside a manifest is content.
"""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from ..resources.directory import Change
from .as_text import printable

_CONTEXT: Final = 3
#: How many lines have to agree before two texts count as together again, and how far that is looked for.
_ALIKE: Final = 3
_SIGHT: Final = 120
_COLORS: Final = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}
_BOLD: Final = "\x1b[1m"
_PLAIN: Final = "\x1b[0m"

#: The 0-based lines on which the documents of a text begin, and what to call each.
Headings = tuple[list[int], list[str]]
#: ``equal`` or ``change``, and the lines of it in the text before and after, as slices.
Step = tuple[str, int, int, int, int]


def unified(change: Change) -> str:
    """The diff of one file."""
    before, after = _split(change.before or ""), _split(change.after or "")
    headings = _headings(before), _headings(after)
    old = "/dev/null" if change.before is None else _name("a", change.name)
    new = "/dev/null" if change.after is None else _name("b", change.name)
    lines = [f"--- {old}\n", f"+++ {new}\n"]
    for group in _groups(before, after):
        (_, i1, _, j1, _), (_, _, i2, _, j2) = group[0], group[-1]
        # A diff gives an empty range the line before it.
        head = f"@@ -{_range(i1, i2)} +{_range(j1, j2)} @@"
        about = _about(group, *headings)
        lines.append(f"{head}{' ' if about else ''}{about}\n")
        for tag, a1, a2, b1, b2 in group:
            if tag == "equal":
                lines += [" " + line for line in before[a1:a2]]
                continue
            lines += ["-" + line for line in before[a1:a2]]
            lines += ["+" + line for line in after[b1:b2]]
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def colored(diff: str) -> str:
    """The same for a terminal."""
    lines = diff.split("\n")
    return "\n".join(_colored(line) for line in lines)


def first_difference(change: Change) -> int:
    """The 1-based line of the first difference."""
    before, after = _split(change.before or ""), _split(change.after or "")
    for number, (old, new) in enumerate(zip(before, after, strict=False), 1):
        if old != new:
            return number
    return max(1, min(len(before), len(after)))


def _colored(line: str) -> str:
    if line.startswith(("--- ", "+++ ")):
        return f"{_BOLD}{line}{_PLAIN}"
    color = _COLORS.get(line[:1])
    return f"{color}{line}{_PLAIN}" if color else line


def _split(text: str) -> list[str]:
    lines = text.split("\n")
    return [*(line + "\n" for line in lines[:-1]), *([lines[-1]] if lines[-1] else [])]


def _name(side: str, name: str) -> str:
    # As git does: without the tab a name with a blank in it would end there.
    return f"{side}/{name}" + ("\t" if " " in name else "")


def _range(start: int, stop: int) -> str:
    length = stop - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def _headings(lines: list[str]) -> Headings:
    """The objects of a text by their look: as with functions in a diff, good enough to find one's way."""
    starts: list[int] = [0]
    names: list[str] = [""]
    indent = 0
    for number, line in enumerate(lines):
        if line.startswith("---"):
            starts.append(number)
            names.append("")
            indent = 0
        elif line.startswith("kind:"):
            names[-1] = _word(line[5:]) + names[-1]
        elif line.startswith("metadata:"):
            indent = -1
        elif indent and line[:1] == " ":
            text = line.lstrip(" ")
            if indent < 0 and not text.startswith("#"):
                indent = len(line) - len(text)
            if text.startswith("name:") and len(line) - len(text) == indent:
                names[-1] += f" {_word(text[5:])}"
        elif line[:1] not in "#\r\n":
            indent = 0
    return starts, names


def _word(text: str) -> str:
    return printable(text.partition(" #")[0].strip().strip("'\""))


def _about(group: list[Step], before: Headings, after: Headings) -> str:
    """The objects that the hunk's differences are in."""
    named: dict[str, None] = {}
    for tag, a1, a2, b1, b2 in group:
        if tag == "change":
            named |= dict.fromkeys((*_between(before, a1, a2), *_between(after, b1, b2)))
    return ", ".join(name for name in named if name)


def _between(headings: Headings, start: int, stop: int) -> list[str]:
    starts, names = headings
    return names[bisect_right(starts, start) - 1 : bisect_right(starts, stop - 1)] if stop > start else []


def _groups(before: list[str], after: list[str]) -> Iterator[list[Step]]:
    """The differences with lines around them, those that share a context together."""
    group: list[Step] = []
    for tag, a1, a2, b1, b2 in _merged(_steps(before, after)):
        if tag == "equal":
            if group and a2 - a1 > 2 * _CONTEXT:
                yield [*group, (tag, a1, a1 + _CONTEXT, b1, b1 + _CONTEXT)]
                group = []
            keep = a2 - a1 if group else min(a2 - a1, _CONTEXT)
            group.append((tag, a2 - keep, a2, b2 - keep, b2))
        else:
            group.append((tag, a1, a2, b1, b2))
    if group and group[-1][0] == "equal":
        tag, a1, a2, b1, b2 = group.pop()
        keep = min(a2 - a1, _CONTEXT)
        if group:
            group.append((tag, a1, a1 + keep, b1, b1 + keep))
    if group:
        yield group


def _merged(steps: Iterator[Step]) -> Iterator[Step]:
    """Stretches of one kind that meet are one."""
    last: Step | None = None
    for step in steps:
        if last is not None and last[0] == step[0]:
            last = (step[0], last[1], step[2], last[3], step[4])
            continue
        if last is not None:
            yield last
        last = step
    if last is not None:
        yield last


def _steps(before: list[str], after: list[str]) -> Iterator[Step]:
    """Equal and changed stretches in turn, in linear time for the changes that we make: many, and each of them small.

    difflib needs a minute for a file of 8,000 lines that are much alike; it gets single stretches, and all the rest
    only where no end is within sight.
    """
    i = j = 0
    while i < len(before) or j < len(after):
        i1, j1 = i, j
        while i < len(before) and j < len(after) and before[i] == after[j]:
            i, j = i + 1, j + 1
        if i > i1:
            yield ("equal", i1, i, j1, j)
            continue
        found = _meet(before, after, i, j)
        if found is None:
            yield from _searched(before, (i, len(before)), after, (j, len(after)))
            return
        yield from _searched(before, (i, found[0]), after, (j, found[1]))
        i, j = found


def _searched(before: list[str], old: tuple[int, int], after: list[str], new: tuple[int, int]) -> Iterator[Step]:
    """The same by difflib, for a stretch."""
    i, j = old[0], new[0]
    matcher = difflib.SequenceMatcher(None, before[i : old[1]], after[j : new[1]])
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        yield ("equal" if tag == "equal" else "change", i + a1, i + a2, j + b1, j + b2)


def _meet(before: list[str], after: list[str], i: int, j: int) -> tuple[int, int] | None:
    """The nearest two lines from which both go on alike for a while, or end."""
    for distance in range(1, _SIGHT):
        for down in sorted(range(distance + 1), key=lambda n: abs(distance - 2 * n)):
            a, b = i + down, j + distance - down
            if a > len(before) or b > len(after):
                continue
            if before[a : a + _ALIKE] == after[b : b + _ALIKE]:
                return a, b
    return None
