"""CN212 to CN214: what single nodes do differently, the ids of routers, and ports that need a capability."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...fabric import Cluster, ClusterConfig, OverriddenInstance, Override, Spot
from ...fabric.spot import is_open
from ...kinds import nearest
from ..rule import Case, Rule, Said

#: Ports below need a capability (Linux, net.ipv4.ip_unprivileged_port_start).
_PRIVILEGED: Final = 1024
_NO_ID: Final = "0.0.0.0"  # noqa: S104  (an id of 32 bits, not an address to listen on)
#: Gives an instance its router id too, until 1.18 (pkg/bgpv1/agent/annotations.go).
_ANNOTATION: Final = "cilium.io/bgp-virtual-router."
_CAPABILITY: Final = "NET_BIND_SERVICE"
_CAPABILITIES: Final = ("securityContext", "capabilities", "ciliumAgent")


def override_of_nothing(case: Case) -> Iterator[Said]:
    """An override changes nothing

    Why: A CiliumBGPNodeConfigOverride counts for the node of its own name, and inside it for the instance and the peer
    of the same names as in the cluster config. With another name it is kept and has no effect, and nothing says so.

    Source: Cilium 1.19, operator/pkg/bgp/cluster.go; cilium/cilium #35066.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          bgpInstances:
          - name: main
            localASN: 65001
            peers:
            - name: gateway
              peerASN: 65000
              peerAddress: 10.80.0.1
              peerConfigRef:
                name: gateway
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPNodeConfigOverride
        metadata:
          name: node-a
        spec:
          bgpInstances:
          - name: rack0
            routerID: 10.80.0.11

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          bgpInstances:
          - name: main
            localASN: 65001
            peers:
            - name: gateway
              peerASN: 65000
              peerAddress: 10.80.0.1
              peerConfigRef:
                name: gateway
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPNodeConfigOverride
        metadata:
          name: node-a
        spec:
          bgpInstances:
          - name: main
            routerID: 10.80.0.11
    """
    cluster = case.cluster
    if not cluster.overrides:
        return
    nodes = {node.name for node in cluster.machines.nodes}
    instances = _peers_by_instance(cluster)
    names = set(instances or ())
    for override in cluster.overrides:
        if not is_open(override.name):
            yield from _of_no_node(override, nodes, names)
        for overridden in override.instances if instances else ():
            yield from _of_no_instance(overridden, instances or {})


def _peers_by_instance(cluster: Cluster) -> dict[str, set[str]] | None:
    """Names of the peers of each instance, by its name; ``None`` where a placeholder stands for one of them."""
    found: dict[str, set[str]] = {}
    for config in cluster.cluster_configs:
        for instance in config.instances:
            names = {peer.name for peer in instance.peers}
            if instance.name is None or None in names:
                return None
            found.setdefault(instance.name, set()).update(filter(None, names))
    return found


def _of_no_node(override: Override, nodes: set[str], instances: set[str]) -> Iterator[Said]:
    spot = override.spot.at("metadata", "name")
    if override.name in nodes:
        return
    if override.name in instances:
        message = f"`{override.name}` is the name of a BGP instance, and an override has the name of its node"
        yield Said(spot, f"{message}: make one for each node that differs", override.name)
    elif nodes:
        proposed = nearest(override.name, nodes)
        message = f"no known node has the name `{override.name}`, so this changes nothing: name it as the node"
        yield Said(spot, message, override.name, proposed)


def _of_no_instance(overridden: OverriddenInstance, instances: dict[str, set[str]]) -> Iterator[Said]:
    name = overridden.name
    if name is None:
        return
    if name not in instances:
        proposed = nearest(name, instances)
        message = f"no cluster config here has an instance `{name}`, so this changes nothing: name it as one"
        yield Said(overridden.spot.at("name"), message, name, proposed)
        return
    for peer in overridden.peers:
        if peer.name is not None and peer.name not in instances[name]:
            proposed = nearest(peer.name, instances[name])
            message = f"instance `{name}` has no peer `{peer.name}`, so this changes nothing: name it as one"
            yield Said(peer.spot.at("name"), message, peer.name, proposed)


def router_id(case: Case) -> Iterator[Said]:
    """Router ids are missing, equal or void

    Why: A router tells its neighbours apart by their ids, and sessions inside one AS close where both ends have the
    same. 0.0.0.0 is refused by every router. Unless an override says otherwise a node's id is its IPv4 address: a node
    without one gets an id of its own only since Cilium 1.18, and before that its instance does not start.

    Source: RFC 4271 section 4.2, RFC 6286; Cilium 1.19, pkg/bgp/manager; cilium/cilium #36451.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumBGPNodeConfigOverride
        metadata:
          name: node-a
        spec:
          bgpInstances:
          - name: main
            routerID: 10.80.0.11
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPNodeConfigOverride
        metadata:
          name: node-b
        spec:
          bgpInstances:
          - name: main
            routerID: 10.80.0.11

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumBGPNodeConfigOverride
        metadata:
          name: node-a
        spec:
          bgpInstances:
          - name: main
            routerID: 10.80.0.11
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPNodeConfigOverride
        metadata:
          name: node-b
        spec:
          bgpInstances:
          - name: main
            routerID: 10.80.0.12
    """
    cluster = case.cluster
    first: dict[tuple[str | None, str], Override] = {}
    given: set[tuple[str, str | None]] = set()
    for override in cluster.overrides:
        for overridden in override.instances:
            spot = overridden.spot.at("routerID")
            if spot.written:
                given.add((override.name, overridden.name))
            own = overridden.router_id
            if own is None:
                continue
            if own == _NO_ID:
                yield Said(spot, f"`{_NO_ID}` is no router id: give the node's own", own, severity="error")
                continue
            other = first.setdefault((overridden.name, own), override)
            if other.name != override.name:
                message = f"`{own}` is the router id of {other.spot} too: each node needs its own"
                yield Said(spot, message, own)
    if cluster.minor >= (1, 18):
        return
    configs: dict[str, list[ClusterConfig]] = {}
    for config in cluster.cluster_configs:
        for node in cluster.machines.taken(config.nodes):
            configs.setdefault(node.name, []).append(config)
    for node in cluster.machines.nodes:
        if not node.addresses or any(address.family == 4 for address in node.addresses):
            continue
        if _ANNOTATION in node.spot.resource.fragment.text:
            continue
        for config in configs.get(node.name, ()):
            for instance in config.instances:
                if (node.name, instance.name) not in given:
                    message = f"node {node.name} ({node.spot}) has no IPv4 address for Cilium {cluster.release} to make"
                    message += f" a router id of: give `routerID` in a CiliumBGPNodeConfigOverride {node.name}"
                    yield Said(instance.spot, message)


def port_without_a_capability(case: Case) -> Iterator[Said]:
    """A port to listen on needs a capability that the agent does not have

    Why: An instance with `localPort` listens for routers that connect. Below 1024 Linux asks for the capability
    `NET_BIND_SERVICE`, which is not among those that the chart gives to the agent: the instance does not start. The
    chart's value is a list that takes the place of its own, so the others have to be named beside it.

    Source: Cilium 1.19, Documentation/network/bgp-control-plane; cilium/cilium #34248, #34016.

    Bad::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            bgpControlPlane:
              enabled: true
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          bgpInstances:
          - name: main
            localASN: 65001
            localPort: 179
            peers:
            - name: gateway
              peerASN: 65000
              peerAddress: 10.80.0.1
              peerConfigRef:
                name: gateway

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
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata:
          name: rack0
        spec:
          bgpInstances:
          - name: main
            localASN: 65001
            localPort: 1790
            peers:
            - name: gateway
              peerASN: 65000
              peerAddress: 10.80.0.1
              peerConfigRef:
                name: gateway
    """
    every = case.cluster.values
    if not every or any(values.data is None for values in every):
        return
    for values in every:
        if values.partial:
            return
        named = values.get(*_CAPABILITIES)
        allowed = is_open(named) or (isinstance(named, list) and any(_CAPABILITY in str(one) for one in named))
        if allowed or values.get("securityContext", "privileged") is True:
            return
    for spot, port in _ports(case.cluster):
        if port is not None and 0 < port < _PRIVILEGED:
            message = f"port {port} needs {_CAPABILITY}: take one from 1024 on, or add it and the chart's own to"
            yield Said(spot, f"{message} `{'.'.join(_CAPABILITIES)}` of {every[0].spot}", str(port))


def _ports(cluster: Cluster) -> Iterator[tuple[Spot, int | None]]:
    for config in cluster.cluster_configs:
        for instance in config.instances:
            yield instance.spot.at("localPort"), instance.port
    for override in cluster.overrides:
        for overridden in override.instances:
            yield overridden.spot.at("localPort"), overridden.port


RULES: Final = (
    Rule("CN212", "warning", override_of_nothing),
    Rule("CN213", "warning", router_id),
    Rule("CN214", "error", port_without_a_capability),
)
