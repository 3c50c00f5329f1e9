"""A pool that is a group, in a cloud on this computer: its machines join by themselves, also those that come later."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.local_machines import leftovers
from tests.cluster.project import Settings
from tests.cluster.test_cloud_box import TYPES, CloudProject, pytestmark, settings
from tests.cluster.test_cluster import table

__all__ = ["pytestmark"]
SIZES = {"min": 1, "max": 3}
GROUP = re.compile(r"workers-10-80-3-\d+")


def with_group(kind: str) -> Settings:
    """One control plane in two zones, and a group that begins with one machine."""
    wanted = settings(kind, workers=0)
    control: dict[str, Any] = {"name": "control", "role": "control-plane", "count": 1, "first": 10, "type": TYPES[kind]}
    workers: dict[str, Any] = {
        "name": "workers",
        "count": 1,
        "type": TYPES[kind],
        "group": SIZES,
        "labels": {"example.org/disk": "nvme"},
    }
    return {
        **wanted,
        "cloud": {**wanted["cloud"], "zones": wanted["cloud"]["zones"][:2]},
        # A /24 for each of the 1,024 addresses.
        "network": {"mode": "overlay", "nodeRange": "10.80.0.0/22", "podRange": "10.8.0.0/14"},
        "pools": [control, workers],
    }


@pytest.fixture(params=["aws", pytest.param("gce", marks=pytest.mark.slow)])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudProject]:
    """The stack; nothing of it is left at the end."""
    kind = request.param
    project = CloudProject(tmp_path_factory.mktemp(f"{kind}-groups"), kind, with_group(kind))
    yield project
    project.end()


def nodes(project: CloudProject) -> dict[str, Any]:
    """The Nodes of the group, by name, that are Ready and were described: a control plane sees a new one soon after."""
    listed = json.loads(project.kubectl("get", "nodes", "--output=json"))["items"]
    found = {one["metadata"]["name"]: one for one in listed if GROUP.fullmatch(one["metadata"]["name"])}
    return {name: one for name, one in found.items() if is_ready(one) and "podCIDR" in one["spec"]}


def is_ready(node: dict[str, Any]) -> bool:
    return any(one["type"] == "Ready" and one["status"] == "True" for one in node["status"]["conditions"])


def wait_for_nodes(project: CloudProject, count: int) -> dict[str, Any]:
    end = time.monotonic() + 300
    while len(found := nodes(project)) != count:
        assert time.monotonic() < end, f"{len(found)} Nodes of the group are Ready, not {count}"
        time.sleep(3)
    return found


def test_machines_of_a_group_join_by_themselves_and_go(project: CloudProject) -> None:
    results = table(project.up().must_succeed().text)
    assert "FAILED" not in results.values()
    (first,) = wait_for_nodes(project, 1).values()
    is_as_described(first, project.kind)
    assert not changes(project)

    # Behind the engine's back, as an autoscaler does it.
    project.ask("act", "resize-group", f"test-{project.kind}-box-workers", "2")
    for node in wait_for_nodes(project, 2).values():
        is_as_described(node, project.kind)
    assert project.failed_checks() == set()
    # Its size is not the program's any more.
    assert not changes(project)

    project.down().must_succeed()
    project.ask("stop")
    assert leftovers(f"cloud-{project.cloud}") == []


def is_as_described(node: dict[str, Any], kind: str) -> None:
    """The Node's name, address, pods, labels and provider id belong together."""
    name, labels = node["metadata"]["name"], node["metadata"]["labels"]
    address = ".".join(name.rsplit("-", 4)[1:])
    assert {"type": "InternalIP", "address": address} in node["status"]["addresses"]
    *_, third, fourth = map(int, address.split("."))
    assert node["spec"]["podCIDR"] == f"10.{8 + third}.{fourth}.0/24"
    assert labels["node-restriction.kubernetes.io/address"] == address
    assert labels["kubernetes-from-scratch/pool"] == "workers"
    assert labels["example.org/disk"] == "nvme"
    zone = labels["topology.kubernetes.io/zone"]
    prefix = {"aws": f"aws:///{zone}/i-", "gce": f"gce://my-project/{zone}/test-gce-box-workers-"}[kind]
    assert node["spec"]["providerID"].startswith(prefix)


def changes(project: CloudProject) -> list[str]:
    """Lines of a preview that say that something would change."""
    text = project.preview().must_succeed().text
    assert " unchanged" in text
    return [line for line in text.splitlines() if line.strip().startswith(("+ ", "- ", "~ ", "+-"))]
