"""The validation rules of the CRDs: what we say of an object is what an interpreter of CEL says of it.

The interpreter is cel-python, an independent implementation; the texts that it reads are held against the CRDs in
test_kinds_tables.py.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import celpy
import pytest
from celpy.adapter import json_to_cel
from hypothesis import given
from hypothesis import strategies as st

from cilium_networking.kinds import KINDS, RELEASES, Schema, check, schema, served
from cilium_networking.kinds.agreements import AGREEMENTS
from cilium_networking.lossless import parse


def keeping(table: Schema) -> list[Schema]:
    """The objects below a schema that owe something."""
    inner = [*table.fields.values(), *([table.items] if table.items is not None else [])]
    return ([table] if table.agreements else []) + [found for each in inner for found in keeping(each)]


#: Release and version, and an object there whose fields owe one another something.
TABLES = {
    f"{kind}-{release}-{version.rpartition('/')[2]}": table
    for kind in KINDS
    for release in RELEASES
    for version in served(kind, release)
    for table in keeping(schema(kind, release, version))
}


def programs() -> dict[str, celpy.Runner]:
    """The texts made ready. The interpreter raises the limit of recursion for all that runs beside it: not here."""
    limit = sys.getrecursionlimit()
    environment = celpy.Environment()
    made = {each.rule: environment.program(environment.compile(each.rule)) for each in AGREEMENTS.values()}
    sys.setrecursionlimit(limit)
    return made


PROGRAMS = programs()


def refusing(table: Schema, data: dict[str, Any]) -> set[str]:
    """What the API server says of an object: with the defaults filled in, the messages of the rules that are false."""
    whole = {name: field.default for name, field in table.fields.items() if field.default is not None} | data
    value = json_to_cel(whole)
    rules = [AGREEMENTS[name] for name in table.agreements]
    return {each.message for each in rules if not PROGRAMS[each.rule].evaluate({"self": value})}


def said(table: Schema, data: dict[str, Any]) -> set[str]:
    """The messages of the API server that our findings about an object quote."""
    found = [problem.message for problem in check(parse(json.dumps(data)).root, table)]
    return {each.message for each in AGREEMENTS.values() if any(f'"{each.message}"' in message for message in found)}


@st.composite
def objects(draw: st.DrawFn, table: Schema) -> dict[str, Any]:
    """Objects with each of the fields that rules speak of there or not, and with the values that they tell apart."""
    found: dict[str, Any] = {}
    for name, field in table.fields.items():
        if field.enum:
            found[name] = draw(st.sampled_from(field.enum))
        elif field.type == "integer" and draw(st.booleans()):
            found[name] = draw(st.integers(field.minimum or 0, 100))
        elif field.type == "object" and draw(st.booleans()):
            found[name] = {}
    return found


@pytest.mark.parametrize("place", TABLES)
@given(data=st.data())
def test_the_meaning_of_a_rule_is_its_text(place: str, data: st.DataObject) -> None:
    """An object is refused by exactly the rules that CEL finds false, in every release that has them."""
    table = TABLES[place]
    one = data.draw(objects(table))
    assert said(table, one) == refusing(table, one)


def test_every_rule_is_kept_somewhere() -> None:
    """No rule of the table is of no release, and the comparison above is of all of them."""
    assert {name for table in TABLES.values() for name in table.agreements} == set(AGREEMENTS)
