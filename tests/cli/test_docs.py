"""The generated pages are what the code declares, and what they say of us is so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from cilium_networking.cli.commands import COMMANDS
from cilium_networking.docs import pages
from cilium_networking.function import run
from cilium_networking.report.migration_examples import EXAMPLES

from .conftest import Call, Called

ROOT = Path(__file__).resolve().parents[2]


def test_the_repository_is_in_step() -> None:
    """Every generated file in the repository is what `docs --write` would write."""
    assert [file for file, text in pages().items() if (ROOT / file).read_text() != text] == []


def test_write_and_check(tmp_path: Path, call: Call) -> None:
    """`--check` names what differs and how to write it, `--write` writes it, and then there is nothing to say."""
    (tmp_path / "fn" / "cilium_networking").mkdir(parents=True)
    (tmp_path / "setters.yaml").write_text("old")
    assert call("docs", "--check", "--only", "yaml") == Called(
        1,
        "setters.yaml: is not what the code declares: run `cilium-networking docs --write --only yaml`\n"
        "packages/cilium-networking/setters.yaml: is not what the code declares: "
        "run `cilium-networking docs --write --only yaml`\n",
        "",
    )
    assert call("docs") == Called(0, "", "")
    assert call("docs", "--check") == Called(0, "", "")
    assert {file: (tmp_path / file).read_text() for file in pages()} == pages()


def test_a_page_of_a_rule_that_is_gone(tmp_path: Path, call: Call) -> None:
    """`--check` names a page that no rule has, and `--write` removes it."""
    (tmp_path / "fn" / "cilium_networking").mkdir(parents=True)
    (tmp_path / "packages" / "cilium-networking").mkdir(parents=True)
    call("docs")
    page = tmp_path / "docs" / "rules" / "CN199.md"
    page.write_text("# CN199\n")
    assert call("docs", "--check", "--only", "rules") == Called(
        1,
        "docs/rules/CN199.md: is no page of a rule that there is: run `cilium-networking docs --write --only rules`\n",
        "",
    )
    assert call("docs", "--check", "--only", "cli") == Called(0, "", "")
    assert call("docs", "--write", "--only", "rules") == Called(0, "", "")
    assert not page.exists()
    assert call("docs", "--check") == Called(0, "", "")


def test_the_page_of_a_rule() -> None:
    """A page has the rule's severity, reasons, both examples and its waiver; the index has a line for it."""
    made = pages("rules")
    assert (
        "| [CN502](CN502.md) | error | A version or a kind is not what the target release serves |\n"
        in (made["docs/rules/README.md"])
    )
    page = made["docs/rules/CN502.md"]
    assert page.startswith(
        "# CN502: A version or a kind is not what the target release serves\n\nSeverity: error\n\n## Why\n\n"
    )
    assert page.endswith(
        '```yaml\nmetadata:\n  annotations:\n    cilium-networking/waive-CN502: "why this is right here"\n```\n'
    )
    assert page.count("```yaml\n") == 3


def test_the_schema_of_the_inventory() -> None:
    """Editors are told every field of a NetworkInventory, and refuse others."""
    schema = json.loads(pages("schema")["docs/networkinventory.schema.json"])
    jsonschema.Draft202012Validator.check_schema(schema)
    inventory = {
        "apiVersion": "fn.kpt.dev/v1alpha1",
        "kind": "NetworkInventory",
        "metadata": {"name": "bioskop"},
        "spec": {"networks": [{"name": "lan", "cidr": "10.80.0.0/20", "gateway": "10.80.0.1"}]},
    }
    jsonschema.validate(inventory, schema)
    inventory["spec"] = {"network": []}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(inventory, schema)


def test_root_names_the_checkout(tmp_path: Path, call: Call) -> None:
    """`--root` is where the files are, wherever the command runs."""
    for file in ("docs", "packages/cilium-networking"):
        (tmp_path / "copy" / file).mkdir(parents=True)
    shutil.copytree(ROOT / "fn" / "cilium_networking" / "kinds", tmp_path / "copy" / "fn" / "cilium_networking")
    assert call("docs", "--write", "--root", "copy") == Called(0, "", "")
    assert call("docs", "--check", "--root", "copy") == Called(0, "", "")


