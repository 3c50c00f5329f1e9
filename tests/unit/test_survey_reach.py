"""The survey waits for machines that were just made, as long as it was told and no longer."""

from __future__ import annotations

import asyncio

import pytest

from components.survey import reach


class Server:
    """A server that refuses, stays silent, or greets; it counts who comes."""

    def __init__(self, *greetings: bytes) -> None:
        self._greetings = list(greetings)
        self.visits = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        writer.write(self._greetings.pop(0) if self._greetings else b"SSH-2.0-x\r\n")
        await writer.drain()
        writer.close()


async def visited(server: Server, patience: float) -> int:
    listening = await asyncio.start_server(server.answer, "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        await reach.wait_for_banner("127.0.0.1", port, patience)
    return server.visits


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "PAUSE", 0.01)
    monkeypatch.setattr(reach, "LOOK", 0.2)


def test_it_comes_again_until_an_ssh_server_greets() -> None:
    assert asyncio.run(visited(Server(b"", b"220 smtp\r\n"), patience=30)) == 3


def test_it_does_not_look_where_nothing_was_just_made() -> None:
    assert asyncio.run(visited(Server(), patience=0)) == 0


def test_its_patience_ends() -> None:
    # Port 1 refuses: this returns, or the test hangs.
    asyncio.run(reach.wait_for_banner("127.0.0.1", 1, 0.1))
