"""A machine whose programs are replaced empties itself before, and takes pods again after."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.scripts.machine import Ended, Machine
from tools.stack.engine import SENTENCE

NODE: dict[str, Any] = {
    "kind": "Node",
    "metadata": {"name": "n1", "annotations": {"other": "annotation"}},
    "spec": {"podCIDR": "10.10.21.0/24"},
    "status": {
        "conditions": [{"type": "Ready", "status": "True"}],
        "nodeInfo": {"kubeletVersion": "v1.36.3"},
    },
}
PODS: list[dict[str, Any]] = [
    {"name": "web", "ends": 2},
    {"name": "dns", "namespace": "kube-system"},
    {"name": "agent", "kind": "DaemonSet"},
    {"name": "etcd-n1", "namespace": "kube-system", "static": True},
]
BODY = """
. $STAGE/fetch.sh
. $STAGE/drain.sh
NODE=n1 DRAIN_SECONDS={seconds}
replaces_what_runs_pods() {{ {replaces}; }}
drain_before_replacing
say "replaces"
{after}
take_pods_again
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine that has joined, with an API server."""
    machine = Machine(tmp_path / "machine")
    machine.fake("curl", (Path(__file__).parent / "api.py").read_text())
    machine.fake("kubelet", "#!/bin/bash\necho Kubernetes v1.36.3\n")
    machine.fake("sleep", "#!/bin/bash\nexec /bin/sleep 0.05\n")
    (machine.folder / "kubelet" / "pki").mkdir(parents=True)
    (machine.folder / "kubelet" / "kubeconfig").write_text("    server: https://api:6443\n")
    (machine.folder / "kubelet" / "pki" / "kubelet-client-current.pem").write_text("certificate\n")
    (machine.folder / "systemd").mkdir()
    (machine.folder / "systemd" / "kubelet.active").touch()
    _write(machine, NODE, PODS)
    return machine


def _write(machine: Machine, node: dict[str, Any], pods: list[dict[str, Any]]) -> None:
    (machine.folder / "node.json").write_text(json.dumps(node))
    (machine.folder / "pods.json").write_text(json.dumps(pods))


def _run(
    machine: Machine, *, seconds: int = 60, replaces: str = "true", after: str = "", step: str = "node", cut_at: int = 0
) -> Ended:
    return machine.run(BODY.format(seconds=seconds, replaces=replaces, after=after), step=step, cut_at=cut_at)


def _asked(machine: Machine) -> list[str]:
    log = machine.folder / "api.log"
    return log.read_text().splitlines() if log.exists() else []


def _node(machine: Machine) -> dict[str, Any]:
    node: dict[str, Any] = json.loads((machine.folder / "node.json").read_text())
    return node


def _left(machine: Machine) -> set[str]:
    return {pod["name"] for pod in json.loads((machine.folder / "pods.json").read_text())}


def test_all_pods_leave_but_static_ones_and_those_of_daemonsets(machine: Machine) -> None:
    ended = _run(machine, after='cp "$STAGE/../node.json" "$STAGE/../between.json"')
    assert ended.status == 0, ended
    assert _left(machine) == {"agent", "etcd-n1"}
    between = json.loads((machine.folder / "between.json").read_text())
    assert between["spec"]["unschedulable"] is True
    # At the end nothing shows that it was cordoned.
    assert _node(machine) == NODE
    assert ended.output.index("draining n1") < ended.output.index("replaces") < ended.output.index("takes pods again")
    evicted = {line.split("/")[-2] for line in _asked(machine) if line.endswith("/eviction")}
    assert evicted == {"web", "dns"}


def test_a_budget_is_waited_for(machine: Machine) -> None:
    _write(machine, NODE, [{"name": "web", "budget": 2}])
    ended = _run(machine)
    assert ended.status == 0, ended
    assert sum(line.endswith("/eviction") for line in _asked(machine)) == 3


def test_when_the_time_is_up_nothing_is_replaced_and_who_stays_is_named(machine: Machine) -> None:
    _write(machine, NODE, [{"name": "web", "budget": 1_000_000}, {"name": "slow", "asked": 1, "ends": 1_000_000}])
    ended = _run(machine, seconds=1)
    assert ended.status == 1
    assert "replaces" not in ended.output
    assert SENTENCE.match(ended.errors), ended.errors
    assert "default/web (The disruption budget web needs 1 healthy pods and has 1 currently)" in ended.errors
    assert "default/slow (it is still ending)" in ended.errors
    assert re.search("Next: .*rollout.drainTimeout", ended.errors)
    # It goes on to take pods.
    assert _node(machine) == NODE


def test_someone_elses_cordon_stays(machine: Machine) -> None:
    cordoned = {**NODE, "spec": {**NODE["spec"], "unschedulable": True}}
    _write(machine, cordoned, PODS)
    ended = _run(machine)
    assert ended.status == 0, ended
    assert "someone else cordoned it" in ended.output
    assert _left(machine) == {"agent", "etcd-n1"}
    assert _node(machine) == cordoned


@pytest.mark.parametrize("step", ["node", "prepare"])
@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"replaces": "false"}, None),
        ({"seconds": 0}, "have nowhere to go"),
    ],
)
def test_a_machine_is_not_drained_without_need(
    machine: Machine, step: str, setting: dict[str, Any], said: str | None
) -> None:
    ended = _run(machine, step=step, **setting)
    assert ended.status == 0, ended
    assert "replaces" in ended.output
    assert said is None or said in ended.output
    assert _asked(machine) == []


@pytest.mark.parametrize("missing", ["kubelet/pki/kubelet-client-current.pem", "systemd/kubelet.active"])
def test_a_machine_without_pods_that_could_leave_is_not_drained(machine: Machine, missing: str) -> None:
    (machine.folder / missing).unlink()
    ended = _run(machine)
    assert ended.status == 0, ended
    assert _asked(machine) == []


def test_a_control_plane_whose_own_api_server_is_down_is_repaired_as_it_is(machine: Machine) -> None:
    (machine.folder / "down").touch()
    ended = _run(machine, step="prepare")
    assert ended.status == 0, ended
    assert "can't be moved" in ended.output


def test_it_takes_pods_again_only_when_the_new_kubelet_is_ready(machine: Machine) -> None:
    old = {**NODE, "status": {**NODE["status"], "nodeInfo": {"kubeletVersion": "v1.35.4"}}}
    _write(machine, old, [])
    (machine.home).mkdir()
    (machine.home / "emptied").touch()
    # After some looks the Node has the new version.
    new = 'sed -i s/v1.35.4/v1.36.3/ "$STAGE/../node.json"'
    ended = _run(machine, replaces="false", after=f"(/bin/sleep 1; {new}) & SECONDS=0")
    assert ended.status == 0, ended
    assert [line.split()[0] for line in _asked(machine)].count("GET") > 2
    assert "PATCH" in _asked(machine)[-1]


def test_what_was_cordoned_takes_pods_again_wherever_the_step_was_cut_off(machine: Machine) -> None:
    # Each run costs seconds: not before every command, but before every request and in between.
    for number in range(1, 200, 13):
        _write(machine, NODE, [])
        cut = _run(machine, cut_at=number)
        if cut.status == 0:
            assert number > 30
            return
        # Where it came that far the programs are the new ones: it is not emptied again.
        again = _run(machine, replaces="false" if "replaces" in cut.output else "true")
        assert again.status == 0, f"after a cut before command {number}: {again.errors}"
        assert _node(machine) == NODE, f"after a cut before command {number}"
    raise AssertionError("the script never came to its end")
