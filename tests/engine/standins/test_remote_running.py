"""How remote commands run: previews, secrets, progress, variables, side by side, through a bastion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncssh
import pulumi
import pytest
from pulumi_command import remote

from tests.engine.standins.openssh import Server, serving
from tests.engine.standins.stack import Program, Stack

pytestmark = pytest.mark.engine

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def _step(connection: dict[str, Any], name: str = "step", **inputs: Any) -> remote.Command:
    options = inputs.pop("opts", None)
    return remote.Command(name, connection=remote.ConnectionArgs(**connection), **inputs, opts=options)


def test_preview_does_not_know_what_will_run(stack: Stack, machine: Server) -> None:
    def program(stdin: str) -> Program:
        def run() -> None:
            first = _step(machine.connection(), "first", create="cat", stdin=stdin)
            _step(machine.connection(), "second", create="cat", stdin=first.stdout)

        return run

    fresh = stack.preview(program("1")).previewed
    assert {fresh["first"]["stdout"], fresh["second"]["stdout"], fresh["second"]["stdin"]} == {UNKNOWN}
    stack.up(program("1"))
    assert stack.preview(program("1")).changed() == {}
    changed = stack.preview(program("2"))
    assert changed.steps["second"] == ["update"]
    assert {changed.previewed["first"]["stdout"], changed.previewed["second"]["stdout"]} == {UNKNOWN}
    assert not (machine.folder / "notes").exists()


def test_secrets_are_not_in_the_state(stack: Stack, machine: Server) -> None:
    def program() -> None:
        _step(
            machine.connection(),
            create="cat; echo printed-secret",
            stdin=pulumi.Output.secret("given-secret"),
            logging=remote.Logging.NONE,
            opts=pulumi.ResourceOptions(additional_secret_outputs=["stdout"]),
        )

    stack.up(program)
    state = stack.state_text()
    assert "cat; echo" in state
    for secret in ("given-secret", "PRIVATE KEY", machine.client_key.splitlines()[1]):
        assert secret not in state


def test_output_is_shown_while_the_command_runs(stack: Stack, machine: Server) -> None:
    # The command goes on only after the test has read its first line from the engine.
    def program() -> None:
        create = f"echo one; until [ -e {machine.folder}/go ]; do sleep 0.05; done; echo two; echo hidden >&2"
        _step(machine.connection(), create=f"timeout 60 sh -c '{create}'", logging=remote.Logging.STDOUT)

    class Watcher(list[tuple[str, str]]):
        def append(self, entry: tuple[str, str]) -> None:
            super().append(entry)
            if entry[1] == "one":
                (machine.folder / "go").touch()

    log = stack.up(program, Watcher()).log
    messages = [text for _, text in log]
    assert messages.index("one") < messages.index("two") < messages.index("step")
    assert "hidden" not in messages


def test_long_line_is_taken_without_logging(stack: Stack, machine: Server) -> None:
    def program() -> None:
        create = "head -c 70000 /dev/zero | tr '\\0' x"
        pulumi.export("stdout", _step(machine.connection(), create=create, logging="none").stdout)

    assert len(stack.up(program).outputs["stdout"]) == 70000


def test_variables_reach_the_command_where_the_server_accepts_them(stack: Stack, machine: Server) -> None:
    def program(stdin: str) -> Program:
        def run() -> None:
            command = _step(
                machine.connection(),
                create='echo "$PULUMI_COMMAND_STDOUT|$ACCEPTED_1|$(cat)"; echo note >&2',
                environment={"ACCEPTED_1": "a value\nof two lines"},
                stdin=stdin,
            )
            pulumi.export("stdout", command.stdout)

        return run

    assert stack.up(program("1")).outputs["stdout"] == "|a value\nof two lines|1"
    second = stack.up(program("2"))
    assert second.outputs["stdout"] == "|a value\nof two lines|1|a value\nof two lines|2"
    assert any(
        severity == "warning" and "Unable to set 'PULUMI_COMMAND_STDERR'" in text for severity, text in second.log
    )


def test_many_commands_run_side_by_side(stack: Stack, machine: Server, tmp_path: Path, cache: Path) -> None:
    count = 12
    # Each command waits for all of them to have started.
    script = f"touch $(cat); until [ $(ls | wc -l) -ge {count} ]; do sleep 0.05; done"
    with serving(tmp_path / "second", cache) as second:
        machines = [machine, second]

        def program() -> None:
            for number in range(count):
                create = f"cd {machine.folder} && timeout 60 sh -c '{script}'"
                _step(machines[number % 2].connection(), f"step{number}", create=create, stdin=str(number))

        assert len(stack.up(program).changed()) >= count


def test_through_a_bastion(stack: Stack, machine: Server, tmp_path: Path, cache: Path) -> None:
    with serving(tmp_path / "bastion", cache) as bastion:

        def program(host_key: str) -> Program:
            def run() -> None:
                proxy = remote.ProxyConnectionArgs(**bastion.connection(host_key=host_key))
                pulumi.export("from", _step(machine.connection(proxy=proxy), create="echo $SSH_CONNECTION").stdout)

            return run

        assert str(machine.port) in stack.up(program(bastion.host_keys[0])).outputs["from"]
        text = stack.attempt(program(machine.host_keys[0])).errors["step"]
        assert "proxy: after 1 failed attempts: ssh: handshake failed: ssh: host key mismatch" in text


def test_encrypted_private_key(stack: Stack, machine: Server) -> None:
    key = asyncssh.import_private_key(machine.client_key)
    encrypted = key.export_private_key(passphrase="pass phrase").decode()

    def program(password: str | None) -> Program:
        connection = machine.connection(private_key=encrypted, private_key_password=password)
        return lambda: _ignore(_step(connection, create="true"))

    stack.up(program("pass phrase"))
    assert "the private key cannot be decrypted" in stack.attempt(program("wrong")).errors["step"]


def test_engine_options_hold(stack: Stack, machine: Server) -> None:
    def program(stdin: str, trigger: str, ignored: list[str]) -> Program:
        options = pulumi.ResourceOptions(ignore_changes=ignored, replacement_trigger=trigger)
        return lambda: _ignore(_step(machine.connection(), create="cat", stdin=stdin, opts=options))

    stack.up(program("1", "a", []))
    assert stack.up(program("2", "a", ["stdin"])).changed() == {}
    assert stack.up(program("3", "a", [])).steps["step"] == ["update"]
    assert "create-replacement" in stack.up(program("3", "b", [])).steps["step"]


def _ignore(_: object) -> None:
    """Makes an expression a program."""
