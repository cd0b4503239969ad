"""CN411 over many configs: held equal to comparing each pair, and each node with both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cilium_networking.fabric import Cluster, ClusterConfig, contradiction, read_cluster
from cilium_networking.fabric.machines import takes, takes_every_node

from .judging import resources_of, said_of

KEYS = ["rack", "role", "topology.kubernetes.io/zone", "kubernetes.io/hostname", "kubernetes.io/os"]
VALUES = ["a", "b", "node-0", "node-1", "linux"]


@st.composite
def estates(draw: st.DrawFn) -> str:
    """Cluster configs with all kinds of selectors, and nodes of which much is known, or little."""
    key, value = st.sampled_from(KEYS), st.sampled_from(VALUES)
    expression = st.fixed_dictionaries(
        {"key": key, "operator": st.sampled_from(["In", "NotIn"]), "values": st.lists(value, min_size=1, max_size=2)}
    )
    selector = st.fixed_dictionaries(
        {"matchLabels": st.dictionaries(key, value, max_size=2), "matchExpressions": st.lists(expression, max_size=1)}
    )
    configs = draw(st.lists(st.one_of(st.none(), selector), min_size=1, max_size=7))
    nodes = draw(st.lists(st.tuples(st.dictionaries(key, value, max_size=3), st.booleans()), max_size=4))
    return "---\n".join((*map(_config, range(len(configs)), configs), *map(_node, range(len(nodes)), nodes)))


def _config(number: int, selector: dict[str, Any] | None) -> str:
    found = {} if selector is None else {"nodeSelector": selector}
    return _object("cilium.io/v2", "CiliumBGPClusterConfig", f"c{number}", {"spec": {**found, "bgpInstances": []}})


def _node(number: int, told: tuple[dict[str, str], bool]) -> str:
    labels, live = told
    name = f"node-{number}"
    more = {"kubernetes.io/hostname": name} if live else {}
    return _object("v1", "Node", name, {"metadata": {"name": name, "labels": {**labels, **more}}})


def _object(version: str, kind: str, name: str, rest: dict[str, Any]) -> str:
    return json.dumps({"apiVersion": version, "kind": kind, "metadata": {"name": name}, **rest}) + "\n"


def pair_by_pair(cluster: Cluster) -> Iterator[tuple[str, str, str]]:
    """The later and the earlier of two configs that meet, and how: what each pair gives by itself."""
    nodes = cluster.machines.nodes
    known = [one for one in cluster.cluster_configs if contradiction((one.nodes,)) is None]
    for one, other in sorted(combinations(known, 2), key=lambda pair: known.index(pair[1])):
        if contradiction((one.nodes, other.nodes)) is None:
            how = _how(one, other, cluster)
            if how or not nodes:
                yield other.name, one.name, how or "may"


def _how(one: ClusterConfig, other: ClusterConfig, cluster: Cluster) -> str:
    nodes = cluster.machines.nodes
    shared = next((node for node in nodes if takes(one.nodes, node) and takes(other.nodes, node)), None)
    if shared is not None:
        return f"node {shared.name}"
    if takes_every_node(one.nodes) or takes_every_node(other.nodes):
        return "every node"
    unsure = any(takes(each.nodes, node) is None for node in nodes for each in (one, other))
    return "may" if unsure else ""


@given(estates())
def test_all_pairs_and_no_others(text: str) -> None:
    """What is said of many configs is what comparing each two of them gives, in the order of the input."""
    cluster = read_cluster(resources_of(text), "1.19", release_given=True)
    said = [message for rule, message in said_of(text, informing="CN411") if rule == "CN411"]
    expected = list(pair_by_pair(cluster))
    assert len(said) == len(expected)
    for message, (_, one, how) in zip(said, expected, strict=True):
        assert f"CiliumBGPClusterConfig {one}" in message
        assert message.startswith("may select") if how == "may" else how in message
