"""Every place where manifests live: each object is found, and its way says where."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from cilium_networking.sources import read_sources
from sources.conftest import MANIFESTS, Home, pool, said, ways


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def gz64(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


CLOUD_CONFIG = f"""\
#cloud-config
hostname: cp-1
write_files:
# the registry
- path: /etc/rancher/rke2/registries.yaml
  content: "mirrors: {{}}"
- path: {MANIFESTS}/pools.yaml
  permissions: '0600'
  content: |
    # two pools
{pool("lan", indent=4)}    ---
{pool("dmz", indent=4)}
runcmd:
- systemctl enable --now rke2-server
"""


def test_cloud_config(home: Home) -> None:
    """`write_files` is looked through; a line is that of the text, and a document is told where there are several."""
    reading = home.read(CLOUD_CONFIG)
    assert ways(reading) == [
        ("lan", "user-data.yaml, write_files[1].content, document 1, line 2"),
        ("dmz", "user-data.yaml, write_files[1].content, document 2, line 10"),
    ]
    assert said(reading) == []
    lan = reading.found[0]
    assert (lan.resource.file, lan.resource.index) == ("user-data.yaml, write_files[1].content", 0)
    target = lan.layer.target
    assert target is not None
    assert (target.permissions, target.append, target.is_manifest, target.addon) == ("0600", False, True, "pools")
    assert [str(layer) for layer in reading.layers] == [
        "user-data.yaml",
        "user-data.yaml, write_files[0].content",
        "user-data.yaml, write_files[1].content",
    ]


def test_a_fragment_without_a_header(home: Home) -> None:
    """A fragment that is merged into user data later is known by its `write_files`."""
    reading = home.read(CLOUD_CONFIG.partition("\n")[2])
    assert [name for name, _ in ways(reading)] == ["lan", "dmz"]


@pytest.mark.parametrize(
    ("label", "encode", "encoding"),
    [
        ("b64", b64, "base64"),
        ("base64", b64, "base64"),
        ("gz+base64", gz64, "gzip+base64"),
        ("gzip+base64", gz64, "gzip+base64"),
        ("gz+b64", gz64, "gzip+base64"),
        ("gzip+b64", gz64, "gzip+base64"),
        ("GZ+B64 ", gz64, "gzip+base64"),
        ("text/plain", json.dumps, ""),
        ("''", json.dumps, ""),
    ],
)
def test_every_encoding_of_cloud_init(home: Home, label: str, encode: Callable[[str], str], encoding: str) -> None:
    """The labels that cloud-init knows are taken as it takes them, in any case."""
    content = encode(pool("a"))
    text = f"#cloud-config\nwrite_files:\n- path: {MANIFESTS}/p.yaml\n  encoding: {label}\n  content: {content}\n"
    reading = home.read(text)
    assert ways(reading) == [("a", "user-data.yaml, write_files[0].content, line 1")]
    assert (reading.found[0].layer.encoding, said(reading)) == (encoding, [])


@pytest.mark.parametrize("label", ["gz", "gzip"])
def test_gzip_as_binary(home: Home, label: str) -> None:
    """gzip without base64 stands in YAML's own binary form."""
    text = (
        f"write_files:\n- path: {MANIFESTS}/p.yaml\n  encoding: {label}\n  content: !!binary |\n    {gz64(pool('a'))}\n"
    )
    reading = home.read(text)
    assert [(name, reading.found[0].layer.encoding) for name, _ in ways(reading)] == [("a", "gzip+binary")]


def test_an_unknown_encoding(home: Home) -> None:
    """An encoding that cloud-init does not know is plain text to it, and said."""
    text = f"write_files:\n- path: {MANIFESTS}/p.yaml\n  encoding: zstd\n  content: {json.dumps(pool('a'))}\n"
    reading = home.read(text)
    assert [name for name, _ in ways(reading)] == ["a"]
    message = "encoding `zstd` is none that cloud-init knows: it takes the content as plain text"
    assert said(reading) == [("warning", "user-data.yaml:2", message)]


