"""The program's own stage `machines` against the stand-in for Google's cloud."""

from __future__ import annotations

from ipaddress import IPv4Network

import pulumi
import pytest

from components.machines import gce
from components.machines.keys import GroupData
from tests.engine.clouds.gce.clouds import Cloud
from tests.engine.clouds.gce.drift import drifted
from tests.engine.standins.stack import Program, Stack
from tests.support import plan
from tests.unit.config_support import gce_settings
from tests.unit.test_config_groups import with_group
from tools.clouds.world import Instance

pytestmark = pytest.mark.engine


def _program(workers: int = 2, *, nodes: str = "public", type_: str = "e2-medium") -> Program:
    """The machines of a cluster with three control planes, which count as serving at once."""
    settings = gce_settings()
    settings["pools"][1]["count"] = workers
    for pool in settings["pools"]:
        pool["type"] = type_
    settings["cloud"]["network"] = {"nodes": nodes}
    wanted = plan(settings, protect=False)

    def program() -> None:
        assert wanted.cloud is not None
        machines = gce.Machines("machines", wanted.cloud, wanted.cluster.rotation.ssh)
        for machine in wanted.cluster.machines:
            if machine.role == "control-plane":
                machines.joined(machine, machines.hosts[machine.name].instance or machines)
        pulumi.export("api", machines.api_addresses[0])

    return program


def test_the_programs_machines_from_nothing_to_an_empty_project(stack: Stack, cloud: Cloud) -> None:
    api = stack.up(_program()).outputs["api"]
    world = cloud.plane.world()
    assert len(world.instances) == 5
    assert all(each.forwards and each.running for each in world.instances)
    assert {str(each.destination) for each in world.routes if each.next_hop not in ("internet", "nat")} == {
        f"10.10.{int(str(each.address).rpartition('.')[2])}.0/24" for each in world.instances
    }
    assert {str(each.address): len(each.targets) for each in world.balancers if each.public} == {api: 3}
    assert stack.preview(_program()).changed() == {}
    assert drifted(stack) == set()

    grown = set(stack.up(_program(workers=3)).changed())
    assert grown
    assert all(name.startswith("workers-3") for name in grown), grown

    stack.destroy()
    assert cloud.counted() == {}


def test_a_group_is_made_changed_and_left_to_others(stack: Stack, cloud: Cloud) -> None:
    settings = with_group(gce_settings(), {"pools[1].type": "e2-medium", "pools[0].type": "e2-medium"})
    wanted = plan(settings, protect=False)

    def program(told: str = "first") -> Program:
        def run() -> None:
            assert wanted.cloud is not None
            machines = gce.Machines("machines", wanted.cloud, wanted.cluster.rotation.ssh)
            data = GroupData(group="workers", settings=pulumi.Output.secret(f'{{"content": "{told}"}}'))
            machines.make_group(data, machines.foundations[0])

        return run

    def workers() -> list[Instance]:
        groups = IPv4Network("10.80.3.128/25")
        return [one for one in cloud.plane.world().instances if one.address in groups]

    stack.up(program())
    assert len(workers()) == 2
    for one in workers():
        assert one.public_address
        assert not one.forwards
        assert '"content": "first"' in one.user_data
    # An autoscaler's doing.
    cloud.plane.act("resize-group", "test-workers", 3)
    stack.refresh()
    assert stack.preview(program()).changed() == {}
    assert len(workers()) == 3
    assert set(stack.up(program("second")).changed()) == {"workers-template", "workers-group"}
    stack.destroy()
    assert cloud.counted() == {}


def test_private_machines_behind_a_bastion(stack: Stack, cloud: Cloud) -> None:
    program = _program(nodes="private")
    stack.up(program)
    world = cloud.plane.world()
    assert [each.name for each in world.instances if each.public_address] == ["test-bastion"]
    assert [str(subnet) for each in world.routes if each.next_hop == "nat" for subnet in each.subnets] == [
        "10.80.0.0/24"
    ]
    cloud.plane.act("stop-instance", "test-workers-1")
    (route,) = (name for name in cloud.names("routes") if "workers-2" in name)
    cloud.plane.act("delete-route", route)
    assert drifted(stack) == {"workers-1-instance", "workers-2-pods"}
    assert stack.up(program).changed() == {"workers-1-instance": ["update"], "workers-2-pods": ["create"]}
    assert all(each.running for each in cloud.plane.world().instances)


def test_a_machine_type_that_a_zone_lacks_is_refused_before_anything_is_made(stack: Stack, cloud: Cloud) -> None:
    run = stack.attempt(_program(type_="t3.medium"), "preview")
    said = " ".join(" ".join(text.split()) for _, text in run.log)
    assert "kubernetes:pools found: t3.medium" in said, said
    assert cloud.is_empty()
