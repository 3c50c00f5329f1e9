"""A managed instance group with its template: comes, grows, is rolled, heals, and goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.engine.clouds.gce.clouds import Cloud
from tests.engine.clouds.gce.drift import drifted
from tests.engine.clouds.gce.groups import REGION, Pool
from tests.engine.standins.stack import Stack
from tools.clouds.world import Instance

pytestmark = pytest.mark.engine


def _machines(cloud: Cloud) -> tuple[Instance, ...]:
    return cloud.plane.world().instances


def _ids(cloud: Cloud) -> set[str]:
    return {machine.id for machine in _machines(cloud)}


def test_a_group_comes_grows_and_goes(stack: Stack, cloud: Cloud) -> None:
    assert stack.preview(Pool()).changed()
    assert cloud.is_empty(), "a preview makes nothing"
    run = stack.up(Pool())
    assert run.outputs["group"].endswith(f"/regions/{REGION}/instanceGroups/one-pool")
    machines = _machines(cloud)
    assert len(machines) == 3
    assert all(each.name.startswith("one-pool-") and len(each.name) == len("one-pool-abcd") for each in machines)
    assert all(each.address in each.subnet and each.public_address for each in machines)
    assert {each.user_data for each in machines} == {"#cloud-config\nhostname: one\n"}
    zones = [body["zone"].rpartition("/")[2] for _, body in cloud.plane.api.objects.all("instances")]
    assert sorted(zones) == [f"{REGION}-a", f"{REGION}-a", f"{REGION}-b"]
    assert "hostname: one" not in stack.state_text(), "a secret stays one"

    assert drifted(stack) == set()
    assert stack.preview(Pool()).changed() == {}

    before = _ids(cloud)
    assert stack.up(Pool(size=4)).changed() == {"pool-group": ["update"]}
    assert before < _ids(cloud)
    assert len(_ids(cloud)) == 4
    stack.up(Pool(size=1))
    assert len(_ids(cloud)) == 1

    stack.destroy()
    assert cloud.counted() == {}


def test_another_template_is_seen_in_the_preview_and_rolls_through_all_machines(stack: Stack, cloud: Cloud) -> None:
    stack.up(Pool())
    before = _ids(cloud)
    changed = Pool(user_data="#cloud-config\nhostname: two\n")
    preview = stack.preview(changed)
    assert set(preview.changed()) == {"pool-template", "pool-group"}
    assert preview.steps["pool-group"] == ["update"]
    assert set(preview.steps["pool-template"]) >= {"create-replacement"}
    assert _ids(cloud) == before

    stack.up(changed)
    sizes = [len(_ids(cloud)) for _ in range(6)]  # each look is a moment of the roll-out
    assert max(sizes) <= 3 + 2
    assert sizes[-1] == 3
    assert _ids(cloud).isdisjoint(before)
    assert {each.user_data for each in _machines(cloud)} == {"#cloud-config\nhostname: two\n"}
    assert len(cloud.names("instanceTemplates")) == 1
    assert stack.preview(changed).changed() == {}


def test_a_group_that_somebody_resized_is_left_alone_where_the_program_ignores_its_size(
    stack: Stack, cloud: Cloud
) -> None:
    pool = Pool(ignored=["targetSize"])
    stack.up(pool)
    cloud.plane.act("resize-group", "one-pool", 5)
    assert len(_ids(cloud)) == 5
    stack.refresh()
    assert stack.preview(pool).changed() == {}
    stack.up(replace(pool, template={"labels": {"pool": "another"}}))
    assert cloud.get("instanceGroupManagers", "one-pool")["targetSize"] == 5
    # One whose size the program keeps is brought back.
    stack.up(replace(pool, ignored=[], template={"labels": {"pool": "another"}}))
    assert cloud.get("instanceGroupManagers", "one-pool")["targetSize"] == 3


def test_machines_heal_under_their_names(stack: Stack, cloud: Cloud) -> None:
    stack.up(Pool())
    machines = {each.name: each.id for each in _machines(cloud)}
    deleted, stopped, _ = sorted(machines)
    cloud.plane.act("delete-instance", deleted)
    cloud.plane.act("stop-instance", stopped)
    now = {each.name: each.id for each in _machines(cloud)}
    assert set(now) == set(machines)
    assert {name for name in now if now[name] != machines[name]} == {deleted, stopped}
    assert all(each.running for each in _machines(cloud))
    assert stack.preview(Pool()).changed() == {}


@pytest.mark.parametrize(
    ("pool", "resource", "words"),
    [
        (Pool(template={"machine_type": "zones/europe-west3-a/machineTypes/e2-medium"}), "pool-template", "not its"),
        (Pool(template={"labels": {"A": "b"}}), "pool-template", "Label keys and values must be valid"),
        (Pool(template={"name_prefix": "p" * 55}), "pool-template", "cannot be longer than 54"),
        (Pool(template={"resource_policies": "none"}), "pool-template", "does not take resourcePolicies"),
        (Pool(zones=("europe-west1-b",)), "pool-group", "Zone must be in region"),
        (
            Pool(group={"update_policy": {"type": "PROACTIVE", "minimal_action": "REPLACE", "max_surge_fixed": 1}}),
            "pool-group",
            "at least the number of zones (2)",
        ),
        (Pool(group={"base_instance_name": "b" * 59}), "pool-group", "at most 58 characters"),
    ],
)
def test_refuses(stack: Stack, cloud: Cloud, pool: Pool, resource: str, words: str) -> None:
    failed = stack.attempt(pool)
    assert words in failed.errors[resource]
    assert _machines(cloud) == ()


def test_a_type_that_no_zone_has_is_told_by_the_group(stack: Stack, cloud: Cloud) -> None:
    stack.up(Pool(template={"machine_type": "e9-medium"}))
    (group,) = cloud.plane.world().groups
    assert group.instances == ()
    assert "'e9-medium' does not exist in zone" in group.problem
    stack.up(Pool())
    assert len(_ids(cloud)) == 3
