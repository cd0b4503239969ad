"""What is said of the CNI's Helm values, and what is not."""

from __future__ import annotations

import pytest

from rules.judging import findings_of, said_of

HEAD = """---
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata: {name: rke2-cilium, namespace: kube-system}
spec:
"""
REPLACED = "kubeProxyReplacement: true\nk8sServiceHost: localhost\nk8sServicePort: 6443\n"
RELEASE = """---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cilium, namespace: kube-system}
spec:
  chart: {spec: {chart: cilium, version: 1.19.4}}
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
GATEWAY = """---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec: {gatewayClassName: cilium, listeners: [{name: http, port: 80, protocol: HTTP}]}
"""
INGRESS = """---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {ingressClassName: cilium, rules: []}
"""
POOL = """---
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata: {name: lan}
spec: {blocks: [{start: 192.168.1.30, stop: 192.168.1.50}]}
"""
SERVICE = """---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, ports: [{port: 80}]}
"""


def values(text: str, head: str = HEAD, key: str = "valuesContent: |") -> str:
    """An object with values of the CNI."""
    return f"{head}  {key}\n" + "".join(f"    {line}\n" for line in text.splitlines())


def said(text: str, *, release: str = "1.19", informing: str = "") -> list[tuple[str, str]]:
    """What the rules about values say."""
    found = said_of(text, {"cilium-version": release}, informing=informing)
    return [(rule, message) for rule, message in found if rule.startswith("CN7")]


def lines(text: str) -> list[tuple[str | None, int | None]]:
    return [(one.rule, one.line) for one in findings_of(text) if (one.rule or "").startswith("CN7")]


@pytest.mark.parametrize(
    ("cluster", "message"),
    [
        ("{name: alcide, id: 256}", "`cluster.id` is 256, and has to be from 1 to 255, or 0 outside of a mesh"),
        ("{name: alcide, id: -1}", "`cluster.id` is -1, and has to be from 1 to 255, or 0 outside of a mesh"),
        ("{id: 3}", "`cluster.id` is 3, and `cluster.name` is not set: `default` is no name in a mesh"),
        (
            "{name: default, id: 3}",
            "`cluster.name` is `default`, which is no name in a mesh: give the cluster one of its own",
        ),
        (
            "{name: Alcide, id: 3}",
            "`cluster.name` is `Alcide`, and may have lower case letters, digits and dashes between them only",
        ),
        (
            "{name: a-cluster-with-a-name-of-33-chars, id: 3}",
            "`cluster.name` is `a-cluster-with-a-name-of-33-chars`, which has 33 characters, and a mesh takes 32",
        ),
    ],
)
def test_identities_that_a_mesh_does_not_take(cluster: str, message: str) -> None:
    """Id and name, by the rules of the chart."""
    assert said(values(f"cluster: {cluster}")) == [("CN702", message)]


@pytest.mark.parametrize(
    "text",
    [
        "cluster: {name: alcide, id: 255}",
        "cluster: {name: default, id: 0}",
        "cluster: {name: alcide, id: 300}\nclustermesh: {maxConnectedClusters: 511}",
        "cluster: {name: '${CLUSTER_NAME}', id: '${CLUSTER_ID}'}",
        "cluster: {name: '${CLUSTER_NAME}', id: 3}",
        "cluster: {name: alcide, id: '{{ cluster_id }}'}",
        "bpf: {masquerade: true}",
    ],
)
def test_identities_that_are_right_or_not_known(text: str) -> None:
    """A placeholder may become one, and 0 is no mesh."""
    assert said(values(text)) == []


def test_meshes_of_another_size() -> None:
    """There are two sizes."""
    message = "`clustermesh.maxConnectedClusters` is 300, and may be 255 or 511 only"
    assert said(values("clustermesh: {maxConnectedClusters: 300}")) == [("CN702", message)]


def test_values_that_are_not_yaml() -> None:
    """Helm's error is told; a template is read with holes, and not judged where even that does not work."""
    message = "Helm cannot read line 2 of the text: not valid YAML: mapping values are not allowed in this context"
    assert said(values("a: b\n c: d")) == [("CN703", message)]
    assert said(values("- a\n- b")) == [("CN703", "holds no values: they are a mapping of names to values")]
    assert said(values("${CILIUM_VALUES}")) == []
    assert said(values("k8sServiceHost: {{ api }}\ncluster: {{ cluster }}")) == []
    template = "a: b\n{% if mesh %}\n c: {{ d }}\n{% endif %}"
    informed = [("CN703", "is a template that is no YAML yet: not judged")]
    assert said(values(template), informing="CN703") == informed


