"""CN101 to CN106: what one pool's blocks say, each by itself.

Left out: what the schema says already (CN501). A value that the API server refuses is not told twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...addressing import LINK_LOCAL, Address, Range, Wrong, parse_address, quoted, range_of
from ...lossless.edit import Put, SetText
from ..rule import Case, Rule, Said

if TYPE_CHECKING:
    from ...fabric import Block, Pool, Spot
    from ...lossless import Path
    from ...lossless.edit import Edit
    from ...resources import Severity


def unreadable_block(case: Case) -> Iterator[Said]:
    """A block of a pool gives no addresses

    Why: Cilium's operator reads a pool's blocks in their order and stops at the first that it cannot read: one with
    neither `cidr` nor `start`, an address with a mask, a range that ends before it begins or in another family. The API
    server takes all of these. The pool then has the addresses of the blocks before, no condition says why, and after
    a change it goes on with the blocks that it had.

    Source: Cilium 1.19, operator/pkg/lbipam, ipRangeFromBlock and handleNewPool.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - start: 10.80.8.190
            stop: 10.80.8.129

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - start: 10.80.8.129
            stop: 10.80.8.190
    """
    for pool in case.cluster.pools:
        told: set[Path] | None = None
        for position, block in enumerate(pool.blocks):
            if block.range is not None or block.open:
                continue
            told = _schema_told(case, pool) if told is None else told
            if block.spot.path not in told:
                yield _unreadable(block, len(pool.blocks) - position - 1)


#: Reasons of ours for which Cilium goes on: it reads these, and no Service can have them.
READ_BY_CILIUM: Final = ("has a zone", "is an IPv4 address in IPv6 form")


def _unreadable(block: Block, behind: int) -> Said:
    lost = "Cilium takes no address from this block"
    if behind:
        lost += ", nor from the one behind it" if behind == 1 else f", nor from the {behind} behind it"
    wrong = block.wrong
    if wrong is None:
        what = "has neither `cidr` nor `start`" if block.stop is None else "has `stop` and no `start`"
        return Said(block.spot, f"{what}: {lost}")
    spot, text = _field(block)
    if wrong.why in READ_BY_CILIUM:
        lost = "no Service can have such an address"
    hint = f"did you mean {quoted(wrong.proposed)}? {lost[0].upper()}{lost[1:]}" if wrong.proposed else lost
    fix: tuple[Edit, ...] = ()
    # A mask over all bits, a blank, a zero before a length: the same said in the form that Cilium reads.
    if wrong.proposed and text.strip() in (wrong.proposed, f"{wrong.proposed}/32", f"{wrong.proposed}/128"):
        fix = (SetText(spot.path, wrong.proposed),)
    return Said(spot, f"{quoted(text)} {wrong.why}: {hint}", text, wrong.proposed, fix)


def _field(block: Block) -> tuple[Spot, str]:
    """The field of a block that is wrong, and its text."""
    if block.cidr:
        return block.spot.at("cidr"), block.cidr
    start, stop = block.start or "", block.stop or ""
    # Two good ends make no range: the sentence then begins with the first.
    at_stop = bool(stop) and isinstance(parse_address(stop), Wrong) and not isinstance(parse_address(start), Wrong)
    return (block.spot.at("stop"), stop) if at_stop else (block.spot.at("start"), start)


def _schema_told(case: Case, pool: Pool) -> set[Path]:
    """The blocks that the schema has something to say about."""
    from ...kinds import check, schema, versions

    resource, release = pool.spot.resource, case.cluster.release
    if resource.api_version not in {version.api_version for version in versions(resource.kind, release)}:
        return set()
    found = schema(resource.kind, release, resource.api_version)
    return {problem.path[:3] for problem in check(resource.root, found, allow_placeholders=True)}


def host_bits(case: Case) -> Iterator[Said]:
    """A network of a pool has host bits set

    Why: Cilium masks them off: `10.80.8.200/28` is 10.80.8.192 to 10.80.8.207, and not the sixteen addresses from .200
    on. The pool gives out addresses that nobody wrote down, which may be those of a router or of a DHCP server. For a
    part of a network write `start` and `stop`.

    Source: Cilium 1.19, operator/pkg/lbipam, RangeFromPrefix.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.200/28

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - start: 10.80.8.200
            stop: 10.80.8.207
    """
    for pool in case.cluster.pools:
        for block in pool.blocks:
            if block.masked is None or block.range is None:
                continue
            spot = block.spot.at("cidr")
            message = (
                f"`{block.cidr}` has host bits set, which Cilium masks off: the pool gives out {block.range}; "
                f"write `{block.masked}`, or `start` and `stop` for a part of it"
            )
            head = parse_address((block.cidr or "").partition("/")[0])
            # The first host of a network is how routers write the network itself.
            routers = isinstance(head, Address) and head.value == block.range.first.value + 1
            fix = (SetText(spot.path, block.masked),) if routers else ()
            yield Said(spot, message, block.cidr, block.masked, fix)


def range_beside_network(case: Case) -> Iterator[Said]:
    """A range stands beside a network, which wins

    Why: Cilium looks at `start` and `stop` only where a block has no `cidr`. With both the whole network is given out,
    its first and last address included, and nothing says that the range has no effect.

    Source: Cilium 1.19, operator/pkg/lbipam, ipRangeFromBlock.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
            start: 10.80.8.129
            stop: 10.80.8.190

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - start: 10.80.8.129
            stop: 10.80.8.190
    """
    for pool in case.cluster.pools:
        for block in pool.blocks:
            if block.cidr is None or block.range is None or (block.start is None and block.stop is None):
                continue
            written = _written(block)
            if written == block.range:
                continue
            field = "start" if block.start is not None else "stop"
            words = " and ".join(f"`{key}`" for key in ("start", "stop") if getattr(block, key) is not None)
            verb = "has" if words.count("`") == 2 else "have"
            message = (
                f"{words} {verb} no effect beside `cidr`: the pool gives out all of {block.range}; "
                "take the one or the other off"
            )
            yield Said(block.spot.at(field), message, getattr(block, field))


def _written(block: Block) -> Range | None:
    """What start and stop would be by themselves."""
    first, last = parse_address(block.start or ""), parse_address(block.stop or block.start or "")
    if isinstance(first, Wrong) or isinstance(last, Wrong):
        return None
    found = range_of(first, last)
    return None if isinstance(found, Wrong) else found


def pool_without_blocks(case: Case) -> Iterator[Said]:
    """A pool has no blocks

    Why: Such a pool gives out nothing, and the API server takes it. It wakes LB IPAM up all the same, and Services that
    only this pool takes wait.

    Source: Cilium 1.19, pkg/k8s/apis/cilium.io/v2/lbipam_types.go: no field of a pool's spec is required.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks: []

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26
    """
    for pool in case.cluster.pools:
        if pool.blocks or pool.open or pool.disabled is not False:
            continue
        if {("spec",), ("spec", "blocks")}.isdisjoint(path[:2] for path in _schema_told(case, pool)):
            yield Said(pool.spot.at("spec", "blocks"), "has no blocks, so it gives out no address: add one")


def address_of_no_host(case: Case) -> Iterator[Said]:
    """A pool holds addresses that no Service can be reached by

    Why: Loopback, multicast and broadcast addresses, and those of no host, are never routed to a node: a Service that
    is given one has an address in its status and answers nobody. Link-local addresses end at the first router, and many
    systems refuse those of 240.0.0.0/4; both work in places, so they are warnings.

    Source: RFC 1122 section 3.2.1.3, RFC 3927, RFC 1112 section 4, RFC 4291 section 2.4.

    Bad::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 127.0.8.0/24

    Good::

        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.0/24
    """
    for pool in case.cluster.pools:
        for block in pool.blocks:
            here = block.range
            if here is None:
                continue
            for first, last, what, severity in _NO_HOSTS[here.family]:
                if here.first.value <= last and here.last.value >= first:
                    message = f"`{block.words}` holds {what}: no Service can be reached by those; take them out"
                    if severity == "warning":
                        message = f"`{block.words}` holds {what}: hardly any Service can be reached by those"
                    yield Said(block.spot, message, block.words, severity=severity)


def _ends(span: Range) -> tuple[int, int]:
    return span.first.value, span.last.value


_NO_HOSTS: Final[dict[int, tuple[tuple[int, int, str, Severity], ...]]] = {
    4: (
        (0, 0x00FFFFFF, "addresses of no host (0.0.0.0/8)", "error"),
        (0x7F000000, 0x7FFFFFFF, "loopback addresses (127.0.0.0/8)", "error"),
        (*_ends(LINK_LOCAL[4]), "link-local addresses (169.254.0.0/16)", "warning"),
        (0xE0000000, 0xEFFFFFFF, "multicast addresses (224.0.0.0/4)", "error"),
        (0xF0000000, 0xFFFFFFFE, "addresses of class E (240.0.0.0/4)", "warning"),
        (0xFFFFFFFF, 0xFFFFFFFF, "the broadcast address 255.255.255.255", "error"),
    ),
    6: (
        (0, 1, "the unspecified or the loopback address (::, ::1)", "error"),
        (*_ends(LINK_LOCAL[6]), "link-local addresses (fe80::/10)", "warning"),
        (0xFF00 << 112, (1 << 128) - 1, "multicast addresses (ff00::/8)", "error"),
    ),
}


def first_and_last_unsaid(case: Case) -> Iterator[Said]:
    """A pool relies on a default that 1.16 turned round

    Why: Up to 1.15 a pool that does not say so keeps the first and last address of each network back; since 1.16 it
    gives them out. After the upgrade a Service may get the .0 or .255 of a network, which some clients refuse. Ranges
    of `start` and `stop` are not meant, nor are networks of one or two addresses.

    Source: Cilium 1.16, pkg/k8s/apis/cilium.io/v2alpha1/lbipam_types.go; cilium/cilium #34227.

    Settings: cilium-version=1.15

    Bad::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          blocks:
          - cidr: 10.80.8.128/26

    Good::

        apiVersion: cilium.io/v2alpha1
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: load-balancers
        spec:
          allowFirstLastIPs: "No"
          blocks:
          - cidr: 10.80.8.128/26
    """
    if case.cluster.minor >= (1, 16):
        return
    for pool in case.cluster.pools:
        spot = pool.spot.at("spec", "allowFirstLastIPs")
        if spot.written or not any(block.cidr and block.range and block.range.size > 2 for block in pool.blocks):
            continue
        message = (
            'says no `allowFirstLastIPs`, which is "No" here and "Yes" from Cilium 1.16 on: '
            'write "No" to keep first and last addresses back'
        )
        yield Said(spot, message, None, '"No"', (Put(spot.path, "No"),))


RULES: Final = (
    Rule("CN101", "error", unreadable_block),
    Rule("CN102", "warning", host_bits),
    Rule("CN103", "warning", range_beside_network),
    Rule("CN104", "warning", pool_without_blocks),
    Rule("CN105", "error", address_of_no_host),
    Rule("CN106", "warning", first_and_last_unsaid),
)
