"""A cluster's AWS from the first preview to an empty account."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from tests.engine.clouds.aws.conftest import Cloud
from tests.engine.clouds.aws.programs import Cluster
from tests.engine.standins.stack import Stack
from tools.clouds.world import World
from tools.standins import sdk

pytestmark = pytest.mark.engine


def _changed(steps: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    return {name: set(each) - {"same"} for name, each in steps.items() if set(each) - {"same"}}


def test_a_cluster_comes_grows_changes_and_goes(stack: Stack, cloud: Cloud) -> None:
    preview = stack.preview(Cluster())
    assert all(set(steps) == {"create"} for steps in preview.changed().values())

    up = stack.up(Cluster())
    assert up.outputs["addresses"] == ["10.80.0.20", "10.80.1.21"]
    assert up.outputs["image"] == "ami-0deb1200000000002", "the newest of those that match"
    _assert_outputs_are_those_of_the_sdk(stack)
    first = cloud.plane.world()
    assert {(instance.name, instance.forwards) for instance in first.instances} == {
        ("ip-10-80-0-20", True),
        ("ip-10-80-1-21", True),
    }
    assert str(first.balancers[0].address) == up.outputs["api"]
    assert stack.preview(Cluster()).changed() == {}

    grown = stack.up(Cluster(nodes=3, instance_type="t3.large"))
    assert _changed(grown.steps) == {"one-n0": {"update"}, "one-n1": {"update"}, "one-n2": {"create"}}
    assert {instance.id for instance in first.instances} < {instance.id for instance in cloud.plane.world().instances}

    node = {"user_data": "#cloud-config\n", "user_data_replace_on_change": True}
    replaced = stack.up(Cluster(nodes=3, instance_type="t3.large", node=node))
    # The new machine, and with it its route and its place at the balancer.
    assert set(_changed(replaced.steps)) == {f"one-n{index}" for index in range(3)}
    assert {instance.user_data for instance in cloud.plane.world().instances} == {"#cloud-config\n"}
    assert {instance.id for instance in first.instances}.isdisjoint(i.id for i in cloud.plane.world().instances)

    stack.destroy()
    assert cloud.plane.world() == World()
    assert cloud.client().describe_addresses()["Addresses"] == []
    assert cloud.client().describe_network_interfaces()["NetworkInterfaces"] == []
    assert cloud.client("iam").list_roles()["Roles"] == []
    assert cloud.client("elbv2").describe_target_groups()["TargetGroups"] == []


def _assert_outputs_are_those_of_the_sdk(stack: Stack) -> None:
    for resource in stack.resources():
        if resource["type"].startswith("aws:"):
            known = {"id", *sdk.inputs(resource["type"]), *sdk.outputs(resource["type"])}
            assert set(resource["outputs"]) <= known, resource["type"]


def test_two_clusters_live_side_by_side(make_cloud: Callable[..., Cloud], make_stack: Callable[..., Stack]) -> None:
    cloud = make_cloud()
    one, two = (make_stack(cloud.environment, name) for name in ("one", "two"))
    # The same private addresses: its own VPC keeps each apart. One zone each, because of the quota of addresses.
    first, second = (Cluster(name=name, nodes=1, zones=("eu-central-1a",)) for name in ("one", "two"))
    one.up(first)
    alone = cloud.plane.world()
    two.up(second)
    both = cloud.plane.world()
    assert len(both.networks) == 2
    assert {instance.address for instance in both.instances} == {alone.instances[0].address}
    assert one.preview(first).changed() == {}
    two.destroy()
    assert cloud.plane.world() == alone
