"""What a rule is: a function whose docstring is its manual page, an id that never changes its meaning, a severity.

::

    def range_outside(case: Case) -> Iterator[Said]:
        \"\"\"A title that names what is wrong

        Why: what Cilium does then, and what the owner of the cluster sees of it.

        Source: where that is known from.

        Bad::

            apiVersion: cilium.io/v2
            …

        Good::

            …
        \"\"\"

Both texts are run by a test with all rules: ``Bad`` gives exactly its rule, ``Good`` gives nothing. A line
``Settings: name=value, …`` gives flat settings to both.

Left out: who registers. Each family is a module that ends in a tuple of its rules; :mod:`.catalog` lists the families.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ..fabric import Cluster, Spot, Values
from ..records import dataclass

if TYPE_CHECKING:
    from ..lossless.edit import Edit
    from ..resources import Finding, Severity
    from ..settings import Settings


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule is asked about: one cluster, the settings it is made with, and all clusters of this run."""

    cluster: Cluster
    settings: Settings
    fleet: tuple[Cluster, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a rule has to say: where, what stands there, and what would be right.

    ``message`` is one line, begins in lower case unless with a name, and says what to do. ``fix`` is given only where
    the right answer is certain: edits of the object of ``spot``. ``severity`` differs from the rule's where a part of
    the case is worse or milder than the rest of it.
    """

    spot: Spot
    message: str
    current: str | None = None
    proposed: str | None = None
    fix: tuple[Edit, ...] = ()
    severity: Severity | None = None
    #: A key inside Helm values that are a text in a text; ``spot`` is then theirs.
    values: Values | None = None
    keys: tuple[str, ...] = ()


#: A finding that is already one is about no object that is there, and nobody can waive it.
Check = Callable[[Case], Iterator["Said | Finding"]]


@dataclass(frozen=True, slots=True)
class Rule:
    """``CN1xx`` addresses, ``CN2xx`` BGP, ``CN3xx`` L2, ``CN4xx`` references, ``CN5xx`` API and schema, ``CN6xx`` fleet
    and mesh, ``CN7xx`` Helm values, ``CN8xx`` Gateway.
    """

    id: str
    severity: Severity
    check: Check

    @property
    def page(self) -> Page:
        return _page(self.check)


@dataclass(frozen=True, slots=True)
class Page:
    """A rule's manual page, as its docstring has it."""

    title: str
    why: str
    source: str
    bad: str
    good: str
    settings: Mapping[str, str]


_SECTIONS: Final = re.compile(r"^(Why|Source|Settings|Bad|Good)(::|: )", re.MULTILINE)


@cache
def _page(check: Check) -> Page:
    """Raises ValueError for a docstring without one of the sections: a bug of ours, which a test finds."""
    from inspect import cleandoc  # late: only whoever reads a page needs it

    title, *rest = _SECTIONS.split(cleandoc(check.__doc__ or ""))
    sections = dict(zip(rest[::3], rest[2::3], strict=True))
    missing = {"Why", "Source", "Bad", "Good"} - sections.keys()
    if missing or not title.strip():
        raise ValueError(f"{check.__name__} has no {', '.join(sorted(missing)) or 'title'}")
    settings = (
        pair.strip().partition("=") for pair in _joined(sections.get("Settings", "")).split(",") if pair.strip()
    )
    return Page(
        title=_joined(title),
        why=_joined(sections["Why"]),
        source=_joined(sections["Source"]),
        bad=cleandoc(sections["Bad"]).strip("\n") + "\n",
        good=cleandoc(sections["Good"]).strip("\n") + "\n",
        settings=MappingProxyType({name: value for name, _, value in settings}),
    )


def _joined(text: str) -> str:
    return " ".join(text.split())
