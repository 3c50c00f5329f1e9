"""The program's own machines: stage `machines` of the stack in stacks/Pulumi.aws.yaml, on the stand-in."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components.config.settings import ClusterConfig
from components.machines import make_machines
from components.machines.keys import GroupData
from components.plan import make_plan
from tests.engine.clouds.aws.conftest import Cloud
from tests.engine.standins.stack import Stack
from tests.support import lock
from tools.clouds.world import Instance, World

pytestmark = pytest.mark.engine

_STACK = Path(__file__).resolve().parents[4] / "stacks" / "Pulumi.aws.yaml"


# What a pool of the stack is as a group, and what a group needs.
GROUP = {"name": "workers", "count": 2, "type": "t3.medium", "group": {"min": 1, "max": 9}}
OVERLAY = {"mode": "overlay", "nodeRange": "10.80.0.0/22", "podRange": "10.8.0.0/14"}
GROUPS = [IPv4Network(f"10.80.3.{first}/26") for first in (64, 128, 192)]


def _program(told: str = "", **changes: Any) -> Callable[[], None]:
    settings = yaml.safe_load(_STACK.read_text())["config"]
    named = {name.removeprefix("kubernetes:"): value for name, value in settings.items()}
    config = ClusterConfig.model_validate({**named, "protect": False, **changes})

    def program() -> None:
        plan = make_plan(config, lock(), None)
        machines = make_machines(plan, config)
        for machine in plan.cluster.machines:
            if machine.role == "control-plane":
                machines.joined(machine, machines.foundations[0])
        for group in plan.cluster.groups:
            data = GroupData(group=group.name, settings=pulumi.Output.secret(f'{{"content": "{told}"}}'))
            machines.make_group(data, machines.foundations[0])
        pulumi.export("api", list(machines.api_addresses))

    return program


def test_the_stack_of_the_repository_gets_what_it_asks_for(stack: Stack, cloud: Cloud) -> None:
    up = stack.up(_program())
    world = cloud.plane.world()
    assert len(world.instances) == 6
    assert all(instance.forwards and instance.public_address for instance in world.instances)
    assert {str(balancer.address) for balancer in world.balancers if balancer.public} == set(up.outputs["api"])
    assert all(len(balancer.targets) == 3 for balancer in world.balancers)
    assert {instance.id for instance in world.instances} < {route.next_hop for route in world.routes}
    stack.refresh()
    assert stack.preview(_program()).changed() == {}
    stack.destroy()
    assert cloud.plane.world() == World()


def test_a_group_of_the_stack_is_made_changed_and_left_to_others(stack: Stack, cloud: Cloud) -> None:
    control = {"name": "control", "role": "control-plane", "count": 1, "first": 10, "type": "t3.medium"}

    def program(told: str = "first") -> Callable[[], None]:
        return _program(told, network=OVERLAY, pools=[control, GROUP])

    def workers() -> list[Instance]:
        return [one for one in cloud.plane.world().instances if any(one.address in subnet for subnet in GROUPS)]

    stack.up(program())
    assert len(workers()) == 2
    for one in workers():
        assert one.public_address
        assert not one.forwards
        assert '"content": "first"' in one.user_data
    # An autoscaler's doing.
    cloud.client("autoscaling").set_desired_capacity(AutoScalingGroupName="kubernetes-aws-workers", DesiredCapacity=3)
    stack.refresh()
    assert stack.preview(program()).changed() == {}
    assert len(workers()) == 3
    assert stack.up(program("second")).changed() == {"workers-template": ["update"], "workers-group": ["update"]}
    stack.destroy()
    assert cloud.plane.world() == World()
