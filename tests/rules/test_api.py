"""What the API takes: schema and versions, namespaces, objects that are there twice, what is left of templates."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cilium_networking.fabric import read_cluster
from cilium_networking.rules import RULES, Case, judged
from cilium_networking.rules.fixing import mend
from cilium_networking.settings import read
from rules.judging import findings_of, resources_of, said_of

_POOL = "apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata:\n  name: lan\nspec:\n"
_OLD = _POOL.replace("cilium.io/v2", "cilium.io/v2alpha1")
_BGP = """apiVersion: cilium.io/v2
kind: CiliumBGPClusterConfig
metadata:
  name: rack0
spec:
  bgpInstances:
  - name: main
    localASN: {asn}
    peers:
    - name: gateway
      peerASN: 65000
      peerAddress: {address}
      peerConfigRef:
        name: gateway
"""


def of(rule: str, text: str, settings: Mapping[str, str] | None = None) -> list[str]:
    """What one rule says of a text."""
    return [message for each, message in said_of(text, settings, informing=rule) if each == rule]


def mended(text: str, release: str = "1.19", *, given: bool = True) -> str:
    """The text of the only object after the edits of all findings of this family."""
    settings, wrong = read(None, {})
    assert wrong == ()
    case = Case(read_cluster(resources_of(text), release, release_given=given), settings)
    (resource,) = case.cluster.resources
    said = judged(case, [RULES[f"CN50{number}"] for number in (1, 2, 5)])
    (resource,) = mend([resource], said).resources
    return resource.fragment.text


# CN501


_ADVERT = """apiVersion: cilium.io/v2
kind: CiliumBGPAdvertisement
metadata:
  name: services
  labels:
    advertise: bgp
spec:
  advertisements:
  - {}
"""
_PEER = """apiVersion: cilium.io/v2
kind: CiliumBGPPeerConfig
metadata:
  name: gateway
spec:
  timers:
    keepAliveTimeSeconds: 60
    holdTimeSeconds: 30
  families:
  - afi: ipv4
    safi: unicast
    advertisements: {}
