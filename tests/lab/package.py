"""The package's life in a lab: made, changed, rendered and applied as a user does it.

Promises: a change of the flat form goes by setters.yaml and the package's own Kptfile, one of the typed form by
settings.yaml beside them. Each `change` renders its own form and leaves the other as it is: what both say is then as
the one that was changed last has it. kpt's own words are given back as they are.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from lab.checkout import COMMAND, ROOT, typed_config

#: The directory of the package, named as the package's README has it.
NAME: Final = "networking"
#: Where the typed form stands, beside the package's setters.
_TYPED: Final = "settings.yaml"
_KPTFILE: Final = f"apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: {NAME}\n"


class Package:
    """The package in the directory `networking` below `above`. `run` runs a command there and gives its stdout."""

    def __init__(self, above: Path, run: Callable[..., str]) -> None:
        self.directory = above / NAME
        self._run = run

    def make(
        self, source: str | None, setters: Mapping[str, str] | None = None, settings: Mapping[str, Any] | None = None
    ) -> None:
        """A copy of a directory of the project, or an empty package; the typed settings are laid over the setters."""
        if source is None:
            self.directory.mkdir()
            (self.directory / "Kptfile").write_text(_KPTFILE)
        else:
            shutil.copytree(ROOT / source, self.directory)
        if setters:
            self.change(**setters)
        if settings:
            self.change_typed(settings)

    def change(self, **setters: str) -> None:
        """Write values into `setters.yaml`, as a user does, and render. Underscores stand for hyphens."""
        file = self.directory / "setters.yaml"
        text = file.read_text()
        for key, value in setters.items():
            name = key.replace("_", "-")
            text, found = re.subn(
                rf"^  (?:# )?{re.escape(name)}: .*$", f"  {name}: {json.dumps(value)}", text, flags=re.MULTILINE
            )
            if found != 1:
                raise ValueError(f"setters.yaml has {found} lines for `{name}`")
        file.write_text(text)
        self._run(*COMMAND, "render", NAME)

    def change_typed(self, settings: Mapping[str, Any]) -> None:
        """Write the typed form, the whole of it, and render."""
        (self.directory / _TYPED).write_text(yaml.safe_dump(typed_config(settings), sort_keys=False))
        self._run(*COMMAND, "render", NAME, "--config", f"{NAME}/{_TYPED}")

    def edit(self, name: str, before: str, after: str) -> None:
        """Change a file by hand: text that is in it once."""
        file = self.directory / name
        text = file.read_text()
        if text.count(before) != 1:
            raise ValueError(f"{name} has {text.count(before)} times: {before}")
        file.write_text(text.replace(before, after))

    def add_block(self, start: str, stop: str) -> None:
        """A second block of `load-balancers`, as a user adds one to the file."""
        first = "    stop: 10.80.8.190\n"
        self.edit("ip-pools.yaml", first, f"{first}  - start: {start}\n    stop: {stop}\n")

    def files(self) -> dict[Path, str]:
        """The files as they are now."""
        return {file: file.read_text() for file in self.directory.iterdir()}

    def put_back(self, files: Mapping[Path, str]) -> bool:
        """The files as they were, and no other; whether that is another package than before."""
        now = self.files()
        for added in now.keys() - files.keys():
            added.unlink()
        for file, text in files.items():
            file.write_text(text)
        return now != files

    def init(self) -> None:
        self._run("kpt", "live", "init", NAME, "--namespace", "kube-system")

    def apply(self, *options: str) -> str:
        return self._run("kpt", "live", "apply", NAME, "--reconcile-timeout=1m", "--output=events", *options)
