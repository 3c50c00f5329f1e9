"""Machines that are there already: a cluster comes to them, and goes again without a trace.

One of them is entered as a user with sudo, one through another machine.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping

import pytest

from tests.cluster import inventory
from tests.cluster.bare_metal import Fleet, public
from tests.cluster.inventory import Inventory
from tests.cluster.local_machines import Machine
from tests.cluster.project import CACHE, Project, Settings

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(os.geteuid() != 0, reason="local machines need root"),
    pytest.mark.skipif(not (CACHE / "artifacts.yaml").exists(), reason="nothing is set up: type `make tools`"),
]

STACK = "test-bare-metal"
NUMBERS = {"cp1": 11, "n1": 21, "n2": 22}


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    """Three machines."""
    fleet = Fleet(stack=STACK, prefix="10.95.1.")
    fleet.make(NUMBERS)
    fleet.serve()
    yield fleet
    fleet.remove()


@pytest.fixture(scope="module")
def untouched(fleet: Fleet) -> Mapping[str, Inventory]:
    """What was on the machines, once n1 has its user."""
    for machine in fleet.machines.values():
        # As on a machine that routes nothing; a container has what its host has.
        machine.ssh("sysctl --write net.ipv4.ip_forward=0")
    key = shlex.quote(public(fleet.operator))
    fleet.machines["n1"].ssh(
        "useradd --create-home --shell /bin/bash deploy && install -d -m 0700 -o deploy ~deploy/.ssh && "
        f"echo {key} >~deploy/.ssh/authorized_keys && chown deploy ~deploy/.ssh/authorized_keys && "
        "echo 'deploy ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/deploy"
    )
    return {name: inventory.take(machine.ssh) for name, machine in fleet.machines.items()}


@pytest.fixture(scope="module")
def settings(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The stack file, with the services that can be chosen."""
    cp1 = fleet.machines["cp1"]
    bastion = {"host": cp1.address, "hostKey": public(cp1.host_key)}
    return {
        **fleet.settings(tmp_path_factory.mktemp("operator"), NUMBERS, n1={"user": "deploy"}, n2={"bastion": bastion}),
        "addons": {"metricsServer": True, "localVolumes": True},
        "extraFiles": [{"path": "/etc/sysctl.d/95-own.conf", "content": "vm.swappiness = 10\n", "machines": ["n1"]}],
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Project:
    """The stack."""
    return Project(tmp_path_factory.mktemp(STACK), STACK, settings)


@pytest.fixture
def cluster(project: Project) -> Project:
    """The stack with its cluster running."""
    if not project.kubeconfig.exists():
        pytest.skip("there is no cluster: see the first test that failed")
    return project


def same(before: Inventory, machine: Machine) -> None:
    """Nothing has come to the machine, nothing has gone."""
    found = inventory.differences(before, inventory.take(machine.ssh))
    assert not found, f"{machine.name} is not as it was:\n" + "\n".join(found)


def test_a_cluster_comes_up(project: Project, untouched: Mapping[str, Inventory], fleet: Fleet) -> None:
    done = project.up().must_succeed()
    assert "Nodes ready, right version        ok       3 of 3" in done.text
    assert " FAILED " not in done.text
    # Snapshots go with the machine.
    fleet.on("cp1", "systemctl start etcd-snapshot && ls /var/lib/etcd-snapshots/*.snapshot")
    # The list of what is on a machine does see Kubernetes, or it would prove nothing at the end.
    found = inventory.differences(untouched["n1"], inventory.take(fleet.machines["n1"].ssh))
    assert {line.partition(":")[0] for line in found} >= {
        "files", "folders of /run", "interfaces", "routes", "rules", "sets", "mounts", "units", "processes",
        "kernel settings", "groups of processes",
    }  # fmt: skip


def test_a_machine_that_leaves_is_left_as_it_was(
    cluster: Project, settings: Settings, untouched: Mapping[str, Inventory], fleet: Fleet
) -> None:
    cluster.configure({**settings, "machines": settings["machines"][:2]})
    update = cluster.pulumi_up()
    assert "n2-register" in update.changed()
    assert any("draining n2" in line for line in update.said)
    same(untouched["n2"], fleet.machines["n2"])
    assert cluster.kubectl("get", "nodes", "--output=name").split() == ["node/cp1", "node/n1"]


def test_destroy_leaves_the_machines_as_they_were(
    cluster: Project, untouched: Mapping[str, Inventory], fleet: Fleet
) -> None:
    cluster.down().must_succeed()
    for name, machine in fleet.machines.items():
        same(untouched[name], machine)
        assert machine.ssh("systemctl is-system-running") == "running"
