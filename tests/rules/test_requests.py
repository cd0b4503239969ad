"""Rules about Services: requested addresses, pools that take them, annotations, classes, and shared addresses."""

from __future__ import annotations

from typing import Final

import pytest

from cilium_networking.fabric import read_cluster
from cilium_networking.lossless.edit import edit
from cilium_networking.rules import EVERY, Case, judged
from cilium_networking.settings import read
from rules.judging import findings_of, resources_of, said_of

LB: Final = """
---
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: lb
spec:
  blocks:
  - start: 10.80.8.129
    stop: 10.80.8.190
"""
LAN: Final = """
---
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: lan
spec:
  blocks:
  - cidr: 192.168.1.64/27
  serviceSelector:
    matchLabels:
      pool: lan
"""
REST: Final = "  serviceSelector:\n    matchExpressions:\n    - {key: pool, operator: DoesNotExist}\n"
ANY: Final = "CiliumLoadBalancerIPPool "
METALLB: Final = """
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata:
  name: other
  namespace: metallb-system
spec:
  addresses:
  - 10.80.9.0/24
"""
VALUES: Final = """
---
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
  namespace: kube-system
spec:
  valuesContent: |
"""
IPS: Final = "lbipam.cilium.io/ips"
OLD_IPS: Final = "io.cilium/lb-ipam-ips"
KEY: Final = "lbipam.cilium.io/sharing-key"
ACROSS: Final = "lbipam.cilium.io/sharing-cross-namespace"


def service(
    name: str, notes: dict[str, str] | None = None, *, spec: str = "", labels: str = "", port: str = "80"
) -> str:
    """A Service of type LoadBalancer in namespace shop, or that before a slash; with nothing before it, in none."""
    namespace, slash, short = name.rpartition("/")
    where = f"\n  namespace: {namespace or 'shop'}" if namespace or not slash else ""
    annotations = "".join(f"\n    {key}: '{value}'" for key, value in (notes or {}).items())
    return (
        f"---\napiVersion: v1\nkind: Service\nmetadata:\n  name: {short}{where}\n"
        + (f"  labels: {{{labels}}}\n" if labels else "")
        + (f"  annotations:{annotations}\n" if annotations else "")
        + f"spec:\n  type: LoadBalancer\n{spec}  ports: [{{port: {port}}}]\n"
    )


def fixed(text: str) -> str:
    """The text of the last object after the edits of its findings."""
    settings, _ = read(None, {})
    resources = resources_of(text)
    case = Case(read_cluster(resources, "1.19"), settings)
    edits = [one for _, resource, several in judged(case, EVERY) for one in several if resource is resources[-1]]
    return edit(resources[-1].fragment, *edits).text


# ----------------------------------------------------------------------------------------------- requested addresses


def test_an_address_that_no_pool_holds() -> None:
    """The address is named, and what there is where that is little; one that a pool holds is fine."""
    told = (
        "asks for `10.80.9.1`, which no pool holds (there is 10.80.8.129-10.80.8.190): "
        "the Service waits for it without an address"
    )
    assert said_of(LB + service("web", {IPS: "10.80.8.150, 10.80.9.1"})) == [("CN115", told)]
    assert said_of(LB + service("web", {OLD_IPS: "10.80.8.150"})) == []
    assert said_of(LB + service("web", spec="  loadBalancerIP: 10.80.8.150\n")) == []


def test_an_address_of_a_pool_for_others() -> None:
    """The pool is named with what it asks for; with its label the Service gets the address."""
    told = (
        f"asks for `192.168.1.70`, which {ANY}lan holds for Services of `pool=lan` alone, and this is none: "
        "the Service waits for it without an address"
    )
    assert said_of(LAN + service("web", {IPS: "192.168.1.70"})) == [("CN115", told)]
    assert said_of(LAN + service("web", {IPS: "192.168.1.70"}, labels="pool: lan")) == []


