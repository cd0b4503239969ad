"""What the resources of a cluster mean together: pools, policies, sessions, Services, nodes, values.

::

    cluster = read_cluster(resource_list.resources, "1.19")
    cluster.pools[0].blocks[0].range     -> Range 10.80.8.129-10.80.8.190

One model for every verb that looks at more than one object; nobody reads those resources a second time.
"""

from __future__ import annotations

from .bgp import (
    Advert,
    Advertisement,
    ClusterConfig,
    FamilyConfig,
    Instance,
    OverriddenInstance,
    Override,
    Peer,
    PeerConfig,
)  # fmt: skip
from .choosing import Choosers, Meetings, takes
from .cluster import Cluster, Object, read_cluster
from .helm import Values
from .inventory import Inventory
from .machines import KnownNode, Machines
from .nodes import Node
from .pools import Block, L2Policy, Pool
from .selector import Requirement, Selector, contradiction
from .services import Gateway, Port, Request, Service
from .spot import Spot
from .supply import Supply

__all__ = [
    "Advert",
    "Advertisement",
    "Block",
    "Choosers",
    "Cluster",
    "ClusterConfig",
    "FamilyConfig",
    "Gateway",
    "Instance",
    "Inventory",
    "KnownNode",
    "L2Policy",
    "Machines",
    "Meetings",
    "Node",
    "Object",
    "OverriddenInstance",
    "Override",
    "Peer",
    "PeerConfig",
    "Pool",
    "Port",
    "Request",
    "Requirement",
    "Selector",
    "Service",
    "Spot",
    "Supply",
    "Values",
    "contradiction",
    "read_cluster",
    "takes",
]
