"""A rule's manual page is a test of the rule."""

from __future__ import annotations

import pytest

from cilium_networking.rules import EVERY, RULES, Rule
from rules.judging import findings_of


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.id)
def test_the_examples_of_a_rule(rule: Rule) -> None:
    """With all rules asked, the bad text gives exactly its rule, and the good one nothing."""
    page = rule.page
    assert {one.rule for one in findings_of(page.bad, page.settings, informing=rule.id)} == {rule.id}
    assert findings_of(page.good, page.settings, informing=rule.id) == []


def test_an_id_stands_once() -> None:
    """No two rules have one id, and they stand in the order of their ids."""
    assert [rule.id for rule in EVERY] == sorted(RULES)
