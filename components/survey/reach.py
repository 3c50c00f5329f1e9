"""Waits for SSH servers of machines that were just made."""

import asyncio
import time

# Seconds between two looks, and for one of them: a machine that starts drops packets instead of refusing them.
PAUSE, LOOK = 2.0, 5.0


async def wait_for_banner(host: str, port: int, patience: float) -> None:
    """Return when an SSH server says something there, or after `patience` seconds; what it means is not judged here."""
    end = time.monotonic() + patience
    while time.monotonic() < end and not await _speaks(host, port):
        await asyncio.sleep(PAUSE)


async def _speaks(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(LOOK):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                return (await reader.readline()).startswith(b"SSH-")
            finally:
                writer.close()
    except (TimeoutError, OSError):
        return False
