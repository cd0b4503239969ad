"""What cannot be read has an answer that says where and why, everything else is read, and no source is touched."""

from __future__ import annotations

import base64
import gzip
import json
import time
from pathlib import Path

import pytest

from cilium_networking.errors import UsageError
from cilium_networking.sources import read_sources
from sources.conftest import MANIFESTS, Home, pool, said, ways

PACKED = gzip.compress(pool("a").encode(), mtime=0)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def entry(label: str, content: str) -> str:
    other = json.dumps(pool("other"))
    return (
        f"write_files:\n- path: {MANIFESTS}/p.yaml\n  encoding: {label}\n  content: {content}\n"
        f"- path: {MANIFESTS}/q.yaml\n  content: {other}\n"
    )


@pytest.mark.parametrize(
    ("label", "content", "wrong"),
    [
        ("gz+b64", b64(PACKED[:40]), "says gzip+base64, and is no whole gzip: it ends early"),
        ("gz+b64", b64(PACKED[:12] + b"\xff" * 30), "says gzip+base64, and is no whole gzip: its data is damaged"),
        ("gz+b64", b64(PACKED + b"more"), "says gzip+base64, and is no whole gzip: something else follows it"),
        (
            "gz+b64",
            json.dumps(pool("a")),
            "says gzip+base64, and is no base64: it holds characters that base64 has not",
        ),
        ("gz+b64", b64(pool("a").encode()), "says gzip+base64, and is no gzip: it does not begin as gzip does"),
        (
            "b64",
            b64(PACKED),
            "says base64, and holds gzip, which the label does not say, so that the file holds gzip too",
        ),
        ("b64", "YXBpVmVyc2lvb", "says base64, and is no whole base64: characters are missing at its end"),
        ("b64", "YXBp*mVyc2lv", "says base64, and is no base64: it holds characters that base64 has not"),
        ("b64", b64(b"\xff\xfe\x00"), "says base64, and holds no text: it is not UTF-8"),
    ],
)
def test_a_label_that_is_not_true(home: Home, label: str, content: str, wrong: str) -> None:
    """An entry whose content is not what its encoding says is named, and the others are read."""
    reading = home.read(entry(label, content))
    message = f"`write_files[0].content` {wrong}; the node does not get its text"
    assert said(reading) == [("error", "user-data.yaml:4", message)]
    assert [name for name, _ in ways(reading)] == ["other"]


def test_no_label_at_all(home: Home) -> None:
    """A manifest in base64 that no encoding tells of is what RKE2 cannot read either."""
    reading = home.read(f"write_files:\n- path: {MANIFESTS}/p.yaml\n  content: {b64(pool('a').encode())}\n")
    message = "no Kubernetes object: it is base64, and no encoding says so"
    assert said(reading) == [("error", "user-data.yaml, write_files[0].content:1", message)]


def test_a_bomb(home: Home) -> None:
    """What grows beyond all measure when it is unpacked is not unpacked."""
    bomb = gzip.compress(b" " * (65 * 2**20))
    reading = home.read(entry("gz+b64", b64(bomb)))
    wrong = "is not read: with it the sources hold more than 64 MiB once they are decoded"
    assert said(reading) == [("error", "user-data.yaml:4", f"`write_files[0].content` {wrong}")]
    assert [name for name, _ in ways(reading)] == ["other"]


def test_too_deep(home: Home) -> None:
    """Texts in texts without end are read to a depth that no cluster has."""
    text = pool("a")
    for _ in range(14):
        text = f"write_files:\n- {{path: /x.yaml, encoding: b64, content: {b64(text.encode())}}}\n"
    (finding,) = home.read(text).findings
    assert (finding.severity, finding.message) == ("error", "texts in texts, more than 12 deep: not read")


def test_the_same_path_twice(home: Home) -> None:
    """The later entry is what the node has: the earlier one's objects are found, marked and said."""
    path = f"- path: {MANIFESTS}/p.yaml\n  content: "
    reading = home.read(f"write_files:\n{path}{json.dumps(pool('a'))}\n{path}{json.dumps(pool('b'))}\n")
    later = "user-data.yaml, write_files[1].content"
    assert [(found.resource.name, found.replaced) for found in reading.found] == [("a", later), ("b", "")]
    message = "is written over by write_files[1].content, with the same path: nothing of it reaches the node"
    assert said(reading) == [("warning", "user-data.yaml, write_files[0].content", message)]