def test_an_address_of_a_disabled_pool() -> None:
    """A disabled pool gives nothing, also not on request; but what is given already stays."""
    told = (
        f"asks for `10.80.8.150`, which only {ANY}lb holds, and that is disabled: "
        "the Service waits for it without an address"
    )
    text = LB + "  disabled: true\n" + service("web", {IPS: "10.80.8.150"})
    assert said_of(text) == [("CN115", told)]
    assert said_of(text + "status: {loadBalancer: {ingress: [{ip: 10.80.8.150}]}}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        service("web", {IPS: "10.80.9.1"}),
        LB + service("web", {IPS: "10.80.9.1"}, spec="  loadBalancerClass: example.com/other\n"),
        LB + service("web", {IPS: "10.80.9.1"}, spec="  loadBalancerClass: ${CLASS}\n"),
        LB + service("web", {IPS: "${ADDRESS}"}),
        LB.replace("10.80.8.190", "${LAST}") + service("web", {IPS: "10.80.9.1"}),
        LB + "  disabled: ${LB_DISABLED}\n" + service("web", {IPS: "10.80.8.150"}),
        LAN.replace("pool: lan", "pool: ${POOL}") + service("web", {IPS: "192.168.1.70"}),
        LAN + service("web", {IPS: "192.168.1.70"}, labels="pool: '${POOL}'"),
        LAN.replace("pool: lan", "io.kubernetes.service.namespace: shop") + service("/web", {IPS: "192.168.1.70"}),
        LB + LB.replace("8.1", "9.1").replace("8.190", "9.190") + service("web", {IPS: "10.80.10.1"}),
        LB + METALLB + service("web", spec="  loadBalancerIP: 10.80.9.1\n"),
    ],
    ids=[
        "no pools", "foreign class", "open class", "open request", "open range", "open switch", "open selector",
        "open label", "no namespace yet", "two stages", "MetalLB",
    ],
)  # fmt: skip
def test_a_request_that_nobody_can_judge(text: str) -> None:
    """Half a model, placeholders and other controllers: nothing is said of what cannot be known."""
    assert [one for one in said_of(text) if one[0] in ("CN115", "CN119")] == []


def test_an_address_that_the_network_keeps_back() -> None:
    """First and last of a network are refused where the pool says so; of a range, or with Yes, they are given."""
    network = LB.replace("  - start: 10.80.8.129\n    stop: 10.80.8.190\n", "  - cidr: 10.80.8.128/26\n")
    told = (
        f"asks for `10.80.8.191`, the last of `10.80.8.128/26` in {ANY}lb, which keeps that back: "
        'ask for another one, or write `allowFirstLastIPs: "Yes"` there'
    )
    asks = service("web", {IPS: "10.80.8.191", KEY: "front"})
    assert said_of(network + '  allowFirstLastIPs: "No"\n' + asks) == [("CN116", told)]
    assert said_of(network + asks) == []
    first = service("web", {IPS: "10.80.8.129"})
    assert said_of(LB + '  allowFirstLastIPs: "No"\n' + first) == []


def test_an_address_of_a_family_that_the_service_has_not() -> None:
    """Only where the one family is written down; with two, or none, the cluster decides."""
    told = (
        "asks for `fd00::5`, and `ipFamilies` is IPv4 alone: nobody answers there; ask for an IPv4 address, or say "
        "`ipFamilyPolicy: RequireDualStack`"
    )
    four = "  ipFamilies: [IPv4]\n"
    assert said_of(service("web", {IPS: "fd00::5"}, spec=four)) == [("CN117", told)]
    assert said_of(service("web", {IPS: "fd00::5"}, spec="  ipFamilyPolicy: PreferDualStack\n" + four)) == []
    assert said_of(service("web", {IPS: "fd00::5"})) == []


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            "10.80.8.150/24",
            (
                "`10.80.8.150/24` has a prefix length, and has to be one address: Cilium drops it with no more than a "
                "line in its log, and the Service is given any address; did you mean `10.80.8.150`?"
            ),
        ),
        (
            "10.80.8.151,lan",
            (
                "`lan` is not an IP address, like `10.80.0.1` or `fd00:80::1`: Cilium drops it with no more than a "
                "line in its log, and the Service does without it"
            ),
        ),
    ],
)
def test_an_entry_that_is_dropped(asked: str, message: str) -> None:
    """What Cilium passes over is told, and what the Service gets instead."""
    assert said_of(LB + service("web", {IPS: asked})) == [("CN118", message)]


