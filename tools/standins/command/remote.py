"""Runs a command on another machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncssh

from tools.standins.command import session
from tools.standins.command.connection import Hop
from tools.standins.command.dial import dialled
from tools.standins.command.output import Output, quote
from tools.standins.core.operation import Operation, StandInError


async def run(
    operation: Operation, command: str, inputs: Mapping[str, Any], previous: Mapping[str, str]
) -> dict[str, Any]:
    """The outputs of `command`. `previous`: variables with the outputs of the command before it.

    Raises StandInError when the machine cannot be reached or the command exits with another status than 0.
    """
    connection = inputs["connection"]
    proxy = connection.get("proxy")
    output = Output(operation, inputs["logging"])
    async with dialled(operation, Hop.from_inputs(connection), Hop.from_inputs(proxy) if proxy else None) as machine:
        try:
            environment = await _accepted(operation, machine, inputs.get("environment", {}), previous)
            reason = await session.run(
                machine, command, environment=environment, stdin=inputs.get("stdin", ""), output=output
            )
        except (asyncssh.Error, OSError) as error:
            raise StandInError(f"ssh: {error}") from error
    if reason is not None:
        raise output.failure(reason, command)
    return output.outputs(command)


async def _accepted(
    operation: Operation,
    machine: asyncssh.SSHClientConnection,
    asked: Mapping[str, str],
    previous: Mapping[str, str],
) -> dict[str, str]:
    refused = await session.refused(machine, {**asked, **previous})
    for name in refused:
        hint = (
            f"Unable to set '{name}': the machine's SSH server does not accept it (AcceptEnv). "
            "Set it in the command itself instead: NAME=value command"
        )
        if name in asked:
            await operation.complain(hint)
            raise StandInError(f"could not set environment variable {quote(name)}: ssh: setenv failed")
        await operation.warn(hint)
    return {name: value for name, value in {**asked, **previous}.items() if name not in refused}
