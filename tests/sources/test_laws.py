"""The laws of a source that gives objects away, over sources of every shape: nothing is lost, nothing else changes."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from cilium_networking.sources import Reading, rewritten
from cilium_networking.sources.layer import File
from cilium_networking.sources.reading import read
from sources.conftest import MANIFESTS, pool

NAMES = tuple("abcdefgh")


def literal(text: str) -> str:
    return "content: |\n" + "".join(f"    {line}" if line.strip() else line for line in text.splitlines(keepends=True))


def quoted(text: str) -> str:
    return f"content: {json.dumps(text)}\n"


def encoded(text: str) -> str:
    return f"encoding: b64\n  content: {base64.b64encode(text.encode()).decode()}\n"


def packed(text: str) -> str:
    return f"encoding: gz+b64\n  content: {base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()}\n"


def butane(text: str) -> str:
    """A manifest in a Butane config in an entry."""
    files = [{"path": f"{MANIFESTS}/x.yaml", "contents": {"inline": text}}]
    return literal(json.dumps({"variant": "fcos", "version": "1.4.0", "storage": {"files": files}}) + "\n")


FORMS: tuple[Callable[[str], str], ...] = (literal, quoted, encoded, packed, butane)


@st.composite
def sources(draw: st.DrawFn) -> str:
    """User data with entries of manifests in any form, between comments and entries of something else."""
    names = list(draw(st.permutations(NAMES)))
    text = draw(st.sampled_from(("", "#cloud-config\n", "#cloud-config\n# of rack 3\n\nhostname: x\n")))
    text += "write_files:\n"
    while names:
        several = [names.pop() for _ in range(min(len(names), draw(st.integers(1, 3))))]
        heads = [draw(st.sampled_from(("", "# its own\n", "# of the file\n\n"))) for _ in several]
        tails = [draw(st.sampled_from(("", "\n", "\n# the next\n"))) for _ in several]
        manifest = "---\n".join(head + pool(one) + tail for one, head, tail in zip(several, heads, tails, strict=True))
        other = "- path: /etc/motd\n  content: |\n    hi\n\n    you\n"
        text += draw(st.sampled_from(("", "# above\n", "\n# above\n", other)))
        text += f"- path: {MANIFESTS}/{several[0]}.yaml\n  {draw(st.sampled_from(FORMS))(manifest)}"
    return text + draw(st.sampled_from(("", "\n# the end\n", "runcmd: [ls]\n")))


def reading_of(data: bytes) -> Reading:
    return read([File("user-data", data)])


def objects(reading: Reading) -> list[tuple[str, object]]:
    return sorted((found.resource.name, found.resource.fragment.data()) for found in reading.found)


def plain_lines(data: bytes) -> list[bytes]:
    return [line for line in data.splitlines(keepends=True) if b"content: " not in line and b'"variant"' not in line]


@settings(max_examples=30)
@given(sources(), st.sets(st.sampled_from(NAMES)), st.sampled_from(("\n", "\r\n")))
def test_what_moved_and_what_stays_is_what_was_there(source: str, names: set[str], newline: str) -> None:
    """The moved objects and those of the rewritten source are the source's, each once."""
    reading = reading_of(source.replace("\n", newline).encode())
    moved = [found for found in reading.found if found.resource.name in names]
    made = rewritten(reading, moved)
    assert bool(made) is bool(moved)
    after = reading.files[0].data if not made else made[0].after
    left = [] if after is None else objects(reading_of(after))
    gone = [(found.resource.name, found.resource.fragment.data()) for found in moved]
    assert sorted([*left, *gone]) == objects(reading)


@settings(max_examples=30)
@given(sources(), st.sets(st.sampled_from(NAMES)), st.sampled_from(("\n", "\r\n")))
def test_lines_that_stay_keep_their_bytes(source: str, names: set[str], newline: str) -> None:
    """But for texts that are encoded or quoted on one line, each line that is left was there, in its order."""
    before = source.replace("\n", newline).encode()
    reading = reading_of(before)
    made = rewritten(reading, [found for found in reading.found if found.resource.name in names])
    if not made or made[0].after is None:
        return
    old, new = plain_lines(before), plain_lines(made[0].after)
    lines = iter(old)
    assert [line for line in new if line not in lines] == []


@settings(max_examples=30)
@given(sources(), st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_one_by_one_is_all_at_once(source: str, first: str, second: str) -> None:
    """Two objects taken out one after the other leave the objects that are left when both are."""

    def without(data: bytes | None, *names: str) -> bytes | None:
        if data is None:
            return None
        reading = reading_of(data)
        made = rewritten(reading, [found for found in reading.found if found.resource.name in names])
        return made[0].after if made else data

    one_by_one = without(without(source.encode(), first), second)
    at_once = without(source.encode(), first, second)
    assert one_by_one is not None
    assert at_once is not None
    assert objects(reading_of(one_by_one)) == objects(reading_of(at_once))
