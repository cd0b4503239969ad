"""The declarations as pages and files: ``docs/setters.md``, each package's setters.yaml, the schema for editors.

Pure functions that return text; a gate compares it with what is in the repository. Everything is printed from the
table and from what the settings really do, so that no page can promise what the code does not keep.
"""

from __future__ import annotations

import json
import textwrap
from typing import Any, Final

from ..kinds import DEFAULT_RELEASE
from ..kinds import json_schema as schema_as_json
from ..lossless.scalars import quote, spell
from .declarations import BGP, DECLARATIONS, L2, LB_POOL, VIP_POOL, Declaration
from .model import FieldPath
from .reading import read
from .typed import API_VERSION, KIND, config_schema

_WIDTH: Final = 110

_SECTIONS: Final = (
    (None, "What every feature shares"),
    (LB_POOL, "The pool `load-balancers`"),
    (VIP_POOL, "The pool `virtual-addresses`"),
    (L2, "L2 announcements"),
    (BGP, "BGP"),
)

_INTRO: Final = """\
# Settings

A function config is a ConfigMap whose `data` holds settings as texts, or a typed `CiliumNetworking` for everything
that texts cannot say. Both are read to the same model, and everything that is wrong with them is said at once.

- A setting that is not given leaves what stands; a flat setting changes only the fields that it names.
- Giving any setting of a feature asks for the feature. Where the package has no place for a feature, its objects are
  made, and then the settings marked *required* have to be given. The settings under "What every feature shares" ask
  for nothing.
- A setting that is left at its own name, is empty or holds a `${...}` placeholder is an error; only
  `lb-pool-disabled` and `vip-pool-disabled` may be a placeholder, which a later tool like Flux fills in.
- A name that is not listed here is no error: it may stand in a `# kpt-set:` comment of the package.
- `verb: render` (the default), `verb: validate` or `verb: migrate` says what to do, and `adopt: "true"` takes over
  objects of the same identity that do not carry the label `app.kubernetes.io/managed-by: cilium-networking`.
- `verb: migrate` brings the objects of older releases of Cilium to the form that the release of `cilium-version`
  stores. It makes nothing and places no setting; where a Service would lose its address it changes nothing.
"""

#: The package's own settings said in a typed config; a test reads it.
TYPED_EXAMPLE: Final = """\
apiVersion: fn.kpt.dev/v1alpha1
kind: CiliumNetworking
metadata:
  name: networking
  annotations:
    config.kubernetes.io/local-config: "true"
spec:
  ciliumVersion: "1.19"
  cluster:
    name: bioskop-cluster
    id: 15
  pools:
  - name: load-balancers
    disabled: false
    blocks:
    - start: 10.80.8.129
      stop: 10.80.8.190
    serviceSelector:
      matchExpressions:
      - key: cilium-networking/pool
        operator: DoesNotExist
  - name: virtual-addresses
    disabled: false
    blocks:
    - start: 10.80.15.1
      stop: 10.80.15.254
    serviceSelector:
      matchLabels:
        cilium-networking/pool: virtual-addresses
  l2Policies:
  - name: host
    externalIPs: true
    loadBalancerIPs: true
    interfaces:
    - ^vmnet0$
    - ^lan0$
    nodeSelector:
      matchExpressions:
      - key: node-role.kubernetes.io/control-plane
        operator: Exists
  bgp:
    clusterConfigs:
    - name: bgp-cluster-config
      nodeSelector:
        matchExpressions:
        - key: node-role.kubernetes.io/control-plane
          operator: Exists
      bgpInstances:
      - name: control-plane-bgp
        localASN: 65001
        peers:
        - name: gateway-peer
          peerASN: 65000
          peerAddress: 10.80.0.1
          peerConfigRef:
            name: cilium-peer
    peerConfigs:
    - name: cilium-peer
      ebgpMultihop: 1
      families:
      - afi: ipv4
        safi: unicast
        advertisements:
          matchLabels:
            cilium-networking/advertise: bgp
      gracefulRestart:
        enabled: true
        restartTimeSeconds: 120
      timers:
        connectRetryTimeSeconds: 120
        holdTimeSeconds: 90
        keepAliveTimeSeconds: 30
    advertisements:
    - name: control-plane-advertisement
      labels:
        cilium-networking/advertise: bgp
      advertisements:
      - advertisementType: Service
        service:
          addresses:
          - LoadBalancerIP
          - ExternalIP
        selector: {}
      - advertisementType: PodCIDR
"""

