"""Real cloud-init: it takes a cloud-config before and after an edit, and writes the files that were meant."""

from __future__ import annotations

import base64
import gzip
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from typing import Final

import pytest

from cloud_init import CHART, DIRECTORY, POOL, refused, written

pytestmark = pytest.mark.needs("cloud-init")


def indented(text: str) -> str:
    return "".join(f"    {line}" for line in text.splitlines(keepends=True))


KEPT: Final = f"""\
#cloud-config
# one node of the rack
hostname: node-a

write_files:
- path: {DIRECTORY}/rke2-cilium-config.yaml
  permissions: '0600' # Helm reads it
  content: |
{indented(CHART)}"""
MOVED: Final = f"""\
# the pool of the rack
- path: {DIRECTORY}/pools.yaml
  permissions: '0644'
  content: |
{indented(POOL)}"""
LAST: Final = """\
- {path: /etc/motd, content: "hello\\n", append: true}
runcmd:
- [systemctl, enable, --now, rke2-server]
"""


def test_it_accepts_both_ends_of_an_edit(tmp_path: Path) -> None:
    """With an entry of `write_files` and without it the text is a cloud-config, by cloud-init's own schema."""
    assert refused(KEPT + MOVED + LAST, tmp_path) == ""
    assert refused(KEPT + LAST, tmp_path) == ""


def test_it_refuses_what_is_none(tmp_path: Path) -> None:
    """An edit that loses a key, the first line or the form is refused, with the place."""
    assert "write_files.1: 'path' is a required property" in refused(
        (KEPT + MOVED + LAST).replace(f"path: {DIRECTORY}/pools", "x: pools"), tmp_path
    )
    assert 'needs to begin with "#cloud-config"' in refused((KEPT + LAST).removeprefix("#cloud-config\n"), tmp_path)
    assert "is not valid yaml" in refused((KEPT + LAST).replace("- {path", " - {path"), tmp_path)


def test_what_it_writes(tmp_path: Path) -> None:
    """Before the edit both files come out as they were typed; after it, the one that stays, with the same bytes."""
    before = written(KEPT + MOVED + LAST, tmp_path / "before")
    after = written(KEPT + LAST, tmp_path / "after")
    kept = {f"{DIRECTORY}/rke2-cilium-config.yaml": CHART.encode(), "/etc/motd": b"hello\n"}
    assert before == kept | {f"{DIRECTORY}/pools.yaml": POOL.encode()}
    assert after == kept


def encoded(encoding: str) -> str:
    """The pool as `content` of that encoding; bytes that are no text are YAML's own !!binary."""
    words = encoding.lower().split("+")
    data = gzip.compress(POOL.encode(), mtime=0) if words[0].startswith("gz") else POOL.encode()
    text = base64.b64encode(data).decode()
    return text if words[-1] in {"b64", "base64"} else f"!!binary {text}"


@pytest.mark.parametrize(
    "encoding", ["gz", "gzip", "gz+base64", "gzip+base64", "gz+b64", "gzip+b64", "b64", "base64", "GZ+B64", ""]
)
def test_every_encoding(tmp_path: Path, encoding: str) -> None:
    """Whatever the encoding is called, the file on the node is the text that was meant."""
    entry = f'- path: /pool.yaml\n  encoding: "{encoding}"\n  content: {encoded(encoding)}\n'
    assert written(f"#cloud-config\nwrite_files:\n{entry}", tmp_path) == {"/pool.yaml": POOL.encode()}


def test_appended_deferred_and_written_twice(tmp_path: Path) -> None:
    """`append` adds to what is there, a later entry of one path replaces the file, and deferred ones come last."""
    user_data = """\
#cloud-config
write_files:
- {path: /late, content: deferred, defer: true}
- {path: /late, content: first}
- {path: /twice, content: old}
- {path: /twice, content: new}
- {path: /joined.yaml, content: "a: 1\\n", append: true}
- {path: /joined.yaml, content: "b: 2\\n", append: true}
- {path: /empty}
- {path: relative/../odd name, content: text, encoding: unheard-of}
"""
    files = written(user_data, tmp_path)
    assert files.pop(f"{Path.cwd()}/odd name") == b"text"
    assert files == {"/late": b"deferred", "/twice": b"new", "/joined.yaml": b"a: 1\nb: 2\n", "/empty": b""}


def test_parts_of_a_message(tmp_path: Path) -> None:
    """Of a MIME message the cloud-configs count; unless it says `merge_how`, a later list replaces an earlier one."""
    append = "merge_how: 'list(append)+dict(recurse_array)'\n"
    message = MIMEMultipart()
    for kind, text in (
        ("cloud-config", "#cloud-config\nwrite_files:\n- {path: /one, content: one}\n"),
        ("x-shellscript", "#!/bin/sh\necho no\n"),
        ("cloud-config", f"#cloud-config\n{append}write_files:\n- {{path: /two, content: two}}\n"),
    ):
        message.attach(MIMEText(text, kind))
    assert written(message.as_string(), tmp_path / "merged") == {"/one": b"one", "/two": b"two"}
    assert written(message.as_string().replace(append, ""), tmp_path / "replaced") == {"/two": b"two"}


def test_compressed_as_a_whole(tmp_path: Path) -> None:
    """User data may come compressed."""
    assert written(gzip.compress(KEPT.encode(), mtime=0), tmp_path) == {
        f"{DIRECTORY}/rke2-cilium-config.yaml": CHART.encode()
    }


def test_a_fragment_is_no_cloud_config(tmp_path: Path) -> None:
    """Without its first line a text is nothing to cloud-init, and no file is written."""
    assert written((KEPT + MOVED + LAST).removeprefix("#cloud-config\n"), tmp_path) == {}


def test_its_own_words_on_a_failure(tmp_path: Path) -> None:
    """Base64 that is gzip and says it is not, is written as it is; a label of gzip on plain text fails, and is told."""
    entry = "#cloud-config\nwrite_files:\n- {path: /a, encoding: %s, content: %s}\n"
    assert written(entry % ("b64", encoded("gz+b64")), tmp_path / "one") == {
        "/a": gzip.compress(POOL.encode(), mtime=0)
    }
    with pytest.raises(AssertionError, match="Not a gzipped file"):
        written(entry % ("gz+b64", encoded("b64")), tmp_path / "two")
