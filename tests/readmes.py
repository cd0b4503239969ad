"""The commands that the READMEs print, in their order, and which test runs which.

Why: two tests follow them. tests/package runs what needs no cluster, with programs and files of its own; tests/lab
follows the package's README down to its end in a real cluster. Both read from here, so that no command is read by one
in another way than by the other, and none falls between them.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
#: The one that is followed in a cluster too.
PACKAGE_README: Final = "packages/cilium-networking/README.md"
READMES: Final = ("README.md", PACKAGE_README)

#: Commands that none of the two runs, by how they begin, with the reason.
NOT_RUN: Final = {
    "make demo": "tests/cli runs it",
    "make test": "it is what runs this",
    "make lab": "tests/lab runs what both call",
    "cilium status": "the cilium CLI talks to Cilium's agents",
    "cilium bgp peers": "the cilium CLI talks to Cilium's agents",
    "cilium bgp routes advertised ipv4 unicast": "the cilium CLI talks to Cilium's agents",
    "sudo touch /var/lib/rancher/rke2/server/manifests/": "it changes a server",
}
#: Commands that only the lab runs.
NEEDS_A_CLUSTER: Final = {
    "kpt live install-resource-group": "kpt takes only a real cluster for one",
    "kpt live apply": "kpt takes only a real cluster for one",
    "kpt live status": "kpt takes only a real cluster for one",
    "kpt live destroy": "kpt takes only a real cluster for one",
}
#: Commands that the lab does not run.
NOT_IN_THE_LAB: Final = {
    "kubectl -n kube-system logs": "a kubelet would answer, and the lab's nodes have none",
}


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a README."""

    text: str
    #: What the README says that it ends with.
    code: int

    def begins(self, *tables: dict[str, str]) -> bool:
        """Whether one of the tables has it."""
        return any(self.text.startswith(tuple(table)) for table in tables)


def blocks(readme: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    text = (ROOT / readme).read_text()
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(body) for _, body in found]


def commands(readme: str) -> Iterator[Command]:
    for block in blocks(readme, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            text, _, comment = line.partition("  # ")
            if text.strip() and not text.startswith("#"):
                yield Command(text.strip(), int(comment.removeprefix("exit ")) if comment.startswith("exit ") else 0)


def without_a_cluster(readme: str) -> list[Command]:
    """What tests/package runs."""
    return [each for each in commands(readme) if not each.begins(NOT_RUN, NEEDS_A_CLUSTER)]


def in_the_lab() -> list[Command]:
    """What tests/lab runs."""
    return [each for each in commands(PACKAGE_README) if not each.begins(NOT_RUN, NOT_IN_THE_LAB)]
