"""settings: which interface patterns Go's regular expressions take."""

from __future__ import annotations

import pytest

from cilium_networking.settings.regex import Pattern, judge_pattern, read_pattern


@pytest.mark.parametrize(
    "pattern",
    ["", "eth0", "^eth[0-9]+$", "^(en|eth).*", r"^eth0\.10$", "(?i)ETH", "(?P<n>a)", r"\pL+", r"\p{Greek}",
     r"[[:alpha:]]0", r"^[^[:space:]]$", r"a\z", r"\Qa.b(\E", r"\Qa(", r"[\pN]", r"\\1", "a+?", "x{2,3}?",
     r"\x41", r"\bwlan", "^(?i)eth0$", "(?U)a+", "(?<n>a)", r"\x{61}", "(?i-i)a", "^[a*+]$", r"[\]}+]", "a{1000}",
     "x{,2}", r"\12", "()", "a|", "[]a]", "[a-]", "^*"],
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
        ("a{1001}", "`a{1001}` is not a regular expression: more than 1000 times at position 1"),
        ("(a{20}){51}", "`(a{20}){51}` is not a regular expression: more than 1000 times at position 7"),
        ("(?x)a", "`(?x)a` has a flag that Go does not know, `(?x`, which Go's regular expressions do not have"),
        ("(?a)e", "`(?a)e` has a flag that Go does not know, `(?a`, which Go's regular expressions do not have"),
        (r"\u0061", r"`\u0061` has an escape that Go does not know, `\u`, which Go's regular expressions do not have"),
        ("[[:foo:]]", "`[[:foo:]]` is not a regular expression: no class `[:foo:]` at position 1"),
        ("[b-a]", "`[b-a]` is not a regular expression: bad character range b-a at position 1"),
        ("a**", "`a**` is not a regular expression: multiple repeat at position 2"),
        ("a)", "`a)` is not a regular expression: unbalanced parenthesis at position 1"),
        ("a{2,1}", "`a{2,1}` is not a regular expression: min repeat greater than max repeat at position 1"),
        ("[a", "`[a` is not a regular expression: unterminated character set at position 0"),
        ("eth(0", "`eth(0` is not a regular expression: missing ), unterminated subpattern at position 3"),
    ],
)
def test_refused(pattern: str, message: str) -> None:
    """What RE2 cannot compile is refused with the construct that it lacks."""
    wrong = judge_pattern(pattern)
    assert wrong is not None
    assert wrong.about(pattern) == message


def test_answers_at_once() -> None:
    """Nothing is tried twice, so a pattern that Python would need years for costs no more than another."""
    name = "a" * 60 + "!"
    for pattern in ("^(a+)+$", "^(a|aa)+$", "^((a*)*)*$", "a?" * 60 + "a" * 61, "^(((a{1,10}){1,10}){1,10})+$"):
        read = read_pattern(pattern)
        assert isinstance(read, Pattern), pattern
        assert read.found_in(name) is False, pattern


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        ("eth0", ["eth0", "veth0"]),
        ("^eth[0-9]+$", ["eth0", "eth10"]),
        ("(?i)^ETH0$", ["eth0"]),
        ("^(?:eth|bond)0$", ["eth0", "bond0"]),
        (r"\.1[[:digit:]]{2}$", ["bond0.100"]),
        (r"\bvlan|\Aen.?p", ["enp1s0"]),
        ("^[^ev]", ["bond0", "bond0.100"]),
        (r"^\Qbond0.\E", ["bond0.100"]),
        ("^eth0{1,}$|0s", ["eth0"]),
        ("", ["eth0", "eth10", "veth0", "bond0", "bond0.100", "enp1s0"]),
    ],
)
def test_found(pattern: str, taken: list[str]) -> None:
    """A pattern is found anywhere in a name, as Go's `MatchString` finds it."""
    read = read_pattern(pattern)
    assert isinstance(read, Pattern)
    names = ["eth0", "eth10", "veth0", "bond0", "bond0.100", "enp1s0"]
    assert [name for name in names if read.found_in(name)] == taken


def test_not_judged() -> None:
    """What a Unicode class takes is not known here, and neither is what is nested deeper than anybody writes."""
    assert read_pattern(r"^\pL+$") == Pattern(None)
    assert read_pattern("(" * 60 + "a" + ")" * 60) == Pattern(None)
