"""Settings of groups of machines: what is refused, at which key, with which way out."""

from __future__ import annotations

from typing import Any

import pytest

from components.config.previous import PreviousCluster
from tests.unit.config_support import DROP, aws_settings, changed, expect_one, gce_settings, load, problems

GROUP = {"name": "workers", "count": 2, "type": "t3.medium", "group": {"min": 1, "max": 9}}
ROOM = {"network": {"mode": "overlay", "nodeRange": "10.80.0.0/22", "podRange": "10.8.0.0/14"}}


def with_group(settings: dict[str, Any], changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """The settings with their workers in a group."""
    return changed(changed(settings, {**ROOM, "pools[1]": GROUP}), changes or {})


@pytest.mark.parametrize("settings", [aws_settings(), gce_settings()], ids=["aws", "gce"])
def test_a_group_is_taken(settings: dict[str, Any]) -> None:
    assert problems(with_group(settings)) == ()
    group = load(with_group(settings)).pools[1].group
    assert group is not None
    assert group.token_hours == 168


REFUSED = [
    ({"network.mode": DROP}, "pools[1].group", "network.mode: overlay"),
    ({"pools[1].group": DROP}, "pools[1].first", "first: 20"),
    ({"pools[1].first": 20}, "pools[1].first", "leave it out"),
    ({"pools[1].reservedAddress": True}, "pools[1].reservedAddress", "leave it out"),
    ({"pools[1].count": 0}, "pools[1].count", "the limits"),
    ({"pools[1].count": 10}, "pools[1].count", "the limits"),
    ({"network.nodeRange": "10.80.0.0/23"}, "network.nodeRange", "take a /22"),
    # A zone's subnet is a /26, of which AWS keeps five addresses; one is for a replacement.
    ({"pools[1].group.max": 175}, "pools[1].group.max", "lower max"),
    ({"pools[1].group.max": 60, "pools[1].zones": ["eu-central-1a"]}, "pools[1].group.max", "lower max"),
    ({"pools[1].name": "control-7"}, "pools[1].name", "another name"),
    ({"pools[0].name": "workers-10-80-3"}, "pools[0].name", "another name"),
    ({"pools[1].group.tokenHours": 47}, "pools[1].group.tokenHours", "168"),
]


@pytest.mark.parametrize(("changes", "key", "way_out"), REFUSED)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], key: str, way_out: str) -> None:
    expect_one(problems(with_group(aws_settings(), changes)), key, way_out)


def test_control_planes_are_in_no_group() -> None:
    changes = {"pools[0].group": {"min": 3, "max": 3}, "pools[0].first": DROP}
    expect_one(problems(with_group(aws_settings(), changes)), "pools[0].group", "role: node")


def test_as_many_machines_as_fit_are_taken() -> None:
    assert problems(with_group(aws_settings(), {"pools[1].group.max": 174})) == ()
    assert problems(with_group(gce_settings(), {"pools[1].group.max": 121})) == ()
    expect_one(problems(with_group(gce_settings(), {"pools[1].group.max": 122})), "pools[1].group.max", "lower max")


def test_names_on_google_are_short_enough_for_what_google_appends() -> None:
    changes = {"clusterName": "x" * 28, "pools[1].name": "y" * 24}
    expect_one(problems(with_group(gce_settings(), changes)), "pools[1].name", "shorten")
    assert problems(with_group(aws_settings(), changes)) == ()


@pytest.mark.parametrize(("before", "there"), [(False, True), (True, False)])
def test_on_google_groups_are_there_from_the_beginning_or_never(before: bool, there: bool) -> None:
    previous = PreviousCluster(groups=before)
    settings = with_group(gce_settings()) if there else gce_settings()
    expect_one(problems(settings, previous=previous), "pools", "keep one" if before else "a new cluster")
    assert problems(settings, previous=PreviousCluster(groups=there)) == ()
