"""One operation of the engine on one resource: its limits, and its line to the engine's log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

Result = TypeVar("Result")
Severity = Literal["info", "warning", "error"]
Log = Callable[[Severity, str, bool], Awaitable[None]]


class StandInError(Exception):
    """What the user reads as the reason why an operation failed."""


class Operation:
    """Limits and log of one create, update or delete.

    `timeout` is the resource's `custom_timeouts` in seconds, 0 for none. `cancelled` is set when the user interrupts.
    """

    def __init__(self, *, log: Log, cancelled: asyncio.Event, timeout: float = 0) -> None:
        self._log = log
        self._cancelled = cancelled
        self._deadline = time.monotonic() + timeout if timeout > 0 else None

    async def status(self, message: str) -> None:
        """Shows a line of progress beside the resource."""
        await self._log("info", message, True)

    async def warn(self, message: str) -> None:
        """Shows a warning that stays."""
        await self._log("warning", message, False)

    async def complain(self, message: str) -> None:
        """Shows an error that stays, beside the one that the operation ends with."""
        await self._log("error", message, False)

    async def within(self, awaitable: Awaitable[Result]) -> Result:
        """Waits, but no longer than the operation may last.

        Raises StandInError, with the words of Go's context package, when it was cancelled or its time is over.
        """
        work = asyncio.ensure_future(awaitable)
        cancelled = asyncio.ensure_future(self._cancelled.wait())
        remaining = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
        try:
            await asyncio.wait({work, cancelled}, timeout=remaining, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            raise StandInError("context canceled" if cancelled.done() else "context deadline exceeded")
        finally:
            cancelled.cancel()
            if not work.done():
                work.cancel()
                await asyncio.wait({work})
