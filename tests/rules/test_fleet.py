"""Several clusters of one run: in one network, in one mesh."""

from __future__ import annotations

import pytest

from rules.judging import findings_of, said_of


def of(rule: str, *clusters: str) -> list[str]:
    """What one rule says of clusters, in their order."""
    text = "".join(f"# cluster {number}\n{one}" for number, one in enumerate(clusters))
    return [message for each, message in said_of(text, informing=rule) if each == rule]


def inventory(name: str, *lines: str) -> str:
    """An inventory with these lines in its spec."""
    head = f"""apiVersion: fn.kpt.dev/v1alpha1
kind: NetworkInventory
metadata:
  name: {name}
  annotations:
    config.kubernetes.io/local-config: "true"
spec:
"""
    return head + "".join(f"  {line}\n" for line in lines)


def pool(block: str, more: str = "") -> str:
    """A pool of one block."""
    head = "---\napiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata:\n  name: lan\nspec:\n"
    return f"{head}{more}  blocks:\n  - {block}\n"


_LAN = "networks: [{name: lan, cidr: 10.80.0.0/20, gateway: 10.80.0.1}]"


# CN601


def test_pools_in_one_network() -> None:
    """It is said once, of the later cluster, with both ends."""
    first = inventory("alcide", _LAN) + pool("cidr: 10.80.8.128/26")
    second = inventory("bioskop", _LAN) + pool("{start: 10.80.8.190, stop: 10.80.8.200}")
    assert of("CN601", first, second) == [
        (
            "`10.80.8.190-10.80.8.200` and `10.80.8.128/26` of CiliumLoadBalancerIPPool lan in cluster alcide have "
            "addresses in common, and the clusters share a network: give each its own range"
        )
    ]


@pytest.mark.parametrize(
    "second",
    [
        inventory("b", "networks: [{name: lan, cidr: 10.80.0.0/21}]") + pool("cidr: 10.80.8.128/26"),
        inventory("b", "networks: [{name: rack, cidr: 10.80.0.0/20}]") + pool("cidr: 10.80.8.128/26"),
        pool("cidr: 10.80.8.128/26"),
        inventory("b", _LAN) + pool("cidr: 10.80.8.192/26"),
        inventory("b", _LAN) + pool("cidr: 10.80.8.128/26", "  disabled: true\n"),
        inventory("b", _LAN) + pool("cidr: 10.80.8.128/26", "  disabled: ${LAN_DISABLED}\n"),
        inventory("b", _LAN) + pool("cidr: ${LAN}"),
    ],
    ids=["another prefix", "another name", "no inventory", "apart", "disabled", "disabled by whom", "unknown"],
)
def test_pools_that_do_not_meet(second: str) -> None:
    """Only the same network, by name and prefix, and only addresses that are given out, are compared."""
    first = inventory("a", _LAN) + pool("cidr: 10.80.8.128/26")
    assert of("CN601", first, second) == []
    assert of("CN601", second, first) == []


def test_a_pool_whose_switch_nobody_fills_in() -> None:
    """Another rule says that a Kustomization substitutes nothing; what the switch would be is not known then."""
    flux = """---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: ipam, namespace: flux-system}
spec:
  path: ./ipam
%s"""
    at = "metadata:\n  annotations: {config.kubernetes.io/path: ipam/pool.yaml}\n"
    switched = pool("cidr: 10.80.8.128/26", "  disabled: ${OFF:-false}\n").replace("metadata:\n", at)
    bare = switched + flux % ""
    filled = switched + flux % "  postBuild: {substitute: {OTHER: x}}\n"
    assert of("CN601", inventory("a", _LAN) + bare, inventory("b", _LAN) + bare) == []
    assert len(of("CN601", inventory("a", _LAN) + filled, inventory("b", _LAN) + filled)) == 1


