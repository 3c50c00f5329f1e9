"""Set-up, init and join, each as soon as what it needs is there."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import asyncssh

from ..fleet import Fleet, Machine
from ..lock import Lock
from ..stages import Stages
from . import files

WAIT_SECONDS = 180


async def bring_up(fleet: Fleet, lock: Lock, stages: Stages) -> None:
    """From machines that answer to all Nodes Ready and CoreDNS available."""
    token = files.token()
    async with AsyncExitStack() as stack:
        machines = fleet.machines
        opened = await asyncio.gather(*(stack.enter_async_context(machine.connect()) for machine in machines))
        connections = dict(zip(machines, opened, strict=True))

        async def set_up(machine: Machine) -> None:
            archive = files.archive(machine, fleet, lock, token)
            await _run(machine, connections[machine], "tar -xC / && /opt/bench/set-up", archive)

        async def init() -> str:
            await set_up(fleet.control_plane)
            authority = await _run(fleet.control_plane, connections[fleet.control_plane], "/opt/bench/init")
            stages.over("init")
            return authority

        async def join(machine: Machine, authority: asyncio.Task[str]) -> None:
            await set_ups[machine]
            await _run(machine, connections[machine], f"/opt/bench/join {await authority}")

        set_ups = {machine: asyncio.create_task(set_up(machine)) for machine in fleet.nodes}
        authority = asyncio.create_task(init())
        joins = [asyncio.create_task(join(machine, authority)) for machine in fleet.nodes]
        await asyncio.gather(*set_ups.values())
        stages.over("nodes set up")
        await asyncio.gather(*joins)
        stages.over("join")
        await _wait(fleet, connections[fleet.control_plane], "--for=condition=Ready nodes --all")
        stages.over("all Nodes Ready")
        available = "--namespace kube-system --for=condition=Available deployment/coredns"
        await _wait(fleet, connections[fleet.control_plane], available)
        stages.over("CoreDNS available")


async def _wait(fleet: Fleet, connection: asyncssh.SSHClientConnection, condition: str) -> None:
    command = f"kubectl --kubeconfig=/etc/kubernetes/admin.conf wait {condition} --timeout={WAIT_SECONDS}s"
    await _run(fleet.control_plane, connection, command)


async def _run(
    machine: Machine, connection: asyncssh.SSHClientConnection, command: str, stdin: bytes | None = None
) -> str:
    done = await connection.run(command, input=stdin, encoding=None)
    output, errors = (text if isinstance(text, bytes) else b"" for text in (done.stdout, done.stderr))
    if done.returncode != 0:
        raise SystemExit(f"{machine.name}: `{command[:40]}` failed: {errors.decode().strip()}")
    return output.decode().strip()
