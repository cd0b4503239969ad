"""One example a source of a migration: what its page in ``docs/migrations`` runs and shows.

The addresses and names are nobody's. Each text is small enough to be read, and has what is odd about its source.
"""

from __future__ import annotations

from typing import Final

from ..records import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """A page: its name, title and what to know of its source; and the file that is migrated on it."""

    name: str
    title: str
    text: str
    file: str
    source: str
    fix: bool = False


_CLOUD_CONFIG: Final = """\
#cloud-config
# Servers of rack 3.
hostname: server-1
write_files:
# The token of the cluster.
- path: /etc/rancher/rke2/config.yaml
  permissions: '0600'
  content: |
    token: correct-horse-battery
    cni: cilium
    disable-kube-proxy: true
- path: /var/lib/rancher/rke2/server/manifests/rke2-cilium-config.yaml
  content: |
    apiVersion: helm.cattle.io/v1
    kind: HelmChartConfig
    metadata:
      name: rke2-cilium
      namespace: kube-system
    spec:
      valuesContent: |-
        kubeProxyReplacement: true
        k8sServiceHost: localhost
        k8sServicePort: 6443
        l2announcements:
          enabled: true
        bgpControlPlane:
          enabled: true
# Addresses for Services, and who announces them.
- path: /var/lib/rancher/rke2/server/manifests/cilium-networking.yaml
  content: |
    apiVersion: cilium.io/v2alpha1
    kind: CiliumLoadBalancerIPPool
    metadata:
      name: lan
    spec:
      blocks:
      # Page 3 of the rack plan.
      - start: 10.80.8.129
        stop: 10.80.8.190
    ---
    apiVersion: cilium.io/v2alpha1
    kind: CiliumL2AnnouncementPolicy
    metadata:
      name: lan
    spec:
      interfaces:
      - ^lan0$
      loadBalancerIPs: true
      nodeSelector:
        matchExpressions:
        - key: node-role.kubernetes.io/control-plane
          operator: Exists
runcmd:
- systemctl enable --now rke2-server
"""

_CLUSTER_API: Final = """\
apiVersion: controlplane.cluster.x-k8s.io/v1beta1
kind: RKE2ControlPlane
metadata:
  name: rack-3
  namespace: default
spec:
  replicas: 3
  version: v1.34.2+rke2r1
  serverConfig:
    cni: cilium
  files:
  - path: /etc/motd
    content: Rack 3.
  - path: /var/lib/rancher/rke2/server/manifests/bgp.yaml
    owner: root:root
    permissions: "0644"
    content: |
      apiVersion: cilium.io/v2alpha1
      kind: CiliumBGPClusterConfig
      metadata:
        name: rack
      spec:
        nodeSelector:
          matchLabels:
            node-role.kubernetes.io/control-plane: "true"
        bgpInstances:
        - name: rack
          localASN: 65001
          peers:
          - name: gateway
            peerASN: 65000
            peerAddress: ${NODE_GATEWAY_IP}
            peerConfigRef:
              name: gateway
      ---
      apiVersion: cilium.io/v2alpha1
      kind: CiliumBGPPeerConfig
      metadata:
        name: gateway
      spec:
        families:
        - afi: ipv4
          safi: unicast
          advertisements:
            matchLabels:
              advertise: bgp
      ---
      apiVersion: cilium.io/v2alpha1
      kind: CiliumBGPAdvertisement
      metadata:
        name: services
        labels:
          advertise: bgp
      spec:
        advertisements:
        - advertisementType: Service
          service:
            addresses:
            - LoadBalancerIP
          selector: {}
"""

_BUTANE: Final = """\
variant: fcos
version: 1.4.0
storage:
  files:
  - path: /etc/hostname
    contents:
      inline: server-1
  - path: /var/lib/rancher/rke2/server/manifests/pool.yaml
    mode: 0644
    contents:
      inline: |
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: lan
        spec:
          blocks:
          - cidr: 10.80.8.128/26
"""

_KAIROS: Final = """\
#cloud-config
stages:
  boot:
  - name: addresses
    files:
    - path: /var/lib/rancher/rke2/server/manifests/pool.yaml
      permissions: 0644
      content: |
        apiVersion: cilium.io/v2
        kind: CiliumLoadBalancerIPPool
        metadata:
          name: lan
        spec:
          blocks:
          - cidr: 10.80.8.128/26
  - name: time
    commands:
    - timedatectl set-ntp true
"""

_RANCHER: Final = """\
apiVersion: provisioning.cattle.io/v1
kind: Cluster
metadata:
  name: rack-3
  namespace: fleet-default
spec:
  kubernetesVersion: v1.34.2+rke2r1
  rkeConfig:
    chartValues:
      rke2-cilium:
        kubeProxyReplacement: true
    additionalManifest: |
      apiVersion: cilium.io/v2
      kind: CiliumLoadBalancerIPPool
      metadata:
        name: lan
      spec:
        blocks:
        - cidr: 10.80.8.128/26
      ---
      apiVersion: v1
      kind: Namespace
      metadata:
        name: shop
"""

_MANIFESTS: Final = """\
# One file for everything: RKE2's, and the addresses.
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
  namespace: kube-system
spec:
  valuesContent: |-
    l2announcements:
      enabled: true
    kubeProxyReplacement: true
    k8sServiceHost: localhost
    k8sServicePort: 6443
---
# The old form, of Cilium 1.15.
apiVersion: cilium.io/v2alpha1
kind: CiliumLoadBalancerIPPool
metadata:
  name: lan
spec:
  cidrs:
  - cidr: 10.80.8.128/26
"""

