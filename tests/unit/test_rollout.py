"""In which order changes go, and which control plane does what only one does."""

from __future__ import annotations

from typing import Any

import pytest

from components.config.previous import PreviousCluster
from components.plan.rollout import Rollout
from tests.support import HIGHLY_AVAILABLE, plan
from tests.unit.config_support import changed, expect_one, problems, settings


def _machines(*names: str) -> list[dict[str, Any]]:
    """cp… are control planes, the others nodes; the number gives the address."""
    return [
        {
            "name": name,
            "role": "control-plane" if name.startswith("cp") else "node",
            "address": f"10.80.0.{(10 if name.startswith('cp') else 20) + int(name[-1])}",
        }
        for name in names
    ]


def _previous(*names: str, **more: Any) -> PreviousCluster:
    roles = {machine["name"]: machine["role"] for machine in _machines(*names)}
    came = tuple(name for name, role in roles.items() if role == "control-plane")
    reached = dict.fromkeys(came, "1.36.3")
    return PreviousCluster(**{"founder": "cp1", "control_planes": came, "versions": reached, "machines": roles, **more})


def _rollout(names: str, previous: PreviousCluster | None = None, **more: Any) -> Rollout:
    return plan(HIGHLY_AVAILABLE, previous, machines=_machines(*names.split()), **more).rollout


def test_a_first_cluster_has_no_order_but_that_of_control_planes() -> None:
    rollout = _rollout("cp1 cp2 cp3 n1 n2")
    assert rollout.first
    assert rollout.batches == {}
    assert rollout.control_planes == ("cp1", "cp2", "cp3")
    assert (rollout.founder, rollout.coordinator) == ("cp1", "cp1")


def test_a_cluster_that_never_served_is_a_first_one() -> None:
    """An `up` that failed leaves outputs, too: its machines go on side by side."""
    rollout = _rollout("cp1 n1 n2", _previous("cp1", "n1", "n2", versions={}))
    assert rollout.first
    assert rollout.batches == {}


def test_control_planes_change_one_at_a_time_and_nodes_too() -> None:
    rollout = _rollout("cp1 cp2 cp3 n1 n2 n3", _previous("cp1", "cp2", "cp3", "n1", "n2", "n3"))
    assert rollout.batches == {"cp1": None, "cp2": "cp1", "cp3": "cp2", "n1": None, "n2": "n1", "n3": "n2"}


def test_as_many_nodes_change_together_as_is_set() -> None:
    before = _previous("cp1", "n1", "n2", "n3", "n4", "n5")
    rollout = _rollout("cp1 n1 n2 n3 n4 n5", before, rollout={"maxUnavailable": 2})
    assert rollout.batches == {"cp1": None, "n1": None, "n2": None, "n3": "n1", "n4": "n2", "n5": "n3"}


def test_a_new_machine_waits_for_none_and_none_waits_for_it() -> None:
    rollout = _rollout("cp1 n1 n9 n2", _previous("cp1", "n1", "n2"))
    assert rollout.batches == {"cp1": None, "n1": None, "n2": "n1"}


def test_new_control_planes_come_after_those_that_were_there() -> None:
    rollout = _rollout("cp4 cp1 cp5 n1", _previous("cp1", "n1"))
    assert rollout.control_planes == ("cp1", "cp4", "cp5")
    assert rollout.coordinator == "cp1"


def test_the_order_of_control_planes_stays_whatever_that_of_the_settings() -> None:
    """Or a line that is put in front would run every registration again."""
    first = _rollout("cp4 cp1 cp5 n1", _previous("cp1", "n1"))
    again = _rollout("cp4 cp1 cp5 n1", _previous("cp4", "cp1", "cp5", "n1", control_planes=first.control_planes))
    assert again.control_planes == first.control_planes == ("cp1", "cp4", "cp5")
    assert again.registrars == first.registrars == {"cp1": "cp4", "cp4": "cp1", "cp5": "cp1", "n1": "cp1"}
    assert again.coordinator == "cp1"


def test_another_one_coordinates_when_the_coordinator_leaves() -> None:
    rollout = _rollout("cp4 cp2 cp3 n1", _previous("cp1", "cp2", "cp3", "n1"))
    assert rollout.coordinator == "cp2"
    assert rollout.control_planes == ("cp2", "cp3", "cp4")


def test_no_later_control_plane_may_found_a_cluster() -> None:
    before = _previous("cp1", "cp2", "cp3", "n1")
    assert _rollout("cp4 cp2 cp3 n1", before).founder == "cp1"
    # The name is kept, also when the next `up` finds no such machine any more.
    after = _previous("cp4", "cp2", "cp3", "n1", machines={"cp2": "control-plane"})
    assert _rollout("cp4 cp2 cp3 n1", after).founder == "cp1"


