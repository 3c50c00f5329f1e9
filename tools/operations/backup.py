"""`make backup`: a snapshot now, verified and fetched to this computer, with the state that it needs."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from tools.operations.session import NoSessionError, OperationError, Session, complain, say, sessions
from tools.operations.stack import Stack, exported


async def backup(stack: Stack) -> Path:
    """Take a snapshot on the first control plane that can, fetch it, and export the state beside it.

    Raises OperationError where no control plane gave one.
    """
    async with sessions(stack.access, stack.control_planes) as found:
        for session in found.values():
            try:
                if isinstance(session, NoSessionError):
                    raise session
                return await _fetch(stack, session)
            except OperationError as error:
                complain(error)
    raise OperationError(
        f"{stack.name}: backup failed: expected a snapshot of one of {', '.join(found)}; found none. "
        "Next: see the lines above; older snapshots are in /var/lib/etcd-snapshots of each control plane"
    )


async def _fetch(stack: Stack, session: Session) -> Path:
    lines = await session.step("backup", "backup.sh")
    sum_, path = lines[-1].split()
    stack.backups.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = stack.backups / Path(path).name
    await session.read(path, file)
    if _sum(file) != sum_:
        file.unlink()
        raise OperationError(
            f"{session.name}: backup failed: expected the sum {sum_} of {file.name} after it was fetched; "
            "found another one. Next: the same command again"
        )
    _keep_state(stack, file.with_suffix(".state.json"))
    say(f"{session.name}: backup: {file.stat().st_size / 2**20:.1f} MiB in {file}")
    return file


def _keep_state(stack: Stack, file: Path) -> None:
    """The keys that the snapshot is worth nothing without; its secrets stay encrypted with the stack's passphrase."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
        json.dump(exported(stack.name, secrets=False), written)


def _sum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
