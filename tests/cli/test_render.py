"""`render` from the command line: in place, beside the package, as a diff, or only judged."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from .conftest import KPTFILE, POOL, RENDERED, SETTERS, Call, Called

DIFF = """\
--- a/pool.yaml
+++ b/pool.yaml
@@ -8,4 +8,4 @@ CiliumLoadBalancerIPPool load-balancers
 spec:
   blocks:
   - start: 10.80.8.129
-    stop: 10.80.8.190 # the last one
+    stop: 10.80.8.170 # the last one
"""


def tree(root: Path) -> dict[str, str]:
    """Every file below a directory with its text."""
    return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}


BEFORE = {"Kptfile": KPTFILE, "README.md": "# Net\n", "pool.yaml": POOL, "setters.yaml": SETTERS}
AFTER = {**BEFORE, "pool.yaml": RENDERED}


def test_in_place_and_quiet(package: Path, call: Call) -> None:
    """The settings of the Kptfile take their place, every other byte and the modes stay, and nothing is said."""
    assert call("render", "net") == Called(0, "", "")
    assert tree(package) == AFTER
    assert stat.S_IMODE((package / "pool.yaml").stat().st_mode) == 0o640


def test_twice_is_once(package: Path, call: Call) -> None:
    """A second run finds nothing to do and says what the first one said."""
    first = call("render", "net", "--verbose")
    assert call("render", "net", "--check") == Called(0, "", "")
    assert call("render", "net", "--verbose") == first
    assert first == Called(
        0,
        "",
        "net/pool.yaml:2: info: pool load-balancers: 10.80.8.129 to 10.80.8.170\n"
        "    CiliumLoadBalancerIPPool load-balancers\n",
    )
    assert tree(package) == AFTER


def test_diff_writes_nothing(package: Path, call: Call) -> None:
    """`--diff` prints what would change, with the object's name in the hunk, and leaves the package."""
    assert call("render", "net", "--diff") == Called(0, DIFF, "")
    assert tree(package) == BEFORE


@pytest.mark.needs("git")
def test_the_diff_applies(package: Path, call: Call) -> None:
    """What `--diff` prints, applied, is what `render` writes."""
    diff = call("render", "net", "--diff").out
    subprocess.run(["git", "apply", "-"], cwd=package, input=diff, text=True, check=True)
    assert tree(package) == AFTER


def test_check_exits_1_and_says_what_to_run(package: Path, call: Call) -> None:
    """`--check` writes nothing, and names each file, its first line that differs, and the command that writes it."""
    assert call("render", "net", "--check") == Called(
        1,
        "",
        "net/pool.yaml:11: error: not as the settings give it: run `cilium-networking render net`\n"
        "cilium-networking: 1 file would change\n",
    )
    assert tree(package) == BEFORE


def test_check_says_the_same_call_again(package: Path, call: Call) -> None:
    """The command that it names carries the settings it was given, quoted for a shell."""
    assert (package / "pool.yaml").exists()
    called = call("render", "net", "--check", "--adopt", "--set", "lb-pool-cidr=10.80.9.0/30", "--set", "my=a b")
    again = "cilium-networking render net --set lb-pool-cidr=10.80.9.0/30 --set 'my=a b' --adopt"
    assert called == Called(
        1,
        "",
        "warning: --set my: setting `my` is used nowhere in this package\n"
        f"net/pool.yaml:10: error: not as the settings give it: run `{again}`\n"
        "cilium-networking: 1 file would change, 1 warning\n",
    )


def test_with_set_the_kptfile_is_not_consulted(package: Path, call: Call) -> None:
    """`--set` is all there is then: the setters of the package do not stand beside it."""
    assert call("render", "net", "--set", "lb-pool-cidr=10.80.9.0/30", "--set", "lb-pool-min=1") == Called(0, "", "")
    assert (package / "pool.yaml").read_text() == POOL.replace("8.129", "9.1").replace("8.190", "9.2")


def test_set_wins_over_config(package: Path, call: Call) -> None:
    """`--config` replaces the package's settings, and `--set` single ones of them."""
    config = package.parent / "other.yaml"
    config.write_text(SETTERS.replace("170", "180"))
    assert call("render", "net", "--config", "other.yaml", "--set", "lb-pool-min=140") == Called(0, "", "")
    assert (package / "pool.yaml").read_text() == POOL.replace("8.129", "8.140").replace("8.190", "8.180")


