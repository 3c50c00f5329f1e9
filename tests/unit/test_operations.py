"""In which order control planes are stopped, restored and let in again; the parts themselves are tested on machines."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

import asyncssh
import pytest

from components.ssh import Access, Target
from tools.operations.restore import ControlPlanes
from tools.operations.session import NoSessionError, OperationError, Session
from tools.operations.stack import Stack


def target(name: str, number: int) -> Target:
    return Target(
        name=name, role="control-plane" if name.startswith("cp") else "node", address=f"10.80.0.{number}",
        api_port=6443, host=f"10.80.0.{number}", port=22, user="root", host_key="ssh-ed25519 AAAA",
    )  # fmt: skip


STACK = Stack(
    name="blue",
    cluster="blue",
    access=Access(private_key="", machines=(target("cp1", 11), target("cp2", 12), target("cp3", 13), target("n1", 21))),
)


class Recorder:
    """Stands where a session does, and writes down what it is told, and that it took its time."""

    def __init__(self, name: str, told: list[tuple[str, str]], fails_at: str = "") -> None:
        self.name, self._told, self._fails_at = name, told, fails_at
        self.variables: list[Mapping[str, str]] = []

    async def step(self, step: str, script: str, *, scripts: Sequence[str], variables: Mapping[str, str]) -> list[str]:
        self.variables.append(variables)
        if variables["PART"] == self._fails_at:
            raise OperationError(f"{self.name}: restore failed")
        await asyncio.sleep(0)
        self._told.append((self.name, variables["PART"]))
        return []


def planes(told: list[tuple[str, str]], **fails_at: str) -> ControlPlanes:
    names = [machine.name for machine in STACK.control_planes]
    found: Any = {name: Recorder(name, told, fails_at.get(name, "")) for name in names}
    return ControlPlanes(STACK, found, ())


def test_nobody_begins_before_the_others_have_forgotten_their_data() -> None:
    """Otherwise two of three old members would find themselves a quorum beside the new cluster."""
    told: list[tuple[str, str]] = []
    asyncio.run(planes(told).begin_from("cp2", "/snapshot"))
    assert told[0] == ("cp2", "load")
    assert set(told[1:3]) == {("cp1", "forget"), ("cp3", "forget")}
    assert told[3:] == [("cp2", "begin"), ("cp1", "rejoin"), ("cp3", "rejoin")]


def test_what_can_not_be_unpacked_costs_nobody_his_data() -> None:
    told: list[tuple[str, str]] = []
    with pytest.raises(OperationError):
        asyncio.run(planes(told, cp1="load").begin_from("cp1", "/snapshot"))
    assert told == []


def test_one_that_can_not_forget_keeps_all_from_beginning() -> None:
    told: list[tuple[str, str]] = []
    with pytest.raises(OperationError):
        asyncio.run(planes(told, cp3="forget").begin_from("cp1", "/snapshot"))
    assert ("cp1", "begin") not in told


def test_those_that_join_know_where_to_and_each_cluster_has_a_token_of_its_own() -> None:
    told: list[tuple[str, str]] = []
    chosen = planes(told)
    asyncio.run(chosen.begin_from("cp1", "/snapshot"))
    rejoined = cast("Recorder", chosen.sessions["cp3"]).variables[-1]
    assert rejoined["PEERS"] == "cp1=10.80.0.11"
    assert rejoined["ADDRESS"] == "10.80.0.13"
    assert rejoined["TOKEN"].startswith("blue-2")


def test_a_control_plane_that_does_not_answer_is_for_the_operator_to_judge() -> None:
    gone = NoSessionError("cp3: session failed: expected SSH; found no answer. Next: look.", TimeoutError())
    found: dict[str, Session | NoSessionError] = {"cp1": cast("Session", Recorder("cp1", [])), "cp3": gone}
    with pytest.raises(OperationError, match=r"If cp3 is gone for good: the same command with WITHOUT=cp2,cp3"):
        ControlPlanes(STACK, found, ["cp2"])
    assert not gone.is_another_machine
    assert NoSessionError("", asyncssh.HostKeyNotVerifiable("")).is_another_machine
