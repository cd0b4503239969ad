"""Every command that the READMEs print is run, here or in the lab, or the table says why it cannot be."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cilium_networking import IMAGE
from readmes import (
    NEEDS_A_CLUSTER,
    NOT_IN_THE_LAB,
    NOT_RUN,
    PACKAGE_README,
    READMES,
    ROOT,
    blocks,
    commands,
    in_the_lab,
    without_a_cluster,
)

EVERY = [command for readme in READMES for command in commands(readme)]


def test_reasons_have_a_command() -> None:
    """Each reason not to run a command is about a command that is printed."""
    reasons = NOT_RUN | NEEDS_A_CLUSTER | NOT_IN_THE_LAB
    assert [begin for begin in reasons if not any(each.text.startswith(begin) for each in EVERY)] == []


def test_none_falls_between() -> None:
    """What neither this test nor the lab's runs is what the table of reasons has."""
    run = [*(each for readme in READMES for each in without_a_cluster(readme)), *in_the_lab()]
    assert [each.text for each in EVERY if each not in run] == [each.text for each in EVERY if each.begins(NOT_RUN)]


def test_blocks_are_looked_at() -> None:
    """A block of a language that no test looks at would be an unchecked promise."""
    found = {
        language
        for readme in READMES
        for language in re.findall(r"^ *```(\S+)$", (ROOT / readme).read_text(), re.MULTILINE)
    }
    assert found == {"sh", "yaml", "text"}


def test_make_targets() -> None:
    """What the READMEs tell to make, in blocks or in a sentence, can be made."""
    text = "".join((ROOT / readme).read_text() for readme in READMES)
    told = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text()
    assert {name for name in told if not re.search(rf"^{name}:", makefile, re.MULTILINE)} == set()
    assert told == {"demo", "test", "image", "zipapp", "lab", "lab-tools"}


@pytest.mark.parametrize("readme", READMES)
def test_the_image_is_ours(readme: str) -> None:
    """Wherever a README names the image, it is the one that is built."""
    named = re.findall(r"(?:--image |image: )(\S+)", (ROOT / readme).read_text())
    assert named
    assert set(named) == {IMAGE}


@pytest.mark.parametrize("readme", READMES)
def test_links_lead_somewhere(readme: str) -> None:
    """A link to a file of the repository leads to one."""
    text = (ROOT / readme).read_text()
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert [link for link in links if not (ROOT / readme).parent.joinpath(link).exists()] == []


def test_places_exist() -> None:
    """Everything that the README's map of the repository names is there."""
    rows = (ROOT / "README.md").read_text().partition("## Where things are\n")[2].partition("\n\nThe ")[0]
    places = [place for row in rows.splitlines() for place in re.findall(r"`([^`]+)`", row.rpartition(" | ")[0])]
    assert len(places) > 8
    assert [place for place in places if not (ROOT / place).exists()] == []


@pytest.mark.needs("kpt")
@pytest.mark.parametrize("command", [each.text for each in EVERY if each.text.startswith("kpt live")])
def test_kpt_live(command: str) -> None:
    """kpt has the sub-command and every option, also where no lab can run it."""
    words = shlex.split(command)
    told = subprocess.run([*words[:3], "--help"], capture_output=True, text=True, check=True).stdout
    options = [word for word in words if word.startswith("--")]
    assert [option for option in options if not re.search(rf"^ +(?:-\w, )?{option}\b", told, re.MULTILINE)] == []


def session(shell: Any, readme: str) -> None:
    """Run a README from its first command to its last, as a reader would."""
    for command in without_a_cluster(readme):
        if command.text.startswith("git revert"):
            shell.must("git add --all && git commit --quiet --message before")
            shell.must("sed -i 's/bgp-peer-asn: .*/bgp-peer-asn: \"65099\"/' networking/setters.yaml")
            shell.must("git add --all && git commit --quiet --message after")
        done = shell.run(command.text)
        assert done.returncode == command.code, f"{command.text}\n{done.stdout}{done.stderr}"
        if command.text.startswith("kpt pkg get"):
            shell.must("git add --all && git commit --quiet --message package")


@pytest.mark.needs("kpt", "kubectl", "git")
def test_the_packages_readme(site: Any) -> None:
    """The package's README can be followed from its first command to its last, and ends where it began."""
    session(site, PACKAGE_README)
    assert "peerASN: 65000 " in (site.directory / "networking" / "bgp.yaml").read_text()
    changed = site.run("git diff --stat HEAD -- networking").stdout
    assert changed == "", "git revert and a render give what the settings gave before"


@pytest.mark.needs("kpt")
def test_the_readme(shell: Any, repository: Path) -> None:
    """The repository's README can be followed, and what it shows is what comes."""
    shell.must(f"cp -R {repository}/. .")
    shell.must("rm -rf .git")
    session(shell, "README.md")


@pytest.mark.needs("kpt")
def test_what_the_readme_shows(shell: Any) -> None:
    """The pool that the tour prints is the one that is made, and so are the words of the two errors."""
    for command in commands("README.md"):
        if not command.text.startswith(("mkdir", "kpt pkg", "kpt fn eval", "cat")):
            continue
        done = shell.run(command.text)
        if command.text.startswith("cat"):
            assert done.stdout == blocks("README.md", "yaml")[0]
        if command.code == 1:
            shown = re.findall(r"^ +\[error\] .*?: (.*)$", done.stderr, re.MULTILINE)
            assert shown == blocks("README.md", "text")[0].splitlines()


@pytest.mark.needs("kubectl")
def test_the_ancestors_commands_are_wrong(site: Any) -> None:
    """A resource that Cilium does not have is refused here as a cluster would: the checks above can fail."""
    done = site.run("kubectl get ciliumpools")
    assert done.returncode == 1
    assert done.stderr.strip() == 'error: the server doesn\'t have a resource type "ciliumpools"'
