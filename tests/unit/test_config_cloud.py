"""Settings of clouds: what is refused, at which key, with which way out."""

from __future__ import annotations

from typing import Any

import pytest

from components.config.previous import PreviousCluster
from components.config.problems import Problem
from components.plan.lock import read_lock
from tests.support import TESTS
from tests.unit.config_support import (
    DROP,
    aws_settings,
    changed,
    expect_one,
    gce_settings,
    load,
    local_settings,
    problems,
)


def of_aws(changes: dict[str, Any]) -> tuple[Problem, ...]:
    return problems(changed(aws_settings(), changes))


@pytest.mark.parametrize("settings", [aws_settings(), gce_settings()])
def test_a_cloud_is_taken(settings: dict[str, Any]) -> None:
    assert problems(settings) == ()
    config = load(settings)
    assert config.protect
    assert config.api.access == "public"


EXTRA = {"name": "more", "count": 2, "first": 30, "type": "t3.large"}
REFUSED = [
    # which provider has what
    ({"machines": [{"name": "n1", "address": "10.80.0.21"}]}, "machines", "leave machines out"),
    ({"cloud": DROP}, "cloud", "region: eu-central-1"),
    ({"pools": DROP}, "pools", "role: control-plane"),
    ({"pools": []}, "pools", "role: control-plane"),
    ({"ssh": {"user": "root"}}, None, ""),
    ({"ssh": {"user": "me"}}, "ssh", "leave ssh out"),
    # region, zones, project
    ({"cloud.region": "Frankfurt"}, "cloud.region", "like eu-central-1"),
    ({"cloud.zones[1]": "eu-west-1b"}, "cloud.zones[1]", "like eu-central-1a"),
    ({"cloud.zones[1]": "eu-central-1"}, "cloud.zones[1]", "like eu-central-1a"),
    ({"cloud.zones[1]": "eu-central-1a"}, "cloud.zones[1]", "leave it out"),
    ({"cloud.project": "my-project"}, "cloud.project", "leave it out"),
    ({"cloud.zone": "a"}, "cloud.zone", "zones"),
    # names
    ({"clusterName": "internal-tools"}, "clusterName", "begin it otherwise"),
    ({"clusterName": "7up"}, None, ""),
    # the network
    ({"network.nodeRange": "10.80.0.0/26"}, "network.nodeRange", "/24 or larger"),
    ({"network.nodeRange": "10.64.0.0/15", "network.podRange": "10.128.0.0/9", "network.podsPerNode": 50},
     "network.nodeRange", "/16 or smaller"),
    ({"cloud.network": {"id": "default"}}, "cloud.network.id", "vpc-"),
    ({"cloud.network": {"nodes": "hidden"}}, "cloud.network.nodes", "write public"),
    # who may come
    ({"cloud.operatorRanges": []}, "cloud.operatorRanges", "/32"),
    ({"cloud.operatorRanges": ["0.0.0.0/0"]}, "cloud.operatorRanges", "api.allowedRanges"),
    ({"cloud.operatorRanges": ["198.51.100.7"]}, "cloud.operatorRanges[0]", "address/prefix"),
    ({"api.allowedRanges": ["0.0.0.0/1"]}, "api.allowedRanges", "0.0.0.0/0"),
    ({"api.allowedRanges": ["0.0.0.0/0"]}, None, ""),
    ({"api.virtualAddress": "10.80.0.9"}, "api.virtualAddress", "leave it out"),
    ({"cloud.network": {"podRanges": "aliases"}}, "cloud.network.podRanges", "leave it out"),
    # images
    ({"cloud.image": {"id": "debian-12"}}, "cloud.image.id", "ami-"),
    ({"cloud.image": {"id": "ami-0123456789abcdef0", "owner": "1"}}, "cloud.image", "leave id out"),
    ({"pools[1].image": {"id": "debian-12"}}, "pools[1].image.id", "ami-"),
    # pools
    ({"pools[1].name": "control"}, "pools[1].name", "name of its own"),
    ({"pools[0].count": 2}, "pools", "make it 1 or 3"),
    ({"pools[0].count": 9}, "pools", "role: node"),
    ({"pools[0].role": "node"}, "pools", "give a pool role: control-plane"),
    ({"pools[0].spot": True}, "pools[0].spot", "leave it out"),
    ({"pools[1].spot": "yes"}, "pools[1].spot", "true or false"),
    ({"pools[1].architecture": "riscv64"}, "pools[1].architecture", "write amd64"),
    ({"pools[1].zones": ["eu-central-1d"]}, "pools[1].zones[0]", "add it to cloud.zones"),
    ({"pools[1].zones": ["eu-central-1a", "eu-central-1a"]}, "pools[1].zones[1]", "leave it out"),
    ({"pools[1].first": 10}, "pools[1].first", "say first: 11"),
    ({"pools[1].first": 4}, "pools[1].first", "first: 20"),
    ({"pools[1].first": 62}, "pools[1].first", "begin lower"),
    ({"pools[1].count": 500, "cloud.quotas": {"routes": 1000}}, "pools[1].first", "fewer machines"),
    ({"pools[1].type": DROP}, "pools[1].type", "t3.medium"),
    ({"pools[1].disk": 5}, "pools[1].disk", "disk: 30"),
    ({"pools[1].kubernetesVersion": "1.32.9"}, "pools[1].kubernetesVersion", "upgrade this node first"),
    # controller manager
    ({"cloud.controllerManager": "external"}, None, ""),
    ({"cloud.controllerManager": "internal"}, "cloud.controllerManager", "did you mean external?"),
    ({"cloud.serviceAccount": "a@my-project.iam.gserviceaccount.com"}, "cloud.serviceAccount", "leave it out"),
    ({"cloud.csi": True}, "cloud.csi", "controllerManager: external"),
    ({"cloud.csi": True, "cloud.controllerManager": "external"}, None, ""),
    # quotas
    ({"pools[1].count": 60}, "cloud.quotas.routes", "raise the quota at aws"),
    ({"pools[1].count": 60, "cloud.quotas": {"routes": 100}}, None, ""),
    ({"pools[1].count": 60}, "cloud.quotas.routes", "network.mode: overlay"),
    ({"pools[1].count": 60, "network.mode": "overlay"}, None, ""),
    ({"pools[1].count": 60, "network.mode": "external"}, None, ""),
    ({"pools[1].reservedAddress": True, "pools[1].count": 3}, "cloud.quotas.addresses", "addresses: 6"),
    ({"cloud.network": {"nodes": "private", "nat": "each-zone"}}, "cloud.quotas.addresses", "nat: one"),
    ({"cloud.network": {"nodes": "private"}, "pools[1].reservedAddress": True, "pools[1].count": 1},
     "pools[1].reservedAddress", "public"),
    # another setting that names machines
    ({"extraFiles": [{"path": "/etc/x", "content": "", "machines": ["workers-2"]}]}, None, ""),
    ({"extraFiles": [{"path": "/etc/x", "content": "", "machines": ["n1"]}]}, "extraFiles[0].machines[0]", "name"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "key", "way_out"), REFUSED, ids=[str(number) for number in range(len(REFUSED))])
