"""Pods' packets in a tunnel between machines (`network.mode: overlay`), on machines taken for bare metal."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.cluster.bare_metal import Fleet
from tests.cluster.project import CACHE, Project
from tests.cluster.test_cluster import table

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(os.geteuid() != 0, reason="local machines need root"),
    pytest.mark.skipif(not (CACHE / "artifacts.yaml").exists(), reason="nothing is set up: type `make tools`"),
]

STACK = "test-overlay"
PREFIX = "10.97.4."
NUMBERS = {"cp1": 11, "n1": 21, "n2": 22}
# Chosen by hand: the rule that gives all others does not give it.
OF_N2 = "10.20.200.0/24"


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    """Three machines."""
    fleet = Fleet(stack=STACK, prefix=PREFIX)
    fleet.make(NUMBERS)
    fleet.serve()
    yield fleet
    fleet.remove()


@pytest.fixture(scope="module")
def project(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The stack."""
    settings = fleet.settings(tmp_path_factory.mktemp("operator"), NUMBERS)
    settings["network"]["mode"] = "overlay"
    settings["machines"][-1]["podRange"] = OF_N2
    return Project(tmp_path_factory.mktemp(STACK), STACK, settings)


@pytest.fixture
def cluster(project: Project) -> Project:
    """The stack with its cluster running."""
    if not project.kubeconfig.exists():
        pytest.skip("there is no cluster: see the first test that failed")
    return project


def test_pods_reach_each_other_and_policies_hold(project: Project) -> None:
    results = table(project.up().must_succeed().text)
    assert len(results) >= 15
    assert "FAILED" not in results.values()
    assert results["pod to pod by address"] == results["NetworkPolicy denies"] == "ok"


def test_every_way_to_other_machines_pods_is_the_tunnel(cluster: Project, fleet: Fleet) -> None:
    routes = fleet.on("n1", "ip -o route show root 10.20.0.0/16 | grep via").splitlines()
    # All addresses but its own, and the one whose place n2's range has.
    assert len(routes) == 252
    assert [route for route in routes if "encap ip" not in route or "dev vxlan.pods" not in route] == []
    assert f"dst {PREFIX}22 " in next(route for route in routes if route.startswith(OF_N2))


def test_pods_packets_fit_into_the_tunnel(cluster: Project, fleet: Fleet) -> None:
    link = int(fleet.on("n1", "cat /sys/class/net/eth0/mtu"))
    assert fleet.on("n1", "cat /sys/class/net/vxlan.pods/mtu") == str(link - 50)
    pods = {mtu for name in NUMBERS for mtu in fleet.on(name, "cat /sys/class/net/cali*/mtu || true").split()}
    assert pods == {str(link - 50)}


def test_without_the_tunnels_port_pods_are_not_reached(cluster: Project, fleet: Fleet) -> None:
    chain = "chain input { type filter hook input priority -10; udp dport 4789 drop; }"
    fleet.on("n1", f"nft 'table ip closed {{ {chain}; }}'")
    results = table(cluster.verify().must_fail().text)
    fleet.on("n1", "nft delete table ip closed")
    assert results["pod to pod by address"] == "FAILED"
    # Kubelets are reached outside of it.
    assert results["logs"] == "ok"


def test_nothing_of_it_is_left_after_destroy(cluster: Project, fleet: Fleet) -> None:
    cluster.down().must_succeed()
    assert fleet.on("n2", "ip -o link show vxlan.pods 2>&1 || true").endswith("does not exist.")
    assert fleet.on("n2", "ip route show proto 201; nft list tables | grep kubernetes || true") == ""
