"""Connects to a machine, again and again within the connection's limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import Final

import asyncssh

from tools.standins.command.connection import Hop
from tools.standins.command.handshake import credentials, expected_host_key, handshake
from tools.standins.command.tcp import DialError, open_socket
from tools.standins.core.operation import Operation, StandInError

Connection = asyncssh.SSHClientConnection

# The official plugin's pause between attempts: with its ten retries a refused connection is given up after 11 s.
_FIRST_PAUSE_SECONDS: Final = 0.1
_PAUSE_GROWTH: Final = 1.5
_LONGEST_PAUSE_SECONDS: Final = 5.0


@asynccontextmanager
async def dialled(operation: Operation, target: Hop, proxy: Hop | None) -> AsyncIterator[Connection]:
    """A connection to `target`, through `proxy` where there is one; closed at the end. Raises StandInError."""
    keys = await credentials(target)
    expected_host_key(target)
    if proxy is None:
        with closing(await _retrying(operation, "Dial", target, lambda: _direct(target, keys))) as connection:
            yield connection
        return
    with _blaming_the_proxy():
        proxy_keys = await credentials(proxy)
        bastion = await _retrying(operation, "Dial proxy", proxy, lambda: _direct(proxy, proxy_keys))
    with closing(bastion):
        with _blaming_the_proxy():
            connection = await _retrying(
                operation, "Dial from proxy", target, lambda: handshake(target, keys, connected=None, tunnel=bastion)
            )
        with closing(connection):
            yield connection


@contextmanager
def _blaming_the_proxy() -> Iterator[None]:
    try:
        yield
    except StandInError as error:
        raise StandInError(f"proxy: {error}") from error


async def _direct(hop: Hop, keys: list[object]) -> Connection:
    return await handshake(hop, keys, connected=await open_socket(hop), tunnel=None)


async def _retrying(
    operation: Operation, label: str, hop: Hop, attempt: Callable[[], Awaitable[Connection]]
) -> Connection:
    failures, pause = 0, _FIRST_PAUSE_SECONDS
    while True:
        try:
            return await operation.within(attempt())
        except DialError as error:
            if hop.tries is not None and failures >= hop.tries:
                raise StandInError(f"after {failures} failed attempts: {error}") from error
        failures += 1
        await operation.status(f"{label} {failures}/{'inf' if hop.tries is None else hop.tries} failed: retrying")
        await operation.within(asyncio.sleep(pause))
        pause = min(pause * _PAUSE_GROWTH, _LONGEST_PAUSE_SECONDS)
