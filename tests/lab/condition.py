"""What an object's status says of it, in conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of an object's status."""

    status: str
    reason: str
    message: str


def conditions_of(item: Mapping[str, Any]) -> dict[str, Condition]:
    """The conditions of an object, by their type."""
    return {
        one["type"]: Condition(one["status"], one.get("reason", ""), one.get("message", ""))
        for one in item.get("status", {}).get("conditions", [])
    }
