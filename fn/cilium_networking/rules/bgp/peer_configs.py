"""CN209 to CN211: what a CiliumBGPPeerConfig says of its sessions: timers, families, the password.

Left out: what its families advertise, which is a matter of references (:mod:`..references.advertisements`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...fabric import Object, PeerConfig
from ...fabric.bgp import FAMILIES
from ...fabric.spot import text, words
from ...kinds import default
from ..rule import Case, Rule, Said

#: Where the agent reads passwords from unless the chart's value says otherwise (Cilium's chart, 1.16 to 1.20).
_SECRETS: Final = "kube-system"
_SECRETS_VALUE: Final = ("bgpControlPlane", "secretsNamespace", "name")
_KEY: Final = "password"


def timers_without_room(case: Case) -> Iterator[Said]:
    """Timers end sessions that are alive

    Why: A router closes a session in which it has heard nothing for the hold time. A third of that is the usual time
    between two keepalives. Where less than two fit in, one that is late ends the session, and all routes go and come
    back; where it is more than the hold time, which Cilium refuses since 1.18 only, that happens each time. An absent
    timer has its default, 90 and 30 seconds, also beside one that is shorter.

    Source: RFC 4271 section 4.4; Cilium 1.19, pkg/k8s/apis/cilium.io/v2/bgp_peer_types.go.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: gateway
        spec:
          timers:
            holdTimeSeconds: 30
          families:
          - afi: ipv4
            safi: unicast
            advertisements:
              matchLabels:
                advertise: bgp

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: gateway
        spec:
          timers:
            holdTimeSeconds: 30
            keepAliveTimeSeconds: 10
          families:
          - afi: ipv4
            safi: unicast
            advertisements:
              matchLabels:
                advertise: bgp
    """
    for config in case.cluster.peer_configs:
        hold = _timer(config, "holdTimeSeconds", config.hold)
        keepalive = _timer(config, "keepAliveTimeSeconds", config.keepalive)
        if hold is None or keepalive is None or hold < 3 or keepalive * 2 <= hold:
            continue
        kept = " (the default)" if config.keepalive is None else ""
        held = " (the default)" if config.hold is None else ""
        spot = config.spot.at("spec", "timers", "keepAliveTimeSeconds")
        message = f"keepalives come every {keepalive} s{kept}, and the hold time is {hold} s{held}"
        proposed = str(hold // 3)
        if keepalive <= hold:
            message += f": one that is late ends the session; take {proposed}"
            yield Said(spot, message, str(keepalive), proposed)
        elif case.cluster.minor < (1, 18):  # newer ones refuse it, which the schema says
            message += f", so each session ends before the next one: take {proposed}"
            yield Said(spot, message, str(keepalive), proposed, severity="error")


def _timer(config: PeerConfig, field: str, value: int | None) -> int | None:
    """What it says, or has by default; ``None`` for a placeholder."""
    path = ("spec", "timers", field)
    if value is None and not config.spot.at(*path).written:
        found: int | None = default("CiliumBGPPeerConfig", *path)
        return found
    return value


def family_without_routes(case: Case) -> Iterator[Said]:
    """An address family is none that Cilium exchanges

    Why: The schema takes all families that BGP has names for, and Cilium has routes for two of them: `ipv4` and `ipv6`
    with `unicast`. Of another one nothing is ever sent.

    Source: Cilium 1.19, Documentation/network/bgp-control-plane, and pkg/bgp/manager/reconciler.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: gateway
        spec:
          families:
          - afi: l2vpn
            safi: evpn
            advertisements:
              matchLabels:
                advertise: bgp

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: gateway
        spec:
          families:
          - afi: ipv4
            safi: unicast
            advertisements:
              matchLabels:
                advertise: bgp
    """
    for config in case.cluster.peer_configs:
        for family in config.families or ():
            if family.afi and family.safi and (family.afi, family.safi) not in FAMILIES:
                said = f"{family.afi}/{family.safi}"
                message = f"Cilium has no routes of {said}: take `ipv4` or `ipv6` with `unicast`"
                yield Said(family.spot, message, said)


def password_out_of_place(case: Case) -> Iterator[Said]:
    """The Secret with a session's password is not where Cilium reads it

    Why: `authSecretRef` is a name only. The Secret of that name is read in one namespace, the chart's value
    `bgpControlPlane.secretsNamespace.name` (`kube-system` by default), and its key is `password`. A Secret that is not
    found leaves the session without a password, so the router refuses it; one without the key stops the instance.

    Source: Cilium 1.19, pkg/bgp/manager/reconciler/neighbor.go; `bgpControlPlane.secretsNamespace` of the chart.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: gateway
        spec:
          authSecretRef: bgp-password
          families:
          - afi: ipv4
            safi: unicast
            advertisements:
              matchLabels:
                advertise: bgp
        ---
        apiVersion: v1
        kind: Secret
        metadata:
          name: bgp-password
          namespace: network
        stringData:
          password: not-a-secret

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: gateway
        spec:
          authSecretRef: bgp-password
          families:
          - afi: ipv4
            safi: unicast
            advertisements:
              matchLabels:
                advertise: bgp
        ---
        apiVersion: v1
        kind: Secret
        metadata:
          name: bgp-password
          namespace: kube-system
        stringData:
          password: not-a-secret
    """
    asked = [config for config in case.cluster.peer_configs if config.auth_secret]
    if not asked:
        return
    secrets: dict[str, list[Object]] = {}
    for secret in case.cluster.of("Secret"):
        secrets.setdefault(secret.name, []).append(secret)
    said = [text(values.data, *_SECRETS_VALUE) for values in case.cluster.values]
    namespace = next(filter(None, said), _SECRETS)
    for config in asked:
        several = secrets.get(config.auth_secret or "", [])
        here = next((secret for secret in several if secret.namespace == namespace), None)
        spot = config.spot.at("spec", "authSecretRef")
        if here is not None:
            keys = {**words(here.data, "data"), **words(here.data, "stringData")}
            if keys and not keys.get(_KEY):
                there = f"{here.spot} has no key `{_KEY}` but `{next(iter(keys))}`"
                there = f"the key `{_KEY}` of {here.spot} is empty" if _KEY in keys else there
                yield Said(spot, f"{there}: put the password under `{_KEY}`", config.auth_secret)
        elif several and all(secret.namespace for secret in several):
            other = several[0]
            message = f"{other.spot} is in `{other.namespace}`, and Cilium reads it in `{namespace}`: put it there"
            if namespace == _SECRETS:
                message += f", or set `{'.'.join(_SECRETS_VALUE)}`"
            yield Said(spot, message, config.auth_secret)


RULES: Final = (
    Rule("CN209", "warning", timers_without_room),
    Rule("CN210", "warning", family_without_routes),
    Rule("CN211", "warning", password_out_of_place),
)
