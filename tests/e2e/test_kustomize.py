"""kustomize, through kubectl: neither comments nor paths reach the function, so the typed config has to do."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

Run = Callable[..., "subprocess.CompletedProcess[str]"]

CONFIG = """\
apiVersion: fn.kpt.dev/v1alpha1
kind: CiliumNetworking
metadata:
  name: networking
  annotations:
    config.kubernetes.io/function: |
      container:
        image: {image}
spec:
  pools:
  - name: load-balancers
    blocks:
    - cidr: 192.0.2.0/27
"""

SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  type: LoadBalancer\n"


@pytest.mark.needs("kubectl", "docker")
@pytest.mark.parametrize("field", ["generators", "transformers"])
def test_typed_config(field: str, image: str, run: Run, tmp_path: Path) -> None:
    """As a generator and as a transformer the typed config gives its pool beside the resources that were there."""
    (tmp_path / "config.yaml").write_text(CONFIG.format(image=image))
    (tmp_path / "service.yaml").write_text(SERVICE)
    (tmp_path / "kustomization.yaml").write_text(f"resources: [service.yaml]\n{field}: [config.yaml]\n")
    out = run("kubectl", "kustomize", "--enable-alpha-plugins", tmp_path).stdout
    objects = {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(out)}
    assert sorted(objects) == [("CiliumLoadBalancerIPPool", "load-balancers"), ("Service", "web")]
    assert objects["CiliumLoadBalancerIPPool", "load-balancers"]["spec"]["blocks"] == [{"cidr": "192.0.2.0/27"}]