@pytest.mark.parametrize("text", ["", "# cluster:\n#   name: alcide", "---\n# nothing yet", "null", "{}"])
def test_values_that_are_empty(text: str) -> None:
    """Comments only, or nothing, are values without a key: Helm takes them, and features are off."""
    found = said(values(text) + POLICY)
    assert found == said(values("{}") + POLICY)
    assert [rule for rule, _ in found] == ["CN707", "CN708"]


def test_values_that_are_no_text() -> None:
    """A mapping, the `|` forgotten, and a key that is nearly the right one are named; another field is not."""
    message = "is no text: write `valuesContent: |`, and the values below it"
    assert said(values("cluster: {name: alcide}", key="valuesContent:")) == [("CN703", message)]
    message = "is no field of a HelmChartConfig, so nobody reads these values: write `valuesContent`"
    assert said(values("cluster: {name: alcide}", key="valueContent: |")) == [("CN703", message)]
    assert said(values("cluster: {name: alcide}", key="values:")) == []


def test_values_that_are_encrypted() -> None:
    """What SOPS has encrypted is not known: neither the whole of it nor a part."""
    sealed = "ENC[AES256_GCM,data:Zm9v,iv:YmFy,tag:YmF6,type:str]"
    assert said(f"{HEAD}  valuesContent: {sealed}\n" + POLICY) == []
    one = f"kubeProxyReplacement: {sealed}\ncluster: {{name: '{sealed}', id: 3}}\nimage: {{tag: '{sealed}'}}"
    assert said(values(one)) == []


def test_values_in_a_wrapper() -> None:
    """And nothing is said of what the values leave off, because they say it."""
    message = "the chart ignores what stands under `cilium`: write these values at the top"
    assert said(values("cilium:\n  l2announcements: {enabled: true}") + POLICY) == [("CN704", message)]
    assert said(values("cilium: 3")) == []


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        ("l2annoucements: {enabled: true}", "l2annoucements", "l2announcements"),
        ("l2Announcements: {enabled: true}", "l2Announcements", "l2announcements"),
        ("bgpControlplane: {enabled: true}", "bgpControlplane", "bgpControlPlane"),
        ("gateway-api: {enabled: true}", "gateway-api", "gatewayAPI"),
        (
            "bgpControlPlane: {secretNamespace: {name: bgp}}",
            "bgpControlPlane.secretNamespace",
            "bgpControlPlane.secretsNamespace",
        ),
        (
            "ingressController: {loadBalancerMode: shared}",
            "ingressController.loadBalancerMode",
            "ingressController.loadbalancerMode",
        ),
    ],
)
def test_keys_that_are_misspelled(text: str, wrong: str, right: str) -> None:
    """What is meant is near."""
    message = f"`{wrong}` is not a value of the chart: did you mean `{right}`?"
    assert said(values(text)) == [("CN705", message)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "installCRDs: true",
            "`installCRDs` is not a value of the chart: Cilium's operator installs its kinds by itself",
        ),
        (
            "l2NeighDiscovery: {refreshPeriod: 30s}",
            "`l2NeighDiscovery.refreshPeriod` is gone since Cilium 1.18: the kernel refreshes since",
        ),
        (
            "externalIPs: {enabled: true}",
            "`externalIPs.enabled` is gone since Cilium 1.17: `kubeProxyReplacement` decides",
        ),
    ],
)
def test_keys_that_are_no_values(text: str, message: str) -> None:
    """Gone with an earlier release, or never one."""
    assert said(values(text)) == [("CN705", message)]


