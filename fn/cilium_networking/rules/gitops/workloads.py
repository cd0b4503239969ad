"""CN6xx: Services and the Pods behind them, where both are in the files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from ...fabric import Spot
from ...fabric.spot import below, is_open, members, number, text, words
from ...records import dataclass
from ..rule import Case, Rule, Said

#: What makes Pods from a template.
_KINDS: Final = ("Deployment", "StatefulSet", "DaemonSet")


@dataclass(frozen=True, slots=True)
class _Workload:
    spot: Spot
    labels: Mapping[str, str]
    #: The ports that its containers declare.
    names: frozenset[str]
    numbers: frozenset[int]
    #: Whether each container declares some.
    declared: bool
    #: Whether a placeholder stands where a port or a label belongs.
    open: bool


def nobody_listens(case: Case) -> Iterator[Said]:
    """No container listens where a Service sends

    Why: A `targetPort` that is a name is looked up among the ports that the Pods declare; where none has that name, the
    Service has no endpoints. A number is taken as it is, and where the containers listen somewhere else every
    connection is refused: the address answers, the service does not.

    Source: Kubernetes, v1.ServicePort.targetPort.

    Bad::

        apiVersion: v1
        kind: Service
        metadata:
          name: echo
        spec:
          type: LoadBalancer
          selector:
            app: echo
          ports:
          - port: 80
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: echo
        spec:
          template:
            metadata:
              labels:
                app: echo
            spec:
              containers:
              - name: echo
                ports:
                - containerPort: 5678

    Good::

        apiVersion: v1
        kind: Service
        metadata:
          name: echo
        spec:
          type: LoadBalancer
          selector:
            app: echo
          ports:
          - port: 80
            targetPort: 5678
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: echo
        spec:
          template:
            metadata:
              labels:
                app: echo
            spec:
              containers:
              - name: echo
                ports:
                - containerPort: 5678
    """
    workloads = _workloads(case)
    if not workloads:
        return
    for spot, selector, ports in _services(case):
        if not selector or any(is_open(word) for pair in selector.items() for word in pair):
            continue
        namespace = spot.resource.namespace or "default"
        # By the label that the fewest have: there are many of one tier, and few of one name.
        near = min((workloads.get((namespace, *label), []) for label in selector.items()), key=len)
        behind = [one for one in near if selector.items() <= one.labels.items()]
        if not behind or any(one.open for one in behind):
            continue
        for at, target in ports:
            # What a container declares is for readers; only a name has to be there.
            if isinstance(target, str) and not any(target in one.names for one in behind):
                known = sorted({name for one in behind for name in one.names})
                message = f"sends to the port `{target}`, and no container of {behind[0].spot} has one of that name"
                yield Said(at, message + _only(known), target, severity="error")
            elif isinstance(target, int) and all(one.declared and target not in one.numbers for one in behind):
                listens = sorted({port for one in behind for port in one.numbers})
                message = f"sends to port `{target}`, which no container of {behind[0].spot} declares"
                yield Said(at, message + _only(listens), str(target))


def _services(case: Case) -> Iterator[tuple[Spot, Mapping[str, str], list[tuple[Spot, int | str]]]]:
    """Services of every type with their selectors, and where their ports send."""
    for service in case.cluster.services:
        if service.made_by:
            continue
        sent = ((port.spot, port.target, port.number) for port in service.ports)
        yield service.spot, service.pods, list(_targets(sent))
    for one in case.cluster.of("Service"):
        found = (
            (one.spot.at("spec", "ports", i), port.get("targetPort"), number(port, "port"))
            for i, port in members(one.data, "spec", "ports")
        )
        yield one.spot, words(one.data, "spec", "selector"), list(_targets(found))


def _targets(ports: Iterable[tuple[Spot, Any, int | None]]) -> Iterator[tuple[Spot, int | str]]:
    for spot, target, port in ports:
        if isinstance(target, (int, str)) and not isinstance(target, bool) and not is_open(target):
            # Digits in quotes are a number to the API server as well.
            yield spot.at("targetPort"), int(target) if str(target).isdecimal() else target
        elif target is None and port is not None:
            yield spot.at("port"), port


def _workloads(case: Case) -> dict[tuple[str, str, str], list[_Workload]]:
    """Workloads by namespace and each label of their Pods."""
    found: dict[tuple[str, str, str], list[_Workload]] = {}
    for one in case.cluster.of(*_KINDS):
        template = below(one.data, "spec", "template")
        containers = [each for _, each in members(template, "spec", "containers")]
        ports = [[port for _, port in members(each, "ports")] for each in containers]
        # A sidecar is written as an init container that goes on.
        more = [port for _, each in members(template, "spec", "initContainers") for _, port in members(each, "ports")]
        every = [port for several in (*ports, more) for port in several]
        labels = words(template, "metadata", "labels")
        workload = _Workload(
            spot=one.spot,
            labels=labels,
            names=frozenset(name for port in every if (name := text(port, "name"))),
            numbers=frozenset(each for port in every if (each := number(port, "containerPort")) is not None),
            declared=bool(ports) and all(ports),
            open=any(is_open(word) for port in every for word in port.values())
            or any(is_open(word) for pair in labels.items() for word in pair),
        )
        for label in labels.items():
            found.setdefault((one.namespace or "default", *label), []).append(workload)
    return found


def _only(known: Sequence[int | str]) -> str:
    shown = ", ".join(f"`{port}`" for port in known[:5]) + (", …" if len(known) > 5 else "")
    return f": there is {shown}" if shown else ""


RULES: Final = (Rule("CN617", "warning", nobody_listens),)