"""
_AGREEMENTS = {
    "service needed": (
        _ADVERT.format("advertisementType: Service"),
        (
            "`spec.advertisements[0].service` is missing: advertisementType `Service` needs it "
            "(the API server: \"service field is required for the 'Service' advertisementType\")"
        ),
    ),
    "service refused": (
        _ADVERT.format("{advertisementType: PodCIDR, service: {addresses: [LoadBalancerIP]}}"),
        (
            "`spec.advertisements[0].service` does not go with advertisementType `PodCIDR` "
            "(the API server: \"service field is not allowed for non-'Service' advertisementType\")"
        ),
    ),
    "interface needed": (
        _ADVERT.format("advertisementType: Interface"),
        (
            "`spec.advertisements[0].interface` is missing: advertisementType `Interface` needs it "
            "(the API server: \"interface field is required for the 'Interface' advertisementType\")"
        ),
    ),
    "interface refused": (
        _ADVERT.format("{advertisementType: PodCIDR, interface: {name: lo}}"),
        (
            "`spec.advertisements[0].interface` does not go with advertisementType `PodCIDR` "
            "(the API server: \"interface field is not allowed for non-'Interface' advertisementType\")"
        ),
    ),
    "selector refused": (
        _ADVERT.format("{advertisementType: PodCIDR, selector: {}}"),
        (
            "`spec.advertisements[0].selector` does not go with advertisementType `PodCIDR` "
            "(the API server: \"selector field is not allowed for the 'PodCIDR' advertisementType\")"
        ),
    ),
    "keepalive within hold": (
        _PEER,
        (
            "`spec.timers.keepAliveTimeSeconds` is 60, more than `holdTimeSeconds` 30 "
            '(the API server: "keepAliveTimeSeconds can not be larger than holdTimeSeconds")'
        ),
    ),
}


@pytest.mark.parametrize("name", _AGREEMENTS)
def test_the_rules_of_the_crds(name: str) -> None:
    """Each of the six validation rules (CEL) of the CRDs is said in the API server's words too, and in no release that
    lacks it.
    """
    text, message = _AGREEMENTS[name]
    assert of("CN501", text) == [message]
    old = text.replace("cilium.io/v2", "cilium.io/v2alpha1")
    assert [one for one in of("CN501", old, {"cilium-version": "1.17"}) if one == message] == []


def test_a_placeholder_fits_any_scalar() -> None:
    """What Flux or kpt puts in later is no error of a boolean, a number, an address or a network."""
    text = _POOL + "  disabled: ${POOL_DISABLED}\n  blocks:\n  - cidr: ${POOL_CIDR}\n"
    assert of("CN501", text) == []
    assert of("CN501", _BGP.format(asn="${LOCAL_ASN}", address="${GATEWAY_IP}")) == []


def test_a_setter_is_one_value() -> None:
    """kpt's does not stand for a list or a mapping, as a variable of Flux's may."""
    for text in ("${pool-blocks}", "${BLOCKS} # kpt-set: ${pool-blocks}"):
        said = f"`spec.blocks` must be a list, not the string `{text.partition(' ')[0]}`"
        assert of("CN501", f"{_POOL}  blocks: {text}\n") == [said]
    assert of("CN501", _POOL + "  blocks: ${BLOCKS}\n") == []


def test_a_default_is_judged_like_a_value() -> None:
    """The default of a variable is what the cluster gets where nobody sets it."""
    text = _POOL + "  disabled: ${POOL_DISABLED:-maybe}\n  blocks:\n  - cidr: ${POOL_CIDR:=10.80.8.128}\n"
    boolean, network = of("CN501", text)
    assert boolean == (
        "the default of `${POOL_DISABLED:-maybe}` would not do: `spec.disabled` must be `true` or `false`, not the "
        "string `maybe`"
    )
    assert network == (
        "the default of `${POOL_CIDR:=10.80.8.128}` would not do: `spec.blocks[0].cidr` must be a network in CIDR "
        "notation, not `10.80.8.128`: did you mean `10.80.8.128/32`?"
    )


def test_a_default_that_fits() -> None:
    """It is typed by its look, as Flux writes it; in a field for text it is text."""
    text = _POOL + '  disabled: "${POOL_DISABLED:-false}"\n  blocks:\n  - cidr: ${POOL_CIDR:-10.80.8.128/26}\n'
    assert of("CN501", text + "  serviceSelector:\n    matchLabels:\n      pool: ${NAME:-5}\n") == []
    assert of("CN501", _BGP.format(asn="${LOCAL_ASN:-65001}", address="${GATEWAY_IP-10.80.0.1}")) == []
    assert of("CN501", _POOL + "  disabled: ${POOL_DISABLED:-}\n  blocks:\n  - cidr: 10.80.8.128/26\n") == []


def test_the_dash_of_a_setter_is_no_default() -> None:
    """kpt's `${lb-pool-cidr}` is a name, which to Flux alone would have a default."""
    text = _POOL + "  blocks:\n  - cidr: ${lb-pool-cidr} # kpt-set: ${lb-pool-cidr}\n"
    assert of("CN501", text) == []


def test_cidrs_become_blocks() -> None:
    """The field that 1.16 renamed is written under its new name."""
    text = _OLD + "  cidrs:\n  - cidr: 10.80.8.128/26\n"
    assert of("CN501", text, {"cilium-version": "1.17"}) == [
        "`spec.cidrs` was removed in Cilium 1.16: use `spec.blocks`"
    ]
    assert mended(text, "1.17") == _OLD + "  blocks:\n  - cidr: 10.80.8.128/26\n"


def test_a_comment_is_not_lost_for_a_fix() -> None:
    """Where a comment stands inside of what would be written anew, nothing is changed."""
    text = _OLD + "  cidrs:\n  # the rack\n  - cidr: 10.80.8.128/26\n"
    assert mended(text, "1.17") == text


def test_both_names_at_once_are_for_a_person() -> None:
    """`cidrs` beside `blocks` may mean either, so neither is changed."""
    text = _OLD + "  cidrs:\n  - cidr: 10.80.8.128/26\n  blocks:\n  - cidr: 10.80.9.0/24\n"
    assert mended(text, "1.17") == text


def test_a_selector_under_service_moves_up() -> None:
    """The most frequent misplacement has one right place."""
    text = _ADVERT.format(
        "advertisementType: Service\n    service:\n      addresses:\n      - LoadBalancerIP\n      selector:\n"
        "        matchLabels:\n          announce: bgp"
    )
    (said,) = of("CN501", text)
    assert said == (
        "unknown field `spec.advertisements[0].service.selector`: `selector` belongs one level up, in "
        "`spec.advertisements[0]`"
    )
    assert mended(text) == _ADVERT.format(
        "advertisementType: Service\n    service:\n      addresses:\n      - LoadBalancerIP\n    selector:\n"
        "      matchLabels:\n        announce: bgp"
    )


