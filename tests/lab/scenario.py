"""What a lab is to be made of, as data: nodes, routers, the package and the Services that ask for addresses.

Promises: a scenario is a screen of YAML and says nothing about how a lab is built. A word that it does not know is an
error that names it and the known ones, so that a misspelt line cannot be a line that does nothing.

::

    nodes:
      node-a:
        labels: {node-role.kubernetes.io/control-plane: "true"}
        interfaces: {vmnet0: 10.80.0.11/16, lan0: 192.168.7.11/24}
        pods: 10.42.0.0/24
    routers:
      gateway: {runs: frr, address: 10.80.0.1/16, asn: 65000}
    package: packages/cilium-networking
    setters: {bgp-hold-time: "9"}
    services:
      test-lb:
      probe: {labels: {cilium-networking/pool: virtual-addresses}}

Who has an address in a subnet is plugged into that subnet's switch. A node's first interface is the one it is known by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_interface, ip_network
from typing import Any, Final, Literal, cast

import yaml

from lab.network import Interface, Subnet
from lab.routers import RouterSpec

#: The release whose operator and speakers are built (programs/cilium).
RELEASE: Final = "1.19"


class ScenarioError(ValueError):
    """The scenario says something that no lab can be made of."""


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of the cluster. `devices` are the interfaces that Cilium manages there; all of them unless given."""

    name: str
    labels: Mapping[str, str]
    interfaces: Mapping[str, tuple[Interface, ...]]
    pods: tuple[Subnet, ...] = ()
    devices: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[Interface, ...]:
        """Its first IPv4 and its first IPv6 address: those by which the cluster knows it."""
        first: dict[int, Interface] = {}
        for addresses in self.interfaces.values():
            for address in addresses:
                first.setdefault(address.version, address)
        return tuple(first.values())


@dataclass(frozen=True, slots=True)
class Service:
    """A Service of type LoadBalancer in a scenario; `spec` is laid over what a plain one has."""

    name: str
    namespace: str = "default"
    labels: Mapping[str, str] | None = None
    annotations: Mapping[str, str] | None = None
    spec: Mapping[str, Any] | None = None

    def manifest(self) -> dict[str, Any]:
        plain = {"type": "LoadBalancer", "ports": [{"port": 80}], "selector": {"app": self.name}}
        metadata: dict[str, Any] = {"name": self.name, "namespace": self.namespace}
        if self.labels:
            metadata["labels"] = dict(self.labels)
        if self.annotations:
            metadata["annotations"] = dict(self.annotations)
        return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": plain | dict(self.spec or {})}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A cluster, its package and the routers around it.

    `operator: false` gives an API server that holds the CRDs of `release` and nothing that acts on them. `package` is a
    directory of the project, or none for an empty one; `setters` and `settings` (the typed form) are rendered into it.
    `applied: false` leaves `kpt live init` and `kpt live apply` to the test.
    """

    release: str = RELEASE
    operator: bool = True
    nodes: tuple[Node, ...] = ()
    routers: tuple[RouterSpec, ...] = ()
    package: str | None = None
    applied: bool = True
    setters: Mapping[str, str] | None = None
    settings: Mapping[str, Any] | None = None
    services: tuple[Service, ...] = ()
    objects: tuple[Mapping[str, Any], ...] = ()

    @property
    def subnets(self) -> tuple[Subnet, ...]:
        every = [address for node in self.nodes for addresses in node.interfaces.values() for address in addresses]
        every += [address for router in self.routers for address in router.addresses]
        return tuple(dict.fromkeys(address.network for address in every))


def read_scenario(text: str) -> Scenario:
    """The scenario that a YAML text describes. Raises `ScenarioError`."""
    said = _known("the scenario", yaml.safe_load(text) or {}, {each.name for each in fields(Scenario)})
    plain = {key: said[key] for key in said if key not in {"nodes", "routers", "services", "objects"}}
    if plain.get("operator", True) and plain.get("release", RELEASE) != RELEASE:
        raise ScenarioError(
            f"only the operator of {RELEASE} is built: say `operator: false` for release {plain['release']}"
        )
    return Scenario(
        **plain,
        nodes=tuple(_node(name, node or {}) for name, node in (said.get("nodes") or {}).items()),
        routers=tuple(_router(name, router or {}) for name, router in (said.get("routers") or {}).items()),
        services=tuple(_service(name, service or {}) for name, service in (said.get("services") or {}).items()),
        objects=tuple(said.get("objects") or ()),
    )


def _node(name: str, said: dict[str, Any]) -> Node:
    _known(f"node {name}", said, {"labels", "interfaces", "pods", "devices"})
    interfaces = {key: _interfaces(f"node {name}", value) for key, value in (said.get("interfaces") or {}).items()}
    if not interfaces:
        raise ScenarioError(f"node {name} has no interface")
    pods = tuple(ip_network(one) for one in _several(said.get("pods", ())))
    devices = tuple(said.get("devices", interfaces))
    return Node(name, dict(said.get("labels") or {}), interfaces, pods, devices)


def _router(name: str, said: dict[str, Any]) -> RouterSpec:
    _known(f"router {name}", said, {"runs", "address", "asn", "peers", "password", "config"})
    missing = {"runs", "address", "asn"} - said.keys()
    if missing:
        raise ScenarioError(f"router {name} lacks {', '.join(sorted(missing))}")
    try:
        return RouterSpec(
            name=name,
            runs=cast("Literal['frr', 'bird', 'gobgp']", said["runs"]),
            addresses=_interfaces(f"router {name}", said["address"]),
            asn=said["asn"],
            peers=said.get("peers", "external"),
            password=said.get("password"),
            config=said.get("config", ""),
        )
    except ValueError as error:
        raise ScenarioError(str(error)) from None


def _service(name: str, said: dict[str, Any]) -> Service:
    _known(f"service {name}", said, {"namespace", "labels", "annotations", "spec"})
    return Service(name=name, **said)


def _known(what: str, said: Any, known: set[str]) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise ScenarioError(f"{what} is no mapping")
    for word in said.keys() - known:
        raise ScenarioError(f"{what} has `{word}`; known are {', '.join(sorted(known))}")
    return said


def _several(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def _interfaces(what: str, value: Any) -> tuple[Interface, ...]:
    try:
        return tuple(ip_interface(one) for one in _several(value))
    except ValueError as error:
        raise ScenarioError(f"{what}: {error}") from None
