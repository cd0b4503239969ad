"""What is said of Gateways and Ingresses, and what is not; and the Services that are made for them."""

from __future__ import annotations

import pytest

from cilium_networking.fabric import Service, read_cluster
from cilium_networking.lossless.edit import Delete, Put
from cilium_networking.rules import RULES, Case, judged
from cilium_networking.settings import read
from rules.judging import resources_of, said_of

CLASS = """---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: edge}
spec: {controllerName: io.cilium/gateway-controller}
"""
POOL = """---
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata: {name: lan}
spec:
  blocks: [{start: 192.168.1.30, stop: 192.168.1.50}]
  serviceSelector: {matchLabels: {pool: lan}}
"""
POLICY = """---
apiVersion: cilium.io/v2alpha1
kind: CiliumL2AnnouncementPolicy
metadata: {name: lan}
spec: {loadBalancerIPs: true, interfaces: [^lan0$]}
"""
ADVERTISEMENT = """---
apiVersion: cilium.io/v2
kind: CiliumBGPAdvertisement
metadata: {name: services, labels: {advertise: bgp}}
spec: {advertisements: [{advertisementType: Service, service: {addresses: [LoadBalancerIP]}, selector: {}}]}
"""
VALUES = """---
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata: {name: rke2-cilium, namespace: kube-system}
spec:
  valuesContent: |
    kubeProxyReplacement: true
    k8sServiceHost: localhost
    bgpControlPlane: {enabled: true}
    l2announcements: {enabled: true}
"""
LOCAL = VALUES + "    gatewayAPI: {enabled: true, externalTrafficPolicy: Local}\n"


def gateway(metadata: str = "", spec: str = "", name: str = "web", of: str = "cilium") -> str:
    """A Gateway with more in its metadata or its spec."""
    return f"""---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: {name}, namespace: shop{metadata and ", "}{metadata}}}
spec:
  gatewayClassName: {of}
  listeners:
  - {{name: http, port: 80, protocol: HTTP}}
  - {{name: https, port: 443, protocol: HTTPS}}
  - {{name: https-too, port: 443, protocol: HTTPS}}
  - {{name: quic, port: 443, protocol: UDP}}
{spec and "  "}{spec}
"""


def said(text: str, *, release: str = "1.19") -> list[tuple[str, str]]:
    """What the rules about Gateways say."""
    found = said_of(text, {"cilium-version": release})
    return [(rule, message) for rule, message in found if rule.startswith("CN8")]


def services(text: str, release: str = "1.19") -> list[Service]:
    return list(read_cluster(resources_of(text), release).services)


IPS = "annotations: {lbipam.cilium.io/ips: 192.168.1.30}"


def test_the_service_of_a_gateway() -> None:
    """Name, labels, annotations and ports are those that Cilium gives it; a port stands once."""
    [made] = services(gateway(spec="infrastructure: {labels: {pool: lan}, " + IPS + "}"))
    assert (made.namespace, made.name, made.made_by) == ("shop", "cilium-gateway-web", "Gateway")
    assert made.labels == {
        "gateway.networking.k8s.io/gateway-name": "web",
        "io.cilium.gateway/owning-gateway": "web",
        "io.kubernetes.service.name": "cilium-gateway-web",
        "io.kubernetes.service.namespace": "shop",
        "pool": "lan",
    }
    assert [(port.number, port.protocol) for port in made.ports] == [(80, "TCP"), (443, "TCP"), (443, "UDP")]
    assert [(str(asked.address), asked.spot.path) for asked in made.requests] == [
        ("192.168.1.30", ("spec", "infrastructure", "annotations", "lbipam.cilium.io/ips"))
    ]
    assert not made.local


def test_addresses_of_the_spec_are_requests() -> None:
    """Since 1.17, and not beside the annotation."""
    asking = gateway(spec="addresses: [{value: 192.168.1.31}, {type: Hostname, value: web.example.com}]")
    assert [str(asked.address) for asked in services(asking)[0].requests] == ["192.168.1.31"]
    assert services(asking, "1.16")[0].requests == ()
    both = asking + "  infrastructure: {" + IPS + "}\n"
    assert [str(asked.address) for asked in services(both)[0].requests] == ["192.168.1.30"]


