"""Three control planes lose one after the other, under load: nobody notices more than a single retry.

The tests are one story, as in test_cluster.py.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from tests.cluster.caller import Caller
from tests.cluster.load import MANIFEST, Load
from tests.cluster.local_machines import leftovers, succeed
from tests.cluster.processes import eventually
from tests.cluster.project import CACHE, Project, Settings
from tools.machines import podman

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(os.geteuid() != 0, reason="local machines need root"),
    pytest.mark.skipif(not (CACHE / "artifacts.yaml").exists(), reason="nothing is set up: type `make tools`"),
]

STACK = "test-ha"
ADDRESSES = {
    "cp1": "10.97.0.11", "cp2": "10.97.0.12", "cp3": "10.97.0.13", "cp4": "10.97.0.14",
    "n1": "10.97.0.21", "n2": "10.97.0.22",
}  # fmt: skip
CONTROL_PLANES = ("cp1", "cp2", "cp3")
VIRTUAL = "10.97.0.10"
SETTINGS: Settings = {
    "clusterName": STACK,
    "provider": "local",
    "network": {"nodeRange": "10.97.0.0/24", "podRange": "10.22.0.0/16", "serviceRange": "10.32.0.0/16"},
    "api": {"virtualAddress": VIRTUAL},
    "machines": [
        {"name": name, "address": ADDRESSES[name], "role": "control-plane" if name in CONTROL_PLANES else "node"}
        for name in (*CONTROL_PLANES, "n1", "n2")
    ],
}
REPLACED: Settings = {
    **SETTINGS,
    "machines": [
        *SETTINGS["machines"][1:],
        {"name": "cp4", "address": ADDRESSES["cp4"], "role": "control-plane"},
    ],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The stack; nothing of it is there at first, nothing is left of it at the end."""
    succeed("cleanup", "--label", STACK)
    yield Project(tmp_path_factory.mktemp(STACK), STACK, SETTINGS)
    succeed("cleanup", "--label", STACK)


@pytest.fixture
def cluster(project: Project) -> Project:
    """The stack with its cluster running."""
    if not project.kubeconfig.exists():
        pytest.skip("there is no cluster: see the first test that failed")
    return project


def on(machine: str, command: str) -> str:
    return podman.run("exec", f"{machine}.{STACK}", "bash", "-c", command).strip()


def act(machine: str, action: str) -> None:
    succeed("machine", action, machine, "--label", STACK)


def holder() -> str:
    """The control plane that has the virtual address."""
    found = [name for name in CONTROL_PLANES if f" {VIRTUAL}/" in on(name, "ip -4 addr show")]
    assert len(found) == 1, found
    return found[0]


def whole(project: Project, control_planes: Sequence[str] = CONTROL_PLANES) -> bool:
    """Whether every Node is Ready and every control plane's API server and etcd member serve."""
    nodes = json.loads(project.kubectl("get", "nodes", "--output=json"))["items"]
    ready = [c["status"] for node in nodes for c in node["status"]["conditions"] if c["type"] == "Ready"]
    return ready == ["True"] * len(SETTINGS["machines"]) and all(_serves(name) for name in control_planes)


def _serves(name: str) -> bool:
    url = f"https://{ADDRESSES[name]}:6443/readyz"
    return on(name, f"curl --silent --cacert /etc/kubernetes/pki/cluster-ca.crt {url} || true") == "ok"


@contextmanager
def under_load(project: Project) -> Iterator[Load]:
    """A load that has run for a while before the test acts, and is judged when it ended."""
    address = project.kubectl("get", "service", "server", "--namespace=load", "--output=jsonpath={.spec.clusterIP}")
    caller = Caller(f"n1.{STACK}", f"http://{address}/hostname")
    try:
        with Load(project.kubeconfig, caller) as load:
            eventually("the load runs", lambda: min(load.reads.asked, load.writes.asked, load.service.asked) >= 10)
            yield load
            # What comes after the event belongs to it: a client that still waits, a connection that is still used.
            asked = load.reads.asked
            eventually("the load goes on", lambda: load.reads.asked >= asked + 30)
    finally:
        caller.close()
    print(load.report())
    assert load.service.failed == [], load.report()
    assert load.service.tried_again == 0, load.report()
    assert load.reads.failed == [], load.report()
    assert load.writes.failed == [], load.report()
    assert load.lost() == []


def test_three_control_planes_come_up_behind_one_address(project: Project) -> None:
    project.up().must_succeed()
    assert whole(project)
    assert holder() in CONTROL_PLANES
    manifest = MANIFEST.replace("@IMAGE@", project.outputs()["verification"]["image"])
    project.kubectl("apply", "--filename=-", given=manifest)
    project.kubectl("rollout", "status", "deployment/server", "--namespace=load", "--timeout=120s")


def test_the_holder_of_the_address_loses_its_power(cluster: Project) -> None:
    lost = holder()
    with under_load(cluster):
        act(lost, "kill")
        eventually("another has the address", lambda: _moved(lost), seconds=60)
    act(lost, "start")
    eventually("the cluster is whole", lambda: whole(cluster), seconds=240)


def _moved(lost: str) -> bool:
    others = [name for name in CONTROL_PLANES if name != lost]
    return any(f" {VIRTUAL}/" in on(name, "ip -4 addr show") for name in others)


def test_one_that_does_not_hold_it_loses_its_power(cluster: Project) -> None:
    lost = next(name for name in CONTROL_PLANES if name != holder())
    with under_load(cluster):
        act(lost, "kill")
        act(lost, "start")
    eventually("the cluster is whole", lambda: whole(cluster), seconds=240)


def test_the_holder_is_shut_down_in_order(cluster: Project) -> None:
    lost = holder()
    with under_load(cluster):
        act(lost, "stop")
    act(lost, "start")
    eventually("the cluster is whole", lambda: whole(cluster), seconds=240)


def test_the_first_control_plane_is_replaced(cluster: Project) -> None:
    cluster.configure(REPLACED)
    with under_load(cluster):
        cluster.up().must_succeed()
    assert whole(cluster, ("cp2", "cp3", "cp4"))
    assert cluster.pulumi_up().changed() == set()


def test_nothing_is_left(cluster: Project) -> None:
    cluster.down().must_succeed()
    assert leftovers(STACK) == []
