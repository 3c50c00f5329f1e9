"""Snapshots, restore, drift and repair on real machines: what was written is there again, what was changed is seen.

The tests are one story, as in test_cluster.py.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.leaks import leaks, secret_lines
from tests.cluster.local_machines import leftovers, succeed
from tests.cluster.project import CACHE, Done, Project, Settings
from tools.machines import podman

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(os.geteuid() != 0, reason="local machines need root"),
    pytest.mark.skipif(not (CACHE / "artifacts.yaml").exists(), reason="nothing is set up: type `make tools`"),
]

STACK = "test-backup"
SETTINGS: Settings = {
    "clusterName": STACK,
    "provider": "local",
    "network": {"nodeRange": "10.95.3.0/24", "podRange": "10.20.0.0/16", "serviceRange": "10.30.0.0/16"},
    "machines": [
        {"name": "cp1", "role": "control-plane", "address": "10.95.3.11"},
        {"name": "n1", "address": "10.95.3.21"},
        {"name": "n2", "address": "10.95.3.22"},
    ],
}
SNAPSHOTS = "/var/lib/etcd-snapshots"


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


def operate(project: Project, command: str, *arguments: str) -> Done:
    """`make backup` and its sisters."""
    return project.run("tools/operate", command, STACK, *arguments)


def write(project: Project, name: str) -> None:
    """A ConfigMap and a Secret of that name."""
    project.kubectl("create", "configmap", name, f"--from-literal=word={name}")
    project.kubectl("create", "secret", "generic", name, f"--from-literal=word={name}")


def names(project: Project, kind: str) -> set[str]:
    items = json.loads(project.kubectl("get", kind, "--output=json"))["items"]
    return {item["metadata"]["name"] for item in items}


def fetched(project: Project) -> list[Path]:
    """Snapshots on this computer."""
    return sorted((project.cache / "backups" / STACK).glob("*.snapshot"))


def test_snapshots_are_taken_by_themselves(project: Project) -> None:
    project.up().must_succeed()
    assert on("cp1", "systemctl is-active etcd-snapshot.timer; systemctl is-enabled etcd-snapshot.timer").split() == [
        "active", "enabled",
    ]  # fmt: skip
    assert on("cp1", "systemctl show --property=NextElapseUSecRealtime --value etcd-snapshot.timer")
    on("cp1", "systemctl start etcd-snapshot")
    (file,) = on("cp1", f"ls {SNAPSHOTS}").split()
    assert file.startswith(f"{STACK}-")
    assert on("cp1", f"stat -c %a {SNAPSHOTS} {SNAPSHOTS}/{file}").split() == ["700", "600"]


def test_backup_brings_a_snapshot_and_its_state_here(cluster: Project) -> None:
    write(cluster, "before")
    done = operate(cluster, "backup").must_succeed()
    (file,) = fetched(cluster)
    assert file.stat().st_mode & 0o077 == 0
    assert str(file) in done.output
    assert b"before" not in file.read_bytes()
    state = file.with_suffix(".state.json")
    assert state.stat().st_mode & 0o077 == 0
    assert json.loads(state.read_text())["deployment"]["resources"]
    assert leaks(state.read_text() + done.text, secret_lines(cluster.state(secrets=True))) == []


def test_a_corrupted_snapshot_is_refused_and_nothing_is_stopped(cluster: Project, tmp_path: Path) -> None:
    content = bytearray(fetched(cluster)[0].read_bytes())
    content[len(content) // 2] ^= 1
    corrupted = tmp_path / "corrupted.snapshot"
    corrupted.write_bytes(content)
    before = on("cp1", "ctr -n k8s.io tasks ls -q | sort")
    done = operate(cluster, "restore", "--from", str(corrupted)).must_fail()
    assert "cp1: restore failed: expected a sound snapshot of this cluster; found it is damaged" in done.text
    assert on("cp1", "ctr -n k8s.io tasks ls -q | sort") == before


def test_restore_brings_back_what_was_there(cluster: Project) -> None:
    write(cluster, "after")
    cluster.kubectl("delete", "configmap/before", "secret/before")
    done = operate(cluster, "restore", "--from", str(fetched(cluster)[0])).must_succeed()
    assert " FAILED " not in done.text
    for kind in ("configmaps", "secrets"):
        assert "before" in names(cluster, kind)
        assert "after" not in names(cluster, kind)
    word = cluster.kubectl("get", "secret/before", "--output=jsonpath={.data.word}")
    assert word == "YmVmb3Jl"
    # What was there before the restore is kept as well.
    assert len(on("cp1", f"ls {SNAPSHOTS}").split()) == 3


def test_nothing_differs_from_what_was_put_there(cluster: Project) -> None:
    done = operate(cluster, "drift").must_succeed()
    assert f"{STACK}: 3 machines compared, 0 differences." in done.output, done.text
    assert cluster.pulumi_up().changed() == set()


def test_drift_is_shown_and_repaired(cluster: Project) -> None:
    on("n1", "sed -i 's/^maxPods: .*/maxPods: 7/' /etc/kubernetes/kubelet.yaml")
    on("n1", "systemctl disable --now kube-proxy 2>&1; echo x >>/usr/local/bin/runc; sysctl -w net.ipv4.ip_forward=0")
    on("cp1", "chmod 0644 /etc/kubernetes/pki/operator/client.key; rm /etc/kubernetes/addons/coredns.yaml")
    before = on("cp1", "pgrep -x kube-apiserver; pgrep -x etcd; pgrep -x kubelet")

    done = operate(cluster, "drift")
    assert done.status == 2, done.text
    assert "    -maxPods: 110\n    +maxPods: 7\n" in done.output
    for line in (
        "n1: /etc/kubernetes/kubelet.yaml: another content than was put there",
        "n1: unit kube-proxy.service: expected active, enabled; found inactive, disabled",
        "n1: /usr/local/bin/runc: expected sha256 ",
        "n1: kernel setting net.ipv4.ip_forward: expected 1; found 0",
        "cp1: /etc/kubernetes/pki/operator/client.key: permissions: expected 600 0:0; found 644 0:0",
        "cp1: /etc/kubernetes/addons/coredns.yaml: expected a file; found none",
        f"{STACK}: 3 machines compared, 6 differences. Next: make repair STACK={STACK}",
    ):
        assert line in done.output, done.text
    assert leaks(done.text, secret_lines(cluster.state(secrets=True))) == []
    # It only looked.
    assert on("n1", "grep ^maxPods /etc/kubernetes/kubelet.yaml") == "maxPods: 7"

    # Another one is lost as a whole; it comes back with its name and its range.
    succeed("machine", "delete", "n2", "--label", STACK)
    repaired = operate(cluster, "repair").must_succeed()
    assert " FAILED " not in repaired.text
    assert "0 differences" in operate(cluster, "drift").must_succeed().output
    assert cluster.kubectl("get", "node/n2", "--output=jsonpath={.spec.podCIDR}") == "10.20.22.0/24"
    # What did not differ was not started anew.
    assert on("cp1", "pgrep -x kube-apiserver; pgrep -x etcd; pgrep -x kubelet") == before


def test_snapshots_are_copied_to_another_host(cluster: Project) -> None:
    on("n1", "useradd --create-home keeper && install -d -m 0700 -o keeper -g keeper ~keeper/.ssh ~keeper/snapshots")
    kept = {"user": "keeper", "host": "10.95.3.21", "path": "/home/keeper/snapshots"}
    host_key = " ".join(on("n1", "ssh-keygen -y -f /etc/ssh/ssh_host_ed25519_key").split()[:2])
    cluster.configure({**SETTINGS, "backup": {"copyTo": {**kept, "hostKey": host_key}}})
    cluster.pulumi_up()
    failed = on("cp1", "systemctl start etcd-snapshot 2>&1; journalctl --unit=etcd-snapshot --lines=20 --output=cat")
    assert "is sound, but its copy did not reach 10.95.3.21" in failed, failed

    key = cluster.outputs()["backupKey"]
    on("n1", f"echo '{key}' >~keeper/.ssh/authorized_keys && chown keeper: ~keeper/.ssh/authorized_keys")
    on("cp1", "systemctl start etcd-snapshot")
    (copied,) = on("n1", "ls ~keeper/snapshots").split()
    sums = [on("cp1", f"sha256sum <{SNAPSHOTS}/{copied}"), on("n1", f"sha256sum <~keeper/snapshots/{copied}")]
    assert sums[0] == sums[1]


def test_destroy_leaves_the_backups_on_this_computer(cluster: Project) -> None:
    cluster.down().must_succeed()
    assert leftovers(STACK) == []
    assert fetched(cluster)
