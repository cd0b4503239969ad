"""Scalars as go-yaml reads and writes them: YAML 1.2 core, not the YAML 1.1 of PyYAML's resolver.

kpt, kubectl and the API server all read YAML through go-yaml, so what a plain ``on``, ``010`` or ``1e3`` *means*
is what go-yaml makes of it (``resolve.go`` of gopkg.in/yaml.v3): ``yes``/``on`` are strings, ``010`` is octal 8,
``0o17`` is 15, ``1e3`` is a float, ``~`` is null. A plain date is a string to the API server, because JSON has none.

Writing is the other half: :func:`spell` gives the text that reads back as the value, in the style asked for, and
falls back to quotes only where somebody who reads the plain text would take it for something else.
"""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache
from typing import Final, Literal, Union

Data = Union[None, bool, int, float, str]

CORE: Final = "tag:yaml.org,2002:"

# The further booleans of YAML 1.1, which kubectl's reader (sigs.k8s.io/yaml) still knows.
_OLD_BOOLEANS: Final = frozenset(
    form for word in ("y", "n", "yes", "no", "on", "off") for form in (word, word.capitalize(), word.upper())
)
# What go-yaml's resolve.go may take for a time. kpt and kustomize keep that type, and print the day with an hour.
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?")
_NULLS: Final = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INFINITIES: Final = {
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
# go-yaml's yamlStyleFloat; integers follow strconv.ParseInt with base 0.
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INTEGER: Final = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]([0-7]+)|0([0-7]+)|(0|[1-9][0-9]*))")
# Its own reading of binary and octal numbers comes last, and takes a sign behind the prefix.
_SIGNED_BEHIND: Final = re.compile(r"0(?:b([-+][01]+)|o([-+][0-7]+))")
_BETWEEN_DIGITS: Final = re.compile(r"(?<=[0-9])_(?=[0-9])")
_MAYBE_TYPED: Final = frozenset("0123456789+-.~nNtTfF")

# Plain scalars end at ": " and " #" and may not begin with an indicator (YAML 1.2, 7.3.3).
_PLAIN: Final = re.compile(
    r"(?:[^\s\-?:,\[\]{}#&*!|>'\"%@`]|[-?:](?=[^\s,\[\]{}]))"
    r"(?:[^\s:#]|:(?=\S)|(?<=\S)#| ++(?=[^\s#]))*+"
)
# PyYAML's own parser ends a word at `?` there, libyaml takes a colon in front for an indicator.
_FLOW_INDICATORS: Final = re.compile(r"[,\[\]{}?]|^:|:(?=[,\[\]{}]|$)")
_ESCAPES: Final = {
    "\\": "\\\\", '"': '\\"', "\0": "\\0", "\a": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v",
    "\f": "\\f", "\r": "\\r", "\x1b": "\\e", "\x85": "\\N", "\u2028": "\\L", "\u2029": "\\P",
}  # fmt: skip


_SAFE_BYTES: Final = bytes(range(0x20, 0x7F)) + b"\n"


def is_printable(text: str) -> bool:
    """Whether ``text`` is printable lines: no tab, carriage return, control or exotic line break in it."""
    # Deleting all harmless bytes at once is some fifty times faster than a regular expression over the text.
    rest = text.encode("utf-8", "surrogatepass").translate(None, _SAFE_BYTES)
    return not rest or (min(rest) >= 0x80 and _is_line(text.replace("\n", "")))


def _is_line(text: str) -> bool:
    """Whether ``text`` may stand unescaped between quotes on one line: printable, no line break, no byte order mark."""
    return text.isprintable() if text.isascii() else _wide_line().fullmatch(text) is not None


@cache
def _wide_line() -> re.Pattern[str]:
    # Made when the first text needs it: such a set of characters takes longer to compile than a package to read.
    return re.compile("[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")


def resolve(text: str, *, plain: bool, tag: str | None = None) -> Data:
    """What go-yaml makes of a scalar; ``tag`` is the explicit one in its long form, if there is any."""
    if tag is not None and tag != "!":
        return _tagged(text, tag)
    if not plain:
        return text
    if text[:1] not in _MAYBE_TYPED and text:
        return text
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    number = _number(text)
    return text if number is None else number


