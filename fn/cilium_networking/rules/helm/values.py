"""CN7xx: the CNI's Helm values by themselves, and against what the settings say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ...fabric.helm import Values
from ...fabric.spot import Spot, is_open
from ...kinds.spelling import nearest
from ...lossless import Mapping, Sequence, child
from ...settings.values import LONGEST_CLUSTER_NAME, MESH_SIZES, is_cluster_name
from ..rule import Case, Rule, Said
from .chart import read_chart, wrapped

_CHARTS: Final = ("HelmChartConfig", "HelmChart")
_CONTENT: Final = "valuesContent"
#: What a HelmChart has besides, and is spelled nearly so (k3s-io/helm-controller, pkg/apis/helm.cattle.io/v1).
_FIELDS: Final = ("chartContent", "valuesSecrets", "values")


def another_cluster(case: Case) -> Iterator[Said]:
    """The CNI's values name another cluster than the settings

    Why: The name and the id of a cluster are part of every address that a mesh knows. Settings that say something else
    than the values belong to another cluster: the package is rendered for the wrong one.

    Source: `cluster.name` and `cluster.id` of Cilium's chart; the settings `cluster-name` and `cluster-id`.

    Settings: cluster-name=bioskop, cluster-id=15

    Bad::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            cluster:
              name: alcide
              id: 15

    Good::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            cluster:
              name: bioskop
              id: 15
    """
    wanted = {"name": case.settings.cluster_name, "id": case.settings.cluster_id}
    for values in case.cluster.values:
        for key, value in wanted.items():
            found = values.get("cluster", key)
            if value is None or found is None or isinstance(found, (dict, list)) or is_open(found):
                continue
            if str(found) != str(value):
                message = (
                    f"`cluster.{key}` of the CNI's values is `{found}`, and the setting `cluster-{key}` is `{value}`"
                )
                where = ("cluster", key)
                yield Said(values.spot, message, str(found), str(value), values=values, keys=where)


def not_an_identity(case: Case) -> Iterator[Said]:
    """The cluster's id or name cannot be one in a mesh

    Why: The chart takes ids from 1 to 255, to 511 with `clustermesh.maxConnectedClusters: 511`, and 0 outside of a
    mesh. With an id the name has to be one of its own: at most 32 lower case letters, digits and dashes, and not
    `default`, which every other cluster has as well. Otherwise the chart fails or the agents do not start.

    Source: Cilium 1.19, templates/validate.yaml of the chart; agents are strict since 1.17.

    Bad::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            cluster:
              name: alcide
              id: 300

    Good::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            cluster:
              name: alcide
              id: 30
    """
    chart = read_chart(case.cluster)
    most = chart.find("clustermesh", "maxConnectedClusters")
    size = _number(most.value) if most is not None else MESH_SIZES[0]
    if most is not None and size is not None and size not in MESH_SIZES:
        message = f"`clustermesh.maxConnectedClusters` is {size}, and may be {' or '.join(map(str, MESH_SIZES))} only"
        yield Said(most.values.spot, message, str(size), values=most.values, keys=most.keys)
    identity = chart.find("cluster", "id")
    number = _number(identity.value) if identity is not None else None
    if identity is None or number is None:
        return
    if number < 0 or (size in MESH_SIZES and number > size):
        message = f"`cluster.id` is {number}, and has to be from 1 to {size}, or 0 outside of a mesh"
        yield Said(identity.values.spot, message, str(number), values=identity.values, keys=identity.keys)
    if number == 0:
        return
    name = chart.find("cluster", "name")
    if name is None:
        if not chart.partial:
            message = f"`cluster.id` is {number}, and `cluster.name` is not set: `default` is no name in a mesh"
            yield Said(identity.values.spot, message, values=identity.values, keys=identity.keys)
    elif isinstance(name.value, str) and not is_open(name.value):
        why = _no_name(name.value)
        if why is not None:
            message = f"`cluster.name` is `{name.value}`, {why}"
            yield Said(name.values.spot, message, name.value, values=name.values, keys=name.keys)


def _number(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _no_name(name: str) -> str | None:
    if name == "default":
        return "which is no name in a mesh: give the cluster one of its own"
    if len(name) > LONGEST_CLUSTER_NAME:
        return f"which has {len(name)} characters, and a mesh takes {LONGEST_CLUSTER_NAME}"
    if not is_cluster_name(name):
        return "and may have lower case letters, digits and dashes between them only"
    return None


def unreadable(case: Case) -> Iterator[Said]:
    """The CNI's values are not YAML

    Why: Helm refuses values that it cannot read, and the CNI stays as it is, or is not there at all in a new cluster.
    They are one text: without the `|` behind `valuesContent:` they are a mapping, which the API server refuses, and
    under a misspelled key nobody reads them. A text with a template in it is read with holes where the template's
    expressions are; one that cannot be read so either is not judged.

    Source: k3s, pkg/helm-controller: the text is a values file of Helm's.

    Bad::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            kubeProxyReplacement: true
             k8sServiceHost: localhost

    Good::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            kubeProxyReplacement: true
            k8sServiceHost: localhost
    """
    for values in case.cluster.values:
        yield from _no_text(values)
        text = values.spot.resource.fragment.at(values.spot.path)
        content = getattr(text, "value", "")
        if values.wrong is not None and is_open(content):
            yield Said(values.spot, "is a template that is no YAML yet: not judged", severity="info")
        elif values.wrong is not None:
            yield Said(values.spot, f"Helm cannot read line {values.wrong.line} of the text: {values.wrong.message}")
        elif values.data is not None and not isinstance(values.data, dict) and not is_open(values.data):
            yield Said(values.spot, "holds no values: they are a mapping of names to values")


def _no_text(values: Values) -> Iterator[Said]:
    """Values that are a mapping where a text belongs, or stand under a key that is nearly the right one."""
    resource = values.spot.resource
    spec = resource.fragment.at(("spec",))
    if resource.kind not in _CHARTS or not isinstance(spec, Mapping):
        return
    spot = Spot(resource, ("spec", _CONTENT))
    content = child(spec, _CONTENT)
    if isinstance(content, (Mapping, Sequence)):
        yield Said(spot, f"is no text: write `{_CONTENT}: |`, and the values below it")
    if content is not None:
        return
    for entry in spec.entries:
        name = entry.name or ""
        if nearest(name, (_CONTENT,)) and name not in _FIELDS:
            message = f"is no field of a {resource.kind}, so nobody reads these values: write `{_CONTENT}`"
            yield Said(Spot(resource, ("spec", name)), message, name, _CONTENT)


def in_a_wrapper(case: Case) -> Iterator[Said]:
    """All of the values stand under the chart's name

    Why: Values of a chart stand at the top. Under `cilium:` they would be those of a part of an umbrella chart, and
    Cilium's chart ignores all of them without a word: the cluster runs with the defaults.

    Source: RKE2 documentation, network options; Helm's scope of values.

    Bad::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            cilium:
              bgpControlPlane:
                enabled: true

    Good::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            bgpControlPlane:
              enabled: true
    """
    for values in case.cluster.values:
        key = wrapped(values)
        if key is not None:
            message = f"the chart ignores what stands under `{key}`: write these values at the top"
            yield Said(values.spot, message, key, values=values, keys=(key,))


RULES: Final = (
    Rule("CN701", "warning", another_cluster),
    Rule("CN702", "error", not_an_identity),
    Rule("CN703", "error", unreadable),
    Rule("CN704", "error", in_a_wrapper),
)
