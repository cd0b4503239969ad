"""What a run is asked to do: every setting declared once, flat and typed configs read to one model.

::

    settings, findings = read(config, {"bgp-peer-asn": "65010"})

``settings.wanted`` says which objects are asked for, and of those that stand already which fields change;
``findings`` says everything that is wrong at once. Neither netaddr nor the tables of kinds are loaded before a value
needs them.
"""

from __future__ import annotations

from .declarations import BY_NAME, DECLARATIONS, FEATURES, Declaration
from .model import Field, FieldPath, Given, Named, Placeholder, Settings, Wanted
from .names import nearest
from .reading import names_only_verb, read

__all__ = [
    "BY_NAME",
    "DECLARATIONS",
    "FEATURES",
    "Declaration",
    "Field",
    "FieldPath",
    "Given",
    "Named",
    "Placeholder",
    "Settings",
    "Wanted",
    "names_only_verb",
    "nearest",
    "read",
]
