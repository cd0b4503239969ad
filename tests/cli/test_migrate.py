"""`migrate`: sources are read and never changed, a package and its runbook are written whole or not at all."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path

import pytest

from beside import CORPUS_FILES
from cilium_networking.report.migration_examples import EXAMPLES

from .conftest import Call, Called

CLOUD_CONFIG = """\
#cloud-config
# Servers of rack 3.
write_files:
- path: /etc/rancher/rke2/config.yaml
  content: |
    token: correct-horse-battery
# The addresses.
- path: /var/lib/rancher/rke2/server/manifests/lan.yaml
  content: |
    apiVersion: cilium.io/v2alpha1
    kind: CiliumLoadBalancerIPPool
    metadata:
      name: lan
    spec:
      blocks:
      - start: 10.80.8.129 # the first one
        stop: 10.80.8.190
runcmd:
- systemctl enable --now rke2-server
"""
REWRITTEN = """\
#cloud-config
# Servers of rack 3.
write_files:
- path: /etc/rancher/rke2/config.yaml
  content: |
    token: correct-horse-battery
runcmd:
- systemctl enable --now rke2-server
"""
POOLS = """\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: lan
spec:
  blocks:
  - start: 10.80.8.129 # the first one
    stop: 10.80.8.190 # kpt-set: ${lan-stop}
"""
SETTERS = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: net-setters
  annotations:
    config.kubernetes.io/local-config: "true"
data:
  # The release of Cilium that the objects are for.
  cilium-version: "1.19"
  # Address: CiliumLoadBalancerIPPool lan, spec.blocks[0].stop.
  lan-stop: 10.80.8.190
"""
REPORT = """\
cloud.yaml, write_files[1].content, line 1: CiliumLoadBalancerIPPool lan moves to ip-pools.yaml
    changed: apiVersion: cilium.io/v2alpha1 -> cilium.io/v2
        what Cilium 1.19 stores
    carried: 4 fields
setting lan-stop: 10.80.8.190
cloud.yaml: rewritten as cloud.yaml.migrated: the runbook says when to put that in its place
"""
RELEASE = ("--release", "1.19")
MADE = ["Kptfile", "REPORT.md", "RUNBOOK.md", "ip-pools.yaml", "runbook.sh", "setters.yaml"]


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def pool(name: str, start: str, stop: str, *, extra: str = "") -> str:
    return (
        f"apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata:\n  name: {name}\n{extra}"
        f"spec:\n  blocks:\n  - start: {start}\n    stop: {stop}\n"
    )


def test_a_package_is_made(tmp_path: Path, call: Call) -> None:
    """The objects with their comments, the settings, the runbook and the rewritten source; the source stays."""
    (tmp_path / "cloud.yaml").write_text(CLOUD_CONFIG)
    said = call("migrate", "cloud.yaml", "--to", "net", *RELEASE)
    assert said == Called(
        0,
        REPORT,
        "cilium-networking: 7 files written; the sources are as they were. Read net/REPORT.md and net/RUNBOOK.md, then "
        "run net/runbook.sh\n",
    )
    assert sorted(path.name for path in (tmp_path / "net").iterdir()) == MADE
    assert (tmp_path / "net" / "ip-pools.yaml").read_text() == POOLS
    assert (tmp_path / "net" / "setters.yaml").read_text() == SETTERS
    assert (tmp_path / "cloud.yaml").read_text() == CLOUD_CONFIG
    assert (tmp_path / "cloud.yaml.migrated").read_text() == REWRITTEN
    assert stat.S_IMODE((tmp_path / "net" / "runbook.sh").stat().st_mode) & stat.S_IXUSR


def test_the_package_renders_and_validates(tmp_path: Path, call: Call) -> None:
    """What was made is as its settings give it, and nothing is wrong with it."""
    (tmp_path / "cloud.yaml").write_text(CLOUD_CONFIG)
    call("migrate", "cloud.yaml", "--to", "net", *RELEASE)
    assert call("render", "net", "--check") == Called(0, "", "")
    assert call("validate", "net").code == 0


