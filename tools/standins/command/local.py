"""Runs a command on this computer."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.standins.command.output import Output, quote
from tools.standins.command.tcp import reason_of
from tools.standins.core.operation import Operation, StandInError


async def run(
    operation: Operation, command: str, inputs: Mapping[str, Any], previous: Mapping[str, str]
) -> dict[str, Any]:
    """The outputs of `command`. `previous`: variables with the outputs of the command before it.

    Raises StandInError when it cannot be started, exits with another status than 0 or is interrupted.
    """
    interpreter = inputs.get("interpreter") or ["/bin/sh", "-c"]
    output = Output(operation, inputs["logging"])
    try:
        process = await asyncio.create_subprocess_exec(
            *interpreter,
            command,
            cwd=inputs.get("dir"),
            env={**os.environ, **inputs.get("environment", {}), **previous},
            stdin=asyncio.subprocess.PIPE if inputs.get("stdin") else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        reason = _start_failure(error, interpreter[0], inputs.get("dir"))
        raise StandInError(f"{reason}: running {quote(command)}:\n") from error
    try:
        await operation.within(_communicate(process, inputs.get("stdin", ""), output))
    except StandInError as interrupted:
        process.kill()
        raise output.failure("signal: killed", command) from interrupted
    if process.returncode:
        raise output.failure(_exit(process.returncode), command)
    return output.outputs(command)


async def _communicate(process: asyncio.subprocess.Process, stdin: str, output: Output) -> None:
    assert process.stdout is not None
    assert process.stderr is not None
    await asyncio.gather(
        _feed(process, stdin),
        output.follow("stdout", process.stdout.read),
        output.follow("stderr", process.stderr.read),
    )
    await process.wait()


async def _feed(process: asyncio.subprocess.Process, stdin: str) -> None:
    if process.stdin is None:
        return
    try:
        process.stdin.write(stdin.encode())
        await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        pass  # the command did not want all of it
    finally:
        process.stdin.close()


def _start_failure(error: OSError, program: str, folder: str | None) -> str:
    reason = reason_of(error)
    if folder is not None and not Path(folder).is_dir():
        return f"chdir {folder}: {reason}"
    if isinstance(error, FileNotFoundError) and "/" not in program:
        return f"exec: {quote(program)}: executable file not found in $PATH"
    return f"fork/exec {program}: {reason}"


def _exit(returncode: int) -> str:
    if returncode > 0:
        return f"exit status {returncode}"
    return f"signal: {(signal.strsignal(-returncode) or str(-returncode)).lower()}"
