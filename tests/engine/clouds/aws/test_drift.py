"""What happens behind the engine's back is found by a refresh and made good by the next up."""

from __future__ import annotations

import pytest

from tests.engine.clouds.aws.conftest import Cloud
from tests.engine.clouds.aws.programs import Cluster
from tests.engine.standins.stack import Stack

pytestmark = pytest.mark.engine


def test_what_happened_behind_the_engines_back_is_found_and_made_good(stack: Stack, cloud: Cloud) -> None:
    program = Cluster()
    stack.up(program)
    before = cloud.plane.world()
    first, second = (instance.id for instance in sorted(before.instances, key=lambda instance: instance.address))
    cloud.plane.act("delete-route", "10.81.20.0/24")
    cloud.plane.act("delete-rule", "one-ssh")
    cloud.plane.act("check-source-dest", first)
    cloud.plane.act("break-health-check", next(iter(_target_groups(cloud))))
    cloud.client().create_tags(Resources=[before.networks[0].id], Tags=[{"Key": "by", "Value": "hand"}])
    cloud.plane.act("delete-instance", second)
    drifted = cloud.plane.world()
    assert len(drifted.routes) == len(before.routes) - 2, "the one that was deleted, and the one whose machine is gone"
    assert {instance.forwards for instance in drifted.instances} == {False}

    stack.refresh()
    healed = stack.up(program)
    steps = {name: set(steps) - {"same"} for name, steps in healed.changed().items()}
    assert set(steps) == {"one", "one-n0", "one-n1", "one-ssh"}
    assert steps["one"] == {"update"}, "the health check and the tag"
    assert steps["one-n0"] == {"create", "update"}, "its route, and the machine"
    after = cloud.plane.world()
    assert after.networks == before.networks
    assert first in {instance.id for instance in after.instances}
    assert {(i.address, i.forwards, i.user_data) for i in after.instances} == {
        (i.address, i.forwards, i.user_data) for i in before.instances
    }
    assert {route.destination for route in after.routes} == {route.destination for route in before.routes}
    assert {rule.ports for rule in after.rules} == {rule.ports for rule in before.rules}
    assert [balancer.check for balancer in after.balancers] == [balancer.check for balancer in before.balancers]
    assert stack.preview(program).changed() == {}


def _target_groups(cloud: Cloud) -> list[str]:
    groups = cloud.client("elbv2").describe_target_groups()["TargetGroups"]
    return [group["TargetGroupName"] for group in groups]
