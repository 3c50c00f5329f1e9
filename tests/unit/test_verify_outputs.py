"""`make verify`: from a stack's outputs to what the verification reads."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from tools.stack.verification import NoClusterError, files

OUTPUTS: dict[str, Any] = {
    "kubeconfig": "kind: Config\n",
    "userTokens": {"jane": "t0ken", "joe": "other", "solo": "third"},
    "verification": {
        "nodes": "cp1=1.36.3 n1=1.36.2",
        "groups": "workers=1",
        "policy": "calico",
        "image": "registry.k8s.io/e2e-test-images/agnhost:2.63.0",
        "outside": True,
        "users": {"jane": ["developers", "on call"], "joe": ["developers"], "solo": []},
    },
}


def test_settings_are_shell_variables() -> None:
    shown = 'printf "%s|" "$NODES" "$POLICY" "$IMAGE" "$OUTSIDE" "$GROUPS_OF_NODES"'
    text = files("local", OUTPUTS)["settings"] + shown
    said = subprocess.run(["bash", "-euc", text], capture_output=True, text=True, check=True).stdout
    assert said == "cp1=1.36.3 n1=1.36.2|calico|registry.k8s.io/e2e-test-images/agnhost:2.63.0|yes|workers=1|"


def test_users_are_written_as_kube_apiserver_reads_them() -> None:
    lines = files("local", OUTPUTS)["users"].splitlines()
    assert lines == ['t0ken,jane,jane,"developers,on call"', "other,joe,joe,developers", "third,solo,solo,"]


@pytest.mark.parametrize("missing", ["kubeconfig", "verification", "userTokens"])
def test_a_stack_without_a_cluster_is_told_what_to_do(missing: str) -> None:
    outputs = {name: value for name, value in OUTPUTS.items() if name != missing}
    with pytest.raises(NoClusterError, match=rf"{missing}.*make up STACK=ha"):
        files("ha", outputs)
