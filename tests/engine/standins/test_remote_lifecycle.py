"""What runs on a machine when a remote command is made, changed, replaced and removed."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi_command import remote

from tests.engine.standins.openssh import Server
from tests.engine.standins.stack import Program, Stack

pytestmark = pytest.mark.engine


def _program(machine: Server, **inputs: Any) -> Program:
    defaults = {"create": _noting(machine, "create"), "delete": _noting(machine, "delete"), "stdin": "first"}

    def program() -> None:
        command = remote.Command(
            "step", connection=remote.ConnectionArgs(**machine.connection()), **{**defaults, **inputs}
        )
        pulumi.export("stdout", command.stdout)

    return program


def _noting(machine: Server, word: str) -> str:
    """A command that notes its word and its standard input, and prints both."""
    return f'echo "{word}:$(cat)" | tee -a {machine.folder}/notes'


def _notes(machine: Server) -> list[str]:
    notes = machine.folder / "notes"
    lines = notes.read_text().split() if notes.exists() else []
    notes.write_text("")
    return lines


def test_create_runs_once_and_no_change_runs_nothing(stack: Stack, machine: Server) -> None:
    assert stack.up(_program(machine)).outputs == {"stdout": "create:first"}
    assert _notes(machine) == ["create:first"]
    assert stack.up(_program(machine)).changed() == {}
    assert _notes(machine) == []


def test_changed_input_runs_create_again_in_place(stack: Stack, machine: Server) -> None:
    stack.up(_program(machine))
    run = stack.up(_program(machine, stdin="second"))
    assert run.steps["step"] == ["update"]
    assert run.outputs == {"stdout": "create:second"}
    assert _notes(machine) == ["create:first", "create:second"]


def test_changed_input_runs_update_where_there_is_one(stack: Stack, machine: Server) -> None:
    update = _noting(machine, "update")
    stack.up(_program(machine, update=update))
    run = stack.up(_program(machine, update=update, stdin="second"))
    assert run.steps["step"] == ["update"]
    assert run.outputs == {"stdout": "update:second"}


def test_changed_delete_alone_runs_the_command_again(stack: Stack, machine: Server) -> None:
    stack.up(_program(machine))
    assert stack.up(_program(machine, delete="true")).steps["step"] == ["update"]
    assert _notes(machine) == ["create:first", "create:first"]


def test_changed_connection_runs_the_command_again(stack: Stack, machine: Server) -> None:
    stack.up(_program(machine))
    connection = remote.ConnectionArgs(**machine.connection(dial_error_limit=2))

    def program() -> None:
        remote.Command(
            "step",
            connection=connection,
            create=_noting(machine, "create"),
            delete=_noting(machine, "delete"),
            stdin="first",
        )

    assert stack.up(program).steps["step"] == ["update"]


@pytest.mark.parametrize("before", [None, ["1"]])
def test_triggers_replace_and_the_new_one_is_made_first(
    stack: Stack, machine: Server, before: list[str] | None
) -> None:
    update = _noting(machine, "update")
    stack.up(_program(machine, update=update, triggers=before))
    _notes(machine)
    run = stack.up(_program(machine, update=update, triggers=["2"], stdin="second"))
    assert "create-replacement" in run.steps["step"]
    # The old resource's delete gets the old standard input.
    assert _notes(machine) == ["create:second", "delete:first"]


def test_destroy_runs_delete_with_standard_input(stack: Stack, machine: Server) -> None:
    stack.up(_program(machine))
    stack.destroy()
    assert _notes(machine) == ["create:first", "delete:first"]
    assert [resource["type"] for resource in stack.resources() if "command:" in resource["type"]] == []


def test_refresh_changes_nothing(stack: Stack, machine: Server) -> None:
    stack.up(_program(machine))
    stack.refresh()
    assert stack.up(_program(machine)).changed() == {}
    assert _notes(machine) == ["create:first"]
