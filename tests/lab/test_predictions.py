"""The table of what the lab shows of the rules names each rule of severity error, and no other."""

from __future__ import annotations

from pathlib import Path

from lab.predictions import ERRORS, WHERE

HERE = Path(__file__).resolve().parent


def test_every_rule_of_severity_error_is_told() -> None:
    """Each has a file that shows it or a reason, in the order of their ids; a rule that is no error has neither."""
    assert list(WHERE) == list(ERRORS)


def test_what_shows_a_rule_is_there() -> None:
    """The files that the table names are files of tests beside it."""
    places = {where for where in WHERE.values() if isinstance(where, str)}
    assert [place for place in places if not (HERE / place).is_file()] == []
