"""Changes of a cluster that runs, under load: upgrade, grow, shrink, replace, give up.

The tests are one story, as in test_cluster.py.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest

from components.plan.lock import read_lock
from tests.cluster.highly_available import Cluster, ranges
from tests.cluster.local_machines import leftovers, succeed
from tests.cluster.project import CACHE, Project

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.fault,
    pytest.mark.skipif(os.geteuid() != 0, reason="local machines need root"),
    pytest.mark.skipif(not (CACHE / "mirror" / "lock.yaml").exists(), reason="nothing is set up: type `make tools`"),
]

STACK = "test-rollout"
NUMBER = 98
ALL = ("cp1", "cp2", "cp3", "n1", "n2")
BUDGET = """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: everyone, namespace: load}
spec:
  minAvailable: 100%
  selector: {matchLabels: {app: server}}
"""


def older_version() -> str | None:
    """A version of the minor before the default one, where it was built."""
    lock = read_lock(CACHE / "mirror" / "lock.yaml")
    minor = int(lock.default("kubernetes").split(".")[1]) - 1
    return next((version for version in lock.kubernetes if version.startswith(f"1.{minor}.")), None)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The stack; nothing of it is there at first, nothing is left of it at the end."""
    succeed("cleanup", "--label", STACK)
    yield Cluster(Project(tmp_path_factory.mktemp(STACK), STACK, ranges(STACK, NUMBER)), NUMBER)
    succeed("cleanup", "--label", STACK)


@pytest.fixture
def running(cluster: Cluster) -> Cluster:
    """The stack with its cluster running."""
    if not cluster.project.kubeconfig.exists():
        pytest.skip("there is no cluster: see the first test that failed")
    return cluster


@pytest.fixture
def older() -> str:
    """The version that is upgraded from."""
    version = older_version()
    if version is None:
        pytest.skip("there is one version only: make artifacts VERSION=1.35.4")
    return version


def _versions(cluster: Cluster) -> dict[str, str]:
    return {name: node["status"]["nodeInfo"]["kubeletVersion"][1:] for name, node in cluster.nodes().items()}


def _kubelets(cluster: Cluster, *names: str) -> dict[str, str]:
    return {name: cluster.on(name, "systemctl show --property=MainPID kubelet containerd") for name in names}


def test_a_cluster_of_the_older_version(cluster: Cluster) -> None:
    version = older_version()
    cluster.project.configure(cluster.settings(*ALL, **({"kubernetesVersion": version} if version else {})))
    cluster.project.up().must_succeed()
    cluster.check(*ALL)
    cluster.deploy()
    # An order of changes is no change.
    assert cluster.project.pulumi_up().changed() == set()


def test_an_upgrade_stops_where_something_stands_in_its_way(running: Cluster, older: str) -> None:
    running.project.kubectl("apply", "--filename=-", given=BUDGET)
    before = _kubelets(running, "n2")
    running.project.configure(running.settings(*ALL, rollout={"drainTimeout": 10}))
    with running.under_load("n2"):
        said = running.project.up().must_fail().text
    found = re.search(r"n1: node failed: expected the pods of n1 to leave within 10 s.*; found (.*)\. Next: (.*)", said)
    assert found, said
    assert re.match(r"load/server-\S+ \(.*disruption budget everyone", found[1]), found[0]
    assert "nothing was replaced" in found[2]
    versions = _versions(running)
    assert {versions.pop("n1"), versions.pop("n2")} == {older}
    assert set(versions.values()) != {older}
    assert len(set(versions.values())) == 1
    # The rest is untouched, and takes pods.
    assert _kubelets(running, "n2") == before
    running.check(*ALL)


def test_the_next_up_goes_on(running: Cluster, older: str) -> None:
    running.project.kubectl("delete", "poddisruptionbudget", "everyone", "--namespace=load")
    control_planes = _kubelets(running, "cp1", "cp2", "cp3")
    with running.under_load("cp1"):
        done = running.project.up().must_succeed()
    assert done.text.index("n1-node updated") < done.text.index("n2: node: draining n2"), done.text
    assert older not in _versions(running).values()
    assert _kubelets(running, "cp1", "cp2", "cp3") == control_planes
    running.check(*ALL)
    assert running.project.pulumi_up().changed() == set()


def test_the_first_control_plane_is_replaced(running: Cluster) -> None:
    names = ("cp4", "cp2", "cp3", "n1", "n2")
    running.project.configure(running.settings(*names))
    with running.under_load("n1"):
        running.project.up().must_succeed()
    running.check(*names)
    assert not any(" cp1." in name for name in leftovers(STACK))
    assert running.project.pulumi_up().changed() == set()


def test_a_machine_that_is_gone_is_given_up(running: Cluster) -> None:
    """A control plane that coordinates and a node, at once; another control plane comes in its place."""
    running.act("cp2", "kill")
    running.act("n2", "kill")
    names = ("cp3", "cp4", "cp5", "n1")
    settings = running.settings(*names)
    settings["machines"] += [running.machine("cp2", gone=True), running.machine("n2", gone=True)]
    running.project.configure(settings)
    running.project.up().must_succeed()
    running.check(*names)
    running.project.configure(running.settings(*names))
    running.project.up().must_succeed()
    running.check(*names)
    assert not any(f" {name}." in one for one in leftovers(STACK) for name in ("cp2", "n2"))


def test_three_control_planes_become_one(running: Cluster) -> None:
    names = ("cp5", "n1")
    running.project.configure(running.settings(*names))
    running.project.up().must_succeed()
    running.check(*names)
    assert running.project.pulumi_up().changed() == set()


def test_one_control_plane_becomes_three(running: Cluster) -> None:
    names = ("cp1", "cp2", "cp5", "n1")
    running.project.configure(running.settings(*names))
    running.project.up().must_succeed()
    running.check(*names)
    assert running.project.pulumi_up().changed() == set()


def test_nothing_is_left(running: Cluster) -> None:
    running.project.down().must_succeed()
    assert leftovers(STACK) == []