def test_a_pool_that_settings_disable() -> None:
    """A variable of Flux's that each cluster sets differently keeps one pool to one cluster."""
    flux = """---
apiVersion: v1
kind: ConfigMap
metadata: {name: cluster-settings, namespace: flux-system}
data: {INFRA_POOL_DISABLED: "%s"}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: cilium-ipam, namespace: flux-system}
spec:
  path: ./ipam
  postBuild: {substituteFrom: [{kind: ConfigMap, name: cluster-settings}]}
"""
    shared = pool("cidr: 10.80.8.128/26", "  disabled: ${INFRA_POOL_DISABLED:-false}\n")
    infra = inventory("infra", _LAN) + shared + flux % "false"
    assert of("CN601", infra, inventory("apps", _LAN) + shared + flux % "true") == []
    assert of("CN601", infra, inventory("apps", _LAN) + shared + flux % "false") == [
        (
            "`10.80.8.128/26` and `10.80.8.128/26` of CiliumLoadBalancerIPPool lan in cluster infra have addresses in "
            "common, and the clusters share a network: give each its own range"
        )
    ]


def test_three_clusters() -> None:
    """Each of the later two is told, and the first never."""
    one, two, three = (inventory(name, _LAN) + pool("cidr: 10.80.8.128/26") for name in ("a", "b", "c"))
    assert len(of("CN601", one, two, three)) == 2
    assert of("CN601", one) == []


# CN602, CN603


def machine(name: str, address: str) -> str:
    """A node in an inventory."""
    return f"nodes: [{{name: {name}, interfaces: [{{name: lan0, addresses: [{address}/20]}}]}}]"


def test_one_address_for_nodes_of_two_clusters() -> None:
    """Inventories and Node objects are compared."""
    node = "---\napiVersion: v1\nkind: Node\nmetadata: {name: n}\n"
    node += "status: {addresses: [{type: InternalIP, address: 10.80.0.11}]}\n"
    first = inventory("a", _LAN, machine("a-1", "10.80.0.11"))
    assert of("CN602", first, inventory("b", _LAN) + node) == [
        "10.80.0.11 of node n is also that of node a-1 of cluster a: give it another"
    ]


def test_nodes_of_clusters_apart() -> None:
    """Behind different routers, and outside of a mesh, two nodes may have one address."""
    first = inventory("a", _LAN, machine("a-1", "10.80.0.11"))
    apart = inventory("b", "networks: [{name: home, cidr: 10.80.0.0/20}]", machine("b-1", "10.80.0.11"))
    assert of("CN602", first, apart) == []
    meshed = (one.replace("spec:\n", "spec:\n  mesh: home\n") for one in (first, apart))
    assert of("CN602", *meshed) == ["10.80.0.11 of node b-1 is also that of node a-1 of cluster a: give it another"]


def test_a_pool_over_what_another_cluster_has() -> None:
    """Whichever of the two comes later is told, about its pool or about its address."""
    pools = inventory("a", _LAN) + pool("cidr: 10.80.8.128/26")
    nodes = inventory("b", _LAN, machine("b-1", "10.80.8.130"))
    assert of("CN603", nodes, pools) == [
        "`10.80.8.128/26` holds 10.80.8.130, which is the address of node b-1 in cluster b: leave it out"
    ]
    assert of("CN603", pools, nodes) == [
        (
            "10.80.8.130, the address of node b-1, is in `10.80.8.128/26` of CiliumLoadBalancerIPPool lan in cluster "
            "a: leave it out of that pool"
        )
    ]


def test_a_pool_over_what_both_know() -> None:
    """What is in the cluster's own inventory is another rule's, and other networks are nobody's."""
    pools = inventory("a", _LAN, "apiServer: 10.80.8.150") + pool("cidr: 10.80.8.128/26")
    assert of("CN603", inventory("b", _LAN, "apiServer: 10.80.8.150"), pools) == []
    assert (
        of("CN603", inventory("b", "networks: [{name: x, cidr: 10.80.0.0/20}]", "apiServer: 10.80.8.151"), pools) == []
    )


# CN604 to CN606


def values(cluster: str, mesh: str = "{useAPIServer: true}", more: str = "ipam: {mode: kubernetes}") -> str:
    """The CNI's values in a HelmRelease."""
    return f"""apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: cilium, namespace: kube-system}}
spec:
  chart: {{spec: {{chart: cilium}}}}
  values:
    cluster: {cluster}
    clustermesh: {mesh}
    {more}
"""


