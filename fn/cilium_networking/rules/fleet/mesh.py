"""CN6xx: clusters of one ClusterMesh, which share names, ids and addresses. Each thing is said once, of the later one.

Two clusters of a run that are both in a mesh are in the same one, unless their inventories name different ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...addressing import Spans
from ...fabric.mesh import POOL_LIST, RKE2_PODS, RKE2_SERVICES
from ...settings.values import MESH_SIZES
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...fabric.mesh import Fact, Membership, Net
    from ...resources import Severity


def one_identity_twice(case: Case) -> Iterator[Said]:
    """Two clusters of a mesh have the same name or id

    Why: The id is a part of every identity that the clusters exchange, and the name is what each knows the others by.
    With one id twice the agents refuse to connect, or take the Pods of one cluster for those of the other where
    policies decide; with one name twice each takes the other for itself.

    Source: Cilium's chart and agents (validated since 1.17); cilium/cilium #32753.

    Bad::

        # cluster alcide
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata:
          name: cilium
          namespace: kube-system
        spec:
          chart:
            spec:
              chart: cilium
          values:
            cluster: {name: alcide, id: 15}
            clustermesh: {useAPIServer: true}
            ipam: {mode: kubernetes}
        # cluster bioskop
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata:
          name: cilium
          namespace: kube-system
        spec:
          chart:
            spec:
              chart: cilium
          values:
            cluster: {name: bioskop, id: 15}
            clustermesh: {useAPIServer: true}
            ipam: {mode: kubernetes}

    Good::

        # cluster alcide
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata:
          name: cilium
          namespace: kube-system
        spec:
          chart:
            spec:
              chart: cilium
          values:
            cluster: {name: alcide, id: 15}
            clustermesh: {useAPIServer: true}
            ipam: {mode: kubernetes}
        # cluster bioskop
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata:
          name: cilium
          namespace: kube-system
        spec:
          chart:
            spec:
              chart: cilium
          values:
            cluster: {name: bioskop, id: 16}
            clustermesh: {useAPIServer: true}
            ipam: {mode: kubernetes}
    """
    here = case.cluster.membership
    names: dict[object, Membership] = {}
    ids: dict[object, Membership] = {}
    for other in others(case):
        if other.name is not None:
            names.setdefault(other.name.value, other)
        # An id of 0 is of no mesh, which another rule says.
        if other.id is not None and other.id.value:
            ids.setdefault(other.id.value, other)
    if here.name is not None and here.name.value in names:
        theirs = names[here.name.value].name
        by = f", by {theirs.spot}" if theirs is not None else ""
        message = f"`{here.name.value}` is also the name of another cluster in the mesh{by}: each needs its own"
        yield _said(here.name, message)
    if here.id is not None and here.id.value in ids:
        other = ids[here.id.value]
        by = f", by {other.id.spot}" if other.id is not None else ""
        message = f"`{here.id.value}` is also the id of cluster {other.called} in the mesh{by}: each needs its own"
        yield _said(here.id, message)


def networks_of_two_clusters(case: Case) -> Iterator[Said]:
    """Networks of two clusters in a mesh have addresses in common

    Why: In a mesh a Pod is reached by its own address from everywhere. Where two clusters have the same network of
    Pods, an agent sends such traffic to a Pod of its own cluster. Where the network of Pods of one is the network of
    ClusterIPs of the other, some Pods are taken for Services there. RKE2 gives 10.42.0.0/16 and 10.43.0.0/16 to every
    cluster that says nothing else, so two of them are never fit for a mesh as they come; what its servers are told is
    not in the input, so this is a warning, and only for clusters that name each other as peers. ClusterIPs of two
    clusters may be alike.

    Source: Cilium's requirements for a ClusterMesh; RKE2's `cluster-cidr` and `service-cidr`.

    Bad::

        # cluster alcide
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: alcide
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          mesh: home
          podCIDRs: [10.42.0.0/16]
          serviceCIDRs: [10.43.0.0/16]
        # cluster bioskop
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: bioskop
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          mesh: home
          podCIDRs: [10.43.0.0/16]
          serviceCIDRs: [10.44.0.0/16]

    Good::

        # cluster alcide
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: alcide
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          mesh: home
          podCIDRs: [10.42.0.0/16]
          serviceCIDRs: [10.43.0.0/16]
        # cluster bioskop
        apiVersion: fn.kpt.dev/v1alpha1
        kind: NetworkInventory
        metadata:
          name: bioskop
          annotations:
            config.kubernetes.io/local-config: "true"
        spec:
          mesh: home
          podCIDRs: [10.44.0.0/16]
          serviceCIDRs: [10.45.0.0/16]
    """
    here = case.cluster.membership
    for other in others(case):
        every = Spans((net.cidr.all, net) for net in (*other.pods, *other.services))
        pods = Spans((net.cidr.all, net) for net in other.pods)
        for mine in (*here.pods, *here.services):
            met = (every if mine in here.pods else pods).meeting(mine.cidr.all)
            if met is not None:
                theirs = met[1]
                message = (
                    f"{mine.what} are in {_network(mine)}, and {theirs.what} of cluster {other.called} in "
                    f"{_network(theirs)}, by {theirs.fact.spot}: in a mesh each needs a network of its own"
                )
                if mine.default or theirs.default:
                    message += f", so set `{'.'.join(POOL_LIST)}`{'' if mine.default else ' there'}"
                # What nobody says does not stand there.
                yield _said(mine.fact, message) if not mine.default else Said(mine.fact.spot, message)
        if here.rke2 and other.rke2 and not (here.pods and other.pods) and here.spot is not None:
            unknown = " and ".join(one.called for one in (other, here) if not one.pods)
            if here.named_by(other) and other.named_by(here):
                if _meet(here, other):
                    message = (
                        f"nobody says which networks the Pods of {unknown} have, and RKE2 gives {RKE2_PODS} to Pods "
                        f"and {RKE2_SERVICES} to ClusterIPs of every cluster: in a mesh with {other.called}, by "
                        f"{other.spot}, each needs its own: set `cluster-cidr` and `service-cidr` on the servers, and "
                        "say them in an inventory"
                    )
                    yield Said(here.spot, message, severity="warning")
                continue
            message = (
                f"not checked: nobody says which networks the Pods of {unknown} have, and RKE2 gives 10.42.0.0/16 to "
                "every cluster unless told otherwise: say it in an inventory"
            )
            yield Said(here.spot, message, severity="info")


def _network(net: Net) -> str:
    return f"{net.cidr}" + (" (the chart's default with `ipam.mode` cluster-pool)" if net.default else "")


def _meet(one: Membership, other: Membership) -> bool:
    """Whether networks of two clusters of RKE2 meet if it gives those that nobody says."""
    pods, services = [], []
    for each in (one, other):
        pods.append([net.cidr.all for net in each.pods] or [RKE2_PODS.all])
        services.append([net.cidr.all for net in each.services] or [RKE2_SERVICES.all])
    return any(
        a.overlaps(b)
        for mine, theirs in ((pods[0], pods[1] + services[1]), (services[0], pods[1]))
        for a in mine
        for b in theirs
    )


def two_limits(case: Case) -> Iterator[Said]:
    """Clusters of a mesh do not agree on how many there may be

    Why: `clustermesh.maxConnectedClusters` says how many bits of an identity are the cluster's. All clusters of a mesh
    have to cut them alike, 255 or 511, or they read each other's identities wrongly and refuse to connect. It cannot be
    changed while the cluster runs.

    Source: Cilium's chart, `clustermesh.maxConnectedClusters`; cilium/cilium #27520.

    Bad::

        # cluster alcide
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata:
          name: cilium
          namespace: kube-system
        spec:
          chart:
            spec:
              chart: cilium
          values:
            cluster: {name: alcide, id: 15}
            clustermesh: {useAPIServer: true, maxConnectedClusters: 511}
            ipam: {mode: kubernetes}
        # cluster bioskop
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata:
          name: cilium
          namespace: kube-system
        spec:
          chart:
            spec:
              chart: cilium
          values:
            cluster: {name: bioskop, id: 16}
            clustermesh: {useAPIServer: true, maxConnectedClusters: 255}
            ipam: {mode: kubernetes}

    Good::

        # cluster alcide
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata:
          name: cilium
          namespace: kube-system
        spec:
          chart:
            spec:
              chart: cilium
          values:
            cluster: {name: alcide, id: 15}
            clustermesh: {useAPIServer: true, maxConnectedClusters: 511}
            ipam: {mode: kubernetes}
        # cluster bioskop
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata:
          name: cilium
          namespace: kube-system
        spec:
          chart:
            spec:
              chart: cilium
          values:
            cluster: {name: bioskop, id: 16}
            clustermesh: {useAPIServer: true, maxConnectedClusters: 511}
            ipam: {mode: kubernetes}
    """
    here = case.cluster.membership
    mine = _limit(here)
    for other in others(case):
        theirs = _limit(other)
        fact = here.limit or here.id or here.name
        if mine is not None and theirs is not None and fact is not None and mine != theirs:
            message = (
                f"at most {mine} clusters may be connected here, and {theirs} in cluster {other.called}: all clusters "
                "of a mesh need the same `clustermesh.maxConnectedClusters`"
            )
            yield _said(fact, message, str(mine))
            return


def others(case: Case) -> list[Membership]:
    """The clusters of the run before this one that are in one mesh with it."""
    place = next((number for number, one in enumerate(case.fleet) if one is case.cluster), 0)
    if not place:
        return []
    here = case.cluster.membership
    return [one.membership for one in case.fleet[:place] if one.membership.with_(here)]


def _limit(member: Membership) -> int | None:
    """The limit; ``None`` where somebody else may say another one."""
    if member.limit is not None:
        said = str(member.limit.value)
        return int(said) if said in map(str, MESH_SIZES) else None
    fact = member.id or member.name
    return MESH_SIZES[0] if fact is not None and fact.values is not None and not fact.values.partial else None


def _said(fact: Fact, message: str, current: str | None = None, severity: Severity | None = None) -> Said:
    return Said(
        fact.spot, message, str(fact.value) if current is None else current, severity=severity, values=fact.values,
        keys=fact.keys,
    )  # fmt: skip


RULES: Final = (
    Rule("CN604", "error", one_identity_twice),
    Rule("CN605", "error", networks_of_two_clusters),
    Rule("CN606", "error", two_limits),
)
