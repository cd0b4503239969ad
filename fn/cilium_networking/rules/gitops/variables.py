"""CN6xx: variables of Flux and the settings that they come from.

Only the objects of Cilium's networking are looked at: what other placeholders mean is their owner's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from ...addressing import Address, parse_address
from ...fabric import Spot
from ...kinds import GROUP, nearest, schema, versions
from ..engine import MOST
from ..placeholders import judged_as
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...fabric.flux import Given, Kustomization, Table
    from ...lossless import Path

#: kustomize-controller, varsubRegex.
_FLUX_NAME: Final = r"[_A-Za-z][_A-Za-z0-9]*"


def setting_under_two_names(case: Case) -> Iterator[Said]:
    """One setting stands under two names

    Why: Two keys hold one address, such as `CLUSTERMESH_IP` and `CILIUM_CLUSTERMESH_LB_IP`. Some objects use the one
    and some the other, or nobody uses one of them; when the address changes, the one that is forgotten keeps the old.

    Source: The settings of repositories that have grown.

    Bad::

        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: cluster-settings
          namespace: flux-system
        data:
          CLUSTERMESH_IP: 10.25.11.100
          CILIUM_CLUSTERMESH_LB_IP: 10.25.11.100
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: clustermesh-apiserver
          namespace: kube-system
          annotations:
            lbipam.cilium.io/ips: ${CILIUM_CLUSTERMESH_LB_IP}
        spec:
          type: LoadBalancer
          ports:
          - port: 2379

    Good::

        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: cluster-settings
          namespace: flux-system
        data:
          CILIUM_CLUSTERMESH_LB_IP: 10.25.11.100
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: clustermesh-apiserver
          namespace: kube-system
          annotations:
            lbipam.cilium.io/ips: ${CILIUM_CLUSTERMESH_LB_IP}
        spec:
          type: LoadBalancer
          ports:
          - port: 2379
    """
    tables = case.cluster.flux.tables if case.cluster.has_placeholders else ()
    used = {one.variable.name for one in case.cluster.flux.placed} if tables else set()
    for table in tables:
        by_value: dict[str, list[str]] = {}
        for name, given in table.entries.items():
            if given.value is not None and isinstance(parse_address(given.value), Address):
                by_value.setdefault(given.value, []).append(name)
        for value, names in by_value.items():
            for one, other in _alike(names):
                if not {one, other} & used:
                    continue
                idle = [name for name in (one, other) if name not in used]
                reason = f"nothing here uses `{idle[0]}`" if idle else "objects use both"
                message = f"`{one}` and `{other}` are both {value}, and {reason}: keep one name"
                yield Said(table.entries[idle[0] if idle else one].spot, message, value)


def _alike(names: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs of names of which the words of one are words of the other."""
    words = [set(name.upper().split("_")) for name in names]
    having: dict[str, list[int]] = {}
    for place, several in enumerate(words):
        for word in several:
            having.setdefault(word, []).append(place)
    pairs: set[tuple[int, int]] = set()
    for place, several in enumerate(words):
        # Whoever has all words of a name has the rarest of them.
        for other in min((having[word] for word in several), key=len):
            if other != place and several <= words[other]:
                pairs.add((min(place, other), max(place, other)))
    return ((names[one], names[other]) for one, other in sorted(pairs))


def unset_variable(case: Case) -> Iterator[Said]:
    """A variable has no value and no default

    Why: By default Flux does not build a Kustomization with a variable that is not set: nothing of it is applied any
    more, and what stands in the cluster ages. Older controllers, and those told to be lenient, put in nothing, so that
    a pool without addresses is applied.

    Source: fluxcd/kustomize-controller, feature gate StrictPostBuildSubstitutions.

    Bad::

        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: cluster-settings
          namespace: flux-system
        data:
          CLUSTERMESH_IP: 10.25.11.100
        ---
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata:
          name: cilium-clustermesh
          namespace: flux-system
        spec:
          path: ./clustermesh
          postBuild:
            substituteFrom:
            - kind: ConfigMap
              name: cluster-settings
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: clustermesh-apiserver
          namespace: kube-system
          annotations:
            lbipam.cilium.io/ips: ${CILIUM_CLUSTERMESH_LB_IP}
        spec:
          type: LoadBalancer
          ports:
          - port: 2379

    Good::

        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: cluster-settings
          namespace: flux-system
        data:
          CILIUM_CLUSTERMESH_LB_IP: 10.25.11.100
        ---
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata:
          name: cilium-clustermesh
          namespace: flux-system
        spec:
          path: ./clustermesh
          postBuild:
            substituteFrom:
            - kind: ConfigMap
              name: cluster-settings
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: clustermesh-apiserver
          namespace: kube-system
          annotations:
            lbipam.cilium.io/ips: ${CILIUM_CLUSTERMESH_LB_IP}
        spec:
          type: LoadBalancer
          ports:
          - port: 2379
    """
    if not case.cluster.has_placeholders or not case.cluster.flux.tables:
        return
    told: set[str] = set()
    for placed in case.cluster.flux.placed:
        one = placed.variable
        given, complete = case.cluster.flux.given(placed.resource)
        if not complete or one.default is not None or one.dashed or one.name in given or one.name in told:
            continue
        told.add(one.name)
        # A guess costs a look at every setting, and of so many nobody reads more than the first.
        meant = _meant(one.name, given) if len(told) <= MOST else None
        hint = f": did you mean `{meant}`?" if meant else ": set it, or give it a default"
        yield Said(placed.spot, f"`{one.name}` is set by none of the settings here{hint}", one.text)


