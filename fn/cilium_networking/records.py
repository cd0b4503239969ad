"""The frozen records that everything here is made of: ``dataclass`` of the standard library, at a tenth of its cost.

A start of the command makes some hundred record types and uses a third of them. The standard library writes and
compiles up to seven functions for each, a millisecond a type, which is more than reading and judging a package takes.
Here a type's ``__init__`` is compiled when some of its kind have been made, and the other functions are shared.

The part that this project uses, and it means what it means there: ``frozen``, ``slots``, ``order``, defaults,
``default_factory``, ``__post_init__``, ``replace``, a ``__repr__`` of its own. To the functions of :mod:`dataclasses`
(``replace``, ``fields``) these types are dataclasses.

Left out, and not noticed here but by a test that reads all records: inheritance of fields, ``ClassVar``, ``InitVar``,
keyword-only fields, a field without a default behind one that has it, a default that can change, ``__eq__``,
``__hash__`` and comparisons of its own; and pickling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Final, TypeVar, dataclass_transform

T = TypeVar("T")


class _Made:
    """A default that is made anew for each record."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], T]) -> T:
    """A field whose default is made anew for each record."""
    return _Made(default_factory)  # type: ignore[return-value]  # as the standard library says it, for its reader


@dataclass_transform(frozen_default=False, field_specifiers=(field,))
def dataclass(*, frozen: bool = False, slots: bool = False, order: bool = False) -> Callable[[type[T]], type[T]]:
    """Make a record type of a class with annotations."""

    def make(cls: type[T]) -> type[T]:
        names = tuple(cls.__annotations__)
        space = dict(cls.__dict__)
        defaults = {name: space[name] for name in names if name in space}
        for name, default in defaults.items():
            if slots or isinstance(default, _Made):
                del space[name]
        if slots:
            space["__slots__"] = names
        # These two are the first class's own.
        space.pop("__dict__", None)
        space.pop("__weakref__", None)
        space |= {
            "__match_args__": names,
            "__dataclass_fields__": _Fields(names, defaults),
            "__init__": _late_init(names, defaults),
            "__eq__": _equal,
            "__repr__": space.get("__repr__", _shown),
            "__values__": _Values(names),
            "__hash__": None,
        }
        if frozen:
            space |= {"__hash__": _hashed, "__setattr__": _refuse, "__delattr__": _refuse}
        if order:
            space |= {"__lt__": _less, "__le__": _less_or_equal, "__gt__": _greater, "__ge__": _greater_or_equal}
        made: Any = type(cls.__name__, cls.__bases__, space)
        made.__qualname__ = cls.__qualname__
        found: type[T] = made
        return found

    return make


def replace(record: T, **changes: Any) -> T:
    """A record like this one but for some fields."""
    cls: Any = type(record)
    for name in cls.__match_args__:
        if name not in changes:
            changes[name] = getattr(record, name)
    made: T = cls(**changes)
    return made


# --- what the types share -------------------------------------------------------------------------------------------


class _Values:
    """Gives a record's values as something that compares; a type's own is put in its place when it is first asked."""

    __slots__ = ("names",)

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def __get__(self, record: object, cls: type) -> Callable[[object], Any]:
        # As a static method the getter stays what it is, and is not bound to the record.
        found: Callable[[object], Any] = attrgetter(*self.names) if self.names else lambda _: ()
        type.__setattr__(cls, "__values__", staticmethod(found))
        return found


def _equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self is other or self.__values__(self) == other.__values__(other)


def _less(self: Any, other: Any) -> Any:
    return self.__values__(self) < other.__values__(other) if other.__class__ is self.__class__ else NotImplemented


def _less_or_equal(self: Any, other: Any) -> Any:
    return self.__values__(self) <= other.__values__(other) if other.__class__ is self.__class__ else NotImplemented


def _greater(self: Any, other: Any) -> Any:
    return self.__values__(self) > other.__values__(other) if other.__class__ is self.__class__ else NotImplemented


