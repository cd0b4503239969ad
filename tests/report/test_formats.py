"""Each format says every finding, in the form that its reader takes."""

from __future__ import annotations

import json

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from cilium_networking import __version__
from cilium_networking.report import FORMATS, FileChange, Report
from cilium_networking.report.as_text import as_text
from cilium_networking.resources import Finding, ResourceRef
from cilium_networking.rules import RULES

POOL = ResourceRef("cilium.io/v2", "CiliumLoadBalancerIPPool", "lan")
ERROR = Finding(
    "error", "CN501 `a`, 100%: b", POOL, "spec.blocks[0]", "x\ny", "z", "net/a,b:c.yaml", 0, 7, "CN501"
)  # fmt: skip
WARNING = Finding("warning", "look", file="net/d e.yaml")
ABSENT = Finding("info", "made", POOL, proposed="5", field="spec.x")
REPORT = Report("validate", (ERROR, WARNING, ABSENT), (FileChange("net/e.yaml", "added"),))


def test_text() -> None:
    """`file:line: severity: message`, then the object, the field, what is there and what would be right."""
    assert FORMATS["text"](REPORT) == (
        "net/a,b:c.yaml:7: error: CN501 `a`, 100%: b\n"
        "    CiliumLoadBalancerIPPool lan, spec.blocks[0]: x\\ny -> z\n"
        "net/d e.yaml: warning: look\n"
        "info: made\n"
        "    CiliumLoadBalancerIPPool lan, spec.x: absent -> 5\n"
    )


def test_text_in_colour() -> None:
    """Only the severity is coloured."""
    assert as_text(Report("v", (WARNING,)), color=True) == "net/d e.yaml: \x1b[33mwarning\x1b[0m: look\n"


@given(st.text(), st.text(), st.text())
def test_text_sends_no_controls(message: str, name: str, value: str) -> None:
    """Whatever a package holds, a report is lines of visible text: nothing of it moves a cursor."""
    finding = Finding("error", message, ResourceRef("v1", "A", name), current=value, field="f", file=name)
    text = FORMATS["text"](Report("v", (finding,)))
    assert [character for character in text if ord(character) < 32 or 127 <= ord(character) < 160] == ["\n", "\n"]


def test_github() -> None:
    """One workflow command a finding, with what has a meaning there escaped."""
    assert FORMATS["github"](REPORT) == (
        "::error file=net/a%2Cb%3Ac.yaml,line=7,title=CiliumLoadBalancerIPPool lan spec.blocks[0]"
        "::CN501 `a`, 100%25: b\n"
        "::warning file=net/d e.yaml::look\n"
        "::notice title=CiliumLoadBalancerIPPool lan spec.x::made\n"
    )


@given(st.text(), st.text())
def test_github_is_one_line_a_finding(message: str, name: str) -> None:
    """No text can end a command or begin another one."""
    text = FORMATS["github"](Report("v", (Finding("error", message, file=name),)))
    assert text.count("\n") == 1
    assert "\r" not in text
    head, _, rest = text.removeprefix("::").partition("::")
    assert head.count("=") - name.count("=") == (1 if name else 0)
    assert rest[:-1].replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%") == message


def test_json() -> None:
    """The shape of docs/cli.md: every key is there, `null` is what is not known."""
    assert json.loads(FORMATS["json"](REPORT)) == {
        "format": 1,
        "tool": "cilium-networking",
        "version": __version__,
        "verb": "validate",
        "summary": {"errors": 1, "warnings": 1, "infos": 1, "changes": 1},
        "findings": [
            {
                "severity": "error",
                "message": "CN501 `a`, 100%: b",
                "rule": "CN501",
                "releases": None,
                "object": {
                    "apiVersion": "cilium.io/v2",
                    "kind": "CiliumLoadBalancerIPPool",
                    "name": "lan",
                    "namespace": "",
                },
                "field": "spec.blocks[0]",
                "current": "x\ny",
                "proposed": "z",
                "file": "net/a,b:c.yaml",
                "index": 0,
                "line": 7,
            },
            {
                "severity": "warning",
                "message": "look",
                "rule": None,
                "releases": None,
                "object": None,
                "field": None,
                "current": None,
                "proposed": None,
                "file": "net/d e.yaml",
                "index": None,
                "line": None,
            },
            {
                "severity": "info",
                "message": "made",
                "rule": None,
                "releases": None,
                "object": {
                    "apiVersion": "cilium.io/v2",
                    "kind": "CiliumLoadBalancerIPPool",
                    "name": "lan",
                    "namespace": "",
                },
                "field": "spec.x",
                "current": None,
                "proposed": "5",
                "file": None,
                "index": None,
                "line": None,
            },
        ],
        "changes": [{"file": "net/e.yaml", "change": "added", "diff": None}],
    }


