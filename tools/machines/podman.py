"""Calls podman with this project's own configuration, as root or through sudo."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

from . import host
from .errors import MachineError

CONFIGURATION = Path(__file__).resolve().parent / "containers.conf"
# Every object carries these labels; `cleanup` and `list` find objects by them alone.
CLUSTER_LABEL = "kfs.cluster"
NETWORK_LABEL = "kfs.network"
ROLE_LABEL = "kfs.role"
SETTINGS_LABEL = "kfs.settings"
# Longest time one podman command may take: they wait for each other's locks when many machines start at once.
COMMAND_LIMIT_SECONDS = 120


class PodmanError(MachineError):
    """A podman command failed; `detail` is what podman said."""

    def __init__(self, command: str, detail: str) -> None:
        super().__init__(f"`podman {command}` failed: {detail}")
        self.detail = detail


def command_line(*arguments: str) -> list[str]:
    """The full command, as root: machines need the host's network and kernel."""
    podman = ["podman", f"--cgroup-manager={host.cgroup_manager()}"]
    return host.as_root("env", f"CONTAINERS_CONF={CONFIGURATION}", *podman, *arguments)


def run(*arguments: str, stdin: bytes | None = None, limit: float = COMMAND_LIMIT_SECONDS) -> str:
    """Run podman and return its output; raises PodmanError with podman's last line."""
    try:
        done = subprocess.run(
            command_line(*arguments),
            input=stdin or b"",
            capture_output=True,
            timeout=limit,
            check=False,
            # Whoever kills us with all our group leaves podman to finish: cut off in between, it keeps addresses
            # reserved for containers that no longer exist.
            start_new_session=True,
        )
    except FileNotFoundError as missing:
        raise MachineError(f"{missing.filename} is not installed: run `make tools` first.") from None
    except subprocess.TimeoutExpired:
        raise PodmanError(arguments[0], f"no end after {limit:.0f} s; look at `podman ps -a`.") from None
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {done.returncode}"]
        raise PodmanError(" ".join(arguments[:2]), lines[-1].removeprefix("Error: "))
    return done.stdout.decode(errors="replace")


def remove(*containers: str) -> None:
    """Remove containers, running or not, and their anonymous volumes; those that are not there are no matter.

    On a busy computer the processes of a machine outlive podman's patience with them, which is a few seconds.
    """
    deadline = time.monotonic() + COMMAND_LIMIT_SECONDS
    while True:
        try:
            run("rm", "--force", "--ignore", "--time", "0", "--volumes", *containers)
        except PodmanError as error:
            if "could not be stopped" not in error.detail or time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return


def inspect(kind: str, name: str) -> dict[str, Any] | None:
    """What podman knows of one container, network, volume or image; None if there is none of that name."""
    try:
        found: list[dict[str, Any]] = json.loads(run(kind, "inspect", name))
    except PodmanError as error:
        if any(absent in error.detail.lower() for absent in ("no such", "not found", "not known")):
            return None
        raise
    return found[0]


def list_objects(kind: str, *filters: str) -> list[dict[str, Any]]:
    """All containers (running or not), networks or volumes that match the filters."""
    arguments = {"container": ["ps", "--all"], "network": ["network", "ls"], "volume": ["volume", "ls"]}[kind]
    for one in filters:
        arguments += ["--filter", one]
    found: list[dict[str, Any]] = json.loads(run(*arguments, "--format", "json") or "[]")
    return found
