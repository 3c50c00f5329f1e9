"""etcd is lost, in part and as a whole: what was acknowledged, or was in the snapshot, is there again.

Three control planes and a node, machines that are there already. The tests are one story, as in test_cluster.py.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cluster.bare_metal import Fleet
from tests.cluster.local_machines import Machine
from tests.cluster.project import CACHE, Done, Project, Settings

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.fault,
    pytest.mark.skipif(os.geteuid() != 0, reason="local machines need root"),
    pytest.mark.skipif(not (CACHE / "artifacts.yaml").exists(), reason="nothing is set up: type `make tools`"),
]

STACK = "test-lost"
CONTROL_PLANES = ("cp1", "cp2", "cp3")
NUMBERS = {"cp1": 11, "cp2": 12, "cp3": 13, "n1": 21}


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    fleet = Fleet(stack=STACK, prefix="10.95.4.")
    fleet.make(NUMBERS)
    fleet.serve()
    yield fleet
    fleet.remove()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("operator")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, fleet: Fleet, folder: Path) -> Project:
    """The stack."""
    return Project(tmp_path_factory.mktemp(STACK), STACK, settings(fleet, folder))


@pytest.fixture
def cluster(project: Project) -> Project:
    """The stack with its cluster running."""
    if not project.kubeconfig.exists():
        pytest.skip("there is no cluster: see the first test that failed")
    return project


def settings(fleet: Fleet, folder: Path) -> Settings:
    return {**fleet.settings(folder, NUMBERS), "api": {"virtualAddress": f"{fleet.prefix}10"}}


def operate(project: Project, command: str, *arguments: str) -> Done:
    return project.run("tools/operate", command, STACK, *arguments)


def write(project: Project, *names: str) -> None:
    """Acknowledged when it returns."""
    for name in names:
        project.kubectl("create", "configmap", name, f"--from-literal=word={name}")


def names(project: Project) -> set[str]:
    items = json.loads(project.kubectl("get", "configmaps", "--output=json"))["items"]
    return {item["metadata"]["name"] for item in items}


def guest(project: Project) -> str:
    """The container of a pod on the node: whatever happens to etcd, it is nobody's business to end it."""
    found: str = project.kubectl("get", "pod/guest", "--output=jsonpath={.status.containerStatuses[0].containerID}")
    return found


def members(fleet: Fleet, machine: str) -> set[str]:
    """Names of etcd's members that count, as one of them sees it."""
    pki = "/etc/kubernetes/pki"
    listed = fleet.on(
        machine,
        f"etcdctl --endpoints=https://127.0.0.1:2379 --cacert={pki}/etcd-ca.crt --cert={pki}/etcd/server.crt "
        f"--key={pki}/etcd/server.key member list",
    )
    fields = [line.split(", ") for line in listed.splitlines()]
    return {field[2] for field in fields if field[1] == "started" and field[5] == "false"}


def install_anew(fleet: Fleet, *names: str) -> None:
    """Other machines, with other host keys, at the same addresses."""
    for name in names:
        fleet.machines[name].act("delete")
        fleet.machines[name] = Machine(
            cluster=STACK, name=name, address=f"{fleet.prefix}{NUMBERS[name]}", user_key=fleet.operator
        )
    with ThreadPoolExecutor() as pool:
        for made in pool.map(Machine.create, (fleet.machines[name] for name in names)):
            assert made.returncode == 0, made.stderr


def test_a_quorum_that_is_there_is_left_alone(project: Project, fleet: Fleet) -> None:
    project.up().must_succeed()
    write(project, "first")
    image = project.outputs()["verification"]["image"]
    project.kubectl("run", "guest", f"--image={image}", "--", "pause")
    project.kubectl("wait", "pod/guest", "--for=condition=Ready", "--timeout=120s")
    asked = operate(project, "quorum").must_fail()
    assert all(f"{name} at revision " in asked.text for name in CONTROL_PLANES)
    refused = operate(project, "quorum", "--from", "cp2").must_fail()
    assert "cp2: restore failed: expected an etcd without a quorum; found one that works" in refused.text
    assert members(fleet, "cp2") == set(CONTROL_PLANES)


def test_the_cluster_goes_on_with_the_member_that_survived(cluster: Project, fleet: Fleet) -> None:
    write(cluster, *(f"acknowledged-{number}" for number in range(20)))
    container = guest(cluster)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: fleet.machines[name].act("kill"), ("cp1", "cp3")))
    unnamed = operate(cluster, "quorum", "--from", "cp2").must_fail()
    assert "WITHOUT=cp1" in unnamed.text
    done = operate(cluster, "quorum", "--from", "cp2", "--without", "cp1,cp3")
    assert "etcd goes on with what cp2 had" in done.text, done.text
    assert names(cluster) >= {"first", *(f"acknowledged-{number}" for number in range(20))}
    assert members(fleet, "cp2") == {"cp2"}
    assert guest(cluster) == container


def test_those_that_come_back_join_anew(cluster: Project, fleet: Fleet) -> None:
    for name in ("cp1", "cp3"):
        fleet.machines[name].act("start")
        # While another one is away, the verification at its end fails.
        done = operate(cluster, "rejoin", "--from", name)
        assert f"{name}: restore: etcd and the API server serve" in done.text, done.text
    cluster.verify().must_succeed()
    assert members(fleet, "cp1") == set(CONTROL_PLANES)
    assert cluster.pulumi_up().changed() == set()
    assert "0 differences" in operate(cluster, "drift").must_succeed().output


def test_one_that_was_installed_anew_joins_with_the_next_up(cluster: Project, fleet: Fleet, folder: Path) -> None:
    install_anew(fleet, "cp1")
    cluster.configure(settings(fleet, folder))
    cluster.up().must_succeed()
    assert members(fleet, "cp2") == set(CONTROL_PLANES)
    assert "0 differences" in operate(cluster, "drift").must_succeed().output


def test_a_restore_that_was_cut_off_is_done_again(cluster: Project, fleet: Fleet, tmp_path: Path) -> None:
    operate(cluster, "backup").must_succeed()
    write(cluster, "after")
    container = guest(cluster)
    snapshot = str(next((cluster.cache / "backups" / STACK).glob("*.snapshot")))
    log = tmp_path / "restore.log"
    process = cluster.start("tools/operate", "restore", STACK, "--from", snapshot, log=log)
    while "unpacked the snapshot" not in log.read_text():
        assert process.poll() is None, log.read_text()
    process.kill()
    process.wait()
    operate(cluster, "restore", "--from", snapshot).must_succeed()
    assert "first" in names(cluster)
    assert "after" not in names(cluster)
    assert members(fleet, "cp3") == set(CONTROL_PLANES)
    assert guest(cluster) == container


def test_all_control_planes_are_lost(cluster: Project, fleet: Fleet, folder: Path) -> None:
    snapshot = str(next((cluster.cache / "backups" / STACK).glob("*.snapshot")))
    container = guest(cluster)
    install_anew(fleet, *CONTROL_PLANES)
    cluster.configure(settings(fleet, folder))
    done = operate(cluster, "restore", "--from", snapshot).must_succeed()
    assert " FAILED " not in done.text
    assert "first" in names(cluster)
    assert members(fleet, "cp1") == set(CONTROL_PLANES)
    assert guest(cluster) == container
    assert "0 differences" in operate(cluster, "drift").must_succeed().output
