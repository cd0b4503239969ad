"""CN7xx, keys: names and words of the CNI's values that the chart does not know.

Helm takes any key and says nothing. Known here is only what people are known to write: a list of all values of all
releases would be wrong sooner than it helps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ...fabric import Values
from ...fabric.spot import below, is_open
from ..rule import Case, Rule, Said

#: Sections whose keys are all known (values.yaml of Cilium's chart, 1.16 to 1.20), and the names beside them at the
#: top that are easily taken for one another.
_SECTIONS: Final[Mapping[tuple[str, ...], tuple[str, ...]]] = {
    (): (
        "autoDirectNodeRoutes", "bgpControlPlane", "cluster", "clustermesh", "defaultLBServiceIPAM", "devices",
        "enableLBIPAM", "gatewayAPI", "ingressController", "ipv4NativeRoutingCIDR", "ipv6NativeRoutingCIDR",
        "k8sClientRateLimit", "k8sServiceHost", "k8sServiceHostRef", "k8sServicePort", "kubeProxyReplacement",
        "l2NeighDiscovery", "l2announcements", "l2podAnnouncements", "nodeIPAM", "routingMode", "tunnelProtocol",
    ),
    ("l2announcements",): ("enabled", "leaseDuration", "leaseRenewDeadline", "leaseRetryPeriod"),
    ("k8sClientRateLimit",): ("qps", "burst", "operator"),
    ("bgpControlPlane",): (
        "enabled", "secretsNamespace", "statusReport", "routerIDAllocation", "legacyOriginAttribute",
    ),
    ("gatewayAPI",): (
        "enabled", "enableProxyProtocol", "enableAppProtocol", "enableAlpn", "xffNumTrustedHops",
        "externalTrafficPolicy", "gatewayClass", "secretsNamespace", "hostNetwork",
    ),
    ("ingressController",): (
        "enabled", "default", "loadbalancerMode", "enforceHttps", "enableProxyProtocol", "defaultSecretNamespace",
        "defaultSecretName", "ingressLBAnnotationPrefixes", "secretsNamespace", "service", "hostNetwork",
    ),
    ("cluster",): ("name", "id"),
}  # fmt: skip

#: Keys that are no values (any more): since which release, and what to do instead.
_GONE: Final[tuple[tuple[tuple[str, ...], tuple[int, int], str], ...]] = (
    (("installCRDs",), (1, 0), "Cilium's operator installs its kinds by itself"),
    (("clustermesh", "enabled"), (1, 0), "`clustermesh.useAPIServer` and `clustermesh.config.enabled` turn a mesh on"),
    (("clustermesh", "apiserver", "enabled"), (1, 0), "`clustermesh.useAPIServer` turns it on"),
    (("l2NeighDiscovery", "refresh"), (1, 0), "`l2NeighDiscovery.enabled` is all there is"),
    (("l2NeighDiscovery", "refreshPeriod"), (1, 18), "the kernel refreshes since"),
    (("externalIPs", "enabled"), (1, 17), "`kubeProxyReplacement` decides"),
    (("hostPort", "enabled"), (1, 18), "`kubeProxyReplacement` decides"),
    (("tunnel",), (1, 15), "`routingMode` and `tunnelProtocol` say it"),
)
_ALIKE: Final = 0.9


def unknown_value(case: Case) -> Iterator[Said]:
    """A key of the values is not one of the chart's

    Why: Helm takes every key, and the chart asks only for those that it knows. A misspelled one does nothing, one that
    went with an earlier release does nothing any more, and neither is told.

    Source: values.yaml of Cilium's chart, 1.16 to 1.20.

    Bad::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            ingressController:
              enabled: true
              loadBalancerMode: shared

    Good::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            ingressController:
              enabled: true
              loadbalancerMode: shared
    """
    for values in case.cluster.values:
        for section, known in _SECTIONS.items():
            yield from _misspelled(values, section, known)
        for keys, since, instead in _GONE:
            if values.get(*keys) is not None and case.cluster.minor >= since:
                name = ".".join(keys)
                when = "is not a value of the chart" if since == (1, 0) else f"is gone since Cilium {_release(since)}"
                yield Said(values.spot, f"`{name}` {when}: {instead}", name, values=values, keys=keys)


def _misspelled(values: Values, section: tuple[str, ...], known: tuple[str, ...]) -> Iterator[Said]:
    data: Any = below(values.data, *section)
    for key in data if isinstance(data, dict) else ():
        meant = None if not isinstance(key, str) or key in known else _meant(key, known)
        if meant is not None and meant not in data and not is_open(key):
            name, right = (".".join((*section, one)) for one in (key, meant))
            message = f"`{name}` is not a value of the chart: did you mean `{right}`?"
            yield Said(values.spot, message, key, meant, values=values, keys=(*section, key))


def _meant(key: str, known: tuple[str, ...]) -> str | None:
    folded = _folded(key)
    near = [name for name in known if abs(len(name) - len(key)) <= 2 and _folded(name)[0] == folded[:1]]
    for name in near:
        if _folded(name) == folded:
            return name
    if not near:
        return None
    from difflib import SequenceMatcher  # only for a key that nobody knows and that looks like one

    alike = {name: SequenceMatcher(None, folded, _folded(name)).ratio() for name in near}
    best = max(near, key=lambda name: alike[name])
    return best if alike[best] >= _ALIKE else None


def _folded(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()


def _release(minor: tuple[int, int]) -> str:
    return f"{minor[0]}.{minor[1]}"


def no_such_word(case: Case) -> Iterator[Said]:
    """kubeProxyReplacement is neither true nor false

    Why: `strict`, `partial`, `probe` and `disabled` are words of Cilium 1.13 and before. Releases of today refuse them:
    the chart fails or the agents do not start, and the upgrade stops there.

    Source: Cilium's upgrade notes, 1.14 and later; templates/cilium-configmap.yaml of the chart.

    Bad::

        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-cilium
          namespace: kube-system
        spec:
          valuesContent: |
            kubeProxyReplacement: strict
            k8sServiceHost: localhost
            k8sServicePort: 6443

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
    """
    for values in case.cluster.values:
        found = values.get("kubeProxyReplacement")
        if found is None or found in (True, False, "true", "false", "") or is_open(found) or isinstance(found, dict):
            continue
        meant = {"strict": "true", "disabled": "false"}.get(str(found))
        hint = f": say `{meant}`" if meant else ""
        message = f"`kubeProxyReplacement` is `{found}`, and the chart takes `true` and `false` only{hint}"
        yield Said(values.spot, message, str(found), meant, values=values, keys=("kubeProxyReplacement",))


RULES: Final = (
    Rule("CN705", "warning", unknown_value),
    Rule("CN706", "error", no_such_word),
)
