"""`make quorum`: an etcd cluster that lost most of its members goes on with one that survived."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tools.operations.restore import ControlPlanes
from tools.operations.session import OperationError, Session, say, sessions
from tools.operations.stack import Stack, read, run_tool, who


def quorum(stack_name: str, survivor: str, without: Sequence[str]) -> int:
    """Begin a new etcd cluster with all that `survivor` has; the other control planes but `without` join it anew."""
    asyncio.run(_quorum(read(stack_name), survivor, without))
    return run_tool("tools/verify", stack_name)


async def _quorum(stack: Stack, survivor: str, without: Sequence[str]) -> None:
    names = [machine.name for machine in stack.control_planes]
    if survivor not in names or survivor in without or set(without) - set(names):
        raise OperationError(
            f"{stack.name}: quorum failed: expected FROM=the control plane that survived; found {survivor or 'none'}. "
            f"Next: choose the one with the highest revision, and name those that are gone with WITHOUT=: "
            f"{await _revisions(stack)}"
        )
    present = [machine for machine in stack.control_planes if machine.name not in without]
    async with sessions(stack.access, present) as found:
        planes = ControlPlanes(stack, found, without)
        async with planes.sessions[survivor].held("quorum", who()):
            snapshot = (await planes.run("survive", survivor))[-1]
            await planes.stop()
            await planes.begin_from(survivor, snapshot)
    say(f"{stack.name}: quorum: etcd goes on with what {survivor} had")


async def _revisions(stack: Stack) -> str:
    """What each member has: its revision, where it answers."""
    pki = "/etc/kubernetes/pki"
    status = (
        f"etcdctl --endpoints=https://127.0.0.1:2379 --cacert={pki}/etcd-ca.crt --cert={pki}/etcd/server.crt "
        f"--key={pki}/etcd/server.key endpoint status --write-out=fields | sed -n 's/^\"Revision\" : //p'"
    )
    said = []
    async with sessions(stack.access, stack.control_planes) as found:
        for name, session in found.items():
            revision = await session.ask(status) if isinstance(session, Session) else ""
            said.append(f"{name} {'at revision ' + revision if revision else 'does not answer'}")
    return ", ".join(said)


def rejoin(stack_name: str, machine: str) -> int:
    """Let a control plane that came back after others went on without it throw its data away, and join them."""
    asyncio.run(_rejoin(read(stack_name), machine))
    return run_tool("tools/verify", stack_name)


async def _rejoin(stack: Stack, machine: str) -> None:
    names = [one.name for one in stack.control_planes]
    if machine not in names or len(names) == 1:
        raise OperationError(
            f"{stack.name}: rejoin failed: expected FROM=a control plane among several; found {machine or 'none'}. "
            f"Next: choose from {', '.join(names)}"
        )
    chosen = [one for one in stack.control_planes if one.name == machine]
    async with sessions(stack.access, chosen) as found:
        planes = ControlPlanes(stack, found, ())
        async with planes.sessions[machine].held("rejoin", who()):
            await planes.run("rejoin", machine, peers=[name for name in names if name != machine])
