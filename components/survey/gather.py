"""Asks every machine for its facts by SSH, all at once, each with a limit."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import asyncssh
from pydantic import BaseModel, ConfigDict

from components.survey.reach import wait_for_banner
from components.survey.rules import Surveyed

FACTS = Path(__file__).parent.parent / "scripts" / "facts.sh"
# Seconds for one machine, from the first packet to the last fact.
LIMIT = 20.0


class Hop(BaseModel):
    """An SSH server and who to be there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    host: str
    port: int
    user: str
    host_key: str


class Target(Hop):
    """A machine to survey."""

    name: str
    role: str
    address: str
    api_port: int
    bastion: Hop | None = None


class Request(BaseModel):
    """All machines and the key that opens them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    private_key: str
    patience: float = 0
    """Seconds to wait for a machine's SSH server: one that was just made may still be starting."""
    machines: tuple[Target, ...]


@dataclass(frozen=True, kw_only=True)
class Unreached:
    """A machine that did not give its facts."""

    line: str


async def gather(request: Request) -> list[Surveyed | Unreached]:
    """The facts of each machine, in the order of the request."""
    key = asyncssh.import_private_key(request.private_key)
    return list(await asyncio.gather(*(_survey(machine, key, request.patience) for machine in request.machines)))


async def _survey(machine: Target, key: asyncssh.SSHKey, patience: float) -> Surveyed | Unreached:
    first = machine.bastion or machine
    await wait_for_banner(first.host, first.port, patience)
    try:
        async with asyncio.timeout(LIMIT):
            return await _ask(machine, key)
    except TimeoutError:
        reason, way_out = f"no answer within {LIMIT:.0f} s", f"see whether {machine.name} runs"
    except asyncssh.HostKeyNotVerifiable:
        reason, way_out = (
            "another host key than the expected one",
            "compare the key on its console; was it reinstalled?",
        )
    except asyncssh.PermissionDenied:
        reason, way_out = f"a refusal of the key for user {machine.user}", "put the public key into its authorized_keys"
    except asyncssh.ConnectionLost:
        reason = (
            f"an end of the session while keys were exchanged: has it a host key of type {machine.host_key.split()[0]}?"
        )
        way_out = f"compare: ssh-keyscan -p {machine.port} {machine.host}"
    except (OSError, asyncssh.Error) as error:
        reason, way_out = str(error), f"try: ssh -p {machine.port} {machine.user}@{machine.host}"
    return Unreached(
        line=f"{machine.name}: survey: expected SSH at {machine.host} port {machine.port}; found {reason}. "
        f"Next: {way_out}. The other machines go on."
    )


async def _ask(machine: Target, key: asyncssh.SSHKey) -> Surveyed:
    tunnel = await _connect(machine.bastion, key, None) if machine.bastion else None
    async with await _connect(machine, key, tunnel) as connection:
        sudo = "" if machine.user == "root" else "sudo -n bash -s 2>/dev/null || "
        before = time.time()
        answer = await connection.run(f"{sudo}bash -s", input=FACTS.read_text(), check=True)
        middle = (before + time.time()) / 2
    facts = dict(line.split("=", 1) for line in str(answer.stdout).splitlines() if "=" in line)
    return Surveyed(
        name=machine.name,
        role=machine.role,
        address=machine.address,
        api_port=machine.api_port,
        facts=facts,
        clock_difference=float(facts["clock"]) - middle,
    )


async def _connect(
    hop: Hop, key: asyncssh.SSHKey, tunnel: asyncssh.SSHClientConnection | None
) -> asyncssh.SSHClientConnection:
    host_key = asyncssh.import_public_key(hop.host_key)
    return await asyncssh.connect(
        hop.host,
        hop.port,
        username=hop.user,
        client_keys=[key],
        # Only the key that is expected, whatever the operator's own known_hosts says.
        known_hosts=([host_key], [], []),
        tunnel=tunnel or (),
        config=None,
        agent_path=None,
        keepalive_interval=5,
    )
