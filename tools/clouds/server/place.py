"""Where the daemon of a cloud keeps its socket and its log, and how it is spoken to."""

from __future__ import annotations

import fcntl
import json
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tools.machines.errors import MachineError

ROOT = Path(__file__).resolve().parents[3]
KINDS = ("aws", "gce")


def cache() -> Path:
    """`.cache` of the project, or the folder that KFS_CACHE names."""
    return Path(os.environ.get("KFS_CACHE") or ROOT / ".cache").resolve()


@dataclass(frozen=True, kw_only=True)
class Place:
    """The place of one cloud. Raises MachineError for a name that can't be part of a container's."""

    name: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?", self.name):
            raise MachineError(f"Cloud name {self.name!r} is not a label: at most 32 of a-z, 0-9 and -, as test-1.")

    @property
    def folder(self) -> Path:
        """Everything of this cloud."""
        return cache() / "clouds" / self.name

    @property
    def log(self) -> Path:
        """What the daemon says."""
        return self.folder / "log"

    @property
    def socket(self) -> Path:
        """The daemon listens here."""
        return self.folder / "socket"

    def lock(self) -> IO[str] | None:
        """Held by the daemon as long as it lives; None if another holds it."""
        file = (self.folder / "lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file

    def is_held(self) -> bool:
        """True while its daemon lives."""
        file = self.lock()
        if file is not None:
            file.close()
        return file is None

    def answers(self) -> bool:
        """True if its daemon runs."""
        try:
            self.ask({"command": "status"})
        except MachineError:
            return False
        return True

    def ask(self, request: dict[str, Any], limit: float = 60) -> str:
        """Send a request and return the answer; raises MachineError with the daemon's own sentence."""
        try:
            # A path relative to the folder: the length of a socket's address is limited to 107 bytes.
            descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(limit)
                try:
                    connection.connect(f"/proc/self/fd/{descriptor}/socket")
                finally:
                    os.close(descriptor)
                connection.sendall(json.dumps(request).encode() + b"\n")
                with connection.makefile() as file:
                    answer = json.loads(file.readline())
        except (OSError, ValueError) as error:
            raise MachineError(
                f"The cloud {self.name} does not answer ({error}): start it (`tools/cloud start`); its log: {self.log}."
            ) from None
        if not answer["ok"]:
            raise MachineError(str(answer["text"]))
        return str(answer["text"])