def _greater_or_equal(self: Any, other: Any) -> Any:
    return self.__values__(self) >= other.__values__(other) if other.__class__ is self.__class__ else NotImplemented


def _hashed(self: Any) -> int:
    return hash(self.__values__(self))


def _shown(self: Any) -> str:
    told = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
    return f"{self.__class__.__qualname__}({told})"


def _refuse(self: object, name: str, *_: object) -> None:
    raise AttributeError(f"cannot change `{name}` of a frozen {type(self).__qualname__}")


# --- making a record ------------------------------------------------------------------------------------------------


#: How many records of a type are made before a function is compiled for it: most types have no more.
_FEW: Final = 8


def _late_init(names: tuple[str, ...], defaults: Mapping[str, Any]) -> Callable[..., None]:
    """An ``__init__`` for the first few, which then, or where a call is wrong, puts the type's own in its place."""
    left = _FEW

    def first(self: Any, *args: Any, **named: Any) -> None:
        nonlocal left
        left -= 1
        cls = type(self)
        values = _bound(names, defaults, args, named) if left >= 0 else None
        if values is None:
            init = _init(cls, names, defaults)
            type.__setattr__(cls, "__init__", init)
            init(self, *args, **named)
            return
        for name, value in zip(names, values, strict=True):
            object.__setattr__(self, name, value)
        if hasattr(cls, "__post_init__"):
            self.__post_init__()

    return first


def _bound(
    names: tuple[str, ...], defaults: Mapping[str, Any], args: tuple[Any, ...], named: dict[str, Any]
) -> list[Any] | None:
    """The value of each field; ``None`` for a call that has one too few or too many."""
    values = list(args)
    for name in names[len(args) :]:
        value = named.get(name, _MISSING)
        if value is _MISSING:
            value = defaults.get(name, _MISSING)
            if value is _MISSING:
                return None
            if isinstance(value, _Made):
                value = value.make()
        values.append(value)
    right = len(values) == len(names) and named.keys() <= set(names[len(args) :])
    return values if right else None


_MISSING: Final = object()


def _init(cls: Any, names: tuple[str, ...], defaults: Mapping[str, Any]) -> Callable[..., None]:
    known: dict[str, Any] = {"_missing": _MISSING, "_set": object.__setattr__}
    parameters, lines = ["self"], []
    for number, name in enumerate(names):
        value = name
        default = defaults.get(name, _MISSING)
        if isinstance(default, _Made):
            known[f"_make{number}"] = default.make
            parameters.append(f"{name}=_missing")
            value = f"_make{number}() if {name} is _missing else {name}"
        elif name in defaults:
            known[f"_default{number}"] = default
            parameters.append(f"{name}=_default{number}")
        else:
            parameters.append(name)
        if "__slots__" in cls.__dict__:
            # The slot's own door: twice as fast as looking it up by its name.
            known[f"_slot{number}"] = cls.__dict__[name].__set__
            lines.append(f"    _slot{number}(self, {value})\n")
        else:
            lines.append(f"    _set(self, {name!r}, {value})\n")
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()\n")
    exec(f"def __init__({', '.join(parameters)}):\n{''.join(lines) or '    pass'}", known)  # noqa: S102 - our own names
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


class _Fields:
    """The fields as :mod:`dataclasses` describes them, for whoever asks; asking imports it."""

    __slots__ = ("defaults", "names")

    def __init__(self, names: tuple[str, ...], defaults: Mapping[str, Any]) -> None:
        self.names = names
        self.defaults = defaults

    def __get__(self, record: object, cls: type) -> dict[str, Any]:
        import dataclasses

        said = [
            (name, cls.__annotations__[name], _field(dataclasses.field, self.defaults.get(name, dataclasses.MISSING)))
            for name in self.names
        ]
        twin: Any = dataclasses.make_dataclass(cls.__name__, said)
        fields: dict[str, Any] = twin.__dataclass_fields__
        return fields


def _field(make: Callable[..., Any], default: Any) -> Any:
    return make(default_factory=default.make) if isinstance(default, _Made) else make(default=default)
