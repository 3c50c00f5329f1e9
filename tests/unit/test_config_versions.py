"""Versions, and what a running cluster allows."""

from ipaddress import IPv4Network
from typing import Any

import pytest

from components.config.previous import PreviousCluster
from tests.unit.config_support import changed, expect_one, problems, settings

CASES: list[tuple[dict[str, Any], str | None, str, str]] = [
    ({"kubernetesVersion": "1.36.9"}, None, "kubernetesVersion", "make lock VERSION=1.36.9"),
    ({"machines[1].kubernetesVersion": "1.35.9"}, None, "machines[1].kubernetesVersion", "one of 1.36.3, 1.36.1"),
    (
        {"kubernetesVersion": "1.35.4", "machines[1].kubernetesVersion": "1.36.1"},
        None,
        "machines[1].kubernetesVersion",
        "upgrade kubernetesVersion first",
    ),
    (
        {"kubernetesVersion": "1.36.1", "machines[1].kubernetesVersion": "1.36.3"},
        None,
        "machines[1].kubernetesVersion",
        "upgrade kubernetesVersion first",
    ),
    ({"machines[1].kubernetesVersion": "1.32.9"}, None, "machines[1].kubernetesVersion", "upgrade this node first"),
    ({"machines[0].kubernetesVersion": "1.35.4"}, None, "machines[0].kubernetesVersion", "set kubernetesVersion"),
    ({"kubernetesVersion": "1.36.3"}, "1.34.1", "kubernetesVersion", "go to 1.35.4 first"),
    ({}, "1.34.1", "kubernetesVersion", "go to 1.35.4 first"),
    ({}, "1.33.1", "kubernetesVersion", "make lock VERSION=1.34"),
    ({"kubernetesVersion": "1.35.4"}, "1.36.1", "kubernetesVersion", "keep 1.36.1"),
]


@pytest.mark.parametrize(("changes", "runs", "key", "way_out"), CASES, ids=lambda value: str(value)[:60])
def test_refused(changes: dict[str, Any], runs: str | None, key: str, way_out: str) -> None:
    previous = PreviousCluster(kubernetes_version=runs) if runs else None
    expect_one(problems(changed(settings(), changes), previous=previous), key, way_out)


@pytest.mark.parametrize(
    ("changes", "runs"),
    [
        ({}, "1.35.1"),
        ({}, "1.36.3"),
        # A bad patch release can be left again.
        ({"kubernetesVersion": "1.36.1"}, "1.36.3"),
        ({"machines[1].kubernetesVersion": "1.35.4"}, "1.35.4"),
        ({"machines[1].kubernetesVersion": "1.36.3"}, None),
    ],
)
def test_taken(changes: dict[str, Any], runs: str | None) -> None:
    previous = PreviousCluster(kubernetes_version=runs) if runs else None
    assert problems(changed(settings(), changes), previous=previous) == ()


@pytest.mark.parametrize(
    ("key", "value", "was"),
    [
        ("clusterName", "other", "test"),
        ("network.podRange", "10.12.0.0/16", "10.10.0.0/16"),
        ("network.serviceRange", "10.2.0.0/16", "10.0.0.0/16"),
        ("network.dnsDomain", "example.org", "cluster.local"),
    ],
)
def test_what_can_not_change_while_the_cluster_lives(key: str, value: str, was: str) -> None:
    previous = PreviousCluster(
        kubernetes_version="1.36.3",
        cluster_name="test",
        pod_range=IPv4Network("10.10.0.0/16"),
        service_range=IPv4Network("10.0.0.0/16"),
        dns_domain="cluster.local",
    )
    assert problems(settings(), previous=previous) == ()
    expect_one(problems(changed(settings(), {key: value}), previous=previous), key, f"write {was}, or destroy")


@pytest.mark.parametrize(
    ("reached", "wanted", "way_out"),
    [
        # Stopped before anything was changed: it may be given up, and tried again.
        ({"cp1": "1.35.4", "cp2": "1.35.4"}, "1.35.4", None),
        ({"cp1": "1.35.4", "cp2": "1.35.4"}, "1.36.3", None),
        # Stopped half way: only forward, and not further than from the one that is behind.
        ({"cp1": "1.36.3", "cp2": "1.35.4"}, "1.36.3", None),
        ({"cp1": "1.36.3", "cp2": "1.35.4"}, "1.35.4", "keep 1.36.3"),
        ({"cp1": "1.35.4", "cp2": "1.34.1"}, "1.36.3", "go to 1.35.4 first"),
    ],
)
def test_after_an_upgrade_that_failed(reached: dict[str, str], wanted: str, way_out: str | None) -> None:
    # The last `up` wanted this one; what was reached is what counts.
    previous = PreviousCluster(kubernetes_version="1.36.3", versions=reached, machines={"cp1": "control-plane"})
    found = problems(changed(settings(), {"kubernetesVersion": wanted}), previous=previous)
    if way_out is None:
        assert found == ()
    else:
        expect_one(found, "kubernetesVersion", way_out)
