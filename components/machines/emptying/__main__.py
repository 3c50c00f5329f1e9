"""`python -m components.machines.emptying NODE SHAPE SECONDS`: moves a node's pods elsewhere, unless it has that shape.

Standard input is how control planes are reached, in JSON (see `Access`); the first that answers does it.
"""

from __future__ import annotations

import asyncio
import shlex
import sys
from pathlib import Path

import asyncssh

from components.ssh import Access, connect_to, why_not

SCRIPT = Path(__file__).parents[2] / "scripts" / "empty.sh"
# Seconds until another control plane is asked.
LIMIT = 20.0


def main() -> int:
    """0 where the node is empty, or nobody is there who could tell."""
    node, shape, seconds = sys.argv[1:]
    request = Access.model_validate_json(sys.stdin.read())
    return asyncio.run(_ask(request, node, shape, seconds))


async def _ask(request: Access, node: str, shape: str, seconds: str) -> int:
    key = asyncssh.import_private_key(request.private_key)
    words = {"NODE": node, "SHAPE": shape, "DRAIN_SECONDS": seconds}
    text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in words.items()) + SCRIPT.read_text()
    reasons = []
    for machine in request.machines:
        try:
            async with asyncio.timeout(LIMIT):
                connection = await connect_to(machine, key)
        except (OSError, asyncssh.Error) as error:
            reasons.append(f"{machine.name}: {why_not(error, machine, LIMIT)[0]}")
            continue
        async with connection:
            sudo = "" if machine.user == "root" else "sudo -n "
            done = await connection.run(f"MACHINE={machine.name} {sudo}bash -s", input=text)
        print(str(done.stdout), end="")
        print(str(done.stderr), end="", file=sys.stderr)
        return done.exit_status or 0
    print(f"{node}: emptying: no control plane answers ({'; '.join(reasons)}): its pods can't be moved")
    return 0


if __name__ == "__main__":
    sys.exit(main())
