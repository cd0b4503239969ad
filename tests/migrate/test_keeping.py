"""Services keep their addresses through a conversion, or it is said who loses what."""

from __future__ import annotations

import pytest

from cilium_networking.migrate import Converted, keeping

from .converting import converted, objects

POOL = """\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: rack
spec:
  blocks:
  - start: 10.80.8.129
    stop: 10.80.8.190
"""
OTHER = POOL.replace("name: rack", "name: racks")
HELD = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  labels: {tier: front}
spec:
  type: LoadBalancer
  ports:
  - port: 80
status:
  loadBalancer:
    ingress:
    - ip: 10.80.8.180
"""
ASKED = HELD.partition("status:")[0].replace(
    "  labels:", "  annotations: {lbipam.cilium.io/ips: 10.80.8.180}\n  labels:"
)


def said(before: str, after: str, *services: str, release: str = "1.19", source: str | None = None) -> list[str]:
    """What is said where the pools of one text become those of another."""
    (old,), new = objects(before), objects(after)
    others = [Converted(one, (one,), ()) for text in services for one in objects(text)]
    found = keeping([Converted(old, new, ()), *others], release, source)
    return [f"{one.severity} {one.ref.kind if one.ref else ''}: {one.message}" for one in found]


LESS = (
    "warning CiliumLoadBalancerIPPool: no longer gives out 10.80.8.171-10.80.8.190: a Service that has such an address "
    "loses it"
)
LOST = "error Service: Service shop/web loses 10.80.8.180, which it has from CiliumLoadBalancerIPPool rack: "


@pytest.mark.parametrize("service", [HELD, ASKED], ids=["held", "requested"])
def test_a_narrower_pool(service: str) -> None:
    """An address that leaves the pool is lost to the Service that has it, or asks for it: an error, said first."""
    assert said(POOL, POOL.replace("190", "170"), service) == [
        LOST
        + "CiliumLoadBalancerIPPool rack gives out 10.80.8.129-10.80.8.170 in the new form: add the address to it, "
        "or move the Service",
        LESS,
    ]


@pytest.mark.parametrize(
    ("after", "lines"),
    [
        (POOL, []),
        (POOL.replace("190", "254"), []),
        (POOL.replace("190", "170") + "  - cidr: 10.80.8.170/31\n  - start: 10.80.8.171\n    stop: 10.80.8.190\n", []),
        (
            POOL + "  disabled: true\n",
            [
                LOST + "CiliumLoadBalancerIPPool rack is disabled in the new form: leave it enabled until the Service "
                "has moved",
                (
                    "warning CiliumLoadBalancerIPPool: is disabled in the new form: a Service that is made anew gets "
                    "no "
                    "address"
                ),
            ],
        ),
        (POOL + "  disabled: ${OFF}\n", []),
        (
            POOL + "  serviceSelector:\n    matchLabels: {tier: back}\n",
            [
                LOST + "CiliumLoadBalancerIPPool rack takes only Services of `tier=back` in the new form: let its "
                "selector take this one"
            ],
        ),
        (POOL + "  serviceSelector:\n    matchLabels: {tier: front}\n", []),
        (
            "",
            [
                LOST + "CiliumLoadBalancerIPPool rack is not in the new form: keep the pool",
                (
                    "warning CiliumLoadBalancerIPPool: CiliumLoadBalancerIPPool rack is not in the new form: every "
                    "address "
                    "that it has given out is taken back"
                ),
            ],
        ),
        (
            OTHER,
            [
                (
                    "error Service: Service shop/web has 10.80.8.180 from CiliumLoadBalancerIPPool rack, and in the "
                    "new "
                    "form from CiliumLoadBalancerIPPool racks: a pool under another name is another pool, and the "
                    "address "
                    "is given back in between; keep the name"
                ),
                (
                    "warning CiliumLoadBalancerIPPool: CiliumLoadBalancerIPPool rack is not in the new form: every "
                    "address "
                    "that it has given out is taken back"
                ),
            ],
        ),
    ],
    ids=["same", "wider", "in pieces", "disabled", "placeholder", "selector", "selected", "dropped", "renamed"],
)
def test_what_becomes_of_an_address(after: str, lines: list[str]) -> None:
    """Whatever keeps a pool from giving the address is named with what to do; what does not is no finding."""
    assert said(POOL, after, HELD) == lines


def test_the_default_that_is_not_pinned_is_seen() -> None:
    """From 1.15 to 1.19 a network gives more, and the other way the first and last address go."""
    network = POOL.partition("  - start")[0] + "  - cidr: 10.80.8.180/30\n"
    assert said(network, network, HELD, release="1.19", source="1.15") == []
    assert said(network, network, HELD, release="1.15", source="1.19") == [
        LOST
        + "CiliumLoadBalancerIPPool rack gives out 10.80.8.180-10.80.8.183 in the new form: add the address to it, "
        "or move the Service",
        (
            "warning CiliumLoadBalancerIPPool: no longer gives out 10.80.8.180, 10.80.8.183: a Service that has such "
            "an "
            "address loses it"
        ),
    ]


def test_without_services_it_is_said_once() -> None:
    """Nothing is claimed of Services that are not there."""
    assert said(POOL, POOL) == [
        (
            "info : not checked whether Services keep their addresses: no Service in the input has one, or asks for "
            "one; add `kubectl get svc -A -o yaml`"
        )
    ]


def test_a_placeholder_for_addresses_is_said() -> None:
    """What a placeholder hides is not claimed to be kept."""
    text = POOL.replace("10.80.8.190", "${LAST}")
    assert said(text, text, HELD) == [
        "info CiliumLoadBalancerIPPool: not checked whether Services keep its addresses: a placeholder stands for them"
    ]


def test_services_of_other_controllers_are_none_of_ours() -> None:
    """A Service with the class of another controller has its address from there, wherever it lies."""
    other = HELD.replace("  type:", "  loadBalancerClass: example.com/lb\n  type:")
    assert said(POOL, POOL.replace("190", "170"), other)[0].startswith("warning CiliumLoadBalancerIPPool: no longer")


def test_an_upgrade_keeps_every_address() -> None:
    """The conversions themselves take nothing away: pools of 1.15 through to the newest release."""
    old = POOL.replace("v2", "v2alpha1").replace("blocks", "cidrs") + "  - cidr: 10.80.8.180/30\n"
    for release in ("1.16", "1.18", "1.20"):
        assert keeping(converted(old + "---\n" + HELD, release), release) == ()
