"""The function's door: whatever comes in, one well-formed ResourceList goes out, with all that could be read."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cilium_networking import function
from cilium_networking.function import run

HEAD = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
POOL = """\
- apiVersion: cilium.io/v2
  kind: CiliumLoadBalancerIPPool
  metadata:
    name: pool
    annotations:
      internal.config.kubernetes.io/path: pool.yaml
      internal.config.kubernetes.io/index: '0'
  spec:
    blocks:
    - cidr: 10.0.0.0/24 # kpt-set: ${site-cidr}
"""
NOTES = """\
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: notes}
  data: {on: "yes",  text: 'a   b'}
"""


def config(**data: str) -> str:
    lines = "".join(f"    {name.replace('_', '-')}: '{value}'\n" for name, value in data.items())
    return f"functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: input\n  data:\n{lines}"


def wire(items: str, **data: str) -> bytes:
    return f"{HEAD}items:\n{items}{config(**data) if data else ''}".encode()


def results(stdout: str) -> list[dict[str, Any]]:
    found = yaml.load(stdout, yaml.CBaseLoader)  # noqa: S506 - texts, whatever tags there are
    assert found["kind"] == "ResourceList"
    assert found["items"] == "" or isinstance(found["items"], list)
    listed: list[dict[str, Any]] = found.get("results", [])
    return listed


def test_nothing_asked_nothing_changed() -> None:
    """A list without a function config leaves as the same bytes."""
    stdin = wire(POOL + NOTES)
    assert run(stdin) == (stdin.decode(), "", 0)


def test_a_setter_changes_its_scalar_and_nothing_else() -> None:
    """Outside of the edited value and the results every byte of stdin is in stdout."""
    stdin = wire(POOL + NOTES, site_cidr="10.9.0.0/16")
    answer = run(stdin)
    expected = stdin.decode().replace("10.0.0.0/24 #", "10.9.0.0/16 #")
    assert answer.code == 0
    assert answer.stdout == expected + (
        "results:\n"
        '- message: set field value to "10.9.0.0/16"\n'
        "  severity: info\n"
        "  resourceRef:\n"
        "    apiVersion: cilium.io/v2\n"
        "    kind: CiliumLoadBalancerIPPool\n"
        "    name: pool\n"
        "  field:\n"
        "    path: spec.blocks[0].cidr\n"
        "  file:\n"
        "    path: pool.yaml\n"
        "    index: 0\n"
    )


def test_twice_is_once() -> None:
    """The function's own output gives itself again, results included."""
    once = run(wire(POOL, site_cidr="10.9.0.0/16", lb_pool_cidr="10.1.0.0/24", bgp_hold_time="30"))
    again = run(once.stdout.encode())
    assert again == once


@pytest.mark.parametrize(
    ("stdin", "message"),
    [
        (b"", "stdin is empty: a KRM function reads a ResourceList from it"),
        (b"\n \n", "stdin is empty: a KRM function reads a ResourceList from it"),
        (b"\xff\xfe", "stdin is not UTF-8 text (byte 0)"),
        (b"just text", "stdin is no ResourceList: it holds no mapping"),
        (b"- a\n- b\n", "stdin is no ResourceList: it holds no mapping"),
        (b"kind: ConfigMap\n", "stdin is no ResourceList: kind is `ConfigMap`, expected `kind: ResourceList`"),
        (b"items: []\n", "stdin is no ResourceList: it has no kind, expected `kind: ResourceList`"),
        (HEAD.encode(), "the ResourceList has no `items`; an empty list is written `items: []`"),
        ((HEAD + "items: text\n").encode(), "`items` of the ResourceList is no list"),
    ],
)
def test_stdin_that_is_no_list(stdin: bytes, message: str) -> None:
    """What is no ResourceList gives an empty one with an error that says what was expected, and exit 1."""
    answer = run(stdin)
    assert answer.code == 1
    assert answer.stderr == f"{message}\n"
    assert [(one["severity"], one["message"]) for one in results(answer.stdout)] == [("error", message)]
    assert yaml.safe_load(answer.stdout)["items"] == []


