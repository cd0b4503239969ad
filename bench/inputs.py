"""The lists that the benchmarks feed to a function: as kpt sends them, of any length, the same bytes every time.

Why: a speed claim is worth what its input is worth. Every item carries the eight annotations and has the layout that
kpt 1.0.0-beta.56 gives to an item on its way to a function (no blank line, two spaces, one space before a comment), and
`tests/e2e/test_bench_inputs.py` sends the same resources through kpt and compares. Every item has exactly one field
with a setter comment, and its value changes: N resources are N edits.

Two sets. *One shape*: N pools that differ in name and value, what a line reader likes best. *Mixed shapes*: eight
layouts in turn, with the things that make a reader of lines fall back to a parser: flow mappings, literals, folded
scalars, both quotes, comments above and beside, anchors, text that looks like YAML.

Not here: anything malformed (the tests have that), and objects that our function would own, because the peer could
not do the same work on them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Final

#: Every setter of the inputs, with the value it is given; each differs from what stands in the items.
SETTERS: Final = {
    "site-cidr": "10.96.0.0/16",
    "site-name": "vitoria",
    "site-tier": "gold",
    "site-interfaces": "[eth1, eth2]",
    "peer-address": "10.0.0.254",
    "replica-count": "3",
}
#: The same as kpt writes them: quoted only where a plain scalar would be something else.
_WIRE_VALUES: Final = {**SETTERS, "site-interfaces": '"[eth1, eth2]"', "replica-count": '"3"'}

_HEAD: Final = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n"


def _annotations(serial: int, *, labels: str = "", own: str = "") -> str:
    """`labels` and the annotations block, `own` lines first, then kpt's eight in kpt's order."""
    path = f"'site/resource-{serial:06d}.yaml'"
    return (
        f"{labels}    annotations:\n{own}"
        f"      config.kubernetes.io/index: '0'\n"
        f"      config.kubernetes.io/path: {path}\n"
        f"      internal.config.kubernetes.io/index: '0'\n"
        f"      internal.config.kubernetes.io/path: {path}\n"
        f"      internal.config.kubernetes.io/seqindent: 'compact'\n"
        f"      internal.config.kubernetes.io/annotations-migration-resource-id: '{serial}'\n"
        f"      internal.config.kubernetes.io/id: '{serial + 1}'\n"
        f"      config.k8s.io/id: '{serial + 1}'\n"
    )


def _pool(serial: int) -> str:
    labels = (
        "    labels:\n"
        "      app.kubernetes.io/part-of: network\n"
        f"      example.com/rack: rack-{serial % 40}\n"
        "      example.com/owner: platform-team\n"
    )
    return (
        "- apiVersion: cilium.io/v2\n"
        "  kind: CiliumLoadBalancerIPPool\n"
        "  metadata:\n"
        f"    name: pool-{serial:06d}\n"
        f"{_annotations(serial, labels=labels)}"
        "  spec:\n"
        "    blocks:\n"
        f"    - cidr: 10.{serial // 250 % 90}.{serial % 250}.0/24 # kpt-set: ${{site-cidr}}\n"
        "    serviceSelector:\n"
        "      matchLabels:\n"
        f"        example.com/pool: pool-{serial:06d}\n"
        '    allowFirstLastIPs: "No"\n'
        "    disabled: false\n"
    )


def _pool_in_flow(serial: int) -> str:
    return (
        "- apiVersion: cilium.io/v2\n"
        "  kind: CiliumLoadBalancerIPPool\n"
        "  metadata:\n"
        f"    name: flow-{serial:06d}\n"
        f"{_annotations(serial)}"
        "  spec:\n"
        "    blocks: # the first is the one that BGP announces\n"
        f'    - cidr: "10.1.{serial % 250}.0/24" # kpt-set: ${{site-cidr}}\n'
        f"    - {{start: 10.2.{serial % 250}.10, stop: 10.2.{serial % 250}.20}}\n"
        "    serviceSelector: {matchExpressions: [{key: tier, operator: In, values: [gold, 'silver']}]}\n"
    )


def _script(serial: int) -> str:
    own = "      example.com/note: 'it''s a \"note\": # not a comment'\n"
    return (
        "- apiVersion: v1\n"
        "  kind: ConfigMap\n"
        "  metadata:\n"
        f"    name: script-{serial:06d}\n"
        f"    namespace: team-{serial % 20}\n"
        f"{_annotations(serial, own=own)}"
        "  data:\n"
        "    # read by the installer\n"
        f"    site: 'unset-{serial}' # kpt-set: ${{site-name}}\n"
        "    install.sh: |\n"
        "      #!/bin/sh\n"
        "      set -eu\n"
        "      # kpt-set: ${site-name} in here is text\n"
        "      items:\n"
        "      - apiVersion: v1\n"
        "\n"
        '      echo "key: value" # not a comment\n'
        '    enabled: "yes"\n'
        '    mode: "0755"\n'
    )


def _service(serial: int) -> str:
    return (
        "- apiVersion: v1\n"
        "  kind: Service\n"
        "  metadata:\n"
        f"    name: service-{serial:06d} # one for each team\n"
        f"    namespace: team-{serial % 20}\n"
        f"{_annotations(serial, labels='    labels: {app: web, tier: silver}' + chr(10))}"
        "  spec:\n"
        "    type: LoadBalancer\n"
        "    externalTrafficPolicy: Local\n"
        "    selector:\n"
        "      app: web\n"
        f"      release: tier-{serial} # kpt-set: tier-${{site-tier}}\n"
        "    ports:\n"
        "    - name: http\n"
        "      port: 80\n"
        "      targetPort: 8080\n"
        "    - {name: https, port: 443, targetPort: 8443}\n"
    )


def _l2_policy(serial: int) -> str:
    return (
        "- apiVersion: cilium.io/v2alpha1\n"
        "  kind: CiliumL2AnnouncementPolicy\n"
        "  metadata:\n"
        f"    name: policy-{serial:06d}\n"
        f"{_annotations(serial)}"
        "  spec:\n"
        "    interfaces: # kpt-set: ${site-interfaces}\n"
        f"    - ^eth{serial % 9}$\n"
        "    - ^bond0\\.100$\n"
        "    externalIPs: true\n"
        "    loadBalancerIPs: true\n"
        "    nodeSelector:\n"
        "      matchExpressions:\n"
        "      - key: node-role.kubernetes.io/control-plane\n"
        "        operator: DoesNotExist\n"
    )


def _bgp(serial: int) -> str:
    return (
        "- # racks are numbered from the door\n"
        "  apiVersion: cilium.io/v2\n"
        "  kind: CiliumBGPClusterConfig\n"
        "  metadata:\n"
        f"    name: rack-{serial:06d}\n"
        f"{_annotations(serial)}"
        "  spec:\n"
        "    nodeSelector:\n"
        "      matchLabels:\n"
        f"        rack: rack{serial % 40}\n"
        "    bgpInstances:\n"
        f"    - name: instance-{64512 + serial % 1000}\n"
        f"      localASN: {64512 + serial % 1000}\n"
        "      peers:\n"
        "      - name: tor-a\n"
        "        peerASN: 64512\n"
        f"        peerAddress: 10.3.{serial % 250}.1 # kpt-set: ${{peer-address}}\n"
        "        peerConfigRef:\n"
        "          name: tor\n"
    )


def _deployment(serial: int) -> str:
    return (
        "- apiVersion: apps/v1\n"
        "  kind: Deployment\n"
        "  metadata:\n"
        f"    name: speaker-{serial:06d}\n"
        f"    namespace: team-{serial % 20}\n"
        f"{_annotations(serial)}"
        "  spec:\n"
        "    replicas: 1 # kpt-set: ${replica-count}\n"
        "    selector:\n"
        "      matchLabels: {app: speaker}\n"
        "    template:\n"
        "      metadata:\n"
        "        labels: {app: speaker}\n"
        "      spec:\n"
        "        containers:\n"
        "        - name: speaker\n"
        "          image: example.com/speaker:v1.2.3\n"
        "          args: [\"--listen=:179\", '--log-level=info', --plain]\n"
        "          resources:\n"
        "            limits: {cpu: 100m, memory: 64Mi}\n"
        "            # a third of the limit\n"
        "            requests: {cpu: 30m, memory: 20Mi}\n"
    )


def _values(serial: int) -> str:
    return (
        "- apiVersion: helm.cattle.io/v1\n"
        "  kind: HelmChartConfig\n"
        "  metadata:\n"
        f"    name: chart-{serial:06d}\n"
        "    namespace: kube-system\n"
        f"{_annotations(serial)}"
        "  spec:\n"
        f'    bootstrap: "unset {serial}" # kpt-set: ${{site-name}}\n'
        "    valuesContent: |-\n"
        "      cluster:\n"
        '        name: "bioskop" # quoted\n'
        "      bgpControlPlane:\n"
        "        enabled: true\n"
        "      l2announcements: {enabled: true, leaseDuration: 15s}\n"
        "    failurePolicy: ~\n"
    )


ONE_SHAPE: Final[tuple[Callable[[int], str], ...]] = (_pool,)
MIXED: Final[tuple[Callable[[int], str], ...]] = (
    _pool,
    _pool_in_flow,
    _script,
    _service,
    _l2_policy,
    _bgp,
    _deployment,
    _values,
)
SHAPES: Final = {"one shape": ONE_SHAPE, "mixed shapes": MIXED}


def items(shape: str, count: int) -> Iterator[str]:
    """The text of each item, as it stands in a list."""
    makers = SHAPES[shape]
    return (makers[serial % len(makers)](serial) for serial in range(count))


def setters(shape: str) -> dict[str, str]:
    """The setters that the items of `shape` name, with their values."""
    return {name: value for name, value in SETTERS.items() if any(f"${{{name}}}" in make(0) for make in SHAPES[shape])}


def resource_list(shape: str, count: int) -> str:
    """A whole list of `count` items, with the config that `kpt fn eval -- name=value …` sends after them."""
    data = ", ".join(f"{name}: {value}" for name, value in _WIRE_VALUES.items() if name in setters(shape))
    return (
        f"{_HEAD}{''.join(items(shape, count))}"
        "functionConfig:\n  metadata:\n    name: function-input\n"
        f"  data: {{{data}}}\n  kind: ConfigMap\n  apiVersion: v1\n"
    )


if __name__ == "__main__":
    sys.stdout.write(resource_list(sys.argv[1], int(sys.argv[2])))
