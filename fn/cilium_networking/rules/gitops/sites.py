"""CN618: several clusters in what was given as one."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Final

from ..rule import Case, Rule, Said

_FEW: Final = 5


def several_clusters(case: Case) -> Iterator[Said]:
    """What is given as one cluster holds several

    Why: A PATH is judged as one cluster, and the root of a repository may hold all of a site: a pool of the one would
    overlap a pool of the other. Where the input proves it, what stands in the directories of different clusters is not
    held against one another, and so less is said than could be. The proof is an object that a cluster has once, in
    several directories, a chart that is given several cluster names, or several overlays of one kustomize base. Each
    cluster named with all of its directories is judged whole, and compared with the others where they share a network.

    Source: `validate --help`; that Cilium's networking belongs to the whole cluster, `scope: Cluster` in its CRDs.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
          annotations:
            config.kubernetes.io/path: clusters/alcide/pool.yaml
        spec:
          blocks:
          - cidr: 10.80.8.128/26
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
          annotations:
            config.kubernetes.io/path: clusters/bioskop/pool.yaml
        spec:
          blocks:
          - cidr: 10.80.8.128/26

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
          annotations:
            config.kubernetes.io/path: clusters/alcide/pool.yaml
        spec:
          blocks:
          - cidr: 10.80.8.128/26
    """
    sites = case.cluster.sites
    if sites is None:
        return
    one, other = sites.proof
    names = list(sites.places)
    shown = " and ".join((", ".join(names[:-1][:_FEW]), names[-1] if len(names) <= _FEW + 1 else "others"))
    shared = sites.shared(case.cluster.resources)
    asked = " ".join(_option(name, (*sites.places[name], *shared), case.cluster.root) for name in names)
    message = (
        f"no cluster has both this and {one}, so {shown} are judged apart, each with what they share; name all "
        f"directories of each to judge them whole: `cilium-networking validate {asked}`"
    )
    yield Said(other, message)


def _option(name: str, places: Iterable[str], root: str) -> str:
    """The option for one cluster as a shell takes it, with paths from where the user stands."""
    import shlex  # only for an input that holds several clusters

    paths = [posixpath.normpath(posixpath.join(root, place)) for place in places]
    return shlex.join(("--cluster", name, *paths))


RULES: Final = (Rule("CN618", "warning", several_clusters),)
