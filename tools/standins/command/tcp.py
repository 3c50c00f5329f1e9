"""Opens TCP connections; failures read like those of Go's net package."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from typing import Final

from tools.standins.command.connection import Hop

# Go's defaults: a peer that vanished is noticed after about two and a half minutes.
_KEEPALIVE: Final = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 9}


class DialError(Exception):
    """A failed attempt that may be made again."""


async def open_socket(hop: Hop) -> socket.socket:
    """A connected socket, within the hop's time for one dial. Raises DialError."""
    try:
        return await asyncio.wait_for(_open(hop), hop.dial_seconds)
    except socket.gaierror as error:
        raise DialError(f"dial tcp: lookup {hop.host}: no such host") from error
    except OSError as error:
        if isinstance(error, TimeoutError) and error.errno is None:  # ours, not the network's ETIMEDOUT
            raise DialError(f"dial tcp {hop.endpoint}: i/o timeout") from error
        raise DialError(f"dial tcp {hop.endpoint}: connect: {reason_of(error)}") from error


async def _open(hop: Hop) -> socket.socket:
    loop = asyncio.get_running_loop()
    addresses = await loop.getaddrinfo(hop.host, hop.port, type=socket.SOCK_STREAM)
    failure: OSError = OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    for family, kind, protocol, _, address in addresses:
        candidate = socket.socket(family, kind, protocol)
        try:
            candidate.setblocking(False)
            await loop.sock_connect(candidate, address)
        except OSError as error:
            candidate.close()
            failure = error
        except BaseException:
            candidate.close()
            raise
        else:
            _keep_alive(candidate)
            return candidate
    raise failure


def _keep_alive(connected: socket.socket) -> None:
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for option, value in _KEEPALIVE.items():
        if hasattr(socket, option):
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def reason_of(error: OSError) -> str:
    """A system error in Go's words."""
    # By its number: asyncio puts a text of its own into `strerror`.
    return (os.strerror(error.errno) if error.errno else str(error)).lower()
