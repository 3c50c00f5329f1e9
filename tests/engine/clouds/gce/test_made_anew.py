"""A machine that is made anew takes its old place in all that knew it, within one `up`."""

from __future__ import annotations

from typing import Any

import pytest

from components.machines import gce
from tests.engine.clouds.gce.clouds import Cloud
from tests.engine.clouds.gce.drift import drifted
from tests.engine.standins.stack import Program, Stack
from tests.support import plan
from tests.unit.config_support import gce_settings

pytestmark = pytest.mark.engine
POOL = {"name": "control", "role": "control-plane", "count": 1, "first": 10, "type": "e2-medium"}
DEBIAN = {"owner": "debian-cloud", "name": "debian-12"}


def _program(*, protect: bool = False, **changes: Any) -> Program:
    """A control plane that counts as serving at once; `changes` are its pool's."""
    settings = {**gce_settings(), "pools": [{**POOL, **changes}]}
    wanted = plan(settings, protect=protect)

    def program() -> None:
        assert wanted.cloud is not None
        machines = gce.Machines("machines", wanted.cloud, wanted.cluster.rotation.ssh)
        for machine in wanted.cluster.control_planes:
            instance = machines.hosts[machine.name].instance
            assert instance is not None
            machines.joined(machine, instance)

    return program


def _is_reached(cloud: Cloud) -> bool:
    """Whether both balancers, and the route to its pods, lead to the one instance that there is."""
    world = cloud.plane.world()
    (instance,) = (one.id for one in world.instances)
    targets = [target for one in world.balancers for target, _ in one.targets]
    routes = [one.next_hop for one in world.routes if str(one.destination) == "10.10.10.0/24"]
    return (targets, routes) == ([instance] * 2, [instance])


def test_a_new_image_makes_a_machine_anew_in_its_old_place(stack: Stack, cloud: Cloud) -> None:
    stack.up(_program())
    assert _is_reached(cloud)
    before = cloud.get("instances", "test-control-1")["id"]
    run = stack.up(_program(image=DEBIAN))
    names = {"control-image", "control-1-instance", "control-1-pods", "control-1-api"}
    assert set(run.changed()) == names, "and nothing else"
    done = [name for what, name in run.log if what == "done"]
    assert done.index("control-1-api") < done.index("control-1-instance"), "it leaves before it stops"
    assert cloud.get("instances", "test-control-1")["id"] != before
    assert _is_reached(cloud)
    assert drifted(stack) == set()
    assert stack.preview(_program(image=DEBIAN)).changed() == {}
    stack.destroy()
    assert cloud.counted() == {}


def test_another_type_stops_a_machine_and_keeps_it(stack: Stack, cloud: Cloud) -> None:
    stack.up(_program())
    before = cloud.get("instances", "test-control-1")["id"]
    assert stack.up(_program(disk=50)).changed() == {}, "a larger disk is for later machines"
    assert stack.up(_program(type="e2-standard-2")).changed() == {"control-1-instance": ["update"]}
    after = cloud.get("instances", "test-control-1")
    assert (after["id"], after["status"]) == (before, "RUNNING")
    assert _is_reached(cloud)


def test_an_instance_that_was_deleted_by_hand_is_back_behind_the_balancers(stack: Stack, cloud: Cloud) -> None:
    stack.up(_program())
    cloud.plane.act("delete-instance", "test-control-1")
    stack.refresh()
    stack.up(_program())
    assert _is_reached(cloud)
    assert stack.preview(_program()).changed() == {}


def test_a_protected_control_plane_is_not_made_anew(stack: Stack, cloud: Cloud) -> None:
    stack.up(_program(protect=True))
    before = cloud.get("instances", "test-control-1")
    assert before["deletionProtection"] is True
    run = stack.attempt(_program(protect=True, image=DEBIAN), "preview")
    assert "unable to replace resource" in run.errors["control-1-instance"]
    # Letting go is a change of its own, and changes nothing else.
    assert stack.up(_program()).changed() == {"control-1-instance": ["update"]}
    stack.destroy()
    assert cloud.counted() == {}
