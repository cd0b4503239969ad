"""Files that other people keep in their repositories: everything in them is found, where it really stands."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from beside import CORPUS_FILES
from cilium_networking.sources import Found, read_sources, rewritten

_GROUPS = ("cilium.io/", "metallb.io/", "helm.cattle.io/")


def objects(node: Any) -> list[tuple[str, str]]:
    """Kind and name of each object of these groups in plain data, texts that are YAML included."""
    if isinstance(node, str) and "apiVersion" in node:
        try:
            return [one for document in yaml.safe_load_all(node) for one in objects(document)]
        except yaml.YAMLError:
            return []
    if isinstance(node, list):
        return [one for item in node for one in objects(item)]
    if not isinstance(node, dict):
        return []
    found = [one for value in node.values() for one in objects(value)]
    if str(node.get("apiVersion", "")).startswith(_GROUPS) and "metadata" in node:
        return [(node["kind"], node["metadata"]["name"]), *found]
    return found


def stands(found: Found) -> bool:
    """Whether the line that a way names is the object's first one in its text."""
    lines = found.layer.text.split("\n")
    return "apiVersion" in lines[found.line - 1] or "kind" in lines[found.line - 1] or "{" in lines[found.line - 1]


if CORPUS_FILES:

    @pytest.mark.parametrize("file", CORPUS_FILES, ids=lambda file: str(file.name))
    def test_nothing_is_lost(file: Path) -> None:
        """Every object that PyYAML and a walk through all texts find is found, at a line where it stands."""
        reading = read_sources([str(file)])
        ours = Counter(
            (found.resource.kind, found.resource.name)
            for found in reading.found
            if found.resource.api_version.startswith(_GROUPS)
        )
        text = file.read_text()
        try:
            theirs = Counter(one for document in yaml.safe_load_all(text) for one in objects(document))
        except yaml.YAMLError:
            # A template: its lines tell the kinds, if not the names.
            kinds = Counter(re.findall(r"(?m)^[ \t]*kind: ((?:Cilium|HelmChart|BGP|L2Ad|IPAddressPool)\w*)", text))
            assert Counter(kind for kind, _ in ours.elements()) == kinds
            return
        assert ours == theirs
        assert [found.way for found in reading.found if not stands(found)] == []

    @pytest.mark.parametrize("file", CORPUS_FILES, ids=lambda file: str(file.name))
    def test_what_stays_is_what_was_there(file: Path) -> None:
        """Without the first object of Cilium's each other line of the file is still there, in its order."""
        reading = read_sources([str(file)])
        moved = [found for found in reading.found if found.resource.api_version.startswith("cilium.io/")][:1]
        if not moved or moved[0].unrendered:
            assert rewritten(reading, []) == ()
            return
        (one,) = rewritten(reading, moved)
        before, after = one.before.splitlines(), [] if one.after is None else one.after.splitlines()
        lines = iter(before)
        assert [line for line in after if line not in lines] == []
