"""The Cilium API from one release to another: what changes, to the byte, and what is told of it."""

from __future__ import annotations

import pytest

from cilium_networking.migrate import convert
from cilium_networking.records import replace

from .converting import converted, objects, text_of, told

POOL = """\
apiVersion: cilium.io/v2alpha1
kind: CiliumLoadBalancerIPPool
metadata:
  name: rack
spec:
"""
VERSION = "changed apiVersion=cilium.io/v2alpha1 -> apiVersion: cilium.io/v2 (what Cilium 1.19 stores)"


def test_cidrs_become_blocks_where_they_stand() -> None:
    """The key is renamed in its place, with all comments; host bits stay as written, and what they give is said."""
    found = converted(POOL + "  cidrs: # ours\n  # all\n  - cidr: 10.80.8.1/30 # kpt-set: ${a}\n  disabled: false\n")
    assert text_of(found) == (
        POOL.replace("v2alpha1", "v2") + "  blocks: # ours\n  # all\n  - cidr: 10.80.8.1/30 # kpt-set: ${a}\n"
        '  disabled: false\n  allowFirstLastIPs: "No"\n'
    )
    assert told(found) == [
        VERSION,
        (
            "changed spec.cidrs[0].cidr=10.80.8.1/30 -> spec.blocks[0].cidr: 10.80.8.1/30 (Cilium 1.16 renamed "
            "`cidrs`; it "
            "has host bits set, which every release masks off: the pool gives out 10.80.8.0-10.80.8.3)"
        ),
        (
            "changed spec.allowFirstLastIPs -> spec.allowFirstLastIPs: No (written out: Cilium 1.15, for which the "
            "pool is "
            "written, kept back the first and last address of each network where nobody says, and 1.19 does the other)"
        ),
    ]


def test_cidrs_beside_blocks_stand_behind_them() -> None:
    """Both are given out by 1.15, and so the lists become one."""
    found = converted(POOL + "  blocks:\n  - start: 10.80.9.1\n  cidrs:\n  - cidr: 10.80.8.0/31\n")
    assert (
        text_of(found) == POOL.replace("v2alpha1", "v2") + "  blocks:\n  - start: 10.80.9.1\n  - cidr: 10.80.8.0/31\n"
    )
    assert told(found) == [
        VERSION,
        (
            "changed spec.cidrs[0].cidr=10.80.8.0/31 -> spec.blocks[1].cidr: 10.80.8.0/31 (Cilium 1.16 renamed "
            "`cidrs`; it "
            "stands behind the blocks that are there)"
        ),
    ]


def test_cidrs_on_a_release_that_drops_them_are_said_to_come_alive() -> None:
    """Where the cluster runs a release without `cidrs`, the pool had nothing: that it now gives them out is told."""
    (line,) = [
        one for one in told(converted(POOL + "  cidrs:\n  - start: 10.80.8.1\n", source="1.17")) if "cidrs" in one
    ]
    assert line == (
        "changed spec.cidrs[0].start=10.80.8.1 -> spec.blocks[0].start: 10.80.8.1 (Cilium 1.17 drops `cidrs`, so that "
        "the pool has had no such addresses there; under this name it gives them out)"
    )


@pytest.mark.parametrize(
    ("blocks", "version", "source", "target", "said"),
    [
        ("cidr: 10.80.8.0/26", "v2alpha1", "1.15", "1.17", "No"),
        ("cidr: 10.80.8.0/26", "v2alpha1", "1.16", "1.17", None),
        ("cidr: 10.80.8.0/26", "v2", None, "1.15", "Yes"),
        ("cidr: 10.80.8.0/31", "v2alpha1", "1.15", "1.17", None),
        ("{start: 10.80.8.0, stop: 10.80.8.9}", "v2alpha1", "1.15", "1.17", None),
        ("cidr: ${NETWORK}", "v2alpha1", "1.15", "1.17", "No"),
    ],
)
def test_the_default_of_first_and_last_is_pinned(
    blocks: str, version: str, source: str | None, target: str, said: str | None
) -> None:
    """What nobody says is written out where it meant the other, in both directions, and only for real networks."""
    text = POOL.replace("v2alpha1", version) + f"  blocks:\n  - {blocks}\n"
    (found,) = converted(text, target, source)
    assert found.made[0].fragment.data()["spec"].get("allowFirstLastIPs") == said


