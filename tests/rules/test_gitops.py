"""Flux: variables, their settings, their defaults; and Services whose Pods are in the files."""

from __future__ import annotations

import pytest

from rules.judging import findings_of, said_of


def of(rule: str, *texts: str) -> list[str]:
    """What one rule says of objects."""
    return [message for each, message in said_of("---\n".join(texts), informing=rule) if each == rule]


def severities(rule: str, *texts: str) -> list[str]:
    """How bad one rule takes objects to be."""
    return [one.severity for one in findings_of("---\n".join(texts), informing=rule) if one.rule == rule]


def at(file: str, text: str) -> str:
    """An object as it is read from a file."""
    return text.replace("metadata:\n", f"metadata:\n  annotations: {{config.kubernetes.io/path: {file}}}\n", 1)


def pool(name: str, disabled: str, start: int = 100, more: str = "") -> str:
    """A pool of twenty addresses."""
    return f"""apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: {name}
spec:
  disabled: {disabled}
  blocks:
  - start: 10.25.11.{start}
    stop: 10.25.11.{start + 19}
{more}"""


def settings(data: str, name: str = "cluster-settings") -> str:
    """A ConfigMap of settings."""
    return f"""apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  namespace: flux-system
data: {{{data}}}
"""


def kustomization(name: str, path: str, post_build: str = "") -> str:
    """A Kustomization of Flux."""
    head = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n"
    return f"{head}  name: {name}\n  namespace: flux-system\nspec:\n  path: {path}\n" + (
        f"  postBuild: {post_build}\n" if post_build else ""
    )


_FROM = "{substituteFrom: [{kind: ConfigMap, name: cluster-settings}]}"
_INFRA = pool("infra-pool", "${INFRA_POOL_DISABLED:-false}")
_APPS = pool("apps-pool", "${APPS_POOL_DISABLED:-false}", 120)


# CN611


def test_two_pools_enabled_by_default() -> None:
    """The later one is told, with the variables of both and what would be safe."""
    found = [one for one in findings_of(_INFRA + "---\n" + _APPS) if one.rule == "CN611"]
    assert [(one.severity, one.message, one.proposed) for one in found] == [
        (
            "warning",
            (
                "CN611 where nobody sets `APPS_POOL_DISABLED` and `INFRA_POOL_DISABLED`, CiliumLoadBalancerIPPool "
                "infra-pool and this pool are both enabled: `:-true` would enable neither"
            ),
            "${APPS_POOL_DISABLED:-true}",
        )
    ]


def test_a_default_that_never_counts() -> None:
    """Where the settings in the input have both keys, it is information only."""
    flux = settings('INFRA_POOL_DISABLED: "false", APPS_POOL_DISABLED: "true"'), kustomization("ipam", "./ipam", _FROM)
    assert severities("CN611", _INFRA, _APPS, *flux) == ["info"]
    half = settings('INFRA_POOL_DISABLED: "false"'), kustomization("ipam", "./ipam", _FROM)
    assert severities("CN611", _INFRA, _APPS, *half) == ["warning"]


_APART = "  serviceSelector: {matchLabels: {cluster: %s}}\n"


@pytest.mark.parametrize(
    "two",
    [
        (_INFRA,),
        (_INFRA, pool("apps-pool", "${APPS_POOL_DISABLED:-true}", 120)),
        (_INFRA, pool("apps-pool", "${APPS_POOL_DISABLED}", 120)),
        (_INFRA, pool("apps-pool", "${INFRA_POOL_DISABLED:-false}", 120)),
        (_INFRA, pool("apps-pool", "false", 120)),
        (_INFRA + _APART % "infra", _APPS + _APART % "apps"),
        (_INFRA, _APPS.replace("start: 10.25.11.120", "cidr: fd00::/112").replace("    stop: 10.25.11.139\n", "")),
    ],
    ids=["one", "off", "no default", "one switch", "no switch", "other Services", "another family"],
)
def test_pools_that_are_not_enabled_together(two: tuple[str, ...]) -> None:
    """One directory a cluster, one switch, safe defaults and pools for different Services are right."""
    assert of("CN611", *two) == []