def test_nobody_is_registered_on_itself_unless_alone() -> None:
    assert _rollout("cp1 cp2 cp3 n1").registrars == {"cp1": "cp2", "cp2": "cp1", "cp3": "cp1", "n1": "cp1"}
    assert _rollout("cp1 n1").registrars == {"cp1": "cp1", "n1": "cp1"}


def test_a_machine_that_is_gone_has_no_part_in_anything() -> None:
    machines = _machines("cp1", "cp2", "cp3", "n1", "n2")
    machines[0]["gone"] = machines[3]["gone"] = True
    found = plan(HIGHLY_AVAILABLE, _previous("cp1", "cp2", "cp3", "n1", "n2"), machines=machines)
    assert [machine.name for machine in found.cluster.machines] == ["cp2", "cp3", "n2"]
    assert [machine.name for machine in found.cluster.gone] == ["cp1", "n1"]
    assert found.rollout.coordinator == "cp2"
    assert set(found.rollout.batches) == {"cp2", "cp3", "n2"}


@pytest.mark.parametrize(
    ("names", "seconds"),
    [("cp1 n1 n2", {"cp1": 300, "n1": 300, "n2": 300}), ("cp1 n1", {"cp1": 300, "n1": 0}), ("cp1", {"cp1": 0})],
)
def test_a_machine_is_drained_where_its_pods_have_somewhere_to_go(names: str, seconds: dict[str, int]) -> None:
    cluster = plan(HIGHLY_AVAILABLE, machines=_machines(*names.split())).cluster
    assert {machine.name: cluster.drain_seconds(machine) for machine in cluster.machines} == seconds


BEFORE = PreviousCluster(
    kubernetes_version="1.36.3",
    machines={"cp1": "control-plane", "n1": "node", "n2": "node"},
    gone=frozenset({"n3"}),
)


def test_only_a_machine_that_was_there_can_be_gone() -> None:
    gone = changed(settings(), {"machines[1].gone": True})
    assert problems(gone, previous=BEFORE) == ()
    expect_one(problems(gone, previous=None), "machines[1].gone", "take its line out")
    # It stays gone for as long as its line is there.
    again = changed(gone, {"machines[1].name": "n3"})
    assert problems(again, previous=BEFORE) == ()


def test_one_control_plane_that_was_there_stays() -> None:
    other = changed(settings(), {"machines[0].name": "cp9"})
    assert problems(other) == ()
    expect_one(problems(other, previous=BEFORE), "machines", "keep cp1 until others have joined")
    lost = changed(settings(), {"machines[0].gone": True})
    expect_one(problems(lost, previous=BEFORE), "machines", "restore a backup")


@pytest.mark.parametrize("value", [0, -1, "1", True])
def test_some_nodes_may_be_unavailable(value: Any) -> None:
    found = problems(changed(settings(), {"rollout": {"maxUnavailable": value}}))
    assert [problem.key for problem in found] == ["kubernetes:rollout.maxUnavailable"]


def test_the_number_of_control_planes_may_be_even_until_a_lost_one_is_replaced() -> None:
    three = changed(settings(), {"machines[1].role": "control-plane", "machines[2].role": "control-plane"})
    three = changed(three, {"api": {"virtualAddress": "10.80.0.10"}})
    before = PreviousCluster(machines=dict.fromkeys(("cp1", "n1", "n2"), "control-plane"))
    assert problems(three, previous=before) == ()
    lost = changed(three, {"machines[1].gone": True})
    assert problems(lost, previous=before) == ()
    two = changed(three, {"machines[1].role": "node"})
    expect_one(problems(two, previous=before), "machines", "make it 1 or 3")


def test_nobody_leaves_while_a_control_plane_is_given_up() -> None:
    three = changed(settings(), {"machines[1].role": "control-plane", "machines[2].role": "control-plane"})
    three = changed(three, {"api": {"virtualAddress": "10.80.0.10"}, "machines[0].gone": True})
    control_planes = dict.fromkeys(("cp1", "n1", "n2"), "control-plane")
    assert problems(three, previous=PreviousCluster(machines=control_planes)) == ()
    with_node = PreviousCluster(machines={**control_planes, "n3": "node"})
    expect_one(problems(three, previous=with_node), "machines", "keep n3 until the next pulumi up")
    later = PreviousCluster(machines={**control_planes, "n3": "node"}, gone=frozenset({"cp1"}))
    assert problems(three, previous=later) == ()
