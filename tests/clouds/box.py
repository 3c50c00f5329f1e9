"""A cloud in a box for tests: worlds are written down, settled, and looked at from inside the instances."""

from __future__ import annotations

import asyncio
import os
import pickle
import secrets
import socket
import subprocess
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import asyncssh

from tools.clouds.world import Instance, Network, Route, Rule, World

REPOSITORY = Path(__file__).resolve().parents[2]
OPERATOR = IPv4Network("198.51.100.1/32")
MIRROR = "203.0.113.1"
ANYWHERE = IPv4Network("0.0.0.0/0")
NETWORK = Network(id="vpc-1", ranges=(IPv4Network("10.80.0.0/24"),))
PUBLIC_SUBNET, PRIVATE_SUBNET = IPv4Network("10.80.0.0/26"), IPv4Network("10.80.0.64/26")
INTERNET = Route(network="vpc-1", subnets=(PUBLIC_SUBNET,), destination=ANYWHERE, next_hop="internet")
NAT = Route(
    network="vpc-1", subnets=(PRIVATE_SUBNET,), destination=ANYWHERE, next_hop="nat",
    nat_address=IPv4Address("192.88.99.9"),
)  # fmt: skip


def make_instance(name: str, address: str, public: str | None = None, **changes: object) -> Instance:
    """An instance of the public subnet, or of the private one where its address is there."""
    place = IPv4Address(address)
    instance = Instance(
        id=f"i-{name}", name=name, network="vpc-1", address=place,
        subnet=PUBLIC_SUBNET if place in PUBLIC_SUBNET else PRIVATE_SUBNET,
        public_address=IPv4Address(public) if public else None,
        user_data="#cloud-config\n{}\n", running=True, forwards=True, image="ubuntu-2404", ssh_keys=(),
        zone="europe-west3-a", region="europe-west3",
    )  # fmt: skip
    return replace(instance, **changes)  # type: ignore[arg-type]


def rule(protocol: str, ports: tuple[int, ...], sources: tuple[IPv4Network, ...], *instances: Instance) -> Rule:
    """Lets sources in to ports of instances."""
    pairs = tuple((port, port) for port in ports)
    guarded = tuple(one.id for one in instances)
    return Rule(instances=guarded, protocol=protocol, ports=pairs, sources=sources, source_instances=())


class Box:
    """One cloud with a daemon of its own."""

    def __init__(self, kind: str, folder: Path, **environment: str) -> None:
        self.kind, self.name = kind, f"test-{secrets.token_hex(3)}"
        self.world = World()
        self._file = folder / f"{self.name}.world"
        self._file.write_bytes(pickle.dumps(self.world))
        self._environment = {**os.environ, "KFS_FAKE_WORLD": str(self._file), **environment}

    def command(self, *arguments: str, limit: float = 120) -> subprocess.CompletedProcess[str]:
        """Run `tools/cloud COMMAND KIND --name NAME …` to its end, whatever that is."""
        command, *rest = arguments
        line = [str(REPOSITORY / "tools" / "cloud"), command, self.kind, *rest, "--name", self.name]
        return subprocess.run(line, env=self._environment, capture_output=True, text=True, timeout=limit, check=False)

    def start(self) -> None:
        """Start its daemon."""
        done = self.command("start", "--control-plane", "tests.clouds.fake_cloud")
        assert done.returncode == 0, done.stderr

    def become(self, world: World, *, settle: bool = True) -> None:
        """Ask for a world, and wait until it is there."""
        self.world = world
        partial = self._file.with_suffix(".part")
        partial.write_bytes(pickle.dumps(world))
        partial.rename(self._file)
        done = self.command("settle", "--limit", "60" if settle else "0")
        assert done.returncode == 0 or not settle, done.stderr

    def change(self, **parts: object) -> None:
        """Ask for the same world with other parts."""
        self.become(replace(self.world, **parts))  # type: ignore[arg-type]

    def remove(self) -> None:
        """End it with all that is in it."""
        done = self.command("stop", "--force")
        assert done.returncode == 0, done.stderr

    def container(self, instance: Instance) -> str:
        """Its name in podman."""
        return f"{instance.id}.cloud-{self.name}"

    def on(self, instance: Instance, command: str) -> str:
        """Output of a shell command on an instance, which must succeed."""
        line = ["podman", "exec", self.container(instance), "bash", "-c", command]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def reaches(self, instance: Instance, address: object, port: int = 22, source: str = "") -> bool:
        """True if a TCP connection from the instance comes about within 2 s."""
        program = "import socket, sys; socket.create_connection((sys.argv[1], sys.argv[2]), 2, (sys.argv[3], 0))"
        line = ["podman", "exec", self.container(instance), "python3", "-c", program, str(address), str(port), source]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
        expected = ("", "TimeoutError: timed out", "No route to host", "Connection refused", "Network is unreachable")
        last = done.stderr.strip().rpartition("\n")[2]
        assert last.endswith(expected), last
        return last == ""


def fetch(address: object, port: int) -> str:
    """What a web server there says to `GET /`, seen from this computer; nothing if none answers."""
    command = ["curl", "--silent", "--max-time", "4", f"http://{address}:{port}/"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def operator_reaches(address: object) -> bool:
    """True if an SSH server there speaks to this computer within 2 s."""
    try:
        with socket.create_connection((str(address), 22), timeout=2) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def ssh(address: str, user: str, key: asyncssh.SSHKey, host_key: asyncssh.SSHKey, command: str) -> str:
    """Output of a command over SSH, with the host key verified."""

    async def run() -> str:
        known: tuple[list[asyncssh.SSHKey], ...] = ([host_key.convert_to_public()], [], [])
        options = asyncssh.SSHClientConnectionOptions(
            username=user, client_keys=[key], known_hosts=known, config=None, connect_timeout=10
        )
        async with asyncssh.connect(address, options=options) as connection:
            return str((await connection.run(command, check=True, timeout=60)).stdout)

    return asyncio.run(run()).strip()