def test_types_that_can_only_mean_one_thing() -> None:
    """A number in quotes, a word for a boolean, an old boolean and a mask behind a peer's address are written right."""
    assert mended(_BGP.format(asn='"65001"', address="10.80.0.1/32")) == _BGP.format(asn="65001", address="10.80.0.1")
    blocks = "  blocks:\n  - cidr: 10.80.8.128/26\n"
    assert mended(_POOL + blocks + '  disabled: "true"\n') == _POOL + blocks + "  disabled: true\n"
    assert mended(_POOL + blocks + "  allowFirstLastIPs: No\n") == _POOL + blocks + '  allowFirstLastIPs: "No"\n'


def test_an_old_boolean_keeps_its_comments() -> None:
    """It is quoted where it stands: its line, the comments above and behind it, and what follows stay."""
    text = _POOL + "  # first and last\n  allowFirstLastIPs: {} # as ever\n\n  blocks:\n  - cidr: 10.80.8.128/26\n"
    for word in ("No", "Yes"):
        assert mended(text.format(word)) == text.format(f'"{word}"')


def test_an_end_that_is_no_address() -> None:
    """Who means the last number of an address is told that the field takes all of it."""
    assert of("CN501", _POOL + "  blocks:\n  - min: 129\n    stop: 10.80.8.190\n") == [
        "unknown field `spec.blocks[0].min`: did you mean `start`? It takes a whole address, and `129` is none"
    ]
    assert of("CN501", _POOL + "  blocks:\n  - min: ${first}\n    stop: 10.80.8.190\n") == [
        "unknown field `spec.blocks[0].min`: did you mean `start`?"
    ]


def test_a_port_that_moved_to_another_kind() -> None:
    """A field that v2 does not have names what took its place, and not the version that is left behind."""
    text = _PEER.replace("spec:\n", "spec:\n  transport:\n    localPort: 179\n")
    assert (
        "`spec.transport.localPort` exists only in cilium.io/v2alpha1: use "
        "`CiliumBGPClusterConfig.spec.bgpInstances[].localPort`"
    ) in of("CN501", text)


def test_ends_of_a_range_by_other_names() -> None:
    """`min` and `max` become start and stop where they are whole addresses, and only there."""
    text = _POOL + "  blocks:\n  - min: 10.80.8.129\n    max: 10.80.8.190\n"
    assert mended(text) == _POOL + "  blocks:\n  - start: 10.80.8.129\n    stop: 10.80.8.190\n"
    for block in ("min: 129", "cidr: 10.80.8.128/26\n    min: 10.80.8.129", "min: 10.80.8.129\n    start: 10.80.8.1"):
        assert mended(_POOL + f"  blocks:\n  - {block}\n") == _POOL + f"  blocks:\n  - {block}\n"


def test_a_label_beside_matchlabels() -> None:
    """A condition in the wrong place is dropped by the API server, which widens the selector: it is moved in."""
    text = _BGP.format(asn=65001, address="10.80.0.1") + "  nodeSelector:\n    location: apartment\n"
    assert of("CN501", text) == [
        "`spec.nodeSelector.location` is dropped, and `location` may then be anything: write it under `matchLabels`"
    ]
    right = (
        _BGP.format(asn=65001, address="10.80.0.1") + "  nodeSelector:\n    matchLabels:\n      location: apartment\n"
    )
    assert mended(text) == right


def test_mended_twice_is_mended_once() -> None:
    """What the fixes leave behind has nothing left to fix."""
    once = mended(_OLD + "  cidrs:\n  - cidr: 10.80.8.128/26\n", "1.17")
    assert mended(once, "1.17") == once


# CN502


def test_the_stored_version_is_written_where_all_fields_are_in_it() -> None:
    """The version changes by itself only if everything in the object means the same in the new one."""
    text = _OLD + "  blocks:\n  - cidr: 10.80.8.128/26\n"
    assert mended(text) == _POOL + "  blocks:\n  - cidr: 10.80.8.128/26\n"
    old = _PEER.replace("cilium.io/v2", "cilium.io/v2alpha1").replace("60", "10")
    assert mended(old).startswith("apiVersion: cilium.io/v2\n")
    gone = old.replace("spec:\n", "spec:\n  transport:\n    localPort: 179\n")
    assert mended(gone) == gone


def test_a_guessed_release_changes_no_version() -> None:
    """Without a release the cluster may run one that serves the old version alone."""
    text = _OLD + "  blocks:\n  - cidr: 10.80.8.128/26\n"
    assert mended(text, given=False) == text