@pytest.mark.parametrize(
    "text",
    [
        gateway(of="envoy"),
        gateway(of="${GATEWAY_CLASS}"),
        gateway(of="edge") + CLASS.replace("io.cilium", "example.com"),
        gateway(of="edge") + CLASS.replace("controllerName", "parametersRef: {name: x}, controllerName"),
        gateway(spec="infrastructure: {parametersRef: {group: cilium.io, kind: CiliumGatewayClassConfig, name: x}}"),
        gateway(name="w" * 49),
        gateway() + VALUES + "    gatewayAPI: {hostNetwork: {enabled: true}}\n",
    ],
)
def test_gateways_whose_service_is_not_known(text: str) -> None:
    """Somebody else's class, parameters that may change anything, a name that is cut, and node ports."""
    assert services(text) == []


def test_a_class_of_another_name_and_a_service_that_is_here() -> None:
    """A class is Cilium's by its controller; in an export of a cluster the Service stands beside its Gateway."""
    assert [made.name for made in services(gateway(of="edge") + CLASS)] == ["cilium-gateway-web"]
    live = (
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: cilium-gateway-web, namespace: shop}\n"
        "spec: {type: LoadBalancer, ports: [{port: 80}]}\n"
    )
    assert [made.made_by for made in services(gateway() + live)] == [""]
    assert [made.local for made in services(gateway() + LOCAL)] == [True]


def test_annotations_that_reach_no_service() -> None:
    """Those of LB IPAM on the Gateway itself; others are others' business."""
    message = (
        "`{}` does not reach the Service of the Gateway: write it under `spec.infrastructure.annotations`"
    )  # fmt: skip
    assert said(gateway(IPS)) == [("CN801", message.format("lbipam.cilium.io/ips"))]
    old = gateway("annotations: {io.cilium/lb-ipam-ips: 192.168.1.30}")
    assert said(old) == [("CN801", message.format("io.cilium/lb-ipam-ips"))]
    assert said(gateway(IPS, "infrastructure: {" + IPS + "}")) == []
    assert said(gateway(IPS, of="envoy")) == []
    assert said(gateway("annotations: {external-dns.alpha.kubernetes.io/target: web.example.com}")) == []


def test_annotations_are_moved() -> None:
    """What is meant is certain: the same under infrastructure."""
    case = Case(read_cluster(resources_of(gateway(IPS)), "1.19"), read(None, {})[0])
    key = "lbipam.cilium.io/ips"
    assert [each[2] for each in judged(case, [RULES["CN801"]])] == [
        (
            Put(("spec", "infrastructure", "annotations", key), "192.168.1.30"),
            Delete(("metadata", "annotations", key)),
        )
    ]


def test_labels_that_reach_no_service() -> None:
    """Said if something selects by them, and would take the Service with them."""
    message = (
        "`pool: lan` does not reach the Service of the Gateway, and CiliumLoadBalancerIPPool lan selects by it: write "
        "it under `spec.infrastructure.labels`"
    )
    assert said(gateway("labels: {pool: lan}") + POOL) == [("CN801", message)]
    assert said(gateway("labels: {pool: lan}", "infrastructure: {labels: {pool: lan}}") + POOL) == []
    assert said(gateway("labels: {pool: wan}") + POOL) == []
    assert said(gateway("labels: {pool: lan}") + POOL.replace("{pool: lan}", "{pool: '${POOL}'}")) == []
    assert said(gateway("labels: {pool: lan}") + POLICY + ADVERTISEMENT) == []


def test_addresses_that_do_not_count() -> None:
    """Before 1.17, and beside an annotation that says otherwise."""
    asking = gateway(spec="addresses: [{value: 192.168.1.31}]")
    early = (
        "`192.168.1.31` counts since Cilium 1.17: before, write `io.cilium/lb-ipam-ips` under "
        "`spec.infrastructure.annotations`"
    )
    assert said(asking, release="1.16") == [("CN802", early)]
    assert said(asking) == []
    beside = (
        "`192.168.1.31` is not asked for, because `lbipam.cilium.io/ips` under `spec.infrastructure.annotations` says "
        "`192.168.1.30`: leave one of the two"
    )
    assert said(asking + "  infrastructure: {" + IPS + "}\n") == [("CN802", beside)]
    assert said(asking + "  infrastructure: {" + IPS.replace("192.168.1.30", "192.168.1.31") + "}\n") == []
    assert said(asking + "  infrastructure: {" + IPS.replace("192.168.1.30", "'${IP}'") + "}\n") == []


