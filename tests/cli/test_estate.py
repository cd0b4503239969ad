"""What the benchmark of `validate` measures is a right estate, so that no rule stops early."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from .conftest import Call

ROOT = Path(__file__).resolve().parents[2]


def test_the_estate_is_right(tmp_path: Path, call: Call) -> None:
    """Every Service, pool and policy of it is read, and there is nothing to say but what is worth knowing."""
    done = [sys.executable, str(ROOT / "bench" / "estate.py"), str(tmp_path / "estate"), "1200"]
    subprocess.run(done, check=True)
    report = json.loads(call("validate", "estate", "--format", "json", "--verbose").out)
    assert {one["severity"] for one in report["findings"]} <= {"info"}


def test_the_fleet_of_racks_is_right(tmp_path: Path, call: Call) -> None:
    """A fleet whose racks ask for one another by labels has nothing wrong in it either."""
    done = [sys.executable, str(ROOT / "bench" / "estate.py"), str(tmp_path / "racks"), "80", "racks"]
    subprocess.run(done, check=True)
    report = json.loads(call("validate", "racks", "--format", "json", "--verbose").out)
    assert {one["severity"] for one in report["findings"]} <= {"info"}


def test_a_report_of_thousands_is_bounded(tmp_path: Path, call: Call) -> None:
    """A rule that has the same to say of a thousand objects quotes fifty and the number of the others."""
    done = [sys.executable, str(ROOT / "bench" / "estate.py"), str(tmp_path / "estate"), "1200"]
    subprocess.run(done, check=True)
    (tmp_path / "estate" / "pools.yaml").write_text(
        "---\n".join(
            f"apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata:\n  name: p{n}\nspec:\n  block: []\n"
            for n in range(1000)
        )
    )
    report = json.loads(call("validate", "estate", "--format", "json").out)
    said = [one["message"] for one in report["findings"] if one["rule"] == "CN501"]
    assert len(said) == 51
    assert said[-1] == "CN501 and 950 more of this kind"
