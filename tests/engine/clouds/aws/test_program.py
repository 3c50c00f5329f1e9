"""The program's own machines: stage `machines` of the stack in stacks/Pulumi.aws.yaml, on the stand-in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components.config.settings import ClusterConfig
from components.machines import make_machines
from components.plan import make_plan
from tests.engine.clouds.aws.conftest import Cloud
from tests.engine.standins.stack import Stack
from tests.support import lock
from tools.clouds.world import World

pytestmark = pytest.mark.engine

_STACK = Path(__file__).resolve().parents[4] / "stacks" / "Pulumi.aws.yaml"


def _program(**changes: Any) -> Callable[[], None]:
    settings = yaml.safe_load(_STACK.read_text())["config"]
    named = {name.removeprefix("kubernetes:"): value for name, value in settings.items()}
    config = ClusterConfig.model_validate({**named, "protect": False, **changes})

    def program() -> None:
        plan = make_plan(config, lock(), None)
        machines = make_machines(plan, config)
        for machine in plan.cluster.machines:
            if machine.role == "control-plane":
                machines.joined(machine, machines.foundations[0])
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
