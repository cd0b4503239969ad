"""A scenario as it is written: a screen of YAML becomes a `Scenario`, or is refused before anything is started.

Promises: a word that it does not know is an error that names it and the known ones, so that a misspelt line cannot be a
line that does nothing. So is a value of which no lab can be made: each error says where it stands, and what would do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from ipaddress import ip_interface, ip_network
from itertools import combinations
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import yaml

import lab_tools
from cilium_networking.settings import BY_NAME
from lab.checkout import ROOT
from lab.network import CONTROL, MANAGEMENT, RACK, Interface, Subnet
from lab.scenario import RELEASE, Node, Scenario, Server, Service
from lab.software import Peers, RouterSpec, Runs

T = TypeVar("T")

#: What is a name to Kubernetes and to `ip netns` (RFC 1123, 2.1).
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
#: What is one to the kernel (linux/net/core/dev.c, dev_valid_name).
_INTERFACE: Final = re.compile(r"[^\s/:]{1,15}")
#: AS numbers, but the two that are reserved (RFC 7607, RFC 7300).
_ASNS: Final = range(1, 2**32 - 1)


class ScenarioError(ValueError):
    """The scenario says something that no lab can be made of."""


def read_scenario(text: str) -> Scenario:
    """The scenario that a YAML text describes. Raises `ScenarioError`."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ScenarioError(f"the scenario is no YAML: {error}") from None
    said = _known("the scenario", data, {each.name for each in fields(Scenario)})
    operator, applied = (_flag(name, said.get(name, True)) for name in ("operator", "applied"))
    package = said.get("package")
    scenario = Scenario(
        release=_release(said.get("release", RELEASE), operator),
        operator=operator,
        nodes=_each(_node, "node", said.get("nodes")),
        routers=_each(_router, "router", said.get("routers")),
        servers=_each(_server, "server", said.get("servers")),
        package=None if package is None else _package(_text("package", package)),
        applied=applied,
        setters=_texts("setters", _known("setters", said.get("setters"), set(BY_NAME))),
        settings=_mapping("settings", said.get("settings")),
        services=_each(_service, "service", said.get("services")),
    )
    if scenario.setters and scenario.package is None:
        raise ScenarioError("setters are written into a package, and none is named")
    _judge_hosts(scenario)
    return scenario


def _release(value: object, operator: bool) -> str:
    release = _one_of("release", _text("release", value), [row.minor for row in lab_tools.SCHEMAS])
    if operator and release != RELEASE:
        raise ScenarioError(f"only the operator of {RELEASE} is built: say `operator: false` for release {release}")
    return release


def _package(path: str) -> str:
    if not (ROOT / path / "Kptfile").is_file():
        raise ScenarioError(f"package: there is no {path}/Kptfile in the project")
    return path


def _node(what: str, name: str, value: object) -> Node:
    said = _known(what, value, {"labels", "interfaces", "pods"})
    interfaces = {}
    for interface, addresses in _mapping(f"{what}, interfaces", said.get("interfaces")).items():
        if not isinstance(interface, str) or not _INTERFACE.fullmatch(interface):
            raise ScenarioError(f"{what}: `{interface}` is no name of an interface, of at most 15 characters")
        if interface in {MANAGEMENT, "lo"}:
            raise ScenarioError(f"{what}: the lab has an interface {interface} of its own there")
        interfaces[interface] = _addresses(f"{what}, {interface}", addresses)
    if not interfaces:
        raise ScenarioError(f"{what} has no interface")
    return Node(
        name=name,
        labels=_texts(f"{what}, labels", said.get("labels")),
        interfaces=interfaces,
        pods=tuple(_subnet(f"{what}, pods", one) for one in _several(said.get("pods", ()))),
    )


def _router(what: str, name: str, value: object) -> RouterSpec:
    said = _known(what, value, {"runs", "address", "asn", "peers", "password", "config"})
    if missing := {"runs", "address", "asn"} - said.keys():
        raise ScenarioError(f"{what} lacks {', '.join(sorted(missing))}")
    asn = said["asn"]
    if type(asn) is not int or asn not in _ASNS:
        raise ScenarioError(f"{what}, asn: {asn!r} is no number from {_ASNS.start} to {_ASNS.stop - 1}")
    password = said.get("password")
    try:
        return RouterSpec(
            name=name,
            runs=_one_of(f"{what}, runs", said["runs"], get_args(Runs)),
            addresses=_addresses(f"{what}, address", said["address"]),
            asn=asn,
            peers=_one_of(f"{what}, peers", said.get("peers", "external"), get_args(Peers)),
            password=None if password is None else _text(f"{what}, password", password),
            config=_text(f"{what}, config", said.get("config", "")),
        )
    except ValueError as error:
        raise ScenarioError(str(error)) from None