@pytest.mark.parametrize(
    ("wrap", "encoding"),
    [
        (gzip.compress, "gzip"),
        (base64.b64encode, "base64"),
        (base64.encodebytes, "base64"),
        (lambda data: base64.b64encode(gzip.compress(data)), "gzip+base64"),
    ],
)
def test_user_data_that_is_wrapped_whole(home: Home, wrap: Callable[[bytes], bytes], encoding: str) -> None:
    """User data may come as gzip or base64 as a whole, as clouds and Terraform take it."""
    reading = home.read(wrap(CLOUD_CONFIG.encode()), "user-data")
    assert ways(reading)[0] == ("lan", "user-data, write_files[1].content, document 1, line 2")
    assert reading.layers[0].encoding == encoding


STAGED = "#cloud-config\nwrite_files:\n- {path: /opt/c.yaml, content: " + json.dumps(pool("c")) + "}"
MULTIPART = f"""\
Content-Type: multipart/mixed; boundary="===1=="
MIME-Version: 1.0

--===1==
Content-Type: text/cloud-config; charset="us-ascii"

#cloud-config
write_files:
- path: {MANIFESTS}/a.yaml
  content: |
{pool("a", indent=4)}
--===1==
Content-Type: text/x-shellscript

#!/bin/sh
cat > {MANIFESTS}/b.yaml <<EOF
apiVersion: v1
EOF
--===1==
Content-Type: text/cloud-config
Content-Transfer-Encoding: base64
Merge-Type: list(append)+dict(no_replace,recurse_list)+str()

{b64(STAGED)}
--===1==--
"""


def test_multipart(home: Home) -> None:
    """The parts of a message are read in their encoding; what a script writes is said and not parsed."""
    reading = home.read(MULTIPART, "user-data")
    assert ways(reading) == [
        ("a", "user-data, part 1, write_files[0].content, line 1"),
        ("c", "user-data, part 3, write_files[0].content, line 1"),
    ]
    assert said(reading) == [
        (
            "warning",
            "user-data, part 2",
            (
                f"a shell command writes `{MANIFESTS}/b.yaml`: what it holds is not read; "
                "take the file from a server, and give it as a source too"
            ),
        ),
        (
            "info",
            "user-data, part 3, write_files[0].content",
            "RKE2 does not apply `/opt/c.yaml` by itself: what brings these objects to the cluster stays",
        ),
    ]
    assert [found.replaced for found in reading.found] == ["", ""]


def test_parts_that_replace_one_another(home: Home) -> None:
    """Without a merge type cloud-init keeps the `write_files` of the last part alone."""
    reading = home.read(MULTIPART.replace("Merge-Type: list(append)+dict(no_replace,recurse_list)+str()\n", ""), "u")
    assert [(found.resource.name, found.replaced) for found in reading.found] == [
        ("a", "part 3, whose `write_files` replaces it"),
        ("c", ""),
    ]


def test_an_archive(home: Home) -> None:
    """The parts of a `#cloud-config-archive` are user data each."""
    inner = f"#cloud-config\nwrite_files:\n- path: {MANIFESTS}/a.yaml\n  content: {json.dumps(pool('a'))}\n"
    reading = home.read(f"#cloud-config-archive\n- type: text/cloud-config\n  content: {json.dumps(inner)}\n")
    assert ways(reading) == [("a", "user-data.yaml, [0].content, write_files[0].content, line 1")]


CLUSTER_API = f"""\
apiVersion: cluster.x-k8s.io/v1beta1
kind: Cluster
metadata:
  name: east
---
apiVersion: controlplane.cluster.x-k8s.io/v1beta1
kind: RKE2ControlPlane
metadata:
  name: east
  namespace: clusters
spec:
  files:
  - path: {MANIFESTS}/a.yaml
    encoding: base64
    content: {b64(pool("a"))}
  - path: {MANIFESTS}/s.yaml
    contentFrom:
      secret:
        name: more
        key: s.yaml
  preRKE2Commands:
  - sed -i s/__IP__/10.0.0.1/ {MANIFESTS}/a.yaml
  manifestsConfigMapReference:
    name: manifests
    namespace: clusters
  agentConfig:
    format: ignition
    additionalUserData:
      config: |
        variant: fcos
        version: 1.4.0
        storage:
          files:
          - path: {MANIFESTS}/b.yaml
            contents:
              inline: |
{pool("b", indent=16)}"""

