"""GoBGP as a router of the lab: its configuration, and what `gobgp -j` says.

Written for GoBGP 3.10, Debian 12's. It is a route server: nothing of what it holds gets into the kernel, and it does
not look whether a next hop can be reached.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

from lab.software import Program, Received, ReceivedPath, RouterSpec, ask

#: Types of path attributes (IANA, BGP Path Attributes) that are read.
_AS_PATH, _NEXT_HOP, _LOCAL_PREF, _COMMUNITIES, _REACH, _LARGE = 2, 3, 5, 8, 14, 32
#: States of a session as `gobgp -j` numbers them (GoBGP 3.10, api/gobgp.proto, PeerState.SessionState).
_STATES: Final = ("unknown", "idle", "connect", "active", "opensent", "openconfirm", "established")


@dataclass(frozen=True, slots=True)
class Gobgp:
    spec: RouterSpec
    home: Path

    def programs(self, directory: Path) -> tuple[Program, ...]:
        configuration = directory / "gobgpd.toml"
        configuration.write_text(_configuration(self.spec))
        place = ("--api-hosts", self._target, "--pprof-disable")
        return (Program("gobgpd", ("gobgpd", "-f", str(configuration), "--log-plain", *place)),)

    @property
    def _target(self) -> str:
        return f"unix://{self.home / 'api'}"

    def _ask(self, *question: str) -> Any:
        return json.loads(ask("gobgp", "--target", self._target, "-j", *question))

    def refused(self, _log: str) -> str:
        return ""  # GoBGP ends when it does not take its configuration

    def ready(self) -> bool:
        return bool(self._ask("global").get("asn") == self.spec.asn)

    def sessions(self) -> dict[str, str]:
        peers = self._ask("neighbor")
        return {peer["state"]["neighbor_address"]: _STATES[peer["state"].get("session_state", 0)] for peer in peers}

    def received(self) -> Received:
        tables = [self._ask("global", "rib", "-a", family) for family in ("ipv4", "ipv6")]
        return {
            str(ip_network(prefix)): tuple(_path(entry) for entry in entries)
            for table in tables
            for prefix, entries in table.items()
        }

    def looks(self) -> tuple[str, ...]:
        shell = f"gobgp --target {self._target}"
        return f"{shell} neighbor", f"{shell} global rib -a ipv4", f"{shell} global rib -a ipv6"


def _path(entry: dict[str, Any]) -> ReceivedPath:
    attributes = {attribute["type"]: attribute for attribute in entry["attrs"]}
    hop = attributes.get(_NEXT_HOP) or attributes[_REACH]
    communities = attributes.get(_COMMUNITIES, {}).get("communities", ())
    return ReceivedPath(
        peer=entry["neighbor-ip"],
        next_hop=hop["nexthop"],
        as_path=tuple(asn for segment in attributes.get(_AS_PATH, {}).get("as_paths", ()) for asn in segment["asns"]),
        communities=frozenset(f"{it >> 16}:{it & 0xFFFF}" for it in communities),
        large_communities=frozenset(
            f"{it['ASN']}:{it['LocalData1']}:{it['LocalData2']}" for it in attributes.get(_LARGE, {}).get("value", ())
        ),
        local_preference=attributes.get(_LOCAL_PREF, {}).get("value"),
        stale=entry.get("stale", False),
    )


def _configuration(spec: RouterSpec) -> str:
    password = f'auth-password = "{spec.password}"\n' if spec.password else ""
    # 0 stands for any AS number.
    asn = spec.asn if spec.peers == "internal" else 0
    families = "".join(_family(name) for name in ("ipv4-unicast", "ipv6-unicast"))
    ranges = "".join(
        f'[[dynamic-neighbors]]\n[dynamic-neighbors.config]\nprefix = "{subnet}"\npeer-group = "nodes"\n'
        for subnet in spec.subnets
    )
    return f"""\
[global.config]
as = {spec.asn}
router-id = "{spec.router_id}"
[[peer-groups]]
[peer-groups.config]
peer-group-name = "nodes"
peer-as = {asn}
{password}[peer-groups.transport.config]
passive-mode = true
[peer-groups.graceful-restart.config]
enabled = true
helper-only = true
[peer-groups.apply-policy.config]
default-export-policy = "reject-route"
{families}{ranges}
{spec.config}
"""


def _family(name: str) -> str:
    return f"""\
[[peer-groups.afi-safis]]
[peer-groups.afi-safis.config]
afi-safi-name = "{name}"
[peer-groups.afi-safis.mp-graceful-restart.config]
enabled = true
"""
