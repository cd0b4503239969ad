"""Who chooses a thing, and who may choose one together: held equal to asking every selector."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cilium_networking.fabric import Choosers, Machines, Meetings, Service, Spot, contradiction, takes
from cilium_networking.fabric import machines as nodes
from cilium_networking.fabric.inventory import read_inventory
from cilium_networking.fabric.nodes import read_node
from cilium_networking.fabric.selector import Selector, read_selector
from cilium_networking.fabric.services import read_service
from cilium_networking.lossless import parse
from cilium_networking.resources import Resource, read_resource

#: Labels as selectors ask for them: anybody's, one that the kubelet sets, a role's, and those that Cilium adds.
KEYS = ["rack", "tier", "topology.kubernetes.io/zone", "node-role.kubernetes.io/worker", "kubernetes.io/hostname"]
OF_SERVICES = ["rack", "tier", "io.kubernetes.service.namespace", "io.kubernetes.service.name"]
VALUES = ["a", "b", "c", "${SOME}"]


def resource(kind: str, name: str, namespace: str = "") -> Resource:
    place = f", namespace: {namespace}" if namespace else ""
    return read_resource(parse(f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}{place}}}\n"), position=0)


HERE = Spot(resource("Thing", "here"))


def selectors(keys: list[str]) -> st.SearchStrategy[Selector | None]:
    """Selectors of every kind: absent, empty, with a placeholder, at odds with themselves."""
    key, values = st.sampled_from(keys), st.lists(st.sampled_from(VALUES), max_size=3)
    operator = st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist"])
    expression = st.fixed_dictionaries({"key": key, "operator": operator, "values": values})
    labels = st.dictionaries(key, st.sampled_from(VALUES), max_size=2)
    data = st.fixed_dictionaries({"matchLabels": labels, "matchExpressions": st.lists(expression, max_size=2)})
    return st.one_of(st.none(), data).map(lambda found: read_selector(found, HERE))


def service(labels: dict[str, str], namespace: str) -> Service:
    data = {"metadata": {"labels": labels}, "spec": {"type": "LoadBalancer"}}
    found = read_service(resource("Service", "a", namespace), data)
    assert found is not None
    return found


services = st.builds(
    service,
    st.dictionaries(st.sampled_from(["rack", "tier", "${KEY}"]), st.sampled_from(VALUES), max_size=3),
    st.sampled_from(["", "a", "b"]),
)


@given(st.lists(selectors(OF_SERVICES), max_size=12), services)
def test_who_takes_a_service(several: list[Selector | None], one: Service) -> None:
    """Of many selectors those that take a Service, or may, are found with that answer, in the order of the input."""
    found = list(Choosers((selector, place) for place, selector in enumerate(several)).of(one))
    answers = [(place, takes(selector, one)) for place, selector in enumerate(several)]
    assert found == [(place, answer) for place, answer in answers if answer is not False]


@given(st.lists(selectors(KEYS), max_size=12), st.dictionaries(st.sampled_from(KEYS), st.sampled_from("abc")))
def test_who_takes_labels(several: list[Selector | None], labels: dict[str, str]) -> None:
    """Of many selectors those that take exactly these labels are found, in the order of the input."""
    found = list(Choosers((selector, place) for place, selector in enumerate(several)).matching(labels))
    known = [(place, selector) for place, selector in enumerate(several) if selector is not None and not selector.open]
    assert found == [place for place, selector in known if selector.matches(labels)]


@given(st.lists(selectors(KEYS), max_size=12), selectors(KEYS), st.integers(0, 12))
def test_who_may_meet(several: list[Selector | None], one: Selector | None, before: int) -> None:
    """Every selector that is not at odds with another is among those that may meet it, in the order of the input."""
    met = list(Meetings(several).with_(one, min(before, len(several))))
    assert met == sorted(set(met))
    possible = [place for place, each in enumerate(several[:before]) if contradiction((each, one)) is None]
    assert set(possible) <= set(met) <= set(range(min(before, len(several))))


def node(labels: dict[str, str], *, live: bool, number: int) -> Any:
    """A Node, live with all of its labels, or as somebody writes one."""
    name = f"node-{number}"
    found = {**labels, "kubernetes.io/hostname": name} if live else labels
    return read_node(resource("Node", name), {"metadata": {"labels": found}})


labels_of_nodes = st.dictionaries(st.sampled_from(KEYS[:4]), st.sampled_from("abc"), max_size=3)


@st.composite
def machines(draw: st.DrawFn) -> Machines:
    """Nodes of both kinds, and machines of an inventory that says their labels or nothing of them."""
    written = draw(st.lists(st.tuples(labels_of_nodes, st.booleans()), max_size=5))
    told = draw(st.lists(st.one_of(st.none(), labels_of_nodes), max_size=4))
    listed = [
        {"name": f"node-{number}"} | ({} if labels is None else {"labels": labels})
        for number, labels in enumerate(told, 3)
    ]
    inventory = read_inventory(resource("NetworkInventory", "lan"), {"spec": {"nodes": listed}})
    return Machines([node(labels, live=live, number=i) for i, (labels, live) in enumerate(written)], inventory)


@given(machines(), selectors(KEYS))
def test_which_nodes_a_selector_takes(known: Machines, selector: Selector | None) -> None:
    """Nodes that are certainly taken, that may be, and that nobody can know are those that asking each one gives."""
    answers = [(one, nodes.takes(selector, one)) for one in known.nodes]
    assert known.taken(selector) == [one for one, answer in answers if answer]
    assert known.possible(selector) == [one for one, answer in answers if answer is not False]
    assert {one.name for one in known.doubtful(selector)} == {one.name for one, answer in answers if answer is None}
    unsure = any(answer is None for _, answer in answers)
    assert known.selected(selector) == (None if unsure else [one for one, answer in answers if answer])