@pytest.mark.parametrize(
    "text",
    [
        "l2announcements: {enabled: true}\nl2podAnnouncements: {enabled: false}\nl2NeighDiscovery: {enabled: true}",
        "k8sServiceHostRef: {name: api}\nk8sServiceLookupConfigMapName: cluster-info",
        "kubeProxyReplacementHealthzBindAddr: 0.0.0.0:10256\nbgp: {enabled: false}\ndevicesExtra: 1",
        "ingressController: {enabled: false, default: true, loadbalancerMode: shared, service: {annotations: {}}}",
        "gatewayAPI: {enabled: false, gatewayClass: {create: auto}, hostNetwork: {enabled: false}}",
        "cluster: {name: alcide, id: 3}\nclustermesh: {useAPIServer: true, config: {enabled: true}}",
        "k8sClientRateLimit: {qps: 20, burst: 40, operator: {qps: 100}}",
    ],
)
def test_keys_that_are_values_or_nobody_knows(text: str) -> None:
    """Names of the chart's that look alike, and names that look like nothing."""
    assert said(values(text)) == []


def test_keys_of_an_earlier_release() -> None:
    """They were values then."""
    assert said(values("externalIPs: {enabled: true}"), release="1.16") == []
    assert said(values("l2NeighDiscovery: {refreshPeriod: 30s}"), release="1.17") == []


def test_words_that_kube_proxy_replacement_had() -> None:
    """What is meant is proposed where it is one of the two."""
    message = "`kubeProxyReplacement` is `{}`, and the chart takes `true` and `false` only{}"
    for word, hint in (("strict", ": say `true`"), ("disabled", ": say `false`"), ("partial", "")):
        found = said(values(f"kubeProxyReplacement: {word}"))
        assert found == [("CN706", message.format(word, hint))]
    for word in ('"true"', "false", "'${KPR}'", "{{ kpr }}"):
        assert said(values(f"kubeProxyReplacement: {word}\nk8sServiceHost: localhost")) == []


@pytest.mark.parametrize(
    ("objects", "needed", "who"),
    [
        (POLICY, "l2announcements.enabled", "CiliumL2AnnouncementPolicy lan"),
        (ADVERTISEMENT, "bgpControlPlane.enabled", "CiliumBGPAdvertisement services"),
        (GATEWAY, "gatewayAPI.enabled", "Gateway web"),
        (INGRESS, "ingressController.enabled", "Ingress web"),
    ],
)
def test_objects_and_the_features_that_they_need(objects: str, needed: str, who: str) -> None:
    """Off where the values say so, or where they are whole and say nothing; not where more may be given elsewhere."""
    section, _, key = needed.partition(".")
    off = f"`{needed}` is false, and {who} does nothing without it: set it to true"
    unset = f"`{needed}` is not set, which is off, and {who} does nothing without it: set it to true"
    plain = values(REPLACED)
    assert said(plain + objects) == [("CN707", unset)]
    assert said(values(f"{REPLACED}{section}: {{{key}: false}}") + objects) == [("CN707", off)]
    assert said(values(f"{REPLACED}{section}: {{{key}: true}}") + objects) == []
    assert said(values(f"{REPLACED}{section}: {{{key}: '${{ENABLED}}'}}") + objects) == []
    assert said(plain.replace("spec:\n", "spec:\n  valuesSecrets: [{name: more, keys: [values]}]\n") + objects) == []
    assert said(objects) == []
    flux = RELEASE + "  values: {kubeProxyReplacement: true}\n"
    assert said(flux + objects) == [("CN707", unset)]
    assert said(flux + "  valuesFrom: [{kind: ConfigMap, name: cilium}]\n" + objects) == []
    assert said(RELEASE + objects) == []


def test_many_objects_are_counted() -> None:
    """One finding a feature."""
    second = ADVERTISEMENT.replace("name: services", "name: pods")
    unset = "`bgpControlPlane.enabled` is not set, which is off"
    one = f"{unset}, and CiliumBGPAdvertisement services does nothing without it"
    two = f"{one}, like CiliumBGPAdvertisement pods: set it to true"
    assert said(values(REPLACED) + ADVERTISEMENT + second) == [("CN707", two)]
    three = f"{one}, like 2 more objects: set it to true"
    third = ADVERTISEMENT.replace("name: services", "name: more")
    assert said(values(REPLACED) + ADVERTISEMENT + second + third) == [("CN707", three)]