def test_the_default_of_first_and_last_is_asked_for() -> None:
    """Where neither the object nor the input shows the old release, the owner decides; nothing is written."""
    found = converted(POOL + "  blocks:\n  - cidr: 10.80.8.0/26\n")
    assert told(found)[1:] == [
        (
            "decide spec.allowFirstLastIPs (not written here: up to Cilium 1.15 the first and last address of each "
            "network "
            'were kept back, since 1.16 they are given out; if the cluster runs 1.15, write `allowFirstLastIPs: "No"`)'
        )
    ]
    assert "allowFirstLastIPs" not in text_of(found)


def test_a_chart_among_the_objects_says_the_old_release() -> None:
    """The version of the chart that deploys Cilium is where the objects come from."""
    chart = """\
apiVersion: helm.cattle.io/v1
kind: HelmChart
metadata:
  name: cilium
  namespace: kube-system
spec:
  chart: cilium
  repo: https://helm.cilium.io
  version: 1.15.6
---
"""
    found = converted(chart + POOL + "  blocks:\n  - cidr: 10.80.8.0/26\n")
    assert found[1].made[0].fragment.data()["spec"]["allowFirstLastIPs"] == "No"


ADVERT = """\
apiVersion: cilium.io/v2
kind: CiliumBGPAdvertisement
metadata:
  name: services
spec:
  advertisements:
"""


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (
            "  - advertisementType: CiliumLoadBalancerIP\n    selector: {}\n",
            (
                "  - advertisementType: Service\n    selector: {}\n    service:\n"
                "      addresses:\n      - LoadBalancerIP\n"
            ),
            [
                (
                    "changed spec.advertisements[0].advertisementType=CiliumLoadBalancerIP -> "
                    "spec.advertisements[0].advertisementType: Service (Cilium 1.16 renamed the type: a Service, and "
                    "which "
                    "of its addresses)"
                ),
                (
                    "changed spec.advertisements[0].service.addresses[0] -> "
                    "spec.advertisements[0].service.addresses[0]: "
                    "LoadBalancerIP (the addresses that the old type stood for)"
                ),
            ],
        ),
        (
            "  - advertisementType: PodCIDR\n    attributes: {community: {standard: ['65000:1']}}\n",
            "  - advertisementType: PodCIDR\n    attributes: {communities: {standard: ['65000:1']}}\n",
            [
                (
                    "changed spec.advertisements[0].attributes.community.standard[0]=65000:1 -> "
                    "spec.advertisements[0].attributes.communities.standard[0]: 65000:1 (Cilium 1.16 renamed "
                    "`community`)"
                )
            ],
        ),
        (
            "  - advertisementType: CiliumPodIPPool\n",
            "  - advertisementType: CiliumPodIPPool\n",
            [
                (
                    "decide spec.advertisements[0].selector (not written here: in Cilium 1.15 that meant all pools, "
                    "since "
                    "1.16 none; if all are meant, write `selector: {}`)"
                )
            ],
        ),
        (
            "  - advertisementType: Service\n    service: {addresses: [LoadBalancerIP], selector: {a: b}}\n",
            "  - advertisementType: Service\n    service: {addresses: [LoadBalancerIP], selector: {a: b}}\n",
            [
                (
                    "lost spec.advertisements[0].service.selector.a=b -> spec.advertisements[0].service.selector.a: b "
                    "(Cilium 1.19 does not know it, though it stays in the file: unknown field "
                    "`spec.advertisements[0].service.selector`: `selector` belongs one level up, in "
                    "`spec.advertisements[0]`)"
                )
            ],
        ),
    ],
    ids=["type", "community", "selector", "unknown"],
)
def test_advertisements(before: str, after: str, lines: list[str]) -> None:
    """Forms of 1.15 become those of the target; what cannot be known is asked, and what is not known is said."""
    found = converted(ADVERT + before)
    assert text_of(found) == ADVERT + after
    assert told(found) == lines


def test_the_selector_that_meant_all_is_written_out() -> None:
    """An advertisement of 1.15 without a selector announced every Service; the new one says so."""
    (found,) = converted(ADVERT.replace("v2", "v2alpha1") + "  - advertisementType: CiliumLoadBalancerIP\n", "1.16")
    (advert,) = found.made[0].fragment.data()["spec"]["advertisements"]
    assert advert == {"advertisementType": "Service", "service": {"addresses": ["LoadBalancerIP"]}, "selector": {}}


LIVE = """\
apiVersion: cilium.io/v2
kind: CiliumL2AnnouncementPolicy
metadata:
  annotations:
    objectset.rio.cattle.io/applied: H4sIAAAA
    objectset.rio.cattle.io/id: ""
    example.com/team: net
  creationTimestamp: "2026-01-01T00:00:00Z"
  generation: 2
  labels:
    objectset.rio.cattle.io/hash: 0123
  managedFields:
  - manager: deploy@server-1
    operation: Update
  name: lan
  resourceVersion: "77"
  uid: 3f0c
spec:
  loadBalancerIPs: true
status:
  conditions: []
"""


