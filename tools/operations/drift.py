"""`make drift`: what is no longer on the machines as it was put there. Nothing is changed."""

from __future__ import annotations

import asyncio

from tools.operations import applied
from tools.operations.comparison import Difference, differences, wanted
from tools.operations.session import NoSessionError, OperationError, Session, complain, sessions
from tools.operations.stack import Stack, exported

FOUND = 2


async def drift(stack: Stack) -> int:
    """Compare each machine with what it was told last; 2 where something differs, 1 where one could not be asked."""
    told = applied.by_machine(exported(stack.name, secrets=True))
    machines = [machine for machine in stack.access.machines if machine.name in told]
    async with sessions(stack.access, machines) as found:
        results = await asyncio.gather(*(_compare(session, told[name]) for name, session in found.items()))
    failed = [result for result in results if isinstance(result, OperationError)]
    differing = [one for result in results if not isinstance(result, OperationError) for one in result]
    for one in differing:
        print("\n".join([one.line, *(f"    {line}" for line in one.lines)]))
    for error in failed:
        complain(error)
    way_out = f" Next: make repair STACK={stack.name}" if differing else ""
    print(f"{stack.name}: {len(results) - len(failed)} machines compared, {len(differing)} differences.{way_out}")
    return 1 if failed else FOUND if differing else 0


async def _compare(session: Session | NoSessionError, told: applied.Applied) -> list[Difference] | OperationError:
    if isinstance(session, NoSessionError):
        return session
    try:
        printed = await session.step("inspect", "inspect.sh", stage={"wanted": wanted(told)}, quiet=True)
    except OperationError as error:
        return error
    return differences(session.name, told, printed)
