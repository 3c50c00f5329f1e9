"""The rules for resources in a cloud: names, what the cloud decides, drift."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from tools.standins.core.cloud import AutoName, CloudResource
from tools.standins.core.difference import property_names
from tools.standins.core.operation import Operation
from tools.standins.core.schema import Input, ListOf, MapOf, ObjectOf, Output
from tools.standins.core.values import UNKNOWN, Secret

_DISK: Mapping[str, Input] = {"encrypted": Input(type="boolean", replaces=True), "size": Input(type="integer")}


class _Machine(CloudResource):
    token = "cloud:index:Machine"
    inputs: ClassVar[Mapping[str, Input]] = {
        "address": Input(type="string", replaces=True),
        "disk": Input(type=ObjectOf(properties=_DISK)),
        "groups": Input(type=ListOf(item="string")),
        "image": Input(type="string", replaces=True),
        "name": Input(type="string", replaces=True),
        "tags": Input(type=MapOf(item="string")),
    }
    outputs: ClassVar[Mapping[str, Output]] = {"state": Output(type="string")}
    computed = frozenset({"address"})
    sets = frozenset({"groups"})
    autoname = AutoName(input="name", longest=12)

    async def create(self, operation: Operation, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        raise NotImplementedError

    async def read(self, operation: Operation, state: Mapping[str, Any]) -> dict[str, Any] | None:
        raise NotImplementedError

    async def update(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    async def delete(self, operation: Operation, state: Mapping[str, Any]) -> None:
        raise NotImplementedError


MACHINE = _Machine()
GIVEN = {"image": "debian", "disk": {"size": 20.0}, "groups": ["a", "b"], "tags": {"t": "1"}}
FOUND = {
    **GIVEN,
    "disk": {"size": 20, "encrypted": True},
    "groups": ["b", "a"],
    "id": "m-1",
    "address": "10.0.0.4",
    "state": "running",
}


def test_an_automatic_name_stays() -> None:
    new = MACHINE.complete(dict(GIVEN), {}, "cp1", b"seed")
    assert new["name"].startswith("cp1-")
    assert MACHINE.complete(dict(GIVEN), new, "cp1", b"another")["name"] == new["name"]
    assert MACHINE.complete({**GIVEN, "name": "mine"}, new, "cp1", b"seed")["name"] == "mine"


def test_a_name_that_is_too_long_is_refused() -> None:
    assert [failure.path for failure in MACHINE.problems({"name": "x" * 13})] == ["name"]
    assert MACHINE.problems({"name": UNKNOWN}) == []


def test_what_the_cloud_decided_is_no_difference() -> None:
    assert MACHINE.difference(FOUND, GIVEN, GIVEN).changes == {}
    assert MACHINE.difference(FOUND, {**GIVEN, "address": "10.0.0.4"}, GIVEN).changes == {}
    assert MACHINE.difference(FOUND, GIVEN, {**GIVEN, "address": "10.0.0.4"}).changes == {}
    assert MACHINE.difference(FOUND, {**GIVEN, "groups": ["b", "a"]}, GIVEN).changes == {}
    assert MACHINE.given(GIVEN, FOUND) == GIVEN


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"image": "ubuntu"}, ("image",)),
        ({"address": "10.0.0.5"}, ("address",)),
        ({"disk": {"size": 30.0}}, ()),
        ({"disk": {"size": 20.0, "encrypted": False}}, ("disk.encrypted",)),
        ({"groups": ["a", "c"]}, ()),
        ({"tags": {"t": "1", "a.b": "2"}}, ()),
    ],
)
def test_only_what_is_declared_replaces(change: dict[str, Any], replaces: tuple[str, ...]) -> None:
    difference = MACHINE.difference(FOUND, {**GIVEN, **change}, GIVEN)
    assert difference.changes
    assert difference.replaces == replaces


def test_a_name_of_the_programs_own_cannot_be_there_twice() -> None:
    named, other = {**GIVEN, "name": "mine"}, {**GIVEN, "image": "ubuntu"}
    assert MACHINE.difference(FOUND, {**other, "name": "mine"}, named).delete_before_replace
    assert not MACHINE.difference(FOUND, {**other, "name": "yours"}, named).delete_before_replace
    automatic = MACHINE.complete(dict(GIVEN), {}, "cp1", b"seed")
    assert not MACHINE.difference(FOUND, {**automatic, "image": "ubuntu"}, automatic).delete_before_replace
    nameless = {name: value for name, value in GIVEN.items() if name != "name"}
    assert not MACHINE.difference(FOUND, {**nameless, "image": "ubuntu"}, nameless).delete_before_replace


def test_drift_shows_in_the_inputs() -> None:
    drifted = {**FOUND, "disk": {"size": 10, "encrypted": True}, "groups": ["a"], "tags": {"t": "1", "by-hand": "x"}}
    assert MACHINE.given(GIVEN, drifted) == {
        **GIVEN,
        "disk": {"size": 10},
        "groups": ["a"],
        "tags": {"t": "1", "by-hand": "x"},
    }


def test_a_secret_stays_one() -> None:
    given = {**GIVEN, "tags": {"t": Secret("1")}}
    assert MACHINE.state(given, FOUND)["tags"] == Secret({"t": "1"})
    assert MACHINE.given(given, FOUND)["tags"] == Secret({"t": "1"})
    assert MACHINE.marked({"tags": Secret({})}, FOUND)["tags"] == Secret({"t": "1"})


def test_a_preview_does_not_know_what_the_cloud_will_decide() -> None:
    shown = MACHINE.preview_create({**GIVEN, "__defaults": []})
    assert (shown["address"], shown["state"], shown["image"]) == (UNKNOWN, UNKNOWN, "debian")
    assert "__defaults" not in shown
    assert MACHINE.preview_update(FOUND, GIVEN)["address"] == "10.0.0.4"


def test_the_names_along_a_path() -> None:
    assert property_names('disks[0].labels["a.b"].x') == ["disks", "labels", "a.b", "x"]
