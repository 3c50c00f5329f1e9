"""The life of a cluster, on real machines made on this computer, with the commands that users type.

The tests are one story: each goes on where the one before it ended, and is left out where there is no cluster.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.leaks import leaks, secret_lines
from tests.cluster.local_machines import device_of, leftovers, succeed
from tests.cluster.processes import cut_off_engine, eventually
from tests.cluster.project import CACHE, TOOLS, Project, Settings
from tools.machines import podman

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(os.geteuid() != 0, reason="local machines need root"),
    pytest.mark.skipif(not (CACHE / "artifacts.yaml").exists(), reason="nothing is set up: type `make tools`"),
]

STACK = "test-cluster"
NODE_RANGE = "10.95.0.0/24"
SETTINGS: Settings = {
    "clusterName": STACK,
    "provider": "local",
    "network": {"nodeRange": NODE_RANGE, "podRange": "10.20.0.0/16", "serviceRange": "10.30.0.0/16"},
    "machines": [
        {"name": "cp1", "role": "control-plane", "address": "10.95.0.11"},
        {"name": "n1", "address": "10.95.0.21"},
        {"name": "n2", "address": "10.95.0.22"},
    ],
    "users": [{"name": "jane", "groups": ["developers"], "credential": "token"}],
}
WITH_N3: Settings = {**SETTINGS, "machines": [*SETTINGS["machines"], {"name": "n3", "address": "10.95.0.23"}]}
NAMES = ("cp1", "n1", "n2")
OF_N3 = {f"n3-{part}" for part in ("host-key", "instance", "reach", "node", "register")}
# The certificates' default validity less the time in which they are renewed, and an hour.
UNTIL_RENEWAL = timedelta(hours=8760 - 720 + 1)


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
    """Output of a command on a machine, past SSH: it leaves no trace in what is counted."""
    return podman.run("exec", f"{machine}.{STACK}", "bash", "-c", command).strip()


def sessions(machine: str) -> int:
    """How often someone has come in by SSH since the machine was started."""
    return int(on(machine, "journalctl --unit=ssh --boot --no-pager | grep --count Accepted || true"))


def objects(project: Project, *arguments: str) -> list[dict[str, Any]]:
    """`kubectl get` as data."""
    found: list[dict[str, Any]] = json.loads(project.kubectl("get", *arguments, "--output=json"))["items"]
    return found


def condition(found: dict[str, Any], kind: str) -> dict[str, str]:
    """A condition of an object: `status`, `lastTransitionTime`; empty where there is none of that kind."""
    return next((one for one in found["status"].get("conditions", []) if one["type"] == kind), {})


def is_true(found: dict[str, Any], kind: str) -> bool:
    return condition(found, kind).get("status") == "True"


def table(text: str) -> dict[str, str]:
    """Check → result, of the table that the verification prints."""
    rows = text[text.index("CHECK ") :].splitlines()[1:]
    found = {}
    for row in rows:
        for result in ("ok", "skipped", "FAILED"):
            title, separator, _ = row.partition(f" {result} ")
            if separator and len(row) > 33:
                found[title.rpartition(" s  ")[2].strip()] = result
    return found


def test_an_up_whose_engine_is_killed_says_so(project: Project, tmp_path: Path) -> None:
    """In the middle: the first control plane is about to start etcd, and nodes fetch their files."""
    log = tmp_path / "up.log"
    process = project.start("tools/up", STACK, log=log)
    try:
        eventually(
            "etcd about to start",
            lambda: process.poll() is not None or "founds the etcd cluster" in log.read_text(),
            seconds=600,
        )
        assert process.poll() is None, log.read_text()
    finally:
        was_cut_off = cut_off_engine(process)
    assert was_cut_off
    assert process.wait() != 0
    assert "pulumi: the engine ended with status -9 before it was done" in log.read_text()
    assert f"make up STACK={STACK} goes on" in log.read_text()


def test_the_next_up_finishes(project: Project) -> None:
    done = project.up().must_succeed()
    assert "was cut off" in done.text
    results = table(done.text)
    assert len(results) >= 15, done.text
    assert set(results.values()) == {"ok"}, done.text
    nodes = objects(project, "nodes")
    assert {node["metadata"]["name"] for node in nodes} == set(NAMES)
    assert all(is_true(node, "Ready") for node in nodes)
    # All are in: nobody can join any more.
    assert objects(project, "secrets", "--all-namespaces", "--field-selector=type=bootstrap.kubernetes.io/token") == []
    versions = project.outputs()["verification"]["nodes"].split()
    assert {f"{node['metadata']['name']}={node['status']['nodeInfo']['kubeletVersion'][1:]}" for node in nodes} == set(
        versions
    )


def test_nothing_that_was_said_or_kept_shows_a_secret(cluster: Project) -> None:
    lines = secret_lines(cluster.state(secrets=True))
    assert len(lines) > 100
    for path in (cluster.cache / "state").rglob("*"):
        if path.is_file():
            assert leaks(path.read_text(errors="replace"), lines) == [], path
    assert cluster.kubeconfig.stat().st_mode & 0o077 == 0


def test_up_again_runs_no_command(cluster: Project) -> None:
    before = {name: sessions(name) for name in NAMES}
    update = cluster.pulumi_up()
    assert update.changed() == set()
    assert {name: sessions(name) for name in NAMES} == before


def test_preview_shows_machine_file_and_line(cluster: Project) -> None:
    settings = copy.deepcopy(SETTINGS)
    settings["network"]["podsPerNode"] = 50
    cluster.configure(settings)
    text = cluster.preview().must_succeed().text
    cluster.configure(SETTINGS)
    lines = [line.strip() for line in text.splitlines()]
    for machine, step in (("cp1", "control-plane"), ("n1", "node"), ("n2", "node")):
        assert f"::{machine}-{step}]" in text
    assert lines.count("- maxPods: 110") == 3, text
    assert lines.count("+ maxPods: 50") == 3, text
    changed_files = {line.split()[2] for line in lines if line.startswith("+ put ")}
    assert changed_files == {"/etc/kubernetes/kubelet.yaml"}, text
    # Nobody joins anew, no key is made.
    assert "-register]" not in text
    assert "tls:index" not in text
    assert leaks(text, secret_lines(cluster.state(secrets=True))) == []


def test_a_new_node_changes_nothing_else(cluster: Project) -> None:
    before = {name: sessions(name) for name in ("n1", "n2")}
    cluster.configure(WITH_N3)
    update = cluster.pulumi_up()
    assert update.changed() == {*OF_N3, "survey", "verification"}
    # The survey asks once.
    assert {name: sessions(name) - count for name, count in before.items()} == {"n1": 1, "n2": 1}
    nodes = {node["metadata"]["name"]: node for node in objects(cluster, "nodes")}
    assert nodes.keys() == {*NAMES, "n3"}
    assert nodes["n3"]["spec"]["podCIDR"] == "10.20.23.0/24"


def test_a_node_that_leaves_is_drained_and_gone(cluster: Project) -> None:
    image = cluster.outputs()["verification"]["image"]
    cluster.kubectl("apply", "--filename=-", given=GUEST.replace("@IMAGE@", image))
    cluster.kubectl("rollout", "status", "deployment/guest", "--timeout=120s")
    before = objects(cluster, "pods", "--selector=app=guest")
    assert {pod["spec"]["nodeName"] for pod in before} == {"n3"}

    cluster.configure(SETTINGS)
    update = cluster.pulumi_up()
    assert update.changed() == {*OF_N3, "survey", "verification"}
    assert any("draining n3" in line for line in update.said)
    assert not any("not everything left" in line for line in update.said)
    assert {node["metadata"]["name"] for node in objects(cluster, "nodes")} == set(NAMES)
    assert not any(name.split()[1].startswith("n3.") for name in leftovers(STACK))

    cluster.kubectl("rollout", "status", "deployment/guest", "--timeout=120s")
    pods = objects(cluster, "pods", "--selector=app=guest")
    assert {pod["spec"]["nodeName"] for pod in pods} <= {"n1", "n2"}
    # The budget of disruptions wants one of the two at any time: the second left when the first one's successor served.
    first, second = sorted(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
    assert condition(first, "Ready")["lastTransitionTime"] <= second["metadata"]["creationTimestamp"]


def test_a_machine_comes_back_after_a_power_cut(cluster: Project) -> None:
    routes = on("n1", "ip route show proto 201; ip route show type blackhole")
    assert routes
    succeed("machine", "kill", "n1", "--label", STACK)
    succeed("machine", "start", "n1", "--label", STACK)
    assert on("n1", "ip route show proto 201; ip route show type blackhole") == routes

    def pods_run() -> bool:
        pods = objects(cluster, "pods", "--all-namespaces", "--field-selector=spec.nodeName=n1")
        restarts = [status["restartCount"] for pod in pods for status in pod["status"].get("containerStatuses", [])]
        return bool(restarts) and min(restarts) >= 1 and all(is_true(pod, "Ready") for pod in pods)

    eventually("the pods of n1 run again", pods_run, seconds=180)
    done = cluster.verify().must_succeed()
    assert "FAILED" not in table(done.text).values(), done.text
    # Nothing of it is the engine's business.
    assert cluster.pulumi_up().changed() == set()


def test_certificates_are_renewed_before_they_end(cluster: Project) -> None:
    before, kubelets = _served(), _kubelets()
    _grow_older(cluster, UNTIL_RENEWAL)
    done = cluster.up().must_succeed()
    after = _served()
    assert after.keys() == before.keys()
    assert {port for port, number in after.items() if number == before[port]} == set(), "still serves the old one"
    # Their own certificates are the controller manager's to renew.
    assert _kubelets() == kubelets
    # The cluster has proven itself once more, with the administrator's new certificate.
    assert set(table(done.text).values()) == {"ok"}, done.text
    assert len(objects(cluster, "nodes")) == len(NAMES)
    assert cluster.pulumi_up().changed() == set()


def test_destroy_leaves_nothing(cluster: Project) -> None:
    cluster.down().must_succeed()
    assert leftovers(STACK) == []
    assert not device_of(NODE_RANGE)
    assert list(cluster.kubeconfig.parent.iterdir()) == []
    assert cluster.state()["deployment"].get("resources", []) == []
    files = {path.relative_to(cluster.cache).parts[0] for path in cluster.cache.rglob("*") if not path.is_dir()}
    # The settings' passphrase, the (empty) state with its history, Pulumi's logs.
    assert files - {name.partition("/")[0] for name in TOOLS} == {"passphrase", "state"}
    # Once more is no mistake.
    cluster.down().must_succeed()


def _served() -> dict[int, str]:
    """Port of the control plane → serial number of the certificate that is served there."""
    command = "openssl s_client -connect 10.95.0.11:{} </dev/null 2>/dev/null | openssl x509 -noout -serial"
    return {port: on("cp1", command.format(port)) for port in (2379, 2380, 6443)}


def _kubelets() -> dict[str, str]:
    """Of each machine's kubelet, the process and the certificate it signs in with."""
    certificate = "openssl x509 -noout -serial -in /var/lib/kubelet/pki/kubelet-client-current.pem"
    return {name: on(name, f"systemctl show --property=MainPID kubelet; {certificate}") for name in NAMES}


def _grow_older(project: Project, age: timedelta) -> None:
    """Shift the cluster's birth, as the state has it, into the past."""
    state = project.state()
    births = [one for one in state["deployment"]["resources"] if one["urn"].endswith("RandomId::birth")]
    for part in ("inputs", "outputs"):
        keepers = births[0][part]["keepers"]
        keepers["time"] = (datetime.fromisoformat(keepers["time"]) - age).isoformat()
    project.take_state(state)


GUEST = (Path(__file__).parent / "guest.yaml").read_text()
