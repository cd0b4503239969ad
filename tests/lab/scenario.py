"""What a lab is to be made of, as data: nodes, routers, the package and the Services that ask for addresses.

A scenario says nothing about how a lab is built. Written down it is a screen of YAML, which lab.story reads.

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
    servers:
      node-a: {manifests: {chart.yaml: "# what RKE2's deploy controller keeps in the cluster"}}
    services:
      test-lb:
      probe: {labels: {cilium-networking/pool: virtual-addresses}}

Who has an address in a subnet is plugged into that subnet's switch. A node is known by its first address of each
family. Cilium manages all the interfaces that it has here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lab.network import Interface, Subnet
from lab.software import RouterSpec

#: The release whose operator and speakers are built (programs/cilium).
RELEASE: Final = "1.19"


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of the cluster. `pods` are the subnets of its Pods."""

    name: str
    labels: Mapping[str, str]
    interfaces: Mapping[str, tuple[Interface, ...]]
    pods: tuple[Subnet, ...] = ()

    @property
    def addresses(self) -> tuple[Interface, ...]:
        """Its first IPv4 and its first IPv6 address: those by which the cluster knows it."""
        first: dict[int, Interface] = {}
        for addresses in self.interfaces.values():
            for address in addresses:
                first.setdefault(address.version, address)
        return tuple(first.values())


@dataclass(frozen=True, slots=True)
class Server:
    """A server of RKE2 with a deploy controller of its own; it may be a node too, of the same name.

    `manifests` are the files in its directory, by their path there; `disable` is what its config.yaml says of them.
    """

    name: str
    manifests: Mapping[str, str] = field(default_factory=dict)
    disable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """A Service of type LoadBalancer in a scenario; `spec` is laid over what a plain one has."""

    name: str
    namespace: str = "default"
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    spec: Mapping[str, Any] = field(default_factory=dict)

    def manifest(self) -> dict[str, Any]:
        plain = {"type": "LoadBalancer", "ports": [{"port": 80}], "selector": {"app": self.name}}
        metadata: dict[str, Any] = {"name": self.name, "namespace": self.namespace}
        if self.labels:
            metadata["labels"] = dict(self.labels)
        if self.annotations:
            metadata["annotations"] = dict(self.annotations)
        return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": plain | dict(self.spec)}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A cluster, its package and the routers around it.

    `operator: false` gives an API server that holds the CRDs of `release` and nothing that acts on them. `package` is a
    directory of the project, or none for an empty one; `setters` are rendered into it, and `settings` (the typed form)
    over them. `applied: false` leaves `kpt live init` and `kpt live apply` to the test.
    """

    release: str = RELEASE
    operator: bool = True
    nodes: tuple[Node, ...] = ()
    routers: tuple[RouterSpec, ...] = ()
    servers: tuple[Server, ...] = ()
    package: str | None = None
    applied: bool = True
    setters: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    services: tuple[Service, ...] = ()

    @property
    def subnets(self) -> tuple[Subnet, ...]:
        every = [address for node in self.nodes for addresses in node.interfaces.values() for address in addresses]
        every += [address for router in self.routers for address in router.addresses]
        return tuple(dict.fromkeys(address.network for address in every))
