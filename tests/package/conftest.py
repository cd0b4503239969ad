"""A place where the commands of the READMEs run as a reader would type them.

The function's image is replaced by the source tree, the repository by a local one, and the cluster by an API server of
a page: it knows which resources Cilium, and Kubernetes as far as the READMEs name it, would have, keeps objects in a
dict, and so refuses a name that kubectl could not resolve in a real cluster either.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from cilium_networking import IMAGE, __version__
from cilium_networking.kinds import DEFAULT_RELEASE, KINDS, served

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "packages" / "cilium-networking"

Object = dict[str, Any]


# ----------------------------------------------------------------------------------------------------------- files


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's own folder, to read from."""
    return ROOT


@pytest.fixture(scope="session")
def function(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The function as a program, for kpt's `exec`."""
    return _script(tmp_path_factory.mktemp("function") / "cilium-networking", "fn")


@pytest.fixture
def package(tmp_path: Path, function: Path) -> Path:
    """A copy of the package whose pipeline runs the source tree, with `--allow-exec`."""
    target = tmp_path / "cilium-networking"
    shutil.copytree(PACKAGE, target)
    exec_in(target / "Kptfile", function)
    return target


@pytest.fixture
def repository(tmp_path: Path, function: Path) -> Path:
    """A copy of what belongs to the example deployment, and of what does not, as in a checkout where work was done."""
    target = tmp_path / "checkout"
    ignored = shutil.ignore_patterns(
        ".git", ".lab", ".venv", ".*_cache", ".hypothesis", "__pycache__", "dist", "build", "wheels"
    )
    shutil.copytree(ROOT, target, ignore=ignored, symlinks=True)
    for kptfile in (target / "Kptfile", target / "packages" / "cilium-networking" / "Kptfile"):
        exec_in(kptfile, function)
    return target


def exec_in(kptfile: Path, function: Path) -> None:
    """Replace our image with a program."""
    kptfile.write_text(kptfile.read_text().replace(f"image: {IMAGE}", f"exec: {function}"))


def _script(path: Path, *words: str) -> Path:
    """A program that runs the source tree with `words` before its own arguments."""
    command = " ".join([sys.executable, "-m", "cilium_networking", *words])
    path.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT / "fn"} PYTHONDONTWRITEBYTECODE=1 exec {command} "$@"\n')
    path.chmod(0o755)
    return path


# --------------------------------------------------------------------------------------------------------- commands


@dataclass(frozen=True, slots=True)
class Shell:
    """A directory, and an environment in which the commands of a README find what they name."""

    directory: Path
    function: Path
    environment: dict[str, str]

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run one line as it stands, but for the image, and for what this API server lacks: schemas and protobuf."""
        command = command.replace(f"--image {IMAGE}", f"--exec {self.function}")
        if command.startswith("kpt fn render"):
            command += " --allow-exec"
        if command.startswith("kubectl create "):
            command += " --dry-run=client -o yaml | kubectl apply -f -"
        command = command.replace("kubectl apply", "kubectl apply --validate=false")
        return subprocess.run(
            ["sh", "-c", command],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )

    def must(self, command: str) -> None:
        done = self.run(command)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


@pytest.fixture
def shell(tmp_path: Path, function: Path) -> Shell:
    """Without a cluster and without a repository to get the package from."""
    programs = tmp_path / "bin"
    programs.mkdir()
    _script(programs / "cilium-networking")
    directory = tmp_path / "work"
    directory.mkdir()
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "NO_COLOR": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{f"GIT_{who}_{what}": f"{who}@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    return Shell(directory, function, environment)


@pytest.fixture
def site(shell: Shell, repository: Path, tmp_path: Path) -> Iterator[Shell]:
    """A git repository of a site, the one that the package comes from, and a cluster."""
    project = tmp_path / "cilium-networking.git"
    for command in (
        f"git -C {repository} init --quiet",
        f"git -C {repository} add Kptfile setters.yaml packages",
        f"git -C {repository} commit --quiet --message release",
        f"git -C {repository} tag v{__version__}",
        f"git clone --quiet --bare {repository} {project}",
        "git init --quiet",
        "git commit --quiet --allow-empty --message start",
    ):
        shell.must(command)
    shell.environment["REPOSITORY"] = f"file://{project}"
    with _api_server() as address:
        config = tmp_path / "kubeconfig"
        config.write_text(_kubeconfig(address))
        shell.environment["KUBECONFIG"] = str(config)
        yield shell


def _kubeconfig(address: str) -> str:
    entry = {"cluster": "one", "user": "one"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "one",
        "clusters": [{"name": "one", "cluster": {"server": address}}],
        "contexts": [{"name": "one", "context": entry}],
        "users": [{"name": "one", "user": {}}],
    }
    return yaml.safe_dump(config)


# ------------------------------------------------------------------------------------------------------- API server

#: Group and version to plural, kind, whether namespaced, short names: what of Kubernetes itself the READMEs name.
_KUBERNETES = {
    "v1": [("pods", "Pod", True), ("services", "Service", True), ("nodes", "Node", False)],
    "coordination.k8s.io/v1": [("leases", "Lease", True)],
    "apiextensions.k8s.io/v1": [("customresourcedefinitions", "CustomResourceDefinition", False)],
}


def _resources() -> dict[str, list[Object]]:
    """APIResources by group and version, Cilium's from the table of kinds."""
    found: dict[str, list[Object]] = {}
    for version, rows in _KUBERNETES.items():
        for plural, kind, namespaced in rows:
            found.setdefault(version, []).append(_resource(plural, kind, namespaced=namespaced))
    found["apiextensions.k8s.io/v1"][0]["shortNames"] = ["crd", "crds"]
    for row in KINDS.values():
        for version in served(row.name, DEFAULT_RELEASE)[:1]:
            resource = _resource(row.plural, row.name, namespaced=not row.cluster_scoped)
            found.setdefault(version, []).append({**resource, "shortNames": list(row.short_names)})
    return found


