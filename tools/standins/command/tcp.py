"""Opens TCP connections; failures read like those of Go's net package."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from typing import Final

from tools.standins.command.connection import Hop

_REASONS: Final = {errno.ETIMEDOUT: "connection timed out"}
# Go's defaults: a peer that vanished is noticed after about two and a half minutes.
_KEEPALIVE: Final = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 9}


class DialError(Exception):
    """A failed attempt that may be made again."""


async def open_socket(hop: Hop) -> socket.socket:
    """A connected socket, within the hop's time for one dial. Raises DialError."""
    try:
        return await asyncio.wait_for(_open(hop), hop.dial_seconds)
    except TimeoutError as error:
        raise DialError(f"dial tcp {hop.endpoint}: i/o timeout") from error
    except socket.gaierror as error:
        raise DialError(f"dial tcp: lookup {hop.host}: no such host") from error
    except OSError as error:
        raise DialError(f"dial tcp {hop.endpoint}: connect: {_reason(error)}") from error


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


def _reason(error: OSError) -> str:
    if error.errno is None:
        return str(error)
    return _REASONS.get(error.errno, os.strerror(error.errno).lower())
