"""The Services that Cilium makes for Ingresses: who gets one, and what of it reaches it."""

from __future__ import annotations

import pytest

from cilium_networking.fabric import read_cluster
from rules.judging import resources_of, said_of

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: web
  labels:
    pool: vip
    lbipam.cilium.io/pool: vip
  annotations:
    lbipam.cilium.io/ips: 10.80.8.200
    io.cilium/lb-ipam-sharing-key: shared
spec:
  ingressClassName: cilium
  defaultBackend:
    service:
      name: shop
      port:
        number: 80
---
"""
#: Without what its Service does not get.
HEARD = INGRESS.replace("    io.cilium/lb-ipam-sharing-key: shared\n", "")
VALUES = """\
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
  namespace: kube-system
spec:
  valuesContent: |
    kubeProxyReplacement: true
    k8sServiceHost: localhost
    k8sServicePort: 6443
    ingressController:
      enabled: true
---
"""
SHARED = """\
      loadbalancerMode: shared
      service:
        labels:
          pool: vip
        annotations:
          lbipam.cilium.io/ips: 10.80.8.200
---
"""
POOL = """\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: load-balancers
spec:
  blocks:
  - start: 10.80.8.129
    stop: 10.80.8.190
---
"""


def noted(annotation: str) -> str:
    """The Ingress with one more annotation."""
    return INGRESS.replace("annotations:\n", f"annotations:\n    ingress.cilium.io/{annotation}\n")


def services(text: str, release: str = "1.19") -> list[tuple[str, str]]:
    """What Services there are, with what they ask for."""
    found = read_cluster(resources_of(text), release).services
    return [(f"{one.namespace}/{one.name}", ",".join(each.words for each in one.requests)) for one in found]


def test_one_for_each_ingress() -> None:
    """In mode dedicated, the chart's own default, what has one of the prefixes reaches the Service, and no more."""
    (service,) = read_cluster(resources_of(VALUES + INGRESS), "1.19").services
    assert (service.namespace, service.name, service.made_by) == ("web", "cilium-ingress-shop", "Ingress")
    assert service.labels == {
        "lbipam.cilium.io/pool": "vip",
        "cilium.io/ingress": "true",
        "io.kubernetes.service.name": "cilium-ingress-shop",
        "io.kubernetes.service.namespace": "web",
    }
    assert (service.annotations, service.sharing_key) == ({"lbipam.cilium.io/ips": "10.80.8.200"}, None)
    assert [(port.number, port.protocol) for port in service.ports] == [(80, "TCP"), (443, "TCP")]
    assert (service.load_balancer_class, service.policy, service.local) == (None, "PreferDualStack", False)


def test_annotations_of_an_ingress_say_more() -> None:
    """Class, traffic policy and passthrough, under the new keys and the old ones."""
    said = (
        "  annotations:\n    ingress.cilium.io/loadbalancer-class: io.cilium/l2-announcer\n"
        "    ingress.cilium.io/service-external-traffic-policy: Local\n    io.cilium.ingress/tls-passthrough: enabled\n"
    )
    (service,) = read_cluster(resources_of(VALUES + INGRESS.replace("  annotations:\n", said)), "1.19").services
    assert (service.load_balancer_class, service.local) == ("io.cilium/l2-announcer", True)
    assert [port.number for port in service.ports] == [443]


@pytest.mark.parametrize(
    ("text", "release", "found"),
    [
        (VALUES + INGRESS, "1.15", [("web/cilium-ingress-shop", "")]),
        (VALUES + INGRESS, "1.16", [("web/cilium-ingress-shop", "10.80.8.200")]),
        (VALUES + "      ingressLBAnnotationPrefixes: [io.cilium]\n---\n" + INGRESS, "1.19", None),
        (VALUES + SHARED + INGRESS, "1.19", [("kube-system/cilium-ingress", "10.80.8.200")]),
        (INGRESS, "1.19", []),
        (noted("loadbalancer-mode: dedicated"), "1.19", []),
        (VALUES + SHARED + noted("loadbalancer-mode: dedicated"), "1.19",
         [("web/cilium-ingress-shop", "10.80.8.200"), ("kube-system/cilium-ingress", "10.80.8.200")]),
        (VALUES + noted("service-type: NodePort"), "1.19", []),
        (VALUES + INGRESS.replace("ingressClassName: cilium", "ingressClassName: nginx"), "1.19", []),
        (VALUES + INGRESS.replace("shop\n", f"{'s' * 60}\n", 1), "1.19", []),
        (VALUES.replace("enabled: true", "enabled: false") + INGRESS, "1.19", []),
        (VALUES + "      hostNetwork:\n        enabled: true\n---\n" + INGRESS, "1.19", []),
        (VALUES.replace("valuesContent", "valuesSecrets: [{name: more}]\n  valuesContent") + INGRESS, "1.19", []),
    ],
)  # fmt: skip
def test_who_gets_a_service(text: str, release: str, found: list[tuple[str, str]] | None) -> None:
    """Only who certainly gets one, by class, mode, type and release; values that are not whole decide nothing."""
    text = text.replace("---\n      ", "      ")
    expected = [("web/cilium-ingress-shop", "")] if found is None else found
    assert services(text, release) == expected


def test_a_live_export_has_it_already() -> None:
    """What the operator has made counts as it is."""
    live = (
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: cilium-ingress-shop\n  namespace: web\n"
        "spec:\n  type: LoadBalancer\n  ports:\n  - port: 80\n---\n"
    )
    assert services(live + VALUES + INGRESS) == [("web/cilium-ingress-shop", "")]


def test_rules_see_it() -> None:
    """An address that no pool has is said of the Ingress, or of the values, at the place that asks for it."""
    message = (
        "asks for `10.80.8.200`, which no pool holds (there is 10.80.8.129-10.80.8.190): the Service waits for it "
        "without an address"
    )
    assert said_of(POOL + VALUES + HEARD) == [("CN115", message)]
    shared = (VALUES + SHARED).replace("---\n      ", "      ")
    assert said_of(POOL + shared) == [("CN115", message)]


def test_what_no_service_hears() -> None:
    """Old keys and labels without a prefix in mode dedicated, every annotation of an Ingress in mode shared."""
    pool = POOL.replace("---\n", "  serviceSelector:\n    matchLabels:\n      pool: vip\n---\n")
    found = [message for rule, message in said_of(pool + VALUES + INGRESS) if rule == "CN805"]
    assert found == [
        (
            "`io.cilium/lb-ipam-sharing-key` does not reach the Service of this Ingress: write it as "
            "`lbipam.cilium.io/sharing-key`"
        ),
        (
            "`pool: vip` does not reach the Service of this Ingress, and CiliumLoadBalancerIPPool load-balancers "
            "selects by it: add the label's prefix to `ingressController.ingressLBAnnotationPrefixes`"
        ),
    ]
    old = said_of(VALUES + INGRESS, {"cilium-version": "1.15"})
    assert [message.rpartition(": ")[2] for rule, message in old if rule == "CN805"] == [
        "its prefix is none of `ingressController.ingressLBAnnotationPrefixes`"
    ] * 2
    shared = (VALUES + SHARED).replace("---\n      ", "      ")
    assert [message.partition(" does")[0] for rule, message in said_of(shared + INGRESS) if rule == "CN805"] == [
        "`lbipam.cilium.io/ips`",
        "`io.cilium/lb-ipam-sharing-key`",
    ]