def _resource(plural: str, kind: str, *, namespaced: bool) -> Object:
    verbs = ["create", "delete", "get", "list", "patch", "watch"]
    return {"name": plural, "singularName": kind.lower(), "kind": kind, "namespaced": namespaced, "verbs": verbs}


def _objects() -> dict[str, Object]:
    """The objects of a cluster in which the package was applied, by path below their group and version."""
    established = {"conditions": [{"type": "Established", "status": "True"}]}
    found: dict[str, Object] = {
        "namespaces/kube-system/pods/cilium-1": {
            "kind": "Pod",
            "spec": {"containers": [{"name": "cilium-agent"}]},
            "metadata": {"labels": {"k8s-app": "cilium"}},
        },
        "namespaces/default/services/NAME": {"kind": "Service", "spec": {"type": "LoadBalancer"}},
        "namespaces/kube-system/leases/cilium-l2announce-default-probe": {"kind": "Lease"},
        "nodes/one": {"kind": "Node"},
    }
    for kind in KINDS.values():
        found[f"customresourcedefinitions/{kind.plural}.cilium.io"] = {
            "kind": "CustomResourceDefinition",
            "status": established,
        }
    for file in PACKAGE.glob("*.yaml"):
        for document in yaml.safe_load_all(file.read_text()):
            if document["kind"] in KINDS:
                found[f"{KINDS[document['kind']].plural}/{document['metadata']['name']}"] = document
    versions = {row["kind"]: version for version, rows in _resources().items() for row in rows}
    for path, each in found.items():
        each.setdefault("apiVersion", versions[each["kind"]])
        each.setdefault("metadata", {})["name"] = path.rpartition("/")[2]
    return found


class _Handler(BaseHTTPRequestHandler):
    resources: dict[str, list[Object]]
    objects: dict[str, Object]

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        parts = url.path.strip("/").split("/")
        query = parse_qs(url.query)
        groups = sorted({version.partition("/")[0] for version in self.resources if "/" in version})
        if parts == ["api"]:
            self._answer({"kind": "APIVersions", "versions": ["v1"]})
        elif parts == ["apis"]:
            self._answer({"kind": "APIGroupList", "groups": [self._group(name) for name in groups]})
        elif (version := "/".join(parts[1:])) in self.resources:
            self._answer({"kind": "APIResourceList", "groupVersion": version, "resources": self.resources[version]})
        elif parts[-1] == "log":
            self._send(b"level=info subsys=bgp-control-plane\n", "text/plain")
        elif "watch" in query:
            self._send(b"", "application/json")
        elif (key := self._key()) in self.objects:
            self._answer(self.objects[key])
        elif self._row(key) is not None:
            self._answer(self._list(key, query.get("fieldSelector", [""])[0]))
        else:
            self._missing()

    def do_POST(self) -> None:
        made = self._body()
        self.objects[f"{self._key()}/{made['metadata']['name']}"] = made
        self._answer(made, 201)

    def do_PATCH(self) -> None:
        self._body()
        self._answer(self.objects[self._key()])

    def do_DELETE(self) -> None:
        if self.objects.pop(self._key(), None) is None:
            self._missing()
        else:
            self._answer({"kind": "Status", "apiVersion": "v1", "status": "Success"})

    def _group(self, name: str) -> Object:
        versions = [
            {"groupVersion": v, "version": v.partition("/")[2]} for v in self.resources if v.startswith(f"{name}/")
        ]
        return {"name": name, "versions": versions, "preferredVersion": versions[0]}

    def _key(self) -> str:
        """The path below group and version."""
        parts = urlsplit(self.path).path.strip("/").split("/")
        return "/".join(parts[2:] if parts[0] == "api" else parts[3:])

    def _row(self, key: str) -> Object | None:
        plural = key.rpartition("/")[2]
        return next((row for rows in self.resources.values() for row in rows if row["name"] == plural), None)

    def _list(self, key: str, selector: str) -> Object:
        plural = key.rpartition("/")[2]
        name = selector.removeprefix("metadata.name=")
        items = [
            each
            for path, each in self.objects.items()
            if path.rpartition("/")[0].endswith(plural) and name in ("", each["metadata"]["name"])
        ]
        row = self._row(key)
        assert row is not None
        version = next(version for version, rows in self.resources.items() if row in rows)
        return {
            "apiVersion": version,
            "kind": f"{row['kind']}List",
            "metadata": {"resourceVersion": "1"},
            "items": items,
        }

    def _body(self) -> Object:
        body: Object = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return body

    def _missing(self) -> None:
        self._answer(
            {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}, 404
        )

    def _answer(self, data: Object, code: int = 200) -> None:
        self._send(json.dumps(data).encode(), "application/json", code)

    def _send(self, body: bytes, content: str, code: int = 200) -> None:
        self.send_response(code)
        self.send_header("Content-Type", content)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """A test that passes is quiet."""


class _api_server:  # noqa: N801 - used as a function: `with _api_server() as address`
    def __enter__(self) -> str:
        handler = type("Handler", (_Handler,), {"resources": _resources(), "objects": _objects()})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