def spell(value: Data, style: str = "", *, flow: bool = False) -> str:
    """The text of one line that reads back as ``value``: in ``style`` if that can say it, else quoted."""
    if not isinstance(value, str):
        return _typed(value)
    if style == "" and is_plain(value, flow=flow) and isinstance(resolve(value, plain=True), str):
        return quote(value, '"') if is_misread(value) else value
    return quote(value, '"' if style == '"' else "'")


@lru_cache(maxsize=1024)
def spell_verbatim(text: str, style: str = "", *, flow: bool = False) -> str:
    """``text`` put where a scalar of ``style`` stood, as setters do: a plain one stays plain and may change type.

    Into a number, a boolean or null, that is; what only some readers take for something else is quoted.
    """
    if style == "" and is_plain(text, flow=flow) and not is_misread(text):
        return text
    return quote(text, "'" if style == "'" or (style == "" and text) else '"')


def is_misread(text: str) -> bool:
    """Whether a plain text is a string to some readers and to others a boolean (kubectl's) or a time (kpt's)."""
    return text in _OLD_BOOLEANS or _DATE.fullmatch(text) is not None


def is_plain(text: str, *, flow: bool = False) -> bool:
    """Whether ``text`` can stand without quotes, whatever type it is then read as."""
    if not _PLAIN.fullmatch(text) or not _is_line(text) or text == "<<":
        return False
    if text.startswith(("---", "...")):
        return False
    return not (flow and _FLOW_INDICATORS.search(text))


def quote(text: str, preferred: Literal["'", '"']) -> str:
    """``text`` in quotes: the preferred ones, or double quotes where escapes are needed."""
    if preferred == "'" and _is_line(text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escape(char) for char in text) + '"'


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if _is_line(char):
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _typed(value: Union[bool, int, float, None]) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return ".nan"
        if value in (float("inf"), float("-inf")):
            return ".inf" if value > 0 else "-.inf"
    return repr(value)


def _number(text: str) -> Union[int, float, None]:
    if text in _INFINITIES:
        return _INFINITIES[text]
    if text.count(".") > 1 or "/" in text:
        return None  # addresses and networks, of which this project sees more than of numbers
    if text.startswith("."):
        # go-yaml gives these as they are to Go's ParseFloat, which takes underscores only between digits.
        return _finite(_BETWEEN_DIGITS.sub("", text))
    digits = text.replace("_", "")
    match = _INTEGER.fullmatch(digits)
    if match:
        sign, hexa, binary, octal, old_octal, decimal = match.groups()
        # Python refuses decimals of more than 4,300 digits; beyond 20 none fits into 64 bits.
        for group, base in ((hexa, 16), (binary, 2), (octal, 8), (old_octal, 8), (decimal and decimal[:21], 10)):
            if group is not None:
                size = int(group, base)
                value = -size if sign == "-" else size
                # A sign makes it an int64, none also a uint64.
                if -(1 << 63) <= value < (1 << (63 if sign else 64)):
                    return value
    match = _SIGNED_BEHIND.fullmatch(digits)
    if match:
        return int(match.group(1), 2) if match.group(1) else int(match.group(2), 8)
    return _finite(digits)


def _finite(text: str) -> Union[float, None]:
    """A float that has a size: ``1e400`` is text to go-yaml."""
    if not _FLOAT.fullmatch(text):
        return None
    value = float(text)
    return None if value in (float("inf"), float("-inf")) else value


def _tagged(text: str, tag: str) -> Data:
    """A scalar with a tag; what its tag cannot be true of, go-yaml refuses and we leave as text."""
    kind = tag.removeprefix(CORE)
    if kind == "null" and text in _NULLS:
        return None
    if kind == "bool":
        return _BOOLS.get(text, text)
    if kind in ("int", "float"):
        number = _number(text)
        if kind == "float" and number is not None:
            return float(number)
        return number if isinstance(number, int) else text
    return text
