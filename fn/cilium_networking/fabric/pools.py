"""Pools of addresses and the policies that announce them on a segment.

Source: Cilium 1.19, pkg/k8s/apis/cilium.io/v2/lbipam_types.go and v2alpha1/l2announcement_types.go; what the operator
makes of blocks, operator/pkg/lbipam/lbipam.go.
"""

from __future__ import annotations

from typing import Any, Final

from ..addressing import HOST_BITS, Address, Cidr, Range, Wrong, parse_address, parse_cidr, range_of
from ..records import dataclass
from ..resources import Resource
from .selector import Selector, read_selector
from .spot import Spot, below, flag, is_open, members, text, texts


@dataclass(frozen=True, slots=True)
class Block:
    """One entry of ``spec.blocks``.

    ``range`` is what the operator takes from it: a network is masked, and wins over a range beside it. ``None`` where
    it takes nothing, because of ``wrong``, or where a placeholder keeps anybody from knowing (``open``).
    """

    spot: Spot
    cidr: str | None
    start: str | None
    stop: str | None
    range: Range | None
    wrong: Wrong | None
    open: bool
    #: The network that ``cidr`` is without its host bits, where it has some.
    masked: str | None = None

    @property
    def words(self) -> str:
        """As a message quotes it."""
        if self.cidr is not None:
            return self.cidr
        return self.start or "" if self.stop is None else f"{self.start}-{self.stop}"


@dataclass(frozen=True, slots=True)
class Pool:
    """A CiliumLoadBalancerIPPool. An absent selector takes every Service, like an empty one."""

    spot: Spot
    name: str
    blocks: tuple[Block, ...]
    selector: Selector | None
    #: ``None`` where a placeholder decides.
    disabled: bool | None
    #: As it is written, ``Yes`` or ``No``; ``None`` where nobody says.
    first_last: str | None
    #: Metadata of a live object; the newer of two pools in conflict loses.
    created: str | None
    #: Whether a placeholder stands for a block, or for all of them.
    open: bool = False
    #: How many addresses a live pool says that it has, and how many of them are in use.
    counts: tuple[int, int] | None = None

    def reserved(self, release: tuple[int, int]) -> bool:
        """Whether first and last address of each network are kept back, which was the default until 1.15."""
        return self.first_last == "No" or (self.first_last is None and release < (1, 16))

    def gives(self, block: Block, release: tuple[int, int]) -> Range | None:
        """The addresses of a block that may be given out: a network of one or two, and a range, keep none back."""
        whole = block.range
        if whole is None or not block.cidr or whole.size <= 2 or not self.reserved(release):
            return whole
        first, last = whole.first, whole.last
        return Range(Address(first.family, first.value + 1), Address(last.family, last.value - 1))


@dataclass(frozen=True, slots=True)
class L2Policy:
    """A CiliumL2AnnouncementPolicy. Absent selectors take every Service and every node; no interfaces are all."""

    spot: Spot
    name: str
    services: Selector | None
    nodes: Selector | None
    interfaces: tuple[str, ...]
    #: What it announces; ``None`` where a placeholder decides, or something that is no boolean.
    external_ips: bool | None
    load_balancer_ips: bool | None


#: What came before 1.16 is read too: a rule says that it has to be renamed, and then it is the pool's.
_BLOCKS: Final = ("blocks", "cidrs")


def read_pool(resource: Resource, data: Any) -> Pool:
    spot = Spot(resource)
    disabled = below(data, "spec", "disabled")
    lists = [below(data, "spec", key) for key in _BLOCKS]
    return Pool(
        spot=spot,
        name=resource.name,
        blocks=tuple(
            _block(block, spot.at("spec", key, i)) for key in _BLOCKS for i, block in members(data, "spec", key)
        ),
        selector=read_selector(below(data, "spec", "serviceSelector"), spot.at("spec", "serviceSelector")),
        disabled=None if is_open(disabled) else disabled is True,
        first_last=text(data, "spec", "allowFirstLastIPs"),
        created=text(data, "metadata", "creationTimestamp"),
        open=any(map(is_open, [*lists, *(one for several in lists if isinstance(several, list) for one in several)])),
        counts=_counts(data),
    )


def _counts(data: Any) -> tuple[int, int] | None:
    """Total and used, which the operator writes as messages of conditions."""
    said = {text(each, "type"): text(each, "message") or "" for _, each in members(data, "status", "conditions")}
    total, used = (said.get(kind, "") for kind in ("cilium.io/IPsTotal", "cilium.io/IPsUsed"))
    return (int(total), int(used)) if total.isdecimal() and used.isdecimal() else None


def _block(data: dict[str, Any], spot: Spot) -> Block:
    cidr, start, stop = (text(data, key) for key in ("cidr", "start", "stop"))
    placeholder = any(is_open(data.get(key)) for key in ("cidr", "start", "stop"))
    found: Range | Wrong | None = None
    masked: str | None = None
    if cidr:
        found, masked = _network(cidr)
    elif start and not placeholder:
        found = _between(start, stop or start)
    wrong = found if isinstance(found, Wrong) else None
    return Block(spot, cidr, start, stop, None if isinstance(found, Wrong) else found, wrong, placeholder, masked)


def _network(cidr: str) -> tuple[Range | Wrong, str | None]:
    """What Cilium takes from a network, and how that is written where it masks host bits for it."""
    network = parse_cidr(cidr)
    masked = network.proposed if isinstance(network, Wrong) and network.why == HOST_BITS else None
    if masked is not None:
        network = parse_cidr(masked)
    return network.all if isinstance(network, Cidr) else network, masked


def _between(start: str, stop: str) -> Range | Wrong:
    first, last = parse_address(start), parse_address(stop)
    if isinstance(first, Wrong):
        return first
    return last if isinstance(last, Wrong) else range_of(first, last)


def read_l2_policy(resource: Resource, data: Any) -> L2Policy:
    spot = Spot(resource)
    return L2Policy(
        spot=spot,
        name=resource.name,
        services=read_selector(below(data, "spec", "serviceSelector"), spot.at("spec", "serviceSelector")),
        nodes=read_selector(below(data, "spec", "nodeSelector"), spot.at("spec", "nodeSelector")),
        interfaces=texts(data, "spec", "interfaces") or (),
        external_ips=_said(data, "externalIPs"),
        load_balancer_ips=_said(data, "loadBalancerIPs"),
    )


def _said(data: Any, key: str) -> bool | None:
    """A flag that is off where it is absent."""
    return False if below(data, "spec", key) is None else flag(data, "spec", key)
