"""Three control planes and two nodes in hard times, under load: engines that die, networks that part, disks that fill.

The tests are one story, as in test_cluster.py.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.highly_available import Cluster, ranges
from tests.cluster.local_machines import leftovers, succeed
from tests.cluster.processes import cut_off_engine, eventually
from tests.cluster.project import CACHE, Project

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.fault,
    pytest.mark.skipif(os.geteuid() != 0, reason="local machines need root"),
    pytest.mark.skipif(not (CACHE / "artifacts.yaml").exists(), reason="nothing is set up: type `make tools`"),
]

STACK = "test-hard"
NUMBER = 94
CONTROL_PLANES = ("cp1", "cp2", "cp3")
ALL = (*CONTROL_PLANES, "n1", "n2")
# Of each up, and how many seconds into one at most: an up of this cluster takes about as long.
CUTS, LONGEST = 5, 60.0
PARTED = """
table inet parted
delete table inet parted
table inet parted {
  chain input { type filter hook input priority 0; iifname "eth0" drop; }
  chain output { type filter hook output priority 0; oifname "eth0" drop; }
}
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The stack; nothing of it is there at first, nothing is left of it at the end."""
    succeed("cleanup", "--label", STACK)
    cluster = Cluster(Project(tmp_path_factory.mktemp(STACK), STACK, ranges(STACK, NUMBER)), NUMBER)
    cluster.project.configure(cluster.settings(*ALL))
    yield cluster
    succeed("cleanup", "--label", STACK)


@pytest.fixture
def running(cluster: Cluster) -> Cluster:
    """The stack with its cluster running."""
    if not cluster.project.kubeconfig.exists():
        pytest.skip("there is no cluster: see the first test that failed")
    return cluster


def _cut_off_ups(cluster: Cluster, folder: Path) -> list[float]:
    """Starts `make up` again and again, and kills each one's engine at some moment; returns the moments, in seconds."""
    moments = [round(random.uniform(1, LONGEST), 1) for _ in range(CUTS)]
    for number, moment in enumerate(moments):
        process = cluster.project.start("tools/up", STACK, log=folder / f"up-{number}.log")
        deadline = time.monotonic() + moment
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        cut_off_engine(process)
    print("engines were killed after", *moments, "s")
    return moments


def test_a_cluster_comes_up_though_its_engines_die(cluster: Cluster, tmp_path: Path) -> None:
    moments = _cut_off_ups(cluster, tmp_path)
    done = cluster.project.up()
    assert done.status == 0, f"engines were killed after {moments} s\n{done.text}"
    cluster.check(*ALL)
    assert cluster.project.pulumi_up().changed() == set()
    cluster.deploy()


def test_a_change_of_every_machine_is_made_though_its_engines_die(running: Cluster, tmp_path: Path) -> None:
    """Nobody who asks the cluster notices: a machine that was left half way serves on, or is out of the balancer."""
    running.project.configure(running.settings(*ALL, extraArgs={"kubelet": {"v": "3"}, "kubeApiserver": {"v": "2"}}))
    with running.under_load("n1"):
        moments = _cut_off_ups(running, tmp_path)
        done = running.project.up()
        assert done.status == 0, f"engines were killed after {moments} s\n{done.text}"
    running.check(*ALL)
    for name in ALL:
        assert "--v=3" in running.on(name, "tr '\\0' ' ' <\"/proc/$(pidof kubelet)/cmdline\"")
    assert running.project.pulumi_up().changed() == set()


def test_a_control_plane_is_parted_from_the_others(running: Cluster) -> None:
    parted = running.holder(*CONTROL_PLANES)
    with running.under_load("n1"):
        running.on(parted, f"nft -f - <<'END'\n{PARTED}END")
        others = [name for name in CONTROL_PLANES if name != parted]
        eventually("another has the address", lambda: _holds(running, others), seconds=60)
        time.sleep(15)
        running.on(parted, "nft delete table inet parted")
    running.check(*ALL)
    assert running.holder(*CONTROL_PLANES)


def _holds(running: Cluster, names: list[str]) -> bool:
    return any(f" {running.address('')}/" in running.on(name, "ip -4 addr show") for name in names)


def test_the_disk_of_etcd_is_full(running: Cluster) -> None:
    """On one control plane; when there is room again, it goes on by itself."""
    name = next(one for one in CONTROL_PLANES if one != running.holder(*CONTROL_PLANES))
    with running.under_load("n1"):
        # A disk of its own, for this computer's must not be full.
        _move_etcd(
            running,
            name,
            "mkdir /run/disk && mount -t tmpfs -o size=400m tmpfs /run/disk",
            "/var/lib/etcd",
            "/run/disk",
        )
        running.on(name, "mount --bind /run/disk /var/lib/etcd && systemctl start kubelet")
        eventually(f"etcd of {name} serves on its own disk", lambda: running.serves(name), seconds=300)
        running.on(name, "dd if=/dev/zero of=/run/disk/fill bs=1M 2>/dev/null || true")
        # etcd has made room for a while in advance.
        running.project.kubectl("create", "--filename=-", given=_large_objects(80))
        eventually(f"etcd of {name} has no room", lambda: not running.serves(name), seconds=120)
        running.on(name, "rm /run/disk/fill")
        running.check(*ALL)
        _move_etcd(running, name, "umount /var/lib/etcd", "/run/disk", "/var/lib/etcd")
        running.on(name, "umount /run/disk && systemctl start kubelet")
        running.check(*ALL)


def _large_objects(count: int) -> str:
    """ConfigMaps of 900 KB each: 1 MiB is the most that the API takes."""
    body = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"text": "x" * 900_000}}
    return "\n".join(
        json.dumps({**body, "metadata": {"name": f"large-{n}", "namespace": "load"}}) for n in range(count)
    )


def _move_etcd(running: Cluster, name: str, first: str, source: str, target: str) -> None:
    """etcd stops, and its files are in another place."""
    running.on(
        name,
        f"systemctl stop kubelet && pkill -x etcd; while pgrep -x etcd; do sleep 0.1; done; {first} && "
        f"rm -rf {target}/* && cp -a {source}/. {target}/",
    )


def test_all_machines_restart_at_once(running: Cluster) -> None:
    """As after a power cut: what was acknowledged is there, and all comes back without anyone's help."""
    with running.under_load("n1", allowed=("reads", "writes", "service")):
        for name in ALL:
            running.act(name, "kill")
        for name in ALL:
            running.act(name, "start")
        running.check(*ALL)
        running.project.kubectl("rollout", "status", "deployment/server", "--namespace=load", "--timeout=240s")
    running.project.verify().must_succeed()


def test_nothing_is_left(running: Cluster) -> None:
    running.project.down().must_succeed()
    assert leftovers(STACK) == []