def test_names_and_ids_of_a_mesh() -> None:
    """Both are unique, and each is said by itself."""
    assert of("CN604", values("{name: a, id: 1}"), values("{name: a, id: 1}")) == [
        "`a` is also the name of another cluster in the mesh, by HelmRelease cilium: each needs its own",
        "`1` is also the id of cluster a in the mesh, by HelmRelease cilium: each needs its own",
    ]


def test_names_and_ids_outside_of_a_mesh() -> None:
    """Clusters that are in no mesh, or in two, may be called alike; an id of 0 and a placeholder say nothing."""
    alone = values("{name: a, id: 1}", "{useAPIServer: false}")
    assert of("CN604", alone, alone) == []
    one, other = (inventory("x", f"mesh: {name}") + "---\n" + values("{name: a, id: 1}") for name in ("x", "y"))
    assert of("CN604", one, other) == []
    unset = values("{name: '${CILIUM_CLUSTER_NAME}', id: '${CILIUM_CLUSTER_ID}'}")
    assert of("CN604", unset, unset) == []


def test_names_and_ids_from_settings() -> None:
    """What Flux puts in counts as if it stood there."""
    flux = """---
apiVersion: v1
kind: ConfigMap
metadata: {name: cluster-settings, namespace: flux-system}
data: {CILIUM_CLUSTER_NAME: "%s", CILIUM_CLUSTER_ID: "1"}
"""
    unset = values("{name: '${CILIUM_CLUSTER_NAME}', id: '${CILIUM_CLUSTER_ID}'}")
    assert of("CN604", unset + flux % "infra", unset + flux % "apps") == [
        "`1` is also the id of cluster infra in the mesh, by HelmRelease cilium: each needs its own"
    ]


def test_networks_of_a_mesh() -> None:
    """Pods against Pods, and Pods against ClusterIPs on either side; ClusterIPs alone may be alike."""
    first = inventory("infra", "mesh: home", "podCIDRs: [10.42.0.0/16]", "serviceCIDRs: [10.43.0.0/16]")
    second = inventory("apps", "mesh: home", "podCIDRs: [10.43.0.0/16]", "serviceCIDRs: [10.42.128.0/17]")
    assert of("CN605", first, second) == [
        (
            "the Pods are in 10.43.0.0/16, and the ClusterIPs of cluster infra in 10.43.0.0/16, by NetworkInventory "
            "infra: in a mesh each needs a network of its own"
        ),
        (
            "the ClusterIPs are in 10.42.128.0/17, and the Pods of cluster infra in 10.42.0.0/16, by NetworkInventory "
            "infra: in a mesh each needs a network of its own"
        ),
    ]
    alike = inventory("apps", "mesh: home", "podCIDRs: [10.44.0.0/16]", "serviceCIDRs: [10.43.0.0/16]")
    assert of("CN605", first, alike) == []
    assert of("CN605", first, second.replace("mesh: home", "mesh: work")) == []
    assert of("CN605", first, second.replace("  mesh: home\n", "")) == []


def test_networks_that_the_chart_gives() -> None:
    """Cilium's own IPAM has one default for every cluster, and a list where it is set."""
    default = values("{name: a, id: 1}", more="k8sServiceHost: 127.0.0.1")
    assert of("CN605", default, default.replace("name: a, id: 1", "name: b, id: 2")) == [
        (
            "the Pods are in 10.0.0.0/8 (the chart's default with `ipam.mode` cluster-pool), and the Pods of cluster a "
            "in 10.0.0.0/8 (the chart's default with `ipam.mode` cluster-pool), by HelmRelease cilium: in a mesh each "
            "needs a network of its own, so set `ipam.operator.clusterPoolIPv4PodCIDRList`"
        )
    ]
    own = values("{name: b, id: 2}", more="ipam: {operator: {clusterPoolIPv4PodCIDRList: [10.52.0.0/16]}}")
    inside = values("{name: b, id: 2}", more="ipam: {operator: {clusterPoolIPv4PodCIDRList: [10.52.0.0/16]}}")
    assert of("CN605", default, inside) == [
        (
            "the Pods are in 10.52.0.0/16, and the Pods of cluster a in 10.0.0.0/8 (the chart's default with "
            "`ipam.mode` cluster-pool), by HelmRelease cilium: in a mesh each needs a network of its own, so set "
            "`ipam.operator.clusterPoolIPv4PodCIDRList` there"
        )
    ]
    assert of("CN605", own, values("{name: c, id: 3}")) == []
    assert of("CN605", own, own) == [
        (
            "the Pods are in 10.52.0.0/16, and the Pods of cluster b in 10.52.0.0/16, by HelmRelease cilium: in a mesh "
            "each needs a network of its own"
        )
    ]