def _server(what: str, name: str, value: object) -> Server:
    said = _known(what, value, {"manifests", "disable"})
    manifests = _texts(f"{what}, manifests", said.get("manifests"))
    for file in manifests:
        if Path(file).is_absolute() or not Path(file).parts or ".." in Path(file).parts:
            raise ScenarioError(f"{what}, manifests: `{file}` is no path inside of the directory")
    disable = tuple(_text(f"{what}, disable", one) for one in _several(said.get("disable", ())))
    return Server(name, manifests, disable)


def _service(what: str, name: str, value: object) -> Service:
    said = _known(what, value, {"namespace", "labels", "annotations", "spec"})
    return Service(
        name=name,
        namespace=_text(f"{what}, namespace", said.get("namespace", "default")),
        labels=_texts(f"{what}, labels", said.get("labels")),
        annotations=_texts(f"{what}, annotations", said.get("annotations")),
        spec=_mapping(f"{what}, spec", said.get("spec")),
    )


# ------------------------------------------------------------------------------------------------ hosts and subnets


def _judge_hosts(scenario: Scenario) -> None:
    """Raises `ScenarioError` where two hosts have one name or one address, or subnets that only overlap."""
    named = {CONTROL: "the lab's own", RACK: "the lab's own"}
    for what, name in _hosts(scenario):
        if name in named:
            raise ScenarioError(f"{what}: the name is taken, it is {named[name]}")
        named[name] = f"that of {what}"
    owners: dict[Any, str] = {}
    for what, address in _interfaces(scenario):
        if address.ip in owners:
            raise ScenarioError(f"{owners[address.ip]} and {what} both have {address.ip}")
        owners[address.ip] = what
    for (one, its), (other, others) in combinations(_interfaces(scenario), 2):
        if _overlap(its.network, others.network):
            raise ScenarioError(
                f"{its.network} of {one} and {others.network} of {other} overlap: hosts of one subnet have one length"
            )


def _hosts(scenario: Scenario) -> Iterator[tuple[str, str]]:
    yield from ((f"node {node.name}", node.name) for node in scenario.nodes)
    yield from ((f"router {router.name}", router.name) for router in scenario.routers)


def _interfaces(scenario: Scenario) -> Iterator[tuple[str, Interface]]:
    for node in scenario.nodes:
        yield from ((f"node {node.name}", one) for several in node.interfaces.values() for one in several)
    for router in scenario.routers:
        yield from ((f"router {router.name}", one) for one in router.addresses)


def _overlap(one: Subnet, other: Subnet) -> bool:
    return one.version == other.version and one != other and one.overlaps(other)


# ------------------------------------------------------------------------------------------------ values


def _each(read: Callable[[str, str, object], T], noun: str, value: object) -> tuple[T, ...]:
    """What a mapping of names describes."""
    found = []
    for name, said in _mapping(f"{noun}s", value).items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ScenarioError(f"{noun} `{name}`: a name has small letters, digits and hyphens")
        found.append(read(f"{noun} {name}", name, said))
    return tuple(found)


def _mapping(what: str, value: object) -> dict[Any, Any]:
    """Nothing at all is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ScenarioError(f"{what} is no mapping")
    return value


def _known(what: str, value: object, known: set[str]) -> dict[str, Any]:
    said = _mapping(what, value)
    if unknown := sorted(str(word) for word in said.keys() - known):
        raise ScenarioError(f"{what} has {_listed(unknown)}; known are {', '.join(sorted(known))}")
    return said


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _one_of(what: str, value: object, known: Iterable[T]) -> T:
    for one in known:
        if one == value:
            return one
    raise ScenarioError(f"{what}: `{value}` is not known; known are {', '.join(sorted(map(str, known)))}")


def _flag(what: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ScenarioError(f"{what}: {value!r} is neither true nor false")
    return value


def _text(what: str, value: object) -> str:
    if not isinstance(value, str):
        raise ScenarioError(f"{what}: {value!r} is no text: put it in quotes")
    return value


def _texts(what: str, value: object) -> Mapping[str, str]:
    said = _mapping(what, value)
    return {_text(what, key): _text(f"{what}, {key}", one) for key, one in said.items()}


def _several(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def _addresses(what: str, value: object) -> tuple[Interface, ...]:
    """Addresses with the length of their subnet, one or more."""
    found = []
    for one in _several(value):
        if not isinstance(one, str) or "/" not in one:
            raise ScenarioError(f"{what}: {one!r} is no address with a prefix length, as in 10.80.0.11/20")
        try:
            found.append(ip_interface(one))
        except ValueError as error:
            raise ScenarioError(f"{what}: {error}") from None
    if not found:
        raise ScenarioError(f"{what} has no address")
    return tuple(found)


def _subnet(what: str, value: object) -> Subnet:
    text = _text(what, value)
    try:
        return ip_network(text)
    except ValueError as error:
        raise ScenarioError(f"{what}: {error}") from None
