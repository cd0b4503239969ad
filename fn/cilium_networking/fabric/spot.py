"""Where a value stands, and what it says: the two things that every judgement needs of plain data.

A model keeps the spot of each thing that a finding may be about; the line is looked up when there is a finding, not
before. The readers answer absent (``None``) for what is not there, for what has another type, and for a placeholder
that a later tool fills in: types are the schema's business, and what nobody knows yet is nobody's fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from ..lossless import Mapping, Scalar, child
from ..records import dataclass
from ..resources import Finding, Resource

if TYPE_CHECKING:
    from ..lossless import Path
    from ..resources import Severity

#: What begins a placeholder: kpt's, Flux's and Terraform's, Jinja's two, makejinja's, and a text that SOPS encrypted.
_TEMPLATES: Final = ("${", "{{", "{%", "#{", "#%", "ENC[AES256_GCM,")


@dataclass(frozen=True, slots=True)
class Spot:
    """A field of an object, or the object itself."""

    resource: Resource
    path: Path = ()

    def at(self, *steps: str | int) -> Spot:
        """A place below."""
        return Spot(self.resource, (*self.path, *steps))

    @property
    def written(self) -> bool:
        """Whether the field stands there at all, be it with a placeholder or with nothing behind its colon."""
        return self.resource.fragment.at(self.path) is not None

    @property
    def empty(self) -> bool:
        """Whether an empty list or mapping stands there."""
        node = self.resource.fragment.at(self.path)
        return node is not None and self.resource.fragment.data(node) in ([], {})

    def finding(
        self, severity: Severity, message: str, *, rule: str, current: str | None = None, proposed: str | None = None
    ) -> Finding:
        """``message`` about this field, at its line; at the nearest line above where the field itself is absent."""
        here = shown = self.resource.root
        for step in self.path:
            below = child(here, step)
            if below is None:
                break
            entries = here.entries if isinstance(here, Mapping) and not isinstance(below, Scalar) else ()
            # A collection begins a line below its key, where nobody would look for it.
            shown = next((entry.key for entry in entries if entry.name == step), below)
            here = below
        return self.resource.finding(
            severity, f"{rule} {message}", self.path, node=shown, current=current, proposed=proposed, rule=rule
        )

    def __str__(self) -> str:
        """The object as a message names it: kind and name, and its file where the other end may be in another one."""
        where = f" ({self.resource.file})" if self.resource.file else ""
        return f"{self.resource.kind} {self.resource.name}{where}"


def is_open(value: object) -> bool:
    """Whether a text holds a placeholder or a template: what it says is not known yet."""
    if not isinstance(value, str) or not ("{" in value or "%" in value or "[" in value):
        return False  # asked of every label: most have none of what the marks have in common
    return any(mark in value for mark in _TEMPLATES)


def below(data: Any, *path: str) -> Any:
    """The value at a path of keys; ``None`` where there is none."""
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def text(data: Any, *path: str) -> str | None:
    """A text that stands there as it will be; numbers and booleans are none, placeholders neither."""
    value = below(data, *path)
    return value if isinstance(value, str) and not is_open(value) else None


def number(data: Any, *path: str) -> int | None:
    value = below(data, *path)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(data: Any, *path: str) -> bool | None:
    value = below(data, *path)
    return value if isinstance(value, bool) else None


def texts(data: Any, *path: str) -> tuple[str, ...] | None:
    """The texts of a list in their order; what is no text in it is passed over."""
    value = below(data, *path)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else None


def words(data: Any, *path: str) -> dict[str, str]:
    """A mapping of texts to texts, as labels and annotations are."""
    value = below(data, *path)
    found = value.items() if isinstance(value, dict) else ()
    return {key: said for key, said in found if isinstance(said, str)}


def members(data: Any, *path: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The mappings of a list with their positions."""
    value = below(data, *path)
    for position, member in enumerate(value if isinstance(value, list) else ()):
        if isinstance(member, dict):
            yield position, member


def texts_below(data: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text in plain data with its path; keys are not looked at."""
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from texts_below(value, (*path, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from texts_below(value, (*path, number))