@pytest.mark.parametrize("asked", ["", " ", "10.80.8.150,", "10.80.8.150 , 10.80.8.151"])
def test_blanks_between_addresses(asked: str) -> None:
    """Entries are trimmed, and nothing between two commas harms nobody."""
    assert said_of(LB + service("web", {IPS: asked})) == []


def test_a_mask_over_all_bits_is_taken_off_in_its_place() -> None:
    """The other entries keep their bytes."""
    text = LB + service("web", {IPS: "10.80.8.150, 10.80.8.151/32"})
    assert "'10.80.8.150,10.80.8.151'" in fixed(text)
    assert "loadBalancerIP: 10.80.8.150\n" in fixed(LB + service("web", spec="  loadBalancerIP: 10.80.8.150/32\n"))


# -------------------------------------------------------------------------------------------------------- no pool


def test_a_service_that_no_pool_takes() -> None:
    """With what the pools ask for; where the Service has that label with another value, both values are named."""
    told = "no pool takes this Service: they ask for `pool=lan`: it waits without an address"
    assert said_of(LAN + service("web")) == [("CN119", told)]
    other = "no pool takes this Service: it has `pool: vip`, and they ask for `pool=lan`: it waits without an address"
    assert said_of(LAN + service("web", labels="pool: vip")) == [("CN119", other)]
    assert said_of(LAN + LB + REST + service("web") + service("mail", labels="pool: lan")) == []


def test_a_service_whose_pool_cannot_serve_it() -> None:
    """A pool without its family, and one that is disabled, while another is not."""
    six = "  ipFamilies: [IPv6]\n"
    told = f"{ANY}lb takes this Service, and has no IPv6 addresses: it waits without an address"
    assert said_of(LB + service("web", spec=six)) == [("CN119", told)]
    off = LAN + "  disabled: true\n" + LB + REST
    told = f"only {ANY}lan takes this Service, and that is disabled: it waits without an address"
    assert said_of(off + service("web", labels="pool: lan")) == [("CN119", told)]
    assert said_of(LB + "  disabled: true\n" + service("web")) == []


def test_a_service_that_may_be_served_otherwise() -> None:
    """One that has its address, one that shares another's, and one whose namespace comes later."""
    assert said_of(LAN + service("web") + "status: {loadBalancer: {ingress: [{ip: 192.168.1.70}]}}\n") == []
    assert said_of(LAN + service("web", {KEY: "front"})) == []
    by_namespace = LAN.replace("pool: lan", "io.kubernetes.service.namespace: mail")
    assert said_of(by_namespace + service("/web")) == []
    assert [rule for rule, _ in said_of(by_namespace + service("web"))] == ["CN119"]


def test_values_that_take_services_from_lb_ipam() -> None:
    """Where Node IPAM serves whoever has no class, the pools are not asked for them."""
    values = VALUES + "    defaultLBServiceIPAM: none\n"
    assert [one for one in said_of(LAN + values + service("web")) if one[0] == "CN119"] == []


# ---------------------------------------------------------------------------------------------------------- annotations


def test_the_new_key_hides_the_old() -> None:
    """Told where they differ, for each pair of keys; an empty new one hides as well."""
    told = f"says `10.80.8.151`, which Cilium does not read, for `{IPS}` says `10.80.8.150`: take the wrong one off"
    assert said_of(service("web", {IPS: "10.80.8.150", OLD_IPS: "10.80.8.151"})) == [("CN120", told)]
    assert said_of(service("web", {IPS: "10.80.8.150", OLD_IPS: "10.80.8.150"})) == []
    assert [rule for rule, _ in said_of(service("web", {KEY: "", "io.cilium/lb-ipam-sharing-key": "a"}))] == ["CN120"]


