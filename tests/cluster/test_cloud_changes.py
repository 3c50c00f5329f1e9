"""Machines of a cloud that change image or type: one with each `up`, emptied before, through to its Ready Node."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.local_machines import leftovers
from tests.cluster.project import CACHE, Settings
from tests.cluster.test_cloud_box import CloudProject, settings
from tests.cluster.test_cluster import table

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="a cloud in a box needs root"),
    pytest.mark.skipif(not (CACHE / "artifacts.yaml").exists(), reason="nothing is set up: type `make tools`"),
]
UBUNTU = {"owner": "099720109477", "name": "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{architecture}-server-*"}
WORKERS = ("workers-1", "workers-2")


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudProject]:
    """The stack on AWS: one control plane, two workers; nothing of it is there at first."""
    project = CloudProject(tmp_path_factory.mktemp("aws"), "aws")
    yield project
    project.end()


@pytest.fixture
def cluster(aws: CloudProject) -> CloudProject:
    """The stack with its cluster running."""
    if not aws.kubeconfig.exists():
        assert "FAILED" not in table(aws.up().must_succeed().text).values()
    return aws


def with_workers(**changes: Any) -> Settings:
    """The stack's settings with the workers' changed."""
    given = settings("aws", workers=len(WORKERS))
    control, workers = given["pools"]
    return {**given, "pools": [control, {**workers, **changes}]}


def changed_by_up(cluster: CloudProject) -> set[str]:
    """Which machines an `up` makes anew or changes; nodes are emptied before, and Ready and taking pods afterwards."""
    update = cluster.pulumi_up()
    machines = {name.removesuffix("-instance") for name in update.changed() if name.endswith("-instance")}
    emptied = {line.partition(": emptying: draining")[0] for line in update.said if ": emptying: draining" in line}
    assert emptied == {name for name in machines if name.startswith("workers")}
    cordoned = cluster.kubectl("get", "nodes", "--field-selector=spec.unschedulable=true", "--output=name")
    assert cordoned == ""
    for name in machines:
        cluster.kubectl("wait", "--for=condition=Ready", f"node/{name}", "--timeout=10s")
    return machines


def machine_ids(cluster: CloudProject) -> dict[str, str]:
    """Node → the ID of the system on its disk: another disk, another ID."""
    path = "{range .items[*]}{.metadata.name} {.status.nodeInfo.machineID}{'\\n'}{end}"
    lines = cluster.kubectl("get", "nodes", f"--output=jsonpath={path}").splitlines()
    return dict(line.split() for line in lines)


def test_nodes_of_another_image_are_made_anew_one_by_one(cluster: CloudProject) -> None:
    before = machine_ids(cluster)
    cluster.configure(with_workers(image=UBUNTU))
    for name in WORKERS:
        assert changed_by_up(cluster) == {name}
    after = machine_ids(cluster)
    assert set(after) == set(before)
    assert {name for name in before if before[name] != after[name]} == set(WORKERS)
    assert changed_by_up(cluster) == set()
    assert cluster.failed_checks() == set()


def test_nodes_of_another_type_are_stopped_and_started_one_by_one(cluster: CloudProject) -> None:
    before = machine_ids(cluster)
    cluster.configure(with_workers(image=UBUNTU, type="t3.large"))
    for name in WORKERS:
        assert changed_by_up(cluster) == {name}
    assert machine_ids(cluster) == before
    assert changed_by_up(cluster) == set()
    assert cluster.failed_checks() == set()


def test_the_only_control_plane_can_be_stopped_and_started(cluster: CloudProject) -> None:
    given = with_workers(image=UBUNTU, type="t3.large")
    given["pools"][0]["type"] = "t3.large"
    cluster.configure(given)
    assert changed_by_up(cluster) == {"control-1"}
    assert cluster.failed_checks() == set()


def test_down_leaves_nothing_in_the_cloud(cluster: CloudProject) -> None:
    cluster.down().must_succeed()
    cluster.ask("stop")
    assert leftovers(f"cloud-{cluster.cloud}") == []
