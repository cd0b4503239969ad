"""Only families that may have something to say are imported, and nothing is left unsaid for it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from beside import CORPUS_FILES
from cilium_networking.errors import InputError
from cilium_networking.fabric import read_cluster
from cilium_networking.lossless.stream import documents
from cilium_networking.resources import read_resource
from cilium_networking.rules import EVERY, Case, Rule, asked, judge
from cilium_networking.settings import read

ROOT = Path(__file__).resolve().parents[2]


def agree(text: str, settings: dict[str, str]) -> None:
    """What the asked families say is what all of them say."""
    found, _ = read(None, settings)
    fragments = [piece.fragment for piece in documents(text) if piece.fragment]
    resources = [read_resource(one, position=number) for number, one in enumerate(fragments)]
    case = Case(read_cluster(resources, found.release, release_given=found.release_given), found)
    assert list(judge(case, asked(case))) == list(judge(case, EVERY))


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: str(rule.id))
def test_families_of_the_examples(rule: Rule) -> None:
    """Of each rule's own examples the asked families say what all of them say."""
    agree(rule.page.bad, dict(rule.page.settings))
    agree(rule.page.good, dict(rule.page.settings))


if CORPUS_FILES:

    @pytest.mark.parametrize("file", CORPUS_FILES, ids=lambda file: str(file.name))
    def test_families_of_other_peoples_files(file: Path) -> None:
        """And so it is of files that other people keep in their repositories."""
        with contextlib.suppress(InputError):  # what cannot be read is another test's matter
            agree(file.read_text(encoding="utf-8"), {})


def test_pools_ask_nobody_about_meshes() -> None:
    """A package of pools and sessions imports no family about Helm values, meshes or GitOps."""
    script = (
        "import json, sys\n"
        "from cilium_networking.cli import main\n"
        "main(['validate', 'packages/cilium-networking'])\n"
        "print(json.dumps([name for name in sys.modules if name.startswith('cilium_networking.rules.')]))\n"
    )
    path = {"PYTHONPATH": str(ROOT / "fn")}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=path, capture_output=True, text=True, check=True
    )
    names = {name.removeprefix("cilium_networking.rules.") for name in json.loads(done.stdout.splitlines()[-1])}
    assert {"addresses.pools", "bgp.peers", "l2.policies", "api.schema"} <= names
    assert not {"helm", "fleet", "gitops", "gateway", "addresses.requests", "api.metallb"} & names