def test_no_kptfile_and_no_config_is_no_settings(package: Path, call: Call) -> None:
    """Nothing asked, nothing made."""
    (package / "Kptfile").unlink()
    assert call("render", "net") == Called(0, "", "")
    assert tree(package) == {name: text for name, text in BEFORE.items() if name != "Kptfile"}


def test_a_kptfile_further_down_speaks_for_itself(package: Path, call: Call) -> None:
    """The settings are those of the directory that was named, never of a package below it."""
    assert call("render", ".") == Called(0, "", "")
    assert tree(package) == BEFORE


def test_an_error_writes_nothing(package: Path, call: Call) -> None:
    """With an error the package stays, and the line of the setting, the value and the right one are told."""
    (package / "setters.yaml").write_text(SETTERS.replace("10.80.8.128/26", "10.80.8.130/26"))
    before = tree(package)
    assert call("render", "net") == Called(
        1,
        "",
        "net/setters.yaml:8: error: `10.80.8.130/26` has host bits set; did you mean `10.80.8.128/26`?\n"
        "    ConfigMap setters, data.lb-pool-cidr: 10.80.8.130/26 -> 10.80.8.128/26\n"
        "cilium-networking: 1 error: nothing was written\n",
    )
    assert tree(package) == before


def test_findings_of_config_name_it_as_typed(package: Path, call: Call) -> None:
    """A finding about the file of `--config` is at that file, wherever the package is."""
    (package.parent / "conf").mkdir()
    (package.parent / "conf" / "b.yaml").write_text(SETTERS.replace('"129"', '"1"'))
    called = call("render", "net", "--config", "conf/b.yaml")
    assert called.code == 1
    assert called.err.startswith("conf/b.yaml:9: error: ")


def test_made_objects_get_files(package: Path, call: Call) -> None:
    """A feature without a place becomes a file, told as such; `--check` says that it is missing."""
    (package / "pool.yaml").unlink()
    called = call("render", "net", "--check", "--format", "github")
    assert called.out == "::error file=net/ip-pools.yaml::missing: run `cilium-networking render net`\n"
    assert call("render", "net").code == 0
    assert (
        (package / "ip-pools.yaml").read_text().startswith("apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\n")
    )


@pytest.mark.usefixtures("package")
def test_json_says_findings_and_changes(call: Call) -> None:
    """With `--format json` stdout is one document, with the diff when it is asked for."""
    called = call("render", "net", "--diff", "--format", "json")
    assert (called.code, called.err) == (0, "")
    data = json.loads(called.out)
    assert data["changes"] == [{"file": "net/pool.yaml", "change": "changed", "diff": DIFF}]
    assert data["summary"] == {"errors": 0, "warnings": 0, "infos": 0, "changes": 1}


def test_output_is_the_whole_package(package: Path, call: Call) -> None:
    """`--output` writes all files with their modes and links, and leaves PATH alone; twice is once."""
    (package / "run.sh").write_text("#!/bin/sh\n")
    (package / "run.sh").chmod(0o755)
    (package / "link.md").symlink_to("README.md")
    (package / ".git").mkdir()
    (package / ".git" / "HEAD").write_text("x")
    before = tree(package)
    for _ in range(2):
        assert call("render", "net", "--output", "made/out") == Called(0, "", "")
    out = package.parent / "made" / "out"
    assert tree(package) == before
    assert tree(out) == {**AFTER, "run.sh": "#!/bin/sh\n", "link.md": "# Net\n"}
    assert str((out / "link.md").readlink()) == "README.md"
    modes = {name: stat.S_IMODE((out / name).stat().st_mode) for name in ("run.sh", "pool.yaml")}
    assert modes == {"run.sh": 0o755, "pool.yaml": 0o640}
    assert [path.name for path in (package.parent / "made").iterdir()] == ["out"]


def test_output_never_writes_through_a_link(package: Path, call: Call) -> None:
    """A link with an absolute target becomes a file in the copy, and the original keeps its bytes."""
    (package / "pool.yaml").rename(package / "real.txt")
    (package / "pool.yaml").symlink_to(package / "real.txt")
    assert call("render", "net", "--output", "out") == Called(0, "", "")
    assert (package / "real.txt").read_text() == POOL
    assert (package.parent / "out" / "pool.yaml").read_text() == RENDERED


