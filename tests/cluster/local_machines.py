"""Drives `tools/machines/local` for tests, and talks to the machines it makes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import asyncssh

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = REPOSITORY / "tools" / "machines" / "local"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine of the test's own cluster and the keys it is made with."""

    cluster: str
    name: str
    address: str
    user_key: asyncssh.SSHKey
    host_key: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))

    @cached_property
    def access(self) -> str:
        """What `machine create` reads on standard input; made once, as each export of a key differs."""
        host_key = self.host_key.export_private_key().decode()
        return json.dumps({"hostKey": host_key, "authorizedKeys": [self.user_key.export_public_key().decode()]})

    @property
    def create_arguments(self) -> list[str]:
        return ["machine", "create", self.name, "--network", self.cluster, "--address", self.address]

    def create(self) -> subprocess.CompletedProcess[str]:
        return local(*self.create_arguments, stdin=self.access)

    def act(self, action: str) -> None:
        """delete, start, stop or kill."""
        succeed("machine", action, self.name, "--label", self.cluster)

    def ssh(self, command: str, trusted: asyncssh.SSHKey | None = None) -> str:
        """Output of a command, which must succeed; the host key must be `trusted` (default: the machine's own)."""
        return asyncio.run(self._ssh(command, trusted or self.host_key)).strip()

    async def _ssh(self, command: str, trusted: asyncssh.SSHKey) -> str:
        known_hosts: tuple[list[asyncssh.SSHKey], ...] = ([trusted.convert_to_public()], [], [])
        options = asyncssh.SSHClientConnectionOptions(
            username="root", client_keys=[self.user_key], known_hosts=known_hosts, config=None, connect_timeout=10
        )
        async with asyncssh.connect(self.address, options=options) as connection:
            done = await connection.run(command, check=True, timeout=60)
            return str(done.stdout)


def local(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program to its end, whatever that is."""
    return subprocess.run([PROGRAM, *arguments], input=stdin, capture_output=True, text=True, timeout=180, check=False)


def succeed(*arguments: str, stdin: str = "") -> str:
    """Run the program, which must succeed; returns its output."""
    done = local(*arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout


def leftovers(cluster: str) -> list[str]:
    """What podman itself still has with the cluster's name, with labels or without: containers, networks, volumes."""
    kinds = {
        "ps": ["podman", "ps", "--all", "--external", "--format", "{{.Names}}"],
        "network": ["podman", "network", "ls", "--format", "{{.Name}}"],
        "volume": ["podman", "volume", "ls", "--format", "{{.Name}}"],
    }
    found = []
    for kind, command in kinds.items():
        names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        found += [f"{kind} {name}" for name in names if cluster in name.split(".")]
    return found


def process_running(words: str) -> int:
    """Wait for a process with these arguments (separated by NUL) and return its number."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if words.encode() in path.read_bytes():
                    return int(path.parent.name)
            except (FileNotFoundError, ProcessLookupError):
                continue
    raise AssertionError(f"no process with the arguments {words!r} within 60 s")


def device_of(cidr: str) -> str:
    """This computer's route to a network, as `ip` prints it; nothing if there is none."""
    return subprocess.run(["ip", "route", "show", cidr], capture_output=True, text=True, check=True).stdout.strip()
