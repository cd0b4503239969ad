"""Interface patterns as Cilium's agent reads them: the regular expressions of Go, RE2's syntax.

The agent takes a policy with a pattern that does not compile, announces nothing and says so in a condition only. So
the grammar is read here as Go reads it: what Python lacks is right, and what only Python and others have is named.
Not judged: names of Unicode classes, groups that are nested deeper than anybody writes them, the size of all together.

Source: Go 1.25, regexp/syntax/parse.go; https://github.com/google/re2/wiki/Syntax.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from ..addressing import Wrong
from ..records import dataclass
from .matching import Part, Takes, either, is_found, one, repeated, row, where

_MOST: Final = 1000  # maxRepeat, of all repetitions around one thing together
_DEEPEST: Final = 50  # of groups; Go takes 1000
_LONGEST: Final = 1024  # characters of a name; Linux gives 15
_LAST: Final = 0x10FFFF
_COUNT: Final = re.compile(r"\{(0|[1-9][0-9]*)(?:(,)(0|[1-9][0-9]*)?)?\}")
_NAMED: Final = re.compile(r"\(\?P?<([0-9A-Za-z_]+)>")
_FLAGS: Final = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])")
_UNICODE: Final = re.compile(r"\\[pP](?:\{\^?\w+\}|\w)")
_CODE: Final = re.compile(r"\\(?:x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))|(0[0-7]{0,2}|[1-7][0-7]{1,2}))")
_SIGNS: Final = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
#: What other languages have behind `(?` and behind a backslash, and Go has not; compiled when one is met.
_FOREIGN: Final = (
    (r"\(\?<?[=!]", "a lookaround"),
    (r"\\[1-9]|\\[kg][<{']|\(\?P=", "a backreference"),
    (r"\(\?>", "an atomic group"),
    (r"\(\?\(", "a conditional"),
    (r"\(\?#", "a comment"),
    (r"\(\?[a-zA-Z^-]*", "a flag that Go does not know"),
    (r"\\.", "an escape that Go does not know"),
)
_WORD: Final = re.compile(r"[0-9A-Za-z_]", re.ASCII)
_PERL: Final[dict[str, Takes]] = {
    "d": lambda char: "0" <= char <= "9",
    "s": lambda char: char in "\t\n\f\r ",
    "w": lambda char: _WORD.match(char) is not None,
}
_POSIX: Final = {
    "alnum": "[0-9A-Za-z]", "alpha": "[A-Za-z]", "ascii": r"[\x00-\x7f]", "blank": r"[\t ]",
    "cntrl": r"[\x00-\x1f\x7f]", "digit": "[0-9]", "graph": "[!-~]", "lower": "[a-z]", "print": "[ -~]",
    "punct": r"[!-/:-@\[-`{-~]",
    "space": r"[\t-\r ]", "upper": "[A-Z]", "word": "[0-9A-Za-z_]", "xdigit": "[0-9A-Fa-f]",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that Go compiles; ``part`` is ``None`` where it has what is not judged."""

    part: Part | None

    def found_in(self, name: str) -> bool | None:
        """Whether it is found anywhere in a name; ``None`` where nobody can say."""
        return None if self.part is None or len(name) > _LONGEST else is_found(self.part, name)


def read_pattern(text: str) -> Pattern | Wrong:
    """A pattern, or why the agent cannot compile it."""
    reader = _Reader(text)
    try:
        part = reader.read()
    except _Refused as refused:
        return Wrong(str(refused))
    except _NotJudgedError:
        return Pattern(None)
    return Pattern(part if reader.known else None)


def judge_pattern(text: str) -> Wrong | None:
    """Why the agent cannot compile ``text``, if it cannot."""
    pattern = read_pattern(text)
    return pattern if isinstance(pattern, Wrong) else None


class _Refused(Exception):  # noqa: N818 - what Go does, and no error of ours
    """Why Go does not compile a pattern."""


class _NotJudgedError(Exception):
    """What is nested too deep to be read here."""


