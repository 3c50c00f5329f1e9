"""The plan of a cluster in a cloud: places, addresses, firewall rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any

import pytest

from components.config.previous import PreviousCluster, PreviousInstance
from components.config.settings import ClusterConfig
from components.plan import Plan, make_plan
from components.plan.capacity import capacity
from components.plan.cloud import CloudPlan
from components.plan.firewall import GCE_HEALTH_CHECKS, MACHINES, Rule, Surroundings, firewall
from components.plan.site import fits, make_site, places, smallest
from tests.support import lock, plan
from tests.unit.config_support import aws_settings, changed, gce_settings, problems

RANGE = IPv4Network("10.80.0.0/24")
SOURCES = {"binaries": {"source": "mirror", "url": "http://10.80.0.2"}, "images": {"source": "archives"}}


def planned(settings: dict[str, Any], **changes: Any) -> Plan:
    return plan(changed({**settings, **SOURCES}, changes))


def cloud(plan: Plan) -> CloudPlan:
    assert plan.cloud is not None
    return plan.cloud


def addresses(settings: dict[str, Any], changes: dict[str, Any]) -> dict[str, str]:
    return {one.name: str(one.address) for one in cloud(planned(settings, **changes)).instances}


@pytest.mark.parametrize("zones", range(1, 7))
def test_parts_of_the_node_range_do_not_overlap(zones: int) -> None:
    nodes = IPv4Network((int(RANGE.network_address), smallest(zones)))
    site = make_site(nodes, tuple("abcdef"[:zones]), "aws")
    parts = [*(zone.subnet for zone in site.zones), *(zone.edge for zone in site.zones), site.bastion_subnet]
    assert len(parts) == 2 * zones + 1
    assert all(part.subnet_of(nodes) for part in parts)
    assert not any(one.overlaps(other) for one, other in combinations(parts, 2))
    # Room for machines: the fifth is the API's, the sixth the first machine's.
    assert all(places(zone.subnet) > 6 for zone in site.zones)


def test_too_small_a_range_is_known() -> None:
    assert fits(RANGE, 3)
    assert not fits(IPv4Network("10.80.0.0/25"), 3)
    assert not fits(IPv4Network("10.80.0.0/28"), 1)


def test_a_zone_added_at_the_end_may_leave_the_others_where_they_are() -> None:
    two, three = (make_site(RANGE, tuple("abc"[:count]), "aws") for count in (2, 3))
    assert [zone.subnet for zone in two.zones] == [zone.subnet for zone in three.zones[:2]]


def test_the_api_has_an_address_in_each_zone_of_aws_and_one_in_a_region_of_gce() -> None:
    aws, gce = (make_site(RANGE, ("a", "b"), provider) for provider in ("aws", "gce"))
    assert [str(zone.api_address) for zone in aws.zones] == ["10.80.0.4", "10.80.0.68"]
    assert [str(zone.api_address) for zone in gce.zones] == ["10.80.0.4", "10.80.0.4"]


@pytest.mark.parametrize("settings", [aws_settings(), gce_settings()], ids=["aws", "gce"])
def test_machines_go_round_the_zones(settings: dict[str, Any]) -> None:
    assert addresses(settings, {"pools[1].count": 4}) == {
        "control-1": "10.80.0.10",
        "control-2": "10.80.0.74",
        "control-3": "10.80.0.138",
        "workers-1": "10.80.0.20",
        "workers-2": "10.80.0.84",
        "workers-3": "10.80.0.148",
        "workers-4": "10.80.0.21",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"pools[1].count": 30},
        {"pools[2]": {"name": "more", "count": 5, "first": 50, "type": "t3.large"}},
        {"pools[0].count": 5},
    ],
)
def test_a_pool_that_grows_or_comes_moves_nobody(changes: dict[str, Any]) -> None:
    before, after = addresses(aws_settings(), {}), addresses(aws_settings(), changes)
    assert before.items() <= after.items()
    assert len(set(after.values())) == len(after)


def test_the_first_machine_of_a_zone_changes_nothing_of_the_api() -> None:
    few = plan(changed({**aws_settings(), **SOURCES}, {"pools[0].count": 1, "pools[1].count": 1})).cluster
    more = plan(changed({**aws_settings(), **SOURCES}, {"pools[0].count": 1, "pools[1].count": 3})).cluster
    assert len(more.api_addresses) == 3
    assert more.api_addresses == few.api_addresses


def test_a_pool_may_be_in_some_zones_only() -> None:
    found = addresses(aws_settings(), {"pools[1].zones": ["eu-central-1c"]})
    assert (found["workers-1"], found["workers-2"]) == ("10.80.0.148", "10.80.0.149")


def test_nodes_are_labelled_with_zone_region_and_pool() -> None:
    cluster = planned(aws_settings(), **{"pools[1].labels": {"example.org/disk": "nvme"}}).cluster
    assert dict(cluster.nodes[1].labels) == {
        "topology.kubernetes.io/region": "eu-central-1",
        "topology.kubernetes.io/zone": "eu-central-1b",
        "kubernetes-from-scratch/pool": "workers",
        "example.org/disk": "nvme",
    }
    assert str(cluster.nodes[1].pod_range) == "10.10.84.0/24"


def test_images_are_asked_for_by_architecture() -> None:
    instances = cloud(planned(aws_settings(), **{"pools[1].architecture": "arm64"})).instances
    assert {one.image.text for one in instances} == {
        "136693071363/debian-12-amd64-2*",
        "136693071363/debian-12-arm64-2*",
    }
    # An architecture of its own is not in the text of an id.
    chosen = cloud(planned(aws_settings(), **{"cloud.image": {"id": "ami-0123456789abcdef0"}}))
    assert chosen.instances[0].image.text == "ami-0123456789abcdef0"


SURROUNDINGS = Surroundings(
    provider="aws",
    node_range=RANGE,
    pod_range=IPv4Network("10.10.0.0/16"),
    api_port=6443,
    api_ranges=(IPv4Network("198.51.100.7/32"), IPv4Network("203.0.113.0/24")),
    api_public=True,
    ssh_ranges=(IPv4Network("198.51.100.7/32"),),
    bastion=False,
    node_port_ranges=(),
    metrics_server=False,
    tunnel=False,
    nodes=True,
)


def from_outside(rules: tuple[Rule, ...]) -> Iterator[tuple[str, str, str]]:
    for rule in rules:
        for source in rule.ranges:
            if not any(source.subnet_of(known) for known in (RANGE, SURROUNDINGS.pod_range)):
                yield rule.name, rule.ports, str(source)


def test_machines_know_who_they_are_to_the_controller_manager() -> None:
    with_manager = {"cloud.controllerManager": "external"}
    cluster = planned(aws_settings(), **with_manager).cluster
    # The machine adds its instance's id.
    assert [one.provider_id for one in cluster.nodes[:2]] == ["aws:///eu-central-1a/", "aws:///eu-central-1b/"]
    account = {"cloud.serviceAccount": "controllers@my-project.iam.gserviceaccount.com"}
    cluster = planned(gce_settings(), **with_manager, **account).cluster
    assert cluster.nodes[0].provider_id == f"gce://my-project/europe-west3-a/{cluster.name}-workers-1"
    assert {one.provider_id for one in planned(aws_settings()).cluster.machines} == {""}


def test_balancers_of_services_leave_control_planes_out_unless_they_run_the_workloads() -> None:
    label = "node.kubernetes.io/exclude-from-external-load-balancers"
    with_manager = {"cloud.controllerManager": "external"}
    cluster = planned(aws_settings(), **with_manager).cluster
    assert [one.name for one in cluster.machines if label in one.labels] == [one.name for one in cluster.control_planes]
    assert not [one for one in planned(aws_settings()).cluster.machines if label in one.labels]


def test_a_tunnel_opens_its_port_between_machines_and_nothing_to_pods_addresses() -> None:
    for provider in ("aws", "gce"):
        rules = firewall(replace(SURROUNDINGS, provider=provider, tunnel=True, metrics_server=True))
        tunnel = [rule for rule in rules if "tunnel" in rule.name]
        assert [(rule.to, rule.protocol, rule.ports) for rule in tunnel] == [(role, "udp", "4789") for role in MACHINES]
        assert {(rule.roles, rule.ranges) for rule in tunnel} == {(MACHINES, ())}
        assert not [rule.name for rule in rules if SURROUNDINGS.pod_range in (*rule.ranges, rule.destination)]
        assert not [rule.name for rule in rules if rule.protocol == "all"]


def test_an_overlay_needs_no_routes_and_no_forwarding() -> None:
    overlay, routed = (cloud(planned(aws_settings(), **{"network.mode": mode})) for mode in ("overlay", "routes"))
    assert (dict(overlay.routes), overlay.forwards) == ({}, False)
    assert (len(routed.routes), routed.forwards) == (5, True)


def test_from_outside_only_ssh_and_the_api_are_open() -> None:
    assert set(from_outside(firewall(SURROUNDINGS))) == {
        ("control-plane-ssh", "22", "198.51.100.7/32"),
        ("node-ssh", "22", "198.51.100.7/32"),
        ("balancer-api", "6443", "198.51.100.7/32"),
        ("balancer-api", "6443", "203.0.113.0/24"),
    }


def test_a_private_cluster_is_open_to_the_bastion_only() -> None:
    rules = firewall(replace(SURROUNDINGS, api_public=False, api_ranges=(), bastion=True))
    assert set(from_outside(rules)) == {("bastion-ssh", "22", "198.51.100.7/32")}
    assert {rule.to for rule in rules if rule.roles == ("bastion",)} == {"control-plane", "node"}


def test_on_gce_clients_and_health_checks_reach_control_planes_themselves() -> None:
    (api,) = (rule for rule in firewall(replace(SURROUNDINGS, provider="gce")) if rule.name == "api")
    assert set(api.ranges) == {RANGE, SURROUNDINGS.pod_range, *SURROUNDINGS.api_ranges, *GCE_HEALTH_CHECKS}


def test_nodes_reach_neither_etcd_nor_kubelets() -> None:
    rules = firewall(SURROUNDINGS)
    (etcd,) = (rule for rule in rules if rule.name == "etcd")
    assert (etcd.to, etcd.roles, etcd.ranges) == ("control-plane", ("control-plane",), ())
    for rule in rules:
        if rule.to == "control-plane" and rule.protocol == "all":
            # Where a rule can't tell pods from the machine, this opens etcd as well.
            assert "node" not in rule.roles
            assert RANGE not in rule.ranges
        if rule.ports == "10250":
            assert (rule.roles, rule.ranges) == (("control-plane",), ())


def test_metrics_server_reaches_kubelets_where_it_runs() -> None:
    rules = firewall(replace(SURROUNDINGS, metrics_server=True))
    assert all(rule.ranges == (RANGE, SURROUNDINGS.pod_range) for rule in rules if rule.ports == "10250")


def test_node_ports_are_open_to_whom_the_settings_name() -> None:
    given = IPv4Network("203.0.113.0/24")
    rules = firewall(replace(SURROUNDINGS, node_port_ranges=(given,)))
    assert {rule.name for rule in rules if given in rule.ranges and rule.ports == "30000-32767"} == {
        f"{role}-node-ports-{protocol}" for role in ("control-plane", "node") for protocol in ("tcp", "udp")
    }


def test_rules_have_names_of_their_own() -> None:
    names = [rule.name for rule in firewall(replace(SURROUNDINGS, bastion=True, metrics_server=True))]
    assert len(set(names)) == len(names)


def test_without_nodes_there_are_no_rules_for_them() -> None:
    assert not any(rule.to == "node" or "node" in rule.roles for rule in firewall(replace(SURROUNDINGS, nodes=False)))


def test_the_output_plan_says_how_near_the_limits_are() -> None:
    assert capacity(planned(aws_settings(), **{"pools[1].type": "t3.large"})) == {
        "machines": {"controlPlanes": 3, "nodes": 2},
        "nodeAddresses": {"used": 5, "limit": 3 * (64 - 7)},
        "pods": {"limit": 220},
        "types": {"t3.large": 2, "t3.medium": 3},
        "routes": {"used": 7, "limit": 50},
        "publicAddresses": {"used": 3, "limit": 5},
    }
    assert capacity(plan()) == {
        "machines": {"controlPlanes": 1, "nodes": 2},
        "nodeAddresses": {"used": 3, "limit": 253},
        "pods": {"limit": 220},
    }


def before(settings: dict[str, Any]) -> PreviousCluster:
    """What an `up` with these settings leaves in the outputs."""
    there = {
        one.name: PreviousInstance(
            address=str(one.address), type=one.type, image=one.image_text, image_id=f"old-of-{one.name}"
        )
        for one in cloud(planned(settings)).instances
    }
    return PreviousCluster(instances=there)


ALL = ("control-1", "control-2", "control-3", "workers-1", "workers-2")


@pytest.mark.parametrize(
    ("change", "affected"),
    [
        ({"pools[0].type": "t3.large"}, ALL[:3]),
        ({"pools[1].type": "t3.large"}, ALL[3:]),
        ({"cloud.image": {"name": "debian-13-*"}}, ALL),
    ],
)
def test_machines_change_one_with_each_up(change: dict[str, Any], affected: tuple[str, ...]) -> None:
    previous = before(aws_settings())
    wanted = ClusterConfig.model_validate(changed({**aws_settings(), **SOURCES}, change))
    expected = cloud(planned(aws_settings(), **change))
    for done in range(1, len(affected) + 1):
        found = cloud(make_plan(wanted, lock(), None, previous))
        assert found.later == affected[done:]
        for one in found.instances:
            if one.name in found.later:
                kept = expected.instance(one.name).image.text == previous.instances[one.name].image
                assert (one.type, one.image.id) == ("t3.medium", "" if kept else f"old-of-{one.name}")
            else:
                assert one == expected.instance(one.name)
        previous = finished(found, previous)
    assert cloud(make_plan(wanted, lock(), None, previous)).later == ()


def finished(up: CloudPlan, before: PreviousCluster) -> PreviousCluster:
    """What this `up` leaves."""
    there = {
        name: replace(was, type=up.instance(name).type, image=up.instance(name).image_text)
        for name, was in before.instances.items()
    }
    return PreviousCluster(instances=there)


def test_a_machine_that_was_not_finished_comes_before_all_others() -> None:
    previous = before(aws_settings())
    broken = replace(previous.instances["control-2"], image_id="")
    previous = PreviousCluster(instances={**previous.instances, "control-2": broken})
    wanted = ClusterConfig.model_validate(changed({**aws_settings(), **SOURCES}, {"pools[0].type": "t3.large"}))
    found = cloud(make_plan(wanted, lock(), None, previous))
    assert found.later == ("control-1", "control-3")
    assert found.instance("control-2").type == "t3.large"


def test_new_control_planes_wait_for_nobody() -> None:
    few = before(changed(aws_settings(), {"pools[0].count": 1}))
    wanted = ClusterConfig.model_validate({**aws_settings(), **SOURCES})
    assert cloud(make_plan(wanted, lock(), None, few)).later == ()


def test_a_control_plane_keeps_its_address() -> None:
    previous = before(aws_settings())
    assert problems(aws_settings(), previous=previous) == ()
    for moved in ({"pools[0].first": 12}, {"pools[0].zones": ["eu-central-1b", "eu-central-1a"]}):
        found = problems(changed(aws_settings(), moved), previous=previous)
        assert {problem.key for problem in found} == {"kubernetes:pools"}
        assert "control-1 has 10.80.0.10" in found[0].rule
    # Nodes may move: they are made anew.
    assert problems(changed(aws_settings(), {"pools[1].first": 30}), previous=previous) == ()


@pytest.mark.parametrize("provider", ["aws", "gce"])
def test_descriptions_are_what_aws_takes(provider: Any) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html: no apostrophe, 255 characters."""
    given = replace(SURROUNDINGS, provider=provider, bastion=True)
    for rule in (*firewall(given), *firewall(replace(given, tunnel=True))):
        assert re.fullmatch(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}", rule.description), rule.description
