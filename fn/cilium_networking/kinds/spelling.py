"""Which known name a wrong one is likely to mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# Two letters wrong in eight are a slip; `selector` for `serviceSelector` is still near enough to name.
_ALIKE: Final = 0.68


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name most like ``word``, upper and lower case alike; ``None`` when none is near."""
    import difflib  # only when something is wrong already

    folded = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=_ALIKE)
    return folded[found[0]] if found else None


def listed(names: Iterable[str], word: str = "or") -> str:
    """Names for a sentence: `` `a`, `b` or `c` ``."""
    *most, last = [f"`{name}`" for name in names]
    return f"{', '.join(most)} {word} {last}" if most else last
