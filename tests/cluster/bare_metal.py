"""Machines that a test makes and then takes for bare metal: the program does not know where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import yaml

from tests.cluster.local_machines import Machine, succeed
from tests.cluster.project import CACHE, REPOSITORY, Settings
from tools.machines import podman


def public(key: asyncssh.SSHKey) -> str:
    """A public key as it stands in a stack file: type and base64 text."""
    return " ".join(key.export_public_key().decode().split()[:2])


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Machines on a network of their own."""

    stack: str
    prefix: str
    """The first three numbers of their addresses, with a dot."""
    operator: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    machines: dict[str, Machine] = field(default_factory=dict)

    @property
    def range(self) -> str:
        return f"{self.prefix}0/24"

    def make(self, numbers: Mapping[str, int]) -> None:
        """Make machines, name → last number of the address; first, remove what an earlier test left."""
        self.remove()
        succeed("network", "create", self.stack, "--range", self.range)
        for name, number in numbers.items():
            self.machines[name] = Machine(
                cluster=self.stack, name=name, address=f"{self.prefix}{number}", user_key=self.operator
            )
        with ThreadPoolExecutor() as pool:
            for done in pool.map(Machine.create, self.machines.values()):
                assert done.returncode == 0, done.stderr

    def remove(self) -> None:
        """Remove everything."""
        succeed("cleanup", "--label", self.stack)

    def serve(self) -> None:
        """Switch the mirror on, where machines get their files from one."""
        if self._decided()["source"] == "mirror":
            succeed("mirror", "create", self.stack, "--address", f"{self.prefix}2", "--root", str(CACHE / "mirror"))

    def on(self, machine: str, command: str) -> str:
        """Output of a command on the machine's own console."""
        return podman.run("exec", f"{machine}.{self.stack}", "bash", "-c", command).strip()

    def settings(self, folder: Path, names: Iterable[str], **ssh: Mapping[str, Any]) -> Settings:
        """A stack file as docs/bare-metal.md says: a key's file in `folder`, these machines; cp… are control planes.

        `ssh` is by machine what differs from the machine's own host key and the user root.
        """
        key = folder / "id_ed25519"
        key.write_bytes(self.operator.export_private_key())
        key.chmod(0o600)
        return {
            "clusterName": self.stack,
            "provider": "bare-metal",
            "ssh": {"privateKeyFile": str(key)},
            "network": {"nodeRange": self.range, "podRange": "10.20.0.0/16", "serviceRange": "10.30.0.0/16"},
            "machines": [self._entry(self.machines[name], ssh.get(name, {})) for name in names],
            **self._sources(),
        }

    def _entry(self, machine: Machine, ssh: Mapping[str, Any]) -> Settings:
        return {
            "name": machine.name,
            "role": "control-plane" if machine.name.startswith("cp") else "node",
            "address": machine.address,
            "ssh": {"hostKey": public(machine.host_key), **ssh},
        }

    def _sources(self) -> Settings:
        """Upstream by default; where set-up has made a mirror, that."""
        decided = self._decided()
        if decided["source"] == "upstream":
            return {}
        return {
            "binaries": {
                "source": "mirror",
                "url": f"http://{self.prefix}2",
                "lock": str(REPOSITORY / decided["lock"]),
            },
            "images": {"source": decided["images"]},
        }

    def _decided(self) -> dict[str, Any]:
        """What `make tools` decided on this computer."""
        decided: dict[str, Any] = yaml.safe_load((CACHE / "artifacts.yaml").read_text())
        return decided
