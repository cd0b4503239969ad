"""A function config, and options beside it, to :class:`Settings` and everything that is wrong with them.

Nothing here raises for what a config says: a run that fails names all its reasons at once. The doors call
:func:`read`; a config of a kind that is not ours is an error and never guessed at.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ..addressing import Wrong, quoted
from ..errors import InputError
from ..lossless import Mapping as MappingNode
from ..lossless import Scalar, follow
from . import flat
from .declarations import BY_NAME, RESERVED, Declaration
from .model import Given, Placeholder, Settings
from .values import is_placeholder

if TYPE_CHECKING:
    from ..kinds import Problem
    from ..lossless import Node, Path
    from ..resources.finding import Finding
    from ..resources.resource import Resource
    from .meaning import Said

CONFIG_MAP: Final = ("v1", "ConfigMap")
TYPED: Final = ("fn.kpt.dev/v1alpha1", "CiliumNetworking")
#: Flat settings that may stand beside a typed config: what it says itself is said there.
BESIDE_TYPED: Final = ("cluster-name", "cluster-id", "cilium-version")

_DEFAULT_RELEASE: Final = BY_NAME["cilium-version"].default or ""


def read(
    config: Resource | None, overrides: Mapping[str, str] = MappingProxyType({})
) -> tuple[Settings, tuple[Finding, ...]]:
    """The settings of a run. ``overrides`` are flat settings of the command line; they win over the config's.

    With an error among the findings the settings are not fit for anything but ``verb``.
    """
    findings: list[Finding] = []
    beside = {name: Given(name, text) for name, text in overrides.items()}
    if config is None:
        return _flat(beside, findings), tuple(findings)
    if (config.api_version, config.kind) == TYPED:
        return _typed(config, beside, findings), tuple(findings)
    if (config.api_version, config.kind) != CONFIG_MAP:
        findings.append(_foreign(config))
        return _flat(beside, findings), tuple(findings)
    return _flat(_data(config, findings) | beside, findings), tuple(findings)


def names_only_verb(config: Resource | None) -> bool:
    """Whether a config says what to do and nothing about with what: then its settings stand somewhere else."""
    if config is None:
        return False
    node = config.fragment.at(("spec",) if (config.api_version, config.kind) == TYPED else ("data",))
    return isinstance(node, MappingNode) and [entry.name for entry in node.entries] == ["verb"]


def _foreign(config: Resource) -> Finding:
    """The error about a config of another kind, or of ours under another apiVersion."""
    for version, kind in (CONFIG_MAP, TYPED):
        if config.kind == kind:
            message = f"a {kind} has the apiVersion `{version}`, and not {quoted(config.api_version)}"
            node = config.fragment.at(("apiVersion",))
            return config.finding(
                "error", message, ("apiVersion",), node=node, current=config.api_version, proposed=version
            )
    message = (
        f"{quoted(config.kind)} of {quoted(config.api_version)} is no config of this function; "
        f"give a ConfigMap (`v1`) or a {TYPED[1]} (`{TYPED[0]}`)"
    )
    return config.finding("error", message, ("kind",), node=config.fragment.at(("kind",)), current=config.kind)


def _data(config: Resource, findings: list[Finding]) -> dict[str, Given]:
    """The settings of a ConfigMap by the text of their values; everything but ``data`` is the ConfigMap's own."""
    data = config.fragment.at(("data",))
    if data is None or (isinstance(data, Scalar) and data.data is None):
        return {}
    if not isinstance(data, MappingNode):
        message = "`data` has to be a mapping of setting names to texts, like `lb-pool-cidr: 10.80.8.128/26`"
        findings.append(config.finding("error", message, ("data",), node=data))
        return {}
    given: dict[str, Given] = {}
    for entry in data.entries:
        value = follow(entry.value)
        if entry.name is None or entry.name == "<<":
            message = "a setting's name has to be a plain key; merge keys and collections are not read here"
            findings.append(config.finding("error", message, ("data",), node=entry.key))
            continue
        path: Path = ("data", entry.name)
        if not isinstance(value, Scalar):
            kind = "a mapping" if isinstance(value, MappingNode) else "a list"
            message = f"{quoted(entry.name)} is {kind}, and has to be a text; a {TYPED[1]} takes structure"
            findings.append(config.finding("error", message, path, node=entry.value))
        elif entry.name in given:
            message = f"{quoted(entry.name)} stands twice; keep one of them"
            findings.append(config.finding("error", message, path, node=entry.key))
        else:
            text = "" if value.data is None else value.value
            given[entry.name] = Given(entry.name, text, config, entry.value)
    return given


def _flat(given: dict[str, Given], findings: list[Finding]) -> Settings:
    reserved = _reserved(given, findings)
    parsed: dict[str, Any] = {}
    for name, each in given.items():
        declaration = BY_NAME.get(name)
        if declaration is not None:
            found = _value(declaration, each)
            if isinstance(found, Wrong):
                findings.append(each.finding("error", found.about(each.text), proposed=found.proposed))
            else:
                parsed[name] = found
    release = parsed.get("cilium-version", _DEFAULT_RELEASE)
    values = flat.Values(given, parsed, release)
    return Settings(
        verb=reserved.get("verb"),
        adopt=reserved.get("adopt") is True,
        release=release,
        release_given="cilium-version" in parsed,
        cluster_name=parsed.get("cluster-name"),
        cluster_id=parsed.get("cluster-id"),
        setters=MappingProxyType(given),
        unknown=tuple(name for name in given if name not in BY_NAME),
        wanted=tuple(flat.wanted(values, findings)),
        prune=MappingProxyType(flat.prune(values)),
    )