def test_networks_that_nobody_says() -> None:
    """Two RKE2 clusters whose networks are not in the input are asked about, as information."""
    head = (
        "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata: {name: rke2-cilium, namespace: kube-system}\n"
    )
    text = head + "spec:\n  valuesContent: |\n    cluster: {name: %s, id: %s}\n    clustermesh: {useAPIServer: true}\n"
    one, other = text % ("infra", 1), text % ("apps", 2)
    assert of("CN605", one, other) == [
        (
            "not checked: nobody says which networks the Pods of infra and apps have, and RKE2 gives 10.42.0.0/16 to "
            "every cluster unless told otherwise: say it in an inventory"
        )
    ]
    found = findings_of(f"# cluster 1\n{one}# cluster 2\n{other}", informing="CN605")
    assert {one.severity for one in found if one.rule == "CN605"} == {"info"}


_PEERED = """apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata: {name: rke2-cilium, namespace: kube-system}
spec:
  valuesContent: |
    cluster: {name: %s, id: %s}
    clustermesh: {useAPIServer: true, config: {enabled: true, clusters: %s}}
"""


@pytest.mark.parametrize("peers", ["[{name: %s}]", "{%s: {port: 2379}}"])
def test_networks_of_peers_that_nobody_says(peers: str) -> None:
    """Clusters of RKE2 that name each other have its networks, unless one of them is known to have another."""
    one, other = _PEERED % ("infra", 1, peers % "apps"), _PEERED % ("apps", 2, peers % "infra")
    message = (
        "nobody says which networks the Pods of infra and apps have, and RKE2 gives 10.42.0.0/16 to Pods and "
        "10.43.0.0/16 to ClusterIPs of every cluster: in a mesh with infra, by HelmChartConfig rke2-cilium, each needs "
        "its own: set `cluster-cidr` and `service-cidr` on the servers, and say them in an inventory"
    )
    assert of("CN605", one, other) == [message]
    found = findings_of(f"# cluster 1\n{one}# cluster 2\n{other}")
    assert [each.severity for each in found if each.rule == "CN605"] == ["warning"]
    told = other + "---\n" + inventory("apps", "podCIDRs: [10.52.0.0/16]", "serviceCIDRs: [10.53.0.0/16]")
    assert of("CN605", one, told) == []
    alike = other + "---\n" + inventory("apps", "podCIDRs: [10.43.0.0/16]", "serviceCIDRs: [10.53.0.0/16]")
    assert of("CN605", one, alike) == [message.replace("infra and apps have", "infra have")]
    assert of("CN605", one.replace("valuesContent: |", "valuesContent: |\n    ipam: {mode: eni}"), other) == []


def test_limits_of_a_mesh() -> None:
    """All clusters say the same, or nothing; and 255 and 511 are all that there is."""
    wide = "{useAPIServer: true, maxConnectedClusters: 511}"
    assert of("CN606", values("{name: a, id: 1}"), values("{name: b, id: 2}", wide)) == [
        (
            "at most 511 clusters may be connected here, and 255 in cluster a: all clusters of a mesh need the same "
            "`clustermesh.maxConnectedClusters`"
        )
    ]
    assert of("CN606", values("{name: a, id: 1}", wide), values("{name: b, id: 300}", wide)) == []
    assert of("CN606", values("{name: a, id: 1}"), values("{name: b, id: 2}")) == []
    odd = values("{name: a, id: 1}", wide.replace("511", "300"))
    assert [rule for rule, _ in said_of(odd)] == ["CN702"]


# CN607, CN608


def remote(*keys: str, kind: str = "Secret", name: str = "cilium-clustermesh") -> str:
    """A Secret of remote clusters."""
    head = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: kube-system}}\ndata:\n"
    return head + "".join(f"  {key}: eA==\n" for key in keys)


