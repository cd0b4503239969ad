"""Which Service has which address, and from which pool of the package: said for each that the input shows."""

from __future__ import annotations

from collections.abc import Sequence

from ..fabric import read_cluster, takes
from ..records import dataclass
from ..resources import Resource


@dataclass(frozen=True, slots=True)
class Address:
    """An address that a Service has or asks for, and the pools that give it; none where it comes from elsewhere."""

    service: str
    address: str
    #: ``has`` or ``asks for``.
    verb: str
    pools: tuple[str, ...]


def addresses(now: Sequence[Resource], staying: Sequence[Resource], release: str) -> tuple[Address, ...]:
    """Every address of every Service, in the order of the input."""
    cluster = read_cluster((*now, *staying), release, release_given=True)
    found = []
    for service in cluster.services:
        asked = [request.address for request in service.requests if request.address is not None]
        for address in dict.fromkeys((*service.assigned, *asked)):
            pools = dict.fromkeys(
                pool.name
                for pool, block in cluster.supply.holding(address)
                if (given := pool.gives(block, cluster.minor)) is not None
                and address in given
                and takes(pool.selector, service) is not False
            )
            verb = "has" if address in service.assigned else "asks for"
            found.append(Address(f"{service.namespace}/{service.name}", str(address), verb, tuple(pools)))
    return tuple(found)