def test_a_label_among_the_annotations() -> None:
    """Told where a pool selects by it and the Service has no such label; the fix puts it there."""
    told = f"is an annotation, and {ANY}lan selects by the label `pool`: move it to the labels"
    text = LAN + LB + REST + service("web", {"pool": "lan"})
    assert said_of(text) == [("CN121", told)]
    assert "labels:\n    pool: lan\n" in fixed(text)
    assert said_of(LAN + LB + REST + service("web", {"pool": "of something else"})) == []
    assert said_of(LAN + service("web", {"pool": "lan"}, labels="pool: lan")) == []


def test_a_label_among_the_annotations_of_the_ingress() -> None:
    """The values of the CNI describe a Service too."""
    values = VALUES + "    ingressController:\n      service:\n        annotations:\n          pool: lan\n"
    (finding,) = (one for one in findings_of(LAN + LB + REST + values) if one.rule == "CN121")
    assert finding.message == f"CN121 is an annotation, and {ANY}lan selects by the label `pool`: move it to the labels"
    assert finding.line == (LAN + LB + REST + values).count("\n")


def test_annotations_on_a_service_that_is_no_load_balancer() -> None:
    """Told of a whole Service; a patch, whose type stands elsewhere, and an open type are none."""
    told = "has no effect on a Service of type ClusterIP: say `type: LoadBalancer`, or take it off"
    plain = service("web", {IPS: "10.80.8.150"}).replace("  type: LoadBalancer\n", "")
    assert said_of(plain) == [("CN122", told)]
    assert said_of(plain.replace("  ports: [{port: 80}]\n", "  externalTrafficPolicy: Cluster\n")) == []
    assert said_of(plain.replace("spec:\n", "spec:\n  type: ${TYPE}\n")) == []


# -------------------------------------------------------------------------------------------------------------- classes

L2: Final = """
---
apiVersion: cilium.io/v2alpha1
kind: CiliumL2AnnouncementPolicy
metadata:
  name: host
spec:
  loadBalancerIPs: true
  interfaces:
  - ^eth0$
"""


def test_a_class_that_nobody_announces() -> None:
    """Told where the other way of announcing is here; without either, it may be in another directory."""
    bgp = service("web", spec="  loadBalancerClass: io.cilium/bgp-control-plane\n")
    told = (
        "`io.cilium/bgp-control-plane` is announced by BGP alone, of which there is nothing here beside "
        "CiliumL2AnnouncementPolicy host"
    )
    assert said_of(L2 + bgp) == [("CN123", told)]
    assert said_of(bgp) == []
    assert said_of(L2 + service("web", spec="  loadBalancerClass: io.cilium/l2-announcer\n")) == []
    assert said_of(L2 + service("web", spec="  loadBalancerClass: io.cilium/node\n")) == []


def test_a_class_that_there_is_not() -> None:
    """A class of Cilium's prefix that it does not serve is told with the nearest one."""
    told = (
        "`io.cilium/l2-announcement` is no class that Cilium serves, so nobody does; "
        "did you mean `io.cilium/l2-announcer`?"
    )
    assert said_of(service("web", spec="  loadBalancerClass: io.cilium/l2-announcement\n")) == [("CN123", told)]
    assert said_of(service("web", spec="  loadBalancerClass: kube-vip.io/kube-vip-class\n")) == []


def test_a_class_whose_end_is_missing() -> None:
    """What begins so is meant, and not what happens to be as short."""
    told = "is no class that Cilium serves, so nobody does; did you mean `io.cilium/bgp-control-plane`?"
    said = said_of(service("web", spec="  loadBalancerClass: io.cilium/bgp\n"))
    assert said == [("CN123", f"`io.cilium/bgp` {told}")]


ADVERTS: Final = """
---
apiVersion: cilium.io/v2
kind: CiliumBGPAdvertisement
metadata:
  name: routes
  labels:
    advertise: bgp
spec:
  advertisements:
  - advertisementType: PodCIDR
"""


