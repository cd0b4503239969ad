"""The package is what its settings give: every object, every field, and a setter comment on each value that is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cilium_networking import IMAGE
from cilium_networking.function import run
from cilium_networking.kinds import KINDS
from cilium_networking.resources.directory import read_directory
from cilium_networking.settings import BY_NAME, DECLARATIONS, Named, read
from cilium_networking.settings.publish import setters_yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "packages" / "cilium-networking"
SETTERS = (PACKAGE / "setters.yaml", ROOT / "setters.yaml")
KPTFILES = (PACKAGE / "Kptfile", ROOT / "Kptfile")

Object = dict[str, Any]


def given() -> dict[str, str]:
    data: dict[str, str] = yaml.safe_load((PACKAGE / "setters.yaml").read_text())["data"]
    return data


def manifests() -> Iterator[tuple[Path, str]]:
    """Every document of the package that reaches a cluster, with its file."""
    for file in sorted(PACKAGE.glob("*.yaml")):
        if file.name != "setters.yaml":
            for document in file.read_text().split("---\n"):
                yield file, document


def ask(items: list[str], config: str) -> Object:
    """The answer to a ResourceList in the form in which kpt sends it."""
    lines = ["apiVersion: config.kubernetes.io/v1", "kind: ResourceList", "items:" if items else "items: []"]
    for item in items:
        first, *rest = item.splitlines()
        lines += [f"- {first}", *(f"  {line}" for line in rest)]
    lines += ["functionConfig:", *(f"  {line}" for line in config.splitlines())]
    answer: Object = yaml.safe_load(run("\n".join([*lines, ""]).encode()).stdout)
    return answer


def filed(text: str, file: str, index: int) -> str:
    """A document with the annotations by which kpt files it; comments stay where they are."""
    notes = (
        f"    internal.config.kubernetes.io/path: '{file}'\n"
        f"    internal.config.kubernetes.io/index: '{index}'\n"
        f"    internal.config.kubernetes.io/id: '{file}-{index}'\n"
    )
    if re.search(r"^  annotations:$", text, re.MULTILINE):
        return re.sub(r"^  annotations:\n", lambda match: match.group() + notes, text, count=1, flags=re.MULTILINE)
    return re.sub(
        r"^(  name: \S+\n)", lambda match: f"{match.group()}  annotations:\n{notes}", text, count=1, flags=re.MULTILINE
    )


def package_items() -> list[str]:
    """The package as kpt sends it: its objects, its setters and its Kptfile."""
    files = [*sorted(PACKAGE.glob("*.yaml")), PACKAGE / "Kptfile"]
    return [
        filed(document, file.name, index)
        for file in files
        for index, document in enumerate(file.read_text().split("---\n"))
    ]


def inline(data: dict[str, str]) -> str:
    """What kpt makes of `configMap` in a pipeline."""
    head = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "function-input"}}
    return yaml.safe_dump({**head, "data": data}, sort_keys=False)


def texts(answer: Object, severity: str) -> list[str]:
    return [each["message"] for each in answer.get("results", []) if each["severity"] == severity]


def test_what_is_made_from_nothing() -> None:
    """On an empty package its settings make exactly its objects: same files, same order, same fields."""
    made = ask([], (PACKAGE / "setters.yaml").read_text())["items"]
    places = []
    for item in made:
        notes = item["metadata"].pop("annotations")
        places.append((notes["internal.config.kubernetes.io/path"], notes["internal.config.kubernetes.io/index"]))
    # `yaml.dump` keeps the order of keys: what a person reads is compared, too.
    by_place = dict(zip(places, (yaml.safe_dump(item, sort_keys=False) for item in made), strict=True))
    standing: dict[tuple[str, str], str] = {}
    for file, document in manifests():
        index = sum(name == file.name for name, _ in standing)
        standing[file.name, str(index)] = yaml.safe_dump(yaml.safe_load(document), sort_keys=False)
    assert by_place == standing


def test_every_value_that_is_a_setter_says_so() -> None:
    """A `# kpt-set:` comment stands on every scalar that a setter gives as it stands, and on no other."""
    settings, findings = read(None, given())
    assert findings == ()
    expected = {
        (wanted.kind, wanted.name, field.path[-1], field.setters[0])
        for wanted in settings.wanted
        for field in wanted.fields
        if len(field.setters) == 1
        and not isinstance(field.value, (dict, list))
        and not isinstance(field.path[-1], (int, Named))
    }
    # The one scalar inside of a selector that is a setting as it stands.
    expected.add(("CiliumLoadBalancerIPPool", "load-balancers", "key", "pool-label"))
    found = set()
    for _, document in manifests():
        data = yaml.safe_load(document)
        for key, value, name in re.findall(r"^[ -]*(\w+): (\S+) # kpt-set: \$\{([^}]+)\}$", document, re.MULTILINE):
            assert value == given()[name]
            found.add((data["kind"], data["metadata"]["name"], key, name))
        assert document.count("kpt-set") == len(re.findall(r" # kpt-set: \$\{[a-z0-9-]+\}$", document, re.MULTILINE))
    assert found == expected


def test_computed_values_carry_no_comment() -> None:
    """Ranges, interfaces and what is made from a selector would be wrong with another function's substitution."""
    for _, document in manifests():
        for line in document.splitlines():
            if re.search(r"start:|stop:|\^|operator:", line):
                assert "kpt-set" not in line


