"""Groups in the plan: their subnets, what else changes with them, and what does not."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest

from components.plan.capacity import capacity
from components.plan.site import fits_groups, make_site, smallest, smallest_with_groups
from tests.support import plan
from tests.unit.config_support import aws_settings, changed, gce_settings
from tests.unit.test_config_groups import with_group

SOURCES = {"binaries": {"source": "mirror", "url": "http://10.80.0.2"}, "images": {"source": "archives"}}


@pytest.mark.parametrize("provider", ["aws", "gce"])
@pytest.mark.parametrize("zones", range(1, 7))
def test_groups_have_room_that_is_nobody_elses(zones: int, provider: str) -> None:
    nodes = IPv4Network(("10.80.0.0", smallest_with_groups(zones)))
    assert fits_groups(nodes, zones)
    assert not fits_groups(IPv4Network(("10.80.0.0", nodes.prefixlen + 1)), zones)
    site = make_site(nodes, tuple("abcdef"[:zones]), provider)
    groups = [zone.groups for zone in site.zones if zone.groups]
    assert len(groups) == zones
    assert len(set(groups)) == (1 if provider == "gce" else zones)
    others = [*(zone.subnet for zone in site.zones), *(zone.edge for zone in site.zones), site.bastion_subnet]
    parts = [*set(groups), *others]
    assert all(part.subnet_of(nodes) for part in parts)
    assert not any(one.overlaps(other) for one, other in combinations(parts, 2))


def test_three_zones_take_a_22() -> None:
    assert (smallest(3), smallest_with_groups(3)) == (24, 22)


def test_a_range_without_room_for_groups_is_cut_as_ever() -> None:
    assert [zone.groups for zone in make_site(IPv4Network("10.80.0.0/24"), ("a", "b", "c"), "aws").zones] == [None] * 3


def test_groups_come_without_a_move_of_others_on_aws() -> None:
    """Only what is said of groups differs: no address, no route, no rule."""
    ranges = {"network": {"mode": "overlay", "nodeRange": "10.80.0.0/22", "podRange": "10.8.0.0/14"}}
    without = plan(changed(aws_settings(), {**SOURCES, **ranges}))
    settings = with_group(aws_settings(), {"pools[2]": aws_settings()["pools"][1], "pools[1].name": "more"})
    wanted = plan(changed(settings, SOURCES))
    assert without.cloud is not None
    assert wanted.cloud is not None
    assert wanted.cloud.instances == without.cloud.instances
    assert wanted.cloud.rules == without.cloud.rules
    assert [(m.name, m.address, m.pod_range) for m in wanted.cluster.machines] == [
        (m.name, m.address, m.pod_range) for m in without.cluster.machines
    ]


def test_a_cluster_whose_only_nodes_are_a_groups_keeps_workloads_off_control_planes() -> None:
    cluster = plan(changed(with_group(gce_settings()), SOURCES)).cluster
    assert not cluster.nodes
    assert all(machine.taints for machine in cluster.control_planes)
    # The control planes' own and the group's fewest.
    assert (cluster.node_count, cluster.dns_replicas) == (1, 2)


def test_the_output_names_groups_with_their_sizes() -> None:
    told = capacity(plan(changed(with_group(aws_settings()), SOURCES)))
    assert told["groups"] == {"workers": {"type": "t3.medium", "atFirst": 2, "min": 1, "max": 9}}
    assert "groups" not in capacity(plan(changed(aws_settings(), SOURCES)))