@pytest.mark.parametrize("bad", ["{{ if .Values.x }}\n", "%{ for x in y }\n", "a: [1\n"])
def test_templates_are_no_yaml(bad: str) -> None:
    """Text that is not YAML is refused with the parser's reason and the line."""
    answer = run((HEAD + bad).encode())
    assert answer.code == 1
    assert answer.stderr.startswith("not valid YAML: ")


def test_half_a_document_keeps_what_could_be_read() -> None:
    """An item cut off in the middle is left out and said; the ones before it come back as they were."""
    stdin = (HEAD + "items:\n" + NOTES + POOL[:60] + '\n  metadata: {name: "po').encode()
    answer = run(stdin)
    assert answer.code == 1
    assert answer.stdout.startswith(HEAD + "items:\n" + NOTES + "results:\n")
    assert re.match(r"items\[1\] cannot be read and is left out: not valid YAML: ", answer.stderr)


def test_items_that_are_no_objects_are_left_out() -> None:
    """Scalars and lists among the items are no objects: said, left out, and the package is kept by exit 1."""
    answer = run(wire("- text\n- [a, b]\n" + NOTES))
    assert answer.code == 1
    assert answer.stdout.startswith(HEAD + "items:\n" + NOTES + "results:\n")
    assert answer.stderr == (
        "items[0] is no Kubernetes object (it has no kind) and is left out\n"
        "items[1] is no Kubernetes object (it has no kind) and is left out\n"
    )


def test_a_nameless_object_passes_through_with_a_warning() -> None:
    """An object without a name is said and comes back byte for byte."""
    stdin = wire("- apiVersion: v1\n  kind: ConfigMap\n  metadata: {}\n")
    answer = run(stdin)
    assert answer.code == 0
    assert answer.stdout.startswith(stdin.decode())
    assert [one["message"] for one in results(answer.stdout)] == [
        "object without metadata.name: passed through as it is"
    ]


def test_an_object_nested_too_deep_is_left_out() -> None:
    """More than 200 levels are left out with an error, in bounded time."""
    deep = "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: deep}\n  data: " + "[" * 5000 + "]" * 5000 + "\n"
    answer = run(wire(deep + NOTES))
    assert answer.code == 1
    assert answer.stdout.startswith(HEAD + "items:\n" + NOTES + "results:\n")
    assert "nests deeper than 200 levels" in answer.stderr


