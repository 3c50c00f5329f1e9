"""What a stack's outputs say about its cluster, for those who operate it."""

from __future__ import annotations

import getpass
import json
import os
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.ssh import Access, Target
from tools.operations.session import OperationError


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack with a cluster."""

    name: str
    cluster: str
    access: Access

    @property
    def control_planes(self) -> tuple[Target, ...]:
        """In the order of the configuration."""
        return tuple(machine for machine in self.access.machines if machine.role == "control-plane")

    @property
    def backups(self) -> Path:
        """The folder of this computer that `make backup` fills."""
        return cache() / "backups" / self.name


def cache() -> Path:
    """Where everything that is made lies."""
    return Path(os.environ.get("KFS_CACHE") or Path(__file__).resolve().parents[2] / ".cache")


def read(stack: str) -> Stack:
    """The stack's outputs. Raises OperationError where there is no cluster."""
    outputs = json.loads(pulumi("stack", "output", "--stack", stack, "--json", "--show-secrets"))
    if "operator" not in outputs or "cluster" not in outputs:
        raise OperationError(
            f"{stack}: expected the outputs of a cluster; found none that say how its machines are reached. "
            f"Next: make up STACK={stack}"
        )
    return Stack(name=stack, cluster=outputs["cluster"]["name"], access=Access.model_validate(outputs["operator"]))


def exported(stack: str, *, secrets: bool) -> dict[str, Any]:
    """The stack's state; its secrets in clear, or encrypted as the backend keeps them."""
    shown = ("--show-secrets",) if secrets else ()
    state: dict[str, Any] = json.loads(pulumi("stack", "export", "--stack", stack, *shown))
    return state


def pulumi(*arguments: str) -> str:
    """What a Pulumi command prints. Raises OperationError with what it says where it fails."""
    done = subprocess.run(["pulumi", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OperationError(
            f"pulumi {' '.join(arguments[:2])}: expected an answer; found {done.stderr.strip()}. "
            "Next: see the backend and the passphrase: make env"
        )
    return done.stdout


def who() -> str:
    """Who runs this, for others to read."""
    return f"{getpass.getuser()}@{socket.gethostname()} (process {os.getpid()})"


def run_tool(tool: str, stack: str) -> int:
    """Run one of the project's own commands on the stack, in the project's folder as this one; its status."""
    return subprocess.run([tool, stack], check=False).returncode