def test_every_example_is_a_call(package: Path, call: Call) -> None:
    """The examples of the table parse: none ends as a wrong call."""
    package.rename(package.parent / "networking")
    (package.parent / "site.yaml").write_text(
        "apiVersion: fn.kpt.dev/v1alpha1\nkind: NetworkInventory\nmetadata:\n  name: site\nspec: {}\n"
    )
    (package.parent / "cilium-values.yaml").write_text("kubeProxyReplacement: true\n")
    (package.parent / "site-b.yaml").write_text((package.parent / "networking" / "setters.yaml").read_text())
    cluster = next(each for each in EXAMPLES if each.name == "cluster-api")
    (package.parent / "cloud-config.yaml").write_text(cluster.source)
    (package.parent / "services.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec: {}\n")
    (package.parent / "server" / "manifests").mkdir(parents=True)
    for verb in COMMANDS:
        for example in verb.examples:
            words = example.removeprefix('eval "$(').removesuffix(')"').partition(" > ")[0].split()
            words = ["networking" if word.startswith(("clusters/", "catalog/")) else word for word in words]
            assert words[0] == "cilium-networking"
            assert call(*words[1:]).code in (0, 1), example


def substitute(manifest: str, data: str) -> tuple[str, str, int]:
    """A ConfigMap's data on one object: the object, the results' text, and the exit code."""
    item = "".join(f"  {line}\n" for line in manifest.splitlines())
    settings = "".join(f"    {line}\n" for line in data.splitlines())
    text = (
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n"
        f"  metadata:\n    name: a\n{item}"
        f"functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: f\n  data:\n{settings}"
    )
    answer = run(text.encode())
    items = answer.stdout.partition("items:\n")[2].partition("functionConfig:")[0]
    return (
        "".join(line[2:] + "\n" for line in items.splitlines()[4:]),
        answer.stdout.partition("results:\n")[2],
        answer.code,
    )


@pytest.mark.parametrize(
    ("before", "data", "after"),
    [
        ("a: x # kpt-set: ${v}", "v: ${w}\nw: y", "a: ${w} # kpt-set: ${v}"),
        ("a:\n- x # kpt-set: ${v}", "v: é😀", "a:\n- é😀 # kpt-set: ${v}"),
        ("a: # kpt-set: ${v}\n- x", "v: '[]'", "a: [] # kpt-set: ${v}"),
        ("a: [x,  y] # kpt-set: ${v}", "v: '[x, y]'", "a: [x,  y] # kpt-set: ${v}"),
        ("a: # kpt-set: ${v}\n- x", 'v: "[q # kpt-set: ${w}\\n]"\nw: z', "a: # kpt-set: ${v}\n- q"),
        ("a: v1 # kpt-set: ${v}", "v: '1'", "a: 1 # kpt-set: ${v}"),
    ],
)
def test_differences_that_give_a_value(before: str, data: str, after: str) -> None:
    """Values that apply-setters gives by luck, malformed or restyled are given as the page says."""
    text, _, code = substitute(before, data)
    assert (text, code) == (after + "\n", 0)


AMBIGUOUS = "`reg:5000/app:1` can be read as `${image}:${tag}` in several ways"


@pytest.mark.parametrize(
    ("manifest", "data", "message"),
    [
        ("a: reg:5000/app:1 # kpt-set: ${image}:${tag}", "tag: '2'", AMBIGUOUS),
        (
            "a: &x y # kpt-set: ${v}\nb: *x # kpt-set: ${v}",
            "v: z",
            "behind the alias *x: put the comment at its anchor",
        ),
        ("a: x", "lb-pool-cidr: lb-pool-cidr", "is left at its own name"),
        ("a: x", "lb-pool-cidr: ${CIDR}", "is a placeholder that nothing fills in before this function runs"),
        ("a: x", "bgp-per-asn: 65000", "unknown setting `bgp-per-asn`; did you mean `bgp-peer-asn`?"),
        ("a: x", "v: [a]", "`v` is a list, and has to be a text"),
        ("a: x", "v: a\nv: b", "`v` stands twice; keep one of them"),
    ],
)
def test_differences_that_are_errors(manifest: str, data: str, message: str) -> None:
    """What apply-setters guesses or passes over is an error, and the object comes back as it was."""
    text, results, code = substitute(manifest, data)
    assert (text, code) == (manifest + "\n", 1)
    assert message in results


def test_a_foreign_config_is_an_error() -> None:
    """apply-setters reads `data` of any kind; here only of ours."""
    head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n"
    config = "functionConfig:\n  apiVersion: v1\n  kind: Secret\n  metadata:\n    name: s\n  data:\n    v: z\n"
    answer = run((head + config).encode())
    assert answer.code == 1
    assert answer.stderr == (
        "Secret s: `Secret` of `v1` is no config of this function; "
        "give a ConfigMap (`v1`) or a CiliumNetworking (`fn.kpt.dev/v1alpha1`)\n"
    )
