"""What a user reads when a remote command fails, and what is left behind."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh
import pulumi
import pytest
from pulumi_command import remote

from tests.engine.standins.openssh import Server, serving
from tests.engine.standins.stack import Run, Stack

pytestmark = pytest.mark.engine


def _other_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


# The command → what is different about its connection, and its inputs.
FAILING: dict[str, tuple[Callable[[], dict[str, Any]], dict[str, Any]]] = {
    "status": (dict, {"create": 'echo "shown"; echo trouble >&2; sleep 0.1; exit 3', "stdin": "not shown"}),
    "output": (dict, {"create": "seq 1 60000; echo the end; exit 4", "logging": "none"}),
    "signal": (dict, {"create": "kill -KILL $$"}),
    "line": (dict, {"create": "head -c 70000 /dev/zero | tr '\\0' x"}),
    "variable": (dict, {"create": "true", "environment": {"OTHER": "1"}}),
    "host-key": (lambda: {"host_key": _other_key().export_public_key().decode()}, {"create": "true"}),
    "login": (lambda: {"private_key": _other_key().export_private_key().decode()}, {"create": "true"}),
    "key": (lambda: {"private_key": "c2VjcmV0"}, {"create": "true"}),
    "refused": (lambda: {"port": 1}, {"create": "true"}),
}


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory, pulumi_home: Path, cache: Path) -> tuple[Run, list[str]]:
    """One run in which everything fails, and the types of the resources in the state after it."""
    folder = tmp_path_factory.mktemp("failures")
    stack = Stack(folder / "stack", pulumi_home=pulumi_home, cache=cache)
    with serving(folder / "machine", cache) as machine:

        def program() -> None:
            for name, (different, inputs) in FAILING.items():
                connection = remote.ConnectionArgs(**machine.connection(**different()))
                remote.Command(name, connection=connection, **inputs)

        return stack.attempt(program), [resource["type"] for resource in stack.resources()]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "status",
            'Process exited with status 3: running "echo \\"shown\\"; echo trouble >&2; sleep 0.1; exit 3":\nshown',
        ),
        ("status", "trouble"),
        ("output", "Process exited with status 4"),
        ("output", "the end"),
        ("signal", "Process exited with status 137 from signal KILL"),
        ("line", "longer than 65536 bytes"),
        ("variable", "Unable to set 'OTHER'"),
        ("variable", 'could not set environment variable "OTHER": ssh: setenv failed'),
        ("host-key", "after 1 failed attempts: ssh: handshake failed: ssh: host key mismatch"),
        ("login", "attempted methods [none publickey], no supported methods remain"),
        ("key", "ssh: no key found"),
        ("refused", "after 1 failed attempts: dial tcp 127.0.0.1:1: connect: connection refused"),
    ],
)
def test_reason(failed: tuple[Run, list[str]], name: str, reason: str) -> None:
    assert reason in failed[0].errors[name]


@pytest.mark.parametrize("text", ["not shown", "c2VjcmV0", "Traceback", 'File "'])
def test_not_in_any_reason(failed: tuple[Run, list[str]], text: str) -> None:
    assert [name for name, error in failed[0].errors.items() if text in error] == []


def test_failed_create_leaves_no_resource(failed: tuple[Run, list[str]]) -> None:
    assert "command:remote:Command" not in failed[1]


def test_server_with_two_host_keys_shows_the_one_that_go_prefers(stack: Stack, tmp_path: Path, cache: Path) -> None:
    with serving(tmp_path / "two", cache, ("ssh-ed25519", "ecdsa-sha2-nistp256")) as server:

        def program() -> None:
            for name, key in zip(("ed25519", "ecdsa"), server.host_keys, strict=True):
                remote.Command(name, connection=remote.ConnectionArgs(**server.connection(host_key=key)), create="true")

        run = stack.attempt(program)
    assert "host key mismatch" in run.errors["ed25519"]
    assert "ecdsa" not in run.errors


def test_stale_agent(stack: Stack, machine: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "gone"))

    def program() -> None:
        remote.Command("step", connection=remote.ConnectionArgs(**machine.connection()), create="true")

    reason = f"dial unix {tmp_path}/gone: connect: no such file or directory"
    assert reason in stack.attempt(program).errors["step"]


def test_machine_that_never_answers_ends_with_the_timeout(stack: Stack, machine: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connection = machine.connection(port=silent.getsockname()[1], dial_error_limit=-1)

        def program() -> None:
            options = pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="1s"))
            remote.Command("step", connection=remote.ConnectionArgs(**connection), create="true", opts=options)

        assert "context deadline exceeded" in stack.attempt(program).errors["step"]


def test_failed_delete_keeps_the_resource(stack: Stack, machine: Server) -> None:
    def program() -> None:
        connection = remote.ConnectionArgs(**machine.connection())
        remote.Command("step", connection=connection, create="true", delete="echo still in use; exit 7")

    stack.up(program)
    error = stack.attempt(lambda: None).errors["step"]
    assert "Process exited with status 7" in error
    assert "still in use" in error
    assert "command:remote:Command" in {resource["type"] for resource in stack.resources()}


def test_bad_input_is_refused_in_preview(stack: Stack) -> None:
    def program() -> None:
        # Past the SDK's own types, as a program in another language could.
        inputs = {"connection": {"host": "h", "prot": 22}}
        pulumi.CustomResource("command:remote:Command", "step", inputs, pulumi.ResourceOptions(version="1.2.1"))

    error = stack.attempt(program, "preview").errors["step"]
    assert "connection.prot" in error
    assert "unknown property, did you mean port?" in error


def test_resource_that_is_not_offered(stack: Stack) -> None:
    def program() -> None:
        pulumi.CustomResource("command:remote:CopyToRemote", "copy", {}, pulumi.ResourceOptions(version="1.2.1"))

    errors = stack.attempt(program).errors
    assert any("does not offer command:remote:CopyToRemote" in text for text in errors.values())


def test_import_is_refused(stack: Stack, machine: Server) -> None:
    def program() -> None:
        connection = remote.ConnectionArgs(**machine.connection())
        remote.Command("imported", connection=connection, opts=pulumi.ResourceOptions(import_="id"))

    errors = stack.attempt(program).errors
    assert any("cannot import command:remote:Command" in text for text in errors.values())