def test_a_deferred_entry_comes_last(home: Home) -> None:
    """An entry that is deferred is written after all others, wherever it stands."""
    path = f"path: {MANIFESTS}/p.yaml\n  content: "
    reading = home.read(
        f"write_files:\n- defer: true\n  {path}{json.dumps(pool('a'))}\n- {path}{json.dumps(pool('b'))}\n"
    )
    assert [found.resource.name for found in reading.found if found.replaced] == ["b"]


def test_appended_with_a_marker(home: Home) -> None:
    """A text that is appended behind a `---` is documents of its own."""
    path = f"- path: {MANIFESTS}/p.yaml\n  content: "
    second = json.dumps("---\n" + pool("b"))
    reading = home.read(f"write_files:\n{path}{json.dumps(pool('a'))}\n{path}{second}\n  append: true\n")
    assert [found.replaced for found in reading.found] == ["", ""]
    assert said(reading) == []


def test_appended_without_a_marker(home: Home) -> None:
    """Two objects that become one document on the node are told, for the later keys win there."""
    path = f"- path: {MANIFESTS}/p.yaml\n  content: "
    reading = home.read(f"write_files:\n{path}{json.dumps(pool('a'))}\n{path}{json.dumps(pool('b'))}\n  append: yes\n")
    assert [name for name, _ in ways(reading)] == ["a", "b"]
    message = (
        "is appended without a `---` before it: RKE2 reads it and the object before it as one, "
        "and keeps the later keys; write a `---` first"
    )
    assert said(reading) == [("error", "user-data.yaml, write_files[1].content", message)]


def test_a_manifest_in_two_entries(home: Home) -> None:
    """A document that begins in one entry and ends in another is one object, and its way names both."""
    head, spec, tail = pool("a").partition("spec:\n")
    path = f"- path: {MANIFESTS}/p.yaml\n  content: "
    reading = home.read(f"write_files:\n{path}{json.dumps(head)}\n{path}{json.dumps(spec + tail)}\n  append: true\n")
    assert ways(reading) == [("a", "user-data.yaml, write_files[0].content + write_files[1].content, line 1")]
    assert reading.found[0].resource.fragment.text == pool("a")
    message = "is appended without a `---` before it: with the text before it, it makes one document"
    assert said(reading) == [("warning", "user-data.yaml, write_files[1].content", message)]


def test_source_wins(home: Home) -> None:
    """cloud-init takes `source` before `content`: what stands in the content is marked, and the URL is named."""
    reading = home.read(
        f"write_files:\n- path: {MANIFESTS}/p.yaml\n  source: {{uri: 'https://bob:hunter22@x/p.yaml'}}\n"
        f"  content: {json.dumps(pool('a'))}\n"
    )
    assert [found.replaced for found in reading.found] == ["its `source`, which cloud-init takes first"]
    message = (
        f"cloud-init takes what `{MANIFESTS}/p.yaml` holds from `https://…@x/p.yaml`: read it there, "
        "and give that as a source too"
    )
    assert said(reading) == [("warning", "user-data.yaml:2", message)]


def test_tabs(home: Home) -> None:
    """A tab for an indent is told with its line, and the documents beside it are read."""
    reading = home.read(f"{pool('a')}---\napiVersion: v1\nkind: X\nmetadata:\n\tname: t\n---\n{pool('b')}")
    assert [name for name, _ in ways(reading)] == ["a", "b"]
    (finding,) = reading.findings
    assert (finding.severity, finding.file, finding.index, finding.line) == ("error", "user-data.yaml", 1, 12)


def test_half_a_document(home: Home) -> None:
    """A file that was cut off is told with its line."""
    reading = home.read("apiVersion: v1\nkind: [")
    (finding,) = reading.findings
    assert (finding.severity, finding.file, finding.message.partition(":")[0]) == (
        "error",
        "user-data.yaml",
        "not valid YAML",
    )


def test_cyclic_aliases(home: Home) -> None:
    """An alias inside of its own anchor stands for nothing."""
    reading = home.read("write_files: &a\n- path: /x\n  content: *a\n")
    assert said(reading) == [("error", "user-data.yaml:3", "alias *a has no anchor before it")]