# CN612


_POOL = at("infrastructure/cilium/ipam/pool.yaml", pool("infra-pool", "${INFRA_POOL_DISABLED:-false}"))
_IPAM = at("clusters/infra/ipam.yaml", kustomization("cilium-ipam", "./infrastructure/cilium/ipam"))
_BGP = at("clusters/infra/bgp.yaml", kustomization("cilium-bgp", "./infrastructure/cilium/bgp", _FROM))
_SAID = (
    "has no `postBuild`, so `${INFRA_POOL_DISABLED:-false}` in CiliumLoadBalancerIPPool infra-pool "
    "(infrastructure/cilium/ipam/pool.yaml) stays as it stands: add what it is substituted from"
)


def test_placeholders_that_nobody_fills_in() -> None:
    """It is said of the Kustomization whose path the objects are under, also from further down the repository."""
    assert of("CN612", _IPAM, _BGP, _POOL) == [_SAID]
    lower = at("cilium/ipam/pool.yaml", pool("infra-pool", "${INFRA_POOL_DISABLED:-false}"))
    assert of("CN612", _IPAM, _BGP, lower) == [_SAID.replace("(infrastructure/", "(")]
    parent = at("flux.yaml", kustomization("flux-system", "./clusters/infra"))
    assert of("CN612", _IPAM, parent, _POOL) == [_SAID]


def test_placeholders_that_somebody_may_fill_in() -> None:
    """Nobody is told of a `postBuild` that a patch gives, that is elsewhere, or that nothing here needs."""
    patch = """  patches:
  - target: {kind: Kustomization}
    patch: |
      - {op: add, path: /spec/postBuild, value: {substituteFrom: [{kind: ConfigMap, name: cluster-settings}]}}
"""
    assert of("CN612", _IPAM, _BGP, at("flux.yaml", kustomization("flux", "./clusters/infra") + patch), _POOL) == []
    assert of("CN612", _IPAM, _POOL) == []
    assert of("CN612", _IPAM, _BGP, _POOL.replace("${INFRA_POOL_DISABLED:-false}", "false")) == []
    assert of("CN612", _IPAM, _BGP, _POOL.replace("${INFRA_POOL_DISABLED:-false}", "$${ESCAPED}")) == []
    assert of("CN612", _IPAM, _BGP, at("elsewhere/pool.yaml", _INFRA)) == []
    off = _POOL.replace("annotations: {", "annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled, ")
    assert of("CN612", _IPAM, _BGP, off) == []


def test_a_nearer_kustomization_counts() -> None:
    """A parent's path holds the Kustomizations of its children, and not their objects."""
    parent = at("flux.yaml", kustomization("all", "./infrastructure"))
    child = at("infrastructure/ks.yaml", kustomization("cilium-ipam", "./infrastructure/cilium/ipam", _FROM))
    assert of("CN612", parent, child, _POOL) == []


# CN613


def mesh(variable: str) -> str:
    """The mesh's API server with the address of a variable."""
    return f"""apiVersion: v1
kind: Service
metadata:
  name: clustermesh-apiserver
  annotations: {{lbipam.cilium.io/ips: "{variable}"}}
spec:
  type: LoadBalancer
  ports: [{{port: 2379}}]
"""


def test_one_address_under_two_names() -> None:
    """The name that nothing uses is told; or, where objects use both, the first."""
    both = settings("CLUSTERMESH_IP: 10.25.11.100, CILIUM_CLUSTERMESH_LB_IP: 10.25.11.100, POOL_START: 10.25.11.100")
    assert of("CN613", both, mesh("${CILIUM_CLUSTERMESH_LB_IP}")) == [
        (
            "`CLUSTERMESH_IP` and `CILIUM_CLUSTERMESH_LB_IP` are both 10.25.11.100, and nothing here uses "
            "`CLUSTERMESH_IP`: keep one name"
        )
    ]
    assert of("CN613", both, mesh("${CILIUM_CLUSTERMESH_LB_IP},${CLUSTERMESH_IP}")) == [
        "`CLUSTERMESH_IP` and `CILIUM_CLUSTERMESH_LB_IP` are both 10.25.11.100, and objects use both: keep one name"
    ]


