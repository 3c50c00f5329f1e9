"""`make restore`: etcd as a snapshot has it, on the machines that are there or on new ones."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from components.ssh import Target
from tools.operations.repair import install
from tools.operations.session import NoSessionError, OperationError, Session, say, sessions
from tools.operations.stack import Stack, read, run_tool, who

FOLDER = "/var/lib/etcd-snapshots"
INCOMING = f"{FOLDER}/.incoming"


def restore(stack_name: str, source: str, without: Sequence[str]) -> int:
    """Bring etcd back from the snapshot `source`: a file of this computer, or MACHINE:FILE on a control plane.

    Control planes that have none yet, as new machines do, are installed first; `without` names those that are gone.
    """
    stack = read(stack_name)
    asyncio.run(_known(stack, source, without))
    if not asyncio.run(_installed(stack, without)):
        # A kubelet that found a cluster without its pods would end them.
        asyncio.run(_kubelets(stack, "stop"))
        install(stack_name)
        stack = read(stack_name)
        asyncio.run(_restore(stack, source, without))
        asyncio.run(_kubelets(stack, "start"))
        return run_tool("tools/up", stack_name)
    asyncio.run(_restore(stack, source, without))
    return run_tool("tools/verify", stack_name)


class ControlPlanes:
    """The control planes that take part: a session with each."""

    def __init__(self, stack: Stack, found: Mapping[str, Session | NoSessionError], without: Sequence[str]) -> None:
        self._stack = stack
        self.sessions: dict[str, Session] = {}
        for name, session in found.items():
            if isinstance(session, NoSessionError):
                raise OperationError(
                    f"{session} If {name} is gone for good: the same command with WITHOUT={','.join([*without, name])}"
                )
            self.sessions[name] = session
        self._token = f"{stack.cluster}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"

    async def run(self, part: str, name: str, *, snapshot: str = "", peers: Sequence[str] = ()) -> list[str]:
        """A part of restore.sh on one of them."""
        machines = {machine.name: machine for machine in self._stack.control_planes}
        return await self.sessions[name].step(
            "restore",
            "restore.sh",
            scripts=("etcd.sh",),
            variables={
                "PART": part,
                "ADDRESS": machines[name].address,
                "API_PORT": str(machines[name].api_port),
                "PEERS": " ".join(f"{peer}={machines[peer].address}" for peer in peers),
                "SNAPSHOT": snapshot,
                "TOKEN": self._token,
            },
        )

    async def stop(self) -> None:
        """End all of them; nothing of the cluster answers from here on."""
        await asyncio.gather(*(self.run("stop", name) for name in self.sessions))

    async def begin_from(self, first: str, snapshot: str) -> None:
        """A new etcd cluster of what the snapshot on `first` has; the others join it one after the other."""
        await self.run("load", first, snapshot=snapshot)
        others = [name for name in self.sessions if name != first]
        await asyncio.gather(*(self.run("forget", name) for name in others))
        await self.run("begin", first)
        for name in others:
            await self.run("rejoin", name, peers=[first])


async def _restore(stack: Stack, source: str, without: Sequence[str]) -> None:
    async with sessions(stack.access, _present(stack, without)) as found:
        planes = ControlPlanes(stack, found, without)
        machine, _, path = source.rpartition(":")
        first = machine or next(iter(planes.sessions))
        session = planes.sessions[first]
        async with session.held("restore", who()):
            if not machine:
                await session.ask(f"mkdir -p -m 0700 {FOLDER}")
                await session.write(Path(path), INCOMING)
                path = INCOMING
            await planes.run("check", first, snapshot=path)
            await planes.run("keep", first)
            await planes.stop()
            await planes.begin_from(first, path)
            await session.ask(f"rm -f {INCOMING}")
    say(f"{stack.name}: restore: etcd is as the snapshot has it")


async def _known(stack: Stack, source: str, without: Sequence[str]) -> None:
    """Refuse names that nobody has, before anything is done."""
    names = {machine.name for machine in stack.control_planes}
    if unknown := sorted(set(without) - names):
        raise OperationError(
            f"{stack.name}: restore failed: expected control planes in WITHOUT; found {', '.join(unknown)}. "
            f"Next: choose from {', '.join(sorted(names))}"
        )
    machine, _, path = source.rpartition(":")
    if (machine in names and machine not in without) if machine else Path(path).is_file():
        return
    raise OperationError(
        f"{stack.name}: restore failed: expected a snapshot; found {source or 'none'}. "
        f"Next: FROM=FILE, or FROM=MACHINE:FILE; there are: {', '.join(await _there_are(stack)) or 'none'}"
    )


async def _there_are(stack: Stack) -> list[str]:
    """The snapshots of this computer and of the control planes that answer, as FROM takes them."""
    found = [str(path) for path in sorted(stack.backups.glob("*.snapshot"))]
    async with sessions(stack.access, stack.control_planes) as opened:
        for name, session in opened.items():
            if isinstance(session, Session):
                listed = await session.ask(f"ls {FOLDER}/*.snapshot")
                found += [f"{name}:{path}" for path in listed.split()]
    return found


async def _installed(stack: Stack, without: Sequence[str]) -> bool:
    """Whether control planes are there, or new machines are in their place.

    A new machine has no control plane, or another host key than the one that is known; where none answers at all,
    all are taken for lost. One among others that does not answer is for the operator to judge.
    """
    async with sessions(stack.access, _present(stack, without)) as found:
        there = [session for session in found.values() if isinstance(session, Session)]
        answers = await asyncio.gather(*(session.ask("cat /etc/kubernetes/backup/settings") for session in there))
        replaced = any(session.is_another_machine for session in found.values() if not isinstance(session, Session))
        return bool(there) and all(answers) and not replaced


async def _kubelets(stack: Stack, action: str) -> None:
    """Stop or start those of the nodes that answer; their containers run on."""
    nodes = [machine for machine in stack.access.machines if machine not in stack.control_planes]
    async with sessions(stack.access, nodes) as found:
        there = [session for session in found.values() if isinstance(session, Session)]
        await asyncio.gather(*(session.ask(f"systemctl {action} kubelet") for session in there))
    say(f"{stack.name}: restore: {action} the kubelets of {', '.join(one.name for one in there) or 'no node'}")


def _present(stack: Stack, without: Sequence[str]) -> list[Target]:
    return [machine for machine in stack.control_planes if machine.name not in without]
