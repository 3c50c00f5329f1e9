"""What runs on a machine when remote commands are made, changed, replaced and removed.

One stack lives through it all, since every run of the engine takes seconds: each command in it changes in its own way.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi_command import remote

from tests.engine.standins.openssh import Server, serving
from tests.engine.standins.stack import Program, Run, Stack

pytestmark = pytest.mark.engine

UPDATED = ["update"]
REPLACED = ["create-replacement", "replace", "delete-replaced"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A command that changes in its own way: the engine's `steps` then, and the words that it notes on the machine."""

    first: dict[str, Any]
    change: dict[str, Any]
    steps: list[str]
    notes: list[str]


CASES = {
    "same": Case(first={}, change={}, steps=["same"], notes=[]),
    "stdin": Case(first={}, change={"stdin": "2"}, steps=UPDATED, notes=["create:2"]),
    "update": Case(first={"update": True}, change={"stdin": "2"}, steps=UPDATED, notes=["update:2"]),
    "delete": Case(first={}, change={"delete": False}, steps=UPDATED, notes=["create:1"]),
    "connection": Case(first={}, change={"dial_error_limit": 2}, steps=UPDATED, notes=["create:1"]),
    "trigger": Case(
        first={"update": True, "triggers": ["1"]},
        change={"triggers": ["2"], "stdin": "2"},
        steps=REPLACED,
        notes=["create:2", "delete:1"],
    ),
    "new-trigger": Case(
        first={"update": True}, change={"triggers": ["1"]}, steps=REPLACED, notes=["create:1", "delete:1"]
    ),
}


@dataclass(frozen=True, kw_only=True)
class Story:
    """The runs of the engine, in order, and the notes of every command after each."""

    runs: list[Run]
    notes: list[dict[str, list[str]]]
    left: list[str]


def _program(machine: Server, *, changed: bool) -> Program:
    def program() -> None:
        for name, case in CASES.items():
            inputs = _inputs(machine, name, {**case.first, **(case.change if changed else {})})
            pulumi.export(name, remote.Command(name, **inputs).stdout)

    return program


def _inputs(machine: Server, name: str, given: dict[str, Any]) -> dict[str, Any]:
    inputs = {"stdin": "1", "create": True, "delete": True, **given}
    connection = machine.connection(dial_error_limit=inputs.pop("dial_error_limit", 1))
    commands = {
        word: _noting(machine, name, word) for word in ("create", "update", "delete") if inputs.pop(word, False)
    }
    return {**inputs, **commands, "connection": remote.ConnectionArgs(**connection)}


def _noting(machine: Server, name: str, word: str) -> str:
    return f'echo "{word}:$(cat)" | tee -a {machine.folder}/{name}'


def _take_notes(machine: Server) -> dict[str, list[str]]:
    notes = {path.name: path.read_text().split() for path in machine.folder.iterdir()}
    for path in machine.folder.iterdir():
        path.unlink()
    return notes


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, pulumi_home: Path, cache: Path) -> Story:
    """Made, left alone, refreshed, changed, destroyed."""
    folder = tmp_path_factory.mktemp("story")
    stack = Stack(folder / "stack", pulumi_home=pulumi_home, cache=cache)
    with serving(folder / "machine", cache) as machine:
        runs: list[Run] = []
        notes: list[dict[str, list[str]]] = []
        for step in (
            partial(stack.up, _program(machine, changed=False)),
            partial(stack.up, _program(machine, changed=False)),
            stack.refresh,
            partial(stack.up, _program(machine, changed=True)),
            stack.destroy,
        ):
            runs.append(step())
            notes.append(_take_notes(machine))
    return Story(runs=runs, notes=notes, left=[resource["type"] for resource in stack.resources()])


def test_create_runs_once(story: Story) -> None:
    assert story.notes[0] == {name: ["create:1"] for name in CASES}
    assert story.runs[0].outputs == dict.fromkeys(CASES, "create:1")


def test_no_change_and_refresh_run_nothing(story: Story) -> None:
    assert story.runs[1].changed() == {}
    assert story.notes[1] == story.notes[2] == {}


@pytest.mark.parametrize("name", CASES)
def test_a_change(story: Story, name: str) -> None:
    case = CASES[name]
    assert sorted(story.runs[3].steps[name]) == sorted(case.steps)
    # A replacement is made before the old one, with its old standard input, is deleted.
    assert story.notes[3].get(name, []) == case.notes
    assert story.runs[3].outputs[name] == (case.notes[0] if case.notes else "create:1")


@pytest.mark.parametrize("name", CASES)
def test_destroy_runs_delete_with_standard_input(story: Story, name: str) -> None:
    inputs = {"stdin": "1", "delete": True, **CASES[name].first, **CASES[name].change}
    assert story.notes[4].get(name, []) == ([f"delete:{inputs['stdin']}"] if inputs["delete"] else [])
    assert story.left == []
