"""`validate` from the command line: the report is data, nothing is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import POOL, Call, Called


def test_the_report_is_data(package: Path, call: Call) -> None:
    """What is wrong goes to stdout with its place, its object, what is there and what would be right."""
    assert call("validate", "net") == Called(
        1,
        "net/pool.yaml:11: error: CN503 `spec.blocks[0].stop` is `10.80.8.190`, and the settings give `10.80.8.170`: "
        "run render\n"
        "    CiliumLoadBalancerIPPool load-balancers, spec.blocks[0].stop: 10.80.8.190 -> 10.80.8.170\n",
        "",
    )
    assert (package / "pool.yaml").read_text() == POOL


@pytest.mark.usefixtures("package")
def test_quiet_when_right(call: Call) -> None:
    """A package that is right is exit 0 and not a word."""
    call("render", "net")
    assert call("validate", "net", "net/pool.yaml") == Called(0, "", "")


def test_a_warning_is_no_failure(package: Path, call: Call) -> None:
    """A deprecated version is said, and the exit code is 0."""
    (package / "Kptfile").unlink()
    (package / "pool.yaml").write_text(POOL.replace("cilium.io/v2", "cilium.io/v2alpha1"))
    assert call("validate", "net") == Called(
        0,
        "net/pool.yaml:2: warning: CN502 cilium.io/v2alpha1 of CiliumLoadBalancerIPPool is deprecated in Cilium 1.19: "
        "use `cilium.io/v2`\n"
        "    CiliumLoadBalancerIPPool load-balancers, apiVersion: cilium.io/v2alpha1 -> cilium.io/v2\n",
        "",
    )


def test_objects_that_nobody_can_read(package: Path, call: Call) -> None:
    """A file that was to be objects and is no YAML is an error; a template is a warning."""
    call("render", "net")
    odd = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n labels: {}\n"
    why = "not valid YAML: did not find expected <document start>"
    (package / "web.yaml").write_text(odd)
    called = call("validate", "net")
    assert (called.code, called.err) == (1, "")
    assert called.out.startswith("net/web.yaml:5: error: not judged: not valid YAML: ")
    (package / "web.yaml").write_text("{{ if .web }}\n" + odd)
    assert call("validate", "net") == Called(0, f"net/web.yaml:2: warning: left alone: {why}\n", "")


@pytest.mark.usefixtures("package")
def test_settings_are_those_given(call: Call) -> None:
    """`--set` decides the release that is judged for."""
    called = call("validate", "net/pool.yaml", "--set", "cilium-version=1.17", "--format", "json")
    assert called.code == 1
    found = [(one["rule"], one["file"], one["line"], one["proposed"]) for one in json.loads(called.out)["findings"]]
    assert ("CN502", "net/pool.yaml", 2, "cilium.io/v2alpha1") in found


@pytest.mark.usefixtures("package")
def test_several_paths_and_common_findings_once(call: Call) -> None:
    """A wrong setting of the command line is said once, however many packages there are."""
    called = call("validate", "net", "net/pool.yaml", "--set", "bgp-per-asn=65010")
    assert called == Called(
        1, "error: --set bgp-per-asn: unknown setting `bgp-per-asn`; did you mean `bgp-peer-asn`?\n", ""
    )


def test_nothing_to_judge_is_said(tmp_path: Path, call: Call) -> None:
    """A directory without objects is not quietly right: it may be the wrong one."""
    (tmp_path / "empty").mkdir()
    assert call("validate", "empty") == Called(
        0, "empty: warning: holds no Kubernetes object: nothing was judged\n", ""
    )


WAIVED = """\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: lan
  namespace: kube-system
  annotations:
    cilium-networking/waive-CN505: the controller sets it
spec:
  blocks:
  - cidr: 10.80.8.128/26
"""


def test_what_is_waived_is_there_to_be_read(tmp_path: Path, call: Call) -> None:
    """It counts for nothing, and with `--verbose` a script and a person read it with its reason."""
    (tmp_path / "site.yaml").write_text(WAIVED)
    assert call("validate", "site.yaml") == Called(0, "", "")
    report = json.loads(call("validate", "site.yaml", "--verbose", "--format", "json").out)
    said = [(one["severity"], one["message"]) for one in report["findings"] if one["rule"] == "CN505"]
    message = (
        "CN505 waived (the controller sets it): CiliumLoadBalancerIPPool belongs to the whole cluster, and "
        "`kube-system` means nothing: drop it"
    )
    assert said == [("info", message)]


def test_the_last_of_many_is_an_error(tmp_path: Path, call: Call) -> None:
    """One error behind more warnings of its rule than are told is an error of the run."""
    wrong = "apiVersion: cilium.io/v2\nkind: CiliumBGPNodeConfigOverride\nmetadata:\n  name: n{}\nspec:\n"
    wrong += "  bgpInstances:\n  - name: main\n    localASN: {}\n"
    texts = [wrong.format(number, 23456 if number == 51 else 65535) for number in range(53)]
    (tmp_path / "site.yaml").write_text("---\n".join(texts))
    called = call("validate", "site.yaml")
    assert called.code == 1
    last = "CN201 and 3 more of this kind, of which one: AS number 23456 is AS_TRANS, "
    last += "a stand-in that no speaker may have (RFC 6793): "
    assert [line for line in called.out.splitlines() if "more of this kind" in line] == [
        f"site.yaml:467: error: {last}take a private one, 64512 to 65534"
    ]
