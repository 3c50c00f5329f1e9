"""What goes wrong on a machine, told in one sentence: machine, step, expected, found, what to do."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.scripts.machine import SCRIPTS, Ended, Machine
from tools.stack.engine import SENTENCE

REAL_CURL = '#!/bin/sh\nexec /usr/bin/curl "$@"\n'
ARCH = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


def sentence(ended: Ended) -> str:
    """The one sentence of a step that failed, in the form in which it reaches people."""
    assert ended.status > 0, ended
    found: list[str] = SENTENCE.findall(ended.errors)
    assert len(found) == 1, ended.errors
    assert found[0].startswith("n1: node failed: expected ")
    return found[0]


def fetch(machine: Machine, url: str, sum_: str) -> Ended:
    """Fetch a program from there."""
    line = f"{ARCH} {machine.root}/kubelet {url} {sum_} - kubelet"
    return machine.run(f". $STAGE/fetch.sh\necho '{line}' >$STAGE/downloads\nfetch_binaries $STAGE/downloads\n")


def test_a_file_that_was_changed_on_its_way(machine: Machine) -> None:
    (machine.web / "mirror").mkdir()
    (machine.web / "mirror/kubelet").write_bytes(b"something else")
    (machine.root / "kubelet").write_bytes(b"as it was")
    wanted, got = (hashlib.sha256(text).hexdigest() for text in (b"what the lock says", b"something else"))
    said = sentence(fetch(machine, "http://mirror/kubelet", wanted))
    assert f"expected sha256 {wanted} of http://mirror/kubelet, as the lock says; found {got}. Next: " in said
    # Nothing of it is kept, and nothing is started anew.
    assert [path.name for path in machine.root.iterdir()] == ["kubelet"]
    assert (machine.root / "kubelet").read_bytes() == b"as it was"
    assert machine.pending() == set()


def test_a_mirror_without_the_file(machine: Machine) -> None:
    said = sentence(fetch(machine, "http://mirror/kubelet", "0" * 64))
    assert "expected http://mirror/kubelet; found curl: (22) The requested URL returned error: 404. Next: " in said
    assert "curl -I http://mirror/kubelet" in said


def test_a_mirror_that_is_down(machine: Machine) -> None:
    machine.fake("curl", REAL_CURL)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    said = sentence(fetch(machine, f"http://127.0.0.1:{port}/kubelet", "0" * 64))
    assert f"curl: (7) Failed to connect to 127.0.0.1 port {port}" in said


@pytest.fixture
def full_disk(machine: Machine) -> Iterator[Path]:
    """A disk of 64 KiB where the scripts keep their things."""
    machine.home.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", machine.home], check=True)
    yield machine.home
    subprocess.run(["umount", machine.home], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
@pytest.mark.parametrize("what", ["a file", "a download"])
def test_a_full_disk(machine: Machine, full_disk: Path, what: str) -> None:
    if what == "a file":
        text = "x" * 100_000
        ended = machine.run(f"put {full_disk}/etc/file 0644 root:root <<'END'\n{text}\nEND\n")
    else:
        content = os.urandom(100_000)
        (machine.web / "mirror").mkdir()
        (machine.web / "mirror/kubelet").write_bytes(content)
        line = f"{ARCH} {full_disk}/kubelet http://mirror/kubelet {hashlib.sha256(content).hexdigest()} - -"
        ended = machine.run(f". $STAGE/fetch.sh\necho '{line}' >$STAGE/list\nfetch_binaries $STAGE/list\n")
    said = sentence(ended)
    assert f"; {full_disk} is full (0 MiB free). Next: free some on n1" in said


def test_a_command_that_nobody_thought_could_fail(machine: Machine) -> None:
    said = sentence(machine.run("inner() { ls /nowhere; }\ninner\necho further\n"))
    assert "expected 'ls /nowhere' to succeed; found status 2. Next: " in said


def test_waiting_in_vain(machine: Machine) -> None:
    said = sentence(machine.run("why() { echo 'it sleeps'; }\nwait_for 1 'the API' why 'wake it' false\n"))
    assert said == "n1: node failed: expected the API within 1 s; found it sleeps. Next: wake it"


def test_what_failed_and_what_succeeded_leave_no_stage(machine: Machine) -> None:
    for body in ("true\n", "false\n", "fail a b c\n"):
        machine.run(body)
        assert not (machine.folder / "stage").exists()


def reach(port: int, limit: int) -> Ended:
    done = subprocess.run(
        [SCRIPTS / "reach.sh", "n1", "127.0.0.1", str(port), str(limit)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return Ended(status=done.returncode, output=done.stdout, errors=done.stderr)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server


def test_a_machine_that_takes_connections_and_stays_silent(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    ended = reach(port, 1)
    assert ended.status == 1
    assert re.fullmatch(
        rf"n1: reach failed: expected an SSH server at 127.0.0.1 port {port} within 1 s; "
        r"found a connection that stays silent\. Next: see whether n1 runs .*\n",
        ended.errors,
    )


def test_a_machine_that_speaks_something_else(listener: socket.socket) -> None:
    threading.Thread(target=_greet, args=(listener, b"220 mail.example.org ESMTP\r\n"), daemon=True).start()
    ended = reach(listener.getsockname()[1], 1)
    assert ended.status == 1
    assert "found 220 mail.example.org ESMTP" in ended.errors


def test_a_machine_without_sshd() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    ended = reach(port, 1)
    assert ended.status == 1
    assert "found Connection refused. Next: " in ended.errors
    assert SENTENCE.fullmatch(ended.errors.strip())


def test_a_machine_that_answers(listener: socket.socket) -> None:
    threading.Thread(target=_greet, args=(listener, b"SSH-2.0-OpenSSH_9.2p1\r\n"), daemon=True).start()
    assert reach(listener.getsockname()[1], 5) == Ended(status=0, output="", errors="")


def _greet(listener: socket.socket, greeting: bytes) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.sendall(greeting)