def test_twice_is_once(tmp_path: Path, call: Call) -> None:
    """A second run says the same, writes nothing, and finds what it made."""
    (tmp_path / "cloud.yaml").write_text(CLOUD_CONFIG)
    call("migrate", "cloud.yaml", "--to", "net", *RELEASE)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    said = call("migrate", "cloud.yaml", "--to", "net", *RELEASE)
    assert said == Called(0, REPORT, "cilium-networking: all of it is there already\n")
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_the_rewritten_source_has_nothing_left_to_move(tmp_path: Path, call: Call) -> None:
    """Migrated again, the source that takes the old one's place gives no object."""
    (tmp_path / "cloud.yaml").write_text(REWRITTEN)
    assert call("migrate", "cloud.yaml", "--to", "net", *RELEASE) == Called(
        0, "", "cilium-networking: nothing here moves: there is no pool, L2 policy or BGP object of Cilium's in it\n"
    )
    assert files(tmp_path) == {"cloud.yaml": REWRITTEN}


def test_a_dry_run_touches_nothing(tmp_path: Path, call: Call) -> None:
    """The report is the same, and no file is there that was not before."""
    (tmp_path / "cloud.yaml").write_text(CLOUD_CONFIG)
    said = call("migrate", "cloud.yaml", "--to", "net", "--dry-run", *RELEASE)
    assert said == Called(0, REPORT, "cilium-networking: 7 files would be written; nothing was\n")
    assert files(tmp_path) == {"cloud.yaml": CLOUD_CONFIG}


def test_a_rewritten_source_is_no_more_open_than_the_old_one(tmp_path: Path, call: Call) -> None:
    """It holds the same secrets, and keeps the mode of its source."""
    (tmp_path / "cloud.yaml").write_text(CLOUD_CONFIG)
    (tmp_path / "cloud.yaml").chmod(0o600)
    call("migrate", "cloud.yaml", "--to", "net", *RELEASE)
    assert stat.S_IMODE((tmp_path / "cloud.yaml.migrated").stat().st_mode) == 0o600


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_no_secret_leaves_the_sources(tmp_path: Path, call: Call, form: str) -> None:
    """The cluster's token stands in the source and in what takes its place, and nowhere else."""
    (tmp_path / "cloud.yaml").write_text(CLOUD_CONFIG)
    said = call("migrate", "cloud.yaml", "--to", "net", "--format", form, "--verbose", *RELEASE)
    assert said.code == 0
    assert "correct-horse" not in said.out + said.err
    assert [name for name, text in files(tmp_path).items() if "correct-horse" in text] == [
        "cloud.yaml",
        "cloud.yaml.migrated",
    ]


def test_a_secret_in_an_object_that_moves_stops(tmp_path: Path, call: Call) -> None:
    """An object that quotes the token does not go into a package that is kept in clear."""
    told = CLOUD_CONFIG.replace("# the first one", "# see correct-horse-battery")
    (tmp_path / "cloud.yaml").write_text(told)
    said = call("migrate", "cloud.yaml", "--to", "net", *RELEASE)
    assert said.code == 1
    assert said.out.splitlines()[0] == (
        "ip-pools.yaml: error: has a text in its line 7 that is a secret elsewhere in the sources: take it out first"
    )
    assert files(tmp_path) == {"cloud.yaml": told}


def test_sources_that_contradict_one_another_stop(tmp_path: Path, call: Call) -> None:
    """Two files that define one pool differently are both named, with what each says, and nothing is written."""
    (tmp_path / "one.yaml").write_text(pool("lan", "10.0.0.1", "10.0.0.9"))
    (tmp_path / "two.yaml").write_text(pool("lan", "10.0.0.1", "10.0.0.8"))
    said = call("migrate", "one.yaml", "two.yaml", "--to", "net", *RELEASE)
    assert (said.code, said.out.splitlines()[0]) == (
        1,
        (
            "two.yaml: error: `spec.blocks[0].stop` is `10.0.0.9` in one.yaml, line 1, and `10.0.0.8` in two.yaml, "
            "line 1: make both say what the cluster is to have, or leave one of them out of this call"
        ),
    )
    assert sorted(files(tmp_path)) == ["one.yaml", "two.yaml"]


def test_the_same_object_on_two_servers_moves_once(tmp_path: Path, call: Call) -> None:
    """User data of two servers with the same manifest are one object, and both are rewritten."""
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(CLOUD_CONFIG)
    assert call("migrate", "a.yaml", "b.yaml", "--to", "net", *RELEASE).code == 0
    assert (tmp_path / "net" / "ip-pools.yaml").read_text() == POOLS
    assert (tmp_path / "a.yaml.migrated").read_text() == (tmp_path / "b.yaml.migrated").read_text() == REWRITTEN


