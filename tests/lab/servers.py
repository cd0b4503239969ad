"""A server of RKE2 as far as its deploy controller goes: a directory of manifests, and who keeps them in the cluster.

Why: what moves out of cloud-config is in the hands of this controller, one on each server, and what it does when a file
changes, goes or is emptied decides whether a cluster keeps its addresses.

Promises: the controller is wrangler's apply with k3s' rules about files around it (programs/deploy). It, and each
command that is run on a server, sees that server's directory at /var/lib/rancher/rke2, where RKE2 has it; nothing of
the kind appears on the machine itself. A pass over the directory can be waited for: `pass_after`.

Left out: the rest of a server. Nobody renders a HelmChart, and `disable:` is a word of the scenario, not of a file.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import lab_tools
from lab.network import Namespace
from lab.parts import Part
from lab.scenario import Server

#: Where a server has its data, and in it the manifests (rke2-docs, packaged_components.md).
DATA: Final = "/var/lib/rancher/rke2"
MANIFESTS: Final = f"{DATA}/server/manifests"
#: Pause between two passes. RKE2's is 15 seconds.
_INTERVAL: Final = "250ms"

#: The folders are those that the machine has: the lowest one of the way to DATA is hidden behind an empty file system,
#: in a mount namespace that ends with the command. A program below it is not found, so that no checkout may be there.
_ON_SERVER: Final = """\
#!/bin/sh
# on-server NAME COMMAND...: run a command on a server of the lab, as `ssh NAME COMMAND...` would on one.
set -eu
if [ "${{1:-}}" != --inside ]; then
    exec {namespace} unshare --mount "$0" --inside "$@"
fi
server={servers}/$2
shift 2
if [ ! -d "$server" ]; then
    echo "no server ${{server##*/}} in this lab" >&2
    exit 255
fi
above={data}
while [ ! -d "$above" ]; do above=$(dirname "$above"); done
if [ "$above" != {data} ]; then mount -t tmpfs lab "$above"; fi
mkdir -p {data}
mount --bind "$server" {data}
cd /
export KUBECONFIG={kubeconfig} HOME={home}
exec sh -c "$*"
"""

#: The kinds that a server makes at its start, as far as they are needed here: the fields are ours, the names RKE2's.
_KINDS: Final = (("k3s.cattle.io", "Addon"), ("helm.cattle.io", "HelmChart"), ("helm.cattle.io", "HelmChartConfig"))


def definitions() -> list[dict[str, Any]]:
    """The CRDs of AddOns and charts. They take any field: what is in a chart is Helm's business."""
    return [_definition(group, kind) for group, kind in _KINDS]


def _definition(group: str, kind: str) -> dict[str, Any]:
    plural = f"{kind.lower()}s"
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "scope": "Namespaced",
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": anything}}},
                }
            ],
        },
    }


def write_command(directory: Path, host: Namespace, kubeconfig: Path) -> Path:
    """The program that runs a command on a server whose directory is below `directory`/servers."""
    program = directory / "on-server"
    program.write_text(
        _ON_SERVER.format(
            namespace=shlex.join(host.inside()),
            servers=shlex.quote(str(directory / "servers")),
            kubeconfig=shlex.quote(str(kubeconfig)),
            home=shlex.quote(str(directory)),
            data=DATA,
        )
    )
    program.chmod(0o755)
    return program


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over a server's directory: the files that it applied, those that it deleted, and what went wrong."""

    number: int
    forced: bool
    applied: tuple[str, ...]
    deleted: tuple[str, ...]
    errors: tuple[str, ...]


class RunningServer:
    """A server whose deploy controller can be stopped and started. `command` runs a command on a server."""

    def __init__(self, server: Server, command: Sequence[str], directory: Path, logs: Path) -> None:
        self.name = server.name
        self.disable: tuple[str, ...] = server.disable
        self._command = command
        self._directory = directory
        self._log = logs / f"deploy-{server.name}.log"
        self._starts = 0
        self._controller: Part | None = None
        self.manifests.mkdir(parents=True)
        for name, text in server.manifests.items():
            self.write(name, text)

    @property
    def manifests(self) -> Path:
        """The directory that it watches."""
        return self._directory / "servers" / self.name / "server" / "manifests"

    def write(self, name: str, text: str) -> None:
        """Put a manifest there, in one step: a pass sees it whole or not at all."""
        file = self.manifests / name
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f".{file.name}.new")
        fresh.write_text(text)
        fresh.replace(file)

    def start(self) -> None:
        """Start it, or start it anew; its first pass applies every file."""
        self.stop()
        self._starts += 1
        command = [
            "exec",
            str(lab_tools.binary("rke2-deploy")),
            f"--kubeconfig={self._directory / 'kubeconfig'}",
            f"--node-name={self.name}",
            f"--manifests={MANIFESTS}",
            f"--disable={','.join(self.disable)}",
            f"--interval={_INTERVAL}",
        ]
        words = [*self._command, self.name, " ".join(map(shlex.quote, command))]
        self._controller = Part(f"deploy controller of {self.name}", words, self._log, output=self._said)

    @property
    def _said(self) -> Path:
        """What the controller that runs now has said; each start has a file of its own."""
        return self._directory / f"deploy-{self.name}-{self._starts}.jsonl"

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()

    def check(self) -> None:
        if self._controller:
            self._controller.check()

    def begun(self) -> int:
        """The number of the last pass that it began; 0 as long as there is none."""
        return max((event["pass"] for event in self._events()), default=0)

    def pass_after(self, number: int) -> Pass | None:
        """The first pass that it ended of those behind a number."""
        return next((done for done in self.passes() if done.number > number), None)

    def passes(self) -> list[Pass]:
        """Every pass that it ended since it was started."""
        return [
            Pass(
                number=event["pass"],
                forced=event["forced"],
                applied=tuple(event["applied"]),
                deleted=tuple(event["deleted"]),
                errors=tuple(event["errors"]),
            )
            for event in self._events()
            if event["event"] == "end"
        ]

    def _events(self) -> Iterator[dict[str, Any]]:
        if self._starts:
            # A line that is not written to its end yet is not read.
            yield from map(json.loads, self._said.read_text().split("\n")[:-1])
