"""What each rule of severity error predicts, and where the lab shows that it happens.

Why: a rule says what Cilium will do with a file, and we know it from reading Cilium. Here the API server, the operator,
the speakers and the routers say it too: what a rule's page has under `Bad` comes to what the page tells, and what it
has under `Good` does not.

Promises: `WHERE` names every rule of severity error, with the file of tests that shows it or with the reason why these
programs cannot. test_predictions.py holds it against the rules, so that a new one lands with its entry.

Left out: warnings. Kinds that no program of the lab serves, such as a HelmChartConfig or our inventory, are read by the
rule alone: what they tell of a cluster has to be so in the story of the test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from cilium_networking.rules import EVERY, Rule

if TYPE_CHECKING:
    from lab.laboratory import Lab

#: The rules that predict a failure.
ERRORS: Final[Mapping[str, Rule]] = {rule.id: rule for rule in EVERY if rule.severity == "error"}

ADDRESSES: Final = "test_predicted_addresses.py"
ROUTES: Final = "test_predicted_routes.py"
CLUSTERS: Final = "test_two_clusters.py"


@dataclass(frozen=True, slots=True)
class Beyond:
    """Why the lab cannot show it."""

    why: str


_AN_OLDER_RELEASE: Final = Beyond("agents of 1.18 and before do it, and the lab runs those of 1.19")
_OUR_OWN: Final = Beyond("it is about what we are told or have rendered, and no cluster ever sees that")
_MESH: Final = Beyond("it takes agents that exchange identities, and the speakers have no part of a mesh")
_HELM: Final = Beyond("it is about what becomes of Helm's values, and the lab has no Helm, chart or helm-controller")
WHERE: Final[Mapping[str, str | Beyond]] = {
    "CN101": ADDRESSES,
    "CN105": ADDRESSES,
    "CN107": ADDRESSES,
    "CN109": ADDRESSES,
    "CN111": ADDRESSES,
    "CN112": ADDRESSES,
    "CN115": ADDRESSES,
    "CN116": ADDRESSES,
    "CN117": ADDRESSES,
    "CN118": ADDRESSES,
    "CN124": ADDRESSES,
    "CN126": ADDRESSES,
    "CN202": ROUTES,
    "CN204": ROUTES,
    "CN205": ROUTES,
    "CN206": ROUTES,
    "CN207": ROUTES,
    "CN214": ROUTES,
    "CN301": ROUTES,
    "CN302": ROUTES,
    "CN303": ROUTES,
    "CN305": ROUTES,
    "CN306": _AN_OLDER_RELEASE,
    "CN308": ROUTES,
    "CN311": ROUTES,
    "CN402": ROUTES,
    "CN403": ROUTES,
    "CN404": ROUTES,
    "CN405": ROUTES,
    "CN407": ROUTES,
    "CN409": ROUTES,
    "CN410": ROUTES,
    "CN411": ROUTES,
    "CN501": ADDRESSES,
    "CN502": ADDRESSES,
    "CN503": _OUR_OWN,
    "CN506": ADDRESSES,
    "CN507": ADDRESSES,
    "CN509": _OUR_OWN,
    "CN511": Beyond("it takes MetalLB's controller, which gives out the same addresses"),
    "CN513": ADDRESSES,
    "CN601": CLUSTERS,
    "CN602": Beyond("it takes a datapath: what goes wrong is traffic that reaches the other machine"),
    "CN603": CLUSTERS,
    "CN604": _MESH,
    "CN605": _MESH,
    "CN606": _MESH,
    "CN608": Beyond("it takes a kubelet, which mounts the Secret into the agent's Pod"),
    "CN615": ADDRESSES,
    "CN616": Beyond("it takes Flux, which refuses the name"),
    "CN702": _HELM,
    "CN703": _HELM,
    "CN704": _HELM,
    "CN706": _HELM,
    "CN707": ROUTES,
    "CN708": Beyond("it takes a datapath: addresses are announced all the same, and connections end nowhere"),
    "CN711": _HELM,
    "CN801": Beyond("it takes the CRDs of the Gateway API, which the lab has not"),
    "CN804": _AN_OLDER_RELEASE,
}


def shown_in(place: str) -> list[str]:
    """The rules that a file of tests shows."""
    return [rule for rule, where in WHERE.items() if where == place]


@dataclass(frozen=True, slots=True)
class Case:
    """What is seen of the two texts of a rule, by the names of looks. `beside` is what both need to be seen at all."""

    bad: Mapping[str, object]
    good: Mapping[str, object]
    beside: str = ""
    #: Nodes whose speakers do not run meanwhile.
    silent: tuple[str, ...] = ()


def seen(lab: Lab, looks: Mapping[str, Callable[[Lab], object]], expected: Mapping[str, object]) -> dict[str, object]:
    """What there is of that which a case names."""
    return {name: looks[name](lab) for name in expected}


def objects(text: str, beside: str = "") -> list[dict[str, Any]]:
    """The objects of a text, and those beside it, with the values of its own ConfigMaps for placeholders."""
    values = {
        name: value
        for one in yaml.safe_load_all(text)
        if one["kind"] == "ConfigMap"
        for name, value in one["data"].items()
    }
    filled = re.sub(r"\$\{([\w-]+)\}", lambda found: values[found[1]], f"{text}---\n{beside}")
    return [one for one in yaml.safe_load_all(filled) if one and _is_served(one)]


def clusters_of(text: str) -> dict[str, list[dict[str, Any]]]:
    """The objects of each cluster of a text that tells of several."""
    _, *pieces = re.split(r"^# cluster (\w+)\n", text, flags=re.MULTILINE)
    return {name: objects(piece) for name, piece in zip(pieces[::2], pieces[1::2], strict=True)}


def _is_served(item: Mapping[str, Any]) -> bool:
    """Whether it is of Kubernetes' own kinds, or of Cilium's."""
    return item["apiVersion"].partition("/")[0] in {"v1", "cilium.io"}
