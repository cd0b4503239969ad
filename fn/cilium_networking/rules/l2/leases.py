"""CN3xx, leases: how often agents ask the API server for the leases of L2, and whether the times go together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from ...fabric import Cluster, takes
from ...fabric.services import L2_CLASS
from ...fabric.spot import is_open
from ..helm.chart import Chart, read_chart
from ..rule import Case, Rule, Said

#: Cilium 1.19, pkg/option: times of a lease in seconds, by the chart's names of them.
_TIMES: Final = {"leaseDuration": 15.0, "leaseRenewDeadline": 5.0, "leaseRetryPeriod": 2.0}
#: Cilium 1.19, pkg/k8s/client: requests a second of an agent whose values do not say.
QPS: Final = 10
#: k8s.io/client-go, tools/leaderelection: how far tries spread.
_JITTER: Final = 1.2
_UNITS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART: Final = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)")


def too_many_leases(case: Case) -> Iterator[Said]:
    """Agents renew more leases than they may ask the API server for

    Why: Each Service that an L2 policy selects has a lease, and its node renews it every `leaseRenewDeadline`. An agent
    asks the API server at most `k8sClientRateLimit.qps` times a second, for everything it does. Above that renewals
    come late, leases change hands, and addresses flap between nodes. One node may come to hold all leases.

    Source: Cilium documentation, L2 announcements, sizing the client rate limit; cilium/cilium #26586.

    Bad::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            kubeProxyReplacement: true
            k8sServiceHost: localhost
            k8sServicePort: 6443
            k8sClientRateLimit:
              qps: 2
              burst: 4
            l2announcements:
              enabled: true
              leaseDuration: 3s
              leaseRenewDeadline: 1s
              leaseRetryPeriod: 200ms
        ---
        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: one, namespace: shop}
        spec: {type: LoadBalancer, ports: [{port: 80}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: two, namespace: shop}
        spec: {type: LoadBalancer, ports: [{port: 80}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: three, namespace: shop}
        spec: {type: LoadBalancer, ports: [{port: 80}]}

    Good::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            kubeProxyReplacement: true
            k8sServiceHost: localhost
            k8sServicePort: 6443
            l2announcements:
              enabled: true
        ---
        apiVersion: cilium.io/v2alpha1
        kind: CiliumL2AnnouncementPolicy
        metadata:
          name: lan
        spec:
          loadBalancerIPs: true
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: one, namespace: shop}
        spec: {type: LoadBalancer, ports: [{port: 80}]}
    """
    chart = read_chart(case.cluster)
    given = chart.find("k8sClientRateLimit", "qps")
    if not chart.sources or (given is None and chart.partial):
        return
    qps = QPS if given is None else given.value
    renew = _seconds(chart, "leaseRenewDeadline")
    if isinstance(qps, bool) or not isinstance(qps, (int, float)) or not renew:
        return
    leases = _leases(case.cluster)
    asked = leases / renew
    if asked > qps:
        values, keys, spot = chart.place("k8sClientRateLimit", "qps")
        limit = f"is {qps:g}" if given is not None else f"is {qps:g} where nobody says"
        message = (
            f"`k8sClientRateLimit.qps` {limit}, and the leases of {leases} Services that L2 announces are renewed "
            f"every {renew:g}s, {asked:.3g} times a second: set it above that, and `burst` higher still"
        )
        yield Said(spot, message, f"{qps:g}", str(int(asked) + 1 + QPS), values=values, keys=keys)


def times_of_a_lease(case: Case) -> Iterator[Said]:
    """The times of L2 leases do not go together

    Why: A lease has to last longer than it takes to give up renewing it, and that longer than 1.2 times the wait
    between two tries. The agent replaces what does not by values of its own and only logs so: failover is then not
    what the values say. A number without a unit is no time to it at all.

    Source: Cilium 1.19, pkg/l2announcer, leaseTimings; k8s.io/client-go, tools/leaderelection.

    Bad::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            l2announcements:
              enabled: true
              leaseDuration: 3s
              leaseRenewDeadline: 5s

    Good::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            l2announcements:
              enabled: true
              leaseDuration: 3s
              leaseRenewDeadline: 1s
              leaseRetryPeriod: 200ms
    """
    chart = read_chart(case.cluster)
    times: dict[str, float | None] = {}
    for key in _TIMES:
        found = chart.find("l2announcements", key)
        times[key] = _seconds(chart, key)
        if found is not None and times[key] is None and not is_open(found.value):
            message = f"`{found.value}` is no time to the agent, which does not start with it: write it like `15s`"
            yield Said(
                found.values.spot, message, str(found.value), values=found.values, keys=found.keys, severity="error"
            )  # fmt: skip
    duration, renew, retry = times.values()
    if duration is not None and renew is not None and duration <= renew:
        yield _said(
            chart, "leaseRenewDeadline",
            f"a lease of {duration:g}s (`leaseDuration`) does not outlast the {renew:g}s of `leaseRenewDeadline`: "
            f"the agent takes {duration / 2:g}s instead",
        )  # fmt: skip
    elif renew is not None and retry is not None and renew <= retry * _JITTER:
        yield _said(
            chart, "leaseRetryPeriod",
            f"{retry:g}s between tries (`leaseRetryPeriod`) leave no second try within the {renew:g}s of "
            f"`leaseRenewDeadline`: the agent takes {renew / 2:g}s instead",
        )  # fmt: skip


def _said(chart: Chart, key: str, message: str) -> Said:
    # The key that is given is the one to change; the other is a default that nobody sees.
    given = next((each for each in (key, *_TIMES) if chart.find("l2announcements", each) is not None), key)
    values, keys, spot = chart.place("l2announcements", given)
    return Said(spot, message, values=values, keys=keys)


def _leases(cluster: Cluster) -> int:
    """Services for whose addresses a lease is asked."""
    selectors = [
        policy.services
        for policy in cluster.l2_policies
        if policy.load_balancer_ips is not False and not (policy.services and policy.services.open)
    ]
    if any(selector is None or selector.everything for selector in selectors):
        return sum(service.load_balancer_class in (None, L2_CLASS) for service in cluster.services)
    return sum(
        service.load_balancer_class in (None, L2_CLASS) and any(takes(selector, service) for selector in selectors)
        for service in cluster.services
    )


def _seconds(chart: Chart, key: str) -> float | None:
    """A time of a lease, its default where nobody says, ``None`` where it cannot be read."""
    found = chart.find("l2announcements", key)
    if found is None:
        return None if chart.partial else _TIMES[key]
    return duration(found.value)


def duration(said: Any) -> float | None:
    """Seconds of a text like ``1m30s``, as Go reads it."""
    if not isinstance(said, str) or is_open(said):
        return None
    parts = _PART.findall(said)
    if not parts or "".join(number + unit for number, unit in parts) != said:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


RULES: Final = (
    Rule("CN314", "warning", too_many_leases),
    Rule("CN315", "warning", times_of_a_lease),
)