def test_refused(changes: dict[str, Any], key: str | None, way_out: str) -> None:
    found = of_aws(changes)
    if key is None:
        assert found == ()
    else:
        expect_one(found, key, way_out)


def test_images_that_the_lock_file_lacks_are_told() -> None:
    """As with the toolchain's mirror."""
    lock = read_lock(TESTS / "lock.yaml")
    bare = lock.model_copy(update={"defaults": {"kubernetes": lock.default("kubernetes")}})
    asked = changed(aws_settings(), {"cloud.controllerManager": "external", "cloud.csi": True})
    assert problems(asked, lock=lock) == ()
    found = problems(asked, lock=bare)
    assert [problem.key for problem in found] == ["kubernetes:cloud.controllerManager", "kubernetes:cloud.csi"]
    assert "make artifacts PART=aws-cloud-controller-manager" in found[0].way_out
    assert problems(aws_settings(), lock=bare) == ()


GCE_REFUSED = [
    ({"cloud.controllerManager": "external"}, "cloud.serviceAccount", "docs/gce.md"),
    ({"cloud.controllerManager": "external", "cloud.serviceAccount": "a@my-project.iam.gserviceaccount.com"}, None, ""),
    ({"cloud.controllerManager": "external", "cloud.serviceAccount": "jane@example.org"}, "cloud.serviceAccount",
     "gserviceaccount.com"),
    ({"cloud.serviceAccount": "a@my-project.iam.gserviceaccount.com"}, "cloud.serviceAccount", "leave it out"),
    ({"clusterName": "7up"}, "clusterName", "put a letter before it"),
    ({"clusterName": "internal-tools"}, None, ""),
    ({"cloud.project": DROP}, "cloud.project", "project: my-project"),
    ({"cloud.project": "My Project"}, "cloud.project", "gcloud projects list"),
    ({"cloud.region": "europe-west"}, "cloud.region", "like europe-west3"),
    ({"cloud.zones[0]": "europe-west3a"}, "cloud.zones[0]", "like europe-west3-a"),
    ({"cloud.network": {"id": "vpc-0123456789_"}}, "cloud.network.id", "my-network"),
    ({"cloud.image": {"id": "ami-0123456789abcdef0"}}, "cloud.image.id", "projects/"),
    ({"pools[1].count": 100, "network.nodeRange": "10.80.0.0/22", "network.podRange": "10.128.0.0/14"}, None, ""),
    ({"pools[1].count": 250, "network.nodeRange": "10.80.0.0/21", "network.podRange": "10.128.0.0/13"},
     "cloud.quotas.routes", "podRanges: aliases"),
    ({"pools[1].count": 250, "network.nodeRange": "10.80.0.0/21", "network.podRange": "10.128.0.0/13",
      "cloud.network": {"podRanges": "aliases"}}, None, ""),
    ({"cloud.network": {"podRanges": "aliases"}, "network.mode": "external"},
     "cloud.network.podRanges", "leave it out"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "key", "way_out"), GCE_REFUSED, ids=range(len(GCE_REFUSED)))
