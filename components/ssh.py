"""SSH sessions from this computer, beside the engine's: who is asked, with which host key, and why it did not work."""

from __future__ import annotations

import asyncssh
from pydantic import BaseModel, ConfigDict


class Hop(BaseModel):
    """An SSH server and who to be there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    host: str
    port: int
    user: str
    host_key: str


class Target(Hop):
    """A machine, and the host to go through."""

    name: str
    role: str
    address: str
    api_port: int
    tunnel: bool = False
    bastion: Hop | None = None


class Access(BaseModel):
    """All machines and the key that opens them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    private_key: str
    patience: float = 0
    """Seconds to wait for a machine's SSH server: one that was just made may still be starting."""
    machines: tuple[Target, ...]


async def connect(
    hop: Hop, key: asyncssh.SSHKey, tunnel: asyncssh.SSHClientConnection | None = None
) -> asyncssh.SSHClientConnection:
    """A session with that server. Raises OSError, asyncssh.Error."""
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


async def connect_to(machine: Target, key: asyncssh.SSHKey) -> asyncssh.SSHClientConnection:
    """A session with that machine, through its bastion where it has one. Raises OSError, asyncssh.Error."""
    tunnel = await connect(machine.bastion, key) if machine.bastion else None
    return await connect(machine, key, tunnel)


def why_not(error: Exception, machine: Target, limit: float) -> tuple[str, str]:
    """What was found instead of a session, and the way out; `limit` is the time in seconds that it had."""
    match error:
        case TimeoutError():
            return f"no answer within {limit:.0f} s", f"see whether {machine.name} runs"
        case asyncssh.HostKeyNotVerifiable():
            return "another host key than the expected one", "compare the key on its console; was it reinstalled?"
        case asyncssh.PermissionDenied():
            return f"a refusal of the key for user {machine.user}", "put the public key into its authorized_keys"
        case asyncssh.ConnectionLost():
            kind = machine.host_key.split()[0]
            return (
                f"an end of the session while keys were exchanged: has it a host key of type {kind}?",
                f"compare: ssh-keyscan -p {machine.port} {machine.host}",
            )
    return str(error), f"try: ssh -p {machine.port} {machine.user}@{machine.host}"
