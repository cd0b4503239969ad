"""The verb ``migrate``: objects of older forms become what the target release stores, and every field has a line."""

from __future__ import annotations

from .convert import CONVERSIONS, chart_release, convert
from .ledger import Conversion, Converted, Fate, Line, Releases, Told, lines

__all__ = [
    "CONVERSIONS",
    "Conversion",
    "Converted",
    "Fate",
    "Line",
    "Releases",
    "Told",
    "chart_release",
    "convert",
    "lines",
]