def test_refused_on_gce(changes: dict[str, Any], key: str | None, way_out: str) -> None:
    found = problems(changed(gce_settings(), changes))
    if key is None:
        assert found == ()
    else:
        expect_one(found, key, way_out)


@pytest.mark.parametrize(
    ("changes", "key", "way_out"),
    [
        ({"cloud": aws_settings()["cloud"]}, "cloud", "leave cloud out"),
        ({"pools": aws_settings()["pools"][1:]}, "pools", "leave pools out"),
        ({"api.allowedRanges": ["10.0.0.0/8"]}, "api.allowedRanges", "leave it out"),
        ({"api.access": "private"}, "api.access", "leave it out"),
        ({"machines": DROP}, "machines", "machines: {name: cp1"),
    ],
)
def test_other_providers_have_no_clouds_settings(changes: dict[str, Any], key: str, way_out: str) -> None:
    expect_one(problems(changed(local_settings(), changes)), key, way_out)


def test_every_mistake_is_told_at_once() -> None:
    found = of_aws({"cloud.operatorRanges": [], "pools[0].count": 2, "pools[1].zones": ["x"], "pools[1].colour": "red"})
    keys = ["pools[1].colour", "pools", "cloud.operatorRanges", "pools[1].zones[0]"]
    assert sorted(problem.key for problem in found) == sorted(f"kubernetes:{key}" for key in keys)


def test_protect_is_read_as_pulumi_hands_it_over() -> None:
    assert load({**aws_settings(), "protect": "false"}).protect is False
    expect_one(of_aws({"protect": "maybe"}), "protect", "protect: true")


def test_one_of_the_control_planes_of_the_pools_stays() -> None:
    previous = PreviousCluster(machines={"control-1": "control-plane", "control-2": "control-plane"})
    assert problems(aws_settings(), previous=previous) == ()
    other = changed(aws_settings(), {"pools[0].name": "masters"})
    expect_one(problems(other, previous=previous), "pools", "keep control-1")
