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


FAILING: dict[str, tuple[dict[str, Any], str]] = {
    "status": ({"create": "echo seen; exit 5"}, 'exit status 5: running "echo seen; exit 5":\nseen'),
    "signal": ({"create": "kill -TERM $$"}, "signal: terminated"),
    "folder": ({"create": "true", "dir": "/nowhere"}, "chdir /nowhere: no such file or directory"),
    "shell": ({"create": "true", "interpreter": ["no-such-shell"]}, "executable file not found in $PATH"),
    "timeout": ({"create": "exec sleep 300"}, "signal: killed"),
}


def test_failures(stack: Stack) -> None:
    def program() -> None:
        options = pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="2s"))
        for name, (inputs, _) in FAILING.items():
            local.Command(name, **inputs, opts=options if name == "timeout" else None)

    errors = stack.attempt(program).errors
    for name, (_, reason) in FAILING.items():
        assert reason in errors[name]


def test_collecting_files_is_refused(stack: Stack) -> None:
    errors = stack.attempt(_program(create="true", archive_paths=["*"]), "preview").errors
    assert "does not collect files" in errors["step"]
