"""Commands on this computer, run by the real engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi_command import local

from tests.engine.standins.stack import Program, Stack

pytestmark = pytest.mark.engine


def _program(**inputs: Any) -> Program:
    def program() -> None:
        command = local.Command("step", **inputs)
        pulumi.export("stdout", command.stdout)
        pulumi.export("stderr", command.stderr)

    return program


def test_lifecycle(stack: Stack, tmp_path: Path) -> None:
    notes = tmp_path / "notes"

    def program(stdin: str, **inputs: Any) -> Program:
        delete = f'echo "delete:$(cat):$PULUMI_COMMAND_STDOUT" >> {notes}'
        return _program(create='echo "create:$(cat)"; echo note >&2', delete=delete, stdin=stdin, **inputs)

    assert stack.up(program("1")).outputs == {"stdout": "create:1", "stderr": "note"}
    assert stack.up(program("1")).changed() == {}
    assert stack.up(program("2")).steps["step"] == ["update"]
    assert "create-replacement" in stack.up(program("3", triggers=[{"any": ["value"]}])).steps["step"]
    stack.destroy()
    assert notes.read_text().split() == ["delete:2:create:2", "delete:3:create:3"]


def test_interpreter_folder_and_environment(stack: Stack, tmp_path: Path) -> None:
    script = "import os; print(os.getcwd(), os.environ['NAME'])"
    run = stack.up(
        _program(create=script, interpreter=["python3", "-c"], dir=str(tmp_path), environment={"NAME": "value"})
    )
    assert run.outputs["stdout"] == f"{tmp_path} value"


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"create": "echo seen; exit 5"}, 'exit status 5: running "echo seen; exit 5":'),
        ({"create": "kill -TERM $$"}, "signal: terminated"),
        ({"create": "true", "dir": "/nowhere"}, "chdir /nowhere: no such file or directory"),
        ({"create": "true", "interpreter": ["no-such-shell"]}, "executable file not found in $PATH"),
        ({"create": "true", "archivePaths": ["*"]}, "does not collect files"),
    ],
)
def test_failures(stack: Stack, inputs: dict[str, Any], reason: str) -> None:
    def program() -> None:
        pulumi.CustomResource("command:local:Command", "step", inputs, pulumi.ResourceOptions(version="1.2.1"))

    assert reason in stack.fails(program)


def test_timeout_ends_the_command(stack: Stack) -> None:
    def program() -> None:
        options = pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="1s"))
        local.Command("step", create="exec sleep 300", opts=options)

    assert "signal: killed" in stack.fails(program)
