"""What others do with our manifests before a cluster sees them: kustomize puts them together, kubeconform judges them.

Why: a package is often applied by Flux or Argo CD, whose way goes through kustomize, and checked by kubeconform in a
pipeline. Both read YAML in ways of their own. kubeconform gets our schemas, as an editor gets them, and Cilium's beside
them: where the two disagree, ours are wrong. The manifests are the package, rendered, and the spread of `lab.spread`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

import lab_tools
from cilium_networking.function import act
from cilium_networking.kinds import KINDS, json_schema, schema, served
from cilium_networking.lossless import parse
from cilium_networking.resources import read_resource
from cilium_networking.resources.directory import changes, read_directory, write
from lab.checkout import SHIPPED
from lab.spread import RELEASES
from lab.spread.manifests import Manifest, of_spread

KUSTOMIZE: Final = {
    "kubectl": ("kubectl", "kustomize"),
    "kustomize": (str(lab_tools.binary("kustomize")), "build"),
}
#: How kubeconform looks a schema up: kind and version, in small letters.
_PLACE: Final = "{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"

Objects = dict[tuple[str, str], Any]


def run(*command: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == code, f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def rendered(target: Path, release: str) -> Path:
    """The package for a release, with an IPv6 pool beside the IPv4 one."""
    shutil.copytree(SHIPPED, target)
    directory = read_directory(target)
    config = read_resource(parse((target / "setters.yaml").read_text()))
    settings = {
        "cilium-version": release,
        "vip-pool-cidr": "2001:db8:15::/64",
        "bgp-password-secret": "bgp-gateway-password",
        "node-selector": "role in (edge,true),!retired",
    }
    outcome = act(directory.list, config, settings)
    assert not outcome.failed, outcome.findings
    write(target, changes(directory, outcome.resources))
    return target


def spread(target: Path, release: str, *, without: Callable[[Any], bool] = lambda _: False) -> Path:
    """Each manifest of the spread in one file, but those that a judge cannot take."""
    target.mkdir()
    found = [one.resource.fragment for one in of_spread(release)]
    texts = [fragment.text.rstrip("\n") for fragment in found if not without(fragment.data())]
    (target / "spread.yaml").write_text("\n---\n".join(texts) + "\n")
    return target


def kustomization(directory: Path) -> Path:
    """A kustomization that lists every file, the settings too: kustomize leaves out what is for tools only."""
    names = sorted(path.name for path in directory.glob("*.yaml"))
    lines = ["apiVersion: kustomize.config.k8s.io/v1beta1", "kind: Kustomization", "resources:"]
    (directory / "kustomization.yaml").write_text("\n".join([*lines, *(f"- {name}" for name in names), ""]))
    return directory


def manifests_of(directory: Path) -> Objects:
    """The objects for the cluster, as we read them."""
    found = read_directory(directory).list.resources
    return {(one.kind, one.name): one.fragment.data() for one in found if one.kind in KINDS}


def built(text: str) -> Objects:
    """The objects that kustomize prints, read as `manifests_of` reads."""
    data = [read_resource(parse(document)) for document in text.split("\n---\n")]
    return {(one.kind, one.name): one.fragment.data() for one in data}


# ------------------------------------------------------------------------------------------------- kustomize


@pytest.mark.needs("kubectl", "kustomize")
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("tool", KUSTOMIZE)
def test_kustomize_gives_back_the_package(tool: str, release: str, tmp_path: Path) -> None:
    """A kustomization over the rendered package gives its objects, each as it was, and no settings."""
    package = kustomization(rendered(tmp_path / "networking", release))
    assert built(run(*KUSTOMIZE[tool], str(package)).stdout) == manifests_of(package)


@pytest.mark.needs("kubectl", "kustomize")
@pytest.mark.parametrize("tool", KUSTOMIZE)
def test_kustomize_gives_back_the_spread(tool: str, tmp_path: Path) -> None:
    """Whatever the settings say, an object comes out of kustomize as it went in, where kustomize can read it."""
    package = kustomization(spread(tmp_path / "spread", RELEASES[-1], without=has_odd_annotation))
    found, expected = built(run(*KUSTOMIZE[tool], str(package)).stdout), manifests_of(package)
    assert found.keys() == expected.keys()
    assert {key: found[key] for key in expected if found[key] != expected[key]} == {}


def has_odd_annotation(data: Any) -> bool:
    """Whether an annotation's key, without its quotes, would be no text."""
    return bool({"1", "true", "null", "1e3", "0x1f"} & data["metadata"].get("annotations", {}).keys())


@pytest.mark.needs("kubectl", "kustomize")
@pytest.mark.parametrize("tool", KUSTOMIZE)
@pytest.mark.parametrize("key", ["1", "true", "null"])
def test_kustomize_cannot_read_an_odd_annotation(key: str, tool: str, tmp_path: Path) -> None:
    """That limit is kustomize's own: such a key of an annotation stops it in quotes too, in any object."""
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations:\n    '{key}': x\n"
    (tmp_path / "config.yaml").write_text(text)
    said = run(*KUSTOMIZE[tool], str(kustomization(tmp_path)), code=1).stderr
    assert "json: unsupported type: map[interface {}]interface {}" in said


@pytest.mark.needs("kubectl", "kustomize")
@pytest.mark.parametrize("tool", KUSTOMIZE)
def test_kustomize_refuses_an_object_twice(tool: str, tmp_path: Path) -> None:
    """kustomize reads what it prints: an object that stands in two files is an error."""
    package = rendered(tmp_path / "networking", RELEASES[-1])
    shutil.copy(package / "l2-announcements.yaml", package / "more.yaml")
    said = run(*KUSTOMIZE[tool], str(kustomization(package)), code=1).stderr
    assert "may not add resource with an already registered id: CiliumL2AnnouncementPolicy" in said