def test_a_version_that_is_not_served_yet() -> None:
    """What is too new for the release goes back to what it stores."""
    text = _POOL + "  blocks:\n  - cidr: 10.80.8.128/26\n"
    assert of("CN502", text, {"cilium-version": "1.17"}) == [
        "Cilium 1.17 does not serve cilium.io/v2 of CiliumLoadBalancerIPPool: use `cilium.io/v2alpha1`"
    ]
    assert mended(text, "1.17") == _OLD + "  blocks:\n  - cidr: 10.80.8.128/26\n"


# CN505


def test_a_namespace_is_taken_off() -> None:
    """The one right answer to a namespace on a cluster-scoped kind is none."""
    text = _POOL.replace("name: lan", "name: lan\n  namespace: kube-system") + "  blocks:\n  - cidr: 10.80.8.128/26\n"
    assert mended(text) == _POOL + "  blocks:\n  - cidr: 10.80.8.128/26\n"


def test_a_namespace_that_means_something() -> None:
    """Kinds with a namespace keep it, and a Flux Kustomization's targetNamespace is no fault of the objects."""
    text = """apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: ClusterIP, ports: [{port: 80}]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec: {endpointSelector: {}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: cilium, namespace: flux-system}
spec: {path: ./cilium, targetNamespace: kube-system}
"""
    assert of("CN505", text) == []


# CN506


def at(file: str, text: str) -> str:
    """An object as it is read from a file."""
    return text.replace("metadata:\n", f"metadata:\n  annotations:\n    config.kubernetes.io/path: {file}\n", 1)


_ONE = _POOL + "  blocks:\n  - cidr: 10.80.8.128/26\n"


def test_one_object_in_two_files_of_a_directory() -> None:
    """Both are applied, and the later one wins: a warning that names the other file."""
    found = [one for one in findings_of(at("a/x.yaml", _ONE) + "---\n" + at("a/y.yaml", _ONE)) if one.rule == "CN506"]
    assert [(one.severity, one.message) for one in found] == [
        (
            "warning",
            "CN506 CiliumLoadBalancerIPPool lan is here twice (a/x.yaml): what is applied later wins, so keep one",
        )
    ]


def test_one_object_in_two_versions() -> None:
    """The version is no part of what an object is."""
    assert of("CN506", _ONE + "---\n" + _ONE.replace("cilium.io/v2", "cilium.io/v2alpha1")) == [
        "CiliumLoadBalancerIPPool lan is here twice: what is applied later wins, so keep one"
    ]


_PATCHED = """apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
metadata:
  name: a
resources:
- x.yaml
patches:
- path: patch.yaml
"""
_CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: NAMESPACE}\n"
_TWO = {
    "another directory": (at("clusters/a/x.yaml", _ONE), at("clusters/b/x.yaml", _ONE)),
    "a name that nobody knows": (_ONE.replace("lan", "${NAME}"), _ONE.replace("lan", "${NAME}")),
    "a patch": (at("a/x.yaml", _ONE), at("a/patch.yaml", _ONE), at("a/kustomization.yaml", _PATCHED)),
    "another namespace": (_CONFIG.replace("NAMESPACE", "x"), _CONFIG.replace("NAMESPACE", "y")),
}


@pytest.mark.parametrize("name", _TWO)
def test_objects_that_are_not_one(name: str) -> None:
    """Overlays, patches and namesakes are not the same object twice."""
    assert of("CN506", "---\n".join(_TWO[name])) == []


# CN507


_SETTERS = """apiVersion: v1
kind: ConfigMap
metadata:
  name: setters
  annotations:
    config.kubernetes.io/local-config: "true"
data:
  node-gateway-ip: node-gateway-ip
  rack-address: rack-address
  bgp-local-asn: "65001"
  mode: mode
"""


def test_a_setter_left_at_its_name() -> None:
    """A setter's file and what was rendered from it are told in words of their own, and the schema is silent."""
    assert of("CN507", _SETTERS) == [
        "setter `node-gateway-ip` is still its own name: give it a value, or what is rendered will hold the name",
        "setter `rack-address` is still its own name: give it a value, or what is rendered will hold the name",
    ]
    rendered = _BGP.format(asn="bgp-local-asn", address="rack-address")
    assert of("CN501", _SETTERS + "---\n" + rendered) == []
    assert of("CN507", _SETTERS + "---\n" + rendered)[2:] == [
        "`bgp-local-asn` is the name of a setter that nobody filled in",
        "`rack-address` is the name of a setter that nobody filled in",
    ]


def test_words_that_are_called_like_a_setter() -> None:
    """A label may have any value, and an ordinary ConfigMap any entries."""
    text = (
        _POOL + "  blocks:\n  - cidr: 10.80.8.128/26\n  serviceSelector:\n    matchLabels:\n      pool: cluster-name\n"
    )
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: words}\ndata: {log-level: log-level}\n"
    assert of("CN507", text + "---\n" + config) == []