SERVED = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  uid: 0b6c7a52-2d61-4c3e-9a0b-6f0f6f1f9d0e
spec:
  type: LoadBalancer
  ports:
  - port: 80
status:
  loadBalancer:
    ingress:
    - ip: 10.80.8.128
"""
ANCESTRAL = """\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: lan
spec:
  blocks:
  - cidr: 10.80.8.128/26
    min: 129
    max: 190
"""


def test_a_mend_that_would_take_an_address_is_not_made(tmp_path: Path, call: Call) -> None:
    """`min` and `max` stay where a Service has an address that the range would leave out, and that is said."""
    (tmp_path / "pool.yaml").write_text(ANCESTRAL)
    (tmp_path / "services.yaml").write_text(SERVED)
    said = call("migrate", "pool.yaml", "services.yaml", "--to", "net", "--fix", *RELEASE)
    assert said.code == 1
    assert "not mended: Service shop/web has 10.80.8.128, which is outside of 10.80.8.129-10.80.8.190" in said.out
    assert sorted(files(tmp_path)) == ["pool.yaml", "services.yaml"]


def test_what_the_cluster_has_instead_is_said(tmp_path: Path, call: Call) -> None:
    """An export beside a file is a witness: a value that differs is named, defaults of the API server are not."""
    (tmp_path / "pool.yaml").write_text(pool("lan", "10.0.0.1", "10.0.0.9"))
    live = pool("lan", "10.0.0.1", "10.0.0.8", extra="  uid: 6f1f9d0e-0c55-4a83-8a51-6a2f0e6d0f3a\n")
    (tmp_path / "live.yaml").write_text(f"{live}  disabled: false\n")
    said = call("migrate", "pool.yaml", "live.yaml", "--to", "net", *RELEASE)
    assert said.code == 0
    assert [line for line in said.out.splitlines() if "warning" in line] == [
        (
            "pool.yaml:8: warning: the cluster has `10.0.0.8` for `spec.blocks[0].stop`, and the file says `10.0.0.9`: "
            "what is applied is the file's"
        )
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["live.yaml", "net", "pool.yaml"]


def test_another_writer_is_named(tmp_path: Path, call: Call) -> None:
    """Who else wrote to a live object's spec is said: its fields stay when the package takes over."""
    (tmp_path / "pool.yaml").write_text(pool("lan", "10.0.0.1", "10.0.0.9"))
    managers = "".join(
        f"  - manager: {name}\n    operation: Update\n    fieldsType: FieldsV1\n    fieldsV1: {{'f:spec': {{}}}}\n"
        for name in ("deploy@node-a", "kubectl-edit", "cilium-operator-generic")
    )
    live = pool("lan", "10.0.0.1", "10.0.0.9", extra=f"  uid: 6f1f9d0e-0c55-4a83\n  managedFields:\n{managers}")
    (tmp_path / "live.yaml").write_text(live)
    said = call("migrate", "pool.yaml", "live.yaml", "--to", "net", "--dry-run", *RELEASE)
    assert said.out.splitlines()[0] == (
        "pool.yaml: warning: in the cluster `kubectl-edit` wrote to its spec too: what the package does not say stays "
        "as they left it"
    )


def test_a_live_object_leads_to_its_file(tmp_path: Path, call: Call) -> None:
    """RKE2's mark on an exported object names its AddOn, and that names the file; without it nothing is guessed."""
    marks = {"owner-gvk": "k3s.cattle.io/v1, Kind=Addon", "owner-name": "lan-pool"}
    notes = "".join(f"    objectset.rio.cattle.io/{name}: {text}\n" for name, text in marks.items())
    live = pool("lan", "10.0.0.1", "10.0.0.9", extra=f"  uid: 6f1f9d0e-0c55-4a83\n  annotations:\n{notes}")
    (tmp_path / "live.yaml").write_text(live)
    said = call("migrate", "live.yaml", "--to", "net", *RELEASE)
    assert (said.code, said.out.splitlines()[0]) == (
        1,
        (
            "live.yaml: error: RKE2 applies it from a file for its AddOn `lan-pool`, and which file that is is not "
            "known: add what `kubectl -n kube-system get addons.k3s.cattle.io -o yaml` prints to the sources"
        ),
    )
    source = "/var/lib/rancher/rke2/server/manifests/site/lan-pool.yml"
    addon = (
        "apiVersion: k3s.cattle.io/v1\nkind: Addon\nmetadata:\n  name: lan-pool\n  namespace: kube-system\n  uid: 1f\n"
    )
    (tmp_path / "live.yaml").write_text(f"{live}---\n{addon}spec:\n  source: {source}\n")
    assert call("migrate", "live.yaml", "--to", "net", *RELEASE).code == 0
    script = (tmp_path / "net" / "runbook.sh").read_text()
    assert f"touch {source}.skip" in script
    assert not (tmp_path / "live.yaml.migrated").exists()


