"""CN7xx: the CNI's Helm values, against what the objects need and what the settings say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..fabric.spot import is_open
from .rule import Case, Rule, Said


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


RULES: Final = (Rule("CN701", "warning", another_cluster),)
