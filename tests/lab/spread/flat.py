"""The flat settings of a spread: texts for each, by the type that its declaration names and its own parser takes.

Promises: no setting is named here but two, whose values depend on one another. A setting of a new type is an error
until that type has texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from cilium_networking.addressing import Cidr, Wrong, parse_cidr
from cilium_networking.settings import DECLARATIONS, FEATURES, Declaration
from lab.spread.pairs import ABSENT, Row, pairwise

#: Candidates by the type that a declaration names; a declaration takes those that its own parser takes.
_TEXTS_BY_TYPE: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("1", "on", "1e3", "2026-01-31", "n" * 32),
    "network": (),  # see _networks
    "number or address": ("number", "address"),  # see _ends
    "interface": ("lan#1", "eth0.100", "'\"", "on", "n" * 15),
    "AS number": ("1", "65534", "4200000000", "4294967294"),
    "address": ("192.0.2.1", "2001:db8::1", "fe80::1", "::ffff:192.0.2.1"),
    "label key": ("pool", "1", "on", "2026-01-31", f"{'example.' * 30}com/{'k' * 63}"),
    "true, false": ("true", "false"),
    "label selector": (
        "*",
        "role",
        "a=true,b==1,c=on,d=1e3,e=null,f=,g=2026-01-31,y=0x1f",
        "!retired,zone in (a,true,1),rack notin (b,2026-1-5),class!=null",
    ),
    "number": (),  # see _ends_of_numbers
    "seconds": (),
    "release": (),  # that of the case
}
_NUMBERS: Final = frozenset({"number", "seconds"})
_TOO_MUCH: Final = 2**64


def _texts(declaration: Declaration) -> list[str]:
    """Every text that a setting is tried with: what is shipped, what its page shows, and the candidates of its type."""
    if declaration.type not in _TEXTS_BY_TYPE:
        raise LookupError(f"the setting {declaration.name} has a new type, {declaration.type!r}: it has no values here")
    texts = [declaration.shipped or declaration.example, declaration.example, *_TEXTS_BY_TYPE[declaration.type]]
    if declaration.type == "network":
        texts += _networks(declaration)
    elif declaration.type in _NUMBERS:
        texts += _ends_of_numbers(declaration)
    elif declaration.type == "number or address":
        texts = list(_TEXTS_BY_TYPE[declaration.type])
    found = [
        text
        for text in dict.fromkeys(texts)
        if declaration.type == "number or address" or not isinstance(declaration.parse(text), Wrong)
    ]
    return [*found, "${FILLED_IN:=true}"] if declaration.placeholder else found


def _networks(declaration: Declaration) -> list[str]:
    """Networks of both families, large and of one address, that no other setting has: pools must not overlap."""
    number = 1 + [one.name for one in DECLARATIONS if one.type == "network"].index(declaration.name)
    return [f"10.{100 + number}.0.0/16", f"192.0.2.{number}/32", f"fd00:{number}::/64", f"fd00:{number}::1/128"]


def _ends_of_numbers(declaration: Declaration) -> tuple[str, str]:
    """The lowest and the highest number that the parser takes, found from its example on."""

    def last(good: int, bad: int) -> int:
        while abs(bad - good) > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if not isinstance(declaration.parse(str(middle)), Wrong) else (good, middle)
        return good

    return str(last(int(declaration.example), -1)), str(last(int(declaration.example), _TOO_MUCH))


@cache
def _rows() -> tuple[Row, ...]:
    columns: dict[str, list[Any]] = {
        one.name: [*_texts(one), *([] if one.required else [ABSENT])] for one in DECLARATIONS if one.type != "release"
    }
    return tuple(pairwise(columns))


@cache
def _alone() -> tuple[Row, ...]:
    """Each feature with nothing but what it needs, every value of it once."""
    rows: list[Row] = []
    for feature in FEATURES:
        needed = {one.name: _texts(one) for one in DECLARATIONS if one.feature == feature and one.required}
        length = max(map(len, needed.values()))
        rows += [{name: texts[number % len(texts)] for name, texts in needed.items()} for number in range(length)]
    return tuple(rows)


def flat_settings(release: str) -> Iterator[tuple[bool, dict[str, str]]]:
    """Settings that make all they ask for from nothing, and such as change the package as it is shipped (`True`)."""
    for over_package, rows in ((False, (*_alone(), *_rows())), (True, _rows())):
        for number, row in enumerate(rows):
            settings: dict[str, str] = {}
            for one in DECLARATIONS:
                text = (release, f"v{release}.4")[number % 2] if one.type == "release" else row.get(one.name, ABSENT)
                if text is ABSENT and over_package:
                    # What the package ships stands, but the ends of a pool, which belong to its network.
                    text = "number" if one.type == "number or address" else one.shipped or ABSENT
                if text is not ABSENT:
                    settings[one.name] = text
            yield over_package, _agreeing(settings)


def _agreeing(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings that hold together: ends inside their network, a keepalive time within the hold time."""
    found = dict(settings)
    for name, text in settings.items():
        stem, _, end = name.rpartition("-")
        if text in _TEXTS_BY_TYPE["number or address"]:
            found[name] = _end(settings[f"{stem}-cidr"], end, text)
    hold, keepalive = (settings.get(name) for name in ("bgp-hold-time", "bgp-keepalive-time"))
    if hold is not None and keepalive is not None and int(keepalive) > int(hold):
        found["bgp-keepalive-time"] = hold
    return found


def _end(network: str, end: str, form: str) -> str:
    """The first or last address of a network as a user writes it: whole, or as docs/setters.md says of numbers."""
    cidr = parse_cidr(network)
    assert isinstance(cidr, Cidr), network
    address = cidr.usable.first if end == "min" else cidr.usable.last
    if form == "address":
        return str(address)
    return str(address.value % 256 if cidr.family == 4 and cidr.prefix >= 24 else address.value - cidr.network.value)