_LIVE: Final = """\
apiVersion: v1
kind: List
items:
- apiVersion: cilium.io/v2
  kind: CiliumLoadBalancerIPPool
  metadata:
    annotations:
      objectset.rio.cattle.io/id: ""
      objectset.rio.cattle.io/owner-gvk: k3s.cattle.io/v1, Kind=Addon
      objectset.rio.cattle.io/owner-name: pool
      objectset.rio.cattle.io/owner-namespace: kube-system
    creationTimestamp: "2026-03-02T08:10:11Z"
    generation: 1
    labels:
      objectset.rio.cattle.io/hash: 8f2b1c0a4d6e5f7089abcdef0123456789abcdef
    name: lan
    resourceVersion: "4711"
    uid: 6f1f9d0e-0c55-4a83-8a51-6a2f0e6d0f3a
  spec:
    blocks:
    - start: 10.80.8.129
      stop: 10.80.8.190
    disabled: false
- apiVersion: v1
  kind: Service
  metadata:
    name: web
    namespace: shop
    resourceVersion: "4712"
    uid: 0b6c7a52-2d61-4c3e-9a0b-6f0f6f1f9d0e
  spec:
    type: LoadBalancer
    ports:
    - port: 443
  status:
    loadBalancer:
      ingress:
      - ip: 10.80.8.130
- apiVersion: k3s.cattle.io/v1
  kind: Addon
  metadata:
    name: pool
    namespace: kube-system
    resourceVersion: "4713"
    uid: 5d1b0f3a-7c1e-4d55-8f0e-2d61c3e9a0b6
  spec:
    checksum: 4b1c
    source: /var/lib/rancher/rke2/server/manifests/pool.yaml
"""

_OLDER_PACKAGE: Final = """\
apiVersion: cilium.io/v2alpha1
kind: CiliumLoadBalancerIPPool
metadata:
  name: load-balancers
spec:
  blocks:
  - cidr: 10.80.8.128/26 # kpt-set: ${lb-pool-cidr}
    min: 129 # kpt-set: ${lb-pool-min}
    max: 190 # kpt-set: ${lb-pool-max}
"""

EXAMPLES: Final = (
    Example(
        "cloud-config",
        "From cloud-config",
        """\
Manifests that cloud-init writes where RKE2 looks for them: the most common place. Read are user data with and
without its header, in plain text, base64, gzip and both, with a Jinja header, as a part of a multipart
message, and each entry of `write_files` in every encoding that cloud-init has. An entry whose path is written
again further down never reaches the cluster, and is said; entries that append to one another count as the one
file that they make.

cloud-init writes files once for an instance. Taking an entry out of user data changes nothing on servers that
are there, and leaving it in brings the file back on the next one: so the entry goes last, and everywhere.""",
        "cloud-config.yaml",
        _CLOUD_CONFIG,
    ),
    Example(
        "cluster-api",
        "From Cluster API",
        """\
The `files` of an `RKE2ControlPlane`, a `KThreesControlPlane`, their configs and their templates; and what is
nested in them, such as a Butane config in `additionalUserData`. What stands in `contentFrom` is not in the
input, and is said.

A change of `files` replaces the machines of the control plane one after the other. The runbook does its work
on the machines that are there, so that the change can wait for the next time when they are replaced anyway.""",
        "cluster-api.yaml",
        _CLUSTER_API,
    ),
    Example(
        "butane",
        "From Butane and Ignition",
        """\
`storage.files` of a Butane config, inline or as a data URL, and of the Ignition JSON that is made of it,
packed or not.""",
        "butane.yaml",
        _BUTANE,
    ),
    Example(
        "kairos",
        "From Kairos and Elemental",
        """\
`files` of the stages, beside the `write_files` that these systems take too.""",
        "kairos.yaml",
        _KAIROS,
    ),
    Example(
        "rancher",
        "From Rancher",
        """\
The `additionalManifest` of a provisioning cluster, which reaches the servers as one file among RKE2's.
`chartValues` are the CNI's, and stay. Taking objects out of `additionalManifest` does not take them out of
the cluster.""",
        "rancher.yaml",
        _RANCHER,
    ),
    Example(
        "manifests",
        "From manifests",
        """\
A directory of RKE2's manifests, copied from a server, a directory of a git repository, or single files. Which
of them RKE2 applies is known where the path says so; others are taken for what somebody applies in another
way, and the steps for RKE2's servers are left out.

Below, one file holds the CNI's values too. It must not be skipped as it is: what stays gets a file of its own
first.""",
        "server/manifests/networking.yaml",
        _MANIFESTS,
    ),
    Example(
        "live",
        "From a live cluster",
        """\
What `kubectl get ... -o yaml` prints. With Services in it, `migrate` says whether each keeps its address.
Beside the files that the objects came from an export is a witness: the files move, and where the cluster has
something else it is said. Alone, it is what moves, without the fields that only the API server writes; the
AddOns in it say which files on the servers RKE2 applies.""",
        "live.yaml",
        _LIVE,
    ),
    Example(
        "older-package",
        "From an older package",
        """\
A package that was rendered by apply-setters. Its setter comments stay, and their values are what stands in
its objects.

The blocks below have `min` and `max`, which no release of Cilium knows: the API server drops them, and the
whole network is handed out. So it is an error until somebody decides: with `--fix` they become the range that
was meant.""",
        "older-package.yaml",
        _OLDER_PACKAGE,
        fix=True,
    ),
)