def test_what_the_server_writes_is_left_out() -> None:
    """A live object becomes a file: each field of the server's, and each note of who applied it, has its line."""
    found = converted(LIVE)
    assert text_of(found) == (
        "apiVersion: cilium.io/v2alpha1\nkind: CiliumL2AnnouncementPolicy\nmetadata:\n  annotations:\n"
        "    example.com/team: net\n  name: lan\nspec:\n  loadBalancerIPs: true\n"
    )
    server = "(the API server writes it: left out)"
    applied = "(RKE2's deploy controller writes it when it applies the object: left out)"
    assert told(found)[1:] == [
        f"changed metadata.annotations.objectset.rio.cattle.io/applied=H4sIAAAA {applied}",
        f'changed metadata.annotations.objectset.rio.cattle.io/id="" {applied}',
        f"changed metadata.creationTimestamp=2026-01-01T00:00:00Z {server}",
        f"changed metadata.generation=2 {server}",
        f"changed metadata.labels.objectset.rio.cattle.io/hash=83 {applied}",
        f"changed metadata.managedFields[0].manager=deploy@server-1 {server}",
        f"changed metadata.managedFields[0].operation=Update {server}",
        f"changed metadata.resourceVersion=77 {server}",
        f"changed metadata.uid=3f0c {server}",
        f"changed status.conditions=[] {server}",
    ]


def test_a_live_service_is_left_as_it_is() -> None:
    """It shows who has which address, and is nobody's file: its old annotation stays."""
    text = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  uid: 3f0c
  annotations:
    io.cilium/lb-ipam-ips: 10.80.8.150
"""
    (found,) = converted(text)
    assert found.same
    assert found.told == ()


def test_annotations_of_services_and_gateways() -> None:
    """Old names become new ones in place; beside a new one the old goes if it says the same, else the owner decides."""
    text = """\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: web
spec:
  infrastructure:
    annotations:
      "io.cilium/lb-ipam-ips": 10.80.8.150 # DNS
      io.cilium/lb-ipam-sharing-key: a
      lbipam.cilium.io/sharing-key: a
      io.cilium/lb-ipam-sharing-cross-namespace: "*"
      lbipam.cilium.io/sharing-cross-namespace: b
"""
    found = converted(text)
    assert text_of(found) == text.replace("io.cilium/lb-ipam-ips", "lbipam.cilium.io/ips").replace(
        "      io.cilium/lb-ipam-sharing-key: a\n", ""
    )
    home = "spec.infrastructure.annotations"
    assert told(found) == [
        (
            f"changed {home}.io.cilium/lb-ipam-ips=10.80.8.150 -> {home}.lbipam.cilium.io/ips: 10.80.8.150 "
            "(Cilium 1.16 renamed the annotation)"
        ),
        (
            f"changed {home}.io.cilium/lb-ipam-sharing-key=a "
            "(`lbipam.cilium.io/sharing-key` says the same, and Cilium reads that one: left out)"
        ),
        (
            f"decide {home}.io.cilium/lb-ipam-sharing-cross-namespace=* -> "
            f"{home}.io.cilium/lb-ipam-sharing-cross-namespace: * (Cilium reads "
            "`lbipam.cilium.io/sharing-cross-namespace` alone, which says `b`: take the wrong one off)"
        ),
    ]


def test_an_edit_that_is_refused_leaves_the_object() -> None:
    """An alias on the way, and the object stays whole as it is, with the reason."""
    text = POOL + "  cidrs: &all\n  - cidr: 10.80.8.0/26\n  blocks: *all\n"
    found = converted(text)
    assert text_of(found) == text
    assert told(found) == [
        (
            "decide object (`spec.blocks` is the alias *all: edit its anchor instead: bring the object to the form of "
            "Cilium 1.19 by hand)"
        )
    ]


def test_a_patch_of_kustomize_stays() -> None:
    """A patch holds what differs; no default of it can be written out."""
    kustomization, patch = objects(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\npatches:\n- path: pool.yaml\n---\n"
        + POOL
        + "  blocks:\n  - cidr: 10.80.8.0/26\n"
    )
    named = (replace(kustomization, file="kustomization.yaml"), replace(patch, file="pool.yaml"))
    found = convert(named, "1.19")
    assert found[1].same
    assert told([found[1]]) == [
        "decide object (is a patch of kustomize: bring it by hand to the form of the object that it is laid over)"
    ]