def test_names_for_different_things() -> None:
    """Another value, names without a word in common, values that are no address, and settings nobody here uses."""
    use = mesh("${CILIUM_CLUSTERMESH_LB_IP}")
    assert of("CN613", settings("CLUSTERMESH_IP: 10.25.11.1, CILIUM_CLUSTERMESH_LB_IP: 10.25.11.100"), use) == []
    assert of("CN613", settings("POOL_START: 10.25.11.100, CILIUM_CLUSTERMESH_LB_IP: 10.25.11.100"), use) == []
    assert of("CN613", settings("REGION: eu, CILIUM_REGION: eu"), mesh("${REGION}")) == []
    assert of("CN613", settings("CLUSTERMESH_IP: 10.25.11.100, CILIUM_CLUSTERMESH_LB_IP: 10.25.11.100")) == []


# CN614


_MESH = kustomization("mesh", "./mesh", _FROM)


def test_a_variable_that_is_not_set() -> None:
    """It is told once, with the key that is likely to be meant."""
    use = mesh("${CILIUM_CLUSTERMESH_LB_IP}")
    assert of("CN614", settings("CLUSTERMESH_IP: 10.25.11.100"), _MESH, use, use.replace("mesh-api", "mesh-b")) == [
        "`CILIUM_CLUSTERMESH_LB_IP` is set by none of the settings here: did you mean `CLUSTERMESH_IP`?"
    ]
    assert of("CN614", settings("REGION: eu"), _MESH, use) == [
        "`CILIUM_CLUSTERMESH_LB_IP` is set by none of the settings here: set it, or give it a default"
    ]


def test_a_variable_that_may_be_set() -> None:
    """Settings that are not all here, a default, an inline value and an encrypted Secret leave nothing to say."""
    use = mesh("${CLUSTERMESH_LB_IP}")
    elsewhere = _MESH.replace(
        "name: cluster-settings}", "name: cluster-settings}, {kind: Secret, name: cluster-secrets}"
    )
    hidden = "apiVersion: v1\nkind: Secret\nmetadata: {name: cluster-secrets, namespace: flux-system}\n"
    hidden += "stringData: {CLUSTERMESH_LB_IP: 'ENC[AES256_GCM,data:eA==]'}\nsops: {version: 3.9.0}\n"
    some = settings("REGION: eu")
    assert of("CN614", some, elsewhere, use) == []
    assert of("CN614", some, elsewhere, hidden, use) == []
    assert of("CN614", some, _MESH, mesh("${CLUSTERMESH_LB_IP:-10.25.11.100}")) == []
    assert (
        of("CN614", some, kustomization("mesh", "./mesh", "{substitute: {CLUSTERMESH_LB_IP: 10.25.11.1}}"), use) == []
    )
    assert of("CN614", some, use) == []
    assert of("CN614", some, _MESH, mesh("$${CLUSTERMESH_LB_IP}")) == []
    ours = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {command: ['${HOME}']}\n"
    assert of("CN614", some, _MESH, ours) == []


# CN615


def peer(address: str) -> str:
    """A session with one peer."""
    return f"""apiVersion: cilium.io/v2
kind: CiliumBGPClusterConfig
metadata:
  name: rack0
spec:
  bgpInstances:
  - name: main
    localASN: 65001
    peers:
    - name: gateway
      peerASN: 65000
      peerAddress: {address}
"""


def test_a_setting_in_the_notation_of_old_policies() -> None:
    """The mask that BGP v1 wanted is one too much, and the setting is where to take it off."""
    text = settings("CILIUM_BGP_PEER_ADDRESS: 10.25.11.1/32") + "---\n" + peer("${CILIUM_BGP_PEER_ADDRESS}")
    found = [one for one in findings_of(text) if one.rule == "CN615"]
    assert [(one.severity, one.message, one.field, one.proposed) for one in found] == [
        (
            "error",
            (
                "CN615 does not do for CiliumBGPClusterConfig rack0: `spec.bgpInstances[0].peers[0].peerAddress` must "
                "be an IPv4 or IPv6 address without a mask, not `10.25.11.1/32`: did you mean `10.25.11.1`?"
            ),
            "data.CILIUM_BGP_PEER_ADDRESS",
            "10.25.11.1",
        )
    ]


