"""CN113 and CN114: what the inventory keeps for a Service, and that there is none.

An address that is kept for something else than a Service is kept all the same: no pool that serves anybody may hold it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..rule import Case, Rule, Said
from .occupied import given_out, reserved
from .overlaps import shared
from .pools import serves_anybody


def reserved_address(case: Case) -> Iterator[Said]:
    """A pool may give any Service an address that is kept for one

    Why: Cilium keeps no address back for anybody. The address that a Gateway or the mesh is meant to have is free until
    it asks for it, and a Service that came before may have it; then it waits, after a restart of the operator too. An
    address is kept by leaving it out of the pools that serve anybody, and giving it a pool whose selector takes only
    its Service.

    Source: Cilium 1.19, operator/pkg/lbipam, allocateIPAddress; `reserved` of the inventory.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - start: 10.80.8.100
            stop: 10.80.8.119
        ---
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: bioskop
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          networks:
          - name: lan
            cidr: 10.80.0.0/20
            reserved:
            - addresses: 10.80.8.110
              for: the shared Gateway

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - start: 10.80.8.111
            stop: 10.80.8.119
          serviceSelector:
            matchExpressions:
            - key: io.kubernetes.service.name
              operator: NotIn
              values:
              - cilium-gateway-shared
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: gateway
        spec:
          blocks:
          - start: 10.80.8.110
          serviceSelector:
            matchLabels:
              io.kubernetes.service.name: cilium-gateway-shared
        ---
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: bioskop
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          networks:
          - name: lan
            cidr: 10.80.0.0/20
            reserved:
            - addresses: 10.80.8.110
              for: the shared Gateway
    """
    inventory = case.cluster.inventory
    kept = [taken for taken in inventory.taken if reserved(taken)] if inventory else []
    for pool, block, given in given_out(case) if kept else ():
        for taken in kept if serves_anybody(pool) else ():
            if taken.range.overlaps(given):
                purpose = taken.what.removeprefix("what is ")
                message = (
                    f"`{block.words}` holds {shared(given, taken.range)}, {purpose} in {taken.spot}, and this pool "
                    "serves any Service: leave it out, and give it a pool of its own"
                )
                yield Said(block.spot, message, block.words)


def no_inventory(case: Case) -> Iterator[Said]:
    """Pools cannot be compared with the network without an inventory

    Why: Kubernetes objects say nothing of gateways, DHCP ranges, and what else has an address in the network. A
    `NetworkInventory` beside them does; with it the rules about addresses of others are asked, and without it this is
    said once. What Node objects and BGP cluster configs say is compared in any case.

    Source: The schema of `NetworkInventory`, docs/networkinventory.schema.json.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
        ---
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: bioskop
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          networks:
          - name: lan
            cidr: 10.80.0.0/20
            gateway: 10.80.0.1
    """
    if case.cluster.pools and not case.cluster.inventories:
        message = "not checked: no inventory says which addresses gateways, DHCP, the API server and others have"
        yield Said(case.cluster.pools[0].spot, message)


RULES: Final = (
    Rule("CN113", "warning", reserved_address),
    Rule("CN114", "info", no_inventory),
)