def test_aliases_of_aliases(home: Home) -> None:
    """A document whose aliases make billions of it costs what its text costs."""
    lines = ["apiVersion: v1\nkind: ConfigMap\nmetadata: {name: laughs}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)]
    assert [name for name, _ in ways(home.read("".join(lines)))] == ["laughs"]


def test_aliases_of_large_texts(home: Home) -> None:
    """A text that a thousand entries point to is read until it is enough, and that is said once."""
    big = json.dumps("x" * 100_000)
    reading = home.read(f"a: &a {big}\nwrite_files:\n" + "- {path: , content: *a}\n" * 1000)
    wrong = "is not read: with it the sources hold more than 64 MiB once they are decoded"
    first = (2**26 - 100_000 - 13 - 2 - 25 * 1000 - 14) // 100_000
    assert said(reading)[1000:] == [("error", "user-data.yaml:1", f"`write_files[{first}].content` {wrong}")]
    assert len(reading.layers) == first + 1


@pytest.mark.parametrize(
    ("data", "severity", "message"),
    [
        (b"\x7fELF\x02\x01\x01\0\xff\xff", "warning", "left alone: holds no text: it is not UTF-8"),
        (PACKED[:30], "warning", "left alone: is no whole gzip: it ends early"),
        (b"", "info", "holds nothing"),
        (b"\n# only a comment\n", None, ""),
        (b"a: 1\n", "warning", "left alone: no Kubernetes object in it, and no user data"),
        (b"just words\n", "warning", "left alone: no Kubernetes object in it, and no user data"),
    ],
)
def test_files_that_hold_nothing(home: Home, data: bytes, severity: str | None, message: str) -> None:
    """Binary data, half a gzip, an empty file, words: a sentence each, or none where there is nothing to say."""
    expected = [] if severity is None else [(severity, "x.yaml", message)]
    assert said(home.read(data, "x.yaml")) == expected


def test_names_without_a_file() -> None:
    """A name that leads nowhere is wrong usage."""
    with pytest.raises(UsageError) as raised:
        read_sources(["nowhere.yaml"])
    assert (
        raised.value.message == "`nowhere.yaml` does not exist; give a file or a directory with manifests or user data"
    )


def test_links(home: Home) -> None:
    """A link that leads out of a directory is not followed, a file that is a link itself is read."""
    outside = home.write("outside.yaml", pool("a"))
    (home.root / "d").mkdir()
    (home.root / "d" / "in.yaml").symlink_to(home.root / outside)
    (home.root / "d" / "off.yaml").symlink_to("nowhere")
    assert said(read_sources(["d"])) == [
        ("warning", "d/in.yaml", "left alone: the link leads outside of the package"),
        ("warning", "d/off.yaml", "left alone: the link leads nowhere"),
    ]
    assert ways(read_sources(["d/in.yaml"])) == [("a", "d/in.yaml, line 1")]


def test_permission_denied(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read is an error of its own, and the others are read."""
    home.write("d/a.yaml", pool("a"))
    home.write("d/b.yaml", pool("b"))
    real = Path.read_bytes

    def denied(path: Path) -> bytes:
        if path.name == "a.yaml":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", denied)
    reading = read_sources(["d"])
    assert said(reading) == [("error", "d/a.yaml", "cannot be read: Permission denied")]
    assert [name for name, _ in ways(reading)] == ["b"]


def test_ten_megabytes(home: Home) -> None:
    """Ten times as much user data takes some ten times as long, not a hundred times."""

    def seconds(entries: int) -> float:
        lines = "".join(f"    - line {n} of a file that is long enough to count\n" for n in range(170))
        head = f"- path: /etc/x\n  content: |\n{lines}- path: {MANIFESTS}/"
        text = "#cloud-config\nwrite_files:\n" + "".join(
            f"{head}p{n}.yaml\n  content: |\n{pool(f'p{n}', indent=4)}" for n in range(entries)
        )
        start = time.process_time()
        assert len(home.read(text).found) == entries
        return time.process_time() - start

    small, large = seconds(100), seconds(1000)
    assert large < 25 * small
