"""Whether Cilium's agent can compile an interface pattern: Go's RE2 syntax, judged with Python's at hand.

The agent takes a policy with a pattern that does not compile, announces nothing and says so in a condition only.
Judged are the constructs that RE2 lacks, by name, and everything that neither syntax can read. Not judged: limits on
the size of a compiled pattern, and names of Unicode classes.
"""

from __future__ import annotations

import re
import warnings
from typing import Final

from ..addressing import Wrong

# https://github.com/google/re2/wiki/Syntax, the entries marked NOT SUPPORTED; an escaped backslash comes first.
_TOKEN: Final = re.compile(
    r"""\\\\
    | (?P<quote>\\Q.*?(?:\\E|$))
    | (?P<lookaround>\(\?<?[=!])
    | (?P<backreference>\\[1-9]|\\[kg][<{']|\(\?P=)
    | (?P<atomic>\(\?>)
    | (?P<conditional>\(\?\()
    | (?P<comment>\(\?\#)
    | (?P<unknown>\\[ZGR])
    | \\[^pPz]
    | (?P<ours>\\z|\\[pP](?:\{\^?\w+\}|\w)|\[\[:\^?\w+:\]|\[:\^?\w+:\])
    | (?P<possessive>[*+?}]\+)
    """,
    re.VERBOSE | re.DOTALL,
)
_NAMES: Final = {
    "lookaround": "a lookaround",
    "backreference": "a backreference",
    "atomic": "an atomic group",
    "conditional": "a conditional",
    "comment": "a comment",
    "unknown": "an escape that Go does not know",
    "possessive": "a possessive quantifier",
}


def judge_pattern(text: str) -> Wrong | None:
    """Why the agent cannot compile ``text``, if it cannot."""
    translated: list[str] = []
    end = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind in _NAMES:
            return Wrong(f"has {_NAMES[kind]}, `{match[0]}`, which Go's regular expressions do not have")
        translated.append(text[end : match.start()])
        end = match.end()
        if kind == "quote":
            translated.append(re.escape(match[0][2:].removesuffix("\\E")))
        elif kind == "ours":
            translated.append({"\\": "x", "[": "[x"}[match[0][0]] if not match[0].startswith("[:") else "x")
        else:
            translated.append(match[0])
    translated.append(text[end:])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile("".join(translated))
    except (re.error, RecursionError, OverflowError) as error:
        return Wrong(f"is not a regular expression: {error}")
    return None
