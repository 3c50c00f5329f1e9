"""What a user reads when a remote command fails, and what is left behind."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import asyncssh
import pulumi
import pytest
from pulumi_command import remote

from tests.engine.standins.openssh import Server, serving
from tests.engine.standins.stack import Program, Stack

pytestmark = pytest.mark.engine


def _program(connection: dict[str, Any], **inputs: Any) -> Program:
    def program() -> None:
        options = pulumi.ResourceOptions(custom_timeouts=inputs.get("timeouts"))
        arguments = {name: value for name, value in inputs.items() if name != "timeouts"}
        remote.Command(
            "step", connection=remote.ConnectionArgs(**connection), **{"create": "true", **arguments}, opts=options
        )

    return program


def test_failed_command(stack: Stack, machine: Server) -> None:
    create = 'echo "shown"; echo trouble >&2; sleep 0.1; exit 3'
    text = stack.fails(_program(machine.connection(), create=create, stdin="not shown"))
    assert r'Process exited with status 3: running "echo \"shown\"; echo trouble >&2; sleep 0.1; exit 3":' in text
    assert "shown" in text
    assert "trouble" in text
    assert "not shown" not in text
    assert "Traceback" not in text
    assert [resource["type"] for resource in stack.resources() if "command:" in resource["type"]] == []


def test_failed_command_with_much_output(stack: Stack, machine: Server) -> None:
    create = "seq 1 60000; echo the end; exit 4"
    text = stack.fails(_program(machine.connection(), create=create, logging="none"))
    assert "Process exited with status 4" in text
    assert "the end" in text


def test_killed_command(stack: Stack, machine: Server) -> None:
    text = stack.fails(_program(machine.connection(), create="kill -KILL $$"))
    assert "Process exited with status 137 from signal KILL" in text


def test_unknown_host_key(stack: Stack, machine: Server) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    text = stack.fails(_program(machine.connection(host_key=other)))
    assert "after 1 failed attempts: ssh: handshake failed: ssh: host key mismatch" in text


def test_server_with_two_host_keys_shows_the_one_that_go_prefers(stack: Stack, tmp_path: Path, cache: Path) -> None:
    with serving(tmp_path / "two", cache, ("ssh-ed25519", "ecdsa-sha2-nistp256")) as server:
        ed25519, ecdsa = server.host_keys
        assert "host key mismatch" in stack.fails(_program(server.connection(host_key=ed25519)))
        stack.up(_program(server.connection(host_key=ecdsa)))


def test_refused_connection(stack: Stack, machine: Server) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        text = stack.fails(_program(machine.connection(port=port)))
    assert f"after 1 failed attempts: dial tcp 127.0.0.1:{port}: connect: connection refused" in text


def test_refused_login(stack: Stack, machine: Server) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    text = stack.fails(_program(machine.connection(private_key=key)))
    assert "ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain" in text


def test_malformed_key_is_not_shown(stack: Stack, machine: Server) -> None:
    text = stack.fails(_program(machine.connection(private_key="c2VjcmV0")))
    assert "ssh: no key found" in text
    assert "c2VjcmV0" not in text


def test_stale_agent(stack: Stack, machine: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "gone"))
    text = stack.fails(_program(machine.connection()))
    assert f"dial unix {tmp_path}/gone: connect: no such file or directory" in text


def test_machine_that_never_answers_ends_with_the_timeout(stack: Stack, machine: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connection = machine.connection(port=silent.getsockname()[1], dial_error_limit=-1)
        timeouts = pulumi.CustomTimeouts(create="1s")
        assert "context deadline exceeded" in stack.fails(_program(connection, timeouts=timeouts))


def test_failed_delete_keeps_the_resource(stack: Stack, machine: Server) -> None:
    stack.up(_program(machine.connection(), delete="echo still in use; exit 7"))
    text = stack.fails(lambda: None)
    assert "Process exited with status 7" in text
    assert "still in use" in text
    assert "command:remote:Command" in {resource["type"] for resource in stack.resources()}


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"connection": {"host": "h", "prot": 22}}, "unknown property, did you mean port?"),
        ({"connection": {"user": "root"}}, "missing required property"),
        ({"connection": {"host": "h", "port": "ssh"}}, "expected a number, found a string"),
        ({"connection": {"host": "h"}, "stdin": ["a"]}, "expected a string, found a list"),
        ({"connection": {"host": "h"}, "logging": "all"}, 'found "all"'),
        ({"connection": {"host": "h"}, "crate": "true"}, "unknown property, did you mean create?"),
    ],
)
def test_bad_inputs_are_refused_in_preview(stack: Stack, inputs: dict[str, Any], reason: str) -> None:
    def program() -> None:
        # Past the SDK's own types, as a program in another language could.
        pulumi.CustomResource("command:remote:Command", "step", inputs, pulumi.ResourceOptions(version="1.2.1"))

    assert reason in stack.fails(program, "preview")


def test_resource_that_is_not_offered(stack: Stack) -> None:
    def program() -> None:
        pulumi.CustomResource("command:remote:CopyToRemote", "copy", {}, pulumi.ResourceOptions(version="1.2.1"))

    assert "the stand-in for pulumi-command does not offer command:remote:CopyToRemote" in stack.fails(program)


def test_import_is_refused(stack: Stack, machine: Server) -> None:
    def program() -> None:
        remote.Command(
            "step",
            connection=remote.ConnectionArgs(**machine.connection()),
            opts=pulumi.ResourceOptions(import_="id"),
        )

    assert "cannot import command:remote:Command" in stack.fails(program)