def test_a_file_that_is_moved_among_the_manifests_is_said(tmp_path: Path, call: Call) -> None:
    """User data that writes elsewhere, for a command to move it, gives the steps for the place that it is moved to."""
    (tmp_path / "cloud.yaml").write_text(CLOUD_CONFIG.replace("/var/lib/rancher/rke2/server/manifests", "/opt/rke2"))
    said = call("migrate", "cloud.yaml", "--to", "net", *RELEASE)
    assert (said.code, said.out.splitlines()[0]) == (
        0,
        (
            "cloud.yaml, write_files[1].content: warning: `/opt/rke2/lan.yaml` is no place where RKE2 looks: the "
            "runbook takes it for `/var/lib/rancher/rke2/server/manifests/lan.yaml` on the servers"
        ),
    )


def test_a_path_that_is_written_twice_counts_once(tmp_path: Path, call: Call) -> None:
    """What a later entry writes over never reaches the cluster: it stays, and is said."""
    twice = CLOUD_CONFIG.replace(
        "runcmd:", "- path: /var/lib/rancher/rke2/server/manifests/lan.yaml\n  content: '# nothing'\nruncmd:"
    )
    (tmp_path / "cloud.yaml").write_text(twice)
    said = call("migrate", "cloud.yaml", "--to", "net", *RELEASE)
    assert said.code == 0
    assert "CiliumLoadBalancerIPPool lan stays: never reaches the cluster" in said.out
    assert not (tmp_path / "net").exists()


def test_placeholders_wait_for_a_value(tmp_path: Path, call: Call) -> None:
    """A placeholder becomes a setting without a value, and the runbook does not begin; `--set` fills it."""
    (tmp_path / "pool.yaml").write_text(pool("lan", "${FIRST}", "10.0.0.9"))
    assert call("migrate", "pool.yaml", "--to", "net", *RELEASE).code == 0
    assert (tmp_path / "net" / "ip-pools.yaml").read_text().splitlines()[6:] == [
        "  - start: ${FIRST} # kpt-set: ${first}",
        "    stop: 10.0.0.9 # kpt-set: ${lan-stop}",
    ]
    look = [line for line in (tmp_path / "net" / "runbook.sh").read_text().splitlines() if "sed 's/^#.*//" in line]
    stops = subprocess.run(["bash", "-c", f"fail() {{ return 1; }}; f() {{ {look[0]}; }}; cd net && f"], check=False)
    assert stops.returncode == 1
    setters = (tmp_path / "net" / "setters.yaml").read_text()
    (tmp_path / "net" / "setters.yaml").write_text(setters.replace("${FIRST}", "10.0.0.1"))
    assert call("render", "net").code == 0
    goes = subprocess.run(["bash", "-c", f"fail() {{ return 1; }}; f() {{ {look[0]}; }}; cd net && f"], check=False)
    assert goes.returncode == 0
    said = call("migrate", "pool.yaml", "--to", "filled", "--set", "first=10.0.0.1", *RELEASE)
    assert said.code == 0
    assert "setting lan-start: 10.0.0.1\n" in said.out
    assert call("render", "filled", "--check") == Called(0, "", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("pool.yaml",), "`migrate` needs `--to DIR`, the directory of the package that it makes"),
        (("pool.yaml", "--to", "pool.yaml"), "`--to pool.yaml` is a file; name a directory"),
        (
            ("pool.yaml", "--to", "net", "--set", "frist=1"),
            "`--set frist=…` fills no placeholder of these sources; did you mean `first`?",
        ),
        (("pool.yaml", "--to", "full"), "`--to full` is not empty: it holds `notes.txt`; name another directory"),
        (
            ("pool.yaml", "--to", "net", "--release", "1.18", "--release", "1.19"),
            "`--release` is given 2 times; keep one of them",
        ),
    ],
)
def test_a_wrong_call_says_what_to_type(tmp_path: Path, call: Call, words: tuple[str, ...], message: str) -> None:
    """Exit 2, one line, and nothing is written."""
    (tmp_path / "pool.yaml").write_text(pool("lan", "${FIRST}", "10.0.0.9"))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine\n")
    before = files(tmp_path)
    assert call("migrate", *words) == Called(2, "", f"cilium-networking: {message}\n")
    assert files(tmp_path) == before


