"""docs/lab-comparison.md, printed from what was seen.

Promises: the tables hold what was seen, and nothing of the machine that saw it. The sentences around them are by hand;
tests/lab/test_ancestor.py holds what they say against the same run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

from lab.comparison import POOLS, Comparison, Said, Side, Standing

_HEAD: Final = """\
# The ancestor and this package, in the lab

This package took its names, ranges and AS numbers from a set of manifests that was in use. Here both are applied to
the same two nodes of a cluster that labels its servers as RKE2 does, beside the same FRR. Everything below is what the
API server, Cilium's operator of 1.19, its BGP and L2 code and the router said. The page is printed from that run:
`tests/lab/comparison.py` makes it, `tests/lab/test_ancestor.py` compares it, and `GOLDEN=write` writes it again.

| In the ancestor's manifests | What is wrong with it |
|---|---|
| `min` and `max` in a pool's block | no such fields: the block is the whole network, first and last address included |
| two pools without a selector | both serve every Service, and the one that the operator met first does |
| `node-role.kubernetes.io/control-plane: ""` | RKE2 gives the label the value `true`, so this selects no node |
| `peerConfigRef` to `cilium-peer` | there is no such object |
| an advertisement without a label | a peer's family selects advertisements by label |
| `io.cilium/lb-ipam: load-balancers` selects the Services | nothing sets this label |
| `vmnet0` and `lan0` as interfaces | regular expressions without anchors: they match in the middle of a name |
"""
_ON_APPLYING: Final = """
Only words about fields are shown: that `v2alpha1` is deprecated is said of the ancestor's each time. kubectl and kpt
with `--server-side` refuse the pools and take the rest, which is half a network. kpt as it is run by default takes all
of it: it prints the unknown fields as warnings, and the API server drops them. `--validate=ignore` stands for a deploy
controller such as RKE2's, which is not strict either. Only the last line is an apply; `validate` reads the files, and
the three between are dry runs, which the API server judges as it judges an apply.
"""
_ON_THE_REPAIRS: Final = """
Each of these is what someone would try next. Two of the defects have a condition; of the others nothing tells: the
sessions are up, and Cilium is content. At the end one Service has a route, to an address that was meant to stay unused;
the pools and the interfaces are as they were.
"""


def page(seen: Comparison) -> str:
    """The comparison as a page of Markdown."""
    theirs, ours = seen.ancestor, seen.ours
    said = [[f"`{one.way}`", _outcome(one), _outcome(other)] for one, other in zip(theirs.said, ours.said, strict=True)]
    steps = [("as it stands", theirs.standing.routing), *seen.repairs]
    repairs = [[said, _lines(one.problems), _pairs(one.sessions), _pairs(one.routes)] for said, one in steps]
    return "\n".join(
        [
            _HEAD,
            "## When it is applied\n",
            *_table(["With", "The ancestor", "Ours"], said),
            _ON_APPLYING,
            "## What the cluster makes of it\n",
            *_table(["", "The ancestor", "Ours"], _sides(theirs, ours)),
            "\n## One repair after the other\n",
            *_table(["Repair", "The operator complains", "Sessions", "Routes on the router"], repairs),
            _ON_THE_REPAIRS.rstrip("\n"),
            "",
        ]
    )


def _sides(theirs: Side, ours: Side) -> list[list[str]]:
    both = (theirs.standing, ours.standing)

    def row(what: str, show: Callable[[Standing], str]) -> list[str]:
        return [what, *map(show, both)]

    stored = [
        [f"Pool `{name}`, as it is stored", *(f"`{json.dumps(one.blocks[name])}`" for one in both)] for name in POOLS
    ]
    sizes = [[f"Addresses in `{name}`", *(str(one.sizes[name]) for one in both)] for name in POOLS]
    return [
        *stored,
        *sizes,
        row("A Service that asks for nothing", partial(_got, "test-lb")),
        [
            "The same, where the operator met the second pool first",
            *map(_lines, (theirs.other_order, ours.other_order)),
        ],
        row("A Service with `cilium-networking/pool: virtual-addresses`", partial(_got, "probe")),
        row("A Service that asks for 10.80.15.0", partial(_got, "lowest")),
        row("A Service that asks for 10.80.15.255", partial(_got, "highest")),
        row("Interfaces that answer for them", lambda each: _lines(each.interfaces)),
        row("The operator complains", lambda each: _lines(each.routing.problems)),
        row("Nodes with a BGP configuration", lambda each: _lines(each.routing.configured)),
        row("Sessions on the router", lambda each: _pairs(each.routing.sessions)),
        row("Routes on the router", lambda each: _pairs(each.routing.routes)),
    ]


def _got(service: str, each: Standing) -> str:
    return _lines(each.addresses[service]) if each.addresses[service] else f"waits: {each.waiting[service]}"


def _outcome(said: Said) -> str:
    left_out = [f"refused: {name.replace('.cilium.io/', ' ')}" for name in said.refused]
    return _lines([f"exit code {said.code}", *said.words, *left_out])


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |".replace("|  |", "| |") for row in (head, ["---"] * len(head), *rows)]


def _lines(texts: Iterable[str]) -> str:
    return "<br>".join(texts) or "none"


def _pairs(values: Mapping[str, str | set[str]]) -> str:
    shown = {key: value if isinstance(value, str) else ", ".join(sorted(value)) for key, value in values.items()}
    return _lines(f"{key}: {shown[key]}" for key in sorted(shown))
