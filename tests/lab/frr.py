"""FRR as a router of the lab: its configuration, and what its shell says.

Written for FRR 8.4, Debian 12's. Two daemons: bgpd talks to peers, zebra puts routes into the kernel.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from lab.software import Program, Received, ReceivedPath, RouterSpec, ask

#: Debian's place; it is on nobody's PATH.
_DAEMONS: Final = Path("/usr/lib/frr")
#: FRR wants its user to be in this group. As root in this group it starts without changing users.
_GROUP: Final = "frrvty"
#: What FRR 8.4 calls communities in JSON (bgpd/bgp_community.c); the numbers are IANA's, 0:0 is FRR's own.
_NAMED: Final = {
    "internet": "0:0",
    "gracefulShutdown": "65535:0",
    "acceptOwn": "65535:1",
    "routeFilterTranslatedV4": "65535:2",
    "routeFilterV4": "65535:3",
    "routeFilterTranslatedV6": "65535:4",
    "routeFilterV6": "65535:5",
    "llgrStale": "65535:6",
    "noLlgr": "65535:7",
    "acceptOwnNexthop": "65535:8",
    "blackhole": "65535:666",
    "noExport": "65535:65281",
    "noAdvertise": "65535:65282",
    "localAs": "65535:65283",
    "noPeer": "65535:65284",
}


@dataclass(frozen=True, slots=True)
class Frr:
    spec: RouterSpec
    home: Path

    def programs(self, directory: Path) -> tuple[Program, ...]:
        zebra, bgpd = directory / "zebra.conf", directory / "bgpd.conf"
        zebra.write_text(f"hostname {self.spec.name}\nlog stdout informational\n")
        bgpd.write_text(_configuration(self.spec))
        # Until bgpd has zebra's socket it looks for it every ten seconds only (FRR 8.4, lib/zclient.c).
        return self._program("zebra", zebra), self._program("bgpd", bgpd, after=self.home / "zebra.api")

    def _program(self, name: str, configuration: Path, after: Path | None = None) -> Program:
        # Changing the group would cost the parent's guard (prctl(2), PR_SET_PDEATHSIG), so that it is changed before.
        guard = ("setpriv", "--regid", _GROUP, "--clear-groups", "--pdeathsig", "KILL", "--")
        user = ("-u", "root", "-g", _GROUP)
        # -P 0: no shell on a TCP port.
        places = ("--vty_socket", str(self.home), "-z", str(self.home / "zebra.api"), "-P", "0")
        files = ("-i", str(self.home / f"{name}.pid"), "-f", str(configuration))
        return Program(name, (*guard, str(_DAEMONS / name), *user, *places, *files), after)

    def refused(self, log: str) -> str:
        return "\n".join(line for line in log.splitlines() if "on config line" in line)

    def _shell(self, *questions: str) -> list[Any]:
        """FRR's JSON documents, one for each family that a question is asked for."""
        arguments = [argument for question in questions for argument in ("-c", question)]
        text = ask("vtysh", "--vty_socket", str(self.home), "-d", "bgpd", *arguments).strip()
        documents = []
        while text:
            document, end = json.JSONDecoder().raw_decode(text)
            documents.append(document)
            text = text[end:].lstrip()
        return documents

    def ready(self) -> bool:
        (table,) = self._shell("show bgp ipv4 unicast json")
        return bool(table.get("localAS") == self.spec.asn)

    def sessions(self) -> dict[str, str]:
        (families,) = self._shell("show bgp summary json")
        return {
            address: str(peer["state"]).lower()
            for family in families.values()
            for address, peer in family.get("peers", {}).items()
        }

    def received(self) -> Received:
        tables = self._shell("show bgp ipv4 unicast json detail", "show bgp ipv6 unicast json detail")
        return {
            prefix: paths
            for table in tables
            for prefix, entries in table["routes"].items()
            if (paths := tuple(_path(entry) for entry in entries if _is_received(entry)))
        }

    def log_updates(self, file: Path) -> None:
        """Write into `file` what peers send, and sessions that come and go, with times to the microsecond."""
        words = f"log file {file} debugging", "log timestamp precision 6", "debug bgp updates in"
        arguments = [argument for word in ("configure terminal", *words) for argument in ("-c", word)]
        ask("vtysh", "--vty_socket", str(self.home), "-d", "bgpd", *arguments)

    def looks(self) -> tuple[str, ...]:
        shell = f"vtysh --vty_socket {self.home}"
        return (
            *(f'{shell} -c "{it}"' for it in ("show bgp summary", "show bgp ipv4 unicast", "show bgp ipv6 unicast")),
            shell,
        )


def _is_received(entry: dict[str, Any]) -> bool:
    """Not the heading of a prefix, and not a route of the router's own."""
    return entry.get("peer", {}).get("type") in {"external", "internal"}


def _path(entry: dict[str, Any]) -> ReceivedPath:
    hops = sorted(entry["nexthops"], key=lambda hop: hop.get("scope") == "link-local")
    return ReceivedPath(
        peer=entry["peer"]["peerId"],
        next_hop=_address(hops[0]["ip"]),
        as_path=tuple(asn for segment in entry["aspath"].get("segments", ()) for asn in segment["list"]),
        communities=frozenset(_NAMED.get(text, text) for text in entry.get("community", {}).get("list", ())),
        large_communities=frozenset(entry.get("largeCommunity", {}).get("list", ())),
        local_preference=entry.get("locPrf"),
        stale=entry.get("stale", False),
        usable=entry.get("valid", False),
    )


def _address(text: str) -> str:
    """An IPv6 prefix over an IPv4 session has the IPv4 next hop, written as an IPv6 address (RFC 4291, 2.5.5.2)."""
    address = ip_address(text)
    return str((address.version == 6 and address.ipv4_mapped) or address)


def _configuration(spec: RouterSpec) -> str:
    password = f" neighbor nodes password {spec.password}\n" if spec.password else ""
    ranges = "".join(f" bgp listen range {subnet} peer-group nodes\n" for subnet in spec.subnets)
    families = "".join(_family(name) for name in ("ipv4", "ipv6"))
    return f"""\
hostname {spec.name}
log stdout informational
route-map everything permit 10
 set ipv6 next-hop prefer-global
route-map nothing deny 10
router bgp {spec.asn}
 bgp router-id {spec.router_id}
 bgp log-neighbor-changes
 no bgp default ipv4-unicast
 bgp bestpath as-path multipath-relax
 neighbor nodes peer-group
 neighbor nodes remote-as {spec.peers}
 neighbor nodes capability extended-nexthop
{password} bgp listen limit 500
{ranges}{families}exit
{spec.config}
"""


def _family(name: str) -> str:
    return f"""\
 address-family {name} unicast
  neighbor nodes activate
  neighbor nodes route-map everything in
  neighbor nodes route-map nothing out
  maximum-paths 64
  maximum-paths ibgp 64
 exit-address-family
"""
