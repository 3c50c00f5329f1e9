"""Speaks SSH on a connected socket; failures read like those of Go's x/crypto/ssh."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any, Final

import asyncssh

from tools.standins.command.connection import Hop
from tools.standins.command.tcp import DialError, reason_of
from tools.standins.core.operation import StandInError

# The order in which Go's x/crypto/ssh asks for host keys. Given a host key, the official plugin still lets the server
# choose by this order, so on a server with several keys it must be the first of them that is given.
_HOST_KEY_ALGORITHMS: Final = (
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-256",
    "rsa-sha2-512",
    "ssh-rsa",
    "ssh-ed25519",
)
# The official plugin waits for ever for a machine that accepts a connection and says nothing. This ends, generously;
# nothing may count on it.
_HANDSHAKE_SECONDS: Final = 60.0


class _Client(asyncssh.SSHClient):
    """Compares the server's host key with the expected one, where there is one."""

    def __init__(self, expected: asyncssh.SSHKey | None) -> None:
        self._expected = expected

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        return self._expected is None or key.public_data == self._expected.public_data


async def credentials(hop: Hop) -> list[Any]:
    """The hop's keys: its own, then the agent's. Raises StandInError, at once and for good, as the official plugin."""
    keys: list[Any] = []
    if hop.private_key is not None:
        keys.append(_import_private_key(hop))
    agent_socket = hop.agent_socket or os.environ.get("SSH_AUTH_SOCK")
    if agent_socket:
        try:
            agent = await asyncssh.connect_agent(agent_socket)
        except OSError as error:
            raise StandInError(f"dial unix {agent_socket}: connect: {reason_of(error)}") from error
        if agent is not None:
            keys.extend(await agent.get_keys())
    return keys


def _import_private_key(hop: Hop) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_private_key(hop.private_key or "", passphrase=hop.private_key_password)
    except asyncssh.KeyEncryptionError as error:
        raise StandInError(f"ssh: the private key cannot be decrypted: {error}") from error
    except (asyncssh.KeyImportError, ValueError) as error:
        raise StandInError("ssh: no key found") from error


def expected_host_key(hop: Hop) -> asyncssh.SSHKey | None:
    """The host key that the hop must show, None for any. Raises StandInError when it is malformed."""
    if hop.host_key is None:
        return None
    try:
        return asyncssh.import_public_key(hop.host_key)
    except asyncssh.KeyImportError as error:
        raise StandInError("failed to parse host key: ssh: no key found") from error


async def handshake(
    hop: Hop, keys: list[Any], *, connected: socket.socket | None, tunnel: asyncssh.SSHClientConnection | None
) -> asyncssh.SSHClientConnection:
    """A connection that is logged in, on a connected socket or through a bastion. Raises DialError."""
    expected = expected_host_key(hop)
    try:
        return await asyncio.wait_for(
            asyncssh.connect(
                hop.host,
                hop.port,
                sock=connected,
                tunnel=tunnel,
                config=None,
                username=hop.user,
                password=hop.password,
                client_keys=keys or None,
                agent_path=None,
                gss_host=None,
                known_hosts=b"",
                client_factory=lambda: _Client(expected),
                server_host_key_algs=_HOST_KEY_ALGORITHMS,
                compression_algs=None,
            ),
            _HANDSHAKE_SECONDS,
        )
    except (asyncssh.Error, OSError, TimeoutError) as error:
        raise DialError(_reason(hop, keys, error)) from error


def _reason(hop: Hop, keys: list[Any], error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"ssh: handshake failed: no answer from {hop.endpoint} in {_HANDSHAKE_SECONDS:.0f} s"
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return "ssh: handshake failed: ssh: host key mismatch"
    if isinstance(error, asyncssh.PermissionDenied):
        methods = ["none", *(["publickey"] if keys else []), *(["password"] if hop.password is not None else [])]
        return (
            "ssh: handshake failed: ssh: unable to authenticate, "
            f"attempted methods [{' '.join(methods)}], no supported methods remain"
        )
    if isinstance(error, asyncssh.ConnectionLost):
        return "ssh: handshake failed: EOF"
    if isinstance(error, OSError):
        return f"ssh: handshake failed: read tcp {hop.endpoint}: {reason_of(error)}"
    return f"ssh: handshake failed: {error}"
