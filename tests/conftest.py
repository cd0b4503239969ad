"""What every test shares: one hypothesis profile, and the rule for real tools.

A test says `@pytest.mark.needs("kpt", "docker")`. Each tool is tried once. Where one is missing the test is skipped and
the end of the run names the tool and how to get it; under CI=true the test fails instead, so that no run there looks
complete without being it. A Docker daemon that was started for the tests is stopped after them.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings

import real_tools

# Time is no law here: machines that run the tests are shared, and some are slow. CI gives the same answer every time.
_CI = os.environ.get("CI", "").lower() in {"true", "1"}
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=_CI, print_blob=True
)
settings.load_profile("house")

_waiting = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_waiting] = Counter()


def _needs(item: pytest.Item) -> list[str]:
    return list(dict.fromkeys(name for marker in item.iter_markers("needs") for name in marker.args))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    unknown = {f"{name} ({item.nodeid})" for item in items for name in _needs(item) if name not in real_tools.TOOLS}
    if unknown:
        raise pytest.UsageError(f"tools/real_tools.py does not know: {', '.join(sorted(unknown))}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    reasons = {name: reason for name in _needs(item) if (reason := real_tools.missing(name))}
    if not reasons:
        return
    item.config.stash[_waiting].update(reasons.keys())
    message = "; ".join(f"needs {name}: {reason}" for name, reason in reasons.items())
    if _CI:
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    waiting = config.stash[_waiting]
    if not waiting:
        return
    terminalreporter.section("real tools missing", yellow=True)
    for name, tests in sorted(waiting.items()):
        plural = "test" if tests == 1 else "tests"
        terminalreporter.line(f"{name}: {real_tools.missing(name)} ({tests} {plural})")
        terminalreporter.line(f"    to get it: {real_tools.TOOLS[name].remedy}")


def pytest_unconfigure() -> None:
    real_tools.stop_daemons()
