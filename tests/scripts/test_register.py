"""How a control plane lets a machine in: only the machine's own kubelet may make its Node."""

import shlex
from pathlib import Path

import pytest

from tests.scripts.machine import Machine

# An API server that has the Node, Ready, from the fourth time on that someone looks for it; it keeps a log.
API = """#!/bin/bash
log=${0%/*}/../api.log
while (($#)); do
  case $1 in --request) method=$2; shift 2 ;; http*) url=$1; shift ;; *) shift ;; esac
done
path=${url#https://api}
echo "${method:-GET} ${path%%[?]*}" >>"$log"
case $method in PATCH) cat >>"${0%/*}/../patches" ;; esac
if [ "$method $path" = "GET /api/v1/nodes/n1" ]; then
  [ "$(grep --count --line-regexp 'GET /api/v1/nodes/n1' "$log")" -ge 4 ] || exit 22
  printf '%s\\n' '"type": "Ready",' '"status": "True"' '"kubeletVersion": "v1.36.3"'
fi
"""
NODE_IS_LARGE = """
[ "$method $path" != "GET /api/v1/nodes/n1" ] || head -c 200000 /dev/zero | tr '\\0' '\\n'
"""
NODE = "/api/v1/nodes/n1"
BODY = """
printf 'TOKEN_ID=abcdef\nTOKEN_SECRET=0123456789abcdef\n' >$STAGE/token.env
NODE=n1 NODE_ADDRESS=10.80.0.21 NODE_VERSION=1.36.3 NODE_LABELS=zone=a NODE_TAINTS= NODE_POD_RANGE=10.10.21.0/24
. $STAGE/register.sh
"""


@pytest.fixture
def asked(tmp_path: Path) -> list[str]:
    """What the API server was asked while n1 was let in, in order."""
    machine = Machine(tmp_path / "machine")
    machine.fake("curl", API)
    (machine.folder / "admin.kubeconfig").write_text("    server: https://api\n")
    ended = machine.run(BODY, step="register")
    assert ended.status == 0, ended
    assert "n1 is Ready" in ended.output
    return (machine.folder / "api.log").read_text().splitlines()


def test_a_node_is_described_only_after_its_kubelet_made_it(asked: list[str]) -> None:
    """A kubelet that finds a Node without a capacity rejects its static pods for good."""
    assert asked[: asked.index(f"PATCH {NODE}")].count(f"GET {NODE}") >= 4


def test_the_token_is_there_before_and_stays_for_the_others(asked: list[str]) -> None:
    token = "/api/v1/namespaces/kube-system/secrets/bootstrap-token-abcdef"
    assert [line for line in asked if token in line] == [asked[0]] == [f"PATCH {token}"]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("aws:///eu-central-1a/", 'providerID: "aws:///eu-central-1a/i-0123"'),
        ("gce://my-project/europe-west3-a/n1", 'providerID: "gce://my-project/europe-west3-a/n1"'),
        ("", ""),
    ],
)
def test_a_node_gets_its_provider_id(tmp_path: Path, given: str, found: str) -> None:
    machine = Machine(tmp_path / "machine")
    machine.fake("curl", API)
    (machine.folder / "admin.kubeconfig").write_text("    server: https://api\n")
    body = BODY.replace("NODE=n1", f"NODE_PROVIDER_ID={given} NODE=n1").replace(
        "\nNODE_PROVIDER", "\nprintf i-0123 >$STAGE/identity\nNODE_PROVIDER"
    )
    ended = machine.run(body, step="register")
    assert ended.status == 0, ended
    (spec,) = [line for line in (machine.folder / "patches").read_text().splitlines() if line.startswith("spec:")]
    pods = 'podCIDR: "10.10.21.0/24", podCIDRs: ["10.10.21.0/24"]'
    assert spec == f"spec: {{{pods}{found and ', '}{found}}}"


@pytest.mark.parametrize(("shape", "cordoned"), [("t3.large debian", True), ("t3.large debian", False), ("", True)])
def test_a_node_that_was_emptied_before_its_machine_changed_takes_pods_again(
    tmp_path: Path, shape: str, cordoned: bool
) -> None:
    machine = Machine(tmp_path / "machine")
    # The annotation stands early in a Node that is larger than a pipe.
    annotation = '"kubernetes-from-scratch/cordoned": "yes"\\n' if cordoned else ""
    machine.fake("curl", API.replace("printf '%s", f"printf '{annotation}'; printf '%s") + NODE_IS_LARGE)
    machine.fake("kubectl", '#!/bin/bash\necho "$*" >>"${0%/*}/../kubectl.log"\n')
    (machine.folder / "admin.kubeconfig").write_text("    server: https://api\n")
    ended = machine.run(BODY.replace("NODE=n1 ", f"NODE=n1 NODE_SHAPE={shlex.quote(shape)} "), step="register")
    assert ended.status == 0, ended
    log = machine.folder / "kubectl.log"
    told = log.read_text().splitlines() if log.exists() else []
    wanted = ["uncordon n1", "annotate node n1 kubernetes-from-scratch/cordoned-"]
    assert told == (wanted if shape and cordoned else [])
