"""Multipart user data, cut into its parts by position: boundaries and headers keep every byte."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final, NamedTuple

#: A message begins with one of these headers (RFC 2045).
_BEGINS: Final = re.compile(r"(?:content-type:[ \t]*multipart/|mime-version:)", re.IGNORECASE)
_BLANK_LINE: Final = re.compile(r"\r?\n\r?\n")
_MERGES: Final = re.compile(r"^(?:X-)?Merge-Type:[ \t]*\S|^merge_(?:how|type):", re.IGNORECASE | re.MULTILINE)


class Part(NamedTuple):
    """One part: where its body stands, where all of it stands from its boundary on, and what its headers say."""

    body: tuple[int, int]
    whole: tuple[int, int]
    kind: str
    encoding: str
    #: Whether it says how it is merged with the parts before it.
    merges: bool


def is_multipart(text: str) -> bool:
    return _BEGINS.match(text.lstrip("\ufeff\r\n")) is not None


def parts(text: str) -> list[Part] | None:
    """The parts of a message; ``None`` where it has no boundary."""
    from email.parser import HeaderParser  # late: hardly any source is one

    head = _BLANK_LINE.search(text)
    message = HeaderParser().parsestr(text[: head.start() if head else len(text)].lstrip("\ufeff\r\n"))
    boundary = message.get_boundary()
    if head is None or not boundary:
        return None
    marks = list(re.finditer(rf"(?m)^--{re.escape(boundary)}(--)?[ \t]*\r?$\n?", text))
    found: list[Part] = []
    for mark, after in pairwise(marks):
        if mark.group(1):
            break
        # The line break before a boundary is the boundary's.
        end = after.start() - (2 if text[: after.start()].endswith("\r\n") else 1)
        begin = mark.end()
        headers = ""
        if text[begin:].startswith(("\n", "\r\n")):
            begin += 1 + text.startswith("\r", begin)
        else:
            blank = _BLANK_LINE.search(text, begin, after.start())
            headers, begin = (text[begin : blank.start()], blank.end()) if blank else (text[begin:end], max(end, begin))
        said = HeaderParser().parsestr(headers)
        body = (begin, max(begin, end))
        merges = _MERGES.search(headers) is not None or _MERGES.search(text[body[0] : body[1]]) is not None
        coding = str(said.get("Content-Transfer-Encoding", "")).strip().lower()
        found.append(Part(body, (mark.start(), after.start()), said.get_content_type(), coding, merges))
    return found
