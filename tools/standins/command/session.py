"""Runs one command on a connected machine. What breaks the connection is raised as asyncssh.Error or OSError."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping

import asyncssh

from tools.standins.command.output import Output


async def run(
    connection: asyncssh.SSHClientConnection,
    command: str,
    *,
    environment: Mapping[str, str],
    stdin: str,
    output: Output,
) -> str | None:
    """Runs `command` to its end, which neither a cancel nor a timeout brings nearer; None, or how it failed."""
    process = await _start(connection, command, environment)
    try:
        process.stdin.write(stdin.encode())
        process.stdin.write_eof()
    except OSError:
        pass  # the command did not want all of it
    ends = await asyncio.gather(
        output.follow("stdout", process.stdout.read),
        output.follow("stderr", process.stderr.read),
        return_exceptions=True,
    )
    for end in ends:
        # A lost connection ends the streams with an error, and the command without a status.
        if end is not None and not isinstance(end, asyncssh.Error | OSError):
            raise end
    await process.wait_closed()
    return _failure(process)


async def refused(connection: asyncssh.SSHClientConnection, environment: Mapping[str, str]) -> list[str]:
    """The variables that the server does not accept (AcceptEnv): those that a command there does not see."""
    if not environment:
        return []
    process = await _start(connection, "env", environment)
    process.stdin.write_eof()
    content, _ = await asyncio.gather(process.stdout.read(), process.stderr.read())
    seen = b"\n" + content
    return [name for name, value in environment.items() if f"\n{name}={value}\n".encode() not in seen]


async def _start(
    connection: asyncssh.SSHClientConnection, command: str, environment: Mapping[str, str]
) -> asyncssh.SSHClientProcess[bytes]:
    return await connection.create_process(command, env=dict(environment), encoding=None)


def _failure(process: asyncssh.SSHClientProcess[bytes]) -> str | None:
    if process.exit_signal is not None:
        name = process.exit_signal[0]
        number = getattr(signal, f"SIG{name}", 0)
        return f"Process exited with status {128 + number} from signal {name}"
    if process.exit_status is None:
        return "wait: remote command exited without exit status or exit signal"
    return f"Process exited with status {process.exit_status}" if process.exit_status else None
