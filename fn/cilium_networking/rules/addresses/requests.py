"""CN115 to CN118: the addresses that Services ask for, and whether a pool gives them.

Judged only where every pool of the input can be read: a placeholder may hold what is missed. A Service without a
namespace has none yet (kustomize and Flux give one), so a pool that selects by namespace may take it.

Left out: Services that another controller serves, and who gets which address: that is the operator's order.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from ...addressing import Address, quoted
from ...fabric.choosing import takes
from ...fabric.services import BGP_CLASS, L2_CLASS
from ...fabric.spot import is_open
from ...lossless.edit import SetText
from ..rule import Case, Rule, Said
from .blocks import READ_BY_CILIUM

if TYPE_CHECKING:
    from ...fabric import Block, Cluster, Pool, Request, Service
    from ...lossless.edit import Edit

#: Of how many ranges a message names what there is.
_FEW: Final = 3


def handled(cluster: Cluster) -> Iterator[Service]:
    """The Services that LB IPAM is responsible for (operator/pkg/lbipam, isResponsibleForSVC)."""
    if any(values.get("enableLBIPAM") is False for values in cluster.values):
        return
    others = any(values.get("defaultLBServiceIPAM") in ("nodeipam", "none") for values in cluster.values)
    # Without a class it may be MetalLB's as well.
    others = others or next(cluster.of("IPAddressPool"), None) is not None
    for service in cluster.services:
        name = service.load_balancer_class
        free = name is None and not others and not (half_known(service) and _has_class(service))
        if free or name in (BGP_CLASS, L2_CLASS):
            yield service


def half_known(service: Service) -> bool:
    """Whether a placeholder stands anywhere in the object that a Service comes from."""
    return is_open(service.spot.resource.fragment.text)


def _has_class(service: Service) -> bool:
    return not service.made_by and service.spot.at("spec", "loadBalancerClass").written


def called(service: Service) -> str:
    """A Service as a message names it: with its namespace, and its file."""
    resource = service.spot.resource
    if service.made_by == "Ingresses":
        return f"the shared Service of Ingresses ({service.spot})"
    if service.made_by:
        return f"the Service of {service.spot}"
    name = f"{resource.namespace}/{service.name}" if resource.namespace else service.name
    return f"Service {name} ({resource.file})" if resource.file else f"Service {name}"


def request_without_pool(case: Case) -> Iterator[Said]:
    """A Service asks for an address that no pool gives it

    Why: Cilium gives a requested address only from an enabled pool that holds it and whose selector takes the Service.
    Otherwise the Service waits, with no address in place of the one it asks for; only a condition on the Service
    (`no_pool`, `pool_selector_mismatch`) says why.

    Source: Cilium 1.19, operator/pkg/lbipam, findRangeOfIP.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - start: 10.80.8.129
            stop: 10.80.8.190
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: shop
          annotations:
            lbipam.cilium.io/ips: 10.80.8.200
        spec:
          type: LoadBalancer
          ports:
          - port: 80

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - start: 10.80.8.129
            stop: 10.80.8.190
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          namespace: shop
          annotations:
            lbipam.cilium.io/ips: 10.80.8.150
        spec:
          type: LoadBalancer
          ports:
          - port: 80
    """
    for service, request, address in _asked(case):
        holders = list(case.cluster.supply.holding(address))
        if any(_may_give(pool, service) for pool, _ in holders):
            continue
        enabled = [pool for pool, _ in holders if pool.disabled is False]
        if enabled:
            why = f"which {enabled[0].spot} holds for Services of `{enabled[0].selector}` alone, and this is none"
        elif holders:
            why = f"which only {holders[0][0].spot} holds, and that is disabled"
        else:
            why = f"which no pool holds{_what_there_is(case)}"
        message = f"asks for `{address}`, {why}: the Service waits for it without an address"
        yield Said(request.spot, message, request.words)


def _asked(case: Case) -> Iterator[tuple[Service, Request, Address]]:
    """Each address that a Service asks for and has not got; nothing where not every pool is known."""
    if not case.cluster.supply.known:
        return
    for service in handled(case.cluster) if any(one.requests for one in case.cluster.services) else ():
        for request in service.requests:
            if request.address is not None and request.address not in service.assigned:
                yield service, request, request.address


def _may_give(pool: Pool, service: Service) -> bool:
    return pool.disabled is False and takes(pool.selector, service) is not False


def _what_there_is(case: Case) -> str:
    every = (block.range for pool in case.cluster.pools for block in pool.blocks)
    blocks = list(islice(every, _FEW + 1))
    return f" (there is {', '.join(map(str, blocks))})" if len(blocks) <= _FEW else ""


def request_for_kept_address(case: Case) -> Iterator[Said]:
    """A Service asks for the first or last address of a network that keeps those back

    Why: With `allowFirstLastIPs: "No"` Cilium marks both as used when it reads the pool. Whoever asks for one is told
    that another Service has it. With a sharing key it was given out all the same, and made the operator crash in other
    releases.

    Source: Cilium 1.19, operator/pkg/lbipam, handleNewPool; cilium/cilium #48779.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          allowFirstLastIPs: "No"
          blocks:
          - cidr: 10.80.8.128/26
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          annotations:
            lbipam.cilium.io/ips: 10.80.8.128
        spec:
          type: LoadBalancer
          ports:
          - port: 80

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          allowFirstLastIPs: "No"
          blocks:
          - cidr: 10.80.8.128/26
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          annotations:
            lbipam.cilium.io/ips: 10.80.8.129
        spec:
          type: LoadBalancer
          ports:
          - port: 80
    """
    for service, request, address in _asked(case):
        holders = [pair for pair in case.cluster.supply.holding(address) if _may_give(pair[0], service)]
        if holders and not any(_gives(pool, block, address, case) for pool, block in holders):
            pool, block = holders[0]
            which = "first" if block.range and block.range.first == address else "last"
            message = (
                f"asks for `{address}`, the {which} of `{block.words}` in {pool.spot}, which keeps that back: "
                'ask for another one, or write `allowFirstLastIPs: "Yes"` there'
            )
            yield Said(request.spot, message, request.words)


def _gives(pool: Pool, block: Block, address: Address, case: Case) -> bool:
    given = pool.gives(block, case.cluster.minor)
    return given is not None and address in given


def request_of_another_family(case: Case) -> Iterator[Said]:
    """A Service asks for an address of a family that it does not have

    Why: Cilium gives a requested address whatever its family. The Pods behind a Service are reached by the families in
    `ipFamilies` alone, so that the address stands in the status and nobody answers there.

    Source: Cilium 1.19, operator/pkg/lbipam, satisfySpecificIPRequests: it looks at no family.

    Bad::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
          annotations:
            lbipam.cilium.io/ips: fd00:80:8::150
        spec:
          type: LoadBalancer
          ipFamilyPolicy: SingleStack
          ipFamilies:
          - IPv4
          ports:
          - port: 80

    Good::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
          annotations:
            lbipam.cilium.io/ips: 10.80.8.150,fd00:80:8::150
        spec:
          type: LoadBalancer
          ipFamilyPolicy: RequireDualStack
          ipFamilies:
          - IPv4
          - IPv6
          ports:
          - port: 80
    """
    for service in handled(case.cluster) if any(one.requests for one in case.cluster.services) else ():
        family = only_family(service)
        for request in service.requests if family else ():
            if request.address is not None and request.address.family != family:
                message = (
                    f"asks for `{request.address}`, and `ipFamilies` is IPv{family} alone: nobody answers there; "
                    f"ask for an IPv{family} address, or say `ipFamilyPolicy: RequireDualStack`"
                )
                yield Said(request.spot, message, request.words)


def only_family(service: Service) -> int | None:
    """The one family that a Service has; ``None`` where it may have two, or the cluster decides."""
    if service.policy != "SingleStack" or len(service.families) != 1 or half_known(service):
        return None
    return {"IPv4": 4, "IPv6": 6}.get(service.families[0])


def request_dropped(case: Case) -> Iterator[Said]:
    """A requested address is not one

    Why: Cilium drops an entry that it cannot read, such as an address with a mask, and says so only in the operator's
    log. If it was the only one, the Service is given any address of its pool, and DNS and firewalls go on with the one
    that was meant.

    Source: Cilium 1.19, operator/pkg/lbipam, getSVCRequestedIPs; cilium/cilium #45327.

    Bad::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
          annotations:
            lbipam.cilium.io/ips: 10.80.8.150/32
        spec:
          type: LoadBalancer
          ports:
          - port: 80

    Good::

        apiVersion: v1
        kind: Service
        metadata:
          name: web
          annotations:
            lbipam.cilium.io/ips: 10.80.8.150
        spec:
          type: LoadBalancer
          ports:
          - port: 80
    """
    for service in handled(case.cluster) if any(one.requests for one in case.cluster.services) else ():
        alone = not any(request.address for request in service.requests)
        for request in service.requests:
            wrong = request.wrong
            if wrong is None or not request.words:
                continue  # nothing between two commas harms nobody
            if wrong.why in READ_BY_CILIUM:
                lost = "no pool can hold it"
            else:
                instead = "is given any address" if alone else "does without it"
                lost = f"Cilium drops it with no more than a line in its log, and the Service {instead}"
            hint = f"; did you mean {quoted(wrong.proposed)}?" if wrong.proposed else ""
            message = f"{quoted(request.words)} {wrong.why}: {lost}{hint}"
            yield Said(request.spot, message, request.words, wrong.proposed, _without_mask(service, request))


def _without_mask(service: Service, request: Request) -> tuple[Edit, ...]:
    """The text with one address in place of the network of it alone; anything else may mean something else."""
    right = request.wrong.proposed if request.wrong else None
    if right is None or request.words.strip() not in (right, f"{right}/32", f"{right}/128"):
        return ()
    text = service.annotations.get(str(request.spot.path[-1]), request.words)
    entries = (right if entry.strip() == request.words else entry for entry in text.split(","))
    return (SetText(request.spot.path, ",".join(entries)),)


RULES: Final = (
    Rule("CN115", "error", request_without_pool),
    Rule("CN116", "error", request_for_kept_address),
    Rule("CN117", "error", request_of_another_family),
    Rule("CN118", "error", request_dropped),
)
