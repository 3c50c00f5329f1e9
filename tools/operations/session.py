"""Steps that an operator runs by hand: on the stack's machines, by SSH with verified host keys, told as they go."""

from __future__ import annotations

import asyncio
import shlex
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh

from components.plan.steps import payload, step_text
from components.ssh import Access, Target, connect, why_not
from tools.stack.engine import sentence

# Seconds for a session to be there.
LIMIT = 20.0
PIECE = 1 << 20
_start = time.monotonic()


class OperationError(Exception):
    """An operation that can't go on, as one sentence for people."""


class NoSessionError(OperationError):
    """A machine that can't be entered."""

    def __init__(self, sentence: str, cause: Exception) -> None:
        super().__init__(sentence)
        self.is_another_machine = isinstance(cause, asyncssh.HostKeyNotVerifiable)
        """It answered, with another host key."""


def say(text: str) -> None:
    """A line of progress, with the seconds since the start."""
    print(f"{time.monotonic() - _start:6.1f} s  {text}", flush=True)


class Session:
    """One machine."""

    def __init__(self, machine: Target, connection: asyncssh.SSHClientConnection) -> None:
        self.machine, self._connection = machine, connection
        self.name = machine.name

    async def step(
        self,
        step: str,
        script: str,
        *,
        scripts: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
        stage: Mapping[str, str] | None = None,
        quiet: bool = False,
    ) -> list[str]:
        """Run a script of `components/scripts/` in the frame that every step has; returns the lines it printed.

        `scripts` are those that it sources, `stage` further files for its folder; `quiet` where what it prints is for
        the program alone. Raises OperationError with the script's own sentence.
        """
        sent = (script, *scripts)
        text = step_text(
            step=step,
            machine=self.name,
            scripts=sent,
            run=(script,),
            variables=variables or {},
            sudo=self.machine.user != "root",
        )
        packed = payload(sent, {f"stage/{name}": content for name, content in (stage or {}).items()}, ())
        try:
            process = await self._connection.create_process(text)
            process.stdin.write(packed)
            process.stdin.write_eof()
            printed, errors = await asyncio.gather(_lines(process.stdout, quiet=quiet), process.stderr.read())
            done = await process.wait()
        except (OSError, asyncssh.Error) as error:
            raise OperationError(
                f"{self.name}: {step} failed: expected the session to last; found {error or 'an end of it'}. "
                f"Next: see whether {self.name} runs, then the same command again"
            ) from None
        if done.exit_status != 0:
            raise OperationError(sentence(f"{self.name}-{step}", "\n".join([*printed, str(errors)])))
        return printed

    async def read(self, path: str, to: Path) -> None:
        """Copy a file of the machine to this computer, readable by its owner; it is there when it is whole."""
        aside = to.with_name(f".{to.name}.part")
        aside.unlink(missing_ok=True)
        async with self._connection.create_process(self._root(f"cat {shlex.quote(path)}"), encoding=None) as process:
            with aside.open("xb") as file:
                aside.chmod(0o600)
                while piece := await process.stdout.read(PIECE):
                    file.write(piece)
            done = await process.wait()
        if done.exit_status != 0:
            aside.unlink()
            raise OperationError(
                f"{self.name}: copy failed: expected {path}; found {_last(done.stderr)}. Next: see what is there: "
                f"ls -l {shlex.quote(str(Path(path).parent))} on {self.name}"
            )
        aside.replace(to)

    async def write(self, file: Path, to: str) -> None:
        """Copy a file of this computer to the machine, readable by root."""
        command = f"umask 077; cat >{shlex.quote(to)}.part && mv -f {shlex.quote(to)}.part {shlex.quote(to)}"
        async with self._connection.create_process(self._root(command), encoding=None) as process:
            with file.open("rb") as content:
                while piece := content.read(PIECE):
                    process.stdin.write(piece)
                    await process.stdin.drain()
            process.stdin.write_eof()
            done = await process.wait()
        if done.exit_status != 0:
            raise OperationError(
                f"{self.name}: copy failed: expected {to} to be written; found {_last(done.stderr)}. "
                f"Next: see whether the disk is full: df -h on {self.name}"
            )

    async def ask(self, command: str) -> str:
        """What a command prints, run as root; nothing where it fails."""
        done = await self._connection.run(self._root(command))
        return str(done.stdout).strip() if done.exit_status == 0 else ""

    @asynccontextmanager
    async def held(self, what: str, who: str) -> AsyncIterator[None]:
        """Nobody else operates on this cluster meanwhile; the session's end is the end of it, whatever ends it.

        Raises OperationError that says who does, and since when.
        """
        lock = "/run/kubernetes-from-scratch/operation"
        script = (
            f"mkdir -p {Path(lock).parent}; exec 9>>{lock}; "
            f"flock --nonblock 9 || {{ cat {lock}; exit 1; }}; "
            f'echo {shlex.quote(f"{what} of {who}")}, since "$(date -u +%FT%TZ)" >{lock}; echo held; exec cat'
        )
        async with self._connection.create_process(self._root(script)) as process:
            answer = (await process.stdout.readline()).strip()
            if answer != "held":
                raise OperationError(
                    f"{self.name}: {what} failed: expected to be alone; found {answer or 'another operation'}. "
                    "Next: wait until it ends"
                )
            yield
            process.stdin.write_eof()

    def _root(self, command: str) -> str:
        root = "" if self.machine.user == "root" else "sudo -n "
        return f"{root}bash -c {shlex.quote(command)}"


@asynccontextmanager
async def sessions(access: Access, machines: Iterable[Target]) -> AsyncIterator[dict[str, Session | NoSessionError]]:
    """A session with each machine, by name; in its place the sentence that says why there is none."""
    key = asyncssh.import_private_key(access.private_key)
    found = await asyncio.gather(*(_open(machine, key) for machine in machines))
    try:
        yield {name: session for name, session, _ in found}
    finally:
        for connection in (one for _, _, connections in found for one in connections):
            connection.abort()


async def _open(
    machine: Target, key: asyncssh.SSHKey
) -> tuple[str, Session | NoSessionError, list[asyncssh.SSHClientConnection]]:
    opened = list[asyncssh.SSHClientConnection]()
    try:
        async with asyncio.timeout(LIMIT):
            if machine.bastion:
                opened.append(await connect(machine.bastion, key))
            opened.insert(0, await connect(machine, key, opened[0] if opened else None))
        return machine.name, Session(machine, opened[0]), opened
    except (OSError, asyncssh.Error) as error:
        reason, way_out = why_not(error, machine, LIMIT)
        said = f"{machine.name}: session failed: expected SSH at {machine.host} port {machine.port}; found {reason}."
        return machine.name, NoSessionError(f"{said} Next: {way_out}.", error), opened


async def _lines(stream: asyncssh.SSHReader[str], *, quiet: bool) -> list[str]:
    lines = list[str]()
    while line := await stream.readline():
        lines.append(line.rstrip("\n"))
        # Lines of another form are for the program.
        if not quiet and ": " in line:
            say(lines[-1])
    return lines


def _last(text: str | bytes | None) -> str:
    words = (text.decode(errors="replace") if isinstance(text, bytes) else text or "").strip()
    return words.splitlines()[-1] if words else "nothing"


def complain(error: OperationError) -> None:
    """Tell people what went wrong."""
    print(error, file=sys.stderr, flush=True)
