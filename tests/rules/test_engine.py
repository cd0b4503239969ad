"""How rules are run: waived with a reason, bounded, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator

from cilium_networking.fabric import Spot, read_cluster
from cilium_networking.render import render
from cilium_networking.resources import ResourceList
from cilium_networking.rules import RULES, Case, Rule, Said, judge, judged
from cilium_networking.settings import read
from cilium_networking.validate import Member, validate_fleet
from rules.judging import findings_of, resources_of, said_of

_POOL = """
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: {name}
{meta}spec:
  blocks:
  - cidr: 10.80.{number}.0/24
  serviceSelector:
    matchLabels: {{pool: {name}}}
"""
_VALUES = """---
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
  namespace: kube-system
spec:
  valuesContent: |-
    cluster: {name: lab, id: 1}
"""
_FEW = tuple(RULES[name] for name in ("CN501", "CN502", "CN505"))


def _pool(name: str = "lan", meta: str = "", number: int = 8) -> str:
    return _POOL.format(name=name, meta=meta, number=number)


def _waived(annotation: str, *, namespace: str = "  namespace: kube-system\n") -> str:
    return _pool(meta=f"{namespace}  annotations:\n    {annotation}\n")


def _case(text: str) -> Case:
    settings, wrong = read(None, {})
    assert wrong == ()
    return Case(read_cluster(resources_of(text), "1.19"), settings)


_NAMESPACE = (
    "CN505",
    "CiliumLoadBalancerIPPool belongs to the whole cluster, and `kube-system` means nothing: drop it",
)


def test_a_waiver_with_a_reason() -> None:
    """It makes an information with the reason of what its rule says of its object, and nothing that is mended."""
    text = _waived("cilium-networking/waive-CN505: the controller sets it")
    assert said_of(text) == []
    ((finding, _, edits),) = judged(_case(text), _FEW)
    assert (finding.severity, finding.message, edits) == (
        "info",
        f"CN505 waived (the controller sets it): {_NAMESPACE[1]}",
        (),
    )


def test_a_waiver_without_a_reason() -> None:
    """It silences nothing, and is told so beside what it was meant for."""
    for empty in ("", '""', '"  "'):
        assert said_of(_waived(f"cilium-networking/waive-CN505: {empty}")) == [
            _NAMESPACE,
            ("CN504", "waives CN505 without a reason, so it does not: say why"),
        ]


def test_a_waiver_of_nothing() -> None:
    """One whose rule has nothing to say is to be taken off, and so is one that names no rule."""
    assert said_of(_waived("cilium-networking/waive-CN505: old", namespace="")) == [
        ("CN504", "waives CN505, which has nothing to say here: take the annotation off")
    ]
    assert said_of(_waived("cilium-networking/waive-CN999: what", namespace="")) == [
        ("CN504", "waives `CN999`, which is no rule, so it does nothing: take the annotation off")
    ]
    assert said_of(_waived("cilium-networking/waive-cn505: what")) == [
        _NAMESPACE,
        ("CN504", "waives `cn505`, which is no rule, so it does nothing: write `CN505`"),
    ]


def test_a_waiver_of_what_was_not_asked() -> None:
    """Of a rule that was left out, or that compares clusters where there is one, nobody knows that it is needless."""
    text = _waived("cilium-networking/waive-CN505: why")
    assert list(judge(_case(text), _FEW[:2])) == []
    assert said_of(_waived("cilium-networking/waive-CN601: why", namespace="") + _VALUES) == []
    two = "".join(f"# cluster {name}\n{_pool(name, number=number)}" for name, number in (("a", 9), ("b", 10)))
    assert said_of(_waived("cilium-networking/waive-CN601: why", namespace="") + two) == [
        ("CN504", "waives CN601, which has nothing to say here: take the annotation off")
    ]


def test_a_waiver_that_one_release_needs() -> None:
    """Where several releases are asked about, a waiver is needless only if it is so in each of them."""
    text = _waived("cilium-networking/waive-CN502: until the upgrade", namespace="").replace("/v2\n", "/v2alpha1\n")
    settings, _ = read(None, {})

    def said(*releases: str) -> list[str]:
        (found,) = validate_fleet([Member(resources_of(text), settings)], releases)
        return [one.message for one, _, _ in found if one.severity != "info"]

    idle = "CN504 waives CN502, which has nothing to say here: take the annotation off"
    assert said("1.17") == said("1.16", "1.17") == [idle]
    assert said("1.19") == said("1.17", "1.19") == []


def test_render_does_not_ask_for_drift() -> None:
    """`render` puts drift right and never says it, so it does not call a waiver of it needless."""
    labels = "  labels:\n    app.kubernetes.io/managed-by: cilium-networking\n"
    text = _pool(meta=f"{labels}  annotations:\n    cilium-networking/waive-CN503: why\n")
    settings, _ = read(None, {})
    outcome = render(ResourceList(resources_of(text)), settings)
    assert [one.message for one in outcome.findings if one.rule == "CN504"] == []


def test_a_waiver_covers_its_own_object() -> None:
    """The same rule still speaks of the next object."""
    other = _pool("vip", "  namespace: kube-system\n", 15)
    assert said_of(_waived("cilium-networking/waive-CN505: why") + "---" + other) == [_NAMESPACE]


def test_a_waiver_covers_its_own_rule() -> None:
    """Another rule still speaks of the same object."""
    text = _waived("cilium-networking/waive-CN505: why").replace("blocks:", "disabld: true\n  blocks:")
    assert said_of(text) == [("CN501", "unknown field `spec.disabld`: did you mean `disabled`?")]


def test_many_findings_of_one_rule_are_bounded() -> None:
    """Fifty are told one by one, the others by their number, and other rules are told all the same."""
    pools = [_pool(f"pool-{n}", "  namespace: kube-system\n", n) for n in range(60)]
    said = said_of("---".join(pools) + "---" + _pool("last", number=70).replace("blocks:", "disabld: true\n  blocks:"))
    assert said == [
        *([_NAMESPACE] * 50),
        ("CN505", "and 10 more of this kind"),
        ("CN501", "unknown field `spec.disabld`: did you mean `disabled`?"),
    ]


def test_what_only_some_of_many_are_is_kept() -> None:
    """The number of the others has the severity of those that it stands for."""
    text = "---".join(_pool(f"pool-{n}", number=n) for n in range(60))

    def mild(case: Case) -> Iterator[Said]:
        for resource in case.cluster.resources:
            yield Said(Spot(resource), "mild", severity="info")

    found = list(judge(_case(text), [Rule("CN999", "error", mild)]))
    assert {one.severity for one in found} == {"info"}
    assert [one.message for one in found] == [*(["CN999 mild"] * 50), "CN999 and 10 more of this kind"]


def test_the_worst_of_many_is_not_hidden() -> None:
    """The number of the others is as severe as the worst of them, stands at its object, and says what it is."""
    text = "---".join(_pool(f"pool-{n}", number=n) for n in range(60))

    def mixed(case: Case) -> Iterator[Said]:
        for number, resource in enumerate(case.cluster.resources):
            yield Said(Spot(resource), "is so", severity="error" if number == 55 else "info")

    found = list(judge(_case(text), [Rule("CN999", "warning", mixed)]))
    assert [(one.message, one.ref and one.ref.name) for one in found if one.severity == "error"] == [
        ("CN999 and 10 more of this kind, of which one: is so", "pool-55")
    ]


def test_others_are_not_counted() -> None:
    """Where only some objects count, what is said of the others hides nothing."""
    case = _case("---".join(_pool(f"pool-{n}", "  namespace: kube-system\n", number=n) for n in range(60)))
    found = judged(case, _FEW, about=lambda resource: resource.name == "pool-57")
    assert [one.message.removeprefix("CN505 ") for one, _, _ in found] == [_NAMESPACE[1]]


def test_findings_stand_by_object() -> None:
    """They come in the order of the objects, whatever rule they are of, and in that of the rules for one object."""
    text = _pool("a", "  namespace: x\n", 1).replace("blocks:", "disabld: true\n  blocks:") + "---"
    text += _pool("b", "  namespace: x\n", 2).replace("blocks:", "disabld: true\n  blocks:")
    place = {"a": 0, "b": 1}
    assert [(place[one.ref.name], one.rule) for one in judge(_case(text), _FEW) if one.ref] == [
        (0, "CN501"),
        (0, "CN505"),
        (1, "CN501"),
        (1, "CN505"),
    ]


def test_the_same_input_says_the_same() -> None:
    """Two runs give equal findings in the same order."""
    text = "---".join(_pool(f"pool-{n}", "  namespace: kube-system\n", n) for n in range(5))
    first, second = (list(judge(_case(text), _FEW)) for _ in range(2))
    assert first == second
    assert len(first) == 5


def test_edits_come_with_the_finding_and_its_object() -> None:
    """Whoever mends gets the finding, the object that it is about, and what to edit there."""
    case = _case(_pool(meta="  namespace: kube-system\n"))
    ((finding, resource, edits),) = judged(case, _FEW)
    assert finding.rule == "CN505"
    assert resource is case.cluster.resources[0]
    assert edits != ()


def test_a_message_has_an_end() -> None:
    """A value of any length is quoted, and cut."""
    pool = "apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata: {name: a}\nspec:\n  blocks:\n"
    (finding,) = findings_of(f"{pool}  - {{start: 10.0.0.1, stop: {'x' * 5000}}}\n")
    assert finding.rule == "CN101"
    assert len(finding.message) <= 1006