_TYPED: Final = f"""\
## The typed config

Everything that a release's kinds can say: an entry of a list is the kind's `spec` with `name`, `labels` and
`annotations` beside it. A list that is given is complete: objects of ours that it omits are dropped, and an empty one
drops them all. A list that is not given leaves what stands. These are the settings of the package, said in full:

```yaml
{TYPED_EXAMPLE}```

Flat settings of the command line may stand beside it only for the cluster's name and id and the Cilium version.
"""


def setters_markdown(differences: str = "") -> str:
    """``docs/setters.md``; ``differences`` is the body of its last section, about apply-setters."""
    fields = given_fields()
    parts = [_INTRO]
    for feature, title in _SECTIONS:
        rows = [_row(each, fields.get(each.name, ())) for each in DECLARATIONS if each.feature == feature]
        head = (
            "| Setting | A value is | Not given | Example | What it says | What it changes |\n|---|---|---|---|---|---|"
        )
        parts.append("\n".join([f"## {title}", "", head, *rows, ""]))
    parts.append(_TYPED)
    parts.append("## Differences from apply-setters\n\n" + (differences.strip() or "None are listed.") + "\n")
    return "\n".join(parts)


def _row(each: Declaration, fields: tuple[str, ...]) -> str:
    absent = "required" if each.required else f"`{each.default}`" if each.default is not None else "-"
    places = "<br>".join(f"`{field}`" for field in fields) or "-"
    cells = (f"`{each.name}`", each.type, absent, f"`{each.example}`", each.doc, places)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def given_fields() -> dict[str, tuple[str, ...]]:
    """Every field that each setting gives, as the settings really give them: ``Kind/name spec.field``."""
    settings, findings = read(None, {each.name: each.shipped or each.example for each in DECLARATIONS})
    assert not findings, findings
    found: dict[str, tuple[str, ...]] = {}
    for wanted in settings.wanted:
        for field in wanted.fields:
            for name in field.setters:
                found[name] = (*found.get(name, ()), f"{wanted.kind}/{wanted.name} {path_text(field.path)}")
    return found


def path_text(path: FieldPath) -> str:
    """``spec.bgpInstances[name=control-plane-bgp].localASN``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else str(step) if not isinstance(step, str) else f".{step}"
    return text.removeprefix(".")


def setters_yaml(name: str) -> str:
    """A package's setters.yaml, formed as kpt leaves it: two columns, no blank lines, comments above their keys."""
    lines = [
        "apiVersion: v1",
        "kind: ConfigMap",
        "metadata:",
        f"  name: {name}",
        "  annotations:",
        '    config.kubernetes.io/local-config: "true"',
        "data:",
    ]
    for each in DECLARATIONS:
        lines += textwrap.wrap(each.doc, _WIDTH, initial_indent="  # ", subsequent_indent="  # ")
        if each.shipped is None:
            lines.append(f"  # {each.name}: {_text(each.example)}")
        else:
            lines.append(f"  {each.name}: {_text(each.shipped)}")
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """A text as a YAML scalar that stays one."""
    return value if spell(value) == value else quote(value, '"')


def json_schema(release: str = DEFAULT_RELEASE) -> str:
    """The JSON Schema of a ``CiliumNetworking``, for editors."""
    found: dict[str, Any] = dict(schema_as_json(config_schema(release)))
    pool = found["properties"]["spec"]["properties"]["pools"]["items"]["properties"]
    placeholder = {"type": "string", "pattern": r"^\$\{[^{}]+\}$"}
    plain = {key: value for key, value in pool["disabled"].items() if key not in ("description", "default")}
    rest = {key: value for key, value in pool["disabled"].items() if key in ("description", "default")}
    pool["disabled"] = {"anyOf": [plain, placeholder], **rest}
    version = found["properties"]["spec"]["properties"]["ciliumVersion"]
    version["type"] = ["string", "number"]
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{KIND} ({API_VERSION}), Cilium {release}",
    }
    return json.dumps(head | found, indent=2, ensure_ascii=False) + "\n"
