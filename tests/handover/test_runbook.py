"""The runbook: which steps an input has, and that their shell does on a server's files what it says."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cilium_networking.handover.advice import Origin
from cilium_networking.handover.runbook import Runbook, ServerFile, write_runbook
from cilium_networking.handover.shell import ON_SERVERS
from cilium_networking.lossless import parse
from cilium_networking.report.runbook import page, script
from cilium_networking.resources import read_resource

POOL = read_resource(
    parse("apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata:\n  name: lan\nspec: {}\n")
)
FILE = "/var/lib/rancher/rke2/server/manifests/lan.yaml"


def runbook(*files: ServerFile) -> Runbook:
    origin = Origin(frozenset({"cloud-init" if files else "files"}), bool(files), ("`a.yaml` is removed.",))
    return write_runbook([POOL], [POOL], files, origin)


def steps(*files: ServerFile) -> list[str]:
    return [step.id for step in runbook(*files).steps]


def test_steps_of_a_manifest() -> None:
    """RKE2 lets go first, then kpt takes over, and the file goes last."""
    expected = ["look", "compare", "protect", "skip", "detach", "apply", "sources", "release"]
    assert steps(ServerFile(FILE, ("CiliumLoadBalancerIPPool/lan",))) == expected


def test_steps_of_a_mixed_manifest() -> None:
    """What stays gets a file of its own before the old one is skipped."""
    found = steps(ServerFile(FILE, ("CiliumLoadBalancerIPPool/lan",), mixed=True))
    assert found == ["look", "compare", "protect", "keep", "skip", "detach", "apply", "sources", "release"]


def test_steps_without_servers() -> None:
    """What RKE2 never applied has none of its steps."""
    assert steps() == ["look", "compare", "protect", "apply", "sources"]


@pytest.mark.parametrize("mixed", [False, True])
def test_the_script_is_bash(mixed: bool) -> None:
    """bash takes the script, and it says what it can."""
    text = script(runbook(ServerFile(FILE, ("CiliumLoadBalancerIPPool/lan",), mixed=mixed)))
    assert subprocess.run(["bash", "-n"], input=text, text=True, check=False, capture_output=True).stderr == ""


def test_page_and_script_have_the_same_lines() -> None:
    """Every line that the page shows is one that the script runs."""
    book = runbook(ServerFile(FILE, ("CiliumLoadBalancerIPPool/lan",), mixed=True))
    shown, run = page(book), script(book)
    lines = [line for step in book.steps for line in (*step.before, *step.do, *step.after, *step.undo)]
    assert lines
    assert [line for line in lines if f"{line}\n" not in shown] == []
    assert [line for line in lines if f"    {line} || return\n" not in run] == []


MANIFEST = """\
# Of the rack.
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
spec:
  valuesContent: |-
    kind: CiliumLoadBalancerIPPool
---
apiVersion: cilium.io/v2
kind: "CiliumLoadBalancerIPPool" # handed out
metadata:
  labels:
    name: other
  name: 'lan'
spec: {}
---
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: stays
"""
KEPT = """\
# Of the rack.
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
spec:
  valuesContent: |-
    kind: CiliumLoadBalancerIPPool
---
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: stays
"""


LOCAL = 'on_servers() { sh -c "$1"; }\nfail() { printf "stopped: %s\\n" "$*" >&2; return 1; }\n'


def keep(folder: Path, text: str, objects: str) -> subprocess.CompletedProcess[str]:
    (folder / "all.yaml").write_text(text)
    call = f"{LOCAL}{ON_SERVERS}\nkeep_rest {folder}/all.yaml {folder}/all-kept.yaml '{objects}'\n"
    return subprocess.run(["bash", "-c", call], check=False, capture_output=True, text=True)


def test_what_stays_is_copied_as_it_is(tmp_path: Path) -> None:
    """The copy lacks the named documents and nothing else, and the file itself is as it was."""
    assert keep(tmp_path, MANIFEST, "CiliumLoadBalancerIPPool/lan").returncode == 0
    assert (tmp_path / "all-kept.yaml").read_text() == KEPT
    assert (tmp_path / "all.yaml").read_text() == MANIFEST


def test_carriage_returns_hide_no_object(tmp_path: Path) -> None:
    """A file with CRLF has its documents found too."""
    assert keep(tmp_path, MANIFEST.replace("\n", "\r\n"), "CiliumLoadBalancerIPPool/lan").returncode == 0
    assert (tmp_path / "all-kept.yaml").read_bytes().count(b"kind: ") == KEPT.count("kind: ")


@pytest.mark.parametrize("name", ["CiliumLoadBalancerIPPool/none", "CiliumLoadBalancerIPPool/lan Missing/one"])
def test_an_object_that_is_not_found_stops(tmp_path: Path, name: str) -> None:
    """No copy is made where one of the objects is not seen: it could still be in it."""
    found = keep(tmp_path, MANIFEST, name)
    assert (found.returncode, found.stderr) == (
        1,
        (
            f"stopped: {tmp_path}/all.yaml is not a plain list of documents with each of {name}: "
            f"write {tmp_path}/all-kept.yaml by hand, with what is to stay\n"
        ),
    )
    assert not (tmp_path / "all-kept.yaml").exists()


def test_a_server_without_the_file_gets_none(tmp_path: Path) -> None:
    """RKE2 takes an empty file for one whose objects are to be deleted: none comes to be, whatever is done."""
    file, copy = tmp_path / "all.yaml", tmp_path / "all-kept.yaml"
    calls = f"apply_again {file} all && keep_rest {file} {copy} 'A/b' && holds_only {file} 0 'A/b'"
    done = subprocess.run(["bash", "-c", f"{LOCAL}{ON_SERVERS}\n{calls}\n"], check=False, env={"PATH": "/usr/bin:/bin"})
    assert done.returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("objects", "code"),
    [
        ("CiliumLoadBalancerIPPool/lan CiliumLoadBalancerIPPool/stays HelmChartConfig/rke2-cilium", 0),
        ("CiliumLoadBalancerIPPool/lan CiliumLoadBalancerIPPool/stays", 1),
        ("CiliumLoadBalancerIPPool/lan CiliumLoadBalancerIPPool/stays HelmChartConfig/other", 1),
    ],
)
def test_a_file_with_something_else_is_seen(tmp_path: Path, objects: str, code: int) -> None:
    """A file that is skipped whole may hold nothing but what moves; a comment is nothing."""
    (tmp_path / "all.yaml").write_text(f"# only a comment\n---\n{MANIFEST}")
    call = f"{LOCAL}{ON_SERVERS}\nholds_only {tmp_path}/all.yaml 0 '{objects}'\n"
    assert subprocess.run(["bash", "-c", call], check=False, capture_output=True).returncode == code
