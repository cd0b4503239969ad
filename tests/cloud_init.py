"""What real cloud-init makes of a text: whether it accepts it, and which files it writes, byte for byte.

Why: our own reader of user data says what a file on a node will hold. Only cloud-init itself says what it does hold.

Promises: `written` takes user data in each of its forms (a cloud-config, parts of a MIME message, compressed), as a
datasource would hand it over, and lets cloud-init's own code read it, merge it and write its files, those that are
deferred last. Nothing is written but below a scratch folder; no boot, no service and no network is needed.

Left out: owners, since a name may not exist here, and Jinja's variables, which a machine knows once it runs.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

#: Where RKE2 looks for manifests, and two of them as user data brings them.
DIRECTORY: Final = "/var/lib/rancher/rke2/server/manifests"
POOL: Final = """\
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata:
  name: lan
spec:
  blocks:
  - start: 192.0.2.10
    stop: 192.0.2.20
"""
CHART: Final = """\
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
  namespace: kube-system
spec:
  valuesContent: |-
    bgpControlPlane:
      enabled: true
"""
#: Debian's own Python has cloud-init's modules.
_PYTHON: Final = "/usr/bin/python3"
#: For cloud-init 22.4 (Debian 12). Each file goes below `root`, and belongs to whoever runs this; all else is its own.
_WRITE: Final = """
import getpass, grp, json, os, sys
from cloudinit import handlers, helpers, user_data, util
from cloudinit.config import cc_write_files
from cloudinit.handlers.cloud_config import CloudConfigPartHandler
from cloudinit.settings import PER_ALWAYS

state, root = sys.argv[1:]
paths = helpers.Paths({"cloud_dir": state, "run_dir": state}, ds=None)
paths.get_ipath = lambda name: os.path.join(state, name)
message = user_data.UserDataProcessor(paths).process(sys.stdin.buffer.read())
handler = CloudConfigPartHandler(paths)
known = helpers.ContentHandlers()
known.register(handler)
handlers.call_begin(handler, {}, PER_ALWAYS)
handlers.walk(message, handlers.walker_callback, data={
    "handlers": known, "handlerdir": state, "data": {}, "frequency": PER_ALWAYS, "handlercount": 0, "excluded": [],
})
handlers.call_end(handler, {}, PER_ALWAYS)
found = util.load_yaml(open(paths.get_ipath("cloud_config")).read(), default={}).get("write_files") or []
me = f"{getpass.getuser()}:{grp.getgrgid(os.getgid()).gr_name}"
late = [util.get_cfg_option_bool(one, "defer", False) for one in found]
for wanted in (False, True):
    files = [
        {**one, "path": root + os.path.abspath(one["path"]), "owner": me}
        for one, deferred in zip(found, late) if deferred is wanted
    ]
    cc_write_files.write_files("write_files", files, me)
"""


def written(user_data: str | bytes, scratch: Path) -> dict[str, bytes]:
    """The files that cloud-init writes for this user data, by their path on the node.

    `scratch` is an empty folder. Raises `AssertionError` with cloud-init's own words when it fails.
    """
    state, root = scratch / "state", scratch / "root"
    for folder in (state / "data", root):
        folder.mkdir(parents=True)
    data = user_data.encode() if isinstance(user_data, str) else user_data
    done = subprocess.run([_PYTHON, "-c", _WRITE, str(state), str(root)], input=data, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return {f"/{path.relative_to(root)}": path.read_bytes() for path in root.rglob("*") if path.is_file()}


def refused(user_data: str, scratch: Path) -> str:
    """What `cloud-init schema` says against a cloud-config; empty when it accepts it."""
    file = scratch / "user-data.yaml"
    file.write_text(user_data)
    done = subprocess.run(
        ["cloud-init", "schema", "--config-file", str(file)], capture_output=True, text=True, check=False
    )
    said = (done.stdout + done.stderr).replace(str(file), file.name)
    return "" if done.returncode == 0 else said.strip()