CONFIG_MAP = f"""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: manifests
  namespace: clusters
data:
  c.yaml: |
{pool("c", indent=4)}"""


def test_cluster_api(home: Home) -> None:
    """A control plane's files, and Butane in its user data, are read; what stands elsewhere is named."""
    reading = home.read(CLUSTER_API, "east.yaml")
    butane = "spec.agentConfig.additionalUserData.config, storage.files[0].contents.inline"
    assert ways(reading) == [
        ("east", "east.yaml, document 1, line 1"),
        ("east", "east.yaml, document 2, line 6"),
        ("a", "east.yaml, document 2, spec.files[0].content, line 1"),
        ("b", f"east.yaml, document 2, {butane}, line 1"),
    ]
    shell = f"a shell command writes `{MANIFESTS}/a.yaml`: what it holds is not read; "
    assert said(reading) == [
        (
            "info",
            "east.yaml:16",
            f"takes what `{MANIFESTS}/s.yaml` holds from key `s.yaml` of the secret `more`: give that as a source too",
        ),
        ("warning", "east.yaml:22", shell + "take the file from a server, and give it as a source too"),
        (
            "warning",
            "east.yaml:24",
            "the ConfigMap `clusters/manifests` holds manifests and is none of the sources: give it as a source too",
        ),
    ]


@pytest.mark.parametrize("first", [True, False])
def test_a_config_map_of_manifests(home: Home, *, first: bool) -> None:
    """The ConfigMap that a control plane names holds manifests, whichever of the two comes first."""
    texts = (CONFIG_MAP, CLUSTER_API) if first else (CLUSTER_API, CONFIG_MAP)
    reading = home.read("---\n".join(texts), "east.yaml")
    (found,) = [found for found in reading.found if found.resource.name == "c"]
    target = found.layer.target
    assert target is not None
    assert (target.path, target.is_manifest) == (f"{MANIFESTS}/c.yaml", True)
    assert not any("is none of the sources" in one.message for one in reading.findings)


def test_a_config_map_of_something_else(home: Home) -> None:
    """What an application keeps in a ConfigMap is no manifest of the cluster, whatever it looks like."""
    assert [name for name, _ in ways(home.read(CONFIG_MAP))] == ["manifests"]


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("bootstrap.cluster.x-k8s.io/v1beta1\nkind: RKE2ConfigTemplate", "spec.template.spec.files"),
        ("controlplane.cluster.x-k8s.io/v1beta2\nkind: KThreesControlPlane", "spec.kthreesConfigSpec.files"),
        ("controlplane.cluster.x-k8s.io/v1beta1\nkind: RKE2ControlPlaneTemplate", "spec.template.spec.files"),
    ],
)
def test_templates_of_cluster_api(home: Home, kind: str, path: str) -> None:
    """The same list is found in each of the providers' kinds, at its depth."""
    lines = [f"{'  ' * depth}{key}:\n" for depth, key in enumerate(path.split("."))]
    entry = "  " * len(lines) + f"- {{path: {MANIFESTS}/a.yaml, content: {json.dumps(pool('a'))}}}\n"
    reading = home.read(f"apiVersion: {kind}\nmetadata:\n  name: t\n{''.join(lines)}{entry}")
    assert ways(reading)[1:] == [("a", f"user-data.yaml, {path}[0].content, line 1")]


def test_write_files_in_additional_user_data(home: Home) -> None:
    """The provider ignores a `write_files` in additional user data: found, and marked as never read."""
    inner = f"write_files:\n- path: {MANIFESTS}/a.yaml\n  content: {json.dumps(pool('a'))}\n"
    reading = home.read(
        "apiVersion: controlplane.cluster.x-k8s.io/v1beta1\nkind: RKE2ControlPlane\nmetadata:\n  name: east\n"
        f"spec:\n  agentConfig:\n    additionalUserData:\n      config: {json.dumps(inner)}\n"
    )
    assert [(found.resource.name, found.replaced) for found in reading.found] == [
        ("east", ""),
        ("a", "the provider itself, which writes its own `write_files`"),
    ]