def test_settings_that_fit() -> None:
    """Booleans and numbers are texts in a ConfigMap and what they look like in an object; parts are not judged."""
    data = settings('OFF: "true", GATEWAY: 10.25.11.1, HOST: "1"')
    assert of("CN615", data, pool("a", "${OFF}"), peer("${GATEWAY}")) == []
    assert of("CN615", data, peer("10.25.11.${HOST}")) == []
    assert of("CN615", data, pool("a", "${OFF:0:1}")) == []
    assert of("CN615", data, pool("a", "${OTHER}")) == []


def test_a_setting_of_two_clusters() -> None:
    """Each ConfigMap of the name is judged by itself."""
    one = at("clusters/infra/settings.yaml", settings('OFF: "false"'))
    other = at("clusters/apps/settings.yaml", settings("OFF: never"))
    assert of("CN615", one, other, pool("a", "${OFF}")) == [
        "does not do for CiliumLoadBalancerIPPool a: `spec.disabled` must be `true` or `false`, not the string `never`"
    ]


# CN616


def test_names_with_dashes() -> None:
    """A key is refused by Flux, and a placeholder is read as something else."""
    data = settings('pool-cidr: 10.80.8.128/26, "1ST": a')
    assert of("CN616", data, kustomization("ipam", "./ipam", _FROM)) == [
        "Flux builds nothing with a variable called `pool-cidr`: letters, digits and `_` make a name",
        "Flux builds nothing with a variable called `1ST`: letters, digits and `_` make a name",
    ]
    lan = at("ipam/pool.yaml", pool("lan", "${pool-disabled}"))
    assert of("CN616", settings("REGION: eu"), kustomization("ipam", "./ipam", _FROM), lan) == [
        "to Flux `${pool-disabled}` is the variable `pool`, or else the text `disabled`"
    ]
    assert severities("CN616", settings("REGION: eu"), kustomization("ipam", "./ipam", _FROM), lan) == ["warning"]


def test_dashes_that_are_nobodys_mistake() -> None:
    """Without Flux, out of its reach, and for a variable with a default, a dash is right."""
    lan = at("ipam/pool.yaml", pool("lan", "${pool-disabled}"))
    assert of("CN616", settings("pool-cidr: x"), lan) == []
    assert of("CN616", kustomization("bgp", "./bgp", _FROM), lan) == []
    upper = at("ipam/pool.yaml", pool("lan", "${POOL_DISABLED-false}"))
    assert of("CN616", settings("REGION: eu"), kustomization("ipam", "./ipam", _FROM), upper) == []
    known = settings('pool: "true"')
    assert of("CN616", known, kustomization("ipam", "./ipam", _FROM), lan) == []


# CN617


def echo(port: str, kind: str = "LoadBalancer") -> str:
    """A Service for the echo Pods."""
    return f"""apiVersion: v1
kind: Service
metadata: {{name: echo, namespace: shop}}
spec:
  type: {kind}
  selector: {{app: echo}}
  ports: [{port}]
"""


def deployment(*containers: str, namespace: str = "shop", labels: str = "app: echo, tier: web") -> str:
    """A Deployment of the echo Pods."""
    return f"""apiVersion: apps/v1
kind: Deployment
metadata: {{name: echo, namespace: {namespace}}}
spec:
  template:
    metadata: {{labels: {{{labels}}}}}
    spec: {{containers: [{", ".join(containers)}]}}
"""


_LISTENS = "{name: echo, ports: [{name: http, containerPort: 5678}]}"


