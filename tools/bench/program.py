"""This program on the same machines: `pulumi up` of a bare-metal stack, watched from a control plane."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.stack.engine import Run, run
from tools.stack.report import table

from .fleet import REPOSITORY, Fleet, Machine
from .stages import Stages

STACK = "bench"
# Asked on the control plane, so that no kubeconfig has to leave it before the run is over.
WATCH = """
export KUBECONFIG=/etc/kubernetes/admin.kubeconfig
until kubectl get nodes >/dev/null 2>&1; do sleep 0.5; done; echo 'API answers'
ready() { kubectl get nodes --no-headers 2>/dev/null | grep -c ' Ready '; }
until [ "$(ready)" = {nodes} ]; do sleep 0.5; done; echo 'all Nodes Ready'
dns() { kubectl --namespace kube-system wait --for=condition=Available deployment/coredns --timeout=180s; }
until dns >/dev/null 2>&1; do sleep 0.2; done; echo 'CoreDNS available'
"""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A bare-metal stack on a fleet, in a state of its own."""

    fleet: Fleet
    key_file: Path

    def settings(self, machines: tuple[Machine, ...], *, policy: str, **more: Any) -> dict[str, Any]:
        """The stack's settings; `policy` none is what kubeadm has, calico what users of this program have."""
        cluster = {
            "clusterName": STACK,
            "provider": "bare-metal",
            "network": {
                "nodeRange": f"{self.fleet.mirror.removeprefix('http://').rpartition('.')[0]}.0/24",
                "policy": policy,
            },
            "binaries": {"source": "mirror", "url": self.fleet.mirror, "lock": ".cache/mirror/lock.yaml"},
            "images": {"source": "archives"},
            "ssh": {"privateKeyFile": str(self.key_file)},
            "machines": [
                {
                    "name": machine.name,
                    "role": "control-plane" if machine == self.fleet.control_plane else "node",
                    "address": machine.address,
                    "ssh": {"hostKey": machine.host_key.export_public_key().decode().strip()},
                }
                for machine in machines
            ],
            **more,
        }
        return {"config": {f"kubernetes:{key}": value for key, value in cluster.items()}}

    def write(self, machines: tuple[Machine, ...], *, policy: str, **more: Any) -> None:
        """Write the stack file; `more` are further settings."""
        _stack_file().write_text(yaml.safe_dump(self.settings(machines, policy=policy, **more), sort_keys=False))

    def up(self) -> Run:
        """`pulumi up`, with its lines and its stages on the terminal."""
        result = run(["up", "--stack", STACK, "--yes", "--skip-preview"])
        if not result.succeeded:
            raise SystemExit("this program failed; see above")
        print(table(result.resources, result.seconds), flush=True)
        return result

    async def bring_up(self, stages: Stages) -> None:
        """From machines that answer to all Nodes Ready and CoreDNS available, and on to the verified end."""
        watcher = asyncio.create_task(self._watch(stages))
        await asyncio.to_thread(self.up)
        await watcher
        stages.over("verified")

    async def _watch(self, stages: Stages) -> None:
        async with self.fleet.control_plane.connect() as connection:
            process = await connection.create_process(WATCH.replace("{nodes}", str(len(self.fleet.machines))))
            async for line in process.stdout:
                stages.over(str(line).strip())


@contextmanager
def program(fleet: Fleet) -> Iterator[Program]:
    """A stack in a temporary state, and the key that opens the fleet's machines."""
    with tempfile.TemporaryDirectory() as folder:
        key_file = Path(folder) / "key"
        key_file.touch(mode=0o600)
        key_file.write_bytes(fleet.control_plane.user_key.export_private_key())
        (Path(folder) / "state").mkdir()
        os.environ["PULUMI_BACKEND_URL"] = f"file://{folder}/state"
        try:
            subprocess.run(["pulumi", "stack", "init", STACK], check=True, capture_output=True, cwd=REPOSITORY)
            yield Program(fleet=fleet, key_file=key_file)
        finally:
            _stack_file().unlink(missing_ok=True)


def _stack_file() -> Path:
    return REPOSITORY / "stacks" / f"Pulumi.{STACK}.yaml"


def seconds_of(action: Any) -> float:
    """How long a call takes."""
    start = time.monotonic()
    action()
    return time.monotonic() - start
