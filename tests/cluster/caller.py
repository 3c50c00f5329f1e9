"""Asks a Service from inside a pod's network, as another pod does."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Literal

from tools.machines import podman

LOOP = (Path(__file__).parent / "caller.sh").read_text()


class Caller:
    """One shell on a machine, in the network of a pod that runs there or its own; each call is one HTTP request."""

    def __init__(self, container: str, url: str, *, network: Literal["pod", "machine"] = "pod") -> None:
        """`container` is the machine; raises AssertionError where it runs no pod of the load and one is asked for."""
        command = podman.command_line("exec", "--interactive", container, "bash", "-c", LOOP, "caller", url, network)
        self._shell = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        answer = self._line()
        assert answer == "ready", f"{container}: {answer or 'the shell ended'}"

    def __call__(self) -> None:
        """One request. Raises OSError with what curl said where it fails."""
        assert self._shell.stdin is not None
        self._shell.stdin.write("\n")
        if (answer := self._line()) != "ok":
            raise OSError(answer or "the shell ended")

    def close(self) -> None:
        """End the shell."""
        assert self._shell.stdin is not None
        self._shell.stdin.close()
        self._shell.wait(timeout=30)

    def _line(self) -> str:
        assert self._shell.stdout is not None
        return self._shell.stdout.readline().strip()