def test_a_port_that_nobody_declares() -> None:
    """A number is a warning, for whoever listens need not say so; a name that nobody has is an error."""
    for kind in ("LoadBalancer", "ClusterIP"):
        text = echo("{port: 80, targetPort: 80}", kind), deployment(_LISTENS)
        assert of("CN617", *text) == [
            "sends to port `80`, which no container of Deployment echo declares: there is `5678`"
        ]
        assert severities("CN617", *text) == ["warning"]
        text = echo("{port: 80, targetPort: web}", kind), deployment(_LISTENS)
        assert of("CN617", *text) == [
            "sends to the port `web`, and no container of Deployment echo has one of that name: there is `http`"
        ]
        assert severities("CN617", *text) == ["error"]
    assert of("CN617", echo("{port: 80, targetPort: web}"), deployment("{name: echo}")) == [
        "sends to the port `web`, and no container of Deployment echo has one of that name"
    ]


def test_a_port_without_a_target() -> None:
    """The port itself is the target then."""
    assert of("CN617", echo("{port: 80}"), deployment(_LISTENS)) == [
        "sends to port `80`, which no container of Deployment echo declares: there is `5678`"
    ]
    assert of("CN617", echo("{port: 5678}"), deployment(_LISTENS)) == []


@pytest.mark.parametrize(
    ("port", "behind"),
    [
        ("{port: 80, targetPort: http}", deployment(_LISTENS)),
        ("{port: 80, targetPort: '5678'}", deployment(_LISTENS)),
        ("{port: 80, targetPort: 80}", deployment("{name: echo}")),
        ("{port: 80, targetPort: 80}", deployment(_LISTENS, "{name: proxy}")),
        ("{port: 80, targetPort: 80}", deployment(_LISTENS, "{name: proxy, ports: [{containerPort: 80}]}")),
        ("{port: 80, targetPort: 80}", deployment(_LISTENS, namespace="other")),
        ("{port: 80, targetPort: 80}", deployment(_LISTENS, labels="app: other")),
        ("{port: 80, targetPort: '${PORT}'}", deployment(_LISTENS)),
        ("{port: 80, targetPort: web}", deployment("{name: a, ports: [{name: '${NAME}', containerPort: 1}]}")),
    ],
    ids=["a name", "a number as text", "nobody says", "one says nothing", "another container", "another namespace",
         "other Pods", "a placeholder", "a placeholder there"],
)  # fmt: skip
def test_ports_that_somebody_may_listen_on(port: str, behind: str) -> None:
    """What is declared, what need not be, and what is not known are no findings."""
    assert of("CN617", echo(port), behind) == []


def test_services_without_a_selector() -> None:
    """Whoever makes the endpoints knows the ports."""
    text = echo("{port: 80, targetPort: web}").replace("  selector: {app: echo}\n", "")
    assert of("CN617", text, deployment(_LISTENS)) == []


LISTS = """\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: infra-pool
spec:
  blocks: ${BLOCKS}
  serviceSelector:
    matchExpressions:
    - key: team
      operator: In
      values: ${TEAMS}
"""


def test_a_variable_may_be_a_list() -> None:
    """Flux puts text into text, so a variable stands for YAML of any type; settings and defaults are judged."""
    assert said_of(LISTS) == []
    assert of("CN615", LISTS, settings('BLOCKS: "[{cidr: 10.80.8.128/26}]"')) == []
    assert said_of(LISTS.replace("${TEAMS}", "${TEAMS:=[a, b]}")) == []
    (message,) = of("CN615", LISTS, settings("BLOCKS: 10.80.8.128/26"))
    assert message.endswith("infra-pool: `spec.blocks` must be a list, not the string `10.80.8.128/26`")
    path = "spec.serviceSelector.matchExpressions[0].values"
    assert of("CN501", LISTS.replace("${TEAMS}", "${TEAMS:=a}")) == [
        f"the default of `${{TEAMS:=a}}` would not do: `{path}` must be a list, not the string `a`"
    ]


@pytest.mark.parametrize("text", ["${pool-cidr}", "${BLOCKS} # kpt-set: ${pool-cidr}", "a ${BLOCKS}"])
def test_what_becomes_no_list(text: str) -> None:
    """kpt's setters put in scalars, and text beside a variable makes one of it."""
    assert of("CN501", LISTS.replace("${BLOCKS}", text)) != []
