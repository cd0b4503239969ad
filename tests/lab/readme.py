"""Someone who follows the package's README in a lab.

Promises: commands run in the README's order, each once, and as they are printed but for `NAME`, which is a Service's.
What is called docker here runs the program of our image without one. What the README tells in words, to write values or
to have objects of RKE2's, is the test's to do between the commands.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cilium_networking import IMAGE, __version__
from lab.checkout import COMMAND, SHIPPED
from readmes import Command, in_the_lab

if TYPE_CHECKING:
    from lab.laboratory import Lab

#: What kpt asks of Docker: whether it is there, and to run an image.
DOCKER: Final = f"""
case "$*" in
  version*) echo 27.0.0 ;;
  run*" {IMAGE}") exec cilium-networking fn ;;
  *) exit 1 ;;
esac
"""
OURS: Final = f"""
exec {" ".join(COMMAND)} "$@"
"""


@dataclass(slots=True)
class Reader:
    """Someone who follows the README in a directory of the lab, and knows how far they are."""

    lab: Lab
    environment: list[str]
    ahead: Iterator[Command]

    def read_to(self, begin: str, shows: str | None = None) -> str:
        """Run the commands up to the next that begins so; what it prints.

        One that is to show something definite is typed again until it does, as a reader would.
        """
        for command in self.ahead:
            if command.text.startswith(begin):
                if shows is not None:
                    return self.lab.eventually(lambda: self.run(command), shows)  # noqa: B023 - the loop ends here
                return self.run(command)
            self.run(command)
        raise AssertionError(f"the README has no `{begin}` from here on")

    def run(self, command: Command) -> str:
        text = re.sub(r"\bNAME\b", "web", command.text)
        return self.lab.command("env", *self.environment, "sh", "-c", text, code=command.code)

    def shell(self, *lines: str) -> None:
        """What the README does not print."""
        for line in lines:
            self.run(Command(line, 0))

    def commit(self) -> None:
        self.shell("git add networking && git commit --quiet --message change")


def reader_in(lab: Lab, programs: Path, project: Path) -> Reader:
    """In a git repository of their own, with the programs and the repository that the README names at hand."""
    for name, text in {"docker": DOCKER, "cilium-networking": OURS}.items():
        (programs / name).write_text(f"#!/bin/sh{text}")
        (programs / name).chmod(0o755)
    environment = [
        *(f"GIT_{who}_{what}=one@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")),
        f"GIT_CONFIG_GLOBAL={os.devnull}",
        f"PATH={programs}{os.pathsep}{os.environ['PATH']}",
        f"REPOSITORY=file://{project}/.git",
    ]
    found = Reader(lab, environment, iter(in_the_lab()))
    shutil.copytree(SHIPPED, project / "packages" / "cilium-networking")
    found.shell(
        f"cd {project} && git init --quiet && git add --all && git commit --quiet --message release",
        f"git -C {project} tag v{__version__}",
        "git init --quiet && git commit --quiet --allow-empty --message start",
    )
    shutil.rmtree(lab.package.directory)
    return found
