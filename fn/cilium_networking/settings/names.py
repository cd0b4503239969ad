"""Which declared name an unknown one means: certain enough to call it a typo.

A package may name its own settings as it likes, and many begin like ours (``cluster-cidr``, ``cluster-domain``); so
general likeness is not enough. A name is taken for ours when it is the same letters with other separators, the same
words with one slip in one of them, or two or more of our words in a row; and only if a single name of ours is that.
"""

from __future__ import annotations

from .declarations import BY_NAME, RESERVED


def nearest(name: str) -> str | None:
    """The one declared name that ``name`` is a slip of; ``None`` when there is none, or more than one."""
    words = name.strip().lower().replace("_", "-").replace(".", "-").split("-")
    found = [known for known in (*BY_NAME, *RESERVED) if _means(words, known.split("-"))]
    return found[0] if len(found) == 1 else None


def _means(words: list[str], known: list[str]) -> bool:
    if "".join(words) == "".join(known):
        return True
    if len(words) == len(known):
        (slip, *more) = [pair for pair in zip(words, known, strict=True) if pair[0] != pair[1]]
        return not more and is_slip(*slip)
    size = len(words)
    return size > 1 and any(known[start : start + size] == words for start in range(len(known) - size + 1))


def is_slip(one: str, two: str) -> bool:
    """Whether two words of three letters or more differ by one: added, lost, mistaken, or two in the wrong order."""
    if one == two or min(len(one), len(two)) < 3:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    rest, other = one[start:], two[start:]
    swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
    return swapped or rest[1:] == other or rest == other[1:] or rest[1:] == other[1:]