IGNITION = {
    "ignition": {
        "version": "3.3.0",
        "config": {"merge": [{"source": "data:;base64," + b64('{"ignition": {"version": "3.3.0"}}')}]},
    },
    "storage": {
        "files": [
            {"path": f"{MANIFESTS}/a.yaml", "mode": 420, "contents": {"source": "data:," + quote(pool("a"))}},
            {
                "path": f"{MANIFESTS}/b.yaml",
                "contents": {"compression": "gzip", "source": "data:text/plain;base64," + gz64(pool("b"))},
            },
            {"path": f"{MANIFESTS}/c.yaml", "contents": {"source": "https://example.com/c.yaml"}},
            {"path": f"{MANIFESTS}/a.yaml", "append": [{"source": "data:," + quote("---\n" + pool("d"))}]},
        ]
    },
}


def test_ignition(home: Home) -> None:
    """Data URLs of every form are read, the configs that are merged in too; a URL that is fetched is named."""
    reading = home.read(json.dumps(IGNITION, indent=1), "config.ign")
    assert ways(reading) == [
        ("a", "config.ign, storage.files[0].contents.source, line 1"),
        ("b", "config.ign, storage.files[1].contents.source, line 1"),
        ("d", "config.ign, storage.files[3].append[0].source, line 2"),
    ]
    assert [layer.encoding for layer in reading.layers] == ["", "data URL", "data URL+gzip", "data URL", "data URL"]
    url = "https://example.com/c.yaml"
    assert [message for _, _, message in said(reading)] == [
        f"Ignition fetches this from `{url}`: read it there, and give that as a source too"
    ]


def test_butane_with_a_file_beside_it(home: Home) -> None:
    """A file that Butane takes from its directory is named."""
    text = "variant: flatcar\nversion: 1.0.0\nstorage:\n  files:\n  - path: /a\n    contents:\n      local: a.yaml\n"
    message = "Butane takes this from the file `a.yaml` in its files directory: give that as a source too"
    assert said(home.read(text)) == [("warning", "user-data.yaml:7", message)]


def test_stages_of_kairos(home: Home) -> None:
    """Files of any stage are read beside a top-level `write_files`."""
    text = (
        f"#cloud-config\nstages:\n  boot:\n  - name: pools\n    files:\n    - path: {MANIFESTS}/a.yaml\n"
        f"      permissions: 0644\n      encoding: b64\n      content: {b64(pool('a'))}\n"
        f"write_files:\n- path: {MANIFESTS}/b.yaml\n  content: {json.dumps(pool('b'))}\n"
    )
    reading = home.read(text)
    assert ways(reading) == [
        ("b", "user-data.yaml, write_files[0].content, line 1"),
        ("a", "user-data.yaml, stages.boot[0].files[0].content, line 1"),
    ]
    target = reading.found[1].layer.target
    assert target is not None
    assert target.permissions == "0644"


def test_rancher(home: Home) -> None:
    """The additional manifest of a provisioned cluster is read; the values of the CNI's chart are said and stay."""
    text = (
        "apiVersion: provisioning.cattle.io/v1\nkind: Cluster\nmetadata:\n  name: east\nspec:\n  rkeConfig:\n"
        f"    chartValues:\n      rke2-cilium:\n        kubeProxyReplacement: true\n    additionalManifest: |\n"
        f"{pool('a', indent=6)}"
    )
    reading = home.read(text)
    assert ways(reading)[1:] == [("a", "user-data.yaml, spec.rkeConfig.additionalManifest, line 1")]
    message = "values of the chart rke2-cilium: they belong to the cluster's bootstrap and stay here"
    assert said(reading) == [("info", "user-data.yaml:8", message)]


