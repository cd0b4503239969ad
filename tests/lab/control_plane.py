"""The cluster without machines: etcd, the API server and Cilium's operator, in one namespace.

Promises: real programs with the flags of a real cluster, as far as the lab's questions need them. Ready means that the
API server answers and the CRDs of the release are established, not that time went by.

Left out: a controller manager and a scheduler. Nothing fills endpoints, deletes dependents or finishes the deletion of
a Namespace; who needs an EndpointSlice makes it.
"""

from __future__ import annotations

import json
import os
import subprocess
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Final

import yaml

import lab_tools
from lab.network import Namespace
from lab.parts import Part
from lab.waiting import until

#: The kinds that the product can make, and what the operator and the agents make of them; its release has more.
_NEEDED: Final = (
    "ciliumloadbalancerippools",
    "ciliuml2announcementpolicies",
    "ciliumbgpclusterconfigs",
    "ciliumbgppeerconfigs",
    "ciliumbgpadvertisements",
    "ciliumbgpnodeconfigoverrides",
    "ciliumbgpnodeconfigs",
    "ciliumnodes",
)
#: Seconds in which each part is ready on a slow machine; about 3 and 15 on two idle cores.
_PATIENCE: Final = 120
#: The login. It opens an API server that only the lab's own namespaces reach, and that ends with it.
_TOKEN: Final = "lab"  # noqa: S105 - no secret: a word for a door that nobody else can reach
#: etcd and the API server have a namespace to themselves, so that the usual ports are free.
_PORT: Final = 6443
#: Names of the CRDs that are established.
_ESTABLISHED: Final = (
    "{{range .items}}{{$name := .metadata.name}}{{range .status.conditions}}"
    '{{if and (eq .type "Established") (eq .status "True")}}{{$name}} {{end}}{{end}}{{end}}'
)

#: The CRDs as the first operator of this process registered them, one a second. The next one finds them there, looks at
#: their version, and the lab need not wait for it.
_registered: Final[list[str]] = []


class CommandError(AssertionError):
    """A command in the lab failed; the text is the command and what it said."""


