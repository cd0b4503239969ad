"""CN5xx: values that nobody has filled in, because a template was taken for the thing itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...fabric import Spot
from ...fabric.spot import below, is_open, texts_below
from ...kinds import GROUP, KINDS
from ...lossless import Scalar
from ...settings import BY_NAME
from ..placeholders import is_template
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...lossless import Node
    from ...resources import Resource

#: Where words are labels of somebody's choice, which may well be called like a setter.
_LABELS: Final = ("matchLabels", "matchExpressions")


def setter_names(case: Case) -> frozenset[str]:
    """Names of setters that this input knows: our own, and those of its setter files."""
    return frozenset(BY_NAME) | {name for one in _setter_files(case) for name in _settings(one)}


def left_at_its_name(case: Case) -> Iterator[Said]:
    """A value is the name of its setter

    Why: Many kpt packages ship each setter with its own name as value, so that a forgotten one is seen. Rendered like
    that, the name goes into the manifests. As a network or a peer's address the API server refuses it; as the first
    address of a range or an interface it is taken, and nothing is announced.

    Source: kpt packages with apply-setters, which substitutes whatever value a setter has.

    Bad::

        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: setters
          annotations:
            config.kubernetes.io/local-config: "true"
        data:
          lb-pool-cidr: lb-pool-cidr

    Good::

        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: setters
          annotations:
            config.kubernetes.io/local-config: "true"
        data:
          lb-pool-cidr: 10.80.8.128/26
    """
    for resource in _setter_files(case):
        for name, value in _settings(resource).items():
            if value == name:
                message = (
                    f"setter `{name}` is still its own name: give it a value, or what is rendered will hold the name"
                )
                yield Said(Spot(resource, ("data", name)), message, value, severity="warning")
    names = setter_names(case)
    for resource in case.cluster.resources:
        if resource.local or resource.identity[0] != GROUP or resource.kind not in KINDS:
            continue
        yield from _raw(resource)
        if not any(name in resource.fragment.text for name in names):
            continue
        for path, said in texts_below(below(resource.fragment.data(), "spec"), ("spec",)):
            if said in names and not set(path) & set(_LABELS):
                yield Said(Spot(resource, path), f"`{said}` is the name of a setter that nobody filled in", said)


def _raw(resource: Resource) -> Iterator[Said]:
    """Values that are placeholders of their own setters: fine for a catalog, refused by a cluster if not rendered."""
    raw = [path for path, node, comment in resource.comments if _is_raw(node, comment)]
    if raw:
        wait = "a value here waits" if len(raw) == 1 else f"{len(raw)} values here wait"
        message = f"{wait} for a setter: render this before it is applied, or ship values that work"
        yield Said(Spot(resource, raw[0]), message, severity="info")


def _is_raw(node: Node | None, comment: str) -> bool:
    return isinstance(node, Scalar) and "${" in node.value and comment.strip().endswith(f"kpt-set: {node.value}")


def template_unrendered(case: Case) -> Iterator[Said]:
    """A template is judged in place of what it makes

    Why: Jinja's `{{ }}` and makejinja's `#{ }#` are put in before anything reads the file as YAML. makejinja's marks
    are comments to YAML: `localASN: #{ asn }#` is a field without a value, and a file of such fields passes every
    check that does not look for them. What a template makes can only be judged when it is made.

    Source: YAML 1.2, section 6.6 (comments); the templates of onedr0p/cluster-template.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: pool
        spec:
          blocks:
          - cidr: "{{ node_cidr }}"

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: pool
        spec:
          blocks:
          - cidr: ${POOL_CIDR}
    """
    told: set[str | None] = set()
    for resource in case.cluster.resources:
        if resource.local or resource.identity[0] != GROUP or resource.kind not in KINDS or resource.file in told:
            continue
        if is_template(resource):
            told.add(resource.file)
            path = next((path for path, said in texts_below(resource.fragment.data()) if _jinja(said)), ())
            message = (
                "this is a template, and what it will hold is not known: render it first, then validate the result"
            )
            yield Said(Spot(resource, path), message)


def _jinja(said: str) -> bool:
    return "${" not in said and is_open(said)


def _setter_files(case: Case) -> Iterator[Resource]:
    """ConfigMaps that hold the settings of a pipeline."""
    for resource in case.cluster.resources:
        if resource.local and resource.kind == "ConfigMap" and resource.identity[0] == "":
            yield resource


def _settings(resource: Resource) -> dict[str, str]:
    found = below(resource.fragment.data(), "data")
    # A word alone may be its own value for good; a setter's name has parts.
    return {key: value for key, value in found.items() if "-" in key} if isinstance(found, dict) else {}


RULES: Final = (
    Rule("CN507", "error", left_at_its_name),
    Rule("CN508", "warning", template_unrendered),
)