# ------------------------------------------------------------------------------------------------- kubeconform


@pytest.fixture(scope="module", params=["ours", "Cilium's"])
def schemas(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Directories of schemas by release: those that we publish, or those of the CRDs."""
    make = our_schemas if request.param == "ours" else ciliums_schemas
    found = {}
    for release in RELEASES:
        found[release] = tmp_path_factory.mktemp(f"schemas-{release}")
        for name, text in make(release):
            (found[release] / name).write_text(text)
    return found


def our_schemas(release: str) -> Iterator[tuple[str, str]]:
    """What we publish of each kind, under the names by which kubeconform finds it."""
    for kind in KINDS:
        for api_version in served(kind, release):
            name = f"{kind.lower()}_{api_version.partition('/')[2]}.json"
            yield name, json.dumps(json_schema(schema(kind, release, api_version)))


def ciliums_schemas(release: str) -> Iterator[tuple[str, str]]:
    """The schemas of the release's CRDs, closed: a CRD drops what it does not know, and a judge has to say it."""
    for kind in KINDS.values():
        for path in lab_tools.crds(release).rglob(f"{kind.plural}.yaml"):
            crd = yaml.load(path.read_text(), yaml.CSafeLoader)  # in C, because a CRD is long
            for version in crd["spec"]["versions"]:
                name = f"{kind.name.lower()}_{version['name']}.json"
                yield name, json.dumps(closed(version["schema"]["openAPIV3Schema"]))


def closed(node: Any) -> Any:
    """The same schema, in which an object has the properties that are named and no other."""
    if isinstance(node, list):
        return [closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = {key: closed(value) for key, value in node.items()}
    if isinstance(found.get("properties"), dict) and found.get("type") == "object":
        found.setdefault("additionalProperties", False)
    return found


def judged(schemas: Path, files: Iterable[Path]) -> dict[str, str]:
    """Name to what kubeconform says of each object; nothing of one that is right."""
    options = (
        "-strict",
        "-output",
        "json",
        "-verbose",
        "-skip",
        "ConfigMap",
        "-schema-location",
        f"{schemas}/{_PLACE}",
    )
    command = [str(lab_tools.binary("kubeconform")), *options, *map(str, files)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    said = [one for one in json.loads(done.stdout)["resources"] if one["status"] != "statusSkipped"]
    found = {f"{one['kind']} {one['name']}": _said(one) for one in said}
    assert done.returncode == (1 if any(found.values()) else 0), done.stderr
    return found


def _said(one: dict[str, Any]) -> str:
    if one["status"] == "statusValid":
        return ""
    errors = one.get("validationErrors")
    return "; ".join(f"{error['path']}: {error['msg']}" for error in errors) if errors else str(one["msg"])


@pytest.mark.needs("kubeconform", "lab")
@pytest.mark.parametrize("release", RELEASES)
def test_kubeconform_takes_the_package(schemas: Mapping[str, Path], release: str, tmp_path: Path) -> None:
    """kubeconform, strict, has a schema for each object of the rendered package and nothing to say of it."""
    package = rendered(tmp_path / "networking", release)
    found = judged(schemas[release], sorted(package.glob("*.yaml")))
    assert found == {f"{kind} {name}": "" for kind, name in manifests_of(package)}


@pytest.mark.needs("kubeconform", "lab")
@pytest.mark.parametrize("release", RELEASES)
def test_kubeconform_takes_the_spread(schemas: Mapping[str, Path], release: str, tmp_path: Path) -> None:
    """Whatever the settings say, kubeconform, strict, takes the manifests by our schemas and by Cilium's."""
    manifests = of_spread(release)
    directory = spread(tmp_path / "spread", release)
    found = judged(schemas[release], [directory / "spread.yaml"])
    assert found == {_name(one): "" for one in manifests}


def _name(one: Manifest) -> str:
    return f"{one.resource.kind} {one.resource.name}"


_TWICE: Final = (
    "error unmarshalling resource: error converting YAML to JSON: yaml: unmarshal errors:\n"
    '  line 7: key "disabled" already set in map'
)
WRONG: Final = {
    "an unknown field": (
        "spec:\n  blocks:\n  - cidr: 192.0.2.0/28\n    min: 192.0.2.1\n",
        "/spec/blocks/0: additional properties 'min' not allowed",
    ),
    "a wrong type": ('spec:\n  disabled: "true"\n', "/spec/disabled: got string, want boolean"),
    "an unknown word": (
        'spec:\n  allowFirstLastIPs: "Maybe"\n',
        "/spec/allowFirstLastIPs: value must be one of 'Yes', 'No'",
    ),
    "a field twice": ("spec:\n  disabled: true\n  disabled: true\n", _TWICE),
}


@pytest.mark.needs("kubeconform", "lab")
@pytest.mark.parametrize("wrong", WRONG)
def test_kubeconform_says_what_is_wrong(schemas: Mapping[str, Path], wrong: str, tmp_path: Path) -> None:
    """What is wrong is said, by both schemas in the same words."""
    spec, said = WRONG[wrong]
    file = tmp_path / "pool.yaml"
    file.write_text(f"apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata:\n  name: wrong\n{spec}")
    found = judged(schemas[RELEASES[-1]], [file])
    assert found == {"CiliumLoadBalancerIPPool wrong": said}