def test_keys_that_are_no_names() -> None:
    """A word that is hardly a name, and what can be none, are told apart."""
    assert of("CN607", remote("config")) == [
        (
            "each key here is the name of a remote cluster, and `config` hardly is one: use the `cluster.name` of that "
            "cluster"
        )
    ]
    assert of("CN607", remote("apps.yaml", name="cilium-kvstoremesh")) == [
        (
            "`apps.yaml` cannot be a cluster's name, as each key here is: lower-case letters, digits and `-`, and a "
            "letter or digit at both ends"
        )
    ]
    assert of("CN607", remote("a" * 33)) == [
        f"`{'a' * 33}` cannot be a cluster's name, as each key here is: it has 33 characters, and 32 are the most"
    ]


def test_keys_that_are_names() -> None:
    """Names, their certificates, placeholders and other Secrets are right."""
    assert of("CN607", remote("apps", "apps.etcd-client-ca.crt", "apps.etcd-client.key", "apps.etcd-client.crt")) == []
    assert of("CN607", remote('"${REMOTE}"')) == []
    assert of("CN607", remote("config", name="kubeconfig")) == []
    assert of("CN607", remote("config"), values("{name: config, id: 2}")) == []


def test_a_key_that_is_nearly_a_name() -> None:
    """A slip is seen where the other clusters are in the run; a cluster that is elsewhere is nobody's slip."""
    others = values("{name: infra, id: 1}"), values("{name: apps, id: 2}")
    assert of("CN607", remote("aps"), *others) == ["no cluster is called `aps`: did you mean `apps`?"]
    assert of("CN607", remote("edge"), *others) == []


_EXTERNAL = """apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: mesh, namespace: kube-system}
spec:
  target:
    name: cilium-clustermesh
    template:
      data:
        config: "{{ .config | b64dec }}"
"""


def test_what_makes_the_secret() -> None:
    """An ExternalSecret is judged by the keys that its Secret will have."""
    said = (
        "each key here is the name of a remote cluster, and `config` hardly is one: use the `cluster.name` of that "
        "cluster"
    )
    assert of("CN607", _EXTERNAL) == [said]
    head = _EXTERNAL[: _EXTERNAL.index("    template")]
    assert of("CN607", head + "  data: [{secretKey: config, remoteRef: {key: x}}]\n") == [said]
    assert of("CN607", head + "  dataFrom: [{extract: {key: x}}]\n") == []
    assert of("CN607", _EXTERNAL.replace("name: cilium-clustermesh", "name: other")) == []


def test_a_configmap_for_a_secret() -> None:
    """The name alone tells, whatever is in it."""
    assert of("CN608", remote("apps", kind="ConfigMap", name="cilium-kvstoremesh")) == [
        "Cilium reads the Secret `cilium-kvstoremesh` and never a ConfigMap: make it a Secret"
    ]
    assert of("CN608", remote("apps", kind="ConfigMap", name="cilium-config")) == []


# CN609


def service(name: str, note: str = "") -> str:
    """A Service, global or not."""
    notes = f"\n  annotations: {{{note}}}" if note else ""
    return f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}{notes}\nspec: {{ports: [{{port: 80}}]}}\n"


_GLOBAL = 'service.cilium.io/global: "true"'


def test_a_global_service() -> None:
    """It is missed where no other cluster has it, and named where another has it for itself."""
    assert of("CN609", service("echo", _GLOBAL), service("shop")) == [
        "is global, and no other cluster of this run has a Service of that name: nothing resolves it there"
    ]
    assert of("CN609", service("echo", _GLOBAL), inventory("apps") + "---\n" + service("echo")) == [
        "is global here, and Service echo in cluster apps is not, which keeps it to its own Pods: annotate both"
    ]


def test_a_global_service_that_is_shared() -> None:
    """Two of three clusters are enough, the old annotation counts, and a cluster without Services is no witness."""
    old = 'io.cilium/global-service: "true"'
    assert of("CN609", service("echo", _GLOBAL), service("echo", old), service("shop")) == []
    assert of("CN609", service("echo", _GLOBAL), inventory("apps")) == []
    assert of("CN609", service("echo", _GLOBAL)) == []
    assert of("CN609", service("echo", 'service.cilium.io/global: "false"'), service("shop")) == []


