"""What a run that was cut off leaves in Pulumi's state, and how it is cleared."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse


def select(stack: str) -> None:
    """Make the stack the first time, after that take it."""
    subprocess.run(["pulumi", "stack", "select", "--create", "--stack", stack], check=True, stdout=subprocess.DEVNULL)


def clear(stack: str) -> bool:
    """Clear what a killed run left; False where another run is under way, which is then told."""
    for lock, holder in _locks(stack):
        if _alive(holder):
            who = f"{holder.get('username')}@{holder.get('hostname')} (process {holder.get('pid')})"
            print(
                f"{stack}: another run is under way: {who}, since {holder.get('timestamp')}. "
                f"Next: wait for it; if it is surely gone: pulumi cancel {stack}",
                file=sys.stderr,
            )
            return False
        print(f"{stack}: the run of process {holder.get('pid')} was cut off; its lock is removed")
        lock.unlink(missing_ok=True)
    if _pending(stack):
        print(f"{stack}: operations that were cut off are forgotten; every step can be run again")
        command = [
            "pulumi",
            "refresh",
            "--stack",
            stack,
            "--yes",
            "--skip-preview",
            "--clear-pending-creates",
            "--non-interactive",
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return True


def _locks(stack: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The file backend's locks; other backends look after theirs."""
    url = urlparse(os.environ.get("PULUMI_BACKEND_URL", ""))
    if url.scheme != "file":
        return
    for path in Path(url.path).glob(f".pulumi/locks/organization/*/{stack}/*.json"):
        yield path, json.loads(path.read_text())


def _alive(holder: dict[str, Any]) -> bool:
    """A process of another computer counts as alive: it can't be asked."""
    if holder.get("hostname") != socket.gethostname():
        return True
    try:
        os.kill(int(holder["pid"]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _pending(stack: str) -> bool:
    exported = subprocess.run(
        ["pulumi", "stack", "export", "--stack", stack], check=True, capture_output=True, text=True
    )
    return bool(json.loads(exported.stdout)["deployment"].get("pending_operations"))
