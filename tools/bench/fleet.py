"""The machines of a benchmark: one control plane, three nodes and the mirror, on a network of their own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = REPOSITORY / "tools" / "machines" / "local"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One machine, its pods' range as the address plan has it, and how to reach it."""

    name: str
    address: str
    pod_range: str
    host_key: asyncssh.SSHKey
    user_key: asyncssh.SSHKey

    def connect(self) -> asyncssh.misc._ACMWrapper[asyncssh.SSHClientConnection]:
        """A verified SSH connection as root."""
        known_hosts: tuple[list[asyncssh.SSHKey], ...] = ([self.host_key.convert_to_public()], [], [])
        options = asyncssh.SSHClientConnectionOptions(
            username="root", client_keys=[self.user_key], known_hosts=known_hosts, config=None
        )
        return asyncssh.connect(self.address, options=options)


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Machines that answer, and where they find the mirror."""

    control_plane: Machine
    nodes: tuple[Machine, ...]
    mirror: str
    """Base URL; https://HOST/PATH is served as MIRROR/HOST/PATH."""

    @property
    def machines(self) -> tuple[Machine, ...]:
        """All, the control plane first."""
        return (self.control_plane, *self.nodes)


@contextmanager
def fleet(cluster: str, range_prefix: str, mirror_root: Path) -> Iterator[Fleet]:
    """Make four machines; `range_prefix` is the first three numbers of a free /24. All is removed at the end."""
    _local("cleanup", "--label", cluster)
    try:
        _local("network", "create", cluster, "--range", f"{range_prefix}.0/24")
        _local("mirror", "create", cluster, "--address", f"{range_prefix}.2", "--root", str(mirror_root))
        names = ("control-plane-1", "node-1", "node-2", "node-3")
        key = asyncssh.generate_private_key("ssh-ed25519")
        with ThreadPoolExecutor() as pool:
            places = enumerate(names, start=11)
            made = tuple(pool.map(lambda place: make_machine(cluster, range_prefix, place[0], place[1], key), places))
        yield Fleet(control_plane=made[0], nodes=made[1:], mirror=f"http://{range_prefix}.2")
    finally:
        _local("cleanup", "--label", cluster)


def make_machine(cluster: str, range_prefix: str, place: int, name: str, user_key: asyncssh.SSHKey) -> Machine:
    """Make one machine; it answers SSH when this returns."""
    machine = Machine(
        name=name,
        address=f"{range_prefix}.{place}",
        pod_range=f"10.10.{place}.0/24",
        host_key=asyncssh.generate_private_key("ssh-ed25519"),
        user_key=user_key,
    )
    access = {
        "hostKey": machine.host_key.export_private_key().decode(),
        "authorizedKeys": [machine.user_key.export_public_key().decode()],
    }
    arguments = ["machine", "create", name, "--network", cluster, "--address", machine.address]
    _local(*arguments, stdin=json.dumps(access))
    return machine


def _local(*arguments: str, stdin: str = "") -> None:
    done = subprocess.run([PROGRAM, *arguments], input=stdin, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr.strip())
