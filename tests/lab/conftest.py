"""What the scenarios share: a lab for a module, its logs when a test fails, and how long each module took.

A module that tells a story names it `STORY`, in the words of `lab.scenario`, and its tests are given `lab`. They look
at one and the same cluster, in the order in which they stand; each leaves it as the next one may want it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from pathlib import Path

import pytest

from lab import Lab, read_scenario

_HERE = Path(__file__).resolve().parent
_seconds = pytest.StashKey[dict[str, float]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_seconds] = {}


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The module's story, brought to life."""
    with Lab(read_scenario(request.module.STORY)) as opened:
        yield opened


@pytest.fixture(autouse=True)
def living(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test whose lab lost a part has shown nothing, whatever it looked at."""
    yield
    for opened in dict.fromkeys(_labs_in(getattr(request.node, "funcargs", {}))):
        opened.check()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if item.path.is_relative_to(_HERE):
        seconds = item.config.stash[_seconds]
        seconds[item.path.name] = seconds.get(item.path.name, 0) + report.duration
        labs = list(dict.fromkeys(_labs_in(getattr(item, "funcargs", {}))))
        for opened in labs if report.failed else []:
            opened.keep_logs = True
            report.sections.append(("the lab", f"the logs of its parts: {opened.logs}"))
    return report


def _labs_in(given: object) -> Iterator[Lab]:
    """The labs in what fixtures give, also where several are given together."""
    if isinstance(given, Lab):
        yield given
    elif isinstance(given, (Mapping, tuple, list)):
        for one in given.values() if isinstance(given, Mapping) else given:
            yield from _labs_in(one)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    seconds = config.stash[_seconds]
    if seconds:
        terminalreporter.section("the lab's scenarios")
        for name, passed in sorted(seconds.items(), key=lambda each: -each[1]):
            terminalreporter.line(f"{passed:7.1f} s  {name}")
        terminalreporter.line(f"{sum(seconds.values()):7.1f} s  in all")