def test_a_class_of_bgp_that_no_advertisement_is_for() -> None:
    """Networks of Pods are no Services; one entry for Services is enough, and a placeholder may be one."""
    bgp = service("web", spec="  loadBalancerClass: io.cilium/bgp-control-plane\n")
    told = (
        "`io.cilium/bgp-control-plane` is announced by an advertisement of type Service alone, and there is none here "
        "beside CiliumBGPAdvertisement routes: add one, or nobody reaches this address"
    )
    assert said_of(ADVERTS + bgp) == [("CN123", told)]
    assert said_of(L2 + ADVERTS + bgp) == [("CN123", told)]
    more = "  - advertisementType: Service\n    service: {addresses: [LoadBalancerIP]}\n    selector: {}\n"
    assert said_of(ADVERTS + more + bgp) == []
    assert [one for one in said_of(ADVERTS.replace("PodCIDR", "${TYPE}") + bgp) if one[0] == "CN123"] == []
    assert said_of(ADVERTS + service("web")) == []


def test_a_class_whose_feature_is_off() -> None:
    """LB IPAM then gives not even an address, which is an error."""
    values = VALUES + "    l2announcements:\n      enabled: true\n"
    bgp = service("web", spec="  loadBalancerClass: io.cilium/bgp-control-plane\n")
    (finding,) = (one for one in findings_of(values + bgp) if one.rule == "CN123")
    told = "`io.cilium/bgp-control-plane` needs `bgpControlPlane.enabled`, which is off in HelmChartConfig rke2-cilium"
    assert (finding.severity, finding.message) == ("error", f"CN123 {told}: the Service gets no address")


# -------------------------------------------------------------------------------------------------------------- sharing


def both(
    one: dict[str, str], other: dict[str, str], *, names: tuple[str, str] = ("web", "mail"),
    ports: tuple[str, str] = ("80", "25"), specs: tuple[str, str] = ("", ""), settings: dict[str, str] | None = None,
) -> list[tuple[str, str]]:  # fmt: skip
    """What is said of two Services."""
    text = service(names[0], one, port=ports[0], spec=specs[0]) + service(names[1], other, port=ports[1], spec=specs[1])
    return said_of(text, settings)


A: Final = {IPS: "10.80.8.150"}
F: Final = {IPS: "10.80.8.150", KEY: "front"}
LOCAL: Final = "  externalTrafficPolicy: Local\n  selector: {app: web}\n"


def test_sharing_with_other_pods() -> None:
    """Cilium lets them from 1.20 on; where nobody says the release, that it is too old for this is all that is said."""
    permit = "lbipam.cilium.io/sharing-permit-different-pods"
    notes = {**F, permit: "true"}
    specs = (LOCAL, LOCAL.replace("app: web", "app: mail"))
    early = (
        "CN803",
        f"`{permit}` is read by Cilium from 1.20 on, and not by 1.19: take it off, or say another release",
    )
    assert both(notes, notes, specs=specs, settings={"cilium-version": "1.20"}) == []
    assert both(notes, notes, specs=specs) == [early, early]
    said = both(notes, notes, specs=specs, settings={"cilium-version": "1.19"})
    assert sorted({rule for rule, _ in said}) == ["CN124", "CN803"]
    assert both(notes, F, specs=specs, settings={"cilium-version": "1.20"})[0][0] == "CN124"


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({"one": A, "other": A}, f"neither has a `{KEY}`"),
        ({"one": A, "other": F}, f"only one of them has a `{KEY}`"),
        ({"one": F, "other": {**F, KEY: "back"}}, "their sharing keys are `front` and `back`"),
        ({"one": F, "other": F, "ports": ("53, protocol: UDP", "53, protocol: UDP")}, "both have port 53/UDP"),
        ({"one": F, "other": F, "specs": (LOCAL, "")}, "only one of them has `externalTrafficPolicy: Local`"),
        (
            {"one": F, "other": F, "specs": (LOCAL, LOCAL.replace("app: web", "app: mail"))},
            "with `externalTrafficPolicy: Local` both have to select the same Pods",
        ),
    ],
)
def test_services_that_cannot_share(case: dict[str, object], reason: str) -> None:
    """Each reason of Cilium's is named, with the other Service."""
    told = f"asks for `10.80.8.150`, as does Service shop/web, and they cannot share it: {reason}"
    assert both(**case) == [("CN124", told)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (F, F, "neither lists the namespace of the other"),
        ({**F, ACROSS: "mail"}, F, "mail/smtp does not list `shop`"),
        ({**F, ACROSS: "*"}, {**F, ACROSS: "front"}, "mail/smtp does not list `shop`"),
        ({**F, ACROSS: "mail"}, {**F, ACROSS: "front,shop"}, ""),
        ({**F, ACROSS: "*"}, {**F, ACROSS: "*"}, ""),
    ],
)
def test_services_of_two_namespaces(one: dict[str, str], other: dict[str, str], reason: str) -> None:
    """Both have to list the other's namespace, or any."""
    said = both(one, other, names=("web", "mail/smtp"))
    assert [message.rpartition(": ")[2] for _, message in said] == ([f"{reason} in `{ACROSS}`"] if reason else [])