# CN610


_MESH = "{useAPIServer: true, apiserver: {service: {annotations: {io.cilium/lb-ipam-ips: 10.25.11.%s}}}}"
_OPEN = pool("{start: 10.25.11.100, stop: 10.25.11.119}")
_GATEWAY = """---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: cluster-gateway, namespace: kube-system}
spec:
  gatewayClassName: cilium
  addresses: [{type: IPAddress, value: "%s"}]
"""


def test_the_first_address_of_a_pool() -> None:
    """Who asks for it may come too late; one that asks for a later address is told so as information."""
    mesh = values("{name: infra, id: 1}", _MESH % 100)
    assert of("CN610", mesh + _OPEN + _GATEWAY % "10.25.11.110") == [
        (
            "the mesh's API server asks for 10.25.11.100, which CiliumLoadBalancerIPPool lan may give to any Service "
            "that comes before it: keep the address for it, by a pool with a selector"
        ),
        (
            "Gateway cluster-gateway asks for 10.25.11.110, which CiliumLoadBalancerIPPool lan may give to any Service "
            "when 9 others have one: a pool with a selector would keep it"
        ),
    ]


def test_addresses_that_settings_give() -> None:
    """A variable of Flux's counts by its value."""
    flux = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: cluster-settings, namespace: flux-system}\n"
    flux += "data: {CILIUM_GATEWAY_LB_IP: 10.25.11.100}\n"
    text = _GATEWAY.removeprefix("---\n") % "${CILIUM_GATEWAY_LB_IP}" + _OPEN
    assert of("CN610", text + flux) == [
        (
            "Gateway cluster-gateway asks for 10.25.11.100, which CiliumLoadBalancerIPPool lan may give to any Service "
            "that comes before it: keep the address for it, by a pool with a selector"
        )
    ]
    assert of("CN610", text) == []


def test_addresses_in_a_gateways_annotation() -> None:
    """It counts instead of the spec's, of a class of Cilium's only; a pool for whoever lacks a label is for all."""
    asks = _GATEWAY.removeprefix("---\n").replace("  addresses", "  infrastructure: {annotations: %s}\n  addresses")
    text = asks % ("{lbipam.cilium.io/ips: 10.25.11.100}", "10.25.11.110")
    lacking = "  serviceSelector: {matchExpressions: [{key: pool, operator: DoesNotExist}]}\n"
    message = (
        "Gateway cluster-gateway asks for 10.25.11.100, which CiliumLoadBalancerIPPool lan may give to any Service "
        "that comes before it: keep the address for it, by a pool with a selector"
    )
    assert of("CN610", text + _OPEN) == [message]
    assert of("CN610", text + pool("{start: 10.25.11.100, stop: 10.25.11.119}", lacking)) == [message]
    edge = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: edge}\n"
    ours = edge + "spec: {controllerName: io.cilium/gateway-controller}\n"
    theirs = edge + "spec: {controllerName: example.org/gateways}\n"
    text = text.replace("gatewayClassName: cilium", "gatewayClassName: edge")
    assert of("CN610", text + _OPEN + ours) == [message]
    assert of("CN610", text + _OPEN + theirs) == []
    assert of("CN610", text + _OPEN) == []


def test_addresses_that_are_kept() -> None:
    """A selector, a disabled pool, another range and a reservation in the inventory leave nothing to chance."""
    mesh = values("{name: infra, id: 1}", _MESH % 100)
    chosen = "  serviceSelector: {matchLabels: {io.kubernetes.service.name: clustermesh-apiserver}}\n"
    block = "{start: 10.25.11.100, stop: 10.25.11.119}"
    assert of("CN610", mesh + pool(block, chosen)) == []
    assert of("CN610", mesh + pool(block, "  disabled: true\n")) == []
    assert of("CN610", mesh + pool("{start: 10.25.11.101, stop: 10.25.11.119}")) == []
    lan = "networks: [{name: lan, cidr: 10.25.11.0/24, reserved: [{addresses: 10.25.11.100, for: the mesh}]}]"
    assert of("CN610", mesh + _OPEN + "---\n" + inventory("infra", lan)) == []