@pytest.mark.parametrize(
    ("head", "key", "encode"),
    [
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: u}\ndata:\n", "cloud-init", json.dumps),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: u}\nstringData:\n", "userData", json.dumps),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: u}\ndata:\n", "user-data", b64),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: u}\ndata:\n", "value", b64),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: u}\ndata:\n", "value", lambda text: b64(b64(text))),
        ("apiVersion: rke-machine-config.cattle.io/v1\nkind: A\nmetadata: {name: u}\nspec:\n", "userData", b64),
    ],
)
def test_user_data_in_objects(home: Home, head: str, key: str, encode: Callable[[str], str]) -> None:
    """User data in a ConfigMap, a Secret or a machine's config is found by its key, in base64 or not."""
    reading = home.read(f"{head}  {key}: {encode(CLOUD_CONFIG)}\n")
    assert [name for name, _ in ways(reading)] == ["u", "lan", "dmz"]


def test_nested_to_any_depth(home: Home) -> None:
    """A text in a text in a text in a text is read as the one in a file is."""
    text = CLOUD_CONFIG
    for _ in range(3):
        text = f"#cloud-config\nwrite_files:\n- path: /oem/90.yaml\n  encoding: gz+b64\n  content: {gz64(text)}\n"
    reading = home.read(text)
    step = "write_files[0].content, " * 3
    assert ways(reading)[0] == ("lan", f"user-data.yaml, {step}write_files[1].content, document 1, line 2")


def test_a_manifests_directory(home: Home) -> None:
    """A manifests directory, or a copy that kept the end of its path, tells the AddOn of each file."""
    home.write("node/rke2/server/manifests/net.pools.yaml", pool("a"))
    home.write("node/rke2/server/manifests/sub/b.yml", pool("b"))
    home.write("node/rke2/server/manifests/.hidden.yaml", pool("c"))
    home.write("node/rke2/server/manifests/net.pools.yaml.skip", "")
    reading = read_sources(["node"])
    targets = [(found.resource.name, found.layer.target) for found in reading.found]
    assert [(name, target and (target.path, target.addon, target.is_manifest)) for name, target in targets] == [
        ("c", (f"{MANIFESTS}/.hidden.yaml", "", False)),
        ("a", (f"{MANIFESTS}/net.pools.yaml", "net", True)),
        ("b", (f"{MANIFESTS}/sub/b.yml", "b", True)),
    ]
    assert ways(reading)[1] == ("a", "node/rke2/server/manifests/net.pools.yaml, line 1")


def test_a_package(home: Home) -> None:
    """A kpt package is read as kpt reads it: the Kptfile too, no file that `.krmignore` hides, none twice."""
    home.write("site/Kptfile", "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: site\n")
    home.write("site/.krmignore", "drafts/\n")
    home.write("site/drafts/a.yaml", pool("a"))
    home.write("site/net/pools.yaml", pool("b"))
    home.write("site/README.md", "# site\n")
    reading = read_sources(["site/", "site/net/pools.yaml"])
    assert ways(reading) == [("site", "site/Kptfile, line 1"), ("b", "site/net/pools.yaml, line 1")]


def test_an_export(home: Home) -> None:
    """What `kubectl get -o yaml` printed is live: each object has what only the API server gives."""
    live = pool("a", indent=2).replace("    name: a\n", "    name: a\n    uid: 1f0a\n")
    text = f"apiVersion: v1\nitems:\n- {live[2:]}- {pool('b', indent=2)[2:]}kind: List\n"
    reading = home.read(text)
    assert [(found.resource.name, found.live, found.item, found.line) for found in reading.found] == [
        ("a", True, 0, 3),
        ("b", False, 1, 11),
    ]


def test_objects_where_rke2_does_not_look(home: Home) -> None:
    """A file that the deploy controller does not apply is said: something else brings it to the cluster."""
    reading = home.read(f"write_files:\n- path: /opt/staged/a.yaml\n  content: {json.dumps(pool('a'))}\n")
    assert [name for name, _ in ways(reading)] == ["a"]
    message = "RKE2 does not apply `/opt/staged/a.yaml` by itself: what brings these objects to the cluster stays"
    assert said(reading) == [("info", "user-data.yaml, write_files[0].content", message)]