def test_nothing_is_written_over(tmp_path: Path, call: Call) -> None:
    """A file that is there and says something else stops the call before anything is written."""
    (tmp_path / "cloud.yaml").write_text(CLOUD_CONFIG)
    (tmp_path / "cloud.yaml.migrated").write_text("mine\n")
    before = files(tmp_path)
    assert call("migrate", "cloud.yaml", "--to", "net", *RELEASE) == Called(
        2,
        "",
        "cilium-networking: `cloud.yaml.migrated` exists and is something else: remove it first\n",
    )
    assert files(tmp_path) == before


def test_a_manifest_with_a_name_that_is_shell_stops(tmp_path: Path, call: Call) -> None:
    """A path becomes a word of the runbook's shell: one that RKE2 would not take is refused."""
    (tmp_path / "cloud.yaml").write_text(CLOUD_CONFIG.replace("lan.yaml", "lan$(reboot).yaml"))
    said = call("migrate", "cloud.yaml", "--to", "net", *RELEASE)
    assert said.code == 1
    assert "is no name that RKE2 takes for a manifest: rename it first" in said.out
    assert sorted(files(tmp_path)) == ["cloud.yaml"]


def test_the_report_for_scripts(tmp_path: Path, call: Call) -> None:
    """Every field has a line with its fate, and what was written is listed."""
    (tmp_path / "cloud.yaml").write_text(CLOUD_CONFIG)
    said = json.loads(call("migrate", "cloud.yaml", "--to", "net", "--format", "json", *RELEASE).out)
    (move,) = said["moves"]
    assert {line["field"]: line["fate"] for line in move["fields"]} == {
        "apiVersion": "changed",
        "kind": "carried",
        "metadata.name": "carried",
        "spec.blocks[0].start": "carried",
        "spec.blocks[0].stop": "carried",
    }
    assert said["settings"] == [
        {
            "name": "lan-stop",
            "value": "10.80.8.190",
            "placeholder": None,
            "type": "address",
            "of": "CiliumLoadBalancerIPPool lan, spec.blocks[0].stop",
        }
    ]
    assert sorted(said["written"]) == [*(f"net/{name}" for name in MADE), "cloud.yaml.migrated"][-1:] + [
        f"net/{name}" for name in MADE
    ]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.name)
def test_each_page_is_true(tmp_path: Path, call: Call, example: object) -> None:
    """What a page of docs/migrations shows is what the command does: it succeeds, and renders to itself."""
    each = next(one for one in EXAMPLES if one is example)
    (tmp_path / each.file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / each.file).write_text(each.source)
    assert call("migrate", each.file, "--to", "net", *(["--fix"] if each.fix else []), *RELEASE).code == 0
    if "not known yet" not in (tmp_path / "net" / "REPORT.md").read_text():
        assert call("render", "net", "--check") == Called(0, "", "")


if CORPUS_FILES:

    @pytest.mark.parametrize("file", CORPUS_FILES, ids=lambda file: str(file.name))
    @pytest.mark.parametrize("options", [(), ("--fix",)], ids=["", "fix"])
    def test_files_of_other_people(file: Path, call: Call, options: tuple[str, ...]) -> None:
        """Every object of theirs moves or stays, no field of one that moves is without a line, nothing is touched."""
        said = call("migrate", str(file), "--to", "net", "--dry-run", "--format", "json", *options, *RELEASE)
        if said.code == 2:
            assert "before it is rendered" in said.err  # nothing in it is what the cluster gets
            return
        report = json.loads(said.out)
        assert "a bug in" not in said.out
        assert all(line["fate"] == "carried" or line["why"] for move in report["moves"] for line in move["fields"])
        assert list(Path().iterdir()) == []