def test_output_over_something_else_is_refused(package: Path, call: Call) -> None:
    """A directory that holds anything else is not touched."""
    out = package.parent / "out"
    out.mkdir()
    (out / "mine").write_text("mine")
    assert call("render", "net", "--output", "out") == Called(
        2,
        "",
        "cilium-networking: `--output out` is not empty and holds something else; "
        "name another directory, or remove it first\n",
    )
    assert tree(out) == {"mine": "mine"}
    assert sorted(path.name for path in package.parent.iterdir()) == ["net", "out"]


@pytest.mark.parametrize("output", ["net/out", "net", "."])
def test_output_inside_the_package_is_refused(package: Path, call: Call, output: str) -> None:
    """A package cannot be written into itself, nor around itself."""
    assert call("render", "net", "--output", output) == Called(
        2,
        "",
        f"cilium-networking: `--output {output}` and `net` lie inside one another; "
        "name a directory beside it, or leave `--output` out\n",
    )
    assert tree(package) == BEFORE


def test_one_file(package: Path, call: Call) -> None:
    """PATH may be a file: only it is read, and the Kptfile beside it is not."""
    assert call("render", "net/pool.yaml") == Called(0, "", "")
    assert tree(package) == BEFORE
    assert call("render", "net/pool.yaml", "--config", "net/setters.yaml", "--output", "one") == Called(0, "", "")
    assert tree(package) == BEFORE
    assert tree(package.parent / "one") == {"pool.yaml": RENDERED}


def test_adopt_takes_over(package: Path, call: Call) -> None:
    """An object without our label is the user's until `--adopt`, which keeps the Kptfile's settings."""
    theirs = POOL.replace("  labels:\n    app.kubernetes.io/managed-by: cilium-networking\n", "")
    (package / "pool.yaml").write_text(theirs)
    called = call("render", "net")
    assert called.code == 0
    assert called.err == (
        "net/pool.yaml:2: warning: left as it is: it has no label `app.kubernetes.io/managed-by: cilium-networking`, "
        'so it is yours; `adopt: "true"` (or `--adopt`) takes it over\n'
        "    CiliumLoadBalancerIPPool load-balancers\n"
    )
    assert call("render", "net", "--adopt").code == 0
    assert "managed-by: cilium-networking" in (package / "pool.yaml").read_text()
    assert "10.80.8.170" in (package / "pool.yaml").read_text()


def test_a_file_that_is_no_yaml_is_left_alone(package: Path, call: Call) -> None:
    """In a directory such a file is said and kept; it keeps nobody from rendering the rest."""
    (package / "site.yaml").write_text("a: {{ site }}\nb: [\n")
    called = call("render", "net")
    assert called.code == 0
    assert called.err.startswith("net/site.yaml:")
    assert ": warning: left alone: " in called.err
    assert tree(package) == {**AFTER, "site.yaml": "a: {{ site }}\nb: [\n"}


def test_a_file_in_the_way_is_never_written_over(package: Path, call: Call) -> None:
    """Where a new object's file exists and could not be read, that is an error, and nothing is written."""
    (package / "pool.yaml").unlink()
    (package / "ip-pools.yaml").write_bytes(b"\xff\xfe")
    assert call("render", "net") == Called(
        1,
        "",
        "net/ip-pools.yaml: warning: left alone: not UTF-8 text\n"
        "error: `ip-pools.yaml` exists and could not be read: nothing is written over it\n"
        "cilium-networking: 1 error: nothing was written, 1 warning\n",
    )
    assert (package / "ip-pools.yaml").read_bytes() == b"\xff\xfe"


@pytest.mark.usefixtures("package")
def test_a_file_that_cannot_be_written_is_exit_2(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system refuses is said with the file, in one line."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "net/pool.yaml")

    monkeypatch.setattr("cilium_networking.cli.rendering.write", refuse)
    assert call("render", "net") == Called(2, "", "cilium-networking: `net/pool.yaml`: Permission denied\n")


def test_output_says_what_cannot_be_copied(package: Path, call: Call) -> None:
    """A file as the output, or a package with something in it that is no file, is refused; nothing is left behind."""
    (package.parent / "out").write_text("mine")
    assert call("render", "net", "--output", "out").err == (
        "cilium-networking: `--output out` is a file; name a directory\n"
    )
    os.mkfifo(package / "pipe")
    assert call("render", "net", "--output", "made") == Called(
        2, "", "cilium-networking: `net` cannot be copied: `net/pipe` is a named pipe\n"
    )
    assert sorted(path.name for path in package.parent.iterdir()) == ["net", "out"]
