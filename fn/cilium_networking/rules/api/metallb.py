"""CN5xx: MetalLB beside Cilium, or its configuration where Cilium used to read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...addressing import Range, Spans
from ...fabric.inventory import parse_range
from ...fabric.spot import below, flag, is_open, text, texts
from ..rule import Case, Rule, Said
from .schema import elsewhere

if TYPE_CHECKING:
    from ...fabric import Object

_GROUP: Final = "metallb.io"


def two_allocators(case: Case) -> Iterator[Said]:
    """A pool of MetalLB and a pool of Cilium hold the same addresses

    Why: Neither knows what the other has given out. Sooner or later two Services have one address, and the router or
    the segment sends the traffic of both to whichever answered last. Moving from one to the other, either the old pool
    goes first or the new one is `disabled` until then.

    Source: Cilium 1.19, operator/pkg/lbipam: conflicts are looked for among its own pools alone.

    Bad::

        apiVersion: metallb.io/v1beta1
        kind: IPAddressPool
        metadata:
          name: lan
          namespace: metallb-system
        spec:
          autoAssign: false
          addresses:
          - 10.80.8.129-10.80.8.150
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26

    Good::

        apiVersion: metallb.io/v1beta1
        kind: IPAddressPool
        metadata:
          name: lan
          namespace: metallb-system
        spec:
          autoAssign: false
          addresses:
          - 10.80.9.129-10.80.9.150
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
    """
    spans: list[tuple[Range, tuple[Object, str]]] = []
    for theirs in _pools(case):
        for said in texts(theirs.data, "spec", "addresses") or ():
            found = None if is_open(said) else parse_range(said)
            if isinstance(found, Range):
                spans.append((found, (theirs, said)))
    if not spans:
        return
    others = Spans(spans)
    for pool in case.cluster.pools:
        if pool.disabled is not False:
            continue
        for block in pool.blocks:
            met = others.meeting(block.range) if block.range is not None else None
            if met is not None:
                other, said = met[1]
                message = (
                    f"`{block.words}` and `{said}` of {other.spot} have addresses in common, and MetalLB does not know "
                    "what Cilium gives out: take them out of one of the two"
                )
                yield Said(block.spot, message, block.words)


def two_controllers(case: Case) -> Iterator[Said]:
    """MetalLB and Cilium both serve Services without a class

    Why: A Service of type LoadBalancer without `loadBalancerClass` is served by whoever feels responsible. Both write
    an address into its status, each overwrites the other, and what is announced changes with every turn. Either MetalLB
    gets a class of its own (`loadBalancerClass` in its values), or Cilium leaves such Services alone
    (`defaultLBServiceIPAM: none`), or the pools select disjoint Services.

    Source: Cilium 1.19, operator/pkg/lbipam (isResponsibleForSVC); MetalLB, `--lb-class`.

    Bad::

        apiVersion: metallb.io/v1beta1
        kind: IPAddressPool
        metadata:
          name: lan
          namespace: metallb-system
        spec:
          addresses:
          - 10.80.9.129-10.80.9.150
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26

    Good::

        apiVersion: metallb.io/v1beta1
        kind: IPAddressPool
        metadata:
          name: lan
          namespace: metallb-system
        spec:
          autoAssign: false
          addresses:
          - 10.80.9.129-10.80.9.150
        ---
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
    """
    automatic = [pool for pool in _pools(case) if _serves_anybody(pool)]
    if not automatic or any(_leaves_classless(case)):
        return
    for pool in case.cluster.pools:
        if pool.disabled is False and (pool.selector is None or pool.selector.everything):
            message = (
                f"serves every Service without a class, and so does {automatic[0].spot} of MetalLB: give one of the "
                "two a class or a selector"
            )
            yield Said(pool.spot, message)
            return


def metallb_configuration(case: Case) -> Iterator[Said]:
    """BGP is configured in the ConfigMap that Cilium no longer reads

    Why: Up to 1.16 Cilium had MetalLB's BGP speaker built in, with `bgp.enabled` and a ConfigMap `bgp-config` in
    MetalLB's old format. The speaker is gone since 1.17: the ConfigMap is read by nobody, no session comes up and no
    address of it is announced.

    Source: cilium/cilium #22246 (deprecated), #36191 (removed in 1.17).

    Settings: cilium-version=1.19

    Bad::

        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: bgp-config
          namespace: kube-system
        data:
          config.yaml: |
            peers:
            - peer-address: 10.80.0.1
              peer-asn: 65000
              my-asn: 65001
            address-pools:
            - name: default
              protocol: bgp
              addresses: [10.80.8.128/26]

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: default
        spec:
          blocks:
          - cidr: 10.80.8.128/26
    """
    for one in case.cluster.of("ConfigMap"):
        content = below(one.data, "data", "config.yaml")
        if one.name != "bgp-config" or not isinstance(content, str):
            continue
        if "peer-address:" not in content and "address-pools:" not in content:
            continue
        if case.cluster.minor >= (1, 17):
            message = (
                f"Cilium {case.cluster.release} does not read this any more: write a CiliumBGPClusterConfig for its "
                "peers and a CiliumLoadBalancerIPPool for its addresses"
            )
            yield Said(one.spot, message, severity=elsewhere(case))
        else:
            message = "Cilium 1.17 will not read this any more: write a CiliumBGPClusterConfig for its peers by then"
            yield Said(one.spot, message, severity="warning")


def _pools(case: Case) -> Iterator[Object]:
    for one in case.cluster.of("IPAddressPool", "AddressPool"):
        if one.spot.resource.identity[0] == _GROUP:
            yield one


def _serves_anybody(pool: Object) -> bool:
    return below(pool.data, "spec", "autoAssign") in (None, True) and not below(pool.data, "spec", "serviceAllocation")


def _leaves_classless(case: Case) -> Iterator[str]:
    """What says that one of the two leaves Services without a class alone, or may."""
    for values in case.cluster.values:
        if (
            text(values.data, "defaultLBServiceIPAM") in ("none", "nodeipam")
            or flag(values.data, "enableLBIPAM") is False
        ):
            yield str(values.spot)
    for resource in case.cluster.resources:
        content = resource.fragment.text
        # Its chart's value and its speaker's flag; whatever they are set to, classless Services are not its own then.
        if "metallb" in content and ("loadBalancerClass" in content or "lb-class" in content):
            yield str(resource.ref)


RULES: Final = (
    Rule("CN511", "error", two_allocators),
    Rule("CN512", "warning", two_controllers),
    Rule("CN513", "error", metallb_configuration),
)