class ControlPlane:
    """etcd, API server and operator on `host`; `address` is where the nodes reach the API server."""

    def __init__(self, host: Namespace, address: IPv4Interface, directory: Path, logs: Path) -> None:
        self.host = host
        self._address = address
        self._directory = directory
        self._logs = logs
        self.parts: list[Part] = []
        self.kubeconfig = directory / "kubeconfig"

    @property
    def environment(self) -> dict[str, str]:
        """For kubectl and kpt: this cluster, and a home of its own, so that they meet no other cluster's cache."""
        mine = {"KUBECONFIG": str(self.kubeconfig), "HOME": str(self._directory), "NO_COLOR": "1"}
        return {**os.environ, **mine}

    def start(self) -> None:
        """etcd and the API server; returns when it answers."""
        self._write_kubeconfig()
        self._start_etcd()
        self._start_api_server()
        # The cluster's own namespaces come a moment after the server is ready.
        until(
            lambda: self._try("get", "--raw", "/readyz") == "ok" and bool(self._try("get", "namespace", "default")),
            bool,
            "the API server answers",
            seconds=_PATIENCE,
            alive=self.check,
        )

    def _start_etcd(self) -> None:
        data = self._directory / "etcd"
        command = ["etcd", "--data-dir", str(data), "--unsafe-no-fsync", "--logger", "zap"]
        self._run("etcd", *command)

    def _start_api_server(self) -> None:
        certificates = self._directory / "apiserver"
        certificates.mkdir(exist_ok=True)
        key = certificates / "service-account.key"
        subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
        tokens = certificates / "tokens.csv"
        tokens.write_text(f"{_TOKEN},admin,1,system:masters\n")
        self._run(
            "kube-apiserver",
            str(lab_tools.binary("kube-apiserver")),
            "--etcd-servers=http://127.0.0.1:2379",
            f"--bind-address={self._address.ip}",
            f"--advertise-address={self._address.ip}",
            f"--secure-port={_PORT}",
            f"--cert-dir={certificates}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            f"--token-auth-file={tokens}",
            "--authorization-mode=RBAC",
            # RKE2's default, and a second family, so that a Service can ask for both.
            "--service-cluster-ip-range=10.43.0.0/16,fd00:43::/112",
            # Nobody issues tokens of service accounts here, and no Pod will ask for one.
            "--disable-admission-plugins=ServiceAccount",
        )

    def start_operator(self, *, bgp: bool = True) -> None:
        """Cilium's operator; returns when the CRDs that it registers are established."""
        settings = self._directory / "operator"
        settings.mkdir(exist_ok=True)
        # No flag of the operator says these: in a cluster it reads Cilium's ConfigMap, mounted as a directory. They are
        # the chart's with BGP and L2 on; without the second no BGP object gets a condition, without the third no peer
        # config does.
        for name, value in (
            ("enable-bgp-control-plane", str(bgp).lower()),
            ("enable-bgp-control-plane-status-report", "true"),
            ("bgp-secrets-namespace", "kube-system"),
            ("enable-l2-announcements", "true"),
        ):
            (settings / name).write_text(value)
        if _registered and not self._try("get", "crd", "ciliumnodes.cilium.io"):
            self.kubectl("create", "-f", "-", stdin=_registered[0])
        self._run(
            "cilium-operator",
            str(lab_tools.binary("cilium-operator")),
            f"--config-dir={settings}",
            f"--k8s-kubeconfig-path={self.kubeconfig}",
            "--identity-allocation-mode=crd",
            "--ipam=kubernetes",
            "--enable-ipv4=true",
            "--enable-ipv6=true",
            "--operator-api-serve-addr=127.0.0.1:9234",
        )
        self.wait_for_crds()
        if not _registered:
            _registered.append(self._crds_of_cilium())

    def _crds_of_cilium(self) -> str:
        """What the operator has registered, fit to be created elsewhere."""
        found = json.loads(self.kubectl("get", "crd", "-o", "json"))["items"]
        mine = [one for one in found if one["spec"]["group"] == "cilium.io"]
        for one in mine:
            del one["status"]
            one["metadata"] = {key: one["metadata"][key] for key in ("name", "labels") if key in one["metadata"]}
        return json.dumps({"apiVersion": "v1", "kind": "List", "items": mine})

    def load_crds(self, release: str) -> None:
        """The CRDs of a release that no operator here registers, as its source has them."""
        self.kubectl("apply", "--server-side", "--recursive", "-f", str(lab_tools.crds(release)))
        self.wait_for_crds()

    def wait_for_crds(self) -> None:
        self.wait_for(*(f"{kind}.cilium.io" for kind in _NEEDED))

    def wait_for(self, *names: str) -> None:
        """Returns when the CRDs of these names are established."""
        wanted = set(names)
        until(
            lambda: wanted - set(self._try("get", "crd", "-o", f"go-template={_ESTABLISHED}").split()),
            lambda absent: not absent,
            "every kind that is needed is served",
            seconds=_PATIENCE,
            alive=self.check,
        )

    def restart_operator(self, *, bgp: bool = True) -> None:
        """As an upgrade of Cilium does: the old one gives its lease back as it ends, and the new one starts."""
        old = self.part("cilium-operator")
        old.stop()
        self.parts.remove(old)
        self.start_operator(bgp=bgp)

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)

    def check(self) -> None:
        for part in self.parts:
            part.check()

    def stop(self) -> None:
        for part in reversed(self.parts):
            part.stop()

    def command(self, *command: str, stdin: str = "", cwd: Path | None = None, code: int = 0) -> str:
        """Run a command where this cluster is the current one; its stdout. Raises `CommandError` unless it ends so."""
        done = self._call(command, stdin, cwd)
        if done.returncode != code:
            said = "\n".join(text.strip() for text in (done.stdout, done.stderr) if text.strip())
            raise CommandError(f"`{' '.join(command)}` ended with exit code {done.returncode}:\n{said}")
        return done.stdout

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        return self.command("kubectl", *arguments, stdin=stdin)

    def _try(self, *arguments: str) -> str:
        """What kubectl says, or nothing while it cannot."""
        done = self._call(("kubectl", "--request-timeout=5s", *arguments), "", None)
        return done.stdout if done.returncode == 0 else ""

    def _call(self, command: tuple[str, ...], stdin: str, cwd: Path | None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.host.inside(*command),
            input=stdin,
            cwd=cwd,
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    def _run(self, name: str, *command: str) -> None:
        self.parts.append(Part(name, self.host.inside(*command), self._logs / f"{name}.log", cwd=self._directory))

    def _write_kubeconfig(self) -> None:
        cluster = {"server": f"https://{self._address.ip}:{_PORT}", "insecure-skip-tls-verify": True}
        self.kubeconfig.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [{"name": "lab", "cluster": cluster}],
                    "users": [{"name": "admin", "user": {"token": _TOKEN}}],
                    "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "admin"}}],
                    "current-context": "lab",
                }
            )
        )
