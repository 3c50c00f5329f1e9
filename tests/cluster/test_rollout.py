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
# In place of the load's own: of its two servers none may be missing.
BUDGET = """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: server, namespace: load}
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


def _ask_for_other_programs(running: Cluster) -> None:
    """Where there is no second version, machines take the kubelet that they have for another one than they should."""
    if older_version() is None:
        for name in ALL:
            running.on(name, "echo other >/var/lib/kubernetes-from-scratch/installed/_usr_local_bin_kubelet")


def test_an_upgrade_stops_where_something_stands_in_its_way(running: Cluster) -> None:
    running.project.kubectl("apply", "--filename=-", given=BUDGET)
    kubelets, versions = _kubelets(running, *ALL), _versions(running)
    _ask_for_other_programs(running)
    running.project.configure(running.settings(*ALL, rollout={"drainTimeout": 10}))
    with running.under_load("n2"):
        said = running.project.up().must_fail().text
    found = re.search(r"n1: node failed: expected the pods of n1 to leave within 10 s.*; found (.*)\. Next: (.*)", said)
    assert found, said
    assert re.search(r"load/server-\S+ \(.*disruption budget server", found[1]), found[0]
    assert "nothing was replaced" in found[2]
    # Control planes are done; of the nodes none was touched, and both take pods.
    after = _kubelets(running, *ALL)
    assert {name for name in ALL if kubelets[name] != after[name]} == {"cp1", "cp2", "cp3"}
    if older_version():
        assert {name for name, version in _versions(running).items() if versions[name] != version} == {
            "cp1", "cp2", "cp3",
        }  # fmt: skip
    running.check(*ALL)


def test_the_next_up_goes_on(running: Cluster) -> None:
    running.deploy()
    before = _kubelets(running, *ALL)
    with running.under_load("cp1"):
        done = running.project.up().must_succeed()
    drained, ready, next_one = (done.text.index(part) for part in (
        "n1: node: draining n1", "n1: node: n1 takes pods again", "n2: node: draining n2",
    ))  # fmt: skip
    assert drained < ready < next_one
    after = _kubelets(running, *ALL)
    assert {name for name in ALL if before[name] != after[name]} == {"n1", "n2"}
    assert older_version() not in _versions(running).values()
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
