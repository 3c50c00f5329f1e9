"""An auto-scaling group with its launch template: comes, grows, is refreshed, heals, and goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.engine.clouds.aws.conftest import Cloud
from tests.engine.clouds.aws.groups import IMAGE, Pool
from tests.engine.standins.stack import Run, Stack
from tools.clouds.world import World
from tools.standins import sdk

pytestmark = pytest.mark.engine


def _changed(run: Run) -> dict[str, set[str]]:
    return {name: set(steps) - {"same"} for name, steps in run.steps.items() if set(steps) - {"same"}}


def _ids(cloud: Cloud) -> set[str]:
    return {instance.id for instance in cloud.plane.world().instances}


def test_a_group_comes_grows_and_goes(stack: Stack, cloud: Cloud) -> None:
    stack.up(Pool())
    for resource in stack.resources():
        if resource["type"].startswith("aws:"):
            known = {"id", *sdk.inputs(resource["type"]), *sdk.outputs(resource["type"])}
            assert set(resource["outputs"]) <= known, resource["type"]
    world = cloud.plane.world()
    assert {str(each.subnet) for each in world.instances} == {"10.80.0.0/28", "10.80.1.0/28"}
    assert all(each.address in each.subnet and each.public_address for each in world.instances)
    assert {each.user_data for each in world.instances} == {"#cloud-config\nhostname: one\n"}
    assert stack.preview(Pool()).changed() == {}
    assert "hostname: one" not in stack.state_text()
    assert "I2Nsb3VkLWNvbmZpZwpob3N0bmFtZTogb25lCg" not in stack.state_text(), "user data is a secret in the state"

    before = _ids(cloud)
    grown = stack.up(Pool(desired=3))
    assert _changed(grown) == {"pool-group": {"update"}}
    assert len(_ids(cloud)) == 3
    assert before < _ids(cloud)

    stack.destroy()
    assert cloud.plane.world() == World()
    assert cloud.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert cloud.client().describe_launch_templates()["LaunchTemplates"] == []


def test_a_changed_template_is_seen_in_the_preview_and_refreshes_all_machines(stack: Stack, cloud: Cloud) -> None:
    stack.up(Pool())
    before = _ids(cloud)
    changed = Pool(user_data="#cloud-config\nhostname: two\n")
    preview = stack.preview(changed)
    assert _changed(preview) == {"pool-template": {"update"}, "pool-group": {"update"}}
    assert len(_ids(cloud)) == 2
    assert _ids(cloud) == before, "a preview changes nothing"

    up = stack.up(changed)
    assert _changed(up) == {"pool-template": {"update"}, "pool-group": {"update"}}
    sizes = set()
    for _ in range(10):  # each look is a moment of the refresh
        sizes.add(len(_ids(cloud)))
    assert sizes == {2}
    assert _ids(cloud).isdisjoint(before)
    assert {each.user_data for each in cloud.plane.world().instances} == {"#cloud-config\nhostname: two\n"}
    template = cloud.client().describe_launch_templates()["LaunchTemplates"][0]
    assert (template["DefaultVersionNumber"], template["LatestVersionNumber"]) == (2, 2)
    refresh = cloud.client("autoscaling").describe_instance_refreshes(AutoScalingGroupName="one-pool")
    assert [each["Status"] for each in refresh["InstanceRefreshes"]] == ["Successful"]
    assert stack.preview(changed).changed() == {}


def test_a_template_that_only_gets_other_tags_has_no_new_version(stack: Stack, cloud: Cloud) -> None:
    stack.up(Pool())
    run = stack.up(Pool(template={"tags": {"Name": "another"}}))
    assert _changed(run) == {"pool-template": {"update"}}
    template = cloud.client().describe_launch_templates()["LaunchTemplates"][0]
    assert template["LatestVersionNumber"] == 1
    assert template["Tags"] == [{"Key": "Name", "Value": "another"}]


def test_a_group_that_somebody_resized_is_left_alone_where_the_program_ignores_its_size(
    stack: Stack, cloud: Cloud
) -> None:
    pool = Pool(ignored=["desiredCapacity"])
    stack.up(pool)
    cloud.client("autoscaling").set_desired_capacity(AutoScalingGroupName="one-pool", DesiredCapacity=4)
    assert len(_ids(cloud)) == 4
    stack.refresh()
    assert stack.preview(pool).changed() == {}
    stack.up(replace(pool, least=2))
    assert len(_ids(cloud)) == 4
    # One whose size the program keeps is brought back.
    stack.up(replace(pool, ignored=[], group={"max_size": 3}))
    assert len(_ids(cloud)) == 2


def test_machines_heal(stack: Stack, cloud: Cloud) -> None:
    stack.up(Pool())
    first, second = sorted(_ids(cloud))
    cloud.plane.act("delete-instance", first)
    assert first not in _ids(cloud)
    assert len(_ids(cloud)) == 2
    cloud.plane.act("stop-instance", second)
    assert second not in _ids(cloud)
    assert len(_ids(cloud)) == 2
    assert stack.preview(Pool()).changed() == {}


@pytest.mark.parametrize(
    ("pool", "resource", "words"),
    [
        (Pool(template={"image_id": "ami-0123456789abcdef0"}), "pool-group", "The image id '[ami-0123456789abcdef0]'"),
        (Pool(template={"instance_type": "t4g.medium"}), "pool-group", "does not match the architecture"),
        (Pool(user_data="x" * 16385), "pool-template", "User data is limited to 16384 bytes"),
        (Pool(least=3, desired=3, most=2), "pool-group", "must be greater than or equal to min bound"),
        (Pool(desired=5), "pool-group", "must be between the specified min size:1 and max size:4"),
        (Pool(group={"vpc_zone_identifiers": ["subnet-0123456789abcdef0"]}), "pool-group", "does not exist"),
        (Pool(template={"cpu_options": {"core_count": 2}}), "pool-template", "does not take this input"),
    ],
)
def test_refuses(stack: Stack, cloud: Cloud, pool: Pool, resource: str, words: str) -> None:
    failed = stack.attempt(pool)
    assert words in failed.errors[resource]
    assert cloud.plane.world().instances == ()
    stack.up(Pool())
    assert {each.image for each in cloud.plane.world().instances} == {"debian-12"}, IMAGE


def test_a_group_without_room_is_told_to_who_waits_for_it(make_cloud: object, make_stack: object) -> None:
    cloud: Cloud = make_cloud(vcpus=2)  # type: ignore[operator]
    stack: Stack = make_stack(cloud.environment)  # type: ignore[operator]
    failed = stack.attempt(Pool(group={"wait_for_capacity_timeout": "1m"}))
    assert "more vCPU capacity" in failed.errors["pool-group"]
    assert len(_ids(cloud)) == 1