def test_lb_ipam_that_is_off() -> None:
    """On where nobody says, and pools serve nobody where somebody turned it off."""
    message = "`enableLBIPAM` is false, and CiliumLoadBalancerIPPool lan does nothing without it: set it to true"
    assert said(values("enableLBIPAM: false") + POOL) == [("CN707", message)]
    assert said(values("enableLBIPAM: true") + POOL) == []
    assert said(values("bpf: {}") + POOL) == []


def test_kube_proxy_is_needed_to_be_replaced() -> None:
    """By L2, and by Envoy's objects unless node ports are on by themselves."""
    on = "l2announcements: {enabled: true}\ngatewayAPI: {enabled: true}\n"
    unset = "`kubeProxyReplacement` is not set, which is off, and {} does nothing without it: set it to true"
    policy, gateway = unset.format("CiliumL2AnnouncementPolicy lan"), unset.format("Gateway web")
    assert said(values(on) + POLICY) == [("CN708", policy)]
    assert said(values(on) + GATEWAY) == [("CN708", gateway)]
    port = values(on + "nodePort: {enabled: true}") + GATEWAY
    assert said(port) == [("CN708", gateway)]
    assert [one.severity for one in findings_of(port) if one.rule == "CN708"] == ["warning"]
    given = findings_of(port, {"cilium-version": "1.19"})
    assert [one.severity for one in given if one.rule == "CN708"] == ["error"]
    assert [one.rule for one in findings_of(port, {"cilium-version": "1.18"}) if one.rule == "CN708"] == []
    for flag, current in (("", None), ("kubeProxyReplacement: false\n", "false")):
        (one,) = (each for each in findings_of(values(on + flag) + POLICY) if each.rule == "CN708")
        assert (one.current, one.proposed) == (current, "kubeProxyReplacement: true")
    assert said(values(on + "kubeProxyReplacement: '${KPR}'") + POLICY) == []
    assert said(values("bgpControlPlane: {enabled: true}") + ADVERTISEMENT + POOL) == []


def test_gateways_of_another_class() -> None:
    """A class that says it is Cilium's counts as its own does, and one of that name that is another's does not."""
    made = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: %s}\n"
    ours = made + "spec: {controllerName: io.cilium/gateway-controller}\n"
    theirs = made + "spec: {controllerName: example.org/gateways}\n"
    edge = values(REPLACED) + GATEWAY.replace("gatewayClassName: cilium", "gatewayClassName: edge")
    message = "`gatewayAPI.enabled` is not set, which is off, and Gateway web does nothing without it: set it to true"
    assert said(edge + ours % "edge") == [("CN707", message)]
    assert said(edge) == []
    assert said(edge + theirs % "edge") == []
    assert said(values(REPLACED) + GATEWAY + theirs % "cilium") == []


def test_services_that_nobody_gives_an_address() -> None:
    """Said if pools are here and nothing shows that others serve Services without a class."""
    message = (
        "with `none` no Service without `loadBalancerClass` gets an address from CiliumLoadBalancerIPPool lan, and "
        "Service web has none: use `lbipam`, or give the Services a class"
    )
    none = values("defaultLBServiceIPAM: none")
    assert said(none + POOL + SERVICE) == [("CN709", message)]
    assert said(none + SERVICE) == []
    assert said(none + POOL) == []
    classed = SERVICE.replace("web", "api").replace("LoadBalancer,", "LoadBalancer, loadBalancerClass: tailscale,")
    assert said(none + POOL + SERVICE + classed) == []
    metallb = "---\napiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: lan, namespace: metallb}\n"
    assert said(none + POOL + SERVICE + metallb) == []
    assert said(values("defaultLBServiceIPAM: lbipam") + POOL + SERVICE) == []