class _Reader:
    """One pattern, from the left to the right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.flags: frozenset[str] = frozenset()
        self.names: set[str] = set()
        self.depth = 0
        #: Whether all of it can be matched here: not so with a Unicode class.
        self.known = True

    def read(self) -> Part:
        part, _ = self._alternation()
        if self.at < len(self.text):
            raise self._wrong("unbalanced parenthesis", self.at)
        return part

    def _alternation(self) -> tuple[Part, int]:
        """Up to the end or a `)`; with each part how often repetitions inside of it multiply."""
        branches: list[Part] = []
        weight = 1
        while True:
            part, most = self._branch()
            branches.append(part)
            weight = max(weight, most)
            if not self._skip("|"):
                return either(branches), weight

    def _branch(self) -> tuple[Part, int]:
        parts: list[tuple[Part, int]] = []
        repeats = False
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            begin = self.at
            count = self._count()
            if count is None:
                parts += self._atom()
                repeats = False
                continue
            if repeats:
                if self.text[begin] == "+":
                    raise self._lacks("a possessive quantifier", self.text[begin - 1 : self.at])
                raise self._wrong("multiple repeat", begin)
            if not parts:
                raise self._wrong("nothing to repeat", begin)
            least, most, braces = count
            part, weight = parts[-1]
            weight *= max(1, least if most is None else most) if braces else 1
            if weight > _MOST:
                raise self._wrong(f"more than {_MOST} times", begin)
            parts[-1] = repeated(part, least, most), weight
            self._skip("?")
            repeats = True
        return row([part for part, _ in parts]), max((weight for _, weight in parts), default=1)

    def _count(self) -> tuple[int, int | None, bool] | None:
        """A repetition: least, most and whether it is written in braces; braces with anything else are characters."""
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        begin, char = self.at, self.text[self.at]
        if char in simple:
            self.at += 1
            return *simple[char], False
        match = _COUNT.match(self.text, begin)
        if match is None:
            return None
        self.at = match.end()
        if max(len(match[1]), len(match[3] or "")) > len(str(_MOST)):
            raise self._wrong(f"more than {_MOST} times", begin)
        least = int(match[1])
        most = int(match[3]) if match[3] else None if match[2] else least
        if most is not None and most < least:
            raise self._wrong("min repeat greater than max repeat", begin)
        if max(least, most or 0) > _MOST:
            raise self._wrong(f"more than {_MOST} times", begin)
        return least, most, True

    def _atom(self) -> list[tuple[Part, int]]:
        char = self.text[self.at]
        if char == "(":
            return self._group()
        if char == "\\":
            return [(part, 1) for part in self._escaped()]
        if char == "[":
            return [(one(self._class()), 1)]
        self.at += 1
        if char == "^":
            return [(where(_begins_line if "m" in self.flags else _begins), 1)]
        if char == "$":
            return [(where(_ends_line if "m" in self.flags else _ends), 1)]
        if char == ".":
            return [(one(_any if "s" in self.flags else _any_of_line), 1)]
        return [(one(self._range(char, char)), 1)]

    def _group(self) -> list[tuple[Part, int]]:
        begin, flags = self.at, self.flags
        named, changed = _NAMED.match(self.text, begin), _FLAGS.match(self.text, begin)
        if named is not None:
            if named[1] in self.names:
                raise self._wrong(f"two groups `{named[1]}`", begin)
            self.names.add(named[1])
            self.at = named.end()
        elif changed is not None:
            self.at = changed.end()
            self.flags = (flags | set(changed[1])) - set(changed[2] or "")
            if changed[3] == ")":
                return []  # from here to the end of the group around it
        elif self.text.startswith("(?", begin):
            raise self._foreign()
        else:
            self.at += 1
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _NotJudgedError
        part = self._alternation()
        if not self._skip(")"):
            raise self._wrong("missing ), unterminated subpattern", begin)
        self.depth -= 1
        self.flags = flags
        return [part]

    def _escaped(self) -> list[Part]:
        sign = self.text[self.at + 1 : self.at + 2]
        anchors: dict[str, Callable[[str, int], bool]] = {
            "A": _begins, "z": _ends, "b": _at_word, "B": lambda text, place: not _at_word(text, place),
        }  # fmt: skip
        if sign in anchors:
            self.at += 2
            return [where(anchors[sign])]
        if sign == "Q":
            quoted, end, _ = self.text[self.at + 2 :].partition("\\E")
            self.at += 2 + len(quoted) + len(end)
            return [one(self._range(char, char)) for char in quoted]
        several = self._several()
        if several is not None:
            return [one(several)]
        char = self._character()
        return [one(self._range(char, char))]

    def _several(self) -> Takes | None:
        """An escape that stands for several characters, inside of a class or not."""
        sign = self.text[self.at + 1 : self.at + 2]
        if sign and sign.lower() in _PERL:
            self.at += 2
            takes = _PERL[sign.lower()]
            return takes if sign.islower() else lambda char: not takes(char)
        match = _UNICODE.match(self.text, self.at)
        if match is None:
            return None
        self.at = match.end()
        self.known = False
        return _any

    def _character(self) -> str:
        """One character, plain or escaped."""
        char = self.text[self.at]
        if char != "\\":
            self.at += 1
            return char
        sign = self.text[self.at + 1 : self.at + 2]
        if not sign:
            raise self._wrong("bad escape (end of pattern)", self.at)
        code = _CODE.match(self.text, self.at)
        if code is not None:
            number = int(code[1] or code[2], 16) if code[3] is None else int(code[3], 8)
            if number > _LAST:
                raise self._wrong("no such character", self.at)
            self.at = code.end()
            return chr(number)
        if sign not in _SIGNS and (not sign.isascii() or sign.isalnum()):
            raise self._foreign()
        self.at += 2
        return _SIGNS.get(sign, sign)

    def _class(self) -> Takes:
        begin = self.at
        self.at += 1
        negated = self._skip("^")
        members: list[Takes] = []
        while not members or not self.text.startswith("]", self.at):
            if self.at >= len(self.text):
                raise self._wrong("unterminated character set", begin)
            members.append(self._member())
        self.at += 1
        return lambda char: any(takes(char) for takes in members) is not negated

    def _member(self) -> Takes:
        begin = self.at
        end = self.text.find(":]", begin + 2) if self.text.startswith("[:", begin) else -1
        if end >= 0:
            name = self.text[begin + 2 : end]
            if name.removeprefix("^") not in _POSIX:
                raise self._wrong(f"no class `[:{name}:]`", begin)
            self.at = end + 2
            expression, wanted = _POSIX[name.removeprefix("^")], not name.startswith("^")
            return self._folded(lambda char: (re.match(expression, char) is not None) is wanted)
        several = self._several() if self.text[begin] == "\\" else None
        if several is not None:
            return several
        first = last = self._character()
        if self.text.startswith("-", self.at) and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
            self.at += 1
            last = self._character()
        if last < first:
            raise self._wrong(f"bad character range {self.text[begin : self.at]}", begin)
        return self._range(first, last)

    def _range(self, first: str, last: str) -> Takes:
        return self._folded(lambda char: first <= char <= last)

    def _folded(self, takes: Takes) -> Takes:
        if "i" not in self.flags:
            return takes
        return lambda char: takes(char) or takes(char.lower()) or takes(char.upper())

    def _skip(self, char: str) -> bool:
        here = self.text.startswith(char, self.at)
        self.at += here
        return here

    def _foreign(self) -> _Refused:
        for expression, what in _FOREIGN:
            match = re.match(expression, self.text[self.at :])
            if match is not None:
                return self._lacks(what, match[0])
        return self._wrong("bad escape", self.at)

    def _lacks(self, what: str, found: str) -> _Refused:
        return _Refused(f"has {what}, `{found}`, which Go's regular expressions do not have")

    def _wrong(self, why: str, place: int) -> _Refused:
        return _Refused(f"is not a regular expression: {why} at position {place}")


def _begins(_: str, place: int) -> bool:
    return place == 0


def _ends(text: str, place: int) -> bool:
    return place == len(text)


def _begins_line(text: str, place: int) -> bool:
    return place == 0 or text[place - 1] == "\n"


def _ends_line(text: str, place: int) -> bool:
    return place == len(text) or text[place] == "\n"


def _at_word(text: str, place: int) -> bool:
    before, behind = text[max(place - 1, 0) : place], text[place : place + 1]
    return bool(before and _WORD.match(before)) is not bool(behind and _WORD.match(behind))


def _any(_: str) -> bool:
    return True


def _any_of_line(char: str) -> bool:
    return char != "\n"
