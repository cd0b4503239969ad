"""Texts in base64, gzip and data URLs, taken off and put on again as they were.

A :class:`Coat` remembers how a text was wrapped: the alphabet, the length of the lines and the padding of base64, the
header of gzip, which characters a data URL escapes. ``coat.on(coat_off)`` of an unchanged text of base64 or of a data
URL is the same text again; gzip's is the same data. Wrong input is an InputError that never quotes it.

What may be decoded in one run is bounded (:class:`Budget`): a kilobyte of gzip can hold a gigabyte.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from typing import Final, NamedTuple, Union
from urllib.parse import unquote_to_bytes

from ..errors import InputError

#: No user data that any cloud takes comes near it.
LIMIT: Final = 64 * 1024 * 1024

_BLANKS: Final = re.compile(rb"[ \t\r\n]+")
_BASE64: Final = re.compile(rb"(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)(={0,2})")
_GZIP: Final = b"\x1f\x8b"
#: gzip's flags of a header checksum, extra fields, a name and a comment (RFC 1952, 2.3.1).
_FHCRC, _FEXTRA, _FNAME, _FCOMMENT = 2, 4, 8, 16
#: Its extra flags say how hard the text was packed (RFC 1952, 2.3.1).
_LEVELS: Final = {2: 9, 4: 1}
_DATA_URL: Final = re.compile(r"data:([^,]*),(.*)", re.DOTALL)
_ESCAPE: Final = re.compile(rb"%[0-9A-Fa-f]{2}")
#: What RFC 3986 lets stand in data without an escape.
_UNRESERVED: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


class TooMuchError(InputError):
    """A text that would be more than may still be decoded."""


class Budget:
    """How much may still be decoded."""

    def __init__(self, left: int = LIMIT) -> None:
        self.left = left

    def take(self, size: int) -> None:
        """Raises TooMuchError when that is more than there is; what is smaller can still be read then."""
        if size > self.left:
            raise TooMuchError(f"with it the sources hold more than {LIMIT // 2**20} MiB once they are decoded")
        self.left -= size


class Base64(NamedTuple):
    """How a text was written in base64."""

    head: bytes
    tail: bytes
    #: Of a full line, with what stands between lines; 0 where all is on one.
    width: int
    between: bytes
    urlsafe: bool
    padded: bool

    def on(self, data: bytes) -> bytes:
        text = base64.urlsafe_b64encode(data) if self.urlsafe else base64.b64encode(data)
        if not self.padded:
            text = text.rstrip(b"=")
        if self.width:
            text = self.between.join(text[at : at + self.width] for at in range(0, len(text), self.width))
        return self.head + text + self.tail


class Gzip(NamedTuple):
    """The header of a packed text, without its time, and how hard it was packed."""

    header: bytes
    level: int

    def on(self, data: bytes) -> bytes:
        packer = zlib.compressobj(self.level, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = packer.compress(data) + packer.flush()
        sums = zlib.crc32(data).to_bytes(4, "little") + (len(data) & 0xFFFFFFFF).to_bytes(4, "little")
        return self.header + packed + sums


class Escapes(NamedTuple):
    """A data URL's head, and which bytes it lets stand."""

    head: bytes
    safe: bytes
    upper: bool

    def on(self, data: bytes) -> bytes:
        form = "%%%02X" if self.upper else "%%%02x"
        table = {byte: bytes([byte]) if byte in self.safe else (form % byte).encode() for byte in set(data)}
        return self.head + b"".join(map(table.__getitem__, data))


class Head(NamedTuple):
    """What stands before the data of a data URL in base64."""

    head: bytes

    def on(self, data: bytes) -> bytes:
        return self.head + data


Coat = Union[Base64, Gzip, Escapes, Head]


def put_on(data: bytes, coats: tuple[Coat, ...]) -> bytes:
    """The data wrapped as it was; ``coats`` stand in the order in which they were taken off."""
    for coat in reversed(coats):
        data = coat.on(data)
    return data


def off_base64(text: bytes) -> tuple[bytes, Base64]:
    """Raises InputError for what is no base64; blanks and line breaks may stand anywhere."""
    body = text.strip(b" \t\r\n")
    start = text.index(body) if body else 0
    lines = _BLANKS.split(body)
    joined = b"".join(lines)
    match = _BASE64.fullmatch(joined)
    if match is None:
        raise InputError("is no base64: it holds characters that base64 has not")
    count = len(joined) - len(match.group(1))
    padded = bool(match.group(1)) or count % 4 == 0
    if count % 4 == 1 or (match.group(1) and len(joined) % 4):
        raise InputError("is no whole base64: characters are missing at its end")
    urlsafe = b"-" in joined or b"_" in joined
    try:
        data = (base64.urlsafe_b64decode if urlsafe else base64.b64decode)(joined + b"=" * (-len(joined) % 4))
    except binascii.Error as error:
        raise InputError("is no whole base64: characters are missing at its end") from error
    between = _BLANKS.search(body)
    width = len(lines[0]) if between else 0
    return data, Base64(
        text[:start], text[start + len(body) :], width, between.group() if between else b"", urlsafe, padded
    )


def is_gzip(data: bytes) -> bool:
    return data.startswith(_GZIP)


def off_gzip(data: bytes, budget: Budget) -> tuple[bytes, Gzip]:
    """Raises InputError for what is no gzip, ends early, does not fit its checksum or is too large."""
    if not is_gzip(data):
        raise InputError("is no gzip: it does not begin as gzip does")
    header = _header(data)
    parts: list[bytes] = []
    rest = data
    while rest.startswith(_GZIP):
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            parts.append(unpacker.decompress(rest, budget.left + 1))
        except zlib.error as error:
            raise InputError("is no whole gzip: its data is damaged") from error
        budget.take(len(parts[-1]))
        if not unpacker.eof:
            raise InputError("is no whole gzip: it ends early")
        rest = unpacker.unused_data
    if rest.strip(b"\0"):
        raise InputError("is no whole gzip: something else follows it")
    return b"".join(parts), header


def _header(data: bytes) -> Gzip:
    """The header as it stands, its time zero and its own checksum gone."""
    flags = data[3] if len(data) > 9 else 0
    end = 10
    if flags & _FEXTRA:
        end += 2 + int.from_bytes(data[end : end + 2], "little")
    for flag in (_FNAME, _FCOMMENT):
        if flags & flag:
            end = data.find(b"\0", end) + 1 or len(data)
    fixed = data[:3] + bytes([flags & ~_FHCRC]) + b"\0\0\0\0" + data[8:10]
    return Gzip(fixed + data[10:end], _LEVELS.get(data[8] if len(data) > 9 else 0, 6))


def off_data_url(url: str) -> tuple[bytes, tuple[Coat, ...]]:
    """The data of a ``data:`` URL (RFC 2397). Raises InputError for another URL, and for wrong base64 in it."""
    match = _DATA_URL.fullmatch(url)
    if match is None:
        raise InputError("is no data URL")
    head, body = f"data:{match.group(1)},".encode(), match.group(2).encode()
    plain = unquote_to_bytes(body)
    if match.group(1).endswith(";base64"):
        # Escapes in base64 (a `%2B`) are not written again: a plus says the same.
        data, coat = off_base64(plain)
        return data, (Head(head), coat)
    bare = _ESCAPE.sub(b"", body)
    escaped = b"".join(_ESCAPE.findall(body))
    return plain, (Escapes(head, bytes(sorted({*_UNRESERVED, *bare})), escaped == escaped.upper()),)
