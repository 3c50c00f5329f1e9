"""Asks every machine for its facts by SSH, all at once, each with a limit."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from components.ssh import Access, Target, connect_to, why_not
from components.survey.reach import wait_for_banner
from components.survey.rules import Surveyed

FACTS = Path(__file__).parent.parent / "scripts" / "facts.sh"
# Seconds for one machine, from the first packet to the last fact.
LIMIT = 20.0


@dataclass(frozen=True, kw_only=True)
class Unreached:
    """A machine that did not give its facts."""

    line: str


async def gather(request: Access) -> list[Surveyed | Unreached]:
    """The facts of each machine, in the order of the request."""
    key = asyncssh.import_private_key(request.private_key)
    return list(await asyncio.gather(*(_survey(machine, key, request.patience) for machine in request.machines)))


async def _survey(machine: Target, key: asyncssh.SSHKey, patience: float) -> Surveyed | Unreached:
    first = machine.bastion or machine
    await wait_for_banner(first.host, first.port, patience)
    try:
        async with asyncio.timeout(LIMIT):
            return await _ask(machine, key)
    except (OSError, asyncssh.Error) as error:
        reason, way_out = why_not(error, machine, LIMIT)
    return Unreached(
        line=f"{machine.name}: survey: expected SSH at {machine.host} port {machine.port}; found {reason}. "
        f"Next: {way_out}. The other machines go on."
    )


async def _ask(machine: Target, key: asyncssh.SSHKey) -> Surveyed:
    async with await connect_to(machine, key) as connection:
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
        tunnel=machine.tunnel,
        facts=facts,
        clock_difference=float(facts["clock"]) - middle,
    )
