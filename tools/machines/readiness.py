"""Waits until a machine is a server that can be used."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable

from . import podman
from .errors import MachineError

# A machine answers within 2-8 s, also when several start at once; the rest is for a busy computer.
LIMIT_SECONDS = 60.0
STEP_SECONDS = 0.1


def wait_for_machine(container: str, address: str) -> None:
    """Wait until SSH answers and systemd has started what it starts. Raises MachineError after LIMIT_SECONDS."""
    deadline = time.monotonic() + LIMIT_SECONDS
    if not _until(deadline, lambda: answers(address, 22, b"SSH-2.0")):
        raise MachineError(
            f"Machine {container}: no SSH server answered at {address}:22 within {LIMIT_SECONDS:.0f} s; "
            f"look at `podman logs {container}`."
        )
    state = "unknown"

    def settled() -> bool:
        nonlocal state
        state = _system_state(container)
        return state in ("running", "degraded")

    if not _until(deadline, settled):
        raise MachineError(
            f"Machine {container}: systemd is {state!r}, expected 'running', {LIMIT_SECONDS:.0f} s after the start; "
            f"look at `podman exec {container} systemctl list-jobs`."
        )


def wait_for_web_server(container: str, address: str) -> None:
    """Wait until something answers HTTP on port 80. Raises MachineError after LIMIT_SECONDS."""
    if not _until(
        time.monotonic() + LIMIT_SECONDS, lambda: answers(address, 80, b"HTTP/1.", b"HEAD / HTTP/1.0\r\n\r\n")
    ):
        raise MachineError(
            f"Mirror {container}: no web server answered at {address}:80 within {LIMIT_SECONDS:.0f} s; "
            f"look at `podman logs {container}`."
        )


def answers(address: str, port: int, expected: bytes, request: bytes = b"") -> bool:
    """True if a TCP server there sends bytes that begin with `expected`."""
    try:
        with socket.create_connection((address, port), timeout=1) as connection:
            connection.sendall(request)
            return connection.recv(len(expected), socket.MSG_WAITALL) == expected
    except OSError:
        return False


def _system_state(container: str) -> str:
    # --wait returns as soon as the last start job is done, so the loop around it seldom turns twice.
    command = podman.command_line("exec", container, "systemctl", "is-system-running", "--wait")
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False
        )
    except subprocess.TimeoutExpired:
        return "starting"
    return done.stdout.strip() or done.stderr.strip()


def _until(deadline: float, condition: Callable[[], bool]) -> bool:
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(STEP_SECONDS)
    return True