def test_services_that_share() -> None:
    """Other ports, the same port of another protocol since 1.17, the same Pods; and who has no namespace yet."""
    assert both(F, F) == []
    udp = ("53, protocol: UDP", "53, protocol: TCP")
    assert both(F, F, ports=udp) == []
    told = (
        "asks for `10.80.8.150`, as does Service shop/web, and they cannot share it: "
        "both have port 53, and before 1.17 the protocol does not count"
    )
    assert both(F, F, ports=udp, settings={"cilium-version": "1.16"}) == [("CN124", told)]
    assert both(F, F, specs=(LOCAL, LOCAL)) == []
    assert both(F, F, names=("/web", "mail/smtp")) == []
    assert [rule for rule, _ in both(A, A, names=("web", "web"))] == ["CN506"]
    assert said_of(service("web", {KEY: "front"})) == []


def test_a_third_service_is_held_against_the_first_two() -> None:
    """It is told of the one that it collides with."""
    text = service("web", F, port="80") + service("mail", F, port="25") + service("smtp", F, port="25")
    told = "asks for `10.80.8.150`, as does Service shop/mail, and they cannot share it: both have port 25/TCP"
    assert said_of(text) == [("CN124", told)]


def test_a_key_that_shares_nothing() -> None:
    """Without a requested address Cilium says nothing; told once a key, and not of namespaces that nobody lists."""
    key = {KEY: "front"}
    told = (
        "has the sharing key of Service shop/web, and they cannot share: both have port 80/TCP; "
        "this Service gets an address of its own"
    )
    assert both(key, key, ports=("80", "80")) == [("CN125", told)]
    three = "".join(service(name, key) for name in ("web", "mail", "smtp"))
    assert said_of(three) == [("CN125", told)]
    assert both(key, key, names=("web", "mail/smtp"), ports=("80", "80")) == []
    told = (
        "has the sharing key of Service mail/smtp, and they cannot share: mail/smtp does not list `shop` in "
        f"`{ACROSS}`; this Service gets an address of its own"
    )
    assert both({**key, ACROSS: "mail"}, key, names=("web", "mail/smtp")) == [("CN125", told)]


def test_blanks_in_a_list_of_namespaces() -> None:
    """They are not trimmed; the fix takes them out."""
    text = service("web", {KEY: "front", ACROSS: "shop, mail"})
    told = "Cilium does not trim ` mail`, and there is no namespace of that name: write `shop,mail`"
    assert said_of(text) == [("CN126", told)]
    assert f"{ACROSS}: 'shop,mail'" in fixed(text)


def test_one_address_of_several() -> None:
    """A follower that asks for nothing gets one a family; of one address each there is nothing to miss."""
    told = "gets one of the 2 IPv4 addresses of Service shop/web, whose sharing key it has: ask for each that it needs"
    assert both({**F, IPS: "10.80.8.150,10.80.8.151"}, {KEY: "front"}) == [("CN127", told)]
    assert both({**F, IPS: "10.80.8.150,fd00::5"}, {KEY: "front"}) == []
