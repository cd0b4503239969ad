"""BIRD as a router of the lab: its configuration, and what birdc says.

Written for BIRD 2.0, Debian 12's. It has no JSON: the text of `show protocols all` and `show route all` is read, line
by line, and a line that is not known is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from lab.software import Program, Received, ReceivedPath, RouterSpec, ask

#: `192.0.2.1/32  unicast [net1_2 08:11:13.961 from 10.0.0.2] * (100) [AS65001?]`; the further paths have no prefix.
_ROUTE: Final = re.compile(r"(?P<prefix>\S+/\d+)?\s+(?P<kind>[a-z]+) \[(?P<protocol>\S+) [^]]*\]")
#: An attribute, or a property of a protocol: `BGP.as_path: 65001`, `BGP state:  Established`.
_PAIR: Final = re.compile(r"\s+(?P<key>[A-Za-z][\w. ]*?):\s*(?P<value>.*)")


@dataclass(slots=True)
class _Session:
    address: str = ""
    state: str = ""
    restarts: bool = False


@dataclass(slots=True)
class _Entry:
    prefix: str
    kind: str
    protocol: str
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bird:
    spec: RouterSpec
    home: Path

    def programs(self, directory: Path) -> tuple[Program, ...]:
        configuration = directory / "bird.conf"
        configuration.write_text(_configuration(self.spec))
        files = ("-c", str(configuration), "-s", str(self._socket), "-P", str(self.home / "bird.pid"))
        return (Program("bird", ("bird", "-f", *files)),)

    @property
    def _socket(self) -> Path:
        return self.home / "bird.ctl"

    def _ask(self, question: str) -> list[str]:
        return ask("birdc", "-r", "-s", str(self._socket), question).splitlines()

    def refused(self, _log: str) -> str:
        return ""  # BIRD ends when it does not take its configuration

    def ready(self) -> bool:
        # Until the interfaces are known no session is accepted. The protocols of ranges are those that wait.
        states = [line.split()[-1] for line in self._ask("show protocols") if line.startswith("range")]
        return states == ["Passive"] * len(self.spec.subnets)

    def _sessions(self) -> dict[str, _Session]:
        """Sessions by BIRD's name for each. The protocols that stand for a whole subnet are none."""
        protocols = _protocols(self._ask("show protocols all"))
        return {name: session for name, session in protocols.items() if session.address}

    def sessions(self) -> dict[str, str]:
        return {session.address: session.state.lower() for session in self._sessions().values()}

    def received(self) -> Received:
        entries = list(_entries(self._ask("show route all")))
        sessions = self._sessions()
        paths: dict[str, tuple[ReceivedPath, ...]] = {}
        for entry in entries:
            if session := sessions.get(entry.protocol):
                path = self._path(entry, session)
                paths[entry.prefix] = (*paths.get(entry.prefix, ()), path)
        return paths

    def _path(self, entry: _Entry, session: _Session) -> ReceivedPath:
        bgp = {key.removeprefix("BGP."): value for key, value in entry.attributes.items() if key.startswith("BGP.")}
        return ReceivedPath(
            peer=session.address,
            next_hop=bgp["next_hop"].split()[0],  # a link-local one comes second
            as_path=tuple(int(number) for number in re.findall(r"\d+", bgp.get("as_path", ""))),
            communities=_tuples(bgp.get("community", "")),
            large_communities=_tuples(bgp.get("large_community", "")),
            # BIRD gives every path its default, also those of external peers.
            local_preference=int(bgp["local_pref"]) if self.spec.peers == "internal" else None,
            stale=session.restarts,
            usable=entry.kind == "unicast",
        )

    def looks(self) -> tuple[str, ...]:
        shell = f"birdc -s {self._socket}"
        return f"{shell} show protocols", f"{shell} show route all", shell


def _tuples(text: str) -> frozenset[str]:
    """`(65001,100) (65001,200)` and `(65001, 1, 2)` as others write them."""
    return frozenset(re.sub(r"\s*,\s*", ":", inner) for inner in re.findall(r"\(([^)]*)\)", text))


def _protocols(lines: list[str]) -> dict[str, _Session]:
    protocols: dict[str, _Session] = {}
    session = _Session()
    for line in lines:
        if line[:1].strip():
            session = protocols[line.split()[0]] = _Session()
        elif "Neighbor graceful restart active" in line:
            session.restarts = True
        elif pair := _PAIR.match(line):
            if pair["key"] == "BGP state":
                session.state = pair["value"].strip()
            elif pair["key"] == "Neighbor address":
                session.address = pair["value"].strip()
    return protocols


def _entries(lines: list[str]) -> Iterator[_Entry]:
    entry = None
    for line in lines:
        if route := _ROUTE.match(line):
            if entry is not None:
                yield entry
            prefix = str(ip_network(route["prefix"])) if route["prefix"] else (entry.prefix if entry else "")
            entry = _Entry(prefix, route["kind"], route["protocol"])
        elif entry is not None and (pair := _PAIR.match(line)):
            entry.attributes[pair["key"]] = pair["value"]
    if entry is not None:
        yield entry


def _configuration(spec: RouterSpec) -> str:
    password = f'  password "{spec.password}";\n' if spec.password else ""
    ranges = "\n".join(
        f"protocol bgp range{number} from nodes {{\n"
        f'  neighbor range {subnet} {spec.peers};\n  dynamic name "net{number}_";\n}}'
        for number, subnet in enumerate(spec.subnets, 1)
    )
    return f"""\
log stderr all;
router id {spec.router_id};
protocol device {{}}
protocol kernel kernel4 {{ merge paths on; ipv4 {{ import none; export all; }}; }}
protocol kernel kernel6 {{ merge paths on; ipv6 {{ import none; export all; }}; }}
template bgp nodes {{
  local as {spec.asn};
  passive;
  direct;
  graceful restart aware;
{password}  ipv4 {{ import all; export none; extended next hop on; }};
  ipv6 {{ import all; export none; extended next hop on; }};
}}
{ranges}
{spec.config}
"""