def _reserved(given: dict[str, Given], findings: list[Finding]) -> dict[str, Any]:
    """The words to the function, taken out of the settings."""
    found: dict[str, Any] = {}
    for name, parse in RESERVED.items():
        each = given.pop(name, None)
        if each is not None:
            value = parse(each.text)
            if isinstance(value, Wrong):
                findings.append(each.finding("error", value.about(each.text), proposed=value.proposed))
            else:
                found[name] = value
    return found


def _value(declaration: Declaration, given: Given) -> Any:
    """The value of a declared setting, or why its text is none."""
    text, example = given.text, quoted(declaration.example)
    if text == declaration.name:
        return Wrong(f"is left at its own name; give it a value, like {example}")
    if text == "":
        return Wrong(f"is empty; leave {declaration.name} out, or give it a value, like {example}")
    if "${" in text:
        if declaration.placeholder and is_placeholder(text):
            return Placeholder(text)
        why = "is a placeholder that nothing fills in before this function runs"
        return Wrong(f"{why}; give it a value, like {example}")
    return declaration.parse(text)


def _typed(config: Resource, beside: dict[str, Given], findings: list[Finding]) -> Settings:
    from ..kinds import check  # late: flat settings do without the schema and its check
    from . import typed

    for name in [name for name in beside if name in BY_NAME and name not in BESIDE_TYPED]:
        message = f"the config is a {TYPED[1]}, which says this in its own words; change it there"
        findings.append(beside.pop(name).finding("error", message))
    adopts = "adopt" in beside
    settings = _flat(beside, findings)
    root = config.fragment.root
    spec = _spec(config, root, findings)
    release = _release(config, findings)
    given = release is not None or settings.release_given
    if release is None or settings.release_given:
        release = settings.release
    judged: set[Path] = set()
    for problem in check(root, typed.config_schema(release), allow_placeholders=True):
        judged.add(problem.path)
        findings.append(_problem(config, problem))
    # Where the schema has spoken, its word stands alone: the same value, said once.
    findings += [_said(config, said) for said in typed.judge(spec) if said.path not in judged]
    if any(finding.severity == "error" for finding in findings):
        return Settings(settings.verb or _verb(spec), release=release, setters=settings.setters)
    cluster = spec.get("cluster") or {}
    return Settings(
        verb=settings.verb or _verb(spec),
        adopt=settings.adopt if adopts else spec.get("adopt") is True,
        release=release,
        release_given=given,
        cluster_name=settings.cluster_name or cluster.get("name"),
        cluster_id=cluster.get("id") if settings.cluster_id is None else settings.cluster_id,
        setters=settings.setters,
        unknown=settings.unknown,
        wanted=tuple(typed.wanted(spec)),
        prune=MappingProxyType(typed.prune(spec)),
    )


def _spec(config: Resource, root: Node, findings: list[Finding]) -> dict[str, Any]:
    """``spec`` as plain data, empty when it is no mapping."""
    node = config.fragment.at(("spec",))
    try:
        spec = None if node is None else config.fragment.data(node)
    except InputError as error:
        findings.append(config.finding("error", error.message, ("spec",), node=root))
        return {}
    return spec if isinstance(spec, dict) else {}


def _release(config: Resource, findings: list[Finding]) -> str | None:
    """The release of ``spec.ciliumVersion``, by its text: ``1.20`` is the number 1.2 to YAML."""
    path = ("spec", "ciliumVersion")
    node = config.fragment.at(path)
    if node is None or (isinstance(node, Scalar) and node.data is None):
        return None
    if not isinstance(node, Scalar):
        findings.append(config.finding("error", "`spec.ciliumVersion` must be a text, like `1.19`", path, node=node))
        return None
    found = BY_NAME["cilium-version"].parse(node.value)
    if not isinstance(found, Wrong):
        return str(found)
    findings.append(config.finding("error", found.about(node.value), path, node=node, current=node.value))
    return None


def _problem(config: Resource, problem: Problem) -> Finding:
    return config.finding(
        "error",
        f"CN501 {problem.message}",
        problem.path,
        node=problem.node,
        current=problem.current,
        proposed=problem.proposed,
        rule="CN501",
    )


def _said(config: Resource, said: Said) -> Finding:
    node = config.fragment.at(said.path)
    current = node.value if isinstance(node, Scalar) else None
    for depth in range(len(said.path), -1, -1):  # a field that is not there is missed in what would hold it
        node = node or config.fragment.at(said.path[:depth])
    return config.finding("error", said.message, said.path, node=node, current=current, proposed=said.proposed)


def _verb(spec: dict[str, Any]) -> str | None:
    verb = spec.get("verb")
    return verb if isinstance(verb, str) and not isinstance(RESERVED["verb"](verb), Wrong) else None