def test_annotations_that_there_are_not() -> None:
    """On Services and Gateways, and in the values for the Services of Ingresses and the mesh."""
    pool = "`io.cilium/lb-ipam-pool` is no annotation of Cilium's: give the Service a label that the pool selects by"
    assert said(gateway(spec="infrastructure: {annotations: {io.cilium/lb-ipam-pool: lan}}")) == [("CN803", pool)]
    ip = (
        "`lbipam.cilium.io/ip` is no annotation of Cilium's, which knows `lbipam.cilium.io/ips`, "
        "`lbipam.cilium.io/sharing-key` and `lbipam.cilium.io/sharing-cross-namespace`"
    )
    service = (
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop, annotations: "
        "{lbipam.cilium.io/ip: 192.168.1.30}}\nspec: {type: LoadBalancer, ports: [{port: 80}]}\n"
    )
    assert said(service) == [("CN803", ip)]
    for section in ("ingressController: {service", "clustermesh: {apiserver: {service"):
        braces = "}" * section.count("{")
        text = f"    {section}: {{annotations: {{io.cilium/lb-ipam-pool: lan}}}}{braces}\n"
        assert said(VALUES + text) == [("CN803", pool)]
    assert said(gateway(spec="infrastructure: {annotations: {lbipam.cilium.io/sharing-key: edge}}")) == []


def test_local_gateways_and_bgp() -> None:
    """Nobody advertises them up to 1.18, if an advertisement selects them at all."""
    message = (
        "with `Local` no node advertises the address of Gateway web, which CiliumBGPAdvertisement services selects: "
        "use `Cluster`"
    )
    assert said(LOCAL + gateway() + ADVERTISEMENT, release="1.18") == [("CN804", message)]
    assert said(LOCAL + gateway() + gateway(name="api") + ADVERTISEMENT, release="1.18") == [("CN804", message)]
    assert said(LOCAL + gateway() + ADVERTISEMENT, release="1.19") == []
    assert said(LOCAL.replace("Local", "Cluster") + gateway() + ADVERTISEMENT, release="1.18") == []
    other = ADVERTISEMENT.replace("selector: {}", "selector: {matchLabels: {announce: bgp}}")
    assert said(LOCAL + gateway() + other, release="1.18") == []
    assert said(LOCAL + gateway() + ADVERTISEMENT.replace("LoadBalancerIP", "ClusterIP"), release="1.18") == []


def test_local_gateways_and_l2() -> None:
    """Announced up to 1.20.1, and by nobody since."""
    message = (
        "with `Local` no node announces the address of Gateway web since Cilium 1.20.2, though "
        "CiliumL2AnnouncementPolicy lan selects it: use `Cluster`"
    )
    assert said(LOCAL + gateway() + POLICY, release="1.20") == [("CN804", message)]
    assert said(LOCAL + gateway() + POLICY, release="1.19") == []


def test_local_ingresses() -> None:
    """The Service that all Ingresses share is treated alike."""
    shared = VALUES + (
        "    ingressController: {enabled: true, loadbalancerMode: shared, service: {externalTrafficPolicy: Local}}\n"
    )
    message = (
        "with `Local` no node advertises the address of the shared Service of Ingresses, which CiliumBGPAdvertisement "
        "services selects: use `Cluster`"
    )
    assert said(shared + ADVERTISEMENT, release="1.18") == [("CN804", message)]
    assert said(shared.replace("enabled: true, load", "enabled: false, load") + ADVERTISEMENT, release="1.18") == []
    assert said(shared.replace("shared", "dedicated") + ADVERTISEMENT, release="1.18") == []


def test_rules_about_services_judge_those_of_gateways() -> None:
    """An address that no pool holds is as wrong on a Gateway as on a Service."""
    asking = gateway(spec="addresses: [{value: 192.168.9.9}]\n  infrastructure: {labels: {pool: lan}}")
    assert [rule for rule, _ in said_of(asking + POOL)] == ["CN115"]
