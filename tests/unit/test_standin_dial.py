"""How the stand-in for pulumi-command reaches a machine, against SSH servers in this process."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tools.standins.command import dial
from tools.standins.command.connection import CONNECTION
from tools.standins.command.remote import run
from tools.standins.core.operation import Operation, StandInError
from tools.standins.core.schema import check


class _Server(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("user", "right")


async def _echo(process: asyncssh.SSHServerProcess[str]) -> None:
    process.stdout.write(f"{process.command}:{await process.stdin.read()}")
    process.exit(0)


@asynccontextmanager
async def _serving(port: int = 0, **options: Any) -> AsyncIterator[int]:
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.listen(
        "127.0.0.1", port, server_host_keys=[key], server_factory=_Server, process_factory=_echo, **options
    )
    async with server:
        yield server.get_port()


class _Log:
    """What the engine would show."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def __call__(self, severity: str, message: str, ephemeral: bool) -> None:
        self.lines.append(message)


def _run(scenario: Callable[[Operation, _Log], Awaitable[Any]], cancelled: asyncio.Event | None = None) -> Any:
    async def running() -> Any:
        log = _Log()
        return await scenario(Operation(log=log, cancelled=cancelled or asyncio.Event()), log)

    return asyncio.run(running())


def _inputs(port: int, **connection: Any) -> dict[str, Any]:
    checked, failures = check(CONNECTION, {"host": "127.0.0.1", "port": port, "user": "user", **connection})
    assert failures == []
    return {"connection": checked, "logging": "none", "stdin": "in"}


@pytest.fixture(autouse=True)
def _without_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


def test_password() -> None:
    async def scenario(operation: Operation, log: _Log) -> None:
        async with _serving() as port:
            outputs = await run(operation, "word", _inputs(port, password="right"), {})
            assert outputs == {"stdout": "word:in", "stderr": ""}
            with pytest.raises(StandInError, match=r"attempted methods \[none password\]"):
                await run(operation, "word", _inputs(port, password="wrong", dialErrorLimit=0), {})

    _run(scenario)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Path]:
    """The socket of an agent that has the key in tmp_path/key."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    (tmp_path / "key").touch(mode=0o600)
    key.write_private_key(str(tmp_path / "key"))
    socket = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    end = time.monotonic() + 10
    while not socket.exists() and time.monotonic() < end:
        time.sleep(0.02)
    subprocess.run(["ssh-add", "-q", str(tmp_path / "key")], env={"SSH_AUTH_SOCK": str(socket)}, check=True)
    yield socket
    process.terminate()
    process.wait(timeout=10)


def test_agent(agent: Path) -> None:
    public = asyncssh.read_private_key(str(agent.parent / "key")).export_public_key().decode()

    async def scenario(operation: Operation, log: _Log) -> None:
        async with _serving(authorized_client_keys=asyncssh.import_authorized_keys(public)) as port:
            outputs = await run(operation, "word", _inputs(port, agentSocketPath=str(agent)), {})
            assert outputs["stdout"] == "word:in"

    _run(scenario)


def test_a_machine_that_comes_up_late_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(operation: Operation, log: _Log) -> None:
        async with _serving() as port:
            pass  # only to find a free port
        attempt = asyncio.ensure_future(run(operation, "word", _inputs(port, password="right"), {}))
        while not log.lines:
            await asyncio.sleep(0.01)
        assert log.lines[0] == "Dial 1/10 failed: retrying"
        async with _serving(port):
            assert (await attempt)["stdout"] == "word:in"

    _run(scenario)


def test_attempts_and_pauses_are_the_official_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def skip(seconds: float) -> None:
        pauses.append(seconds)

    class Clock:
        sleep = staticmethod(skip)

    monkeypatch.setattr(dial, "asyncio", Clock)

    async def scenario(operation: Operation, log: _Log) -> None:
        async with _serving() as port:
            pass
        with pytest.raises(
            StandInError, match=r"^after 12 failed attempts: dial tcp 127\.0\.0\.1:\d+: connect: connection refused$"
        ):
            await run(operation, "word", _inputs(port, dialErrorLimit=12), {})

    _run(scenario)
    expected = [0.1, 0.15, 0.225, 0.3375, 0.50625, 0.759375, 1.1390625, 1.70859375, 2.562890625, 3.844335937, 5, 5]
    assert pauses == pytest.approx(expected)


def test_cancel_ends_dialling() -> None:
    async def scenario(operation: Operation, log: _Log) -> None:
        async with _serving() as port:
            pass
        attempt = asyncio.ensure_future(run(operation, "word", _inputs(port, dialErrorLimit=-1), {}))
        while not log.lines:
            await asyncio.sleep(0.01)
        assert log.lines[0] == "Dial 1/inf failed: retrying"
        cancelled.set()
        with pytest.raises(StandInError, match="context canceled"):
            await attempt

    cancelled = asyncio.Event()
    _run(scenario, cancelled)


def test_unknown_name_and_malformed_host_key() -> None:
    async def scenario(operation: Operation, log: _Log) -> None:
        with pytest.raises(StandInError, match=r"lookup no-such-host\.invalid: no such host"):
            await run(operation, "word", _inputs(22, host="no-such-host.invalid", dialErrorLimit=0), {})
        with pytest.raises(StandInError, match="failed to parse host key"):
            await run(operation, "word", _inputs(22, hostKey="AAAA"), {})

    _run(scenario)


def test_server_that_hangs_up() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def scenario(operation: Operation, log: _Log) -> None:
        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(StandInError, match="after 0 failed attempts: ssh: handshake failed: EOF"):
                await run(operation, "word", _inputs(port, dialErrorLimit=0), {})

    _run(scenario)


def test_connection_lost_while_the_command_runs() -> None:
    async def vanish(process: asyncssh.SSHServerProcess[str]) -> None:
        process.stdout.write("half")
        await process.stdout.drain()
        process.channel.get_connection().abort()

    async def scenario(operation: Operation, log: _Log) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        server = await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[key], server_factory=_Server, process_factory=vanish
        )
        async with server:
            with pytest.raises(StandInError, match=r"(?s)exited without exit status.*half"):
                await run(operation, "word", _inputs(server.get_port(), password="right"), {})

    _run(scenario)
