"""CN112: pools over networks that are the cluster's own, those of Pods and of ClusterIPs.

Known as a mesh knows them: from the inventory, else the CNI's values, else Node objects; and where none of them says
it, from RKE2's defaults. Left out is the chart's own default, of which nodes take small parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...addressing import Cidr, Range, Spans
from ...fabric.mesh import RKE2_PODS, RKE2_SERVICES
from ...records import dataclass
from ..rule import Case, Rule, Said
from .occupied import given_out
from .overlaps import shared

if TYPE_CHECKING:
    from ...resources import Severity


@dataclass(frozen=True, slots=True)
class _Network:
    """A network and what it is, with where that stands."""

    range: Range
    text: str
    severity: Severity | None = None


def network_of_the_cluster(case: Case) -> Iterator[Said]:
    """A pool overlaps the cluster's own networks

    Why: Addresses of Pods and ClusterIPs are the cluster's alone. A Service whose address is also a Pod's is reached by
    nobody inside of the cluster, or in place of that Pod. Known are the networks of the inventory; where it has none,
    the pools of Cilium's own IPAM in the CNI's values, or else what Nodes have. Where the input is RKE2's and says none
    of these, its defaults 10.42.0.0/16 and 10.43.0.0/16 are taken, and it is a warning.

    Source: `podCIDRs` and `serviceCIDRs` of the inventory; `spec.podCIDRs` of Nodes; `cluster-cidr` and `service-cidr`
    of RKE2's server options.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.42.8.128/26
        ---
        apiVersion: v1
        kind: Node
        metadata:
          name: node-a
        spec:
          podCIDRs:
          - 10.42.8.0/24

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
        ---
        apiVersion: v1
        kind: Node
        metadata:
          name: node-a
        spec:
          podCIDRs:
          - 10.42.8.0/24
    """
    networks = Spans((one.range, one) for one in _inside(case))
    for _, block, given in given_out(case):
        found = networks.meeting(given)
        if found is not None:
            met = found[1]
            message = (
                f"`{block.words}` holds {shared(given, met.range)}, which is of {met.text}: "
                "take a network that the cluster does not use itself"
            )
            yield Said(block.spot, message, block.words, severity=met.severity)


#: k3s and RKE2, server options cluster-cidr and service-cidr.
_DEFAULTS: Final = ((RKE2_PODS, "cluster-cidr", "Pods"), (RKE2_SERVICES, "service-cidr", "ClusterIPs"))
_OF_A_NODE: Final = ("Node", "CiliumNode")


def _inside(case: Case) -> Iterator[_Network]:
    cluster = case.cluster
    known = set()
    seen: set[Cidr] = set()
    for what, networks in (("Pods", cluster.membership.pods), ("ClusterIPs", cluster.membership.services)):
        for network in networks:
            fact = network.fact
            if fact.values is not None and not fact.keys:
                continue  # the chart's default: nobody said that this cluster is one of those that have it
            known.add(what)
            if network.cidr not in seen:
                seen.add(network.cidr)
                where = f"of {fact.spot}" if fact.spot.resource.kind in _OF_A_NODE else f"in {fact.spot}"
                yield _Network(network.cidr.all, f"{network.cidr}, the network of {what} {where}")
    ours = next((values for values in cluster.values if values.rke2), None)
    for default, option, what in _DEFAULTS if ours else ():
        if what not in known and ours:
            told = f"{default}, RKE2's default for {what} (`{option}`; that this is RKE2 is seen in {ours.spot})"
            yield _Network(default.all, told, "warning")


RULES: Final = (Rule("CN112", "error", network_of_the_cluster),)
