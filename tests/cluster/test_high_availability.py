"""Three control planes lose one after the other, under load: nobody notices more than a single retry.

The tests are one story, as in test_cluster.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cluster.highly_available import Cluster, ranges
from tests.cluster.local_machines import leftovers, succeed
from tests.cluster.processes import eventually
from tests.cluster.project import CACHE, Project

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(os.geteuid() != 0, reason="local machines need root"),
    pytest.mark.skipif(not (CACHE / "artifacts.yaml").exists(), reason="nothing is set up: type `make tools`"),
]

STACK = "test-ha"
NUMBER = 97
CONTROL_PLANES = ("cp1", "cp2", "cp3")
ALL = (*CONTROL_PLANES, "n1", "n2")
REPLACED = ("cp2", "cp3", "cp4", "n1", "n2")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The stack; nothing of it is there at first, nothing is left of it at the end."""
    succeed("cleanup", "--label", STACK)
    yield Cluster(Project(tmp_path_factory.mktemp(STACK), STACK, ranges(STACK, NUMBER)), NUMBER)
    succeed("cleanup", "--label", STACK)


@pytest.fixture
def running(cluster: Cluster) -> Cluster:
    """The stack with its cluster running."""
    if not cluster.project.kubeconfig.exists():
        pytest.skip("there is no cluster: see the first test that failed")
    return cluster


@contextmanager
def under_load(running: Cluster) -> Iterator[None]:
    """Nothing touches the nodes here: a request to a Service is not even tried again."""
    with running.under_load("n1", network="pod") as load:
        yield
    assert load.service.tried_again == 0, load.report()


def test_three_control_planes_come_up_behind_one_address(cluster: Cluster) -> None:
    cluster.project.configure(cluster.settings(*ALL))
    cluster.project.up().must_succeed()
    cluster.check(*ALL)
    assert cluster.holder(*CONTROL_PLANES)
    cluster.deploy()


def test_the_holder_of_the_address_loses_its_power(running: Cluster) -> None:
    lost = running.holder(*CONTROL_PLANES)
    with under_load(running):
        running.act(lost, "kill")
        eventually("another has the address", lambda: _moved(running, lost), seconds=60)
    running.act(lost, "start")
    running.check(*ALL)


def _moved(running: Cluster, lost: str) -> bool:
    address = running.address("")
    others = [name for name in CONTROL_PLANES if name != lost]
    return any(f" {address}/" in running.on(name, "ip -4 addr show") for name in others)


def test_one_that_does_not_hold_it_loses_its_power(running: Cluster) -> None:
    holder = running.holder(*CONTROL_PLANES)
    lost = next(name for name in CONTROL_PLANES if name != holder)
    with under_load(running):
        running.act(lost, "kill")
        running.act(lost, "start")
    running.check(*ALL)


def test_the_holder_is_shut_down_in_order(running: Cluster) -> None:
    lost = running.holder(*CONTROL_PLANES)
    with under_load(running):
        running.act(lost, "stop")
    running.act(lost, "start")
    running.check(*ALL)


def test_the_first_control_plane_is_replaced(running: Cluster) -> None:
    running.project.configure(running.settings(*REPLACED))
    with under_load(running):
        running.project.up().must_succeed()
    running.check(*REPLACED)
    assert running.project.pulumi_up().changed() == set()


def test_nothing_is_left(running: Cluster) -> None:
    running.project.down().must_succeed()
    assert leftovers(STACK) == []