@pytest.mark.parametrize("file", SETTERS, ids=lambda file: str(file.relative_to(ROOT)))
def test_setters_are_the_declarations(file: Path) -> None:
    """Both setters.yaml are what the declarations print, name by name and value by value."""
    text = file.read_text()
    data = yaml.safe_load(text)
    assert text == setters_yaml(data["metadata"]["name"])
    assert data["metadata"]["annotations"] == {"config.kubernetes.io/local-config": "true"}


@pytest.mark.parametrize("file", KPTFILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_pipelines_run_our_image(file: Path) -> None:
    """One mutator with the settings' file and one validator, both from the image that is built."""
    data = yaml.safe_load(file.read_text())
    assert data["pipeline"] == {
        "mutators": [{"image": IMAGE, "configPath": "setters.yaml"}],
        "validators": [{"image": IMAGE, "configMap": {"verb": "validate"}}],
    }
    assert data["metadata"]["annotations"] == {"config.kubernetes.io/local-config": "true"}


def test_no_namespace_and_our_label() -> None:
    """Every object is of a cluster-scoped kind, has no namespace, and carries the label by which it is ours."""
    for _, document in manifests():
        data = yaml.safe_load(document)
        assert KINDS[data["kind"]].cluster_scoped
        assert "namespace" not in data["metadata"]
        assert data["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "cilium-networking"


@pytest.mark.parametrize("way", ["configPath", "configMap"])
def test_nothing_to_do(way: str) -> None:
    """With its own settings, in a file or inline, the package comes back as it was, without a warning."""
    items = package_items()
    config = (
        filed((PACKAGE / "setters.yaml").read_text(), "setters.yaml", 0) if way == "configPath" else inline(given())
    )
    answer = ask(items, config)
    assert texts(answer, "error") + texts(answer, "warning") == []
    assert answer["items"] == [yaml.safe_load(item) for item in items]


@pytest.mark.parametrize("way", ["configPath", "configMap"])
def test_one_changed_setting(way: str) -> None:
    """A changed end of a pool moves that end, however the settings are given."""
    items = package_items()
    changed = {**given(), "lb-pool-max": "150"}
    text = (PACKAGE / "setters.yaml").read_text().replace('lb-pool-max: "190"', 'lb-pool-max: "150"')
    config = filed(text, "setters.yaml", 0) if way == "configPath" else inline(changed)
    before = [yaml.safe_load(item) for item in items]
    after = ask(items, config)["items"]
    [(old, new)] = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert old["spec"]["blocks"] == [{"start": "10.80.8.129", "stop": "10.80.8.190"}]
    assert new["spec"]["blocks"] == [{"start": "10.80.8.129", "stop": "10.80.8.150"}]
    assert {**old["spec"], "blocks": None} == {**new["spec"], "blocks": None}


def test_the_validator_finds_the_settings() -> None:
    """`configMap: {verb: validate}` judges the package by the settings of its render entry: it is right."""
    answer = ask(package_items(), inline({"verb": "validate"}))
    assert texts(answer, "error") + texts(answer, "warning") == []


def test_the_validator_reports_a_range() -> None:
    """A range that its settings do not give, as another function leaves it, is an error that says what is right."""
    items = [item.replace('lb-pool-max: "190"', 'lb-pool-max: "150"') for item in package_items()]
    answer = ask(items, inline({"verb": "validate"}))
    assert texts(answer, "error") == [
        "CN503 `spec.blocks[0].stop` is `10.80.8.190`, and the settings give `10.80.8.150`: run render"
    ]


def test_a_placeholder_for_disabled() -> None:
    """`${…}` goes into `disabled` without quotes, for Flux to put a boolean there; a second run says nothing else."""
    config = inline({**given(), "vip-pool-disabled": "${POOL_OFF}"})
    answer = ask(package_items(), config)
    assert texts(answer, "error") == []
    pools = [item for item in answer["items"] if item["metadata"]["name"] == "virtual-addresses"]
    assert [pool["spec"]["disabled"] for pool in pools] == ["${POOL_OFF}"]


@pytest.mark.parametrize("feature", ["l2", "bgp"])
def test_a_feature_that_is_switched_off(feature: str) -> None:
    """Switched off, a feature's objects go and all others stay as they are; the validator then misses nothing."""
    items = [item.replace(f'{feature}-enabled: "true"', f'{feature}-enabled: "false"') for item in package_items()]
    before = [yaml.safe_load(item) for item in items]
    answer = ask(items, inline({**given(), f"{feature}-enabled": "false"}))
    assert texts(answer, "error") == []
    gone = {item["kind"] for item in before} - {item["kind"] for item in answer["items"]}
    names = {"l2": "L2", "bgp": "BGP"}
    assert gone == {item["kind"] for item in before if item["kind"].startswith(f"Cilium{names[feature]}")}
    assert answer["items"] == [item for item in before if item["kind"] not in gone]
    kept = [text for text, item in zip(items, before, strict=True) if item["kind"] not in gone]
    assert texts(ask(kept, inline({"verb": "validate"})), "error") == []


def test_the_example_holds_only_the_package() -> None:
    """At the top of the repository only the package and the example's own files are seen."""
    read_here = read_directory(ROOT)
    assert read_here.list.findings == ()
    assert {file.path.relative_to(ROOT).as_posix() for file in read_here.files} == {
        "Kptfile",
        "setters.yaml",
        *(f"packages/cilium-networking/{file.name}" for file in [*PACKAGE.glob("*.yaml"), PACKAGE / "Kptfile"]),
    }


def test_no_other_kptfile() -> None:
    """No other file has the name Kptfile, in any case: kpt takes its folder for a package, whatever .krmignore says."""
    found = [path for path in ROOT.rglob("*") if path.name.lower() == "kptfile" and ".git" not in path.parts]
    assert sorted(found) == sorted(KPTFILES)


def test_the_readme_lists_every_setting() -> None:
    """The package's README has each declared setting with the value that the package gives it, in their order."""
    text = (PACKAGE / "README.md").read_text().partition("## Configuration\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \| `?([^|`]+)`? \| .+ \|$", text, re.MULTILINE)
    assert [(name, value.strip()) for name, value in rows] == [
        (each.name, each.shipped if each.shipped is not None else "not given") for each in DECLARATIONS
    ]


def test_the_readme_lists_every_object() -> None:
    """The table of the package's README names each object, in its file."""
    text = (PACKAGE / "README.md").read_text().partition("## What is in it\n")[2].partition("\n## ")[0]
    rows, file = set(), ""
    for place, kind, name in re.findall(r"^\| (?:`([^`]+)`)? *\| `(Cilium\w+)` `([^`]+)` \|", text, re.MULTILINE):
        file = place or file
        rows.add((file, kind, name))
    documents = [(path.name, yaml.safe_load(document)) for path, document in manifests()]
    assert rows == {(name, data["kind"], data["metadata"]["name"]) for name, data in documents}


def test_the_catalogs_metadata() -> None:
    """What a catalog reads names our image and places that exist, and kpt does not see it."""
    data = yaml.safe_load((ROOT / "fn" / "metadata.yaml").read_text())
    assert set(data) == {"image", "description", "tags", "sourceURL", "examplePackageURLs", "emails", "license"}
    assert data["image"] == IMAGE.rpartition(":")[0]
    assert [path for path in (data["sourceURL"], *data["examplePackageURLs"]) if not (ROOT / path).is_dir()] == []
    assert not any(path.is_relative_to(ROOT / "fn") for path in (file.path for file in read_directory(ROOT).files))


def test_the_two_forms_of_the_readme() -> None:
    """The flat and the typed config of the README make the same objects."""
    found = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    flat, typed = (text for text in found if "name: settings\n" in text)
    assert yaml.safe_load(flat)["kind"] == "ConfigMap"
    assert yaml.safe_load(typed)["kind"] == "CiliumNetworking"
    one, two = ask([], flat), ask([], typed)
    assert texts(one, "error") + texts(two, "error") == []
    assert one["items"] == two["items"]
    assert len(one["items"]) == 2
    assert all(name in BY_NAME for name in yaml.safe_load(flat)["data"])


def test_the_pipeline_of_the_readme() -> None:
    """The pipeline that the README prints has the form of the package's own."""
    found = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    [pipeline] = [data["pipeline"] for text in found if (data := yaml.safe_load(text))["kind"] == "Kptfile"]
    own = yaml.safe_load((PACKAGE / "Kptfile").read_text())["pipeline"]
    own["mutators"][0]["configPath"] = "settings.yaml"
    assert pipeline == own


def test_the_helm_values_of_the_readme() -> None:
    """The values that RKE2 needs are YAML at both levels, and not wrapped in a `cilium:` key that the chart ignores."""
    text = (PACKAGE / "README.md").read_text()
    [block] = re.findall(r"^   ```yaml\n(.*?)^   ```$", text, re.MULTILINE | re.DOTALL)
    config = yaml.safe_load(block)
    assert (config["kind"], config["metadata"]) == (
        "HelmChartConfig",
        {"name": "rke2-cilium", "namespace": "kube-system"},
    )
    assert yaml.safe_load(config["spec"]["valuesContent"]) == {
        "kubeProxyReplacement": True,
        "k8sServiceHost": "localhost",
        "k8sServicePort": 6443,
        "l2announcements": {"enabled": True},
        "bgpControlPlane": {"enabled": True},
    }
