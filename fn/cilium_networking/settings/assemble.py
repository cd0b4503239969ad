"""One wanted object put together from settings: its full form and, beside it, what was given of it.

Both come from the same calls, so that an object made from nothing and an object changed field by field end the same.
"""

from __future__ import annotations

from typing import Any

from .model import Field, FieldPath, Named, Wanted


class Assembly:
    """``put`` fills the full form; what a given setting filled is a change to an object that stands, too."""

    def __init__(self, kind: str, name: str, feature: str, missing: tuple[str, ...], spec: dict[str, Any]) -> None:
        self.kind = kind
        self.name = name
        self.feature = feature
        self.missing = missing
        self.whole: dict[str, Any] = {"spec": spec}
        self.fields: list[Field] = []

    def put(self, path: FieldPath, value: Any, given: tuple[str, ...]) -> None:
        """``value`` at ``path`` of the full form, and a change when settings were ``given`` for it.

        ``None`` is no value: nothing happens.
        """
        if value is None:
            return
        put_at(self.whole, path, value)
        if given:
            self.fields.append(Field(path, value, given))

    def wanted(self) -> Wanted:
        return Wanted(self.kind, self.name, self.feature, self.whole, tuple(self.fields), self.missing)


def put_at(data: dict[str, Any], path: FieldPath, value: Any) -> None:
    """``value`` at ``path`` of plain data, making mappings and lists on the way; a position past the end appends."""
    here: Any = data
    for step, following in zip(path, (*path[1:], None), strict=True):
        fresh: Any = value if following is None else {} if isinstance(following, str) else []
        if isinstance(step, str):
            if following is None or step not in here:
                here[step] = fresh
            here = here[step]
        elif isinstance(step, Named):
            here = _element(here, step)
        elif step < len(here) and following is not None:
            here = here[step]
        else:
            here[step : step + 1] = [fresh]
            here = fresh


def _element(items: list[Any], named: Named) -> Any:
    for item in items:
        if isinstance(item, dict) and item.get(named.key) == named.value:
            return item
    items.append({named.key: named.value})
    return items[-1]