def test_a_catalog_that_is_not_rendered() -> None:
    """A value that is a placeholder of its own setter is information: catalogs ship so, clusters refuse it."""
    text = _POOL + "  blocks:\n  - start: ${first} # kpt-set: ${first}\n    stop: ${last} # kpt-set: ${last}\n"
    assert of("CN507", text) == [
        "2 values here wait for a setter: render this before it is applied, or ship values that work"
    ]
    assert [one.severity for one in findings_of(text, informing="CN507") if one.rule == "CN507"] == ["info"]


# CN508


_MAKEJINJA = """apiVersion: cilium.io/v2
kind: CiliumBGPClusterConfig
metadata:
  name: rack0
spec:
  bgpInstances:
  - name: main
    localASN: #{ cilium_bgp_node_asn }#
    peers:
    - name: gateway
      peerASN: #{ cilium_bgp_router_asn }#
      peerAddress: "#{ cilium_bgp_router_addr }#"
      peerConfigRef:
        name: gateway
"""


def test_a_template_is_said_once() -> None:
    """However many values it lacks, a template is one finding, and none of the schema's."""
    said = of("CN508", _MAKEJINJA)
    assert said == ["this is a template, and what it will hold is not known: render it first, then validate the result"]
    assert of("CN501", _MAKEJINJA) == []
    pool = _POOL + "  blocks:\n  - cidr: '{{ cidr }}'\n"
    assert of("CN508", at("a.yaml", pool) + "---\n" + at("a.yaml", _MAKEJINJA)) == said
    assert of("CN501", pool) == []


def test_what_is_missing_in_no_template_is_missing() -> None:
    """A field without a value is the schema's business where no mark of a template stands."""
    text = _MAKEJINJA.replace("name: main", "name:").replace("#{ cilium_bgp_node_asn }#", "65001")
    text = text.replace("#{ cilium_bgp_router_asn }#", "65000").replace('"#{ cilium_bgp_router_addr }#"', "10.80.0.1")
    assert of("CN501", text) == ["`spec.bgpInstances[0].name` is missing"]
    assert of("CN508", text + "  # {{ see the wiki }}\n  #{ and here }#\n") == []


# what is nobody's fault


def test_encrypted_secrets_say_nothing() -> None:
    """What SOPS has encrypted is passed over."""
    text = """apiVersion: v1
kind: Secret
metadata:
  name: cilium-clustermesh
  namespace: kube-system
stringData:
  config: ENC[AES256_GCM,data:c2VjcmV0,iv:aXY=,tag:dGFn,type:str]
sops:
  mac: ENC[AES256_GCM,data:bWFj,iv:aXY=,tag:dGFn,type:str]
  version: 3.9.0
"""
    assert said_of(text) == []


def test_foreign_kinds_say_nothing() -> None:
    """Kinds of other groups, even with names like Cilium's, are not judged."""
    text = "apiVersion: example.org/v1\nkind: CiliumLoadBalancerIPPool\nmetadata: {name: a, namespace: b}\n"
    assert said_of(text + "spec: {min: 1}\n") == []


def test_what_sops_notes_is_no_field() -> None:
    """An object with encrypted values carries a note of how; it never reaches the API server."""
    pool = "apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata: {name: a}\nspec: {blocks: []}\n"
    said = {rule for rule, _ in said_of(f"{pool}sops:\n  mac: ENC[AES256_GCM,data:Zm9v,type:str]\n")}
    assert "CN501" not in said
    assert "CN501" in {rule for rule, _ in said_of(f"{pool}sop: {{}}\n")}


CHART = """\
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cilium, namespace: kube-system}
spec:
  chart:
    spec: {chart: cilium, version: 1.16.5}
  values: {kubeProxyReplacement: true}
"""


def test_the_chart_that_is_deployed_says_the_release() -> None:
    """Where no setting names a release the version of the CNI's chart does; a setting is asked first."""
    pool = "apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata: {name: a}\nspec: {blocks: []}\n"
    told = ("CN502", "Cilium 1.16 does not serve cilium.io/v2 of CiliumLoadBalancerIPPool: use `cilium.io/v2alpha1`")
    assert told in said_of(pool + CHART)
    assert "CN502" not in {rule for rule, _ in said_of(pool + CHART, {"cilium-version": "1.19"})}
    assert "CN502" not in {rule for rule, _ in said_of(pool + CHART.replace("1.16.5", "1.16.x"))}