def test_hostile_aliases_are_text_like_any_other() -> None:
    """Aliases of aliases are never written out, so ten levels of ten cost nothing and leave as they came."""
    levels = "".join(f"    l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 11))
    stdin = wire("- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: bomb}\n  data:\n    l0: &l0 x\n" + levels)
    assert run(stdin) == (stdin.decode(), "", 0)


def test_a_foreign_function_config_is_an_error() -> None:
    """A config of another kind is refused, and the items come back."""
    stdin = wire(POOL).decode() + "functionConfig:\n  apiVersion: v1\n  kind: Secret\n  metadata:\n    name: s\n"
    answer = run(stdin.encode())
    assert answer.code == 1
    assert answer.stdout.startswith(stdin)
    assert answer.stderr == (
        "Secret s: `Secret` of `v1` is no config of this function; give a ConfigMap (`v1`) or a CiliumNetworking "
        "(`fn.kpt.dev/v1alpha1`)\n"
    )


def test_a_bug_of_ours_still_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception nobody expected becomes a result, and every item comes back."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(function, "_act", broken)
    stdin = wire(POOL)
    answer = run(stdin)
    assert answer.code == 1
    assert answer.stdout.startswith(stdin.decode())
    assert re.search(
        r"a bug in cilium-networking .* \(ZeroDivisionError at .*: oh\); nothing was changed", answer.stderr
    )


def test_errors_leave_the_package_as_it_was() -> None:
    """One setter that cannot be carried out keeps all others from being."""
    other = POOL.replace("name: pool", "name: other").replace("${site-cidr}", "${site-cidr}:${tag}")
    stdin = wire(POOL + other, site_cidr="10.9.0.0/16")
    answer = run(stdin)
    assert answer.code == 1
    assert answer.stdout.startswith(stdin.decode())
    assert "failed to apply setters: values for setters [${tag}] must be provided" in answer.stderr


def test_json_is_a_wire_too() -> None:
    """A list in JSON comes back in JSON, its items untouched, new ones and results added in the same style."""
    notes = '{"apiVersion": "v1",  "kind": "ConfigMap", "metadata": {"name": "n"}}'
    settings = (
        '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"lb-pool-cidr": "10.0.0.0/30"}}'
    )
    head = '"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList"'
    stdin = f'{{{head}, "items": [{notes}], "functionConfig": {settings}}}'.encode()
    answer = run(stdin)
    assert answer.code == 0
    assert '{"apiVersion": "v1",  "kind": "ConfigMap", "metadata": {"name": "n"}}, {' in answer.stdout
    import json

    found = json.loads(answer.stdout)
    assert [item["metadata"]["name"] for item in found["items"]] == ["n", "load-balancers"]
    assert found["results"][0]["message"] == "pool load-balancers: 10.0.0.1 to 10.0.0.2"


def test_closing_comments_are_dropped_where_kpt_restores_them() -> None:
    """Comment lines that close an item with kpt's id annotation go; a block scalar that ends in # stays."""
    item = NOTES.replace("{name: notes}", "{name: notes, annotations: {config.k8s.io/id: '1'}}")
    stdin = wire(item + "  # closing\n  # twice\n" + item.rstrip("\n") + "\n  script: |\n    # not a comment\n")
    answer = run(stdin)
    assert answer.stdout == stdin.decode().replace("  # closing\n  # twice\n", "")


def test_closing_comments_stay_without_the_annotation() -> None:
    """Only kpt restores comments; from anybody else's list nothing is dropped."""
    stdin = wire(NOTES + "  # closing\n")
    assert run(stdin).stdout == stdin.decode()


def test_crlf_and_bom() -> None:
    """Windows line ends and a byte order mark neither hide the list nor damage it."""
    stdin = wire(POOL + NOTES, site_cidr="10.9.0.0/16").replace(b"\n", b"\r\n")
    answer = run(b"\xef\xbb\xbf" + stdin)
    assert answer.code == 0
    assert "    - cidr: 10.9.0.0/16 # kpt-set: ${site-cidr}\r\n" in answer.stdout
    assert yaml.safe_load(answer.stdout)["items"][0]["spec"]["blocks"] == [{"cidr": "10.9.0.0/16"}]


def test_ten_megabytes() -> None:
    """A list of 10 MB comes back byte for byte."""
    stdin = wire((POOL + NOTES) * 28_000)
    assert len(stdin) > 10_000_000
    assert run(stdin).stdout.encode() == stdin


def test_the_validator_finds_the_settings_of_the_mutator() -> None:
    """With nothing but a verb in its config the function reads the settings of the Kptfile's render entry."""
    kptfile = (
        "- apiVersion: kpt.dev/v1\n  kind: Kptfile\n  metadata:\n    name: p\n    annotations:\n"
        "      internal.config.kubernetes.io/path: Kptfile\n      internal.config.kubernetes.io/index: '0'\n"
        "  pipeline:\n    mutators:\n    - image: example/cilium-networking:v0\n"
        "      configMap:\n        site-cidr: 10.8.0.0/16\n"
    )
    answer = run(wire(kptfile + POOL, verb="validate"))
    assert answer.code == 1
    assert answer.stderr == (
        "CiliumLoadBalancerIPPool pool: CN503 `spec.blocks[0].cidr` is `10.0.0.0/24`, "
        "and the settings give `10.8.0.0/16`: run render\n"
    )
    assert run(wire(kptfile + POOL.replace("10.0.0.0/24", "10.8.0.0/16"), verb="validate")).code == 0


def test_a_validator_without_settings() -> None:
    """A package without a render entry is judged all the same, so that there are no settings is only worth knowing."""
    message = "no settings were found: the Kptfile has no render entry of this function, so ranges are not compared"
    answer = run(wire(POOL, verb="validate"))
    assert (answer.code, answer.stderr) == (0, "")
    assert {"message": message, "severity": "info"} in results(answer.stdout)
    assert {"message": message, "severity": "warning"} in results(run(wire(POOL, verb="render")).stdout)


def test_help_is_for_kpt_fn_doc() -> None:
    """``--help`` prints and exits 0, whatever stdin holds."""
    done = subprocess.run(
        [sys.executable, "-m", "cilium_networking", "fn", "--help"],
        capture_output=True,
        text=True,
        check=False,
        input="",
        env={**os.environ, "PYTHONPATH": str(Path(function.__file__).parents[1])},
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", function.HELP)


@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(str.encode)
    | st.text("ab:-#'\"[]{}|>\n &*!", max_size=80).map(lambda t: (HEAD + "items:\n- " + t).encode())
)
def test_always_an_answer(stdin: bytes) -> None:
    """Any bytes at all give a well-formed ResourceList, with an error exactly when the exit code is 1."""
    answer = run(stdin)
    severities = [one["severity"] for one in results(answer.stdout)]
    assert answer.code == (1 if "error" in severities else 0)
    assert "a bug in" not in answer.stderr


FC = config(lb_pool_cidr="10.0.0.0/24")


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "items:\n" + NOTES + FC + "results:\n- message: x",
        HEAD + "items:\n" + NOTES + FC + "results:\n- message: x\n# c\n- message: y\n",
        HEAD + "results: [\n{message: x}\n]\nitems:\n" + NOTES + FC,
        HEAD + "items:\n" + NOTES + FC + "...\n",
        HEAD + "items:\n  []\n" + FC,
        HEAD + "items: [\n]\n" + FC,
        HEAD + "items: [ # c\n ]\n" + FC,
        HEAD + "items:\n" + FC,
        HEAD + "items: # none yet\n" + FC,
        HEAD + '"items": []\n' + FC,
        HEAD + "'items': []\n" + FC,
        HEAD + "items : []\n" + FC,
        HEAD + "? items\n: []\n" + FC,
        FC + HEAD + "items: []",
        (
            '{"kind": "ResourceList", "items": [], "functionConfig": {"apiVersion": "v1", "kind": "ConfigMap", '
            '"metadata": {"name": "c"}, "data": {"lb-pool-cidr": "10.0.0.0/24"}},}'
        ),
        (
            "{kind: ResourceList, items: [], functionConfig: {apiVersion: v1, kind: ConfigMap, metadata: {name: c}, "
            "data: {lb-pool-cidr: 10.0.0.0/24}}, results: [{message: x}]}\n"
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_pool_is_added_however_the_list_is_written(text: str, newline: str) -> None:
    """In every way that YAML writes the list, the new object and the new results are in the answer, and alone."""
    answer = run(text.replace("\n", newline).encode())
    found = yaml.safe_load(answer.stdout)
    assert answer.code == 0, answer.stderr
    assert [one["metadata"]["name"] for one in found["items"]][-1:] == ["load-balancers"]
    assert [one["message"] for one in found["results"]] == ["pool load-balancers: 10.0.0.1 to 10.0.0.254"]


def test_a_config_that_cannot_be_read_costs_no_item() -> None:
    """A functionConfig nested too deep is an error, and the items come back."""
    deep = "functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  data:\n    a: " + "[" * 300 + "]" * 300 + "\n"
    answer = run((HEAD + "items:\n" + NOTES + deep).encode())
    assert answer.code == 1
    assert answer.stdout.startswith(HEAD + "items:\n" + NOTES)
    assert "nests deeper than 200 levels" in answer.stderr


@pytest.mark.parametrize("gap", [", ", ",\n    ", " ,  "])
def test_a_list_in_brackets_keeps_its_gaps(gap: str) -> None:
    """With nothing asked, JSON leaves as the bytes it came in, whatever stands between its items."""
    items = gap.join(f'{{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {{"name": "{name}"}}}}' for name in "abc")
    stdin = f'{{"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": [\n    {items}\n  ]}}\n'
    assert run(stdin.encode()) == (stdin, "", 0)
