"""Changes: what is made anew and what is not, what a refresh finds, what two clusters have to do with each other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.clouds.gce.clouds import Cloud
from tests.engine.clouds.gce.drift import drifted
from tests.engine.clouds.gce.programs import cluster
from tests.engine.standins.stack import Stack

pytestmark = pytest.mark.engine
ZONE = "zones/europe-west3-a"


def _images(family: str) -> dict[str, Any]:
    return {"boot_disk": {"initialize_params": {"image": family, "size": 20, "type": "pd-balanced"}}}


def test_a_new_image_replaces_a_machine_and_its_group_forgets_it(stack: Stack, cloud: Cloud) -> None:
    stack.up(cluster(nodes=()))
    before = cloud.get("instances", "one-cp1")["id"]
    run = stack.up(cluster(nodes=(), instance=_images("ubuntu-os-cloud/ubuntu-2404-lts-amd64")))
    assert set(run.changed()) == {"cp1", "cp1-route"}, "a route can't outlive the old machine's link"
    assert run.steps["cp1"] == ["delete-replaced", "replace", "create-replacement"], "two can't have one name"
    assert cloud.get("instances", "one-cp1")["id"] != before
    assert cloud.plane.world().balancers[0].targets == ()
    assert drifted(stack) == {"one-group"}
    assert stack.up(cluster(nodes=(), instance=_images("ubuntu-os-cloud/ubuntu-2404-lts-amd64"))).changed() == {
        "one-group": ["update"]
    }
    assert len(cloud.plane.world().balancers[0].targets) == 1


def test_changes_in_place(stack: Stack, cloud: Cloud) -> None:
    stack.up(cluster())
    changed = {
        "machine_type": "e2-standard-2",
        "labels": {"cluster": "one", "more": "yes"},
        "metadata": {"user-data": "#cloud-config\n# new"},
        "deletion_protection": True,
    }
    run = stack.up(cluster(instance=changed, ports=("10250", "9100"), readiness="/livez"))
    updated = {name: ["update"] for name in ("cp1", "n1", "one-kubelet", "one-check")}
    assert run.changed() == updated
    machine = cloud.get("instances", "one-n1")
    assert machine["machineType"].endswith("/e2-standard-2")
    assert machine["labels"] == {"cluster": "one", "more": "yes", "goog-pulumi-provisioned": "true"}
    assert (machine["status"], machine["deletionProtection"]) == ("RUNNING", True)
    assert cloud.plane.world().instances[0].user_data == "#cloud-config\n# new"
    assert cloud.get("firewalls", "one-kubelet")["allowed"][0]["ports"] == ["10250", "9100"]
    assert cloud.get("healthChecks", "one")["httpsHealthCheck"]["requestPath"] == "/livez"
    with pytest.raises(Exception, match="Deletion Protection is enabled"):
        stack.destroy()
    assert "one-n1" in cloud.names("instances")


def test_what_happened_behind_the_engines_back_is_found_and_healed(stack: Stack, cloud: Cloud) -> None:
    stack.up(cluster())
    cloud.plane.act("check-source-dest", "one-n1")
    cloud.plane.act("delete-route", "one-n1")
    cloud.plane.act("break-health-check", "one")
    cloud.plane.act("delete-instance", "one-cp1")
    firewall = cloud.get("firewalls", "one-api")
    cloud.call("PUT", "global/firewalls/one-api", {**firewall, "sourceRanges": ["0.0.0.0/0"]})
    assert drifted(stack) == {"n1", "n1-route", "one-check", "cp1", "one-api", "one-group"}
    run = stack.up(cluster())
    assert run.changed() == {
        "n1": ["update"],
        "n1-route": ["create"],
        "one-check": ["update"],
        "cp1": ["create"],
        "one-api": ["update"],
        "one-group": ["update"],
    }
    assert stack.preview(cluster()).changed() == {}
    world = cloud.plane.world()
    assert all(each.forwards for each in world.instances)
    assert len(world.balancers[0].targets) == 1
    assert {each.next_hop for each in world.routes} == {"internet", "nat", *(each.id for each in world.instances)}


def test_two_clusters_side_by_side(stack: Stack, other_stack: Stack, cloud: Cloud) -> None:
    stack.up(cluster())
    other_stack.up(cluster("two"))
    world = cloud.plane.world()
    assert {each.name for each in world.instances} == {"one-cp1", "one-n1", "two-cp1", "two-n1"}
    assert len({each.network for each in world.instances}) == 2
    assert stack.preview(cluster()).changed() == {}
    stack.destroy()
    assert cloud.names("instances") == {"two-cp1", "two-n1"}
    assert drifted(other_stack) == set()
    other_stack.destroy()
    assert cloud.counted() == {}
