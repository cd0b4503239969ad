"""From what stands in a file or a scalar to the text that it is: the label says how, or the data itself does."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ..errors import InputError
from ..lossless import Scalar
from .coding import Budget, Coat, is_gzip, off_base64, off_data_url, off_gzip

_BINARY: Final = "tag:yaml.org,2002:binary"
#: Nobody writes a text of so many characters without a blank or a colon; base64 has neither.
_BASE64_FILE: Final = re.compile(rb"\s*+[A-Za-z0-9+/_-]{20}[A-Za-z0-9+/_\r\n-]*+={0,2}\s*+")
_USER_DATA: Final = re.compile(
    r"\ufeff?(?:#cloud-config|#cloud-boothook|#include|#!|## template:"
    r"|(?:---\s*)?(?:write_files|stages|variant|ignition):"
    r"|Content-Type: |MIME-Version: |\s*\{\s*\"ignition\")|.*\n(?:write_files|stages):",
    re.IGNORECASE | re.DOTALL,
)
_DEEPEST: Final = 4


class Unwrapped(NamedTuple):
    """A text, how it was wrapped, outermost first, and that in words."""

    text: str
    coats: tuple[Coat, ...]
    encoding: str


def looks_like_user_data(text: str) -> bool:
    return _USER_DATA.match(text) is not None


def is_base64(text: str) -> bool:
    """Whether a text looks like base64: words without a blank or a colon in them."""
    return _BASE64_FILE.fullmatch(text.encode("utf-8")) is not None


def unwrap(data: bytes, budget: Budget) -> Unwrapped:
    """What a file or a key holds, whose data alone says how it is wrapped. Raises InputError for what is no text."""
    coats: list[Coat] = []
    words: list[str] = []
    budget.take(len(data))
    for _ in range(_DEEPEST):
        if is_gzip(data):
            data, packed = off_gzip(data, budget)
            coats.append(packed)
            words.append("gzip")
            continue
        if not _BASE64_FILE.fullmatch(data):
            break
        try:
            inside, coat = off_base64(data)
            known = is_gzip(inside) or looks_like_user_data(inside.decode("utf-8")) or b"apiVersion" in inside
        except (InputError, UnicodeDecodeError):
            break
        if not known:
            break
        data = inside
        coats.append(coat)
        words.append("base64")
    return Unwrapped(_decoded(data), tuple(coats), "+".join(reversed(words)))


def unlabel(scalar: Scalar, label: str, budget: Budget) -> Unwrapped:
    """The text of a scalar whose document says how it is wrapped. Raises InputError where that is not so."""
    if label == "maybe":
        return unwrap(scalar.value.encode("utf-8"), budget)
    coats: list[Coat] = []
    data = scalar.value.encode("utf-8")
    budget.take(len(data))
    coat: Coat
    if scalar.tag == _BINARY:
        data, coat = off_base64(data)
        coats.append(coat)
    if label.startswith("data URL"):
        data, more = off_data_url(scalar.value)
        coats += more
    elif "base64" in label:
        data, coat = off_base64(data)
        coats.append(coat)
    if "gzip" in label:
        data, coat = off_gzip(data, budget)
        coats.append(coat)
    if label.endswith("maybe"):
        inner = unwrap(data, budget)
        return Unwrapped(inner.text, (*coats, *inner.coats), f"{inner.encoding}+base64" if inner.encoding else "base64")
    if "base64" in label and "gzip" not in label and is_gzip(data):
        raise InputError("holds gzip, which the label does not say, so that the file holds gzip too")
    binary = scalar.tag == _BINARY
    return Unwrapped(_decoded(data), tuple(coats), f"{label}+binary".lstrip("+") if binary else label)


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError("holds no text: it is not UTF-8") from error
