"""How tests ask the rules: YAML in, what is said out.

A line ``# cluster bioskop`` begins the next cluster of a text that holds several; what is said of all is one list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from cilium_networking.lossless.stream import documents
from cilium_networking.resources import Finding, Resource, read_resource
from cilium_networking.settings import read
from cilium_networking.validate import Member, validate_fleet

_CLUSTER = re.compile(r"^# cluster .*\n", re.MULTILINE)


def resources_of(text: str) -> tuple[Resource, ...]:
    """The objects of a YAML text."""
    fragments = [piece.fragment for piece in documents(text) if piece.fragment]
    return tuple(read_resource(one, position=number) for number, one in enumerate(fragments))


def findings_of(text: str, settings: Mapping[str, str] | None = None, *, informing: str = "") -> list[Finding]:
    """All that is said of a text, but for what only informs; ``informing`` is a rule whose information counts."""
    read_settings, wrong = read(None, dict(settings or {}))
    assert wrong == ()
    members = [Member(resources_of(one), read_settings) for one in _CLUSTER.split(text) if one.strip()]
    found = [finding for said in validate_fleet(members) for finding, _, _ in said]
    return [finding for finding in found if finding.severity != "info" or finding.rule == informing]


def said_of(text: str, settings: Mapping[str, str] | None = None, *, informing: str = "") -> list[tuple[str, str]]:
    """Rule and message of each finding; the message without the rule's id at its head."""
    found = findings_of(text, settings, informing=informing)
    return [(one.rule or "", one.message.removeprefix(f"{one.rule} ")) for one in found]