def _meant(name: str, given: Iterable[str]) -> str | None:
    words = set(name.upper().split("_"))
    related = (known for known in given if _related(words, set(known.upper().split("_"))))
    return next(related, None) or nearest(name, given)


def _related(one: set[str], other: set[str]) -> bool:
    return len(one & other) > 1 and (one <= other or other <= one)


def unfit_setting(case: Case) -> Iterator[Said]:
    """A setting is not what the field takes that it is put into

    Why: The object looks right with its placeholder, and the settings look right without the object. Put together, a
    peer's address has a mask, as in the old BGP policies, or a boolean is a word: the API server refuses the object,
    and Flux keeps trying.

    Source: The CRDs of Cilium, pkg/k8s/apis/cilium.io, per release.

    Bad::

        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: cluster-settings
          namespace: flux-system
        data:
          POOL_DISABLED: "maybe"
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: infra-pool
        spec:
          disabled: ${POOL_DISABLED}
          blocks:
          - start: 10.25.11.100
            stop: 10.25.11.119

    Good::

        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: cluster-settings
          namespace: flux-system
        data:
          POOL_DISABLED: "true"
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: infra-pool
        spec:
          disabled: ${POOL_DISABLED}
          blocks:
          - start: 10.25.11.100
            stop: 10.25.11.119
    """
    if not case.cluster.has_placeholders or not case.cluster.flux.tables:
        return
    told: set[tuple[int, Path]] = set()
    for placed in case.cluster.flux.placed:
        resource, path, one = placed.resource, placed.path, placed.variable
        if resource.identity[0] != GROUP or not (one.plain and placed.alone):
            continue
        served = {version.api_version for version in versions(resource.kind, case.cluster.release)}
        if resource.api_version not in served:
            continue
        field = schema(resource.kind, case.cluster.release, resource.api_version).at(path)
        given, _ = case.cluster.flux.given(resource)
        for value in given.get(one.name, ()):
            key = (id(value.spot.resource), value.spot.path)
            problem = next(judged_as(value.value, field, path), None) if value.value and key not in told else None
            if problem is not None:
                told.add(key)
                message = f"does not do for {Spot(resource)}: {problem.message}"
                yield Said(value.spot, message, value.value, problem.proposed)


def not_a_variable(case: Case) -> Iterator[Said]:
    """A name with a dash is no variable of Flux's

    Why: Flux refuses to build anything when a key of its settings has a dash. In an object, `${cluster-name}` is the
    variable `cluster` and, where that is not set, the text `name`, which then stands in the cluster. The names of kpt's
    setters do not go with Flux as they are.

    Source: fluxcd/kustomize-controller (names of variables); fluxcd/pkg, envsubst (`${var-default}`).

    Bad::

        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: cluster-settings
          namespace: flux-system
        data:
          pool-cidr: 10.80.8.128/26
        ---
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata:
          name: cilium-ipam
          namespace: flux-system
        spec:
          path: ./ipam
          postBuild:
            substituteFrom:
            - kind: ConfigMap
              name: cluster-settings

    Good::

        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: cluster-settings
          namespace: flux-system
        data:
          POOL_CIDR: 10.80.8.128/26
        ---
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata:
          name: cilium-ipam
          namespace: flux-system
        spec:
          path: ./ipam
          postBuild:
            substituteFrom:
            - kind: ConfigMap
              name: cluster-settings
    """
    if "Kustomization" not in case.cluster.others:
        return
    told: set[int] = set()
    for above in case.cluster.flux.kustomizations:
        for given in _entries(case, above):
            name = str(given.spot.path[-1])
            if not re.fullmatch(_FLUX_NAME, name) and id(given) not in told:
                told.add(id(given))
                proposed = re.sub(r"[^_A-Za-z0-9]", "_", name)
                message = f"Flux builds nothing with a variable called `{name}`: letters, digits and `_` make a name"
                yield Said(given.spot, message, name, proposed)
    for placed in case.cluster.flux.placed if case.cluster.has_placeholders else ():
        one = placed.variable
        known, _ = case.cluster.flux.given(placed.resource)
        if one.dashed and one.name not in known and case.cluster.flux.over(placed.resource):
            message = f"to Flux `{one.text}` is the variable `{one.name}`, or else the text `{one.default}`"
            proposed = "${" + one.text[2:-1].upper().replace("-", "_") + "}"
            yield Said(placed.spot, message, one.text, proposed, severity="warning")


def _entries(case: Case, above: Kustomization) -> Iterator[Given]:
    yield from above.inline.values()
    tables: tuple[Table, ...] = case.cluster.flux.sources_of(above) or ()
    for table in tables:
        yield from table.entries.values()


RULES: Final = (
    Rule("CN613", "warning", setting_under_two_names),
    Rule("CN614", "warning", unset_variable),
    Rule("CN615", "error", unfit_setting),
    Rule("CN616", "error", not_a_variable),
)
