"""The resources of the command plugin."""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Mapping
from typing import Any, ClassVar

from tools.standins.command.connection import CONNECTION
from tools.standins.core.operation import Operation
from tools.standins.core.resource import Resource
from tools.standins.core.schema import Input, ListOf, MapOf, ObjectOf, Output

_NO_FILES = "the stand-in does not collect files: print what is needed on standard output"
_COMMON: Mapping[str, Input] = {
    "addPreviousOutputInEnv": Input(type="boolean", default=True),
    "create": Input(type="string"),
    "delete": Input(type="string"),
    "environment": Input(type=MapOf(item="string")),
    "logging": Input(type="string", choices=("stdout", "stderr", "stdoutAndStderr", "none")),
    "stdin": Input(type="string"),
    "triggers": Input(type=ListOf(item="any"), replaces=True),
    "update": Input(type="string"),
}


class _Command(Resource):
    """A command that runs when the resource is made, changed or removed."""

    secrecy_is_a_change = True
    update_changes_outputs = True
    outputs: ClassVar[Mapping[str, Output]] = {"stderr": Output(type="string"), "stdout": Output(type="string")}
    # Where `run` is; imported when a command runs, since a preview runs none and asyncssh takes 0.3 s to import.
    module: ClassVar[str]

    async def create(self, operation: Operation, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        resource_id = name + secrets.token_hex(4)
        if "create" not in inputs:
            return resource_id, {"stderr": "", "stdout": ""}
        return resource_id, await self._run(operation, inputs["create"], inputs, {})

    async def update(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        command = inputs.get("update", inputs.get("create"))
        if command is None:
            return {name: state[name] for name in self.outputs if name in state}
        return await self._run(operation, command, inputs, state)

    async def delete(self, operation: Operation, state: Mapping[str, Any]) -> None:
        if "delete" in state:
            await self._run(operation, state["delete"], state, state)

    async def _run(
        self, operation: Operation, command: str, inputs: Mapping[str, Any], state: Mapping[str, Any]
    ) -> dict[str, Any]:
        previous: dict[str, str] = {}
        if inputs.get("addPreviousOutputInEnv", True):
            previous = {f"PULUMI_COMMAND_{name.upper()}": state[name] for name in self.outputs if state.get(name)}
        run = importlib.import_module(self.module).run
        outputs: dict[str, Any] = await run(operation, command, {"logging": "stdoutAndStderr", **inputs}, previous)
        return outputs


class LocalCommand(_Command):
    """A command on this computer."""

    token = "command:local:Command"
    module = "tools.standins.command.local"
    inputs: ClassVar[Mapping[str, Input]] = {
        **_COMMON,
        "archivePaths": Input(type=ListOf(item="string"), refused=_NO_FILES),
        "assetPaths": Input(type=ListOf(item="string"), refused=_NO_FILES),
        "dir": Input(type="string"),
        "interpreter": Input(type=ListOf(item="string")),
    }
    outputs: ClassVar[Mapping[str, Output]] = {
        **_Command.outputs,
        "archive": Output(type="any", optional=True),
        "assets": Output(type="any", optional=True),
    }


class RemoteCommand(_Command):
    """A command on another machine, over SSH."""

    token = "command:remote:Command"
    module = "tools.standins.command.remote"
    inputs: ClassVar[Mapping[str, Input]] = {
        **_COMMON,
        "connection": Input(type=ObjectOf(properties=CONNECTION), required=True, secret=True),
    }


RESOURCES = (LocalCommand(), RemoteCommand())