@pytest.mark.parametrize("devices", ["eth0", "eth+ ens18", "[eth0, ens+]"])
def test_devices_without_the_interface(devices: str) -> None:
    """The wildcard of devices is a plus, and a name is a name."""
    listed = devices.strip("[]").replace(",", "")
    message = f"`lan0` is none of the devices that Cilium manages, `{listed}` by HelmChartConfig rke2-cilium"
    text = values(f"{REPLACED}l2announcements: {{enabled: true}}\ndevices: {devices}")
    assert said(text + POLICY) == [("CN710", message)]


@pytest.mark.parametrize("devices", ["lan0", "lan+", "[eth0, lan0]", "'${DEVICES}'", "'!eth0'", "'{{ devices }}'"])
def test_devices_with_the_interface(devices: str) -> None:
    """Or nobody knows."""
    text = values(f"{REPLACED}l2announcements: {{enabled: true}}\ndevices: {devices}")
    assert said(text + POLICY) == []


def test_patterns_of_several_devices() -> None:
    """Only one name is compared."""
    text = values(f"{REPLACED}l2announcements: {{enabled: true}}\ndevices: eth0")
    for pattern in ("^e", "'^(lan|eth)0$'", "eth"):
        assert said(text + POLICY.replace("^lan0$", pattern)) == []


def test_configs_that_nobody_reads() -> None:
    """Name and namespace have to be those of the chart."""
    content = "  valuesContent: 'bpf: {}'\n"
    elsewhere = HEAD.replace("namespace: kube-system", "namespace: cilium") + content
    message = "RKE2's chart is in `kube-system`, and nobody reads this in `cilium`"
    assert said(elsewhere) == [("CN711", message)]
    nowhere = HEAD.replace(", namespace: kube-system", "") + content
    assert said(nowhere) == [("CN711", "has no namespace: say `kube-system`, where RKE2's chart is")]
    kustomization = (
        "---\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: {name: x}\n"
        "namespace: kube-system\n"
    )
    assert said(nowhere + kustomization) == []
    named = HEAD.replace("name: rke2-cilium", "name: rke2-cilium-config") + content
    message = "there is no chart `rke2-cilium-config` here, and RKE2 calls its own `rke2-cilium`: nobody reads this"
    assert said(named) == [("CN711", message)]
    chart = (
        "---\napiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {name: cilium, namespace: kube-system}\n"
        "spec: {chart: cilium}\n"
    )
    assert said(HEAD.replace("rke2-cilium", "cilium") + content + chart) == []
    assert said(HEAD.replace("rke2-cilium", "rke2-coredns") + content) == []


def test_the_way_to_the_api_server() -> None:
    """Said of RKE2 only, where kube-proxy is replaced."""
    message = (
        "kube-proxy is replaced and `k8sServiceHost` is not set: without kube-proxy the agents do not find the API "
        "server: set it to `localhost`, and `k8sServicePort` to 6443"
    )
    assert said(values("kubeProxyReplacement: true")) == [("CN712", message)]
    assert lines(values("bpf: {}\nkubeProxyReplacement: true")) == [("CN712", 8)]
    assert said(values("kubeProxyReplacement: false")) == []
    assert said(values("kubeProxyReplacement: true\nk8sServiceHost: '${API}'")) == []
    assert said(values("kubeProxyReplacement: '${KPR}'")) == []
    assert said(RELEASE + "  values: {kubeProxyReplacement: true}\n") == []


def test_images_beside_the_chart() -> None:
    """A tag on RKE2, whose chart moves; elsewhere one of another release than the chart's."""
    message = "`image.tag` stays at `v1.16.6` when RKE2 raises the chart: take it off, and upgrade RKE2"
    assert said(values("image: {tag: v1.16.6}")) == [("CN713", message)]
    flux = RELEASE + "  values: {image: {tag: v1.16.6}, operator: {image: {tag: v1.19.4}}}\n"
    assert said(flux) == [("CN713", "`image.tag` is `v1.16.6`, and the chart is 1.19.4: take the tag off")]
    assert said(values("image: {repository: mirror.example.com/cilium}")) == []
    assert said(values("image: {tag: '${TAG}'}")) == []