#: The characters of a URI reference (RFC 3986).
URI = "^[!#-;=?-\\[\\]_a-z~%]+$"

#: What SARIF 2.1.0 asks of the parts that we write (sections 3.13, 3.14, 3.19, 3.27, 3.28, 3.30 of the standard).
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "additionalProperties": False,
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "additionalProperties": False,
                                "properties": {
                                    "name": {"type": "string"},
                                    "version": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "additionalProperties": False,
                                            "properties": {
                                                "id": {"type": "string"},
                                                "shortDescription": {"$ref": "#/$defs/message"},
                                                "fullDescription": {"$ref": "#/$defs/message"},
                                                "help": {"$ref": "#/$defs/message"},
                                                "defaultConfiguration": {
                                                    "type": "object",
                                                    "properties": {
                                                        "level": {"enum": ["none", "note", "warning", "error"]}
                                                    },
                                                },
                                            },
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message", "ruleId"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": {"$ref": "#/$defs/message"},
                                "properties": {"type": "object"},
                                "locations": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "properties": {
                                            "physicalLocation": {
                                                "type": "object",
                                                "required": ["artifactLocation"],
                                                "properties": {
                                                    "artifactLocation": {
                                                        "type": "object",
                                                        "properties": {
                                                            "uri": {"type": "string", "pattern": URI}
                                                        },
                                                    },
                                                    "region": {
                                                        "type": "object",
                                                        "properties": {"startLine": {"type": "integer", "minimum": 1}},
                                                    },
                                                },
                                            }
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
    "$defs": {"message": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}},
}  # fmt: skip


def test_sarif() -> None:
    """A log as the standard has it: each result with its rule, level, place and what is behind it."""
    log = json.loads(FORMATS["sarif"](REPORT))
    jsonschema.validate(log, SARIF)
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["CN501", "cilium-networking"]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [one["ruleId"] for one in run["results"]]
    assert run["results"][0] == {
        "ruleId": "CN501",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "CN501 `a`, 100%: b"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "net/a%2Cb%3Ac.yaml"},
                    "region": {"startLine": 7},
                }
            }
        ],
        "properties": {
            "object": "cilium.io/v2 CiliumLoadBalancerIPPool lan",
            "field": "spec.blocks[0]",
            "current": "x\ny",
            "proposed": "z",
        },
    }
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]
    known, other = run["tool"]["driver"]["rules"]
    page = RULES["CN501"].page
    assert known["help"]["text"] == f"{page.why} Source: {page.source}"
    assert known["help"]["markdown"].startswith(f"## Why\n\n{page.why}\n")
    assert known["defaultConfiguration"] == {"level": "error"}
    assert other == {"id": "cilium-networking"}
    absolute = json.loads(FORMATS["sarif"](Report("v", (Finding("error", "m", file="/a b"),))))
    location = absolute["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location == {"artifactLocation": {"uri": "file:///a%20b"}}


def test_releases() -> None:
    """What holds in some releases names them, for scripts and in a log."""
    report = Report("validate", (Finding("error", "CN501 a", rule="CN501", releases=("1.18", "1.19")),))
    assert json.loads(FORMATS["json"](report))["findings"][0]["releases"] == ["1.18", "1.19"]
    assert json.loads(FORMATS["sarif"](report))["runs"][0]["results"][0]["properties"] == {"releases": ["1.18", "1.19"]}


@given(st.text(), st.text(min_size=1))
def test_sarif_of_anything(message: str, name: str) -> None:
    """Any text makes a log that the standard takes."""
    finding = Finding("error", message, file=name, current=message)
    jsonschema.validate(json.loads(FORMATS["sarif"](Report("v", (finding,)))), SARIF)


def test_nothing_to_say() -> None:
    """Without findings text and commands are empty, and the documents say so."""
    empty = Report("validate", ())
    assert (FORMATS["text"](empty), FORMATS["github"](empty)) == ("", "")
    assert json.loads(FORMATS["json"](empty))["findings"] == []
    assert json.loads(FORMATS["sarif"](empty))["runs"][0]["results"] == []
