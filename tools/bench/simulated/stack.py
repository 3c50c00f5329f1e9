"""A bare-metal stack of machines that are not there, in a state and with plugins of its own."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import asyncssh
import yaml

from tools.bench.fleet import REPOSITORY
from tools.standins.installer import install

STACK = "bench-simulated"
SILENT = Path(__file__).parent / "silent" / "pulumi-resource-command"
FILE = REPOSITORY / "stacks" / f"Pulumi.{STACK}.yaml"


def settings(nodes: int, key_file: Path) -> dict[str, Any]:
    """Three control planes and so many nodes."""
    key = asyncssh.read_private_key(key_file).export_public_key().decode().strip()
    names = [*(f"cp-{number}" for number in range(1, 4)), *(f"node-{number}" for number in range(1, nodes + 1))]
    cluster = {
        "clusterName": STACK,
        "provider": "bare-metal",
        # Room for 2,000 machines, each with a /24 for its pods.
        "network": {"nodeRange": "10.64.0.0/21", "podRange": "10.128.0.0/13", "serviceRange": "10.72.0.0/16"},
        "api": {"virtualAddress": "10.64.0.10"},
        "binaries": {"source": "mirror", "url": "http://10.64.0.2", "lock": ".cache/mirror/lock.yaml"},
        "images": {"source": "archives"},
        "ssh": {"privateKeyFile": str(key_file)},
        "machines": [
            {
                "name": name,
                "role": "control-plane" if name.startswith("cp-") else "node",
                "address": str(IPv4Address("10.64.0.10") + place),
                "ssh": {"hostKey": key},
            }
            for place, name in enumerate(names, start=1)
        ],
    }
    return {"config": {f"kubernetes:{key}": value for key, value in cluster.items()}}


@contextmanager
def stack() -> Iterator[Path]:
    """The stack, empty; gives the file with the key that would open its machines. All is removed at the end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key_file = folder / "key"
        key_file.touch(mode=0o600)
        key_file.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
        (folder / "state").mkdir()
        install(folder / "home")
        (link,) = (folder / "home" / "plugins").glob("resource-command-v*/pulumi-resource-command")
        link.unlink()
        link.symlink_to(SILENT)
        os.environ |= {"PULUMI_BACKEND_URL": f"file://{folder}/state", "PULUMI_HOME": str(folder / "home")}
        try:
            subprocess.run(["pulumi", "stack", "init", STACK], check=True, capture_output=True, cwd=REPOSITORY)
            yield key_file
        finally:
            FILE.unlink(missing_ok=True)


def write(nodes: int, key_file: Path) -> None:
    """Write the stack file; what Pulumi itself wrote there stays."""
    known = yaml.safe_load(FILE.read_text()) if FILE.exists() else {}
    FILE.write_text(yaml.safe_dump({**(known or {}), **settings(nodes, key_file)}, sort_keys=False))
