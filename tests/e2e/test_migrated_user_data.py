"""Real cloud-init and our reader agree: on the files of user data, and on what is left of them after a migration."""

from __future__ import annotations

import base64
import gzip
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from typing import Final

import pytest

from cilium_networking.cli import main
from cilium_networking.sources import read_sources
from cloud_init import CHART, DIRECTORY, POOL, refused, written

pytestmark = pytest.mark.needs("cloud-init")


def literal(text: str) -> str:
    return "|\n" + "".join(f"    {line}" for line in text.splitlines(keepends=True))


def packed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode() + "\n"


def user_data(entry: str) -> str:
    """User data with one entry among others."""
    return (
        "#cloud-config\n# one node of the rack\nhostname: node-a\nwrite_files:\n"
        f"- path: {DIRECTORY}/chart.yaml # stays\n  permissions: '0600'\n  content: {literal(CHART)}"
        f"# what goes\n{entry}"
        '- {path: /etc/motd, content: "hello\\n"}\nruncmd:\n- [systemctl, enable, --now, rke2-server]\n'
    )


MIXED: Final = f"{CHART.replace('rke2', 'other')}---\n{POOL}"
PLACE: Final = f"- path: {DIRECTORY}/pool.yaml\n"
FORMS: Final = {
    "plain": f"{PLACE}  content: {literal(POOL)}",
    "packed": f"{PLACE}  encoding: gz+b64\n  content: {packed(POOL)}",
    "base64": f"{PLACE}  encoding: b64\n  content: {base64.b64encode(POOL.encode()).decode()}\n",
    "mixed": f"{PLACE}  content: {literal(MIXED)}",
    "mixed and packed": f"{PLACE}  encoding: gz+b64\n  content: {packed(MIXED)}",
    "appended": f"{PLACE}  content: {literal(POOL)}{PLACE}  append: true\n  content: {literal(f'---{chr(10)}{CHART}')}",
}
WRITTEN_OVER: Final = f"{PLACE}  content: {literal(CHART)}{PLACE}  content: {literal(POOL)}"


def manifests(files: dict[str, bytes]) -> dict[str, bytes]:
    return {path: text for path, text in files.items() if path.startswith(DIRECTORY)}


@pytest.mark.parametrize("entry", [*FORMS.values(), WRITTEN_OVER], ids=[*FORMS, "written over"])
def test_the_reader_reads_what_cloud_init_writes(entry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The objects that the reader finds for a manifest are those of the file that cloud-init makes."""
    monkeypatch.chdir(tmp_path)
    Path("user-data").write_text(user_data(entry))
    reading = read_sources(["user-data"])
    found: dict[str, list[str]] = {}
    for one in reading.found:
        if not one.replaced and one.layer.node_file is not None:
            found.setdefault(one.layer.node_file.path, []).append(one.resource.fragment.text.strip())
    files = manifests(written(user_data(entry), tmp_path / "root"))
    assert {
        path: [text.strip() for text in data.decode().split("---\n") if text] for path, data in files.items()
    } == found


@pytest.mark.parametrize("form", FORMS)
def test_what_is_left_is_what_was_there_less_what_moved(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """cloud-init takes the rewritten user data, and writes the same files with the same bytes, less the pool."""
    monkeypatch.chdir(tmp_path)
    Path("user-data").write_text(user_data(FORMS[form]))
    assert main(["migrate", "user-data", "--to", "moved"]) == 0
    rewritten = Path("user-data.migrated").read_text()
    assert refused(rewritten, tmp_path) == refused(user_data(FORMS[form]), tmp_path) == ""
    before = written(user_data(FORMS[form]), tmp_path / "before")
    after = written(rewritten, tmp_path / "after")
    gone = {path: data for path, data in before.items() if after.get(path) != data}
    assert {path: data for path, data in before.items() if path not in gone} == {
        path: data for path, data in after.items() if path not in gone
    }
    assert set(gone) == {f"{DIRECTORY}/pool.yaml"}
    assert POOL.encode() in gone[f"{DIRECTORY}/pool.yaml"]
    assert b"CiliumLoadBalancerIPPool" not in after.get(f"{DIRECTORY}/pool.yaml", b"")


def test_parts_of_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a MIME message the part with the pool is rewritten, and cloud-init writes the rest as before."""
    monkeypatch.chdir(tmp_path)
    message = MIMEMultipart()
    message.attach(MIMEText("#!/bin/sh\necho hello\n", "x-shellscript"))
    message.attach(MIMEText(user_data(FORMS["plain"]), "cloud-config"))
    Path("user-data").write_text(message.as_string())
    assert main(["migrate", "user-data", "--to", "moved"]) == 0
    before = written(message.as_string(), tmp_path / "before")
    after = written(Path("user-data.migrated").read_text(), tmp_path / "after")
    assert before == after | {f"{DIRECTORY}/pool.yaml": POOL.encode()}


def test_what_was_written_over_does_not_come_to_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the later entry cloud-init would write the earlier one: that is refused, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    Path("user-data").write_text(user_data(WRITTEN_OVER))
    assert main(["migrate", "user-data", "--to", "moved"]) == 1
    assert capsys.readouterr().out.splitlines()[0] == (
        "error: user-data, write_files[1].content, line 1: would come to life without what is written over it: take it "
        "out as well (this source cannot be rewritten as it is)"
    )
    assert list(tmp_path.iterdir()) == [tmp_path / "user-data"]
