"""Machines that are there already: a cluster comes to them, and goes again without a trace.

One of them is entered as a user with sudo, one through another machine.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import asyncssh
import pytest
import yaml

from tests.cluster import inventory
from tests.cluster.inventory import Inventory
from tests.cluster.local_machines import Machine, succeed
from tests.cluster.project import CACHE, REPOSITORY, Project, Settings

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(os.geteuid() != 0, reason="local machines need root"),
    pytest.mark.skipif(not (CACHE / "artifacts.yaml").exists(), reason="nothing is set up: type `make tools`"),
]

STACK = "test-bare-metal"
ADDRESSES = {"cp1": "10.95.1.11", "n1": "10.95.1.21", "n2": "10.95.1.22"}
OPERATOR = asyncssh.generate_private_key("ssh-ed25519")

Machines = Mapping[str, Machine]


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    """Three machines on a network of their own, with a mirror where there is one."""
    succeed("cleanup", "--label", STACK)
    succeed("network", "create", STACK, "--range", "10.95.1.0/24")
    made = {
        name: Machine(cluster=STACK, name=name, address=address, user_key=OPERATOR)
        for name, address in ADDRESSES.items()
    }
    with ThreadPoolExecutor() as pool:
        for done in pool.map(Machine.create, made.values()):
            assert done.returncode == 0, done.stderr
    yield made
    succeed("cleanup", "--label", STACK)


@pytest.fixture(scope="module")
def untouched(machines: Machines) -> Mapping[str, Inventory]:
    """What was on the machines, once n1 has its user."""
    for machine in machines.values():
        # As on a machine that routes nothing; a container has what its host has.
        machine.ssh("sysctl --write net.ipv4.ip_forward=0")
    key = shlex.quote(OPERATOR.export_public_key().decode().strip())
    machines["n1"].ssh(
        "useradd --create-home --shell /bin/bash deploy && install -d -m 0700 -o deploy ~deploy/.ssh && "
        f"echo {key} >~deploy/.ssh/authorized_keys && chown deploy ~deploy/.ssh/authorized_keys && "
        "echo 'deploy ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/deploy"
    )
    return {name: inventory.take(machine.ssh) for name, machine in machines.items()}


@pytest.fixture(scope="module")
def settings(machines: Machines, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The stack file, as docs/bare-metal.md says."""
    key = tmp_path_factory.mktemp("operator") / "id_ed25519"
    key.write_bytes(OPERATOR.export_private_key())
    key.chmod(0o600)
    keys = {name: " ".join(m.host_key.export_public_key().decode().split()[:2]) for name, m in machines.items()}
    bastion = {"host": ADDRESSES["cp1"], "hostKey": keys["cp1"]}
    return {
        "clusterName": STACK,
        "provider": "bare-metal",
        "ssh": {"privateKeyFile": str(key)},
        "network": {"nodeRange": "10.95.1.0/24", "podRange": "10.20.0.0/16", "serviceRange": "10.30.0.0/16"},
        "machines": [
            {"name": "cp1", "role": "control-plane", "address": ADDRESSES["cp1"], "ssh": {"hostKey": keys["cp1"]}},
            {"name": "n1", "address": ADDRESSES["n1"], "ssh": {"hostKey": keys["n1"], "user": "deploy"}},
            {"name": "n2", "address": ADDRESSES["n2"], "ssh": {"hostKey": keys["n2"], "bastion": bastion}},
        ],
        "addons": {"metricsServer": True, "localVolumes": True},
        "extraFiles": [{"path": "/etc/sysctl.d/95-own.conf", "content": "vm.swappiness = 10\n", "machines": ["n1"]}],
        **_sources(),
    }


def _sources() -> Settings:
    """Where these machines get their files: upstream by default, else the mirror that set-up has made, served here."""
    decided = yaml.safe_load((CACHE / "artifacts.yaml").read_text())
    if decided["source"] == "upstream":
        return {}
    succeed("mirror", "create", STACK, "--address", "10.95.1.2", "--root", str(CACHE / "mirror"))
    return {
        "binaries": {"source": "mirror", "url": "http://10.95.1.2", "lock": str(REPOSITORY / decided["lock"])},
        "images": {"source": decided["images"]},
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


def test_a_cluster_comes_up(project: Project, untouched: Mapping[str, Inventory], machines: Machines) -> None:
    done = project.up().must_succeed()
    assert "Nodes ready, right version        ok       3 of 3" in done.text
    assert " FAILED " not in done.text
    # The list of what is on a machine does see Kubernetes, or it would prove nothing at the end.
    found = inventory.differences(untouched["n1"], inventory.take(machines["n1"].ssh))
    assert {line.partition(":")[0] for line in found} >= {
        "files", "folders of /run", "interfaces", "routes", "rules", "sets", "mounts", "units", "processes",
    }  # fmt: skip


def test_a_machine_that_leaves_is_left_as_it_was(
    cluster: Project, settings: Settings, untouched: Mapping[str, Inventory], machines: Machines
) -> None:
    cluster.configure({**settings, "machines": settings["machines"][:2]})
    update = cluster.pulumi_up()
    assert "n2-register" in update.changed()
    assert any("draining n2" in line for line in update.said)
    same(untouched["n2"], machines["n2"])
    assert cluster.kubectl("get", "nodes", "--output=name").split() == ["node/cp1", "node/n1"]


def test_destroy_leaves_the_machines_as_they_were(
    cluster: Project, untouched: Mapping[str, Inventory], machines: Machines
) -> None:
    cluster.down().must_succeed()
    for name, machine in machines.items():
        same(untouched[name], machine)
        assert machine.ssh("systemctl is-system-running") == "running"
