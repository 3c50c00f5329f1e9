"""Sessions that operators' commands have with machines, against a real SSH server."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from components.ssh import Access, Target
from tests.engine.standins.openssh import Server, serving
from tools.operations.session import NoSessionError, OperationError, Session, sessions

pytestmark = [pytest.mark.engine, pytest.mark.skipif(os.geteuid() != 0, reason="the server's /run is its own for root")]

LOCK = "/run/kubernetes-from-scratch/operation"


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "machine", Path(os.environ.get("KFS_CACHE") or ".cache").absolute()) as server:
        yield server


def access(machine: Server, *, host_key: str = "", key: str = "") -> Access:
    target = Target(
        name="cp1", role="control-plane", address="127.0.0.1", api_port=6443, host="127.0.0.1", port=machine.port,
        user=getpass.getuser(), host_key=host_key or machine.host_keys[0],
    )  # fmt: skip
    return Access(private_key=key or machine.client_key, machines=(target,))


def test_a_file_goes_there_and_back_whole(machine: Server, tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    (tmp_path / "here").write_bytes(content)
    there = f"{machine.folder}/it's there"

    async def copy() -> None:
        async with sessions(access(machine), access(machine).machines) as found:
            session = found["cp1"]
            assert isinstance(session, Session)
            await session.write(tmp_path / "here", there)
            await session.read(there, tmp_path / "back")
            with pytest.raises(OperationError, match="cp1: copy failed: expected /nowhere; found cat: "):
                await session.read("/nowhere", tmp_path / "nothing")

    asyncio.run(copy())
    assert (tmp_path / "back").read_bytes() == content
    assert (tmp_path / "back").stat().st_mode & 0o777 == 0o600
    assert Path(there).stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["back", "here", "machine"]


def test_the_second_operator_is_told_who_and_since_when(machine: Server) -> None:
    async def hold() -> None:
        machines = access(machine).machines
        async with sessions(access(machine), machines) as one, sessions(access(machine), machines) as two:
            first, second = one["cp1"], two["cp1"]
            assert isinstance(first, Session)
            assert isinstance(second, Session)
            async with first.held("restore", "jane@desk"):
                said = r"expected to be alone; found restore of jane@desk, since 20\d\d-\d\d-\d\dT\S+Z\. Next: wait"
                with pytest.raises(OperationError, match=said):
                    async with second.held("quorum", "joe@hut"):
                        pass
            # It has ended: the next one may.
            async with second.held("quorum", "joe@hut"):
                assert "joe@hut" in await first.ask(f"cat {LOCK}")

    asyncio.run(hold())


def test_an_operator_who_is_gone_holds_nobody_up(machine: Server) -> None:
    async def hold() -> None:
        async with sessions(access(machine), access(machine).machines) as one:
            first = one["cp1"]
            assert isinstance(first, Session)
            lock = first.held("restore", "jane@desk")
            await lock.__aenter__()
        async with sessions(access(machine), access(machine).machines) as two:
            second = two["cp1"]
            assert isinstance(second, Session)
            for _ in range(50):
                try:
                    async with second.held("restore", "joe@hut"):
                        return
                except OperationError:
                    await asyncio.sleep(0.1)
            raise AssertionError("still held by nobody")

    asyncio.run(hold())


@pytest.mark.parametrize(("wrong", "found"), [("host key", "another host key"), ("key", "a refusal of the key")])
def test_what_keeps_a_session_from_being_there_is_told(machine: Server, wrong: str, found: str) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")
    asked = (
        access(machine, host_key=other.export_public_key().decode())
        if wrong == "host key"
        else access(machine, key=other.export_private_key().decode())
    )

    async def enter() -> None:
        async with sessions(asked, asked.machines) as opened:
            error = opened["cp1"]
            assert isinstance(error, NoSessionError)
            assert f"cp1: session failed: expected SSH at 127.0.0.1 port {machine.port}; found {found}" in str(error)
            assert error.is_another_machine == (wrong == "host key")

    asyncio.run(enter())
