"""settings: which interface patterns Go's regular expressions take."""

from __future__ import annotations

import pytest

from cilium_networking.settings.regex import judge_pattern


@pytest.mark.parametrize(
    "pattern",
    ["", "eth0", "^eth[0-9]+$", "^(en|eth).*", r"^eth0\.10$", "(?i)ETH", "(?P<n>a)", r"\pL+", r"\p{Greek}",
     r"[[:alpha:]]0", r"^[^[:space:]]$", r"a\z", r"\Qa.b(\E", r"\Qa(", r"[\pN]", r"\\1", "a+?", "x{2,3}?",
     r"\x41", r"\bwlan"],
)  # fmt: skip
def test_taken(pattern: str) -> None:
    """What RE2 compiles is taken, its own classes and quotes included."""
    assert judge_pattern(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("^(?!lo).*", "`^(?!lo).*` has a lookaround, `(?!`, which Go's regular expressions do not have"),
        ("(?<=a)b", "`(?<=a)b` has a lookaround, `(?<=`, which Go's regular expressions do not have"),
        (r"(a)\1", r"`(a)\1` has a backreference, `\1`, which Go's regular expressions do not have"),
        ("(?P<n>a)(?P=n)", "`(?P<n>a)(?P=n)` has a backreference, `(?P=`, which Go's regular expressions do not have"),
        ("(?>a)", "`(?>a)` has an atomic group, `(?>`, which Go's regular expressions do not have"),
        ("a++", "`a++` has a possessive quantifier, `++`, which Go's regular expressions do not have"),
        (r"a\Z", r"`a\Z` has an escape that Go does not know, `\Z`, which Go's regular expressions do not have"),
        ("(a)?(?(1)b)", "`(a)?(?(1)b)` has a conditional, `(?(`, which Go's regular expressions do not have"),
        ("(?#x)a", "`(?#x)a` has a comment, `(?#`, which Go's regular expressions do not have"),
        ("*", "`*` is not a regular expression: nothing to repeat at position 0"),
        ("eth(0", "`eth(0` is not a regular expression: missing ), unterminated subpattern at position 3"),
    ],
)
def test_refused(pattern: str, message: str) -> None:
    """What RE2 cannot compile is refused with the construct that it lacks."""
    wrong = judge_pattern(pattern)
    assert wrong is not None
    assert wrong.about(pattern) == message
