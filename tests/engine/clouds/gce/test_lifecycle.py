"""A small cluster in the stand-in for Google's cloud: the real engine, from nothing to an empty project."""

from __future__ import annotations

import pytest

from tests.engine.clouds.gce.clouds import Cloud
from tests.engine.clouds.gce.drift import drifted
from tests.engine.clouds.gce.programs import cluster
from tests.engine.standins.stack import Stack

pytestmark = pytest.mark.engine


def test_from_nothing_to_an_empty_project(stack: Stack, cloud: Cloud) -> None:
    preview = stack.preview(cluster())
    assert preview.changed()
    assert cloud.is_empty(), "a preview makes nothing"

    run = stack.up(cluster())
    world = cloud.plane.world()
    (balancer,) = world.balancers
    assert run.outputs["api"] == str(balancer.address)
    assert run.outputs["public"] in {str(each.public_address) for each in world.instances}
    control_plane = next(each.id for each in world.instances if each.name == "one-cp1")
    assert balancer.targets == ((control_plane, 6443),)
    assert {each.user_data for each in world.instances} == {"#cloud-config"}
    assert "#cloud-config" not in stack.state_text(), "a secret stays one"

    assert drifted(stack) == set()
    assert stack.preview(cluster()).changed() == {}

    grown = stack.up(cluster(nodes=("n1", "n2")))
    assert grown.changed() == {"n2": ["create"], "n2-route": ["create"]}
    shrunk = stack.up(cluster())
    assert shrunk.changed() == {"n2": ["delete"], "n2-route": ["delete"]}

    stack.destroy()
    assert cloud.counted() == {}
